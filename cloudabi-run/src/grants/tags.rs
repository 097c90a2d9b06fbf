//! Tags: what they make of a node.

use cloudabi_argdata::Value;

use crate::diagnostic::{Diagnostic, did_you_mean, quoted};
use crate::passed::Passed;
use crate::scalar;
use crate::source::Span;
use crate::yaml::{Content, Node, Tag};

/// What the tags that this program knows begin with.
pub const PREFIX: &str = "tag:nuxi.nl,2015:cloudabi/";

/// What makes `!fd` out of such a tag.
const DIRECTIVE: &str = "%TAG ! tag:nuxi.nl,2015:cloudabi/";

/// Tags that earlier versions of this command had, and that are known not to be served.
const NOT_SERVED: [&str; 2] = ["kqueue", "flower_switchboard_handle"];

/// A tag that asks for a descriptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grant {
    Fd,
    File,
    Directory,
    Executable,
    Socket,
    SocketPair,
    TcpListener,
    TcpStream,
    UnixListener,
    UnixStream,
}

impl Grant {
    const ALL: [(&str, Grant); 10] = [
        ("directory", Grant::Directory),
        ("executable", Grant::Executable),
        ("fd", Grant::Fd),
        ("file", Grant::File),
        ("socket", Grant::Socket),
        ("socketpair", Grant::SocketPair),
        ("tcp_listener", Grant::TcpListener),
        ("tcp_stream", Grant::TcpStream),
        ("unix_listener", Grant::UnixListener),
        ("unix_stream", Grant::UnixStream),
    ];

    /// The tag as people write it.
    pub fn shown(self) -> &'static str {
        match self {
            Grant::Fd => "!fd",
            Grant::File => "!file",
            Grant::Directory => "!directory",
            Grant::Executable => "!executable",
            Grant::Socket => "!socket",
            Grant::SocketPair => "!socketpair",
            Grant::TcpListener => "!tcp_listener",
            Grant::TcpStream => "!tcp_stream",
            Grant::UnixListener => "!unix_listener",
            Grant::UnixStream => "!unix_stream",
        }
    }
}

/// What a node's tag makes of it.
pub enum Meaning<'n> {
    /// There is no tag.
    Plain,
    /// A string, whatever it looks like.
    Text(&'n str),
    /// A value that the tag says how to read.
    Scalar(Value),
    /// A map or a list without anything special.
    Container,
    /// A descriptor.
    Grant(Grant),
    /// What the program may use.
    Limits,
}

/// The name of the tag for limits.
const LIMITS: &str = "limits";

/// Whether a node says what the program may use.
pub fn is_limits(node: &Node) -> bool {
    node.tag.as_ref().and_then(|tag| tag.name.strip_prefix(PREFIX)) == Some(LIMITS)
}

/// What a node's tag makes of it.
pub fn meaning<'n>(node: &'n Node) -> Result<Meaning<'n>, Diagnostic> {
    let Some(tag) = &node.tag else { return Ok(Meaning::Plain) };
    if tag.name == "!" {
        return Ok(match &node.content {
            Content::Scalar { text, .. } => Meaning::Text(text),
            _ => Meaning::Container,
        });
    }
    if is_limits(node) {
        return Ok(Meaning::Limits);
    }
    if let Some(name) = tag.name.strip_prefix(PREFIX) {
        return match Grant::ALL.iter().find(|(known, _)| *known == name) {
            Some(&(_, grant)) => Ok(Meaning::Grant(grant)),
            None => Err(unknown_grant(tag, name)),
        };
    }
    if let Some(name) = tag.name.strip_prefix(scalar::YAML_TAGS) {
        return core(node, tag, name);
    }
    if let Some(name) = tag.name.strip_prefix('!')
        && (Grant::ALL.iter().any(|(known, _)| *known == name)
            || name == LIMITS
            || NOT_SERVED.contains(&name))
    {
        return Err(Diagnostic::at(tag.span, format!("nothing says what the tag `!{name}` means here"))
            .help(format!("begin the configuration with the lines `{DIRECTIVE}` and `---`")));
    }
    let names = Grant::ALL.map(|(_, grant)| grant.shown()).into_iter().chain([super::limits::TAG]);
    Err(unknown(tag).maybe_help(did_you_mean(&tag.name, names)))
}

/// The meaning of a tag of YAML's own.
fn core<'n>(node: &'n Node, tag: &Tag, name: &str) -> Result<Meaning<'n>, Diagnostic> {
    let container = match name {
        "map" => Some(matches!(node.content, Content::Map(_))),
        "seq" => Some(matches!(node.content, Content::List(_))),
        _ => None,
    };
    let wrong = |what: &str| {
        Diagnostic::at(
            tag.span,
            format!("`!!{name}` stands before {what}, not before {}", node.content.what()),
        )
    };
    match (container, &node.content) {
        (Some(true), _) => Ok(Meaning::Container),
        (Some(false), _) => Err(wrong(if name == "map" { "a map" } else { "a list" })),
        (None, Content::Scalar { text, .. }) => match scalar::tagged(name, text) {
            Some(Ok(value)) => Ok(Meaning::Scalar(value)),
            Some(Err(message)) => Err(Diagnostic::at(node.span, message)),
            None => Err(unknown_core(tag, name)),
        },
        (None, _) if scalar::NAMES.contains(&name) => Err(wrong("a single value")),
        (None, _) => Err(unknown_core(tag, name)),
    }
}

fn unknown_core(tag: &Tag, name: &str) -> Diagnostic {
    let names = scalar::NAMES.into_iter().chain(["map", "seq"]);
    let nearest = crate::diagnostic::nearest(name, names).map(|known| format!("did you mean `!!{known}`?"));
    Diagnostic::at(tag.span, format!("unknown tag `!!{name}`")).maybe_help(nearest)
}

fn unknown_grant(tag: &Tag, name: &str) -> Diagnostic {
    if NOT_SERVED.contains(&name) {
        return Diagnostic::at(tag.span, format!("the tag `!{name}` is not supported yet")).help(
            "open it elsewhere, start `cloudabi-run` with it as a descriptor, and pass that on with `!fd`",
        );
    }
    let names: Vec<_> =
        Grant::ALL.map(|(_, grant)| grant.shown()).into_iter().chain([super::limits::TAG]).collect();
    let help = did_you_mean(&format!("!{name}"), &names)
        .unwrap_or_else(|| format!("there are `{}`", names.join("`, `")));
    Diagnostic::at(tag.span, format!("unknown tag `!{name}`")).help(help)
}

fn unknown(tag: &Tag) -> Diagnostic {
    Diagnostic::at(tag.span, format!("unknown tag {}", quoted(&tag.name)))
}

/// The number that stands after `!fd`, or that has the name that stands there.
pub fn descriptor_number(node: &Node, span: Span, passed: &Passed) -> Result<i32, Diagnostic> {
    let place = "after `!fd` stands";
    match &node.content {
        Content::Scalar { text, .. } if text.is_empty() => {
            Err(no_descriptor(span, "`!fd` without a number".to_owned(), place))
        }
        Content::Scalar { text, .. } => descriptor(text, span, passed, place, "!fd "),
        content => {
            let message = format!("`!fd` takes a number, not {}", content.what());
            Err(no_descriptor(span, message, place))
        }
    }
}

/// The number of a descriptor that is written as a number or has a name. `place` says where it stands, as the beginning of
/// a sentence, and `before` is what people write before it.
pub fn descriptor(
    text: &str,
    span: Span,
    passed: &Passed,
    place: &str,
    before: &str,
) -> Result<i32, Diagnostic> {
    let wrong = |message: String| no_descriptor(span, message, place);
    match text {
        "stdin" => return Ok(0),
        "stdout" => return Ok(1),
        "stderr" => return Ok(2),
        number if !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) => {
            return number.parse().map_err(|_| {
                wrong(format!("{} is too large for the number of a descriptor", quoted(number)))
            });
        }
        _ => {}
    }
    match passed.numbers(text)[..] {
        [number] => return Ok(number),
        [] => {}
        ref several => {
            let numbers: Vec<String> = several.iter().map(|number| format!("`{before}{number}`")).collect();
            let count = several.len();
            let message = format!("{} is the name of {count} descriptors that were passed on", quoted(text));
            return Err(Diagnostic::at(span, message)
                .help(format!("name one by its number: {}", numbers.join(" or "))));
        }
    }
    let names = passed.names();
    if !names.is_empty() {
        let help = did_you_mean(text, &names).unwrap_or_else(|| {
            format!("descriptors that were passed on are called `{}`", names.join("`, `"))
        });
        return Err(Diagnostic::at(span, format!("no descriptor has the name {}", quoted(text))).help(help));
    }
    let error = wrong(format!("{} is not the number of a descriptor", quoted(text)));
    Err(match did_you_mean(text, ["stdin", "stdout", "stderr"]) {
        Some(help) => error.help(help),
        None => error,
    })
}

fn no_descriptor(span: Span, message: String, place: &str) -> Diagnostic {
    Diagnostic::at(span, message).help(format!(
        "{place} `stdin`, `stdout`, `stderr`, or the number of a descriptor that `cloudabi-run` is started with"
    ))
}

/// Makes sure that nothing stands after `!executable`.
pub fn expect_nothing(node: &Node, span: Span) -> Result<(), Diagnostic> {
    match &node.content {
        // Whatever text stood there used to be passed over.
        Content::Scalar { .. } => Ok(()),
        content => Err(Diagnostic::at(
            span,
            format!("`!executable` takes nothing, and here it has {}", content.what()),
        )
        .help("it stands for the program itself; other files are given with `!file`")),
    }
}

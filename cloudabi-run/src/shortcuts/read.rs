//! From what stands after one of the options to what it grants.

use cloudabi_argdata::Value;

use super::options::{Kind, Shortcut};
use crate::diagnostic::{Diagnostic, did_you_mean, quoted};
use crate::grants::{self, Address, Attributes, Purpose, Resource, Socket};
use crate::passed::Passed;
use crate::rights::Access;
use crate::scalar;
use crate::source::Span;
use crate::yaml::{self, Content};

/// What an option adds.
#[derive(Debug)]
pub struct Entry {
    /// The key in the map that the program gets.
    pub name: String,
    /// Where it stands.
    pub name_span: Span,
    /// Where what follows the `=` stands.
    pub value_span: Span,
    /// What follows it.
    pub meaning: Meaning,
}

/// What a program finds under a key.
#[derive(Debug)]
pub enum Meaning {
    /// A value without descriptors.
    Value(Value),
    /// A descriptor.
    Resource(Resource),
}

/// Words for access, beside those of a configuration.
const ACCESSES: [(&str, Access); 9] = [
    ("ro", READ),
    ("wo", WRITE),
    ("rw", Access { execute: false, ..Access::ALL }),
    ("rx", Access::READ_EXECUTE),
    ("rwx", Access::ALL),
    ("read", READ),
    ("write", WRITE),
    ("read-write", Access { execute: false, ..Access::ALL }),
    ("execute", Access { read: false, write: false, execute: true }),
];
const READ: Access = Access { read: true, write: false, execute: false };
const WRITE: Access = Access { read: false, write: true, execute: false };

/// Reads an option. What stands after it begins at this offset of the command line's text.
pub fn read(shortcut: &Shortcut, start: usize, passed: &Passed) -> Result<Entry, Diagnostic> {
    let Shortcut { kind, text } = shortcut;
    let whole = Span::of_command_line(start, start + text.len());
    let example = || format!("write `--{} {}`, such as `{}`", kind.name(), kind.usage(), kind.example());
    let Some((name, value)) = text.split_once('=') else {
        let message = format!("{} has no name by which the program finds it", quoted(text));
        return Err(Diagnostic::at(whole, message).help(example()));
    };
    if name.is_empty() {
        return Err(Diagnostic::at(whole, "the name before the `=` is empty").help(example()));
    }
    let name_span = Span { end: start + name.len(), ..whole };
    let value_span = Span { start: name_span.end + 1, ..whole };
    if value.is_empty() && *kind != Kind::Arg {
        return Err(Diagnostic::at(whole, "nothing stands behind the `=`").help(example()));
    }
    let meaning = match kind {
        Kind::Arg => Meaning::Value(self::value(value, value_span)?),
        Kind::Dir => Meaning::Resource(Resource::Directory(attributes(text, value, value_span)?)),
        Kind::File => Meaning::Resource(Resource::File(attributes(text, value, value_span)?)),
        Kind::Listen => Meaning::Resource(socket(Purpose::Bind, value, value_span)?),
        Kind::Connect => Meaning::Resource(socket(Purpose::Connect, value, value_span)?),
        Kind::Fd => {
            let place = format!("after `{name}=` stands");
            let before = format!("--fd {name}=");
            let number = grants::descriptor(value, value_span, passed, &place, &before)?;
            Meaning::Resource(Resource::Inherited(number))
        }
    };
    Ok(Entry { name: name.to_owned(), name_span, value_span, meaning })
}

/// A value as YAML has it: what it looks like, or text in quotes.
fn value(text: &str, span: Span) -> Result<Value, Diagnostic> {
    if !text.starts_with(['"', '\'']) {
        return scalar::plain(text).map_err(|message| Diagnostic::at(span, message));
    }
    let document = yaml::read(text).ok();
    let root = document.as_ref().and_then(|document| Some(document.node(document.root()?)));
    match root.map(|root| &root.content) {
        Some(Content::Scalar { text, plain: false }) => Ok(text.as_ref().into()),
        _ => Err(Diagnostic::at(
            span,
            format!("{} begins with a quote and is not text in quotes", quoted(text)),
        )
        .help("to begin text with a quote, put other quotes around it: `'\"like\" this'`")),
    }
}

/// A path, and behind its last colon an access. `whole` is the option with its name.
fn attributes(whole: &str, text: &str, span: Span) -> Result<Attributes, Diagnostic> {
    let (path, access) = match text.rsplit_once(':') {
        Some((path, words)) => {
            let span = Span { start: span.start + path.len() + 1, ..span };
            (path, Some((access(whole, words, span)?, span)))
        }
        None => (text, None),
    };
    let path_span = Span { end: span.start + path.len(), ..span };
    if path.is_empty() {
        return Err(Diagnostic::at(span, "a path is empty"));
    }
    Ok(Attributes { path: path.to_owned(), path_span, access, rights: None, inheriting: None })
}

fn access(whole: &str, words: &str, span: Span) -> Result<Access, Diagnostic> {
    let mut all = Access::default();
    for word in words.split(',') {
        let Some((_, access)) = ACCESSES.iter().find(|(name, _)| *name == word) else {
            let names = ACCESSES.map(|(name, _)| name);
            let help = match did_you_mean(word, names) {
                Some(help) if !words.contains('/') => help,
                _ => format!(
                    "it is any of `{}`; if the colon belongs to the path, write an access behind it: {}",
                    names.join("`, `"),
                    quoted(&format!("{whole}:rw"))
                ),
            };
            return Err(Diagnostic::at(span, format!("unknown access {}", quoted(word))).help(help));
        };
        all.read |= access.read;
        all.write |= access.write;
        all.execute |= access.execute;
    }
    Ok(all)
}

/// A socket at a path, which begins like one, or on a network.
fn socket(purpose: Purpose, text: &str, span: Span) -> Result<Resource, Diagnostic> {
    let is_path = ["/", "./", "../"].iter().any(|start| text.starts_with(start));
    let address = if is_path { Address::Path(text.to_owned()) } else { of_network(purpose, text, span)? };
    Ok(Resource::Socket(Socket {
        kind: grants::Kind::Stream,
        purpose,
        address,
        address_span: span,
        rights: None,
        inheriting: None,
        foreign_directories: false,
    }))
}

fn of_network(purpose: Purpose, text: &str, span: Span) -> Result<Address, Diagnostic> {
    grants::of_network(text, span).map_err(|error| {
        let port = text.strip_prefix(':').unwrap_or(text);
        let is_port = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
        match (is_port, purpose) {
            (true, Purpose::Bind) => error.help(format!(
                "for this machine alone write `127.0.0.1:{port}`, for every network that it is in `0.0.0.0:{port}`"
            )),
            (true, Purpose::Connect) => error.help(format!("for this machine write `127.0.0.1:{port}`")),
            (false, _) if !text.contains(':') => {
                let help = error.help.clone().unwrap_or_default();
                error.help(format!("{help}; a path begins with `/` or `./`: {}", quoted(&format!("./{text}"))))
            }
            _ => error,
        }
    })
}

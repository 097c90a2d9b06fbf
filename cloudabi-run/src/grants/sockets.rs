//! What stands in the maps after `!socket`, `!tcp_listener` and the like.

use super::attributes::NamedRights;
use super::entries::{FOREIGN_DIRECTORIES, Reader};
use super::tags::Grant;
use crate::diagnostic::{Diagnostic, did_you_mean, quoted};
use crate::source::Span;
use crate::yaml::{Content, Document, Node, NodeId};

/// A socket that a program is to get.
#[derive(Clone, Debug)]
pub struct Socket {
    /// What it carries.
    pub kind: Kind,
    /// What becomes of it.
    pub purpose: Purpose,
    /// Where.
    pub address: Address,
    /// Where the address stands.
    pub address_span: Span,
    /// The rights that the program gets, if they are written.
    pub rights: Option<NamedRights>,
    /// The rights that connections and what is received have at most, if they are written.
    pub inheriting: Option<NamedRights>,
    /// Whether directories of processes that are not held in may come through it.
    pub foreign_directories: bool,
}

/// What a socket carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A stream of bytes.
    Stream,
    /// Datagrams.
    Datagram,
}

/// What becomes of a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// It gets the address. One for streams waits for connections there.
    Bind,
    /// It is connected with what has the address.
    Connect,
}

/// An address of a socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// A path: a socket within this machine.
    Path(String),
    /// A host, by number or name, and a port, by number or name of a service.
    Network {
        /// `127.0.0.1`, `::1`, `localhost`
        host: String,
        /// `80`, `http`
        port: String,
    },
}

/// Names of kinds of sockets, as they always were.
const KINDS: [(&str, Kind); 2] = [("dgram", Kind::Datagram), ("stream", Kind::Stream)];

/// Reads the map. Errors that do not spoil everything go to `errors`.
pub fn read(
    document: &Document,
    node: &Node,
    text: &str,
    grant: Grant,
    errors: &mut Vec<Diagnostic>,
) -> Result<Socket, Diagnostic> {
    let mut reader = Reader::new(document, text, errors);
    let tag = grant.shown();
    let (network, purpose) = match grant {
        Grant::TcpListener => (true, Purpose::Bind),
        Grant::TcpStream => (true, Purpose::Connect),
        Grant::UnixListener => (false, Purpose::Bind),
        Grant::UnixStream => (false, Purpose::Connect),
        _ => return read_any(&mut reader, node, grant),
    };
    let (key, example) = match network {
        true => ("address", format!("{tag} {{address: \"127.0.0.1:8080\"}}")),
        false => ("path", format!("{tag} {{path: /some/where}}")),
    };
    let keys = [key, "rights", "inheriting", FOREIGN_DIRECTORIES];
    let [place, rights, inheriting, foreign_directories] = reader.entries(node, tag, keys, &example)?;
    let span = node.span.first_line(text);
    let place = place.ok_or_else(|| {
        Diagnostic::at(span, format!("`{tag}` without {}", if network { "an `address`" } else { "a `path`" }))
            .help(format!("write `{example}`"))
    })?;
    let address = match network {
        true => {
            let text = reader.text_of(place, "an address");
            text.and_then(|(text, span)| reader.noted(of_network(&text, span)))
        }
        false => reader.path(place).map(|(path, _)| Address::Path(path)),
    };
    let address_span = reader.span(place);
    let rights = rights.and_then(|node| reader.rights(node));
    let inheriting = inheriting.and_then(|node| reader.rights(node));
    // If it is none, there is an error that says so, and nothing is opened.
    let address = address.unwrap_or(Address::Path(String::new()));
    let foreign_directories = foreign(&mut reader, foreign_directories, &address);
    let kind = Kind::Stream;
    Ok(Socket { kind, purpose, address, address_span, rights, inheriting, foreign_directories })
}

/// `!socket`, which can be anything.
fn read_any(reader: &mut Reader, node: &Node, grant: Grant) -> Result<Socket, Diagnostic> {
    const EXAMPLE: &str = "!socket {type: stream, bind: \"127.0.0.1:8080\"}";
    let keys = ["type", "bind", "connect", "rights", "inheriting", FOREIGN_DIRECTORIES];
    let errors = reader.errors.len();
    let [kind, bind, connect, rights, inheriting, foreign_directories] =
        reader.entries(node, grant.shown(), keys, EXAMPLE)?;
    let kind = kind.and_then(|node| kind_of(reader, node)).unwrap_or(Kind::Stream);
    let (place, purpose) = match (bind, connect) {
        (Some(place), None) => (place, Purpose::Bind),
        (None, Some(place)) => (place, Purpose::Connect),
        (Some(bind), Some(connect)) => {
            let bind = reader.span(bind);
            return Err(Diagnostic::at(reader.span(connect), "a socket is either bound or connected")
                .related(bind, "this would bind it"));
        }
        // Whoever wrote a key wrong has been told.
        (None, None) if reader.errors.len() > errors => return Err(reader.errors.remove(errors)),
        (None, None) => {
            let span = reader.first_line(node);
            return Err(Diagnostic::at(span, "`!socket` without an address: neither `bind` nor `connect`")
                .help(format!("write `{EXAMPLE}`")));
        }
    };
    let address_span = reader.span(place);
    let address = match reader.text_of(place, "an address") {
        Some((path, _)) if path.starts_with('/') => reader.path(place).map(|(path, _)| Address::Path(path)),
        Some((text, span)) => reader.noted(of_network(&text, span)),
        None => None,
    };
    let rights = rights.and_then(|node| reader.rights(node));
    let inheriting = inheriting.and_then(|node| reader.rights(node));
    let address = address.unwrap_or(Address::Path(String::new()));
    let foreign_directories = foreign(reader, foreign_directories, &address);
    Ok(Socket { kind, purpose, address, address_span, rights, inheriting, foreign_directories })
}

/// Whether foreign directories may come through a socket with this address.
fn foreign(reader: &mut Reader, written: Option<NodeId>, address: &Address) -> bool {
    let Some(id) = written else { return false };
    if let Address::Network { .. } = address {
        let message = "no directories come through a socket of a network";
        let span = reader.span(id);
        reader.errors.push(Diagnostic::at(span, message));
    }
    reader.truth(id)
}

/// What stands after `!socketpair`: nothing, a kind, or a map with a kind.
pub fn pair(
    document: &Document,
    node: &Node,
    text: &str,
    errors: &mut Vec<Diagnostic>,
) -> Result<Kind, Diagnostic> {
    let mut reader = Reader::new(document, text, errors);
    match &node.content {
        Content::Scalar { text: word, .. } if word.is_empty() => Ok(Kind::Stream),
        Content::Scalar { text: word, .. } => named_kind(word, reader.first_line(node)),
        _ => {
            let example = "!socketpair {type: stream}";
            let [kind] = reader.entries(node, Grant::SocketPair.shown(), ["type"], example)?;
            Ok(kind.and_then(|node| kind_of(&mut reader, node)).unwrap_or(Kind::Stream))
        }
    }
}

fn kind_of(reader: &mut Reader, id: NodeId) -> Option<Kind> {
    let (word, span) = reader.text_of(id, "a type")?;
    named_kind(&word, span).map_err(|error| reader.errors.push(error)).ok()
}

fn named_kind(word: &str, span: Span) -> Result<Kind, Diagnostic> {
    if let Some((_, kind)) = KINDS.iter().find(|(name, _)| *name == word) {
        return Ok(*kind);
    }
    if word == "seqpacket" {
        let message = "sockets of the type `seqpacket` cannot be given to programs";
        return Err(Diagnostic::at(span, message).help("the ABI knows `stream` and `dgram`"));
    }
    let help = did_you_mean(word, KINDS.map(|(name, _)| name))
        .unwrap_or_else(|| "it is `stream` or `dgram`".to_owned());
    Err(Diagnostic::at(span, format!("unknown type of socket {}", quoted(word))).help(help))
}

/// A host and a port, with a colon between them. A host with colons in it stands in brackets.
pub fn of_network(text: &str, span: Span) -> Result<Address, Diagnostic> {
    let wrong = |what: &str| {
        let message = format!("{} is no address of a network: {what}", quoted(text));
        Err(Diagnostic::at(span, message)
            .help("an address is a host and a port: `127.0.0.1:80`, `\"[::1]:80\"`, `localhost:http`"))
    };
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => match rest.split_once("]:") {
            Some(parts) => parts,
            None => return wrong("there is no `]:` before a port"),
        },
        None => match text.rsplit_once(':') {
            Some((host, _)) if host.contains(':') => return wrong("a host with colons in it needs brackets"),
            Some(parts) => parts,
            None => return wrong("there is no port"),
        },
    };
    if host.is_empty() {
        wrong("there is no host")
    } else if port.is_empty() {
        wrong("there is no port")
    } else if text.contains('\0') {
        wrong("there is a zero byte in it")
    } else if port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_err() {
        wrong("ports go up to 65535")
    } else {
        Ok(Address::Network { host: host.to_owned(), port: port.to_owned() })
    }
}

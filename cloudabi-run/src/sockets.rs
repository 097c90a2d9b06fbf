//! Makes sockets: bound ones, connected ones, and pairs.

use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream, ToSocketAddrs, UdpSocket};
use std::os::fd::OwnedFd;
use std::os::unix::net::{UnixDatagram, UnixListener, UnixStream};
use std::path::Path;

use crate::diagnostic::{Diagnostic, quoted};
use crate::explain::{explain, shown};
use crate::grants::{Address, Kind, Purpose, Socket};
use crate::host;
use crate::source::Span;

/// The longest path of a socket, in bytes: what fits into the smallest `sockaddr_un` of any host.
const LONGEST_PATH: usize = 103;

/// What to do where nobody listens.
const FIRST: &str = "whoever is to listen there has to be started first";

/// Makes a socket. The error is about its address.
pub fn open(socket: &Socket) -> Result<OwnedFd, Diagnostic> {
    match &socket.address {
        Address::Path(path) => at_path(socket, Path::new(path)),
        Address::Network { host, port } => on_network(socket, host, port),
    }
}

/// Makes two sockets that are connected with each other.
pub fn pair(kind: Kind) -> io::Result<(OwnedFd, OwnedFd)> {
    Ok(match kind {
        Kind::Stream => {
            let (first, second) = UnixStream::pair()?;
            (first.into(), second.into())
        }
        Kind::Datagram => {
            let (first, second) = UnixDatagram::pair()?;
            (first.into(), second.into())
        }
    })
}

/// The name of an address, for messages.
pub fn name(address: &Address) -> String {
    match address {
        Address::Path(path) => shown(Path::new(path)),
        Address::Network { host, port } if host.contains(':') => quoted(&format!("[{host}]:{port}")),
        Address::Network { host, port } => quoted(&format!("{host}:{port}")),
    }
}

fn at_path(socket: &Socket, path: &Path) -> Result<OwnedFd, Diagnostic> {
    let length = path.as_os_str().len();
    if length > LONGEST_PATH {
        let message = format!("{} is too long for the path of a socket: {length} bytes", shown(path));
        return Err(Diagnostic::at(socket.address_span, message).help(format!(
            "paths of sockets have at most {LONGEST_PATH} bytes; a relative path is shorter"
        )));
    }
    let made = match (socket.purpose, socket.kind) {
        (Purpose::Bind, Kind::Stream) => UnixListener::bind(path).map(OwnedFd::from),
        (Purpose::Bind, Kind::Datagram) => UnixDatagram::bind(path).map(OwnedFd::from),
        (Purpose::Connect, Kind::Stream) => UnixStream::connect(path).map(OwnedFd::from),
        (Purpose::Connect, Kind::Datagram) => UnixDatagram::unbound()
            .and_then(|unbound| unbound.connect(path).map(|()| unbound))
            .map(OwnedFd::from),
    };
    made.map_err(|error| cannot_at_path(socket, path, error))
}

fn cannot_at_path(socket: &Socket, path: &Path, error: io::Error) -> Diagnostic {
    let shown = shown(path);
    let at = |message: String| Diagnostic::at(socket.address_span, message);
    match (socket.purpose, error.kind()) {
        (Purpose::Bind, io::ErrorKind::AddrInUse) => {
            at(format!("no socket can be made at {shown}: there is something already"))
                .help("if it is a socket that nobody uses any more, remove it")
        }
        // The folder is what is missing or closed.
        (Purpose::Bind, _) => {
            let folder =
                path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
            if error.kind() == io::ErrorKind::NotFound && folder.is_dir() {
                let folder = quoted(&folder.to_string_lossy());
                return at(format!("no socket can be made at {shown}: nothing can be made in {folder}"))
                    .help("choose a directory of an ordinary file system, such as `/tmp`");
            }
            let explanation = explain(folder, "for making a socket in it", error);
            at(format!("no socket can be made at {shown}: {}", explanation.message))
                .maybe_help(explanation.help)
        }
        (Purpose::Connect, io::ErrorKind::ConnectionRefused) => {
            let listens = if path_is_socket(path) { "nobody listens there" } else { "it is no socket" };
            let help = path_is_socket(path).then(|| FIRST.to_owned());
            at(format!("{shown} cannot be connected to: {listens}")).maybe_help(help)
        }
        (Purpose::Connect, io::ErrorKind::NotFound) => {
            let explanation = explain(path, "for reading", error);
            at(format!("{shown} cannot be connected to: {}", explanation.message))
                .maybe_help(explanation.help)
        }
        (Purpose::Connect, _) => {
            let other = match (error.raw_os_error(), socket.kind) {
                (Some(code), Kind::Stream) if code == libc::EPROTOTYPE => {
                    Some("the socket there is for datagrams: write `!socket` with `type: dgram`".to_owned())
                }
                (Some(code), Kind::Datagram) if code == libc::EPROTOTYPE => {
                    Some("the socket there is for streams".to_owned())
                }
                _ => None,
            };
            at(format!("{shown} cannot be connected to: {}", host::without_number(error))).maybe_help(other)
        }
    }
}

fn path_is_socket(path: &Path) -> bool {
    path.metadata().is_ok_and(|metadata| std::os::unix::fs::FileTypeExt::is_socket(&metadata.file_type()))
}

fn on_network(socket: &Socket, host: &str, port: &str) -> Result<OwnedFd, Diagnostic> {
    let name = name(&socket.address);
    let at = |message: String| Diagnostic::at(socket.address_span, message);
    let port = match port.parse() {
        Ok(number) => number,
        Err(_) => host::service_port(port, socket.kind == Kind::Datagram).ok_or_else(|| {
            at(format!("no port is known for the service {}", quoted(port)))
                .help("names of services stand in `/etc/services`; ports can be given as numbers")
        })?,
    };
    let addresses = addresses(host, port).map_err(|error| no_host(host, error, socket.address_span))?;
    match socket.purpose {
        Purpose::Bind => {
            let address = the_only_one(host, &addresses, socket.address_span)?;
            let bound = match socket.kind {
                Kind::Stream => TcpListener::bind(address).map(OwnedFd::from),
                Kind::Datagram => UdpSocket::bind(address).map(OwnedFd::from),
            };
            bound.map_err(|error| {
                let help = cannot_bind(address, socket.kind, &error);
                at(format!("no socket can be made at {name}: {}", host::without_number(error)))
                    .maybe_help(help)
            })
        }
        Purpose::Connect => {
            let connected = match socket.kind {
                Kind::Stream => TcpStream::connect(&addresses[..]).map(OwnedFd::from),
                Kind::Datagram => connected_datagrams(&addresses).map(OwnedFd::from),
            };
            connected.map_err(|error| {
                let refused = error.kind() == io::ErrorKind::ConnectionRefused;
                let help = refused.then(|| format!("nobody listens there; {FIRST}"));
                at(format!("{name} cannot be connected to: {}", host::without_number(error))).maybe_help(help)
            })
        }
    }
}

/// The addresses of a host, each once.
fn addresses(host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
    if let Ok(address) = host.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(address, port)]);
    }
    let mut all: Vec<SocketAddr> = Vec::new();
    for address in (host, port).to_socket_addrs()? {
        if !all.contains(&address) {
            all.push(address);
        }
    }
    if all.is_empty() { Err(io::ErrorKind::NotFound.into()) } else { Ok(all) }
}

fn no_host(host: &str, error: io::Error, span: Span) -> Diagnostic {
    Diagnostic::at(span, format!("there is no host {}: {}", quoted(host), host::without_number(error)))
        .help("hosts can be given by number, too: `127.0.0.1`, `[::1]`")
}

/// What to bind a socket to.
fn the_only_one(host: &str, addresses: &[SocketAddr], span: Span) -> Result<SocketAddr, Diagnostic> {
    match addresses {
        [address] => Ok(*address),
        several => {
            let all: Vec<String> = several.iter().map(|address| format!("`{}`", address.ip())).collect();
            Err(Diagnostic::at(span, format!("{} has several addresses", quoted(host)))
                .help(format!("give one of them: {}", all.join(", "))))
        }
    }
}

fn connected_datagrams(addresses: &[SocketAddr]) -> io::Result<UdpSocket> {
    let mut last = io::Error::from(io::ErrorKind::NotFound);
    for address in addresses {
        let any: IpAddr = match address {
            SocketAddr::V4(_) => std::net::Ipv4Addr::UNSPECIFIED.into(),
            SocketAddr::V6(_) => std::net::Ipv6Addr::UNSPECIFIED.into(),
        };
        match UdpSocket::bind((any, 0)).and_then(|socket| socket.connect(address).map(|()| socket)) {
            Ok(socket) => return Ok(socket),
            Err(error) => last = error,
        }
    }
    Err(last)
}

fn cannot_bind(address: SocketAddr, kind: Kind, error: &io::Error) -> Option<String> {
    match error.kind() {
        io::ErrorKind::AddrInUse => Some(format!(
            "another process has this port (`ss -{}lnp` shows which); port 0 stands for any that is free",
            if kind == Kind::Stream { "t" } else { "u" },
        )),
        io::ErrorKind::PermissionDenied if address.port() < 1024 => Some(
            "ports below 1024 are for the administrator: take one above, or have systemd listen there"
                .to_owned(),
        ),
        io::ErrorKind::AddrNotAvailable => Some(format!(
            "{} is not an address of this machine; `{}` stands for all that it has",
            address.ip(),
            if address.is_ipv4() { "0.0.0.0" } else { "[::]" },
        )),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::render;
    use crate::source::Source;

    /// What depends on the machine's names and on who runs this.
    #[test]
    fn addresses_that_cannot_be_bound() {
        let source = Source {
            text: "http: !tcp_listener {address: \"host:80\"}\n".to_owned(),
            ..Source::named("<stdin>")
        };
        let span = Span::new(31, 38);
        let addresses = [([127, 0, 0, 1], 80).into(), ([10, 0, 0, 1], 80).into()];
        let several = the_only_one("host", &addresses, span).expect_err("there are two");
        let denied = cannot_bind(addresses[0], Kind::Stream, &io::ErrorKind::PermissionDenied.into());
        let denied =
            Diagnostic::at(span, "no socket can be made at `host:80`: permission denied").maybe_help(denied);
        let taken = cannot_bind(addresses[0], Kind::Datagram, &io::ErrorKind::AddrInUse.into());
        let taken = Diagnostic::at(span, "no socket can be made at `host:80`: address already in use")
            .maybe_help(taken);
        assert_eq!(the_only_one("host", &addresses[1..], span), Ok(addresses[1]));
        let unknown = no_host("host", io::Error::other("Name or service not known"), span);
        let folder = Socket {
            kind: Kind::Stream,
            purpose: Purpose::Bind,
            address: Address::Path("/srv/socket".to_owned()),
            address_span: span,
            rights: None,
            inheriting: None,
            foreign_directories: false,
        };
        let full = cannot_at_path(&folder, Path::new("/socket"), io::ErrorKind::StorageFull.into());
        let all = [several, denied, taken, unknown, full].map(|error| render(&[error], &source, false));
        insta::assert_snapshot!(all.join("\n"));
    }
}

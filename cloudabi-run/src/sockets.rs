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

/// The longest path of a socket, in bytes: what fits into the smallest `sockaddr_un` of any host.
const LONGEST_PATH: usize = 103;

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
            let explanation = explain(folder, "for making a socket in it", error);
            at(format!("no socket can be made at {shown}: {}", explanation.message))
                .maybe_help(explanation.help)
        }
        (Purpose::Connect, io::ErrorKind::ConnectionRefused) => {
            let listens = if path_is_socket(path) { "nobody listens there" } else { "it is no socket" };
            at(format!("{shown} cannot be connected to: {listens}"))
        }
        (Purpose::Connect, io::ErrorKind::NotFound) => {
            let explanation = explain(path, "for connecting to it", error);
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
    let addresses = addresses(host, port)
        .map_err(|error| at(format!("there is no host {}: {}", quoted(host), host::without_number(error))))?;
    match socket.purpose {
        Purpose::Bind => {
            let [address] = addresses[..] else {
                let all: Vec<String> =
                    addresses.iter().map(|address| format!("`{}`", address.ip())).collect();
                return Err(at(format!("{} has several addresses", quoted(host)))
                    .help(format!("give one of them: {}", all.join(", "))));
            };
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
                at(format!("{name} cannot be connected to: {}", host::without_number(error)))
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
        io::ErrorKind::PermissionDenied if address.port() < 1024 => {
            Some("ports below 1024 are for the administrator".to_owned())
        }
        io::ErrorKind::AddrNotAvailable => Some(format!(
            "{} is not an address of this machine; `{}` stands for all that it has",
            address.ip(),
            if address.is_ipv4() { "0.0.0.0" } else { "[::]" },
        )),
        _ => None,
    }
}

//! Telling a service manager that the program runs: sd_notify(3).

use std::env;
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::fd::AsFd;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};

/// Where the service manager listens.
#[derive(Clone, Debug)]
pub struct Notify {
    address: SocketAddr,
    /// What is said besides, so that the manager watches the right process.
    name: OsString,
}

impl Notify {
    /// What the environment says. Nothing, if nobody listens, or at an address of a kind that is not known.
    pub fn from_environment() -> Option<Notify> {
        Notify::at(env::var_os("NOTIFY_SOCKET")?)
    }

    fn at(name: OsString) -> Option<Notify> {
        let address = match name.as_bytes() {
            [b'@', rest @ ..] => SocketAddr::from_abstract_name(rest),
            [b'/', ..] => SocketAddr::from_pathname(&name),
            _ => return None,
        };
        Some(Notify { address: address.ok()?, name })
    }

    /// Whether one of these descriptors is connected with the manager: the program says itself then when it is ready.
    pub fn is_granted(&self, descriptors: impl IntoIterator<Item = impl AsFd>) -> bool {
        descriptors.into_iter().any(|fd| {
            let peer = rustix::net::getpeername(fd).ok().flatten();
            let peer = peer.and_then(|peer| rustix::net::SocketAddrUnix::try_from(peer).ok());
            let path = peer.as_ref().and_then(|peer| peer.path());
            path.is_some_and(|path| OsStr::from_bytes(path.to_bytes()) == self.name)
        })
    }

    /// Says that the program runs.
    ///
    /// # Errors
    /// If nobody listens.
    pub fn ready(&self) -> io::Result<()> {
        UnixDatagram::unbound()?.send_to_addr(b"READY=1", &self.address).map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_listens_is_told() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("notify");
        let listener = UnixDatagram::bind(&path).expect("there is no such socket");
        let notify = Notify::at(path.clone().into_os_string()).expect("it is a path");
        notify.ready().expect("somebody listens");
        let mut message = [0; 64];
        let length = listener.recv(&mut message).expect("it has arrived");
        assert_eq!(&message[..length], b"READY=1");

        let other = UnixDatagram::unbound().expect("there are descriptors left");
        assert!(!notify.is_granted([&other]));
        other.connect(&path).expect("somebody listens");
        assert!(notify.is_granted([&other]));
        drop(listener);
        assert!(notify.ready().is_err());
    }

    #[test]
    fn addresses_are_paths_or_abstract() {
        assert!(Notify::at("@name".into()).is_some());
        for other in ["", "vsock:2:1234", "relative"] {
            assert!(Notify::at(other.into()).is_none(), "{other}");
        }
    }
}

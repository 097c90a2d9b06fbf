//! Which error a call answers with.

use cloudabi_host::table;
use cloudabi_host::types::Errno;
use rustix::net::sockopt;

use super::Kind;
use crate::runtime::object::Object;

/// A call of the ABI that is made on sockets, among others.
#[derive(Clone, Copy, Debug)]
pub struct Call(u32);

impl Call {
    pub const READ: Call = Call(10);
    pub const WRITE: Call = Call(16);
    pub const CREATE_PAIR: Call = Call(5);
    pub const RECEIVE: Call = Call(43);
    pub const SEND: Call = Call(44);
    pub const SHUTDOWN: Call = Call(45);

    /// The error of a call that was to take something out of an object.
    #[cold]
    pub fn when_receiving(self, object: &Object, error: Errno) -> Errno {
        self.answer(match error {
            // A stream within the machine has this to say when it is not connected.
            Errno::INVAL if object.socket_kind().is_ok() => Errno::NOTCONN,
            // Somebody at the other end of a datagram socket wants nothing.
            Errno::CONNREFUSED => Errno::CONNRESET,
            error => error,
        })
    }

    /// The error of a call that was to put something into an object.
    #[cold]
    pub fn when_sending(self, object: &Object, error: Errno) -> Errno {
        let kind = object.socket_kind();
        self.answer(match (error, kind) {
            (Errno::CONNREFUSED, Ok(Kind::LocalMessages)) => Errno::PIPE,
            (Errno::CONNREFUSED, _) => Errno::CONNRESET,
            // Once the other end is closed, the kernel forgets that there was one.
            (Errno::NOTCONN | Errno::DESTADDRREQ, Ok(Kind::LocalMessages)) if had_peer(object) => Errno::PIPE,
            (Errno::NOTCONN, Ok(Kind::LocalMessages | Kind::Messages)) => Errno::DESTADDRREQ,
            (error, _) => error,
        })
    }

    /// The error itself if the definition lists it for this call, or the listed one that says most of the truth.
    #[cold]
    pub fn answer(self, error: Errno) -> Errno {
        if self.lists(error) {
            return error;
        }
        let instead = match error {
            Errno::HOSTUNREACH | Errno::NETUNREACH | Errno::NETDOWN | Errno::NETRESET => Errno::TIMEDOUT,
            // The call needed a descriptor or memory for itself, for a moment.
            Errno::MFILE | Errno::NFILE | Errno::NOSPC => Errno::NOMEM,
            _ => Errno::IO,
        };
        [instead, Errno::IO].into_iter().find(|error| self.lists(*error)).unwrap_or(Errno::INVAL)
    }

    fn lists(self, error: Errno) -> bool {
        table::call(self.0).is_some_and(|call| call.errors.contains(&u32::from(error.0)))
    }
}

/// Whether a socket within this machine was ever connected: then its other end has left its credentials.
fn had_peer(object: &Object) -> bool {
    sockopt::socket_peercred(object).is_ok_and(|peer| peer.uid.as_raw() != u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALLS: [(Call, &str); 6] = [
        (Call::READ, "fd_read"),
        (Call::WRITE, "fd_write"),
        (Call::CREATE_PAIR, "fd_create2"),
        (Call::RECEIVE, "sock_recv"),
        (Call::SEND, "sock_send"),
        (Call::SHUTDOWN, "sock_shutdown"),
    ];

    #[test]
    fn only_listed_errors_are_answered() {
        for (call, name) in CALLS {
            assert_eq!(table::call(call.0).expect("no such call").name, name);
            for error in (1..=u16::MAX).map(Errno) {
                assert!(call.lists(call.answer(error)), "{error:?} for {call:?}");
            }
        }
        assert_eq!(Call::SEND.answer(Errno::PIPE), Errno::PIPE);
        assert_eq!(Call::SEND.answer(Errno::MFILE), Errno::NOMEM);
        assert_eq!(Call::RECEIVE.answer(Errno::HOSTUNREACH), Errno::TIMEDOUT);
    }
}

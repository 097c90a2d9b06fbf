//! Sockets: exchanging bytes and messages with other processes, and handing them descriptors.
//!
//! A program cannot name addresses. It is given connected sockets and listening ones, makes pairs that are connected to
//! each other, or receives them over sockets that it has.

mod datagram;
mod listener;
mod message;
mod shutdown;
mod socket;
mod stream;

pub use datagram::Datagram;
pub use listener::{Incoming, Listener};
pub use message::{MOST_FDS, Received};
pub use shutdown::Shutdown;
pub use socket::Socket;
pub use stream::Stream;

//! From a program's types to argument data.

use alloc::vec::Vec;

use serde::Serialize;

use super::{Collector, Error};
use crate::os::OwnedFd;

/// Argument data and the descriptors that go with it.
///
/// ```no_run
/// # use cloudabi::{args, io::{self, IoSlice}, net::Datagram, os::AsFd as _};
/// fn send(socket: &Datagram, value: &impl serde::Serialize) -> io::Result<()> {
///     let args::Encoded { data, fds } = args::encode(value).map_err(io::Error::other)?;
///     let fds: Vec<_> = fds.iter().map(|fd| fd.as_fd()).collect();
///     socket.send_with_fds(&[IoSlice::new(&data)], &fds)
/// }
/// ```
#[derive(Debug)]
pub struct Encoded {
    /// The data.
    pub data: Vec<u8>,
    /// The descriptors that it names, by their index. They are duplicates, with the rights of the originals.
    pub fds: Vec<OwnedFd>,
}

/// Writes a value, to be sent to another program or to start one with it.
///
/// ```no_run
/// use cloudabi::args;
/// use cloudabi::fs::File;
///
/// #[derive(serde::Serialize)]
/// struct Reply {
///     status: u32,
///     body: File,
/// }
///
/// fn write(reply: &Reply) -> Result<args::Encoded, args::Error> {
///     args::encode(reply)
/// }
/// ```
///
/// # Errors
///
/// If the type refuses, or a descriptor cannot be duplicated.
pub fn encode<T: Serialize + ?Sized>(value: &T) -> Result<Encoded, Error> {
    let collector = Collector::default();
    let data = collector.while_current(|| cloudabi_argdata::to_bytes(value)).map_err(Error)?;
    Ok(Encoded { data, fds: collector.into_fds() })
}

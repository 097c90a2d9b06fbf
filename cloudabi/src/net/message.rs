//! Messages with descriptors.

use alloc::vec::Vec;

use cloudabi_sys::{Fd, RecvIn, Riflags, Roflags, SendIn, Siflags};

use crate::io::{self, IoSlice, IoSliceMut};
use crate::os::{BorrowedFd, OwnedFd};

/// So many descriptors can be sent with a message on every host.
///
/// ```
/// assert!(cloudabi::net::MOST_FDS >= 64);
/// ```
pub const MOST_FDS: usize = 64;

/// What was received.
///
/// ```no_run
/// # use cloudabi::{io::{self, IoSliceMut}, net::{Datagram, Received}};
/// fn is_whole(socket: &Datagram, buffer: &mut [u8]) -> io::Result<bool> {
///     let received: Received = socket.receive_with_fds(&mut [IoSliceMut::new(buffer)], 4)?;
///     Ok(!received.data_truncated && !received.fds_truncated)
/// }
/// ```
#[derive(Debug, Default)]
pub struct Received {
    /// How many bytes.
    pub length: usize,
    /// The descriptors.
    pub fds: Vec<OwnedFd>,
    /// There were more descriptors than there was room for. They are closed.
    pub fds_truncated: bool,
    /// The datagram was longer than the room for it. The rest is lost.
    pub data_truncated: bool,
}

pub(super) fn send(fd: BorrowedFd<'_>, pieces: &[IoSlice<'_>], fds: &[BorrowedFd<'_>]) -> io::Result<usize> {
    let message = SendIn {
        si_data: IoSlice::as_raw(pieces).as_ptr(),
        si_data_len: pieces.len(),
        // A borrowed descriptor is a transparent wrapper of its number.
        si_fds: fds.as_ptr().cast(),
        si_fds_len: fds.len(),
        si_flags: Siflags::empty(),
        ..SendIn::ZERO
    };
    // SAFETY: the pieces are borrowed, and the descriptors are open.
    Ok(unsafe { cloudabi_sys::sock_send(fd.as_raw_fd(), &message) }?.so_datalen)
}

pub(super) fn receive(
    fd: BorrowedFd<'_>,
    buffers: &mut [IoSliceMut<'_>],
    most_fds: usize,
    flags: Riflags,
) -> io::Result<Received> {
    let mut fds = Vec::<Fd>::with_capacity(most_fds);
    let message = RecvIn {
        ri_data: IoSliceMut::as_raw(buffers).as_ptr(),
        ri_data_len: buffers.len(),
        ri_fds: fds.as_mut_ptr(),
        ri_fds_len: most_fds,
        ri_flags: flags,
        ..RecvIn::ZERO
    };
    // SAFETY: the pieces are borrowed exclusively, and there is room for so many descriptors.
    let received = unsafe { cloudabi_sys::sock_recv(fd.as_raw_fd(), &message) }?;
    // SAFETY: the host has written so many.
    unsafe { fds.set_len(received.ro_fdslen.min(most_fds)) };
    Ok(Received {
        length: received.ro_datalen,
        // SAFETY: they are new, and nobody else knows them.
        fds: fds.into_iter().map(|fd| unsafe { OwnedFd::from_raw_fd(fd) }).collect(),
        fds_truncated: received.ro_flags.contains(Roflags::FDS_TRUNCATED),
        data_truncated: received.ro_flags.contains(Roflags::DATA_TRUNCATED),
    })
}

//! `proc_fork`: pdfork(2).

use crate::headers::PD_CLOEXEC;
use std::os::fd::{FromRawFd, OwnedFd};

use cloudabi_host::descriptors::{New, RightsPair};
use cloudabi_host::threads;
use cloudabi_host::types::{Errno, Fd, Filetype, Tid};

use super::object::Object;
use super::{Thread, last_error, random};

/// `proc_fork`. When the last process descriptor of the child is closed, the kernel kills the child.
///
/// A process with several threads cannot do it yet: the C library's memory may be in the middle of a change by another one.
pub fn fork(thread: &Thread) -> Result<(Fd, Tid), Errno> {
    let process = thread.process;
    if process.descriptors.is_used_by_several() {
        return Err(Errno::AGAIN);
    }
    // Random numbers and room come before there are two processes, since they can fail.
    let mut numbers = [[0; 8]; 3];
    random::fill(numbers.as_flattened_mut()).map_err(|_| Errno::NOMEM)?;
    let [descriptors, addresses, own] = numbers.map(u64::from_ne_bytes);
    let place = process.descriptors.reserve()?;
    let mut fd = -1;
    // SAFETY: this is the only thread, so that nothing is locked or in the middle of a change.
    match unsafe { libc::pdfork(&raw mut fd, PD_CLOEXEC) } {
        -1 => Err(match last_error() {
            error @ (Errno::AGAIN | Errno::MFILE | Errno::NFILE) => error,
            _ => Errno::NOMEM,
        }),
        0 => {
            drop(place);
            process.descriptors.reseed(descriptors);
            process.memory.reseed(addresses);
            process.threads.keep_only(thread, threads::number(own as u32));
            // SAFETY: only this thread is left, and it does not wait.
            unsafe { process.lot.after_fork() };
            Ok((Fd::PROCESS_CHILD, thread.id.get()))
        }
        _ => {
            // SAFETY: it was made just now.
            let child = Object::made(unsafe { OwnedFd::from_raw_fd(fd) }, Filetype::PROCESS);
            let rights = child.limit(RightsPair::ALL)?;
            Ok((place.insert(New::unsettled(child, rights)), thread.id.get()))
        }
    }
}

//! `proc_fork`: pdfork(2).

use std::mem;
use std::os::fd::{FromRawFd, OwnedFd};
use std::sync::Arc;

use cloudabi_host::descriptors::{New, RightsPair};
use cloudabi_host::threads::Seeds;
use cloudabi_host::types::{Errno, Fd, Tid};

use super::object::Object;
use super::{Thread, host_descriptors, last_error, random};
use crate::ending::Ending;
use crate::headers::PD_CLOEXEC;
use crate::{heap, report};

/// `proc_fork`. When the last process descriptor of the child is closed, the kernel kills the child.
pub fn fork(thread: &Thread) -> Result<(Fd, Tid), Errno> {
    let process = thread.process;
    if process.descriptors.is_used_by_several() && !heap::can_be_held() {
        // Another thread may be in the middle of changing the heap, and never end that in the child.
        return Err(Errno::AGAIN);
    }
    // Random numbers and room come before there are two processes, since they can fail.
    let seeds = Seeds::new(random::fill).map_err(|_| Errno::NOMEM)?;
    let place = process.descriptors.reserve()?;
    let ending = Arc::new(Ending::new().map_err(|_| Errno::NOMEM)?);
    let mut fd = -1;
    let made = {
        // What is copied must not be in the middle of a change. The heap comes last, since holding the others may need it.
        let _descriptors = process.descriptors.hold();
        let _memory = process.memory.hold();
        let _threads = process.threads.hold();
        let _heap = heap::hold();
        // SAFETY: in the child only this thread is left, and it goes on with what is locked here.
        unsafe { libc::pdfork(&raw mut fd, PD_CLOEXEC) }
    };
    match made {
        -1 => Err(match last_error() {
            error @ (Errno::AGAIN | Errno::MFILE | Errno::NFILE) => error,
            _ => Errno::NOMEM,
        }),
        0 => {
            child(thread, &seeds);
            drop(place);
            ending.become_own();
            // The page stays.
            mem::forget(ending);
            Ok((Fd::PROCESS_CHILD, thread.id.get()))
        }
        _ => {
            // If anything fails from here on, the descriptor is closed, and the kernel ends the child.
            // SAFETY: it was made just now.
            let child = Object::process(unsafe { OwnedFd::from_raw_fd(fd) }, ending);
            let rights = child.limit(RightsPair::ALL)?;
            Ok((place.insert(New::unsettled(child, rights)), thread.id.get()))
        }
    }
}

/// Makes of a copy of the parent a process of its own.
fn child(thread: &Thread, seeds: &Seeds) {
    let process = thread.process;
    let had_others = process.descriptors.is_used_by_several();
    if had_others {
        // SAFETY: only this thread is left. The guards of others are never dropped, and this one has none.
        let unused = unsafe { process.descriptors.become_single_threaded() };
        // Only threads of the parent used these.
        drop(unused);
    }
    process.descriptors.reseed(seeds.numbers);
    process.memory.reseed(seeds.addresses);
    process.threads.keep_only(thread, seeds.thread);
    process.threads.forget_idle();
    // SAFETY: only this thread is left, and it does not wait.
    unsafe { process.lot.after_fork() };
    if had_others {
        // Other threads may have been in the middle of calls, with descriptors that only they knew.
        let mut kept = process.own_descriptors();
        // SAFETY: what is listed is all that this thread or what it shares with others refers to.
        if unsafe { host_descriptors::close_all_but(&mut kept) }.is_err() {
            report::refused("close what a new process is not to have")
        }
    }
}

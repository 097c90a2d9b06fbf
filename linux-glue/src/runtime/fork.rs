//! `proc_fork`.

use std::os::fd::{AsFd as _, OwnedFd};
use std::sync::Arc;

use cloudabi_host::descriptors::{New, RightsPair};
use cloudabi_host::threads::Seeds;
use cloudabi_host::types::{Errno, Fd, Tid};
use rustix::io::Errno as HostErrno;
use rustix::process::Pid;

use super::line::{self, Line, OwnEnd};
use super::object::Object;
use super::{Thread, host_descriptors, random, threads};

/// `proc_fork`
///
/// The child waits for the parent's word before it goes on, so that no child is left if the parent cannot get a process
/// descriptor.
pub fn fork(thread: &Thread) -> Result<(Fd, Tid), Errno> {
    let process = thread.process;
    let (ours, theirs) = line::pair().map_err(error)?;
    let (word, awaited) = line::pair().map_err(error)?;
    // Random numbers come before there are two processes, since they can fail.
    let seeds = Seeds::new(random::fill).map_err(error)?;
    let pid = {
        // What is copied must not be in the middle of a change. The C library takes care of its own memory.
        let _descriptors = process.descriptors.hold();
        let _memory = process.memory.hold();
        let _threads = process.threads.hold();
        line::note_fork();
        // SAFETY: in the child only this thread is left, and it goes on with what is locked here or by the C library.
        match unsafe { libc::fork() } {
            -1 => return Err(last_error()),
            pid => pid,
        }
    };
    if pid == 0 {
        drop((ours, word));
        child(thread, theirs, awaited, &seeds);
        return Ok((Fd::PROCESS_CHILD, thread.id.get()));
    }
    drop((theirs, awaited));
    // Not a number of nobody's: the child waits.
    let pid = Pid::from_raw(pid).ok_or(Errno::AGAIN)?;
    let pidfd = line::pidfd(pid, ours.as_fd()).map_err(error)?;
    let line = Arc::new(Line::to_child(ours));
    let object = Object::process(pidfd, line);
    let new = New::unsettled(object, RightsPair::ALL);
    let fd = process.descriptors.insert(new).map_err(|(_, error)| error)?;
    // Another thread may have closed the number by now. Then the child is ended, now or when this line is dropped.
    let _ = line::go(word);
    Ok((fd, thread.id.get()))
}

/// Makes of a copy of the parent a process of its own.
fn child(thread: &Thread, end: OwnedFd, awaited: OwnedFd, seeds: &Seeds) {
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
    // The first thread of a process has its number.
    let number = threads::number_of_this();
    process.threads.keep_only(thread, seeds.thread, number);
    // SAFETY: only this thread is left, and it does not wait.
    unsafe { process.lot.after_fork() };

    let Some(end) = OwnEnd::wait(end, awaited, number) else {
        // SAFETY: the process ends, and the parent has never spoken of it to anybody.
        unsafe { libc::_exit(0) }
    };
    // SAFETY: as above.
    unsafe { process.ending.become_child(end) };
    if had_others {
        // Other threads may have been in the middle of calls, with descriptors that only they knew.
        let mut kept = process.own_descriptors();
        // SAFETY: what is listed is all that this thread or what it shares with others refers to.
        if unsafe { host_descriptors::close_all_but(&mut kept) }.is_err() {
            std::process::abort();
        }
    }
}

/// What the calls that make a process answer, as far as the definition lists it.
fn error(error: HostErrno) -> Errno {
    match error {
        HostErrno::AGAIN => Errno::AGAIN,
        HostErrno::MFILE => Errno::MFILE,
        HostErrno::NFILE => Errno::NFILE,
        _ => Errno::NOMEM,
    }
}

fn last_error() -> Errno {
    error(HostErrno::from_io_error(&std::io::Error::last_os_error()).unwrap_or(HostErrno::NOMEM))
}

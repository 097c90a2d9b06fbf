//! `proc_exec`.
//!
//! The new program is placed beside the old one, and everything is made sure of before anything is lost. Then the old
//! program goes: its threads, its memory, its descriptors.

use std::io;
use std::mem;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::sync::PoisonError;

use cloudabi_host::copy::Recovery;
use cloudabi_host::descriptors::Guard;
use cloudabi_host::enter;
use cloudabi_host::image::{Image, ReadAt};
use cloudabi_host::memory::GuestSlice;
use cloudabi_host::replacement::{self, REPLACED};
use cloudabi_host::runtime::Runtime as _;
use cloudabi_host::threads::Seeds;
use cloudabi_host::types::{Errno, Fd, Filetype};
use rustix::fs::OFlags;

use super::object::Object;
use super::placement::Placement;
use super::{Thread, host_descriptors, random, signals, stop, threads, trace};
use crate::faults;
use crate::launch;
use crate::sandbox::landlock;

/// `proc_exec`. Does not return if all is well.
pub fn exec(
    thread: &Thread,
    executable: Guard<'_, Object>,
    data: GuestSlice<u8>,
    fds: GuestSlice<Fd>,
) -> Result<(), Errno> {
    let process = thread.process;
    let argument_data = replacement::argument_data(thread.memory(), data)?;
    let listed = replacement::listed(thread.memory(), &process.descriptors, fds)?;
    let image = read(executable.as_fd())?;
    let seeds = Seeds::new(random::fill).map_err(|_| Errno::NOMEM)?;
    let placement = Placement {
        image: &image,
        executable: executable.as_fd(),
        argument_data: &argument_data,
        thread: seeds.thread,
        thread_block: thread.block.addr() as u64,
    };
    let placed = placement.place(&process.memory).map_err(|error| replacement::not_placed(error.error))?;
    drop((argument_data, image));
    let directories =
        listed.iter().filter(|listed| listed.filetype() == Ok(Filetype::DIRECTORY)).map(|listed| {
            let rights = listed.rights();
            (listed.as_fd(), rights.base | rights.inheriting)
        });
    let rules = match landlock::rules_for_next(directories) {
        Ok(rules) => rules,
        Err(_) => {
            placed.program.take_back(&process.memory);
            return Err(Errno::NOMEM);
        }
    };

    // From here on there is no way back.
    if process.descriptors.is_used_by_several() {
        if !process.threads.stop_others(thread) {
            // Another thread does the same, and was faster.
            placed.program.forget();
            drop(listed);
            stop::go();
        }
        // SAFETY: this is the only thread, and it does not wait.
        unsafe { process.lot.after_fork() };
    }
    if placed.program.clear_the_rest(&process.memory).is_err() {
        // There is nothing left to return to.
        std::process::abort()
    }
    // Whoever uses it besides is gone, and so is the number.
    mem::forget(executable);
    // SAFETY: this is the only thread, and it uses no guard any more.
    let closed = unsafe { process.descriptors.become_only(listed) };
    drop(closed);
    process.descriptors.reseed(seeds.numbers);
    process.memory.reseed(seeds.addresses);
    process.threads.keep_only(thread, seeds.thread, threads::number_of_this());
    thread.next.set(Some(placed.program.start));
    placed.place.note();
    let before = mem::replace(
        &mut *process.recoveries.lock().unwrap_or_else(PoisonError::into_inner),
        placed.program.into_recoveries(),
    );
    before.iter().for_each(Recovery::unregister);
    drop(before);

    let mut kept = process.own_descriptors();
    kept.extend(rules.as_ref().map(|rules| rules.as_fd().as_raw_fd()));
    // SAFETY: what is listed is all that the process needs.
    let closed = unsafe { host_descriptors::close_all_but(&mut kept) };
    drop(kept);
    // After what belonged to the old program was ended, since this one may not signal that any more. The next program
    // is held in before it runs, and better ended than not held in.
    if rules.is_some_and(|rules| rules.enforce().is_err()) {
        std::process::abort()
    }
    signals::ready();
    if closed.is_err() || faults::install().is_err() || stop::install(process.memory.region()).is_err() {
        std::process::abort()
    }
    if process.ending.is_first() {
        launch::placed();
    }
    trace::does_not_return(true);
    // SAFETY: this is the thread that was entered with this block, and it serves a call. Nothing in the frames from there
    // to here has anything left to do: what this function had is dropped, and shims have nothing.
    unsafe { enter::leave(thread.block, REPLACED) }
}

/// Reads and checks the executable.
fn read(executable: BorrowedFd<'_>) -> Result<Image, Errno> {
    let access = rustix::fs::fcntl_getfl(executable).map_err(|_| Errno::BADF)? & OFlags::RWMODE;
    if access == OFlags::WRONLY {
        return Err(Errno::BADF);
    }
    replacement::read(&File(executable), rustix::param::page_size() as u64)
}

/// A file as the loader reads it.
struct File<'a>(BorrowedFd<'a>);

impl ReadAt for File<'_> {
    fn size(&self) -> io::Result<u64> {
        Ok(u64::try_from(rustix::fs::fstat(self.0)?.st_size).unwrap_or_default())
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        Ok(rustix::io::retry_on_intr(|| rustix::io::pread(self.0, &mut *buffer, offset))?)
    }
}

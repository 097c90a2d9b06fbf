//! `proc_exec`.
//!
//! The kernel runs nothing but FreeBSD's own programs by fexecve(2), and this process could reach its own executable by a
//! descriptor only, which the program would have then. So the program is replaced in the same process: the new one is placed
//! beside the old one, and everything is made sure of before anything is lost. Then the old program goes: its threads, its
//! memory, its descriptors. Capability mode stays, and each descriptor is limited to the rights that the new program has.

use std::io;
use std::mem;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::PoisonError;

use cloudabi_host::copy::Recovery;
use cloudabi_host::descriptors::{Guard, RightsPair};
use cloudabi_host::enter;
use cloudabi_host::image::{Image, ReadAt};
use cloudabi_host::memory::GuestSlice;
use cloudabi_host::placement::Secrets;
use cloudabi_host::replacement::{self, REPLACED};
use cloudabi_host::runtime::Runtime as _;
use cloudabi_host::threads::Seeds;
use cloudabi_host::types::{Errno, Fd};
use rustix::fs::OFlags;

use super::object::Object;
use super::program::placement;
use super::{Thread, host_descriptors, random, signals, stop};
use crate::{faults, report};

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
    let secrets = Secrets::new(random::fill).map_err(|_| Errno::NOMEM)?;
    let placed = placement(
        (&image, executable.as_fd()),
        &argument_data,
        (seeds.thread, thread.block.addr() as u64),
        &secrets,
    )
    .place(&process.memory)
    .map_err(|error| replacement::not_placed(error.error))?;
    drop((argument_data, image));

    // From here on there is no way back.
    if process.descriptors.is_used_by_several() {
        if !process.threads.stop_others(thread) {
            // Another thread does the same, and was faster.
            placed.forget();
            drop(listed);
            stop::go();
        }
        // SAFETY: this is the only thread, and it does not wait.
        unsafe { process.lot.after_fork() };
    }
    if placed.clear_the_rest(&process.memory).is_err() {
        // There is nothing left to return to.
        report::refused("unmap the program that is replaced")
    }
    // Whoever uses it besides is gone, and so is the number.
    mem::forget(executable);
    limit(&listed);
    // SAFETY: this is the only thread, and it uses no guard any more.
    let closed = unsafe { process.descriptors.become_only(listed) };
    drop(closed);
    process.descriptors.reseed(seeds.numbers);
    process.memory.reseed(seeds.addresses);
    process.threads.keep_only(thread, seeds.thread);
    thread.next.set(Some(placed.start));
    let before = mem::replace(
        &mut *process.recoveries.lock().unwrap_or_else(PoisonError::into_inner),
        placed.into_recoveries(),
    );
    before.iter().for_each(Recovery::unregister);
    drop(before);

    let mut kept = process.own_descriptors();
    // SAFETY: what is listed is all that the process needs.
    if unsafe { host_descriptors::close_all_but(&mut kept) }.is_err() {
        report::refused("close what the next program is not to have")
    }
    drop(kept);
    signals::ready();
    if faults::install().and_then(|()| stop::install(process.memory.region())).is_err() {
        report::refused("handle signals of the next program")
    }
    // SAFETY: this is the thread that was entered with this block, and it serves a call. Nothing in the frames from there
    // to here has anything left to do: what this function had is dropped, and shims have nothing.
    unsafe { enter::leave(thread.block, REPLACED) }
}

/// Limits each descriptor of the kernel's to what the descriptors of the program that refer to it have together.
fn limit(listed: &[Guard<'_, Object>]) {
    for one in listed {
        let same = listed.iter().filter(|other| std::ptr::eq(other.object(), one.object()));
        let rights = same.map(Guard::rights).fold(RightsPair::NONE, |all, rights| RightsPair {
            base: all.base | rights.base,
            inheriting: all.inheriting | rights.inheriting,
        });
        if one.limit(rights).is_err() {
            report::refused("limit what the next program gets")
        }
    }
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

//! The system calls on the program's pages.

use super::spare::SpareMappings;
use crate::generated::{
    errno_from_host, memory_advice_to_host, mflags_to_host, mprot_to_host, msflags_to_host,
};
use cloudabi_host::address_space::{Pages, System};
use cloudabi_host::types::{self, Advice, Mflags, Mprot, Msflags};
use core::ffi::c_void;
use rustix::io::{Errno, Result};
use rustix::mm::{MapFlags, MprotectFlags, MsyncFlags, ProtFlags};
use std::os::fd::BorrowedFd;

/// Pages that can be written can be read as well. Most processors have it so anyway; all are to be alike.
fn readable(prot: Mprot) -> Mprot {
    if prot.contains(Mprot::WRITE) { prot | Mprot::READ } else { prot }
}

/// The address as a pointer for the kernel. It is never dereferenced.
fn pointer(address: u64) -> *mut c_void {
    core::ptr::without_provenance_mut(address as usize)
}

/// What Linux has for flags that were found to be defined.
fn bits(flags: core::result::Result<i32, crate::generated::Unsupported>) -> Result<u32> {
    flags.map(i32::cast_unsigned).map_err(|_| Errno::INVAL)
}

/// Reserves a range of addresses. It is taken as it is asked for, or not at all: 0 leaves the choice to the kernel.
fn reserve(address: u64, size: u64) -> Result<u64> {
    let exactly = if address == 0 { MapFlags::empty() } else { MapFlags::FIXED_NOREPLACE };
    let flags = MapFlags::PRIVATE | MapFlags::NORESERVE | exactly;
    // SAFETY: nothing that is mapped is replaced.
    let taken =
        unsafe { rustix::mm::mmap_anonymous(pointer(address), size as usize, ProtFlags::empty(), flags) }?;
    let taken = taken.addr() as u64;
    if address != 0 && taken != address {
        // Kernels before 4.17 take the flag for a hint.
        // SAFETY: the range was mapped by the lines above, and nobody else knows of it.
        unsafe { rustix::mm::munmap(pointer(taken), size as usize) }?;
        return Err(Errno::EXIST);
    }
    Ok(taken)
}

/// Makes pages of the region inaccessible, whatever they were: one call, so that they are never free for anybody else.
///
/// # Safety
/// The pages are the program's.
unsafe fn unmap(pages: &Pages) -> Result<()> {
    let flags = MapFlags::PRIVATE | MapFlags::NORESERVE | MapFlags::FIXED;
    let (address, size) = (pointer(pages.address()), pages.size() as usize);
    // SAFETY: only the program's memory is replaced, in which there are no objects of the host's.
    unsafe { rustix::mm::mmap_anonymous(address, size, ProtFlags::empty(), flags) }.map(drop)
}

/// Maps a file or fresh memory, in place of what is there.
///
/// # Safety
/// The pages are the program's.
unsafe fn map(pages: &Pages, prot: Mprot, flags: Mflags, file: Option<(BorrowedFd<'_>, u64)>) -> Result<()> {
    let prot = ProtFlags::from_bits_retain(bits(mprot_to_host(readable(prot)))?);
    let flags = MapFlags::from_bits_retain(bits(mflags_to_host(flags))?) | MapFlags::FIXED;
    let (address, size) = (pointer(pages.address()), pages.size() as usize);
    // SAFETY: only the program's memory is replaced, in which there are no objects of the host's.
    unsafe {
        match file {
            Some((file, offset)) => rustix::mm::mmap(address, size, prot, flags, file, offset),
            None => rustix::mm::mmap_anonymous(address, size, prot, flags),
        }
    }
    .map(drop)
}

/// Changes the protection of pages.
///
/// # Safety
/// The pages are the program's.
unsafe fn protect(pages: &Pages, prot: Mprot) -> Result<()> {
    let prot = MprotectFlags::from_bits_retain(bits(mprot_to_host(readable(prot)))?);
    // SAFETY: only the program's memory changes, in which there are no objects of the host's.
    unsafe { rustix::mm::mprotect(pointer(pages.address()), pages.size() as usize, prot) }
}

/// Writes pages of shared mappings to their files.
fn sync(pages: &Pages, flags: Msflags) -> Result<()> {
    let flags = MsyncFlags::from_bits_retain(bits(msflags_to_host(flags))?);
    // SAFETY: what pages hold does not change for anybody who may look at them.
    unsafe { rustix::mm::msync(pointer(pages.address()), pages.size() as usize, flags) }
}

/// Tells the kernel how pages are going to be used.
fn advise(pages: &Pages, advice: Advice) -> Result<()> {
    let advice = memory_advice_to_host(advice).map_err(|_| Errno::INVAL)?;
    // SAFETY: no advice of the table changes what pages hold.
    let result = unsafe { libc::madvise(pointer(pages.address()), pages.size() as usize, advice) };
    if result == 0 { Ok(()) } else { Err(last_error()) }
}

/// Whether there is a mapping of some kind on each of these pages.
fn is_whole(pages: &Pages) -> bool {
    // SAFETY: nothing changes: since Linux 2.6.19 `MS_ASYNC` does nothing but look for holes.
    unsafe { rustix::mm::msync(pointer(pages.address()), pages.size() as usize, MsyncFlags::ASYNC) }.is_ok()
}

/// The error of a function of the C library.
fn last_error() -> Errno {
    Errno::from_io_error(&std::io::Error::last_os_error()).unwrap_or(Errno::IO)
}

/// Linux, as far as a program's pages are concerned.
#[derive(Debug)]
pub enum Linux {}

/// An error in the ABI's terms.
fn answer<T>(result: Result<T>) -> core::result::Result<T, types::Errno> {
    result.map_err(|error| errno_from_host(error.raw_os_error()))
}

impl System for Linux {
    type File<'a> = BorrowedFd<'a>;
    type Spare = SpareMappings;

    fn page_size() -> u64 {
        rustix::param::page_size() as u64
    }

    fn reserve(address: u64, size: u64) -> std::io::Result<u64> {
        Ok(reserve(address, size)?)
    }

    unsafe fn unmap(pages: &Pages) -> core::result::Result<(), types::Errno> {
        // SAFETY: the caller promises that the pages are the program's.
        answer(unsafe { unmap(pages) })
    }

    unsafe fn map(
        pages: &Pages,
        prot: Mprot,
        flags: Mflags,
        file: Option<(BorrowedFd<'_>, u64)>,
    ) -> core::result::Result<(), types::Errno> {
        // SAFETY: the caller promises that the pages are the program's.
        answer(unsafe { map(pages, prot, flags, file) })
    }

    unsafe fn protect(pages: &Pages, prot: Mprot) -> core::result::Result<(), types::Errno> {
        // SAFETY: the caller promises that the pages are the program's.
        answer(unsafe { protect(pages, prot) })
    }

    fn sync(pages: &Pages, flags: Msflags) -> core::result::Result<(), types::Errno> {
        answer(sync(pages, flags))
    }

    fn advise(pages: &Pages, advice: Advice) -> core::result::Result<(), types::Errno> {
        answer(advise(pages, advice))
    }

    fn is_whole(pages: &Pages) -> bool {
        is_whole(pages)
    }
}

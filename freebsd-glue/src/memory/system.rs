//! The system calls on the program's pages.

use core::ffi::c_void;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};

use cloudabi_host::address_space::{NoSpare, Pages, System};
use cloudabi_host::types::{Advice, Errno, Mflags, Mprot, Msflags};

use crate::generated::{Unsupported, memory_advice_to_host, mflags_to_host, mprot_to_host, msflags_to_host};
use crate::runtime::last_error;

/// FreeBSD, as far as a program's pages are concerned.
#[derive(Debug)]
pub enum FreeBsd {}

/// What reserves addresses: no memory stands behind such pages, and no access to them is possible.
const RESERVED: libc::c_int = libc::MAP_GUARD;

/// The address as a pointer for the kernel. It is never dereferenced.
fn pointer(address: u64) -> *mut c_void {
    core::ptr::without_provenance_mut(address as usize)
}

/// What FreeBSD has for flags that were found to be defined.
fn bits(flags: Result<i32, Unsupported>) -> Result<i32, Errno> {
    flags.map_err(|_| Errno::INVAL)
}

/// Pages that can be written can be read as well. Most processors have it so anyway; all are to be alike.
fn protection(prot: Mprot) -> Result<i32, Errno> {
    bits(mprot_to_host(if prot.contains(Mprot::WRITE) { prot | Mprot::READ } else { prot }))
}

/// mmap(2)
///
/// # Safety
/// What is replaced there is of no use to anybody.
unsafe fn map(
    address: u64,
    size: u64,
    prot: i32,
    flags: i32,
    file: Option<(i32, u64)>,
) -> Result<u64, Errno> {
    let (fd, offset) = file.unwrap_or((-1, 0));
    // SAFETY: the caller vouches for what is replaced. An offset of 63 bits was asked for before.
    let at = unsafe { libc::mmap(pointer(address), size as usize, prot, flags, fd, offset.cast_signed()) };
    if at == libc::MAP_FAILED { Err(last_error()) } else { Ok(at.addr() as u64) }
}

fn check(result: libc::c_int) -> Result<(), Errno> {
    if result == 0 { Ok(()) } else { Err(last_error()) }
}

impl System for FreeBsd {
    type File<'a> = BorrowedFd<'a>;
    type Spare = NoSpare;

    fn page_size() -> u64 {
        rustix::param::page_size() as u64
    }

    fn reserve(address: u64, size: u64) -> io::Result<u64> {
        // `MAP_EXCL` keeps what is mapped there already.
        let exactly = if address == 0 { 0 } else { libc::MAP_FIXED | libc::MAP_EXCL };
        // SAFETY: nothing that is mapped is replaced.
        unsafe { map(address, size, libc::PROT_NONE, RESERVED | exactly, None) }
            .map_err(|_| io::Error::last_os_error())
    }

    unsafe fn unmap(pages: &Pages) -> Result<(), Errno> {
        let flags = RESERVED | libc::MAP_FIXED;
        // SAFETY: only the program's memory is replaced, in which there are no objects of the host's.
        unsafe { map(pages.address(), pages.size(), libc::PROT_NONE, flags, None) }.map(drop)
    }

    unsafe fn map(
        pages: &Pages,
        prot: Mprot,
        flags: Mflags,
        file: Option<(BorrowedFd<'_>, u64)>,
    ) -> Result<(), Errno> {
        let (prot, flags) = (protection(prot)?, bits(mflags_to_host(flags))? | libc::MAP_FIXED);
        let file = file.map(|(file, offset)| (file.as_raw_fd(), offset));
        // SAFETY: only the program's memory is replaced, in which there are no objects of the host's.
        match unsafe { map(pages.address(), pages.size(), prot, flags, file) } {
            // The arguments are in order, so it is a file that cannot be mapped.
            Err(Errno::INVAL) if file.is_some() => Err(Errno::NODEV),
            result => result.map(drop),
        }
    }

    unsafe fn protect(pages: &Pages, prot: Mprot) -> Result<(), Errno> {
        let prot = protection(prot)?;
        // SAFETY: only the program's memory changes, in which there are no objects of the host's.
        check(unsafe { libc::mprotect(pointer(pages.address()), pages.size() as usize, prot) })
    }

    fn sync(pages: &Pages, flags: Msflags) -> Result<(), Errno> {
        let flags = bits(msflags_to_host(flags))?;
        // SAFETY: what pages hold does not change for anybody who may look at them.
        check(unsafe { libc::msync(pointer(pages.address()), pages.size() as usize, flags) })
    }

    fn advise(pages: &Pages, advice: Advice) -> Result<(), Errno> {
        let advice = bits(memory_advice_to_host(advice))?;
        // SAFETY: no advice of the table changes what pages hold.
        check(unsafe { libc::madvise(pointer(pages.address()), pages.size() as usize, advice) })
    }

    fn is_whole(_: &Pages) -> bool {
        // Nothing tells, so that what may have become free is reserved anew.
        false
    }
}

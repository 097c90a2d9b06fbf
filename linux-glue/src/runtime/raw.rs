//! System calls with addresses in the program's memory.
//!
//! The kernel copies to and from such memory itself and answers `EFAULT` where there is none, so nothing here makes a
//! reference of a program's address: its other threads may write there at any time. Calls whose arguments are the
//! runtime's own go through `rustix`, but for two that are made so often that a function around them would be felt.

use std::os::fd::{AsRawFd, BorrowedFd};

use cloudabi_host::memory::GuestRange;
pub use cloudabi_host::pieces::Piece;
use cloudabi_host::types::Errno;

use super::stop;
use crate::generated::errno_from_host;

/// Makes a system call; numbers and registers as in syscall(2).
///
/// # Safety
/// The call does nothing to the runtime's memory that the caller does not vouch for.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
unsafe fn call(number: libc::c_long, arguments: [u64; 5]) -> i64 {
    let [a, b, c, d, e] = arguments;
    let result;
    // SAFETY: the kernel keeps all registers but rax, rcx and r11; the caller vouches for the rest.
    unsafe {
        core::arch::asm!(
            "syscall",
            inlateout("rax") number => result,
            in("rdi") a, in("rsi") b, in("rdx") c, in("r10") d, in("r8") e,
            lateout("rcx") _, lateout("r11") _,
            options(nostack),
        );
    }
    result
}

/// Makes a system call; numbers and registers as in syscall(2).
///
/// # Safety
/// The call does nothing to the runtime's memory that the caller does not vouch for.
#[cfg(target_arch = "aarch64")]
#[inline(always)]
unsafe fn call(number: libc::c_long, arguments: [u64; 5]) -> i64 {
    let [a, b, c, d, e] = arguments;
    let result;
    // SAFETY: the kernel keeps all registers but x0; the caller vouches for the rest.
    unsafe {
        core::arch::asm!(
            "svc #0",
            in("x8") number,
            inlateout("x0") a => result, in("x1") b, in("x2") c, in("x3") d, in("x4") e,
            options(nostack),
        );
    }
    result
}

/// What a system call answered: from -4095 to -1 it is an error number.
#[inline(always)]
fn answer(result: i64) -> Result<u64, Errno> {
    if result < 0 { Err(failed(result)) } else { Ok(result as u64) }
}

#[cold]
fn failed(result: i64) -> Errno {
    errno_from_host(i32::try_from(-result).unwrap_or(libc::EIO))
}

/// Makes a call on a file with pieces of the program's memory, again if a signal interrupts it.
#[inline(always)]
fn transfer(number: libc::c_long, fd: BorrowedFd<'_>, rest: [u64; 4]) -> Result<u64, Errno> {
    loop {
        let [b, c, d, e] = rest;
        // SAFETY: the pieces were found to lie in the program's memory, to which the runtime holds no references.
        let result = unsafe { call(number, [fd.as_raw_fd() as u64, b, c, d, e]) };
        if result != -i64::from(libc::EINTR) {
            return answer(result);
        }
        stop::interrupted();
    }
}

/// read(2) for one piece, readv(2) for several. How many bytes were read.
#[inline(always)]
pub fn read(fd: BorrowedFd<'_>, pieces: &[Piece]) -> Result<u64, Errno> {
    match pieces {
        [one] => transfer(libc::SYS_read, fd, [one.address(), one.size(), 0, 0]),
        _ => transfer(libc::SYS_readv, fd, [pieces.as_ptr() as u64, pieces.len() as u64, 0, 0]),
    }
}

/// write(2) for one piece, writev(2) for several. How many bytes were written.
#[inline(always)]
pub fn write(fd: BorrowedFd<'_>, pieces: &[Piece]) -> Result<u64, Errno> {
    match pieces {
        [one] => transfer(libc::SYS_write, fd, [one.address(), one.size(), 0, 0]),
        _ => transfer(libc::SYS_writev, fd, [pieces.as_ptr() as u64, pieces.len() as u64, 0, 0]),
    }
}

/// pread(2) for one piece, preadv(2) for several. How many bytes were read.
#[inline(always)]
pub fn read_at(fd: BorrowedFd<'_>, pieces: &[Piece], offset: u64) -> Result<u64, Errno> {
    match pieces {
        [one] => transfer(libc::SYS_pread64, fd, [one.address(), one.size(), offset, 0]),
        // The offset is one 64-bit register; the upper half that 32-bit machines need comes behind it.
        _ => transfer(libc::SYS_preadv, fd, [pieces.as_ptr() as u64, pieces.len() as u64, offset, 0]),
    }
}

/// pwrite(2) for one piece, pwritev(2) for several. How many bytes were written.
#[inline(always)]
pub fn write_at(fd: BorrowedFd<'_>, pieces: &[Piece], offset: u64) -> Result<u64, Errno> {
    match pieces {
        [one] => transfer(libc::SYS_pwrite64, fd, [one.address(), one.size(), offset, 0]),
        _ => transfer(libc::SYS_pwritev, fd, [pieces.as_ptr() as u64, pieces.len() as u64, offset, 0]),
    }
}

/// getrandom(2): random bytes to the program's memory. How many were written: fewer than asked for if a signal came.
#[inline(always)]
pub fn random(range: GuestRange) -> Result<u64, Errno> {
    loop {
        // SAFETY: the range was found to lie in the program's memory, to which the runtime holds no references.
        let result = unsafe { call(libc::SYS_getrandom, [range.address(), range.size(), 0, 0, 0]) };
        if result != -i64::from(libc::EINTR) {
            return answer(result);
        }
    }
}

/// poll(2) that does not wait. How many places are ready.
#[inline(always)]
pub fn ready(places: &mut [libc::pollfd]) -> Result<u64, Errno> {
    let (address, count) = (places.as_mut_ptr().expose_provenance() as u64, places.len() as u64);
    // Where there is this call, it is quicker than ppoll(2), which has to read the time that there is not.
    #[cfg(target_arch = "x86_64")]
    let (number, arguments) = (libc::SYS_poll, [address, count, 0, 0, 0]);
    #[cfg(not(target_arch = "x86_64"))]
    let none = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    #[cfg(not(target_arch = "x86_64"))]
    let (number, arguments) =
        (libc::SYS_ppoll, [address, count, (&raw const none).expose_provenance() as u64, 0, 0]);
    // SAFETY: the kernel reads and writes so many places, and perhaps reads the time.
    answer(unsafe { call(number, arguments) })
}

/// `FIONREAD` of ioctl(2): how many bytes can be read at once.
#[inline(always)]
pub fn readable(fd: BorrowedFd<'_>) -> Result<u64, Errno> {
    let mut count: libc::c_int = 0;
    let address = (&raw mut count).expose_provenance() as u64;
    // SAFETY: the kernel writes a number to the variable.
    answer(unsafe { call(libc::SYS_ioctl, [fd.as_raw_fd() as u64, libc::FIONREAD as _, address, 0, 0]) })?;
    Ok(u64::try_from(count).unwrap_or(0))
}

/// sendmsg(2) or recvmsg(2). How many bytes were sent or received.
#[inline]
pub fn with_message(
    number: libc::c_long,
    fd: BorrowedFd<'_>,
    message: &mut libc::msghdr,
    flags: i32,
) -> Result<u64, Errno> {
    let before = *message;
    loop {
        let address = std::ptr::from_mut(message).expose_provenance() as u64;
        // SAFETY: pieces lie in the program's memory, to which the runtime holds no references, and whoever made the
        // message has made room for its control messages.
        let result = unsafe { call(number, [fd.as_raw_fd() as u64, address, flags as u64, 0, 0]) };
        if result != -i64::from(libc::EINTR) {
            return answer(result);
        }
        stop::interrupted();
        *message = before;
    }
}

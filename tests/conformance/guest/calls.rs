//! The calls with arguments that are always good, so that tests of behaviour need no unsafe code. What tests bad
//! arguments calls in another way.

use core::mem::MaybeUninit;
use core::ptr;

use cloudabi_sys::{
    Advice, Ciovec, Clockid, Dircookie, Errno, Event, Fd, Fdsflags, Fdstat, Filestat, Filetype, Fsflags,
    Iovec, Lookup, Lookupflags, Mflags, Mprot, Msflags, Oflags, RecvIn, RecvOut, Rights, Sdflags, SendIn,
    SendOut, Signal, Subscription, Timestamp, Ulflags, Whence,
};

type Result<T> = core::result::Result<T, Errno>;

/// A path from a directory, where a link at the end is meant itself.
pub fn at(fd: Fd) -> Lookup {
    Lookup { fd, flags: Lookupflags::empty() }
}

/// A path from a directory, where a link at the end is followed.
pub fn following(fd: Fd) -> Lookup {
    Lookup { fd, flags: Lookupflags::SYMLINK_FOLLOW }
}

/// Defines functions with one unsafe expression each.
macro_rules! calls {
    ($($(#[$meta:meta])* fn $name:ident($($parameter:ident: $ty:ty),* $(,)?) -> $result:ty { $call:expr })*) => {
        $(
            $(#[$meta])*
            pub fn $name($($parameter: $ty),*) -> $result {
                // SAFETY: memory is passed as slices and references; numbers can at worst give an error.
                unsafe { $call }
            }
        )*
    };
}

fn bytes(buffer: &mut [u8]) -> &mut [MaybeUninit<u8>] {
    // SAFETY: bytes that are initialised may be taken for such that need not be; the calls only write good ones.
    unsafe { &mut *(ptr::from_mut(buffer) as *mut [MaybeUninit<u8>]) }
}

fn uninit(events: &mut [Event]) -> &mut [MaybeUninit<Event>] {
    // SAFETY: as for bytes.
    unsafe { &mut *(ptr::from_mut(events) as *mut [MaybeUninit<Event>]) }
}

/// The piece of memory that a slice is, to read into.
pub fn into(buffer: &mut [u8]) -> Iovec {
    Iovec { buf: buffer.as_mut_ptr().cast(), buf_len: buffer.len() }
}

/// The piece of memory that a slice is, to write from.
pub fn from(buffer: &[u8]) -> Ciovec {
    Ciovec { buf: buffer.as_ptr().cast(), buf_len: buffer.len() }
}

calls! {
    fn read(fd: Fd, buffer: &mut [u8]) -> Result<usize> { cloudabi_sys::fd_read(fd, &[into(buffer)]) }
    fn read_both(fd: Fd, first: &mut [u8], second: &mut [u8]) -> Result<usize> {
        cloudabi_sys::fd_read(fd, &[into(first), into(second)])
    }
    fn write(fd: Fd, buffer: &[u8]) -> Result<usize> { cloudabi_sys::fd_write(fd, &[from(buffer)]) }
    fn write_both(fd: Fd, first: &[u8], second: &[u8]) -> Result<usize> {
        cloudabi_sys::fd_write(fd, &[from(first), from(second)])
    }
    fn pread(fd: Fd, buffer: &mut [u8], offset: u64) -> Result<usize> {
        cloudabi_sys::fd_pread(fd, &[into(buffer)], offset)
    }
    fn pwrite(fd: Fd, buffer: &[u8], offset: u64) -> Result<usize> {
        cloudabi_sys::fd_pwrite(fd, &[from(buffer)], offset)
    }
    fn seek(fd: Fd, offset: i64, whence: Whence) -> Result<u64> { cloudabi_sys::fd_seek(fd, offset, whence) }
    fn datasync(fd: Fd) -> Result<()> { cloudabi_sys::fd_datasync(fd) }
    fn sync(fd: Fd) -> Result<()> { cloudabi_sys::fd_sync(fd) }
    fn close(fd: Fd) -> Result<()> { cloudabi_sys::fd_close(fd) }
    fn dup(fd: Fd) -> Result<Fd> { cloudabi_sys::fd_dup(fd) }
    fn replace(from: Fd, to: Fd) -> Result<()> { cloudabi_sys::fd_replace(from, to) }
    fn fd_stat(fd: Fd) -> Result<Fdstat> { cloudabi_sys::fd_stat_get(fd) }
    fn fd_stat_put(fd: Fd, stat: &Fdstat, what: Fdsflags) -> Result<()> { cloudabi_sys::fd_stat_put(fd, stat, what) }
    fn create1(kind: Filetype) -> Result<Fd> { cloudabi_sys::fd_create1(kind) }
    fn create2(kind: Filetype) -> Result<(Fd, Fd)> { cloudabi_sys::fd_create2(kind) }

    fn poll(subscriptions: &[Subscription], events: &mut [Event]) -> Result<usize> {
        cloudabi_sys::poll(subscriptions, uninit(events))
    }
    fn send(socket: Fd, message: &SendIn) -> Result<SendOut> { cloudabi_sys::sock_send(socket, message) }
    fn receive(socket: Fd, message: &RecvIn) -> Result<RecvOut> { cloudabi_sys::sock_recv(socket, message) }
    fn sock_shutdown(socket: Fd, how: Sdflags) -> Result<()> { cloudabi_sys::sock_shutdown(socket, how) }

    fn open(start: Lookup, path: &[u8], how: Oflags, stat: &Fdstat) -> Result<Fd> {
        cloudabi_sys::file_open(start, path, how, stat)
    }
    fn create(fd: Fd, path: &[u8], kind: Filetype) -> Result<()> { cloudabi_sys::file_create(fd, path, kind) }
    fn readdir(fd: Fd, buffer: &mut [u8], cookie: Dircookie) -> Result<usize> {
        cloudabi_sys::file_readdir(fd, bytes(buffer), cookie)
    }
    fn unlink(fd: Fd, path: &[u8], flags: Ulflags) -> Result<()> { cloudabi_sys::file_unlink(fd, path, flags) }
    fn rename(fd1: Fd, path1: &[u8], fd2: Fd, path2: &[u8]) -> Result<()> {
        cloudabi_sys::file_rename(fd1, path1, fd2, path2)
    }
    fn link(from: Lookup, path1: &[u8], fd2: Fd, path2: &[u8]) -> Result<()> {
        cloudabi_sys::file_link(from, path1, fd2, path2)
    }
    fn symlink(content: &[u8], fd: Fd, path: &[u8]) -> Result<()> { cloudabi_sys::file_symlink(content, fd, path) }
    fn readlink(fd: Fd, path: &[u8], buffer: &mut [u8]) -> Result<usize> {
        cloudabi_sys::file_readlink(fd, path, bytes(buffer))
    }
    fn stat(start: Lookup, path: &[u8]) -> Result<Filestat> { cloudabi_sys::file_stat_get(start, path) }
    fn fstat(fd: Fd) -> Result<Filestat> { cloudabi_sys::file_stat_fget(fd) }
    fn stat_put(start: Lookup, path: &[u8], stat: &Filestat, what: Fsflags) -> Result<()> {
        cloudabi_sys::file_stat_put(start, path, stat, what)
    }
    fn fstat_put(fd: Fd, stat: &Filestat, what: Fsflags) -> Result<()> {
        cloudabi_sys::file_stat_fput(fd, stat, what)
    }
    fn allocate(fd: Fd, offset: u64, len: u64) -> Result<()> { cloudabi_sys::file_allocate(fd, offset, len) }
    fn advise(fd: Fd, offset: u64, len: u64, advice: Advice) -> Result<()> {
        cloudabi_sys::file_advise(fd, offset, len, advice)
    }

    /// Maps without [`Mflags::FIXED`], so that nothing that is in use changes.
    fn map(len: usize, prot: Mprot, flags: Mflags, fd: Fd, offset: u64) -> Result<*mut u8> {
        cloudabi_sys::mem_map(ptr::null_mut(), len, prot, flags - Mflags::FIXED, fd, offset).map(|place| place.cast())
    }

    fn clock(id: Clockid) -> Result<Timestamp> { cloudabi_sys::clock_time_get(id, 0) }
    fn clock_resolution(id: Clockid) -> Result<Timestamp> { cloudabi_sys::clock_res_get(id) }
    fn random(buffer: &mut [u8]) -> Result<()> { cloudabi_sys::random_get(bytes(buffer)) }
    fn yield_now() -> Result<()> { cloudabi_sys::thread_yield() }
    fn raise(signal: Signal) -> Result<()> { cloudabi_sys::proc_raise(signal) }
}

/// Calls on memory that a test has mapped for itself. The caller uses no reference into it.
pub mod memory {
    use super::*;

    calls! {
        fn map_fixed(place: *mut u8, len: usize, prot: Mprot, flags: Mflags, fd: Fd, offset: u64) -> Result<*mut u8> {
            cloudabi_sys::mem_map(place.cast(), len, prot, flags | Mflags::FIXED, fd, offset).map(|place| place.cast())
        }
        fn unmap(place: *mut u8, len: usize) -> Result<()> { cloudabi_sys::mem_unmap(place.cast(), len) }
        fn protect(place: *mut u8, len: usize, prot: Mprot) -> Result<()> {
            cloudabi_sys::mem_protect(place.cast(), len, prot)
        }
        fn sync(place: *mut u8, len: usize, flags: Msflags) -> Result<()> {
            cloudabi_sys::mem_sync(place.cast(), len, flags)
        }
        fn advise(place: *mut u8, len: usize, advice: Advice) -> Result<()> {
            cloudabi_sys::mem_advise(place.cast(), len, advice)
        }
    }
}

/// What a descriptor is to be like.
pub fn wish(flags: cloudabi_sys::Fdflags, base: Rights, inheriting: Rights) -> Fdstat {
    Fdstat { fs_flags: flags, fs_rights_base: base, fs_rights_inheriting: inheriting, ..Fdstat::ZERO }
}

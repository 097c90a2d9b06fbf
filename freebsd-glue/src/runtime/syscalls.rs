//! The calls, one method each. What needs more than a line is in a file for its subject.

use std::os::fd::AsFd;

use cloudabi_host::address_space::maximum_protection;
use cloudabi_host::exit::Exit;
use cloudabi_host::memory::{GuestAtomic, GuestRange, GuestSlice, GuestSliceMut};
use cloudabi_host::pieces::with_pieces;
use cloudabi_host::runtime::Runtime;
use cloudabi_host::syscalls::Syscalls;
use cloudabi_host::types::*;

use super::object::Object;
use super::{
    Thread, clocks, descriptors, error, exec, files, fork, locks, poll, random, raw, signals, sockets,
    threads,
};
use crate::memory::MapRequest;

type Descriptor<'a> = cloudabi_host::descriptors::Guard<'a, Object>;

impl Syscalls for Thread {
    cloudabi_host::delegated_calls!();

    fn fd_read(&self, fd: Descriptor<'_>, iovs: GuestSlice<Iovec>) -> Result<u64, Errno> {
        with_pieces(self.memory(), iovs, |pieces| raw::read(fd.as_fd(), pieces))
    }

    fn fd_seek(&self, fd: Descriptor<'_>, offset: Filedelta, whence: Whence) -> Result<Filesize, Errno> {
        raw::seek(fd.as_fd(), offset, whence)
    }

    fn fd_stat_get(&self, fd: Descriptor<'_>) -> Result<Fdstat, Errno> {
        Ok(descriptors::stat_get(&fd))
    }

    fn fd_write(&self, fd: Descriptor<'_>, iovs: GuestSlice<Ciovec>) -> Result<u64, Errno> {
        with_pieces(self.memory(), iovs, |pieces| {
            raw::write(fd.as_fd(), pieces).map_err(|error| match fd.filetype() {
                Filetype::SOCKET_STREAM | Filetype::SOCKET_DGRAM => sockets::when_sending(&fd, error),
                _ => error,
            })
        })
    }

    fn file_advise(
        &self,
        fd: Descriptor<'_>,
        offset: Filesize,
        len: Filesize,
        advice: Advice,
    ) -> Result<(), Errno> {
        files::advise(fd.as_fd(), offset, len, advice)
    }

    fn file_allocate(&self, fd: Descriptor<'_>, offset: Filesize, len: Filesize) -> Result<(), Errno> {
        files::allocate(fd.as_fd(), offset, len)
    }

    fn file_stat_fget(&self, fd: Descriptor<'_>) -> Result<Filestat, Errno> {
        files::stat_fget(&fd)
    }

    fn file_stat_fput(&self, fd: Descriptor<'_>, buf: &Filestat, flags: Fsflags) -> Result<(), Errno> {
        files::stat_fput(&fd, buf, flags)
    }

    fn proc_raise(&self, sig: Signal) -> Result<(), Errno> {
        signals::raise(sig)
    }

    fn random_get(&self, buf: GuestSliceMut<u8>) -> Result<(), Errno> {
        random::fill_range(buf.range()).map_err(|_| Errno::FAULT)
    }
}

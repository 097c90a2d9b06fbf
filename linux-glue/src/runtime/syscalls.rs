//! The calls, one method each. What needs more than a line is in a file for its subject.

use std::os::fd::AsFd;

use cloudabi_host::address_space::maximum_protection;
use cloudabi_host::exit::Exit;
use cloudabi_host::memory::{GuestAtomic, GuestRange, GuestSlice, GuestSliceMut};
use cloudabi_host::runtime::Runtime;
use cloudabi_host::syscalls::Syscalls;
use cloudabi_host::types::*;

use super::object::{Object, error};
use super::{
    Thread, clocks, descriptors, exec, files, fork, locks, poll, raised, raw, signals, sockets, threads,
    trace, transfer,
};
use crate::memory::MapRequest;

type Descriptor<'a> = cloudabi_host::descriptors::Guard<'a, Object>;

impl Syscalls for Thread {
    cloudabi_host::delegated_calls!();

    fn fd_read(&self, fd: Descriptor<'_>, iovs: GuestSlice<Iovec>) -> Result<u64, Errno> {
        transfer::with_pieces(self.memory(), iovs, |pieces| {
            sockets::read(&fd, pieces).map_err(|error| sockets::Call::READ.when_receiving(&fd, error))
        })
    }

    fn fd_seek(&self, fd: Descriptor<'_>, offset: Filedelta, whence: Whence) -> Result<Filesize, Errno> {
        transfer::seek(fd.as_fd(), offset, whence)
    }

    fn fd_stat_get(&self, fd: Descriptor<'_>) -> Result<Fdstat, Errno> {
        descriptors::stat_get(&fd)
    }

    fn fd_write(&self, fd: Descriptor<'_>, iovs: GuestSlice<Ciovec>) -> Result<u64, Errno> {
        transfer::with_pieces(self.memory(), iovs, |pieces| {
            raw::write(fd.as_fd(), pieces).map_err(|error| sockets::Call::WRITE.when_sending(&fd, error))
        })
    }

    fn file_advise(
        &self,
        fd: Descriptor<'_>,
        offset: Filesize,
        len: Filesize,
        advice: Advice,
    ) -> Result<(), Errno> {
        self.process.files.advise(fd.as_fd(), offset, len, advice)
    }

    fn file_allocate(&self, fd: Descriptor<'_>, offset: Filesize, len: Filesize) -> Result<(), Errno> {
        self.process.files.allocate(fd.as_fd(), offset, len)
    }

    fn file_stat_fget(&self, fd: Descriptor<'_>) -> Result<Filestat, Errno> {
        files::stat_fget(self, &fd)
    }

    fn file_stat_fput(&self, fd: Descriptor<'_>, buf: &Filestat, flags: Fsflags) -> Result<(), Errno> {
        self.process.files.stat_fput(fd.as_fd(), buf, flags)
    }

    fn proc_raise(&self, sig: Signal) -> Result<(), Errno> {
        if signals::ends(sig) {
            trace::does_not_return(false);
            raised::report(self, sig);
            self.process.ending.raises(sig);
        }
        if signals::stops(sig) && signals::until_continued(|| self.process.ending.asks_to_be_stopped()) {
            return Ok(());
        }
        signals::raise(sig)
    }

    fn random_get(&self, buf: GuestSliceMut<u8>) -> Result<(), Errno> {
        transfer::random(buf.range())
    }
}

//! What hosts do alike to serve calls: most of these only find what serves them.

/// The methods of [`Syscalls`](crate::syscalls::Syscalls) that hosts share, for use in the block that implements it for a
/// host's `Thread`. What differs stands beside it there.
///
/// It expects of that place the types of [`types`](crate::types) and [`memory`](crate::memory), a `Descriptor<'a>` that is a
/// [`Guard`](crate::descriptors::Guard), the host's modules for the subjects (`clocks`, `descriptors`, `exec`, `files`, `fork`,
/// `locks`, `poll`, `raw`, `sockets`, `threads`), a function `error` for errors of `rustix`, and the traits `AsFd` and
/// [`Runtime`](crate::runtime::Runtime).
#[macro_export]
macro_rules! delegated_calls {
    () => {
        fn clock_res_get(&self, clock_id: Clockid) -> Result<Timestamp, Errno> {
            clocks::resolution(clock_id)
        }

        fn clock_time_get(&self, clock_id: Clockid, _precision: Timestamp) -> Result<Timestamp, Errno> {
            clocks::time(clock_id)
        }

        fn condvar_signal(
            &self,
            condvar: GuestAtomic<Condvar>,
            scope: Scope,
            nwaiters: Nthreads,
        ) -> Result<(), Errno> {
            locks::signal(self, condvar.as_word(), scope, nwaiters)
        }

        fn fd_close(&self, fd: Fd) -> Result<(), Errno> {
            descriptors::close(self, fd)
        }

        fn fd_create1(&self, r#type: Filetype) -> Result<Fd, Errno> {
            descriptors::create(self, r#type)
        }

        fn fd_create2(&self, r#type: Filetype) -> Result<(Fd, Fd), Errno> {
            sockets::create_pair(self, r#type)
        }

        fn fd_datasync(&self, fd: Descriptor<'_>) -> Result<(), Errno> {
            rustix::io::retry_on_intr(|| rustix::fs::fdatasync(fd.as_fd())).map_err(error)
        }

        fn fd_dup(&self, from: Descriptor<'_>) -> Result<Fd, Errno> {
            from.duplicate()
        }

        fn fd_pread(
            &self,
            fd: Descriptor<'_>,
            iovs: GuestSlice<Iovec>,
            offset: Filesize,
        ) -> Result<u64, Errno> {
            let offset = $crate::pieces::offset(offset)?;
            $crate::pieces::with_pieces(self.memory(), iovs, |pieces| {
                raw::read_at(fd.as_fd(), pieces, offset)
            })
        }

        fn fd_pwrite(
            &self,
            fd: Descriptor<'_>,
            iovs: GuestSlice<Ciovec>,
            offset: Filesize,
        ) -> Result<u64, Errno> {
            let offset = $crate::pieces::offset(offset)?;
            $crate::pieces::with_pieces(self.memory(), iovs, |pieces| {
                raw::write_at(fd.as_fd(), pieces, offset)
            })
        }

        fn fd_replace(&self, from: Descriptor<'_>, to: Fd) -> Result<(), Errno> {
            from.replace(to).map(drop)
        }

        fn fd_stat_put(&self, fd: Descriptor<'_>, buf: &Fdstat, flags: Fdsflags) -> Result<(), Errno> {
            descriptors::stat_put(&fd, buf, flags)
        }

        fn fd_sync(&self, fd: Descriptor<'_>) -> Result<(), Errno> {
            rustix::io::retry_on_intr(|| rustix::fs::fsync(fd.as_fd())).map_err(error)
        }

        fn file_create(
            &self,
            fd: Descriptor<'_>,
            path: GuestSlice<u8>,
            r#type: Filetype,
        ) -> Result<(), Errno> {
            files::create(self, &fd, path, r#type)
        }

        fn file_link(
            &self,
            fd1: Descriptor<'_>,
            fd1_flags: Lookupflags,
            path1: GuestSlice<u8>,
            fd2: Descriptor<'_>,
            path2: GuestSlice<u8>,
        ) -> Result<(), Errno> {
            files::link(self, (&fd1, fd1_flags, path1), (&fd2, path2))
        }

        fn file_open(
            &self,
            dirfd: Descriptor<'_>,
            dirfd_flags: Lookupflags,
            path: GuestSlice<u8>,
            oflags: Oflags,
            fds: &Fdstat,
        ) -> Result<Fd, Errno> {
            files::open(self, &dirfd, dirfd_flags, path, oflags, fds)
        }

        fn file_readdir(
            &self,
            fd: Descriptor<'_>,
            buf: GuestSliceMut<u8>,
            cookie: Dircookie,
        ) -> Result<u64, Errno> {
            files::readdir(self, &fd, buf, cookie)
        }

        fn file_readlink(
            &self,
            fd: Descriptor<'_>,
            path: GuestSlice<u8>,
            buf: GuestSliceMut<u8>,
        ) -> Result<u64, Errno> {
            files::readlink(self, &fd, path, buf)
        }

        fn file_rename(
            &self,
            fd1: Descriptor<'_>,
            path1: GuestSlice<u8>,
            fd2: Descriptor<'_>,
            path2: GuestSlice<u8>,
        ) -> Result<(), Errno> {
            files::rename(self, (&fd1, path1), (&fd2, path2))
        }

        fn file_stat_get(
            &self,
            fd: Descriptor<'_>,
            fd_flags: Lookupflags,
            path: GuestSlice<u8>,
        ) -> Result<Filestat, Errno> {
            files::stat_get(self, &fd, fd_flags, path)
        }

        fn file_stat_put(
            &self,
            fd: Descriptor<'_>,
            fd_flags: Lookupflags,
            path: GuestSlice<u8>,
            buf: &Filestat,
            flags: Fsflags,
        ) -> Result<(), Errno> {
            files::stat_put(self, &fd, fd_flags, path, buf, flags)
        }

        fn file_symlink(
            &self,
            path1: GuestSlice<u8>,
            fd: Descriptor<'_>,
            path2: GuestSlice<u8>,
        ) -> Result<(), Errno> {
            files::symlink(self, path1, &fd, path2)
        }

        fn file_unlink(&self, fd: Descriptor<'_>, path: GuestSlice<u8>, flags: Ulflags) -> Result<(), Errno> {
            files::unlink(self, &fd, path, flags)
        }

        fn lock_unlock(&self, lock: GuestAtomic<Lock>, scope: Scope) -> Result<(), Errno> {
            locks::unlock(self, lock.as_word(), scope)
        }

        fn mem_advise(&self, mapping: GuestRange, advice: Advice) -> Result<(), Errno> {
            self.process.memory.advise(mapping, advice)
        }

        fn mem_map(
            &self,
            addr: u64,
            len: u64,
            prot: Mprot,
            flags: Mflags,
            fd: Option<Descriptor<'_>>,
            off: Filesize,
        ) -> Result<u64, Errno> {
            let maximum = match &fd {
                None => Mprot::all(),
                Some(fd) => maximum_protection(fd.rights().base, flags),
            };
            let file = fd.as_ref().map(|fd| fd.as_fd());
            let request = MapRequest { address: addr, size: len, prot, flags, file, offset: off, maximum };
            self.process.memory.map(request)
        }

        fn mem_protect(&self, mapping: GuestRange, prot: Mprot) -> Result<(), Errno> {
            self.process.memory.protect(mapping, prot)
        }

        fn mem_sync(&self, mapping: GuestRange, flags: Msflags) -> Result<(), Errno> {
            self.process.memory.sync(mapping, flags)
        }

        fn mem_unmap(&self, mapping: GuestRange) -> Result<(), Errno> {
            self.process.memory.unmap(mapping)
        }

        fn poll(&self, r#in: GuestSlice<Subscription>, out: GuestSliceMut<Event>) -> Result<u64, Errno> {
            poll::poll(self, r#in, out)
        }

        fn proc_exec(
            &self,
            fd: Descriptor<'_>,
            data: GuestSlice<u8>,
            fds: GuestSlice<Fd>,
        ) -> Result<(), Errno> {
            exec::exec(self, fd, data, fds)
        }

        fn proc_exit(&self, rval: Exitcode) -> Exit {
            Exit::Process(rval)
        }

        fn proc_fork(&self) -> Result<(Fd, Tid), Errno> {
            fork::fork(self)
        }

        fn sock_recv(&self, sock: Descriptor<'_>, r#in: &RecvIn) -> Result<RecvOut, Errno> {
            sockets::receive(self, &sock, r#in)
        }

        fn sock_send(&self, sock: Descriptor<'_>, r#in: &SendIn) -> Result<SendOut, Errno> {
            sockets::send(self, &sock, r#in)
        }

        fn sock_shutdown(&self, sock: Descriptor<'_>, how: Sdflags) -> Result<(), Errno> {
            sockets::shutdown(&sock, how)
        }

        fn thread_create(&self, attr: &Threadattr) -> Result<Tid, Errno> {
            threads::create(self, attr)
        }

        fn thread_exit(&self, lock: u64, scope: Scope) -> Exit {
            Exit::Thread { lock, scope }
        }

        fn thread_yield(&self) -> Result<(), Errno> {
            rustix::thread::sched_yield();
            Ok(())
        }

        fn refused(&self, _: u32, _: Errno) -> Exit {
            Exit::Fault
        }
    };
}

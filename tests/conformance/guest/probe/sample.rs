//! Arguments with which each call succeeds.

use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use cloudabi_sys::{
    Advice, Auxtype, Ciovec, Clockid, Event, Fd, Fdflags, Fdsflags, Fdstat, Filestat, Filetype, Fsflags,
    Iovec, Lock, Mflags, Mprot, Msflags, Oflags, RecvIn, RecvOut, Rights, Scope, Sdflags, SendIn, SendOut,
    Signal, Subscription, SubscriptionClock, Threadattr, Tid, Whence,
};

use crate::behaviour::replacing::lists_descriptors;
use crate::calls;
use crate::environment::Environment;
use crate::probe::call::leak;
use crate::report::{Ending, failed};

/// The inputs of a call as words, such that it succeeds, and such that it needs `right` if that is not empty.
pub fn inputs(environment: &Environment, call: &str, right: Rights) -> Result<Vec<usize>, Ending> {
    let mut sample = Sample { environment, words: Vec::new() };
    match call.split('_').next() {
        Some("fd") => sample.of_fd(call, right)?,
        Some("file") => sample.of_file(call, right)?,
        Some("mem") => sample.of_mem(call, right)?,
        Some("sock") => sample.of_sock(call)?,
        _ => match call {
            "clock_res_get" => sample.number(Clockid::MONOTONIC.0),
            "clock_time_get" => sample.number(Clockid::MONOTONIC.0).number(0u32),
            "proc_exec" => {
                let program = environment.given("program")?;
                let fds = [environment.granted()];
                let fds_len = fds.len() as u64;
                sample.fd(program).bytes(&lists_descriptors()).pointer(fds).number(fds_len)
            }
            "proc_fork" | "thread_yield" => &mut sample,
            "proc_raise" => sample.number(Signal::PIPE.0),
            "condvar_signal" => sample.pointer(0u32).number(Scope::PRIVATE.0).number(1u32),
            "lock_unlock" => {
                let tid = environment.start.number(Auxtype::TID).unwrap_or_default() as u32;
                sample.pointer(Lock::WRLOCKED.0 | tid).number(Scope::PRIVATE.0)
            }
            "poll" => {
                let clock = SubscriptionClock { clock_id: Clockid::MONOTONIC, ..SubscriptionClock::ZERO };
                sample.pointer(Subscription::ZERO.with_clock(clock)).pointer(Event::ZERO).number(1u32)
            }
            "thread_create" => sample.thread(),
            "random_get" => sample.buffer(16),
            _ => return Err(failed(format!("no sample of {call}"))),
        },
    };
    Ok(sample.words)
}

struct Sample<'a> {
    environment: &'a Environment,
    words: Vec<usize>,
}

type Made<'s, 'a> = Result<&'s mut Sample<'a>, Ending>;

impl<'a> Sample<'a> {
    fn number(&mut self, number: impl Into<u64>) -> &mut Self {
        self.words.push(number.into() as usize);
        self
    }

    fn pointer<T>(&mut self, value: T) -> &mut Self {
        self.words.push(leak(value).expose_provenance());
        self
    }

    fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        let bytes: &'static mut [u8] = bytes.to_vec().leak();
        self.words.push(bytes.as_mut_ptr().expose_provenance());
        self.words.push(bytes.len());
        self
    }

    fn buffer(&mut self, len: usize) -> &mut Self {
        self.bytes(&vec![0; len])
    }

    fn fd(&mut self, fd: Fd) -> &mut Self {
        self.number(fd.0)
    }

    /// A regular file of 16 bytes.
    fn file(&mut self) -> Made<'_, 'a> {
        let file = self.environment.file(&[b'x'; 16])?;
        Ok(self.fd(file))
    }

    /// The granted directory.
    fn directory(&mut self) -> &mut Self {
        self.fd(self.environment.granted())
    }

    fn fresh_name(&mut self) -> &mut Self {
        let name = self.environment.fresh_name();
        self.bytes(name.as_bytes())
    }

    /// Makes a file in the granted directory and closes it.
    fn existing(&self) -> Result<String, Ending> {
        let name = self.environment.fresh_name();
        let fd = self.environment.file_in(self.environment.granted(), name.as_bytes(), &[b'x'; 16])?;
        calls::close(fd)?;
        Ok(name)
    }

    fn existing_name(&mut self) -> Made<'_, 'a> {
        let name = self.existing()?;
        Ok(self.bytes(name.as_bytes()))
    }

    fn of_fd(&mut self, call: &str, right: Rights) -> Made<'_, 'a> {
        if call == "fd_create1" {
            return Ok(self.number(Filetype::SHARED_MEMORY.0));
        }
        if call == "fd_create2" {
            // Not every host has sockets already; then the call is skipped and not wrong.
            let (first, second) = self.environment.sockets(Filetype::SOCKET_STREAM)?;
            calls::close(first)?;
            calls::close(second)?;
            return Ok(self.number(Filetype::SOCKET_STREAM.0));
        }
        let buffer: &'static mut [u8] = vec![b'y'; 8].leak();
        let iovec = Iovec { buf: buffer.as_mut_ptr().cast(), buf_len: buffer.len() };
        let ciovec = Ciovec { buf: iovec.buf, buf_len: iovec.buf_len };
        let sample = self.file()?;
        Ok(match call {
            "fd_close" | "fd_datasync" | "fd_dup" | "fd_sync" => sample,
            "fd_replace" => sample.file()?,
            "fd_read" => sample.pointer(iovec).number(1u32),
            "fd_write" => sample.pointer(ciovec).number(1u32),
            "fd_pread" => sample.pointer(iovec).number(1u32).number(0u32),
            "fd_pwrite" => sample.pointer(ciovec).number(1u32).number(0u32),
            "fd_seek" if right.contains(Rights::FD_TELL) => sample.number(0u32).number(Whence::CUR.0),
            "fd_seek" => sample.number(1u32).number(Whence::SET.0),
            "fd_stat_get" => sample.pointer(Fdstat::ZERO),
            "fd_stat_put" => sample.pointer(Fdstat::ZERO).number(Fdsflags::FLAGS.0),
            _ => return Err(failed(format!("no sample of {call}"))),
        })
    }

    fn of_file(&mut self, call: &str, right: Rights) -> Made<'_, 'a> {
        Ok(match call {
            "file_advise" => self.file()?.number(0u32).number(0u32).number(Advice::NORMAL.0),
            "file_allocate" => self.file()?.number(0u32).number(1u32),
            "file_stat_fget" => self.file()?.pointer(Filestat::ZERO),
            "file_stat_fput" if right == Rights::FILE_STAT_FPUT_SIZE => {
                self.file()?.pointer(Filestat::ZERO).number(Fsflags::SIZE.0)
            }
            "file_stat_fput" => self.file()?.pointer(Filestat::ZERO).number(Fsflags::MTIM_NOW.0),
            "file_create" => self.directory().fresh_name().number(Filetype::DIRECTORY.0),
            "file_link" | "file_rename" => self.directory().existing_name()?.directory().fresh_name(),
            "file_open" => self.opening(right)?,
            "file_readdir" => self.directory().buffer(256).number(0u32),
            "file_readlink" => {
                let name = self.environment.fresh_name();
                calls::symlink(b"somewhere", self.environment.granted(), name.as_bytes())?;
                self.directory().bytes(name.as_bytes()).buffer(64)
            }
            "file_stat_get" => self.directory().existing_name()?.pointer(Filestat::ZERO),
            "file_stat_put" => {
                self.directory().existing_name()?.pointer(Filestat::ZERO).number(Fsflags::MTIM_NOW.0)
            }
            "file_symlink" => self.bytes(b"somewhere").directory().fresh_name(),
            "file_unlink" => self.directory().existing_name()?.number(0u32),
            _ => return Err(failed(format!("no sample of {call}"))),
        })
    }

    /// What is opened never asks for the right itself, so that it can only be missing for the reason given.
    fn opening(&mut self, right: Rights) -> Made<'_, 'a> {
        let read = Rights::FD_READ;
        let (how, flags, base) = match right {
            Rights::FILE_CREATE_FILE => (Oflags::CREAT, Fdflags::empty(), read),
            Rights::FILE_STAT_FPUT_SIZE => (Oflags::TRUNC, Fdflags::empty(), read | Rights::FD_WRITE),
            Rights::FD_DATASYNC => (Oflags::empty(), Fdflags::DSYNC, read),
            Rights::FD_SYNC => (Oflags::empty(), Fdflags::SYNC, read),
            Rights::FD_SEEK => (Oflags::empty(), Fdflags::empty(), read | Rights::FD_WRITE),
            _ => (Oflags::empty(), Fdflags::empty(), read),
        };
        Ok(self.directory().existing_name()?.number(how.0).pointer(calls::wish(flags, base, Rights::empty())))
    }

    fn of_sock(&mut self, call: &str) -> Made<'_, 'a> {
        if call == "sock_shutdown" {
            let (first, _second) = self.environment.sockets(Filetype::SOCKET_STREAM)?;
            return Ok(self.fd(first).number(Sdflags::WR.0));
        }
        let (first, second) = self.environment.pair()?;
        let buffer: &'static mut [u8] = vec![b'y'; 8].leak();
        let fds: &'static mut [Fd] = vec![self.environment.granted()].leak();
        match call {
            "sock_send" => {
                let piece = Ciovec { buf: buffer.as_ptr().cast(), buf_len: buffer.len() };
                let message = SendIn {
                    si_data: leak(piece),
                    si_data_len: 1,
                    si_fds: fds.as_ptr(),
                    si_fds_len: fds.len(),
                    ..SendIn::ZERO
                };
                Ok(self.fd(first).pointer(message).pointer(SendOut::ZERO))
            }
            "sock_recv" => {
                calls::write(second, b"x")?;
                let piece = Iovec { buf: buffer.as_mut_ptr().cast(), buf_len: buffer.len() };
                let message = RecvIn {
                    ri_data: leak(piece),
                    ri_data_len: 1,
                    ri_fds: fds.as_mut_ptr(),
                    ri_fds_len: fds.len(),
                    ..RecvIn::ZERO
                };
                Ok(self.fd(first).pointer(message).pointer(RecvOut::ZERO))
            }
            _ => Err(failed(format!("no sample of {call}"))),
        }
    }

    /// A thread that ends at once.
    fn thread(&mut self) -> &mut Self {
        unsafe extern "C" fn end(_: Tid, _: *mut core::ffi::c_void) {
            // SAFETY: it does not come back. There is no lock to be released.
            unsafe { cloudabi_sys::thread_exit(core::ptr::null_mut(), Scope::PRIVATE) }
        }
        let stack: &'static mut [u8] = vec![0; 4096].leak();
        self.pointer(Threadattr {
            entry_point: Some(end),
            stack: stack.as_mut_ptr().cast(),
            stack_len: stack.len(),
            argument: core::ptr::null_mut(),
        })
    }

    fn of_mem(&mut self, call: &str, right: Rights) -> Made<'_, 'a> {
        let page = self.environment.start.page_size();
        let (exec, read, write) = (Mprot::EXEC, Mprot::READ, Mprot::WRITE);
        if call == "mem_map" && !right.is_empty() {
            let file = self.environment.file(&[b'x'; 16])?;
            let (prot, flags) = match right {
                Rights::FD_WRITE => (read | write, Mflags::SHARED),
                Rights::MEM_MAP_EXEC => (exec, Mflags::PRIVATE),
                _ => (read, Mflags::PRIVATE),
            };
            return Ok(self
                .number(0u32)
                .number(page as u64)
                .number(prot.0)
                .number(flags.0)
                .fd(file)
                .number(0u32));
        }
        let place = calls::map(page, read | write, Mflags::ANON | Mflags::PRIVATE, Fd::MAP_ANON_FD, 0)?;
        self.words.push(place.expose_provenance());
        self.number(page as u64);
        Ok(match call {
            "mem_map" => {
                let flags = Mflags::ANON | Mflags::PRIVATE | Mflags::FIXED;
                self.number(read.0).number(flags.0).fd(Fd::MAP_ANON_FD).number(0u32)
            }
            "mem_unmap" => self,
            "mem_protect" => self.number(read.0),
            "mem_sync" => self.number(Msflags::SYNC.0),
            "mem_advise" => self.number(Advice::NORMAL.0),
            _ => return Err(failed(format!("no sample of {call}"))),
        })
    }
}

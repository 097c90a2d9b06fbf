//! Attributes, space and safety of open files.

use cloudabi_sys::{Advice, Fdflags, Filestat, Fsflags};

use super::File;
use crate::fs::{FileTimes, Metadata};
use crate::io;
use crate::os::{AsFd as _, RawFd, flags};

impl File {
    fn raw(&self) -> RawFd {
        self.as_fd().as_raw_fd()
    }

    /// Attributes of the file.
    ///
    /// ```no_run
    /// # use cloudabi::{fs::File, io};
    /// fn size(file: &File) -> io::Result<u64> {
    ///     Ok(file.metadata()?.len())
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// [`NotCapable`](io::ErrorKind::NotCapable) if the descriptor is not to tell.
    pub fn metadata(&self) -> io::Result<Metadata> {
        // SAFETY: the file is open.
        Ok(unsafe { cloudabi_sys::file_stat_fget(self.raw()) }?.into())
    }

    /// Sets times of the file.
    ///
    /// ```no_run
    /// # use cloudabi::{fs::{File, FileTimes}, io};
    /// fn touch(file: &File) -> io::Result<()> {
    ///     file.set_times(FileTimes::new().modified_now())
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// [`NotCapable`](io::ErrorKind::NotCapable) if the descriptor does not allow it, and others.
    pub fn set_times(&self, times: FileTimes) -> io::Result<()> {
        let (stat, flags) = times.to_raw();
        // SAFETY: the file is open.
        Ok(unsafe { cloudabi_sys::file_stat_fput(self.raw(), &stat, flags) }?)
    }

    /// Cuts the file off there, or makes it longer with zeros.
    ///
    /// ```no_run
    /// # use cloudabi::{fs::File, io};
    /// fn empty(file: &File) -> io::Result<()> {
    ///     file.set_len(0)
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// [`FileTooLarge`](io::ErrorKind::FileTooLarge), and others.
    pub fn set_len(&self, length: u64) -> io::Result<()> {
        let stat = Filestat { st_size: length, ..Filestat::ZERO };
        // SAFETY: the file is open.
        Ok(unsafe { cloudabi_sys::file_stat_fput(self.raw(), &stat, Fsflags::SIZE) }?)
    }

    /// Makes sure that there is space on the device for this part of the file. The file becomes longer if the part
    /// reaches beyond its end.
    ///
    /// ```no_run
    /// # use cloudabi::{fs::File, io};
    /// fn prepare(file: &File) -> io::Result<()> {
    ///     file.allocate(0, 1 << 20)
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// [`StorageFull`](io::ErrorKind::StorageFull), and others.
    pub fn allocate(&self, offset: u64, length: u64) -> io::Result<()> {
        // SAFETY: the file is open.
        Ok(unsafe { cloudabi_sys::file_allocate(self.raw(), offset, length) }?)
    }

    /// Tells the host how this part of the file is going to be used. With a length of 0 it is everything from there on.
    ///
    /// ```no_run
    /// # use cloudabi::{fs::{Advice, File}, io};
    /// fn prepare(file: &File) -> io::Result<()> {
    ///     file.advise(0, 0, Advice::SEQUENTIAL)
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// [`NotCapable`](io::ErrorKind::NotCapable) if the descriptor does not allow it, and others.
    pub fn advise(&self, offset: u64, length: u64, advice: Advice) -> io::Result<()> {
        // SAFETY: the file is open.
        Ok(unsafe { cloudabi_sys::file_advise(self.raw(), offset, length, advice) }?)
    }

    /// Waits until the data of the file and all its attributes are on the device.
    ///
    /// ```no_run
    /// # use cloudabi::{fs::File, io};
    /// fn commit(file: &File) -> io::Result<()> {
    ///     file.sync_all()
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// If the device failed. Data may be lost.
    pub fn sync_all(&self) -> io::Result<()> {
        // SAFETY: the file is open.
        Ok(unsafe { cloudabi_sys::fd_sync(self.raw()) }?)
    }

    /// Waits until the data of the file is on the device.
    ///
    /// ```no_run
    /// # use cloudabi::{fs::File, io};
    /// fn commit(file: &File) -> io::Result<()> {
    ///     file.sync_data()
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// If the device failed. Data may be lost.
    pub fn sync_data(&self) -> io::Result<()> {
        // SAFETY: the file is open.
        Ok(unsafe { cloudabi_sys::fd_datasync(self.raw()) }?)
    }

    /// Whether each write goes to the end.
    ///
    /// ```no_run
    /// # use cloudabi::{fs::File, io};
    /// fn check(log: &File) -> io::Result<()> {
    ///     if log.is_append()? { Ok(()) } else { Err(io::Error::other("a log is appended to")) }
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// None, for an open file.
    pub fn is_append(&self) -> io::Result<bool> {
        Ok(flags::get(self.as_fd())?.contains(Fdflags::APPEND))
    }

    /// Lets each write go to the end, or not. Duplicates of the descriptor share this.
    ///
    /// ```no_run
    /// # use cloudabi::{fs::File, io::{self, Write as _}};
    /// fn note(mut log: &File) -> io::Result<()> {
    ///     log.set_append(true)?;
    ///     log.write_all(b"started\n")
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// [`NotCapable`](io::ErrorKind::NotCapable) if the descriptor does not allow it, and others.
    pub fn set_append(&self, on: bool) -> io::Result<()> {
        flags::change(self.as_fd(), Fdflags::APPEND, on)
    }

    /// Lets calls that would have to wait fail with [`WouldBlock`](io::ErrorKind::WouldBlock), or not. Duplicates of
    /// the descriptor share this.
    ///
    /// ```no_run
    /// # use cloudabi::{fs::File, io::{self, Read as _}};
    /// fn key(mut terminal: &File) -> io::Result<Option<u8>> {
    ///     terminal.set_nonblocking(true)?;
    ///     let mut key = [0];
    ///     match terminal.read(&mut key) {
    ///         Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
    ///         other => Ok((other? == 1).then_some(key[0])),
    ///     }
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// [`NotCapable`](io::ErrorKind::NotCapable) if the descriptor does not allow it, and others.
    pub fn set_nonblocking(&self, on: bool) -> io::Result<()> {
        flags::change(self.as_fd(), Fdflags::NONBLOCK, on)
    }
}

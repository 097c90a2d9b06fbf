//! What the program was started with, and fresh directories and files for tests.

use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::cell::Cell;

use cloudabi_sys::{Errno, Fd, Fdflags, Fdsflags, Filetype, Oflags, Rights};
use guest::{Start, Value};

use crate::calls;
use crate::report::{Ending, skipped};

/// What makes sense for regular files.
pub const REGULAR: Rights = Rights(
    Rights::FD_DATASYNC.0
        | Rights::FD_READ.0
        | Rights::FD_SEEK.0
        | Rights::FD_STAT_PUT_FLAGS.0
        | Rights::FD_SYNC.0
        | Rights::FD_TELL.0
        | Rights::FD_WRITE.0
        | Rights::FILE_ADVISE.0
        | Rights::FILE_ALLOCATE.0
        | Rights::FILE_STAT_FGET.0
        | Rights::FILE_STAT_FPUT_SIZE.0
        | Rights::FILE_STAT_FPUT_TIMES.0
        | Rights::MEM_MAP.0
        | Rights::MEM_MAP_EXEC.0
        | Rights::POLL_FD_READWRITE.0
        | Rights::PROC_EXEC.0,
);

/// What makes sense for directories.
pub const DIRECTORY: Rights = Rights(
    Rights::FD_STAT_PUT_FLAGS.0
        | Rights::FD_SYNC.0
        | Rights::FILE_ADVISE.0
        | Rights::FILE_CREATE_DIRECTORY.0
        | Rights::FILE_CREATE_FILE.0
        | Rights::FILE_LINK_SOURCE.0
        | Rights::FILE_LINK_TARGET.0
        | Rights::FILE_OPEN.0
        | Rights::FILE_READDIR.0
        | Rights::FILE_READLINK.0
        | Rights::FILE_RENAME_SOURCE.0
        | Rights::FILE_RENAME_TARGET.0
        | Rights::FILE_STAT_FGET.0
        | Rights::FILE_STAT_FPUT_TIMES.0
        | Rights::FILE_STAT_GET.0
        | Rights::FILE_STAT_PUT_TIMES.0
        | Rights::FILE_SYMLINK.0
        | Rights::FILE_UNLINK.0
        | Rights::POLL_FD_READWRITE.0,
);

/// What makes sense for shared memory.
pub const SHARED_MEMORY: Rights = Rights(
    Rights::FD_READ.0
        | Rights::FD_WRITE.0
        | Rights::FILE_STAT_FGET.0
        | Rights::FILE_STAT_FPUT_SIZE.0
        | Rights::MEM_MAP.0
        | Rights::MEM_MAP_EXEC.0,
);

/// What makes sense for sockets.
pub const SOCKET: Rights = Rights(
    Rights::FD_READ.0
        | Rights::FD_STAT_PUT_FLAGS.0
        | Rights::FD_WRITE.0
        | Rights::FILE_STAT_FGET.0
        | Rights::POLL_FD_READWRITE.0
        | Rights::SOCK_SHUTDOWN.0,
);

/// What the program was started with.
pub struct Environment {
    /// As the host gives it.
    pub start: Start,
    arguments: Value<'static>,
    directory: Fd,
    /// What the granted directory lets inherit.
    pub inheriting: Rights,
    next: Cell<u32>,
    pair: Cell<Option<(Fd, Fd)>>,
}

impl Environment {
    /// From the arguments. Without a directory there is nothing to work with.
    pub fn new(start: Start) -> Option<Self> {
        let arguments = start.arguments();
        let directory = arguments.get("directory")?.descriptor()?;
        let inheriting = calls::fd_stat(directory).ok()?.fs_rights_inheriting;
        Some(Environment {
            start,
            arguments,
            directory,
            inheriting,
            next: Cell::new(0),
            pair: Cell::new(None),
        })
    }

    /// The granted directory itself.
    pub fn granted(&self) -> Fd {
        self.directory
    }

    /// A descriptor that the arguments may give under this name.
    pub fn given(&self, name: &str) -> Result<Fd, Ending> {
        match self.arguments.get(name).and_then(Value::descriptor) {
            Some(fd) => Ok(fd),
            None => skipped(format!("the arguments give no `{name}`")),
        }
    }

    /// A directory in a place that whoever started the program has prepared.
    pub fn place(&self, name: &str) -> Result<Fd, Ending> {
        let places = self.arguments.get("places");
        match places.and_then(|places| places.get(name)).and_then(Value::descriptor) {
            Some(fd) => Ok(fd),
            None => skipped(format!("the arguments give no `{name}` among `places`")),
        }
    }

    /// A string that the arguments may give under this name.
    pub fn text(&self, name: &str) -> Option<&'static str> {
        self.arguments.get(name).and_then(Value::string)
    }

    /// A name in the granted directory that was not used before.
    pub fn fresh_name(&self) -> String {
        let number = self.next.get();
        self.next.set(number + 1);
        format!("test{number}")
    }

    /// A new empty directory, with all rights.
    pub fn directory(&self) -> Result<Fd, Errno> {
        let name = self.fresh_name();
        calls::create(self.directory, name.as_bytes(), Filetype::DIRECTORY)?;
        self.open_directory(self.directory, name.as_bytes())
    }

    /// A descriptor of a directory beneath another one, with all rights.
    pub fn open_directory(&self, fd: Fd, path: &[u8]) -> Result<Fd, Errno> {
        let stat = calls::wish(Fdflags::empty(), DIRECTORY & self.inheriting, self.inheriting);
        calls::open(calls::at(fd), path, Oflags::DIRECTORY, &stat)
    }

    /// All rights of a regular file that can be had here.
    pub fn file_rights(&self) -> Rights {
        REGULAR & self.inheriting
    }

    /// A new file in a directory, with this content, open with all rights, at its start.
    pub fn file_in(&self, fd: Fd, path: &[u8], content: &[u8]) -> Result<Fd, Errno> {
        let stat = calls::wish(Fdflags::empty(), self.file_rights(), Rights::empty());
        let file = calls::open(calls::at(fd), path, Oflags::CREAT | Oflags::EXCL, &stat)?;
        let mut rest = content;
        let mut offset = 0;
        while !rest.is_empty() {
            let written = calls::pwrite(file, rest, offset)?;
            offset += written as u64;
            rest = rest.get(written..).unwrap_or_default();
        }
        Ok(file)
    }

    /// A new file with this content, open with all rights, at its start.
    pub fn file(&self, content: &[u8]) -> Result<Fd, Errno> {
        self.file_in(self.directory, self.fresh_name().as_bytes(), content)
    }

    /// A file opened again, with these rights.
    pub fn reopen(&self, fd: Fd, path: &[u8], flags: Fdflags, rights: Rights) -> Result<Fd, Errno> {
        calls::open(calls::at(fd), path, Oflags::empty(), &calls::wish(flags, rights, Rights::empty()))
    }

    /// A number that no descriptor has at the moment.
    pub fn closed(&self) -> Result<Fd, Errno> {
        let fd = calls::dup(self.directory)?;
        calls::close(fd)?;
        Ok(fd)
    }

    /// Two connected sockets that stay open, the same ones each time: enough for whoever does not care what else went
    /// through them.
    pub fn pair(&self) -> Result<(Fd, Fd), Ending> {
        let pair = match self.pair.get() {
            Some(pair) => pair,
            None => self.sockets(Filetype::SOCKET_STREAM)?,
        };
        self.pair.set(Some(pair));
        Ok(pair)
    }

    /// Two connected sockets.
    pub fn sockets(&self, kind: Filetype) -> Result<(Fd, Fd), Ending> {
        match calls::create2(kind) {
            Err(Errno::NOSYS) => skipped("the host has no sockets"),
            pair => Ok(pair?),
        }
    }
}

/// A second descriptor, without these rights.
pub fn without(fd: Fd, rights: Rights, inheriting: Rights) -> Result<Fd, Errno> {
    let copy = calls::dup(fd)?;
    let stat = calls::fd_stat(copy)?;
    let less =
        calls::wish(stat.fs_flags, stat.fs_rights_base - rights, stat.fs_rights_inheriting - inheriting);
    calls::fd_stat_put(copy, &less, Fdsflags::RIGHTS)?;
    Ok(copy)
}

/// Everything in a file, read from its start without moving its position.
pub fn content(fd: Fd) -> Result<Vec<u8>, Errno> {
    let mut all = vec![0; 1 << 16];
    let mut used = 0;
    loop {
        let rest = all.get_mut(used..).unwrap_or_default();
        match calls::pread(fd, rest, used as u64)? {
            0 => break,
            count => used += count,
        }
    }
    all.truncate(used);
    Ok(all)
}

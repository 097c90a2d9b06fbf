//! Errors that need places which no call makes: full and read-only file systems, files that the host's user may not use.
//!
//! Whoever starts the program prepares these places and names them in `places`.

use cloudabi_sys::{Errno, Fd, Fdflags, Filestat, Filetype, Fsflags, Oflags, Rights, Ulflags, Whence};

use crate::calls::{self, at, wish};
use crate::environment::Environment;
use crate::report::{Ending, Test, fails, same};

/// Opens a file with these rights.
fn open(fd: Fd, path: &[u8], flags: Oflags, rights: Rights) -> Result<Fd, Errno> {
    calls::open(at(fd), path, flags, &wish(Fdflags::empty(), rights, Rights::empty()))
}

/// A file on the file system without room, open for writing, and a position behind what it has room for.
fn full(environment: &Environment) -> Result<(Fd, u64), Ending> {
    let rights = Rights::FD_WRITE | Rights::FD_SEEK | Rights::FILE_ALLOCATE | Rights::FILE_STAT_FGET;
    let file = open(environment.place("full")?, b"file", Oflags::empty(), rights)?;
    let size = calls::fstat(file)?.st_size;
    Ok((file, size.next_multiple_of(1 << 16)))
}

const TIMES: Fsflags = Fsflags(Fsflags::ATIM_NOW.0 | Fsflags::MTIM_NOW.0);

pub const TESTS: &[Test] = &[
    ("fd_write/error/nospc", |environment| {
        let (file, end) = full(environment)?;
        calls::seek(file, end.cast_signed(), Whence::SET)?;
        fails(calls::write(file, b"more"), Errno::NOSPC)
    }),
    ("fd_pwrite/error/nospc", |environment| {
        let (file, end) = full(environment)?;
        fails(calls::pwrite(file, b"more", end), Errno::NOSPC)
    }),
    ("file_allocate/error/nospc", |environment| {
        let (file, end) = full(environment)?;
        fails(calls::allocate(file, end, 1 << 16), Errno::NOSPC)
    }),
    ("file_open/error/nospc", |environment| {
        let flags = Oflags::CREAT | Oflags::EXCL;
        fails(open(environment.place("full")?, b"new", flags, Rights::FD_WRITE), Errno::NOSPC)
    }),
    ("file_create/error/nospc", |environment| {
        fails(calls::create(environment.place("full")?, b"new", Filetype::DIRECTORY), Errno::NOSPC)
    }),
    ("file_symlink/error/nospc", |environment| {
        fails(calls::symlink(b"file", environment.place("full")?, b"new"), Errno::NOSPC)
    }),
    ("file_link/error/nospc", |environment| {
        let root = environment.place("full")?;
        fails(calls::link(at(root), b"file", root, b"new"), Errno::NOSPC)
    }),
    ("file_open/error/rofs", |environment| {
        let root = environment.place("read-only")?;
        fails(open(root, b"file", Oflags::empty(), Rights::FD_WRITE), Errno::ROFS)?;
        fails(open(root, b"file", Oflags::TRUNC, Rights::FD_READ), Errno::ROFS)?;
        fails(open(root, b"new", Oflags::CREAT, Rights::FD_READ), Errno::ROFS)?;
        // To read is fine.
        calls::close(open(root, b"file", Oflags::empty(), Rights::FD_READ)?)?;
        Ok(())
    }),
    ("file_create/error/rofs", |environment| {
        let root = environment.place("read-only")?;
        fails(calls::create(root, b"new", Filetype::DIRECTORY), Errno::ROFS)
    }),
    ("file_unlink/error/rofs", |environment| {
        let root = environment.place("read-only")?;
        fails(calls::unlink(root, b"file", Ulflags::empty()), Errno::ROFS)?;
        fails(calls::unlink(root, b"folder", Ulflags::REMOVEDIR), Errno::ROFS)
    }),
    ("file_rename/error/rofs", |environment| {
        let root = environment.place("read-only")?;
        fails(calls::rename(root, b"file", root, b"new"), Errno::ROFS)
    }),
    ("file_link/error/rofs", |environment| {
        let root = environment.place("read-only")?;
        fails(calls::link(at(root), b"file", root, b"new"), Errno::ROFS)
    }),
    ("file_symlink/error/rofs", |environment| {
        fails(calls::symlink(b"file", environment.place("read-only")?, b"new"), Errno::ROFS)
    }),
    ("file_stat_put/error/rofs", |environment| {
        let root = environment.place("read-only")?;
        fails(calls::stat_put(at(root), b"file", &Filestat::ZERO, TIMES), Errno::ROFS)
    }),
    ("file_stat_fput/error/rofs", |environment| {
        let file =
            open(environment.place("read-only")?, b"file", Oflags::empty(), Rights::FILE_STAT_FPUT_TIMES)?;
        fails(calls::fstat_put(file, &Filestat::ZERO, TIMES), Errno::ROFS)
    }),
    ("file_rename/error/xdev", |environment| {
        let root = environment.place("elsewhere")?;
        calls::close(environment.file_in(root, b"to-rename", b"content")?)?;
        fails(calls::rename(root, b"to-rename", environment.granted(), b"renamed"), Errno::XDEV)?;
        same(calls::stat(at(root), b"to-rename")?.st_filetype, Filetype::REGULAR_FILE)
    }),
    ("file_link/error/xdev", |environment| {
        let root = environment.place("elsewhere")?;
        calls::close(environment.file_in(root, b"to-link", b"content")?)?;
        fails(calls::link(at(root), b"to-link", environment.granted(), b"linked"), Errno::XDEV)
    }),
    ("file_open/error/acces", |environment| {
        let root = environment.place("locked")?;
        for path in [b"secret".as_slice(), b"closed/file", b"closed/absent", b"closed/../secret"] {
            fails(open(root, path, Oflags::empty(), Rights::FD_READ), Errno::ACCES)?;
        }
        fails(open(root, b"fixed/file", Oflags::empty(), Rights::FD_WRITE), Errno::ACCES)?;
        fails(open(root, b"fixed/new", Oflags::CREAT, Rights::FD_READ), Errno::ACCES)
    }),
    ("file_open/behaviour/searches what cannot be read", |environment| {
        let root = environment.place("locked")?;
        let file = open(root, b"passage/file", Oflags::empty(), Rights::FD_READ)?;
        let mut buffer = [0; 7];
        same(calls::read(file, &mut buffer)?, buffer.len())?;
        same(&buffer, b"content")
    }),
    ("file_create/error/acces", |environment| {
        let root = environment.place("locked")?;
        fails(calls::create(root, b"fixed/new", Filetype::DIRECTORY), Errno::ACCES)?;
        fails(calls::create(root, b"closed/new", Filetype::DIRECTORY), Errno::ACCES)
    }),
    ("file_unlink/error/acces", |environment| {
        let root = environment.place("locked")?;
        fails(calls::unlink(root, b"fixed/file", Ulflags::empty()), Errno::ACCES)?;
        fails(calls::unlink(root, b"closed/file", Ulflags::empty()), Errno::ACCES)
    }),
    ("file_rename/error/acces", |environment| {
        let root = environment.place("locked")?;
        fails(calls::rename(root, b"fixed/file", root, b"new"), Errno::ACCES)?;
        fails(calls::rename(root, b"passage/file", root, b"fixed/new"), Errno::ACCES)
    }),
    ("file_link/error/acces", |environment| {
        let root = environment.place("locked")?;
        fails(calls::link(at(root), b"passage/file", root, b"fixed/new"), Errno::ACCES)?;
        fails(calls::link(at(root), b"closed/file", root, b"new"), Errno::ACCES)
    }),
    ("file_symlink/error/acces", |environment| {
        let root = environment.place("locked")?;
        fails(calls::symlink(b"file", root, b"fixed/new"), Errno::ACCES)?;
        fails(calls::symlink(b"file", root, b"closed/new"), Errno::ACCES)
    }),
    ("file_readlink/error/acces", |environment| {
        let root = environment.place("locked")?;
        fails(calls::readlink(root, b"closed/link", &mut [0; 16]), Errno::ACCES)
    }),
    ("file_stat_get/error/acces", |environment| {
        let root = environment.place("locked")?;
        fails(calls::stat(at(root), b"closed/file"), Errno::ACCES)?;
        // What cannot be read can be looked at.
        same(calls::stat(at(root), b"secret")?.st_filetype, Filetype::REGULAR_FILE)
    }),
    ("file_stat_put/error/acces", |environment| {
        let root = environment.place("locked")?;
        fails(calls::stat_put(at(root), b"closed/file", &Filestat::ZERO, TIMES), Errno::ACCES)
    }),
    ("file_open/error/nxio", |environment| {
        let stat = wish(Fdflags::NONBLOCK, Rights::FD_WRITE, Rights::empty());
        let fifo = calls::open(at(environment.place("special")?), b"fifo", Oflags::empty(), &stat);
        fails(fifo, Errno::NXIO)
    }),
    ("file_open/behaviour/reads FIFOs", |environment| {
        let stat = wish(Fdflags::NONBLOCK, Rights::FD_READ, Rights::empty());
        let fifo = calls::open(at(environment.place("special")?), b"fifo", Oflags::empty(), &stat)?;
        same(calls::read(fifo, &mut [0; 4])?, 0)
    }),
    ("file_open/error/notsup", |environment| {
        let socket = open(environment.place("special")?, b"socket", Oflags::empty(), Rights::FD_READ);
        fails(socket, Errno::NOTSUP)
    }),
    ("file_stat_get/error/overflow", |environment| {
        fails(calls::stat(at(environment.place("special")?), b"ancient"), Errno::OVERFLOW)
    }),
    ("file_stat_fget/error/overflow", |environment| {
        let rights = Rights::FD_READ | Rights::FILE_STAT_FGET;
        let file = open(environment.place("special")?, b"ancient", Oflags::empty(), rights)?;
        fails(calls::fstat(file), Errno::OVERFLOW)
    }),
];

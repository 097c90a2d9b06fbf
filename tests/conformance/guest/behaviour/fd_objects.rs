//! Closing, duplicating, replacing, making.

use alloc::vec::Vec;

use cloudabi_sys::{Errno, Fd, Fdflags, Filetype, Oflags, Rights};

use crate::calls;
use crate::environment::{Environment, SHARED_MEMORY, content, without};
use crate::report::{Outcome, Test, failed, fails, holds, same};

pub const TESTS: &[Test] = &[
    ("fd_close/behaviour/the number is not in use any more", |environment| {
        let file = environment.file(b"content")?;
        calls::close(file)?;
        fails(calls::close(file), Errno::BADF)?;
        fails(calls::fd_stat(file), Errno::BADF)?;
        fails(calls::fstat(file), Errno::BADF)
    }),
    ("fd_close/behaviour/duplicates stay", |environment| {
        let file = environment.file(b"content")?;
        let copy = calls::dup(file)?;
        calls::close(file)?;
        same(content(copy)?, b"content")
    }),
    ("fd_close/behaviour/needs no right", |environment| {
        let file = environment.file(b"content")?;
        let nothing = without(file, Rights::all(), Rights::all())?;
        Ok(calls::close(nothing)?)
    }),
    ("fd_dup/behaviour/the same open file with the same rights", |environment| {
        let file = environment.file(b"content")?;
        let weak = without(file, Rights::FD_WRITE, Rights::empty())?;
        let copy = calls::dup(weak)?;
        holds(copy != weak && copy != file, "the number is a new one")?;
        same(calls::fd_stat(copy)?, calls::fd_stat(weak)?)?;
        same(calls::fstat(copy)?.st_ino, calls::fstat(file)?.st_ino)?;
        calls::read(copy, &mut [0; 3])?;
        same(calls::read(file, &mut [0; 16])?, 4)
    }),
    ("fd_dup/behaviour/needs no right", |environment| {
        let file = environment.file(b"content")?;
        let nothing = without(file, Rights::all(), Rights::all())?;
        same(calls::fd_stat(calls::dup(nothing)?)?.fs_rights_base, Rights::empty())
    }),
    ("fd_dup/error/mfile", |environment| {
        let file = environment.file(b"content")?;
        until_full(|| Ok([calls::dup(file)?]))
    }),
    ("fd_replace/behaviour/becomes a duplicate", |environment| {
        let file = environment.file(b"content")?;
        let weak = without(file, Rights::FD_WRITE, Rights::empty())?;
        let other = environment.file(b"something else")?;
        calls::replace(weak, other)?;
        same(content(other)?, b"content")?;
        same(calls::fd_stat(other)?, calls::fd_stat(weak)?)?;
        fails(calls::write(other, b"x"), Errno::NOTCAPABLE)?;
        calls::close(weak)?;
        same(content(other)?, b"content")
    }),
    ("fd_replace/behaviour/by itself", |environment| {
        let file = environment.file(b"content")?;
        calls::replace(file, file)?;
        same(content(file)?, b"content")
    }),
    ("fd_replace/behaviour/nothing changes if it fails", |environment| {
        let file = environment.file(b"content")?;
        let closed = environment.closed()?;
        fails(calls::replace(closed, file), Errno::BADF)?;
        same(content(file)?, b"content")?;
        fails(calls::replace(file, closed), Errno::BADF)?;
        fails(calls::fd_stat(closed), Errno::BADF)?;
        fails(calls::replace(closed, closed), Errno::BADF)
    }),
    ("fd_create1/behaviour/shared memory", |_| {
        let memory = calls::create1(Filetype::SHARED_MEMORY)?;
        let stat = calls::fd_stat(memory)?;
        same(stat.fs_filetype, Filetype::SHARED_MEMORY)?;
        same(stat.fs_flags, Fdflags::empty())?;
        same(stat.fs_rights_base, SHARED_MEMORY)?;
        same(stat.fs_rights_inheriting, Rights::empty())?;
        let stat = calls::fstat(memory)?;
        same(stat.st_filetype, Filetype::SHARED_MEMORY)?;
        same(stat.st_size, 0)
    }),
    ("fd_create1/error/inval", |_| {
        for kind in [Filetype::REGULAR_FILE, Filetype::SOCKET_STREAM, Filetype::UNKNOWN, Filetype::DIRECTORY]
        {
            fails(calls::create1(kind), Errno::INVAL)?;
        }
        Ok(())
    }),
    ("fd_create1/error/mfile", |_| until_full(|| Ok([calls::create1(Filetype::SHARED_MEMORY)?]))),
    ("fd_create2/error/inval", |environment| {
        environment.sockets(Filetype::SOCKET_STREAM)?;
        for kind in [Filetype::REGULAR_FILE, Filetype::SHARED_MEMORY, Filetype::UNKNOWN] {
            fails(calls::create2(kind), Errno::INVAL)?;
        }
        Ok(())
    }),
    ("fd_create2/error/mfile", |environment| {
        environment.sockets(Filetype::SOCKET_STREAM)?;
        until_full(|| {
            let (first, second) = calls::create2(Filetype::SOCKET_STREAM)?;
            Ok([first, second])
        })
    }),
    ("file_open/error/mfile", |environment: &Environment| {
        let wish = calls::wish(Fdflags::empty(), Rights::empty(), Rights::empty());
        until_full(|| Ok([calls::open(calls::at(environment.granted()), b".", Oflags::empty(), &wish)?]))
    }),
];

/// Makes descriptors until there is no room. Numbers are never given twice, and each is good; all can be closed.
fn until_full<const N: usize>(make: impl Fn() -> Result<[Fd; N], Errno>) -> Outcome {
    let mut made: Vec<Fd> = Vec::with_capacity(1 << 17);
    let end = loop {
        if made.len() > 1 << 20 {
            break Err(failed("there are more than a million descriptors"));
        }
        match make() {
            Ok(some) => made.extend(some),
            full => break fails(full, Errno::MFILE),
        }
    };
    let count = made.len();
    for fd in &made {
        calls::close(*fd)?;
    }
    end?;
    made.sort_unstable();
    made.dedup();
    same(made.len(), count)?;
    // What was closed can be made again.
    for fd in make()? {
        calls::close(fd)?;
    }
    Ok(())
}

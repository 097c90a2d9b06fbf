//! Opening.

use cloudabi_sys::{Errno, Fdflags, Filetype, Oflags, Rights, Whence};

use crate::calls::{self, at, following, wish};
use crate::environment::{DIRECTORY, Environment, REGULAR, content};
use crate::report::{Outcome, Test, failed, fails, holds, same};

const READ: Rights = Rights(Rights::FD_READ.0 | Rights::FD_SEEK.0);
const WRITE: Rights = Rights(Rights::FD_WRITE.0 | Rights::FD_SEEK.0);
const NONE: Rights = Rights(0);
const NO_FLAGS: Fdflags = Fdflags(0);

pub const TESTS: &[Test] = &[
    ("file_open/behaviour/gets the rights that make sense", |environment| {
        let directory = environment.directory()?;
        calls::close(environment.file_in(directory, b"file", b"content")?)?;
        calls::create(directory, b"directory", Filetype::DIRECTORY)?;
        let everything = environment.inheriting;
        let file =
            calls::open(at(directory), b"file", Oflags::empty(), &wish(NO_FLAGS, everything, everything))?;
        let stat = calls::fd_stat(file)?;
        same(stat.fs_filetype, Filetype::REGULAR_FILE)?;
        same(stat.fs_rights_base, REGULAR & everything)?;
        same(stat.fs_rights_inheriting, NONE)?;
        // Asking for rights to write is asking for a directory to be opened for writing.
        let writing =
            Rights::FD_DATASYNC | Rights::FD_WRITE | Rights::FILE_ALLOCATE | Rights::FILE_STAT_FPUT_SIZE;
        let stat = wish(NO_FLAGS, everything - writing, everything);
        let opened = calls::open(at(directory), b"directory", Oflags::empty(), &stat)?;
        let stat = calls::fd_stat(opened)?;
        same(stat.fs_filetype, Filetype::DIRECTORY)?;
        same(stat.fs_rights_base, DIRECTORY & everything)?;
        same(stat.fs_rights_inheriting, (DIRECTORY | REGULAR) & everything)
    }),
    ("file_open/behaviour/gets no more than it asks for", |environment| {
        let directory = environment.directory()?;
        calls::close(environment.file_in(directory, b"file", b"content")?)?;
        for base in [READ, WRITE, Rights::FILE_STAT_FGET, Rights::MEM_MAP, NONE, Rights::PROC_EXEC] {
            let base = base & environment.inheriting;
            let file = calls::open(at(directory), b"file", Oflags::empty(), &wish(NO_FLAGS, base, NONE))?;
            same(calls::fd_stat(file)?.fs_rights_base, base)?;
            let read = calls::read(file, &mut [0; 4]);
            match base.contains(Rights::FD_READ) {
                true => same(read?, 4)?,
                false => fails(read, Errno::NOTCAPABLE)?,
            }
            let written = calls::write(file, b"con");
            match base.contains(Rights::FD_WRITE) {
                true => same(written?, 3)?,
                false => fails(written, Errno::NOTCAPABLE)?,
            }
            calls::close(file)?;
        }
        Ok(())
    }),
    ("file_open/behaviour/without any right", |environment| {
        let directory = environment.directory()?;
        calls::close(environment.file_in(directory, b"file", b"content")?)?;
        for path in [b"file".as_slice(), b"."] {
            let opened = calls::open(at(directory), path, Oflags::empty(), &wish(NO_FLAGS, NONE, NONE))?;
            same(calls::fd_stat(opened)?.fs_rights_base, NONE)?;
            fails(calls::fstat(opened), Errno::NOTCAPABLE)?;
        }
        Ok(())
    }),
    ("file_open/behaviour/creates", |environment| {
        let directory = environment.directory()?;
        let file = calls::open(at(directory), b"new", Oflags::CREAT, &wish(NO_FLAGS, READ | WRITE, NONE))?;
        same(calls::write(file, b"content")?, 7)?;
        // It is there now, and stays as it is.
        let again = calls::open(at(directory), b"new", Oflags::CREAT, &wish(NO_FLAGS, READ, NONE))?;
        same(content(again)?, b"content")
    }),
    ("file_open/behaviour/creates without asking for rights to write", |environment| {
        let directory = environment.directory()?;
        let file = calls::open(at(directory), b"new", Oflags::CREAT, &wish(NO_FLAGS, READ, NONE))?;
        same(content(file)?, b"")
    }),
    ("file_open/behaviour/excl without creat does nothing", |environment| {
        let directory = environment.directory()?;
        calls::close(environment.file_in(directory, b"file", b"content")?)?;
        let file = calls::open(at(directory), b"file", Oflags::EXCL, &wish(NO_FLAGS, READ, NONE))?;
        same(content(file)?, b"content")
    }),
    ("file_open/behaviour/truncates", |environment| {
        let directory = environment.directory()?;
        calls::close(environment.file_in(directory, b"file", b"content")?)?;
        let rights = READ | Rights::FD_WRITE;
        let file = calls::open(at(directory), b"file", Oflags::TRUNC, &wish(NO_FLAGS, rights, NONE))?;
        same(content(file)?, b"")
    }),
    ("file_open/behaviour/flags", |environment| {
        let directory = environment.directory()?;
        let file = environment.file_in(directory, b"file", b"content")?;
        for flags in [
            Fdflags::APPEND,
            Fdflags::NONBLOCK,
            Fdflags::DSYNC,
            Fdflags::SYNC,
            Fdflags::APPEND | Fdflags::NONBLOCK | Fdflags::SYNC,
        ] {
            let opened = environment.reopen(directory, b"file", flags, environment.file_rights())?;
            same(calls::fd_stat(opened)?.fs_flags, flags)?;
            calls::close(opened)?;
        }
        same(calls::fd_stat(file)?.fs_flags, NO_FLAGS)
    }),
    ("file_open/behaviour/data and attributes are made safe apart", |environment| {
        let directory = environment.directory()?;
        calls::close(environment.file_in(directory, b"file", b"content")?)?;
        // Reads that wait for earlier writes mean nothing alone, so a host may forget that it was asked.
        for (asked, allowed) in [
            (Fdflags::DSYNC, [Fdflags::DSYNC, Fdflags::DSYNC]),
            (Fdflags::RSYNC, [Fdflags::RSYNC, Fdflags::empty()]),
            (Fdflags::DSYNC | Fdflags::RSYNC, [Fdflags::DSYNC | Fdflags::RSYNC, Fdflags::DSYNC]),
            (Fdflags::SYNC | Fdflags::RSYNC, [Fdflags::SYNC | Fdflags::RSYNC, Fdflags::SYNC]),
        ] {
            let opened = environment.reopen(directory, b"file", asked, environment.file_rights())?;
            let flags = calls::fd_stat(opened)?.fs_flags;
            holds(allowed.contains(&flags), alloc::format!("{asked} gave {flags}"))?;
            calls::close(opened)?;
        }
        Ok(())
    }),
    ("file_open/behaviour/its position begins at the start", |environment| {
        let directory = environment.directory()?;
        calls::close(environment.file_in(directory, b"file", b"content")?)?;
        let file = environment.reopen(directory, b"file", Fdflags::APPEND, environment.file_rights())?;
        same(calls::seek(file, 0, Whence::CUR)?, 0)
    }),
    ("file_open/behaviour/the directory itself", |environment| {
        let directory = environment.directory()?;
        for path in [b".".as_slice(), b"./", b"././/.", b"a/..", b"a/../"] {
            if path.starts_with(b"a") {
                let _ = calls::create(directory, b"a", Filetype::DIRECTORY);
            }
            let again = environment.open_directory(directory, path)?;
            same(calls::fstat(again)?.st_ino, calls::fstat(directory)?.st_ino)?;
        }
        Ok(())
    }),
    ("file_open/behaviour/follows a link at the end when asked to", |environment| {
        let directory = environment.directory()?;
        calls::close(environment.file_in(directory, b"file", b"content")?)?;
        calls::symlink(b"file", directory, b"link")?;
        let stat = wish(NO_FLAGS, READ, NONE);
        same(content(calls::open(following(directory), b"link", Oflags::empty(), &stat)?)?, b"content")?;
        fails(calls::open(at(directory), b"link", Oflags::empty(), &stat), Errno::LOOP)
    }),
    ("file_open/behaviour/creates what a link names", |environment| {
        let directory = environment.directory()?;
        calls::symlink(b"new", directory, b"link")?;
        let stat = wish(NO_FLAGS, READ | WRITE, NONE);
        calls::close(calls::open(following(directory), b"link", Oflags::CREAT, &stat)?)?;
        same(calls::stat(at(directory), b"new")?.st_filetype, Filetype::REGULAR_FILE)
    }),
    ("file_open/behaviour/rights pass through directories", |environment| {
        let directory = environment.directory()?;
        calls::create(directory, b"sub", Filetype::DIRECTORY)?;
        let less = Rights::FILE_OPEN | READ;
        let stat = wish(NO_FLAGS, Rights::FILE_OPEN, less);
        let sub = calls::open(at(directory), b"sub", Oflags::DIRECTORY, &stat)?;
        same(calls::fd_stat(sub)?.fs_rights_inheriting, less)?;
        calls::close(environment.file_in(directory, b"sub/file", b"content")?)?;
        same(
            content(calls::open(at(sub), b"file", Oflags::empty(), &wish(NO_FLAGS, READ, NONE))?)?,
            b"content",
        )?;
        for rights in [Rights::FD_WRITE, Rights::FILE_STAT_FGET, Rights::FD_SYNC] {
            let stat = wish(NO_FLAGS, rights, NONE);
            fails(calls::open(at(sub), b"file", Oflags::empty(), &stat), Errno::NOTCAPABLE)?;
            let stat = wish(NO_FLAGS, NONE, rights);
            fails(calls::open(at(sub), b".", Oflags::empty(), &stat), Errno::NOTCAPABLE)?;
        }
        Ok(())
    }),
    ("file_open/error/notcapable/undefined rights", |environment| {
        let stat = wish(NO_FLAGS, Rights(1 << 62), NONE);
        fails(calls::open(at(environment.granted()), b".", Oflags::empty(), &stat), Errno::NOTCAPABLE)
    }),
    ("file_open/error/notcapable/nothing is made", |environment| {
        let directory = environment.directory()?;
        let stat = wish(NO_FLAGS, Rights(1 << 62), NONE);
        fails(calls::open(at(directory), b"new", Oflags::CREAT, &stat), Errno::NOTCAPABLE)?;
        fails(calls::stat(at(directory), b"new"), Errno::NOENT)
    }),
    ("file_open/error/exist", |environment| {
        let directory = environment.directory()?;
        calls::close(environment.file_in(directory, b"file", b"content")?)?;
        calls::create(directory, b"directory", Filetype::DIRECTORY)?;
        calls::symlink(b"nowhere", directory, b"dangling")?;
        calls::symlink(b"file", directory, b"link")?;
        for path in [b"file".as_slice(), b"directory", b"dangling", b"link"] {
            for start in [at(directory), following(directory)] {
                let stat = wish(NO_FLAGS, READ, NONE);
                fails(calls::open(start, path, Oflags::CREAT | Oflags::EXCL, &stat), Errno::EXIST)?;
            }
        }
        Ok(())
    }),
    ("file_open/error/inval/creat and directory", |environment| {
        let stat = wish(NO_FLAGS, NONE, NONE);
        let how = Oflags::CREAT | Oflags::DIRECTORY;
        fails(calls::open(at(environment.granted()), b"new", how, &stat), Errno::INVAL)
    }),
    ("file_open/error/inval/undefined flags of the descriptor", |environment| {
        let stat = wish(Fdflags(0x20), NONE, NONE);
        fails(calls::open(at(environment.granted()), b".", Oflags::empty(), &stat), Errno::INVAL)
    }),
    ("file_open/error/isdir", |environment| {
        let directory = environment.directory()?;
        calls::create(directory, b"directory", Filetype::DIRECTORY)?;
        let open = |how, rights| calls::open(at(directory), b"directory", how, &wish(NO_FLAGS, rights, NONE));
        fails(open(Oflags::empty(), WRITE), Errno::ISDIR)?;
        fails(open(Oflags::empty(), Rights::FILE_ALLOCATE | Rights::FD_SEEK), Errno::ISDIR)?;
        fails(open(Oflags::TRUNC, Rights::FD_WRITE), Errno::ISDIR)?;
        fails(open(Oflags::CREAT, WRITE), Errno::ISDIR)?;
        fails(open(Oflags::CREAT, NONE), Errno::ISDIR)
    }),
    ("file_open/error/loop/at the end", |environment| {
        let directory = environment.directory()?;
        calls::symlink(b"loop", directory, b"loop")?;
        calls::symlink(b".", directory, b"here")?;
        let stat = wish(NO_FLAGS, NONE, NONE);
        fails(calls::open(following(directory), b"loop", Oflags::empty(), &stat), Errno::LOOP)?;
        fails(calls::open(at(directory), b"here", Oflags::empty(), &stat), Errno::LOOP)
    }),
    ("file_open/error/noent", |environment| {
        let directory = environment.directory()?;
        calls::symlink(b"nowhere", directory, b"dangling")?;
        let stat = wish(NO_FLAGS, READ, NONE);
        fails(calls::open(at(directory), b"nothing", Oflags::empty(), &stat), Errno::NOENT)?;
        fails(calls::open(following(directory), b"dangling", Oflags::empty(), &stat), Errno::NOENT)
    }),
    ("file_open/error/notdir/at the end", |environment| {
        let directory = environment.directory()?;
        calls::close(environment.file_in(directory, b"file", b"content")?)?;
        let stat = wish(NO_FLAGS, READ, NONE);
        fails(calls::open(at(directory), b"file", Oflags::DIRECTORY, &stat), Errno::NOTDIR)?;
        fails(calls::open(at(directory), b"file/", Oflags::empty(), &stat), Errno::NOTDIR)?;
        fails(calls::open(at(directory), b"file/.", Oflags::empty(), &stat), Errno::NOTDIR)
    }),
    ("file_open/error/notdir/the start is no directory", |environment| {
        let file = environment.file(b"content")?;
        let stat = wish(NO_FLAGS, NONE, NONE);
        // A file never carries the right to open something beneath it, which is noticed first.
        fails(calls::open(at(file), b"x", Oflags::empty(), &stat), Errno::NOTCAPABLE)
    }),
    ("file_open/error/txtbsy", running),
];

fn running(environment: &Environment) -> Outcome {
    let Some(name) = environment.text("running") else {
        return crate::report::skipped("the arguments give no `running`");
    };
    let stat = wish(NO_FLAGS, WRITE, NONE);
    match calls::open(at(environment.granted()), name.as_bytes(), Oflags::empty(), &stat) {
        // Hosts may allow it.
        Ok(_) | Err(Errno::TXTBSY) => Ok(()),
        Err(error) => Err(failed(alloc::format!("got the error `{error}`, expected `txtbsy`"))),
    }
}

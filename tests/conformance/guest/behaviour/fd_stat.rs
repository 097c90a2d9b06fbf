//! Flags and rights.

use cloudabi_sys::{Errno, Fdflags, Fdsflags, Fdstat, Filetype, Rights};

use crate::calls;
use crate::environment::{DIRECTORY, REGULAR, content, without};
use crate::report::{Test, fails, fails_with_one_of, holds, same, skipped};

pub const TESTS: &[Test] = &[
    ("fd_stat_get/behaviour/regular file", |environment| {
        let stat = calls::fd_stat(environment.file(b"content")?)?;
        same(stat.fs_filetype, Filetype::REGULAR_FILE)?;
        same(stat.fs_flags, Fdflags::empty())?;
        same(stat.fs_rights_base, environment.file_rights())?;
        same(stat.fs_rights_inheriting, Rights::empty())
    }),
    ("fd_stat_get/behaviour/directory", |environment| {
        let stat = calls::fd_stat(environment.directory()?)?;
        same(stat.fs_filetype, Filetype::DIRECTORY)?;
        same(stat.fs_flags, Fdflags::empty())?;
        same(stat.fs_rights_base, DIRECTORY & environment.inheriting)?;
        same(stat.fs_rights_inheriting, (DIRECTORY | REGULAR) & environment.inheriting)
    }),
    ("fd_stat_get/behaviour/needs no right", |environment| {
        let nothing = without(environment.file(b"content")?, Rights::all(), Rights::all())?;
        let stat = calls::fd_stat(nothing)?;
        same(stat.fs_filetype, Filetype::REGULAR_FILE)?;
        same(stat.fs_rights_base, Rights::empty())
    }),
    ("fd_stat_get/behaviour/padding is zero", |environment| {
        let mut stat = Fdstat { _padding0: [0xff], _padding1: [0xff; 4], ..Fdstat::ZERO };
        // SAFETY: the pointer is to a live structure.
        same(unsafe { cloudabi_sys::raw::fd_stat_get(environment.granted(), &mut stat) }, Errno::SUCCESS)?;
        same(stat._padding0, [0])?;
        same(stat._padding1, [0; 4])
    }),
    ("fd_stat_put/behaviour/rights are given up", |environment| {
        let file = environment.file(b"content")?;
        let copy = calls::dup(file)?;
        let less = calls::wish(Fdflags::empty(), Rights::FD_READ | Rights::FD_SEEK, Rights::empty());
        calls::fd_stat_put(copy, &less, Fdsflags::RIGHTS)?;
        same(calls::fd_stat(copy)?.fs_rights_base, less.fs_rights_base)?;
        same(content(copy)?, b"content")?;
        fails(calls::write(copy, b"x"), Errno::NOTCAPABLE)?;
        fails(calls::fstat(copy), Errno::NOTCAPABLE)?;
        // The duplicate keeps them.
        same(calls::fd_stat(file)?.fs_rights_base, environment.file_rights())?;
        same(calls::write(file, b"x")?, 1)
    }),
    ("fd_stat_put/behaviour/rights never come back", |environment| {
        let file = without(environment.file(b"content")?, Rights::FD_WRITE, Rights::empty())?;
        let base = calls::fd_stat(file)?.fs_rights_base;
        for more in [Rights::FD_WRITE, Rights::FILE_OPEN, Rights(1 << 63), Rights::all()] {
            let wish = calls::wish(Fdflags::empty(), base | more, Rights::empty());
            fails(calls::fd_stat_put(file, &wish, Fdsflags::RIGHTS), Errno::NOTCAPABLE)?;
        }
        let wish = calls::wish(Fdflags::empty(), base, Rights::FD_READ);
        fails(calls::fd_stat_put(file, &wish, Fdsflags::RIGHTS), Errno::NOTCAPABLE)?;
        same(calls::fd_stat(file)?.fs_rights_base, base)
    }),
    ("fd_stat_put/behaviour/rights to inherit are given up", |environment| {
        let directory = environment.directory()?;
        let name = b"file";
        calls::close(environment.file_in(directory, name, b"content")?)?;
        let weak = without(directory, Rights::empty(), Rights::FD_WRITE)?;
        fails(
            environment.reopen(weak, name, Fdflags::empty(), Rights::FD_READ | Rights::FD_WRITE),
            Errno::NOTCAPABLE,
        )?;
        let file = environment.reopen(weak, name, Fdflags::empty(), Rights::FD_READ | Rights::FD_SEEK)?;
        same(content(file)?, b"content")
    }),
    ("fd_stat_put/behaviour/all rights can be given up", |environment| {
        let file = environment.file(b"content")?;
        let none = calls::wish(Fdflags::empty(), Rights::empty(), Rights::empty());
        calls::fd_stat_put(file, &none, Fdsflags::RIGHTS)?;
        calls::fd_stat_put(file, &none, Fdsflags::RIGHTS)?;
        same(calls::fd_stat(file)?.fs_rights_base, Rights::empty())
    }),
    ("fd_stat_put/behaviour/append comes and goes, for duplicates too", |environment| {
        let file = environment.file(b"0123")?;
        let copy = calls::dup(file)?;
        calls::fd_stat_put(
            file,
            &calls::wish(Fdflags::APPEND, Rights::empty(), Rights::empty()),
            Fdsflags::FLAGS,
        )?;
        same(calls::fd_stat(copy)?.fs_flags, Fdflags::APPEND)?;
        same(calls::write(copy, b"a")?, 1)?;
        same(content(file)?, b"0123a")?;
        calls::fd_stat_put(copy, &Fdstat::ZERO, Fdsflags::FLAGS)?;
        same(calls::fd_stat(file)?.fs_flags, Fdflags::empty())?;
        same(calls::pwrite(file, b"b", 0)?, 1)?;
        same(content(file)?, b"b123a")
    }),
    ("fd_stat_put/behaviour/nonblock comes and goes", |environment| {
        let file = environment.file(b"0123")?;
        for flags in
            [Fdflags::NONBLOCK, Fdflags::NONBLOCK | Fdflags::APPEND, Fdflags::APPEND, Fdflags::empty()]
        {
            calls::fd_stat_put(file, &calls::wish(flags, Rights::empty(), Rights::empty()), Fdsflags::FLAGS)?;
            same(calls::fd_stat(file)?.fs_flags, flags)?;
        }
        Ok(())
    }),
    ("fd_stat_put/behaviour/flags leave rights alone and rights leave flags alone", |environment| {
        let file = environment.file(b"0123")?;
        let wish = calls::wish(Fdflags::APPEND, Rights::empty(), Rights::empty());
        calls::fd_stat_put(file, &wish, Fdsflags::FLAGS)?;
        same(calls::fd_stat(file)?.fs_rights_base, environment.file_rights())?;
        let wish = calls::wish(Fdflags(0x8000), Rights::FD_READ, Rights::empty());
        calls::fd_stat_put(file, &wish, Fdsflags::RIGHTS)?;
        same(calls::fd_stat(file)?.fs_flags, Fdflags::APPEND)?;
        same(calls::fd_stat(file)?.fs_rights_base, Rights::FD_READ)
    }),
    ("fd_stat_put/behaviour/both together", |environment| {
        let file = environment.file(b"0123")?;
        let both = Fdsflags::FLAGS | Fdsflags::RIGHTS;
        // The right to change flags may be given up by the call that uses it for the last time.
        let wish = calls::wish(Fdflags::APPEND, Rights::FD_READ, Rights::empty());
        calls::fd_stat_put(file, &wish, both)?;
        let stat = calls::fd_stat(file)?;
        same((stat.fs_flags, stat.fs_rights_base), (Fdflags::APPEND, Rights::FD_READ))
    }),
    ("fd_stat_put/behaviour/both or nothing", |environment| {
        let file = environment.file(b"0123")?;
        let both = Fdsflags::FLAGS | Fdsflags::RIGHTS;
        let before = calls::fd_stat(file)?;
        let too_much = calls::wish(Fdflags::APPEND, Rights::all(), Rights::empty());
        fails(calls::fd_stat_put(file, &too_much, both), Errno::NOTCAPABLE)?;
        same(calls::fd_stat(file)?, before)?;
        let undefined = calls::wish(Fdflags(0x8000), Rights::FD_READ, Rights::empty());
        fails(calls::fd_stat_put(file, &undefined, both), Errno::INVAL)?;
        same(calls::fd_stat(file)?, before)?;
        let weak = without(file, Rights::FD_STAT_PUT_FLAGS, Rights::empty())?;
        let before = calls::fd_stat(weak)?;
        let wish = calls::wish(Fdflags::APPEND, Rights::FD_READ, Rights::empty());
        fails(calls::fd_stat_put(weak, &wish, both), Errno::NOTCAPABLE)?;
        same(calls::fd_stat(weak)?, before)
    }),
    ("fd_stat_put/behaviour/sync flags that stay need no change", |environment| {
        let name = environment.fresh_name();
        calls::close(environment.file_in(environment.granted(), name.as_bytes(), b"0123")?)?;
        for flags in [Fdflags::DSYNC, Fdflags::SYNC] {
            let rights = environment.file_rights();
            let file = environment.reopen(environment.granted(), name.as_bytes(), flags, rights)?;
            let stat = calls::fd_stat(file)?;
            same(stat.fs_flags, flags)?;
            let wish = calls::wish(flags | Fdflags::APPEND, Rights::empty(), Rights::empty());
            calls::fd_stat_put(file, &wish, Fdsflags::FLAGS)?;
            same(calls::fd_stat(file)?.fs_flags, flags | Fdflags::APPEND)?;
        }
        Ok(())
    }),
    ("fd_stat_put/error/inval/nothing to change", |environment| {
        fails(calls::fd_stat_put(environment.file(b"")?, &Fdstat::ZERO, Fdsflags::empty()), Errno::INVAL)
    }),
    ("fd_stat_put/error/inval/undefined flags of the descriptor", |environment| {
        let wish = calls::wish(Fdflags(0x20), Rights::empty(), Rights::empty());
        fails(calls::fd_stat_put(environment.file(b"")?, &wish, Fdsflags::FLAGS), Errno::INVAL)
    }),
    ("fd_stat_put/error/notsup", |environment| {
        let file = environment.file(b"0123")?;
        for flags in [Fdflags::DSYNC, Fdflags::SYNC, Fdflags::RSYNC | Fdflags::SYNC] {
            let before = calls::fd_stat(file)?;
            let wish = calls::wish(flags, Rights::empty(), Rights::empty());
            match calls::fd_stat_put(file, &wish, Fdsflags::FLAGS) {
                // Where a host can do it, it has to do it.
                Ok(()) => same(calls::fd_stat(file)?.fs_flags, flags)?,
                refused => {
                    fails_with_one_of(refused, &[Errno::NOTSUP])?;
                    same(calls::fd_stat(file)?, before)?;
                }
            }
        }
        Ok(())
    }),
    ("fd_stat_get/behaviour/terminal", |environment| {
        let terminal = environment.given("terminal")?;
        let stat = calls::fd_stat(terminal)?;
        same(stat.fs_filetype, Filetype::CHARACTER_DEVICE)?;
        holds(!stat.fs_rights_base.contains(Rights::FD_SEEK), "a terminal has no positions")?;
        same(stat.fs_rights_inheriting, Rights::empty())
    }),
    ("fd_stat_get/behaviour/output", |environment| {
        let output = environment.given("output")?;
        let kind = calls::fd_stat(output)?.fs_filetype;
        if kind != Filetype::SOCKET_STREAM {
            return skipped("the output is no pipe");
        }
        fails_with_one_of(
            calls::seek(output, 0, cloudabi_sys::Whence::CUR),
            &[Errno::SPIPE, Errno::NOTCAPABLE],
        )
    }),
];

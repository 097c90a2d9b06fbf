//! Attributes, space, advice.

use cloudabi_sys::{
    Advice, Clockid, Errno, Fd, Fdflags, Filestat, Filetype, Fsflags, Oflags, Rights, Whence,
};

use crate::calls::{self, at, following, wish};
use crate::environment::{Environment, content};
use crate::report::{Outcome, Test, fails, fails_with_one_of, holds, same};

/// Whole seconds, so that every file system can store them.
const FIRST: u64 = 1_000_000_000 * 1_000_000_000;
const SECOND: u64 = 1_234_567_890 * 1_000_000_000;
/// A time that differs in each digit.
const EXACT: u64 = 1_234_567_890_123_456_789;

fn times(atim: u64, mtim: u64) -> Filestat {
    Filestat { st_atim: atim, st_mtim: mtim, ..Filestat::ZERO }
}

fn sized(size: u64) -> Filestat {
    Filestat { st_size: size, ..Filestat::ZERO }
}

/// Whether a time is close to the present. Clocks of file systems may lag behind by a tick.
fn is_now(time: u64) -> Outcome {
    let now = calls::clock(Clockid::REALTIME)?;
    let tick = 10_000_000_000;
    holds(time > now.saturating_sub(6 * tick) && time < now + tick, "the time is about now")
}

/// Sets times in each combination, by a function that sets and one that gets.
fn combinations(
    set: impl Fn(&Filestat, Fsflags) -> Result<(), Errno>,
    get: impl Fn() -> Result<Filestat, Errno>,
) -> Outcome {
    let (atim, mtim) = (Fsflags::ATIM, Fsflags::MTIM);
    let (atim_now, mtim_now) = (Fsflags::ATIM_NOW, Fsflags::MTIM_NOW);
    set(&times(FIRST, SECOND), atim | mtim)?;
    same((get()?.st_atim, get()?.st_mtim), (FIRST, SECOND))?;
    set(&times(SECOND, 0), atim)?;
    same((get()?.st_atim, get()?.st_mtim), (SECOND, SECOND))?;
    set(&times(0, FIRST), mtim)?;
    same((get()?.st_atim, get()?.st_mtim), (SECOND, FIRST))?;
    set(&times(0, 0), mtim_now)?;
    same(get()?.st_atim, SECOND)?;
    is_now(get()?.st_mtim)?;
    set(&times(0, FIRST), atim_now | mtim)?;
    is_now(get()?.st_atim)?;
    same(get()?.st_mtim, FIRST)?;
    // Now wins.
    set(&times(FIRST, FIRST), atim | atim_now | mtim | mtim_now)?;
    is_now(get()?.st_atim)?;
    is_now(get()?.st_mtim)?;
    set(&times(EXACT, EXACT), atim | mtim)?;
    for time in [get()?.st_atim, get()?.st_mtim] {
        holds(time <= EXACT && EXACT - time < 2_000_000_000, "rounded down, by less than two seconds")?;
    }
    is_now(get()?.st_ctim)
}

fn fresh(environment: &Environment) -> Result<(Fd, Fd), Errno> {
    let root = environment.directory()?;
    let file = environment.file_in(root, b"file", b"content")?;
    Ok((root, file))
}

pub const TESTS: &[Test] = &[
    ("file_stat_get/behaviour/regular file", |environment| {
        let (root, file) = fresh(environment)?;
        let stat = calls::stat(at(root), b"file")?;
        same((stat.st_filetype, stat.st_nlink, stat.st_size), (Filetype::REGULAR_FILE, 1, 7))?;
        is_now(stat.st_mtim)?;
        is_now(stat.st_ctim)?;
        same(calls::fstat(file)?, stat)?;
        same(calls::stat(following(root), b"./file")?, stat)
    }),
    ("file_stat_get/behaviour/directory", |environment| {
        let (root, _) = fresh(environment)?;
        let stat = calls::stat(at(root), b".")?;
        same(stat.st_filetype, Filetype::DIRECTORY)?;
        same(calls::fstat(root)?, stat)
    }),
    ("file_stat_get/behaviour/padding is zero", |environment| {
        let (root, _) = fresh(environment)?;
        let mut stat = Filestat { _padding0: [0xff; 3], ..Filestat::ZERO };
        // SAFETY: the pointers are to live memory.
        let error =
            unsafe { cloudabi_sys::raw::file_stat_get(at(root), b"file".as_ptr().cast(), 4, &mut stat) };
        same(error, Errno::SUCCESS)?;
        same(stat._padding0, [0; 3])
    }),
    ("file_stat_get/behaviour/different files", |environment| {
        let (root, first) = fresh(environment)?;
        let second = environment.file_in(root, b"second", b"")?;
        let (first, second) = (calls::fstat(first)?, calls::fstat(second)?);
        same(first.st_dev, second.st_dev)?;
        holds(first.st_ino != second.st_ino, "files have numbers of their own")
    }),
    ("file_stat_fget/behaviour/all types", |environment| {
        let memory = calls::create1(Filetype::SHARED_MEMORY)?;
        same(calls::fstat(memory)?.st_filetype, Filetype::SHARED_MEMORY)?;
        let directory = environment.directory()?;
        same(calls::fstat(directory)?.st_filetype, Filetype::DIRECTORY)?;
        if let Ok(null) = environment.given("device") {
            same(calls::fstat(null)?.st_filetype, Filetype::CHARACTER_DEVICE)?;
        }
        let (first, _second) = environment.sockets(Filetype::SOCKET_STREAM)?;
        same(calls::fstat(first)?.st_filetype, Filetype::SOCKET_STREAM)
    }),
    ("file_stat_fget/behaviour/sees changes", |environment| {
        let (_, file) = fresh(environment)?;
        let before = calls::fstat(file)?;
        calls::pwrite(file, b"more", 7)?;
        let after = calls::fstat(file)?;
        same(after.st_size, 11)?;
        holds(after.st_mtim >= before.st_mtim, "a change is no earlier than the one before")
    }),
    ("file_stat_put/behaviour/times in all combinations", |environment| {
        let (root, _) = fresh(environment)?;
        combinations(
            |stat, flags| calls::stat_put(at(root), b"file", stat, flags),
            || calls::stat(at(root), b"file"),
        )
    }),
    ("file_stat_put/behaviour/nothing", |environment| {
        let (root, _) = fresh(environment)?;
        let before = calls::stat(at(root), b"file")?;
        calls::stat_put(at(root), b"file", &times(FIRST, FIRST), Fsflags::empty())?;
        let after = calls::stat(at(root), b"file")?;
        same(
            (after.st_atim, after.st_mtim, after.st_ctim),
            (before.st_atim, before.st_mtim, before.st_ctim),
        )?;
        fails(calls::stat_put(at(root), b"nothing", &Filestat::ZERO, Fsflags::empty()), Errno::NOENT)
    }),
    ("file_stat_put/behaviour/a link at the end", |environment| {
        let (root, _) = fresh(environment)?;
        calls::symlink(b"file", root, b"link")?;
        calls::stat_put(following(root), b"link", &times(0, FIRST), Fsflags::MTIM)?;
        same(calls::stat(at(root), b"file")?.st_mtim, FIRST)?;
        calls::stat_put(at(root), b"link", &times(0, SECOND), Fsflags::MTIM)?;
        same(calls::stat(at(root), b"file")?.st_mtim, FIRST)?;
        same(calls::stat(at(root), b"link")?.st_mtim, SECOND)
    }),
    ("file_stat_put/behaviour/directories", |environment| {
        let (root, _) = fresh(environment)?;
        calls::create(root, b"directory", Filetype::DIRECTORY)?;
        calls::stat_put(at(root), b"directory", &times(0, FIRST), Fsflags::MTIM)?;
        same(calls::stat(at(root), b"directory")?.st_mtim, FIRST)?;
        calls::stat_put(at(root), b"directory/", &times(0, SECOND), Fsflags::MTIM)?;
        same(calls::stat(at(root), b"directory")?.st_mtim, SECOND)
    }),
    ("file_stat_put/error/inval/size", |environment| {
        let (root, _) = fresh(environment)?;
        fails(calls::stat_put(at(root), b"file", &sized(0), Fsflags::SIZE), Errno::INVAL)?;
        fails(calls::stat_put(at(root), b"file", &sized(0), Fsflags::SIZE | Fsflags::MTIM), Errno::INVAL)?;
        same(calls::stat(at(root), b"file")?.st_size, 7)
    }),
    ("file_stat_put/error/notcapable/a link that leads out", |environment| {
        let (root, _) = fresh(environment)?;
        calls::symlink(b"..", root, b"out")?;
        fails(calls::stat_put(following(root), b"out", &times(0, FIRST), Fsflags::MTIM), Errno::NOTCAPABLE)
    }),
    ("file_stat_fput/behaviour/times in all combinations", |environment| {
        let (_, file) = fresh(environment)?;
        combinations(|stat, flags| calls::fstat_put(file, stat, flags), || calls::fstat(file))
    }),
    ("file_stat_fput/behaviour/times without a right to write or read", |environment| {
        let (root, _) = fresh(environment)?;
        let rights = Rights::FILE_STAT_FPUT_TIMES | Rights::FILE_STAT_FGET;
        let file = environment.reopen(root, b"file", Fdflags::empty(), rights)?;
        calls::fstat_put(file, &times(0, FIRST), Fsflags::MTIM)?;
        same(calls::fstat(file)?.st_mtim, FIRST)?;
        let stat = wish(Fdflags::empty(), rights, Rights::empty());
        let directory = calls::open(at(root), b".", Oflags::DIRECTORY, &stat)?;
        calls::fstat_put(directory, &times(0, SECOND), Fsflags::MTIM)?;
        same(calls::fstat(directory)?.st_mtim, SECOND)
    }),
    ("file_stat_fput/behaviour/size", |environment| {
        let (_, file) = fresh(environment)?;
        calls::seek(file, 6, Whence::SET)?;
        calls::fstat_put(file, &sized(3), Fsflags::SIZE)?;
        same(content(file)?, b"con")?;
        calls::fstat_put(file, &sized(5), Fsflags::SIZE)?;
        same(content(file)?, b"con\0\0")?;
        same(calls::seek(file, 0, Whence::CUR)?, 6)?;
        calls::fstat_put(file, &sized(1 << 32), Fsflags::SIZE)?;
        same(calls::fstat(file)?.st_size, 1 << 32)
    }),
    ("file_stat_fput/behaviour/size of shared memory", |_| {
        let memory = calls::create1(Filetype::SHARED_MEMORY)?;
        calls::fstat_put(memory, &sized(10_000), Fsflags::SIZE)?;
        same(calls::fstat(memory)?.st_size, 10_000)
    }),
    ("file_stat_fput/error/fbig", |environment| {
        let (_, file) = fresh(environment)?;
        match calls::fstat_put(file, &sized((1 << 63) - 1), Fsflags::SIZE) {
            // Some file systems have files of any size.
            Ok(()) => Ok(()),
            refused => fails(refused, Errno::FBIG),
        }
    }),
    ("file_stat_fput/error/inval", |environment| {
        let (_, file) = fresh(environment)?;
        fails(calls::fstat_put(file, &sized(0), Fsflags::empty()), Errno::INVAL)?;
        for other in [Fsflags::ATIM, Fsflags::ATIM_NOW, Fsflags::MTIM, Fsflags::MTIM_NOW] {
            fails(calls::fstat_put(file, &sized(0), Fsflags::SIZE | other), Errno::INVAL)?;
        }
        for size in [1 << 63, u64::MAX] {
            fails_with_one_of(
                calls::fstat_put(file, &sized(size), Fsflags::SIZE),
                &[Errno::INVAL, Errno::FBIG],
            )?;
        }
        same(calls::fstat(file)?.st_size, 7)
    }),
    ("file_allocate/behaviour/makes files longer", |environment| {
        let (_, file) = fresh(environment)?;
        calls::allocate(file, 3, 10)?;
        same(content(file)?, b"content\0\0\0\0\0\0")?;
        calls::allocate(file, 100, 1)?;
        same(calls::fstat(file)?.st_size, 101)
    }),
    ("file_allocate/behaviour/never makes them shorter", |environment| {
        let (_, file) = fresh(environment)?;
        calls::allocate(file, 0, 3)?;
        same(content(file)?, b"content")
    }),
    ("file_allocate/error/fbig", |environment| {
        let (_, file) = fresh(environment)?;
        let most = (1 << 63) - 1;
        fails(calls::allocate(file, most, 1), Errno::FBIG)?;
        fails(calls::allocate(file, 1, most), Errno::FBIG)?;
        fails(calls::allocate(file, most, most), Errno::FBIG)?;
        same(calls::fstat(file)?.st_size, 7)
    }),
    ("file_allocate/error/inval", |environment| {
        let (_, file) = fresh(environment)?;
        fails(calls::allocate(file, 0, 0), Errno::INVAL)?;
        fails_with_one_of(calls::allocate(file, 1 << 63, 1), &[Errno::INVAL])?;
        fails_with_one_of(calls::allocate(file, 0, 1 << 63), &[Errno::INVAL])
    }),
    ("file_advise/behaviour/changes nothing", |environment| {
        let (_, file) = fresh(environment)?;
        for advice in [
            Advice::DONTNEED,
            Advice::NOREUSE,
            Advice::NORMAL,
            Advice::RANDOM,
            Advice::SEQUENTIAL,
            Advice::WILLNEED,
        ] {
            for (offset, len) in [(0, 0), (0, 7), (3, 2), (100, 100), (0, (1 << 63) - 1), ((1 << 63) - 1, 0)]
            {
                calls::advise(file, offset, len, advice)?;
            }
        }
        same(content(file)?, b"content")
    }),
    ("file_advise/error/inval/far away", |environment| {
        let (_, file) = fresh(environment)?;
        fails(calls::advise(file, 1 << 63, 0, Advice::NORMAL), Errno::INVAL)?;
        fails(calls::advise(file, 0, 1 << 63, Advice::NORMAL), Errno::INVAL)?;
        fails(calls::advise(file, u64::MAX, u64::MAX, Advice::NORMAL), Errno::INVAL)
    }),
];

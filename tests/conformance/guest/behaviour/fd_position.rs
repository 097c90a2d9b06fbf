//! Positions.

use cloudabi_sys::{Errno, Fdflags, Rights, Whence};

use crate::calls;
use crate::environment::without;
use crate::report::{Test, fails, fails_with_one_of, same};

pub const TESTS: &[Test] = &[
    ("fd_seek/behaviour/counts from three places", |environment| {
        let file = environment.file(b"0123456789")?;
        same(calls::seek(file, 4, Whence::SET)?, 4)?;
        same(calls::seek(file, 3, Whence::CUR)?, 7)?;
        same(calls::seek(file, -5, Whence::CUR)?, 2)?;
        same(calls::seek(file, 0, Whence::CUR)?, 2)?;
        same(calls::seek(file, -1, Whence::END)?, 9)?;
        same(calls::seek(file, 0, Whence::END)?, 10)?;
        same(calls::seek(file, 0, Whence::SET)?, 0)
    }),
    ("fd_seek/behaviour/beyond the end", |environment| {
        let file = environment.file(b"0123456789")?;
        same(calls::seek(file, 90, Whence::END)?, 100)?;
        same(calls::fstat(file)?.st_size, 10)
    }),
    ("fd_seek/behaviour/duplicates move along", |environment| {
        let file = environment.file(b"0123456789")?;
        let copy = calls::dup(file)?;
        calls::seek(file, 4, Whence::SET)?;
        same(calls::seek(copy, 0, Whence::CUR)?, 4)
    }),
    ("fd_seek/behaviour/files that were opened twice have two positions", |environment| {
        let name = environment.fresh_name();
        let file = environment.file_in(environment.granted(), name.as_bytes(), b"0123456789")?;
        let rights = environment.file_rights();
        let other = environment.reopen(environment.granted(), name.as_bytes(), Fdflags::empty(), rights)?;
        calls::seek(file, 4, Whence::SET)?;
        same(calls::seek(other, 0, Whence::CUR)?, 0)
    }),
    ("fd_seek/behaviour/telling needs less than moving", |environment| {
        let file = environment.file(b"0123456789")?;
        let teller = without(file, Rights::FD_SEEK, Rights::empty())?;
        same(calls::seek(teller, 0, Whence::CUR)?, 0)?;
        fails(calls::seek(teller, 1, Whence::CUR), Errno::NOTCAPABLE)?;
        fails(calls::seek(teller, 0, Whence::SET), Errno::NOTCAPABLE)?;
        fails(calls::seek(teller, 0, Whence::END), Errno::NOTCAPABLE)?;
        let seeker = without(file, Rights::FD_TELL, Rights::empty())?;
        same(calls::seek(seeker, 0, Whence::CUR)?, 0)
    }),
    ("fd_seek/error/inval", |environment| {
        let file = environment.file(b"0123456789")?;
        calls::seek(file, 5, Whence::SET)?;
        fails(calls::seek(file, -1, Whence::SET), Errno::INVAL)?;
        fails(calls::seek(file, -6, Whence::CUR), Errno::INVAL)?;
        fails(calls::seek(file, -11, Whence::END), Errno::INVAL)?;
        fails(calls::seek(file, i64::MIN, Whence::END), Errno::INVAL)?;
        same(calls::seek(file, 0, Whence::CUR)?, 5)
    }),
    ("fd_seek/error/overflow", |environment| {
        let file = environment.file(b"0123456789")?;
        calls::seek(file, 5, Whence::SET)?;
        fails(calls::seek(file, i64::MAX, Whence::CUR), Errno::OVERFLOW)?;
        fails(calls::seek(file, i64::MAX, Whence::END), Errno::OVERFLOW)?;
        same(calls::seek(file, 0, Whence::CUR)?, 5)
    }),
    ("fd_seek/error/spipe", |environment| {
        let terminal = environment.given("terminal")?;
        fails_with_one_of(calls::seek(terminal, 0, Whence::CUR), &[Errno::SPIPE, Errno::NOTCAPABLE])?;
        fails_with_one_of(calls::seek(terminal, 1, Whence::SET), &[Errno::SPIPE, Errno::NOTCAPABLE])
    }),
];

//! Reading, writing, making data safe.

use alloc::format;
use alloc::vec;
use alloc::vec::Vec;

use cloudabi_sys::{Ciovec, Errno, Fdflags, Iovec, Whence};

use crate::calls;
use crate::environment::content;
use crate::report::{Outcome, Test, fails, fails_with_one_of, holds, same};

/// The first offset that no host accepts.
const TOO_FAR: u64 = 1 << 63;
/// An offset that hosts take, at which no file can have data.
const FAR: u64 = TOO_FAR - 4096;

pub const TESTS: &[Test] = &[
    ("fd_read/behaviour/reads from the position and moves it", |environment| {
        let file = environment.file(b"0123456789")?;
        let mut buffer = [0; 4];
        same(calls::read(file, &mut buffer)?, 4)?;
        same(&buffer, b"0123")?;
        same(calls::seek(file, 0, Whence::CUR)?, 4)?;
        same(calls::read(file, &mut buffer)?, 4)?;
        same(&buffer, b"4567")?;
        same(calls::read(file, &mut buffer)?, 2)?;
        same(&buffer, b"8967")?;
        same(calls::read(file, &mut buffer)?, 0)?;
        same(calls::seek(file, 0, Whence::CUR)?, 10)?;
        calls::seek(file, 100, Whence::SET)?;
        same(calls::read(file, &mut buffer)?, 0)
    }),
    ("fd_read/behaviour/fills one piece after the other", |environment| {
        let file = environment.file(b"0123456789")?;
        let (mut first, mut second) = ([0; 3], [0; 16]);
        same(calls::read_both(file, &mut first, &mut second)?, 10)?;
        same(&first, b"012")?;
        same(&second[..8], b"3456789\0".as_slice())
    }),
    ("fd_read/behaviour/empty pieces need no address", |environment| {
        let file = environment.file(b"0123456789")?;
        let mut buffer = [0; 4];
        let nothing = Iovec { buf: 8 as *mut _, buf_len: 0 };
        // SAFETY: the other piece is a live slice.
        same(unsafe { cloudabi_sys::fd_read(file, &[nothing, calls::into(&mut buffer), nothing]) }?, 4)?;
        same(&buffer, b"0123")?;
        // SAFETY: nothing is to be written.
        same(unsafe { cloudabi_sys::fd_read(file, &[nothing]) }?, 0)?;
        // SAFETY: nothing is to be written.
        same(unsafe { cloudabi_sys::fd_read(file, &[]) }?, 0)
    }),
    ("fd_read/behaviour/16 pieces", |environment| {
        let file = environment.file(b"0123456789abcdef")?;
        let mut buffer = [0; 16];
        let pieces: Vec<_> = buffer.chunks_mut(1).map(calls::into).collect();
        // SAFETY: the pieces are live slices.
        same(unsafe { cloudabi_sys::fd_read(file, &pieces) }?, 16)?;
        same(&buffer, b"0123456789abcdef")
    }),
    ("fd_read/behaviour/a large read", |environment| {
        let data: Vec<u8> = (0..1 << 18).map(|number: u32| (number % 251) as u8).collect();
        let file = environment.file(&data)?;
        let mut buffer = vec![0; 1 << 18];
        let mut used = 0;
        while used < buffer.len() {
            let count = calls::read(file, &mut buffer[used..])?;
            holds(count != 0, "the end comes at the end")?;
            used += count;
        }
        holds(buffer == data, "what is read is what was written")
    }),
    ("fd_read/error/inval", |environment| {
        let file = environment.file(b"content")?;
        lengths(|pieces| {
            // SAFETY: the pieces are not memory at all, and the call is to fail.
            unsafe { cloudabi_sys::fd_read(file, pieces) }
        })
    }),
    ("fd_pread/behaviour/reads anywhere and moves nothing", |environment| {
        let file = environment.file(b"0123456789")?;
        let mut buffer = [0; 4];
        same(calls::pread(file, &mut buffer, 3)?, 4)?;
        same(&buffer, b"3456")?;
        same(calls::pread(file, &mut buffer, 8)?, 2)?;
        same(&buffer, b"8956")?;
        same(calls::pread(file, &mut buffer, 10)?, 0)?;
        same(calls::pread(file, &mut buffer, FAR)?, 0)?;
        same(calls::seek(file, 0, Whence::CUR)?, 0)
    }),
    ("fd_pread/error/inval", |environment| {
        let file = environment.file(b"content")?;
        let mut buffer = [0; 4];
        fails(calls::pread(file, &mut buffer, TOO_FAR), Errno::INVAL)?;
        fails(calls::pread(file, &mut buffer, u64::MAX), Errno::INVAL)?;
        lengths(|pieces| {
            // SAFETY: the pieces are not memory at all, and the call is to fail.
            unsafe { cloudabi_sys::fd_pread(file, pieces, 0) }
        })
    }),
    ("fd_pread/error/spipe", |environment| {
        let terminal = environment.given("terminal")?;
        fails_with_one_of(calls::pread(terminal, &mut [0; 4], 0), &[Errno::SPIPE, Errno::NOTCAPABLE])
    }),
    ("fd_write/behaviour/writes at the position and moves it", |environment| {
        let file = environment.file(b"0123456789")?;
        same(calls::write(file, b"abc")?, 3)?;
        same(calls::write(file, b"de")?, 2)?;
        same(calls::seek(file, 0, Whence::CUR)?, 5)?;
        same(content(file)?, b"abcde56789")
    }),
    ("fd_write/behaviour/makes the file longer", |environment| {
        let file = environment.file(b"0123456789")?;
        calls::seek(file, 8, Whence::SET)?;
        same(calls::write_both(file, b"abc", b"def")?, 6)?;
        same(content(file)?, b"01234567abcdef")
    }),
    ("fd_write/behaviour/a gap reads as zeros", |environment| {
        let file = environment.file(b"01")?;
        calls::seek(file, 5, Whence::SET)?;
        same(calls::write(file, b"x")?, 1)?;
        same(content(file)?, b"01\0\0\0x")
    }),
    ("fd_write/behaviour/appends", |environment| {
        let name = environment.fresh_name();
        let first = environment.file_in(environment.granted(), name.as_bytes(), b"0123")?;
        let rights = environment.file_rights();
        let second = environment.reopen(environment.granted(), name.as_bytes(), Fdflags::APPEND, rights)?;
        same(calls::write(second, b"a")?, 1)?;
        calls::seek(first, 0, Whence::END)?;
        same(calls::write(first, b"bc")?, 2)?;
        same(calls::write(second, b"d")?, 1)?;
        same(content(first)?, b"0123abcd")
    }),
    ("fd_write/behaviour/nothing", |environment| {
        let file = environment.file(b"0123")?;
        same(calls::write(file, b"")?, 0)?;
        let nothing = Ciovec { buf: 8 as *const _, buf_len: 0 };
        // SAFETY: nothing is to be read.
        same(unsafe { cloudabi_sys::fd_write(file, &[nothing, calls::from(b"ab"), nothing]) }?, 2)?;
        same(content(file)?, b"ab23")
    }),
    ("fd_write/behaviour/a device that takes everything", |environment| {
        let null = environment.given("device")?;
        same(calls::write(null, b"0123")?, 4)?;
        same(calls::read(null, &mut [0; 4])?, 0)
    }),
    ("fd_write/error/fbig", |environment| {
        let file = environment.file(b"content")?;
        // The largest position that the host takes: where files cannot reach, some refuse to go.
        let far = (0..63).rev().fold(0, |far, bit| {
            let further = far + (1 << bit);
            if calls::seek(file, further, Whence::SET).is_ok() { further } else { far }
        });
        calls::seek(file, far, Whence::SET)?;
        fails(calls::write(file, b"x"), Errno::FBIG)
    }),
    ("fd_write/error/inval", |environment| {
        let file = environment.file(b"content")?;
        lengths(|pieces| {
            let pieces: Vec<_> =
                pieces.iter().map(|piece| Ciovec { buf: piece.buf, buf_len: piece.buf_len }).collect();
            // SAFETY: the pieces are not memory at all, and the call is to fail.
            unsafe { cloudabi_sys::fd_write(file, &pieces) }
        })
    }),
    ("fd_pwrite/behaviour/writes anywhere and moves nothing", |environment| {
        let file = environment.file(b"0123456789")?;
        same(calls::pwrite(file, b"ab", 4)?, 2)?;
        same(calls::pwrite(file, b"cd", 12)?, 2)?;
        same(calls::seek(file, 0, Whence::CUR)?, 0)?;
        same(content(file)?, b"0123ab6789\0\0cd")
    }),
    ("fd_pwrite/behaviour/appends whatever the offset", |environment| {
        let name = environment.fresh_name();
        let first = environment.file_in(environment.granted(), name.as_bytes(), b"0123")?;
        let rights = environment.file_rights();
        let second = environment.reopen(environment.granted(), name.as_bytes(), Fdflags::APPEND, rights)?;
        same(calls::pwrite(second, b"ab", 0)?, 2)?;
        same(content(first)?, b"0123ab")
    }),
    ("fd_pwrite/error/inval", |environment| {
        let file = environment.file(b"content")?;
        fails(calls::pwrite(file, b"x", TOO_FAR), Errno::INVAL)?;
        fails(calls::pwrite(file, b"x", u64::MAX), Errno::INVAL)?;
        lengths(|pieces| {
            let pieces: Vec<_> =
                pieces.iter().map(|piece| Ciovec { buf: piece.buf, buf_len: piece.buf_len }).collect();
            // SAFETY: the pieces are not memory at all, and the call is to fail.
            unsafe { cloudabi_sys::fd_pwrite(file, &pieces, 0) }
        })
    }),
    ("fd_pwrite/error/fbig", |environment| {
        let file = environment.file(b"content")?;
        fails(calls::pwrite(file, b"x", FAR), Errno::FBIG)
    }),
    ("fd_pwrite/error/spipe", |environment| {
        let terminal = environment.given("terminal")?;
        fails_with_one_of(calls::pwrite(terminal, b"", 0), &[Errno::SPIPE, Errno::NOTCAPABLE])
    }),
    ("fd_datasync/behaviour/succeeds", |environment| {
        let file = environment.file(b"content")?;
        Ok(calls::datasync(file)?)
    }),
    ("fd_sync/behaviour/succeeds for files and directories", |environment| {
        let file = environment.file(b"content")?;
        calls::sync(file)?;
        Ok(calls::sync(environment.granted())?)
    }),
    ("fd_datasync/error/inval", |environment| may_refuse(calls::datasync(environment.given("device")?))),
    ("fd_sync/error/inval", |environment| may_refuse(calls::sync(environment.given("device")?))),
];

/// Hosts may do nothing instead of failing.
fn may_refuse(result: Result<(), Errno>) -> Outcome {
    match result {
        Ok(()) => Ok(()),
        failed => fails(failed, Errno::INVAL),
    }
}

/// Lengths that add up to too much, and more pieces than any host takes.
fn lengths(call: impl Fn(&[Iovec]) -> Result<usize, Errno>) -> Outcome {
    let byte = 0u8;
    let piece = |buf_len| Iovec { buf: (&raw const byte).cast_mut().cast(), buf_len };
    // The memory is not there either, which may be noticed first.
    let errors = [Errno::INVAL, Errno::FAULT];
    let half = isize::MAX as usize;
    for pieces in [[piece(half + 1), piece(0)], [piece(half), piece(half)], [piece(usize::MAX), piece(2)]] {
        fails_with_one_of(call(&pieces), &errors)?;
    }
    let many = vec![piece(0); 1 << 17];
    let result = call(&many);
    match result {
        // A host without a limit does what it is asked: nothing.
        Ok(0) => Ok(()),
        Ok(count) => Err(crate::report::failed(format!("{count} bytes without room for one"))),
        failed => fails(failed, Errno::INVAL),
    }
}

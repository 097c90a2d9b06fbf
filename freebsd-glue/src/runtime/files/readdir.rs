//! `file_readdir`: getdirentries(2).
//!
//! A cookie is the position that FreeBSD gives to an entry (`d_off`), which is returned to with lseek(2). The position
//! belongs to the open directory, so going there and reading must not be torn apart by other threads. Other processes that
//! hold the same open directory are not kept from it.

use std::sync::{Mutex, PoisonError};

use cloudabi_host::errors::Call;
use cloudabi_host::memory::{GuestMemory as _, GuestSliceMut};
use cloudabi_host::records::Output;
use cloudabi_host::runtime::Runtime as _;
use cloudabi_host::types::{Dircookie, Errno, Inode};

use super::{Directory, number};
use crate::generated::dirent_type_from_host;
use crate::headers::DIRENT_HEAD as HEAD;
use crate::runtime::{Thread, last_error};

/// How much is taken from the kernel at once: more than the longest record.
const CHUNK: usize = 8192;

/// Held by whoever uses the position of a directory.
static POSITIONS: Mutex<()> = Mutex::new(());

unsafe extern "C" {
    /// getdirentries(2)
    fn getdirentries(fd: libc::c_int, buffer: *mut u8, size: usize, base: *mut libc::off_t) -> isize;
}

/// The kernel's records, aligned as it wants them.
#[repr(align(8))]
struct Records([u8; CHUNK]);

/// `file_readdir`
pub fn readdir(
    thread: &Thread,
    directory: Directory<'_>,
    buffer: GuestSliceMut<u8>,
    cookie: Dircookie,
) -> Result<u64, Errno> {
    let range = buffer.range();
    let length = usize::try_from(range.size()).unwrap_or(usize::MAX);
    if length == 0 {
        return Ok(0);
    }
    let mut done = 0;
    let mut put = |bytes: &[u8]| {
        let size = bytes.len() as u64;
        thread.memory().copy_out(range.part(done, size).ok_or(Errno::FAULT)?, bytes)?;
        done += size;
        Ok(())
    };
    let mut output = Output::new(length, &mut put);
    read(number(directory), cookie, &mut output)?;
    output.flush()?;
    Ok(output.sent() as u64)
}

fn read(fd: libc::c_int, cookie: Dircookie, output: &mut Output<'_>) -> Result<(), Errno> {
    let failed = || Call::READDIR.answer(last_error());
    // It guards nothing that a panic could leave half done.
    let _alone = POSITIONS.lock().unwrap_or_else(PoisonError::into_inner);
    // SAFETY: the call takes numbers only.
    if unsafe { libc::lseek(fd, cookie.0.cast_signed(), libc::SEEK_SET) } < 0 {
        return Err(failed());
    }
    let mut records = Records([0; CHUNK]);
    while !output.is_full() {
        // SAFETY: there is so much room, and nobody wants to know the position.
        let size = unsafe { getdirentries(fd, records.0.as_mut_ptr(), CHUNK, std::ptr::null_mut()) };
        let size = usize::try_from(size).map_err(|_| failed())?;
        if size == 0 {
            break;
        }
        let mut rest = &records.0[..size];
        while rest.len() >= HEAD && !output.is_full() {
            let (record, next) = entry(rest).ok_or(Errno::IO)?;
            if let Some((inode, position, kind, name)) = record {
                output.entry(Inode(inode), Dircookie(position), dirent_type_from_host(kind), name)?;
            }
            rest = next;
        }
    }
    Ok(())
}

/// Number, position of the next entry, type and name.
type Entry<'a> = (u64, u64, i32, &'a [u8]);

/// The first record, if it stands for an entry, and those behind it. `None` if the bytes make no sense.
fn entry(bytes: &[u8]) -> Option<(Option<Entry<'_>>, &[u8])> {
    let number = |at: usize| Some(u64::from_ne_bytes(bytes.get(at..at + 8)?.try_into().ok()?));
    let short = |at: usize| Some(usize::from(u16::from_ne_bytes(bytes.get(at..at + 2)?.try_into().ok()?)));
    let (inode, position, length, name) = (number(0)?, number(8)?, short(16)?, short(20)?);
    let name = bytes.get(HEAD..HEAD + name)?;
    let next = bytes.get(length.max(HEAD)..)?;
    let kind = i32::from(*bytes.get(18)?);
    Some(((inode != 0).then_some((inode, position, kind, name)), next))
}

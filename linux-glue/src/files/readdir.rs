//! `file_readdir`.
//!
//! A cookie is the position that Linux gives to an entry (`d_off`), which is returned to with `lseek`. The position
//! belongs to the open directory, and duplicates of a descriptor share it, so going there and reading must not be torn
//! apart. [`Positions`] sees to that within the process, by the directory's inode, which all descriptors that share a
//! position have in common. Against other processes that hold the same open directory no lock helps: then each call
//! opens the directory anew, and has a position to itself.

use super::Files;
use super::error::{Call, host};
use crate::generated::dirent_type_from_host;
use cloudabi_host::records::Output;
use cloudabi_host::types::{Dircookie, Errno, Inode};
use rustix::fd::{BorrowedFd, OwnedFd};
use rustix::fs::{Mode, OFlags, RawDir, SeekFrom, fstat, openat, seek};
use std::mem::MaybeUninit;
use std::sync::atomic::Ordering;
use std::sync::{Mutex, PoisonError};

/// How much is taken from the kernel and handed on at once. The longest record is far shorter.
const CHUNK: usize = 4096;

/// Locks for the positions of open directories.
#[derive(Debug, Default)]
pub(super) struct Positions([Mutex<()>; 16]);

impl Positions {
    /// Runs `read` while no other thread uses the position of a directory with this inode number.
    fn alone<T>(&self, inode: u64, read: impl FnOnce() -> T) -> T {
        let lock = &self.0[(inode % self.0.len() as u64) as usize];
        // It guards nothing that a panic could leave half done.
        let _guard = lock.lock().unwrap_or_else(PoisonError::into_inner);
        read()
    }
}

impl Files {
    /// `file_readdir`: reads entries of a directory from `cookie` on, until there are `length` bytes or no more.
    ///
    /// `put` gets them piece by piece, in order, and no more than `length` bytes in all. What it fails with is returned.
    ///
    /// # Errors
    /// As the definition lists them, without those of descriptor, rights and memory.
    pub fn readdir(
        &self,
        directory: BorrowedFd<'_>,
        cookie: Dircookie,
        length: usize,
        mut put: impl FnMut(&[u8]) -> Result<(), Errno>,
    ) -> Result<usize, Errno> {
        if length == 0 {
            return Ok(0);
        }
        let mut out = Output::new(length, &mut put);
        let result = if self.shared.load(Ordering::Relaxed)
            && let Ok(own) = open_anew(directory)
        {
            read_entries(own, cookie, length, &mut out)
        } else {
            let inode = fstat(directory).map_err(|error| Call::READDIR.answer(host(error)))?.st_ino;
            self.positions.alone(inode, || read_entries(directory, cookie, length, &mut out))
        };
        result.and_then(|()| out.flush())?;
        Ok(out.sent())
    }
}

/// Opens a directory once more. It fails where the permission to read it has been taken away since, for instance.
fn open_anew(directory: BorrowedFd<'_>) -> rustix::io::Result<OwnedFd> {
    openat(directory, c".", OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())
}

fn read_entries(
    directory: impl rustix::fd::AsFd,
    cookie: Dircookie,
    length: usize,
    out: &mut Output<'_>,
) -> Result<(), Errno> {
    let failed = |error| Call::READDIR.answer(host(error));
    seek(&directory, SeekFrom::Start(cookie.0)).map_err(failed)?;
    // Records of the kernel are at most a few bytes longer than those of the ABI.
    let mut room = [MaybeUninit::uninit(); CHUNK];
    let wanted = length.saturating_add(512).min(CHUNK);
    let mut entries = RawDir::new(&directory, &mut room[..wanted]);
    while !out.is_full() {
        match entries.next() {
            Some(entry) => {
                let entry = entry.map_err(failed)?;
                // `DTTOIF` of `dirent.h`, the other way round. The table has no number for what is unknown.
                let filetype = dirent_type_from_host((entry.file_type().as_raw_mode() >> 12).cast_signed());
                let next = Dircookie(entry.next_entry_cookie());
                out.entry(Inode(entry.ino()), next, filetype, entry.file_name().to_bytes())?;
            }
            None => break,
        }
    }
    Ok(())
}

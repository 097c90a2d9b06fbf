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
use cloudabi_host::memory::Plain as _;
use cloudabi_host::types::{Dircookie, Dirent, Errno, Inode};
use rustix::fd::{BorrowedFd, OwnedFd};
use rustix::fs::{Mode, OFlags, RawDir, RawDirEntry, SeekFrom, fstat, openat, seek};
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
        let mut out = Output { bytes: [0; CHUNK], filled: 0, sent: 0, length, put: &mut put };
        let result = if self.shared.load(Ordering::Relaxed)
            && let Ok(own) = open_anew(directory)
        {
            read_entries(own, cookie, &mut out)
        } else {
            let inode = fstat(directory).map_err(|error| Call::READDIR.answer(host(error)))?.st_ino;
            self.positions.alone(inode, || read_entries(directory, cookie, &mut out))
        };
        result.and_then(|()| out.flush())?;
        Ok(out.sent)
    }
}

/// Opens a directory once more. It fails where the permission to read it has been taken away since, for instance.
fn open_anew(directory: BorrowedFd<'_>) -> rustix::io::Result<OwnedFd> {
    openat(directory, c".", OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())
}

fn read_entries(
    directory: impl rustix::fd::AsFd,
    cookie: Dircookie,
    out: &mut Output<'_>,
) -> Result<(), Errno> {
    let failed = |error| Call::READDIR.answer(host(error));
    seek(&directory, SeekFrom::Start(cookie.0)).map_err(failed)?;
    // Records of the kernel are at most a few bytes longer than those of the ABI.
    let mut room = [MaybeUninit::uninit(); CHUNK];
    let wanted = out.length.saturating_add(512).min(CHUNK);
    let mut entries = RawDir::new(&directory, &mut room[..wanted]);
    while !out.is_full() {
        match entries.next() {
            Some(entry) => out.entry(&entry.map_err(failed)?)?,
            None => break,
        }
    }
    Ok(())
}

/// Collects records.
struct Output<'a> {
    bytes: [u8; CHUNK],
    /// How many of `bytes` wait to be sent.
    filled: usize,
    /// How many bytes were sent.
    sent: usize,
    /// How many there may be in all.
    length: usize,
    put: &'a mut dyn FnMut(&[u8]) -> Result<(), Errno>,
}

impl Output<'_> {
    fn is_full(&self) -> bool {
        self.sent + self.filled == self.length
    }

    fn entry(&mut self, entry: &RawDirEntry<'_>) -> Result<(), Errno> {
        let name = entry.file_name().to_bytes();
        let head = Dirent {
            d_next: Dircookie(entry.next_entry_cookie()),
            d_ino: Inode(entry.ino()),
            d_namlen: name.len() as u32,
            // `DTTOIF` of `dirent.h`, the other way round. The table has no number for what is unknown.
            d_type: dirent_type_from_host((entry.file_type().as_raw_mode() >> 12).cast_signed()),
            ..Dirent::ZERO
        };
        self.append(head.as_bytes())?;
        self.append(name)
    }

    /// Takes as much as there is room for.
    fn append(&mut self, mut bytes: &[u8]) -> Result<(), Errno> {
        bytes = &bytes[..bytes.len().min(self.length - self.sent - self.filled)];
        while !bytes.is_empty() {
            if self.filled == CHUNK {
                self.flush()?;
            }
            let (now, later) = bytes.split_at(bytes.len().min(CHUNK - self.filled));
            self.bytes[self.filled..][..now.len()].copy_from_slice(now);
            self.filled += now.len();
            bytes = later;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), Errno> {
        (self.put)(&self.bytes[..self.filled])?;
        self.sent += self.filled;
        self.filled = 0;
        Ok(())
    }
}

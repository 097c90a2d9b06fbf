//! Directory entries as `file_readdir` gives them: records one after the other, the last one cut where there is no more room.

use crate::memory::Plain as _;
use crate::types::{Dircookie, Dirent, Errno, Filetype, Inode};
use core::fmt;

/// How much is handed on at once.
const CHUNK: usize = 4096;

impl fmt::Debug for Output<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Output")
            .field("filled", &self.filled)
            .field("sent", &self.sent)
            .finish_non_exhaustive()
    }
}

/// Collects records, and hands them on in pieces.
pub struct Output<'a> {
    bytes: [u8; CHUNK],
    /// How many of `bytes` wait to be sent.
    filled: usize,
    /// How many bytes were sent.
    sent: usize,
    /// How many there may be in all.
    length: usize,
    put: &'a mut dyn FnMut(&[u8]) -> Result<(), Errno>,
}

impl<'a> Output<'a> {
    /// Nothing yet, and no more than `length` bytes in all. `put` gets them piece by piece, in order.
    pub fn new(length: usize, put: &'a mut dyn FnMut(&[u8]) -> Result<(), Errno>) -> Self {
        Output { bytes: [0; CHUNK], filled: 0, sent: 0, length, put }
    }

    /// How many bytes were handed on.
    pub fn sent(&self) -> usize {
        self.sent
    }

    /// Whether there are as many bytes as there may be.
    pub fn is_full(&self) -> bool {
        self.sent + self.filled == self.length
    }

    /// Takes an entry: its number, the cookie from which the next one is read, its type and its name.
    ///
    /// # Errors
    /// What `put` says.
    pub fn entry(
        &mut self,
        inode: Inode,
        next: Dircookie,
        filetype: Filetype,
        name: &[u8],
    ) -> Result<(), Errno> {
        let head = Dirent {
            d_next: next,
            d_ino: inode,
            d_namlen: name.len() as u32,
            d_type: filetype,
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

    /// Hands on what waits.
    ///
    /// # Errors
    /// What `put` says.
    pub fn flush(&mut self) -> Result<(), Errno> {
        (self.put)(&self.bytes[..self.filled])?;
        self.sent += self.filled;
        self.filled = 0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_cut_where_the_room_ends() {
        for length in [0, 1, 23, 24, 25, 30, 5000, 100_000] {
            let mut all = Vec::new();
            let mut put = |bytes: &[u8]| {
                assert!(bytes.len() <= CHUNK);
                all.extend_from_slice(bytes);
                Ok(())
            };
            let mut output = Output::new(length, &mut put);
            let mut count = 0;
            while !output.is_full() && count < 200 {
                output
                    .entry(Inode(7), Dircookie(count + 1), Filetype::DIRECTORY, b"some name")
                    .expect("room");
                count += 1;
            }
            output.flush().expect("room");
            let (sent, record) = (output.sent(), size_of::<Dirent>() + 9);
            assert_eq!(sent, length.min(record * count as usize));
            assert_eq!(all.len(), sent);
            for name in all.chunks_exact(record) {
                assert_eq!(name[size_of::<Dirent>()..], *b"some name");
            }
        }
    }

    #[test]
    fn what_cannot_be_handed_on_ends_it() {
        let mut put = |_: &[u8]| Err(Errno::FAULT);
        let mut output = Output::new(10, &mut put);
        output.entry(Inode(1), Dircookie(1), Filetype::REGULAR_FILE, b"a").expect("it waits");
        assert_eq!(output.flush(), Err(Errno::FAULT));
    }
}

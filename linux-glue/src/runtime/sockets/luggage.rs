//! What travels with descriptors: their rights, and what the kernel does not know of them.
//!
//! A message with descriptors carries one more behind them: sealed memory with a [`Label`] for each. The receiver takes
//! the least of what it says and of what the kernel shows, so that it need not be trusted: a descriptor without a label
//! has the rights that its kind and its way of being opened allow.
//!
//! All numbers are little-endian: [`MAGIC`], the number of labels and the length of the message in 4 bytes each, and then
//! 24 bytes for each label.

use std::os::fd::{AsFd, OwnedFd};

use cloudabi_host::descriptors::RightsPair;
use cloudabi_host::types::{Fdflags, Filetype, Rights};
use rustix::fs::{MemfdFlags, SealFlags};
use rustix::io;

use super::message::MOST_DESCRIPTORS;

/// How the memory begins. The last byte is the version of the format.
const MAGIC: [u8; 8] = *b"CldABIr\x01";

/// Size of what comes before the labels, in bytes.
const HEADER: usize = 16;

/// Size of a label in bytes.
const SIZE: usize = 24;

/// What the memory is sealed against: every change.
const SEALS: SealFlags =
    SealFlags::SEAL.union(SealFlags::SHRINK).union(SealFlags::GROW).union(SealFlags::WRITE);

/// What is said about one descriptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Label {
    /// Its rights.
    pub rights: RightsPair,
    /// Its type, as far as it was known.
    pub filetype: Option<Filetype>,
    /// The flags that it was opened with and that Linux cannot tell, if they are known.
    pub synchronising: Option<Fdflags>,
    /// Whether it consists of two of the kernel's descriptors, as a process does.
    pub two: bool,
    /// Whether its sender is in an empty world: then a directory leads nowhere else.
    pub confined: bool,
}

/// Marks what is known, in the byte behind the type.
const FILETYPE_KNOWN: u8 = 1;
const SYNCHRONISING_KNOWN: u8 = 2;
const TWO: u8 = 4;
const CONFINED: u8 = 8;

impl Label {
    fn to_bytes(self) -> [u8; SIZE] {
        let known = |known: bool, mark| if known { mark } else { 0 };
        let mut bytes = [0; SIZE];
        bytes[0] = self.filetype.map_or(0, |filetype| filetype.0);
        bytes[1] = known(self.filetype.is_some(), FILETYPE_KNOWN)
            | known(self.synchronising.is_some(), SYNCHRONISING_KNOWN)
            | known(self.two, TWO)
            | known(self.confined, CONFINED);
        bytes[2..4].copy_from_slice(&self.synchronising.map_or(0, |flags| flags.bits()).to_le_bytes());
        bytes[8..16].copy_from_slice(&self.rights.base.bits().to_le_bytes());
        bytes[16..].copy_from_slice(&self.rights.inheriting.bits().to_le_bytes());
        bytes
    }

    /// Whatever the bytes are: they come from another process.
    fn from_bytes(bytes: &[u8; SIZE]) -> Self {
        let rights = |at: usize| Rights::all().intersection(Rights::from_bits_retain(number(bytes, at)));
        let word = number(bytes, 0);
        let [filetype, known, flags @ ..] = (word as u32).to_le_bytes();
        Label {
            rights: RightsPair { base: rights(8), inheriting: rights(16) },
            filetype: (known & FILETYPE_KNOWN != 0).then_some(Filetype(filetype)),
            synchronising: (known & SYNCHRONISING_KNOWN != 0)
                .then_some(Fdflags::all().intersection(Fdflags::from_bits_retain(u16::from_le_bytes(flags)))),
            two: known & TWO != 0,
            confined: known & CONFINED != 0,
        }
    }
}

fn number(bytes: &[u8], at: usize) -> u64 {
    let mut word = [0; 8];
    word.copy_from_slice(&bytes[at..at + 8]);
    u64::from_le_bytes(word)
}

/// What comes with the descriptors of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Luggage {
    /// How many bytes the message has that they came with.
    pub length: u32,
    /// One for each.
    pub labels: Vec<Label>,
}

/// Writes labels into memory that goes with the descriptors, and the length of the message in bytes.
///
/// # Errors
/// Whatever memfd_create(2), write(2) and fcntl(2) answer.
pub fn pack(length: u32, labels: impl ExactSizeIterator<Item = Label>) -> io::Result<OwnedFd> {
    let mut bytes = Vec::with_capacity(HEADER + SIZE * labels.len());
    bytes.extend_from_slice(&MAGIC);
    bytes.extend_from_slice(&(labels.len() as u32).to_le_bytes());
    bytes.extend_from_slice(&length.to_le_bytes());
    labels.for_each(|label| bytes.extend_from_slice(&label.to_bytes()));
    let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
    let memory = rustix::fs::memfd_create(c"cloudabi-rights", flags)?;
    if rustix::io::pwrite(&memory, &bytes, 0)? != bytes.len() {
        return Err(io::Errno::NOSPC);
    }
    rustix::fs::fcntl_add_seals(&memory, SEALS)?;
    Ok(memory)
}

/// Reads labels, if that is what is in there, and if they are about as many of the kernel's descriptors as are expected.
pub fn unpack(memory: impl AsFd, expected: usize) -> Option<Luggage> {
    if !rustix::fs::fcntl_get_seals(&memory).is_ok_and(|seals| seals.contains(SEALS)) {
        return None;
    }
    // One byte more than there can be, so that too much is noticed.
    let mut bytes = vec![0; HEADER + SIZE * MOST_DESCRIPTORS + 1];
    let length = rustix::io::pread(&memory, &mut bytes[..], 0).ok()?;
    let (header, labels) = bytes.get(..length)?.split_at_checked(HEADER)?;
    let (labels, rest) = labels.as_chunks();
    let counts = number(header, 8);
    let (count, message) = (counts as u32, (counts >> 32) as u32);
    let fits = header.starts_with(&MAGIC) && rest.is_empty() && labels.len() as u32 == count;
    let labels: Vec<Label> = labels.iter().map(Label::from_bytes).collect();
    let belong = labels.iter().map(|label| 1 + usize::from(label.two)).sum::<usize>() == expected;
    (fits && belong).then_some(Luggage { length: message, labels })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LABELS: [Label; 3] = [
        Label {
            rights: RightsPair { base: Rights::FD_READ, inheriting: Rights::FD_WRITE },
            filetype: Some(Filetype::SHARED_MEMORY),
            synchronising: Some(Fdflags::RSYNC),
            two: false,
            confined: true,
        },
        Label { rights: RightsPair::ALL, filetype: None, synchronising: None, two: false, confined: false },
        Label {
            rights: RightsPair::NONE,
            filetype: Some(Filetype::PROCESS),
            synchronising: None,
            two: true,
            confined: false,
        },
    ];

    #[test]
    fn what_is_packed_can_be_unpacked() {
        let memory = pack(77, LABELS.into_iter()).expect("memory");
        assert_eq!(unpack(&memory, 4), Some(Luggage { length: 77, labels: LABELS.into() }));
        assert_eq!(unpack(&memory, 3), None);
        assert_eq!(unpack(&memory, 5), None);
        assert!(rustix::io::pwrite(&memory, b"x", 0).is_err());
    }

    #[test]
    fn anything_else_is_no_label() {
        let file = |bytes: &[u8], seals| {
            let memory = rustix::fs::memfd_create("x", MemfdFlags::ALLOW_SEALING).expect("memory");
            rustix::io::pwrite(&memory, bytes, 0).expect("writing works");
            rustix::fs::fcntl_add_seals(&memory, seals).expect("sealing works");
            memory
        };
        let good = [&MAGIC[..], &1u64.to_le_bytes(), &LABELS[1].to_bytes()].concat();
        assert_eq!(unpack(file(&good, SEALS), 1), Some(Luggage { length: 0, labels: vec![LABELS[1]] }));
        assert_eq!(unpack(file(&good, SealFlags::empty()), 1), None);
        for bad in [&b""[..], &good[..8], &good[..good.len() - 1], &[&good[..], b"x"].concat(), &[1; 40]] {
            for expected in [0, 1] {
                assert_eq!(unpack(file(bad, SEALS), expected), None, "{bad:?}");
            }
        }
        let undefined = [&MAGIC[..], &1u64.to_le_bytes(), &[0xff; SIZE]].concat();
        let labels = unpack(file(&undefined, SEALS), 2).expect("a label").labels;
        assert_eq!(labels[0].rights, RightsPair::ALL);
        assert_eq!(labels[0].synchronising, Some(Fdflags::all()));
        let (_, pipe) = rustix::pipe::pipe().expect("a pipe");
        assert_eq!(unpack(pipe, 0), None);
    }
}

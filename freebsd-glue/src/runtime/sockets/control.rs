//! Control messages with descriptors: `SCM_RIGHTS` of unix(4).

use std::os::fd::{FromRawFd, OwnedFd, RawFd};

use crate::headers::CONTROL_HEAD as HEADER;

/// How many descriptors one message carries here.
pub const MOST_DESCRIPTORS: usize = 253;

/// The words of a control message with as many descriptors as there can be.
const WORDS: usize = (HEADER + MOST_DESCRIPTORS * size_of::<RawFd>()).div_ceil(8);

/// A control message, or room for some.
pub struct Control {
    words: Vec<u64>,
}

impl Control {
    /// Room for as many descriptors as there can be.
    pub fn room() -> Control {
        Control { words: vec![0; WORDS] }
    }

    /// A message with these descriptors; nothing if there are none.
    pub fn with(descriptors: &[RawFd]) -> Control {
        let size = HEADER + size_of_val(descriptors);
        if descriptors.is_empty() {
            return Control { words: Vec::new() };
        }
        let mut bytes = Vec::with_capacity(size.next_multiple_of(8));
        bytes.extend_from_slice(&(size as u32).to_ne_bytes());
        bytes.extend_from_slice(&libc::SOL_SOCKET.to_ne_bytes());
        bytes.extend_from_slice(&libc::SCM_RIGHTS.to_ne_bytes());
        bytes.resize(HEADER, 0);
        descriptors.iter().for_each(|fd| bytes.extend_from_slice(&fd.to_ne_bytes()));
        bytes.resize(size.next_multiple_of(8), 0);
        Control { words: bytes.as_chunks().0.iter().map(|word| u64::from_ne_bytes(*word)).collect() }
    }

    /// The words, for the kernel to read or to fill.
    pub fn words(&mut self) -> &mut [u64] {
        &mut self.words
    }

    /// The descriptors of the messages in the first `size` bytes.
    ///
    /// # Safety
    /// The kernel has put them there, and they belong to nobody else.
    pub unsafe fn take(&self, size: usize) -> Vec<OwnedFd> {
        let bytes: Vec<u8> = self.words.iter().flat_map(|word| word.to_ne_bytes()).collect();
        let mut rest = bytes.get(..size).unwrap_or_default();
        let mut all = Vec::new();
        while let Some((&[a, b, c, d, ..], _)) = rest.split_first_chunk::<HEADER>() {
            let length = u32::from_ne_bytes([a, b, c, d]) as usize;
            let Some(content) = rest.get(HEADER..length) else { break };
            if rest[4..8] == libc::SOL_SOCKET.to_ne_bytes() && rest[8..12] == libc::SCM_RIGHTS.to_ne_bytes() {
                for number in content.as_chunks().0 {
                    // SAFETY: the caller vouches for the numbers.
                    all.push(unsafe { OwnedFd::from_raw_fd(RawFd::from_ne_bytes(*number)) });
                }
            }
            rest = rest.get(length.next_multiple_of(8)..).unwrap_or_default();
        }
        all
    }
}

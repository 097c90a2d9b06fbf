//! Paths that programs pass.

use crate::types::Errno;
use std::ffi::CStr;
use std::fmt;
use std::mem::MaybeUninit;

/// Number of bytes of the longest path on any system: `PATH_MAX` of Linux counts a NUL that programs do not pass. Where a
/// system takes less, it says so itself.
pub const LONGEST_PATH: usize = 4096 - 1;

/// A path in the host's memory: not empty, not too long, without NUL, and with one behind its end.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Path<'a>(&'a CStr);

impl<'a> Path<'a> {
    /// The path, as system calls take it.
    pub fn as_c_str(self) -> &'a CStr {
        self.0
    }

    /// The path, without the NUL.
    pub fn as_bytes(self) -> &'a [u8] {
        self.0.to_bytes()
    }
}

impl fmt::Debug for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Room for a path.
pub struct PathBuffer([MaybeUninit<u8>; LONGEST_PATH + 1]);

impl PathBuffer {
    /// Room, with nothing in it. Nothing is written to it yet, so it costs nothing.
    #[inline]
    pub const fn new() -> Self {
        PathBuffer([MaybeUninit::uninit(); LONGEST_PATH + 1])
    }

    /// Lets `copy` put a path of `length` bytes here, and checks it.
    ///
    /// # Errors
    /// [`Errno::NOENT`] for an empty path, [`Errno::NAMETOOLONG`] for one longer than [`LONGEST_PATH`], both without a
    /// call of `copy`; what `copy` returns; [`Errno::INVAL`] for a path that contains NUL.
    #[inline]
    pub fn read(
        &mut self,
        length: usize,
        copy: impl FnOnce(&mut [u8]) -> Result<(), Errno>,
    ) -> Result<Path<'_>, Errno> {
        if length == 0 {
            return Err(Errno::NOENT);
        }
        if length > LONGEST_PATH {
            return Err(Errno::NAMETOOLONG);
        }
        // For most paths a size that is known beforehand is enough, which takes no call.
        const USUAL: usize = 32;
        self.0[..USUAL].fill(MaybeUninit::new(0));
        if length >= USUAL {
            self.0[USUAL..=length].fill(MaybeUninit::new(0));
        }
        let room = &mut self.0[..=length];
        // SAFETY: all bytes of it were just written, and the borrow is that of `room`.
        let bytes = unsafe { &mut *(std::ptr::from_mut(room) as *mut [u8]) };
        copy(&mut bytes[..length])?;
        // Most paths are short, and this is quicker with these than the check of `CStr`.
        if bytes[..length].contains(&0) {
            return Err(Errno::INVAL);
        }
        // SAFETY: the last byte is zero, since it was not copied to, and no other is.
        Ok(Path(unsafe { CStr::from_bytes_with_nul_unchecked(bytes) }))
    }

    /// A path that is in the host's memory already.
    ///
    /// # Errors
    /// As for [`PathBuffer::read`].
    pub fn copy_of(&mut self, path: &[u8]) -> Result<Path<'_>, Errno> {
        self.read(path.len(), |to| {
            to.copy_from_slice(path);
            Ok(())
        })
    }
}

impl Default for PathBuffer {
    fn default() -> Self {
        PathBuffer::new()
    }
}

impl fmt::Debug for PathBuffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PathBuffer")
    }
}

/// What is to be looked up in which directory, when a system call takes a single component.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Split<'a> {
    /// The path of the directory, perhaps with slashes at its end. Empty: the one from which the path starts.
    pub parent: &'a [u8],
    /// The last component.
    pub name: &'a [u8],
    /// Whether `/` comes after it.
    pub slash: bool,
}

impl<'a> Path<'a> {
    /// Takes the last component off.
    ///
    /// # Errors
    /// [`Errno::NOTCAPABLE`] for a path that begins with `/`.
    pub fn split(self) -> Result<Split<'a>, Errno> {
        let bytes = self.as_bytes();
        if bytes.first() == Some(&b'/') {
            return Err(Errno::NOTCAPABLE);
        }
        let end = bytes.iter().rposition(|byte| *byte != b'/').map_or(0, |last| last + 1);
        let start = bytes[..end].iter().rposition(|byte| *byte == b'/').map_or(0, |slash| slash + 1);
        Ok(Split { parent: &bytes[..start], name: &bytes[start..end], slash: end < bytes.len() })
    }

    /// Whether it is a single component that is neither `.` nor `..`, without a slash.
    #[inline]
    pub fn is_plain_name(self) -> bool {
        let bytes = self.as_bytes();
        bytes != b"." && bytes != b".." && !bytes.contains(&b'/')
    }
}

//! `file_unlink`.

use super::Files;
use super::error::{Call, host};
use super::lookup::End;
use super::walk::Opened;
use crate::generated::ulflags_to_host;
use cloudabi_host::path::Follow;
use cloudabi_host::path::Path;
use cloudabi_host::types::{Errno, Ulflags};
use rustix::fd::BorrowedFd;
use rustix::fs::{AtFlags, unlinkat};
use rustix::io;

impl Files {
    /// `file_unlink`: removes a name, and what it names if that was the last one.
    ///
    /// # Errors
    /// As the definition lists them, without those of descriptor, rights and memory.
    pub fn unlink(&self, directory: BorrowedFd<'_>, path: Path<'_>, flags: Ulflags) -> Result<(), Errno> {
        self.remove(directory, path, flags).map_err(|error| Call::UNLINK.answer(error))
    }

    fn remove(&self, directory: BorrowedFd<'_>, path: Path<'_>, flags: Ulflags) -> Result<(), Errno> {
        let bits = ulflags_to_host(flags).map_err(|_| Errno::INVAL)?;
        let start = Opened::Given(directory);
        let target = self.find(&start, path, Follow::BeforeSlash)?;
        match &target.last {
            End::Name(name) => {
                // A slash stays, so that the kernel insists on a directory; it does not follow a link there.
                let flags = AtFlags::from_bits_retain(bits as u32);
                unlinkat(&target, &*name.with_slash(), flags).map_err(|error| match error {
                    io::Errno::ISDIR => Errno::PERM,
                    // Some file systems say so for a directory with entries.
                    io::Errno::EXIST => Errno::NOTEMPTY,
                    error => host(error),
                })
            }
            End::Dot => Err(Errno::INVAL),
            // What the path went through on its way is in there.
            End::DotDot if flags.contains(Ulflags::REMOVEDIR) => Err(Errno::NOTEMPTY),
            End::DotDot => Err(Errno::PERM),
        }
    }
}

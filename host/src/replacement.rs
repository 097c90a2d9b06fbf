//! What a program is replaced by: the arguments of `proc_exec`, looked at before anything is lost.

use crate::descriptors::{Guard, Object, Table};
use crate::image::{self, Image, ImageError, Machine, ReadAt};
use crate::memory::{GuestMemory, GuestSlice};
use crate::syscalls::NeededRights;
use crate::types::{Errno, Fd};

/// The value that a thread leaves a program with which was replaced by another one.
pub const REPLACED: u64 = 1;

/// The most argument data that is passed on, in bytes.
const MOST_ARGUMENT_DATA: u64 = 1 << 20;

/// Copies the argument data.
///
/// # Errors
/// [`Errno::_2BIG`] if there are too many, [`Errno::FAULT`] if they are not there.
pub fn argument_data(memory: &impl GuestMemory, data: GuestSlice<u8>) -> Result<Vec<u8>, Errno> {
    if data.len() > MOST_ARGUMENT_DATA {
        return Err(Errno::_2BIG);
    }
    let mut copy = vec![0; data.len() as usize];
    memory.copy_in(data.range(), &mut copy)?;
    Ok(copy)
}

/// The descriptors that the new program gets.
///
/// # Errors
/// [`Errno::MFILE`] if there are more than there can be, [`Errno::BADF`] if one is not open, [`Errno::FAULT`].
pub fn listed<O: Object>(
    memory: &impl GuestMemory,
    table: &'static Table<O>,
    fds: GuestSlice<Fd>,
) -> Result<Vec<Guard<'static, O>>, Errno> {
    if fds.len() > table.limit().into() {
        return Err(Errno::MFILE);
    }
    fds.iter(memory).map(|fd| table.look_up(fd?, NeededRights::NONE)).collect()
}

/// Reads and checks the executable, on a system with pages of this size.
///
/// # Errors
/// [`Errno::IO`] if it cannot be read, [`Errno::NOEXEC`] if it is for something else, [`Errno::INVAL`] if it makes no sense.
pub fn read(executable: &impl ReadAt, page_size: u64) -> Result<Image, Errno> {
    image::read(executable, Machine::HOST, page_size).map_err(|error| match error {
        ImageError::Read(_) => Errno::IO,
        ImageError::TooShort { .. }
        | ImageError::NotElf
        | ImageError::Endianness { .. }
        | ImageError::Version { .. }
        | ImageError::OsAbi { .. }
        | ImageError::Machine { .. }
        | ImageError::Class { .. }
        | ImageError::Type { .. }
        | ImageError::Interpreter { .. }
        | ImageError::Library { .. } => Errno::NOEXEC,
        _ => Errno::INVAL,
    })
}

/// What `proc_exec` answers where this is in the way of a program in order.
pub fn not_placed(error: Errno) -> Errno {
    match error {
        // Its file system is mounted so that nothing can be run from there.
        Errno::ACCES | Errno::PERM => Errno::ACCES,
        // The file was cut off while it was mapped.
        Errno::FAULT => Errno::IO,
        Errno::INVAL | Errno::NOEXEC => error,
        Errno::NODEV | Errno::NXIO | Errno::OVERFLOW => Errno::NOEXEC,
        _ => Errno::NOMEM,
    }
}

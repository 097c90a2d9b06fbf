//! What an address space needs of the operating system.

use std::io;

use super::Pages;
use crate::types::{Advice, Errno, Mflags, Mprot, Msflags};

/// The system calls on a program's pages. Errors are the system's, in the ABI's terms.
pub trait System {
    /// An open file, or shared memory.
    type File<'a>: Copy;

    /// What is kept for a system that limits how many mappings there are.
    type Spare: Spare;

    /// Size of a page in bytes.
    fn page_size() -> u64;

    /// Reserves a range of addresses that nothing is mapped at, and gives its beginning. It is taken as it is asked for,
    /// or not at all; 0 leaves the choice to the system. Nobody can access what is only reserved.
    ///
    /// # Errors
    /// Whatever the system says if the range is not free, or if there is no such range.
    fn reserve(address: u64, size: u64) -> io::Result<u64>;

    /// Makes pages a reservation again, whatever they were: in one step, so that they are never free for anybody else.
    ///
    /// # Errors
    /// The system's.
    ///
    /// # Safety
    /// The pages are the program's.
    unsafe fn unmap(pages: &Pages) -> Result<(), Errno>;

    /// Maps a file from a position in bytes, or fresh memory, in place of what is there. Pages that can be written can be
    /// read as well.
    ///
    /// # Errors
    /// The system's.
    ///
    /// # Safety
    /// The pages are the program's.
    unsafe fn map(
        pages: &Pages,
        prot: Mprot,
        flags: Mflags,
        file: Option<(Self::File<'_>, u64)>,
    ) -> Result<(), Errno>;

    /// Changes the protection of pages. Those that can be written can be read as well.
    ///
    /// # Errors
    /// The system's.
    ///
    /// # Safety
    /// The pages are the program's.
    unsafe fn protect(pages: &Pages, prot: Mprot) -> Result<(), Errno>;

    /// Writes pages of shared mappings to their files.
    ///
    /// # Errors
    /// The system's.
    fn sync(pages: &Pages, flags: Msflags) -> Result<(), Errno>;

    /// Tells the system how pages are going to be used.
    ///
    /// # Errors
    /// The system's.
    fn advise(pages: &Pages, advice: Advice) -> Result<(), Errno>;

    /// Whether something is known to be at each of these pages, mapped or reserved.
    fn is_whole(pages: &Pages) -> bool;
}

/// Mappings that are good for nothing but being given up when the system allows no more.
pub trait Spare: Default {
    /// Gives them up. Whether there were any.
    fn release(&mut self) -> bool;

    /// Makes them, if they are not there and that is possible.
    fn restore(&mut self);
}

/// For a system that takes pages back whatever is mapped.
#[derive(Debug, Default)]
pub struct NoSpare;

impl Spare for NoSpare {
    fn release(&mut self) -> bool {
        false
    }

    fn restore(&mut self) {}
}

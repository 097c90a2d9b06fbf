//! What a program finds in its memory when it starts: the auxiliary vector with everything that it points to, and the
//! first thread's control block. All of it is one block of bytes.

use crate::memory::{bytes_mut, bytes_of_slice};
use crate::types::{Auxtype, Auxv, AuxvUnion, Tcb, Tid};
use core::fmt;

/// What a block's address must be a multiple of.
pub const ALIGNMENT: u64 = 16;

/// Number of random bytes for stack canaries and seeds.
pub const CANARY_SIZE: usize = 64;

/// What a program is told at its start. Addresses are those in the program's memory.
#[derive(Clone, Copy, Debug)]
pub struct Block<'a> {
    /// The argument data.
    pub argument_data: &'a [u8],
    /// Random bytes, made for this program only.
    pub canary: [u8; CANARY_SIZE],
    /// What identifies the process; [`process_id`] makes it.
    pub process_id: [u8; 16],
    /// The number of the first thread.
    pub thread: Tid,
    /// Address of the host's [`crate::thread_block::ThreadBlock`] for the first thread, which the control block points
    /// to.
    pub thread_block: u64,
    /// What was added to the executable's addresses.
    pub base: u64,
    /// Address of the executable's program headers.
    pub program_headers: u64,
    /// Number of program headers.
    pub program_header_count: u64,
    /// Size of a page in bytes.
    pub page_size: u64,
    /// Number of processors.
    pub processors: u64,
    /// Address of the vDSO.
    pub vdso: u64,
}

/// A block's bytes for a certain address, and where in it the host has to point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// What has to be in the program's memory, writable, for as long as the program runs.
    pub bytes: Vec<u8>,
    /// Address of the auxiliary vector, which the program's entry point is given.
    pub auxv: u64,
    /// Address of the first thread's control block.
    pub control_block: u64,
}

/// A block cannot be at this address: it is no multiple of [`ALIGNMENT`], or the block would reach beyond the last
/// address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadAddress(pub u64);

impl fmt::Display for BadAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a program's start block cannot be at the address {:#x}", self.0)
    }
}

impl core::error::Error for BadAddress {}

/// Space for the control block: that much is the host's on aarch64, where the program's variables may follow.
const CONTROL_BLOCK_SIZE: usize = 16;
const _: () = assert!(size_of::<Tcb>() <= CONTROL_BLOCK_SIZE);

/// Number of entries of the vector, the last one included.
const ENTRIES: usize = 13;

// The parts of a block. Each is aligned as its type asks for.
const CONTROL_BLOCK: usize = 0;
const AUXV: usize = CONTROL_BLOCK + CONTROL_BLOCK_SIZE;
const PROCESS_ID: usize = AUXV + ENTRIES * size_of::<Auxv>();
const CANARY: usize = PROCESS_ID + 16;
const ARGUMENT_DATA: usize = CANARY + CANARY_SIZE;

impl Block<'_> {
    /// Size of the block in bytes: a multiple of [`ALIGNMENT`].
    pub fn size(&self) -> usize {
        (ARGUMENT_DATA + self.argument_data.len()).next_multiple_of(ALIGNMENT as usize)
    }

    /// The block for this address.
    ///
    /// # Errors
    /// [`BadAddress`]
    pub fn write(&self, address: u64) -> Result<Written, BadAddress> {
        let size = self.size();
        if !address.is_multiple_of(ALIGNMENT) || address.checked_add(size as u64).is_none() {
            return Err(BadAddress(address));
        }
        let at = |offset: usize| address + offset as u64;
        let mut control_block = Tcb { parent: self.thread_block };

        let mut bytes = Vec::with_capacity(size);
        bytes.extend_from_slice(bytes_mut(&mut control_block));
        bytes.resize(AUXV, 0);
        bytes.extend_from_slice(bytes_of_slice(&self.auxv(at)));
        bytes.extend_from_slice(&self.process_id);
        bytes.extend_from_slice(&self.canary);
        bytes.extend_from_slice(self.argument_data);
        bytes.resize(size, 0);
        Ok(Written { bytes, auxv: at(AUXV), control_block: at(CONTROL_BLOCK) })
    }

    /// The vector, where `at` tells the address of a part.
    fn auxv(&self, at: impl Fn(usize) -> u64) -> [Auxv; ENTRIES] {
        let number = |a_type, value| Auxv { a_type, union: AuxvUnion::from_a_val(value), ..Auxv::ZERO };
        let pointer = |a_type, address| Auxv { a_type, union: AuxvUnion::from_a_ptr(address), ..Auxv::ZERO };
        [
            pointer(Auxtype::BASE, self.base),
            pointer(Auxtype::PHDR, self.program_headers),
            number(Auxtype::PHNUM, self.program_header_count),
            number(Auxtype::PAGESZ, self.page_size),
            pointer(Auxtype::ARGDATA, at(ARGUMENT_DATA)),
            number(Auxtype::ARGDATALEN, self.argument_data.len() as u64),
            pointer(Auxtype::CANARY, at(CANARY)),
            number(Auxtype::CANARYLEN, CANARY_SIZE as u64),
            number(Auxtype::NCPUS, self.processors),
            number(Auxtype::TID, u64::from(self.thread.0)),
            pointer(Auxtype::SYSINFO_EHDR, self.vdso),
            pointer(Auxtype::PID, at(PROCESS_ID)),
            Auxv::ZERO,
        ]
    }
}

/// How a new thread begins on a stack that the program brought: its control block stands at the upper end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ThreadStack {
    /// Address of the control block, a multiple of [`ALIGNMENT`].
    pub control_block: u64,
    /// The address just above what is left for the thread, a multiple of [`ALIGNMENT`].
    pub top: u64,
}

/// The smallest stack, in bytes: for the control block, alignment, and the first call's return address.
const SMALLEST_STACK: u64 = 64;

impl ThreadStack {
    /// For a stack of this size whose lowest address this is; `None` if no thread could start there.
    pub const fn new(bottom: u64, size: u64) -> Option<ThreadStack> {
        if size < SMALLEST_STACK {
            return None;
        }
        let Some(end) = bottom.checked_add(size) else { return None };
        let control_block = (end - CONTROL_BLOCK_SIZE as u64) & !(ALIGNMENT - 1);
        Some(ThreadStack { control_block, top: control_block })
    }
}

/// A process's identity from random bytes: a UUID of version 4 (RFC 9562, section 5.4).
pub const fn process_id(mut random: [u8; 16]) -> [u8; 16] {
    random[6] = random[6] & 0x0f | 0x40;
    random[8] = random[8] & 0x3f | 0x80;
    random
}

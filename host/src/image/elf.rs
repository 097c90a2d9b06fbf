//! The format: the header of an ELF file and its program headers, as the System V ABI's chapters "Object Files" and
//! "Program Loading" define them, for 64-bit little-endian files.

use super::source::Source;
use super::{ImageError, Machine, OS_ABI, ReadAt};
use crate::types::Mprot;

/// The size of `Elf64_Ehdr`.
pub(super) const FILE_HEADER_SIZE: usize = 64;
/// The size of `Elf64_Phdr`.
pub(super) const PROGRAM_HEADER_SIZE: usize = 56;

const CLASS_64: u8 = 2;
const LITTLE_ENDIAN: u8 = 1;
const CURRENT_VERSION: u32 = 1;
/// `ET_DYN`: shared objects, and programs that can be placed anywhere.
const TYPE_DYNAMIC: u16 = 3;

/// The values of `p_type` that loading depends on.
pub(super) mod segment_type {
    pub const LOAD: u32 = 1;
    pub const DYNAMIC: u32 = 2;
    pub const INTERPRETER: u32 = 3;
    pub const PROGRAM_HEADERS: u32 = 6;
    pub const THREAD_LOCAL_STORAGE: u32 = 7;
}

/// What is used of a file's header once it has been checked.
pub(super) struct FileHeader {
    pub entry: u64,
    pub program_header_offset: u64,
    pub program_header_count: u16,
}

impl FileHeader {
    /// Reads and checks it.
    pub fn read(source: &Source<'_, impl ReadAt + ?Sized>, machine: Machine) -> Result<Self, ImageError> {
        if source.size < FILE_HEADER_SIZE as u64 {
            return Err(ImageError::TooShort { size: source.size });
        }
        let header = Fields(&source.bytes(0, FILE_HEADER_SIZE)?);
        if !header.0.starts_with(b"\x7fELF") {
            return Err(ImageError::NotElf);
        }
        // What is wrong with most files comes first: they are another system's, or another machine's.
        let [class, endianness, version, os_abi] = header.bytes(4);
        if endianness != LITTLE_ENDIAN {
            return Err(ImageError::Endianness { endianness });
        }
        if u32::from(version) != CURRENT_VERSION {
            return Err(ImageError::Version { version: version.into() });
        }
        if os_abi != OS_ABI {
            return Err(ImageError::OsAbi { os_abi });
        }
        let found = header.u16(18);
        if found != machine.number() {
            return Err(ImageError::Machine { machine: found, host: machine });
        }
        if class != CLASS_64 {
            return Err(ImageError::Class { class });
        }
        let version = header.u32(20);
        if version != CURRENT_VERSION {
            return Err(ImageError::Version { version });
        }
        let file_type = header.u16(16);
        if file_type != TYPE_DYNAMIC {
            return Err(ImageError::Type { file_type });
        }
        let size = header.u16(52);
        if usize::from(size) != FILE_HEADER_SIZE {
            return Err(ImageError::HeaderSize { size });
        }
        let size = header.u16(54);
        if usize::from(size) != PROGRAM_HEADER_SIZE {
            return Err(ImageError::ProgramHeaderSize { size });
        }
        Ok(FileHeader {
            entry: header.u64(24),
            program_header_offset: header.u64(32),
            program_header_count: header.u16(56),
        })
    }
}

/// A program header.
#[derive(Clone, Copy)]
pub(super) struct ProgramHeader {
    pub segment_type: u32,
    pub flags: u32,
    pub offset: u64,
    pub address: u64,
    pub file_size: u64,
    pub memory_size: u64,
    pub alignment: u64,
}

impl ProgramHeader {
    /// Takes one apart.
    pub fn parse(bytes: &[u8; PROGRAM_HEADER_SIZE]) -> Self {
        let fields = Fields(bytes);
        ProgramHeader {
            segment_type: fields.u32(0),
            flags: fields.u32(4),
            offset: fields.u64(8),
            address: fields.u64(16),
            // 24 is the physical address, which means nothing to programs.
            file_size: fields.u64(32),
            memory_size: fields.u64(40),
            alignment: fields.u64(48),
        }
    }

    /// `p_flags` as memory protection: `PF_X`, `PF_W`, `PF_R`. Other bits belong to processors and systems.
    pub fn protection(&self) -> Mprot {
        [(1, Mprot::EXEC), (2, Mprot::WRITE), (4, Mprot::READ)]
            .into_iter()
            .filter(|(flag, _)| self.flags & flag != 0)
            .fold(Mprot::empty(), |protection, (_, flag)| protection.union(flag))
    }
}

/// A structure in a file. Offsets are constants that lie in it.
pub(super) struct Fields<'a>(pub &'a [u8]);

impl Fields<'_> {
    fn bytes<const N: usize>(&self, offset: usize) -> [u8; N] {
        std::array::from_fn(|index| self.0[offset + index])
    }

    fn u16(&self, offset: usize) -> u16 {
        u16::from_le_bytes(self.bytes(offset))
    }

    fn u32(&self, offset: usize) -> u32 {
        u32::from_le_bytes(self.bytes(offset))
    }

    pub fn u64(&self, offset: usize) -> u64 {
        u64::from_le_bytes(self.bytes(offset))
    }
}

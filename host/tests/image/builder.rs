//! Executables made by hand: the good ones, and those that have been doctored.

use cloudabi_host::image::{Machine, OS_ABI};

pub const LOAD: u32 = 1;
pub const DYNAMIC: u32 = 2;
pub const PROGRAM_HEADERS: u32 = 6;
pub const THREAD_LOCAL_STORAGE: u32 = 7;
pub const STACK: u32 = 0x6474_e551;
pub const RELOCATION_READ_ONLY: u32 = 0x6474_e552;

pub const X: u32 = 1;
pub const W: u32 = 2;
pub const R: u32 = 4;

pub const FILE_HEADER_SIZE: usize = 64;
pub const PROGRAM_HEADER_SIZE: usize = 56;

/// A program header.
#[derive(Clone, Copy, Debug)]
pub struct Header {
    pub segment_type: u32,
    pub flags: u32,
    pub offset: u64,
    pub address: u64,
    pub file_size: u64,
    pub memory_size: u64,
    pub alignment: u64,
}

/// A segment whose address is its offset, and all of whose bytes come from the file.
pub fn load(flags: u32, offset: u64, size: u64) -> Header {
    let (segment_type, alignment) = (LOAD, 1);
    Header { segment_type, flags, offset, address: offset, file_size: size, memory_size: size, alignment }
}

/// An executable, field by field.
#[derive(Clone, Debug)]
pub struct Executable {
    pub identification: [u8; 16],
    pub file_type: u16,
    pub machine: u16,
    pub version: u32,
    pub entry: u64,
    pub program_header_offset: u64,
    pub header_size: u16,
    pub program_header_size: u16,
    /// If it is not what it should be.
    pub program_header_count: Option<u16>,
    pub headers: Vec<Header>,
    /// How long the file is. What does not fit is cut off.
    pub length: usize,
    /// What else stands where.
    pub contents: Vec<(usize, Vec<u8>)>,
}

impl Executable {
    /// An executable of these segments that begins with its first executable one.
    pub fn of(headers: Vec<Header>) -> Self {
        let mut identification = [0; 16];
        identification[..8].copy_from_slice(&[0x7f, b'E', b'L', b'F', 2, 1, 1, OS_ABI]);
        let loaded = || headers.iter().filter(|header| header.segment_type == LOAD && header.memory_size > 0);
        let entry = loaded().find(|header| header.flags & X != 0).map(|header| header.address);
        let length = loaded().map(|header| header.offset + header.file_size).max().unwrap_or_default();
        let headers_end = FILE_HEADER_SIZE + headers.len() * PROGRAM_HEADER_SIZE;
        Executable {
            identification,
            file_type: 3,
            machine: Machine::X86_64.number(),
            version: 1,
            entry: entry.unwrap_or_default(),
            program_header_offset: FILE_HEADER_SIZE as u64,
            header_size: FILE_HEADER_SIZE as u16,
            program_header_size: PROGRAM_HEADER_SIZE as u16,
            program_header_count: None,
            headers,
            length: headers_end.max(length as usize),
            contents: Vec::new(),
        }
    }

    /// What linkers make: headers and constants, code, variables (some of them zero), and everything that goes with
    /// that.
    pub fn ordinary(page_size: u64) -> Self {
        let constants = 0x280_u64.next_multiple_of(page_size) - 0x18;
        let code = constants.next_multiple_of(page_size);
        let variables = code + 2 * page_size;
        let mut headers = vec![
            Header { segment_type: PROGRAM_HEADERS, ..load(R, 64, 8 * 56) },
            Header { alignment: page_size, ..load(R, 0, constants) },
            Header { alignment: page_size, ..load(R | X, code, page_size + 20) },
            Header {
                alignment: page_size,
                memory_size: 3 * page_size + 30,
                ..load(R | W, variables, page_size + 40)
            },
            Header { segment_type: DYNAMIC, ..load(R | W, variables, 32) },
            Header { segment_type: THREAD_LOCAL_STORAGE, ..load(R, variables + 32, 8) },
            Header { segment_type: RELOCATION_READ_ONLY, ..load(R, variables, page_size) },
            Header { segment_type: STACK, ..load(R | W, 0, 0) },
        ];
        headers[5].memory_size = 24;
        let mut executable = Self::of(headers);
        executable.entry = code + 12;
        executable.dynamic(variables as usize, &[(24, 0), (0, 0)]);
        executable
    }

    /// The smallest that can be: one segment, which is the whole file.
    pub fn tiny() -> Self {
        let mut executable = Self::of(vec![load(R | X, 0, 130)]);
        executable.entry = 120;
        executable
    }

    /// Entries of the dynamic section.
    pub fn dynamic(&mut self, offset: usize, entries: &[(u64, u64)]) {
        let bytes = entries.iter().flat_map(|(tag, value)| [tag.to_le_bytes(), value.to_le_bytes()]);
        self.contents.push((offset, bytes.flatten().collect()));
    }

    /// The file.
    pub fn build(&self) -> Vec<u8> {
        // No zero, so that nothing is right by chance, and no period that divides a page.
        let mut file: Vec<u8> = (0..self.length).map(|index| (index % 251 + 1) as u8).collect();
        let mut write = |offset: usize, bytes: &[u8]| {
            let room = file.get_mut(offset..).unwrap_or_default();
            let length = room.len().min(bytes.len());
            room[..length].copy_from_slice(&bytes[..length]);
        };
        for (offset, bytes) in &self.contents {
            write(*offset, bytes);
        }
        for (index, header) in self.headers.iter().enumerate() {
            let offset = self.program_header_offset.saturating_add((index * PROGRAM_HEADER_SIZE) as u64);
            write(offset as usize, &header.bytes());
        }
        write(0, &self.header_bytes());
        file
    }

    fn header_bytes(&self) -> Vec<u8> {
        let count = self.program_header_count.unwrap_or(self.headers.len() as u16);
        let mut bytes = self.identification.to_vec();
        bytes.extend(self.file_type.to_le_bytes());
        bytes.extend(self.machine.to_le_bytes());
        bytes.extend(self.version.to_le_bytes());
        bytes.extend(self.entry.to_le_bytes());
        bytes.extend(self.program_header_offset.to_le_bytes());
        bytes.extend([0; 12]); // Section headers, flags.
        bytes.extend(self.header_size.to_le_bytes());
        bytes.extend(self.program_header_size.to_le_bytes());
        bytes.extend(count.to_le_bytes());
        bytes.extend([0; 6]); // Section headers.
        bytes
    }
}

impl Header {
    fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.segment_type.to_le_bytes().to_vec();
        bytes.extend(self.flags.to_le_bytes());
        let words =
            [self.offset, self.address, self.address, self.file_size, self.memory_size, self.alignment];
        bytes.extend(words.iter().flat_map(|word| word.to_le_bytes()));
        bytes
    }
}

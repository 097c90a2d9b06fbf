//! A small program that hosts take, and ways to spoil it.

/// Where code is.
pub const CODE: u64 = 0x1000;
/// Where data is.
pub const DATA: u64 = 0x2000;
/// How many bytes of data come before the dynamic section.
const VARIABLES: usize = 64;

const PAGE: usize = 0x1000;

/// What an ELF file is made of. Numbers are those of the ELF specification.
#[derive(Clone, Debug)]
pub struct Program {
    /// `EI_CLASS`, `EI_DATA`, `EI_VERSION`, `EI_OSABI`
    pub ident: [u8; 4],
    /// `e_type`
    pub file_type: u16,
    /// `e_machine`
    pub machine: u16,
    /// `e_entry`
    pub entry: u64,
    /// `p_flags` of code and data.
    pub flags: [u32; 2],
    pub code: Vec<u8>,
    /// Where relocations change something, and their types.
    pub relocations: Vec<(u64, u32)>,
    /// Names of libraries.
    pub libraries: Vec<&'static str>,
    /// More entries of the dynamic section.
    pub dynamic: Vec<(u64, u64)>,
    /// More program headers, each with its type, flags and contents.
    pub headers: Vec<(u32, u32, Vec<u8>)>,
    /// Whether there are program headers that load something.
    pub loaded: bool,
}

impl Program {
    /// One that is as it should be, for x86-64.
    pub fn x86_64() -> Self {
        Program {
            ident: [2, 1, 1, 17],
            file_type: 3,
            machine: 62,
            entry: CODE,
            flags: [5, 6],
            // ud2
            code: vec![0x0f, 0x0b],
            relocations: vec![(DATA, 8), (DATA + 8, 8)],
            libraries: Vec::new(),
            dynamic: Vec::new(),
            headers: vec![(0x6474_e551, 6, Vec::new())],
            loaded: true,
        }
    }

    /// The same for aarch64.
    pub fn aarch64() -> Self {
        let relocations = vec![(DATA, 1027)];
        // udf #0
        Program { machine: 183, code: vec![0, 0, 0, 0], relocations, ..Program::x86_64() }
    }

    /// The file.
    pub fn bytes(&self) -> Vec<u8> {
        let mut data = vec![0u8; VARIABLES];
        let names: Vec<u8> = self.libraries.iter().fold(vec![0], |mut names, name| {
            names.extend(name.as_bytes());
            names.push(0);
            names
        });
        let mut dynamic: Vec<(u64, u64)> = Vec::new();
        let mut offset = 1;
        for library in &self.libraries {
            dynamic.push((1, offset));
            offset += library.len() as u64 + 1;
        }
        dynamic.extend(&self.dynamic);
        let dynamic_size = 16 * (dynamic.len() + 6);
        let relocations = DATA + (VARIABLES + dynamic_size) as u64;
        let relocations_size = 24 * self.relocations.len() as u64;
        dynamic.extend([
            (5, relocations + relocations_size),
            (10, names.len() as u64),
            (7, relocations),
            (8, relocations_size),
            (9, 24),
            (0, 0),
        ]);
        let dynamic_offset = data.len();
        dynamic.iter().for_each(|(tag, value)| {
            data.extend(tag.to_le_bytes());
            data.extend(value.to_le_bytes());
        });
        for (place, kind) in &self.relocations {
            data.extend(place.to_le_bytes());
            data.extend(u64::from(*kind).to_le_bytes());
            data.extend(0u64.to_le_bytes());
        }
        data.extend(names);

        // Type, flags, address (the same as the offset), size.
        let mut table: Vec<(u32, u32, u64, u64)> = Vec::new();
        let mut extra: Vec<u8> = Vec::new();
        for (kind, flags, contents) in &self.headers {
            table.push((*kind, *flags, DATA + (data.len() + extra.len()) as u64, contents.len() as u64));
            extra.extend(contents);
        }
        data.extend(extra);
        if self.loaded {
            let headers = 64 + 56 * (table.len() as u64 + 4);
            table.insert(0, (1, 4, 0, headers));
            table.insert(1, (1, self.flags[0], CODE, self.code.len() as u64));
            table.insert(2, (1, self.flags[1], DATA, data.len() as u64));
        }
        table.push((2, 6, DATA + dynamic_offset as u64, dynamic_size as u64));

        let mut file = vec![0x7f, b'E', b'L', b'F'];
        file.extend(self.ident);
        file.extend([0; 8]);
        file.extend(self.file_type.to_le_bytes());
        file.extend(self.machine.to_le_bytes());
        file.extend(1u32.to_le_bytes());
        file.extend(self.entry.to_le_bytes());
        file.extend(64u64.to_le_bytes());
        file.extend(0u64.to_le_bytes());
        file.extend(0u32.to_le_bytes());
        for half in [64, 56, table.len() as u16, 64, 0, 0] {
            file.extend(half.to_le_bytes());
        }
        for (kind, flags, address, size) in table {
            file.extend(kind.to_le_bytes());
            file.extend(flags.to_le_bytes());
            for word in [address, address, address, size, size, if kind == 1 { PAGE as u64 } else { 8 }] {
                file.extend(word.to_le_bytes());
            }
        }
        assert!(file.len() <= PAGE && self.code.len() <= PAGE);
        file.resize(PAGE, 0);
        file.extend(&self.code);
        file.resize(2 * PAGE, 0);
        file.extend(data);
        file
    }
}

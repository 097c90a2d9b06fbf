//! Builds vDSO images in memory.

/// What an image holds.
#[derive(Clone, Debug)]
pub struct Plan {
    /// 32 or 64.
    pub bits: u32,
    /// Names and offsets of the symbols; an offset of `None` makes it undefined.
    pub symbols: Vec<(String, Option<u32>)>,
}

/// An image and where its parts are.
#[derive(Clone, Debug)]
pub struct Built {
    pub bytes: Vec<u8>,
    /// Offset of the dynamic table.
    pub dynamic: usize,
    /// Offset of the hash table.
    pub hash: usize,
    /// Offset of the symbol table.
    pub symbols: usize,
}

impl Plan {
    /// A plan with these symbols.
    pub fn new(bits: u32, symbols: &[(&str, Option<u32>)]) -> Self {
        Plan { bits, symbols: symbols.iter().map(|(name, at)| (name.to_string(), *at)).collect() }
    }

    /// Lays the image out: header, program headers, dynamic table, hash, strings, symbols, one page at least.
    pub fn build(&self) -> Built {
        let wide = self.bits == 64;
        let (header, program, word, entry) = if wide { (64, 56, 8, 24) } else { (52, 32, 4, 16) };
        let dynamic = header + 2 * program;
        let hash = dynamic + 4 * 2 * word;
        let strings_at = hash + 4 * (2 + 1 + self.symbols.len() + 1);
        let mut strings = vec![0u8];
        let mut names = Vec::new();
        for (name, _) in &self.symbols {
            names.push(strings.len());
            strings.extend(name.bytes());
            strings.push(0);
        }
        let symbols = (strings_at + strings.len()).next_multiple_of(8);
        let length = (symbols + entry * (self.symbols.len() + 1)).max(4096);

        let mut image = Writer { bytes: vec![0; length], wide };
        let class = if wide { 2 } else { 1 };
        image.bytes[..8].copy_from_slice(&[0x7f, b'E', b'L', b'F', class, 1, 1, 17]);
        image.word(if wide { 32 } else { 28 }, header);
        let counts = if wide { 52 } else { 40 };
        image.u16(counts, header);
        image.u16(counts + 2, program);
        image.u16(counts + 4, 2);
        for (index, (kind, address, size)) in [(1, 0, length), (2, dynamic, 8 * word)].into_iter().enumerate()
        {
            let at = header + index * program;
            image.u32(at, kind);
            image.word(at + if wide { 16 } else { 8 }, address);
            image.word(at + if wide { 40 } else { 20 }, size);
        }
        for (index, (tag, value)) in
            [(4, hash), (5, strings_at), (6, symbols), (0, 0)].into_iter().enumerate()
        {
            image.word(dynamic + index * 2 * word, tag);
            image.word(dynamic + index * 2 * word + word, value);
        }
        image.u32(hash, 1);
        image.u32(hash + 4, self.symbols.len() + 1);
        image.bytes[strings_at..strings_at + strings.len()].copy_from_slice(&strings);
        for (index, (name, (_, offset))) in names.iter().zip(&self.symbols).enumerate() {
            let at = symbols + (index + 1) * entry;
            image.u32(at, *name);
            image.word(at + if wide { 8 } else { 4 }, offset.unwrap_or(0) as usize);
            image.u16(at + if wide { 6 } else { 14 }, usize::from(offset.is_some()));
        }
        Built { bytes: image.bytes, dynamic, hash, symbols }
    }
}

struct Writer {
    bytes: Vec<u8>,
    wide: bool,
}

impl Writer {
    fn u16(&mut self, at: usize, value: usize) {
        self.bytes[at..at + 2].copy_from_slice(&(value as u16).to_le_bytes());
    }

    fn u32(&mut self, at: usize, value: usize) {
        self.bytes[at..at + 4].copy_from_slice(&(value as u32).to_le_bytes());
    }

    fn word(&mut self, at: usize, value: usize) {
        match self.wide {
            true => self.bytes[at..at + 8].copy_from_slice(&(value as u64).to_le_bytes()),
            false => self.u32(at, value),
        }
    }
}

//! Numbers at offsets in an image, and where ELF puts things for each word size.

/// An image's bytes. Every read is checked against their number.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bytes<'a>(pub &'a [u8]);

impl<'a> Bytes<'a> {
    fn array<const N: usize>(self, offset: usize) -> Option<[u8; N]> {
        self.0.get(offset..)?.first_chunk().copied()
    }

    pub(super) fn u16(self, offset: usize) -> Option<u16> {
        self.array(offset).map(u16::from_le_bytes)
    }

    pub(super) fn u32(self, offset: usize) -> Option<u32> {
        self.array(offset).map(u32::from_le_bytes)
    }

    /// A number as wide as the image's pointers.
    pub(super) fn word(self, class: Class, offset: usize) -> Option<u64> {
        match class {
            Class::W32 => self.u32(offset).map(u64::from),
            Class::W64 => self.array(offset).map(u64::from_le_bytes),
        }
    }

    /// The bytes up to the next zero, which must be there.
    pub(super) fn string(self, offset: usize) -> Option<&'a [u8]> {
        let rest = self.0.get(offset..)?;
        let end = rest.iter().position(|byte| *byte == 0)?;
        rest.get(..end)
    }
}

/// Word size of an image; with it go the offsets that differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    W32,
    W64,
}

impl Class {
    /// That of this program.
    pub(super) const NATIVE: Class = if cfg!(target_pointer_width = "32") { Class::W32 } else { Class::W64 };

    /// The class of a little-endian ELF file.
    pub(super) fn of(bytes: Bytes<'_>) -> Option<Self> {
        match bytes.0 {
            [0x7f, b'E', b'L', b'F', 1, 1, ..] => Some(Class::W32),
            [0x7f, b'E', b'L', b'F', 2, 1, ..] => Some(Class::W64),
            _ => None,
        }
    }

    #[inline(always)]
    fn pick(self, w32: usize, w64: usize) -> usize {
        match self {
            Class::W32 => w32,
            Class::W64 => w64,
        }
    }

    pub(super) fn word(self) -> usize {
        self.pick(4, 8)
    }

    /// `e_phoff`
    pub(super) fn header_table(self) -> usize {
        self.pick(28, 32)
    }

    /// `e_phentsize`
    pub(super) fn header_size(self) -> usize {
        self.pick(42, 54)
    }

    /// `e_phnum`
    pub(super) fn header_count(self) -> usize {
        self.pick(44, 56)
    }

    /// `p_vaddr`
    pub(super) fn header_address(self) -> usize {
        self.pick(8, 16)
    }

    /// `p_memsz`
    pub(super) fn header_memory_size(self) -> usize {
        self.pick(20, 40)
    }

    /// Size of a symbol table entry.
    pub(super) fn symbol_size(self) -> usize {
        self.pick(16, 24)
    }

    /// `st_value`
    pub(super) fn symbol_value(self) -> usize {
        self.pick(4, 8)
    }

    /// `st_shndx`
    pub(super) fn symbol_section(self) -> usize {
        self.pick(14, 6)
    }
}

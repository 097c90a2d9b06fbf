//! Archives in the format that kernels unpack their first files from: "newc" of cpio(5).

/// What begins each entry.
const MAGIC: &[u8] = b"070701";

/// The name of the entry behind the last one.
const END: &str = "TRAILER!!!";

/// An archive under construction.
#[derive(Default)]
pub struct Archive {
    bytes: Vec<u8>,
    entries: u32,
}

impl Archive {
    /// Adds a directory. Those that it is in have to be there before.
    pub fn directory(&mut self, name: &str) {
        self.entry(name, 0o040_755, (0, 0), &[]);
    }

    /// Adds a file that everybody can read, and execute if it is a program.
    pub fn file(&mut self, name: &str, is_program: bool, content: &[u8]) {
        let mode = if is_program { 0o100_755 } else { 0o100_644 };
        self.entry(name, mode, (0, 0), content);
    }

    /// Adds a symbolic link.
    pub fn link(&mut self, name: &str, target: &str) {
        self.entry(name, 0o120_777, (0, 0), target.as_bytes());
    }

    /// Adds a character device by its two numbers.
    pub fn device(&mut self, name: &str, numbers: (u32, u32)) {
        self.entry(name, 0o020_600, numbers, &[]);
    }

    /// The whole archive.
    pub fn finish(mut self) -> Vec<u8> {
        self.entry(END, 0, (0, 0), &[]);
        self.bytes
    }

    fn entry(&mut self, name: &str, mode: u32, device: (u32, u32), content: &[u8]) {
        self.entries += 1;
        let size = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
        // Inode, mode, owner and group, links, time, size, the device it is on, the device that it is, the name's size
        // with its end, and a sum that this format leaves 0.
        let fields = [
            self.entries,
            mode,
            0,
            0,
            1,
            0,
            size(content.len()),
            0,
            0,
            device.0,
            device.1,
            size(name.len() + 1),
            0,
        ];
        self.bytes.extend_from_slice(MAGIC);
        for field in fields {
            self.bytes.extend_from_slice(format!("{field:08x}").as_bytes());
        }
        self.bytes.extend_from_slice(name.as_bytes());
        self.bytes.push(0);
        self.align();
        self.bytes.extend_from_slice(content);
        self.align();
    }

    fn align(&mut self) {
        self.bytes.resize(self.bytes.len().next_multiple_of(4), 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_laid_out_as_the_format_says() {
        let mut archive = Archive::default();
        archive.file("bin/x", true, b"hello");
        archive.device("dev/console", (5, 1));
        let bytes = archive.finish();
        let fields = [0x1, 0x81ed, 0, 0, 1, 0, 5, 0, 0, 0, 0, 6, 0];
        let header = fields.iter().map(|field| format!("{field:08x}")).collect::<String>();
        assert_eq!(bytes[..110], [MAGIC, header.as_bytes()].concat());
        // Name and content end at multiples of four bytes.
        assert_eq!(&bytes[110..124], b"bin/x\0hello\0\0\0");
        let second = &bytes[124..];
        assert!(second.starts_with(MAGIC) && second[110..].starts_with(b"dev/console\0"));
        assert_eq!(&second[6 + 8 * 9..6 + 8 * 11], b"0000000500000001");
        assert!(bytes.windows(END.len()).any(|window| window == END.as_bytes()));
    }
}

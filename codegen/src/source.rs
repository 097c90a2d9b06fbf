//! The text of a definition's files, and places in it.

/// The files of a definition, as text.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// The files, in alphabetical order of their names.
    pub files: Vec<SourceFile>,
}

/// One file of a definition.
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// Path relative to the definition's folder, with `/`: `fd.yaml`, `hosts/linux.yaml`.
    pub name: String,
    /// Path as messages show it, such as `abi/fd.yaml`.
    pub shown: String,
    /// Its contents.
    pub text: String,
}

impl Sources {
    /// These files, put in order.
    pub fn new(mut files: Vec<SourceFile>) -> Self {
        files.sort_by(|a, b| a.name.cmp(&b.name));
        Sources { files }
    }
}

impl SourceFile {
    /// Line and column, both counted from 1, the column in characters, of a byte offset in the text.
    pub fn position(&self, offset: usize) -> (usize, usize) {
        let offset = offset.min(self.text.len());
        let before = &self.text.as_bytes()[..offset];
        let line_start = before.iter().rposition(|&b| b == b'\n').map_or(0, |newline| newline + 1);
        let line = before.iter().filter(|&&b| b == b'\n').count() + 1;
        // Counts the bytes that begin a character, so that an offset inside one does no harm.
        let column = before[line_start..].iter().filter(|&&b| b & 0xc0 != 0x80).count() + 1;
        (line, column)
    }
}

/// A stretch of text in one of the files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// Index in [`Sources::files`].
    pub file: u32,
    /// Offset in bytes where it starts.
    pub start: u32,
    /// Offset in bytes where it ends.
    pub end: u32,
}

impl Span {
    /// The stretch between two byte offsets of a file.
    pub fn new(file: usize, start: usize, end: usize) -> Self {
        Span { file: file as u32, start: start as u32, end: end.max(start) as u32 }
    }

    /// The text that it covers; empty if it is none of these files'.
    pub fn text(self, sources: &Sources) -> &str {
        let file = sources.files.get(self.file as usize);
        file.and_then(|file| file.text.get(self.start as usize..self.end as usize)).unwrap_or_default()
    }
}

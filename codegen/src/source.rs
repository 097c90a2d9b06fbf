//! The text of a definition's files.

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

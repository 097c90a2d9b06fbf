//! Emitters: each turns the model into the files of one product.
//!
//! An emitter is a unit struct in a file of its own that implements [`Emitter`] and stands in [`ALL`].
//! It is pure: the same model gives the same files, and nothing outside the model is consulted.

use crate::model::Model;

pub mod c;
pub mod contract;
pub mod decoders;
pub mod docs;
pub mod freebsd;
pub mod host_tables;
pub mod json;
pub mod linux;
pub mod matrix;
pub mod rust;
pub mod rust_host;
pub mod rust_sys;
pub mod schema;
pub mod text;
pub mod vdso;

/// A product.
pub trait Emitter: Sync {
    /// The name that `--only` takes: `c-headers`, `vdso`, …
    fn name(&self) -> &'static str;

    /// What it makes, in one line, for `--list`.
    fn summary(&self) -> &'static str;

    /// The folder of this repository that its files live in, with `/`: `generated/c`.
    fn home(&self) -> &'static str;

    /// Makes the files.
    fn emit(&self, model: &Model) -> Vec<OutputFile>;
}

/// A generated file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputFile {
    /// Path relative to the product's folder, with `/`.
    pub path: String,
    /// Contents, ending in a newline.
    pub contents: String,
}

impl OutputFile {
    /// A file with these contents.
    pub fn new(path: impl Into<String>, contents: impl Into<String>) -> Self {
        OutputFile { path: path.into(), contents: contents.into() }
    }
}

/// All products, in the order in which they are listed and emitted.
pub const ALL: &[&dyn Emitter] = &[
    &c::CHeaders,
    &vdso::Vdso,
    &freebsd::Freebsd,
    &linux::Linux,
    &rust_sys::RustSys,
    &rust_host::RustHost,
    &decoders::Decoders,
    &host_tables::LinuxTables,
    &host_tables::FreebsdTables,
    &host_tables::MacosTables,
    &json::Json,
    &schema::Schema,
    &docs::Docs,
    &matrix::Matrix,
];

/// The product of this name.
pub fn named(name: &str) -> Option<&'static dyn Emitter> {
    ALL.iter().copied().find(|e| e.name() == name)
}

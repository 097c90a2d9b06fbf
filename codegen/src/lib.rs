//! Turns a machine-readable system call ABI definition into everything that must agree with it.
//!
//! The way of a definition: [`source`] holds the text of its files → [`load`] reads them, resolves names,
//! checks every rule, lays out structures and gives a [`model::Model`], or all that is wrong as
//! [`diagnostic::Diagnostics`] → [`emit`] turns the model into files, and [`lock`] into the record of what
//! was published.
//!
//! **Invariant**: only [`command`] touches files. Everything else takes text and gives text, and knows
//! neither the clock nor the environment.
//!
//! ```
//! use cloudabi_codegen::{emit, load, source::{SourceFile, Sources}};
//!
//! let file = |name: &str, text: &str| SourceFile {
//!     name: name.into(),
//!     shown: name.into(),
//!     text: text.into(),
//! };
//! let sources = Sources {
//!     files: vec![
//!         file(
//!             "abi.yaml",
//!             "abi: {name: tiny, title: Tiny, version: '1.0', doc: An example., architectures: {\
//!              x86_64: {word_bits: 64, arguments: 6, results: 2, doc: PCs.}}}",
//!         ),
//!         file("time.yaml", "{subsystem: time, doc: Time., types: {\
//!              seconds: {kind: alias, repr: uint64, doc: A duration.}}}"),
//!     ],
//! };
//! let model = load::load(&sources).expect("a correct definition");
//! let headers = emit::named("c-headers").expect("a known product").emit(&model);
//! assert!(headers.iter().any(|f| f.contents.contains("typedef uint64_t tiny_seconds_t;")));
//! ```

pub mod command;
pub mod diagnostic;
pub mod emit;
pub mod load;
pub mod lock;
pub mod model;
mod parallel;
pub mod source;
pub mod synthetic;

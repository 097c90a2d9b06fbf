//! Rust products as crates that can be compiled.

use cloudabi_codegen::emit::rust::{Printer, Style, Words, support_file};
use cloudabi_codegen::emit::text::Text;
use cloudabi_codegen::emit::{self, OutputFile};
use cloudabi_codegen::load::load;
use cloudabi_codegen::model::{Model, TypeId};
use cloudabi_codegen::source::{SourceFile, Sources};
use cloudabi_test_support::{own_definition, read_definition, scratch, tool};
use std::path::Path;
use std::process::Command;

pub const STANDARD: &str = "";
pub const NO_STANDARD: &str = "#![no_std]\n";

/// A file or folder of this repository.
pub fn repository(path: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// The definition of this repository.
pub fn own_model() -> Model {
    let sources = own_definition().expect("the definition can be read");
    load(&sources).unwrap_or_else(|errors| panic!("{}", errors.render(&sources, false)))
}

/// The small definitions and the real one, with their names.
pub fn models() -> Vec<(String, Model)> {
    let mut models = vec![("own".to_string(), own_model())];
    for case in std::fs::read_dir(repository("codegen/tests/cases")).expect("cases") {
        let case = case.expect("a case").path();
        let sources = read_definition(&case.join("abi")).expect("a definition");
        let model = load(&sources).unwrap_or_else(|errors| panic!("{}", errors.render(&sources, false)));
        models.push((case.display().to_string(), model));
    }
    assert!(models.len() > 2, "the cases are there");
    models.push(("awkward.yaml".to_string(), awkward_model()));
    models
}

/// A definition without error numbers whose names and shapes are hard on Rust.
fn awkward_model() -> Model {
    let file =
        |name: &str, text: &str| SourceFile { name: name.into(), shown: name.into(), text: text.into() };
    let abi = "abi:\n  name: awkward\n  title: Awkward\n  version: \"1.0\"\n  doc: Hard on Rust.\n  architectures:\n    \
               x86_64: {word_bits: 64, arguments: 6, results: 2, doc: Any 64-bit PC.}\ntombstones: []\n";
    let sources = Sources::new(vec![file("abi.yaml", abi), file("table.yaml", include_str!("awkward.yaml"))]);
    load(&sources).unwrap_or_else(|errors| panic!("{}", errors.render(&sources, false)))
}

/// Files of a crate below its root, and what the root holds.
pub struct Crate {
    /// Text of the root.
    pub root: String,
    /// The other files.
    pub files: Vec<OutputFile>,
}

impl Crate {
    /// A crate with this product in the module `folder`.
    pub fn of(product: &str, folder: &str, model: &Model) -> Self {
        let emitter = emit::named(product).expect("a product");
        let files = emitter.emit(model).into_iter();
        let files =
            files.map(|file| OutputFile::new(format!("{folder}/{}", file.path), file.contents)).collect();
        Crate { root: String::new(), files }
    }

    /// What the compiler says against it; nothing if it compiles without a warning.
    pub fn complaint(&self, prelude: &str) -> Option<String> {
        let rustc = tool(&["rustc"], "rust products compile")?;
        let folder = scratch();
        for file in &self.files {
            folder.write(&file.path, &file.contents);
        }
        let root = folder.write("lib.rs", format!("{prelude}//! Under test.\n{}", self.root));
        let mut command: Command = rustc.command();
        command.args([
            "--edition=2024",
            "--crate-type=lib",
            "--emit=metadata",
            "-Dwarnings",
            "-Wmissing-docs",
        ]);
        let output =
            command.arg("--out-dir").arg(folder.path()).arg(root).output().expect("the compiler runs");
        (!output.status.success()).then(|| String::from_utf8_lossy(&output.stderr).into_owned())
    }

    #[track_caller]
    pub fn compiles(&self, name: &str) {
        for prelude in [STANDARD, NO_STANDARD] {
            if let Some(complaint) = self.complaint(prelude) {
                panic!("{name}: {complaint}");
            }
        }
    }
}

/// The raw bindings as a crate.
pub fn bindings(model: &Model) -> Crate {
    Crate { root: "pub mod generated;\n".into(), ..Crate::of("rust-sys", "generated", model) }
}

/// Types as a 64-bit host has them for programs of this word size.
pub fn host_types(model: &Model, bits: u32) -> Crate {
    let pointer: fn(bool, &str) -> String = match bits {
        32 => |_, _| "u32".into(),
        _ => |_, _| "u64".into(),
    };
    let size = if bits == 32 { "u32" } else { "u64" };
    let style = Style { words: Words::Fixed(bits), size, pointer: Some(pointer), ..Style::PROGRAM };
    let printer = Printer::new(model, style);
    let mut text = Text::new("    ");
    text.line("//! Types.");
    text.line("#[allow(unused_imports)]");
    text.line("use super::*;");
    for id in 0..model.types.len() {
        printer.declare(&mut text, TypeId(id));
    }
    let root = "#[macro_use]\nmod support;\nmod types;\npub use support::Plain;\npub use types::*;\n";
    Crate { root: root.into(), files: vec![support_file(model), OutputFile::new("types.rs", text.finish())] }
}

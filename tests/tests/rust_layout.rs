//! Rust products compile with and without the standard library, for every small definition and for the real one,
//! and the types in them are laid out as the published ABI says.
//!
//! For 32-bit programs the layout is that of the types which 64-bit hosts use for such programs. Whether the
//! bindings are laid out alike when compiled for a 32-bit machine is asserted by the bindings themselves, whenever
//! someone compiles them there; the compiler's own library for such a machine is not to be had here.

use cloudabi_codegen::emit::rust::{Printer, Style, Words, support_file};
use cloudabi_codegen::emit::text::{Text, camel, upper};
use cloudabi_codegen::emit::{self, OutputFile};
use cloudabi_codegen::load::load;
use cloudabi_codegen::model::{Model, TypeId};
use cloudabi_test_support::{own_definition, read_definition, scratch, tool};
use serde_json::Value;
use std::path::Path;
use std::process::Command;

const STANDARD: &str = "";
const NO_STANDARD: &str = "#![no_std]\n";

/// A file or folder of this repository.
fn repository(path: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

fn own_model() -> Model {
    let sources = own_definition().expect("the definition can be read");
    load(&sources).unwrap_or_else(|errors| panic!("{}", errors.render(&sources, false)))
}

/// The small definitions and the real one, with their names.
fn models() -> Vec<(String, Model)> {
    let mut models = vec![("own".to_string(), own_model())];
    for case in std::fs::read_dir(repository("codegen/tests/cases")).expect("cases") {
        let case = case.expect("a case").path();
        let sources = read_definition(&case.join("abi")).expect("a definition");
        let model = load(&sources).unwrap_or_else(|errors| panic!("{}", errors.render(&sources, false)));
        models.push((case.display().to_string(), model));
    }
    assert!(models.len() > 2, "the cases are there");
    models
}

/// Files of a crate below its root, and what the root holds.
struct Crate {
    root: String,
    files: Vec<OutputFile>,
}

impl Crate {
    /// A crate with this product in the module `folder`.
    fn of(product: &str, folder: &str, model: &Model) -> Self {
        let emitter = emit::named(product).expect("a product");
        let files = emitter.emit(model).into_iter();
        let files =
            files.map(|file| OutputFile::new(format!("{folder}/{}", file.path), file.contents)).collect();
        Crate { root: String::new(), files }
    }

    /// What the compiler says against it; nothing if it compiles without a warning.
    fn complaint(&self, prelude: &str) -> Option<String> {
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
    fn compiles(&self, name: &str) {
        for prelude in [STANDARD, NO_STANDARD] {
            if let Some(complaint) = self.complaint(prelude) {
                panic!("{name}: {complaint}");
            }
        }
    }
}

/// The raw bindings as a crate.
fn bindings(model: &Model) -> Crate {
    Crate { root: "pub mod generated;\n".into(), ..Crate::of("rust-sys", "generated", model) }
}

/// Types as a 64-bit host has them for programs of this word size.
fn host_types(model: &Model, bits: u32) -> Crate {
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
    Crate { root: root.into(), files: vec![support_file(), OutputFile::new("types.rs", text.finish())] }
}

#[test]
fn bindings_of_every_definition_compile() {
    for (name, model) in models() {
        bindings(&model).compiles(&name);
    }
}

#[test]
fn host_types_of_every_definition_compile_for_both_word_sizes() {
    for (name, model) in models() {
        for bits in [32, 64] {
            host_types(&model, bits).compiles(&name);
        }
    }
}

#[test]
fn decoders_of_every_definition_compile() {
    for (name, model) in models() {
        let mut tables = Crate::of("rust-decoders", "decode/generated", &model);
        for entry in std::fs::read_dir(repository("host/src/decode")).expect("the interpreter") {
            let path = entry.expect("an entry").path();
            if path.is_file() {
                let file = path.file_name().expect("a name").to_string_lossy().into_owned();
                let text = std::fs::read_to_string(&path).expect("text");
                tables.files.push(OutputFile::new(format!("decode/{file}"), text));
            }
        }
        tables.root = "pub mod decode;\n".into();
        tables.compiles(&name);
    }
}

/// Assertions, in Rust, that the types in the module `types` are as published.
fn published(types: &str, bits: u32) -> String {
    let text = std::fs::read_to_string(repository("tests/facts/cloudabi-abi-facts.json")).expect("the facts");
    let facts: Value = serde_json::from_str(&text).expect("JSON");
    let mut lines = Vec::new();
    for (name, ty) in facts["types"].as_object().expect("types") {
        let rust = format!("{types}::{}", camel(name));
        match ty["kind"].as_str().expect("a kind") {
            "struct" => structure(&mut lines, types, name, ty, bits),
            "function" => {}
            kind => {
                let repr = ty["repr"].as_str().expect("a representation");
                let width: u32 = repr.trim_start_matches(char::is_alphabetic).parse().expect("a width");
                lines.push(format!("size_of::<{rust}>() == {}", width / 8));
                for (value, number) in ty["values"].as_object().into_iter().flatten() {
                    assert_ne!(kind, "alias");
                    let digit = value.starts_with(|c: char| c.is_ascii_digit());
                    let constant = if digit { format!("_{}", upper(value)) } else { upper(value) };
                    lines.push(format!("{rust}::{constant}.0 == {number}"));
                }
            }
        }
    }
    let asserts: Vec<String> = lines.iter().map(|line| format!("    assert!({line});\n")).collect();
    assert!(asserts.len() > 300, "the facts are there");
    format!("const _: () = {{\n{}}};\n", asserts.concat())
}

fn structure(lines: &mut Vec<String>, types: &str, name: &str, ty: &Value, bits: u32) {
    let figure = |of: &Value, what: &str| of[format!("{what}{bits}")].as_u64().expect("a figure");
    let rust = format!("{types}::{}", camel(name));
    lines.push(format!("size_of::<{rust}>() == {}", figure(ty, "size")));
    lines.push(format!("align_of::<{rust}>() == {}", figure(ty, "align")));
    for member in ty["members"].as_array().expect("members") {
        let Some(arms) = member["arms"].as_array() else {
            let field = match member["name"].as_str().expect("a name") {
                "type" => "r#type",
                name => name,
            };
            lines.push(format!("core::mem::offset_of!({rust}, {field}) == {}", figure(member, "offset")));
            continue;
        };
        let start = figure(member, "offset");
        lines.push(format!("core::mem::offset_of!({rust}, union) == {start}"));
        for arm in arms {
            let Some(arm_name) = arm["name"].as_str() else { continue };
            for field in arm["members"].as_array().expect("members") {
                let offset = figure(field, "offset") - start;
                let field = field["name"].as_str().expect("a name");
                lines.push(format!("core::mem::offset_of!({rust}{}, {field}) == {offset}", camel(arm_name)));
            }
        }
    }
}

#[test]
fn bindings_are_laid_out_as_published() {
    let mut bindings = bindings(&own_model());
    bindings.root.push_str(&published("generated", usize::BITS));
    bindings.compiles("own");
}

#[test]
fn host_types_are_laid_out_as_published_for_both_word_sizes() {
    let model = own_model();
    for bits in [32, 64] {
        let mut types = host_types(&model, bits);
        types.root.push_str(&published("types", bits));
        types.compiles("own");
    }
}

/// Checks that the bindings no longer compile after a change in one of their files, and why.
#[track_caller]
fn refused(file: &str, from: &str, to: &str, reason: &str) {
    if tool(&["rustc"], "rust products are refused").is_none() {
        return;
    }
    let mut bindings = bindings(&own_model());
    let found = bindings.files.iter_mut().find(|f| f.path == file).expect("the file");
    assert!(found.contents.contains(from), "{file} has {from}");
    found.contents = found.contents.replacen(from, to, 1);
    let complaint = bindings.complaint(NO_STANDARD).expect("it is refused");
    assert!(complaint.contains(reason), "{complaint}");
}

#[test]
fn a_wrong_offset_is_refused() {
    refused("generated/fd.rs", "fs_flags: Fdflags = 2;", "fs_flags: Fdflags = 4;", "assertion failed");
}

#[test]
fn a_wrong_size_is_refused() {
    refused("generated/file.rs", "Filestat: size 56,", "Filestat: size 64,", "assertion failed");
}

#[test]
fn a_forgotten_member_is_refused() {
    refused(
        "generated/fd.rs",
        "    fs_flags: Fdflags = 2;\n",
        "",
        "pattern requires",
    );
}

#[test]
fn padding_that_is_not_a_member_is_refused() {
    let field = "    pub _padding0: [u8; 1],\n";
    refused("generated/fd.rs", field, "", "_padding0");
}

#[test]
fn a_figure_that_was_not_published_is_refused() {
    if tool(&["rustc"], "rust products are refused").is_none() {
        return;
    }
    let mut bindings = bindings(&own_model());
    let published = published("generated", usize::BITS);
    assert!(published.contains("generated::Errno::NOTCAPABLE.0 == 76"));
    bindings.root.push_str(&published.replace("NOTCAPABLE.0 == 76", "NOTCAPABLE.0 == 77"));
    assert!(bindings.complaint(STANDARD).expect("it is refused").contains("NOTCAPABLE"));
}

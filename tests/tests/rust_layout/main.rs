//! Rust products compile with and without the standard library, for every small definition and for the real one,
//! and the types in them are laid out as the published ABI says.
//!
//! For 32-bit programs that is seen on the types which 64-bit hosts use for such programs. That the bindings
//! themselves are laid out alike when compiled for a 32-bit machine is asserted in the bindings, where whoever
//! compiles them there meets it; here there is no standard library for such a machine.

mod product;
mod published;

use cloudabi_codegen::emit::OutputFile;
use cloudabi_test_support::tool;
use product::{Crate, NO_STANDARD, STANDARD, bindings, host_types, models, own_model, repository};
use published::published;

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
    refused("generated/fd.rs", "    fs_flags: Fdflags = 2;\n", "", "pattern requires");
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

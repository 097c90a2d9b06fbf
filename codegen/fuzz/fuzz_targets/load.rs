//! The loader must neither panic nor hang, whatever stands in the files, and must be able to show what it found.
//!
//! Input: the text of three files (`abi.yaml`, a subsystem's, a host's), separated by lines with `=` only. Good seeds are
//! the files of the folder `abi`, and those of `codegen/tests/errors`.

#![no_main]

use cloudabi_codegen::load::load;
use cloudabi_codegen::source::{SourceFile, Sources};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let names = ["abi.yaml", "more.yaml", "hosts/linux.yaml"];
    let files = names.iter().zip(text.split("\n=\n")).map(|(name, text)| SourceFile {
        name: (*name).to_owned(),
        shown: (*name).to_owned(),
        text: text.to_owned(),
    });
    let sources = Sources::new(files.collect());
    if let Err(diagnostics) = load(&sources) {
        diagnostics.located(&sources);
        diagnostics.render(&sources, false);
    }
});

//! The definitions that these tests run on.

use cloudabi_codegen::command::load_definition;
use cloudabi_codegen::model::Model;
use std::path::Path;

/// The real one, and those with odd shapes: one for all architectures, one for 64-bit ones.
pub fn all() -> Vec<Model> {
    ["abi", "codegen/tests/cases/stubs/abi", "codegen/tests/cases/stubs64/abi"].map(read).into()
}

/// The definition in a folder of this repository.
///
/// # Panics
/// Where something is wrong with it, with what that is.
pub fn read(folder: &str) -> Model {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(folder);
    load_definition(&root).unwrap_or_else(|failure| panic!("{failure}"))
}

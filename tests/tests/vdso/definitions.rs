//! The definitions that these tests run on.

use cloudabi_codegen::load::load;
use cloudabi_codegen::model::Model;
use cloudabi_codegen::source::{SourceFile, Sources};
use std::path::{Path, PathBuf};

/// The real one, and those with odd shapes: one for all architectures, one for 64-bit ones.
pub fn all() -> Vec<Model> {
    ["abi", "codegen/tests/cases/stubs/abi", "codegen/tests/cases/stubs64/abi"].map(read).into()
}

/// The definition in a folder of this repository.
///
/// # Panics
/// Where something is wrong with it.
pub fn read(folder: &str) -> Model {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(folder);
    let mut files = Vec::new();
    collect(&root, &root, &mut files);
    match load(&Sources::new(files)) {
        Ok(model) => model,
        Err(_) => panic!("{folder} has errors: `cargo xtask gen --check` shows them"),
    }
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<SourceFile>) {
    let entries = std::fs::read_dir(folder).expect("the definition's folder");
    for path in entries.map(|entry| entry.expect("an entry").path()) {
        if path.is_dir() {
            collect(root, &path, files);
        } else if path.extension().is_some_and(|extension| extension == "yaml") {
            let name = path.strip_prefix(root).expect("inside the folder").to_string_lossy().into_owned();
            let text = std::fs::read_to_string(&path).expect("readable");
            files.push(SourceFile { shown: PathBuf::from(&path).display().to_string(), name, text });
        }
    }
}

//! Reading a definition's folder.
//!
//! The generator's library takes text and opens no files, so tests read the files here.

use std::io;
use std::path::{Path, PathBuf};

use cloudabi_codegen::source::{SourceFile, Sources};

/// The files of the definition in this folder: `*.yaml`, and those in `hosts` if there is such a folder. Messages
/// show them with the folder's own name in front.
pub fn read_definition(folder: &Path) -> io::Result<Sources> {
    let shown = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let mut files = Vec::new();
    for part in ["", "hosts/"] {
        let folder = folder.join(part);
        if !part.is_empty() && !folder.is_dir() {
            continue;
        }
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
            if path.is_file() && name.ends_with(".yaml") {
                let name = format!("{part}{name}");
                let text = std::fs::read_to_string(&path)?;
                files.push(SourceFile { shown: format!("{shown}/{name}"), name, text });
            }
        }
    }
    Ok(Sources::new(files))
}

/// This workspace's own definition: the folder `abi`, or the one that the variable `CLOUDABI_DEFINITION` names, for a user
/// who may not read the workspace.
pub fn own_definition() -> io::Result<Sources> {
    let folder = std::env::var_os("CLOUDABI_DEFINITION").map(PathBuf::from);
    read_definition(&folder.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../abi")))
}

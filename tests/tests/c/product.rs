//! The files under test.

use cloudabi_codegen::emit::{self, OutputFile};
use cloudabi_codegen::load::load;
use cloudabi_codegen::model::{Model, TypeKind, TypeRef};
use cloudabi_codegen::source::{SourceFile, Sources};
use cloudabi_test_support::{Scratch, scratch};
use std::path::{Path, PathBuf};

/// The definition of this repository.
pub fn definition() -> Model {
    load_folder(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../abi"))
}

/// The small definitions that the generator's golden files are made from, with their names.
pub fn small_definitions() -> Vec<(String, Model)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../codegen/tests/cases");
    let names = entries(&folder).into_iter().filter(|case| case.join("abi").is_dir());
    names.map(|case| (case.display().to_string(), load_folder(&case.join("abi")))).collect()
}

fn load_folder(folder: &Path) -> Model {
    let mut files = Vec::new();
    for path in entries(folder).into_iter().chain(entries(&folder.join("hosts"))) {
        if path.extension().is_some_and(|extension| extension == "yaml") {
            let name = path.strip_prefix(folder).expect("a file below").display().to_string();
            let text = std::fs::read_to_string(&path).expect("a readable file");
            files.push(SourceFile { shown: path.display().to_string(), name, text });
        }
    }
    let sources = Sources { files };
    load(&sources).unwrap_or_else(|errors| panic!("{}", errors.render(&sources, false)))
}

/// What is in a folder, sorted; nothing where there is none.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths
}

/// The emitted headers in a folder of their own, with room for sources and objects.
pub struct Product {
    /// Holds it all.
    pub folder: Scratch,
    /// Names of the C headers.
    pub c: Vec<String>,
    /// Names of the Linux files.
    pub linux: Vec<String>,
}

impl Product {
    /// Emits this definition's headers.
    pub fn of(model: &Model) -> Self {
        let folder = scratch();
        let write = |product: &str, below: &str| {
            let files = emit::named(product).expect("a product").emit(model);
            for OutputFile { path, contents } in &files {
                folder.write(format!("{below}/{path}"), contents);
            }
            files.into_iter().map(|file| file.path).collect()
        };
        let (c, linux) = (write("c-headers", "c"), write("linux", "linux"));
        Product { folder, c, linux }
    }

    /// The folder of the C headers.
    pub fn c_folder(&self) -> PathBuf {
        self.folder.path().join("c")
    }

    /// The folder of the Linux files.
    pub fn linux_folder(&self) -> PathBuf {
        self.folder.path().join("linux")
    }
}

/// Lines that include these headers.
pub fn includes<'a>(names: impl IntoIterator<Item = &'a String>) -> String {
    names.into_iter().map(|name| format!("#include \"{name}\"\n")).collect()
}

/// Size in bytes of a reference to a type for programs of this word size.
pub fn size(model: &Model, ty: &TypeRef, bits: u32) -> usize {
    let word = bits as usize / 8;
    match ty {
        TypeRef::Primitive(primitive) => primitive.size().get(bits) as usize,
        TypeRef::Pointer { .. } => word,
        TypeRef::Atomic(of) => size(model, of, bits),
        TypeRef::Array { of, count } => size(model, of, bits) * *count as usize,
        TypeRef::Named(id) => match &model.ty(*id).kind {
            TypeKind::Number(number) => number.repr.size().get(bits) as usize,
            TypeKind::Struct(structure) => structure.size.get(bits) as usize,
            TypeKind::Function(_) => 0,
        },
    }
}

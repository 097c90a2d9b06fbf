//! The files under test.

use cloudabi_codegen::emit::{self, OutputFile};
use cloudabi_codegen::load::load;
use cloudabi_codegen::model::{Model, TypeKind, TypeRef};
use cloudabi_codegen::source::Sources;
use cloudabi_test_support::{Scratch, own_definition, read_definition, scratch};
use std::path::{Path, PathBuf};

/// The definition of this repository.
pub fn definition() -> Model {
    loaded(&own_definition().expect("the folder abi"))
}

/// The small definitions that the generator's golden files are made from, with their folders' names.
pub fn small_definitions() -> Vec<(String, Model)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../codegen/tests/cases");
    let entries = std::fs::read_dir(&folder).expect("the folder of cases");
    let mut cases: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    cases.sort();
    let with_definition = cases.into_iter().filter(|case| case.join("abi").is_dir());
    let load = |case: PathBuf| {
        let model = loaded(&read_definition(&case.join("abi")).expect("readable files"));
        (case.display().to_string(), model)
    };
    with_definition.map(load).collect()
}

fn loaded(sources: &Sources) -> Model {
    load(sources).unwrap_or_else(|errors| panic!("{}", errors.render(sources, false)))
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

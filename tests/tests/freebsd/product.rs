//! The definition, and the files made from it.

use cloudabi_codegen::emit;
use cloudabi_codegen::load::load;
use cloudabi_codegen::model::{Call, Model, NumberType, TypeId, TypeKind, TypeRef};
use cloudabi_test_support::{Scratch, own_definition, read_definition, scratch};
use std::path::Path;
use std::sync::LazyLock;

/// The checked definition of this repository.
pub static MODEL: LazyLock<Model> = LazyLock::new(|| {
    let sources = own_definition().expect("the folder `abi` can be read");
    load(&sources).unwrap_or_else(|diagnostics| panic!("{}", diagnostics.render(&sources, false)))
});

/// The files of a product of the definition.
pub fn files(product: &str) -> Vec<emit::OutputFile> {
    emit::named(product).expect("a product").emit(&MODEL)
}

/// One generated file of the FreeBSD product of a definition.
pub fn text(model: &Model, file: &str) -> String {
    let files = emit::named("freebsd").expect("the product").emit(model);
    files.into_iter().find(|f| f.path == file).map(|f| f.contents).expect("a generated file")
}

/// A folder with the C headers and the FreeBSD files, some of them changed by `doctor`.
pub fn doctored(doctor: impl Fn(&str, String) -> String) -> Scratch {
    let folder = scratch();
    for file in files("c-headers").into_iter().chain(files("freebsd")) {
        folder.write(&file.path, doctor(&file.path, file.contents));
    }
    folder
}

/// A folder with the C headers and the FreeBSD files.
pub fn folder() -> Scratch {
    doctored(|_, text| text)
}

/// Replaces what must be there exactly once in one file.
pub fn replace<'a>(file: &'a str, from: &'a str, to: &'a str) -> impl Fn(&str, String) -> String + 'a {
    move |path, text| {
        if path != file {
            return text;
        }
        assert_eq!(text.matches(from).count(), 1, "{file} has {from:?} once");
        text.replacen(from, to, 1)
    }
}

/// The small definitions that the generator's golden files are made from.
pub fn small_models() -> Vec<Model> {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("../codegen/tests/cases");
    let folders = std::fs::read_dir(cases).expect("the folder of cases");
    let folders = folders.map(|case| case.expect("a case").path().join("abi")).filter(|abi| abi.is_dir());
    let models: Vec<Model> = folders
        .map(|folder| {
            let sources = read_definition(&folder).expect("a definition that can be read");
            load(&sources).unwrap_or_else(|diagnostics| panic!("{}", diagnostics.render(&sources, false)))
        })
        .collect();
    assert!(!models.is_empty(), "there are small definitions");
    models
}

/// The number type with this id.
pub fn number(id: TypeId) -> &'static NumberType {
    match &MODEL.ty(id).kind {
        TypeKind::Number(number) => number,
        _ => panic!("{} is no number", MODEL.ty(id).name),
    }
}

/// The kernel's function for a call.
pub fn function(model: &Model, call: &Call, bits: u32) -> String {
    let bits = if model.call_depends_on_word_size(call) { bits.to_string() } else { String::new() };
    format!("{}{bits}_sys_{}", model.name, call.name)
}

/// A C type as the product spells it: `const cloudabi64_iovec_t *`.
pub fn c_type(model: &Model, ty: &TypeRef, bits: u32) -> String {
    match ty {
        TypeRef::Primitive(primitive) => match primitive.name() {
            name @ ("void" | "char") => name.to_string(),
            name => format!("{name}_t"),
        },
        TypeRef::Named(id) => {
            let bits = if model.depends_on_word_size(ty) { bits.to_string() } else { String::new() };
            format!("{}{bits}_{}_t", model.name, model.ty(*id).name)
        }
        TypeRef::Pointer { mutable, to } => {
            format!("{}{} *", if *mutable { "" } else { "const " }, c_type(model, to, bits))
        }
        TypeRef::Array { of, .. } | TypeRef::Atomic(of) => c_type(model, of, bits),
    }
}

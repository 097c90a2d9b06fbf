//! The definition, and the files made from it.

use cloudabi_codegen::emit;
use cloudabi_codegen::load::load;
use cloudabi_codegen::model::{Call, Model, NumberType, TypeId, TypeKind, TypeRef};
use cloudabi_test_support::{Scratch, own_definition, scratch};
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

/// One generated file of the FreeBSD product.
pub fn text(file: &str) -> String {
    files("freebsd").into_iter().find(|f| f.path == file).map(|f| f.contents).expect("a generated file")
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

/// The C sources of the FreeBSD product that are compiled by themselves.
pub fn c_sources() -> Vec<String> {
    let is_source = |path: &String| path.ends_with(".c") && !path.ends_with("_systrace_args.c");
    files("freebsd").into_iter().map(|file| file.path).filter(is_source).collect()
}

/// The number type with this id.
pub fn number(id: TypeId) -> &'static NumberType {
    match &MODEL.ty(id).kind {
        TypeKind::Number(number) => number,
        _ => panic!("{} is no number", MODEL.ty(id).name),
    }
}

/// The kernel's function for a call.
pub fn function(call: &Call, bits: u32) -> String {
    let bits = if MODEL.call_depends_on_word_size(call) { bits.to_string() } else { String::new() };
    format!("cloudabi{bits}_sys_{}", call.name)
}

/// A C type as the product spells it: `const cloudabi64_iovec_t *`.
pub fn c_type(ty: &TypeRef, bits: u32) -> String {
    match ty {
        TypeRef::Primitive(primitive) => match primitive.name() {
            name @ ("void" | "char") => name.to_string(),
            name => format!("{name}_t"),
        },
        TypeRef::Named(id) => {
            let bits = if MODEL.depends_on_word_size(ty) { bits.to_string() } else { String::new() };
            format!("cloudabi{bits}_{}_t", MODEL.ty(*id).name)
        }
        TypeRef::Pointer { mutable, to } => {
            format!("{}{} *", if *mutable { "" } else { "const " }, c_type(to, bits))
        }
        TypeRef::Array { of, .. } | TypeRef::Atomic(of) => c_type(of, bits),
    }
}

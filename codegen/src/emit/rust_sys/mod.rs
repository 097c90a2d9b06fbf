//! Raw Rust bindings for program authors.
//!
//! `support.rs` holds what the rest is made with, `table.rs` the call table and the raw calls, and one file per
//! subsystem its types and its calls as thin typed functions. The crate that includes them supplies
//! nothing; finding the functions for the table is its business.

mod safety;
mod signature;
mod table;
mod wrapper;

use super::rust::{Printer, Style, file_start, support_file};
use super::{Emitter, OutputFile};
use crate::model::{Member, Model, Subsystem, TypeKind, TypeRef};
use signature::ErrorType;

/// Raw Rust bindings for program authors
pub struct RustSys;

impl Emitter for RustSys {
    fn name(&self) -> &'static str {
        "rust-sys"
    }

    fn summary(&self) -> &'static str {
        "Raw Rust bindings for program authors"
    }

    fn home(&self) -> &'static str {
        "cloudabi-sys/src/generated"
    }

    fn emit(&self, model: &Model) -> Vec<OutputFile> {
        let printer = Printer::new(model, Style::PROGRAM);
        let error = ErrorType::of(&printer);
        let mut files = vec![root(model), support_file(model), table::file(&printer, &error)];
        for (index, subsystem) in model.subsystems.iter().enumerate() {
            files.push(subsystem_file(&printer, &error, index, subsystem));
        }
        files
    }
}

/// The declarations of all typed functions, in the order of the calls, for the documentation.
pub(super) fn signatures(model: &Model) -> Vec<String> {
    let printer = Printer::new(model, Style::PROGRAM);
    let error = ErrorType::of(&printer);
    model.calls.iter().map(|call| wrapper::signature(&printer, &error, call)).collect()
}

/// The module that holds the others.
fn root(model: &Model) -> OutputFile {
    let mut out =
        file_start(model, &format!("Types, constants and calls of {} {}.", model.title, model.version));
    out.blank();
    out.line("#[macro_use]");
    out.line("mod support;");
    out.line("mod table;");
    for subsystem in &model.subsystems {
        out.line(format_args!("mod {};", module(subsystem)));
    }
    out.blank();
    out.line("pub use support::Plain;");
    out.line("pub use table::{Calls, install, raw};");
    for subsystem in &model.subsystems {
        if subsystem.types.is_empty() && subsystem.calls.is_empty() {
            continue;
        }
        out.line(format_args!("pub use {}::*;", module(subsystem)));
    }
    OutputFile::new("mod.rs", out.finish())
}

/// The types and calls of a subsystem.
fn subsystem_file(
    printer: &Printer<'_>,
    error: &ErrorType,
    index: usize,
    subsystem: &Subsystem,
) -> OutputFile {
    let mut out = file_start(printer.model, &printer.markdown(&subsystem.doc));
    out.blank();
    out.line("#[allow(unused_imports)]");
    out.line("use super::*;");
    if subsystem.calls.iter().any(|id| wrapper::uses_maybe_uninit(printer.model.call(*id))) {
        out.line("use core::mem::MaybeUninit;");
    }
    printer.declare_subsystem(&mut out, index);
    for id in &subsystem.calls {
        out.blank();
        wrapper::declare(printer, error, &mut out, printer.model.call(*id));
    }
    OutputFile::new(format!("{}.rs", module(subsystem)), out.finish())
}

/// The module of a subsystem, which must be neither a keyword nor one of the other modules.
fn module(subsystem: &Subsystem) -> String {
    let name = &subsystem.name;
    let is_taken = matches!(name.as_str(), "mod" | "support" | "table" | "raw");
    if is_taken || super::rust::field(name) != *name { format!("{name}_") } else { name.clone() }
}

/// Whether values of this type hold, by value, a pointer into the program.
fn holds_pointer(model: &Model, ty: &TypeRef) -> bool {
    match ty {
        TypeRef::Primitive(_) => false,
        TypeRef::Pointer { .. } => true,
        TypeRef::Array { of, .. } | TypeRef::Atomic(of) => holds_pointer(model, of),
        TypeRef::Named(id) => match &model.ty(*id).kind {
            TypeKind::Number(_) => false,
            TypeKind::Function(_) => true,
            TypeKind::Struct(structure) => structure.members.iter().any(|member| match member {
                Member::Field(field) => holds_pointer(model, &field.ty),
                Member::Variant(variant) => variant
                    .arms
                    .iter()
                    .flat_map(|arm| &arm.members)
                    .any(|field| holds_pointer(model, &field.ty)),
            }),
        },
    }
}

//! What every Rust product shares: names, documentation comments, type declarations, layout assertions.
//!
//! [`Printer`] knows the model, the chosen [`Style`] and all Rust names, computed once. Products differ
//! only in the style: programs see real pointers of the machine they run on, hosts see addresses of a
//! program with a given word size.
//!
//! Number types are declared through macros that stand in a support file ([`support_file`]); the module
//! that holds the declarations is preceded by `#[macro_use] mod support;`.

mod docs;
mod layout;
mod names;
mod numbers;
mod rules;
mod structs;
mod variants;

use super::OutputFile;
use super::text::{Text, notice};
use crate::model::{CallId, Model, PerWord, Primitive, TypeId, TypeKind, TypeRef};
use names::Names;
pub use names::{constant, field, function};
use std::cell::Cell;

/// Columns that generated Rust keeps to.
pub const WIDTH: usize = 110;

/// How a product wants word-sized things and links printed.
#[derive(Clone, Copy)]
pub struct Style {
    /// What the word size is.
    pub words: Words,
    /// What `size` is called: `usize`, `u32`, `u64`.
    pub size: &'static str,
    /// Prints a pointer from whether it is `*mut` and what it points to. Its type must have the size and
    /// alignment of a word, and every bit pattern must be valid for it. Without a function, pointers are
    /// Rust's own.
    pub pointer: Option<fn(mutable: bool, target: &str) -> String>,
    /// What stands before the name of a type where other types and documentation refer to it, such as
    /// `crate::types::`; usually nothing.
    pub type_path: &'static str,
    /// The documentation link to a call of this name, such as `fn@fd_read` or `Syscalls::fd_read`.
    pub call_link: fn(&str) -> String,
}

/// The word size of printed layouts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Words {
    /// That of the machine which the Rust code is compiled for.
    Native,
    /// 32 or 64 bits, whatever machine the Rust code is compiled for.
    Fixed(u32),
}

impl Style {
    /// For code that runs inside programs.
    pub const PROGRAM: Style = Style {
        words: Words::Native,
        size: "usize",
        pointer: None,
        type_path: "",
        call_link: |name| format!("fn@{name}"),
    };
}

/// Prints the types of a model.
pub struct Printer<'a> {
    /// The model whose types these are.
    pub model: &'a Model,
    /// How they are printed.
    pub style: Style,
    names: Names,
    /// The type of error numbers, looked up once.
    errno: Option<TypeId>,
    /// The type of rights, looked up once.
    rights: Option<TypeId>,
    /// For each type, whether its values can be compared.
    comparable: Vec<bool>,
    /// The call that is being documented: its own parameters need no link.
    current: Cell<Option<CallId>>,
}

impl<'a> Printer<'a> {
    /// A printer for this model.
    pub fn new(model: &'a Model, style: Style) -> Self {
        let names = Names::new(model);
        let mut printer = Printer {
            model,
            style,
            names,
            errno: model.errno(),
            rights: model.rights(),
            comparable: Vec::new(),
            current: Cell::new(None),
        };
        printer.comparable = printer.comparable_types();
        printer
    }

    /// The name of a type where it is declared: `Fdstat`.
    pub fn type_name(&self, id: TypeId) -> &str {
        self.names.ty(id)
    }

    /// The name of the structure for a named arm of a variant: `SubscriptionClock`.
    pub fn arm_name(&self, id: TypeId, arm: &str) -> &str {
        self.names.arm(id, arm)
    }

    /// A reference to a type: `*const Iovec`, `[u8; 4]`, `usize`.
    pub fn type_ref(&self, ty: &TypeRef) -> String {
        match ty {
            TypeRef::Primitive(Primitive::Size) => self.style.size.to_string(),
            TypeRef::Primitive(primitive) => primitive_name(*primitive).to_string(),
            TypeRef::Named(id) => format!("{}{}", self.style.type_path, self.type_name(*id)),
            TypeRef::Array { of, count } => format!("[{}; {count}]", self.type_ref(of)),
            TypeRef::Atomic(of) => self.type_ref(of),
            TypeRef::Pointer { mutable, to } => self.pointer(*mutable, to),
        }
    }

    fn pointer(&self, mutable: bool, to: &TypeRef) -> String {
        let target = self.type_ref(to);
        match self.style.pointer {
            Some(print) => print(mutable, &target),
            None if self.is_function(to) => format!("Option<{target}>"),
            None if mutable => format!("*mut {target}"),
            None => format!("*const {target}"),
        }
    }

    /// Whether this is the type of a function in the program.
    pub fn is_function(&self, ty: &TypeRef) -> bool {
        matches!(ty, TypeRef::Named(id) if matches!(self.model.ty(*id).kind, TypeKind::Function(_)))
    }

    /// Declares a type, whatever its kind, with documentation and assertions.
    pub fn declare(&self, out: &mut Text, id: TypeId) {
        match &self.model.ty(id).kind {
            TypeKind::Number(number) => self.declare_number(out, id, number),
            TypeKind::Struct(structure) => self.declare_struct(out, id, structure),
            TypeKind::Function(function) => self.declare_function(out, id, function),
        }
    }

    /// Declares all types of a subsystem, in definition order.
    pub fn declare_subsystem(&self, out: &mut Text, subsystem: usize) {
        for id in &self.model.subsystems[subsystem].types {
            out.blank();
            self.declare(out, *id);
        }
    }

    fn declare_function(&self, out: &mut Text, id: TypeId, function: &crate::model::Function) {
        let ty = self.model.ty(id);
        self.type_doc(out, ty);
        let name = self.type_name(id);
        if self.style.pointer.is_some() {
            out.line("///")
                .line("/// Only behind a pointer: a function in the program is never called from here.");
            out.line("#[derive(Clone, Copy, Debug)]");
            out.line(format_args!("pub enum {name} {{}}"));
            return;
        }
        let parameters: Vec<String> = function
            .parameters
            .iter()
            .map(|p| format!("{}: {}", names::field(&p.name), self.type_ref(&p.ty)))
            .collect();
        out.line(format_args!("pub type {name} = unsafe extern \"C\" fn({});", parameters.join(", ")));
    }

    /// A figure of the layout as a Rust expression: `24`, or one that depends on the machine's word size.
    fn per_word(&self, figure: PerWord<u64>) -> String {
        match self.style.words {
            Words::Fixed(bits) => figure.get(bits).to_string(),
            Words::Native if figure.same() => figure.w32.to_string(),
            Words::Native => format!("support::per_word({}, {})", figure.w32, figure.w64),
        }
    }

    /// Whether a figure is zero for every word size that is printed.
    fn is_zero(&self, figure: PerWord<u64>) -> bool {
        match self.style.words {
            Words::Fixed(bits) => figure.get(bits) == 0,
            Words::Native => figure.w32 == 0 && figure.w64 == 0,
        }
    }
}

/// Rust's name of a primitive other than `size`, which the style names.
fn primitive_name(primitive: Primitive) -> &'static str {
    match primitive {
        Primitive::Void => "core::ffi::c_void",
        Primitive::Char | Primitive::U8 => "u8",
        Primitive::U16 => "u16",
        Primitive::U32 => "u32",
        Primitive::U64 => "u64",
        Primitive::I8 => "i8",
        Primitive::I16 => "i16",
        Primitive::I32 => "i32",
        Primitive::I64 => "i64",
        Primitive::Size => "usize",
    }
}

/// Starts a generated Rust file: the notice, then the module's documentation.
pub fn file_start(model: &Model, doc: &str) -> Text {
    let mut out = Text::new("    ");
    for line in notice(model, "*.yaml") {
        out.line(format_args!("// {line}"));
    }
    out.blank();
    out.comment("//! ", doc, WIDTH);
    out
}

/// The file `support.rs` with the macros and the trait that declarations of types use. It belongs beside
/// the files that declare types, and needs nothing but `core`.
pub fn support_file(model: &Model) -> OutputFile {
    let mut out = file_start(model, "What the declarations beside this file are made with.");
    out.blank();
    let mut text = out.finish();
    text.push_str(include_str!("support.rs.in"));
    OutputFile::new("support.rs", text)
}

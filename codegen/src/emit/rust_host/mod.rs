//! What hosts written in Rust share: types, the system call table, the trait that a runtime implements, and the
//! shims between a program and that trait.
//!
//! [`plan`] decides how each parameter of a call reaches the runtime; everything else prints.
//!
//! The products refer to three hand-written modules of the host crate, which do not depend on any definition:
//! `crate::memory`, `crate::runtime` and `crate::call_info`; to each other they refer with `super::`. A definition
//! without an `errno` type has no way to report a failed check: it gets no trait and no shims.

mod checks;
mod descriptor_kinds;
mod dispatch;
mod elements;
mod expressions;
mod needs;
mod plan;
mod shims;
mod stubs;
mod syscalls;
mod table;
mod thread_block;
mod types;

use super::rust::{Printer, Style, Words, constant, support_file};
use super::text::Text;
use super::{Emitter, OutputFile};
use crate::model::{Model, NumberType, TypeId, TypeKind};

/// Rust types, syscall table, trait and shims for hosts
pub struct RustHost;

impl Emitter for RustHost {
    fn name(&self) -> &'static str {
        "rust-host"
    }

    fn summary(&self) -> &'static str {
        "Rust types, syscall table, trait and shims for hosts"
    }

    fn home(&self) -> &'static str {
        "host/src/generated"
    }

    fn emit(&self, model: &Model) -> Vec<OutputFile> {
        let mut files = vec![
            support_file(model),
            types::file(model),
            checks::file(model),
            table::file(model),
            thread_block::file(model),
            stubs::file(model),
        ];
        files.extend(descriptor_kinds::file(model));
        if let Some(context) = Context::new(model) {
            let plans: Vec<plan::CallPlan> =
                model.calls.iter().map(|call| plan::CallPlan::new(&context, call)).collect();
            files.push(syscalls::file(&context, &plans));
            files.push(shims::file(&context, &plans));
        }
        files
    }
}

/// How types are printed in code that refers to the module `types`, for programs of 64 bits. (Emulation stubs
/// exist for those only. Types are there for both word sizes.)
const STYLE: Style = Style {
    words: Words::Fixed(64),
    size: "u64",
    pointer: Some(|_, _| "u64".to_string()),
    type_path: "types::",
    call_link: |name| format!("Syscalls::{name}"),
};

/// What every file about calls needs to know of the model, looked up once.
struct Context<'m> {
    model: &'m Model,
    printer: Printer<'m>,
    errno: TypeId,
    /// `types::Errno`
    errno_type: String,
    /// The type of descriptors, if there is one.
    descriptor: Option<TypeId>,
    /// The type of rights with its definition, if there is one.
    rights: Option<(TypeId, &'m NumberType)>,
}

impl<'m> Context<'m> {
    /// Nothing if the definition has no way to report a failed check.
    fn new(model: &'m Model) -> Option<Self> {
        let number = |id: TypeId| match &model.ty(id).kind {
            TypeKind::Number(number) => Some(number),
            _ => None,
        };
        let errno = model.errno()?;
        number(errno)?.values.iter().find(|value| value.value != 0)?;
        let printer = Printer::new(model, STYLE);
        Some(Context {
            model,
            errno,
            errno_type: format!("types::{}", printer.type_name(errno)),
            descriptor: model.descriptor().filter(|id| number(*id).is_some()),
            rights: model.rights().and_then(|id| Some((id, number(id)?))),
            printer,
        })
    }

    /// The error number for one of the failures that shims find, as a path. A definition without an error of that
    /// name gets the nearest that it has.
    fn error(&self, names: &[&str]) -> String {
        let TypeKind::Number(number) = &self.model.ty(self.errno).kind else { return String::new() };
        let errors = || number.values.iter().filter(|value| value.value != 0);
        let found = names.iter().find_map(|name| errors().find(|value| value.name == **name));
        let name = found.or_else(|| errors().next()).map_or("", |value| value.name.as_str());
        format!("{}::{}", self.errno_type, constant(name))
    }

    /// The error with this index.
    fn error_at(&self, errno: usize) -> String {
        let TypeKind::Number(number) = &self.model.ty(self.errno).kind else { return String::new() };
        number.values.get(errno).map_or_else(|| self.inval(), |value| self.error(&[&value.name]))
    }

    /// The descriptor with this index among the named ones, as a path.
    fn descriptor_value(&self, index: usize) -> Option<String> {
        let descriptor = self.descriptor?;
        let TypeKind::Number(number) = &self.model.ty(descriptor).kind else { return None };
        let value = number.values.get(index)?;
        Some(format!("types::{}::{}", self.printer.type_name(descriptor), constant(&value.name)))
    }

    /// An address that cannot be used.
    fn fault(&self) -> String {
        self.error(&["fault", "inval"])
    }

    /// An undefined value.
    fn inval(&self) -> String {
        self.error(&["inval"])
    }

    /// No such call.
    fn nosys(&self) -> String {
        self.error(&["nosys", "inval"])
    }

    /// Whether this is the type of descriptors.
    fn is_descriptor(&self, ty: &crate::model::TypeRef) -> bool {
        matches!(ty, crate::model::TypeRef::Named(id) if Some(*id) == self.descriptor)
    }
}

/// Adds `start item, item, item end` on one line if it fits at this column, otherwise one line per item.
fn list(out: &mut Text, column: usize, start: &str, items: &[String], end: &str) {
    let line = format!("{start}{}{end}", items.join(", "));
    if column + line.len() <= super::rust::WIDTH && !items.iter().any(|item| item.contains('\n')) {
        out.line(line);
        return;
    }
    out.block(start.trim_end(), end.trim_start(), |out| {
        for item in items {
            out.line(format_args!("{item},"));
        }
    });
}

/// Names of local variables that do not collide.
struct Locals {
    used: std::collections::HashSet<String>,
}

impl Locals {
    /// None of the reserved names will be given out.
    fn new(reserved: &[&str]) -> Self {
        Locals { used: reserved.iter().map(|name| name.to_string()).collect() }
    }

    /// A name for a variable, as close to this one as possible.
    fn name(&mut self, wanted: &str) -> String {
        let mut name = wanted.to_string();
        while !self.used.insert(name.clone()) {
            name.push('_');
        }
        super::rust::field(&name)
    }
}

//! Conversions between the ABI's values and a host's constants, in Rust.
//!
//! All hosts share one implementation. Each table of a host file becomes a module with a function for each
//! wanted direction. A host that the definition does not have gets no files.

mod calls;
mod enums;
mod flags;
mod table;

use super::rust::{Printer, Style, WIDTH, constant, field};
use super::text::{Text, notice, upper};
use super::{Emitter, OutputFile};
use crate::model::{Host, HostTable, Model, NumberClass, NumberType, TypeId, TypeKind};
use std::collections::HashSet;
use table::Table;

/// Rust conversions to and from Linux constants
pub struct LinuxTables;

impl Emitter for LinuxTables {
    fn name(&self) -> &'static str {
        "linux-tables"
    }

    fn summary(&self) -> &'static str {
        "Rust conversions to and from Linux constants, and the Linux calls that each call needs"
    }

    fn home(&self) -> &'static str {
        "linux-glue/src/generated"
    }

    fn emit(&self, model: &Model) -> Vec<OutputFile> {
        emit(model, "linux", true)
    }
}

/// Rust conversions to and from FreeBSD constants
pub struct FreebsdTables;

impl Emitter for FreebsdTables {
    fn name(&self) -> &'static str {
        "freebsd-tables"
    }

    fn summary(&self) -> &'static str {
        "Rust conversions to and from FreeBSD constants"
    }

    fn home(&self) -> &'static str {
        "freebsd-glue/src/generated"
    }

    fn emit(&self, model: &Model) -> Vec<OutputFile> {
        emit(model, "freebsd", false)
    }
}

/// Rust conversions to and from macOS constants
pub struct MacosTables;

impl Emitter for MacosTables {
    fn name(&self) -> &'static str {
        "macos-tables"
    }

    fn summary(&self) -> &'static str {
        "Rust conversions to and from macOS constants"
    }

    fn home(&self) -> &'static str {
        "macos-glue/src/generated"
    }

    fn emit(&self, model: &Model) -> Vec<OutputFile> {
        emit(model, "macos", false)
    }
}

/// What every part of the product knows.
struct Context<'a> {
    model: &'a Model,
    host: &'a Host,
    printer: Printer<'a>,
    /// Constants whose numbers the definition records: the `libc` crate is not asked for them.
    recorded: HashSet<&'a str>,
}

impl<'a> Context<'a> {
    /// The comment and module documentation that a file starts with.
    fn file(&self, doc: &str) -> Text {
        let mut out = Text::new("    ");
        for line in notice(self.model, &self.host.file) {
            out.line(format_args!("// {line}"));
        }
        out.blank();
        out.comment("//! ", doc, WIDTH);
        out.blank();
        out
    }

    /// The table with all that printing it takes. `None` for types that have no Rust type of their own.
    fn table(&self, table: &'a HostTable) -> Option<Table<'a>> {
        let number = number(self.model, table.ty)?;
        Some(Table {
            table,
            number,
            type_name: self.printer.type_name(table.ty).to_string(),
            constants: number.values.iter().map(|value| constant(&value.name)).collect(),
            integer: table::integer(table, number, &self.recorded),
        })
    }
}

/// The number type with this id, if its values are constants of a Rust type.
fn number(model: &Model, id: TypeId) -> Option<&NumberType> {
    match &model.ty(id).kind {
        TypeKind::Number(number) if number.class != NumberClass::Alias => Some(number),
        _ => None,
    }
}

fn emit(model: &Model, host: &str, with_calls: bool) -> Vec<OutputFile> {
    let Some(host) = model.host(host) else { return Vec::new() };
    let context = Context {
        model,
        host,
        printer: Printer::new(model, Style::PROGRAM),
        recorded: host.constants.iter().map(|constant| constant.name.as_str()).collect(),
    };
    let mut files = Vec::new();
    let mut modules = Vec::new();
    for table in &host.tables {
        let Some(table) = context.table(table) else { continue };
        let module = module_name(&table.table.name);
        files.push(OutputFile::new(format!("{module}.rs"), table::file(&context, &table)));
        modules.push(module);
    }
    let calls = with_calls && host.calls.iter().any(|needs| !needs.host_calls.is_empty());
    if calls {
        files.push(OutputFile::new("calls.rs", calls::file(&context)));
    }
    if !host.constants.is_empty() {
        files.push(OutputFile::new("constants.rs", constants(&context)));
    }
    files.insert(0, OutputFile::new("mod.rs", front(&context, &modules, calls)));
    files
}

/// The name of a table's module and file.
fn module_name(table: &str) -> String {
    match table {
        "calls" | "constants" | "mod" => format!("{table}_table"),
        name => name.to_string(),
    }
}

/// `mod.rs`: the modules, and what they share.
fn front(context: &Context<'_>, modules: &[String], calls: bool) -> String {
    let title = &context.host.title;
    let doc = format!("How {title} serves the ABI: conversions and lists.\n\n{}", context.host.doc.plain());
    let mut out = context.file(&doc);
    let mut all: Vec<&str> = modules.iter().map(String::as_str).collect();
    if calls {
        all.push("calls");
    }
    if !context.host.constants.is_empty() {
        all.push("constants");
    }
    all.sort_unstable();
    for module in &all {
        out.line(format_args!("pub mod {};", field(module)));
    }
    out.blank();
    let mut tables: Vec<&String> = modules.iter().collect();
    tables.sort_unstable();
    for module in tables {
        out.line(format_args!("pub use self::{}::*;", field(module)));
    }
    out.blank();
    let mut text = out.finish();
    text.push_str(include_str!("support.rs.in"));
    text
}

/// `constants.rs`: constants whose numbers the definition records.
fn constants(context: &Context<'_>) -> String {
    let title = &context.host.title;
    let mut out = context.file(&format!("Constants of {title} whose numbers the definition itself records."));
    for (index, constant) in context.host.constants.iter().enumerate() {
        if index > 0 {
            out.blank();
        }
        out.line(format_args!("/// `{}` of `{}`.", constant.name, constant.source));
        out.line(format_args!("pub const {}: u64 = {:#x};", upper(&constant.name), constant.value));
    }
    out.finish()
}

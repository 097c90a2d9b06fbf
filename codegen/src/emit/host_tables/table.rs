//! One table: what its conversions have in common.

use super::{Context, enums, flags};
use crate::emit::rust::WIDTH;
use crate::emit::text::{Text, upper};
use crate::model::{HostEntry, HostMapping, HostTable, NumberClass, NumberType, Primitive};
use std::collections::HashSet;

/// A table with all that printing it takes, looked up once.
pub(super) struct Table<'a> {
    /// The table.
    pub table: &'a HostTable,
    /// The type whose values it maps.
    pub number: &'a NumberType,
    /// Rust's name of that type.
    pub type_name: String,
    /// Rust's names of that type's values, by their index.
    pub constants: Vec<String>,
    /// Rust's integer type for the host's constants.
    pub integer: &'static str,
}

impl<'a> Table<'a> {
    /// The value with this index, in Rust: `Errno::ACCES`.
    pub fn value(&self, index: usize) -> String {
        format!("{}::{}", self.type_name, self.constants[index])
    }

    /// Whether the value is declared to be the same number as another one of its type, which then stands
    /// for both.
    pub fn is_duplicate(&self, entry: &HostEntry) -> bool {
        self.number.values[entry.value].same_as.is_some()
    }

    /// The entries, without values that are the same number as another one.
    pub fn entries(&self) -> impl Iterator<Item = &'a HostEntry> {
        self.table.entries.iter().filter(|entry| !self.is_duplicate(entry))
    }

    /// The constants together, in Rust: `host::A | host::B`.
    pub fn joined(&self, names: &[String]) -> String {
        let names: Vec<String> = names.iter().map(|name| format!("host::{name}")).collect();
        if names.is_empty() { "0".to_string() } else { names.join(" | ") }
    }

    /// What is remarkable about an entry, as comment lines.
    pub fn remarks(&self, out: &mut Text, entry: &HostEntry) {
        let mut sentences = Vec::new();
        if let HostMapping::Constants { when: Some(when), .. } = &entry.mapping {
            sentences.push(format!("When {}.", when.trim()));
        }
        if let HostMapping::Zero(reason) = &entry.mapping {
            sentences.push(format!("Nothing to set: {}.", reason.trim()));
        }
        if let Some(note) = &entry.note {
            sentences.push(format!("Note: {}.", note.trim()));
        }
        if !sentences.is_empty() {
            out.comment("// ", &sentences.join(" "), WIDTH);
        }
    }

    /// The error for a value that the host lacks, in Rust, and a statement to put before it where it would
    /// be too long (`fits` decides) with the reason in it.
    pub fn unsupported(
        &self,
        index: usize,
        reason: &str,
        fits: impl Fn(&str) -> bool,
    ) -> (Option<String>, String) {
        let value = self.as_u64(&self.value(index));
        let literal = literal(reason);
        let short = format!("Err(Unsupported::new({value}, {literal}))");
        if fits(&short) {
            return (None, short);
        }
        (Some(format!("let reason = {literal};")), format!("Err(Unsupported::new({value}, reason))"))
    }

    /// A value or set of flags as a 64-bit number, in Rust.
    pub fn as_u64(&self, value: &str) -> String {
        if self.number.repr == Primitive::U64 { format!("{value}.0") } else { format!("{value}.0 as u64") }
    }
}

/// Text of a definition as a literal of one line.
pub(super) fn literal(text: &str) -> String {
    format!("{:?}", text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// All constants that a table names, each once, in order.
pub(super) fn names(table: &HostTable) -> Vec<&str> {
    let mut seen = HashSet::new();
    let entries = table.entries.iter().flat_map(|entry| match &entry.mapping {
        HostMapping::Constants { names, .. } => names.as_slice(),
        _ => &[],
    });
    let also = table.also_from_host.iter().map(|(name, _)| name);
    entries.chain(also).map(String::as_str).filter(|name| seen.insert(*name)).collect()
}

/// Rust's integer type for a table's constants. Systems declare constants of the same kind with different
/// types, so that the generated modules convert all of them to one: what the system's functions take.
pub(super) fn integer(table: &HostTable, number: &NumberType, recorded: &HashSet<&str>) -> &'static str {
    let names = names(table);
    let all_recorded = !names.is_empty() && names.iter().all(|name| recorded.contains(name));
    if all_recorded || number.repr.size().w64 == 8 {
        "u64"
    } else if !names.is_empty() && names.iter().all(|name| name.starts_with("S_IF")) {
        "u32"
    } else {
        "i32"
    }
}

/// The file of a table.
pub(super) fn file(context: &Context<'_>, table: &Table<'_>) -> String {
    let mut out = context.file(&table.table.doc.plain());
    if let Some(reason) = &table.table.none {
        let name = upper(&table.table.name);
        out.line(format_args!("/// Why {} has nothing of the kind.", context.host.title));
        out.line(format_args!("pub const {name}_UNSUPPORTED: &str ="));
        out.indented(|out| {
            out.line(format_args!("{};", literal(reason)));
        });
        return out.finish();
    }
    if table.table.to_host {
        out.line("use super::Unsupported;");
    }
    out.line(format_args!("use {}_host::types::{};", context.model.name, table.type_name));
    host_module(&mut out, context, table);
    let is_flags = table.number.class == NumberClass::Flags;
    if table.table.to_host {
        out.blank();
        if is_flags {
            flags::to_host(&mut out, context, table)
        } else {
            enums::to_host(&mut out, context, table)
        }
    }
    if table.table.from_host {
        out.blank();
        if is_flags {
            flags::from_host(&mut out, context, table)
        } else {
            enums::from_host(&mut out, context, table)
        }
    }
    out.finish()
}

/// The host's constants that the table names, as one integer type.
fn host_module(out: &mut Text, context: &Context<'_>, table: &Table<'_>) {
    let names = names(table.table);
    if names.is_empty() {
        return;
    }
    let integer = table.integer;
    out.blank();
    out.line(format_args!("/// The constants of {}, all as one integer type.", context.host.title));
    out.line("#[allow(clippy::unnecessary_cast)]");
    out.block("mod host {", "}", |out| {
        for name in names {
            let source = if context.recorded.contains(name) { "super::super::constants" } else { "libc" };
            out.line(format_args!("pub const {name}: {integer} = {source}::{name} as {integer};"));
        }
    });
}

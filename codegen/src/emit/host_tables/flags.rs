//! Conversions of sets: flags.

use super::Context;
use super::table::Table;
use crate::emit::rust::WIDTH;
use crate::emit::text::{Text, upper};
use crate::model::{Apply, HostEntry, HostMapping};

/// `…_to_host`: flag by flag.
pub(super) fn to_host(out: &mut Text, context: &Context<'_>, table: &Table<'_>) {
    match table.table.apply {
        Apply::Together => together(out, context, table),
        Apply::Separately => separately(out, context, table),
        Apply::WhereMissing => where_missing(out, context, table),
    }
}

/// The documentation and the signature of a conversion to the host.
fn start(out: &mut Text, context: &Context<'_>, table: &Table<'_>, what: &str, returns: &str) -> String {
    let Table { type_name, .. } = table;
    out.comment("/// ", what, WIDTH);
    out.line("///");
    let title = &context.host.title;
    let doc =
        format!("Fails for a flag that {title} cannot express, and for bits that the ABI does not define.");
    out.comment("/// ", &doc, WIDTH);
    let name = &table.table.name;
    format!("pub const fn {name}_to_host(flags: {type_name}) -> Result<{returns}, Unsupported> {{")
}

/// Refuses undefined bits, and flags that the host cannot express.
fn refuse(out: &mut Text, table: &Table<'_>) {
    out.block("if !flags.is_defined() {", "}", |out| {
        out.line(format_args!("return Err(Unsupported::undefined({}));", table.as_u64("flags")));
    });
    for entry in table.entries() {
        let HostMapping::None(reason) = &entry.mapping else { continue };
        table.remarks(out, entry);
        out.block(&format!("if flags.contains({}) {{", table.value(entry.value)), "}", |out| {
            let line = |result: &str| format!("return {result};");
            let fits = |result: &str| line(result).len() + 8 <= WIDTH;
            let (before, result) = table.unsupported(entry.value, reason, fits);
            if let Some(before) = before {
                out.line(before);
            }
            out.line(line(&result));
        });
    }
}

/// The entries that have constants, with the names of those.
fn with_constants<'a>(table: &Table<'a>) -> Vec<(&'a HostEntry, &'a [String])> {
    let constants = |entry: &'a HostEntry| match &entry.mapping {
        HostMapping::Constants { names, .. } => Some((entry, names.as_slice())),
        _ => None,
    };
    table.entries().filter_map(constants).collect()
}

fn together(out: &mut Text, context: &Context<'_>, table: &Table<'_>) {
    let what = format!("The bits that {title} has for these flags.", title = context.host.title);
    let signature = start(out, context, table, &what, table.integer);
    out.block(&signature, "}", |out| {
        refuse(out, table);
        bits(out, table);
        out.line(if with_constants(table).is_empty() { "Ok(0)" } else { "Ok(bits)" });
    });
}

/// Computes `bits`: the constants of all flags that are set. Nothing where no flag has constants.
fn bits(out: &mut Text, table: &Table<'_>) {
    let entries = with_constants(table);
    if entries.is_empty() {
        return;
    }
    out.line("let mut bits = 0;");
    for (entry, names) in entries {
        table.remarks(out, entry);
        out.block(&format!("if flags.contains({}) {{", table.value(entry.value)), "}", |out| {
            let line = format!("bits |= {};", table.joined(names));
            if line.len() + 8 <= WIDTH {
                out.line(line);
                return;
            }
            for name in names {
                out.line(format_args!("bits |= host::{name};"));
            }
        });
    }
}

/// For constants that stand for the absence of flags: those that no flag in the set names.
fn where_missing(out: &mut Text, context: &Context<'_>, table: &Table<'_>) {
    let what = format!(
        "The bits that {title} has for flags that are *missing*: each constant that none of these flags names.",
        title = context.host.title
    );
    let signature = start(out, context, table, &what, table.integer);
    let names = super::table::names(table.table);
    out.block(&signature, "}", |out| {
        refuse(out, table);
        if names.is_empty() {
            out.line("Ok(0)");
            return;
        }
        let all: Vec<String> = names.iter().map(|name| format!("host::{name}")).collect();
        out.line(format_args!("const ALL: {} = {};", table.integer, all.join(" | ")));
        bits(out, table);
        out.line("Ok(ALL & !bits)");
    });
}

/// For constants that cannot be joined: a list of those that apply, one after the other.
fn separately(out: &mut Text, context: &Context<'_>, table: &Table<'_>) {
    let Table { type_name, integer, .. } = table;
    let entries = with_constants(table);
    let count: usize = entries.iter().map(|(_, names)| names.len()).sum();
    let list = format!("{}_CONSTANTS", upper(&table.table.name));
    let title = &context.host.title;
    out.line(format_args!(
        "/// Each constant of {title} with the flag that needs it. They cannot be joined."
    ));
    out.block(&format!("pub const {list}: [({type_name}, {integer}); {count}] = ["), "];", |out| {
        for (entry, names) in entries {
            table.remarks(out, entry);
            for name in names {
                out.line(format_args!("({}, host::{name}),", table.value(entry.value)));
            }
        }
    });
    out.blank();
    let what = format!(
        "What {title} has for these flags: constants that cannot be joined, to be applied one by one. Places for \
         flags that are not set hold nothing."
    );
    let signature = start(out, context, table, &what, &format!("[Option<{integer}>; {count}]"));
    out.block(&signature, "}", |out| {
        refuse(out, table);
        out.line(format_args!("let mut constants = [None; {count}];"));
        out.line("let mut index = 0;");
        out.block(&format!("while index < {list}.len() {{"), "}", |out| {
            out.line(format_args!("let (flag, constant) = {list}[index];"));
            out.block("if flags.contains(flag) {", "}", |out| {
                out.line("constants[index] = Some(constant);");
            });
            out.line("index += 1;");
        });
        out.line("Ok(constants)");
    });
}

/// `…_from_host`: all flags whose bits are set, but for those that another one with more bits covers.
pub(super) fn from_host(out: &mut Text, context: &Context<'_>, table: &Table<'_>) {
    let Table { type_name, integer, .. } = table;
    let name = &table.table.name;
    let title = &context.host.title;
    let mut rows: Vec<(usize, String)> = Vec::new();
    let mut conditional: Vec<String> = Vec::new();
    for entry in table.entries() {
        let HostMapping::Constants { names, when } = &entry.mapping else { continue };
        match when {
            None => rows.push((entry.value, table.joined(names))),
            Some(_) => conditional.push(format!("`{}`", table.number.values[entry.value].name)),
        }
    }
    rows.extend(table.table.also_from_host.iter().map(|(name, value)| (*value, format!("host::{name}"))));
    out.comment("/// ", &format!("The flags whose bits are all set in what {title} returned."), WIDTH);
    out.line("///");
    let mut doc =
        "Where the bits of one flag contain those of another one, the larger one stands for both. Bits \
                   that no flag has are ignored."
            .to_string();
    if !conditional.is_empty() {
        doc += &format!(" Bits alone do not tell, and it never returns: {}.", conditional.join(", "));
    }
    out.comment("/// ", &doc, WIDTH);
    let unused = if rows.is_empty() { "_" } else { "" };
    let signature = format!("pub const fn {name}_from_host({unused}value: {integer}) -> {type_name} {{");
    out.block(&signature, "}", |out| {
        if rows.is_empty() {
            out.line(format_args!("{type_name}::from_bits_retain(0)"));
            return;
        }
        out.block(&format!("const FLAGS: [({type_name}, {integer}); {}] = [", rows.len()), "];", |out| {
            for (value, bits) in &rows {
                out.line(format_args!("({}, {bits}),", table.value(*value)));
            }
        });
        out.line(format_args!("let mut flags = {type_name}::from_bits_retain(0);"));
        out.line("let mut index = 0;");
        out.block("while index < FLAGS.len() {", "}", |out| {
            out.line("let (flag, bits) = FLAGS[index];");
            out.line("let mut covered = bits == 0 || value & bits != bits;");
            out.line("let mut other = 0;");
            out.block("while other < FLAGS.len() && !covered {", "}", |out| {
                out.line("let (_, more) = FLAGS[other];");
                out.line("covered = more & bits == bits && more != bits && value & more == more;");
                out.line("other += 1;");
            });
            out.block("if !covered {", "}", |out| {
                out.line("flags = flags.union(flag);");
            });
            out.line("index += 1;");
        });
        out.line("flags");
    });
}

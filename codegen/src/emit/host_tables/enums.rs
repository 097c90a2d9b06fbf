//! Conversions of values that stand alone: enumerations.

use super::Context;
use super::table::Table;
use crate::emit::rust::WIDTH;
use crate::emit::text::Text;
use crate::model::HostMapping;
use std::collections::HashMap;

/// `…_to_host`: a `match` over the values.
pub(super) fn to_host(out: &mut Text, context: &Context<'_>, table: &Table<'_>) {
    let Table { type_name, integer, .. } = table;
    let name = &table.table.name;
    let title = &context.host.title;
    out.line(format_args!("/// What {title} has for a value of [`{type_name}`]."));
    out.line("///");
    let doc =
        format!("Fails for a value that {title} cannot express, and for one that the ABI does not define.");
    out.comment("/// ", &doc, WIDTH);
    let signature =
        format!("pub const fn {name}_to_host(value: {type_name}) -> Result<{integer}, Unsupported> {{");
    out.block(&signature, "}", |out| {
        out.block("match value {", "}", |out| {
            for entry in table.entries() {
                table.remarks(out, entry);
                let pattern = table.value(entry.value);
                match &entry.mapping {
                    HostMapping::Constants { names, .. } => {
                        arm(out, &pattern, &format!("Ok({})", table.joined(names)))
                    }
                    HostMapping::Zero(_) => arm(out, &pattern, "Ok(0)"),
                    HostMapping::None(reason) => refuse(out, table, entry.value, reason),
                }
            }
            out.line(format_args!("_ => Err(Unsupported::undefined({})),", table.as_u64("value")));
        });
    });
}

/// A match arm, on several lines where it is long.
fn arm(out: &mut Text, pattern: &str, result: &str) {
    if fits(pattern, result) {
        out.line(format_args!("{pattern} => {result},"));
    } else {
        out.block(&format!("{pattern} => {{"), "}", |out| {
            out.line(result);
        });
    }
}

/// A match arm for a value that the host lacks.
fn refuse(out: &mut Text, table: &Table<'_>, value: usize, reason: &str) {
    let pattern = table.value(value);
    let (before, result) = table.unsupported(value, reason, |line| fits(&pattern, line));
    let Some(before) = before else { return arm(out, &pattern, &result) };
    out.block(&format!("{pattern} => {{"), "}", |out| {
        out.line(before).line(result);
    });
}

fn fits(pattern: &str, result: &str) -> bool {
    const TAKEN: usize = 8 + " => ,".len();
    pattern.len() + result.len() + TAKEN <= WIDTH
}

/// `…_from_host`: a `match` over the constants. Where several values share one, it returns all of them.
pub(super) fn from_host(out: &mut Text, context: &Context<'_>, table: &Table<'_>) {
    let Table { type_name, integer, .. } = table;
    let groups = groups(table);
    let ambiguous = groups.iter().any(|group| group.values.len() > 1);
    let default = table.table.from_host_default;
    let (returns, wrap): (String, Wrap) = match (ambiguous, default) {
        (true, _) => (format!("&'static [{type_name}]"), |values| format!("&[{}]", values.join(", "))),
        (false, Some(_)) => (type_name.clone(), |values| values.join(", ")),
        (false, None) => (format!("Option<{type_name}>"), |values| format!("Some({})", values.join(", "))),
    };
    let print = |values: &[usize]| {
        let values: Vec<String> = values.iter().map(|value| table.value(*value)).collect();
        wrap(&values)
    };
    let name = &table.table.name;
    let title = &context.host.title;
    out.line(format_args!("/// The value of [`{type_name}`] for what {title} returned."));
    out.line("///");
    let doc = match (ambiguous, default) {
        (true, Some(_)) => {
            "All values that share the constant; the default alone for what the table does not name."
        }
        (true, None) => "All values that share the constant; none for what the table does not name.",
        (false, Some(default)) => &format!("[`{}`] for what the table does not name.", table.value(default)),
        (false, None) => "`None` for what the table does not name.",
    };
    out.comment("/// ", doc, WIDTH);
    let joined: Vec<&Group<'_>> = groups.iter().filter(|group| group.constants.len() > 1).collect();
    // Some constants are equal on some architectures; the first one counts then.
    out.line("#[allow(unreachable_patterns)]");
    let signature = format!("pub const fn {name}_from_host(value: {integer}) -> {returns} {{");
    out.block(&signature, "}", |out| {
        for group in joined {
            let pattern = group.pattern();
            out.line(format_args!("const {pattern}: {integer} = {};", table.joined(group.constants)));
        }
        out.block("match value {", "}", |out| {
            for group in &groups {
                for entry in &group.remarks {
                    table.remarks(out, &table.table.entries[*entry]);
                }
                out.line(format_args!("{} => {},", group.pattern(), print(&group.values)));
            }
            let otherwise = match (ambiguous, default) {
                (_, Some(default)) => print(&[default]),
                (true, None) => "&[]".to_string(),
                (false, None) => "None".to_string(),
            };
            out.line(format_args!("_ => {otherwise},"));
        });
    });
}

type Wrap = fn(&[String]) -> String;

/// Values that a host constant (or several together, or none) stands for.
struct Group<'a> {
    constants: &'a [String],
    values: Vec<usize>,
    /// Entries whose condition a reader must know.
    remarks: Vec<usize>,
}

impl Group<'_> {
    fn pattern(&self) -> String {
        match self.constants {
            [] => "0".to_string(),
            [one] => format!("host::{one}"),
            several => several.join("_AND_"),
        }
    }
}

/// The values by their constants, in the order in which constants first occur.
fn groups<'a>(table: &Table<'a>) -> Vec<Group<'a>> {
    let mut groups: Vec<Group<'a>> = Vec::new();
    // Places in the list by constants, in whatever order an entry names them.
    let mut index: HashMap<Vec<&str>, usize> = HashMap::new();
    let mut add = |constants: &'a [String], value: usize, entry: Option<usize>| {
        let mut key: Vec<&str> = constants.iter().map(String::as_str).collect();
        key.sort_unstable();
        let place = *index.entry(key).or_insert_with(|| {
            groups.push(Group { constants, values: Vec::new(), remarks: Vec::new() });
            groups.len() - 1
        });
        groups[place].values.push(value);
        groups[place].remarks.extend(entry);
    };
    for (position, entry) in table.table.entries.iter().enumerate() {
        if table.is_duplicate(entry) {
            continue;
        }
        match &entry.mapping {
            HostMapping::Constants { names, when, .. } => {
                add(names, entry.value, when.is_some().then_some(position));
            }
            HostMapping::Zero(_) => add(&[], entry.value, None),
            HostMapping::None(_) => {}
        }
    }
    for (name, value) in &table.table.also_from_host {
        add(std::slice::from_ref(name), *value, None);
    }
    groups
}

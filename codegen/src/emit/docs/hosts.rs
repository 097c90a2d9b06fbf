//! How a host serves the ABI.

use super::links::{Writer, table_anchor};
use crate::model::{Apply, CallNeeds, HostMapping, HostTable};

/// Prints a host's page.
pub fn print(w: &mut Writer<'_>, index: usize) {
    let model = w.model();
    let host = &model.hosts[index];
    w.heading(1, &format!("{} on {}", model.title, host.title));
    w.doc(&host.doc);
    if !host.tables.is_empty() {
        w.heading(2, "Values");
        w.paragraph("How the ABI's values are written on this host, and the other way round.");
        for table in &host.tables {
            print_table(w, table);
        }
    }
    w.heading(2, "Calls");
    if !host.runtime.doc.is_empty() || !host.runtime.host_calls.is_empty() {
        w.doc(&host.runtime.doc);
        if !host.runtime.host_calls.is_empty() {
            w.paragraph(&format!(
                "At any time, the runtime may make: {}.",
                code_list(&host.runtime.host_calls)
            ));
        }
    }
    w.table(&["Call", "How"]);
    for needs in &host.calls {
        let link = w.call_link(needs.call);
        let how = how(w, needs);
        w.row(&[link, how]);
    }
    if !host.constants.is_empty() {
        w.heading(2, "Constants");
        w.paragraph("Constants whose numbers the definition itself records.");
        w.table(&["Constant", "Number", "Source"]);
        for constant in &host.constants {
            w.row(&[
                format!("`{}`", constant.name),
                format!("{:#x}", constant.value),
                format!("`{}`", constant.source),
            ]);
        }
    }
}

/// How a call is served, for a table.
pub fn how(w: &Writer<'_>, needs: &CallNeeds) -> String {
    let mut how = w.markdown(&needs.doc).trim_end().to_string();
    if let Some(reason) = &needs.none {
        how.push_str(&format!("\n\n**Not served**: {}", w.prose(reason)));
    }
    if let Some(limits) = &needs.limits {
        how.push_str(&format!("\n\n**Not**: {}", w.markdown(limits).trim_end()));
    }
    if !needs.host_calls.is_empty() {
        how.push_str(&format!("\n\nMay make: {}.", code_list(&needs.host_calls)));
    }
    how
}

/// One table of values.
fn print_table(w: &mut Writer<'_>, table: &HostTable) {
    w.anchor(&table_anchor(&table.name));
    w.heading(3, &format!("`{}`", table.name));
    let direction = match (table.to_host, table.from_host) {
        (true, true) => "to the host and back",
        (true, false) => "to the host only",
        _ => "from the host only",
    };
    w.paragraph(&format!("Values of {}, {direction}.", w.type_link(table.ty)));
    w.doc(&table.doc);
    match table.apply {
        Apply::Together => {}
        Apply::Separately => w.paragraph("The constants must not be joined: they are used one by one."),
        Apply::WhereMissing => w.paragraph("A constant stands for the absence of the flags that name it."),
    }
    if let Some(reason) = &table.none {
        let reason = w.prose(reason);
        w.paragraph(&format!("**None**: {reason}"));
        return;
    }
    if !table.entries.is_empty() {
        w.table(&["Value", "On the host", "Remark"]);
        for entry in &table.entries {
            let value = w.value_link(table.ty, entry.value);
            let (constant, mut remark) = match &entry.mapping {
                HostMapping::Constants { names, when } => {
                    let when = when.as_ref().map(|when| format!("When {}.", w.prose(when)));
                    (code_joined(names), when.unwrap_or_default())
                }
                HostMapping::Zero(reason) => ("nothing to set".to_string(), sentence(&w.prose(reason))),
                HostMapping::None(reason) => ("cannot be expressed".to_string(), sentence(&w.prose(reason))),
            };
            if let Some(note) = &entry.note {
                if !remark.is_empty() {
                    remark.push(' ');
                }
                remark.push_str(&sentence(&w.prose(note)));
            }
            w.row(&[value, constant, remark]);
        }
    }
    if !table.also_from_host.is_empty() {
        w.paragraph("From the host, these too:");
        w.table(&["On the host", "Value"]);
        for (constant, value) in &table.also_from_host {
            let link = w.value_link(table.ty, *value);
            w.row(&[format!("`{constant}`"), link]);
        }
    }
    if let Some(default) = table.from_host_default {
        let link = w.value_link(table.ty, default);
        w.paragraph(&format!("Everything else of the host's becomes {link}."));
    }
}

/// A remark as a sentence.
fn sentence(text: &str) -> String {
    let text = text.trim_end();
    let mut chars = text.chars();
    let Some(first) = chars.next() else { return String::new() };
    let end = if text.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{}{}{end}", first.to_uppercase(), chars.as_str())
}

/// Names as code: "`a`, `b`".
fn code_list(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// Constants whose bits are taken together.
fn code_joined(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" and ")
}

//! Rights as capabilities of Capsicum.

use super::Names;
use super::names::number_type;
use super::style::{c_file, comment, header as c_header, include_types, remark, wrapped};
use crate::emit::c::spelling::value_macro;
use crate::emit_line;
use crate::model::{Host, HostMapping, HostTable, Model, NumberClass};

/// Whether a table maps to capabilities and not to numbers: all its constants are `CAP_*`.
pub fn is_capability_table(table: &HostTable) -> bool {
    let mut constants = table
        .entries
        .iter()
        .filter_map(|entry| match &entry.mapping {
            HostMapping::Constants { names, .. } => Some(names),
            _ => None,
        })
        .flatten()
        .peekable();
    constants.peek().is_some() && constants.all(|name| name.starts_with("CAP_"))
}

/// The tables of capabilities: (table, stem of the functions' names, C type).
pub fn tables<'m>(model: &'m Model, host: &'m Host) -> impl Iterator<Item = (&'m HostTable, String, String)> {
    let is_set = |table: &&HostTable| {
        is_capability_table(table)
            && number_type(model, table.ty).is_some_and(|number| number.class == NumberClass::Flags)
    };
    host.tables.iter().filter(is_set).map(|table| {
        (table, format!("{}_{}", model.name, table.name), Names { model, bits: 64 }.named(table.ty))
    })
}

/// `cloudabi_capsicum.h`
pub fn header(model: &Model, host: &Host) -> String {
    let purpose = format!("{}'s rights as capabilities of Capsicum.", model.title);
    c_header(model, &format!("{}_capsicum.h", model.name), &purpose, |text| {
        text.line("#include <sys/types.h>").line("#include <sys/capsicum.h>").blank();
        include_types(text, &format!("{}_types_common", model.name));
        for (table, stem, ty) in tables(model, host) {
            text.blank();
            comment(
                text,
                &format!(
                    "{}\n\nTo capabilities: what a descriptor with these rights must carry. From capabilities: \
                     every right all of whose capabilities are there. Rights that need none are always there.",
                    table.doc.plain().trim_end()
                ),
            );
            emit_line!(text, "void\t{stem}_to_host({ty} rights, cap_rights_t *host);");
            emit_line!(text, "{ty} {stem}_from_host(const cap_rights_t *host);");
        }
    })
}

/// `cloudabi_capsicum.c`
pub fn source(model: &Model, host: &Host) -> String {
    let mut text = c_file(model, &format!("{}'s rights as capabilities of Capsicum.", model.title));
    text.line("#include <sys/param.h>").line("#include <sys/capsicum.h>").blank();
    emit_line!(text, "#include \"{}_capsicum.h\"", model.name);
    for (table, stem, ty) in tables(model, host) {
        let Some(number) = number_type(model, table.ty) else { continue };
        let mapped = || {
            table.entries.iter().filter_map(|entry| {
                let value = number.values.get(entry.value)?;
                Some((value_macro(number, value), &entry.mapping))
            })
        };
        emit_line!(text, "\nvoid\n{stem}_to_host({ty} rights, cap_rights_t *host)");
        text.block("{", "}", |text| {
            text.blank().line("cap_rights_init(host);");
            for (right, mapping) in mapped() {
                match mapping {
                    HostMapping::Constants { names, .. } => {
                        emit_line!(text, "if ((rights & {right}) != 0)");
                        text.indented(|text| {
                            text.line(wrapped("cap_rights_set(host, ", names, ",", ");"));
                        });
                    }
                    HostMapping::Zero(reason) | HostMapping::None(reason) => {
                        remark(text, &format!("{right}: {reason}"));
                    }
                }
            }
        });
        emit_line!(text, "\n{ty}\n{stem}_from_host(const cap_rights_t *host)");
        text.block("{", "}", |text| {
            emit_line!(text, "{ty} rights;");
            text.blank().line("rights = 0;");
            for (right, mapping) in mapped() {
                match mapping {
                    HostMapping::Constants { names, .. } => {
                        text.line(wrapped("if (cap_rights_is_set(host, ", names, ",", "))"));
                        emit_line!(text, "\trights |= {right};");
                    }
                    HostMapping::Zero(_) => {
                        emit_line!(text, "rights |= {right};");
                    }
                    HostMapping::None(_) => {}
                }
            }
            text.line("return (rights);");
        });
    }
    text.finish()
}

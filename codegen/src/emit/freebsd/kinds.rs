//! Which rights make sense for which descriptors.

use super::style::{comment, header as c_header, include_types, wrapped};
use crate::emit::c::spelling::value_macro;
use crate::emit::text::upper;
use crate::emit_line;
use crate::model::{Model, TypeKind};

/// `cloudabi_kinds.h`. Nothing if the definition has no kinds of descriptors.
pub fn header(model: &Model) -> Option<String> {
    let id = model.rights()?;
    let TypeKind::Number(rights) = &model.ty(id).kind else { return None };
    if model.descriptor_kinds.is_empty() {
        return None;
    }
    let name = &model.name;
    let purpose = "Kinds of descriptors, and the rights that make sense for each: those that a descriptor can \
                   carry itself (BASE) and those that it can let inherit (INHERITING).";
    Some(c_header(model, &format!("{name}_kinds.h"), purpose, |text| {
        include_types(text, &format!("{name}_types_common"));
        for kind in &model.descriptor_kinds {
            text.blank();
            comment(text, kind.doc.plain().trim_end());
            for (set, indices) in [("BASE", &kind.base), ("INHERITING", &kind.inheriting)] {
                let macro_name = format!("{}_KIND_{}_{set}", upper(name), upper(&kind.name));
                let values: Vec<String> = indices
                    .iter()
                    .filter_map(|index| rights.values.get(*index))
                    .map(|value| value_macro(rights, value))
                    .collect();
                let ty = super::Names { model, bits: 64 }.named(id);
                if values.is_empty() {
                    emit_line!(text, "#define\t{macro_name}\t(({ty})0)");
                    continue;
                }
                emit_line!(text, "#define\t{macro_name} \\");
                let list = wrapped("(", &values, " |", ")");
                text.line(format_args!("\t{}", list.replace('\n', " \\\n\t")));
            }
        }
    }))
}

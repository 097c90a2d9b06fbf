//! Types.

use super::links::{Page, Writer, table_anchor, type_anchor};
use crate::emit::c::spelling::{Spelling, View, value_macro};
use crate::model::{
    Arm, Field, LayoutPolicy, Member, NumberClass, NumberType, PerWord, Struct, Type, TypeId, TypeKind, Value,
};

/// Prints a type.
pub fn print(w: &mut Writer<'_>, id: TypeId) {
    let ty = w.model().ty(id);
    w.anchor(&type_anchor(&ty.name));
    w.heading(3, &format!("`{}`", ty.name));
    let c = Spelling::new(w.model(), View::Program).type_name(id);
    let rust = w.shared().rust.type_name(id);
    w.paragraph(&format!("{} C: `{c}`. Rust: `{rust}`.", nature(ty)));
    w.doc(&ty.doc);
    history(w, ty.since.as_deref(), ty.deprecated.as_deref());
    match &ty.kind {
        TypeKind::Number(number) => values(w, ty, number),
        TypeKind::Struct(structure) => layout(w, ty, structure),
        TypeKind::Function(function) => {
            w.table(&["Parameter", "Type", "Meaning"]);
            for parameter in &function.parameters {
                field_row(w, ty, &[], parameter, false);
            }
        }
    }
    on_hosts(w, id);
}

/// Since when, and why not any more.
pub fn history(w: &mut Writer<'_>, since: Option<&str>, deprecated: Option<&str>) {
    if let Some(since) = since {
        w.paragraph(&format!("Since version {since}."));
    }
    if let Some(reason) = deprecated {
        w.paragraph(&format!("**Deprecated**: {reason}"));
    }
}

/// What kind of type it is, in a sentence.
fn nature(ty: &Type) -> String {
    match &ty.kind {
        TypeKind::Number(number) => {
            let class = match number.class {
                NumberClass::Alias => "A quantity",
                NumberClass::Opaque => "An identifier",
                NumberClass::Enum => "An enumeration",
                NumberClass::Flags => "A set of flags",
            };
            format!("{class}, `{}`.", number.repr.name())
        }
        TypeKind::Struct(s) => {
            let size = match s.size.same() && s.align.same() {
                true => format!("{} bytes, aligned to {}", s.size.w64, s.align.w64),
                false => format!(
                    "{} bytes, aligned to {}, in 32-bit programs and {} bytes, aligned to {}, in 64-bit ones",
                    s.size.w32, s.align.w32, s.size.w64, s.align.w64
                ),
            };
            format!("A structure of {size}.")
        }
        TypeKind::Function(_) => "A function in the program that the host calls.".to_string(),
    }
}

/// The named values of a number.
fn values(w: &mut Writer<'_>, ty: &Type, number: &NumberType) {
    if number.values.is_empty() {
        return;
    }
    w.table(&["Value", "Number", "C", "Meaning"]);
    for value in &number.values {
        let anchor = format!("{}-{}", type_anchor(&ty.name), value.name);
        let mut meaning = w.markdown(&value.doc);
        if let Some(other) = &value.same_as {
            meaning.push_str(&format!("\n\nThe same number as `{other}`."));
        }
        if let Some(since) = &value.since {
            meaning.push_str(&format!("\n\nSince version {since}."));
        }
        if let Some(reason) = &value.deprecated {
            meaning.push_str(&format!("\n\n**Deprecated**: {reason}"));
        }
        w.row(&[
            format!("<a id=\"{anchor}\"></a>`{}`", value.name),
            digits(number, value),
            format!("`{}`", value_macro(number, value)),
            meaning,
        ]);
    }
}

/// A value's number as its class is best read.
pub fn digits(number: &NumberType, value: &Value) -> String {
    let bytes = number.repr.size().w64 as u32;
    let unused = 64_u32.saturating_sub(8 * bytes);
    match number.class {
        NumberClass::Flags => format!("{:#x}", value.value),
        _ if number.repr.is_signed() => (((value.value << unused) as i64) >> unused).to_string(),
        NumberClass::Opaque if value.value > 9 => format!("{:#x}", value.value),
        _ => value.value.to_string(),
    }
}

/// The members of a structure, each with its place.
fn layout(w: &mut Writer<'_>, ty: &Type, structure: &Struct) {
    if structure.layout == LayoutPolicy::Same {
        w.paragraph("The layout is the same for 32-bit and 64-bit programs.");
    }
    if structure.padding_zeroed {
        w.paragraph("The host writes padding as zeros.");
    }
    w.table(&["Member", "Type", "Offset (32-bit)", "Offset (64-bit)", "Meaning"]);
    for member in &structure.members {
        match member {
            Member::Field(field) => field_row(w, ty, &[], field, true),
            Member::Variant(variant) => {
                let meaning = w.markdown(&variant.doc);
                let (at32, at64) = offsets(variant.offset);
                let size = match variant.size.same() {
                    true => format!("{} bytes", variant.size.w64),
                    false => format!("{} or {} bytes", variant.size.w32, variant.size.w64),
                };
                w.row(&[
                    "*union*".to_string(),
                    size,
                    at32,
                    at64,
                    format!("{meaning} Chosen by `{}`.", variant.tag),
                ]);
                for arm in &variant.arms {
                    arm_rows(w, ty, &variant.tag, arm);
                }
                if !variant.empty.is_empty() {
                    let tags = code_list(&variant.empty);
                    let meaning = format!("Nothing where `{}` is {tags}.", variant.tag);
                    w.row(&[String::new(), String::new(), String::new(), String::new(), meaning]);
                }
            }
        }
    }
}

/// The rows of an arm.
fn arm_rows(w: &mut Writer<'_>, ty: &Type, tag: &str, arm: &Arm) {
    let meaning = w.markdown(&arm.doc);
    let when = format!("{meaning}\n\nWhere `{tag}` is {}.", code_list(&arm.tags));
    let Some(name) = &arm.name else {
        for field in &arm.members {
            field_row(w, ty, &[], field, true);
        }
        w.row(&[String::new(), String::new(), String::new(), String::new(), when]);
        return;
    };
    let anchor = format!("{}-{name}", type_anchor(&ty.name));
    let start = arm.members.first().map_or(PerWord::default(), |field| field.offset);
    let (at32, at64) = offsets(start);
    let size = match arm.size.same() {
        true => format!("{} bytes", arm.size.w64),
        false => format!("{} or {} bytes", arm.size.w32, arm.size.w64),
    };
    w.row(&[format!("<a id=\"{anchor}\"></a>`{name}`"), size, at32, at64, when]);
    for field in &arm.members {
        field_row(w, ty, &[name], field, true);
    }
}

/// A row about a member, or about a parameter of a function, which has no place.
fn field_row(w: &mut Writer<'_>, ty: &Type, way: &[&String], field: &Field, placed: bool) {
    let mut anchor = type_anchor(&ty.name);
    let mut name = String::new();
    for part in way {
        anchor.push('-');
        anchor.push_str(part);
        name.push_str(part);
        name.push('.');
    }
    let mut meaning = w.markdown(&field.doc);
    if let Some(length) = &field.length {
        meaning.push_str(&format!("\n\n`{length}` says how many."));
    }
    let first = format!("<a id=\"{anchor}-{}\"></a>`{name}{}`", field.name, field.name);
    let type_text = w.ty(&field.ty);
    if placed {
        let (at32, at64) = offsets(field.offset);
        w.row(&[first, type_text, at32, at64, meaning]);
    } else {
        w.row(&[first, type_text, meaning]);
    }
}

fn offsets(offset: PerWord<u64>) -> (String, String) {
    (offset.w32.to_string(), offset.w64.to_string())
}

/// Names as code: "`a`, `b` or `c`".
fn code_list(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
        None => String::new(),
    }
}

/// Links to what hosts map the type to.
fn on_hosts(w: &mut Writer<'_>, id: TypeId) {
    let model = w.model();
    let Some(places) = w.shared().mapped.get(&id.0) else { return };
    let links: Vec<String> = places
        .iter()
        .map(|(host, table)| {
            let name = &model.hosts[*host].tables[*table].name;
            let text = format!("{} `{name}`", model.hosts[*host].title);
            w.page_link(&text, Page::Host(*host), &table_anchor(name))
        })
        .collect();
    w.paragraph(&format!("On hosts: {}.", links.join(", ")));
}

//! Types as data.

use crate::emit::OutputFile;
use crate::emit::rust::file_start;
use crate::emit::text::Text;
use crate::model::{
    Field, Member, Model, NumberClass, NumberType, PerWord, Primitive, Struct, TypeKind, TypeRef, Variant,
};

pub(super) fn file(model: &Model) -> OutputFile {
    let mut out =
        file_start(model, "All types. Where one refers to another, it does so by its place in this list.");
    out.blank();
    out.line("#[allow(unused_imports)]");
    out.line("use super::super::tables::{Arm, Class, Field, Item, Kind, Ref, Type, Value, Width};");
    out.blank();
    let errno = model.errno();
    out.block("pub(super) static TYPES: &[Type] = &[", "];", |out| {
        for (index, ty) in model.types.iter().enumerate() {
            out.line(format_args!("// {index}"));
            match &ty.kind {
                TypeKind::Number(number) => {
                    let with_text = errno.is_some_and(|id| id.0 == index);
                    declare(out, &ty.name, "Kind::Number {", |out| one_number(out, number, with_text));
                }
                TypeKind::Struct(structure) => {
                    declare(out, &ty.name, "Kind::Struct {", |out| one_struct(out, model, structure));
                }
                TypeKind::Function(_) => {
                    out.line(format_args!("Type {{ name: {:?}, kind: Kind::Function }},", ty.name));
                }
            }
        }
    });
    OutputFile::new("types.rs", out.finish())
}

fn declare(out: &mut Text, name: &str, kind: &str, body: impl FnOnce(&mut Text)) {
    out.block("Type {", "},", |out| {
        out.line(format_args!("name: {name:?},"));
        out.block(&format!("kind: {kind}"), "},", body);
    });
}

fn one_number(out: &mut Text, number: &NumberType, with_text: bool) {
    let class = if number.class == NumberClass::Flags { "Bits" } else { "Names" };
    out.line(format_args!("class: Class::{class},"));
    out.line(format_args!("width: {},", width(number.repr)));
    if number.values.is_empty() {
        out.line("values: &[],");
        return;
    }
    out.block("values: &[", "],", |out| {
        for value in &number.values {
            let text = if with_text { value.doc.summary().replace('`', "") } else { String::new() };
            let text = text.trim_end_matches('.');
            let bits = value.value;
            out.line(format_args!("Value {{ name: {:?}, value: {bits:#x}, text: {text:?} }},", value.name));
        }
    });
}

fn one_struct(out: &mut Text, model: &Model, structure: &Struct) {
    out.line(format_args!("size: {},", per_word(structure.size)));
    out.block("items: &[", "],", |out| {
        for member in &structure.members {
            match member {
                Member::Field(field) => {
                    let length = field.length.as_deref().and_then(|name| index_of(structure, name));
                    out.line(format_args!("Item::Field({}),", one_field(field, length)));
                }
                Member::Variant(variant) => one_variant(out, model, structure, variant),
            }
        }
    });
}

fn one_variant(out: &mut Text, model: &Model, structure: &Struct, variant: &Variant) {
    let Some(tag) = index_of(structure, &variant.tag) else { return };
    let values = match structure.members.get(tag) {
        Some(Member::Field(Field { ty: TypeRef::Named(id), .. })) => match &model.ty(*id).kind {
            TypeKind::Number(number) => number.values.as_slice(),
            _ => &[],
        },
        _ => &[],
    };
    out.block("Item::Variant {", "},", |out| {
        out.line(format_args!("tag: {tag},"));
        out.block("arms: &[", "],", |out| {
            for arm in &variant.arms {
                let tags: Vec<u64> = values
                    .iter()
                    .filter(|value| arm.tags.contains(&value.name))
                    .map(|value| value.value)
                    .collect();
                out.block("Arm {", "},", |out| {
                    out.line(format_args!("name: {:?},", arm.name));
                    out.line(format_args!("tags: &{tags:?},"));
                    out.block("fields: &[", "],", |out| {
                        for field in &arm.members {
                            let length = field
                                .length
                                .as_deref()
                                .and_then(|name| arm.members.iter().position(|member| member.name == name));
                            out.line(format_args!("{},", one_field(field, length)));
                        }
                    });
                });
            }
        });
    });
}

/// The place of a field among a structure's members.
fn index_of(structure: &Struct, name: &str) -> Option<usize> {
    structure.members.iter().position(|member| matches!(member, Member::Field(field) if field.name == name))
}

fn one_field(field: &Field, length: Option<usize>) -> String {
    format!(
        "Field {{ name: {:?}, ty: {}, offset: {}, length: {length:?} }}",
        field.name,
        reference(&field.ty),
        per_word(field.offset),
    )
}

fn per_word(figure: PerWord<u64>) -> String {
    format!("[{}, {}]", figure.w32, figure.w64)
}

fn width(primitive: Primitive) -> String {
    format!("Width {{ bytes: {}, signed: {} }}", primitive.size().w64, primitive.is_signed())
}

/// A reference to a type.
pub(super) fn reference(ty: &TypeRef) -> String {
    match ty {
        TypeRef::Primitive(Primitive::Void) => "Ref::Void".to_string(),
        TypeRef::Primitive(Primitive::Char) => "Ref::Char".to_string(),
        TypeRef::Primitive(Primitive::Size) => "Ref::Size".to_string(),
        TypeRef::Primitive(primitive) => format!("Ref::Number({})", width(*primitive)),
        TypeRef::Named(id) => format!("Ref::Named({})", id.0),
        TypeRef::Pointer { mutable, to } => {
            format!("Ref::Pointer {{ mutable: {mutable}, to: &{} }}", reference(to))
        }
        TypeRef::Array { of, count } => format!("Ref::Array {{ of: &{}, count: {count} }}", reference(of)),
        TypeRef::Atomic(of) => format!("Ref::Atomic(&{})", reference(of)),
    }
}

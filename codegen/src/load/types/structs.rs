//! Structs and functions: members, variants, the two layouts.

use std::collections::HashMap;

use super::super::context::Context;
use super::super::docs::doc;
use super::super::layout;
use super::super::report::did_you_mean;
use super::super::shape::twice;
use super::super::syntax::{self, Word};
use super::{Position, Types, resolve, variants};
use crate::diagnostic::Diagnostic;
use crate::model::{Arm, Field, LayoutPolicy, Member, PerWord, Primitive, Struct, TypeKind, TypeRef};
use crate::source::Span;

/// Builds a struct and lays it out. Says also whether all of it is known.
pub fn build(
    context: &Context,
    types: &Types,
    item: &syntax::Type,
    written: &syntax::Struct,
    recursive: bool,
) -> (Struct, bool) {
    let mut names = HashMap::new();
    let mut sound = !recursive;
    let mut members: Vec<Member> = Vec::with_capacity(written.members.len());
    let all_fields: Vec<&syntax::Field> = written
        .members
        .iter()
        .filter_map(|member| match member {
            syntax::Member::Field(field) => Some(field),
            syntax::Member::Variant(_) => None,
        })
        .collect();
    for member in &written.members {
        match member {
            syntax::Member::Field(field) => {
                claim(context, &mut names, field.name, "member");
                let (field, known) = build_field(context, types, field, &all_fields, Position::Member);
                sound &= known;
                members.push(Member::Field(field));
            }
            syntax::Member::Variant(variant) => {
                let (variant, known) =
                    variants::build(context, types, variant, &members, &all_fields, &mut names);
                sound &= known;
                members.push(Member::Variant(variant));
            }
        }
    }
    let mut built = Struct {
        members,
        layout: if written.per_word_size.is_some() { LayoutPolicy::PerWordSize } else { LayoutPolicy::Same },
        padding_zeroed: written.padding_zeroed.is_some(),
        depends_on_word_size: false,
        size: PerWord::both(0),
        align: PerWord::both(1),
    };
    let depends = fields(&built).any(|field| depends_on_word_size(&field.ty, types));
    built.depends_on_word_size = depends;
    if recursive {
        return (built, false);
    }
    layout::lay_out(&mut built, &types.list);
    if built.size.w64 > layout::LARGEST && sound {
        let message = format!("`{}` is larger than {} bytes", item.name.text, layout::LARGEST);
        context.report.add(Diagnostic::at(item.name.span, message));
        sound = false;
    }
    if sound {
        check_same_layout(context, item, written, &built);
        check_padding_exists(context, item, written, &built, types);
    }
    (built, sound)
}

/// Builds the parameters of a function type.
pub fn parameters(context: &Context, types: &Types, written: &[syntax::Field]) -> (Vec<Field>, bool) {
    let siblings: Vec<&syntax::Field> = written.iter().collect();
    let mut names = HashMap::new();
    let mut sound = true;
    let parameters = written
        .iter()
        .map(|field| {
            claim(context, &mut names, field.name, "parameter");
            let (field, known) = build_field(context, types, field, &siblings, Position::Parameter);
            sound &= known;
            field
        })
        .collect();
    (parameters, sound)
}

/// Reports a name that stands twice.
pub(super) fn claim<'a>(context: &Context, names: &mut HashMap<&'a str, Span>, name: Word<'a>, what: &str) {
    if let Some(first) = names.insert(name.text, name.span) {
        names.insert(name.text, first);
        context.report.add(twice(name.span, &format!("the {what} `{}`", name.text), first));
    }
}

/// Builds a member. `siblings` are those that can hold its length.
pub(super) fn build_field(
    context: &Context,
    types: &Types,
    written: &syntax::Field,
    siblings: &[&syntax::Field],
    position: Position,
) -> (Field, bool) {
    let ty = resolve(context, written.ty.as_ref(), position);
    if let Some(length) = written.length {
        check_length(context, types, length, ty.as_ref(), siblings);
    }
    let known = ty.as_ref().is_some_and(|ty| types.is_sound(ty) || matches!(ty, TypeRef::Pointer { .. }));
    let field = Field {
        name: written.name.text.to_string(),
        ty: ty.unwrap_or(TypeRef::Primitive(Primitive::U32)),
        doc: doc(context, written.doc),
        length: written.length.map(|word| word.text.to_string()),
        offset: PerWord::both(0),
    };
    (field, known)
}

fn check_length(
    context: &Context,
    types: &Types,
    length: Word,
    ty: Option<&TypeRef>,
    siblings: &[&syntax::Field],
) {
    if ty.is_some_and(|ty| !matches!(ty, TypeRef::Pointer { .. })) {
        context.report.add(Diagnostic::at(length.span, "only a pointer has a `length`"));
        return;
    }
    let Some(counter) = siblings.iter().find(|field| field.name.text == length.text) else {
        let mut error = Diagnostic::at(length.span, format!("unknown member `{}`", length.text));
        error.help = did_you_mean(length.text, siblings.iter().map(|field| field.name.text))
            .or_else(|| Some("the length is another member of the same struct or arm".into()));
        context.report.add(error);
        return;
    };
    // An error in the counter's own type is reported where it stands.
    let Some(tree) = counter.ty.as_ref().and_then(|expression| expression.tree.as_ref()) else { return };
    let is_wrong = match tree {
        super::super::expression::TypeExpression::Primitive(primitive, _) => !is_count(Some(*primitive)),
        super::super::expression::TypeExpression::Named(name) => match context.names.ty(name.text) {
            Some(id) if id.0 < types.list.len() => {
                types.sound[id.0] && !is_count(types.counter(&TypeRef::Named(id)))
            }
            _ => false,
        },
        _ => true,
    };
    if is_wrong {
        context.report.add(
            Diagnostic::at(
                length.span,
                format!("`{}` cannot count: its type is no unsigned number", length.text),
            )
            .related(counter.name.span, "defined here"),
        );
    }
}

/// Whether a number can count elements.
pub fn is_count(repr: Option<Primitive>) -> bool {
    matches!(repr, Some(Primitive::Size | Primitive::U8 | Primitive::U16 | Primitive::U32 | Primitive::U64))
}

/// All members, also those in arms.
fn fields(item: &Struct) -> impl Iterator<Item = &Field> {
    item.members.iter().flat_map(|member| {
        let (own, arms): (Option<&Field>, &[Arm]) = match member {
            Member::Field(field) => (Some(field), &[]),
            Member::Variant(variant) => (None, &variant.arms),
        };
        own.into_iter().chain(arms.iter().flat_map(|arm| &arm.members))
    })
}

fn depends_on_word_size(ty: &TypeRef, types: &Types) -> bool {
    match ty {
        TypeRef::Primitive(primitive) => *primitive == Primitive::Size,
        TypeRef::Pointer { .. } => true,
        TypeRef::Array { of, .. } | TypeRef::Atomic(of) => depends_on_word_size(of, types),
        TypeRef::Named(id) => match types.list.get(id.0).map(|ty| &ty.kind) {
            Some(TypeKind::Struct(item)) => item.depends_on_word_size,
            Some(TypeKind::Function(_)) => true,
            _ => false,
        },
    }
}

/// Reports a struct that is declared to have one layout and has two.
fn check_same_layout(context: &Context, item: &syntax::Type, written: &syntax::Struct, built: &Struct) {
    if let Some(span) = written.per_word_size {
        let same = fields(built).all(|field| field.offset.same()) && built.size.same() && built.align.same();
        if same && !built.depends_on_word_size {
            context.report.add(
                Diagnostic::at(span, format!("`{}` has the same layout for both word sizes", item.name.text))
                    .help("leave this key out"),
            );
        }
        return;
    }
    let help = "declare `layout: per_word_size`, or choose types of one width";
    let mut spans = Vec::new();
    super::super::names::each_field(&written.members, |field| spans.push(field.name.span));
    let differing = fields(built).zip(spans).find(|(field, _)| !field.offset.same());
    let error = match differing {
        Some((field, span)) => Diagnostic::at(
            span,
            format!(
                "`{}` stands at offset {} in 32-bit and {} in 64-bit programs",
                field.name, field.offset.w32, field.offset.w64
            ),
        ),
        None if !built.size.same() || !built.align.same() => Diagnostic::at(
            item.name.span,
            format!(
                "`{}` has {} bytes in 32-bit and {} in 64-bit programs",
                item.name.text, built.size.w32, built.size.w64
            ),
        ),
        None => return,
    };
    context.report.add(error.help(help));
}

/// Reports padding that is declared and not there.
fn check_padding_exists(
    context: &Context,
    item: &syntax::Type,
    written: &syntax::Struct,
    built: &Struct,
    types: &Types,
) {
    let Some(span) = written.padding_zeroed else { return };
    let is_dense = [32, 64].into_iter().all(|bits| layout::padding(built, &types.list, bits).is_empty());
    if is_dense {
        context.report.add(
            Diagnostic::at(span, format!("`{}` has no padding", item.name.text)).help("leave this key out"),
        );
    }
}

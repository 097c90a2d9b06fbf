//! Structs and functions: members, variants, the two layouts.

use std::collections::HashMap;

use super::super::context::Context;
use super::super::docs::doc;
use super::super::layout;
use super::super::report::did_you_mean;
use super::super::shape::twice;
use super::super::syntax::{self, Kind, Word};
use super::{Position, Types, resolve};
use crate::diagnostic::Diagnostic;
use crate::model::{
    Arm, Field, LayoutPolicy, Member, NumberClass, PerWord, Primitive, Struct, TypeId, TypeKind, TypeRef,
    Variant,
};
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
                    build_variant(context, types, variant, &members, &all_fields, &mut names);
                sound &= known;
                members.push(Member::Variant(variant));
            }
        }
    }
    let mut built = Struct {
        members,
        layout: if written.per_word_size { LayoutPolicy::PerWordSize } else { LayoutPolicy::Same },
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
fn claim<'a>(context: &Context, names: &mut HashMap<&'a str, Span>, name: Word<'a>, what: &str) {
    if let Some(first) = names.insert(name.text, name.span) {
        names.insert(name.text, first);
        context.report.add(twice(name.span, &format!("the {what} `{}`", name.text), first));
    }
}

/// Builds a member. `siblings` are those that can hold its length.
fn build_field(
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
                types.sound[id.0] && !is_count(types.number(&TypeRef::Named(id)))
            }
            _ => false,
        },
        _ => true,
    };
    if is_wrong {
        context.report.add(
            Diagnostic::at(length.span, format!("`{}` cannot count: it is no unsigned number", length.text))
                .related(counter.name.span, "defined here"),
        );
    }
}

/// Whether a number can count elements.
pub fn is_count(repr: Option<Primitive>) -> bool {
    matches!(repr, Some(Primitive::Size | Primitive::U8 | Primitive::U16 | Primitive::U32 | Primitive::U64))
}

/// Builds a variant; `before` are the members before it.
fn build_variant<'a>(
    context: &Context,
    types: &Types,
    written: &syntax::Variant<'a>,
    before: &[Member],
    siblings: &[&syntax::Field],
    names: &mut HashMap<&'a str, Span>,
) -> (Variant, bool) {
    let tag_type = find_tag(context, types, written, before, siblings);
    let mut sound = true;
    let mut arms = Vec::with_capacity(written.arms.len());
    let mut covered: HashMap<&str, Span> = HashMap::new();
    for arm in &written.arms {
        match arm.name {
            Some(name) => claim(context, names, name, "arm"),
            None if arm.members.len() > 1 => context.report.add(
                Diagnostic::at(arm.span, "an arm of several members needs a name")
                    .help("without a name, its only member stands in the union itself"),
            ),
            None => {}
        }
        let mut own = HashMap::new();
        let arm_siblings: Vec<&syntax::Field> = arm.members.iter().collect();
        let members = arm.members.iter().map(|field| {
            match arm.name {
                Some(_) => claim(context, &mut own, field.name, "member"),
                None => claim(context, names, field.name, "member"),
            }
            let (field, known) = build_field(context, types, field, &arm_siblings, Position::Member);
            sound &= known;
            field
        });
        arms.push(Arm {
            name: arm.name.map(|word| word.text.to_string()),
            tags: arm.tags.iter().map(|word| word.text.to_string()).collect(),
            doc: doc(context, arm.doc),
            members: members.collect(),
            size: PerWord::both(0),
            align: PerWord::both(1),
        });
    }
    for tag in written.arms.iter().flat_map(|arm| &arm.tags).chain(&written.empty) {
        if let Some(first) = covered.insert(tag.text, tag.span) {
            covered.insert(tag.text, first);
            context.report.add(
                Diagnostic::at(tag.span, format!("`{}` selects two arms", tag.text))
                    .related(first, "first used here"),
            );
        }
        if let Some(id) = tag_type {
            context.names.value_at(context.definition, id, *tag, "tag", context.report);
        }
    }
    if let Some(id) = tag_type {
        check_exhaustive(context, written, id, &covered);
    }
    let variant = Variant {
        tag: written.tag.text.to_string(),
        doc: doc(context, written.doc),
        arms,
        empty: written.empty.iter().map(|word| word.text.to_string()).collect(),
        offset: PerWord::both(0),
        size: PerWord::both(0),
        align: PerWord::both(1),
    };
    (variant, sound)
}

/// The enumeration of a variant's tag; an error if there is none.
fn find_tag(
    context: &Context,
    types: &Types,
    written: &syntax::Variant,
    before: &[Member],
    siblings: &[&syntax::Field],
) -> Option<TypeId> {
    let tag = written.tag;
    let earlier: Vec<&Field> = before
        .iter()
        .filter_map(|member| match member {
            Member::Field(field) => Some(field),
            Member::Variant(_) => None,
        })
        .collect();
    let Some(field) = earlier.iter().find(|field| field.name == tag.text) else {
        let error = match siblings.iter().find(|field| field.name.text == tag.text) {
            Some(later) => {
                Diagnostic::at(tag.span, format!("the tag `{}` must stand before the variant", tag.text))
                    .related(later.name.span, "defined here")
            }
            None => {
                let mut error = Diagnostic::at(tag.span, format!("unknown member `{}`", tag.text));
                error.help = did_you_mean(tag.text, earlier.iter().map(|field| field.name.as_str()))
                    .or_else(|| Some("a variant's tag is an earlier member of the same struct".into()));
                error
            }
        };
        context.report.add(error);
        return None;
    };
    let written_field = siblings.iter().find(|field| field.name.text == tag.text)?;
    // Without a type that is known, there is an error already.
    let ty = written_field.ty.as_ref().and_then(|expression| expression.tree.as_ref())?;
    if let super::super::expression::TypeExpression::Named(name) = ty
        && context.names.ty(name.text).is_none_or(|id| !types.sound.get(id.0).copied().unwrap_or(false))
    {
        return None;
    }
    if let TypeRef::Named(id) = &field.ty
        && let TypeKind::Number(number) = &types.get(*id).kind
        && number.class == NumberClass::Enum
    {
        return Some(*id);
    }
    context.report.add(
        Diagnostic::at(tag.span, format!("the tag `{}` is no enumeration", tag.text))
            .related(written_field.name.span, "defined here"),
    );
    None
}

/// Reports values of the tag that select no arm.
fn check_exhaustive(context: &Context, written: &syntax::Variant, id: TypeId, covered: &HashMap<&str, Span>) {
    let item = context.names.item(context.definition, id);
    let Some(Kind::Number(number)) = &item.kind else { return };
    let missing: Vec<String> = number
        .values
        .iter()
        .filter(|value| !covered.contains_key(value.name.text) && value.same_as.is_none())
        .map(|value| format!("`{}`", value.name.text))
        .collect();
    // Without any arm, that is what was reported.
    if !missing.is_empty() && !written.arms.is_empty() {
        context.report.add(
            Diagnostic::at(
                written.tag.span,
                format!("no arm for {} of `{}`", missing.join(", "), item.name.text),
            )
            .help("values for which no arm holds anything are listed under `empty`"),
        );
    }
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
    if written.per_word_size {
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

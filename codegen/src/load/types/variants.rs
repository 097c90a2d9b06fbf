//! Variants: the tag is an earlier enumeration, and each of its values selects one arm or is declared empty.

use std::collections::HashMap;

use super::super::context::Context;
use super::super::docs::doc;
use super::super::report::did_you_mean;
use super::super::syntax::{self, Kind};
use super::structs::{build_field, claim};
use super::{Position, Types};
use crate::diagnostic::Diagnostic;
use crate::model::{Arm, Field, Member, NumberClass, PerWord, TypeId, TypeKind, TypeRef, Variant};
use crate::source::Span;

/// Builds a variant; `before` are the members before it.
pub fn build<'a>(
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
    let mut unknown = false;
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
            unknown |= context.names.value_at(context.definition, id, *tag, "tag", context.report).is_none();
        }
    }
    // A misspelt tag is the missing one, as a rule, and so are those of an arm that has none.
    unknown |= written.arms.iter().any(|arm| arm.tags.is_empty());
    if let Some(id) = tag_type.filter(|_| !unknown) {
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
    if context.report.is_damaged(item.name.span) {
        return;
    }
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

//! Type expressions → references to types.

use super::super::context::Context;
use super::super::expression::{Name, Place, TypeExpression};
use super::super::syntax::{Expression, Kind, Word};
use crate::diagnostic::Diagnostic;
use crate::model::{Primitive, TypeRef};

/// Where a type is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Position {
    /// As a member: numbers, structs, arrays, pointers.
    Member,
    /// As a parameter: no arrays.
    Parameter,
    /// Behind a pointer: also `void`, functions and `atomic`.
    Target,
}

/// Looks up the names in a type expression. `None` if it is wrong or not known; then there is an error.
pub fn resolve(
    context: &Context,
    written: Option<&Expression<'_, TypeExpression<'_>>>,
    position: Position,
) -> Option<TypeRef> {
    let written = written?;
    go(context, &written.place, written.tree.as_ref()?, position)
}

fn go(context: &Context, place: &Place, tree: &TypeExpression, position: Position) -> Option<TypeRef> {
    let refuse = |name: &Name, message: &str| {
        context.report.add(
            Diagnostic::at(place.of(name), message.to_string())
                .help(format!("`*mut {}` is a pointer to one", name.text)),
        );
    };
    match tree {
        TypeExpression::Primitive(Primitive::Void, name) if position != Position::Target => {
            refuse(name, "`void` can only stand behind a pointer");
            None
        }
        TypeExpression::Primitive(primitive, _) => Some(TypeRef::Primitive(*primitive)),
        TypeExpression::Named(name) => {
            let id = match context.names.ty(name.text) {
                Some(id) => id,
                None => {
                    context.names.ty_at(Word { text: name.text, span: place.of(name) }, context.report)?
                }
            };
            let kind = &context.names.item(context.definition, id).kind;
            if position != Position::Target && matches!(kind, Some(Kind::Function(_))) {
                refuse(name, "a function type can only stand behind a pointer");
                return None;
            }
            Some(TypeRef::Named(id))
        }
        TypeExpression::Pointer(mutable, to) => {
            let to = go(context, place, to, Position::Target)?;
            Some(TypeRef::Pointer { mutable: *mutable, to: Box::new(to) })
        }
        TypeExpression::Array(of, count) => {
            // Also finds what is wrong with the element.
            let element = go(context, place, of, Position::Member)?;
            if position == Position::Parameter {
                context.report.add(
                    Diagnostic::at(place.node.span, "an array cannot be passed by value")
                        .help("a pointer to it can be passed"),
                );
                return None;
            }
            if *count == 0 {
                context.report.add(Diagnostic::at(place.node.span, "an array has at least one element"));
                return None;
            }
            Some(TypeRef::Array { of: Box::new(element), count: *count })
        }
        TypeExpression::Atomic(name, of) => {
            let inner = go(context, place, of, Position::Member)?;
            if position != Position::Target {
                context.report.add(
                    Diagnostic::at(place.of(name), "`atomic` can only stand behind a pointer")
                        .help("`*mut atomic …` is a pointer to something that is accessed atomically"),
                );
                return None;
            }
            let is_number = match &inner {
                TypeRef::Primitive(primitive) => *primitive != Primitive::Void,
                TypeRef::Named(id) => {
                    matches!(context.names.item(context.definition, *id).kind, Some(Kind::Number(_)) | None)
                }
                _ => false,
            };
            if !is_number {
                context.report.add(Diagnostic::at(place.of(name), "only numbers can be `atomic`"));
                return None;
            }
            Some(TypeRef::Atomic(Box::new(inner)))
        }
    }
}

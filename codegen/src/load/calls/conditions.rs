//! Conditions on a call's arguments.

use super::super::expression::{ConditionExpression, Name, PathExpression, Place};
use super::super::syntax::{Expression, Word};
use super::paths::{Scope, Side};
use crate::diagnostic::Diagnostic;
use crate::model::{Condition, NumberClass, Operand, TypeKind, TypeRef};

impl Scope<'_, '_> {
    /// Looks a condition up.
    pub fn condition(&self, written: &Expression<ConditionExpression>) -> Option<Condition> {
        self.condition_in(&written.place, written.tree.as_ref()?)
    }

    fn condition_in(&self, place: &Place, tree: &ConditionExpression) -> Option<Condition> {
        // All parts are looked at, also after a wrong one.
        let each = |parts: &[ConditionExpression]| {
            let parts: Vec<_> = parts.iter().map(|part| self.condition_in(place, part)).collect();
            parts.into_iter().collect::<Option<Vec<_>>>()
        };
        match tree {
            ConditionExpression::All(parts) => Some(Condition::All(each(parts)?)),
            ConditionExpression::Any(parts) => Some(Condition::Any(each(parts)?)),
            ConditionExpression::Not(inner) => {
                Some(Condition::Not(Box::new(self.condition_in(place, inner)?)))
            }
            ConditionExpression::Has(path, operator, flag) => {
                let resolved = self.path(place, path, Side::Inputs)?;
                let flags = match &resolved.ty {
                    TypeRef::Named(id) => match &self.types.get(*id).kind {
                        _ if !self.types.sound[id.0] => return None,
                        TypeKind::Number(number) if number.class == NumberClass::Flags => Some(*id),
                        _ => None,
                    },
                    _ => None,
                };
                let Some(id) = flags else {
                    let end = path.root.start + path.text.len();
                    let span = place.between(path.root.start, end);
                    let error = Diagnostic::at(span, format!("`{}` is no flag set", path.text));
                    let word = if path.text.len() + path.root.start < *operator { "has" } else { "lacks" };
                    self.context.report.add(error.help(format!("`{word}` asks for one flag of a flag set")));
                    return None;
                };
                let context = self.context;
                if let Some(flag) = context.names.value(id, flag.text) {
                    return Some(Condition::Has { path: resolved, flag });
                }
                let word = Word { text: flag.text, span: place.of(flag) };
                let flag = context.names.value_at(context.definition, id, word, "flag", context.report)?;
                Some(Condition::Has { path: resolved, flag })
            }
            ConditionExpression::Equals(path, _, value) => self.equals(place, path, value),
        }
    }

    fn equals(&self, place: &Place, path: &PathExpression, value: &Name) -> Option<Condition> {
        let context = self.context;
        let resolved = self.path(place, path, Side::Inputs)?;
        if !self.types.is_sound(&resolved.ty) && !matches!(resolved.ty, TypeRef::Pointer { .. }) {
            return None;
        }
        let Some(repr) = self.types.number(&resolved.ty) else {
            let span = place.between(path.root.start, path.root.start + path.text.len());
            context.report.add(Diagnostic::at(span, format!("`{}` is no number", path.text)));
            return None;
        };
        let named = match &resolved.ty {
            TypeRef::Named(id) if context.names.value(*id, value.text).is_some() => {
                context.names.value(*id, value.text)
            }
            _ => None,
        };
        if let Some(value) = named {
            return Some(Condition::Equals { path: resolved, value: Operand::Value(value) });
        }
        let word = Word { text: value.text, span: place.of(value) };
        if value.text.starts_with(|c: char| c.is_ascii_digit()) {
            let width = repr.size().w64 * 8;
            let parsed = match value.text.strip_prefix("0x") {
                Some(digits) => u64::from_str_radix(digits, 16),
                None => value.text.parse(),
            };
            return match parsed {
                Ok(number) if width == 64 || number < 1 << width => {
                    Some(Condition::Equals { path: resolved, value: Operand::Number(number) })
                }
                _ => {
                    let message = format!("`{}` is no number that fits into {}", value.text, repr.name());
                    context.report.add(Diagnostic::at(word.span, message));
                    None
                }
            };
        }
        match &resolved.ty {
            TypeRef::Named(id) => {
                context.names.value_at(context.definition, *id, word, "value", context.report);
            }
            _ => context.report.add(Diagnostic::at(word.span, format!("unknown value `{}`", value.text))),
        }
        None
    }
}

//! Paths to places that a call's parameters lead to, and conditions on them.

use super::super::context::Context;
use super::super::expression::{ConditionExpression, Name, PathExpression, Place};
use super::super::report::did_you_mean;
use super::super::syntax::{Call, Expression, Word};
use super::super::types::Types;
use super::parameters::Parameters;
use crate::diagnostic::Diagnostic;
use crate::model::{
    Condition, Field, Length, Member, NumberClass, Operand, Path, Segment, Struct, TypeKind, TypeRef,
};

/// Which parameters a path may start at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Inputs only.
    Inputs,
    /// Inputs and outputs.
    Both,
}

/// Where names in a call's expressions are looked up.
pub struct Scope<'a, 'r> {
    /// What the phases share.
    pub context: &'r Context<'a, 'r>,
    /// All types.
    pub types: &'r Types,
    /// The call as written.
    pub call: &'r Call<'a>,
    /// Its parameters.
    pub parameters: &'r Parameters,
}

/// Where a path has come to.
struct Walk<'t> {
    ty: &'t TypeRef,
    /// Whether `ty` is a pointer to several elements.
    many: bool,
    /// The arm of a variant that the path has just gone to, with its name: then a member of it must follow.
    arm: Option<(&'t str, &'t [Field])>,
}

impl<'a> Scope<'a, '_> {
    /// A path that must lead to a descriptor.
    pub fn descriptor(&self, written: &Expression<PathExpression>, side: Side) -> Option<Path> {
        let tree = written.tree.as_ref()?;
        let path = self.path(&written.place, tree, side)?;
        let descriptor = self.context.names.ty("fd");
        if matches!(&path.ty, TypeRef::Named(id) if Some(*id) == descriptor) {
            return Some(path);
        }
        let start = tree.root.start;
        let span = written.place.between(start, start + tree.text.len());
        let error = Diagnostic::at(span, format!("`{}` is no descriptor", tree.text));
        self.context.report.missing(match descriptor {
            Some(_) => error.help("a descriptor has the type `fd`"),
            None => error.help("descriptors need a type named `fd`"),
        });
        None
    }

    /// Looks a path up. `None` if it leads nowhere; then there is an error.
    pub fn path(&self, place: &Place, written: &PathExpression, side: Side) -> Option<Path> {
        let root = written.root.text;
        let parameters = self.parameters;
        let input = self.call.inputs.iter().position(|item| item.name.text == root);
        let output = self.call.outputs.iter().position(|item| item.name.text == root);
        let (is_output, index) = match (input, output) {
            (Some(index), _) => (false, index),
            (None, Some(index)) if side == Side::Both => (true, index),
            (None, Some(index)) => {
                self.context.report.add(
                    Diagnostic::at(
                        place.of(&written.root),
                        format!("`{root}` is an output; an input should stand here"),
                    )
                    .related(self.call.outputs[index].name.span, "defined here"),
                );
                return None;
            }
            (None, None) => {
                let message = format!("unknown parameter `{root}`");
                let mut error = Diagnostic::at(place.of(&written.root), message);
                let outputs = self.call.outputs.iter().filter(|_| side == Side::Both);
                let known = self.call.inputs.iter().chain(outputs).map(|item| item.name.text);
                error.help = did_you_mean(root, known);
                self.context.report.add(error);
                return None;
            }
        };
        let (list, known) = match is_output {
            true => (&parameters.outputs, &parameters.known_outputs),
            false => (&parameters.inputs, &parameters.known_inputs),
        };
        if !known[index] {
            return None;
        }
        let parameter = &list[index];
        // Without a good `access` there is no buffer, but whether there is a length is plain.
        let many = match &parameter.buffer {
            Some(buffer) => buffer.length != Length::One,
            None => !is_output && self.call.inputs[index].length.is_some(),
        };
        let mut walk = Walk { ty: &parameter.ty, many, arm: None };
        let mut segments = Vec::with_capacity(written.steps.len());
        for (step, start) in &written.steps {
            match step {
                None => {
                    walk = self.elements(place, *start, &walk)?;
                    segments.push(Segment::Elements);
                }
                Some(text) => {
                    let name = Name { text, start: *start };
                    walk = self.member(place, &name, &walk)?;
                    segments.push(Segment::Member(text.to_string()));
                }
            }
        }
        if let Some((arm, fields)) = walk.arm {
            let fields: Vec<_> = fields.iter().map(|field| format!("`{arm}.{}`", field.name)).collect();
            let end = written.root.start + written.text.len();
            self.context.report.add(
                Diagnostic::at(
                    place.between(end - arm.len(), end),
                    format!("`{arm}` is an arm; one of its members should follow"),
                )
                .help(format!("it has {}", fields.join(", "))),
            );
            return None;
        }
        Some(Path {
            output: is_output,
            parameter: index,
            segments,
            ty: walk.ty.clone(),
            text: written.text.to_string(),
        })
    }

    /// Goes to each element of a buffer.
    fn elements<'t>(&'t self, place: &Place, start: usize, walk: &Walk<'t>) -> Option<Walk<'t>> {
        let of = match walk.ty {
            TypeRef::Pointer { to, .. } if walk.many && walk.arm.is_none() => to,
            TypeRef::Array { of, .. } if walk.arm.is_none() => of,
            _ => {
                let message = "`[]` follows a buffer with a `length` or an array only";
                self.context.report.add(Diagnostic::at(place.between(start, start + 2), message));
                return None;
            }
        };
        Some(Walk { ty: of, many: false, arm: None })
    }

    /// Goes to a member of a struct, or to an arm of its variant.
    fn member<'t>(&'t self, place: &Place, name: &Name, walk: &Walk<'t>) -> Option<Walk<'t>> {
        let unknown = |known: Vec<&str>, of: &str| {
            let mut error = Diagnostic::at(place.of(name), format!("`{of}` has no member `{}`", name.text));
            error.help = did_you_mean(name.text, known);
            self.context.report.add(error);
        };
        let to_field = |field: &'t Field| Walk { ty: &field.ty, many: field.length.is_some(), arm: None };
        if let Some((arm, fields)) = walk.arm {
            return match fields.iter().find(|field| field.name == name.text) {
                Some(field) => Some(to_field(field)),
                None => {
                    unknown(fields.iter().map(|field| field.name.as_str()).collect(), arm);
                    None
                }
            };
        }
        let target = match walk.ty {
            TypeRef::Pointer { .. } if walk.many => {
                let message = "this leads through a buffer of several elements";
                self.context.report.add(
                    Diagnostic::at(place.of(name), message)
                        .help(format!("write `[].{}` for each of them", name.text)),
                );
                return None;
            }
            TypeRef::Pointer { to, .. } => to,
            other => other,
        };
        let item = match target {
            TypeRef::Named(id) => match &self.types.get(*id).kind {
                // What is not known cannot be wrong.
                _ if !self.types.sound[id.0] => return None,
                TypeKind::Struct(item) => Some((item, self.types.get(*id).name.as_str())),
                _ => None,
            },
            _ => None,
        };
        let Some((item, type_name)) = item else {
            let message = format!("there is no `{}`: this is no struct", name.text);
            self.context.report.add(Diagnostic::at(place.of(name), message));
            return None;
        };
        match find_member(item, name.text) {
            Some(Found::Field(field)) => Some(to_field(field)),
            Some(Found::Arm(arm, fields)) => {
                Some(Walk { ty: walk.ty, many: false, arm: Some((arm, fields)) })
            }
            None => {
                unknown(member_names(item), type_name);
                None
            }
        }
    }

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

/// What a name in a struct is.
enum Found<'t> {
    Field(&'t Field),
    Arm(&'t str, &'t [Field]),
}

fn find_member<'t>(item: &'t Struct, name: &str) -> Option<Found<'t>> {
    item.members.iter().find_map(|member| match member {
        Member::Field(field) => (field.name == name).then_some(Found::Field(field)),
        Member::Variant(variant) => variant.arms.iter().find_map(|arm| match &arm.name {
            Some(arm_name) => (arm_name == name).then_some(Found::Arm(arm_name, &arm.members)),
            None => arm.members.iter().find(|field| field.name == name).map(Found::Field),
        }),
    })
}

fn member_names(item: &Struct) -> Vec<&str> {
    let mut names = Vec::new();
    for member in &item.members {
        match member {
            Member::Field(field) => names.push(field.name.as_str()),
            Member::Variant(variant) => {
                for arm in &variant.arms {
                    match &arm.name {
                        Some(name) => names.push(name),
                        None => names.extend(arm.members.iter().map(|field| field.name.as_str())),
                    }
                }
            }
        }
    }
    names
}

//! Paths to places that a call's parameters lead to.

use super::super::context::Context;
use super::super::expression::{Name, PathExpression, Place};
use super::super::report::did_you_mean;
use super::super::syntax::{Call, Expression};
use super::super::types::Types;
use super::parameters::Parameters;
use crate::diagnostic::Diagnostic;
use crate::model::{Field, Length, Member, Path, Segment, Struct, TypeKind, TypeRef};

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
            (None, None) if self.context.report.is_damaged(self.call.name.span) => return None,
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

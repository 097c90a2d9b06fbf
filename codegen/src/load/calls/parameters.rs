//! Inputs and outputs: their types, and how the call uses the memory that pointers lead to.

use std::collections::HashMap;

use super::super::context::Context;
use super::super::docs::doc;
use super::super::layout;
use super::super::report::did_you_mean;
use super::super::shape::twice;
use super::super::syntax::{self, Call, Word};
use super::super::types::{Position, Types, is_count, resolve};
use crate::diagnostic::Diagnostic;
use crate::model::{Access, Buffer, Length, NumberClass, Parameter, Primitive, TypeKind, TypeRef};

/// Structs up to this size can be passed by value: they fit into one 64-bit register.
const LARGEST_BY_VALUE: u64 = 8;

/// The parameters of a call.
pub struct Parameters {
    /// The inputs. One whose type is not known has a stand-in.
    pub inputs: Vec<Parameter>,
    /// The outputs, likewise.
    pub outputs: Vec<Parameter>,
    /// Whether each input's type is known.
    pub known_inputs: Vec<bool>,
    /// Whether each output's type is known.
    pub known_outputs: Vec<bool>,
}

impl Parameters {
    /// Builds the parameters of a call, and checks each.
    pub fn build(context: &Context, types: &Types, call: &Call) -> Self {
        let mut names = HashMap::new();
        for name in call.inputs.iter().chain(&call.outputs).map(|parameter| parameter.name) {
            if let Some(first) = names.insert(name.text, name.span) {
                names.insert(name.text, first);
                context.report.add(twice(name.span, &format!("the parameter `{}`", name.text), first));
            }
        }
        let mut parameters = Parameters {
            inputs: Vec::with_capacity(call.inputs.len()),
            outputs: Vec::with_capacity(call.outputs.len()),
            known_inputs: Vec::new(),
            known_outputs: Vec::new(),
        };
        for (written, list, known) in [
            (&call.outputs, &mut parameters.outputs, &mut parameters.known_outputs),
            (&call.inputs, &mut parameters.inputs, &mut parameters.known_inputs),
        ] {
            for item in written {
                let ty = resolve(context, item.ty.as_ref(), Position::Parameter)
                    .filter(|ty| matches!(ty, TypeRef::Pointer { .. }) || types.is_sound(ty));
                if let Some(ty) = &ty {
                    check_size(context, types, item, ty);
                }
                known.push(ty.is_some());
                list.push(Parameter {
                    name: item.name.text.to_string(),
                    ty: ty.unwrap_or(TypeRef::Primitive(Primitive::U32)),
                    doc: doc(context, item.doc),
                    buffer: None,
                    only_when: None,
                    otherwise: None,
                    undefined: None,
                });
            }
        }
        for index in 0..call.inputs.len() {
            if parameters.known_inputs[index] {
                let buffer = parameters.buffer(context, types, call, index);
                parameters.inputs[index].buffer = buffer;
                parameters.check_only_when(context, call, index);
                parameters.inputs[index].otherwise = otherwise(context, &call.inputs[index]);
                parameters.inputs[index].undefined = parameters.undefined(context, types, call, index);
            }
        }
        parameters
    }

    /// How the call uses the memory that an input points to.
    fn buffer(&self, context: &Context, types: &Types, call: &Call, index: usize) -> Option<Buffer> {
        let written = &call.inputs[index];
        let report = context.report;
        let TypeRef::Pointer { mutable, .. } = &self.inputs[index].ty else {
            let name = written.name.text;
            let refuse = |span, what: &str| {
                report.add(
                    Diagnostic::at(span, format!("`{name}` is no pointer, so it has no `{what}`"))
                        .related(written.name.span, "defined here"),
                );
            };
            if let Some((_, span)) = written.access {
                refuse(span, "access");
            }
            if let Some(length) = written.length {
                refuse(length.span, "length");
            }
            if let Some(filled) = written.filled {
                refuse(filled.span, "filled");
            }
            return None;
        };
        let Some((access, access_span)) = written.access else {
            if !written.has_access {
                report.add(
                    Diagnostic::at(
                        written.name.span,
                        format!("the pointer `{}` needs the key `access`", written.name.text),
                    )
                    .help("`read`, `write`, `read_write` or, if the memory is not touched, `address`"),
                );
            }
            return None;
        };
        if !mutable && matches!(access, Access::Write | Access::ReadWrite) {
            let ty = written.ty.as_ref().map_or(access_span, |ty| ty.place.node.span);
            report.add(
                Diagnostic::at(
                    access_span,
                    format!("`{}` points to what cannot be written", written.name.text),
                )
                .related(ty, "`*const`"),
            );
        }
        let length = match written.length {
            None => Length::One,
            Some(name) => Length::Input(self.counter(context, types, call, name, false)?),
        };
        let filled = match written.filled {
            None => None,
            Some(name) => {
                if !matches!(access, Access::Write | Access::ReadWrite) {
                    let message = "only memory that the call writes can be `filled`";
                    report.add(Diagnostic::at(name.span, message).related(access_span, "declared here"));
                }
                if written.length.is_none() {
                    let message = "only a buffer with a `length` can be `filled` in part";
                    report.add(Diagnostic::at(name.span, message));
                }
                Some(self.counter(context, types, call, name, true)?)
            }
        };
        Some(Buffer { access, length, filled })
    }

    /// The input or output of this name, which must be an unsigned number.
    fn counter(
        &self,
        context: &Context,
        types: &Types,
        call: &Call,
        name: Word,
        output: bool,
    ) -> Option<usize> {
        let (written, list, known, what) = match output {
            true => (&call.outputs, &self.outputs, &self.known_outputs, "output"),
            false => (&call.inputs, &self.inputs, &self.known_inputs, "input"),
        };
        let Some(index) = written.iter().position(|item| item.name.text == name.text) else {
            if context.report.is_damaged(call.name.span) {
                return None;
            }
            let mut error = Diagnostic::at(name.span, format!("unknown {what} `{}`", name.text));
            error.help = did_you_mean(name.text, written.iter().map(|item| item.name.text));
            context.report.add(error);
            return None;
        };
        if known[index] && !is_count(types.counter(&list[index].ty)) {
            let message = format!("`{}` cannot count: its type is no unsigned number", name.text);
            context
                .report
                .add(Diagnostic::at(name.span, message).related(written[index].name.span, "defined here"));
            return None;
        }
        Some(index)
    }

    /// The error that answers undefined values of an input, which must be one of the call's.
    fn undefined(&self, context: &Context, types: &Types, call: &Call, index: usize) -> Option<usize> {
        let written = &call.inputs[index];
        let error = written.undefined?;
        let has_undefined = match &self.inputs[index].ty {
            TypeRef::Named(id) => match &types.get(*id).kind {
                TypeKind::Number(number) => matches!(number.class, NumberClass::Enum | NumberClass::Flags),
                _ => false,
            },
            _ => false,
        };
        if !has_undefined {
            let message = format!("`{}` has no undefined values", written.name.text);
            context.report.add(
                Diagnostic::at(error.span, message)
                    .related(written.name.span, "neither an enumeration nor a flag set"),
            );
            return None;
        }
        if !call.errors.iter().any(|listed| listed.errno.text == error.text) {
            let mut unknown = Diagnostic::at(
                error.span,
                format!("`{}` is not among the errors of `{}`", error.text, call.name.text),
            );
            unknown.help = did_you_mean(error.text, call.errors.iter().map(|listed| listed.errno.text));
            context.report.add(unknown);
            return None;
        }
        // That there is such an error at all is checked where errors are listed.
        context.names.ty("errno").and_then(|errno| context.names.value(errno, error.text))
    }

    fn check_only_when(&self, context: &Context, call: &Call, index: usize) {
        let written = &call.inputs[index];
        let Some(condition) = &written.only_when else { return };
        let is_descriptor = match (&self.inputs[index].ty, context.names.ty("fd")) {
            (TypeRef::Named(id), Some(descriptor)) => *id == descriptor,
            _ => false,
        };
        if !is_descriptor {
            let message = format!("`{}` is no descriptor, so it has no `only_when`", written.name.text);
            context.report.add(
                Diagnostic::at(condition.place.node.span, message).related(written.name.span, "defined here"),
            );
        }
    }
}

/// The value that a descriptor must have where it is not looked at.
fn otherwise(context: &Context, written: &syntax::Parameter) -> Option<usize> {
    let value = written.otherwise?;
    if written.only_when.is_none() {
        let message = format!("`{}` is always looked at, so it has no `otherwise`", written.name.text);
        let help = "say with `only_when` under which condition it is";
        context.report.add(Diagnostic::at(value.span, message).help(help));
        return None;
    }
    let descriptor = context.names.ty("fd")?;
    context.names.value_at(context.definition, descriptor, value, "value of `fd`", context.report)
}

/// Reports a struct that is too large to be passed by value.
fn check_size(context: &Context, types: &Types, written: &syntax::Parameter, ty: &TypeRef) {
    let TypeRef::Named(id) = ty else { return };
    let TypeKind::Struct(_) = types.get(*id).kind else { return };
    let size = layout::extent(ty, &types.list).size;
    if size.w32.max(size.w64) > LARGEST_BY_VALUE {
        let span = written.ty.as_ref().map_or(written.name.span, |ty| ty.place.node.span);
        let message = format!(
            "`{}` has {} bytes; a struct of more than {LARGEST_BY_VALUE} cannot be passed by value",
            types.get(*id).name,
            size.w32.max(size.w64)
        );
        context.report.add(Diagnostic::at(span, message).help("a pointer to it can be passed"));
    }
}

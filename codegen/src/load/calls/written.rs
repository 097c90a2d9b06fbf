//! Padding in what the host writes: it must be declared, or it would show memory of the host's to the program.

use std::collections::HashSet;

use super::super::context::Context;
use super::super::layout;
use super::super::syntax::Call;
use super::super::types::Types;
use super::parameters::Parameters;
use crate::diagnostic::Diagnostic;
use crate::model::{Access, Member, TypeId, TypeKind, TypeRef};
use crate::source::Span;

/// Reports structs with undeclared padding that a call writes: into a buffer or as an output. Each struct is reported
/// once, with the first call that writes it; `done` holds those that were looked at.
pub fn check(
    context: &Context,
    types: &Types,
    call: &Call,
    parameters: &Parameters,
    done: &mut HashSet<TypeId>,
) {
    for (input, item) in parameters.inputs.iter().zip(&call.inputs) {
        let writes =
            input.buffer.as_ref().is_some_and(|b| matches!(b.access, Access::Write | Access::ReadWrite));
        if let (true, TypeRef::Pointer { to, .. }) = (writes, &input.ty) {
            look(context, types, to, item.name.span, done);
        }
    }
    for (output, item) in parameters.outputs.iter().zip(&call.outputs) {
        look(context, types, &output.ty, item.name.span, done);
    }
}

/// Looks at everything that a written value holds by value.
fn look(context: &Context, types: &Types, ty: &TypeRef, writer: Span, done: &mut HashSet<TypeId>) {
    match ty {
        TypeRef::Array { of, .. } | TypeRef::Atomic(of) => look(context, types, of, writer, done),
        TypeRef::Primitive(_) | TypeRef::Pointer { .. } => {}
        TypeRef::Named(id) => {
            let TypeKind::Struct(item) = &types.get(*id).kind else { return };
            if !types.sound[id.0] || !done.insert(*id) {
                return;
            }
            let holes = [64, 32].map(|bits| (bits, layout::padding(item, &types.list, bits)));
            if !item.padding_zeroed
                && let Some((bits, holes)) = holes.iter().find(|(_, holes)| !holes.is_empty())
            {
                let (start, end) = holes[0];
                let name = context.names.item(context.definition, *id).name;
                context.report.add(
                    Diagnostic::at(name.span, format!("`{}` has padding, and the host writes it", name.text))
                        .label(match end - start {
                            1 => format!("byte {start} in {bits}-bit programs"),
                            _ => format!("bytes {start} to {} in {bits}-bit programs", end - 1),
                        })
                        .related(writer, "written here")
                        .help("declare `padding: zeroed`, or put members there"),
                );
            }
            for member in &item.members {
                match member {
                    Member::Field(field) => look(context, types, &field.ty, writer, done),
                    Member::Variant(variant) => {
                        for field in variant.arms.iter().flat_map(|arm| &arm.members) {
                            look(context, types, &field.ty, writer, done);
                        }
                    }
                }
            }
        }
    }
}

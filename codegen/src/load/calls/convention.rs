//! Whether each architecture can carry a call's arguments and results.
//!
//! A slot is one word. On 32-bit machines a 64-bit number takes two, and where the convention says so it begins at an
//! even one. A small struct by value takes as many slots as it has words, wherever it begins.

use super::super::context::Context;
use super::super::layout;
use super::super::syntax::Call;
use super::super::types::Types;
use super::parameters::Parameters;
use crate::diagnostic::Diagnostic;
use crate::model::{Architecture, Parameter, TypeKind, TypeRef};
use crate::source::Span;

/// Reports a call that takes or returns more than an architecture can carry. One error per call and direction, for the
/// first architecture that falls short.
pub fn check(
    context: &Context,
    types: &Types,
    call: &Call,
    parameters: &Parameters,
    architectures: &[Architecture],
) {
    let sides = [
        ("arguments", &parameters.inputs, &parameters.known_inputs, &call.inputs),
        ("results", &parameters.outputs, &parameters.known_outputs, &call.outputs),
    ];
    for (what, list, known, written) in sides {
        if known.contains(&false) {
            continue;
        }
        for architecture in architectures {
            let limit = if what == "arguments" { architecture.arguments } else { architecture.results };
            let mut used = 0;
            let mut over: Option<Span> = None;
            for (parameter, item) in list.iter().zip(written) {
                used = place(used, parameter, types, architecture, what == "arguments");
                if used > u64::from(limit) && over.is_none() {
                    over = Some(item.name.span);
                }
            }
            let Some(span) = over else { continue };
            let message = format!(
                "`{}` needs {used} slots for its {what}, but {} carries {limit}",
                call.name.text, architecture.name
            );
            context.report.add(Diagnostic::at(span, message).label("the first that does not fit"));
            break;
        }
    }
}

/// How many slots are used after this parameter.
fn place(used: u64, parameter: &Parameter, types: &Types, architecture: &Architecture, align: bool) -> u64 {
    let size = layout::extent(&parameter.ty, &types.list).size.get(architecture.word_bits);
    let word = u64::from(architecture.word_bits / 8);
    let slots = size.div_ceil(word).max(1);
    let is_struct =
        matches!(&parameter.ty, TypeRef::Named(id) if matches!(types.get(*id).kind, TypeKind::Struct(_)));
    let aligned = align && architecture.aligned_pairs && slots == 2 && !is_struct;
    let start = if aligned { used.next_multiple_of(2) } else { used };
    start + slots
}

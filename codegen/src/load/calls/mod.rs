//! Phase 7: calls: parameters and buffers, rights, descriptors, errors, and whether every architecture can carry them.

mod conditions;
mod convention;
mod parameters;
mod paths;
mod written;

use std::collections::HashSet;

use super::context::Context;
use super::docs::doc;
use super::expression::{PathExpression, Rights};
use super::syntax::{Call, Expression, RightsRule, Word};
use super::types::Types;
use crate::diagnostic::Diagnostic;
use crate::model;
use crate::model::{Architecture, CallError, Descriptors, Parameter, RightsExpression, TypeId};
use parameters::Parameters;
use paths::{Scope, Side};

/// Builds all calls, by number.
pub fn build(context: &Context, types: &Types, architectures: &[Architecture]) -> Vec<model::Call> {
    let mut hosts_write = HashSet::new();
    context
        .names
        .call_order
        .iter()
        .map(|&index| {
            let call = &context.definition.calls[index];
            let parameters = Parameters::build(context, types, call);
            convention::check(context, types, call, &parameters, architectures);
            written::check(context, types, call, &parameters, &mut hosts_write);
            build_call(context, types, call, parameters)
        })
        .collect()
}

fn build_call(context: &Context, types: &Types, call: &Call, parameters: Parameters) -> model::Call {
    let scope = Scope { context, types, call, parameters: &parameters };
    let rights: Vec<_> = call.rights.iter().filter_map(|rule| build_rule(&scope, rule)).collect();
    let descriptors = Descriptors {
        consumes: paths_to_descriptors(&scope, &call.consumes, Side::Inputs),
        creates: paths_to_descriptors(&scope, &call.creates, Side::Both),
        replaces: paths_to_descriptors(&scope, &call.replaces, Side::Inputs),
        consumes_all_others: call.consumes_all_others,
    };
    let only_when: Vec<_> = call
        .inputs
        .iter()
        .map(|input| input.only_when.as_ref().and_then(|condition| scope.condition(condition)))
        .collect();
    check_noreturn(context, call);
    let errors = errors(context, call);
    let mut inputs: Vec<Parameter> = parameters.inputs;
    for (input, condition) in inputs.iter_mut().zip(only_when) {
        input.only_when = condition;
    }
    model::Call {
        name: call.name.text.to_string(),
        number: call.number.and_then(|number| u32::try_from(number.value).ok()).unwrap_or_default(),
        doc: doc(context, call.doc),
        subsystem: call.subsystem,
        inputs,
        outputs: parameters.outputs,
        rights,
        descriptors,
        errors,
        blocks: call.blocks,
        noreturn: call.noreturn.is_some(),
        since: call.since.map(|word| word.text.to_string()),
        deprecated: call.deprecated.map(|word| word.text.to_string()),
    }
}

fn check_noreturn(context: &Context, call: &Call) {
    let Some(noreturn) = call.noreturn else { return };
    for (key, what, is_empty) in [
        (call.outputs_key, "outputs", call.outputs.is_empty()),
        (call.errors_key, "errors", call.errors.is_empty()),
    ] {
        if let (Some(span), false) = (key, is_empty) {
            context.report.add(
                Diagnostic::at(span, format!("`{}` never returns, so it has no {what}", call.name.text))
                    .related(noreturn, "declared here"),
            );
        }
    }
}

fn build_rule(scope: &Scope, rule: &RightsRule) -> Option<model::RightsRule> {
    let descriptor = rule.descriptor.as_ref().and_then(|path| scope.descriptor(path, Side::Inputs));
    let when = rule.when.as_ref().map(|condition| scope.condition(condition));
    let needs = rule.needs.as_ref().and_then(|needs| rights(scope, needs));
    if let (true, Some(written), Some(needs)) = (rule.inheriting, &rule.needs, &needs)
        && has_alternative(needs)
    {
        let message = "rights to inherit can be joined with `&` only";
        scope.context.report.add(Diagnostic::at(written.place.node.span, message));
    }
    Some(model::RightsRule {
        descriptor: descriptor?,
        when: match when {
            Some(condition) => Some(condition?),
            None => None,
        },
        needs: needs?,
        inheriting: rule.inheriting,
        doc: rule.doc.map(|text| doc(scope.context, Some(text))),
    })
}

fn has_alternative(needs: &RightsExpression) -> bool {
    match needs {
        RightsExpression::Right(_) => false,
        RightsExpression::All(parts) => parts.iter().any(has_alternative),
        RightsExpression::Any(_) => true,
    }
}

fn rights(scope: &Scope, written: &Expression<Rights>) -> Option<RightsExpression> {
    let tree = written.tree.as_ref()?;
    let Some(id) = scope.context.names.ty("rights") else {
        scope
            .context
            .report
            .missing(Diagnostic::at(written.place.node.span, "rights rules need a flag set named `rights`"));
        return None;
    };
    build_rights(scope, written, id, tree)
}

fn build_rights(
    scope: &Scope,
    written: &Expression<Rights>,
    id: TypeId,
    tree: &Rights,
) -> Option<RightsExpression> {
    // All parts are looked at, also after a wrong one.
    let each = |parts: &[Rights]| {
        let parts: Vec<_> = parts.iter().map(|part| build_rights(scope, written, id, part)).collect();
        parts.into_iter().collect::<Option<Vec<_>>>()
    };
    Some(match tree {
        Rights::Right(name) => {
            let context = scope.context;
            // Where it stands is worth finding out only if it is wrong.
            if let Some(right) = context.names.value(id, name.text) {
                return Some(RightsExpression::Right(right));
            }
            let word = Word { text: name.text, span: written.place.of(name) };
            RightsExpression::Right(context.names.value_at(
                context.definition,
                id,
                word,
                "right",
                context.report,
            )?)
        }
        Rights::All(parts) => RightsExpression::All(each(parts)?),
        Rights::Any(parts) => RightsExpression::Any(each(parts)?),
    })
}

fn paths_to_descriptors(
    scope: &Scope,
    written: &[Expression<PathExpression>],
    side: Side,
) -> Vec<model::Path> {
    written.iter().filter_map(|path| scope.descriptor(path, side)).collect()
}

fn errors(context: &Context, call: &Call) -> Vec<CallError> {
    let Some(errno) = context.names.ty("errno") else {
        if let (Some(span), false) = (call.errors_key, call.errors.is_empty()) {
            context.report.missing(Diagnostic::at(span, "errors need an enumeration named `errno`"));
        }
        return Vec::new();
    };
    let mut errors = Vec::with_capacity(call.errors.len());
    for error in &call.errors {
        let found = context.names.value_at(context.definition, errno, error.errno, "error", context.report);
        if found.is_some() && error.errno.text == "success" {
            context.report.add(
                Diagnostic::at(error.errno.span, "`success` is no error")
                    .help("every call can succeed; leave it out"),
            );
        }
        errors.push(CallError {
            errno: found.unwrap_or_default(),
            doc: doc(context, error.doc),
            unprovoked: error.unprovoked.map(|word| word.text.to_string()),
        });
    }
    errors
}

//! Phase 8: what `abi.yaml` and the heads of the other files say.

use std::collections::HashMap;

use super::context::Context;
use super::docs::doc;
use super::shape::twice;
use super::syntax::{Kind, Word};
use crate::diagnostic::Diagnostic;
use crate::model::{Architecture, CallId, Subsystem, Tombstone, TypeId};
use crate::source::Span;

/// The architectures. One whose figures are not known is left out.
pub fn architectures(context: &Context) -> Vec<Architecture> {
    let Some(abi) = &context.definition.abi else { return Vec::new() };
    abi.architectures
        .iter()
        .filter_map(|item| {
            // Also finds what is wrong with the documentation of one that is left out.
            let doc = doc(context, item.doc);
            Some(Architecture {
                name: item.name.text.to_string(),
                word_bits: item.word_bits?,
                arguments: item.arguments?,
                results: item.results?,
                aligned_pairs: item.aligned_pairs,
                doc,
            })
        })
        .collect()
}

/// The tombstones.
pub fn tombstones(context: &Context) -> Vec<Tombstone> {
    let Some(abi) = &context.definition.abi else { return Vec::new() };
    abi.tombstones
        .iter()
        .map(|item| Tombstone {
            kind: item.kind,
            name: item.name.map(|word| word.text.to_string()),
            // A negative number is kept as its bit pattern, as a value's is.
            number: item.number.map(|number| number.value as u64),
            reason: item.reason.map(|word| word.text.to_string()).unwrap_or_default(),
        })
        .collect()
}

/// The subsystems, with their types and calls in definition order.
pub fn subsystems(context: &Context) -> Vec<Subsystem> {
    let definition = context.definition;
    let mut subsystems: Vec<Subsystem> = definition
        .subsystems
        .iter()
        .map(|item| Subsystem {
            name: item.name.text.to_string(),
            file: file_name(context, item.file),
            doc: doc(context, item.doc),
            types: Vec::new(),
            calls: Vec::new(),
        })
        .collect();
    for (index, ty) in ids(&context.names.type_order).into_iter().zip(&definition.types) {
        subsystems[ty.subsystem].types.push(TypeId(index));
    }
    for (index, call) in ids(&context.names.call_order).into_iter().zip(&definition.calls) {
        subsystems[call.subsystem].calls.push(CallId(index));
    }
    subsystems
}

/// The inverse of an order: where each item went.
fn ids(order: &[usize]) -> Vec<usize> {
    let mut ids = vec![0; order.len()];
    for (id, &index) in order.iter().enumerate() {
        ids[index] = id;
    }
    ids
}

fn file_name(context: &Context, file: usize) -> String {
    context.sources.files.get(file).map(|file| file.name.clone()).unwrap_or_default()
}

/// Checks that what says since when it exists names a version up to the present one.
pub fn check_versions(context: &Context) {
    let definition = context.definition;
    let Some(now) = definition.abi.as_ref().and_then(|abi| abi.version) else { return };
    // Versions that are no numbers have no order that one could check.
    let Some(present) = version(now.text) else { return };
    let types = definition.types.iter().flat_map(|ty| {
        let values = match &ty.kind {
            Some(Kind::Number(number)) => number.values.as_slice(),
            _ => &[],
        };
        values.iter().map(|value| value.since).chain([ty.since])
    });
    let calls = definition.calls.iter().map(|call| call.since);
    for since in types.chain(calls).flatten() {
        let error = match version(since.text) {
            None => Diagnostic::at(since.span, format!("`{}` is no version", since.text))
                .related(now.span, "the present one"),
            Some(version) if version > present => {
                Diagnostic::at(since.span, format!("version {} is yet to come", since.text))
                    .related(now.span, "the present one")
                    .help("the version that brings something new is raised together with it")
            }
            Some(_) => continue,
        };
        context.report.add(error);
    }
}

/// The numbers of a version such as `1.0`, without zeros at the end.
fn version(text: &str) -> Option<Vec<u64>> {
    let mut numbers: Vec<u64> = text.split('.').map(|part| part.parse().ok()).collect::<Option<_>>()?;
    while numbers.last() == Some(&0) {
        numbers.pop();
    }
    Some(numbers)
}

/// Checks what the files' heads say: each bears its own name, and there is an `abi.yaml`.
pub fn check_files(context: &Context) {
    let definition = context.definition;
    let subsystems = definition.subsystems.iter().map(|item| ("subsystem", item.name, item.file));
    let hosts = definition.hosts.iter().map(|item| ("host", item.name, item.file));
    let mut first: HashMap<(&str, &str), Span> = HashMap::new();
    for (what, name, file) in subsystems.chain(hosts) {
        check_head(context, what, name, file, &mut first);
    }
    if !context.sources.files.iter().any(|file| file.name == "abi.yaml") {
        context.report.add(Diagnostic::general("the definition has no file `abi.yaml`"));
    }
}

fn check_head<'a>(
    context: &Context,
    what: &'a str,
    name: Word<'a>,
    file: usize,
    first: &mut HashMap<(&'a str, &'a str), Span>,
) {
    if let Some(earlier) = first.insert((what, name.text), name.span) {
        first.insert((what, name.text), earlier);
        context.report.add(twice(name.span, &format!("the {what} `{}`", name.text), earlier));
        return;
    }
    let file_name = file_name(context, file);
    let stem = file_name.rsplit('/').next().and_then(|name| name.strip_suffix(".yaml"));
    if stem != Some(name.text) {
        context.report.add(
            Diagnostic::at(name.span, format!("the {what} `{}` stands in the file `{file_name}`", name.text))
                .help(format!("a {what}'s file has its name: `{}.yaml`", name.text)),
        );
    }
}

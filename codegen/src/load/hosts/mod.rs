//! Phase 8: hosts: a table for each type that every host maps, an entry for each value, and each call served or not.

mod tables;
mod ways;

use std::collections::HashMap;

use super::context::Context;
use super::docs::doc;
use super::report::did_you_mean;
use super::syntax::{Host, Kind, Word};
use crate::diagnostic::Diagnostic;
use crate::model;
use crate::model::{CallId, CallNeeds, HostConstant, RuntimeNeeds};

/// Hosts whose file must say which host calls serving each call makes: their sandbox's list of allowed calls is
/// generated from it.
const HOST_CALLS_NEEDED: &[&str] = &["linux"];

/// At most this many names are listed in one message.
const LISTED: usize = 8;

/// Builds all hosts, in alphabetical order of their names.
pub fn build(context: &Context) -> Vec<model::Host> {
    let mut hosts: Vec<_> = context.definition.hosts.iter().map(|host| build_host(context, host)).collect();
    hosts.sort_by(|a, b| a.name.cmp(&b.name));
    hosts
}

fn build_host(context: &Context, host: &Host) -> model::Host {
    check_tables(context, host);
    let ways = ways::build(context, host);
    model::Host {
        name: host.name.text.to_string(),
        title: host.title.map(|word| word.text.to_string()).unwrap_or_default(),
        file: context.sources.files.get(host.file).map(|file| file.name.clone()).unwrap_or_default(),
        doc: doc(context, host.doc),
        ways,
        constants: host
            .constants
            .iter()
            .map(|constant| HostConstant {
                name: constant.name.text.to_string(),
                value: constant.value.and_then(|number| u64::try_from(number.value).ok()).unwrap_or_default(),
                source: constant.source.map(|word| word.text.to_string()).unwrap_or_default(),
            })
            .collect(),
        tables: host.tables.iter().filter_map(|table| tables::build(context, table)).collect(),
        runtime: RuntimeNeeds {
            host_calls: host.runtime_calls.iter().map(|word| word.text.to_string()).collect(),
            doc: doc(context, host.runtime_doc),
        },
        calls: calls(context, host),
    }
}

/// Reports types that every host maps and for which there is no table.
fn check_tables(context: &Context, host: &Host) {
    let Some(span) = host.tables_key else { return };
    let mapped: std::collections::HashSet<&str> =
        host.tables.iter().filter_map(|table| table.ty.map(|word| word.text)).collect();
    // A table whose type is missing or wrong may be the one.
    if host.tables.iter().any(|table| table.ty.is_none_or(|word| context.names.ty(word.text).is_none())) {
        return;
    }
    let missing: Vec<&str> = context
        .definition
        .types
        .iter()
        .filter(|ty| matches!(&ty.kind, Some(Kind::Number(number)) if number.host_mapped))
        .map(|ty| ty.name.text)
        .filter(|name| !mapped.contains(name))
        .collect();
    if !missing.is_empty() {
        context.report.missing(
            Diagnostic::at(span, format!("`{}` has no table for {}", host.name.text, listed(&missing)))
                .help("types with `host_mapped: true` need one in every host's file"),
        );
    }
}

fn calls(context: &Context, host: &Host) -> Vec<CallNeeds> {
    let mut by_id: HashMap<CallId, usize> = HashMap::with_capacity(host.calls.len());
    let mut unknown = false;
    // A host with the name of another is reported where it says so; its file's name tells what it is.
    let file = context.sources.files.get(host.file).map_or("", |file| file.name.as_str());
    let stem = file.strip_prefix("hosts/").and_then(|name| name.strip_suffix(".yaml"));
    let needs_host_calls = HOST_CALLS_NEEDED.contains(&host.name.text) && stem == Some(host.name.text);
    for (index, item) in host.calls.iter().enumerate() {
        match context.names.call(item.call.text) {
            Some(id) => {
                by_id.insert(id, index);
            }
            None => {
                unknown = true;
                let mut error = Diagnostic::at(item.call.span, format!("unknown call `{}`", item.call.text));
                error.help = did_you_mean(item.call.text, context.names.call_names());
                context.report.missing(error);
            }
        }
        if needs_host_calls && item.host_calls.is_none() && item.served.none.is_none() {
            context.report.add(
                Diagnostic::at(item.call.span, format!("`{}` needs the key `host_calls`", item.call.text))
                    .help("the sandbox's list of allowed calls is made from it; `[]` if it makes none"),
            );
        }
    }
    let mut missing: Vec<&str> = Vec::new();
    let mut needs = Vec::with_capacity(context.names.call_order.len());
    for (id, &index) in context.names.call_order.iter().enumerate() {
        let Some(&item) = by_id.get(&CallId(id)) else {
            // A call that stands twice in the definition is served once, and something that is no call is not served.
            let name = context.definition.calls[index].name;
            if context.names.call(name.text) == Some(CallId(id)) && !context.report.is_damaged(name.span) {
                missing.push(name.text);
            }
            continue;
        };
        let item = &host.calls[item];
        let host_calls = item.host_calls.iter().flatten();
        needs.push(CallNeeds {
            call: CallId(id),
            host_calls: host_calls.map(|word| word.text.to_string()).collect(),
            doc: doc(context, item.served.doc),
            none: item.served.none.map(|word| word.text.to_string()),
            limits: item.served.limits.map(|_| doc(context, item.served.limits)),
            ways: ways::of_call(context, host, item),
        });
    }
    // A misspelt name is the missing one, as a rule.
    if let (Some(span), false, false) = (host.calls_key, missing.is_empty(), unknown) {
        let message = format!("`{}` does not say how it serves {}", host.name.text, listed(&missing));
        context.report.missing(Diagnostic::at(span, message));
    }
    needs
}

/// Names for a message: the first few, and how many more there are.
fn listed(names: &[&str]) -> String {
    let shown: Vec<_> = names.iter().take(LISTED).map(|name| format!("`{name}`")).collect();
    match names.len().saturating_sub(LISTED) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// Constants' names without their order, to compare sets.
fn set(names: &[Word]) -> Vec<String> {
    let mut names: Vec<_> = names.iter().map(|word| word.text.to_string()).collect();
    names.sort();
    names
}

//! How the values of a type map to a host's constants.

use std::collections::HashMap;

use super::super::context::Context;
use super::super::docs::doc;
use super::super::syntax::{Kind, Mapping, Table, Word};
use super::{listed, set};
use crate::diagnostic::Diagnostic;
use crate::model::{HostEntry, HostMapping, HostTable, NumberClass, TypeId};
use crate::source::Span;

/// Builds a table and checks it.
pub fn build(context: &Context, table: &Table) -> Option<HostTable> {
    let ty = context.names.ty_at(table.ty?, context.report)?;
    let item = context.names.item(context.definition, ty);
    match &item.kind {
        Some(Kind::Number(number)) => {
            if let Some((_, span)) = table.apply
                && number.class != NumberClass::Flags
            {
                context.report.add(
                    Diagnostic::at(
                        span,
                        format!("`{}` is no flag set, so it has no `apply`", item.name.text),
                    )
                    .related(item.name.span, "defined here"),
                );
            }
        }
        None => return None,
        Some(_) => {
            let word = table.ty?;
            context.report.add(
                Diagnostic::at(word.span, format!("`{}` has no values to map", word.text))
                    .related(item.name.span, "defined here"),
            );
            return None;
        }
    }
    let value = |word: Word| context.names.value_at(context.definition, ty, word, "value", context.report);
    let mut mapped: Vec<Option<HostEntry>> = Vec::new();
    mapped.resize_with(value_count(context, ty), || None);
    let mut unknown = false;
    for entry in &table.values {
        let Some(index) = value(entry.value) else {
            unknown = true;
            continue;
        };
        let text = |word: &Word| word.text.to_string();
        let mapping = match &entry.mapping {
            None => HostMapping::Constants { names: Vec::new(), when: None },
            Some(Mapping::Zero(reason)) => HostMapping::Zero(text(reason)),
            Some(Mapping::None(reason)) => HostMapping::None(text(reason)),
            Some(Mapping::Constants(names, when)) => HostMapping::Constants {
                names: names.iter().map(text).collect(),
                when: when.as_ref().map(text),
            },
        };
        mapped[index] = Some(HostEntry { value: index, mapping, note: entry.note.as_ref().map(text) });
    }
    check_complete(context, table, ty, &mapped, unknown);
    if table.from_host {
        check_ambiguous(context, table, ty);
    }
    let also_from_host = table
        .also_from_host
        .iter()
        .filter_map(|(constant, word)| Some((constant.text.to_string(), value((*word)?)?)))
        .collect();
    if let (false, Some((constant, _))) = (table.from_host, table.also_from_host.first()) {
        refuse_from_host(context, constant.span, "also_from_host");
    }
    if let (false, Some(word)) = (table.from_host, table.from_host_default) {
        refuse_from_host(context, word.span, "from_host_default");
    }
    Some(HostTable {
        name: table.name.text.to_string(),
        ty,
        doc: doc(context, table.doc),
        apply: table.apply.map(|(apply, _)| apply).unwrap_or_default(),
        to_host: table.to_host,
        from_host: table.from_host,
        none: table.none.map(|word| word.text.to_string()),
        from_host_default: table.from_host_default.and_then(value),
        also_from_host,
        entries: mapped.into_iter().flatten().collect(),
    })
}

fn value_count(context: &Context, ty: TypeId) -> usize {
    match &context.names.item(context.definition, ty).kind {
        Some(Kind::Number(number)) => number.values.len(),
        _ => 0,
    }
}

fn refuse_from_host(context: &Context, span: Span, key: &str) {
    context.report.add(Diagnostic::at(
        span,
        format!("`{key}` says something about converting from the host, which this table does not do"),
    ));
}

/// Reports values without an entry.
fn check_complete(context: &Context, table: &Table, ty: TypeId, mapped: &[Option<HostEntry>], unknown: bool) {
    let item = context.names.item(context.definition, ty);
    if let Some(reason) = table.none {
        if let Some(span) = table.values_key.filter(|_| !table.values.is_empty()) {
            context.report.add(
                Diagnostic::at(
                    span,
                    format!("the table `{}` has values although there is `none`", table.name.text),
                )
                .related(reason.span, "declared here"),
            );
        }
        return;
    }
    // A misspelt name is the missing one, as a rule.
    if unknown || !table.values_are_known {
        return;
    }
    let Some(Kind::Number(number)) = &item.kind else { return };
    let missing: Vec<&str> = number
        .values
        .iter()
        .zip(mapped)
        .filter(|(_, entry)| entry.is_none())
        .map(|(value, _)| value.name.text)
        .collect();
    if !missing.is_empty() {
        let span = table.values_key.unwrap_or(table.name.span);
        context.report.missing(
            Diagnostic::at(
                span,
                format!("the table `{}` has no entry for {}", table.name.text, listed(&missing)),
            )
            .help("a value that the host cannot express says so: `{none: reason}`"),
        );
    }
}

/// Reports host constants that could become one of several values.
fn check_ambiguous(context: &Context, table: &Table, ty: TypeId) {
    let Some(Kind::Number(number)) = &context.names.item(context.definition, ty).kind else { return };
    let numbers: HashMap<&str, Option<i128>> =
        number.values.iter().map(|value| (value.name.text, value.value.map(|number| number.value))).collect();
    let number_of = |word: &Word| numbers.get(word.text).copied().flatten();
    // For each set of constants, the value that it becomes without further condition.
    let mut taken: HashMap<Vec<String>, Word> = HashMap::with_capacity(table.values.len());
    for entry in &table.values {
        let Some(Mapping::Constants(names, when)) = &entry.mapping else { continue };
        let set = set(names);
        if when.is_some() {
            continue;
        }
        match taken.get(&set) {
            Some(first) if number_of(first) != number_of(&entry.value) => {
                let what = names.iter().map(|name| name.text).collect::<Vec<_>>().join(" | ");
                let message = format!(
                    "`{what}` is ambiguous: it could become `{}` or `{}`",
                    first.text, entry.value.text
                );
                let span = Span { end: names[names.len() - 1].span.end, ..names[0].span };
                context.report.add(
                    Diagnostic::at(span, message)
                        .related(first.span, "first mapped here")
                        .help("say what else decides: `{constant: …, when: …}`, or convert one way only"),
                );
            }
            Some(_) => {}
            None => {
                taken.insert(set, entry.value);
            }
        }
    }
    for (constant, value) in &table.also_from_host {
        let set = set(&[*constant]);
        if let (Some(first), Some(value)) = (taken.get(&set), value) {
            if number_of(first) != number_of(value) {
                let message = format!(
                    "`{}` is ambiguous: it could become `{}` or `{}`",
                    constant.text, first.text, value.text
                );
                context
                    .report
                    .add(Diagnostic::at(constant.span, message).related(first.span, "first mapped here"));
            } else {
                let message = format!("`{}` becomes `{}` already", constant.text, value.text);
                context.report.add(Diagnostic::at(constant.span, message).related(first.span, "mapped here"));
            }
        }
    }
}

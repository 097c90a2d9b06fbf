//! Named values: in range, no number twice, flags one bit each.

use std::collections::HashMap;

use super::super::context::Context;
use super::super::docs::doc;
use super::super::syntax::{NumberType as Written, Type, Value};
use crate::diagnostic::Diagnostic;
use crate::model;
use crate::model::{NumberClass, NumberType, Primitive};

/// Builds a number type and checks its values.
pub fn build(context: &Context, item: &Type, written: &Written) -> NumberType {
    let report = context.report;
    let values: Vec<model::Value> = written
        .values
        .iter()
        .map(|value| model::Value {
            name: value.name.text.to_string(),
            value: bits(context, written.repr, value).unwrap_or_default(),
            doc: doc(context, value.doc),
            mask: value.mask.is_some(),
            same_as: value.same_as.map(|word| word.text.to_string()),
            since: value.since.map(|word| word.text.to_string()),
            deprecated: value.deprecated.map(|word| word.text.to_string()),
        })
        .collect();
    if let Some(span) = written.values_key
        && written.c_prefix.is_none()
        && !values.is_empty()
    {
        let message = format!("`{}` has values, so it needs the key `c_prefix`", item.name.text);
        report
            .add(Diagnostic::at(span, message).help("what C puts before the upper-case name of each value"));
    }
    check_numbers(context, item, written, &values);
    NumberType {
        class: written.class,
        repr: written.repr.unwrap_or(Primitive::U32),
        c_prefix: written.c_prefix.map(|word| word.text.to_string()),
        values,
        host_mapped: written.host_mapped,
    }
}

/// A value's bit pattern; an error if it does not fit.
fn bits(context: &Context, repr: Option<Primitive>, value: &Value) -> Option<u64> {
    let number = value.value?;
    let repr = repr?;
    let width = repr.size().w64 * 8;
    let (least, most) = match repr.is_signed() {
        true => (-(1i128 << (width - 1)), (1i128 << (width - 1)) - 1),
        false => (0, (1i128 << width) - 1),
    };
    // What is outside of every representation was reported with the wrong keys and kinds.
    if number.value < i128::from(i64::MIN) || number.value > i128::from(u64::MAX) {
        return None;
    }
    if number.value < least || number.value > most {
        let text = number.span.text(context.sources);
        context.report.add(
            Diagnostic::at(number.span, format!("{text} does not fit into {}", repr.name()))
                .help(format!("its values go from {least} to {most}")),
        );
        return None;
    }
    let mask = if width == 64 { u64::MAX } else { (1 << width) - 1 };
    Some(number.value as u64 & mask)
}

/// Checks that numbers differ unless they are declared the same, and that flags are bits.
fn check_numbers(context: &Context, item: &Type, written: &Written, values: &[model::Value]) {
    let report = context.report;
    let flags = written.class == NumberClass::Flags;
    let mut by_number: HashMap<u64, usize> = HashMap::with_capacity(values.len());
    for (index, (value, built)) in written.values.iter().zip(values).enumerate() {
        if let Some(span) = value.mask
            && !flags
        {
            report.add(Diagnostic::at(span, "only a value of a flag set can be a `mask`"));
        }
        let Some(number) = value.value else { continue };
        if let Some(same_as) = value.same_as {
            check_same_as(context, item, written, values, index);
            // A second name for a number is not held against the other rules.
            if same_as.text != value.name.text {
                continue;
            }
        }
        if flags && value.mask.is_none() && !built.value.is_power_of_two() && fits(written, value) {
            let text = number.span.text(context.sources);
            let error = Diagnostic::at(number.span, format!("{text} is not one bit"));
            let overlap = values[..index].iter().position(|other| other.value & built.value != 0);
            let error = match overlap {
                Some(other) if built.value != 0 => {
                    let other = &written.values[other];
                    let span = other.value.map_or(other.name.span, |number| number.span);
                    error.related(span, format!("overlaps with `{}`", other.name.text))
                }
                _ => error,
            };
            report.add(error.help("a value that is several bits is declared with `mask: true`"));
            continue;
        }
        if !fits(written, value) {
            continue;
        }
        if let Some(&first) = by_number.get(&built.value) {
            let first = &written.values[first];
            let span = first.value.map_or(first.name.span, |number| number.span);
            report.add(
                Diagnostic::at(
                    number.span,
                    format!("`{}` has the same number as `{}`", value.name.text, first.name.text),
                )
                .related(span, "first used here")
                .help(format!("if that is meant, declare it: `same_as: {}`", first.name.text)),
            );
        } else {
            by_number.insert(built.value, index);
        }
    }
}

/// Whether a value's number could be taken over.
fn fits(written: &Written, value: &Value) -> bool {
    let Some(repr) = written.repr else { return false };
    let Some(number) = value.value else { return false };
    let width = repr.size().w64 * 8;
    if repr.is_signed() {
        number.value >= -(1i128 << (width - 1)) && number.value < (1i128 << (width - 1))
    } else {
        number.value >= 0 && number.value < (1i128 << width)
    }
}

fn check_same_as(context: &Context, item: &Type, written: &Written, values: &[model::Value], index: usize) {
    let value = &written.values[index];
    let Some(word) = value.same_as else { return };
    if word.text == value.name.text {
        context
            .report
            .add(Diagnostic::at(word.span, format!("`{}` is declared the same as itself", word.text)));
        return;
    }
    let Some(id) = context.names.ty(item.name.text) else { return };
    if context.names.item(context.definition, id).name.span != item.name.span {
        return;
    }
    let found = context.names.value_at(context.definition, id, word, "value", context.report);
    if let Some(other) = found
        && values[other].value != values[index].value
        && fits(written, value)
        && fits(written, &written.values[other])
    {
        let other = &written.values[other];
        let span = other.value.map_or(other.name.span, |number| number.span);
        context.report.add(
            Diagnostic::at(
                word.span,
                format!("`{}` has another number than `{}`", value.name.text, word.text),
            )
            .related(span, format!("the number of `{}`", word.text)),
        );
    }
}

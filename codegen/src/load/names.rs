//! Phase 4: which names there are, and what they mean: types, calls, values, members, parameters.
//!
//! Gives every type and call its final index. Names that stand twice, also across files, and numbers that are taken or
//! reserved are reported here.

use std::collections::HashMap;

use super::format::Names as Form;
use super::report::{Report, did_you_mean, nearest};
use super::shape::twice;
use super::syntax::{Definition, Kind, Member, Type, Word};
use crate::diagnostic::Diagnostic;
use crate::model::{CallId, TombstoneKind, TypeId};

/// All names of a definition.
#[derive(Debug)]
pub struct Names<'a> {
    types: HashMap<&'a str, TypeId>,
    calls: HashMap<&'a str, CallId>,
    /// For each type, by its final index, the index in [`Definition::types`].
    pub type_order: Vec<usize>,
    /// For each call, by its final index, the index in [`Definition::calls`].
    pub call_order: Vec<usize>,
    /// For each type, by its final index, its values.
    values: Vec<HashMap<&'a str, usize>>,
}

impl<'a> Names<'a> {
    /// Collects the names. `type_order` is what [`super::order`] found.
    pub fn new(definition: &Definition<'a>, type_order: Vec<usize>, report: &Report) -> Self {
        let mut types = HashMap::with_capacity(type_order.len());
        for (id, &index) in type_order.iter().enumerate() {
            // Of types with one name, the first one keeps it.
            let first = types.entry(definition.types[index].name.text).or_insert((TypeId(id), index));
            if index < first.1 {
                *first = (TypeId(id), index);
            }
        }
        for (index, ty) in definition.types.iter().enumerate() {
            let first = types[ty.name.text].1;
            if first != index {
                let what = format!("the type `{}`", ty.name.text);
                report.add(twice(ty.name.span, &what, definition.types[first].name.span));
            }
        }
        let mut call_order: Vec<usize> = (0..definition.calls.len()).collect();
        call_order
            .sort_by_key(|&index| definition.calls[index].number.map_or(i128::MAX, |number| number.value));
        let mut calls: HashMap<&str, CallId> = HashMap::with_capacity(call_order.len());
        let mut first_calls: HashMap<&str, Word> = HashMap::with_capacity(call_order.len());
        for call in &definition.calls {
            let first = *first_calls.entry(call.name.text).or_insert(call.name);
            if first.span != call.name.span {
                report.add(twice(call.name.span, &format!("the call `{}`", call.name.text), first.span));
            }
        }
        for (id, &index) in call_order.iter().enumerate() {
            calls.entry(definition.calls[index].name.text).or_insert(CallId(id));
        }
        let values = type_order
            .iter()
            .map(|&index| match &definition.types[index].kind {
                Some(Kind::Number(number)) => {
                    number.values.iter().enumerate().map(|(value, item)| (item.name.text, value)).collect()
                }
                _ => HashMap::new(),
            })
            .collect();
        let names = Names {
            types: types.into_iter().map(|(name, (id, _))| (name, id)).collect(),
            calls,
            type_order,
            call_order,
            values,
        };
        names.check_call_numbers(definition, report);
        names.check_tombstones(definition, report);
        names
    }

    /// The type of this name.
    pub fn ty(&self, name: &str) -> Option<TypeId> {
        self.types.get(name).copied()
    }

    /// The type of this name; an error if there is none.
    pub fn ty_at(&self, word: Word, report: &Report) -> Option<TypeId> {
        let found = self.ty(word.text);
        if found.is_none() {
            let primitives = crate::model::Primitive::ALL.iter().map(|primitive| primitive.name());
            let known = self.types.keys().copied().chain(primitives);
            if is_misnamed(nearest(word.text, known.clone())) {
                return None;
            }
            let mut error = Diagnostic::at(word.span, format!("unknown type `{}`", word.text));
            error.help = did_you_mean(word.text, known);
            report.missing(error);
        }
        found
    }

    /// The call of this name.
    pub fn call(&self, name: &str) -> Option<CallId> {
        self.calls.get(name).copied()
    }

    /// The names of all calls.
    pub fn call_names(&self) -> impl Iterator<Item = &'a str> {
        self.calls.keys().copied()
    }

    /// The names of all types.
    pub fn type_names(&self) -> impl Iterator<Item = &'a str> {
        self.types.keys().copied()
    }

    /// A type's value of this name.
    pub fn value(&self, ty: TypeId, name: &str) -> Option<usize> {
        self.values[ty.0].get(name).copied()
    }

    /// The names of a type's values.
    pub fn value_names(&self, ty: TypeId) -> impl Iterator<Item = &'a str> {
        self.values[ty.0].keys().copied()
    }

    /// A type as it is written.
    pub fn item<'d>(&self, definition: &'d Definition<'a>, ty: TypeId) -> &'d Type<'a> {
        &definition.types[self.type_order[ty.0]]
    }

    /// A type's value of this name; an error that calls it a `what` if there is none.
    pub fn value_at(
        &self,
        definition: &Definition<'a>,
        ty: TypeId,
        word: Word,
        what: &str,
        report: &Report,
    ) -> Option<usize> {
        let item = self.item(definition, ty);
        // A type that could not be read has values that are not known.
        let Some(Kind::Number(_)) = &item.kind else { return None };
        if report.is_damaged(item.name.span) && self.value(ty, word.text).is_none() {
            return None;
        }
        let found = self.value(ty, word.text);
        if found.is_none() {
            if is_misnamed(nearest(word.text, self.value_names(ty))) {
                return None;
            }
            let mut error = Diagnostic::at(word.span, format!("unknown {what} `{}`", word.text));
            error.help = did_you_mean(word.text, self.value_names(ty));
            report.missing(
                error.related(item.name.span, format!("values of `{}` are defined here", item.name.text)),
            );
        }
        found
    }

    fn check_call_numbers(&self, definition: &Definition<'a>, report: &Report) {
        // Calls are in the order of their numbers here, so equal ones are neighbours.
        let mut last: Option<(i128, usize)> = None;
        for &index in &self.call_order {
            let call = &definition.calls[index];
            let Some(number) = call.number else { continue };
            match last {
                Some((value, first)) if value == number.value => {
                    let first = &definition.calls[first];
                    report.add(
                        Diagnostic::at(
                            number.span,
                            format!("the call number {value} is taken by `{}`", first.name.text),
                        )
                        .related(
                            first.number.map_or(first.name.span, |number| number.span),
                            "first used here",
                        ),
                    );
                }
                _ => last = Some((number.value, index)),
            }
        }
    }

    fn check_tombstones(&self, definition: &Definition<'a>, report: &Report) {
        let Some(abi) = &definition.abi else { return };
        let by_number: HashMap<i128, usize> = self
            .call_order
            .iter()
            .filter_map(|&index| Some((definition.calls[index].number?.value, index)))
            .collect();
        let mut reserved_numbers = HashMap::new();
        let mut reserved_names = HashMap::new();
        for tombstone in &abi.tombstones {
            if let Some(name) = tombstone.name {
                let key = (tombstone.kind as u8, name.text);
                if let Some(first) = reserved_names.insert(key, name.span) {
                    report.add(twice(name.span, &format!("the tombstone of `{}`", name.text), first));
                }
            }
            match tombstone.kind {
                TombstoneKind::Call => {
                    if let Some(name) = tombstone.name
                        && let Some(id) = self.call(name.text)
                    {
                        let call = &definition.calls[self.call_order[id.0]];
                        report.add(reused(call.name, "call", name));
                    }
                    if let Some(number) = tombstone.number {
                        if let Some(first) = reserved_numbers.insert(number.value, number.span) {
                            let what = format!("the tombstone of call number {}", number.value);
                            report.add(twice(number.span, &what, first));
                        } else if let Some(&index) = by_number.get(&number.value) {
                            let call = &definition.calls[index];
                            let span = call.number.map_or(call.name.span, |number| number.span);
                            report.add(
                                Diagnostic::at(span, format!("the call number {} is reserved", number.value))
                                    .related(number.span, "its tombstone"),
                            );
                        }
                    }
                }
                TombstoneKind::Type => {
                    if let Some(name) = tombstone.name
                        && let Some(id) = self.ty(name.text)
                    {
                        report.add(reused(self.item(definition, id).name, "type", name));
                    }
                }
                TombstoneKind::Value => self.check_value_tombstone(definition, tombstone, report),
            }
        }
    }

    fn check_value_tombstone(
        &self,
        definition: &Definition<'a>,
        tombstone: &super::syntax::Tombstone<'a>,
        report: &Report,
    ) {
        let Some(name) = tombstone.name else { return };
        let Some((ty, value)) = name.text.split_once('.') else { return };
        let Some(id) = self.ty(ty) else {
            self.ty_at(Word { text: ty, ..name }, report);
            return;
        };
        let Some(Kind::Number(number)) = &self.item(definition, id).kind else { return };
        if let Some(index) = self.value(id, value) {
            report.add(reused(number.values[index].name, "value", name));
        }
        let Some(reserved) = tombstone.number else { return };
        for item in number.values.iter().filter(|item| item.name.text != value) {
            if let Some(number) = item.value.filter(|number| number.value == reserved.value) {
                report.add(
                    Diagnostic::at(
                        number.span,
                        format!("the number {} of `{ty}` is reserved", reserved.value),
                    )
                    .related(reserved.span, "its tombstone"),
                );
            }
        }
    }
}

/// Whether what somebody seems to mean has a name that was refused where it is defined: then that is the mistake.
pub fn is_misnamed(meant: Option<&str>) -> bool {
    meant.is_some_and(|name| !Form::SnakeOrDigit.matches(name))
}

/// The error for a name that has a tombstone.
fn reused(name: Word, what: &str, tombstone: Word) -> Diagnostic {
    Diagnostic::at(name.span, format!("the {what} name `{}` is reserved", name.text))
        .related(tombstone.span, "its tombstone")
}

/// Calls `visit` for every member of a struct or variant's arm, in order.
pub fn each_field<'s, 'a>(members: &'s [Member<'a>], mut visit: impl FnMut(&'s super::syntax::Field<'a>)) {
    for member in members {
        match member {
            Member::Field(field) => visit(field),
            Member::Variant(variant) => variant.arms.iter().flat_map(|arm| &arm.members).for_each(&mut visit),
        }
    }
}

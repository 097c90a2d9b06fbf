//! Checks of arguments, results and errors. Each gives all problems that it finds.

use super::definition::{errno, number, samples, size};
use super::scenario::{self, Outcome, Scenario, checked_values, label};
use cloudabi_codegen::model::{Access, Call, Length, TypeRef, Value};
use cloudabi_host::runtime::Entry;
use cloudabi_host::shims::ENTRIES;
use std::cell::Cell;

/// A dispatch table.
pub type Entries = [Option<Entry>; ENTRIES];

/// What is wrong.
pub type Problems = Vec<String>;

thread_local! {
    static WITHOUT_LAST_CALLS: Cell<bool> = const { Cell::new(false) };
}

/// Runs a check without the calls that never return.
pub fn without_last_calls<T>(check: impl FnOnce() -> T) -> T {
    WITHOUT_LAST_CALLS.set(true);
    let result = check();
    WITHOUT_LAST_CALLS.set(false);
    result
}

/// The calls to be checked.
pub fn calls() -> impl Iterator<Item = &'static Call> {
    let without_last = WITHOUT_LAST_CALLS.get();
    scenario::calls().filter(move |call| !(without_last && call.noreturn))
}

/// Adds a problem if the call did not end with this error, or had an effect.
pub fn expect_refusal(problems: &mut Problems, call: &Call, what: &str, error: &str, outcome: &Outcome) {
    let expected = errno(error);
    let answered = match &outcome.exit {
        Some(exit) => *exit == format!("refused {} {expected}", call.number),
        None => outcome.code == Some(expected),
    };
    if !answered {
        problems.push(label(
            call,
            format!("{what}: expected {error}, got {:?} {:?}", outcome.code, outcome.exit),
        ));
    }
    if !outcome.recorded.is_empty() {
        problems.push(label(call, format!("{what}: the method was called: {:?}", outcome.recorded)));
    }
    if !outcome.written.is_empty() {
        problems.push(label(call, format!("{what}: memory was written")));
    }
}

/// Adds a problem if the method was not called with exactly these arguments, or if not exactly its results were stored.
pub fn expect_call(problems: &mut Problems, scenario: &Scenario, what: &str, outcome: &Outcome) {
    let call = scenario.call;
    let expected = scenario.expected();
    match outcome.recorded.as_slice() {
        [recorded] if recorded.name == call.name && recorded.arguments == expected => {}
        other => problems.push(label(call, format!("{what}: expected {expected:?},\n  got {other:?}"))),
    }
    match &outcome.exit {
        Some(exit) if *exit == call.name => {}
        None if outcome.code == Some(0) => {}
        other => problems.push(label(call, format!("{what}: ended with {:?} {other:?}", outcome.code))),
    }
    if outcome.written != scenario.expected_bytes() {
        problems.push(label(call, format!("{what}: stored {:x?}", outcome.written)));
    }
}

/// Marked arguments with garbage above them reach the method as they are, and results go where they belong.
pub fn good_arguments(entries: &Entries) -> Problems {
    let mut problems = Problems::new();
    for call in calls() {
        let scenario = Scenario::new(call);
        let outcome = scenario.run(entries, scenario.runtime());
        expect_call(&mut problems, &scenario, "good arguments", &outcome);
    }
    problems
}

/// The scenario with another number at a place in an argument.
fn with_number(scenario: &Scenario, input: usize, offset: usize, ty: &TypeRef, value: u64) -> Scenario {
    let mut scenario = scenario.clone();
    let bytes = size(ty) as usize;
    scenario.contents[input][offset..offset + bytes].copy_from_slice(&value.to_le_bytes()[..bytes]);
    scenario
}

/// Each undefined value of an enumeration next to a defined one, and each undefined bit of a flag set.
pub fn undefined_values(entries: &Entries) -> Problems {
    let mut problems = Problems::new();
    let mut tried = 0;
    let errors = error_values();
    for call in calls() {
        for (input, offset, ty) in checked_values(call) {
            for value in samples(ty).map(|(_, undefined)| undefined).unwrap_or_default() {
                let scenario = with_number(&Scenario::new(call), input, offset, ty, value);
                let outcome = scenario.run(entries, scenario.runtime());
                let what = format!("undefined {value:#x} in {}", call.inputs[input].name);
                let error = call.inputs[input].undefined.map_or("inval", |error| &errors[error].name);
                expect_refusal(&mut problems, call, &what, error, &outcome);
                tried += 1;
            }
        }
    }
    assert!(tried > 300, "only {tried} undefined values were tried");
    problems
}

/// Each value of an enumeration, each flag, no flag, and all flags.
pub fn defined_values(entries: &Entries) -> Problems {
    let mut problems = Problems::new();
    for call in calls().filter(|call| !call.noreturn) {
        for (input, offset, ty) in checked_values(call) {
            for value in samples(ty).map(|(defined, _)| defined).unwrap_or_default() {
                let scenario = with_number(&Scenario::new(call), input, offset, ty, value);
                let outcome = scenario.run(entries, scenario.runtime());
                expect_call(&mut problems, &scenario, &format!("defined {value:#x}"), &outcome);
            }
        }
    }
    problems
}

/// All errors.
fn error_values() -> &'static [Value] {
    let errno_type = super::definition::model().errno().map(TypeRef::Named).expect("there is an errno");
    &number(&errno_type).expect("it is a number").values
}

/// Each listed error of a method comes back, and nothing is stored.
pub fn errors(entries: &Entries) -> Problems {
    let mut problems = Problems::new();
    let values = error_values();
    for call in calls().filter(|call| !call.noreturn) {
        for error in &call.errors {
            let value = &values[error.errno];
            let scenario = Scenario::new(call);
            let mock = scenario.runtime();
            mock.error.set(u16::try_from(value.value).ok());
            let outcome = scenario.run(entries, mock);
            let called = outcome.recorded.len() == 1;
            if outcome.code != u32::try_from(value.value).ok() || !called || !outcome.written.is_empty() {
                problems.push(label(call, format!("error {}: {outcome:?}", value.name)));
            }
        }
    }
    problems
}

/// Numbers that no call has, if there are any below the highest.
pub fn unknown_numbers(entries: &Entries) -> Problems {
    let mut problems = Problems::new();
    let numbers: Vec<u32> = calls().map(|call| call.number).collect();
    if entries.len() != numbers.iter().max().map_or(0, |last| *last as usize + 1) {
        problems.push(format!("the table has {} entries", entries.len()));
    }
    let mock = super::mock::Mock::new();
    for (number, entry) in entries.iter().enumerate() {
        let Some(entry) = entry else {
            problems.push(format!("number {number} has no entry"));
            continue;
        };
        if !numbers.contains(&(number as u32)) && scenario::enter(*entry, &mock, &[]) != errno("nosys") {
            problems.push(format!("number {number} is not unknown"));
        }
    }
    problems
}

/// What a shim can answer is among the errors of the call.
pub fn errors_of_shims() -> Problems {
    let mut problems = Problems::new();
    let values = error_values();
    for call in calls().filter(|call| !call.noreturn) {
        let mut needed = Vec::new();
        let mut accesses = call.inputs.iter().filter_map(|parameter| parameter.buffer.as_ref());
        if !call.outputs.is_empty()
            || accesses.any(|buffer| (buffer.access, buffer.length) != (Access::Address, Length::One))
        {
            needed.push("fault");
        }
        for (input, ..) in checked_values(call) {
            needed.push(call.inputs[input].undefined.map_or("inval", |error| &values[error].name));
        }
        let scenario = Scenario::new(call);
        if scenario.descriptors().iter().any(|(_, number_only)| !number_only) {
            needed.push("badf");
        }
        if call.rights.iter().any(|rule| !rule.descriptor.is_per_element()) {
            needed.push("notcapable");
        }
        for name in needed {
            if !call.errors.iter().any(|error| values[error.errno].name == name) {
                problems.push(label(call, format!("the shim answers {name}, which is not listed")));
            }
        }
    }
    problems
}

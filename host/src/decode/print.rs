//! A whole call: its name, arguments, outcome and results.

use super::tables::{Buffer, Call, Kind, Parameter, Ref, Tables};
use super::values::{Place, Printer, Source};
use super::{Outcome, Printed, WordSize, filled, numbers};
use core::fmt;

/// Structures passed by value that are larger are printed as numbers.
const LARGEST_BY_VALUE: usize = 64;

/// Which part of a call is printed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// All of it.
    Whole,
    /// What is known when it begins: up to the first input that the call writes to.
    Beginning,
    /// The rest.
    Rest,
}

/// Prints a call, or a part of it.
pub(super) fn call(printed: &Printed<'_>, part: Part, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let record = printed.record;
    let printer = Printer::new(printed);
    let Ok(index) = printed.tables.calls.binary_search_by_key(&record.number, |call| call.number) else {
        if part != Part::Rest {
            write!(f, "call_{}(", record.number)?;
            for (index, slot) in record.arguments.iter().enumerate() {
                separate(f, index)?;
                write!(f, "{slot:#x}")?;
            }
        }
        return if part == Part::Beginning { Ok(()) } else { outcome(printed.tables, record.outcome, f) };
    };
    let call = &printed.tables.calls[index];
    let slots = Slots::of(printed, call);
    let succeeded = record.outcome == Outcome::Returned(0);
    let written = |input: &Parameter| input.buffer.is_some_and(|buffer| buffer.written && !buffer.read);
    let through = filled::input(printed.tables, call);
    let known = call.inputs.iter().position(written).unwrap_or(call.inputs.len());
    let known = through.map_or(known, |through| known.min(through));
    if part != Part::Rest {
        write!(f, "{}(", call.name)?;
    }
    for (index, input) in call.inputs.iter().enumerate() {
        if part == Part::Beginning && index >= known || part == Part::Rest && index < known {
            continue;
        }
        separate(f, index)?;
        if through == Some(index) && succeeded {
            printer.fill(filled::read(&printer, printed.tables, call, &slots));
        }
        match slots.input(index) {
            Some(slot) => argument(&printer, &slots, input, slot, succeeded, f)?,
            None => f.write_str("?")?,
        }
    }
    if part == Part::Beginning {
        return Ok(());
    }
    outcome(printed.tables, record.outcome, f)?;
    if succeeded {
        for (index, output) in call.outputs.iter().enumerate() {
            write!(f, ", {}=", output.name)?;
            match slots.output(index) {
                Some(&[address, ..]) => {
                    printer.at(Place::memory(printer.truncate_address(address)), &output.ty, f)?
                }
                _ => f.write_str("?")?,
            }
        }
    }
    Ok(())
}

fn separate(f: &mut fmt::Formatter<'_>, index: usize) -> fmt::Result {
    if index == 0 { Ok(()) } else { f.write_str(", ") }
}

/// `) = 0`, `) = badf (8: …)`, `) = ?`
fn outcome(tables: &Tables, outcome: Outcome, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let error = match outcome {
        Outcome::Pending => return f.write_str(") = ?"),
        Outcome::Unknown => return f.write_str(")"),
        Outcome::Returned(0) => return f.write_str(") = 0"),
        Outcome::Returned(error) => error,
    };
    let values = match tables.errno.and_then(|index| tables.types.get(index)).map(|ty| ty.kind) {
        Some(Kind::Number { values, .. }) => values,
        _ => &[],
    };
    match values.iter().find(|value| value.value == error) {
        Some(value) if value.text.is_empty() => write!(f, ") = {} ({error})", value.name),
        Some(value) => write!(f, ") = {} ({error}: {})", value.name, value.text),
        None => write!(f, ") = {error}"),
    }
}

/// An input.
fn argument(
    printer: &Printer<'_>,
    slots: &Slots<'_>,
    input: &Parameter,
    slot: &[u64],
    succeeded: bool,
    f: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    let first = slot.first().copied().unwrap_or(0);
    match (&input.ty, &input.buffer) {
        (Ref::Pointer { to, .. }, Some(buffer)) => {
            let address = printer.truncate_address(first);
            if !(buffer.read || buffer.written && succeeded) {
                return numbers::address(f, address);
            }
            match buffer.length {
                None => printer.at(Place::memory(address), to, f),
                Some(length) => match slots.count(printer, buffer, length) {
                    Some(count) => printer.elements(address, to, count, f),
                    None => numbers::address(f, address),
                },
            }
        }
        (Ref::Pointer { .. }, None) => numbers::address(f, printer.truncate_address(first)),
        (ty, _) => {
            let mut bytes = [0; LARGEST_BY_VALUE];
            for (to, slot) in bytes.chunks_exact_mut(8).zip(slot) {
                to.copy_from_slice(&slot.to_le_bytes());
            }
            printer.at(Place { source: Source::Bytes(&bytes), address: 0 }, ty, f)
        }
    }
}

/// Which slots belong to which argument.
pub(super) struct Slots<'a> {
    call: &'a Call,
    arguments: &'a [u64],
    tables: &'a Tables,
    words: WordSize,
}

impl<'a> Slots<'a> {
    fn of(printed: &Printed<'a>, call: &'a Call) -> Self {
        Slots { call, arguments: printed.record.arguments, tables: printed.tables, words: printed.words }
    }

    /// How many slots a value takes.
    fn width(&self, ty: &Ref) -> usize {
        match ty {
            Ref::Named(index) => match self.tables.types.get(*index).map(|ty| ty.kind) {
                Some(Kind::Struct { size, .. }) => {
                    let bytes = size[self.words as usize];
                    usize::try_from(bytes.div_ceil(8)).unwrap_or(usize::MAX).max(1)
                }
                _ => 1,
            },
            _ => 1,
        }
    }

    fn start_of(&self, index: usize) -> usize {
        self.call.inputs.iter().take(index).fold(0, |at, input| at.saturating_add(self.width(&input.ty)))
    }

    /// The slots of an input, if they were all recorded.
    pub(super) fn input(&self, index: usize) -> Option<&'a [u64]> {
        let start = self.start_of(index);
        let width = self.width(&self.call.inputs.get(index)?.ty);
        self.arguments.get(start..)?.get(..width)
    }

    /// The slot that says where a result goes.
    fn output(&self, index: usize) -> Option<&'a [u64]> {
        let start = self.start_of(self.call.inputs.len()).saturating_add(index);
        self.arguments.get(start..)
    }

    /// The number that a result is, if it can be read.
    pub(super) fn number(&self, printer: &Printer<'_>, index: usize) -> Option<u64> {
        let output = self.call.outputs.get(index)?;
        let address = *self.output(index)?.first()?;
        printer.number_at(Place::memory(printer.truncate_address(address)), &output.ty)
    }

    /// How many elements a buffer has that are worth printing, if that was recorded.
    fn count(&self, printer: &Printer<'_>, buffer: &Buffer, length: usize) -> Option<u64> {
        let slot = *self.input(length)?.first()?;
        let width = printer.width_of(&self.call.inputs.get(length)?.ty)?;
        let length = numbers::truncate(slot, width);
        if buffer.read {
            return Some(length);
        }
        let filled = buffer.filled.and_then(|index| self.number(printer, index));
        Some(filled.map_or(length, |filled| filled.min(length)))
    }
}

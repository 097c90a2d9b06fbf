//! Values in memory, by their types.

use super::filled::{Filled, is_piece};
use super::tables::{Arm, Field, Item, Kind, Ref, Tables, Width};
use super::{Limits, Printed, ReadMemory, WordSize, numbers};
use core::cell::Cell;
use core::fmt::{self, Write as _};

/// How many pointers in structures are followed one after the other. A program can make a circle of them.
const MOST_POINTERS: u32 = 8;

/// Prints values of one program.
pub(super) struct Printer<'a> {
    tables: &'a Tables,
    memory: &'a dyn ReadMemory,
    words: WordSize,
    limits: Limits,
    /// Values that may still be printed.
    left: Cell<u32>,
    /// Pointers in structures that were followed to get here.
    depth: Cell<u32>,
    /// How much the call has put where pointers in structures lead that may be written through, if it has.
    filled: Cell<Option<Filled>>,
}

/// Where a value is.
#[derive(Clone, Copy)]
pub(super) struct Place<'b> {
    pub source: Source<'b>,
    pub address: u64,
}

/// What an address counts in.
#[derive(Clone, Copy)]
pub(super) enum Source<'b> {
    /// The program's memory.
    Memory,
    /// The bytes of an argument.
    Bytes(&'b [u8]),
}

impl Place<'_> {
    pub(super) fn memory(address: u64) -> Place<'static> {
        Place { source: Source::Memory, address }
    }

    fn plus(self, offset: u64) -> Option<Self> {
        Some(Place { address: self.address.checked_add(offset)?, ..self })
    }
}

impl<'a> Printer<'a> {
    pub(super) fn new(printed: &Printed<'a>) -> Self {
        Printer {
            tables: printed.tables,
            memory: printed.memory,
            words: printed.words,
            limits: printed.limits,
            left: Cell::new(printed.limits.values),
            depth: Cell::new(0),
            filled: Cell::new(None),
        }
    }

    /// From here on, so much is where pointers in structures lead that may be written through, one after the other.
    pub(super) fn fill(&self, filled: Option<Filled>) {
        self.filled.set(filled);
    }

    fn word(&self) -> Width {
        Width { bytes: if self.words == WordSize::Bits32 { 4 } else { 8 }, signed: false }
    }

    /// An address as the program's pointers have it.
    pub(super) fn truncate_address(&self, address: u64) -> u64 {
        numbers::truncate(address, self.word())
    }

    /// The width of a number; nothing for what is none.
    pub(super) fn width_of(&self, ty: &Ref) -> Option<Width> {
        match ty {
            Ref::Char => Some(Width { bytes: 1, signed: false }),
            Ref::Number(width) => Some(*width),
            Ref::Size | Ref::Pointer { .. } => Some(self.word()),
            Ref::Atomic(of) => self.width_of(of),
            Ref::Named(index) => match self.tables.types.get(*index)?.kind {
                Kind::Number { width, .. } => Some(width),
                _ => None,
            },
            Ref::Void | Ref::Array { .. } => None,
        }
    }

    /// Size of a value in bytes.
    fn size_of(&self, ty: &Ref) -> u64 {
        match ty {
            Ref::Void => 1,
            Ref::Array { of, count } => self.size_of(of).saturating_mul(*count),
            Ref::Named(index) => match self.tables.types.get(*index).map(|ty| ty.kind) {
                Some(Kind::Struct { size, .. }) => size[self.words as usize],
                _ => self.width_of(ty).map_or(0, |width| u64::from(width.bytes)),
            },
            _ => self.width_of(ty).map_or(0, |width| u64::from(width.bytes)),
        }
    }

    fn read(&self, place: Place<'_>, into: &mut [u8]) -> bool {
        match place.source {
            Source::Memory => self.memory.read(place.address, into),
            Source::Bytes(bytes) => (0, bytes).read(place.address, into),
        }
    }

    /// The number at a place, if it is one and can be read.
    pub(super) fn number_at(&self, place: Place<'_>, ty: &Ref) -> Option<u64> {
        let width = usize::from(self.width_of(ty)?.bytes);
        let mut bytes = [0; 8];
        let filled = bytes.get_mut(..width)?;
        self.read(place, filled).then(|| u64::from_le_bytes(bytes))
    }

    /// Whether something can be read at a place.
    fn is_readable(&self, place: Place<'_>, ty: &Ref) -> bool {
        let size = self.size_of(ty);
        let last = size.checked_sub(1).and_then(|last| place.plus(last));
        self.read(place, &mut [0]) && (size == 0 || last.is_some_and(|last| self.read(last, &mut [0])))
    }

    /// The value at a place; the address where it cannot be read.
    pub(super) fn at(&self, place: Place<'_>, ty: &Ref, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.left.get() == 0 {
            return f.write_str("...");
        }
        self.left.set(self.left.get() - 1);
        match ty {
            Ref::Atomic(of) => self.at(place, of, f),
            Ref::Array { of, count } => self.array(place, of, *count, f),
            Ref::Void => numbers::address(f, place.address),
            Ref::Named(index) => match self.tables.types.get(*index).map(|ty| ty.kind) {
                Some(Kind::Number { class, width, values }) => match self.number_at(place, ty) {
                    Some(bits) => numbers::named(f, bits, class, width, values),
                    None => numbers::address(f, place.address),
                },
                Some(Kind::Struct { items, .. }) if self.is_readable(place, ty) => {
                    self.structure(place, items, f)
                }
                _ => numbers::address(f, place.address),
            },
            Ref::Pointer { .. } => match self.number_at(place, ty) {
                Some(address) => numbers::address(f, address),
                None => numbers::address(f, place.address),
            },
            Ref::Char | Ref::Size | Ref::Number(_) => match (self.number_at(place, ty), self.width_of(ty)) {
                (Some(bits), Some(width)) => numbers::plain(f, bits, width),
                _ => numbers::address(f, place.address),
            },
        }
    }

    /// So many elements in the program's memory.
    pub(super) fn elements(
        &self,
        address: u64,
        ty: &Ref,
        count: u64,
        f: &mut fmt::Formatter<'_>,
    ) -> fmt::Result {
        self.array(Place::memory(address), ty, count, f)
    }

    fn array(&self, place: Place<'_>, ty: &Ref, count: u64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Ref::Void | Ref::Char = ty {
            return self.bytes(place, count, f);
        }
        if count > 0 && !self.is_readable(place, ty) {
            return numbers::address(f, place.address);
        }
        f.write_char('[')?;
        for index in 0..count {
            if index > 0 {
                f.write_str(", ")?;
            }
            if index >= self.limits.elements || self.left.get() == 0 {
                f.write_str("...")?;
                break;
            }
            let element = self.size_of(ty).checked_mul(index).and_then(|offset| place.plus(offset));
            match element {
                Some(element) if self.is_readable(element, ty) => self.at(element, ty, f)?,
                Some(element) => {
                    numbers::address(f, element.address)?;
                    break;
                }
                None => {
                    f.write_str("...")?;
                    break;
                }
            }
        }
        f.write_char(']')
    }

    /// Bytes as text in quotes, as many as the limit says and can be read.
    fn bytes(&self, place: Place<'_>, count: u64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let wanted = count.min(self.limits.bytes);
        if wanted > 0 && !self.read(place, &mut [0]) {
            return numbers::address(f, place.address);
        }
        f.write_char('"')?;
        let mut done = 0;
        while done < wanted {
            let mut chunk = [0; 32];
            let length = (wanted - done).min(32);
            let Some(at) = place.plus(done) else { break };
            let piece = &mut chunk[..length as usize];
            if self.read(at, piece) {
                numbers::escaped(f, piece)?;
                done += length;
                continue;
            }
            // The end of what can be read lies within this piece.
            let mut byte = [0];
            while done < wanted && place.plus(done).is_some_and(|at| self.read(at, &mut byte)) {
                numbers::escaped(f, &byte)?;
                done += 1;
            }
            break;
        }
        f.write_char('"')?;
        if done < count { f.write_str("...") } else { Ok(()) }
    }

    /// `{a=1, b=2}`
    fn structure(&self, place: Place<'_>, items: &[Item], f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let member = |index: usize| match items.get(index) {
            Some(Item::Field(field)) => Some(field),
            _ => None,
        };
        f.write_char('{')?;
        let mut list = List { first: true };
        for item in items {
            match item {
                Item::Field(field) => {
                    self.field(place, field, field.length.and_then(member), &mut list, f)?;
                }
                Item::Variant { tag, arms } => {
                    let value = member(*tag).and_then(|tag| self.member_number(place, tag));
                    let arm = value.and_then(|value| arms.iter().find(|arm| arm.tags.contains(&value)));
                    if let Some(arm) = arm {
                        self.arm(place, arm, &mut list, f)?;
                    }
                }
            }
        }
        f.write_char('}')
    }

    fn arm(&self, place: Place<'_>, arm: &Arm, list: &mut List, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut inner = List { first: true };
        let members = match arm.name {
            Some(name) => {
                list.next(f)?;
                write!(f, "{name}={{")?;
                &mut inner
            }
            None => list,
        };
        for field in arm.fields {
            let length = field.length.and_then(|index| arm.fields.get(index));
            self.field(place, field, length, members, f)?;
        }
        if arm.name.is_some() { f.write_char('}') } else { Ok(()) }
    }

    fn field(
        &self,
        place: Place<'_>,
        field: &Field,
        length: Option<&Field>,
        list: &mut List,
        f: &mut fmt::Formatter<'_>,
    ) -> fmt::Result {
        let Some(at) = place.plus(field.offset[self.words as usize]) else { return Ok(()) };
        if self.is_filler(at, &field.ty) {
            return Ok(());
        }
        list.next(f)?;
        write!(f, "{}=", field.name)?;
        let Ref::Pointer { mutable, to } = &field.ty else { return self.at(at, &field.ty, f) };
        let count = length.and_then(|length| self.member_number(place, length));
        let (Some(address), Some(count)) = (self.number_at(at, &field.ty), count) else {
            return self.at(at, &field.ty, f);
        };
        match self.filled.get() {
            Some(filled) if *mutable => {
                let (count, left) = match to {
                    Ref::Void => filled.of_piece(count),
                    _ => filled.of_list(count),
                };
                self.filled.set(Some(left));
                self.elements(address, to, count, f)
            }
            // What may be changed is the call's to write, and how much of it was written is not known here.
            _ if *mutable || self.depth.get() >= MOST_POINTERS => self.at(at, &field.ty, f),
            filled => {
                self.depth.set(self.depth.get() + 1);
                let result = self.elements(address, to, count, f);
                self.depth.set(self.depth.get() - 1);
                if is_piece(self.tables, to) {
                    self.filled.set(filled.and(self.filled.get()).map(Filled::after_pieces));
                }
                result
            }
        }
    }

    /// Whether it is an array of zero bytes, which says nothing.
    fn is_filler(&self, place: Place<'_>, ty: &Ref) -> bool {
        let Ref::Array { of: Ref::Char, count } = ty else { return false };
        (0..(*count).min(64)).all(|index| {
            let mut byte = [1];
            place.plus(index).is_some_and(|at| self.read(at, &mut byte)) && byte == [0]
        })
    }

    pub(super) fn member_number(&self, place: Place<'_>, field: &Field) -> Option<u64> {
        self.number_at(place.plus(field.offset[self.words as usize])?, &field.ty)
    }
}

/// Puts commas between members.
struct List {
    first: bool,
}

impl List {
    fn next(&mut self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if core::mem::take(&mut self.first) { Ok(()) } else { f.write_str(", ") }
    }
}

//! What a call puts where pointers in its inputs lead, and how much of it.
//!
//! A definition says of a call's own buffers how much of them a result counts. Where structures have pointers to memory that
//! a call fills, their form says it: either an array of pieces, each of which begins with a pointer to memory of no
//! particular type and its size, where the only result counts bytes; or a structure of lists, where another structure, which
//! the call writes, has as many sizes: one for each list, in their order. A list is pieces, or elements of another type.

use super::print::Slots;
use super::tables::{Buffer, Call, Field, Item, Kind, Parameter, Ref, Tables};
use super::values::{Place, Printer};

/// More lists than that in one structure are not looked at.
const MOST_LISTS: usize = 4;

/// How much a call has put into its lists.
#[derive(Clone, Copy)]
pub(super) struct Filled {
    /// For each list: how much of it has not been printed yet.
    counts: [u64; MOST_LISTS],
    /// The list whose turn it is.
    list: usize,
}

impl Filled {
    /// How many elements of a list are filled that has room for so many; and what is left for the next list.
    pub(super) fn of_list(mut self, room: u64) -> (u64, Filled) {
        let count = self.current().min(room);
        self.list += 1;
        (count, self)
    }

    /// How many bytes of a piece are filled that has room for so many; and what is left for the next piece.
    pub(super) fn of_piece(mut self, room: u64) -> (u64, Filled) {
        let count = self.current().min(room);
        if let Some(left) = self.counts.get_mut(self.list) {
            *left -= count;
        }
        (count, self)
    }

    /// What is left when all pieces of a list have been printed.
    pub(super) fn after_pieces(mut self) -> Filled {
        self.list += 1;
        self
    }

    fn current(self) -> u64 {
        self.counts.get(self.list).copied().unwrap_or(0)
    }
}

/// The input of a call through whose pointers it fills memory.
pub(super) fn input(tables: &Tables, call: &Call) -> Option<usize> {
    form(tables, call).map(|form| match form {
        Form::Pieces { input } | Form::Lists { input, .. } => input,
    })
}

/// How much a call has put there that has succeeded.
pub(super) fn read(printer: &Printer<'_>, tables: &Tables, call: &Call, slots: &Slots<'_>) -> Option<Filled> {
    let mut counts = [0; MOST_LISTS];
    match form(tables, call)? {
        Form::Pieces { .. } => counts[0] = slots.number(printer, 0)?,
        Form::Lists { output, .. } => {
            let address = printer.truncate_address(*slots.input(output)?.first()?);
            let items = structure(tables, call.inputs.get(output)?, false)?;
            for (count, size) in counts.iter_mut().zip(sizes(items)) {
                *count = printer.member_number(Place::memory(address), size)?;
            }
        }
    }
    Some(Filled { counts, list: 0 })
}

/// How a call says what it has filled.
enum Form {
    /// This input is an array of pieces.
    Pieces { input: usize },
    /// This input is a structure of lists, and that one the structure with a size for each.
    Lists { input: usize, output: usize },
}

fn form(tables: &Tables, call: &Call) -> Option<Form> {
    if let [Parameter { ty: Ref::Size, .. }] = call.outputs {
        let input = call.inputs.iter().position(|input| {
            let Some(Buffer { read: true, length: Some(_), .. }) = input.buffer else { return false };
            matches!(&input.ty, Ref::Pointer { to, .. } if is_piece(tables, to))
        });
        return input.map(|input| Form::Pieces { input });
    }
    let position = |read| call.inputs.iter().position(|input| structure(tables, input, read).is_some());
    let (input, output) = (position(true)?, position(false)?);
    let wanted = lists(tables, structure(tables, call.inputs.get(input)?, true)?)?;
    let counted = sizes(structure(tables, call.inputs.get(output)?, false)?).count();
    (wanted > 0 && wanted == counted && wanted <= MOST_LISTS).then_some(Form::Lists { input, output })
}

/// The members of the one structure that an input points to, which the call reads or else writes.
fn structure(tables: &Tables, input: &Parameter, read: bool) -> Option<&'static [Item]> {
    match (&input.ty, &input.buffer) {
        (Ref::Pointer { to, .. }, Some(buffer))
            if buffer.length.is_none() && (buffer.read, buffer.written) == (read, !read) =>
        {
            members(tables, to)
        }
        _ => None,
    }
}

fn members(tables: &Tables, ty: &Ref) -> Option<&'static [Item]> {
    let Ref::Named(index) = ty else { return None };
    match tables.types.get(*index)?.kind {
        Kind::Struct { items, .. } => Some(items),
        _ => None,
    }
}

/// Whether values of a type are pieces: a pointer to memory of no particular type that may be written, and its size.
pub(super) fn is_piece(tables: &Tables, ty: &Ref) -> bool {
    let pointer = Ref::Pointer { mutable: true, to: &Ref::Void };
    let first = members(tables, ty).and_then(<[Item]>::first);
    matches!(first, Some(Item::Field(Field { ty, length: Some(_), .. })) if *ty == pointer)
}

/// How many lists a structure has that a call may fill. Nothing for one that is a piece itself.
fn lists(tables: &Tables, items: &[Item]) -> Option<usize> {
    let mut count = 0;
    for item in items {
        match item {
            Item::Field(Field { ty: Ref::Pointer { mutable: true, to: Ref::Void }, .. }) => return None,
            Item::Field(Field { ty: Ref::Pointer { mutable, to }, length: Some(_), .. }) => {
                count += usize::from(*mutable || is_piece(tables, to));
            }
            _ => {}
        }
    }
    Some(count)
}

/// The sizes that a structure has.
fn sizes(items: &[Item]) -> impl Iterator<Item = &Field> {
    items.iter().filter_map(|item| match item {
        Item::Field(field) if field.ty == Ref::Size => Some(field),
        _ => None,
    })
}

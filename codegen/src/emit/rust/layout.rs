//! Where members stand: padding made explicit, and assertions that hold the compiler to the definition.

use super::{Printer, Words, names};
use crate::emit::text::Text;
use crate::model::{Arm, Field, Model, PerWord, TypeKind, TypeRef};

/// A member of a structure as Rust will have it: a field, a union, or padding.
pub(super) struct Slot<'a> {
    /// As Rust writes it.
    pub name: String,
    /// As Rust writes it.
    pub ty: String,
    /// From the start of the structure that it is a member of.
    pub offset: PerWord<u64>,
    /// What it stands for; nothing for padding and unions.
    pub field: Option<&'a Field>,
    /// Whether it is padding.
    pub padding: bool,
}

/// Size in bytes of a value of this type.
pub(super) fn size(model: &Model, ty: &TypeRef) -> PerWord<u64> {
    match ty {
        TypeRef::Primitive(primitive) => primitive.size(),
        TypeRef::Pointer { .. } => PerWord { w32: 4, w64: 8 },
        TypeRef::Atomic(of) => size(model, of),
        TypeRef::Array { of, count } => {
            let one = size(model, of);
            PerWord { w32: one.w32 * count, w64: one.w64 * count }
        }
        TypeRef::Named(id) => match &model.ty(*id).kind {
            TypeKind::Number(number) => number.repr.size(),
            TypeKind::Struct(structure) => structure.size,
            TypeKind::Function(_) => PerWord::both(0),
        },
    }
}

/// Puts padding between slots and after them, where there is a gap for a printed word size.
pub(super) struct Slots<'p, 'a> {
    printer: &'p Printer<'a>,
    end: PerWord<u64>,
    /// All slots so far.
    pub list: Vec<Slot<'a>>,
}

impl<'p, 'a> Slots<'p, 'a> {
    pub(super) fn new(printer: &'p Printer<'a>) -> Self {
        Slots { printer, end: PerWord::default(), list: Vec::new() }
    }

    /// Adds a field of a structure that starts at `base`.
    pub(super) fn field(&mut self, field: &'a Field, base: PerWord<u64>) {
        let ty = self.printer.type_ref(&field.ty);
        let size = size(self.printer.model, &field.ty);
        let offset = minus(field.offset, base);
        self.push(names::field(&field.name), ty, offset, size, Some(field));
    }

    /// Adds a member.
    pub(super) fn push(
        &mut self,
        name: String,
        ty: String,
        offset: PerWord<u64>,
        size: PerWord<u64>,
        field: Option<&'a Field>,
    ) {
        self.pad_to(offset);
        self.list.push(Slot { name, ty, offset, field, padding: false });
        self.end = PerWord { w32: offset.w32 + size.w32, w64: offset.w64 + size.w64 };
    }

    /// Fills the gap up to this offset.
    pub(super) fn pad_to(&mut self, offset: PerWord<u64>) {
        let gap = minus(offset, self.end);
        if !self.printer.is_zero(gap) {
            let number = self.list.iter().filter(|slot| slot.padding).count();
            let name = format!("_padding{number}");
            let ty = format!("[u8; {}]", self.printer.per_word(gap));
            self.list.push(Slot { name, ty, offset: self.end, field: None, padding: true });
        }
        self.end = offset;
    }
}

fn minus(from: PerWord<u64>, what: PerWord<u64>) -> PerWord<u64> {
    // An arm may start later than the union for one word size only; then it is at its start.
    PerWord { w32: from.w32.saturating_sub(what.w32), w64: from.w64.saturating_sub(what.w64) }
}

impl Printer<'_> {
    /// `#[repr(C)]`, with the alignment where the compiler might choose a smaller one: 64-bit numbers are
    /// aligned to 8 bytes by the definition, but to 4 by Rust on i686.
    pub(super) fn repr(&self, align: PerWord<u64>) -> &'static str {
        let least = match self.style.words {
            Words::Fixed(bits) => align.get(bits),
            Words::Native => align.w32,
        };
        if least >= 8 { "#[repr(C, align(8))]" } else { "#[repr(C)]" }
    }

    /// Asserts size, alignment and the offset of every member, that no member is forgotten and that every
    /// byte belongs to one. On that rests that the structure is plain bytes, which is declared here too.
    pub(super) fn assert_layout(
        &self,
        out: &mut Text,
        name: &str,
        size: PerWord<u64>,
        align: PerWord<u64>,
        slots: &[Slot<'_>],
    ) {
        out.blank();
        out.block("layout! {", "}", |out| {
            out.line(format_args!("{name}: size {}, align {};", self.per_word(size), self.per_word(align)));
            for slot in slots {
                out.line(format_args!("{}: {} = {};", slot.name, slot.ty, self.per_word(slot.offset)));
            }
        });
    }

    /// The members of a named arm, as a structure of its own.
    pub(super) fn arm_slots<'s>(&'s self, arm: &'s Arm, base: PerWord<u64>) -> Vec<Slot<'s>> {
        let mut slots = Slots::new(self);
        for member in &arm.members {
            slots.field(member, base);
        }
        slots.pad_to(arm.size);
        slots.list
    }
}

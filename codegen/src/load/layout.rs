//! Phase 6: sizes, alignments and offsets, for 32-bit and 64-bit programs.
//!
//! Every member stands at the next multiple of its size's alignment, as in C; 64-bit numbers have an alignment of 8
//! bytes on every machine. All arms of a variant begin at the same place.

use crate::model::{Field, Member, PerWord, Struct, Type, TypeKind, TypeRef};

/// Nothing may be larger than this: a host copies structures through its stack.
pub const LARGEST: u64 = 1 << 20;

/// Size and alignment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// Bytes.
    pub size: PerWord<u64>,
    /// Bytes.
    pub align: PerWord<u64>,
}

/// Size and alignment of a type. `types` holds at least what it contains by value. Saturates: a size above
/// [`LARGEST`] means no more than that it is too large.
pub fn extent(ty: &TypeRef, types: &[Type]) -> Extent {
    match ty {
        TypeRef::Primitive(primitive) => {
            Extent { size: primitive.size(), align: map(primitive.size(), |size| size.max(1)) }
        }
        TypeRef::Pointer { .. } => {
            let size = PerWord { w32: 4, w64: 8 };
            Extent { size, align: size }
        }
        TypeRef::Array { of, count } => {
            let element = extent(of, types);
            Extent { size: map(element.size, |size| size.saturating_mul(*count)), align: element.align }
        }
        TypeRef::Atomic(of) => extent(of, types),
        TypeRef::Named(id) => match types.get(id.0).map(|ty| &ty.kind) {
            Some(TypeKind::Number(number)) => Extent { size: number.repr.size(), align: number.repr.size() },
            Some(TypeKind::Struct(item)) => Extent { size: item.size, align: item.align },
            Some(TypeKind::Function(_)) | None => Extent { size: PerWord::both(0), align: PerWord::both(1) },
        },
    }
}

/// Fills in the offsets, size and alignment of a struct.
pub fn lay_out(item: &mut Struct, types: &[Type]) {
    let mut cursor = Cursor::new(PerWord::both(0));
    for member in &mut item.members {
        match member {
            Member::Field(field) => cursor.place(field, types),
            Member::Variant(variant) => {
                variant.align = PerWord::both(1);
                for field in variant.arms.iter().flat_map(|arm| &arm.members) {
                    variant.align = zip(variant.align, extent(&field.ty, types).align, u64::max);
                }
                variant.offset = zip(cursor.at, variant.align, round_up);
                variant.size = PerWord::both(0);
                for arm in &mut variant.arms {
                    let mut inner = Cursor::new(variant.offset);
                    arm.members.iter_mut().for_each(|field| inner.place(field, types));
                    arm.align = inner.align;
                    // The arm begins at a multiple of its alignment, so its size can be padded by itself.
                    arm.size = zip(zip(inner.at, variant.offset, u64::saturating_sub), arm.align, round_up);
                    variant.size = zip(variant.size, arm.size, u64::max);
                }
                variant.size = zip(variant.size, variant.align, round_up);
                cursor.at = zip(variant.offset, variant.size, u64::saturating_add);
                cursor.align = zip(cursor.align, variant.align, u64::max);
            }
        }
    }
    item.align = cursor.align;
    item.size = zip(cursor.at, cursor.align, round_up);
}

/// Where the next member goes.
struct Cursor {
    at: PerWord<u64>,
    align: PerWord<u64>,
}

impl Cursor {
    fn new(at: PerWord<u64>) -> Self {
        Cursor { at, align: PerWord::both(1) }
    }

    fn place(&mut self, field: &mut Field, types: &[Type]) {
        let extent = extent(&field.ty, types);
        field.offset = zip(self.at, extent.align, round_up);
        self.at = zip(field.offset, extent.size, u64::saturating_add);
        self.align = zip(self.align, extent.align, u64::max);
    }
}

/// The stretches of a struct, as (start, end), that no member covers: between members, at the end, and wherever some
/// arm of a variant, or an empty one, leaves a byte of it.
pub fn padding(item: &Struct, types: &[Type], word_bits: u32) -> Vec<(u64, u64)> {
    let mut holes = Vec::new();
    let mut at = 0;
    for member in &item.members {
        let (start, end) = match member {
            Member::Field(field) => covered(field, types, word_bits),
            Member::Variant(variant) => {
                let start = variant.offset.get(word_bits);
                let end = start.saturating_add(variant.size.get(word_bits));
                if !variant.empty.is_empty() {
                    hole(&mut holes, start, end);
                }
                for arm in &variant.arms {
                    let mut at = start;
                    for field in &arm.members {
                        let (start, end) = covered(field, types, word_bits);
                        hole(&mut holes, at, start);
                        at = end;
                    }
                    hole(&mut holes, at, end);
                }
                (start, end)
            }
        };
        hole(&mut holes, at, start);
        at = end;
    }
    hole(&mut holes, at, item.size.get(word_bits));
    holes.sort_unstable();
    holes.dedup();
    holes
}

fn hole(holes: &mut Vec<(u64, u64)>, start: u64, end: u64) {
    if start < end {
        holes.push((start, end));
    }
}

fn covered(field: &Field, types: &[Type], word_bits: u32) -> (u64, u64) {
    let start = field.offset.get(word_bits);
    (start, start.saturating_add(extent(&field.ty, types).size.get(word_bits)))
}

fn round_up(value: u64, align: u64) -> u64 {
    value.checked_next_multiple_of(align.max(1)).unwrap_or(u64::MAX)
}

fn map(value: PerWord<u64>, f: impl Fn(u64) -> u64) -> PerWord<u64> {
    PerWord { w32: f(value.w32), w64: f(value.w64) }
}

fn zip(a: PerWord<u64>, b: PerWord<u64>, f: impl Fn(u64, u64) -> u64) -> PerWord<u64> {
    PerWord { w32: f(a.w32, b.w32), w64: f(a.w64, b.w64) }
}

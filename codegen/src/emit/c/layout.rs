//! Sizes and alignments of references to types.

use crate::model::{Model, PerWord, Primitive, TypeKind, TypeRef};

/// Size and alignment in bytes. Functions and `void` have neither: 0.
pub fn size_and_align(model: &Model, ty: &TypeRef) -> (PerWord<u64>, PerWord<u64>) {
    match ty {
        TypeRef::Primitive(primitive) => (primitive.size(), primitive.size()),
        TypeRef::Pointer { .. } => (Primitive::Size.size(), Primitive::Size.size()),
        TypeRef::Atomic(of) => size_and_align(model, of),
        TypeRef::Array { of, count } => {
            let (size, align) = size_and_align(model, of);
            (PerWord { w32: size.w32 * count, w64: size.w64 * count }, align)
        }
        TypeRef::Named(id) => match &model.ty(*id).kind {
            TypeKind::Number(number) => (number.repr.size(), number.repr.size()),
            TypeKind::Struct(structure) => (structure.size, structure.align),
            TypeKind::Function(_) => (PerWord::both(0), PerWord::both(0)),
        },
    }
}

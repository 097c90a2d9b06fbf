//! Phase 5: types: names in type expressions are looked up, values, members and variants are checked, and structs are
//! laid out (phase 6), inner ones first.

mod reference;
mod structs;
mod values;
mod variants;

use super::context::Context;
use super::docs::doc;
use super::syntax::{Kind, Type};
use crate::model;
use crate::model::{Function, NumberClass, NumberType, Primitive, TypeId, TypeKind, TypeRef};

pub use reference::{Position, resolve};
pub use structs::is_count;

/// The types of a definition, in their final order.
#[derive(Debug, Default)]
pub struct Types {
    /// The types. One that is not sound has a kind of the right sort, but what it says is not to be relied on.
    pub list: Vec<model::Type>,
    /// For each, whether all of it is known.
    pub sound: Vec<bool>,
}

impl Types {
    /// The type with this id.
    pub fn get(&self, id: TypeId) -> &model::Type {
        &self.list[id.0]
    }

    /// Whether all that a type holds by value is known, so that its size is.
    pub fn is_sound(&self, ty: &TypeRef) -> bool {
        match ty {
            TypeRef::Named(id) => self.sound.get(id.0).copied().unwrap_or(false),
            TypeRef::Array { of, .. } | TypeRef::Atomic(of) => self.is_sound(of),
            TypeRef::Primitive(_) | TypeRef::Pointer { .. } => true,
        }
    }

    /// The representation of a type that can count something: a number or an alias of one. Descriptors, enumerations and
    /// flag sets are numbers that mean something else.
    pub fn counter(&self, ty: &TypeRef) -> Option<Primitive> {
        match ty {
            TypeRef::Named(id) => match &self.get(*id).kind {
                TypeKind::Number(number) if number.class != NumberClass::Alias => None,
                _ => self.number(ty),
            },
            _ => self.number(ty),
        }
    }

    /// What a type is as a number: representation; `None` if it is none.
    pub fn number(&self, ty: &TypeRef) -> Option<Primitive> {
        match ty {
            TypeRef::Primitive(Primitive::Void) => None,
            TypeRef::Primitive(primitive) => Some(*primitive),
            TypeRef::Named(id) => match &self.get(*id).kind {
                TypeKind::Number(number) => Some(number.repr),
                _ => None,
            },
            TypeRef::Atomic(of) => self.number(of),
            TypeRef::Pointer { .. } | TypeRef::Array { .. } => None,
        }
    }
}

/// Builds all types.
pub fn build(context: &Context) -> Types {
    let mut types = Types::default();
    for &index in &context.names.type_order {
        let item = &context.definition.types[index];
        let (kind, sound) = build_kind(context, item, &types, context.recursive[index]);
        types.list.push(model::Type {
            name: item.name.text.to_string(),
            doc: doc(context, item.doc),
            subsystem: item.subsystem,
            since: item.since.map(|word| word.text.to_string()),
            deprecated: item.deprecated.map(|word| word.text.to_string()),
            kind,
        });
        types.sound.push(sound);
    }
    types
}

fn build_kind(context: &Context, item: &Type, types: &Types, recursive: bool) -> (TypeKind, bool) {
    match &item.kind {
        None => (placeholder(), false),
        Some(Kind::Number(number)) => {
            let sound = number.repr.is_some();
            (TypeKind::Number(values::build(context, item, number)), sound)
        }
        Some(Kind::Function(parameters)) => {
            let (parameters, sound) = structs::parameters(context, types, parameters);
            (TypeKind::Function(Function { parameters }), sound)
        }
        Some(Kind::Struct(written)) => {
            let (built, sound) = structs::build(context, types, item, written, recursive);
            (TypeKind::Struct(built), sound)
        }
    }
}

/// What stands for a kind that could not be read.
fn placeholder() -> TypeKind {
    TypeKind::Number(NumberType {
        class: NumberClass::Opaque,
        repr: Primitive::U32,
        c_prefix: None,
        values: Vec::new(),
        host_mapped: false,
    })
}

//! The order in which declarations stand, and which structures must be announced first.

use crate::model::{Field, Member, Model, Struct, TypeId, TypeKind, TypeRef};

/// Declarations of a header.
pub struct Order {
    /// The types, each behind all that it needs to be complete.
    pub types: Vec<TypeId>,
    /// Structures that something points to before they are defined.
    pub announced: Vec<TypeId>,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    /// Of another header.
    Elsewhere,
    Waiting,
    /// Being declared.
    Open,
    Placed,
}

/// Orders the types for which `belongs` holds. The model has a structure behind what it contains; here
/// function types, of which C cannot announce one, move to before the first structure that points to them.
pub fn order(model: &Model, belongs: impl Fn(TypeId) -> bool) -> Order {
    let state = (0..model.types.len())
        .map(|index| if belongs(TypeId(index)) { State::Waiting } else { State::Elsewhere })
        .collect();
    let mut placing = Placing {
        model,
        state,
        is_announced: vec![false; model.types.len()],
        open: 0,
        order: Order { types: Vec::new(), announced: Vec::new() },
    };
    for index in 0..model.types.len() {
        placing.place(TypeId(index));
    }
    placing.order
}

struct Placing<'m> {
    model: &'m Model,
    state: Vec<State>,
    is_announced: Vec<bool>,
    /// How many structures are being declared.
    open: usize,
    order: Order,
}

impl Placing<'_> {
    fn place(&mut self, id: TypeId) {
        if self.state[id.0] != State::Waiting {
            return;
        }
        let model = self.model;
        match &model.ty(id).kind {
            TypeKind::Number(_) => {}
            TypeKind::Struct(structure) => {
                self.state[id.0] = State::Open;
                self.open += 1;
                fields(structure).iter().for_each(|field| self.refer(&field.ty));
                self.open -= 1;
            }
            TypeKind::Function(function) => {
                self.state[id.0] = State::Open;
                function.parameters.iter().for_each(|field| self.refer(&field.ty));
            }
        }
        self.state[id.0] = State::Placed;
        self.order.types.push(id);
    }

    /// Sees to it that a reference in what is declared next can be written.
    fn refer(&mut self, ty: &TypeRef) {
        match ty {
            TypeRef::Primitive(_) => {}
            TypeRef::Pointer { to: of, .. } | TypeRef::Array { of, .. } | TypeRef::Atomic(of) => {
                self.refer(of)
            }
            TypeRef::Named(id) => match self.model.ty(*id).kind {
                TypeKind::Number(_) | TypeKind::Function(_) => self.place(*id),
                TypeKind::Struct(_) => {
                    // A structure that is open may be part of the one that is referred to, so that cannot
                    // be defined now. A function's parameters can be of announced structures.
                    if self.open == 0 {
                        self.place(*id);
                    }
                    let is_missing = matches!(self.state[id.0], State::Waiting | State::Open);
                    if is_missing && !self.is_announced[id.0] {
                        self.is_announced[id.0] = true;
                        self.order.announced.push(*id);
                    }
                }
            },
        }
    }
}

/// All fields of a structure, those in arms included.
pub fn fields(structure: &Struct) -> Vec<&Field> {
    let mut fields = Vec::new();
    for member in &structure.members {
        match member {
            Member::Field(field) => fields.push(field),
            Member::Variant(variant) => fields.extend(variant.arms.iter().flat_map(|arm| &arm.members)),
        }
    }
    fields
}

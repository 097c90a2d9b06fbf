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
    Elsewhere,
    Waiting,
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
    order: Order,
}

impl Placing<'_> {
    fn place(&mut self, id: TypeId) {
        if self.state[id.0] != State::Waiting {
            return;
        }
        self.state[id.0] = State::Placed;
        let model = self.model;
        let (fields, is_function) = match &model.ty(id).kind {
            TypeKind::Number(_) => (Vec::new(), false),
            TypeKind::Struct(structure) => (fields(structure), false),
            TypeKind::Function(function) => (function.parameters.iter().collect(), true),
        };
        // While a structure's members are declared, it is incomplete itself.
        if !is_function {
            self.state[id.0] = State::Waiting;
        }
        for field in fields {
            self.refer(&field.ty);
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
                    if self.state[id.0] == State::Waiting && !self.is_announced[id.0] {
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

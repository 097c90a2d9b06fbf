//! The definition, and what it says about values: computed from the model alone, so that shims are held against the
//! definition and not against the emitter's idea of it.

use cloudabi_codegen::model::{
    Call, Condition, Field, Member, Model, NumberClass, NumberType, Operand, Path, RightsExpression, Segment,
    TypeKind, TypeRef,
};
use std::sync::OnceLock;

/// The definition in `abi/`.
pub fn model() -> &'static Model {
    static MODEL: OnceLock<Model> = OnceLock::new();
    MODEL.get_or_init(|| {
        let sources = cloudabi_test_support::own_definition().expect("the definition can be read");
        cloudabi_codegen::load::load(&sources).expect("the definition is in order")
    })
}

/// The number of an error.
pub fn errno(name: &str) -> u32 {
    let id = model().errno().expect("there is an errno");
    let number = number(&TypeRef::Named(id)).expect("it is a number");
    let value = number.values.iter().find(|value| value.name == name).expect("the error is defined");
    u32::try_from(value.value).expect("it is small")
}

/// The definition of a type that is a number.
pub fn number(ty: &TypeRef) -> Option<&'static NumberType> {
    match ty {
        TypeRef::Named(id) => match &model().ty(*id).kind {
            TypeKind::Number(number) => Some(number),
            _ => None,
        },
        _ => None,
    }
}

/// The members of a structure without variants.
pub fn members(ty: &TypeRef) -> Option<Vec<&'static Field>> {
    let TypeRef::Named(id) = ty else { return None };
    let TypeKind::Struct(structure) = &model().ty(*id).kind else { return None };
    structure
        .members
        .iter()
        .map(|member| match member {
            Member::Field(field) => Some(field),
            Member::Variant(_) => None,
        })
        .collect()
}

/// Whether this is the type of descriptors.
pub fn is_descriptor(ty: &TypeRef) -> bool {
    matches!(ty, TypeRef::Named(id) if Some(*id) == model().descriptor())
}

/// Size in bytes for a 64-bit program. Bytes, for memory of no particular type.
pub fn size(ty: &TypeRef) -> u64 {
    match ty {
        TypeRef::Primitive(primitive) => primitive.size().w64.max(1),
        TypeRef::Pointer { .. } => 8,
        TypeRef::Atomic(of) => size(of),
        TypeRef::Array { of, count } => size(of) * count,
        TypeRef::Named(id) => match &model().ty(*id).kind {
            TypeKind::Number(number) => number.repr.size().w64,
            TypeKind::Struct(structure) => structure.size.w64,
            TypeKind::Function(_) => 0,
        },
    }
}

/// Values of a number type that are defined, and some that are not. Nothing for types where all are defined.
pub fn samples(ty: &TypeRef) -> Option<(Vec<u64>, Vec<u64>)> {
    let number = number(ty)?;
    let bits = 8 * number.repr.size().w64;
    let most = u64::MAX >> (64 - bits);
    match number.class {
        NumberClass::Alias | NumberClass::Opaque => None,
        NumberClass::Enum => {
            let defined: Vec<u64> = number.values.iter().map(|value| value.value).collect();
            // All neighbours of defined values, and the ends of the range.
            let near = defined.iter().flat_map(|value| [value.wrapping_sub(1) & most, (value + 1) & most]);
            let undefined =
                near.chain([0, most, most >> 1]).filter(|value| !defined.contains(value)).collect();
            Some((defined, undefined))
        }
        NumberClass::Flags => {
            let all = number.all_bits();
            let bit = |bit: &u64| all & bit == 0;
            let bits: Vec<u64> = (0..bits).map(|shift| 1 << shift).collect();
            // Each undefined bit, alone and beside all that are defined.
            let undefined = bits.iter().filter(|b| bit(b)).flat_map(|bit| [*bit, bit | all]).collect();
            Some((
                std::iter::once(0).chain(bits.iter().copied().filter(|b| !bit(b))).chain([all]).collect(),
                undefined,
            ))
        }
    }
}

/// Whether a descriptor that carries these rights fulfils the expression.
pub fn fulfils(carried: u64, needs: &RightsExpression) -> bool {
    match needs {
        RightsExpression::Right(right) => carried & right_bit(*right) != 0,
        RightsExpression::All(parts) => parts.iter().all(|part| fulfils(carried, part)),
        RightsExpression::Any(parts) => parts.iter().any(|part| fulfils(carried, part)),
    }
}

/// The bit of a right.
fn right_bit(index: usize) -> u64 {
    let rights = model().rights().and_then(|id| number(&TypeRef::Named(id))).expect("there are rights");
    rights.values[index].value
}

/// All rights that an expression speaks of.
pub fn mentioned(needs: &RightsExpression) -> u64 {
    match needs {
        RightsExpression::Right(right) => right_bit(*right),
        RightsExpression::All(parts) | RightsExpression::Any(parts) => {
            parts.iter().map(mentioned).fold(0, |all, rights| all | rights)
        }
    }
}

/// The number at a place in a structure's bytes.
fn number_at(bytes: &[u8], ty: &TypeRef, segments: &[Segment]) -> Option<u64> {
    let [first, rest @ ..] = segments else {
        let mut value = [0; 8];
        let size = size(ty) as usize;
        value[..size].copy_from_slice(bytes.get(..size)?);
        return Some(u64::from_le_bytes(value));
    };
    let Segment::Member(name) = first else { return None };
    let member = members(ty)?.into_iter().find(|member| member.name == *name)?;
    number_at(bytes.get(member.offset.w64 as usize..)?, &member.ty, rest)
}

/// Whether a condition holds, given the bytes of each input (for a pointer: of what it points to).
pub fn holds(condition: &Condition, call: &Call, inputs: &[Vec<u8>]) -> bool {
    let at = |path: &Path| {
        let ty = match &call.inputs[path.parameter].ty {
            TypeRef::Pointer { to, .. } => to,
            other => other,
        };
        number_at(&inputs[path.parameter], ty, &path.segments).expect("the condition is about a number")
    };
    match condition {
        Condition::All(parts) => parts.iter().all(|part| holds(part, call, inputs)),
        Condition::Any(parts) => parts.iter().any(|part| holds(part, call, inputs)),
        Condition::Not(inner) => !holds(inner, call, inputs),
        Condition::Has { path, flag } => {
            let bits = number(&path.ty).expect("it is a flag set").values[*flag].value;
            at(path) & bits == bits
        }
        Condition::Equals { path, value: Operand::Number(value) } => at(path) == *value,
        Condition::Equals { path, value: Operand::Value(index) } => {
            at(path) == number(&path.ty).expect("it has values").values[*index].value
        }
    }
}

/// The places that a condition speaks of, each with the flags or the numbers that it asks for.
pub fn places_of(condition: &Condition, list: &mut Vec<(Path, Vec<u64>)>) {
    let mut add = |path: &Path, value: u64| {
        if let Some((_, values)) = list.iter_mut().find(|(other, _)| other == path) {
            if !values.contains(&value) {
                values.push(value);
            }
        } else {
            list.push((path.clone(), vec![value]));
        }
    };
    let named = |path: &Path, index: usize| number(&path.ty).expect("it has values").values[index].value;
    match condition {
        Condition::All(parts) | Condition::Any(parts) => parts.iter().for_each(|part| places_of(part, list)),
        Condition::Not(inner) => places_of(inner, list),
        Condition::Has { path, flag } => add(path, named(path, *flag)),
        Condition::Equals { path, value: Operand::Number(value) } => add(path, *value),
        Condition::Equals { path, value: Operand::Value(index) } => add(path, named(path, *index)),
    }
}

/// Offset in bytes of a place in an argument, or in the structure that an argument points to.
pub fn offset_of(path: &Path, call: &Call) -> usize {
    let mut ty = &call.inputs[path.parameter].ty;
    let mut offset = 0;
    for segment in &path.segments {
        if let TypeRef::Pointer { to, .. } = ty {
            ty = to;
        }
        let Segment::Member(name) = segment else { panic!("{} is not in one place", path.text) };
        let member =
            members(ty).into_iter().flatten().find(|member| member.name == *name).expect("there it is");
        offset += member.offset.w64 as usize;
        ty = &member.ty;
    }
    offset
}

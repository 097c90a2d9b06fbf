//! Types as data.

use super::docs::{DocJson, doc};
use crate::model::{
    Arm, Field, LayoutPolicy, Member, Model, NumberClass, NumberType, PerWord, Type, TypeKind, TypeRef, Value,
};
use schemars::JsonSchema;
use serde::Serialize;

/// A figure in bytes for each word size.
#[derive(Serialize, JsonSchema)]
pub struct PerWordJson {
    /// For programs with 32-bit pointers.
    bits32: u64,
    /// For programs with 64-bit pointers.
    bits64: u64,
}

/// How a parameter or member refers to a type.
#[derive(Serialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum TypeRefJson<'m> {
    /// A type that every machine has.
    Primitive {
        /// `void`, `char`, `size`, or `uint8` to `uint64` and `int8` to `int64`.
        name: &'static str,
    },
    /// A type of the definition.
    Named {
        /// Its name.
        name: &'m str,
    },
    /// A pointer.
    Pointer {
        /// Whether the memory may be changed through it.
        mutable: bool,
        /// What it points to.
        to: Box<TypeRefJson<'m>>,
    },
    /// An array inside a structure.
    Array {
        /// What an element is.
        of: Box<TypeRefJson<'m>>,
        /// How many there are.
        count: u64,
    },
    /// Memory that other threads access atomically too.
    Atomic {
        /// What is there.
        of: Box<TypeRefJson<'m>>,
    },
}

/// A type of the definition.
#[derive(Serialize, JsonSchema)]
pub struct TypeJson<'m> {
    /// Its name, without the ABI's prefix.
    name: &'m str,
    /// The subsystem that defines it.
    subsystem: &'m str,
    /// What it means.
    doc: DocJson<'m>,
    /// Version of the definition that brought it, if it was not there from the start.
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<&'m str>,
    /// Why not to use it any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    deprecated: Option<&'m str>,
    /// What it is.
    #[serde(flatten)]
    kind: KindJson<'m>,
}

/// What a type is.
#[derive(Serialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum KindJson<'m> {
    /// A quantity: arithmetic on it makes sense.
    Alias(NumberJson<'m>),
    /// An identifier: to be compared and handed back.
    Opaque(NumberJson<'m>),
    /// One of its values.
    Enum(NumberJson<'m>),
    /// A set of its values.
    Flags(NumberJson<'m>),
    /// A structure in memory, with natural alignment.
    Struct(StructJson<'m>),
    /// A function in the program that the host calls.
    Function(FunctionJson<'m>),
}

/// A type that is a number.
#[derive(Serialize, JsonSchema)]
struct NumberJson<'m> {
    /// Width and signedness: `uint16`.
    repr: &'static str,
    /// What C puts before the upper-case name of each value.
    #[serde(skip_serializing_if = "Option::is_none")]
    c_prefix: Option<&'m str>,
    /// Whether each host says what the values are there.
    host_mapped: bool,
    /// Named values, in definition order.
    values: Vec<ValueJson<'m>>,
}

/// A named value.
#[derive(Serialize, JsonSchema)]
struct ValueJson<'m> {
    /// Its name.
    name: &'m str,
    /// The number.
    #[schemars(with = "i128")]
    value: serde_json::Number,
    /// Its bits in hexadecimal, for readers whose numbers lack the precision.
    bits: String,
    /// What it means.
    doc: DocJson<'m>,
    /// Whether it is several bits of a set.
    #[serde(skip_serializing_if = "is_false")]
    mask: bool,
    /// The value of the same number that it is a second name of.
    #[serde(skip_serializing_if = "Option::is_none")]
    same_as: Option<&'m str>,
    /// Version of the definition that brought it, if it was not there from the start.
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<&'m str>,
    /// Why not to use it any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    deprecated: Option<&'m str>,
}

/// Whether a flag is at its usual value, and left out.
pub fn is_false(flag: &bool) -> bool {
    !flag
}

/// A structure.
#[derive(Serialize, JsonSchema)]
struct StructJson<'m> {
    /// Size in bytes.
    size: PerWordJson,
    /// Alignment in bytes.
    align: PerWordJson,
    /// Whether the layout may differ between word sizes.
    layout: LayoutJson,
    /// Whether it contains pointers or sizes by value.
    depends_on_word_size: bool,
    /// Whether its padding reaches programs, as zeros.
    padding_zeroed: bool,
    /// Members in order.
    members: Vec<MemberJson<'m>>,
}

/// What a definition promises of a layout.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum LayoutJson {
    /// The same for both word sizes.
    Same,
    /// One per word size.
    PerWordSize,
}

/// A part of a structure.
#[derive(Serialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum MemberJson<'m> {
    /// An ordinary member.
    Field(FieldJson<'m>),
    /// A union whose arm an earlier member chooses.
    Variant(VariantJson<'m>),
}

/// An ordinary member.
#[derive(Serialize, JsonSchema)]
struct FieldJson<'m> {
    /// Its name.
    name: &'m str,
    /// Its type.
    #[serde(rename = "type")]
    ty: TypeRefJson<'m>,
    /// What it means.
    doc: DocJson<'m>,
    /// The member beside it that counts the elements it points to (bytes, for `void` and `char`).
    #[serde(skip_serializing_if = "Option::is_none")]
    length: Option<&'m str>,
    /// Bytes from the start of the whole structure.
    offset: PerWordJson,
}

/// A union.
#[derive(Serialize, JsonSchema)]
struct VariantJson<'m> {
    /// The member that chooses the arm.
    tag: &'m str,
    /// What it means.
    doc: DocJson<'m>,
    /// Bytes from the start of the whole structure.
    offset: PerWordJson,
    /// Size in bytes.
    size: PerWordJson,
    /// Alignment in bytes.
    align: PerWordJson,
    /// Arms in definition order.
    arms: Vec<ArmJson<'m>>,
    /// Values of the tag for which no arm holds anything.
    empty: &'m [String],
}

/// One way to read a union.
#[derive(Serialize, JsonSchema)]
struct ArmJson<'m> {
    /// Its name; without one, its only member stands in the union itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'m str>,
    /// Values of the tag that select it.
    tags: &'m [String],
    /// What it means.
    doc: DocJson<'m>,
    /// Size in bytes.
    size: PerWordJson,
    /// Alignment in bytes.
    align: PerWordJson,
    /// Its members.
    members: Vec<FieldJson<'m>>,
}

/// A function in the program.
#[derive(Serialize, JsonSchema)]
struct FunctionJson<'m> {
    /// Its parameters in order.
    parameters: Vec<FunctionParameterJson<'m>>,
}

/// A parameter of a function in the program.
#[derive(Serialize, JsonSchema)]
struct FunctionParameterJson<'m> {
    /// Its name.
    name: &'m str,
    /// Its type.
    #[serde(rename = "type")]
    ty: TypeRefJson<'m>,
    /// What it means.
    doc: DocJson<'m>,
}

/// A figure for both word sizes as data.
pub fn per_word(figure: PerWord<u64>) -> PerWordJson {
    PerWordJson { bits32: figure.w32, bits64: figure.w64 }
}

/// A reference to a type as data.
pub fn type_ref<'m>(model: &'m Model, ty: &TypeRef) -> TypeRefJson<'m> {
    let boxed = |ty| Box::new(type_ref(model, ty));
    match ty {
        TypeRef::Primitive(primitive) => TypeRefJson::Primitive { name: primitive.name() },
        TypeRef::Named(id) => TypeRefJson::Named { name: &model.ty(*id).name },
        TypeRef::Pointer { mutable, to } => TypeRefJson::Pointer { mutable: *mutable, to: boxed(to) },
        TypeRef::Array { of, count } => TypeRefJson::Array { of: boxed(of), count: *count },
        TypeRef::Atomic(of) => TypeRefJson::Atomic { of: boxed(of) },
    }
}

/// A type as data.
pub fn type_json<'m>(model: &'m Model, ty: &'m Type) -> TypeJson<'m> {
    TypeJson {
        name: &ty.name,
        subsystem: &model.subsystems[ty.subsystem].name,
        doc: doc(model, &ty.doc),
        since: ty.since.as_deref(),
        deprecated: ty.deprecated.as_deref(),
        kind: match &ty.kind {
            TypeKind::Number(n) => {
                let json = number(model, n);
                match n.class {
                    NumberClass::Alias => KindJson::Alias(json),
                    NumberClass::Opaque => KindJson::Opaque(json),
                    NumberClass::Enum => KindJson::Enum(json),
                    NumberClass::Flags => KindJson::Flags(json),
                }
            }
            TypeKind::Struct(s) => KindJson::Struct(StructJson {
                size: per_word(s.size),
                align: per_word(s.align),
                layout: match s.layout {
                    LayoutPolicy::Same => LayoutJson::Same,
                    LayoutPolicy::PerWordSize => LayoutJson::PerWordSize,
                },
                depends_on_word_size: s.depends_on_word_size,
                padding_zeroed: s.padding_zeroed,
                members: s.members.iter().map(|m| member(model, m)).collect(),
            }),
            TypeKind::Function(f) => KindJson::Function(FunctionJson {
                parameters: f
                    .parameters
                    .iter()
                    .map(|p| FunctionParameterJson {
                        name: &p.name,
                        ty: type_ref(model, &p.ty),
                        doc: doc(model, &p.doc),
                    })
                    .collect(),
            }),
        },
    }
}

fn number<'m>(model: &'m Model, number: &'m NumberType) -> NumberJson<'m> {
    NumberJson {
        repr: number.repr.name(),
        c_prefix: number.c_prefix.as_deref(),
        host_mapped: number.host_mapped,
        values: number.values.iter().map(|v| value(model, number, v)).collect(),
    }
}

fn value<'m>(model: &'m Model, number: &NumberType, value: &'m Value) -> ValueJson<'m> {
    // The model keeps the bit pattern, extended with zeros.
    let unused = 64_u64.saturating_sub(8 * number.repr.size().w64);
    ValueJson {
        name: &value.name,
        value: match number.repr.is_signed() {
            true => (((value.value << unused) as i64) >> unused).into(),
            false => value.value.into(),
        },
        bits: format!("{:#x}", value.value),
        doc: doc(model, &value.doc),
        mask: value.mask,
        same_as: value.same_as.as_deref(),
        since: value.since.as_deref(),
        deprecated: value.deprecated.as_deref(),
    }
}

fn member<'m>(model: &'m Model, member: &'m Member) -> MemberJson<'m> {
    match member {
        Member::Field(f) => MemberJson::Field(field(model, f)),
        Member::Variant(v) => MemberJson::Variant(VariantJson {
            tag: &v.tag,
            doc: doc(model, &v.doc),
            offset: per_word(v.offset),
            size: per_word(v.size),
            align: per_word(v.align),
            arms: v.arms.iter().map(|a| arm(model, a)).collect(),
            empty: &v.empty,
        }),
    }
}

fn arm<'m>(model: &'m Model, arm: &'m Arm) -> ArmJson<'m> {
    ArmJson {
        name: arm.name.as_deref(),
        tags: &arm.tags,
        doc: doc(model, &arm.doc),
        size: per_word(arm.size),
        align: per_word(arm.align),
        members: arm.members.iter().map(|f| field(model, f)).collect(),
    }
}

fn field<'m>(model: &'m Model, field: &'m Field) -> FieldJson<'m> {
    FieldJson {
        name: &field.name,
        ty: type_ref(model, &field.ty),
        doc: doc(model, &field.doc),
        length: field.length.as_deref(),
        offset: per_word(field.offset),
    }
}

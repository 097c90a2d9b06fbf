//! Phase 3: the trees of the files → typed items whose words know where they stand.
//!
//! What phase 2 found wrong is absent here (`None`, or left out), so that no later phase complains about it again. Names
//! are not looked up yet.

mod read;

pub use read::{FileKind, read};

use super::expression::{ConditionExpression, PathExpression, Place, Rights, TypeExpression};
use super::yaml::Node;
use crate::model::{Access, Apply, NumberClass, Primitive, State, TombstoneKind};
use crate::source::Span;

/// Text, and where it stands.
#[derive(Clone, Copy, Debug)]
pub struct Word<'a> {
    /// The text.
    pub text: &'a str,
    /// Where it stands.
    pub span: Span,
}

/// A number, and where it stands.
#[derive(Clone, Copy, Debug)]
pub struct Number {
    /// The number.
    pub value: i128,
    /// Where it stands.
    pub span: Span,
}

/// An expression with the scalar that it stands in. The expression is absent if it could not be read.
#[derive(Clone, Debug)]
pub struct Expression<'a, E> {
    /// What it says.
    pub tree: Option<E>,
    /// Where its parts stand.
    pub place: Place<'a>,
}

/// The documentation of something: the scalar.
pub type DocText<'a> = Option<&'a Node<'a>>;

/// All files.
#[derive(Debug, Default)]
pub struct Definition<'a> {
    /// `abi.yaml`
    pub abi: Option<Abi<'a>>,
    /// The subsystems' files in order.
    pub subsystems: Vec<Subsystem<'a>>,
    /// All types, file by file.
    pub types: Vec<Type<'a>>,
    /// All kinds of descriptors, file by file.
    pub descriptor_kinds: Vec<DescriptorKind<'a>>,
    /// All calls, file by file.
    pub calls: Vec<Call<'a>>,
    /// The hosts' files in order.
    pub hosts: Vec<Host<'a>>,
}

/// The ABI as a whole.
#[derive(Debug)]
pub struct Abi<'a> {
    pub name: Option<Word<'a>>,
    pub title: Option<Word<'a>>,
    pub version: Option<Word<'a>>,
    pub license: Option<Word<'a>>,
    pub doc: DocText<'a>,
    pub architectures: Vec<Architecture<'a>>,
    pub tombstones: Vec<Tombstone<'a>>,
}

/// An architecture.
#[derive(Debug)]
pub struct Architecture<'a> {
    pub name: Word<'a>,
    pub word_bits: Option<u32>,
    pub arguments: Option<u32>,
    pub results: Option<u32>,
    pub aligned_pairs: bool,
    pub doc: DocText<'a>,
}

/// A tombstone.
#[derive(Debug)]
pub struct Tombstone<'a> {
    pub kind: TombstoneKind,
    pub name: Option<Word<'a>>,
    pub number: Option<Number>,
    pub reason: Option<Word<'a>>,
}

/// A subsystem's file. Its types and calls are in [`Definition`].
#[derive(Debug)]
pub struct Subsystem<'a> {
    pub name: Word<'a>,
    /// Index of the file.
    pub file: usize,
    pub doc: DocText<'a>,
}

/// A type.
#[derive(Debug)]
pub struct Type<'a> {
    pub name: Word<'a>,
    pub subsystem: usize,
    pub doc: DocText<'a>,
    pub since: Option<Word<'a>>,
    pub deprecated: Option<Word<'a>>,
    /// Absent if it could not be read: then the type is known, but nothing about it is.
    pub kind: Option<Kind<'a>>,
}

/// What a type is.
#[derive(Debug)]
pub enum Kind<'a> {
    Number(NumberType<'a>),
    Struct(Struct<'a>),
    Function(Vec<Field<'a>>),
}

/// A number type.
#[derive(Debug)]
pub struct NumberType<'a> {
    pub class: NumberClass,
    pub repr: Option<Primitive>,
    pub c_prefix: Option<Word<'a>>,
    pub host_mapped: bool,
    pub values: Vec<Value<'a>>,
    /// Where the word `values` stands, if it does.
    pub values_key: Option<Span>,
}

/// A named value.
#[derive(Debug)]
pub struct Value<'a> {
    pub name: Word<'a>,
    pub value: Option<Number>,
    pub doc: DocText<'a>,
    pub mask: Option<Span>,
    pub same_as: Option<Word<'a>>,
    pub since: Option<Word<'a>>,
    pub deprecated: Option<Word<'a>>,
}

/// A struct.
#[derive(Debug)]
pub struct Struct<'a> {
    /// Where `per_word_size` stands, if it does.
    pub per_word_size: Option<Span>,
    /// Where `padding: zeroed` stands.
    pub padding_zeroed: Option<Span>,
    pub members: Vec<Member<'a>>,
}

/// A member of a struct.
#[derive(Debug)]
pub enum Member<'a> {
    Field(Field<'a>),
    Variant(Variant<'a>),
}

/// An ordinary member, or a parameter of a function.
#[derive(Debug)]
pub struct Field<'a> {
    pub name: Word<'a>,
    pub ty: Option<Expression<'a, TypeExpression<'a>>>,
    pub length: Option<Word<'a>>,
    pub doc: DocText<'a>,
}

/// A union.
#[derive(Debug)]
pub struct Variant<'a> {
    pub tag: Word<'a>,
    pub doc: DocText<'a>,
    pub arms: Vec<Arm<'a>>,
    pub empty: Vec<Word<'a>>,
}

/// An arm of a union.
#[derive(Debug)]
pub struct Arm<'a> {
    /// What to show when something is wrong with the arm as a whole.
    pub span: Span,
    pub name: Option<Word<'a>>,
    pub tags: Vec<Word<'a>>,
    pub doc: DocText<'a>,
    pub members: Vec<Field<'a>>,
}

/// A kind of descriptor.
#[derive(Debug)]
pub struct DescriptorKind<'a> {
    pub name: Word<'a>,
    pub subsystem: usize,
    pub doc: DocText<'a>,
    pub filetypes: Vec<Word<'a>>,
    pub base: Selection<'a>,
    pub makes: Selection<'a>,
}

/// Some of the things that there are.
#[derive(Debug)]
pub enum Selection<'a> {
    All,
    These(Vec<Word<'a>>),
}

/// A call.
#[derive(Debug)]
pub struct Call<'a> {
    pub name: Word<'a>,
    pub subsystem: usize,
    pub number: Option<Number>,
    pub doc: DocText<'a>,
    pub since: Option<Word<'a>>,
    pub deprecated: Option<Word<'a>>,
    pub blocks: bool,
    pub noreturn: Option<Span>,
    pub inputs: Vec<Parameter<'a>>,
    pub outputs: Vec<Parameter<'a>>,
    /// Where the words `outputs` and `errors` stand, if they do.
    pub outputs_key: Option<Span>,
    pub errors_key: Option<Span>,
    pub rights: Vec<RightsRule<'a>>,
    pub consumes: Vec<Expression<'a, PathExpression<'a>>>,
    pub creates: Vec<Expression<'a, PathExpression<'a>>>,
    pub replaces: Vec<Expression<'a, PathExpression<'a>>>,
    pub consumes_all_others: bool,
    pub errors: Vec<CallError<'a>>,
}

/// An input or output.
#[derive(Debug)]
pub struct Parameter<'a> {
    pub name: Word<'a>,
    pub ty: Option<Expression<'a, TypeExpression<'a>>>,
    pub doc: DocText<'a>,
    /// What it says, and where.
    pub access: Option<(Access, Span)>,
    /// Whether there is an `access`, right or wrong.
    pub has_access: bool,
    pub length: Option<Word<'a>>,
    pub filled: Option<Word<'a>>,
    pub only_when: Option<Expression<'a, ConditionExpression<'a>>>,
    pub otherwise: Option<Word<'a>>,
    pub undefined: Option<Word<'a>>,
}

/// A rights rule.
#[derive(Debug)]
pub struct RightsRule<'a> {
    pub descriptor: Option<Expression<'a, PathExpression<'a>>>,
    pub needs: Option<Expression<'a, Rights<'a>>>,
    pub inheriting: bool,
    pub when: Option<Expression<'a, ConditionExpression<'a>>>,
    pub doc: DocText<'a>,
}

/// An error that a call may return.
#[derive(Debug)]
pub struct CallError<'a> {
    pub errno: Word<'a>,
    pub doc: DocText<'a>,
    pub unprovoked: Option<Word<'a>>,
}

/// A host's file.
#[derive(Debug)]
pub struct Host<'a> {
    pub name: Word<'a>,
    /// Index of the file.
    pub file: usize,
    pub title: Option<Word<'a>>,
    pub doc: DocText<'a>,
    pub ways: Vec<Way<'a>>,
    pub constants: Vec<Constant<'a>>,
    pub runtime_calls: Vec<Word<'a>>,
    pub runtime_doc: DocText<'a>,
    pub tables: Vec<Table<'a>>,
    /// Where the word `tables` stands, if it does and holds a map.
    pub tables_key: Option<Span>,
    pub calls: Vec<HostCall<'a>>,
    /// Where the word `calls` stands, if it does and holds a map.
    pub calls_key: Option<Span>,
}

/// A way in which a host runs programs.
#[derive(Debug)]
pub struct Way<'a> {
    pub name: Word<'a>,
    pub title: Option<Word<'a>>,
    pub doc: DocText<'a>,
    pub rights: DocText<'a>,
    pub architectures: Vec<OnArchitecture<'a>>,
    /// Where the word `architectures` stands, if it does and holds a map.
    pub architectures_key: Option<Span>,
}

/// How far a way has come on an architecture.
#[derive(Debug)]
pub struct OnArchitecture<'a> {
    pub name: Word<'a>,
    pub state: Option<State>,
    pub doc: DocText<'a>,
}

/// A constant of a host's.
#[derive(Debug)]
pub struct Constant<'a> {
    pub name: Word<'a>,
    pub value: Option<Number>,
    pub source: Option<Word<'a>>,
}

/// A table of a host's.
#[derive(Debug)]
pub struct Table<'a> {
    pub name: Word<'a>,
    pub ty: Option<Word<'a>>,
    pub doc: DocText<'a>,
    /// What it says, and where.
    pub apply: Option<(Apply, Span)>,
    pub to_host: bool,
    pub from_host: bool,
    pub none: Option<Word<'a>>,
    /// Where the word `values` stands, if it does.
    pub values_key: Option<Span>,
    /// Whether what stands there could be read.
    pub values_are_known: bool,
    pub values: Vec<Entry<'a>>,
    pub also_from_host: Vec<(Word<'a>, Option<Word<'a>>)>,
    pub from_host_default: Option<Word<'a>>,
}

/// What a value is on a host.
#[derive(Debug)]
pub struct Entry<'a> {
    pub value: Word<'a>,
    pub mapping: Option<Mapping<'a>>,
    pub note: Option<Word<'a>>,
}

/// What a value is on a host.
#[derive(Debug)]
pub enum Mapping<'a> {
    Constants(Vec<Word<'a>>, Option<Word<'a>>),
    Zero(Word<'a>),
    None(Word<'a>),
}

/// How a host serves a call.
#[derive(Debug)]
pub struct HostCall<'a> {
    pub call: Word<'a>,
    /// Absent if there is no such key.
    pub host_calls: Option<Vec<Word<'a>>>,
    pub served: Served<'a>,
    /// What differs in a way of running programs.
    pub ways: Vec<(Word<'a>, Served<'a>)>,
}

/// How a call is served: how, why not, and what of it not.
#[derive(Debug)]
pub struct Served<'a> {
    pub doc: DocText<'a>,
    pub none: Option<Word<'a>>,
    pub limits: DocText<'a>,
}

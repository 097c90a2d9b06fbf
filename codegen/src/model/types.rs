//! Types: numbers, structures, functions, and references to them.

use super::{Doc, TypeId};

/// A figure for 32-bit and for 64-bit programs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PerWord<T> {
    /// The figure for programs with 32-bit pointers.
    pub w32: T,
    /// The figure for programs with 64-bit pointers.
    pub w64: T,
}

impl<T: Copy + PartialEq> PerWord<T> {
    /// The same figure for both.
    pub fn both(value: T) -> Self {
        PerWord { w32: value, w64: value }
    }

    /// The figure for a word size of 32 or 64 bits.
    pub fn get(self, word_bits: u32) -> T {
        if word_bits == 32 { self.w32 } else { self.w64 }
    }

    /// Whether both are equal.
    pub fn same(self) -> bool {
        self.w32 == self.w64
    }
}

/// The types that every machine has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Primitive {
    /// Only behind a pointer: memory of no particular type.
    Void,
    /// A byte of text, or of padding.
    Char,
    /// Unsigned, 8 bits.
    U8,
    /// Unsigned, 16 bits.
    U16,
    /// Unsigned, 32 bits.
    U32,
    /// Unsigned, 64 bits.
    U64,
    /// Two's complement, 8 bits.
    I8,
    /// Two's complement, 16 bits.
    I16,
    /// Two's complement, 32 bits.
    I32,
    /// Two's complement, 64 bits.
    I64,
    /// Unsigned, as wide as a pointer.
    Size,
}

impl Primitive {
    /// All of them.
    pub const ALL: [Primitive; 11] = [
        Primitive::Void,
        Primitive::Char,
        Primitive::U8,
        Primitive::U16,
        Primitive::U32,
        Primitive::U64,
        Primitive::I8,
        Primitive::I16,
        Primitive::I32,
        Primitive::I64,
        Primitive::Size,
    ];

    /// The name in a definition: `uint32`, `size`, …
    pub fn name(self) -> &'static str {
        match self {
            Primitive::Void => "void",
            Primitive::Char => "char",
            Primitive::U8 => "uint8",
            Primitive::U16 => "uint16",
            Primitive::U32 => "uint32",
            Primitive::U64 => "uint64",
            Primitive::I8 => "int8",
            Primitive::I16 => "int16",
            Primitive::I32 => "int32",
            Primitive::I64 => "int64",
            Primitive::Size => "size",
        }
    }

    /// Size in bytes, which is the alignment too. `void` has 0.
    pub fn size(self) -> PerWord<u64> {
        match self {
            Primitive::Void => PerWord::both(0),
            Primitive::Char | Primitive::U8 | Primitive::I8 => PerWord::both(1),
            Primitive::U16 | Primitive::I16 => PerWord::both(2),
            Primitive::U32 | Primitive::I32 => PerWord::both(4),
            Primitive::U64 | Primitive::I64 => PerWord::both(8),
            Primitive::Size => PerWord { w32: 4, w64: 8 },
        }
    }

    /// Whether it is two's complement.
    pub fn is_signed(self) -> bool {
        matches!(self, Primitive::I8 | Primitive::I16 | Primitive::I32 | Primitive::I64)
    }
}

/// How a parameter or member refers to a type.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum TypeRef {
    /// `uint32`, `size`, …
    Primitive(Primitive),
    /// A type of the definition.
    Named(TypeId),
    /// `*const T` or `*mut T`.
    Pointer {
        /// `*mut`
        mutable: bool,
        /// What it points to.
        to: Box<TypeRef>,
    },
    /// `[T; count]`
    Array {
        /// Type of an element.
        of: Box<TypeRef>,
        /// Number of elements.
        count: u64,
    },
    /// `atomic T`: accessed atomically, also by other threads. Only behind a pointer.
    Atomic(Box<TypeRef>),
}

/// A type of the definition.
#[derive(Clone, Debug)]
pub struct Type {
    /// `fdstat`
    pub name: String,
    /// What it means.
    pub doc: Doc,
    /// Index in [`super::Model::subsystems`].
    pub subsystem: usize,
    /// Version of the definition that brought it, where it was not there from the start.
    pub since: Option<String>,
    /// Why not to use it any more.
    pub deprecated: Option<String>,
    /// What it is.
    pub kind: TypeKind,
}

/// What a type is.
#[derive(Clone, Debug)]
pub enum TypeKind {
    /// Alias, opaque number, enumeration or flag set.
    Number(NumberType),
    /// A structure in memory.
    Struct(Struct),
    /// The type of a function that the host calls in the program.
    Function(Function),
}

/// What a number stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumberClass {
    /// A quantity: arithmetic on it makes sense.
    Alias,
    /// An identifier: to be compared and handed back, nothing else.
    Opaque,
    /// One of its values.
    Enum,
    /// A set of its values, each one bit.
    Flags,
}

/// A type that is a number.
#[derive(Clone, Debug)]
pub struct NumberType {
    /// What the number stands for.
    pub class: NumberClass,
    /// Its width and signedness; never `void`, `char` or `size`.
    pub repr: Primitive,
    /// What C puts before the upper-case name of each value; `None` where there are no values.
    pub c_prefix: Option<String>,
    /// Named values in definition order.
    pub values: Vec<Value>,
    /// Whether every host must say what its values are there.
    pub host_mapped: bool,
}

impl NumberType {
    /// All bits that a flag set defines.
    pub fn all_bits(&self) -> u64 {
        self.values.iter().fold(0, |bits, value| bits | value.value)
    }
}

/// A named value of an enumeration, a flag set or an opaque number.
#[derive(Clone, Debug)]
pub struct Value {
    /// `creat`; may begin with a digit (`2big`).
    pub name: String,
    /// The number, as the bit pattern of the representation (zero-extended).
    pub value: u64,
    /// What it means.
    pub doc: Doc,
    /// Declared to be several bits of a flag set.
    pub mask: bool,
    /// Declared to be the same number as this other value of the type.
    pub same_as: Option<String>,
    /// Version of the definition that brought it.
    pub since: Option<String>,
    /// Why not to use it any more.
    pub deprecated: Option<String>,
}

/// Whether a structure may be laid out differently for each word size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LayoutPolicy {
    /// The same offsets and size for 32-bit and 64-bit programs.
    Same,
    /// One layout per word size.
    PerWordSize,
}

/// A structure. Members have their natural alignment, as in C.
#[derive(Clone, Debug)]
pub struct Struct {
    /// Members in order of their offsets.
    pub members: Vec<Member>,
    /// What the definition declares about its layout.
    pub layout: LayoutPolicy,
    /// Whether it (or a variant in it) has padding that the host must write as zeros.
    pub padding_zeroed: bool,
    /// Whether it contains, by value, anything as wide as a pointer. (A layout that comes out the same
    /// for both word sizes can still contain pointers.)
    pub depends_on_word_size: bool,
    /// Size in bytes.
    pub size: PerWord<u64>,
    /// Alignment in bytes.
    pub align: PerWord<u64>,
}

/// A part of a structure.
#[derive(Clone, Debug)]
pub enum Member {
    /// An ordinary member.
    Field(Field),
    /// A union whose arm is chosen by an earlier member.
    Variant(Variant),
}

/// An ordinary member of a structure or of a variant's arm.
#[derive(Clone, Debug)]
pub struct Field {
    /// `fs_flags`
    pub name: String,
    /// Its type.
    pub ty: TypeRef,
    /// What it means.
    pub doc: Doc,
    /// For pointers, the name of the member beside it that counts the elements (bytes, for `void` and
    /// `char`).
    pub length: Option<String>,
    /// Offset in bytes from the start of the whole structure.
    pub offset: PerWord<u64>,
}

/// A union inside a structure.
#[derive(Clone, Debug)]
pub struct Variant {
    /// Name of the enumeration member of the same structure that chooses the arm.
    pub tag: String,
    /// What it means.
    pub doc: Doc,
    /// Arms in definition order.
    pub arms: Vec<Arm>,
    /// Values of the tag for which no arm holds anything.
    pub empty: Vec<String>,
    /// Offset in bytes from the start of the whole structure.
    pub offset: PerWord<u64>,
    /// Size in bytes of the largest arm, padded to the alignment.
    pub size: PerWord<u64>,
    /// Alignment in bytes.
    pub align: PerWord<u64>,
}

/// One way to read a variant.
#[derive(Clone, Debug)]
pub struct Arm {
    /// `fd_readwrite`. Without a name, the arm has exactly one member, which stands in the union itself.
    pub name: Option<String>,
    /// Values of the tag that select it.
    pub tags: Vec<String>,
    /// What it means.
    pub doc: Doc,
    /// Its members.
    pub members: Vec<Field>,
    /// Size in bytes, padded to the arm's own alignment.
    pub size: PerWord<u64>,
    /// The arm's own alignment in bytes.
    pub align: PerWord<u64>,
}

/// The type of a function in the program.
#[derive(Clone, Debug)]
pub struct Function {
    /// Parameters in order; their `offset` is 0.
    pub parameters: Vec<Field>,
}

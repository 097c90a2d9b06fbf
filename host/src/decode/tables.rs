//! What the printer knows of the ABI, as data. The generated tables are made of these types, and so a table
//! for another definition works with the same printer.

/// A figure for programs with 32-bit and with 64-bit pointers.
pub type PerWord = [u64; 2];

/// All types and calls of a definition.
#[derive(Clone, Copy, Debug)]
pub struct Tables {
    /// All types. [`Ref::Named`] is an index here.
    pub types: &'static [Type],
    /// All calls, by increasing number.
    pub calls: &'static [Call],
    /// The type of error numbers, where there is one.
    pub errno: Option<usize>,
}

/// A named type.
#[derive(Clone, Copy, Debug)]
pub struct Type {
    /// As the definition calls it.
    pub name: &'static str,
    /// What it is.
    pub kind: Kind,
}

/// What a type is.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// A number.
    Number {
        /// How it is printed.
        class: Class,
        /// How wide it is.
        width: Width,
        /// Its named values, in definition order.
        values: &'static [Value],
    },
    /// A structure in memory.
    Struct {
        /// Its size in bytes.
        size: PerWord,
        /// Its parts by increasing offset.
        items: &'static [Item],
    },
    /// A function of the program's.
    Function,
}

/// How numbers of a type are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// By name if it has one, otherwise as a number.
    Names,
    /// As the names of its bits.
    Bits,
}

/// Width of a number in bytes, and whether it is two's complement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Width {
    /// 1, 2, 4 or 8.
    pub bytes: u8,
    /// Two's complement.
    pub signed: bool,
}

/// A named value.
#[derive(Clone, Copy, Debug)]
pub struct Value {
    /// As the definition calls it.
    pub name: &'static str,
    /// Its bit pattern.
    pub value: u64,
    /// What it means in a few words; only error numbers have it.
    pub text: &'static str,
}

/// A part of a structure.
#[derive(Clone, Copy, Debug)]
pub enum Item {
    /// An ordinary member.
    Field(Field),
    /// A union, read as a member of the structure says.
    Variant {
        /// The item that chooses, an index in the same structure.
        tag: usize,
        /// What there is to choose from.
        arms: &'static [Arm],
    },
}

/// A member.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// As the definition calls it.
    pub name: &'static str,
    /// Its type.
    pub ty: Ref,
    /// From the start of the structure, in bytes.
    pub offset: PerWord,
    /// For a pointer: the index, in the same list, of the member that counts the elements.
    pub length: Option<usize>,
}

/// A way to read a union.
#[derive(Clone, Copy, Debug)]
pub struct Arm {
    /// As the definition calls it; without a name its only member stands for it.
    pub name: Option<&'static str>,
    /// The values of the tag that choose it.
    pub tags: &'static [u64],
    /// Its members. Offsets count from the start of the whole structure.
    pub fields: &'static [Field],
}

/// A reference to a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ref {
    /// Memory of no particular type.
    Void,
    /// A byte of text.
    Char,
    /// A plain number.
    Number(Width),
    /// A number as wide as a pointer.
    Size,
    /// A type of the definition, by its index.
    Named(usize),
    /// A pointer.
    Pointer {
        /// Whether what it points to may be changed.
        mutable: bool,
        /// What it points to.
        to: &'static Ref,
    },
    /// Elements side by side.
    Array {
        /// Type of an element.
        of: &'static Ref,
        /// Their number.
        count: u64,
    },
    /// Accessed atomically.
    Atomic(&'static Ref),
}

/// A call.
#[derive(Clone, Copy, Debug)]
pub struct Call {
    /// As the definition calls it.
    pub name: &'static str,
    /// Its number.
    pub number: u32,
    /// Inputs in the order in which they are passed.
    pub inputs: &'static [Parameter],
    /// Results. A pointer for each follows the inputs.
    pub outputs: &'static [Parameter],
}

/// An input or result of a call.
#[derive(Clone, Copy, Debug)]
pub struct Parameter {
    /// As the definition calls it.
    pub name: &'static str,
    /// Its type.
    pub ty: Ref,
    /// For a pointer: what the call does with the memory.
    pub buffer: Option<Buffer>,
}

/// What a call does with memory that a pointer leads to.
#[derive(Clone, Copy, Debug)]
pub struct Buffer {
    /// Whether there is something to read before the call.
    pub read: bool,
    /// Whether there is something to read after a call that succeeded.
    pub written: bool,
    /// The input that counts the elements; without one there is exactly one.
    pub length: Option<usize>,
    /// The result that counts the elements that were written; without one all were.
    pub filled: Option<usize>,
}

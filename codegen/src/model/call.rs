//! System calls.

use super::{Condition, Doc, Path, RightsExpression, TypeRef};

/// A system call.
///
/// In C, a call is a function that takes the inputs, then one pointer per output, and returns an `errno`
/// (or does not return). An output is stored only on success.
#[derive(Clone, Debug)]
pub struct Call {
    /// `fd_read`
    pub name: String,
    /// The number that programs trap with. Explicit, never derived.
    pub number: u32,
    /// What it does.
    pub doc: Doc,
    /// Index in [`super::Model::subsystems`].
    pub subsystem: usize,
    /// Inputs in the order in which they are passed.
    pub inputs: Vec<Parameter>,
    /// Results in the order in which they are returned.
    pub outputs: Vec<Parameter>,
    /// Rights that descriptors must carry. All rules whose condition holds apply.
    pub rights: Vec<RightsRule>,
    /// What happens to descriptors.
    pub descriptors: Descriptors,
    /// Errors that it may return, in definition order. Never `success`.
    pub errors: Vec<CallError>,
    /// Whether a thread can wait in it for something that another thread, process or device does.
    pub blocks: bool,
    /// Whether it never returns to the program.
    pub noreturn: bool,
    /// Version of the definition that brought it.
    pub since: Option<String>,
    /// Why not to use it any more.
    pub deprecated: Option<String>,
}

/// An input or output of a call.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// `iovs_len`
    pub name: String,
    /// Its type.
    pub ty: TypeRef,
    /// What it means.
    pub doc: Doc,
    /// For a pointer: how the call uses the memory.
    pub buffer: Option<Buffer>,
    /// For a descriptor that the call looks at only under a condition.
    pub only_when: Option<Condition>,
    /// With [`Parameter::only_when`]: the value (index in the descriptor type's) that it must have if the call does
    /// not look at it, or else the call fails with `inval`.
    pub otherwise: Option<usize>,
    /// For an enumeration or a flag set: the error (index in the `errno` type) that answers a value or a bit
    /// that is not defined. Without one it is `inval`.
    pub undefined: Option<usize>,
}

/// How a call uses the memory that a parameter points to.
#[derive(Clone, Debug)]
pub struct Buffer {
    /// Whether it is read or written.
    pub access: Access,
    /// How many elements there are.
    pub length: Length,
    /// For a written buffer: the output (index in [`Call::outputs`]) that says how many elements, from the
    /// first, hold something on success. Without one, all do.
    pub filled: Option<usize>,
}

/// What a call does with memory of the program's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Reads it.
    Read,
    /// Writes it.
    Write,
    /// Reads and writes it.
    ReadWrite,
    /// Takes the address only: memory that is mapped or unmapped, words that are waited on.
    Address,
}

/// How many elements a buffer has. Elements of `void` are bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    /// Exactly one.
    One,
    /// As many as this input says (index in [`Call::inputs`]). Several buffers may share one.
    Input(usize),
}

/// "This descriptor must carry these rights, when …".
#[derive(Clone, Debug)]
pub struct RightsRule {
    /// Where the descriptor is: a parameter, a member of one, or one in each element of a buffer.
    pub descriptor: Path,
    /// The condition under which the rule applies; `None`: always.
    pub when: Option<Condition>,
    /// What the descriptor must carry. Bits index [`super::Model::rights`]' values.
    pub needs: RightsExpression,
    /// Whether these are not rights for the descriptor itself, but must be among those that descriptors made
    /// from it can inherit. Then `needs` has no alternatives.
    pub inheriting: bool,
    /// Why, where that is not plain.
    pub doc: Option<Doc>,
}

/// What a call does to the program's descriptor table. Each entry is a path.
#[derive(Clone, Debug, Default)]
pub struct Descriptors {
    /// Closed by the call when it succeeds.
    pub consumes: Vec<Path>,
    /// New ones: outputs, or places in memory that the call fills in.
    pub creates: Vec<Path>,
    /// Kept as numbers, but made to refer to something else.
    pub replaces: Vec<Path>,
    /// Whether all descriptors that are not named by a parameter are closed.
    pub consumes_all_others: bool,
}

/// An error that a call may return.
#[derive(Clone, Debug)]
pub struct CallError {
    /// Index of the value in the `errno` type.
    pub errno: usize,
    /// What it means there.
    pub doc: Doc,
    /// Why no test provokes it.
    pub unprovoked: Option<String>,
}

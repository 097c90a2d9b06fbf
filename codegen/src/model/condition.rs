//! Conditions on parameters, and rights expressions.

use super::TypeRef;

/// A place that a call's parameters lead to: `fd`, `dirfd.flags`, `fds.fs_rights_base`,
/// `in[].fd_readwrite.fd`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    /// Whether the path starts at an output ([`super::Call::outputs`]) and not at an input.
    pub output: bool,
    /// Index of the parameter it starts at.
    pub parameter: usize,
    /// The way from there. Going through a pointer to one structure needs no segment.
    pub segments: Vec<Segment>,
    /// Type of what it leads to.
    pub ty: TypeRef,
    /// As the definition writes it.
    pub text: String,
}

impl Path {
    /// Whether it goes through every element of a buffer.
    pub fn is_per_element(&self) -> bool {
        self.segments.iter().any(|s| matches!(s, Segment::Elements))
    }
}

/// A step of a [`Path`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Segment {
    /// To a member of a structure, or to a named arm of its variant.
    Member(String),
    /// To each element of a buffer: `[]`.
    Elements,
}

/// A condition on the arguments of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// All of them hold.
    All(Vec<Condition>),
    /// One of them holds.
    Any(Vec<Condition>),
    /// It does not hold.
    Not(Box<Condition>),
    /// A flag set has this flag (index of the value in the path's type).
    Has {
        /// A place of a flag type.
        path: Path,
        /// Index of the value.
        flag: usize,
    },
    /// A place equals a value.
    Equals {
        /// A place of a numeric type.
        path: Path,
        /// What it equals.
        value: Operand,
    },
}

/// The right-hand side of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operand {
    /// A named value of the path's type (index).
    Value(usize),
    /// A plain number.
    Number(u64),
}

/// What a descriptor must carry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RightsExpression {
    /// This right (index of the value in the `rights` type).
    Right(usize),
    /// All of them.
    All(Vec<RightsExpression>),
    /// At least one of them.
    Any(Vec<RightsExpression>),
}

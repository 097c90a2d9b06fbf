//! System calls as data: the types that the generated table consists of.
//!
//! Types and errors are given by name and number, so that nothing here depends on the definition of the ABI.

/// A system call.
#[derive(Clone, Copy, Debug)]
pub struct CallInfo {
    /// The number that programs call it by.
    pub number: u32,
    /// `fd_read`
    pub name: &'static str,
    /// The part of the definition that it belongs to: `fd`
    pub subsystem: &'static str,
    /// What it does, in one sentence.
    pub summary: &'static str,
    /// Inputs in the order in which they are passed.
    pub inputs: &'static [ParameterInfo],
    /// Results in the order in which they are returned. In C, each is stored through a pointer that follows the
    /// inputs.
    pub outputs: &'static [ParameterInfo],
    /// Rights that descriptors must carry. All rules whose condition holds apply.
    pub rights: &'static [RightsRuleInfo],
    /// What happens to descriptors.
    pub descriptors: DescriptorsInfo,
    /// Numbers of the errors that it may return, in the order of the definition.
    pub errors: &'static [u32],
    /// Whether a thread can wait in it for something that another thread, process or device does.
    pub blocks: bool,
    /// Whether it never returns to the program.
    pub noreturn: bool,
}

/// An input or output of a call.
#[derive(Clone, Copy, Debug)]
pub struct ParameterInfo {
    /// `iovs_len`
    pub name: &'static str,
    /// Its type.
    pub ty: TypeInfo,
    /// For a pointer: how the call uses the memory.
    pub buffer: Option<BufferInfo>,
    /// For a descriptor that is only looked at under a condition.
    pub only_when: Option<ConditionInfo>,
}

/// How a parameter refers to a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TypeInfo {
    /// `uint32`, `size`, …, or a type of the definition, by its name there.
    Named(&'static str),
    /// A pointer.
    Pointer {
        /// Whether what it points to may be changed.
        mutable: bool,
        /// What it points to.
        to: &'static TypeInfo,
    },
    /// So many side by side.
    Array {
        /// Type of an element.
        of: &'static TypeInfo,
        /// Number of elements.
        count: u64,
    },
    /// Accessed atomically, also by other threads.
    Atomic(&'static TypeInfo),
}

/// How a call uses the memory that a parameter points to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BufferInfo {
    /// Whether it is read or written.
    pub access: AccessInfo,
    /// The input (index) that says how many elements there are; `None`: exactly one.
    pub length: Option<usize>,
    /// For a written buffer: the output (index) that says how many elements hold something on success; `None`:
    /// all.
    pub filled: Option<usize>,
}

/// What a call does with memory of the program's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccessInfo {
    /// Reads it.
    Read,
    /// Writes it.
    Write,
    /// Reads and writes it.
    ReadWrite,
    /// Takes the address only.
    Address,
}

/// "This descriptor must carry these rights, when …".
#[derive(Clone, Copy, Debug)]
pub struct RightsRuleInfo {
    /// Where the descriptor is.
    pub descriptor: PathInfo,
    /// The condition under which the rule applies; `None`: always.
    pub when: Option<ConditionInfo>,
    /// What the descriptor must carry.
    pub needs: RightsInfo,
    /// Whether these must be among the rights that descriptors made from it can inherit, rather than its own.
    pub inheriting: bool,
}

/// A place that a call's parameters lead to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PathInfo {
    /// As the definition writes it: `fd`, `in[].fd_readwrite.fd`.
    pub text: &'static str,
    /// Whether it starts at an output and not at an input.
    pub output: bool,
    /// Index of the parameter that it starts at.
    pub parameter: usize,
}

/// What a descriptor must carry.
#[derive(Clone, Copy, Debug)]
pub enum RightsInfo {
    /// This right: its bit.
    Right(u64),
    /// All of them.
    All(&'static [RightsInfo]),
    /// At least one of them.
    Any(&'static [RightsInfo]),
}

impl RightsInfo {
    /// Whether a descriptor that carries these rights will do.
    pub fn satisfied_by(&self, carried: u64) -> bool {
        match self {
            RightsInfo::Right(bit) => carried & bit == *bit,
            RightsInfo::All(parts) => parts.iter().all(|part| part.satisfied_by(carried)),
            RightsInfo::Any(parts) => parts.iter().any(|part| part.satisfied_by(carried)),
        }
    }
}

/// A condition on the arguments of a call.
#[derive(Clone, Copy, Debug)]
pub enum ConditionInfo {
    /// All of them hold.
    All(&'static [ConditionInfo]),
    /// One of them holds.
    Any(&'static [ConditionInfo]),
    /// It does not hold.
    Not(&'static ConditionInfo),
    /// A flag set has all of these bits.
    Has {
        /// Where the flag set is.
        path: PathInfo,
        /// The bits.
        bits: u64,
    },
    /// A number equals another.
    Equals {
        /// Where the number is.
        path: PathInfo,
        /// What it equals, zero-extended.
        value: u64,
    },
}

/// What a call does to the program's descriptor table.
#[derive(Clone, Copy, Debug)]
pub struct DescriptorsInfo {
    /// Closed by the call when it succeeds.
    pub consumes: &'static [PathInfo],
    /// New ones.
    pub creates: &'static [PathInfo],
    /// Kept as numbers, but made to refer to something else.
    pub replaces: &'static [PathInfo],
    /// Whether all descriptors that no parameter names are closed.
    pub consumes_all_others: bool,
}

//! The model: a definition that was loaded, resolved, checked and laid out.
//!
//! Everything an emitter may know is here, already decided: names are resolved to indices, offsets and
//! sizes are computed for both word sizes, and documentation is split into text and resolved links.
//! A value of [`Model`] is only ever made by [`crate::load`], so emitters need not check anything again.
//!
//! **Invariant**: nothing in the model depends on a programming language or on a product.

mod call;
mod condition;
mod descriptor_kind;
mod doc;
mod host;
mod types;

pub use call::{Access, Buffer, Call, CallError, Descriptors, Length, Parameter, RightsRule};
pub use condition::{Condition, Operand, Path, RightsExpression, Segment};
pub use descriptor_kind::DescriptorKind;
pub use doc::{Doc, DocPart, LinkTarget};
pub use host::{
    Apply, CallNeeds, Held, Host, HostConstant, HostEntry, HostMapping, HostTable, RuntimeNeeds, Served,
    State, Way, WayOnArchitecture,
};
pub use types::{
    Arm, Field, Function, LayoutPolicy, Member, NumberClass, NumberType, PerWord, Primitive, Struct, Type,
    TypeKind, TypeRef, Value, Variant,
};

/// Index of a type in [`Model::types`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TypeId(pub usize);

/// Index of a call in [`Model::calls`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallId(pub usize);

/// A whole checked definition.
#[derive(Clone, Debug)]
pub struct Model {
    /// Lower-case identifier that starts every generated name and file name, such as `cloudabi`.
    pub name: String,
    /// The name as prose writes it, such as `CloudABI`.
    pub title: String,
    /// Version of the definition, `MAJOR.MINOR`.
    pub version: String,
    /// The licence of what is generated, as an SPDX expression.
    pub license: Option<String>,
    /// What the ABI as a whole is for.
    pub doc: Doc,
    /// Processors that programs are compiled for, in definition order.
    pub architectures: Vec<Architecture>,
    /// The files of the definition, in alphabetical order of their names.
    pub subsystems: Vec<Subsystem>,
    /// All types, in an order in which every type comes after the types that it contains by value, and
    /// otherwise by subsystem and definition order.
    pub types: Vec<Type>,
    /// The kinds of descriptors, by subsystem and definition order.
    pub descriptor_kinds: Vec<DescriptorKind>,
    /// All calls, by number. Numbers may have gaps.
    pub calls: Vec<Call>,
    /// Numbers and names that must not be used (again).
    pub tombstones: Vec<Tombstone>,
    /// How each host serves this ABI, in alphabetical order of the hosts' names.
    pub hosts: Vec<Host>,
    /// Types that mean something to every product.
    pub conventions: Conventions,
    /// What generated files say of where they come from.
    pub origin: Origin,
}

/// Where generated files come from, as they say it in their first line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The command that makes them.
    pub command: String,
    /// The folder of the definition.
    pub folder: String,
}

impl Default for Origin {
    /// In a repository that keeps its definition in `abi/` and makes its products with `cargo xtask gen`.
    fn default() -> Self {
        Origin { command: "cargo xtask gen".to_string(), folder: "abi".to_string() }
    }
}

/// A processor architecture that programs are compiled for.
#[derive(Clone, Debug)]
pub struct Architecture {
    /// `x86_64`, `aarch64`, `i686`, `armv6`, …
    pub name: String,
    /// Width of pointers and sizes in bits: 32 or 64.
    pub word_bits: u32,
    /// How many argument slots, each one word wide, a system call can carry into the kernel.
    pub arguments: u32,
    /// How many result slots a system call can carry back.
    pub results: u32,
    /// Whether a 64-bit argument on a 32-bit machine begins at an even slot.
    pub aligned_pairs: bool,
    /// What it is.
    pub doc: Doc,
}

/// One file of the definition: types and calls that belong together.
#[derive(Clone, Debug)]
pub struct Subsystem {
    /// `fd`, `file`, `mem`, …
    pub name: String,
    /// File that defines it, relative to the definition's folder, such as `fd.yaml`.
    pub file: String,
    /// What it is about.
    pub doc: Doc,
    /// Its types, in definition order.
    pub types: Vec<TypeId>,
    /// Its calls, in definition order.
    pub calls: Vec<CallId>,
}

/// The types that mean something to every product, by their names.
#[derive(Clone, Copy, Debug, Default)]
pub struct Conventions {
    errno: Option<TypeId>,
    rights: Option<TypeId>,
    descriptor: Option<TypeId>,
    filetype: Option<TypeId>,
}

impl Conventions {
    /// Finds them, once for all products: emitters ask per call.
    pub fn of(types: &[Type]) -> Conventions {
        let named = |name| types.iter().position(|ty| ty.name == name).map(TypeId);
        Conventions {
            errno: named("errno"),
            rights: named("rights"),
            descriptor: named("fd"),
            filetype: named("filetype"),
        }
    }
}

/// A name or number that is gone or reserved, and why.
#[derive(Clone, Debug)]
pub struct Tombstone {
    /// What it kept: a call, a type, or a value.
    pub kind: TombstoneKind,
    /// The reserved name: `sock_accept`, or `rights.sock_listen` for a value.
    pub name: Option<String>,
    /// The reserved number, where it had one.
    pub number: Option<u64>,
    /// Why it must not be used.
    pub reason: String,
}

/// What a [`Tombstone`] reserves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TombstoneKind {
    /// A call's name, its number, or both.
    Call,
    /// A type's name.
    Type,
    /// A named value of a type.
    Value,
}

impl Model {
    /// A model without types, calls and hosts.
    pub fn empty(name: &str) -> Model {
        Model {
            name: name.to_string(),
            title: name.to_string(),
            version: "0.0".to_string(),
            license: None,
            doc: Doc::default(),
            architectures: Vec::new(),
            subsystems: Vec::new(),
            types: Vec::new(),
            descriptor_kinds: Vec::new(),
            calls: Vec::new(),
            tombstones: Vec::new(),
            hosts: Vec::new(),
            conventions: Conventions::default(),
            origin: Origin::default(),
        }
    }

    /// The type with this id.
    pub fn ty(&self, id: TypeId) -> &Type {
        &self.types[id.0]
    }

    /// The call with this id.
    pub fn call(&self, id: CallId) -> &Call {
        &self.calls[id.0]
    }

    /// The type of this name.
    pub fn type_named(&self, name: &str) -> Option<TypeId> {
        self.types.iter().position(|t| t.name == name).map(TypeId)
    }

    /// The call of this name.
    pub fn call_named(&self, name: &str) -> Option<CallId> {
        self.calls.iter().position(|c| c.name == name).map(CallId)
    }

    /// The host of this name.
    pub fn host(&self, name: &str) -> Option<&Host> {
        self.hosts.iter().find(|h| h.name == name)
    }

    /// The enumeration whose values calls return, by convention the type `errno`.
    pub fn errno(&self) -> Option<TypeId> {
        self.conventions.errno
    }

    /// The flag set that rights expressions speak of, by convention the type `rights`.
    pub fn rights(&self) -> Option<TypeId> {
        self.conventions.rights
    }

    /// The type of descriptors, by convention the type `fd`.
    pub fn descriptor(&self) -> Option<TypeId> {
        self.conventions.descriptor
    }

    /// The enumeration of what descriptors refer to, by convention the type `filetype`.
    pub fn filetype(&self) -> Option<TypeId> {
        self.conventions.filetype
    }

    /// The name of a right, by its index.
    pub fn right_name(&self, index: usize) -> &str {
        self.value_name(self.rights(), index)
    }

    /// The name of a file type, by its index.
    pub fn filetype_name(&self, index: usize) -> &str {
        self.value_name(self.filetype(), index)
    }

    fn value_name(&self, ty: Option<TypeId>, index: usize) -> &str {
        match ty.map(|id| &self.ty(id).kind) {
            Some(TypeKind::Number(number)) => number.values.get(index).map_or("", |value| &value.name),
            _ => "",
        }
    }

    /// Whether values of this type have another size or layout on 32-bit than on 64-bit machines:
    /// pointers, sizes, and whatever contains one. What a pointer points to does not count.
    pub fn depends_on_word_size(&self, ty: &TypeRef) -> bool {
        match ty {
            TypeRef::Primitive(primitive) => *primitive == Primitive::Size,
            TypeRef::Pointer { .. } => true,
            TypeRef::Array { of, .. } | TypeRef::Atomic(of) => self.depends_on_word_size(of),
            TypeRef::Named(id) => match &self.ty(*id).kind {
                TypeKind::Number(_) => false,
                TypeKind::Struct(s) => s.depends_on_word_size,
                TypeKind::Function(_) => true,
            },
        }
    }

    /// Whether a parameter of this call points to something whose layout depends on the word size, or is
    /// such a structure itself, so that 32-bit and 64-bit programs need entry points of their own.
    pub fn call_depends_on_word_size(&self, call: &Call) -> bool {
        call.inputs.iter().chain(&call.outputs).any(|p| match &p.ty {
            TypeRef::Pointer { to, .. } => self.depends_on_word_size(to),
            TypeRef::Primitive(_) => false,
            by_value => self.depends_on_word_size(by_value),
        })
    }
}

//! How the definition's names are spelled in kernel C.

use crate::emit::c::spelling::{identifier, primitive_name};
use crate::emit::text::upper;
use crate::model::{Call, Model, NumberType, Path, TypeId, TypeKind, TypeRef};

/// Names for programs of one word size.
#[derive(Clone, Copy)]
pub struct Names<'m> {
    /// The definition.
    pub model: &'m Model,
    /// 32 or 64.
    pub bits: u32,
}

impl Names<'_> {
    /// `cloudabi64`
    pub fn prefix(self) -> String {
        format!("{}{}", self.model.name, self.bits)
    }

    /// `CLOUDABI64`
    pub fn upper_prefix(self) -> String {
        upper(&self.prefix())
    }

    /// The function in the kernel that serves a call: `cloudabi_sys_fd_dup`, or `cloudabi64_sys_fd_read`
    /// where each word size needs one of its own.
    pub fn function(self, call: &Call) -> String {
        let bits =
            if self.model.call_depends_on_word_size(call) { self.bits.to_string() } else { String::new() };
        format!("{}{bits}_sys_{}", self.model.name, call.name)
    }

    /// A C type, without a declarator: `const cloudabi64_iovec_t *`.
    ///
    /// Atomics are plain words here: the kernel copies them in and out, or uses its own primitives. A pointer
    /// to an array is one to its first element.
    pub fn ty(self, ty: &TypeRef) -> String {
        match ty {
            TypeRef::Primitive(primitive) => primitive_name(*primitive).to_string(),
            TypeRef::Named(id) => self.named(*id),
            TypeRef::Atomic(of) | TypeRef::Array { of, .. } => self.ty(of),
            TypeRef::Pointer { mutable, to } => {
                let to = self.ty(to);
                let space = if to.ends_with('*') { "" } else { " " };
                match (mutable, to.ends_with('*')) {
                    (true, _) => format!("{to}{space}*"),
                    (false, true) => format!("{to} const *"),
                    (false, false) => format!("const {to} *"),
                }
            }
        }
    }

    /// `cloudabi_fd_t`, `cloudabi64_iovec_t`
    pub fn named(self, id: TypeId) -> String {
        let bits = match self.model.depends_on_word_size(&TypeRef::Named(id)) {
            true => self.bits.to_string(),
            false => String::new(),
        };
        format!("{}{bits}_{}_t", self.model.name, self.model.ty(id).name)
    }

    /// A declaration of `name`: `const char *path`, `size_t path_len`.
    pub fn declaration(self, ty: &TypeRef, name: &str) -> String {
        let ty = self.ty(ty);
        let space = if ty.ends_with('*') { "" } else { " " };
        format!("{ty}{space}{}", identifier(name))
    }

    /// What the call returns to the program, as the master file says it: the output if there is exactly one
    /// that is no pointer, or else `void`.
    pub fn result(self, call: &Call) -> String {
        match call.outputs.as_slice() {
            [output] if !matches!(output.ty, TypeRef::Pointer { .. }) => self.ty(&output.ty),
            _ => "void".to_string(),
        }
    }
}

/// The number type with this id, if it is one.
pub fn number_type(model: &Model, id: TypeId) -> Option<&NumberType> {
    match &model.ty(id).kind {
        TypeKind::Number(number) => Some(number),
        _ => None,
    }
}

/// A place as an identifier: `in[].fd_readwrite.fd` → `in_fd_readwrite_fd`. Never `held` or `needed`, which
/// generated functions use themselves.
pub fn place(path: &Path) -> String {
    let mut name = identifier(&path.text.replace("[]", "").replace('.', "_"));
    if name == "held" || name == "needed" {
        name.push('_');
    }
    name
}

//! How C writes a type, a declaration and an identifier.

use crate::emit::text::upper;
use crate::model::{Model, NumberType, Primitive, TypeId, TypeRef, Value};

/// From where a declaration looks at a program's data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// From the program itself: pointers are pointers, and `size_t` is as wide as they are.
    Program,
    /// From anywhere, at the memory of a program whose pointers have this many bits: pointers and sizes
    /// are numbers of that width.
    Memory(u32),
    /// From a kernel, at the arguments of a program whose pointers have this many bits: pointers are
    /// marked `__user`, and what they point to is seen as [`View::Memory`].
    Kernel(u32),
}

/// Writes types as one view of a definition has them.
#[derive(Clone, Copy, Debug)]
pub struct Spelling<'m> {
    model: &'m Model,
    view: View,
}

impl<'m> Spelling<'m> {
    /// Spelling for this view.
    pub fn new(model: &'m Model, view: View) -> Self {
        Spelling { model, view }
    }

    /// The view that it spells.
    pub fn view(&self) -> View {
        self.view
    }

    /// A type of the definition: `cloudabi_fd_t`, or `cloudabi64_iovec_t` where the layout depends on the
    /// word size and the view is not the program's own.
    pub fn type_name(&self, id: TypeId) -> String {
        let model = self.model;
        let word_bits = match self.view {
            View::Memory(bits) | View::Kernel(bits) if model.depends_on_word_size(&TypeRef::Named(id)) => {
                bits.to_string()
            }
            _ => String::new(),
        };
        format!("{}{word_bits}_{}_t", model.name, model.ty(id).name)
    }

    /// The type alone: `const cloudabi_iovec_t *`.
    pub fn type_only(&self, ty: &TypeRef) -> String {
        self.declare(ty, false, String::new()).trim_end().to_string()
    }

    /// A declaration without semicolon: `const cloudabi_iovec_t *iovs`.
    pub fn declaration(&self, ty: &TypeRef, name: &str) -> String {
        self.declare(ty, false, identifier(name))
    }

    /// A parameter through which a call stores a result of this type: `size_t *nread`.
    pub fn output(&self, ty: &TypeRef, name: &str) -> String {
        self.declare(ty, false, format!("*{}", identifier(name)))
    }

    /// C declarators are read from the name outwards, so they are built that way: `declarator` is what
    /// stands to the right of the type's name so far.
    fn declare(&self, ty: &TypeRef, constant: bool, declarator: String) -> String {
        match ty {
            TypeRef::Primitive(primitive) => based(self.primitive(*primitive), constant, &declarator),
            TypeRef::Named(id) => {
                // A function cannot be changed; C has no qualified function types.
                let is_function = matches!(self.model.ty(*id).kind, crate::model::TypeKind::Function(_));
                based(&self.type_name(*id), constant && !is_function, &declarator)
            }
            TypeRef::Pointer { mutable, to } => match self.view {
                View::Program => {
                    let qualifier = if constant { "const " } else { "" };
                    self.declare(to, !mutable, format!("*{qualifier}{declarator}"))
                }
                View::Memory(bits) => based(word(bits), constant, &declarator),
                View::Kernel(bits) => Spelling::new(self.model, View::Memory(bits)).declare(
                    to,
                    !mutable,
                    format!("__user *{declarator}"),
                ),
            },
            TypeRef::Array { of, count } => {
                let is_pointer = declarator.contains('*');
                let of_array = if is_pointer {
                    format!("({declarator})[{count}]")
                } else {
                    format!("{declarator}[{count}]")
                };
                self.declare(of, constant, of_array)
            }
            TypeRef::Atomic(of) => match self.view {
                View::Program => based(&format!("_Atomic({})", self.type_only(of)), constant, &declarator),
                View::Memory(_) | View::Kernel(_) => self.declare(of, constant, declarator),
            },
        }
    }

    fn primitive(&self, primitive: Primitive) -> &'static str {
        match (primitive, self.view) {
            (Primitive::Size, View::Memory(bits)) => word(bits),
            _ => primitive_name(primitive),
        }
    }
}

fn based(base: &str, constant: bool, declarator: &str) -> String {
    let qualifier = if constant { "const " } else { "" };
    format!("{qualifier}{base} {declarator}")
}

/// The unsigned number as wide as a pointer of this many bits.
pub fn word(bits: u32) -> &'static str {
    if bits == 32 { "uint32_t" } else { "uint64_t" }
}

/// `uint32_t`, `size_t`, …
pub fn primitive_name(primitive: Primitive) -> &'static str {
    match primitive {
        Primitive::Void => "void",
        Primitive::Char => "char",
        Primitive::U8 => "uint8_t",
        Primitive::U16 => "uint16_t",
        Primitive::U32 => "uint32_t",
        Primitive::U64 => "uint64_t",
        Primitive::I8 => "int8_t",
        Primitive::I16 => "int16_t",
        Primitive::I32 => "int32_t",
        Primitive::I64 => "int64_t",
        Primitive::Size => "size_t",
    }
}

/// The macro of a named value: `CLOUDABI_RIGHT_FD_READ`.
pub fn value_macro(number: &NumberType, value: &Value) -> String {
    format!("{}{}", number.c_prefix.as_deref().unwrap_or_default(), upper(&value.name))
}

/// The C type that a call returns: the definition's error numbers, or `int` (0: success) where it has none.
pub fn result_type(model: &Model) -> String {
    match model.errno() {
        Some(errno) => Spelling::new(model, View::Program).type_name(errno),
        None => "int".to_string(),
    }
}

/// A member's or parameter's name, with `_` behind it where it is a keyword of C or C++.
pub fn identifier(name: &str) -> String {
    if KEYWORDS.binary_search(&name).is_ok() { format!("{name}_") } else { name.to_string() }
}

/// Keywords of C11, C23 and C++20 without those that begin with an underscore, and what compilers define as macros unless
/// told to keep to the standard; sorted.
const KEYWORDS: &[&str] = &[
    "alignas",
    "alignof",
    "and",
    "and_eq",
    "asm",
    "auto",
    "bitand",
    "bitor",
    "bool",
    "break",
    "case",
    "catch",
    "char",
    "char16_t",
    "char32_t",
    "char8_t",
    "class",
    "co_await",
    "co_return",
    "co_yield",
    "compl",
    "concept",
    "const",
    "const_cast",
    "consteval",
    "constexpr",
    "constinit",
    "continue",
    "decltype",
    "default",
    "delete",
    "do",
    "double",
    "dynamic_cast",
    "else",
    "enum",
    "explicit",
    "export",
    "extern",
    "false",
    "float",
    "for",
    "friend",
    "goto",
    "i386",
    "if",
    "inline",
    "int",
    "linux",
    "long",
    "mutable",
    "namespace",
    "new",
    "noexcept",
    "not",
    "not_eq",
    "nullptr",
    "operator",
    "or",
    "or_eq",
    "private",
    "protected",
    "public",
    "register",
    "reinterpret_cast",
    "requires",
    "restrict",
    "return",
    "short",
    "signed",
    "sizeof",
    "static",
    "static_assert",
    "static_cast",
    "struct",
    "switch",
    "template",
    "this",
    "thread_local",
    "throw",
    "true",
    "try",
    "typedef",
    "typeid",
    "typename",
    "typeof",
    "typeof_unqual",
    "union",
    "unix",
    "unsigned",
    "using",
    "virtual",
    "void",
    "volatile",
    "wchar_t",
    "while",
    "xor",
    "xor_eq",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keywords_are_sorted() {
        assert!(KEYWORDS.is_sorted());
    }

    #[test]
    fn keywords_are_not_identifiers() {
        assert_eq!(identifier("new"), "new_");
        // `-std=gnu11` defines it.
        assert_eq!(identifier("linux"), "linux_");
        assert_eq!(identifier("news"), "news");
    }
}

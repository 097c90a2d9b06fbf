//! The headers that define types.

use super::docs::{Subject, doc_text, doc_with_history};
use super::file::{Header, c_file, comment};
use super::literal::literal;
use super::order::order;
use super::spelling::{Spelling, View, identifier, primitive_name, value_macro};
use super::structs::{StructWriter, assert_line};
use crate::emit::OutputFile;
use crate::emit::text::Text;
use crate::emit_line;
use crate::model::{Function, Model, NumberType, TypeId, TypeKind, TypeRef};

/// `NAME_types_common.h`: numbers, and structures that are the same for every program.
pub fn common(model: &Model) -> OutputFile {
    let purpose = format!(
        "{} version {}: types and values that are the same for 32-bit and 64-bit programs.",
        model.title, model.version
    );
    let header = Header {
        path: &format!("{}_types_common.h", model.name),
        purpose: &purpose,
        preamble: COMMON_PREAMBLE,
        declares: true,
    };
    c_file(model, &header, |text| {
        types(text, model, View::Program, |id| !model.depends_on_word_size(&TypeRef::Named(id)));
    })
}

/// `NAME_types.h`, `NAME32_types.h` or `NAME64_types.h`: what depends on the word size.
pub fn machine_dependent(model: &Model, view: View) -> OutputFile {
    let (infix, purpose) = match view {
        View::Memory(bits) | View::Kernel(bits) => (
            bits.to_string(),
            format!(
                "{} version {}: types of {bits}-bit programs, as a kernel or emulator of any word size sees \
                 them. Pointers and sizes are {bits}-bit numbers.",
                model.title, model.version
            ),
        ),
        View::Program => (
            String::new(),
            format!("{} version {}: all types, as a program sees its own.", model.title, model.version),
        ),
    };
    let header = Header {
        path: &format!("{}{infix}_types.h", model.name),
        purpose: &purpose,
        preamble: &format!("#include \"{}_types_common.h\"", model.name),
        declares: true,
    };
    c_file(model, &header, |text| {
        types(text, model, view, |id| model.depends_on_word_size(&TypeRef::Named(id)));
    })
}

fn types(text: &mut Text, model: &Model, view: View, belongs: impl Fn(TypeId) -> bool) {
    let spelling = Spelling::new(model, view);
    let structs = StructWriter { model, spelling };
    let order = order(model, belongs);
    let mut announced = vec![false; model.types.len()];
    for id in &order.announced {
        let name = spelling.type_name(*id);
        emit_line!(text, "typedef struct {name} {name};");
        announced[id.0] = true;
    }
    if !order.announced.is_empty() {
        text.blank();
    }
    for id in order.types {
        let (ty, name) = (model.ty(id), spelling.type_name(id));
        match &ty.kind {
            TypeKind::Number(number) => write_number(text, model, id, number, &name),
            TypeKind::Struct(structure) => structs.write(text, id, structure, &name, announced[id.0]),
            TypeKind::Function(function) => write_function(text, model, id, function, spelling),
        }
    }
}

fn write_number(text: &mut Text, model: &Model, id: TypeId, number: &NumberType, name: &str) {
    let (ty, subject) = (model.ty(id), Subject::Type(id));
    comment(text, &doc_with_history(model, subject, &ty.doc, &ty.since, &ty.deprecated));
    emit_line!(text, "typedef {} {name};", primitive_name(number.repr));
    assert_line(text, "", &format!("sizeof({name})"), number.repr.size().w64);
    for value in &number.values {
        comment(text, &doc_with_history(model, subject, &value.doc, &value.since, &value.deprecated));
        emit_line!(text, "#define {} {}", value_macro(number, value), literal(number, value.value));
    }
    text.blank();
}

fn write_function(text: &mut Text, model: &Model, id: TypeId, function: &Function, spelling: Spelling<'_>) {
    let (ty, subject, name) = (model.ty(id), Subject::Type(id), spelling.type_name(id));
    let mut doc = doc_with_history(model, subject, &ty.doc, &ty.since, &ty.deprecated);
    if !function.parameters.is_empty() {
        doc.push_str("\n\nParameters:");
    }
    for parameter in &function.parameters {
        let meaning = doc_text(model, subject, &parameter.doc).replace('\n', " ");
        doc.push_str(&format!("\n- `{}`: {meaning}", identifier(&parameter.name)));
    }
    comment(text, &doc);
    let parameters: Vec<_> =
        function.parameters.iter().map(|field| spelling.declaration(&field.ty, &field.name)).collect();
    let parameters = if parameters.is_empty() { "void".to_string() } else { parameters.join(", ") };
    emit_line!(text, "typedef void {name}({parameters});");
    text.blank();
}

/// Where the exact-width numbers and `offsetof` come from (not every kernel header that includes the former
/// has the latter), and C11's keywords for g++, which in C++ lacks
/// what clang++ has. User code relies on the latter too, for the `_Atomic` in parameters.
const COMMON_PREAMBLE: &str = "#if defined(__FreeBSD__) && defined(_KERNEL)
#include <sys/types.h>
#elif defined(__linux__) && defined(__KERNEL__)
#include <linux/types.h>
#else
#include <stddef.h>
#include <stdint.h>
#endif

#ifndef offsetof
#define offsetof(type, member) __builtin_offsetof(type, member)
#endif

#if defined(__cplusplus) && defined(__GNUC__) && !defined(__clang__)
#ifndef _Alignas
#define _Alignas alignas
#endif
#ifndef _Alignof
#define _Alignof alignof
#endif
#ifndef _Atomic
#define _Atomic(type) type
#endif
#ifndef _Noreturn
#define _Noreturn [[noreturn]]
#endif
#ifndef _Static_assert
#define _Static_assert static_assert
#endif
#endif";

//! The file `types.rs`: the definition's types as a host sees them in a program's memory.

use crate::emit::OutputFile;
use crate::emit::rust::{Printer, Style, Words, file_start};
use crate::emit::text::Text;
use crate::model::{Model, TypeId, TypeRef};

/// Types of a program with this word size, where they are declared.
pub(super) fn style(word_bits: u32) -> Style {
    let (size, pointer): (_, fn(bool, &str) -> String) = match word_bits {
        32 => ("u32", |_, _| "u32".to_string()),
        _ => ("u64", |_, _| "u64".to_string()),
    };
    Style {
        words: Words::Fixed(word_bits),
        size,
        pointer: Some(pointer),
        type_path: "",
        call_link: |name| format!("crate::syscalls::Syscalls::{name}"),
    }
}

/// The file.
pub(super) fn file(model: &Model) -> OutputFile {
    let mut out = file_start(
        model,
        "Types of the ABI, as hosts see them.\n\
         \n\
         Pointers into a program are plain numbers here, and so every bit pattern of every type is a value: all of \
         them are [`Plain`](crate::memory::Plain). Padding is a member, so that every byte is initialised.\n\
         \n\
         What is laid out differently for 32-bit and 64-bit programs stands in the modules [`guest32`] and \
         [`guest64`]. Outside of them, its names mean the layout for 64-bit programs.",
    );
    out.blank();
    out.line("#[allow(unused_imports)]");
    out.line("use super::support;");
    let (dependent, common): (Vec<TypeId>, Vec<TypeId>) =
        (0..model.types.len()).map(TypeId).partition(|id| model.depends_on_word_size(&TypeRef::Named(*id)));
    if !dependent.is_empty() {
        out.line("pub use guest64::*;");
    }
    let printer = Printer::new(model, style(64));
    for id in common {
        out.blank();
        printer.declare(&mut out, id);
    }
    for bits in [32, 64] {
        guest(&mut out, &Printer::new(model, style(bits)), &dependent, bits);
    }
    OutputFile::new("types.rs", out.finish())
}

fn guest(out: &mut Text, printer: &Printer<'_>, types: &[TypeId], bits: u32) {
    out.blank();
    out.line(format_args!("/// Types that depend on the word size, as {bits}-bit programs have them."));
    out.block(&format!("pub mod guest{bits} {{"), "}", |out| {
        if !types.is_empty() {
            out.line("#[allow(unused_imports)]");
            out.line("use super::*;");
        }
        for id in types {
            out.blank();
            printer.declare(out, *id);
        }
    });
}

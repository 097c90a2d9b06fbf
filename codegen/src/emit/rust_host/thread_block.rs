//! The file `thread_block.rs`: the stub contract's structure.

use crate::emit::OutputFile;
use crate::emit::contract::{THREAD_BLOCK, THREAD_BLOCK_NAME};
use crate::emit::rust::{WIDTH, file_start};
use crate::model::Model;

/// The file.
pub(super) fn file(model: &Model) -> OutputFile {
    let mut out = file_start(model, "What the emulation stubs of the vDSO know of a thread.");
    out.blank();
    out.line("use crate::runtime::Entry;");
    out.line("use core::ffi::c_void;");
    out.blank();
    out.comment(
        "/// ",
        "A thread's block. The first word of the program's thread control block points to it while the thread runs \
         the program.",
        WIDTH,
    );
    out.line("#[derive(Debug)]");
    out.line("#[repr(C)]");
    out.block(&format!("pub struct {THREAD_BLOCK_NAME} {{"), "}", |out| {
        for field in THREAD_BLOCK {
            out.comment("/// ", field.doc, WIDTH);
            out.line(format_args!("pub {}: {},", field.name, field.rust_type));
        }
    });
    out.blank();
    out.line("// Stubs have these offsets written into them. They exist for 64-bit machines only.");
    out.line("#[cfg(target_pointer_width = \"64\")]");
    out.block("const _: () = {", "};", |out| {
        for field in THREAD_BLOCK {
            let place = format!("core::mem::offset_of!({THREAD_BLOCK_NAME}, {})", field.name);
            out.line(format_args!("assert!({place} == {});", field.offset));
        }
        out.line(format_args!("assert!(size_of::<{THREAD_BLOCK_NAME}>() == {});", THREAD_BLOCK.len() * 8));
    });
    OutputFile::new("thread_block.rs", out.finish())
}

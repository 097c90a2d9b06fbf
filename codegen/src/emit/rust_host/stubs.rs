//! The file `stubs.rs`: where the vDSO's emulation stubs are, once they are linked into the host.

use crate::emit::OutputFile;
use crate::emit::rust::{WIDTH, file_start};
use crate::emit::vdso::{has_stub, symbol};
use crate::model::{Call, Model};

/// The file.
pub(super) fn file(model: &Model) -> OutputFile {
    let calls: Vec<&Call> = model.calls.iter().filter(|call| has_stub(model, call)).collect();
    let count = calls.last().map_or(0, |call| call.number as usize + 1);
    let mut out = file_start(model, "Where the emulation stubs of the vDSO are.");
    if !calls.is_empty() {
        out.blank();
        out.block("unsafe extern \"C\" {", "}", |out| {
            for call in &calls {
                out.line(format_args!("fn {}();", symbol(model, call)));
            }
        });
    }
    out.blank();
    out.comment(
        "/// ",
        "The stubs, each at the index that is its call's number. A number that no call has is `None`. A stub is \
         called from the program only, so that here it has no signature.",
        WIDTH,
    );
    let ty = format!("[Option<unsafe extern \"C\" fn()>; {count}]");
    if calls.is_empty() {
        out.line(format_args!("pub static STUBS: {ty} = [];"));
    } else {
        out.block(&format!("pub static STUBS: {ty} = ["), "];", |out| {
            let mut calls = calls.iter().peekable();
            for number in 0..count {
                match calls.next_if(|call| call.number as usize == number) {
                    Some(call) => out.line(format_args!("Some({}),", symbol(model, call))),
                    None => out.line("None,"),
                };
            }
        });
    }
    OutputFile::new("stubs.rs", out.finish())
}

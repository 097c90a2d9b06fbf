//! C headers for programs and kernels.
//!
//! File names, identifiers, values and include relations are those that existing C code knows:
//! `NAME_types_common.h` holds what is the same for every program, `NAME_types.h` a program's own view of
//! the rest, `NAME32_types.h` and `NAME64_types.h` how a kernel or emulator of any word size sees it, with
//! numbers in place of pointers. `NAME_syscalls.h` declares the calls, and `NAME_syscalls_info.h` describes
//! them in macros.
//!
//! The decisions (names, spelling of types, literals, order) are in [`spelling`], [`literal`] and `order`;
//! the other files print.

mod docs;
mod file;
mod info;
mod layout;
pub mod literal;
mod order;
pub mod spelling;
mod structs;
mod syscalls;
mod types;

pub(super) use docs::{Subject, doc_text, first_sentence};
pub(super) use file::{Header, c_file, comment};
pub(super) use layout::size_and_align;
pub(super) use syscalls::{Entry, prototype};

use super::{Emitter, OutputFile};
use crate::model::Model;
use spelling::View;

/// C headers for programs and kernels
pub struct CHeaders;

impl Emitter for CHeaders {
    fn name(&self) -> &'static str {
        "c-headers"
    }

    fn summary(&self) -> &'static str {
        "C headers for programs and kernels"
    }

    fn home(&self) -> &'static str {
        "generated/c"
    }

    fn emit(&self, model: &Model) -> Vec<OutputFile> {
        vec![
            types::common(model),
            types::machine_dependent(model, View::Program),
            types::machine_dependent(model, View::Memory(32)),
            types::machine_dependent(model, View::Memory(64)),
            syscalls::header(model),
            info::header(model),
        ]
    }
}

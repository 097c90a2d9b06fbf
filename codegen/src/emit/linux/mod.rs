//! Kernel declarations and dispatch tables for Linux.
//!
//! A kernel serves 64-bit and 32-bit programs. Calls whose parameters point only to what is the same for
//! both have one function, `NAME_sys_x`; the others have `NAME64_sys_x` and `NAME32_sys_x`. The tables
//! take a call's arguments out of 8-byte slots and call the right function.

mod declarations;
mod table;

use super::{Emitter, OutputFile};
use crate::model::Model;

/// Linux kernel declarations and dispatch tables
pub struct Linux;

impl Emitter for Linux {
    fn name(&self) -> &'static str {
        "linux"
    }

    fn summary(&self) -> &'static str {
        "Linux kernel declarations and dispatch tables"
    }

    fn home(&self) -> &'static str {
        "generated/linux"
    }

    fn emit(&self, model: &Model) -> Vec<OutputFile> {
        vec![
            declarations::common(model),
            declarations::machine_dependent(model, 32),
            table::table(model, 32),
            declarations::machine_dependent(model, 64),
            table::table(model, 64),
        ]
    }
}

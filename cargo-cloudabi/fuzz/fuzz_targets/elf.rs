//! Whatever a file holds, it is checked without a panic, and both ways of checking agree.
//!
//! Input: a file; or, after a first byte of 1 or 2, edits of a program that is as it should be, so that what lies behind the
//! headers is reached from nothing.

#![no_main]

#[allow(dead_code)]
#[path = "../../tests/doctored/mod.rs"]
mod doctored;
#[path = "../../tests/exercise/mod.rs"]
mod exercise;

use doctored::Program;
use exercise::{edited, exercise};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| match bytes {
    [1, edits @ ..] => exercise(&edited(Program::x86_64().bytes(), edits)),
    [2, edits @ ..] => exercise(&edited(Program::aarch64().bytes(), edits)),
    file => exercise(file),
});

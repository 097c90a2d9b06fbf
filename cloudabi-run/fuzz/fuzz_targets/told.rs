//! The command must not panic, whatever a program's process tells it and whatever its executable holds, and print nothing
//! that a terminal would understand.
//!
//! Input: bytes of the pipe, messages about calls, and an executable, all at once: each is read in its way. `told_seeds` writes
//! what to begin with.

#![no_main]

#[path = "../../tests/told/exercise.rs"]
mod exercise;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    exercise::exercise(bytes);
});

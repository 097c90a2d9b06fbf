//! The loader must not panic, whatever a file holds, and what it accepts must be placed as the naive model says.
//!
//! Input: an executable. It is read for hosts with pages of three sizes; pages of 64 bytes are nobody's, but let small files
//! have many. `image_seeds` writes what to begin with.

#![no_main]

#[path = "../../tests/image/model.rs"]
mod model;
#[path = "../../tests/image/simulated.rs"]
mod simulated;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|file: &[u8]| model::exercise_all(file));

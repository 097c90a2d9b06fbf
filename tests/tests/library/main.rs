//! The library for program authors, as programs have it: `tests/guests/library/`, one run for each thing that it can
//! try, and `tests/guests/programs/src/bin/ends.rs` for the ways in which programs end.
#![cfg(target_os = "linux")]

mod areas;
mod ends;
mod run;

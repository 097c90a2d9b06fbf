//! Tests that the definition itself spells out: for each call, what happens if one right is missing, if one
//! pointer is bad, if a descriptor is not open, a value undefined, a path one that fails everywhere. All other arguments
//! are good each time.

mod call;
mod errors;
pub mod pointers;
mod rights;
mod sample;

use alloc::string::String;

use crate::call_info::CallInfo;
use crate::environment::Environment;
use crate::report::Outcome;
use crate::table::CALLS;

/// Hands each test to `run`, with its name.
pub fn all(environment: &Environment, run: &mut dyn FnMut(&str, &dyn Fn() -> Outcome)) {
    for call in tried() {
        rights::all(environment, call, run);
        pointers::all(environment, call, run);
        errors::all(environment, call, run);
    }
}

/// All calls but those that do not come back.
fn tried() -> impl Iterator<Item = &'static CallInfo> {
    CALLS.iter().flatten().filter(|call| !call.noreturn)
}

/// Names of the rights in a set, as they stand in names of tests.
fn names(rights: u64) -> String {
    alloc::string::ToString::to_string(&cloudabi_sys::Rights(rights))
}

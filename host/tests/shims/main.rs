//! Every call's shim, held against the definition: what reaches the runtime, what does not, and which error comes back.
//!
//! Nothing here is written for a particular call, apart from the signatures in [`mock`]: the calls, their arguments and
//! the expected answers are computed from the definition ([`definition`], [`scenario`]), not from what the emitter made
//! of it.

mod checks;
mod definition;
mod descriptors;
mod elements;
mod guest;
mod memory;
mod mock;
mod scenario;
mod undocumented;

use checks::{Entries, Problems};
use cloudabi_host::shims;
use mock::Mock;

/// The dispatch table that is tested.
const ENTRIES: Entries = shims::entries::<Mock>();

/// Runs a check on the generated table, and fails with all that it finds.
fn check(check: impl Fn(&Entries) -> Problems) {
    let problems = check(&ENTRIES);
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
}

#[test]
fn good_arguments_reach_the_method_and_results_are_stored_exactly() {
    check(checks::good_arguments);
}

#[test]
fn undefined_values_are_refused() {
    check(checks::undefined_values);
}

#[test]
fn defined_values_are_passed_on() {
    check(checks::defined_values);
}

#[test]
fn pointers_out_of_memory_are_refused() {
    check(memory::pointers);
}

#[test]
fn lengths_out_of_memory_are_refused() {
    check(memory::lengths);
}

#[test]
fn descriptors_that_are_not_looked_at_stand_for_none() {
    check(descriptors::must_be_none);
}

#[test]
fn empty_buffers_may_lie_anywhere() {
    check(memory::empty_buffers);
}

#[test]
fn pointers_in_structures_are_checked() {
    check(memory::pointers_in_structures);
}

#[test]
fn misaligned_words_are_refused_where_they_are_accessed_atomically() {
    check(memory::alignment);
}

#[test]
fn missing_pages_are_a_fault() {
    check(memory::missing_pages);
}

#[test]
fn descriptors_must_be_open() {
    check(descriptors::must_be_open);
}

#[test]
fn descriptors_must_carry_their_rights() {
    check(descriptors::must_carry_rights);
}

#[test]
fn errors_of_methods_are_returned_and_nothing_is_stored() {
    check(checks::errors);
}

#[test]
fn shims_answer_only_what_the_definition_lists() {
    check(|_| checks::errors_of_shims());
}

#[test]
fn unknown_numbers_are_answered() {
    check(checks::unknown_numbers);
}

/// Each way to spoil a table or a runtime must be noticed by the check that is there for it.
mod spoiled {
    use super::*;
    use cloudabi_host::thread_block::ThreadBlock;

    fn noticed(problems: &Problems) {
        assert!(!problems.is_empty(), "nobody noticed");
    }

    #[test]
    fn a_shim_that_calls_another_method() {
        let mut entries = ENTRIES;
        entries.swap(10, 16);
        noticed(&checks::good_arguments(&entries));
    }

    #[test]
    fn a_shim_that_checks_nothing_and_answers_success() {
        unsafe extern "C" fn success(_: *mut ThreadBlock, _: *const u64) -> u32 {
            0
        }
        let entries: Entries = ENTRIES.map(|_| Some(success as cloudabi_host::runtime::Entry));
        for check in [
            checks::good_arguments,
            checks::undefined_values,
            checks::defined_values,
            memory::pointers,
            memory::lengths,
            memory::empty_buffers,
            memory::pointers_in_structures,
            memory::alignment,
            memory::missing_pages,
            descriptors::must_be_open,
            descriptors::must_carry_rights,
            checks::errors,
        ] {
            // Calls that never return would return here, so they are left out.
            noticed(&checks::without_last_calls(|| check(&entries)));
        }
    }

    #[test]
    fn a_runtime_that_does_not_look_at_rights() {
        noticed(&mock::ignoring_rights(|| descriptors::must_carry_rights(&ENTRIES)));
    }

    #[test]
    fn memory_that_lets_everything_be_written() {
        noticed(&guest::without_protection(|| memory::missing_pages(&ENTRIES)));
    }
}

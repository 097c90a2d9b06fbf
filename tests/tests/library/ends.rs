//! How programs end, and what they say then.

use std::os::unix::process::ExitStatusExt as _;

use crate::run::{run, said};

/// The signal by which panics end programs, as Linux numbers it: `signal(7)`.
const ABRT: i32 = 6;

/// Whether a program ends with this code, or with this signal if it is less than zero, and says this.
#[track_caller]
fn check(config: &str, end: i32, message: &str) {
    let output = run("ends", config);
    let said = said(&output);
    let found = output.status.code().or(output.status.signal().map(|signal| -signal));
    assert_eq!(found, Some(end), "{said}");
    assert!(said.contains(message) && said.is_empty() == message.is_empty(), "{said:?} is not {message:?}");
}

#[test]
fn by_themselves() {
    check("how: {Code: 0}", 0, "");
    check("how: {Code: 7}", 7, "");
}

#[test]
fn with_an_error() {
    check("how: Error\nstderr: !fd stderr", 1, "error: no such file or directory (noent)\n");
    check("how: Error", 1, "");
}

#[test]
fn with_a_panic() {
    check("how: Panic\nstderr: !fd stderr", -ABRT, "panicked at ");
    check("how: Panic\nstderr: !fd stderr", -ABRT, "the number is 5\n");
    check("how: Panic", -ABRT, "");
    check("how: Panic\nstderr: 5", -ABRT, "");
    // The program chooses another place.
    check("how: PanicElsewhere\noutput: !fd stdout", -ABRT, "the number is 6\n");
}

#[test]
fn with_arguments_that_do_not_fit() {
    let cases = [
        ("how: {Code: many}", "a string, expected u32, in `how.Code`, at byte "),
        ("how: Somehow", "unknown variant `Somehow`"),
        ("something: 1", "`how` is missing"),
        ("how: !fd stdin", "in `how`"),
        ("how: PanicElsewhere\noutput: 1", "an integer where a descriptor was expected, in `output`"),
    ];
    for (config, message) in cases {
        check(&format!("{config}\nstderr: !fd stderr"), 2, message);
        // It is not the program that says something then.
        check(config, 2, "help: many say why if they are given a place for that: `--fd stderr=stderr`\n");
    }
}

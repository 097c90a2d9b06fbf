//! Programs on this machine's host, held against the definition: every call, each of its errors, each right that it
//! demands, each pointer that it takes. See `tests/conformance/README.md`.

#![cfg(target_os = "linux")]

mod ends;
mod host;
mod places;
mod table;
mod tap;

use std::collections::BTreeMap;

use table::{Cell, Coverage};
use tap::Ending;

/// The parts in which the program is run, so that a crash hides no more than one: beginnings of the tests' names.
const PARTS: &[&str] = &[
    "clock_", "condvar_", "fd_", "file_", "lock_", "mem_", "poll", "proc_", "random_", "sock_", "start/",
    "thread_",
];

#[test]
fn every_cell_of_the_table() {
    let started = host::Started::new();
    let mut tests: Vec<tap::Test> = Vec::new();
    let mut problems = Vec::new();
    let runs = PARTS.iter().map(|part| (*part, started.run("conformance", &format!("only: {part:?}"))));
    for (part, output) in runs.chain([("places", places::run("conformance"))]) {
        let report = tap::parse(&output.stdout);
        if let Some(problem) = report.problem {
            let last = report.tests.last().map_or("the start", |test| &test.name);
            let stderr = &output.stderr;
            problems.push(format!("{part}: {problem}, after {last}; {}\n{stderr}", output.status));
        }
        tests.extend(report.tests);
    }
    tests.extend(ends::tests());
    if host::is_in_memory() {
        excuse(&mut tests, IN_MEMORY);
    }

    let model = table::model();
    let cells = table::cells(&model);
    let coverage = Coverage::new(&cells, &tests);
    coverage.print();
    for test in &tests {
        match &test.ending {
            Ending::Passed => {}
            Ending::Skipped(why) => println!("skipped: {}: {why}", test.name),
            Ending::Failed(why) => problems.push(format!("{}: {why}", test.name)),
        }
    }
    for (cell, blank) in coverage.blanks() {
        problems.push(format!("{cell}: {blank}"));
    }
    let mut names = BTreeMap::new();
    for test in &tests {
        *names.entry(&test.name).or_insert(0) += 1;
    }
    problems
        .extend(names.iter().filter(|(_, count)| **count > 1).map(|(name, _)| format!("{name}: seen twice")));
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
}

/// What file systems in memory do otherwise than others, which the host can do nothing about.
const IN_MEMORY: &[(&str, &str)] = &[
    ("fd_write/error/fbig", "files in memory are as long as offsets can be"),
    ("fd_pwrite/error/fbig", "files in memory are as long as offsets can be"),
    (
        "file_readdir/behaviour/removing while reading",
        "before Linux 6.6 positions in a directory in memory are counted",
    ),
];

/// Passes over tests that have failed where there is a reason.
fn excuse(tests: &mut [tap::Test], reasons: &[(&str, &str)]) {
    for test in tests.iter_mut().filter(|test| matches!(test.ending, Ending::Failed(_))) {
        if let Some((_, why)) = reasons.iter().find(|(name, _)| *name == test.name) {
            test.ending = Ending::Skipped((*why).to_string());
        }
    }
}

#[test]
fn only_what_has_failed_for_a_reason_is_excused() {
    let test = |name: &str, ending| tap::Test { name: name.to_string(), ending };
    let failed = || Ending::Failed("why".to_string());
    let mut tests = [test("a", failed()), test("b", failed()), test("c", Ending::Passed)];
    excuse(&mut tests, &[("a", "reason"), ("c", "reason")]);
    let skipped = tests.each_ref().map(|test| matches!(test.ending, Ending::Skipped(_)));
    assert_eq!(skipped, [true, false, false]);
    assert!(matches!(tests[1].ending, Ending::Failed(_)));
}

/// The first check is worth something only if it notices what is missing.
#[test]
fn a_cell_without_a_test_is_a_blank() {
    let model = table::model();
    let cells = table::cells(&model);
    let coverage = Coverage::new(&cells, &[]);
    let blanks: Vec<_> = coverage.blanks().map(|(cell, _)| cell.to_string()).collect();
    for cell in [
        "fd_read/behaviour",
        "fd_read/error/badf",
        "fd_pread/right/fd/fd_seek",
        "fd_seek/right/fd/fd_seek|fd_tell",
        "file_open/right/dirfd.fd/inheriting:fd_seek",
        "fd_read/pointer/iovs[].buf/read-only",
        "fd_stat_put/pointer/buf/unmapped",
        "mem_unmap/pointer/mapping/outside",
        "clock_time_get/pointer/time/wraps",
        "poll/behaviour",
        "poll/pointer/in[].lock.lock/read-only",
        "sock_recv/pointer/in.ri_fds/read-only",
        "thread_create/pointer/attr.entry_point/unmapped",
        "thread_exit/pointer/lock/outside",
    ] {
        assert!(blanks.iter().any(|blank| blank == cell), "{cell} is no blank");
    }
    // Reading from memory that cannot be written is fine, and what the definition excuses is no blank.
    for cell in [
        "fd_stat_put/pointer/buf/read-only",
        "fd_read/error/io",
        "thread_create/pointer/attr.argument/unmapped",
    ] {
        assert!(blanks.iter().all(|blank| blank != cell), "{cell} is a blank");
    }
    let passed = |name: &str| tap::Test { name: name.to_string(), ending: Ending::Passed };
    let seen = [passed("fd_read/behaviour/x"), passed("fd_read/error/badf")];
    let coverage = Coverage::new(&cells, &seen);
    let is_blank = |cell: &str| coverage.blanks().any(|(blank, _)| blank.to_string() == cell);
    assert!(
        !is_blank("fd_read/behaviour") && !is_blank("fd_read/error/badf") && is_blank("fd_read/error/fault")
    );
    assert_eq!(Cell::new("fd_read", "error/badf").to_string(), "fd_read/error/badf");
}

//! Tries every call of the ABI and reports in the Test Anything Protocol.
//!
//! Arguments: a map with
//! - `output`: descriptor for the report;
//! - `directory`: descriptor of an empty directory with all rights, in which everything happens;
//! - `only` (optional): a prefix of the names of the tests to run;
//! - further descriptors, each optional, without which some tests are skipped: `device` (a device that cannot be
//!   mapped and takes whatever is written), `terminal`, `stream` and `datagram` (sockets that are not connected),
//!   `listener` and `network` (listening sockets, the second one of a network, with connections that nobody has taken yet
//!   and on which `hello` was said), `idle` (a listening socket without), `program` (this program), and a string
//!   `running`: name in the directory of a program that runs;
//! - `places` (optional): a map of directories that no call could make. With it, the tests of these are all that run:
//!   `full` (without room for anything, with a `file`), `read-only` (with `file` and `folder`, on a file system that is
//!   mounted so), `elsewhere` (on another file system than `directory`), `special` (with `fifo`, `socket`, and a file
//!   `ancient` from before 1970), and `locked`, with files that the host's user may not use: `secret` cannot be
//!   read, `closed/file` and `closed/link` cannot be reached, `fixed` with `file` cannot be changed, and `passage`, in which `file` has
//!   `content`, can be searched only.
//!
//! Names of tests are `CALL/behaviour/…`, `CALL/error/ERROR…`, `CALL/right/DESCRIPTOR/RIGHT…` and
//! `CALL/pointer/ARGUMENT/KIND…`: the cells of the table that the definition makes, and perhaps something more.

#![no_std]
#![no_main]

extern crate alloc;

mod behaviour;
#[allow(dead_code)]
#[path = "../../../host/src/call_info.rs"]
mod call_info;
mod calls;
mod environment;
mod probe;
mod report;
#[allow(dead_code)]
#[rustfmt::skip]
#[path = "../../../host/src/generated/table.rs"]
mod table;

use guest::{Output, Start, Value};

use environment::Environment;
use report::Report;

guest::main!(run);

fn run(start: Start) -> u32 {
    if let Some(code) = behaviour::replacing::in_role(start) {
        return code;
    }
    let arguments = start.arguments();
    let Some(output) = arguments.get("output").and_then(Value::descriptor) else { return 2 };
    guest::report_panics_to(Output(output));
    let only = arguments.get("only").and_then(Value::string).unwrap_or("");
    let mut report = Report::new(Output(output));
    let Some(environment) = Environment::new(start) else {
        let _ = Output(output).write_all(b"Bail out! the arguments give no directory, or it is not usable\n");
        return 2;
    };
    let mut run = |tests: &mut dyn Iterator<Item = &report::Test>| {
        for (name, test) in tests.filter(|(name, _)| name.starts_with(only)) {
            report.add(name, &test(&environment));
        }
    };
    if arguments.get("places").is_some() {
        run(&mut behaviour::places::TESTS.iter());
        return report.end();
    }
    run(&mut behaviour::all());
    probe::all(&environment, &mut |name, probe| {
        if name.starts_with(only) {
            report.add(name, &probe());
        }
    });
    report.end()
}

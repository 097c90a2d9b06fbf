//! What the command does with bytes that a program's process has written, or that stand in its executable.

use std::cell::RefCell;
use std::io::Write;
use std::os::fd::{AsFd, OwnedFd};
use std::rc::Rc;

use cloudabi_linux_glue::launch::Report;
use cloudabi_linux_glue::trace::{Kind, Listener, Record};
use cloudabi_run::crash;
use cloudabi_run::trace::Printer;

/// What became of some bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Mistakes that were told of.
    pub crashes: usize,
    /// Calls that were told of as begun, and as a whole or as ended.
    pub begun: usize,
    pub ended: usize,
    /// Whether an address was found in a function.
    pub found: bool,
}

/// Reads bytes in all ways. Whatever they are, it must not panic, nothing of it may be understood by a terminal, and nothing
/// may grow.
pub fn exercise(bytes: &[u8]) -> Seen {
    let mut seen = Seen { crashes: exercise_report(bytes), ..Seen::default() };
    (seen.begun, seen.ended) = exercise_calls(bytes);
    seen.found = exercise_executable(bytes);
    seen
}

/// As what comes through the pipe, at once and in pieces.
fn exercise_report(bytes: &[u8]) -> usize {
    let executable = memory(b"");
    let mut crashes = 0;
    for size in [bytes.len().max(1), 1, 7, 1000] {
        let mut report = Report::default();
        bytes.chunks(size).for_each(|piece| report.add(piece));
        for text in [&report.failed, &report.broke].into_iter().flatten() {
            assert!(!text.chars().any(char::is_control) && text.chars().count() <= 960, "{text:?}");
        }
        assert!(report.raised.is_none_or(|signal| (1..=64).contains(&signal)));
        let told = report.crashes(&executable);
        assert!(told.len() <= Report::MOST_ACCOUNTS && report.crashes(&executable).is_empty());
        for crash in &told {
            let text = crash::text("program", crash, executable.as_fd());
            assert!(text.lines().all(|line| line.starts_with("cloudabi-run: ")), "{text}");
            plain(text.as_bytes());
            assert!(text.len() < 2000, "{text}");
        }
        crashes = crashes.max(told.len());
    }
    crashes
}

/// As messages about calls: each has a length of two bytes before it, and what is left is the last one.
fn exercise_calls(bytes: &[u8]) -> (usize, usize) {
    let output = Shared::default();
    let mut printer = Printer::new(Box::new(output.clone()), false);
    let (mut begun, mut ended, mut rest) = (0, 0, bytes);
    while let Some((&length, body)) = rest.split_first_chunk::<2>() {
        let (message, after) = body.split_at(usize::from(u16::from_le_bytes(length)).min(body.len()));
        let record = Record::parse(i32::from(message.len() as u8 % 3), message);
        match record.kind {
            Kind::Beginning => begun += 1,
            Kind::Whole | Kind::Rest => ended += 1,
        }
        printer.told(&record);
        rest = after;
    }
    printer.waits();
    printer.ended(None);
    let output = output.0.borrow();
    plain(&output);
    let lines = output.split(|byte| *byte == b'\n').filter(|line| !line.starts_with(b"...")).count() - 1;
    assert!((ended..=begun + ended).contains(&lines), "{lines} lines of {begun} and {ended}");
    (begun, ended)
}

/// As an executable in which a mistake was made.
fn exercise_executable(bytes: &[u8]) -> bool {
    let executable = memory(bytes);
    let addresses = [0, 5, 0x1234, u64::MAX];
    let functions = addresses.map(|address| crash::function_at(executable.as_fd(), address));
    for function in functions.iter().flatten() {
        plain(function.name.as_bytes());
        assert!(function.name.len() < 300);
    }
    functions.iter().any(Option::is_some)
}

fn plain(text: &[u8]) {
    let is_plain = |byte: &u8| byte.is_ascii_graphic() || matches!(byte, b' ' | b'\n');
    assert!(text.iter().all(is_plain), "{}", text.escape_ascii());
}

/// A file that holds these bytes.
fn memory(bytes: &[u8]) -> OwnedFd {
    let file = rustix::fs::memfd_create("executable", rustix::fs::MemfdFlags::CLOEXEC).expect("memory");
    let mut file = std::fs::File::from(file);
    file.write_all(bytes).expect("room");
    file.into()
}

/// Where a printer writes to, for somebody who looks at it afterwards.
#[derive(Clone, Default)]
struct Shared(Rc<RefCell<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.borrow_mut().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

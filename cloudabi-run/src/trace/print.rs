//! Prints calls, one in a line: when it began in seconds since the start, process, thread, the call, and how many seconds it took.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write;
use std::time::{Duration, Instant};

use cloudabi_linux_glue::trace::{Counts, Kind, Listener, MOST_TEXT, Record};

use super::table::table;

/// How long a call may take before it is shown that it was made.
const PATIENCE: Duration = Duration::from_secs(1);

/// How many calls are kept that have not returned. More at once are shown right away.
const MOST_PENDING: usize = 1024;

/// Prints calls.
pub struct Printer {
    output: Box<dyn Write>,
    color: bool,
    /// When the program was started, in nanoseconds of the monotonic clock.
    start: u64,
    /// Calls that have not returned, by process and thread.
    pending: BTreeMap<(i32, u32), Pending>,
    /// What was printed, and is not written yet.
    text: String,
}

/// The beginning of a call.
struct Pending {
    began: u64,
    text: Vec<u8>,
    since: Instant,
    shown: bool,
}

impl Printer {
    /// Prints to this output. Times count from now.
    pub fn new(output: Box<dyn Write>, color: bool) -> Printer {
        let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
        let start = now.tv_sec.cast_unsigned() * 1_000_000_000 + now.tv_nsec.cast_unsigned();
        Printer { output, color, start, pending: BTreeMap::new(), text: String::new() }
    }

    /// Adds a line.
    fn line(&mut self, (process, thread): (i32, u32), began: u64, text: &[u8], took: Option<u64>) {
        let began = began.saturating_sub(self.start);
        let (dim, plain) = if self.color { ("\x1b[2m", "\x1b[0m") } else { ("", "") };
        // Writing to a string does not fail.
        let _ = write!(
            self.text,
            "{dim}{:6}.{:06} {process} {thread}{plain} ",
            began / 1_000_000_000,
            began % 1_000_000_000 / 1000
        );
        let text = escaped(text);
        match self.color {
            true => colored(&text, &mut self.text),
            false => self.text.push_str(&text),
        }
        if let Some(took) = took {
            let _ = write!(
                self.text,
                " {dim}<{}.{:06}>{plain}",
                took / 1_000_000_000,
                took % 1_000_000_000 / 1000
            );
        }
        self.text.push('\n');
    }

    /// Shows that a call was made that has not returned.
    fn unfinished(&mut self, who: (i32, u32), began: u64, text: &[u8]) {
        let text = [text, b" <unfinished ...>"].concat();
        self.line(who, began, &text, None);
    }

    fn write(&mut self) {
        // Nowhere to complain to if this fails.
        let _ = self.output.write_all(self.text.as_bytes());
        self.text.clear();
    }
}

impl Listener for Printer {
    fn told(&mut self, record: &Record<'_>) {
        let who = (record.process, record.thread);
        if record.lost > 0 {
            let _ = writeln!(self.text, "... {} messages about calls were lost", record.lost);
        }
        match record.kind {
            Kind::Whole => {
                let took = (!record.text.ends_with(b" = ?")).then_some(record.took);
                self.line(who, record.began, record.text, took);
            }
            Kind::Beginning => {
                let text = record.text.to_vec();
                let shown = self.pending.len() >= MOST_PENDING;
                if shown {
                    self.unfinished(who, record.began, &text);
                } else {
                    let pending = Pending { began: record.began, text, since: Instant::now(), shown };
                    self.pending.insert(who, pending);
                }
            }
            Kind::Rest => {
                let text = match self.pending.remove(&who) {
                    Some(pending) if !pending.shown => [&pending.text, record.text].concat(),
                    Some(pending) => {
                        let name = pending.text.split(|byte| *byte == b'(').next().unwrap_or_default();
                        [b"<... ", name, b" resumed>", record.text].concat()
                    }
                    None => [b"<... resumed>", record.text].concat(),
                };
                self.line(who, record.began, &text, Some(record.took));
            }
        }
        self.write();
    }

    fn waits(&mut self) -> Option<u32> {
        let now = Instant::now();
        let mut next: Option<Duration> = None;
        let mut late = Vec::new();
        for (who, pending) in self.pending.iter_mut().filter(|(_, pending)| !pending.shown) {
            let waited = now.saturating_duration_since(pending.since);
            match PATIENCE.checked_sub(waited).filter(|left| !left.is_zero()) {
                None => {
                    pending.shown = true;
                    late.push((*who, pending.began, pending.text.clone()));
                }
                Some(left) => next = Some(next.map_or(left, |next| next.min(left))),
            }
        }
        if !late.is_empty() {
            for (who, began, text) in late {
                self.unfinished(who, began, &text);
            }
            self.write();
        }
        next.map(|next| u32::try_from(next.as_millis()).unwrap_or(u32::MAX).saturating_add(1))
    }

    fn ended(&mut self, counts: Option<&Counts>) {
        for (who, pending) in std::mem::take(&mut self.pending) {
            if !pending.shown {
                self.unfinished(who, pending.began, &pending.text);
            }
        }
        if let Some(counts) = counts {
            self.text += &table(&counts.all());
        }
        self.write();
    }
}

/// Text without anything that a terminal would understand: whoever has sent it may have made it up.
fn escaped(text: &[u8]) -> String {
    let mut shown = String::with_capacity(text.len().min(MOST_TEXT));
    for byte in text {
        match byte {
            b' '..=b'~' => shown.push(char::from(*byte)),
            _ => {
                // Writing to a string does not fail.
                let _ = write!(shown, "\\x{byte:02x}");
            }
        }
    }
    shown
}

/// A call in colours: its name, and the error if it failed.
fn colored(text: &str, into: &mut String) {
    let (call, result) = text.rsplit_once(") = ").map_or((text, None), |(call, result)| (call, Some(result)));
    match call.split_once('(') {
        Some((name, rest)) => {
            let _ = write!(into, "\x1b[1m{name}\x1b[0m({rest}");
        }
        None => into.push_str(call),
    }
    let Some(result) = result else { return };
    let fine = result.starts_with('0') || result.starts_with('?');
    let color = if fine { "\x1b[32m" } else { "\x1b[31m" };
    let _ = write!(into, ") = {color}{result}\x1b[0m");
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;
    use std::rc::Rc;

    #[derive(Clone, Default)]
    struct Paper(Rc<RefCell<Vec<u8>>>);

    impl Write for Paper {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.borrow_mut().extend(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    impl Paper {
        fn text(&self) -> String {
            String::from_utf8(self.0.borrow().clone()).expect("it is text")
        }
    }

    fn printer(color: bool) -> (Printer, Paper) {
        let paper = Paper::default();
        let mut printer = Printer::new(Box::new(paper.clone()), color);
        printer.start = 5_000_000_000;
        (printer, paper)
    }

    fn record(kind: Kind, thread: u32, text: &[u8]) -> Record<'_> {
        Record { kind, process: 7, thread, began: 6_000_023_456, took: 1_234_567_890, lost: 0, text }
    }

    #[test]
    fn calls_are_lines() {
        let (mut printer, paper) = printer(false);
        printer.told(&record(Kind::Whole, 1, b"fd_close(3) = 0"));
        printer.told(&record(Kind::Beginning, 1, b"poll([], "));
        printer.told(&record(Kind::Whole, 2, b"proc_exit(7) = ?"));
        printer.told(&record(Kind::Rest, 1, b"[], 0) = inval (28)"));
        printer.told(&record(Kind::Rest, 3, b") = 0"));
        printer.told(&record(Kind::Beginning, 4, b"fd_read(0, [], 0"));
        printer.told(&Record { lost: 3, ..record(Kind::Whole, 1, b"") });
        printer.ended(None);
        assert_eq!(
            paper.text(),
            "     1.000023 7 1 fd_close(3) = 0 <1.234567>\n     \
             1.000023 7 2 proc_exit(7) = ?\n     \
             1.000023 7 1 poll([], [], 0) = inval (28) <1.234567>\n     \
             1.000023 7 3 <... resumed>) = 0 <1.234567>\n\
             ... 3 messages about calls were lost\n     \
             1.000023 7 1  <1.234567>\n     \
             1.000023 7 4 fd_read(0, [], 0 <unfinished ...>\n"
        );
    }

    #[test]
    fn what_takes_long_is_shown_before_it_returns() {
        let (mut printer, paper) = printer(false);
        assert_eq!(printer.waits(), None);
        printer.told(&record(Kind::Beginning, 1, b"poll("));
        assert!(printer.waits().is_some_and(|wait| wait > 0));
        for pending in printer.pending.values_mut() {
            pending.since -= PATIENCE;
        }
        assert_eq!(printer.waits(), None);
        printer.told(&record(Kind::Rest, 1, b") = 0"));
        printer.ended(None);
        assert_eq!(
            paper.text(),
            "     1.000023 7 1 poll( <unfinished ...>\n     \
             1.000023 7 1 <... poll resumed>) = 0 <1.234567>\n"
        );
    }

    #[test]
    fn junk_is_escaped_and_does_not_pile_up() {
        let (mut printer, paper) = printer(true);
        let junk: Vec<u8> = (0..=255).collect();
        printer.told(&record(Kind::Whole, 1, &junk));
        for thread in 0..2 * MOST_PENDING as u32 {
            printer.told(&record(Kind::Beginning, thread, b"\x1b]0;title\x07"));
        }
        assert_eq!(printer.pending.len(), MOST_PENDING);
        printer.ended(None);
        let text = paper.text();
        assert!(text.is_ascii());
        assert_eq!(text.lines().count(), 1 + 2 * MOST_PENDING);
        // Nothing but colours is left of what terminals understand.
        let mut rest = text.as_str();
        while let Some((_, after)) = rest.split_once('\x1b') {
            rest = after;
            assert!(
                ["[0m", "[1m", "[2m", "[31m", "[32m"].iter().any(|color| rest.starts_with(color)),
                "{rest:.9}"
            );
        }
        assert!(!text.contains(['\x07', '\r', '\0', '\x7f']));
    }

    #[test]
    fn times_that_make_no_sense_are_printed_somehow() {
        let (mut printer, paper) = printer(false);
        printer.told(&Record { began: 0, took: u64::MAX, ..record(Kind::Whole, u32::MAX, b"x") });
        printer.told(&Record { began: u64::MAX, took: 0, ..record(Kind::Whole, 0, b"x") });
        assert_eq!(paper.text().lines().count(), 2);
    }

    #[test]
    fn names_and_errors_are_colored() {
        let mut text = String::new();
        colored("fd_close(3) = badf (8: no)", &mut text);
        assert_eq!(text, "\x1b[1mfd_close\x1b[0m(3) = \x1b[31mbadf (8: no)\x1b[0m");
    }
}

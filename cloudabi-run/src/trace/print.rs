//! Prints calls, one in a line: when it began in seconds since the start, process, thread, the call, and how many seconds it took.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{ErrorKind, Write};
use std::time::{Duration, Instant};

use cloudabi_linux_glue::launch;
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
    /// How many of them there may be.
    most_pending: usize,
    /// What was printed, and is not written yet.
    text: String,
    /// Whether nothing is written any more.
    gave_up: bool,
    /// How a call is made text for people.
    shown: fn(&[u8]) -> String,
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
        Printer {
            output,
            color,
            start,
            pending: BTreeMap::new(),
            most_pending: MOST_PENDING,
            text: String::new(),
            gave_up: false,
            shown: escaped,
        }
    }

    /// Has calls printed as they are told, whatever is in them.
    #[cfg(feature = "layer-switches")]
    pub fn raw(self) -> Printer {
        Printer { shown: |text| String::from_utf8_lossy(text).into_owned(), ..self }
    }

    /// Has all calls kept that have not returned.
    #[cfg(feature = "layer-switches")]
    pub fn unbounded(self) -> Printer {
        Printer { most_pending: usize::MAX, ..self }
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
        let text = (self.shown)(text);
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
        if !self.gave_up {
            self.gave_up = !write_until(&mut *self.output, self.text.as_bytes(), launch::is_to_end);
        }
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
                let shown = self.pending.len() >= self.most_pending;
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

/// Writes everything. If a signal interrupts that when it is time to end, the rest is left, as perhaps nobody reads it: then
/// nothing is to be written any more. Failures are nobody's to tell.
fn write_until(output: &mut dyn Write, text: &[u8], ends: impl Fn() -> bool) -> bool {
    let mut rest = text;
    while !rest.is_empty() {
        match output.write(rest) {
            Ok(length @ 1..) => rest = &rest[length..],
            Err(error) if error.kind() == ErrorKind::Interrupted && !ends() => {}
            Err(error) if error.kind() == ErrorKind::Interrupted => return false,
            _ => break,
        }
    }
    true
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
mod tests;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use proptest::prelude::*;

use super::*;

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
    insta::assert_snapshot!(paper.text());
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

/// Takes a few bytes, is interrupted, takes a few more; never all.
struct Slow<'a> {
    taken: Vec<u8>,
    interrupted: &'a Cell<u32>,
}

impl Write for Slow<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if !self.taken.len().is_multiple_of(2) {
            self.taken.push(b'|');
            self.interrupted.set(self.interrupted.get() + 1);
            return Err(ErrorKind::Interrupted.into());
        }
        self.taken.extend(&bytes[..1]);
        Ok(1)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn nobody_waits_for_a_reader_when_it_is_time_to_end() {
    let interrupted = Cell::new(0);
    let mut slow = Slow { taken: Vec::new(), interrupted: &interrupted };
    assert!(write_until(&mut slow, b"abcd", || false));
    assert_eq!(slow.taken, b"a|b|c|d");
    slow.taken.clear();
    interrupted.set(0);
    assert!(!write_until(&mut slow, b"abcd", || interrupted.get() == 2));
    assert_eq!(slow.taken, b"a|b|");
}

proptest! {
    /// Whatever is told is printed as plain text, in lines, and not kept without a bound.
    #[test]
    fn anything_is_printed_as_plain_text(
        told in prop::collection::vec(
            (
                prop_oneof![Just(Kind::Whole), Just(Kind::Beginning), Just(Kind::Rest)],
                (any::<i32>(), 0..4_u32),
                (any::<u64>(), any::<u64>(), prop_oneof![Just(0), any::<u32>()]),
                prop_oneof![
                    prop::collection::vec(any::<u8>(), 0..MOST_TEXT),
                    "[a-z]{0,5}[( ]{0,2}(\\) = [0-9?]{0,2})?".prop_map(String::into_bytes),
                ],
            ),
            0..20,
        ),
        color in any::<bool>(),
    ) {
        let (mut printer, paper) = printer(color);
        for (kind, (process, thread), (began, took, lost), text) in &told {
            let (kind, process, thread, began, took, lost) = (*kind, *process % 3, *thread, *began, *took, *lost);
            printer.told(&Record { kind, process, thread, began, took, lost, text });
        }
        prop_assert!(printer.pending.len() <= told.len() && printer.text.is_empty());
        printer.ended(None);
        prop_assert!(printer.pending.is_empty());
        let text = paper.text();
        let lines = told.iter().map(|(_, _, (_, _, lost), _)| if *lost > 0 { 2 } else { 1 });
        prop_assert!(text.lines().count() <= lines.sum());
        let plain = ["[0m", "[1m", "[2m", "[31m", "[32m"]
            .iter()
            .fold(text, |text, color_code| if color { text.replace(&format!("\x1b{color_code}"), "") } else { text });
        prop_assert!(plain.bytes().all(|byte| byte == b'\n' || (b' '..=b'~').contains(&byte)), "{plain:?}");
    }
}

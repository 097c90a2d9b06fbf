//! The wrappers of calls that are traced: see [`crate::trace`].
//!
//! A call that is told is printed in two parts, since it may change the memory that its arguments are in, or not return.
//! What is known when it begins is printed into a buffer on the host's stack. If the call may wait, that is sent right
//! away, so that one can see what a program waits for; otherwise it goes out with the rest. Frames of wrappers may be left
//! without being returned to, so they hold nothing that would have to be given back.

use std::cell::Cell;
use std::fmt::{self, Write as _};
use std::os::fd::AsFd;
use std::os::fd::AsRawFd;
use std::ptr;
use std::sync::OnceLock;

use cloudabi_host::call_info::CallInfo;
use cloudabi_host::decode::{self, Outcome, Printed, Record, WordSize};
use cloudabi_host::runtime::{Entry, Wrapper};
use cloudabi_host::shims::{self, ENTRIES};
use cloudabi_host::table;
use cloudabi_host::thread_block::ThreadBlock;
use cloudabi_host::types::Errno;

use super::{Thread, stop};
use crate::memory::Guest;
use crate::trace::{Calls, Head, Inside, Kind, MOST_TEXT};

/// How many elements of an array are printed. So what follows the array is hardly ever cut off.
const MOST_ELEMENTS: u64 = 8;

/// What is to be traced, if anything is.
static TRACE: OnceLock<Inside> = OnceLock::new();

/// The shims.
static PLAIN: [Option<Entry>; ENTRIES] = shims::entries::<Thread>();

/// The wrappers of all calls.
static WRAPPED: [Option<Entry>; ENTRIES] = shims::wrapped::<Tracer>();

thread_local! {
    /// The call that this thread serves, if it is traced.
    static CURRENT: Cell<*const Current> = const { Cell::new(ptr::null()) };
}

/// From here on, programs of this process are traced.
pub fn begin(inside: Inside) {
    // It is done once, before the program is there.
    let _ = TRACE.set(inside);
}

/// The kernel's descriptor that tracing needs, if any.
pub fn descriptor() -> Option<i32> {
    TRACE.get().map(|inside| inside.sender.as_fd().as_raw_fd())
}

/// Whether the vDSO's quick clock is to be left out, since it makes no call that could be seen.
pub fn sees_the_clock() -> bool {
    TRACE.get().is_some_and(|inside| inside.trace.watched().has("clock_time_get"))
}

/// The dispatch table.
pub fn entries() -> [Option<Entry>; ENTRIES] {
    table_for(TRACE.get().map(|inside| inside.trace.watched()))
}

/// The dispatch table where these calls are watched: the shims themselves for all others.
fn table_for(watched: Option<Calls>) -> [Option<Entry>; ENTRIES] {
    let mut entries = PLAIN;
    let Some(watched) = watched else { return entries };
    for (number, entry) in entries.iter_mut().enumerate() {
        if watched.contains(number as u32) {
            *entry = WRAPPED[number];
        }
    }
    entries
}

/// To be called when the call that this thread serves is not going to return. `succeeded` says whether it has done what it
/// is there for, as far as the program can tell.
pub fn does_not_return(succeeded: bool) {
    let current = CURRENT.replace(ptr::null());
    if !current.is_null() {
        // SAFETY: the wrapper's frame is still there: it takes the pointer back before it returns.
        unsafe { (*current).end(if succeeded { Outcome::Returned(0) } else { Outcome::Pending }) };
    }
}

/// The wrapper.
struct Tracer;

impl Wrapper for Tracer {
    unsafe extern "C" fn enter<const NUMBER: u32>(thread: *mut ThreadBlock, arguments: *const u64) -> u32 {
        // SAFETY: the caller keeps to what `Entry` says.
        unsafe { serve(NUMBER, thread, arguments) }
    }
}

/// Serves a call and tells of it.
///
/// # Safety
/// As for [`Entry`], of the call with this number.
unsafe fn serve(number: u32, block: *mut ThreadBlock, arguments: *const u64) -> u32 {
    let nosys = u32::from(Errno::NOSYS.0);
    let (Some(inside), Some(info)) = (TRACE.get(), table::call(number)) else { return nosys };
    let Some(Some(entry)) = PLAIN.get(number as usize) else { return nosys };
    // SAFETY: the caller vouches for the block, whose context is the thread, and for the slots: there is one for each
    // argument.
    let (thread, slots) = unsafe {
        let slots = std::slice::from_raw_parts(arguments, info.inputs.len() + info.outputs.len());
        (&*(*block).context.cast::<Thread>(), slots)
    };
    let mut current = Current {
        inside,
        info,
        slots,
        guest: thread.guest,
        thread: thread.id.get().0,
        told: inside.trace.told.contains(number),
        sent: false,
        began: 0,
        text: Text::new(),
    };
    current.begin();
    CURRENT.set(&raw const current);
    // SAFETY: as the caller says.
    let result = unsafe { entry(block, arguments) };
    CURRENT.set(ptr::null());
    current.thread = thread.id.get().0;
    current.end(Outcome::Returned(result.into()));
    result
}

/// A call that is being served.
struct Current<'a> {
    inside: &'static Inside,
    info: &'static CallInfo,
    slots: &'a [u64],
    guest: Guest,
    /// The ABI's number of the thread.
    thread: u32,
    /// Whether the call is told, and not only counted.
    told: bool,
    /// Whether its beginning was told.
    sent: bool,
    /// When it began, in nanoseconds of the monotonic clock.
    began: u64,
    /// What was printed and not sent.
    text: Text,
}

impl Current<'_> {
    fn begin(&mut self) {
        if let Some(counts) = &self.inside.counts {
            counts.begin(self.info.number);
        }
        if self.told {
            self.text = self.print(Outcome::Pending, Text::new(), |printed, text| {
                write!(text, "{}", printed.beginning())
            });
        }
        self.began = now();
        if self.told && self.info.blocks && !self.inside.trace.failures_only {
            self.send(Kind::Beginning, 0, &self.text);
            self.sent = true;
            self.text = Text::new();
        }
    }

    fn end(&self, outcome: Outcome) {
        let took = now().saturating_sub(self.began);
        let failed = !matches!(outcome, Outcome::Returned(0) | Outcome::Pending);
        if outcome != Outcome::Pending
            && let Some(counts) = &self.inside.counts
        {
            counts.end(self.info.number, failed, took);
        }
        if !self.told || self.inside.trace.failures_only && !failed {
            return;
        }
        let text = self.print(outcome, self.text, |printed, text| write!(text, "{}", printed.rest()));
        self.send(if self.sent { Kind::Rest } else { Kind::Whole }, took, &text);
    }

    fn print(
        &self,
        outcome: Outcome,
        mut text: Text,
        how: impl FnOnce(&Printed<'_>, &mut Text) -> fmt::Result,
    ) -> Text {
        let record = Record { number: self.info.number, arguments: self.slots, outcome };
        let mut printed = decode::call(&self.guest, WordSize::Bits64, &record);
        printed.limits.elements = MOST_ELEMENTS;
        // It fails if there is no more room, and then the text is cut.
        let _ = how(&printed, &mut text);
        text
    }

    fn send(&self, kind: Kind, took: u64, text: &Text) {
        let head = Head { kind, thread: self.thread, began: self.began, took };
        self.inside.sender.send(&head, text.bytes(), stop::interrupted);
    }
}

/// Nanoseconds of the monotonic clock.
fn now() -> u64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    super::clocks::nanoseconds(time.tv_sec, time.tv_nsec).unwrap_or(0)
}

/// A text that is cut where it becomes too long.
#[derive(Clone, Copy)]
struct Text {
    length: usize,
    bytes: [u8; MOST_TEXT],
}

/// What a text ends with that was cut.
const CUT: &[u8] = b"...";

impl Text {
    fn new() -> Text {
        Text { length: 0, bytes: [0; MOST_TEXT] }
    }

    fn bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

impl fmt::Write for Text {
    fn write_str(&mut self, more: &str) -> fmt::Result {
        let room = &mut self.bytes[self.length..];
        if let Some(place) = room.get_mut(..more.len()) {
            place.copy_from_slice(more.as_bytes());
            self.length += more.len();
            return Ok(());
        }
        let length = room.len();
        room.copy_from_slice(&more.as_bytes()[..length]);
        self.length = MOST_TEXT;
        self.bytes[MOST_TEXT - CUT.len()..].copy_from_slice(CUT);
        Err(fmt::Error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(entries: &[Option<Entry>; ENTRIES]) -> Vec<usize> {
        entries.iter().map(|entry| entry.map_or(0, |entry| entry as *const () as usize)).collect()
    }

    #[test]
    fn nothing_stands_before_calls_that_are_not_watched() {
        let plain = addresses(&PLAIN);
        // Nothing is traced in this process.
        assert_eq!(addresses(&entries()), plain);
        assert!(!sees_the_clock() && descriptor().is_none());
        let mut watched = Calls::NONE;
        watched.set(3, true);
        let changed = addresses(&table_for(Some(watched)));
        let different: Vec<usize> = (0..ENTRIES).filter(|at| changed[*at] != plain[*at]).collect();
        assert_eq!(different, [3]);
        let all = addresses(&table_for(Some(Calls::ALL)));
        let calls = table::CALLS.iter().filter(|call| call.is_some()).count();
        assert_eq!((0..ENTRIES).filter(|at| all[*at] != plain[*at]).count(), calls);
    }

    #[test]
    fn long_texts_are_cut() {
        let mut text = Text::new();
        assert!(write!(text, "{}", "x".repeat(MOST_TEXT)).is_ok());
        assert_eq!(text.bytes(), [b'x'; MOST_TEXT]);
        assert!(write!(text, "y").is_err());
        assert_eq!(text.bytes().len(), MOST_TEXT);
        assert!(text.bytes().ends_with(b"x..."));
        let mut text = Text::new();
        assert!(write!(text, "{}", "é".repeat(MOST_TEXT)).is_err());
        assert_eq!(text.bytes().len(), MOST_TEXT);
    }
}

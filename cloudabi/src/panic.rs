//! What becomes of messages that have no other way: panics, arguments that do not fit, errors that `main` returns.
//!
//! A program has no standard error. If its arguments are a map with a descriptor under `stderr` (or another key:
//! see [`main`](macro@crate::main)), messages go there; a program can also [choose](set_output) a place itself. Without
//! either a panic ends the program silently, with the signal `abrt`.

use core::cell::Cell;
use core::fmt::{self, Write as _};

use cloudabi_argdata::Argdata;

use crate::io;
use crate::os::{AsFd, BorrowedFd, OwnedFd};
use crate::sync::raw::RawLock;

struct Output {
    lock: RawLock,
    fd: Cell<Option<OwnedFd>>,
}

// SAFETY: the lock is held while the content is used.
unsafe impl Sync for Output {}

static OUTPUT: Output = Output { lock: RawLock::new(), fd: Cell::new(None) };

impl Output {
    fn replace(&self, fd: Option<OwnedFd>) -> Option<OwnedFd> {
        self.lock.write();
        let old = self.fd.replace(fd);
        // SAFETY: it was taken above.
        unsafe { self.lock.release_write() };
        old
    }
}

/// From now on messages go there. The descriptor stays open for this purpose alone.
///
/// ```no_run
/// use cloudabi::os::OwnedFd;
///
/// fn begin(log: OwnedFd) {
///     cloudabi::panic::set_output(log);
/// }
/// ```
pub fn set_output(fd: impl Into<OwnedFd>) {
    drop(OUTPUT.replace(Some(fd.into())));
}

/// From now on messages go to the descriptor that the arguments have under this key, if there is one.
#[inline(never)]
pub(crate) fn report_to_argument(arguments: Argdata<'_>, key: &str) {
    let Ok(Some(value)) = arguments.get(key) else { return };
    let Ok(number) = value.as_fd() else { return };
    // SAFETY: whoever started the program says that this is one of its descriptors, and nothing was closed yet.
    let fd = unsafe { BorrowedFd::borrow_raw(cloudabi_sys::Fd(number)) };
    // The program may close its own one whenever it likes.
    if let Ok(duplicate) = fd.try_clone_to_owned() {
        set_output(duplicate);
    }
}

/// Writes a message and a new line, if there is a place for it.
#[cold]
#[inline(never)]
pub(crate) fn report(message: fmt::Arguments<'_>) {
    // Taken away meanwhile, so that a panic while it is written does not come back here forever.
    if let Some(fd) = OUTPUT.replace(None) {
        let mut writer = Writer { fd: fd.as_fd(), buffer: [0; 512], used: 0 };
        let _ = writeln!(writer, "{message}").and_then(|()| writer.flush());
        drop(OUTPUT.replace(Some(fd)));
    }
}

/// Collects pieces of text, and writes many at a time, so that what others write does not come in between.
struct Writer<'fd> {
    fd: BorrowedFd<'fd>,
    buffer: [u8; 512],
    used: usize,
}

impl Writer<'_> {
    fn flush(&mut self) -> fmt::Result {
        let mut bytes = self.buffer.get(..self.used).unwrap_or_default();
        self.used = 0;
        while !bytes.is_empty() {
            let written = io::fd::write(self.fd, bytes).map_err(|_| fmt::Error)?;
            bytes = bytes.get(written..).filter(|_| written > 0).ok_or(fmt::Error)?;
        }
        Ok(())
    }
}

impl fmt::Write for Writer<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            if self.used == self.buffer.len() {
                self.flush()?;
            }
            if let Some(place) = self.buffer.get_mut(self.used) {
                *place = byte;
                self.used += 1;
            }
        }
        Ok(())
    }
}

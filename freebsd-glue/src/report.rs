//! What the program's process has to say to whoever started it: why the program could not be started and, once it runs, why
//! the runtime failed.
//!
//! It is said through a pipe. What is behind the first [`STARTED`] was said when the program ran already. A hostile program can
//! write there as well, so that none of that is evidence.

use std::fmt::{self, Write as _};
use std::os::fd::{IntoRawFd, OwnedFd, RawFd};
use std::sync::atomic::{AtomicI32, Ordering};

use crate::capsicum;

/// Stands between what is said before the program runs and after.
pub const STARTED: u8 = 0;

/// Where it is said; -1 for nowhere.
static LINE: AtomicI32 = AtomicI32::new(-1);

/// Whatever is to be said is said here from now on, also by panics.
pub fn speak_on(line: OwnedFd) {
    // A descriptor that can be written to, and nothing else. It can be used even if that fails.
    let _ = capsicum::limit_to_writing(&line);
    LINE.store(line.into_raw_fd(), Ordering::Relaxed);
    std::panic::set_hook(Box::new(|panic| say(format_args!("{panic}"))));
}

/// Notes that the program runs.
pub fn started() {
    write(&[STARTED]);
}

/// The kernel's descriptor that this needs.
pub fn descriptor() -> Option<RawFd> {
    Some(LINE.load(Ordering::Relaxed)).filter(|line| *line >= 0)
}

/// Says something.
pub fn say(words: fmt::Arguments<'_>) {
    // It cannot fail.
    let _ = Line.write_fmt(words);
}

/// Ends the process, since the runtime cannot go on.
pub fn fail(words: &str) -> ! {
    say(format_args!("{words}"));
    std::process::abort()
}

/// Ends the process since the system refuses what the runtime cannot be without.
pub fn refused(doing: &str) -> ! {
    let error = std::io::Error::last_os_error();
    say(format_args!("cannot {doing}: {error}"));
    std::process::abort()
}

struct Line;

impl fmt::Write for Line {
    fn write_str(&mut self, words: &str) -> fmt::Result {
        write(words.as_bytes());
        Ok(())
    }
}

/// If nobody listens, nobody wants to know.
fn write(bytes: &[u8]) {
    if let Some(line) = descriptor() {
        // SAFETY: the bytes are there. The number is that of the pipe as long as nobody has closed it.
        unsafe { libc::write(line, bytes.as_ptr().cast(), bytes.len()) };
    }
}

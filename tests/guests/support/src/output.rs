//! Text through a descriptor.

use core::cell::Cell;
use core::fmt::{self, Write as _};
use core::panic::PanicInfo;

use cloudabi_sys::{Ciovec, Errno, Fd};

use crate::entry;

/// Writes text to a descriptor, as much as the host takes at a time.
#[derive(Clone, Copy, Debug)]
pub struct Output(pub Fd);

impl Output {
    /// Writes all of these bytes.
    ///
    /// # Errors
    ///
    /// The first one that the host reports.
    pub fn write_all(self, mut bytes: &[u8]) -> Result<(), Errno> {
        while !bytes.is_empty() {
            let vector = [Ciovec { buf: bytes.as_ptr().cast(), buf_len: bytes.len() }];
            // SAFETY: the vector's only element is a live slice.
            let written = unsafe { cloudabi_sys::fd_write(self.0, &vector) }?;
            bytes = bytes.get(written..).unwrap_or_default();
        }
        Ok(())
    }
}

impl fmt::Write for Output {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.write_all(text.as_bytes()).map_err(|_| fmt::Error)
    }
}

struct PanicOutput(Cell<Option<Output>>);

// SAFETY: these programs have one thread.
unsafe impl Sync for PanicOutput {}

static PANIC_OUTPUT: PanicOutput = PanicOutput(Cell::new(None));

/// From now on a panic says so there before it ends the program.
pub fn report_panics_to(output: Output) {
    PANIC_OUTPUT.0.set(Some(output));
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    // Taken, so that a panic while printing does not come back here forever.
    if let Some(mut output) = PANIC_OUTPUT.0.take() {
        let _ = writeln!(output, "Bail out! {info}");
    }
    entry::abort()
}

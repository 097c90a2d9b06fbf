//! Where a process writes its exit code for the one that made it.
//!
//! FreeBSD keeps all 32 bits of an exit code, and passes eight of them on where a process descriptor is waited for. So a
//! process and those that knew it from its beginning share a page of memory. Whoever got the process descriptor later has the
//! eight bits, which are never zero unless the exit code is.

use std::io;
use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicU64, Ordering};

/// A page for the end of one process.
#[derive(Debug)]
pub struct Ending {
    /// The exit code in the lower half, and [`SAID`] when there is one.
    word: *mut AtomicU64,
}

// SAFETY: the word is atomic, and there as long as the value.
unsafe impl Send for Ending {}
// SAFETY: as above.
unsafe impl Sync for Ending {}

/// There is an exit code.
const SAID: u64 = 1 << 32;

/// Where this process writes its own, which stays; null for nowhere.
static OWN: AtomicPtr<AtomicU64> = AtomicPtr::new(ptr::null_mut());

impl Ending {
    /// A page for a process that is going to be made.
    ///
    /// # Errors
    /// What mmap(2) says.
    pub fn new() -> io::Result<Ending> {
        let (access, flags) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_ANON | libc::MAP_SHARED);
        // SAFETY: nothing that is mapped is replaced.
        match unsafe { libc::mmap(ptr::null_mut(), size_of::<u64>(), access, flags, -1, 0) } {
            libc::MAP_FAILED => Err(io::Error::last_os_error()),
            // It is zero, and aligned to pages.
            page => Ok(Ending { word: page.cast() }),
        }
    }

    /// Makes it this process's own, in a new process.
    pub fn become_own(&self) {
        // The one before was that of the process that this one was copied from.
        OWN.store(self.word, Ordering::Relaxed);
    }

    /// The exit code, if the process said one.
    pub fn code(&self) -> Option<u32> {
        // SAFETY: the page is there as long as this.
        let word = unsafe { (*self.word).load(Ordering::Acquire) };
        (word & SAID != 0).then_some(word as u32)
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        if OWN.load(Ordering::Relaxed) != self.word {
            // SAFETY: nobody else has the page.
            unsafe { libc::munmap(self.word.cast(), size_of::<u64>()) };
        }
    }
}

/// Ends the process with this exit code.
pub fn exit(code: u32) -> ! {
    // SAFETY: if there is a page, it stays.
    if let Some(word) = unsafe { OWN.load(Ordering::Relaxed).as_ref() } {
        word.store(SAID | u64::from(code), Ordering::Release);
    }
    // Whoever sees only these bits must not take a failure for success.
    let shown = if code == 0 { 0 } else { (code & 0xff).max(1) };
    // SAFETY: nothing of the process is of use to anybody any more.
    unsafe { libc::_exit(shown.cast_signed()) }
}

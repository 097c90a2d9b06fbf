//! How a program ended, told through a page that parent and child share.
//!
//! The program itself could write to that page too, since it runs in the child: it can lie about its own end and about
//! nothing else.

use std::ptr::NonNull;
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::io::Errno;
use rustix::mm::{MapFlags, ProtFlags, mmap_anonymous, munmap};

/// The shared page. Dropping it takes it out of this process only.
#[derive(Debug)]
pub struct Status {
    page: NonNull<AtomicU64>,
}

/// What the page says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The child has not come so far as to run the program.
    NotStarted,
    /// The program runs, or ended without saying how.
    Started,
    /// The program ended itself with this exit code.
    Exited(u32),
}

const STARTED: u64 = 1 << 32;
const EXITED: u64 = 2 << 32;

impl Status {
    /// A new page, which says [`Outcome::NotStarted`].
    pub fn new() -> Result<Status, Errno> {
        let size = size_of::<AtomicU64>();
        // SAFETY: the mapping is new and replaces nothing.
        let page = unsafe {
            mmap_anonymous(std::ptr::null_mut(), size, ProtFlags::READ | ProtFlags::WRITE, MapFlags::SHARED)
        }?;
        Ok(Status { page: NonNull::new(page.cast()).ok_or(Errno::NOMEM)? })
    }

    fn word(&self) -> &AtomicU64 {
        // SAFETY: the page is mapped for as long as this lives, aligned as pages are, and only accessed atomically.
        unsafe { self.page.as_ref() }
    }

    /// Notes that the program runs from here on.
    pub fn started(&self) {
        self.word().store(STARTED, Ordering::Release);
    }

    /// Notes the exit code. The process is to end right after.
    pub fn exited(&self, code: u32) {
        self.word().store(EXITED | u64::from(code), Ordering::Release);
    }

    /// What was noted.
    pub fn outcome(&self) -> Outcome {
        match self.word().load(Ordering::Acquire) {
            0 => Outcome::NotStarted,
            word if word & EXITED != 0 => Outcome::Exited(word as u32),
            _ => Outcome::Started,
        }
    }
}

impl Drop for Status {
    fn drop(&mut self) {
        // SAFETY: nothing refers to the page once this is gone. If it cannot be unmapped it stays, which harms nobody.
        let _ = unsafe { munmap(self.page.as_ptr().cast(), size_of::<AtomicU64>()) };
    }
}

/// How the program's first process ended, told by the keeper through a page that only it and the parent have.
#[derive(Debug)]
pub struct Ended(Status);

impl Ended {
    /// A new page, which says nothing.
    pub fn new() -> Result<Ended, Errno> {
        Status::new().map(Ended)
    }

    /// Keeps the page from children that this process makes from here on.
    pub fn keep(&self) -> Result<(), Errno> {
        // SAFETY: the page is there, and stays for this process.
        unsafe {
            rustix::mm::madvise(
                self.0.page.as_ptr().cast(),
                rustix::param::page_size(),
                rustix::mm::Advice::LinuxDontFork,
            )
        }
    }

    /// Notes a status as wait(2) gives it.
    pub fn tell(&self, status: i32) {
        self.0.word().store(STARTED | u64::from(status.cast_unsigned()), Ordering::Release);
    }

    /// The status, if one was noted.
    pub fn status(&self) -> Option<i32> {
        let word = self.0.word().load(Ordering::Acquire);
        (word != 0).then_some((word as u32).cast_signed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_bits_of_an_exit_code_arrive() {
        let status = Status::new().expect("memory");
        assert_eq!(status.outcome(), Outcome::NotStarted);
        status.started();
        assert_eq!(status.outcome(), Outcome::Started);
        for code in [0, 1, 255, 256, u32::MAX] {
            status.exited(code);
            assert_eq!(status.outcome(), Outcome::Exited(code));
        }
    }
}

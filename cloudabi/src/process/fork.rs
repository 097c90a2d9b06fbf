//! Copying the process.

use cloudabi_sys::Fd;

use super::Child;
use crate::io;
use crate::os::OwnedFd;
use crate::thread::record;

/// Which of the two processes this is after [`fork`].
///
/// ```no_run
/// # use cloudabi::{io, process::{Fork, fork}};
/// fn is_child() -> io::Result<bool> {
///     Ok(matches!(fork()?, Fork::Child))
/// }
/// ```
#[derive(Debug)]
pub enum Fork {
    /// The one that asked for it, and that holds the new one.
    Parent(Child),
    /// The new one.
    Child,
}

/// Makes a copy of the process, with the calling thread as its only one.
///
/// The copy has all memory, and the same descriptors. What other threads held stays locked in the copy, without anybody
/// to release it: a program with several threads does little after this but [`exec`](super::exec()) or
/// [`exit`](super::exit). What the calling thread holds is held, and can be released, in both processes, unless
/// processes share it; the parent releases that.
///
/// ```no_run
/// use cloudabi::io;
/// use cloudabi::process::{ExitCode, Fork, exit, fork};
///
/// fn in_a_process(work: impl FnOnce() -> u32) -> io::Result<()> {
///     match fork()? {
///         Fork::Child => exit(ExitCode::from(work())),
///         Fork::Parent(child) => {
///             child.wait()?;
///             Ok(())
///         }
///     }
/// }
/// ```
///
/// # Errors
///
/// If there are as many processes as there may be, or there is no memory for another one.
pub fn fork() -> io::Result<Fork> {
    // Whoever allocates meanwhile would leave the copy's allocator locked for good.
    #[cfg(any(cloudabi, target_os = "cloudabi"))]
    let _held = crate::rt::hold_allocator();
    // SAFETY: the memory is copied as a whole, and nothing refers to other threads but what they hold.
    let (fd, number) = unsafe { cloudabi_sys::proc_fork() }?;
    if fd == Fd::PROCESS_CHILD {
        record::with(|record| record.renumber(number));
        return Ok(Fork::Child);
    }
    // SAFETY: it is new, and nobody else knows it.
    Ok(Fork::Parent(unsafe { OwnedFd::from_raw_fd(fd) }.into()))
}

//! The heap of the runtime.

#[cfg(target_env = "musl")]
pub use dlmalloc::GlobalDlmalloc as Heap;
/// The C library's heap. musl's own maps and unmaps memory all the time, which takes longer than all else that it does.
#[cfg(not(target_env = "musl"))]
pub use std::alloc::System as Heap;

/// Makes the heap usable in copies of this process, which has one thread.
pub fn survive_forks() {
    #[cfg(target_env = "musl")]
    // SAFETY: this has copies take the heap's lock before they are made, once. There is one thread, so that nobody has it now, and
    // what was allocated before does not matter.
    unsafe {
        dlmalloc::enable_alloc_after_fork();
    }
}

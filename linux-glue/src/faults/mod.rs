//! What happens if an instruction faults: `SIGSEGV`, `SIGBUS`, `SIGILL`, `SIGFPE` and `SIGTRAP`.
//!
//! If the instruction is one of those that may fault ([`cloudabi_host::copy::landing`]), the thread goes on where they
//! say. Any other fault is the program's own, and ends the process with the signal that it caused. Kernels before
//! Linux 6.15 do not tell whoever holds a pidfd which signal that was, so the handler can [`tell`] it.
//!
//! The parent is told where it was and what the thread did last ([`Account`]).
//!
//! The handler runs while the thread runs the program, too. Then the thread word is the program's, and so is the stack
//! pointer. So the handler
//!
//! - runs on a stack of its own, which each thread must have ([`AlternateStack`]);
//! - uses no thread-local variable, not even `errno`: it makes its system calls itself;
//! - decides by the address of the instruction alone.

mod account;
mod alternate_stack;
mod handler;

pub use account::{Account, FAULT_KIND, PLACED_KIND, Place, RAISED_KIND, SIZE as ACCOUNT_SIZE};
pub use alternate_stack::AlternateStack;
pub use handler::{FAULT, install, report_to, tell};

//! What holds a program in.
//!
//! The child calls [`Sandbox::raise`] when everything is open and mapped, and before the program's first instruction.
//! From then on nothing outside of what was granted may be reachable, whatever the program does with the process that
//! it shares with the runtime.

use crate::launch::LaunchError;

/// The ways of holding a program in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sandbox {
    /// None: the ABI alone gives a program nothing that it was not granted, but one that makes Linux's system calls
    /// itself can do all that the user who started it can.
    None,
}

impl Sandbox {
    /// Raises it around the calling process, for good.
    ///
    /// # Errors
    /// [`LaunchError`] if the kernel lacks something that it needs. The program must not run then.
    pub(crate) fn raise(self) -> Result<(), LaunchError> {
        match self {
            Sandbox::None => Ok(()),
        }
    }
}

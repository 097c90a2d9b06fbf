//! What a process says when it ends.

use core::fmt;

use cloudabi_sys::Exitcode;

/// The code that a process ends with: 32 bits, of which 0 means by convention that all went well.
///
/// ```
/// use cloudabi::process::ExitCode;
///
/// assert!(ExitCode::SUCCESS.is_success());
/// assert_eq!(ExitCode::from(70_000).to_u32(), 70_000);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct ExitCode(Exitcode);

impl ExitCode {
    /// All went well: 0.
    ///
    /// ```
    /// # use cloudabi::process::ExitCode;
    /// assert_eq!(ExitCode::SUCCESS, ExitCode::from(0));
    /// ```
    pub const SUCCESS: ExitCode = ExitCode(0);

    /// Something went wrong: 1.
    ///
    /// ```
    /// # use cloudabi::process::ExitCode;
    /// assert_eq!(ExitCode::FAILURE, ExitCode::from(1));
    /// ```
    pub const FAILURE: ExitCode = ExitCode(1);

    /// The arguments are not what the program wants: 2. `#[cloudabi::main]` ends programs with it.
    ///
    /// ```
    /// # use cloudabi::process::ExitCode;
    /// assert!(!ExitCode::ARGUMENTS.is_success());
    /// ```
    pub const ARGUMENTS: ExitCode = ExitCode(2);

    /// The number.
    ///
    /// ```
    /// # use cloudabi::process::ExitCode;
    /// assert_eq!(ExitCode::from(256).to_u32(), 256);
    /// ```
    pub const fn to_u32(self) -> u32 {
        self.0
    }

    /// Whether it means that all went well.
    ///
    /// ```
    /// # use cloudabi::process::ExitCode;
    /// assert!(!ExitCode::from(256).is_success());
    /// ```
    pub const fn is_success(self) -> bool {
        self.0 == 0
    }
}

impl From<u32> for ExitCode {
    fn from(code: u32) -> Self {
        ExitCode(code)
    }
}

impl fmt::Display for ExitCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "exit code {}", self.0)
    }
}

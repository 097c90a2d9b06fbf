//! How a program's end becomes the exit status of `cloudabi-run`.

use std::path::Path;

use crate::host;

/// How a program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It exited with this code.
    Exited(u32),
    /// A signal of the host's with this number ended it.
    Killed(i32),
}

/// The exit status when the program could not start, whatever the reason: the program, its configuration, or the
/// command line.
pub const NOT_STARTED: u8 = 127;

/// The exit code by which programs say that their arguments are not what they want: the library for programs has it, as
/// have many commands.
pub const ARGUMENTS: u32 = 2;

/// What to say of a program that ended with [`ARGUMENTS`] and had no place to say why.
pub fn of_arguments(program: &Path) -> String {
    format!(
        "cloudabi-run: {} ended with the code {ARGUMENTS}: by that, many programs say that their arguments are not what \
         they want\n |\n = help: many say why if they are given a place for that: `--fd stderr=stderr`\n",
        program.display()
    )
}

impl End {
    /// The exit status that stands for it.
    ///
    /// An exit status has eight bits, an exit code of the ABI 32. As everywhere the low eight are shown, but where
    /// these would be 0 and make success of a failure, it is 255. A signal gives 128 and its number, as in shells.
    pub fn status(self) -> u8 {
        match self {
            End::Exited(0) => 0,
            End::Exited(code) if code & 0xff == 0 => 255,
            End::Exited(code) => (code & 0xff) as u8,
            End::Killed(signal) => 128_u8.saturating_add(signal.clamp(0, 127) as u8),
        }
    }

    /// Ends this process as the program ended, or gives the exit status to end it with.
    ///
    /// After a signal it dies of the same one, so that a shell says what it always says then, and a loop in a script
    /// ends on Ctrl-C. Where that fails, as for the first process of a container, what is left is the exit status.
    pub fn exit(self) -> u8 {
        if let End::Killed(signal) = self {
            host::die_of(signal);
        }
        self.status()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failure_never_looks_like_success() {
        let cases =
            [(0, 0), (1, 1), (127, 127), (255, 255), (256, 255), (257, 1), (u32::MAX, 255), (1 << 31, 255)];
        for (code, status) in cases {
            assert_eq!(End::Exited(code).status(), status, "{code}");
        }
        assert_eq!(End::Killed(6).status(), 134);
        assert_eq!(End::Killed(-1).status(), 128);
        assert_eq!(End::Killed(1000).status(), 255);
    }
}

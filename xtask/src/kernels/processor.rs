//! The processors that machines are emulated with.

use std::process::Command;

use crate::debian::Tool;

/// A processor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Processor {
    X86_64,
    Aarch64,
}

impl Processor {
    /// What Debian calls it.
    pub fn debian(self) -> &'static str {
        match self {
            Processor::X86_64 => "amd64",
            Processor::Aarch64 => "arm64",
        }
    }

    /// Whether it is the one that this program was built for.
    pub fn is_this(self) -> bool {
        match self {
            Processor::X86_64 => cfg!(target_arch = "x86_64"),
            Processor::Aarch64 => cfg!(target_arch = "aarch64"),
        }
    }

    /// The emulator.
    pub fn emulator(self) -> Tool {
        match self {
            Processor::X86_64 => ("/usr/bin/qemu-system-x86_64", "qemu-system-x86"),
            Processor::Aarch64 => ("/usr/bin/qemu-system-aarch64", "qemu-system-arm"),
        }
    }

    /// A command that emulates a machine with all that the processor can have, and the kernel's name for the first serial line.
    pub fn machine(self) -> (Command, &'static str) {
        let mut command = Command::new(self.emulator().0);
        // With the algorithm of the architecture, signing pointers takes most of the time.
        let (machine, processor, console) = match self {
            Processor::X86_64 => ("pc", "max", "ttyS0"),
            Processor::Aarch64 => ("virt", "max,pauth-impdef=on", "ttyAMA0"),
        };
        command.args(["-machine", machine, "-accel", "tcg", "-cpu", processor]);
        (command, console)
    }
}

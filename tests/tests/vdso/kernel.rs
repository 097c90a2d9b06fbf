//! What kernels do at a trap, one for each trap family: the conventions as facts, not as the emitter has them.

use crate::convention::{Parameter, Signature, Spot, c_places};
use crate::isa::{AARCH64, ARMV6, I686, Isa, X86_64};
use crate::machine::{Machine, Marks};

/// How a call ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Well, with these results.
    Success(Vec<u64>),
    /// With this error number.
    Failure(u64),
}

/// A trap family and its kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kernel {
    X86_64,
    Aarch64,
    I686,
    Armv6,
    I686On64bit,
    Armv6On64bit,
}

impl Kernel {
    /// All of them.
    pub const ALL: [Kernel; 6] = [
        Kernel::X86_64,
        Kernel::Aarch64,
        Kernel::I686,
        Kernel::Armv6,
        Kernel::I686On64bit,
        Kernel::Armv6On64bit,
    ];

    /// The name in the file's name.
    pub fn name(self) -> &'static str {
        match self {
            Kernel::X86_64 => "x86_64",
            Kernel::Aarch64 => "aarch64",
            Kernel::I686 => "i686",
            Kernel::Armv6 => "armv6",
            Kernel::I686On64bit => "i686_on_64bit",
            Kernel::Armv6On64bit => "armv6_on_64bit",
        }
    }

    /// The processor that its programs are compiled for.
    pub fn isa(self) -> &'static Isa {
        match self {
            Kernel::X86_64 => &X86_64,
            Kernel::Aarch64 => &AARCH64,
            Kernel::I686 | Kernel::I686On64bit => &I686,
            Kernel::Armv6 | Kernel::Armv6On64bit => &ARMV6,
        }
    }

    /// The register with the call's number.
    fn number_register(self) -> &'static str {
        match self {
            Kernel::X86_64 => "rax",
            Kernel::Aarch64 => "x8",
            Kernel::I686 | Kernel::I686On64bit => "eax",
            Kernel::Armv6 => "r12",
            Kernel::Armv6On64bit => "r0",
        }
    }

    /// The registers with results.
    fn result_registers(self) -> [&'static str; 2] {
        match self {
            Kernel::X86_64 => ["rax", "rdx"],
            Kernel::Aarch64 => ["x0", "x1"],
            Kernel::I686 | Kernel::I686On64bit => ["eax", "edx"],
            Kernel::Armv6 | Kernel::Armv6On64bit => ["r0", "r1"],
        }
    }

    /// The register with the block's address, where there is a block.
    fn block_register(self) -> Option<&'static str> {
        match self {
            Kernel::I686On64bit => Some("ecx"),
            Kernel::Armv6On64bit => Some("r2"),
            _ => None,
        }
    }

    /// Checks the number and every argument, then does to the machine what a kernel may do, and what the
    /// outcome asks for.
    pub fn serve(
        self,
        machine: &mut Machine,
        marks: &mut Marks,
        signature: &Signature,
        values: &[u64],
        outcome: &Outcome,
    ) -> Result<(), String> {
        let number = machine.get(self.number_register());
        if number != signature.number {
            return Err(format!("the kernel sees call {number}, not {}", signature.number));
        }
        for (index, (input, value)) in signature.inputs.iter().zip(values).enumerate() {
            let seen = self.argument(machine, signature, index)?;
            if seen != *value {
                return Err(format!("the kernel sees {seen:#x} as {}, not {value:#x}", input.name));
            }
        }
        let block = self.block_register().map(|register| machine.get(register));
        if let Some(block) = block {
            let end = block + 8 * signature.inputs.len().max(2) as u64;
            if block < machine.get(machine.isa.sp) || end > machine.caller_sp() {
                return Err(format!("the block is at {block:#x}, not on the stub's stack"));
            }
        }
        machine.clobber_below_stack(marks);
        machine.clobber_registers(marks);
        let results = self.result_registers();
        match outcome {
            Outcome::Failure(errno) => {
                machine.set(results[0], *errno);
                if self != Kernel::I686On64bit {
                    machine.set_carry(true);
                }
            }
            Outcome::Success(values) => {
                if self != Kernel::I686On64bit {
                    machine.set_carry(false);
                }
                match block {
                    Some(block) => {
                        machine.set(results[0], 0);
                        let mut slots = marks.bytes(16);
                        place_results(&mut slots, signature, values, 8);
                        machine.write(block, &slots);
                    }
                    None if values.is_empty() => machine.set(results[0], 0),
                    None => {
                        let word = machine.isa.word;
                        let mut bytes = marks.bytes(2 * word);
                        place_results(&mut bytes, signature, values, word);
                        for (register, chunk) in results.iter().zip(bytes.chunks(word)) {
                            let mut number = [0; 8];
                            number[..word].copy_from_slice(chunk);
                            machine.set(register, u64::from_le_bytes(number));
                        }
                    }
                }
            }
        }
        Ok(())
    }

    /// The argument of this index as the kernel reads it.
    fn argument(self, machine: &Machine, signature: &Signature, index: usize) -> Result<u64, String> {
        let input = &signature.inputs[index];
        let cut = |value: u64| if input.bytes == 8 { value } else { value & ((1 << (input.bytes * 8)) - 1) };
        match self {
            Kernel::X86_64 => {
                let registers = ["rdi", "rsi", "rdx", "r10", "r8", "r9"];
                Ok(cut(machine.get(registers.get(index).ok_or("too many arguments")?)))
            }
            Kernel::Aarch64 => {
                let registers = ["x0", "x1", "x2", "x3", "x4", "x5"];
                Ok(cut(machine.get(registers.get(index).ok_or("too many arguments")?)))
            }
            Kernel::I686 => {
                let before: usize = signature.inputs[..index].iter().map(|i| i.bytes.div_ceil(4) * 4).sum();
                machine.read_number(machine.get("esp") + 4 + before as u64, input.bytes)
            }
            Kernel::Armv6 => {
                let spots = &c_places(machine.isa, &signature.inputs)[index];
                let mut value = 0;
                for (shift, spot) in (0..).step_by(32).zip(spots) {
                    value |= match spot {
                        Spot::Register(register) => machine.get(register),
                        Spot::Stack(offset) => machine.read_word(machine.get("sp") + offset)?,
                    } << shift;
                }
                Ok(cut(value))
            }
            Kernel::I686On64bit | Kernel::Armv6On64bit => {
                let block = self.block_register().map_or(0, |register| machine.get(register));
                let slot = machine.read_number(block + index as u64 * 8, 8)?;
                // Addresses are read as 64 bits, whatever the program's pointers are.
                Ok(if input.is_address { slot } else { cut(slot) })
            }
        }
    }
}

/// Puts results into slots of this width: each begins a slot, and may take several.
fn place_results(slots: &mut [u8], signature: &Signature, values: &[u64], width: usize) {
    let mut at = 0;
    for (Parameter { bytes, .. }, value) in signature.outputs.iter().zip(values) {
        slots[at..at + bytes].copy_from_slice(&value.to_le_bytes()[..*bytes]);
        at += bytes.next_multiple_of(width);
    }
}

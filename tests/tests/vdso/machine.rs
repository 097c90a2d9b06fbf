//! An emulated processor with an image of stubs, a stack for the caller, and places for results.

use crate::image::Image;
use crate::isa::Isa;
use crate::unicorn::Engine;
use crate::unwind::Caller;
use std::path::Path;

/// Numbers that look random and are the same in every run.
pub struct Marks(u64);

impl Marks {
    /// A sequence of its own for each text.
    pub fn new(seed: &str) -> Self {
        Marks(seed.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        }))
    }

    /// The next number (splitmix64).
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// So many bytes.
    pub fn bytes(&mut self, count: usize) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(count + 8);
        while bytes.len() < count {
            bytes.extend_from_slice(&self.next().to_le_bytes());
        }
        bytes.truncate(count);
        bytes
    }
}

/// Bytes of each part of memory that has no size of its own.
const PART: usize = 0x2000;

/// Memory below the stack pointer that a signal handler, or a kernel, is taken to overwrite at a trap.
const BELOW_STACK: usize = 0x400;

/// The processor and its memory.
pub struct Machine {
    engine: Engine,
    /// Which processor.
    pub isa: &'static Isa,
    /// Where memory begins.
    base: u64,
    /// Whether unwinding is tried before each instruction.
    pub is_unwinding: bool,
}

/// Where memory begins. On 64-bit machines, beyond 4 GiB, so that no pointer survives being cut.
fn base(isa: &Isa) -> u64 {
    if isa.word == 8 { 0x5a_0000_0000 } else { 0x5000_0000 }
}

/// Where results go.
pub fn outputs(isa: &Isa) -> u64 {
    base(isa) + 0x200_0000
}

/// How a stub ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It returned to its caller.
    Returned,
    /// It reached an instruction that stops the program.
    Stopped,
}

/// What a stub reached that the test acts for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A trap instruction: the kernel's turn.
    Trap,
    /// The dispatch entry of this number: the host's turn.
    Entry(u64),
}

impl Machine {
    /// A machine with this image in memory and a dispatch table of so many entries.
    pub fn new(library: &Path, isa: &'static Isa, image: &Image, entries: usize) -> Self {
        let base = base(isa);
        let mut machine = Machine {
            engine: Engine::new(library, isa.engine.0, isa.engine.1),
            isa,
            base,
            is_unwinding: true,
        };
        machine.engine.map(base, image.bytes.len().next_multiple_of(0x1000));
        machine.write(base, &image.bytes);
        for part in [machine.stack(), outputs(isa), machine.host_stack(), machine.thread()] {
            machine.engine.map(part, PART);
        }
        // The emulator looks at the instruction after the one that it executes, so these must exist.
        machine.engine.map(machine.caller(), PART);
        machine.engine.map(machine.entry(0), (entries * 16 + 16).next_multiple_of(0x1000));
        machine.engine.map(machine.tables(), (entries * 8).max(1).next_multiple_of(0x1000));
        let addresses = (0..entries as u64).flat_map(|number| machine.entry(number).to_le_bytes());
        let table: Vec<u8> = addresses.collect();
        machine.write(machine.tables(), &table);
        machine
    }

    fn stack(&self) -> u64 {
        self.base + 0x100_0000
    }

    fn host_stack(&self) -> u64 {
        self.base + 0x300_0000
    }

    /// Top of the host stack: inside its part, so that writes above it are seen.
    pub fn host_stack_top(&self) -> u64 {
        self.host_stack() + 0x1800
    }

    /// Room for thread control blocks.
    pub fn thread(&self) -> u64 {
        self.base + 0x400_0000
    }

    /// Room for the dispatch table.
    pub fn tables(&self) -> u64 {
        self.base + 0x500_0000
    }

    /// The address that stands for the dispatch entry of a number.
    pub fn entry(&self, number: u64) -> u64 {
        self.base + 0x1000_0000 + number * 16
    }

    /// The address that stands for the stub's caller.
    pub fn caller(&self) -> u64 {
        self.base + 0x800_0000
    }

    /// The stack pointer that callers have where they call: as C wants it aligned.
    pub fn caller_sp(&self) -> u64 {
        self.stack() + 0x1800
    }

    /// The caller's part of the stack, from its stack pointer up, and its results, thread blocks and host
    /// stack above its top: what a stub may change only where a result goes.
    pub fn caller_memory(&self) -> Vec<(u64, Vec<u8>)> {
        let parts = [
            (self.caller_sp(), self.stack() + PART as u64),
            (outputs(self.isa), outputs(self.isa) + PART as u64),
            (self.thread(), self.thread() + PART as u64),
            (self.host_stack_top(), self.host_stack() + PART as u64),
        ];
        parts.into_iter().map(|(from, to)| (from, self.read(from, (to - from) as usize).unwrap())).collect()
    }

    /// Fills all memory that stubs can reach.
    pub fn fill(&mut self, marks: &mut Marks) {
        for part in [self.stack(), outputs(self.isa), self.host_stack(), self.thread()] {
            let bytes = marks.bytes(PART);
            self.write(part, &bytes);
        }
    }

    /// A register.
    pub fn get(&self, name: &str) -> u64 {
        self.engine.register(self.isa.register(name).id)
    }

    /// Sets a register, cut to its width.
    pub fn set(&mut self, name: &str, value: u64) {
        self.engine.set_register(self.isa.register(name).id, self.cut(value));
    }

    /// A register that is not among [`Isa::registers`].
    pub fn get_special(&self, id: i32) -> u64 {
        self.engine.register(id)
    }

    /// Sets a register that is not among [`Isa::registers`].
    pub fn set_special(&mut self, id: i32, value: u64) {
        self.engine.set_register(id, value);
    }

    /// A number cut to a word.
    pub fn cut(&self, value: u64) -> u64 {
        if self.isa.word == 8 { value } else { value & 0xffff_ffff }
    }

    /// Sets or clears the carry flag.
    pub fn set_carry(&mut self, carry: bool) {
        let flags = self.engine.register(self.isa.flags);
        let flags = if carry { flags | self.isa.carry } else { flags & !self.isa.carry };
        self.engine.set_register(self.isa.flags, flags);
    }

    /// Memory.
    pub fn read(&self, address: u64, length: usize) -> Result<Vec<u8>, String> {
        self.engine.read(address, length)
    }

    /// A little-endian number in memory.
    pub fn read_number(&self, address: u64, length: usize) -> Result<u64, String> {
        let mut bytes = self.read(address, length)?;
        bytes.resize(8, 0);
        Ok(u64::from_le_bytes(bytes.try_into().map_err(|_| "more than 8 bytes")?))
    }

    /// A word in memory.
    pub fn read_word(&self, address: u64) -> Result<u64, String> {
        self.read_number(address, self.isa.word)
    }

    /// Writes memory.
    ///
    /// # Panics
    /// Where there is none.
    pub fn write(&mut self, address: u64, bytes: &[u8]) {
        self.engine.write(address, bytes).unwrap();
    }

    /// Writes a word.
    pub fn write_word(&mut self, address: u64, value: u64) {
        let word = self.isa.word;
        self.write(address, &value.to_le_bytes()[..word]);
    }

    /// Writes rubbish below the stack pointer, as a signal handler might: nothing that matters may be there.
    pub fn clobber_below_stack(&mut self, marks: &mut Marks) {
        let sp = self.get(self.isa.sp);
        let rubbish = marks.bytes(BELOW_STACK);
        self.write(sp - BELOW_STACK as u64, &rubbish);
    }

    /// Puts rubbish into every register that a C function may change.
    pub fn clobber_registers(&mut self, marks: &mut Marks) {
        for name in self.isa.changeable() {
            let rubbish = marks.next();
            self.set(name, rubbish);
        }
        self.set_carry(marks.next() & 1 == 1);
    }

    /// Runs a stub of the image from its beginning until it returns or stops. Before each instruction, unwinding
    /// must lead to `caller`; `act` does what a kernel or host would.
    pub fn run(
        &mut self,
        image: &Image,
        stub: u64,
        caller: &Caller,
        mut act: impl FnMut(&mut Machine, Event) -> Result<(), String>,
    ) -> Result<End, String> {
        self.engine.set_register(self.isa.pc, self.base + stub);
        for _ in 0..200 {
            let pc = self.engine.register(self.isa.pc);
            if pc == caller.pc {
                return Ok(End::Returned);
            }
            if pc >= self.entry(0) {
                self.host_turn(image, pc, caller, &mut act)?;
                continue;
            }
            if pc < self.base || pc >= self.base + image.bytes.len() as u64 {
                return Err(format!("the stub goes astray, to {pc:#x}"));
            }
            if self.is_unwinding {
                image.unwind.check(self, pc - self.base, caller)?;
            }
            let at = (pc - self.base) as usize;
            let instruction = &image.bytes[at..];
            if instruction.starts_with(self.isa.stop) {
                return Ok(End::Stopped);
            }
            match self.isa.traps.iter().find(|trap| instruction.starts_with(trap)) {
                Some(trap) => {
                    act(self, Event::Trap)?;
                    self.engine.set_register(self.isa.pc, pc + trap.len() as u64);
                }
                None => self.engine.step(pc)?,
            }
        }
        Err("the stub does not come to an end".to_string())
    }

    /// A dispatch entry was called: the stack must be as C wants it, and unwinding must work through the call.
    fn host_turn(
        &mut self,
        image: &Image,
        pc: u64,
        caller: &Caller,
        act: &mut impl FnMut(&mut Machine, Event) -> Result<(), String>,
    ) -> Result<(), String> {
        let sp = self.get(self.isa.sp);
        let (back, sp_after) = match self.isa.link {
            Some(link) => (self.get(link), sp),
            None => (self.read_word(sp)?, sp + self.isa.word as u64),
        };
        if !sp_after.is_multiple_of(16) {
            return Err(format!("the stack pointer is {sp_after:#x} at the call: not aligned"));
        }
        if back <= self.base || back >= self.base + image.bytes.len() as u64 {
            return Err(format!("the entry would return to {back:#x}"));
        }
        // An unwinder looks up the call, which ends where it returns to.
        self.set(self.isa.sp, sp_after);
        if self.is_unwinding {
            image.unwind.check(self, back - 1 - self.base, caller)?;
        }
        self.set(self.isa.sp, sp);
        act(self, Event::Entry((pc - self.entry(0)) / 16))?;
        if let Some(link) = self.isa.link {
            self.set(link, !back);
        }
        self.set(self.isa.sp, sp_after);
        self.engine.set_register(self.isa.pc, back);
        Ok(())
    }
}

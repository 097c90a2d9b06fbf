//! Runs one stub once and holds against C's and the kernel's or host's conventions what it did.

use crate::convention::{Parameter, Signature, Spot, c_places};
use crate::image::Image;
use crate::isa::{AARCH64_THREAD, Isa, X86_64_FS_BASE};
use crate::kernel::{Kernel, Outcome};
use crate::machine::{self, End, Event, Machine, Marks};
use crate::unwind::Caller;

/// Who serves the calls of a file of stubs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// A kernel, by trap.
    Trap(Kernel),
    /// A host in the same process.
    Emulated,
}

/// Space between results: none may reach into another's.
const OUTPUT_SPACE: u64 = 64;

/// Who calls the stub.
#[derive(Clone, Copy)]
pub enum CallFrom<'a> {
    /// The test does, by putting marked arguments where C does. The function is the stub itself.
    Test,
    /// The function is one that a C compiler made, which calls the stub with these inputs.
    Compiler(&'a [u64]),
}

/// Runs a stub.
pub fn check(
    machine: &mut Machine,
    image: &Image,
    family: Family,
    signature: &Signature,
    symbol: &str,
    from: CallFrom<'_>,
    outcome: &Outcome,
) -> Result<(), String> {
    let isa = machine.isa;
    let mut marks = Marks::new(&format!("{symbol} {outcome:?}"));
    machine.fill(&mut marks);
    for register in isa.registers.iter().filter(|r| r.name != isa.sp) {
        let value = marks.next();
        machine.set(register.name, value);
    }
    machine.set_carry(marks.next() & 1 == 1);
    let mut call = enter(machine, &mut marks, signature, matches!(from, CallFrom::Test));
    if let CallFrom::Compiler(inputs) = from {
        call.inputs = inputs.to_vec();
    }
    // Frames between the stub and the test are the compiler's own.
    machine.is_unwinding = matches!(from, CallFrom::Test);
    let host = (family == Family::Emulated).then(|| Host::new(machine, &mut marks));
    let caller = Caller {
        pc: machine.caller(),
        sp: machine.caller_sp(),
        kept: isa.kept.iter().map(|name| (*name, machine.get(name))).collect(),
    };
    let mut before = machine.caller_memory();
    let (stub, _) = *image.functions.get(symbol).ok_or_else(|| format!("no function {symbol}"))?;
    let mut served = 0;
    let end = machine.run(image, stub, &caller, |machine, event| {
        served += 1;
        match (family, event) {
            (Family::Trap(kernel), Event::Trap) => {
                kernel.serve(machine, &mut marks, signature, &call.inputs, outcome)
            }
            (Family::Emulated, Event::Entry(number)) => {
                let host = host.as_ref().ok_or("no host")?;
                // The stub's own frame pointer and link are in use; all else that a function keeps is
                // the guest's still.
                let untouched = caller.kept.iter().filter(|(name, _)| !["rbp", "x29", "x30"].contains(name));
                for (name, value) in untouched {
                    if machine.is_unwinding && machine.get(name) != *value {
                        return Err(format!("{name} is {:#x} during the call", machine.get(name)));
                    }
                }
                host.serve(machine, &mut marks, signature, number, &call, outcome)
            }
            (_, event) => Err(format!("unexpected {event:?}")),
        }
    })?;
    if served != 1 {
        return Err(format!("the call was served {served} times"));
    }
    if signature.noreturn {
        return if end == End::Stopped { Ok(()) } else { Err("the stub returned".to_string()) };
    }
    if end != End::Returned {
        return Err("the stub stopped the program".to_string());
    }
    let returned = machine.get(isa.result) & 0xffff_ffff;
    let expected = if let Outcome::Failure(errno) = outcome { *errno } else { 0 };
    if returned != expected {
        return Err(format!("the stub returned {returned:#x}, not {expected:#x}"));
    }
    if machine.get(isa.sp) != caller.sp {
        return Err(format!("the stack pointer is {:#x} in the end", machine.get(isa.sp)));
    }
    // Having returned is all that is asked of the link register.
    for (name, value) in caller.kept.iter().filter(|(name, _)| isa.link != Some(name)) {
        if machine.get(name) != *value {
            return Err(format!("{name} is {:#x} in the end, not {value:#x}", machine.get(name)));
        }
    }
    if let Some(host) = host
        && machine.read_thread_word() != host.guest_word
    {
        return Err("the guest's thread word is not back".to_string());
    }
    if let (Family::Trap(_), Outcome::Success(results)) = (family, outcome) {
        for ((output, address), result) in signature.outputs.iter().zip(&call.outputs).zip(results) {
            for (start, bytes) in &mut before {
                if *start <= *address && *address < *start + bytes.len() as u64 {
                    let at = (*address - *start) as usize;
                    bytes[at..at + output.bytes].copy_from_slice(&result.to_le_bytes()[..output.bytes]);
                }
            }
        }
    }
    for ((start, expected), (_, found)) in before.iter().zip(machine.caller_memory()) {
        if let Some(at) = expected.iter().zip(&found).position(|(expected, found)| expected != found) {
            let offset = (start + at as u64).wrapping_sub(machine::outputs(isa));
            return Err(format!(
                "the byte at {:#x} ({offset:#x} into the results) is wrong",
                start + at as u64
            ));
        }
    }
    Ok(())
}

/// The arguments of a call that was set up.
struct Arguments {
    /// The inputs' values.
    inputs: Vec<u64>,
    /// Where the results are to go.
    outputs: Vec<u64>,
}

/// Where the result of this index goes.
pub fn output_address(isa: &Isa, index: usize) -> u64 {
    machine::outputs(isa) + OUTPUT_SPACE * (index as u64 + 1)
}

/// Puts the return address where C does, and if asked marked arguments, with rubbish around them.
fn enter(machine: &mut Machine, marks: &mut Marks, signature: &Signature, with_arguments: bool) -> Arguments {
    let isa = machine.isa;
    let outputs: Vec<u64> = (0..signature.outputs.len()).map(|index| output_address(isa, index)).collect();
    let mut values = Vec::new();
    let mut inputs = Vec::new();
    for input in &signature.inputs {
        let raw = marks.next();
        values.push(raw);
        inputs.push(if input.bytes == 8 { raw } else { raw & ((1 << (input.bytes * 8)) - 1) });
    }
    values.extend(&outputs);
    let places = if with_arguments { c_places(isa, &c_arguments(signature, isa)) } else { Vec::new() };
    for (places, value) in places.iter().zip(&values) {
        for (index, place) in places.iter().enumerate() {
            // Upper bits that a narrow argument does not use are rubbish already; words go lowest first.
            let word = value >> (index * isa.word * 8).min(63);
            match place {
                Spot::Register(register) => machine.set(register, word),
                Spot::Stack(offset) => machine.write_word(machine.caller_sp() + offset, word),
            }
        }
    }
    let (caller, sp) = (machine.caller(), machine.caller_sp());
    match isa.link {
        Some(link) => {
            machine.set(link, caller);
            machine.set(isa.sp, sp);
        }
        None => {
            machine.write_word(sp - isa.word as u64, caller);
            machine.set(isa.sp, sp - isa.word as u64);
        }
    }
    Arguments { inputs, outputs }
}

/// The parameters of the C function: inputs, then a pointer per output.
fn c_arguments(signature: &Signature, isa: &Isa) -> Vec<Parameter> {
    let pointer = |output: &Parameter| Parameter {
        name: output.name.clone(),
        bytes: isa.word,
        align: isa.word,
        is_address: true,
    };
    signature.inputs.iter().cloned().chain(signature.outputs.iter().map(pointer)).collect()
}

/// The host's side of an emulation stub.
struct Host {
    /// What the thread word holds while the guest runs.
    guest_word: u64,
    /// What it must hold while the host runs.
    host_word: u64,
    /// The thread block.
    block: u64,
}

impl Host {
    /// Lays out the thread control block, the thread block and the dispatch table.
    fn new(machine: &mut Machine, marks: &mut Marks) -> Self {
        let block = machine.thread() + 0x800;
        let guest_word = machine.thread() + 0x400;
        let host_word = marks.next();
        machine.write_word(guest_word, block);
        machine.write_word(block, host_word);
        machine.write_word(block + 8, machine.host_stack_top());
        machine.write_word(block + 16, machine.tables());
        machine.point_thread_word();
        machine.write_thread_word(guest_word);
        Host { guest_word, host_word, block }
    }

    /// A dispatch entry's turn.
    fn serve(
        &self,
        machine: &mut Machine,
        marks: &mut Marks,
        signature: &Signature,
        number: u64,
        call: &Arguments,
        outcome: &Outcome,
    ) -> Result<(), String> {
        if number != signature.number {
            return Err(format!("the host's entry {number} was called, not {}", signature.number));
        }
        if machine.read_thread_word() != self.host_word {
            return Err("the thread word is not the host's during the call".to_string());
        }
        let [first, second] = if machine.isa.name == "x86_64" { ["rdi", "rsi"] } else { ["x0", "x1"] };
        if machine.get(first) != self.block {
            return Err(format!(
                "the entry's first argument is {:#x}, not the thread block",
                machine.get(first)
            ));
        }
        let (sp, top, slots) = (machine.get(machine.isa.sp), machine.host_stack_top(), machine.get(second));
        let arguments = c_arguments(signature, machine.isa);
        if sp + 0x800 < top || slots < sp || slots + 8 * arguments.len() as u64 > top {
            return Err(format!("stack {sp:#x} or slots {slots:#x} are not on the host stack"));
        }
        let values = call.inputs.iter().chain(&call.outputs);
        for (index, (argument, value)) in arguments.iter().zip(values).enumerate() {
            let seen = machine.read_number(slots + 8 * index as u64, argument.bytes)?;
            if seen != *value {
                return Err(format!("slot {index} holds {seen:#x} for {}, not {value:#x}", argument.name));
            }
        }
        if machine.read_word(top - 8)? != self.guest_word {
            return Err("the guest's thread pointer is not below the top of the host stack".to_string());
        }
        let frame = machine.read_word(top - 16)?;
        if machine.is_unwinding && machine.read_word(frame + 8)? != machine.caller() {
            return Err("the guest's frame record does not lead to the caller".to_string());
        }
        machine.clobber_below_stack(marks);
        machine.clobber_registers(marks);
        let error = if let Outcome::Failure(errno) = outcome { *errno } else { 0 };
        // Only the low 32 bits are the entry's result.
        let result = error | marks.next() << 32;
        machine.set(machine.isa.result, result);
        Ok(())
    }
}

impl Machine {
    /// Where the thread word of an x86-64 machine is.
    fn thread_word_address(&self) -> u64 {
        self.thread() + 0x100
    }

    /// Makes the processor find the thread word where the tests keep it.
    fn point_thread_word(&mut self) {
        if self.isa.name == "x86_64" {
            let address = self.thread_word_address();
            self.set_special(X86_64_FS_BASE, address);
        }
    }

    fn read_thread_word(&self) -> u64 {
        if self.isa.name == "x86_64" {
            self.read_word(self.thread_word_address()).unwrap()
        } else {
            self.get_special(AARCH64_THREAD)
        }
    }

    fn write_thread_word(&mut self, value: u64) {
        if self.isa.name == "x86_64" {
            let address = self.thread_word_address();
            self.write_word(address, value);
        } else {
            self.set_special(AARCH64_THREAD, value);
        }
    }
}

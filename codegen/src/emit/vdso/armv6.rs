//! 32-bit Arm: the trap stubs for kernels of either width.

use super::listing::Listing;
use super::placement::{CallingConvention, Place};
use super::plan::{KernelView, Plan, ResultPlace};
use super::trap::Family;

const CONVENTION: CallingConvention =
    CallingConvention { word: 4, registers: &["r0", "r1", "r2", "r3"], aligned_pairs: true };

/// `swi 0` on a 32-bit kernel.
pub const TRAP: Family = Family {
    name: "armv6",
    architecture: "armv6",
    convention: CONVENTION,
    kernel: KernelView::AsInC { registers_only: false },
    explanation: "\
32-bit Arm programs on a 32-bit kernel.

The trap is `swi 0`, with the call's number in r12. The kernel reads the arguments where C puts them: r0 to r3, then \
the stack. A 64-bit argument begins at an even register or at a multiple of 8 on the stack; a structure of two \
32-bit members takes the next two words. Where inputs reach the stack, the stub must not move sp before the trap, \
and need not: then the results' pointers are on the stack too.

The carry flag says whether the call failed: then r0 is the error number. On success r0 and r1 are the results, or the \
low and the high half of one 64-bit result; r0 is 0 if there are none.",
    prologue: &[".syntax unified", ".arch armv6", ".arm", ".cfi_sections .eh_frame"],
    align: ".p2align 2",
    stack_argument: |offset| if offset == 0 { "[sp]".to_string() } else { format!("[sp, #{offset}]") },
    results: ["r0", "r1"],
    renamed: None,
    body: trap,
};

/// `swi 0` on a 64-bit kernel.
pub const TRAP_ON_64BIT: Family = Family {
    name: "armv6_on_64bit",
    kernel: KernelView::Block,
    explanation: "\
32-bit Arm programs on a 64-bit kernel.

The trap is `swi 0`, with the call's number in r0 and the address of a block in r2. The block has one 8-byte slot per \
input, in order. Pointers and sizes are extended with zeros, since the kernel reads them as 64 bits; the upper half \
of a slot with a narrower number is not read. A structure passed by value fills one slot.

The carry flag says whether the call failed: then r0 is the error number. On success r0 is 0 and the kernel has \
written the results to slots 0 and 1. It always writes both, used or not, so the block is never smaller than 16 bytes, \
even for a call without arguments, and the results' pointers are kept above it.",
    body: trap_on_64bit,
    ..TRAP
};

/// Registers that hold the results' pointers after the trap.
const POINTERS: [&str; 2] = ["r2", "r3"];

fn trap(listing: &mut Listing, plan: &Plan<'_>) {
    let registers = CONVENTION.registers;
    // The stack pointer moves in steps of 8, which leave room for both pointers.
    let kept: Vec<_> = plan.kept().map(|(output, register)| (output.name, registers[register])).collect();
    match kept[..] {
        [] => {}
        [(name, register)] => listing.because(format!("str {register}, [sp, #-8]!"), name),
        [(name, register), (second, next), ..] => {
            listing.because(format!("push {{{register}, {next}}}"), &format!("{name}, {second}"));
        }
    }
    if !kept.is_empty() {
        listing.op(".cfi_adjust_cfa_offset 8");
    }
    constant(listing, "r12", plan.call.number);
    listing.op("swi 0");
    if plan.call.noreturn {
        listing.op("udf #0");
        return;
    }
    match kept[..] {
        [] => {}
        [_] => listing.op("ldr r2, [sp], #8"),
        _ => listing.op("pop {r2, r3}"),
    }
    if !kept.is_empty() {
        listing.op(".cfi_adjust_cfa_offset -8");
    }
    for (output, pointer) in plan.outputs.iter().zip(POINTERS) {
        if let Place::Stack(offset) = output.pointer {
            listing.because(format!("ldrcc {pointer}, {}", at("sp", offset)), output.name);
        }
        for store in &output.stores {
            if let ResultPlace::Register(result) = store.from {
                let operation = conditional_store(store.bytes);
                listing.op(format_args!("{operation} r{result}, {}", at(pointer, store.offset)));
            }
        }
    }
    if !plan.outputs.is_empty() {
        listing.op("movcc r0, #0");
    }
    listing.op("bx lr");
}

fn trap_on_64bit(listing: &mut Listing, plan: &Plan<'_>) {
    let registers = CONVENTION.registers;
    let kept = plan.kept().count() as u32;
    let frame = (plan.block + kept * CONVENTION.word).next_multiple_of(8);
    let kept_at = |index: usize| plan.block + index as u32 * CONVENTION.word;
    listing.because(format!("sub sp, sp, #{frame}"), "the block, and above it what is kept");
    listing.op(format_args!(".cfi_adjust_cfa_offset {frame}"));
    // First whatever is in registers: the rest needs two of them.
    for fill in &plan.fills {
        if let Some(Place::Register(index)) = fill.from {
            listing.op(format_args!("str {}, {}", registers[index], at("sp", fill.at)));
        }
    }
    for (index, (output, register)) in plan.kept().enumerate() {
        listing.because(format!("str {}, {}", registers[register], at("sp", kept_at(index))), output.name);
    }
    for fill in &plan.fills {
        if let Some(Place::Stack(offset)) = fill.from {
            listing.op(format_args!("ldr r3, {}", at("sp", frame + offset)));
            listing.op(format_args!("str r3, {}", at("sp", fill.at)));
        }
    }
    if plan.fills.iter().any(|fill| fill.from.is_none()) {
        listing.op("mov r3, #0");
        for fill in plan.fills.iter().filter(|fill| fill.from.is_none()) {
            listing.op(format_args!("str r3, {}", at("sp", fill.at)));
        }
    }
    constant(listing, "r0", plan.call.number);
    listing.op("mov r2, sp");
    listing.op("swi 0");
    if plan.call.noreturn {
        listing.op("udf #0");
        return;
    }
    for output in &plan.outputs {
        let from = match (output.kept, output.pointer) {
            (None, Place::Stack(offset)) => frame + offset,
            (kept, _) => kept_at(kept.unwrap_or(0)),
        };
        listing.because(format!("ldrcc r1, {}", at("sp", from)), output.name);
        for store in &output.stores {
            if let ResultPlace::Block(slot) = store.from {
                listing.op(format_args!("ldrcc r2, {}", at("sp", slot)));
                listing.op(format_args!("{} r2, {}", conditional_store(store.bytes), at("r1", store.offset)));
            }
        }
    }
    listing.op(format_args!("add sp, sp, #{frame}"));
    listing.op(format_args!(".cfi_adjust_cfa_offset -{frame}"));
    listing.op("bx lr");
}

/// The instruction that stores so many bytes if the call did not fail.
fn conditional_store(bytes: u32) -> &'static str {
    match bytes {
        1 => "strbcc",
        2 => "strhcc",
        _ => "strcc",
    }
}

/// `[r1, #4]`, or `[r1]`.
fn at(register: &str, offset: u32) -> String {
    if offset == 0 { format!("[{register}]") } else { format!("[{register}, #{offset}]") }
}

/// Loads a number into a register, in pieces of 8 bits as this processor's instructions take them.
fn constant(listing: &mut Listing, register: &str, value: u32) {
    let mut operation = format!("mov {register}, ");
    for shift in [0, 8, 16, 24] {
        let piece = value & (0xff << shift);
        if piece != 0 || (shift == 0 && value == 0) {
            listing.op(format_args!("{operation}#{piece}"));
            operation = format!("orr {register}, {register}, ");
        }
    }
}

//! 64-bit Arm: the trap stubs.

use super::emulated::Frame;
use super::listing::Listing;
use super::placement::{CallingConvention, Place};
use super::plan::{KernelView, Plan, ResultPlace};
use super::trap::Family;
use crate::emit::contract;

/// How C passes arguments.
pub const CONVENTION: CallingConvention = CallingConvention {
    word: 8,
    registers: &["x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7"],
    aligned_pairs: false,
};

/// Directive that aligns a function.
pub const ALIGN: &str = ".p2align 2";

/// A landing pad, `bti c`: where branch targets are protected, an indirect call may only lead to one. In
/// this spelling it assembles for every 64-bit Arm, and does nothing on processors without protection.
pub const LANDING_PAD: &str = "hint #34";

/// `svc #0`.
pub const TRAP: Family = Family {
    name: "aarch64",
    architecture: "aarch64",
    convention: CONVENTION,
    kernel: KernelView::AsInC { registers_only: true },
    explanation: "\
64-bit Arm programs on a 64-bit kernel.

The trap is `svc #0`, with the call's number in x8. The kernel reads arguments from x0 to x5, where C puts them. A \
structure passed by value is one register.

The carry flag says whether the call failed: then x0 is the error number. On success x0 and x1 are the results; x0 is \
0 if there are none. Stubs begin with `bti c`, written as the hint that it is.",
    prologue: &[],
    align: ALIGN,
    stack_argument: |offset| format!("[sp, #{offset}]"),
    results: ["x0", "x1"],
    renamed: None,
    body: trap,
};

/// Registers that hold the results' pointers after the trap.
const POINTERS: [&str; 2] = ["x2", "x3"];

fn trap(listing: &mut Listing, plan: &Plan<'_>) {
    listing.op(LANDING_PAD);
    // The stack pointer moves in steps of 16, which leave room for both pointers.
    let kept: Vec<_> = plan.kept().map(|(output, register)| (output.name, register)).collect();
    match kept[..] {
        [] => {}
        [(name, register), ..] => {
            match kept.get(1) {
                Some((second, next)) => listing
                    .because(format!("stp x{register}, x{next}, [sp, #-16]!"), &format!("{name}, {second}")),
                None => listing.because(format!("str x{register}, [sp, #-16]!"), name),
            }
            listing.op(".cfi_adjust_cfa_offset 16");
        }
    }
    constant(listing, 8, plan.call.number);
    listing.op("svc #0");
    if plan.call.noreturn {
        listing.op("brk #0");
        return;
    }
    match kept[..] {
        [] => {}
        [_] => listing.op("ldr x2, [sp], #16"),
        _ => listing.op("ldp x2, x3, [sp], #16"),
    }
    if !kept.is_empty() {
        listing.op(".cfi_adjust_cfa_offset -16");
    }
    if !plan.outputs.is_empty() {
        listing.op("b.cs 1f");
        for (output, pointer) in plan.outputs.iter().zip(POINTERS) {
            if let Place::Stack(offset) = output.pointer {
                listing.because(format!("ldr {pointer}, [sp, #{offset}]"), output.name);
            }
            for store in &output.stores {
                if let ResultPlace::Register(result) = store.from {
                    let (operation, width) = match store.bytes {
                        1 => ("strb", 'w'),
                        2 => ("strh", 'w'),
                        4 => ("str", 'w'),
                        _ => ("str", 'x'),
                    };
                    listing.op(format_args!("{operation} {width}{result}, [{pointer}]"));
                }
            }
        }
        listing.op("mov w0, #0");
        listing.margin("1:");
    }
    listing.op("ret");
}

/// Loads a number into a register, half by half if it must.
pub fn constant(listing: &mut Listing, register: u32, value: u32) {
    let (low, high) = (value & 0xffff, value >> 16);
    if high == 0 || low == 0 {
        listing.op(format_args!("mov w{register}, #{value}"));
    } else {
        listing.op(format_args!("movz w{register}, #{low}"));
        listing.op(format_args!("movk w{register}, #{high}, lsl #16"));
    }
}

/// How the emulation family works here.
pub const EMULATED: &str = "\
The thread word is the register tpidr_el0.

In each stub, x9 holds the guest's thread pointer W, x10 the thread block, x11 the host's thread pointer, x12 the host \
stack, x13 the dispatch table, x16 the entry and x17 an address in the stub: C leaves all of them free, while x0 to x7 carry \
arguments. x18 belongs to the platform and is not touched. x29 keeps the guest's stack: host code preserves it, and \
unwinding starts from it. Just below the top of the host stack stand W, x29 and x17, by which a host that looks at \
the stack later knows the call, then the slots. Stubs begin with `bti c`, written as the hint that it is.";

/// What a stub puts into two neighbouring words below the guest's frame pointer.
enum Word {
    /// What is in this register.
    Register(usize),
    /// A stack argument, so many bytes above the first.
    Argument(u32),
    /// Nothing.
    Free,
}

/// The register that says which stub it is.
const SELF: usize = 17;

/// What stands below the guest's frame pointer, the lowest word first: the slots, and next to the frame pointer the address in
/// the stub. That costs no store of its own if there is a slot without a neighbour.
fn words(frame: &Frame) -> Vec<Word> {
    let slots = frame.slots.iter().map(|place| match *place {
        Place::Register(register) => Word::Register(register),
        Place::Stack(offset) => Word::Argument(offset),
    });
    let mut words: Vec<Word> = slots.collect();
    if words.len().is_multiple_of(2) {
        words.push(Word::Free);
    }
    words.push(Word::Register(SELF));
    words
}

/// Prints an emulation stub.
pub fn emulated(listing: &mut Listing, frame: &Frame) {
    listing.op(LANDING_PAD);
    listing.op("stp x29, x30, [sp, #-16]!");
    listing.op(".cfi_def_cfa_offset 16");
    listing.op(".cfi_offset x29, -16");
    listing.op(".cfi_offset x30, -8");
    listing.op("mov x29, sp");
    listing.op(".cfi_def_cfa_register x29");
    listing.because("mrs x9, tpidr_el0", "W");
    listing.because(format!("ldr x10, [x9, #{}]", contract::TCB_PARENT), "the thread block");
    let host_word = contract::HOST_THREAD_POINTER.offset;
    listing.because(format!("ldr x11, [x10, #{host_word}]"), "the host's thread pointer");
    listing.because(format!("ldr x12, [x10, #{}]", contract::HOST_STACK.offset), "the host stack");
    listing.because(format!("ldr x13, [x10, #{}]", contract::ENTRIES.offset), "the dispatch table");
    listing.op("msr tpidr_el0, x11");
    listing.op("mov sp, x12");
    listing.op("stp x29, x9, [sp, #-16]!");
    let words = words(frame);
    let bytes = words.len() as u64 * 8;
    listing.because(format!("adr x{SELF}, ."), "this stub");
    listing.because(format!("sub sp, sp, #{bytes}"), "the slots");
    for (index, pair) in words.chunks(2).enumerate() {
        let at = index * 16;
        match *pair {
            [Word::Register(first), Word::Register(second)] if at <= 504 => {
                listing.op(format_args!("stp x{first}, x{second}, [sp, #{at}]"));
            }
            _ => {
                for (word, at) in pair.iter().zip([at, at + 8]) {
                    match word {
                        Word::Register(register) => listing.op(format_args!("str x{register}, [sp, #{at}]")),
                        // Above x29: the frame record of two words, then the stack arguments.
                        Word::Argument(offset) => {
                            listing.op(format_args!("ldr x14, [x29, #{}]", 16 + offset));
                            listing.op(format_args!("str x14, [sp, #{at}]"));
                        }
                        Word::Free => {}
                    }
                }
            }
        }
    }
    if frame.number <= 0xfff {
        listing.op(format_args!("ldr x16, [x13, #{}]", u64::from(frame.number) * 8));
    } else {
        constant(listing, 16, frame.number);
        listing.op("ldr x16, [x13, x16, lsl #3]");
    }
    listing.op("mov x0, x10");
    listing.op("mov x1, sp");
    listing.op("blr x16");
    if frame.noreturn {
        listing.op("brk #0");
        return;
    }
    let saved_word = bytes + contract::SAVED_FRAME - contract::SAVED_THREAD_WORD;
    listing.because(format!("ldr x9, [sp, #{saved_word}]"), "W");
    listing.op("msr tpidr_el0, x9");
    listing.because("mov sp, x29", "the guest's stack");
    listing.op("ldp x29, x30, [sp], #16");
    listing.op(".cfi_def_cfa sp, 0");
    listing.op(".cfi_restore x29");
    listing.op(".cfi_restore x30");
    listing.op("ret");
}

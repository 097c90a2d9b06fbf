//! x86-64: the trap stubs, and the printing of the emulation family.

use super::emulated::Frame;
use super::listing::Listing;
use super::placement::{CallingConvention, Place};
use super::plan::{KernelView, Plan, ResultPlace};
use super::trap::Family;
use crate::emit::contract;

/// How C passes arguments.
pub const CONVENTION: CallingConvention =
    CallingConvention { word: 8, registers: &["rdi", "rsi", "rdx", "rcx", "r8", "r9"], aligned_pairs: false };

/// Directive that aligns a function; what is between functions stops a program that strays into it.
pub const ALIGN: &str = ".p2align 4, 0xcc";

/// `syscall`.
pub const TRAP: Family = Family {
    name: "x86_64",
    architecture: "x86_64",
    convention: CONVENTION,
    kernel: KernelView::AsInC { registers_only: true },
    explanation: "\
64-bit x86 programs on a 64-bit kernel.

The trap is `syscall`, with the call's number in rax. The kernel reads arguments from rdi, rsi, rdx, r10, r8 and \
r9. That is where C puts them, but for the fourth: C uses rcx, and `syscall` overwrites rcx with the return address \
and r11 with the flags, so the stub moves rcx to r10. A structure passed by value is one register.

The carry flag says whether the call failed: then rax is the error number. On success rax and rdx are the \
results; rax is 0 if there are none. A pointer beyond the sixth argument stays where C put it, on the stack.",
    prologue: &[],
    align: ALIGN,
    stack_argument: |offset| format!("{}(%rsp)", 8 + offset),
    results: ["rax", "rdx"],
    renamed: Some((3, "r10")),
    body: trap,
};

/// The result registers by width: 1, 2, 4 and 8 bytes.
const RESULTS: [[&str; 4]; 2] = [["al", "ax", "eax", "rax"], ["dl", "dx", "edx", "rdx"]];

/// Registers that hold the results' pointers after the trap.
const POINTERS: [&str; 2] = ["rcx", "rsi"];

fn trap(listing: &mut Listing, plan: &Plan<'_>) {
    let registers = CONVENTION.registers;
    for (output, register) in plan.kept() {
        listing.because(format!("push %{}", registers[register]), output.name);
        listing.op(".cfi_adjust_cfa_offset 8");
    }
    if plan.inputs.iter().any(|input| input.words.contains(&Place::Register(3))) {
        listing.because("mov %rcx, %r10", "syscall overwrites rcx");
    }
    listing.op(format_args!("mov ${}, %eax", plan.call.number));
    listing.op("syscall");
    if plan.call.noreturn {
        listing.op("ud2");
        return;
    }
    // Neither `pop` nor `mov` changes the carry flag.
    for (index, output) in plan.outputs.iter().enumerate().rev().filter(|(_, output)| output.kept.is_some()) {
        listing.because(format!("pop %{}", POINTERS[index]), output.name);
        listing.op(".cfi_adjust_cfa_offset -8");
    }
    if !plan.outputs.is_empty() {
        listing.op("jc 1f");
        for (output, pointer) in plan.outputs.iter().zip(POINTERS) {
            if let Place::Stack(offset) = output.pointer {
                listing.because(format!("mov {}(%rsp), %{pointer}", 8 + offset), output.name);
            }
            for store in &output.stores {
                if let ResultPlace::Register(result) = store.from {
                    let result = RESULTS[result][store.bytes.ilog2() as usize];
                    listing.op(format_args!("mov %{result}, (%{pointer})"));
                }
            }
        }
        listing.op("xor %eax, %eax");
        listing.margin("1:");
    }
    listing.op("ret");
}

/// How the emulation family works here.
pub const EMULATED: &str = "\
The thread word is `%fs:0`. The `%fs` base stays the host's at all times: changing the one word costs two loads and two \
stores, where changing the base costs a slow instruction each time.

In each stub, rax holds the guest's thread pointer W, r10 the thread block and r11 first the host's thread pointer, then \
the dispatch table: C leaves these three free, while rdi, rsi, rdx, rcx, r8 and r9 carry arguments. rbp keeps the \
guest's stack: host code preserves it, and unwinding starts from it. Just below the top of the host stack stand W and \
rbp, then the slots.";

/// Prints an emulation stub.
pub fn emulated(listing: &mut Listing, frame: &Frame) {
    listing.op("push %rbp");
    listing.op(".cfi_def_cfa_offset 16");
    listing.op(".cfi_offset %rbp, -16");
    listing.op("mov %rsp, %rbp");
    listing.op(".cfi_def_cfa_register %rbp");
    listing.because("mov %fs:0, %rax", "W");
    listing.because(format!("mov {}(%rax), %r10", contract::TCB_PARENT), "the thread block");
    let host_word = contract::HOST_THREAD_POINTER.offset;
    listing.because(format!("mov {host_word}(%r10), %r11"), "the host's thread pointer");
    listing.op("mov %r11, %fs:0");
    listing.because(format!("mov {}(%r10), %rsp", contract::HOST_STACK.offset), "the host stack");
    listing.op("push %rax");
    listing.op("push %rbp");
    let slots = frame.slots.len() as u64 * 8;
    if frame.slot_bytes() != slots {
        listing.because("push %rax", "keeps the stack aligned");
    }
    for place in frame.slots.iter().rev() {
        match place {
            Place::Register(register) => {
                listing.op(format_args!("push %{}", CONVENTION.registers[*register]))
            }
            // Above rbp: the caller's rbp, the return address, the stack arguments.
            Place::Stack(offset) => listing.op(format_args!("push {}(%rbp)", 16 + offset)),
        }
    }
    listing.because(format!("mov {}(%r10), %r11", contract::ENTRIES.offset), "the dispatch table");
    listing.op("mov %r10, %rdi");
    listing.op("mov %rsp, %rsi");
    match frame.number.checked_mul(8).and_then(|offset| i32::try_from(offset).ok()) {
        Some(offset) => listing.op(format_args!("call *{offset}(%r11)")),
        None => {
            listing.op(format_args!("mov ${}, %eax", frame.number));
            listing.op("call *(%r11,%rax,8)");
        }
    }
    if frame.noreturn {
        listing.op("ud2");
        return;
    }
    let saved_word = frame.slot_bytes() + contract::SAVED_FRAME - contract::SAVED_THREAD_WORD;
    listing.because(format!("mov {saved_word}(%rsp), %rcx"), "W");
    listing.op("mov %rcx, %fs:0");
    listing.because("leave", "the guest's stack");
    listing.op(".cfi_def_cfa %rsp, 8");
    listing.op(".cfi_restore %rbp");
    listing.op("ret");
}

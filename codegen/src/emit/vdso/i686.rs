//! 32-bit x86: the trap stubs for kernels of either width.

use super::listing::Listing;
use super::placement::{CallingConvention, Place};
use super::plan::{KernelView, Plan, ResultPlace};
use super::trap::Family;

const CONVENTION: CallingConvention = CallingConvention { word: 4, registers: &[], aligned_pairs: false };

/// Directive that aligns a function; what is between functions stops a program that strays into it.
const ALIGN: &str = ".p2align 4, 0xcc";

/// `int $0x80` on a 32-bit kernel.
pub const TRAP: Family = Family {
    name: "i686",
    architecture: "i686",
    convention: CONVENTION,
    kernel: KernelView::AsInC { registers_only: false },
    explanation: "\
32-bit x86 programs on a 32-bit kernel.

The trap is `int $0x80`, with the call's number in eax. The kernel reads the arguments from the stack as a C function \
finds them, the first at 4(%esp): so the stub must not move esp before the trap. A 64-bit argument and a \
structure of 8 bytes are two words.

The carry flag says whether the call failed: then eax is the error number. On success eax and edx are the results, or \
the low and the high half of one 64-bit result; eax is 0 if there are none. The results' pointers stay on the \
stack, after the inputs.",
    prologue: &[],
    align: ALIGN,
    stack_argument: |offset| format!("{}(%esp)", 4 + offset),
    results: ["eax", "edx"],
    renamed: None,
    body: trap,
};

/// `int $0x80` on a 64-bit kernel.
pub const TRAP_ON_64BIT: Family = Family {
    name: "i686_on_64bit",
    kernel: KernelView::Block,
    explanation: "\
32-bit x86 programs on a 64-bit kernel.

The trap is `int $0x80`, with the call's number in eax and the address of a block in ecx. The block has one 8-byte \
slot per input, in order. Pointers and sizes are extended with zeros, since the kernel reads them as 64 bits; the \
upper half of a slot with a narrower number is not read. A structure passed by value fills one slot.

The call failed if eax is not 0: then it is the error number. The carry flag says nothing here. On success the kernel \
has written the results to slots 0 and 1. It always writes both, used or not, so the block is never smaller than 16 \
bytes, even for a call without arguments. It is aligned to 8 bytes if the caller kept its stack aligned as C does.",
    body: trap_on_64bit,
    ..TRAP
};

/// The result registers by width: 1, 2 and 4 bytes.
const RESULTS: [[&str; 3]; 2] = [["al", "ax", "eax"], ["dl", "dx", "edx"]];

fn trap(listing: &mut Listing, plan: &Plan<'_>) {
    listing.op(format_args!("mov ${}, %eax", plan.call.number));
    listing.op("int $0x80");
    if plan.call.noreturn {
        listing.op("ud2");
        return;
    }
    if !plan.outputs.is_empty() {
        listing.op("jc 1f");
        for output in &plan.outputs {
            if let Place::Stack(offset) = output.pointer {
                listing.because(format!("mov {}(%esp), %ecx", 4 + offset), output.name);
            }
            for store in &output.stores {
                if let ResultPlace::Register(result) = store.from {
                    let result = RESULTS[result][store.bytes.ilog2() as usize];
                    listing.op(format_args!("mov %{result}, {}", at(store.offset, "ecx")));
                }
            }
        }
        listing.op("xor %eax, %eax");
        listing.margin("1:");
    }
    listing.op("ret");
}

fn trap_on_64bit(listing: &mut Listing, plan: &Plan<'_>) {
    // At entry esp is 4 below a multiple of 16, for the return address; this makes it a multiple of 8.
    let frame = plan.block + 4;
    let argument = |offset: u32| at(frame + 4 + offset, "esp");
    listing.because(format!("sub ${frame}, %esp"), "the block");
    listing.op(format_args!(".cfi_adjust_cfa_offset {frame}"));
    for fill in &plan.fills {
        match fill.from {
            Some(Place::Stack(offset)) => {
                listing.op(format_args!("mov {}, %eax", argument(offset)));
                listing.op(format_args!("mov %eax, {}", at(fill.at, "esp")));
            }
            Some(Place::Register(_)) => {}
            None => listing.op(format_args!("movl $0, {}", at(fill.at, "esp"))),
        }
    }
    listing.op(format_args!("mov ${}, %eax", plan.call.number));
    listing.op("mov %esp, %ecx");
    listing.op("int $0x80");
    if plan.call.noreturn {
        listing.op("ud2");
        return;
    }
    if !plan.outputs.is_empty() {
        listing.op("test %eax, %eax");
        listing.op("jnz 1f");
        for output in &plan.outputs {
            if let Place::Stack(offset) = output.pointer {
                listing.because(format!("mov {}, %ecx", argument(offset)), output.name);
            }
            for store in &output.stores {
                if let ResultPlace::Block(slot) = store.from {
                    let register = RESULTS[1][store.bytes.ilog2() as usize];
                    listing.op(format_args!("mov {}, %edx", at(slot, "esp")));
                    listing.op(format_args!("mov %{register}, {}", at(store.offset, "ecx")));
                }
            }
        }
        listing.margin("1:");
    }
    listing.op(format_args!("add ${frame}, %esp"));
    listing.op(format_args!(".cfi_adjust_cfa_offset -{frame}"));
    listing.op("ret");
}

/// `4(%ecx)`, or `(%ecx)`.
fn at(offset: u32, register: &str) -> String {
    if offset == 0 { format!("(%{register})") } else { format!("{offset}(%{register})") }
}

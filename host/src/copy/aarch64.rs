//! Accesses that may fault, for 64-bit Arm.

use super::recovery::table_entry;
use crate::memory::Fault;
use core::arch::{asm, global_asm};

/// Declares a function that loads a number.
///
/// The flag is set beforehand and cleared behind the load, where a thread goes on after a fault: so success costs
/// no jump, and the value stays in a register.
macro_rules! load {
    ($name:ident, $number:ident, $instruction:literal) => {
        /// Loads a number of this size.
        ///
        /// # Safety
        /// No object of the host's lies there.
        #[inline(always)]
        pub unsafe fn $name(from: u64) -> Result<$number, Fault> {
            let value: $number;
            let fault: u32;
            // SAFETY: reads what the caller vouches for. If that faults, the thread goes on at label 4; the value
            // is not used then.
            unsafe {
                asm!(
                    "mov {fault:w}, #1",
                    concat!("2: ", $instruction),
                    "3: mov {fault:w}, wzr",
                    "4:",
                    table_entry!("2b", "3b", "4b"),
                    from = in(reg) from,
                    value = out(reg) value,
                    fault = out(reg) fault,
                    options(nostack, readonly, preserves_flags),
                );
            }
            if fault == 0 { Ok(value) } else { Err(Fault) }
        }
    };
}

load!(load_1, u8, "ldrb {value:w}, [{from}]");
load!(load_2, u16, "ldrh {value:w}, [{from}]");
load!(load_4, u32, "ldr {value:w}, [{from}]");
load!(load_8, u64, "ldr {value}, [{from}]");

/// Loads two numbers side by side.
///
/// # Safety
/// No object of the host's lies there.
#[inline(always)]
pub unsafe fn load_16(from: u64) -> Result<[u64; 2], Fault> {
    let (first, second): (u64, u64);
    let fault: u32;
    // SAFETY: reads what the caller vouches for. If that faults, the thread goes on at label 4; the values are not
    // used then.
    unsafe {
        asm!(
            "mov {fault:w}, #1",
            "2: ldp {first}, {second}, [{from}]",
            "3: mov {fault:w}, wzr",
            "4:",
            table_entry!("2b", "3b", "4b"),
            from = in(reg) from,
            first = out(reg) first,
            second = out(reg) second,
            fault = out(reg) fault,
            options(nostack, readonly, preserves_flags),
        );
    }
    if fault == 0 { Ok([first, second]) } else { Err(Fault) }
}

/// Declares a function that stores a number.
macro_rules! store {
    ($name:ident, $number:ident, $instruction:literal) => {
        /// Stores a number of this size.
        ///
        /// # Safety
        /// No object of the host's lies there.
        #[inline(always)]
        pub unsafe fn $name(to: u64, value: $number) -> Result<(), Fault> {
            // SAFETY: writes what the caller vouches for. If that faults, the thread goes on in the last block.
            unsafe {
                asm!(
                    concat!("2: ", $instruction),
                    "3:",
                    table_entry!("2b", "3b", "{fault}"),
                    to = in(reg) to,
                    value = in(reg) value,
                    fault = label { return Err(Fault) },
                    options(nostack, preserves_flags),
                );
            }
            Ok(())
        }
    };
}

store!(store_1, u8, "strb {value:w}, [{to}]");
store!(store_2, u16, "strh {value:w}, [{to}]");
store!(store_4, u32, "str {value:w}, [{to}]");
store!(store_8, u64, "str {value}, [{to}]");

/// Stores two numbers side by side.
///
/// # Safety
/// No object of the host's lies there.
#[inline(always)]
pub unsafe fn store_16(to: u64, [first, second]: [u64; 2]) -> Result<(), Fault> {
    // SAFETY: writes what the caller vouches for. If that faults, the thread goes on in the last block.
    unsafe {
        asm!(
            "2: stp {first}, {second}, [{to}]",
            "3:",
            table_entry!("2b", "3b", "{fault}"),
            to = in(reg) to,
            first = in(reg) first,
            second = in(reg) second,
            fault = label { return Err(Fault) },
            options(nostack, preserves_flags),
        );
    }
    Ok(())
}

/// Loads a word. What the thread reads and writes behind it comes later for everybody.
///
/// # Safety
/// No object of the host's lies there. The address is a multiple of four.
#[inline(always)]
pub unsafe fn load_word(from: u64) -> Result<u32, Fault> {
    let value: u32;
    let fault: u32;
    // SAFETY: reads what the caller vouches for. If that faults, the thread goes on at label 4; the value is not used
    // then. It is not said to be without effect on memory, so that the compiler keeps the order too.
    unsafe {
        asm!(
            "mov {fault:w}, #1",
            "2: ldar {value:w}, [{from}]",
            "3: mov {fault:w}, wzr",
            "4:",
            table_entry!("2b", "3b", "4b"),
            from = in(reg) from,
            value = out(reg) value,
            fault = out(reg) fault,
            options(nostack, preserves_flags),
        );
    }
    if fault == 0 { Ok(value) } else { Err(Fault) }
}

/// Replaces a word if it is `current`. Gives what it was. What came before it has happened for whoever sees the new
/// word, and nothing that follows is done before it.
///
/// # Safety
/// No object of the host's lies there. The address is a multiple of four.
#[inline(always)]
pub unsafe fn compare_exchange_word(address: u64, current: u32, new: u32) -> Result<u32, Fault> {
    let seen: u32;
    let fault: u32;
    // SAFETY: changes what the caller vouches for. If that faults, the thread goes on at label 4; what was seen is not
    // used then. A reservation that no store uses up does no harm.
    unsafe {
        asm!(
            "mov {fault:w}, #1",
            "2: ldaxr {seen:w}, [{address}]",
            "cmp {seen:w}, {current:w}",
            "b.ne 3f",
            "stlxr {failed:w}, {new:w}, [{address}]",
            "cbnz {failed:w}, 2b",
            "3: mov {fault:w}, wzr",
            "4:",
            table_entry!("2b", "3b", "4b"),
            address = in(reg) address,
            current = in(reg) current,
            new = in(reg) new,
            seen = out(reg) seen,
            failed = out(reg) _,
            fault = out(reg) fault,
            options(nostack),
        );
    }
    if fault == 0 { Ok(seen) } else { Err(Fault) }
}

/// Finds out whether a byte can be written: loads it and stores it again, unless somebody else did in between.
///
/// # Safety
/// No object of the host's lies there.
#[inline(always)]
pub unsafe fn probe(address: u64) -> Result<(), Fault> {
    // SAFETY: the byte does not change. If an access faults, the thread goes on in the last block.
    unsafe {
        asm!(
            "2: ldxrb {byte:w}, [{address}]",
            "stxrb {failed:w}, {byte:w}, [{address}]",
            "cbnz {failed:w}, 2b",
            "3:",
            table_entry!("2b", "3b", "{fault}"),
            address = in(reg) address,
            byte = out(reg) _,
            failed = out(reg) _,
            fault = label { return Err(Fault) },
            options(nostack, preserves_flags),
        );
    }
    Ok(())
}

/// The ends of the table of instructions that may fault.
///
/// An empty contribution makes sure that the section exists, and with it the linker's symbols.
#[inline]
pub fn table_bounds() -> [*const u8; 2] {
    let (begin, end): (*const u8, *const u8);
    // SAFETY: computes two addresses.
    unsafe {
        asm!(
            ".pushsection cloudabi_recovery, \"aR\", %progbits",
            ".popsection",
            ".hidden __start_cloudabi_recovery",
            ".hidden __stop_cloudabi_recovery",
            "adrp {begin}, __start_cloudabi_recovery",
            "add {begin}, {begin}, :lo12:__start_cloudabi_recovery",
            "adrp {end}, __stop_cloudabi_recovery",
            "add {end}, {end}, :lo12:__stop_cloudabi_recovery",
            begin = out(reg) begin,
            end = out(reg) end,
            options(nostack, nomem, pure, preserves_flags),
        );
    }
    [begin, end]
}

// Up to 64 bytes go through registers, in pieces that may overlap. More go in a loop of 32 bytes, and the last 32 as a
// piece that may overlap.
//
// `w3` says 1 until everything is copied, so a fault has nothing to do but return it.
global_asm!(
    ".pushsection .text.cloudabi_copy, \"ax\", %progbits",
    ".p2align 4",
    ".globl cloudabi_copy",
    ".hidden cloudabi_copy",
    ".type cloudabi_copy, %function",
    "cloudabi_copy:",
    ".cfi_startproc",
    "mov w3, #1",
    "add x4, x0, x2",
    "add x5, x1, x2",
    "2:",
    "cmp x2, #16",
    "b.hi 20f",
    "cmp x2, #8",
    "b.hs 12f",
    "cmp x2, #4",
    "b.hs 14f",
    "cbz x2, 15f",
    // One to three: the first one, the one in the middle, the last one.
    "lsr x6, x2, #1",
    "ldrb w7, [x1]",
    "ldrb w8, [x1, x6]",
    "ldrb w9, [x5, #-1]",
    "strb w7, [x0]",
    "strb w8, [x0, x6]",
    "strb w9, [x4, #-1]",
    "b 15f",
    "14:",
    "ldr w7, [x1]",
    "ldr w8, [x5, #-4]",
    "str w7, [x0]",
    "str w8, [x4, #-4]",
    "b 15f",
    "12:",
    "ldr x7, [x1]",
    "ldr x8, [x5, #-8]",
    "str x7, [x0]",
    "str x8, [x4, #-8]",
    "b 15f",
    "20:",
    "cmp x2, #64",
    "b.hi 22f",
    "ldr q0, [x1]",
    "ldr q1, [x5, #-16]",
    "cmp x2, #32",
    "b.ls 21f",
    "ldr q2, [x1, #16]",
    "ldr q3, [x5, #-32]",
    "str q2, [x0, #16]",
    "str q3, [x4, #-32]",
    "21:",
    "str q0, [x0]",
    "str q1, [x4, #-16]",
    "b 15f",
    "22:",
    "sub x6, x4, #32",
    "23:",
    "ldp q0, q1, [x1], #32",
    "stp q0, q1, [x0], #32",
    "cmp x0, x6",
    "b.lo 23b",
    "ldp q0, q1, [x5, #-32]",
    "stp q0, q1, [x4, #-32]",
    "15:",
    "mov w3, wzr",
    "3:",
    "mov w0, w3",
    "ret",
    ".cfi_endproc",
    ".size cloudabi_copy, . - cloudabi_copy",
    ".popsection",
    table_entry!("2b", "3b", "3b"),
);

unsafe extern "C" {
    /// Copies `size` bytes. Gives 0, or 1 if an access faulted.
    ///
    /// # Safety
    /// One side is valid; in the other one lies no object of the host's.
    pub unsafe fn cloudabi_copy(to: u64, from: u64, size: u64) -> u32;
}

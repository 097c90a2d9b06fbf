//! Accesses that may fault, for 64-bit x86.

use super::recovery::table_entry;
use crate::memory::Fault;
use core::arch::{asm, global_asm};

/// Declares a function that loads a number.
///
/// The flag is set beforehand and cleared behind the load, where a thread goes on after a fault: so success costs
/// no jump, and the value stays in a register.
macro_rules! load {
    ($name:ident, $number:ident, $class:ident, $instruction:literal) => {
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
                    "mov {fault:e}, 1",
                    concat!("2: ", $instruction),
                    "3: xor {fault:e}, {fault:e}",
                    "4:",
                    table_entry!("2b", "3b", "4b"),
                    from = in(reg) from,
                    value = out($class) value,
                    fault = out(reg) fault,
                    options(nostack, readonly),
                );
            }
            if fault == 0 { Ok(value) } else { Err(Fault) }
        }
    };
}

load!(load_1, u8, reg_byte, "mov {value}, byte ptr [{from}]");
load!(load_2, u16, reg, "mov {value:x}, word ptr [{from}]");
load!(load_4, u32, reg, "mov {value:e}, dword ptr [{from}]");
load!(load_8, u64, reg, "mov {value}, qword ptr [{from}]");

/// Loads two numbers side by side.
///
/// # Safety
/// No object of the host's lies there.
#[inline(always)]
pub unsafe fn load_16(from: u64) -> Result<[u64; 2], Fault> {
    let (first, second): (u64, u64);
    let fault: u32;
    // SAFETY: reads what the caller vouches for. If that faults, the thread goes on at label 4; the values are not
    // used then. The address outlives the first load, since no output shares a register with an input.
    unsafe {
        asm!(
            "mov {fault:e}, 1",
            "2: mov {first}, qword ptr [{from}]",
            "mov {second}, qword ptr [{from} + 8]",
            "3: xor {fault:e}, {fault:e}",
            "4:",
            table_entry!("2b", "3b", "4b"),
            from = in(reg) from,
            first = out(reg) first,
            second = out(reg) second,
            fault = out(reg) fault,
            options(nostack, readonly),
        );
    }
    if fault == 0 { Ok([first, second]) } else { Err(Fault) }
}

/// Declares a function that stores a number.
macro_rules! store {
    ($name:ident, $number:ident, $class:ident, $instruction:literal) => {
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
                    value = in($class) value,
                    fault = label { return Err(Fault) },
                    options(nostack, preserves_flags),
                );
            }
            Ok(())
        }
    };
}

store!(store_1, u8, reg_byte, "mov byte ptr [{to}], {value}");
store!(store_2, u16, reg, "mov word ptr [{to}], {value:x}");
store!(store_4, u32, reg, "mov dword ptr [{to}], {value:e}");
store!(store_8, u64, reg, "mov qword ptr [{to}], {value}");

/// Stores two numbers side by side.
///
/// # Safety
/// No object of the host's lies there.
#[inline(always)]
pub unsafe fn store_16(to: u64, [first, second]: [u64; 2]) -> Result<(), Fault> {
    // SAFETY: writes what the caller vouches for. If that faults, the thread goes on in the last block.
    unsafe {
        asm!(
            "2: mov qword ptr [{to}], {first}",
            "mov qword ptr [{to} + 8], {second}",
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

/// Loads a word. What the thread reads and writes behind it comes later for everybody, as with every load of this
/// processor's.
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
            "mov {fault:e}, 1",
            "2: mov {value:e}, dword ptr [{from}]",
            "3: xor {fault:e}, {fault:e}",
            "4:",
            table_entry!("2b", "3b", "4b"),
            from = in(reg) from,
            value = out(reg) value,
            fault = out(reg) fault,
            options(nostack),
        );
    }
    if fault == 0 { Ok(value) } else { Err(Fault) }
}

/// Replaces a word if it is `current`. Gives what it was. Nothing is moved across it.
///
/// # Safety
/// No object of the host's lies there. The address is a multiple of four.
#[inline(always)]
pub unsafe fn compare_exchange_word(address: u64, current: u32, new: u32) -> Result<u32, Fault> {
    let seen: u32;
    let fault: u32;
    // SAFETY: changes what the caller vouches for. If that faults, the thread goes on at label 4; what was seen is not
    // used then.
    unsafe {
        asm!(
            "mov {fault:e}, 1",
            "2: lock cmpxchg dword ptr [{address}], {new:e}",
            "3: mov {fault:e}, 0",
            "4:",
            table_entry!("2b", "3b", "4b"),
            address = in(reg) address,
            new = in(reg) new,
            inlateout("eax") current => seen,
            fault = out(reg) fault,
            options(nostack),
        );
    }
    if fault == 0 { Ok(seen) } else { Err(Fault) }
}

/// Finds out whether a byte can be written, with an addition of nothing that is atomic to everybody.
///
/// # Safety
/// No object of the host's lies there.
#[inline(always)]
pub unsafe fn probe(address: u64) -> Result<(), Fault> {
    // SAFETY: the byte does not change. If the access faults, the thread goes on in the last block.
    unsafe {
        asm!(
            "2: lock or byte ptr [{address}], 0",
            "3:",
            table_entry!("2b", "3b", "{fault}"),
            address = in(reg) address,
            fault = label { return Err(Fault) },
            options(nostack),
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
            "lea {begin}, [rip + __start_cloudabi_recovery]",
            "lea {end}, [rip + __stop_cloudabi_recovery]",
            begin = out(reg) begin,
            end = out(reg) end,
            options(nostack, nomem, pure, preserves_flags),
        );
    }
    [begin, end]
}

// Up to 64 bytes go through registers, in pieces that may overlap. More go in a loop of 64 bytes, and the last 64 as a
// piece that may overlap. From a page on the processor's own loop is as fast; it takes long to get going.
//
// `eax` says 1 until everything is copied, so a fault has nothing to do but return.
global_asm!(
    ".pushsection .text.cloudabi_copy, \"ax\", %progbits",
    ".p2align 4, 0xcc",
    ".globl cloudabi_copy",
    ".hidden cloudabi_copy",
    ".type cloudabi_copy, %function",
    "cloudabi_copy:",
    ".cfi_startproc",
    "mov eax, 1",
    "2:",
    "cmp rdx, 16",
    "ja 20f",
    "cmp edx, 8",
    "jae 12f",
    "cmp edx, 4",
    "jae 14f",
    "test edx, edx",
    "je 15f",
    // One to three: the first one, the one in the middle, the last one.
    "mov r8d, edx",
    "shr r8d",
    "movzx ecx, byte ptr [rsi]",
    "movzx r9d, byte ptr [rsi + r8]",
    "movzx r10d, byte ptr [rsi + rdx - 1]",
    "mov byte ptr [rdi], cl",
    "mov byte ptr [rdi + r8], r9b",
    "mov byte ptr [rdi + rdx - 1], r10b",
    "jmp 15f",
    "14:",
    "mov ecx, dword ptr [rsi]",
    "mov r8d, dword ptr [rsi + rdx - 4]",
    "mov dword ptr [rdi], ecx",
    "mov dword ptr [rdi + rdx - 4], r8d",
    "jmp 15f",
    "12:",
    "mov rcx, qword ptr [rsi]",
    "mov r8, qword ptr [rsi + rdx - 8]",
    "mov qword ptr [rdi], rcx",
    "mov qword ptr [rdi + rdx - 8], r8",
    "jmp 15f",
    "20:",
    "cmp rdx, 64",
    "ja 22f",
    "movups xmm0, xmmword ptr [rsi]",
    "movups xmm1, xmmword ptr [rsi + rdx - 16]",
    "cmp edx, 32",
    "jbe 21f",
    "movups xmm2, xmmword ptr [rsi + 16]",
    "movups xmm3, xmmword ptr [rsi + rdx - 32]",
    "movups xmmword ptr [rdi + 16], xmm2",
    "movups xmmword ptr [rdi + rdx - 32], xmm3",
    "21:",
    "movups xmmword ptr [rdi], xmm0",
    "movups xmmword ptr [rdi + rdx - 16], xmm1",
    "jmp 15f",
    "22:",
    "cmp rdx, 4096",
    "ja 24f",
    "lea r8, [rdx - 64]",
    "xor ecx, ecx",
    "23:",
    "movups xmm0, xmmword ptr [rsi + rcx]",
    "movups xmm1, xmmword ptr [rsi + rcx + 16]",
    "movups xmm2, xmmword ptr [rsi + rcx + 32]",
    "movups xmm3, xmmword ptr [rsi + rcx + 48]",
    "movups xmmword ptr [rdi + rcx], xmm0",
    "movups xmmword ptr [rdi + rcx + 16], xmm1",
    "movups xmmword ptr [rdi + rcx + 32], xmm2",
    "movups xmmword ptr [rdi + rcx + 48], xmm3",
    "add rcx, 64",
    "cmp rcx, r8",
    "jb 23b",
    "movups xmm0, xmmword ptr [rsi + r8]",
    "movups xmm1, xmmword ptr [rsi + r8 + 16]",
    "movups xmm2, xmmword ptr [rsi + r8 + 32]",
    "movups xmm3, xmmword ptr [rsi + r8 + 48]",
    "movups xmmword ptr [rdi + r8], xmm0",
    "movups xmmword ptr [rdi + r8 + 16], xmm1",
    "movups xmmword ptr [rdi + r8 + 32], xmm2",
    "movups xmmword ptr [rdi + r8 + 48], xmm3",
    "jmp 15f",
    "24:",
    "mov rcx, rdx",
    "rep movsb",
    "15:",
    "xor eax, eax",
    "3:",
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

//! The first instructions of a program: it relocates itself. They are assembly, since until then compiled code may trip
//! over any address in data.
//!
//! The programs that test hosts use this file too, and have nothing else of this crate.

use core::arch::global_asm;

use super::begin;

// The program's load address is where its ELF header is, and the first segment is linked to address 0. Relocations
// are those of the table that DT_RELA (7) and DT_RELASZ (8) describe; all must be of the one type that adds the load
// address. ELF specification, "Dynamic Section"; System V psABI for AMD64, 4.4.1 (R_X86_64_RELATIVE is 8).
#[cfg(target_arch = "x86_64")]
global_asm!(
    ".globl _start",
    ".hidden _start",
    ".hidden __ehdr_start",
    ".type _start, @function",
    "_start:",
    "    xor   ebp, ebp",
    "    lea   rbx, [rip + __ehdr_start]",
    "    lea   rax, [rip + _DYNAMIC]",
    "    xor   ecx, ecx",
    "    xor   edx, edx",
    "2:  mov   rsi, [rax]",
    "    mov   r8, [rax + 8]",
    "    add   rax, 16",
    "    cmp   rsi, 7",
    "    cmove rcx, r8",
    "    cmp   rsi, 8",
    "    cmove rdx, r8",
    "    test  rsi, rsi",
    "    jne   2b",
    "    add   rcx, rbx",
    "    add   rdx, rcx",
    "3:  cmp   rcx, rdx",
    "    jae   4f",
    "    cmp   dword ptr [rcx + 8], 8",
    "    jne   5f",
    "    mov   rax, [rcx]",
    "    mov   rsi, [rcx + 16]",
    "    add   rsi, rbx",
    "    mov   [rbx + rax], rsi",
    "    add   rcx, 24",
    "    jmp   3b",
    // The stack is as after a call; the same has to hold at the first instruction of what is called here.
    "4:  sub   rsp, 8",
    "    call  {begin}",
    "5:  ud2",
    ".size _start, . - _start",
    begin = sym begin,
);

// As above. ELF for the Arm 64-bit Architecture: R_AARCH64_RELATIVE is 1027.
#[cfg(target_arch = "aarch64")]
global_asm!(
    ".globl _start",
    ".hidden _start",
    ".hidden __ehdr_start",
    ".type _start, %function",
    "_start:",
    "    mov  x29, xzr",
    "    mov  x30, xzr",
    "    adrp x1, __ehdr_start",
    "    add  x1, x1, :lo12:__ehdr_start",
    "    adrp x2, _DYNAMIC",
    "    add  x2, x2, :lo12:_DYNAMIC",
    "    mov  x3, xzr",
    "    mov  x4, xzr",
    "2:  ldp  x5, x6, [x2], #16",
    "    cmp  x5, #7",
    "    csel x3, x6, x3, eq",
    "    cmp  x5, #8",
    "    csel x4, x6, x4, eq",
    "    cbnz x5, 2b",
    "    add  x3, x3, x1",
    "    add  x4, x4, x3",
    "3:  cmp  x3, x4",
    "    b.hs 4f",
    "    ldp  x5, x6, [x3]",
    "    ldr  x7, [x3, #16]",
    "    cmp  w6, #1027",
    "    b.ne 5f",
    "    add  x7, x7, x1",
    "    str  x7, [x1, x5]",
    "    add  x3, x3, #24",
    "    b    3b",
    "4:  bl   {begin}",
    "5:  udf  #0",
    ".size _start, . - _start",
    begin = sym begin,
);

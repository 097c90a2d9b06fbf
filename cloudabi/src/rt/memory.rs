//! The functions of C on which compiled code relies. In assembly, since a compiler may turn a loop that copies into
//! a call of the function that it stands in.

use core::arch::global_asm;

/// Defines a global function.
macro_rules! function {
    ($kind:literal, $name:literal $(, $line:literal)* $(,)?) => {
        global_asm!(
            concat!(".section .text.", $name, ",\"ax\",", $kind, "progbits"),
            concat!(".globl ", $name),
            concat!(".hidden ", $name),
            concat!(".type ", $name, ", ", $kind, "function"),
            concat!($name, ":"),
            $($line,)*
            concat!(".size ", $name, ", . - ", $name),
            ".text",
        );
    };
}

#[cfg(target_arch = "x86_64")]
mod x86_64 {
    use super::global_asm;

    function!("@", "memcpy", "mov rax, rdi", "mov rcx, rdx", "rep movsb", "ret");

    function!(
        "@",
        "memmove",
        "mov rax, rdi",
        "mov rcx, rdx",
        "mov r8, rdi",
        "sub r8, rsi",
        // The destination begins inside of the source: the last byte has to go first.
        "cmp r8, rdx",
        "jb 2f",
        "rep movsb",
        "ret",
        "2: lea rsi, [rsi + rdx - 1]",
        "lea rdi, [rdi + rdx - 1]",
        "std",
        "rep movsb",
        "cld",
        "ret",
    );

    function!(
        "@",
        "memset",
        "mov r8, rdi",
        "mov eax, esi",
        "mov rcx, rdx",
        "rep stosb",
        "mov rax, r8",
        "ret"
    );

    function!(
        "@",
        "memcmp",
        "xor ecx, ecx",
        "2: cmp rcx, rdx",
        "je 3f",
        "movzx eax, byte ptr [rdi + rcx]",
        "movzx r8d, byte ptr [rsi + rcx]",
        "inc rcx",
        "sub eax, r8d",
        "je 2b",
        "ret",
        "3: xor eax, eax",
        "ret",
    );

    function!("@", "bcmp", "jmp memcmp");

    function!(
        "@",
        "strlen",
        "xor eax, eax",
        "2: cmp byte ptr [rdi + rax], 0",
        "je 3f",
        "inc rax",
        "jmp 2b",
        "3: ret",
    );
}

#[cfg(target_arch = "aarch64")]
mod aarch64 {
    use super::global_asm;

    function!(
        "%",
        "memcpy",
        "mov x3, x0",
        "2: cbz x2, 3f",
        "ldrb w4, [x1], #1",
        "strb w4, [x3], #1",
        "sub x2, x2, #1",
        "b 2b",
        "3: ret",
    );

    function!(
        "%",
        "memmove",
        "sub x3, x0, x1",
        // The destination begins inside of the source: the last byte has to go first.
        "cmp x3, x2",
        "b.lo 2f",
        "b memcpy",
        "2: cbz x2, 3f",
        "sub x2, x2, #1",
        "ldrb w4, [x1, x2]",
        "strb w4, [x0, x2]",
        "b 2b",
        "3: ret",
    );

    function!(
        "%",
        "memset",
        "mov x3, x0",
        "2: cbz x2, 3f",
        "strb w1, [x3], #1",
        "sub x2, x2, #1",
        "b 2b",
        "3: ret",
    );

    function!(
        "%",
        "memcmp",
        "2: cbz x2, 3f",
        "ldrb w3, [x0], #1",
        "ldrb w4, [x1], #1",
        "sub x2, x2, #1",
        "subs w5, w3, w4",
        "b.eq 2b",
        "mov w0, w5",
        "ret",
        "3: mov w0, wzr",
        "ret",
    );

    function!("%", "bcmp", "b memcmp");

    function!(
        "%",
        "strlen",
        "mov x1, x0",
        "2: ldrb w2, [x1], #1",
        "cbnz w2, 2b",
        "sub x0, x1, x0",
        "sub x0, x0, #1",
        "ret",
    );
}

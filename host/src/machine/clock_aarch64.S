/*
 * clock_time_get without leaving the program's stack or entering the kernel, where the host's own vDSO
 * has a function for that. It stands behind the stubs in their section and is copied into the image with
 * them. Everything unusual is left to the stub: clocks that the host has not named, an address outside of
 * the program's memory, a time that does not fit, an address that faults.
 *
 * It starts and ends as stubs do, so that the same unwind table serves it: hint, stp and mov first, ldp and
 * ret last. It needs 80 bytes of the program's stack beside those that the host's function needs.
 */

    .pushsection .text.cloudabi_vdso, "ax", %progbits

    /* So that the call below is one within this section, whatever the file is linked into. */
    .hidden cloudabi_sys_clock_time_get

    .p2align 2
    .globl cloudabi_vdso_clock
    .hidden cloudabi_vdso_clock
    .type cloudabi_vdso_clock, %function
cloudabi_vdso_clock:
    .cfi_startproc
    hint #34
    stp x29, x30, [sp, #-16]!
    .cfi_def_cfa_offset 16
    .cfi_offset x29, -16
    .cfi_offset x30, -8
    mov x29, sp
    .cfi_def_cfa_register x29
    sub sp, sp, #48
    /* The arguments, for the stub: the clock, the precision, and where the result goes. */
    stp x0, x1, [sp, #16]
    str x2, [sp, #32]
    cmp w0, #8                      /* the number of host ids below */
    b.hs 1f
    adr x9, cloudabi_vdso_clock_data
    add x10, x9, #24
    ldr w0, [x10, w0, uxtw #2]      /* the host's id */
    tbnz w0, #31, 1f
    ldp x10, x11, [x9, #8]          /* the region's base; the last offset at which a result fits */
    sub x10, x2, x10
    cmp x10, x11
    b.hi 1f
    ldr x16, [x9, #0]
    mov x1, sp                      /* seconds, then nanoseconds */
    blr x16
    cbnz w0, 1f
    ldp x9, x10, [sp, #0]
    mov w11, #0xca00                /* 1000000000 */
    movk w11, #0x3b9a, lsl #16
    umulh x12, x9, x11              /* negative seconds overflow too */
    cbnz x12, 1f
    mul x9, x9, x11
    adds x9, x9, x10
    b.cs 1f
    ldr x2, [sp, #32]
    .globl cloudabi_vdso_clock_store
    .hidden cloudabi_vdso_clock_store
cloudabi_vdso_clock_store:
    str x9, [x2, #0]
    .globl cloudabi_vdso_clock_store_end
    .hidden cloudabi_vdso_clock_store_end
cloudabi_vdso_clock_store_end:
    b 2f                            /* w0 is 0, as the host's function returned it */
    /* Where a fault of the store leads. The stub meets the same fault and answers with an error. */
    .globl cloudabi_vdso_clock_landing
    .hidden cloudabi_vdso_clock_landing
cloudabi_vdso_clock_landing:
1:  ldp x0, x1, [sp, #16]
    ldr x2, [sp, #32]
    bl cloudabi_sys_clock_time_get
2:  mov sp, x29
    ldp x29, x30, [sp], #16
    .cfi_def_cfa sp, 0
    .cfi_restore x29
    .cfi_restore x30
    ret
    .cfi_endproc
    .size cloudabi_vdso_clock, . - cloudabi_vdso_clock
    .globl cloudabi_vdso_clock_end
    .hidden cloudabi_vdso_clock_end
cloudabi_vdso_clock_end:

    /* What the host fills in, in the copy: see `ClockData`. */
    .p2align 6
    .globl cloudabi_vdso_clock_data
    .hidden cloudabi_vdso_clock_data
cloudabi_vdso_clock_data:
    .skip 56
    .globl cloudabi_vdso_code_end
    .hidden cloudabi_vdso_code_end
cloudabi_vdso_code_end:
    .popsection

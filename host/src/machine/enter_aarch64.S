/*
 * From the host into a program, and back. Offsets into the thread block are those of the stub contract.
 */

    .pushsection .text.cloudabi_enter, "ax", %progbits

/*
 * uint64_t cloudabi_enter(
 *     ThreadBlock *thread /x0/, entry /x1/, first argument /x2/, second argument /x3/,
 *     top of the program's stack /x4/, thread control block /x5/);
 */
    .p2align 4
    .globl cloudabi_enter
    .hidden cloudabi_enter
    .type cloudabi_enter, %function
cloudabi_enter:
    .cfi_startproc
    hint #34
    stp x29, x30, [sp, #-176]!
    .cfi_def_cfa_offset 176
    .cfi_offset x29, -176
    .cfi_offset x30, -168
    stp x19, x20, [sp, #16]
    .cfi_offset x19, -160
    .cfi_offset x20, -152
    stp x21, x22, [sp, #32]
    .cfi_offset x21, -144
    .cfi_offset x22, -136
    stp x23, x24, [sp, #48]
    .cfi_offset x23, -128
    .cfi_offset x24, -120
    stp x25, x26, [sp, #64]
    .cfi_offset x25, -112
    .cfi_offset x26, -104
    stp x27, x28, [sp, #80]
    .cfi_offset x27, -96
    .cfi_offset x28, -88
    stp d8, d9, [sp, #96]
    .cfi_offset d8, -80
    .cfi_offset d9, -72
    stp d10, d11, [sp, #112]
    .cfi_offset d10, -64
    .cfi_offset d11, -56
    stp d12, d13, [sp, #128]
    .cfi_offset d12, -48
    .cfi_offset d13, -40
    stp d14, d15, [sp, #144]
    .cfi_offset d14, -32
    .cfi_offset d15, -24
    /* C wants the modes of floating point arithmetic back as they were. */
    mrs x9, fpcr
    str x9, [sp, #160]

    /* What calls of the program need: the stubs' stack begins below what was just saved. */
    mov x9, sp
    mrs x10, tpidr_el0
    stp x10, x9, [x0, #0]           /* host_thread_pointer, host_stack */
    msr tpidr_el0, x5

    mov x16, x1
    mov x0, x2
    mov x1, x3
    /* Whoever unwinds from here on stops here, rather than look for the caller on the program's stack. */
    .cfi_undefined x30
    and x4, x4, #-16
    mov sp, x4
    /* The entry point returns to nowhere: a call chain ends here. */
    mov x29, xzr
    mov x30, xzr

    /*
     * Nothing of the host's is left in registers. x16 holds the entry point: through it, a jump may lead to
     * where a call may. x18 belongs to the platform.
     */
    mov x2, xzr
    mov x3, xzr
    mov x4, xzr
    mov x5, xzr
    mov x6, xzr
    mov x7, xzr
    mov x8, xzr
    mov x9, xzr
    mov x10, xzr
    mov x11, xzr
    mov x12, xzr
    mov x13, xzr
    mov x14, xzr
    mov x15, xzr
    mov x17, xzr
    mov x19, xzr
    mov x20, xzr
    mov x21, xzr
    mov x22, xzr
    mov x23, xzr
    mov x24, xzr
    mov x25, xzr
    mov x26, xzr
    mov x27, xzr
    mov x28, xzr
    movi v0.2d, #0
    movi v1.2d, #0
    movi v2.2d, #0
    movi v3.2d, #0
    movi v4.2d, #0
    movi v5.2d, #0
    movi v6.2d, #0
    movi v7.2d, #0
    movi v8.2d, #0
    movi v9.2d, #0
    movi v10.2d, #0
    movi v11.2d, #0
    movi v12.2d, #0
    movi v13.2d, #0
    movi v14.2d, #0
    movi v15.2d, #0
    movi v16.2d, #0
    movi v17.2d, #0
    movi v18.2d, #0
    movi v19.2d, #0
    movi v20.2d, #0
    movi v21.2d, #0
    movi v22.2d, #0
    movi v23.2d, #0
    movi v24.2d, #0
    movi v25.2d, #0
    movi v26.2d, #0
    movi v27.2d, #0
    movi v28.2d, #0
    movi v29.2d, #0
    movi v30.2d, #0
    movi v31.2d, #0
    msr fpsr, xzr
    br x16
    .cfi_endproc
    .size cloudabi_enter, . - cloudabi_enter

/*
 * void cloudabi_leave(const ThreadBlock *thread /x0/, uint64_t value /x1/);
 */
    .p2align 4
    .globl cloudabi_leave
    .hidden cloudabi_leave
    .type cloudabi_leave, %function
cloudabi_leave:
    .cfi_startproc
    hint #34
    ldr x9, [x0, #8]                /* host_stack: what was saved begins there */
    mov x0, x1
    mov sp, x9
    .cfi_def_cfa_offset 176
    .cfi_offset x29, -176
    .cfi_offset x30, -168
    .cfi_offset x19, -160
    .cfi_offset x20, -152
    .cfi_offset x21, -144
    .cfi_offset x22, -136
    .cfi_offset x23, -128
    .cfi_offset x24, -120
    .cfi_offset x25, -112
    .cfi_offset x26, -104
    .cfi_offset x27, -96
    .cfi_offset x28, -88
    .cfi_offset d8, -80
    .cfi_offset d9, -72
    .cfi_offset d10, -64
    .cfi_offset d11, -56
    .cfi_offset d12, -48
    .cfi_offset d13, -40
    .cfi_offset d14, -32
    .cfi_offset d15, -24
    ldr x9, [sp, #160]
    msr fpcr, x9
    ldp d14, d15, [sp, #144]
    ldp d12, d13, [sp, #128]
    ldp d10, d11, [sp, #112]
    ldp d8, d9, [sp, #96]
    ldp x27, x28, [sp, #80]
    ldp x25, x26, [sp, #64]
    ldp x23, x24, [sp, #48]
    ldp x21, x22, [sp, #32]
    ldp x19, x20, [sp, #16]
    ldp x29, x30, [sp], #176
    .cfi_def_cfa_offset 0
    .cfi_restore x19
    .cfi_restore x20
    .cfi_restore x21
    .cfi_restore x22
    .cfi_restore x23
    .cfi_restore x24
    .cfi_restore x25
    .cfi_restore x26
    .cfi_restore x27
    .cfi_restore x28
    .cfi_restore x29
    .cfi_restore x30
    .cfi_restore d8
    .cfi_restore d9
    .cfi_restore d10
    .cfi_restore d11
    .cfi_restore d12
    .cfi_restore d13
    .cfi_restore d14
    .cfi_restore d15
    ret
    .cfi_endproc
    .size cloudabi_leave, . - cloudabi_leave
    .popsection

/*
 * From the host into a program, and back. Offsets into the thread block are those of the stub contract.
 */

    .pushsection .text.cloudabi_enter, "ax", %progbits

/*
 * uint64_t cloudabi_enter(
 *     ThreadBlock *thread /rdi/, entry /rsi/, first argument /rdx/, second argument /rcx/,
 *     top of the program's stack /r8/, thread control block /r9/);
 */
    .p2align 4, 0xcc
    .globl cloudabi_enter
    .hidden cloudabi_enter
    .type cloudabi_enter, %function
cloudabi_enter:
    .cfi_startproc
    push %rbp
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %rbp, 0
    push %rbx
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %rbx, 0
    push %r12
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %r12, 0
    push %r13
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %r13, 0
    push %r14
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %r14, 0
    push %r15
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %r15, 0
    sub $8, %rsp
    .cfi_adjust_cfa_offset 8
    /* C wants the modes of floating point arithmetic back as they were. */
    stmxcsr 0(%rsp)
    fnstcw 4(%rsp)

    /* What calls of the program need: the stubs' stack begins below what was just saved. */
    mov %rsp, 8(%rdi)               /* host_stack */
    mov %fs:0, %rax
    mov %rax, 0(%rdi)               /* host_thread_pointer */
    mov %r9, %fs:0

    mov %rsi, %rax
    mov %rdx, %rdi
    mov %rcx, %rsi
    /* Whoever unwinds from here on stops here, rather than look for the caller on the program's stack. */
    .cfi_undefined %rip
    and $-16, %r8
    lea -8(%r8), %rsp
    /* The entry point returns to nowhere: a call chain ends here. */
    movq $0, 0(%rsp)

    /* Nothing of the host's is left in registers. rax holds the entry point. */
    xor %ebx, %ebx
    xor %ecx, %ecx
    xor %edx, %edx
    xor %ebp, %ebp
    xor %r8d, %r8d
    xor %r9d, %r9d
    xor %r10d, %r10d
    xor %r11d, %r11d
    xor %r12d, %r12d
    xor %r13d, %r13d
    xor %r14d, %r14d
    xor %r15d, %r15d
    xorps %xmm0, %xmm0
    xorps %xmm1, %xmm1
    xorps %xmm2, %xmm2
    xorps %xmm3, %xmm3
    xorps %xmm4, %xmm4
    xorps %xmm5, %xmm5
    xorps %xmm6, %xmm6
    xorps %xmm7, %xmm7
    xorps %xmm8, %xmm8
    xorps %xmm9, %xmm9
    xorps %xmm10, %xmm10
    xorps %xmm11, %xmm11
    xorps %xmm12, %xmm12
    xorps %xmm13, %xmm13
    xorps %xmm14, %xmm14
    xorps %xmm15, %xmm15
    cld
    jmp *%rax
    .cfi_endproc
    .size cloudabi_enter, . - cloudabi_enter

/*
 * void cloudabi_leave(const ThreadBlock *thread /rdi/, uint64_t value /rsi/);
 */
    .p2align 4, 0xcc
    .globl cloudabi_leave
    .hidden cloudabi_leave
    .type cloudabi_leave, %function
cloudabi_leave:
    .cfi_startproc
    .cfi_def_cfa %rsp, 8
    mov %rsi, %rax
    mov 8(%rdi), %rsp               /* host_stack: what was saved begins there */
    .cfi_def_cfa_offset 64
    .cfi_offset %rbp, -16
    .cfi_offset %rbx, -24
    .cfi_offset %r12, -32
    .cfi_offset %r13, -40
    .cfi_offset %r14, -48
    .cfi_offset %r15, -56
    ldmxcsr 0(%rsp)
    fldcw 4(%rsp)
    add $8, %rsp
    .cfi_adjust_cfa_offset -8
    pop %r15
    .cfi_adjust_cfa_offset -8
    .cfi_restore %r15
    pop %r14
    .cfi_adjust_cfa_offset -8
    .cfi_restore %r14
    pop %r13
    .cfi_adjust_cfa_offset -8
    .cfi_restore %r13
    pop %r12
    .cfi_adjust_cfa_offset -8
    .cfi_restore %r12
    pop %rbx
    .cfi_adjust_cfa_offset -8
    .cfi_restore %rbx
    pop %rbp
    .cfi_adjust_cfa_offset -8
    .cfi_restore %rbp
    cld
    ret
    .cfi_endproc
    .size cloudabi_leave, . - cloudabi_leave
    .popsection

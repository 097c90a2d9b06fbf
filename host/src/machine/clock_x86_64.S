/*
 * clock_time_get without leaving the program's stack or entering the kernel, where the host's own vDSO
 * has a function for that. It stands behind the stubs in their section and is copied into the image with
 * them. Everything unusual is left to the stub: clocks that the host has not named, an address outside of
 * the program's memory, a time that does not fit, an address that faults.
 *
 * It starts and ends as stubs do, so that the same unwind table serves it: push and mov first, leave and ret
 * last. It needs 88 bytes of the program's stack, the return address included, beside those that the host's
 * function needs.
 */

    .pushsection .text.cloudabi_vdso, "ax", %progbits

    /* So that the call below is one within this section, whatever the file is linked into. */
    .hidden cloudabi_sys_clock_time_get

    .p2align 4, 0xcc
    .globl cloudabi_vdso_clock
    .hidden cloudabi_vdso_clock
    .type cloudabi_vdso_clock, %function
cloudabi_vdso_clock:
    .cfi_startproc
    push %rbp
    .cfi_def_cfa_offset 16
    .cfi_offset %rbp, -16
    mov %rsp, %rbp
    .cfi_def_cfa_register %rbp
    sub $48, %rsp
    /* The arguments, for the stub: the clock, the precision, and where the result goes. */
    mov %rdi, 16(%rsp)
    mov %rsi, 24(%rsp)
    mov %rdx, 32(%rsp)
    mov %edi, %edi                  /* what is above an argument's width may be anything */
    cmp $8, %edi                    /* the number of host ids below */
    jae 1f
    lea cloudabi_vdso_clock_data(%rip), %rcx
    mov 24(%rcx,%rdi,4), %edi       /* the host's id */
    test %edi, %edi
    js 1f
    sub 8(%rcx), %rdx               /* the region's base */
    cmp 16(%rcx), %rdx              /* the last offset at which a result fits */
    ja 1f
    mov %rsp, %rsi                  /* seconds, then nanoseconds */
    call *0(%rcx)
    test %eax, %eax
    jnz 1f
    mov $1000000000, %ecx
    mov 0(%rsp), %rax
    mul %rcx                        /* negative seconds overflow too */
    jc 1f
    add 8(%rsp), %rax
    jc 1f
    mov 32(%rsp), %rdx
    .globl cloudabi_vdso_clock_store
    .hidden cloudabi_vdso_clock_store
cloudabi_vdso_clock_store:
    mov %rax, 0(%rdx)
    .globl cloudabi_vdso_clock_store_end
    .hidden cloudabi_vdso_clock_store_end
cloudabi_vdso_clock_store_end:
    xor %eax, %eax
    jmp 2f
    /* Where a fault of the store leads. The stub meets the same fault and answers with an error. */
    .globl cloudabi_vdso_clock_landing
    .hidden cloudabi_vdso_clock_landing
cloudabi_vdso_clock_landing:
1:  mov 16(%rsp), %rdi
    mov 24(%rsp), %rsi
    mov 32(%rsp), %rdx
    call cloudabi_sys_clock_time_get
2:  leave
    .cfi_def_cfa %rsp, 8
    .cfi_restore %rbp
    ret
    .cfi_endproc
    .size cloudabi_vdso_clock, . - cloudabi_vdso_clock
    .globl cloudabi_vdso_clock_end
    .hidden cloudabi_vdso_clock_end
cloudabi_vdso_clock_end:

    /* What the host fills in, in the copy: see `ClockData`. */
    .p2align 6, 0xcc
    .globl cloudabi_vdso_clock_data
    .hidden cloudabi_vdso_clock_data
cloudabi_vdso_clock_data:
    .skip 56
    .globl cloudabi_vdso_code_end
    .hidden cloudabi_vdso_code_end
cloudabi_vdso_code_end:
    .popsection

/*
 * Programs of a few instructions. Offsets are those of the structures `CallRecord` and `EntryRecord`.
 */

    .text

/*
 * Makes one call, with values in all registers that C functions keep, writes down what it finds afterwards, and
 * exits. Its argument is a `CallRecord`.
 */
    .p2align 4
    .globl test_guest_call
    .type test_guest_call, %function
test_guest_call:
    push %rdi
    mov %rdi, %rax
    mov $0xb0, %ebx
    mov $0xb1, %ebp
    mov $0xb2, %r12d
    mov $0xb3, %r13d
    mov $0xb4, %r14d
    mov $0xb5, %r15d
    pushq 80(%rax)
    pushq 72(%rax)
    pushq 64(%rax)
    pushq 56(%rax)
    mov 8(%rax), %rdi
    mov 16(%rax), %rsi
    mov 24(%rax), %rdx
    mov 32(%rax), %rcx
    mov 40(%rax), %r8
    mov 48(%rax), %r9
    call *0(%rax)
    add $32, %rsp
    mov 0(%rsp), %r11
    mov %rax, 96(%r11)
    mov %rbx, 104(%r11)
    mov %rbp, 112(%r11)
    mov %r12, 120(%r11)
    mov %r13, 128(%r11)
    mov %r14, 136(%r11)
    mov %r15, 144(%r11)
    mov %fs:0, %rax
    mov %rax, 152(%r11)
    mov %rsp, 160(%r11)
    xor %edi, %edi
    call *88(%r11)
    ud2

/*
 * Writes down with what it was entered, spoils everything, and exits. Its argument is an `EntryRecord`.
 */
    .p2align 4
    .globl test_guest_entry
    .type test_guest_entry, %function
test_guest_entry:
    mov %rax, 8(%rdi)
    mov %rbx, 16(%rdi)
    mov %rcx, 24(%rdi)
    mov %rdx, 32(%rdi)
    mov %rsi, 40(%rdi)
    mov %rbp, 48(%rdi)
    mov %rsp, 56(%rdi)
    mov %r8, 64(%rdi)
    mov %r9, 72(%rdi)
    mov %r10, 80(%rdi)
    mov %r11, 88(%rdi)
    mov %r12, 96(%rdi)
    mov %r13, 104(%rdi)
    mov %r14, 112(%rdi)
    mov %r15, 120(%rdi)
    mov %fs:0, %rax
    mov %rax, 128(%rdi)
    mov 0(%rsp), %rax
    mov %rax, 136(%rdi)
    movups %xmm0, 144(%rdi)
    por %xmm1, %xmm0
    por %xmm2, %xmm0
    por %xmm3, %xmm0
    por %xmm4, %xmm0
    por %xmm5, %xmm0
    por %xmm6, %xmm0
    por %xmm7, %xmm0
    por %xmm8, %xmm0
    por %xmm9, %xmm0
    por %xmm10, %xmm0
    por %xmm11, %xmm0
    por %xmm12, %xmm0
    por %xmm13, %xmm0
    por %xmm14, %xmm0
    por %xmm15, %xmm0
    movups %xmm0, 144(%rdi)
    mov $-1, %rbx
    mov $-1, %rbp
    mov $-1, %r12
    mov $-1, %r13
    mov $-1, %r14
    mov $-1, %r15
    movl $0x7f80, -4(%rsp)          /* round towards zero */
    ldmxcsr -4(%rsp)
    movw $0x0c7f, -8(%rsp)          /* the same, for x87 */
    fldcw -8(%rsp)
    mov 0(%rdi), %rax
    mov $7, %edi
    call *%rax
    ud2

/*
 * uint64_t test_kept(uint64_t (*function)(void *, void *), void *first, void *second, uint64_t kept[8]);
 *
 * Calls a function with values in all registers that C functions keep, and writes down what is in them afterwards,
 * and the modes of floating point arithmetic.
 */
    .p2align 4
    .globl test_kept
    .type test_kept, %function
test_kept:
    push %rbx
    push %rbp
    push %r12
    push %r13
    push %r14
    push %r15
    push %rcx
    mov %rdi, %rax
    mov %rsi, %rdi
    mov %rdx, %rsi
    mov $0xa0, %ebx
    mov $0xa1, %ebp
    mov $0xa2, %r12d
    mov $0xa3, %r13d
    mov $0xa4, %r14d
    mov $0xa5, %r15d
    call *%rax
    pop %rcx
    mov %rbx, 0(%rcx)
    mov %rbp, 8(%rcx)
    mov %r12, 16(%rcx)
    mov %r13, 24(%rcx)
    mov %r14, 32(%rcx)
    mov %r15, 40(%rcx)
    movq $0, 48(%rcx)
    movq $0, 56(%rcx)
    stmxcsr 48(%rcx)
    fnstcw 56(%rcx)
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %rbp
    pop %rbx
    ret

//! Stubs with mistakes: the checks must find each of them.

use crate::bench::{Bench, Product, stub_file};
use crate::definitions;

/// Replaces a piece of text in one stub, runs all stubs, and expects exactly that stub to be found wrong, in
/// these words.
fn expect(suffix: &str, call: &str, old: &str, new: &str, problem: &str) {
    expect_changed(suffix, call, |stub| stub.replacen(old, new, 1), problem);
}

/// Changes one stub, runs all stubs, and expects exactly that stub to be found wrong, in these words.
fn expect_changed(suffix: &str, call: &str, change: impl Fn(&str) -> String, problem: &str) {
    let Some(bench) = Bench::new("doctored stubs are found out") else { return };
    let file = stub_file(suffix);
    let product = Product::new(definitions::read("codegen/tests/cases/stubs/abi"));
    let assembly = product.stubs(file).expect("a file");
    let label = format!("{}:\n", product.symbol(call));
    let start = assembly.find(&label).expect("the stub");
    let end = start + assembly[start..].find(".cfi_endproc").expect("its end");
    let changed = change(&assembly[start..end]);
    assert_ne!(changed, assembly[start..end], "{suffix} {call}: the change changes nothing");
    let doctored = format!("{}{changed}{}", &assembly[..start], &assembly[end..]);
    let image = product.image(&bench.tools, file.isa, &doctored);
    let problems = product.execute(&bench, file, &image).expect_err("a problem");
    assert_eq!(problems.len(), 1, "{problems:#?}");
    assert!(problems[0].contains(&format!(" {call},")), "{problems:?}");
    assert!(problems[0].contains(problem), "{problems:?}");
}

#[test]
fn wrong_number() {
    expect("x86_64", "gives_word", "mov $3, %eax", "mov $4, %eax", "the kernel sees call 4, not 3");
    expect("armv6_on_64bit", "gives_word", "mov r0, #3", "mov r0, #4", "the kernel sees call 4, not 3");
    expect("x86_64_emulated", "gives_word", "call *24(%r11)", "call *32(%r11)", "entry 4 was called, not 3");
}

#[test]
fn fourth_argument_left_in_rcx() {
    expect("x86_64", "six_in_two_out", "mov %rcx, %r10", "nop", "as d, not");
}

#[test]
fn swapped_arguments() {
    expect("i686_on_64bit", "gives_word", "mov %eax, (%esp)", "mov %eax, 8(%esp)", "as a, not");
    expect("armv6_on_64bit", "pairs", "str r0, [sp]", "str r1, [sp]", "as a, not");
    expect("aarch64_emulated", "pairs", "stp x0, x1", "stp x1, x0", "slot 0 holds");
    expect("x86_64_emulated", "pairs", "push %rsi", "push %rdx", "slot 1 holds");
}

#[test]
fn address_not_extended() {
    let (old, new) = ("movl $0, 4(%esp)", "nop");
    expect("i686_on_64bit", "six_words", old, new, "as a, not");
    expect("armv6_on_64bit", "six_words", "mov r3, #0", "nop", "as a, not");
}

#[test]
fn block_too_small() {
    // The kernel writes 16 bytes, whatever the call: here over what the stub kept, and over the return address.
    let change = |stub: &str| stub.replace("[sp, #16]", "[sp, #8]");
    expect_changed("armv6_on_64bit", "gives_tiny", change, "executing");
    expect_changed("i686_on_64bit", "nothing", |stub| stub.replace("20", "12"), "unwinding at");
}

#[test]
fn stack_moved_before_the_trap() {
    // Unwinding follows; but the kernel reads arguments at esp + 4.
    let (old, new) =
        ("int $0x80", "push %ecx\n.cfi_adjust_cfa_offset 4\nint $0x80\npop %ecx\n.cfi_adjust_cfa_offset -4");
    expect("i686", "gives_word", old, new, "as a, not");
}

#[test]
fn store_too_wide() {
    expect("x86_64", "gives_tiny", "mov %al, (%rcx)", "mov %eax, (%rcx)", "0x41 into the results");
    expect("x86_64", "gives_word", "mov %eax, (%rcx)", "mov %rax, (%rcx)", "0x44 into the results");
    expect("aarch64", "gives_small", "strh w0", "str w0", "0x42 into the results");
    expect("armv6", "gives_tiny", "strbcc r0", "strcc r0", "0x41 into the results");
    expect("i686_on_64bit", "gives_small", "mov %dx, (%ecx)", "mov %edx, (%ecx)", "0x42 into the results");
}

#[test]
fn store_too_narrow() {
    expect("x86_64", "gives_wide", "mov %rax, (%rcx)", "mov %eax, (%rcx)", "0x44 into the results");
    expect("i686", "gives_wide", "mov %edx, 4(%ecx)", "nop", "0x44 into the results");
}

#[test]
fn results_swapped() {
    expect("x86_64", "gives_addresses", "mov %rax, (%rcx)", "mov %rdx, (%rcx)", "0x40 into the results");
    expect("aarch64", "gives_addresses", "ldp x2, x3", "ldp x3, x2", "0x40 into the results");
}

#[test]
fn stored_on_failure() {
    expect("x86_64", "gives_word", "jc 1f", "nop", "Failure(1): ");
    expect("aarch64", "gives_word", "b.cs 1f", "nop", "Failure(1): ");
    expect("armv6_on_64bit", "gives_word", "strcc r2, [r1]", "str r2, [r1]", "Failure(1): ");
}

#[test]
fn error_lost() {
    expect("armv6", "gives_word", "movcc r0, #0", "mov r0, #0", "returned 0x0");
    expect("x86_64_emulated", "nothing", "leave", "xor %eax, %eax\nleave", "returned 0x0");
}

#[test]
fn carry_believed_where_it_says_nothing() {
    expect("i686_on_64bit", "gives_word", "jnz 1f", "jc 1f", "");
}

#[test]
fn success_not_zero() {
    expect("x86_64", "gives_word", "xor %eax, %eax", "nop", "the stub returned");
}

#[test]
fn kept_register_lost() {
    expect("x86_64", "nothing", "mov $0, %eax", "mov $0, %eax\nmov %rax, %rbx", "gives rbx");
    expect("aarch64", "nothing", "svc #0", "mov x18, x8\nsvc #0", "gives x18");
    expect("x86_64_emulated", "nothing", "push %rbp\n", "sub $8, %rsp\n", "gives rbp");
    expect("aarch64_emulated", "nothing", "blr x16", "mov x19, x9\nblr x16", "gives x19");
}

#[test]
fn pointer_kept_where_it_is_lost() {
    expect("x86_64", "gives_word", "pop %rcx", "pop %rcx\nmov %rdx, %rcx", "");
    // Below the stack pointer, where a signal handler may write.
    let (old, new) = ("str x2, [sp, #-16]!", "str x2, [sp, #-16]");
    expect("aarch64", "gives_word", old, new, "unwinding at");
}

#[test]
fn wrong_unwinding() {
    let adjust = ".cfi_adjust_cfa_offset 8";
    expect("x86_64", "gives_word", adjust, ".cfi_adjust_cfa_offset 16", "unwinding at");
    expect("armv6", "gives_word", adjust, "", "unwinding at");
    expect("x86_64_emulated", "nothing", ".cfi_def_cfa_register %rbp", "", "unwinding at");
    expect("aarch64_emulated", "nothing", ".cfi_restore x29", "", "unwinding at");
}

#[test]
fn thread_word_not_swapped() {
    expect("x86_64_emulated", "nothing", "mov %r11, %fs:0", "nop", "not the host's during the call");
    expect("x86_64_emulated", "nothing", "mov %rcx, %fs:0", "nop", "the guest's thread word is not back");
    expect("aarch64_emulated", "nothing", "msr tpidr_el0, x11", "nop", "not the host's during the call");
    expect("aarch64_emulated", "nothing", "msr tpidr_el0, x9", "nop", "the guest's thread word is not back");
}

#[test]
fn host_stack_misused() {
    let (old, new) = ("mov 8(%r10), %rsp", "nop");
    expect("x86_64_emulated", "nothing", old, new, "not on the host stack");
    let (old, new) = ("push %rax                       /* keeps", "nop /* keeps");
    expect("x86_64_emulated", "gives_tiny", old, new, "not aligned");
}

#[test]
fn no_stop_after_a_call_that_does_not_return() {
    expect("x86_64", "stops_bare", "ud2", "ret", "the stub returned");
    expect("aarch64_emulated", "stops_bare", "brk #0", "nop", "");
}

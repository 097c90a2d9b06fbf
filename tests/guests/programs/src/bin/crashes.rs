//! Ends by a mistake: `how` of its arguments says by which one. Before that it writes to `output`, so that this is its last
//! call.

#![no_std]
#![no_main]

use core::mem::MaybeUninit;

use cloudabi_sys::{Fd, Signal, Subscription, SubscriptionProcTerminate, poll, proc_fork, proc_raise};
use guest::Output;

guest::main!(|start| {
    let arguments = start.arguments();
    let Some(output) = arguments.get("output").and_then(|value| value.descriptor()) else { return 2 };
    let how = arguments.get("how").and_then(|value| value.string()).unwrap_or_default();
    if how == "child" {
        // SAFETY: this process has one thread.
        let Ok((child, _)) = (unsafe { proc_fork() }) else { return 3 };
        if child != Fd::PROCESS_CHILD {
            // Closing it would end the child early.
            wait_for(child);
            return 0;
        }
    }
    if Output(output).write_all(b"so far so good\n").is_err() {
        return 4;
    }
    match how {
        "read" | "child" => read_from(8),
        "write" => write_to(0x1234_5678),
        "jump" => jump_to(0),
        "illegal" => do_what_there_is_not(),
        "raise" => give_up(Signal::ABRT),
        "end" => give_up(Signal::TERM),
        _ => return 5,
    }
    6
});

fn wait_for(child: Fd) {
    let subscription = Subscription::ZERO.with_proc_terminate(SubscriptionProcTerminate { fd: child });
    // SAFETY: both are live variables.
    let _ = unsafe { poll(&[subscription], &mut [MaybeUninit::uninit()]) };
}

#[unsafe(no_mangle)]
#[inline(never)]
extern "C" fn read_from(address: usize) {
    // SAFETY: there is nothing there, which ends the program. That is what it is for.
    unsafe {
        #[cfg(target_arch = "x86_64")]
        core::arch::asm!("mov al, byte ptr [{}]", in(reg) address, out("al") _);
        #[cfg(target_arch = "aarch64")]
        core::arch::asm!("ldrb {1:w}, [{0}]", in(reg) address, out(reg) _);
    }
}

#[unsafe(no_mangle)]
#[inline(never)]
extern "C" fn write_to(address: usize) {
    // SAFETY: as above.
    unsafe {
        #[cfg(target_arch = "x86_64")]
        core::arch::asm!("mov byte ptr [{}], 1", in(reg) address);
        #[cfg(target_arch = "aarch64")]
        core::arch::asm!("strb wzr, [{}]", in(reg) address);
    }
}

#[unsafe(no_mangle)]
#[inline(never)]
extern "C" fn jump_to(address: usize) {
    // SAFETY: as above.
    unsafe {
        #[cfg(target_arch = "x86_64")]
        core::arch::asm!("call {}", in(reg) address, clobber_abi("C"));
        #[cfg(target_arch = "aarch64")]
        core::arch::asm!("blr {}", in(reg) address, clobber_abi("C"));
    }
}

#[unsafe(no_mangle)]
#[inline(never)]
extern "C" fn do_what_there_is_not() {
    // SAFETY: there is no such instruction, which ends the program. That is what it is for.
    unsafe {
        #[cfg(target_arch = "x86_64")]
        core::arch::asm!("ud2");
        #[cfg(target_arch = "aarch64")]
        core::arch::asm!("udf #0");
    }
}

#[unsafe(no_mangle)]
#[inline(never)]
extern "C" fn give_up(signal: Signal) {
    // SAFETY: the call touches no memory.
    let _ = unsafe { proc_raise(signal) };
}

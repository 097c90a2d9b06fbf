//! Built and run by a test beside the file `stubs.S`: a host and a guest in one process, as the stub contract
//! has them, on a real processor.

use std::arch::{asm, global_asm};
use std::backtrace::Backtrace;
use std::cell::Cell;
use std::ffi::c_void;

#[cfg(target_arch = "x86_64")]
global_asm!(include_str!("stubs.S"), options(att_syntax, raw));
#[cfg(target_arch = "aarch64")]
global_asm!(include_str!("stubs.S"), options(raw));

unsafe extern "C" {
    fn stubs_sys_nothing() -> u32;
    fn stubs_sys_six_in_two_out(
        a: u32, b: usize, c: u8, d: u16, e: *const c_void, f: u32, x: *mut u8, y: *mut u32,
    ) -> u32;
}

type Entry = unsafe extern "C" fn(thread: *mut ThreadBlock, arguments: *const u64) -> u32;

#[repr(C)]
struct ThreadBlock {
    host_thread_pointer: u64,
    host_stack: *mut c_void,
    entries: *const Option<Entry>,
    context: *mut c_void,
}

thread_local! {
    static CALLS: Cell<u32> = const { Cell::new(0) };
}

/// Whether an address is on the stack that the host provides.
fn on_host_stack<T>(thread: &ThreadBlock, address: *const T) -> bool {
    let top = thread.host_stack as usize;
    (top - HOST_STACK..top).contains(&(address as usize))
}

const HOST_STACK: usize = 1 << 20;

unsafe extern "C" fn nothing(thread: *mut ThreadBlock, _arguments: *const u64) -> u32 {
    let here = 0;
    // SAFETY: the stub passes the block of the thread that calls.
    assert!(on_host_stack(unsafe { &*thread }, &here));
    // Needs the host's thread-local variables.
    CALLS.set(CALLS.get() + 1);
    // Needs unwinding through the stub.
    let trace = Backtrace::force_capture().to_string();
    assert!(trace.contains("guest_function"), "the stub ends the backtrace:\n{trace}");
    assert!(trace.contains("main"), "the guest ends the backtrace:\n{trace}");
    0xbeef
}

unsafe extern "C" fn six_in_two_out(thread: *mut ThreadBlock, arguments: *const u64) -> u32 {
    // SAFETY: the stub passes a slot for each input and each output.
    let slots = unsafe { std::slice::from_raw_parts(arguments, 8) };
    // SAFETY: it passes the block of the thread that calls.
    assert!(on_host_stack(unsafe { &*thread }, arguments));
    CALLS.set(CALLS.get() + 1);
    println!(
        "{:#x} {:#x} {:#x} {:#x} {:#x} {:#x}",
        slots[0] as u32, slots[1], slots[2] as u8, slots[3] as u16, slots[4], slots[5] as u32
    );
    // SAFETY: the last two say where the guest wants its results, which have these types.
    unsafe {
        *(slots[6] as *mut u8) = 0xab;
        *(slots[7] as *mut u32) = 0x1234_5678;
    }
    0
}

fn thread_word() -> u64 {
    let word;
    #[cfg(target_arch = "x86_64")]
    // SAFETY: the word is there in each thread, and reading it changes nothing.
    unsafe {
        asm!("mov {}, fs:[0]", out(reg) word);
    }
    #[cfg(target_arch = "aarch64")]
    // SAFETY: as above.
    unsafe {
        asm!("mrs {}, tpidr_el0", out(reg) word);
    }
    word
}

fn set_thread_word(word: u64) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: whoever calls this uses nothing of the C library until the word is what it was.
    unsafe {
        asm!("mov fs:[0], {}", in(reg) word);
    }
    #[cfg(target_arch = "aarch64")]
    // SAFETY: as above.
    unsafe {
        asm!("msr tpidr_el0, {}", in(reg) word);
    }
}

/// Runs with the guest's thread word: it must not use the host's library.
#[inline(never)]
#[unsafe(no_mangle)]
fn guest_function(control_block: u64, results: &mut (u32, u32, u8, u32, u64)) {
    let host = thread_word();
    set_thread_word(control_block);
    // SAFETY: the control block is the guest's, which stubs expect to find, and the call takes nothing.
    results.0 = unsafe { stubs_sys_nothing() };
    // SAFETY: as above; both results go to places that live on, and no argument is looked at.
    results.1 = unsafe {
        stubs_sys_six_in_two_out(
            0x11111111, 0x2222222222222222, 0x33, 0x4444, 0x5555555555555555 as *const c_void, 0x66666666,
            &mut results.2, &mut results.3,
        )
    };
    results.4 = thread_word();
    set_thread_word(host);
}

fn main() {
    let stack = vec![0_u128; HOST_STACK / 16];
    let mut entries: Vec<Option<Entry>> = vec![None; 32];
    entries[0] = Some(nothing);
    entries[8] = Some(six_in_two_out);
    let mut thread = ThreadBlock {
        host_thread_pointer: thread_word(),
        host_stack: stack.as_ptr_range().end as *mut c_void,
        entries: entries.as_ptr(),
        context: std::ptr::null_mut(),
    };
    let control_block = &raw mut thread as u64;
    let control_block = &raw const control_block as u64;
    let mut results = (1, 1, 0, 0, 0);
    guest_function(control_block, &mut results);
    assert_eq!(results, (0xbeef, 0, 0xab, 0x1234_5678, control_block));
    assert_eq!(CALLS.get(), 2);
    println!("done");
}

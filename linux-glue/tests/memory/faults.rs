//! Which faults end the process, with which signal, and which ones do not.

use crate::support::{file, fresh, of_file, page, protect, range, signal_of_child, space};
use cloudabi_host::copy::{Full, Recovery, landing};
use cloudabi_host::memory::GuestMemory as _;
use cloudabi_host::types::Mprot;
use cloudabi_linux_glue::faults::{self, AlternateStack};
use cloudabi_linux_glue::memory::HostStack;

/// Reads a byte in the way that a program does: without any provision for its absence.
fn read(address: u64) {
    let pointer: *const u8 = core::ptr::with_exposed_provenance(address as usize);
    // SAFETY: in a child process that may end here.
    std::hint::black_box(unsafe { pointer.read_volatile() });
}

/// Writes a byte in the same way.
fn write(address: u64) {
    let pointer: *mut u8 = core::ptr::with_exposed_provenance_mut(address as usize);
    // SAFETY: in a child process that may end here.
    unsafe { pointer.write_volatile(1) };
}

#[test]
fn faults_of_the_program_end_it_with_their_signal() {
    let space = space();
    let file = file(page());
    let cut_off = space.map(of_file(&file, page())).expect("mapped");
    file.set_len(0).expect("cut off");
    let read_only = space.map(fresh(page())).expect("memory");
    protect(&space, read_only, page(), Mprot::READ).expect("protection");
    assert_eq!(signal_of_child(|| read(read_only)), None);
    assert_eq!(signal_of_child(|| write(read_only)), Some(libc::SIGSEGV));
    assert_eq!(signal_of_child(|| read(8)), Some(libc::SIGSEGV));
    assert_eq!(signal_of_child(|| read(space.region().base())), Some(libc::SIGSEGV));
    assert_eq!(signal_of_child(|| read(cut_off)), Some(libc::SIGBUS));
    assert_eq!(signal_of_child(|| write(cut_off)), Some(libc::SIGBUS));
    let run = || {
        // SAFETY: in a child process that is to end here.
        let code: extern "C" fn() = unsafe { core::mem::transmute(read_only as usize) };
        code();
    };
    assert_eq!(signal_of_child(run), Some(libc::SIGSEGV));
}

#[test]
fn copies_recover_again_and_again_until_the_program_faults() {
    let space = space();
    let place = range(&space, space.region().base(), 8);
    let recover = || (0..3).for_each(|_| assert!(space.guest().copy_in(place, &mut [0; 8]).is_err()));
    assert_eq!(signal_of_child(recover), None);
    let run = || {
        recover();
        read(place.address());
    };
    assert_eq!(signal_of_child(run), Some(libc::SIGSEGV));
}

#[test]
fn signals_that_were_sent_are_not_taken_for_faults() {
    let _space = space();
    for signal in [libc::SIGSEGV, libc::SIGBUS] {
        // SAFETY: signals the child itself.
        let sent = signal_of_child(|| unsafe {
            libc::kill(libc::getpid(), signal);
        });
        assert_eq!(sent, Some(signal));
    }
}

#[test]
fn signals_that_were_blocked_are_let_through() {
    let space = space();
    let place = range(&space, space.region().base(), 8);
    let run = || {
        // SAFETY: the set is valid.
        unsafe {
            let mut all = core::mem::zeroed();
            libc::sigfillset(&mut all);
            libc::pthread_sigmask(libc::SIG_BLOCK, &all, core::ptr::null_mut());
        }
        faults::install().expect("a handler");
        assert!(space.guest().copy_in(place, &mut [0; 8]).is_err());
    };
    assert_eq!(signal_of_child(run), None);
}

#[test]
fn a_host_stack_can_be_used_to_its_ends_and_has_a_guard() {
    let _space = space();
    let stack = HostStack::allocate(100_000).expect("a stack");
    let (bottom, top) = (stack.bottom().expose_provenance() as u64, stack.top().expose_provenance() as u64);
    assert!(top - bottom >= 100_000 && top - bottom == stack.size() as u64);
    assert_eq!((bottom % page(), top % page()), (0, 0));
    assert_eq!(signal_of_child(|| (bottom..top).step_by(512).for_each(write)), None);
    assert_eq!(signal_of_child(|| write(top - 1)), None);
    for below in [1, page(), 65_536] {
        assert_eq!(signal_of_child(|| write(bottom - below)), Some(libc::SIGSEGV));
    }
    assert!(HostStack::allocate(usize::MAX).is_err());
    assert!(HostStack::allocate(usize::MAX - 70_000).is_err());
    drop(stack);
    assert_eq!(signal_of_child(|| write(bottom)), Some(libc::SIGSEGV), "it was given back");
}

/// The stack for signal handlers that the calling thread has.
fn current_alternate_stack() -> (usize, i32, usize) {
    let mut current = libc::stack_t { ss_sp: core::ptr::null_mut(), ss_flags: 0, ss_size: 0 };
    // SAFETY: the structure is valid for writing.
    assert_eq!(unsafe { libc::sigaltstack(core::ptr::null(), &mut current) }, 0);
    (current.ss_sp.addr(), current.ss_flags, current.ss_size)
}

#[test]
fn alternate_stacks_are_large_enough_and_give_way_to_the_previous_one() {
    let before = current_alternate_stack();
    let stack = AlternateStack::install().expect("a stack");
    let (address, flags, size) = current_alternate_stack();
    assert_ne!(address, before.0);
    assert_eq!(flags, 0);
    assert!(size >= rustix::param::linux_minsigstksz() + 8192, "{size}");
    drop(stack);
    assert_eq!(current_alternate_stack(), before);
}

#[test]
fn code_made_at_run_time_can_be_registered_while_there_is_room() {
    let run = || {
        let recovery = |index: usize| Recovery {
            instructions: 0x1000 + index * 16..0x1008 + index * 16,
            landing: 0x8000 + index,
        };
        // SAFETY: nothing at these addresses is ever run.
        let register = |index| unsafe { recovery(index).register() };
        let registered = (0..).take_while(|index| register(*index).is_ok()).count();
        assert!((4..100).contains(&registered));
        assert_eq!(register(registered), Err(Full));
        for index in 0..registered {
            let Recovery { instructions, landing: expected } = recovery(index);
            assert_eq!(landing(instructions.start), Some(expected));
            assert_eq!(landing(instructions.end - 1), Some(expected));
            assert_eq!(landing(instructions.end), None);
            assert_eq!(landing(instructions.start - 1), None);
        }
        recovery(2).unregister();
        assert_eq!(landing(0x1020), None);
        assert_eq!(register(50), Ok(()));
        assert_eq!(landing(0x1000 + 50 * 16), Some(0x8000 + 50));
        assert_eq!([landing(0), landing(1), landing(usize::MAX)], [None; 3]);
    };
    assert_eq!(signal_of_child(run), None);
}

// Reads address 0 while neither the stack pointer nor the thread word is the host's.
#[cfg(target_arch = "x86_64")]
core::arch::global_asm!(
    ".globl cloudabi_test_code, cloudabi_test_begin, cloudabi_test_landing",
    "cloudabi_test_code:",
    "mov r8, rsp",
    "mov r9, fs:[0]",
    "xor eax, eax",
    "mov rsp, rax",
    "mov fs:[0], rax",
    "cloudabi_test_begin:",
    "mov rdx, [rax]",
    "mov eax, 5",
    "cloudabi_test_landing:",
    "mov fs:[0], r9",
    "mov rsp, r8",
    "ret",
);

#[cfg(target_arch = "x86_64")]
unsafe extern "C" {
    fn cloudabi_test_code() -> u64;
    fn cloudabi_test_begin();
    fn cloudabi_test_landing();
}

#[cfg(target_arch = "x86_64")]
#[test]
fn recovery_needs_neither_the_stack_nor_the_thread_word() {
    let _space = space();
    let run = || {
        let _alternate = AlternateStack::install().expect("a stack");
        let [begin, landing] =
            [cloudabi_test_begin, cloudabi_test_landing].map(|label| label as *const () as usize);
        // SAFETY: the code can go on at the landing, and is never taken away.
        unsafe { Recovery { instructions: begin..landing, landing }.register() }.expect("room");
        // SAFETY: in the end, stack pointer and thread word are as they were.
        assert_eq!(unsafe { cloudabi_test_code() }, 0);
    };
    assert_eq!(signal_of_child(run), None);
}

/// The program's own fault in the same state.
#[cfg(target_arch = "x86_64")]
#[test]
fn the_end_needs_neither_the_stack_nor_the_thread_word() {
    let _space = space();
    let run = || {
        let _alternate = AlternateStack::install().expect("a stack");
        // SAFETY: in a child process that is to end here.
        unsafe { core::arch::asm!("mov fs:[0], {0}", "mov rsp, {0}", "push {0}", in(reg) 0_u64) };
    };
    assert_eq!(signal_of_child(run), Some(libc::SIGSEGV));
}

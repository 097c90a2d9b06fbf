//! The way in, and the way back.

use super::world::World;
use cloudabi_host::enter::{self, Start};
use cloudabi_host::types::Tid;
use std::ffi::c_void;
use std::ptr::null_mut;

unsafe extern "C" {
    fn test_guest_entry();
    fn test_kept(
        function: unsafe extern "C" fn(*mut c_void, *mut c_void) -> u64,
        first: *mut c_void,
        second: *mut c_void,
        kept: *mut [u64; 8],
    ) -> u64;
}

/// What the program `test_guest_entry` is given, and what it tells: registers, in the order of its instructions.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
struct EntryRecord {
    exit: u64,
    rax: u64,
    rbx: u64,
    rcx: u64,
    rdx: u64,
    rsi: u64,
    rbp: u64,
    rsp: u64,
    r8_to_r15: [u64; 8],
    thread_word: u64,
    return_address: u64,
    vectors: [u64; 2],
}

/// Runs the program of a thread block (first) that begins so (second).
unsafe extern "C" fn run(thread: *mut c_void, start: *mut c_void) -> u64 {
    // SAFETY: the pointers are those of a `ThreadBlock` that is filled in and of a `Start`. The program behaves.
    unsafe { enter::run(thread.cast(), &*start.cast::<Start>()) }
}

/// Has the program tell, and checks what is the same for all threads. Gives the second argument that it saw.
fn entered(change: impl FnOnce(&Start) -> Start) -> u64 {
    let mut world = World::new();
    let record = EntryRecord { exit: world.function("proc_exit"), ..Default::default() };
    // The program's stack has been used before, so that zeros on it are not there by chance.
    world.set((world.end() - world.address(0)) as usize - 8, u64::MAX);
    let mut kept = [0; 8];
    let mut modes = [0; 2];
    let mut stack_top = 0;
    let (record, value) = world.run(test_guest_entry, 0, record, |thread, start| {
        let mut start = change(start);
        stack_top = start.stack_top;
        let mut before = [0; 8];
        // SAFETY: both functions get what they need, and there is a place for the registers.
        unsafe {
            test_kept(nothing, null_mut(), null_mut(), &mut before);
            modes = [before[6], before[7]];
            test_kept(run, thread.cast(), (&raw mut start).cast(), &mut kept)
        }
    });
    assert_eq!(value, 7, "the value that the program's exit carried");
    assert_eq!(kept, [0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, modes[0], modes[1]], "what C wants kept");

    assert_eq!(record.rax, test_guest_entry as *const () as u64, "the entry point is no secret");
    assert_eq!([record.rbx, record.rcx, record.rdx, record.rbp], [0; 4]);
    assert_eq!(record.r8_to_r15, [0; 8]);
    assert_eq!(record.vectors, [0; 2]);
    assert_eq!(record.thread_word, world.control_block());
    assert_eq!(record.rsp, stack_top / 16 * 16 - 8, "the stack is as after a call");
    assert_eq!(record.return_address, 0);
    record.rsi
}

unsafe extern "C" fn nothing(_: *mut c_void, _: *mut c_void) -> u64 {
    0
}

#[test]
fn a_program_finds_its_argument_and_nothing_of_the_hosts() {
    assert_eq!(entered(|start| *start), 0);
}

#[test]
fn a_thread_finds_both_arguments_and_an_aligned_stack() {
    // The program takes its first argument for an address, so that the two are exchanged here.
    let second = entered(|start| {
        let thread =
            Start::thread(start.entry, Tid(0x3fff_ffff), 5, start.stack_top - 3, start.control_block);
        assert_eq!(thread.arguments, [0x3fff_ffff, 5]);
        Start { arguments: [start.arguments[0], thread.arguments[0]], ..thread }
    });
    assert_eq!(second, 0x3fff_ffff);
}

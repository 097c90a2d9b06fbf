//! A program's memory, the image, and a host that writes down how it is called.

use cloudabi_host::enter::{self, Start};
use cloudabi_host::memory::Region;
use cloudabi_host::runtime::Entry;
use cloudabi_host::table::{CALLS, SYMBOL_PREFIX};
use cloudabi_host::thread_block::ThreadBlock;
use cloudabi_host::vdso::{self, CLOCKS, FastClock};
use cloudabi_sys::vdso::Image;
use std::arch::{asm, global_asm};
use std::ffi::c_void;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicU64, Ordering};

global_asm!(include_str!("guest.S"), options(att_syntax, raw));

unsafe extern "C" {
    fn test_guest_call();
}

/// A page.
pub const PAGE: usize = 4096;
/// Size of the program's memory. Its stack begins at the end.
const SIZE: usize = 64 * PAGE;
/// Where a program's record and its control block are.
const RECORD: usize = 4 * PAGE;
const CONTROL_BLOCK: usize = 5 * PAGE;

/// Values that a program finds in the registers that C functions keep, before and after a call.
pub const KEPT: [u64; 6] = [0xb0, 0xb1, 0xb2, 0xb3, 0xb4, 0xb5];

/// What the program `test_guest_call` is given, and what it tells.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
pub struct CallRecord {
    function: u64,
    arguments: [u64; 10],
    exit: u64,
    /// What the call returned.
    pub result: u64,
    /// Registers that C functions keep.
    pub kept: [u64; 6],
    /// The thread word.
    pub thread_word: u64,
    /// The stack pointer.
    pub stack: u64,
}

/// How an entry of the dispatch table was called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The call's number.
    pub number: u32,
    /// The slots of its arguments.
    pub slots: Vec<u64>,
    /// The thread word.
    pub thread_word: u64,
    /// An address on the stack.
    pub stack: u64,
}

/// The host's side.
#[derive(Default)]
pub struct Host {
    /// What the call that is looked for returns.
    pub answer: u32,
    /// Calls, in their order, but for the one that exits.
    pub seen: Vec<Seen>,
    /// The number of the call that is looked for.
    number: u32,
}

/// The entry of the call that is looked for.
unsafe extern "C" fn looked_for(thread: *mut ThreadBlock, arguments: *const u64) -> u32 {
    // SAFETY: the block's context is the host, which nothing else uses while the program runs.
    let host = unsafe { &mut *(*thread).context.cast::<Host>() };
    let call = CALLS[host.number as usize].as_ref().expect("the call exists");
    // SAFETY: there is a slot for each argument.
    let slots = unsafe { std::slice::from_raw_parts(arguments, call.inputs.len() + call.outputs.len()) };
    let here = 0u8;
    // The allocation needs the host's thread word.
    host.seen.push(Seen {
        number: host.number,
        slots: slots.to_vec(),
        thread_word: thread_word(),
        stack: (&raw const here) as u64,
    });
    if call.noreturn {
        // SAFETY: nothing is left to do in this frame and the stub's.
        unsafe { enter::leave(thread, 0) }
    }
    host.answer
}

/// The entry of every other call: leaves with its first argument.
unsafe extern "C" fn exit(thread: *mut ThreadBlock, arguments: *const u64) -> u32 {
    // SAFETY: the call has an argument, and nothing is left to do in this frame and the stub's.
    unsafe { enter::leave(thread, arguments.read()) }
}

/// The thread word.
pub fn thread_word() -> u64 {
    let word;
    // SAFETY: every thread has one.
    unsafe { asm!("mov {}, fs:[0]", out(reg) word, options(nostack, readonly)) };
    word
}

/// Memory that is given back.
struct Mapping(*mut c_void, usize);

impl Mapping {
    fn new(size: usize) -> Mapping {
        let (protection, flags) =
            (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS);
        // SAFETY: asks for new memory.
        let memory = unsafe { libc::mmap(null_mut(), size, protection, flags, -1, 0) };
        assert_ne!(memory, libc::MAP_FAILED);
        Mapping(memory, size)
    }

    fn protect(&self, offset: usize, size: usize, protection: i32) {
        // SAFETY: it is this mapping's memory, to which there are no references.
        let result = unsafe { libc::mprotect(self.0.byte_add(offset), size, protection) };
        assert_eq!(result, 0);
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: it is this mapping's memory.
        unsafe { libc::munmap(self.0, self.1) };
    }
}

/// A program's surroundings.
pub struct World {
    memory: Mapping,
    image: Mapping,
    bytes: Vec<u8>,
    /// The host's side.
    pub host: Host,
    entries: Vec<Option<Entry>>,
}

impl World {
    /// Without a function for clocks.
    pub fn new() -> World {
        World::with(|_| None)
    }

    /// With this function for clocks.
    pub fn with_clock(
        function: unsafe extern "C" fn(i32, *mut [i64; 2]) -> i32,
        host_ids: [i32; CLOCKS],
    ) -> World {
        let function = function as usize as u64;
        World::with(|region| Some(FastClock { function, host_ids, region }))
    }

    fn with(clock: impl FnOnce(Region) -> Option<FastClock>) -> World {
        let memory = Mapping::new(SIZE);
        let region = Region::new(memory.0 as u64, SIZE as u64).expect("a region");
        let bytes = vdso::build(clock(region).as_ref()).expect("an image");
        let image = Mapping::new(bytes.len());
        // SAFETY: the mapping is as large as the image.
        unsafe { image.0.cast::<u8>().copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) };
        image.protect(0, bytes.len(), libc::PROT_READ | libc::PROT_EXEC);
        World { memory, image, bytes, host: Host::default(), entries: Vec::new() }
    }

    /// The address of a place in the program's memory.
    pub fn address(&self, offset: usize) -> u64 {
        self.memory.0 as u64 + offset as u64
    }

    /// The address just above the program's memory and its stack.
    pub fn end(&self) -> u64 {
        self.address(SIZE)
    }

    /// The address of the control block.
    pub fn control_block(&self) -> u64 {
        self.address(CONTROL_BLOCK)
    }

    /// Makes a page read-only.
    pub fn protect(&self, offset: usize) {
        self.memory.protect(offset, PAGE, libc::PROT_READ);
    }

    /// The address of the image.
    pub fn image(&self) -> u64 {
        self.image.0 as u64
    }

    /// The address of a call's function.
    pub fn function(&self, call: &str) -> u64 {
        let image = Image::parse(&self.bytes).expect("an image");
        let name = format!("{SYMBOL_PREFIX}{call}");
        let symbol = image.symbols().find(|symbol| symbol.name == name.as_bytes());
        self.image() + symbol.expect("the image has the call").offset as u64
    }

    /// Reads from the program's memory.
    pub fn get<T: Copy>(&self, offset: usize) -> T {
        assert!(offset + size_of::<T>() <= SIZE);
        // SAFETY: it lies in the mapping, and no program runs.
        unsafe { self.memory.0.byte_add(offset).cast::<T>().read_unaligned() }
    }

    /// Writes to the program's memory.
    pub fn set<T: Copy>(&self, offset: usize, value: T) {
        assert!(offset + size_of::<T>() <= SIZE);
        // SAFETY: it lies in the mapping, and no program runs.
        unsafe { self.memory.0.byte_add(offset).cast::<T>().write_unaligned(value) }
    }

    /// Runs a program with a record, until it exits. Calls of this number are written down. Gives the record as
    /// the program leaves it, and what `run` gave.
    pub fn run<R: Copy>(
        &mut self,
        program: unsafe extern "C" fn(),
        number: u32,
        record: R,
        run: impl FnOnce(*mut ThreadBlock, &Start) -> u64,
    ) -> (R, u64) {
        self.set(RECORD, record);
        self.entries = vec![Some(exit as Entry); CALLS.len()];
        self.entries[number as usize] = Some(looked_for);
        self.host.number = number;
        let mut thread = ThreadBlock {
            host_thread_pointer: 0,
            host_stack: null_mut(),
            entries: self.entries.as_ptr(),
            context: (&raw mut self.host).cast(),
        };
        let thread = &raw mut thread;
        self.set(CONTROL_BLOCK, thread as u64);
        let entry = program as usize as u64;
        let start = Start::program(entry, self.address(RECORD), self.end(), self.control_block());
        let value = run(thread, &start);
        (self.get(RECORD), value)
    }

    /// Lets a program make one call with these arguments, and checks what must hold for every call.
    pub fn call(&mut self, number: u32, arguments: &[u64]) -> CallRecord {
        let call = CALLS[number as usize].as_ref().expect("the call exists");
        let exit = if call.name == "proc_exit" { "thread_exit" } else { "proc_exit" };
        let mut record = CallRecord {
            function: self.function(call.name),
            exit: self.function(exit),
            ..Default::default()
        };
        record.arguments[..arguments.len()].copy_from_slice(arguments);
        let host_word = thread_word();
        let (host_stack_begin, depth) = (AtomicU64::new(0), 1 << 20);
        let (record, _) = self.run(test_guest_call, number, record, |thread, start| {
            // SAFETY: the block is filled in, and the program behaves.
            let value = unsafe { enter::run(thread, start) };
            // SAFETY: the block is still there.
            host_stack_begin.store(unsafe { (*thread).host_stack } as u64, Ordering::Relaxed);
            value
        });
        assert_eq!(thread_word(), host_word, "the host's thread word after the program");
        let top = host_stack_begin.into_inner();
        for seen in &self.host.seen {
            assert_eq!(seen.thread_word, host_word, "the thread word while host code runs");
            assert!((top - depth..top).contains(&seen.stack), "host code runs on the host's stack");
        }
        if !call.noreturn {
            assert_eq!(record.kept, KEPT, "registers that C functions keep");
            assert_eq!(record.thread_word, self.control_block(), "the program's thread word");
            assert_eq!(record.stack, self.end() - 16, "the program's stack pointer");
        }
        record
    }
}

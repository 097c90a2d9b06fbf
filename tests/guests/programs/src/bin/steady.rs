//! Does the same work again and again, so that whoever looks at the process from outside can tell whether anything is left
//! of it: says `ready`, waits for a byte of `input`, works in `directory`, and so on until the input ends. If the byte is an
//! `e`, it replaces itself by `program` instead, from the middle of things.
//!
//! Ends with code 1 if a call answers something that it should not.

#![no_std]
#![no_main]

use core::cell::UnsafeCell;
use core::mem::MaybeUninit;
use core::sync::atomic::AtomicU32;

use cloudabi_sys::*;
use guest::Output;
use guest::sync::{RwLock, Task};

guest::main!(|start| {
    let arguments = start.arguments();
    let descriptor = |name| arguments.get(name)?.descriptor();
    let (Some(directory), Some(input), Some(output)) =
        (descriptor("directory"), descriptor("input"), descriptor("output"))
    else {
        return 2;
    };
    loop {
        if Output(output).write_all(b"ready\n").is_err() {
            return 3;
        }
        let mut byte = 0u8;
        let room = [Iovec { buf: (&raw mut byte).cast(), buf_len: 1 }];
        // SAFETY: the vector's only element is a variable that lives on.
        match unsafe { fd_read(input, &room) } {
            Ok(0) => return 0,
            Ok(_) if byte == b'e' => {
                let Some(program) = descriptor("program") else { return 2 };
                let data = start.bytes(Auxtype::ARGDATA, Auxtype::ARGDATALEN).unwrap_or_default();
                let _ = replace(program, data, input, start.page_size());
                return 1;
            }
            Ok(_) => {}
            Err(_) => return 3,
        }
        for _ in 0..20 {
            if work(directory, start.page_size()).is_err() {
                return 1;
            }
        }
    }
});

/// What should have failed and did not.
struct Unexpected;

impl From<Errno> for Unexpected {
    fn from(_: Errno) -> Self {
        Unexpected
    }
}

fn fails<T>(result: Result<T, Errno>) -> Result<(), Unexpected> {
    if result.is_ok() { Err(Unexpected) } else { Ok(()) }
}

/// Two threads, each with as much memory for its stack.
static STACKS: [Stack; 2] = [const { Stack(UnsafeCell::new([0; STACK])) }; 2];
static SLEEPERS: [Task<AtomicU32>; 2] = [const { Task::new(sleep, &WORD, Scope::PRIVATE) }; 2];
static WORD: AtomicU32 = AtomicU32::new(0);

const STACK: usize = 64 << 10;

#[repr(align(16))]
struct Stack(UnsafeCell<[u8; STACK]>);

// SAFETY: each is used by the thread whose stack it is, and by nobody else.
unsafe impl Sync for Stack {}

/// Sleeps for good, on a lock that nobody releases.
fn sleep(tid: Tid, _: &AtomicU32) {
    // No thread has this number.
    let lock = RwLock(AtomicU32::new(Lock::WRLOCKED.0 | 1));
    lock.write(tid, Scope::PRIVATE);
}

/// Replaces this program, with the descriptors that it was started with, while there is more.
fn replace(program: Fd, data: &[u8], input: Fd, page: usize) -> Result<(), Unexpected> {
    // SAFETY: the memory is used by nobody else, and nothing of this program is needed afterwards.
    unsafe {
        for (task, stack) in SLEEPERS.iter().zip(&STACKS) {
            task.start(stack.0.get().cast(), STACK)?;
        }
        for _ in 0..10 {
            fd_dup(input)?;
            let flags = Mflags::ANON | Mflags::PRIVATE;
            mem_map(core::ptr::null_mut(), page, Mprot::READ, flags, Fd::MAP_ANON_FD, 0)?;
        }
        fd_create1(Filetype::SHARED_MEMORY)?;
        if proc_fork()?.0 == Fd::PROCESS_CHILD {
            // It is killed with its descriptor.
            sleep(Tid(2), &WORD);
        }
        // They were numbered from 0 in the order in which the arguments name them.
        proc_exec(program, data, &[Fd(0), Fd(1), Fd(2), Fd(3)])?;
    }
    Err(Unexpected)
}

/// A process that ends by itself, and one that is killed.
fn processes(file: Fd) -> Result<(), Unexpected> {
    // SAFETY: there is one thread, and the event has room.
    unsafe {
        let (child, _) = proc_fork()?;
        if child == Fd::PROCESS_CHILD {
            guest::exit(300);
        }
        let process = SubscriptionProcTerminate { fd: child };
        let mut event = [MaybeUninit::<Event>::uninit()];
        poll(&[Subscription::ZERO.with_proc_terminate(process)], &mut event)?;
        let ended = event[0].assume_init().union.as_proc_terminate();
        fd_close(child)?;
        let (child, _) = proc_fork()?;
        if child == Fd::PROCESS_CHILD {
            sleep(Tid(2), &WORD);
        }
        fd_close(child)?;
        fails(proc_exec(file, b"", &[file]))?;
        if ended.exitcode == 300 { Ok(()) } else { Err(Unexpected) }
    }
}

fn work(directory: Fd, page: usize) -> Result<(), Unexpected> {
    let lookup = Lookup { fd: directory, flags: Lookupflags::SYMLINK_FOLLOW };
    let wanted = Fdstat {
        fs_rights_base: Rights::FD_READ
            | Rights::FD_WRITE
            | Rights::FD_SEEK
            | Rights::MEM_MAP
            | Rights::PROC_EXEC
            | Rights::FILE_STAT_FPUT_SIZE
            | Rights::FILE_STAT_FGET,
        ..Fdstat::ZERO
    };
    // SAFETY: all memory that the calls are given is of variables that live on, and what is mapped is used by nobody else.
    unsafe {
        // Files, by all ways of looking up, and what fails half-way.
        file_create(directory, b"inner", Filetype::DIRECTORY)?;
        file_symlink(b"inner", directory, b"way")?;
        let file = file_open(lookup, b"way/../inner/file", Oflags::CREAT, &wanted)?;
        fails(file_open(lookup, b"way/../../file", Oflags::CREAT, &wanted))?;
        fails(file_open(lookup, b"inner/file", Oflags::CREAT | Oflags::EXCL, &wanted))?;
        fails(file_open(lookup, b"nothing/there", Oflags::empty(), &wanted))?;
        fails(file_open(lookup, b"inner/file", Oflags::DIRECTORY, &wanted))?;
        file_stat_get(lookup, b"way/file")?;
        fails(file_stat_get(lookup, b"way/none"))?;
        file_link(lookup, b"way/file", directory, b"second")?;
        file_rename(directory, b"second", directory, b"way/third")?;
        file_readlink(directory, b"way", &mut [MaybeUninit::uninit(); 16])?;
        fails(file_readlink(directory, b"inner/file", &mut [MaybeUninit::uninit(); 16]))?;
        file_readdir(directory, &mut [MaybeUninit::uninit(); 200], Dircookie::START)?;

        processes(file)?;

        // Descriptors.
        let second = fd_dup(file)?;
        let memory = fd_create1(Filetype::SHARED_MEMORY)?;
        fd_replace(memory, second)?;
        fails(fd_create1(Filetype::DIRECTORY))?;
        fd_close(second)?;
        fd_close(memory)?;
        fails(fd_close(memory))?;

        // Memory, of which a part is taken away first.
        let flags = Mflags::ANON | Mflags::PRIVATE;
        let none = core::ptr::null_mut();
        let place = mem_map(none, 3 * page, Mprot::READ | Mprot::WRITE, flags, Fd::MAP_ANON_FD, 0)?;
        mem_unmap(place.wrapping_byte_add(page), page)?;
        mem_unmap(place, 3 * page)?;
        fails(mem_map(none, 0, Mprot::READ, flags, Fd::MAP_ANON_FD, 0))?;
        let shared = mem_map(none, page, Mprot::READ, Mflags::SHARED, file, 0)?;
        fd_close(file)?;
        mem_unmap(shared, page)?;

        for name in [&b"inner/file"[..], b"inner/third", b"way"] {
            file_unlink(directory, name, Ulflags::empty())?;
        }
        file_unlink(directory, b"inner", Ulflags::REMOVEDIR)?;
    }
    Ok(())
}

//! Replacing the program that a process runs: by this program itself in another role, and by tiny images.

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicU32, Ordering};

use cloudabi_sys::{Auxtype, Errno, Exitcode, Fd, Fdflags, Lock, Mflags, Mprot, Rights, Scope, Signal, Tid};
use guest::Start;
use guest::sync::{RwLock, Task};

use super::others::State;
use super::processes::{FAILED, child, end};
use crate::calls;
use crate::environment::{Environment, without};
use crate::report::{Ending, Outcome, Test, fails, holds, same};

/// What the argument data of a program in another role begins with: the tag of binary data, and a word that no
/// configuration has.
const MARK: &[u8] = b"\x01role";

/// A role of this program when it has replaced another one: it gives an exit code. The rest of the argument data is
/// what it is told.
type Role = fn(Start, &[u8]) -> Result<Exitcode, Errno>;

const SUCCESS: Exitcode = 0x1_0000;

/// What this program does if it was started in a role.
pub fn in_role(start: Start) -> Option<Exitcode> {
    let data = start.bytes(Auxtype::ARGDATA, Auxtype::ARGDATALEN)?;
    let [role, rest @ ..] = data.strip_prefix(MARK)? else { return None };
    let role: Role = match role {
        b'd' => descriptors,
        b'l' => long_data,
        b'i' => identity,
        b'a' => again,
        b'm' => memory,
        b's' => signals,
        _ => return Some(FAILED),
    };
    Some(role(start, rest).unwrap_or(FAILED))
}

/// Which numbers are open, as a set of bits.
fn descriptors(_: Start, _: &[u8]) -> Result<Exitcode, Errno> {
    let open = (0..16).filter(|fd| calls::fd_stat(Fd(*fd)).is_ok()).fold(0, |bits, fd| bits | 1 << fd);
    let more = (16..4096).any(|fd| calls::fd_stat(Fd(fd)).is_ok());
    Ok(if more { FAILED } else { SUCCESS | open })
}

/// Whether the argument data are what [`pattern`] gives, and how much.
fn long_data(_: Start, data: &[u8]) -> Result<Exitcode, Errno> {
    Ok(if data == pattern(data.len()) { data.len() as u32 } else { FAILED })
}

/// Writes its number, its canary and its identity to the first descriptor.
fn identity(start: Start, _: &[u8]) -> Result<Exitcode, Errno> {
    calls::write(Fd(0), &own_identity(start))?;
    Ok(SUCCESS)
}

/// Replaces itself as often as it is told, always with the same two descriptors, the first one being the program.
fn again(start: Start, data: &[u8]) -> Result<Exitcode, Errno> {
    match data {
        [0] => descriptors(start, data),
        [left] => exec(Fd(0), &role(b'a', &[left - 1]), &[Fd(0), Fd(0)]).map(|_| FAILED),
        _ => Ok(FAILED),
    }
}

/// Whether memory at an address that it is told is there: then something that writes memory does not fail.
fn memory(_: Start, data: &[u8]) -> Result<Exitcode, Errno> {
    let Ok(address) = data.try_into().map(usize::from_ne_bytes) else { return Ok(FAILED) };
    let place = core::ptr::with_exposed_provenance_mut::<u8>(address);
    match calls::memory::protect(place, 1, Mprot::READ) {
        Err(Errno::NOMEM) => Ok(SUCCESS),
        _ => Ok(FAILED),
    }
}

/// Signals once through memory that it is given, under a lock that is in there too.
fn signals(start: Start, _: &[u8]) -> Result<Exitcode, Errno> {
    let tid = Tid(start.number(Auxtype::TID).unwrap_or_default() as u32);
    let place = calls::map(4096, Mprot::READ | Mprot::WRITE, Mflags::SHARED, Fd(0), 0)?;
    // SAFETY: the memory is for this, and stays mapped.
    let state = unsafe { &*place.cast::<State>() };
    let signalled = state.locked(tid, || {
        state.add(2);
        state.signal(1);
    });
    Ok(if signalled.is_ok() { SUCCESS } else { FAILED })
}

/// Lets another program signal once through this memory.
pub fn signals_through(program: Fd, memory: Fd) -> Result<(Exitcode, Signal), Errno> {
    replaced(program, &role(b's', b""), &[memory])
}

fn own_identity(start: Start) -> Vec<u8> {
    let mut all = Vec::new();
    all.extend(start.number(Auxtype::TID).unwrap_or_default().to_ne_bytes());
    all.extend(start.bytes(Auxtype::CANARY, Auxtype::CANARYLEN).unwrap_or_default());
    let address = start.number(Auxtype::PID).unwrap_or_default();
    // SAFETY: the entry points to 16 bytes.
    all.extend(unsafe { core::ptr::with_exposed_provenance::<[u8; 16]>(address).read() });
    all
}

fn pattern(length: usize) -> Vec<u8> {
    (0..length).map(|index| (index * 7 + index / 251) as u8).collect()
}

/// Argument data for a role.
fn role(role: u8, rest: &[u8]) -> Vec<u8> {
    [MARK, &[role], rest].concat()
}

/// Argument data for the role of listing what is open.
pub fn lists_descriptors() -> Vec<u8> {
    role(b'd', b"")
}

fn exec(program: Fd, data: &[u8], fds: &[Fd]) -> Result<(), Errno> {
    // SAFETY: nothing of this program is needed any more if it succeeds.
    unsafe { cloudabi_sys::proc_exec(program, data, fds) }
}

/// Lets a child be replaced, and waits for its end.
fn replaced(program: Fd, data: &[u8], fds: &[Fd]) -> Result<(Exitcode, Signal), Errno> {
    let fd = child(|| exec(program, data, fds).map(|()| FAILED))?;
    let ended = end(fd)?;
    calls::close(fd)?;
    Ok(ended)
}

/// A file that can be run, with this content.
///
/// It is not open for writing, since hosts may refuse to run it then.
fn file(environment: &Environment, content: &[u8]) -> Result<Fd, Ending> {
    let name = environment.fresh_name();
    calls::close(environment.file_in(environment.granted(), name.as_bytes(), content)?)?;
    let rights = (Rights::PROC_EXEC | Rights::FD_READ | Rights::FILE_STAT_FGET) & environment.inheriting;
    Ok(environment.reopen(environment.granted(), name.as_bytes(), Fdflags::empty(), rights)?)
}

/// The program itself.
fn program(environment: &Environment) -> Result<Fd, Ending> {
    environment.given("program")
}

/// An image of one segment: a header, a program header, and one instruction that ends the process by a signal.
fn tiny() -> Vec<u8> {
    let (machine, code): (u16, &[u8]) =
        if cfg!(target_arch = "x86_64") { (62, &[0x0f, 0x0b]) } else { (183, &[0, 0, 0, 0]) };
    let size = 64 + 56 + code.len() as u64;
    let mut image = b"\x7fELF\x02\x01\x01\x11\0\0\0\0\0\0\0\0".to_vec();
    image.extend([&3u16.to_le_bytes()[..], &machine.to_le_bytes(), &1u32.to_le_bytes()].concat());
    // Entry point, program headers, section headers; flags, sizes and counts.
    image.extend([120u64, 64, 0].map(u64::to_le_bytes).concat());
    image.extend(0u32.to_le_bytes());
    image.extend([64u16, 56, 1, 64, 0, 0].map(u16::to_le_bytes).concat());
    // PT_LOAD, readable and executable: offset, addresses, sizes, alignment.
    image.extend([1u32, 5].map(u32::to_le_bytes).concat());
    image.extend([0u64, 0, 0, size, size, 4096].map(u64::to_le_bytes).concat());
    image.extend(code);
    image
}

/// Where sizes of the only segment are in [`tiny`].
const SEGMENT_SIZES: core::ops::Range<usize> = 64 + 32..64 + 48;

/// Expects the image to be refused, and the program to go on as before.
fn refuses(environment: &Environment, image: &[u8], error: Errno) -> Outcome {
    let program = file(environment, image)?;
    let fd = environment.granted();
    fails(exec(program, b"", &[fd]), error)?;
    calls::fd_stat(fd)?;
    calls::close(program)?;
    Ok(())
}

/// What threads do until another one replaces the program.
static THREADS: [fn(Tid, &Busy); 16] = [
    |_, _| loop {
        core::hint::spin_loop();
    },
    // Calls of the host's that take no time, and that need locks of it.
    |_, busy| loop {
        let _ = calls::dup(busy.socket).and_then(calls::close);
    },
    |_, _| loop {
        let flags = Mflags::ANON | Mflags::PRIVATE;
        if let Ok(place) = calls::map(4096, Mprot::READ, flags, Fd::MAP_ANON_FD, 0) {
            let _ = calls::memory::unmap(place, 4096);
        }
    },
    // Calls that do not end by themselves.
    |_, busy| {
        let _ = calls::read(busy.socket, &mut [0]);
    },
    |tid, busy| busy.lock.write(tid, Scope::PRIVATE),
    |_, busy| {
        let _ = end(busy.process);
    },
    |_, busy| {
        let _ = calls::read(busy.socket, &mut [0; 100]);
    },
    |_, busy| drop(super::messages::receive(busy.socket)),
    |_, busy| {
        let _ = calls::write(busy.full, &[0; 100]);
    },
    |_, busy| {
        let _ = super::messages::send(busy.full, b"x", &[busy.full]);
    },
    |_, busy| super::polling::wait_for_ever(busy.socket),
    |tid, busy| busy.shared_lock.write(tid, Scope::SHARED),
    |tid, _| waits_for_signal(tid, Scope::PRIVATE),
    |tid, _| waits_for_signal(tid, Scope::SHARED),
    |_, _| loop {
        let _ = calls::random(&mut [0; 64]);
    },
    // Processes that come and go.
    |_, _| loop {
        if let Ok(process) = child(|| Ok(0)) {
            let _ = calls::close(process);
        }
    },
];

/// Waits for a signal that never comes.
fn waits_for_signal(tid: Tid, scope: Scope) {
    let (lock, condition) = (RwLock::new(), guest::sync::Condition::new());
    lock.write(tid, scope);
    condition.wait(scope, &lock);
}

/// A socket that takes nothing any more.
fn full_socket() -> Result<Fd, Errno> {
    let (full, _) = calls::create2(cloudabi_sys::Filetype::SOCKET_STREAM)?;
    let flags = |flags| calls::wish(flags, Rights::empty(), Rights::empty());
    calls::fd_stat_put(full, &flags(Fdflags::NONBLOCK), cloudabi_sys::Fdsflags::FLAGS)?;
    while calls::write(full, &[0; 4096]).is_ok() {}
    calls::fd_stat_put(full, &flags(Fdflags::empty()), cloudabi_sys::Fdsflags::FLAGS)?;
    Ok(full)
}

/// What these threads use.
struct Busy {
    socket: Fd,
    /// One that takes nothing any more.
    full: Fd,
    shared_lock: RwLock,
    lock: RwLock,
    process: Fd,
    started: AtomicU32,
    program: Fd,
    next: AtomicU32,
}

/// A thread: what it does is its turn's.
fn busy(tid: Tid, world: &Busy) {
    let turn = world.next.fetch_add(1, Ordering::Relaxed) as usize;
    world.started.fetch_add(1, Ordering::Relaxed);
    match THREADS.get(turn) {
        Some(work) => work(tid, world),
        // The last one replaces the program, when all others have begun.
        None => {
            while (world.started.load(Ordering::Relaxed) as usize) <= THREADS.len() {
                let _ = calls::yield_now();
            }
            let _ = exec(world.program, &role(b'a', &[3]), &[world.program, world.program]);
            guest::exit(FAILED);
        }
    }
}

/// Starts all of these threads, and sleeps.
fn many_threads(socket: Fd, program: Fd) -> Result<Exitcode, Errno> {
    // It is killed when the program is replaced.
    let process = child(|| calls::read(socket, &mut [0]).map(|_| 0))?;
    // No thread has this number.
    let [lock, shared_lock] = [(); 2].map(|()| RwLock(AtomicU32::new(Lock::WRLOCKED.0 | 1)));
    let full = full_socket()?;
    let (started, next) = (AtomicU32::new(0), AtomicU32::new(0));
    let world =
        Box::leak(Box::new(Busy { socket, full, lock, shared_lock, process, started, program, next }));
    for _ in 0..=THREADS.len() {
        let task = Box::leak(Box::new(Task::new(busy, &*world, Scope::PRIVATE)));
        const STACK: usize = 32 << 10;
        let stack = Box::leak(vec![0; STACK].into_boxed_slice());
        // SAFETY: both stay for the rest of the program.
        unsafe { task.start(stack.as_mut_ptr(), STACK) }?;
    }
    end(process).map(|_| FAILED)
}

pub const TESTS: &[Test] = &[
    ("proc_exec/behaviour/from one of many threads", |environment| {
        let program = program(environment)?;
        for _ in 0..10 {
            let (ours, theirs) = calls::create2(cloudabi_sys::Filetype::SOCKET_STREAM)?;
            let fd = child(|| {
                calls::close(ours)?;
                many_threads(theirs, program)
            })?;
            calls::close(theirs)?;
            same(end(fd)?, (SUCCESS | 3, Signal(0)))?;
            // Nothing that the other threads used is open any more.
            same(calls::read(ours, &mut [0])?, 0)?;
            calls::close(ours)?;
            calls::close(fd)?;
        }
        Ok(())
    }),
    ("proc_exec/behaviour/descriptors", |environment| {
        let program = program(environment)?;
        let fd = environment.granted();
        let data = lists_descriptors();
        same(replaced(program, &data, &[])?, (SUCCESS, Signal(0)))?;
        same(replaced(program, &data, &[fd])?, (SUCCESS | 1, Signal(0)))?;
        same(replaced(program, &data, &[fd, program, fd])?, (SUCCESS | 7, Signal(0)))
    }),
    ("proc_exec/behaviour/argument data", |environment| {
        let program = program(environment)?;
        for length in [0, 1, 4096, 128 << 10] {
            let data = role(b'l', &pattern(length));
            same(replaced(program, &data, &[])?, (length as u32, Signal(0)))?;
        }
        Ok(())
    }),
    ("proc_exec/behaviour/rights are kept", |environment| {
        let file = environment.file(b"content")?;
        let less = without(file, Rights::FD_WRITE, Rights::empty())?;
        let (ours, theirs) = calls::create2(cloudabi_sys::Filetype::SOCKET_STREAM)?;
        let reader = without(theirs, Rights::FD_WRITE, Rights::empty())?;
        // Without the right to write the other role cannot report.
        let data = role(b'i', b"");
        let program = program(environment)?;
        same(replaced(program, &data, &[reader])?, (FAILED, Signal(0)))?;
        same(replaced(program, &data, &[less])?, (FAILED, Signal(0)))?;
        same(replaced(program, &data, &[theirs])?, (SUCCESS, Signal(0)))?;
        for fd in [file, less, ours, theirs, reader] {
            calls::close(fd)?;
        }
        Ok(())
    }),
    ("proc_exec/behaviour/identity", |environment| {
        let before = own_identity(environment.start);
        let file = environment.file(b"")?;
        same(replaced(program(environment)?, &role(b'i', b""), &[file])?, (SUCCESS, Signal(0)))?;
        let mut after = vec![0; before.len() + 1];
        same(calls::pread(file, &mut after, 0)?, before.len())?;
        for range in [0..8, 8..72, 72..88] {
            holds(after.get(range.clone()) != before.get(range), "all is new")?;
        }
        Ok(calls::close(file)?)
    }),
    ("proc_exec/behaviour/again and again", |environment| {
        let program = program(environment)?;
        same(replaced(program, &role(b'a', &[200]), &[program, program])?, (SUCCESS | 3, Signal(0)))
    }),
    ("proc_exec/behaviour/memory is gone", |environment| {
        let flags = Mflags::ANON | Mflags::SHARED;
        let place = calls::map(4096, Mprot::READ | Mprot::WRITE, flags, Fd::MAP_ANON_FD, 0)?;
        let data = role(b'm', &place.expose_provenance().to_ne_bytes());
        same(replaced(program(environment)?, &data, &[])?, (SUCCESS, Signal(0)))
    }),
    ("proc_exec/behaviour/a process that is not listed is killed", |environment| {
        let (ours, theirs) = calls::create2(cloudabi_sys::Filetype::SOCKET_STREAM)?;
        let program = program(environment)?;
        let fd = child(|| {
            calls::close(ours)?;
            child(|| calls::read(theirs, &mut [0]).map(|_| 0))?;
            exec(program, &lists_descriptors(), &[]).map(|()| FAILED)
        })?;
        calls::close(theirs)?;
        same(end(fd)?, (SUCCESS, Signal(0)))?;
        same(calls::read(ours, &mut [0])?, 0)?;
        calls::close(ours)?;
        Ok(calls::close(fd)?)
    }),
    ("proc_exec/behaviour/a tiny image", |environment| {
        let file = file(environment, &tiny())?;
        same(replaced(file, b"", &[])?, (0, Signal::ILL))?;
        Ok(calls::close(file)?)
    }),
    ("proc_exec/error/2big", |environment| {
        let data = calls::map(64 << 20, Mprot::READ, Mflags::ANON | Mflags::PRIVATE, Fd::MAP_ANON_FD, 0)?;
        // SAFETY: fresh zeros that nobody writes to.
        let data = unsafe { core::slice::from_raw_parts(data, 64 << 20) };
        fails(exec(program(environment)?, data, &[]), Errno::_2BIG)
    }),
    ("proc_exec/error/badf/listed", |environment| {
        let closed = environment.closed()?;
        fails(exec(program(environment)?, b"", &[environment.granted(), closed]), Errno::BADF)
    }),
    ("proc_exec/error/badf/for writing alone", |environment| {
        let name = environment.fresh_name();
        calls::close(environment.file_in(environment.granted(), name.as_bytes(), &tiny())?)?;
        let rights = (Rights::PROC_EXEC | Rights::FD_WRITE) & environment.inheriting;
        let fd = environment.reopen(environment.granted(), name.as_bytes(), Fdflags::empty(), rights)?;
        fails(exec(fd, b"", &[]), Errno::BADF)?;
        Ok(calls::close(fd)?)
    }),
    ("proc_exec/error/inval", |environment| {
        let mut image = tiny();
        // More bytes than there are in the file.
        image.splice(SEGMENT_SIZES, [8192u64; 2].map(u64::to_le_bytes).concat());
        refuses(environment, &image, Errno::INVAL)
    }),
    ("proc_exec/error/mfile", |environment| {
        let fds = vec![environment.granted(); 1 << 20];
        fails(exec(program(environment)?, b"", &fds), Errno::MFILE)
    }),
    ("proc_exec/error/noexec", |environment| {
        for image in [&b""[..], b"#!/bin/sh\n", b"\x7fELF"] {
            refuses(environment, image, Errno::NOEXEC)?;
        }
        // Of another ABI, another processor, or linked to fixed addresses.
        for (offset, value) in [(7, 3), (18, 0xff), (16, 2)] {
            let mut image = tiny();
            if let Some(byte) = image.get_mut(offset) {
                *byte = value;
            }
            refuses(environment, &image, Errno::NOEXEC)?;
        }
        Ok(())
    }),
    ("proc_exec/error/nomem", |environment| {
        let program = program(environment)?;
        let fd = child(|| {
            // All room for memory is taken, in pieces that get smaller.
            let mut size = 1 << 46;
            while size >= 4096 {
                let flags = Mflags::ANON | Mflags::PRIVATE;
                if calls::map(size, Mprot::empty(), flags, Fd::MAP_ANON_FD, 0).is_err() {
                    size /= 2;
                }
            }
            Ok(exec(program, &lists_descriptors(), &[]).map_or_else(|error| error.0.into(), |()| FAILED))
        })?;
        // A host that gives the new program an address space of its own has room for it.
        let ended = end(fd)?;
        holds(
            [Errno::NOMEM.0.into(), SUCCESS].map(|code| (code, Signal(0))).contains(&ended),
            "no room, or it runs",
        )?;
        Ok(calls::close(fd)?)
    }),
    ("proc_exec/error/txtbsy", |environment| {
        // Open for writing, which hosts may allow.
        let file = environment.file(&tiny())?;
        let fd = child(|| Ok(exec(file, b"", &[]).map_or_else(|error| error.0.into(), |()| FAILED)))?;
        let ended = end(fd)?;
        let busy = (Errno::TXTBSY.0.into(), Signal(0));
        holds([busy, (0, Signal::ILL)].contains(&ended), "it runs or is busy")?;
        calls::close(fd)?;
        Ok(calls::close(file)?)
    }),
    ("proc_exec/behaviour/a failure leaves all as before", |environment| {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        COUNT.fetch_add(1, Ordering::Relaxed);
        let file = environment.file(b"content")?;
        refuses(environment, b"nonsense", Errno::NOEXEC)?;
        let mut buffer = [0; 7];
        same(calls::read(file, &mut buffer)?, 7)?;
        same(&buffer, b"content")?;
        same(COUNT.load(Ordering::Relaxed), 1)?;
        Ok(calls::close(file)?)
    }),
    ("proc_exec/behaviour/what cannot be read", |environment| {
        // Only the right to run it.
        let name = environment.fresh_name();
        calls::close(environment.file_in(environment.granted(), name.as_bytes(), &tiny())?)?;
        let fd = environment.reopen(
            environment.granted(),
            name.as_bytes(),
            Fdflags::empty(),
            Rights::PROC_EXEC & environment.inheriting,
        )?;
        same(replaced(fd, b"", &[])?, (0, Signal::ILL))?;
        Ok(calls::close(fd)?)
    }),
];

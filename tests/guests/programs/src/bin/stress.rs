//! Much of the same at once, bounded by counts: `test` of its arguments names what. What is wrong is written to `output`,
//! and ends the program.
//!
//! `program` is this program itself, `listener` a listening socket that somebody connects to when `output` says `ready`.

#![no_std]
#![no_main]

extern crate alloc;

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::mem::MaybeUninit;
use core::sync::atomic::{AtomicU32, Ordering};

use cloudabi_sys::*;
use guest::sync::{Condition, RwLock, Task, Time};
use guest::{Output, Start};

/// What the argument data of a program begins with that another one was replaced by: the tag of binary data, and a word
/// that no configuration has.
const MARK: &[u8] = b"\x01stress";

guest::main!(|start| {
    let data = start.bytes(Auxtype::ARGDATA, Auxtype::ARGDATALEN).unwrap_or_default();
    if let Some(rest) = data.strip_prefix(MARK) {
        return replaced(rest);
    }
    let arguments = start.arguments();
    let descriptor = |name| arguments.get(name).and_then(|value| value.descriptor());
    let Some(output) = descriptor("output") else { return 2 };
    guest::report_panics_to(Output(output));
    let given = |name| descriptor(name).unwrap_or_else(|| panic!("there is no {name}"));
    match arguments.get("test").and_then(|value| value.string()).unwrap_or_default() {
        "processes" => processes(given("program")),
        "ring" => ring(),
        "closing" => closing(&start, given("listener"), Output(output)),
        "killing" => killing(),
        other => panic!("what is {other}?"),
    }
    0
});

/// Something for threads to share: it stays for good.
fn leak<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

const STACK: usize = 32 << 10;

fn start<T: Sync>(run: fn(Tid, &T), data: &'static T) -> &'static Task<T> {
    let task = leak(Task::new(run, data, Scope::PRIVATE));
    // SAFETY: both stay for good.
    unsafe { task.start(Vec::leak(alloc::vec![0; STACK]).as_mut_ptr(), STACK) }
        .expect("a thread can be made");
    task
}

/// Runs something in a copy of the process, which ends with the code that it gives.
fn child(work: impl FnOnce() -> u32) -> Fd {
    // SAFETY: what the child uses is its own.
    let (fd, _) = unsafe { proc_fork() }.expect("a process can be made");
    if fd == Fd::PROCESS_CHILD {
        guest::exit(work());
    }
    fd
}

/// Waits for a process to end.
fn end(process: Fd) -> (u32, Signal) {
    let subscription = Subscription::ZERO.with_proc_terminate(SubscriptionProcTerminate { fd: process });
    let mut event = [MaybeUninit::<Event>::uninit()];
    // SAFETY: there is room for the event, of which there is one.
    let event = unsafe {
        assert_eq!(poll(&[subscription], &mut event), Ok(1));
        event[0].assume_init()
    };
    assert_eq!(event.error, Errno::SUCCESS);
    let ended = event.union.as_proc_terminate();
    (ended.exitcode, ended.signal)
}

fn close(fd: Fd) {
    // SAFETY: the descriptor is this program's.
    assert_eq!(unsafe { fd_close(fd) }, Ok(()));
}

fn pair(kind: Filetype) -> (Fd, Fd) {
    // SAFETY: numbers only.
    unsafe { fd_create2(kind) }.expect("a pair can be made")
}

fn write(fd: Fd, bytes: &[u8]) -> Result<usize, Errno> {
    // SAFETY: the piece is a slice.
    unsafe { fd_write(fd, &[Ciovec { buf: bytes.as_ptr().cast(), buf_len: bytes.len() }]) }
}

fn read(fd: Fd, bytes: &mut [u8]) -> Result<usize, Errno> {
    // SAFETY: the piece is a slice.
    unsafe { fd_read(fd, &[Iovec { buf: bytes.as_mut_ptr().cast(), buf_len: bytes.len() }]) }
}

fn send(socket: Fd, bytes: &[u8], fds: &[Fd]) -> Result<usize, Errno> {
    let piece = [Ciovec { buf: bytes.as_ptr().cast(), buf_len: bytes.len() }];
    let message = SendIn {
        si_data: piece.as_ptr(),
        si_data_len: 1,
        si_fds: fds.as_ptr(),
        si_fds_len: fds.len(),
        ..SendIn::ZERO
    };
    // SAFETY: all of it is slices.
    unsafe { sock_send(socket, &message) }.map(|out| out.so_datalen)
}

fn receive(socket: Fd, bytes: &mut [u8], fds: &mut [Fd]) -> Result<RecvOut, Errno> {
    let piece = [Iovec { buf: bytes.as_mut_ptr().cast(), buf_len: bytes.len() }];
    let message = RecvIn {
        ri_data: piece.as_ptr(),
        ri_data_len: 1,
        ri_fds: fds.as_mut_ptr(),
        ri_fds_len: fds.len(),
        ..RecvIn::ZERO
    };
    // SAFETY: all of it is slices.
    unsafe { sock_recv(socket, &message) }
}

fn until(condition: impl Fn() -> bool) {
    while !condition() {
        // SAFETY: nothing can go wrong.
        let _ = unsafe { thread_yield() };
    }
}

/// What a program ends with that another one was replaced by: a code made of what it was told, if it has what it should.
fn replaced(told: &[u8]) -> u32 {
    let Ok(number) = told.try_into().map(u32::from_ne_bytes) else { return 1 };
    let mut content = [0; 4];
    // It has the one descriptor that it was given, and no other.
    let right = read(Fd(0), &mut content) == Ok(4) && content == number.to_ne_bytes();
    // SAFETY: numbers only.
    let alone = (1..64).all(|fd| unsafe { fd_dup(Fd(fd)) }.is_err());
    if right && alone { number ^ 0x8000_0000 } else { 2 }
}

/// Sixteen threads make a thousand processes, each of which becomes another program.
fn processes(program: Fd) {
    const THREADS: u32 = 16;
    const EACH: u32 = 63;
    struct Work {
        program: Fd,
        ended: AtomicU32,
    }
    let work = leak(Work { program, ended: AtomicU32::new(0) });
    let run = |tid: Tid, work: &Work| {
        for round in 0..EACH {
            let number = tid.0.wrapping_mul(64) + round;
            let (ours, theirs) = pair(Filetype::SOCKET_STREAM);
            let mut data = [0; MARK.len() + 4];
            data[..MARK.len()].copy_from_slice(MARK);
            data[MARK.len()..].copy_from_slice(&number.to_ne_bytes());
            let process = child(|| {
                // SAFETY: nothing of this program is needed any more.
                match unsafe { proc_exec(work.program, &data, &[theirs]) } {
                    Ok(()) => 3,
                    Err(error) => 1000 + u32::from(error.0),
                }
            });
            close(theirs);
            assert_eq!(write(ours, &number.to_ne_bytes()), Ok(4));
            assert_eq!(end(process), (number ^ 0x8000_0000, Signal(0)));
            close(process);
            close(ours);
        }
        work.ended.fetch_add(1, Ordering::Relaxed);
    };
    let tasks: Vec<_> = (0..THREADS).map(|_| start(run, work)).collect();
    tasks.iter().for_each(|task| task.join());
    assert_eq!(work.ended.load(Ordering::Relaxed), THREADS);
}

/// Ten thousand descriptors are passed on in a ring of processes: ten at a time, two hundred times around.
fn ring() {
    const PROCESSES: usize = 5;
    const TOGETHER: usize = 10;
    const ROUNDS: u32 = 200;
    // What one process sends into the first end of a link, the next one receives from the second.
    let links: Vec<_> = (0..PROCESSES).map(|_| pair(Filetype::SOCKET_STREAM)).collect();
    let ends = |index: usize| (links[index].0, links[(index + PROCESSES - 1) % PROCESSES].1);
    let keep_only = |index: usize| {
        let (next, before) = ends(index);
        for end in links.iter().flat_map(|(first, second)| [*first, *second]) {
            if end != next && end != before {
                close(end);
            }
        }
        (next, before)
    };
    let take = |before: Fd| -> Option<(u32, [Fd; TOGETHER])> {
        let (mut bytes, mut fds) = ([0; 4], [Fd(u32::MAX); TOGETHER + 1]);
        let out = receive(before, &mut bytes, &mut fds).expect("something comes");
        if out.ro_datalen == 0 {
            return None;
        }
        assert_eq!((out.ro_datalen, out.ro_fdslen, out.ro_flags), (4, TOGETHER, Roflags::empty()));
        let mut taken = [Fd(0); TOGETHER];
        taken.copy_from_slice(&fds[..TOGETHER]);
        Some((u32::from_ne_bytes(bytes), taken))
    };
    // Each has a content and rights of its own.
    let made: Vec<Fd> = (0..TOGETHER as u32).map(different).collect();
    let others: Vec<Fd> = (1..PROCESSES)
        .map(|index| {
            child(|| {
                made.iter().for_each(|fd| close(*fd));
                let (next, before) = keep_only(index);
                while let Some((round, fds)) = take(before) {
                    assert_eq!(send(next, &round.to_ne_bytes(), &fds), Ok(4));
                    fds.iter().for_each(|fd| close(*fd));
                }
                0
            })
        })
        .collect();
    let (next, before) = keep_only(0);
    let mut travelling = Vec::from_iter(made.iter().map(|fd| dup(*fd)));
    for round in 0..ROUNDS {
        assert_eq!(send(next, &round.to_ne_bytes(), &travelling), Ok(4));
        travelling.iter().for_each(|fd| close(*fd));
        let (back, fds) = take(before).expect("they come back");
        assert_eq!(back, round);
        travelling.copy_from_slice(&fds);
    }
    for (index, (fd, original)) in travelling.iter().zip(&made).enumerate() {
        assert_eq!(stat(*fd), stat(*original));
        // SAFETY: nothing that is mapped is replaced, and the memory stays.
        let place = unsafe { mem_map(core::ptr::null_mut(), 4, Mprot::READ, Mflags::SHARED, *fd, 0) };
        // SAFETY: as above.
        let content = unsafe { place.expect("it can be mapped").cast::<u32>().read_volatile() };
        assert_eq!(content, index as u32);
    }
    close(next);
    for other in others {
        assert_eq!(end(other), (0, Signal(0)));
        close(other);
    }
}

/// Shared memory with this number in it, and with rights that depend on it.
fn different(index: u32) -> Fd {
    // SAFETY: numbers and live memory.
    unsafe {
        let fd = fd_create1(Filetype::SHARED_MEMORY).expect("memory can be made");
        assert_eq!(write(fd, &index.to_ne_bytes()), Ok(4));
        let stat = fd_stat_get(fd).expect("it is open");
        let without = if index.is_multiple_of(2) { Rights::MEM_MAP_EXEC } else { Rights::FD_WRITE };
        let less = Fdstat { fs_rights_base: stat.fs_rights_base - without, ..stat };
        assert_eq!(fd_stat_put(fd, &less, Fdsflags::RIGHTS), Ok(()));
        fd
    }
}

/// What a descriptor is.
fn stat(fd: Fd) -> (Filetype, Rights, Rights) {
    // SAFETY: numbers only.
    let stat = unsafe { fd_stat_get(fd) }.expect("it is open");
    (stat.fs_filetype, stat.fs_rights_base, stat.fs_rights_inheriting)
}

fn dup(fd: Fd) -> Fd {
    // SAFETY: numbers only.
    unsafe { fd_dup(fd) }.expect("it is open")
}

/// Threads that wait for something on a descriptor, which another thread closes meanwhile.
struct Waiting {
    work: fn(Fd),
    fd: Fd,
    begun: AtomicU32,
}

/// Starts a thread that waits on this descriptor.
fn waits(fd: Fd, work: fn(Fd)) -> (&'static Task<Waiting>, &'static Waiting) {
    let waiting: &'static Waiting = leak(Waiting { work, fd, begun: AtomicU32::new(0) });
    let run = |_: Tid, waiting: &Waiting| {
        waiting.begun.store(1, Ordering::Release);
        (waiting.work)(waiting.fd);
    };
    (start(run, waiting), waiting)
}

/// Fills a socket until nothing fits in any more, without waiting.
fn fill(fd: Fd) {
    let flags = |flags| Fdstat { fs_flags: flags, ..Fdstat::ZERO };
    // SAFETY: live memory.
    assert_eq!(unsafe { fd_stat_put(fd, &flags(Fdflags::NONBLOCK), Fdsflags::FLAGS) }, Ok(()));
    while write(fd, &[0; 4096]).is_ok() {}
    // SAFETY: live memory.
    assert_eq!(unsafe { fd_stat_put(fd, &flags(Fdflags::empty()), Fdsflags::FLAGS) }, Ok(()));
}

fn drain(fd: Fd) {
    let mut buffer = [0; 4096];
    for _ in 0..1000 {
        if read(fd, &mut buffer).is_ok_and(|count| count < buffer.len()) {
            return;
        }
    }
}

/// Waits for a descriptor to become ready.
fn ready(r#type: Eventtype, fd: Fd) {
    let arm = SubscriptionFdReadwrite { fd, ..SubscriptionFdReadwrite::ZERO };
    let mut event = [MaybeUninit::<Event>::uninit()];
    // SAFETY: there is room for the event, of which there is one.
    let event = unsafe {
        assert_eq!(poll(&[Subscription::ZERO.with_fd_readwrite(r#type, arm)], &mut event), Ok(1));
        event[0].assume_init()
    };
    // It may have been closed before the call.
    assert!(matches!(event.error, Errno::SUCCESS | Errno::BADF));
}

/// Calls that wait go on when the descriptor is closed, and end when what they wait for happens; or they come too late.
fn closing(start: &Start, listener: Fd, output: Output) {
    const ROUNDS: usize = 50;
    fn in_time<T>(result: Result<T, Errno>) {
        assert!(result.is_ok() || matches!(result, Err(Errno::BADF)));
    }
    let readers: [fn(Fd); 4] = [
        |fd| in_time(read(fd, &mut [0])),
        |fd| in_time(read(fd, &mut [0; 100])),
        |fd| in_time(receive(fd, &mut [0; 100], &mut [Fd(0); 2])),
        |fd| ready(Eventtype::FD_READ, fd),
    ];
    let writers: [fn(Fd); 3] = [
        |fd| in_time(write(fd, b"x")),
        |fd| in_time(send(fd, b"x", &[])),
        |fd| ready(Eventtype::FD_WRITE, fd),
    ];
    for round in 0..ROUNDS {
        let kind = if round % 2 == 0 { Filetype::SOCKET_STREAM } else { Filetype::SOCKET_DGRAM };
        for work in readers {
            let (ours, theirs) = pair(kind);
            let (task, waiting) = waits(theirs, work);
            until(|| waiting.begun.load(Ordering::Acquire) != 0);
            close(theirs);
            // The number may mean something else by now. That is nothing to the thread, unless it comes too late.
            let other = pair(kind);
            assert_eq!((write(other.0, b"x"), write(other.1, b"x")), (Ok(1), Ok(1)));
            in_time(
                write(ours, b"something")
                    .or_else(|error| if error == Errno::PIPE { Ok(0) } else { Err(error) }),
            );
            task.join();
            close(ours);
            close(other.0);
            close(other.1);
        }
        for work in writers {
            let (ours, theirs) = pair(Filetype::SOCKET_STREAM);
            fill(theirs);
            let (task, waiting) = waits(theirs, work);
            until(|| waiting.begun.load(Ordering::Acquire) != 0);
            close(theirs);
            drain(ours);
            task.join();
            close(ours);
        }
    }
    // A connection that comes after the listening socket was closed here.
    let (task, waiting) = waits(dup(listener), |fd| in_time(receive(fd, &mut [], &mut [Fd(0)])));
    until(|| waiting.begun.load(Ordering::Acquire) != 0);
    close(waiting.fd);
    assert!(output.write_all(b"ready\n").is_ok());
    // If that thread came too late for it, this one takes it.
    task.join();

    // Locks and condition variables have no descriptors. What can go away meanwhile is other descriptors.
    struct Words {
        lock: RwLock,
        condition: Condition,
        waiting: AtomicU32,
    }
    for scope in [Scope::PRIVATE, Scope::SHARED] {
        static SCOPE: AtomicU32 = AtomicU32::new(0);
        SCOPE.store(scope.0.into(), Ordering::Relaxed);
        let words =
            leak(Words { lock: RwLock::new(), condition: Condition::new(), waiting: AtomicU32::new(0) });
        let run = |tid, words: &Words| {
            let scope = Scope(SCOPE.load(Ordering::Relaxed) as u8);
            words.lock.write(tid, scope);
            words.waiting.fetch_add(1, Ordering::Relaxed);
            words.condition.wait(scope, &words.lock);
            words.lock.release(tid, scope);
        };
        let tasks = [self::start(run, words), self::start(run, words)];
        let me = Tid(start.number(Auxtype::TID).unwrap_or(0) as u32);
        until(|| {
            words.lock.write(me, scope);
            let all = words.waiting.load(Ordering::Relaxed) == 2;
            words.lock.release(me, scope);
            all
        });
        for _ in 0..100 {
            let (first, second) = pair(Filetype::SOCKET_STREAM);
            close(first);
            close(second);
        }
        let late = words.lock.poll(Eventtype::LOCK_RDLOCK, scope, Some(Time::after(0)));
        assert!(late.is_ok());
        if late == Ok((Eventtype::LOCK_RDLOCK, Errno::SUCCESS)) {
            words.lock.release(me, scope);
        }
        words.condition.signal(scope, u32::MAX);
        tasks.iter().for_each(|task| task.join());
    }
}

/// Closing the last descriptor of a process kills it, even while another thread waits for its end.
fn killing() {
    const ROUNDS: usize = 50;
    for _ in 0..ROUNDS {
        let (ours, theirs) = pair(Filetype::SOCKET_STREAM);
        let process = child(|| {
            close(ours);
            // It ends by itself only when the other end is gone.
            let _ = read(theirs, &mut [0]);
            7
        });
        close(theirs);
        let (task, waiting) = waits(process, |process| {
            let subscription =
                Subscription::ZERO.with_proc_terminate(SubscriptionProcTerminate { fd: process });
            let mut event = [MaybeUninit::<Event>::uninit()];
            // SAFETY: there is room for the event, of which there is one.
            let event = unsafe {
                assert_eq!(poll(&[subscription], &mut event), Ok(1));
                event[0].assume_init()
            };
            let ended = event.union.as_proc_terminate();
            let killed = event.error == Errno::SUCCESS && ended.signal == Signal::KILL;
            assert!(killed || event.error == Errno::BADF, "{event:?}");
        });
        until(|| waiting.begun.load(Ordering::Acquire) != 0);
        close(process);
        // It is gone: nobody else has the other end.
        assert_eq!(read(ours, &mut [0]), Ok(0));
        task.join();
        close(ours);
    }
}

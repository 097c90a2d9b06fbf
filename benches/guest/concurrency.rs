//! How long threads, locks, waiting and processes take, as a program sees it. `../native/concurrency.c` does the same work
//! on Linux without a host in between.
//!
//! Arguments: a map with `output`, where a line `NAME NANOSECONDS` goes for each kind of work; `input`; and perhaps `only`,
//! a beginning of the names of what is to be measured.
//!
//! Twice it needs whoever started it. It writes a line, and goes on when it has read a byte: `pin` before threads want a lock,
//! so that each can be tied to a processor, and `ready` before processes are measured, so that one can see how large this one
//! is.

#![no_std]
#![no_main]

extern crate alloc;

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;
use core::cell::UnsafeCell;
use core::fmt::Write as _;
use core::mem::MaybeUninit;
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use cloudabi_sys::{
    Auxtype, Ciovec, Clockid, Errno, Event, Eventtype, Fd, Filetype, Iovec, Scope, Subscription,
    SubscriptionClock, SubscriptionFdReadwrite, SubscriptionProcTerminate, Tid, clock_time_get, fd_close,
    fd_create2, fd_read, fd_write, poll, proc_fork, thread_yield,
};
use guest::sync::{Condition, RwLock, Task};
use guest::{Output, Start};

/// Each kind of work goes on for at least so many nanoseconds.
const ENOUGH: u64 = 100_000_000;

const STACK: usize = 16 << 10;

guest::main!(|start| match measure(start) {
    Some(Ok(())) => 0,
    Some(Err(_)) => 1,
    None => 2,
});

fn measure(start: Start) -> Option<Result<(), Errno>> {
    let arguments = start.arguments();
    let output = Output(arguments.get("output")?.descriptor()?);
    guest::report_panics_to(output);
    let input = arguments.get("input")?.descriptor()?;
    let tid = Tid(start.number(Auxtype::TID)? as u32);
    let only = arguments.get("only").and_then(|only| only.string()).unwrap_or("");
    Some(all(&mut Bench { output, input, tid, only }))
}

struct Bench {
    output: Output,
    input: Fd,
    tid: Tid,
    only: &'static str,
}

fn all(bench: &mut Bench) -> Result<(), Errno> {
    let shared: &'static Shared = Box::leak(Box::new(Shared::default()));
    let tid = bench.tid;
    bench.work("lock/alone", || {
        shared.lock.write(tid, Scope::PRIVATE);
        shared.change(0);
        shared.lock.release(tid, Scope::PRIVATE);
        Ok(())
    })?;
    for (name, threads, inside) in
        [("lock/2/0", 2, 0), ("lock/2/50", 2, 50), ("lock/4/0", 4, 0), ("lock/4/50", 4, 50)]
    {
        bench.contended(name, threads, inside)?;
    }
    bench.ping_pong()?;
    let stack = stack();
    bench.work("thread", || {
        let task = Task::new(|_, _| {}, &(), Scope::PRIVATE);
        // SAFETY: both stay until the thread has been joined.
        unsafe { task.start(stack, STACK) }?;
        task.join();
        Ok(())
    })?;
    for (name, count, ready) in
        [("poll/1", 1, 1), ("poll/64", 64, 1), ("poll/1024", 1024, 1), ("poll/64 ready", 64, 64)]
    {
        bench.waiting(name, count, ready)?;
    }
    bench.ask(b"ready\n")?;
    bench.work("fork", || {
        // SAFETY: there is one thread.
        let (child, _) = unsafe { proc_fork() }?;
        if child == Fd::PROCESS_CHILD {
            guest::exit(0);
        }
        let process = SubscriptionProcTerminate { fd: child };
        let mut event = [MaybeUninit::<Event>::uninit()];
        // SAFETY: there is room for the event, and the descriptor is this one's.
        unsafe {
            poll(&[Subscription::ZERO.with_proc_terminate(process)], &mut event)?;
            fd_close(child)
        }
    })?;
    bench.round_trips()
}

/// What threads share.
#[derive(Default)]
struct Shared {
    lock: RwLock,
    changed: Condition,
    value: UnsafeCell<u64>,
    inside: u32,
    go: AtomicBool,
    stop: AtomicBool,
    counts: [Count; 4],
    next: AtomicU64,
}

/// How often a thread had the lock, in a place of its own.
#[derive(Default)]
#[repr(align(128))]
struct Count(AtomicU64);

// SAFETY: the value is only used under the lock.
unsafe impl Sync for Shared {}

impl Shared {
    #[inline]
    fn change(&self, more: u32) {
        for _ in 0..=more {
            // SAFETY: the caller holds the lock.
            unsafe { self.value.get().write_volatile(self.value.get().read_volatile() + 1) };
        }
    }
}

/// Memory that stays.
fn stack() -> *mut u8 {
    vec![0; STACK].leak().as_mut_ptr()
}

/// Starts a thread.
fn start<T: Sync>(run: fn(Tid, &T), data: &'static T) -> Result<&'static Task<T>, Errno> {
    let task = Box::leak(Box::new(Task::new(run, data, Scope::PRIVATE)));
    // SAFETY: both stay.
    unsafe { task.start(stack(), STACK) }?;
    Ok(task)
}

const TURNS: u64 = 20_000;

/// Plays until all turns are taken.
fn play(tid: Tid, me: u64, game: &Shared) {
    let turn = game.value.get();
    game.lock.write(tid, Scope::PRIVATE);
    // SAFETY: the lock is held wherever the turn is looked at.
    while unsafe { turn.read_volatile() } < TURNS {
        // SAFETY: as above.
        if unsafe { turn.read_volatile() } % 2 == me {
            game.change(0);
            game.changed.signal(Scope::PRIVATE, 1);
        } else {
            game.changed.wait(Scope::PRIVATE, &game.lock);
        }
    }
    game.changed.signal(Scope::PRIVATE, 1);
    game.lock.release(tid, Scope::PRIVATE);
}

impl Bench {
    fn contended(&mut self, name: &str, threads: usize, inside: u32) -> Result<(), Errno> {
        if !name.starts_with(self.only) {
            return Ok(());
        }
        let shared: &'static Shared = Box::leak(Box::new(Shared { inside, ..Shared::default() }));
        let contend = |tid, shared: &Shared| {
            let me = shared.next.fetch_add(1, Ordering::Relaxed) as usize;
            let count = &shared.counts[me % 4].0;
            while !shared.go.load(Ordering::Acquire) {
                // SAFETY: nothing can go wrong.
                let _ = unsafe { thread_yield() };
            }
            while !shared.stop.load(Ordering::Relaxed) {
                shared.lock.write(tid, Scope::PRIVATE);
                shared.change(shared.inside);
                shared.lock.release(tid, Scope::PRIVATE);
                count.store(count.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
            }
        };
        let tasks = (0..threads).map(|_| start(contend, shared)).collect::<Result<Vec<_>, _>>()?;
        self.ask(b"pin\n")?;
        let begin = now()?;
        shared.go.store(true, Ordering::Release);
        sleep(2 * ENOUGH)?;
        shared.stop.store(true, Ordering::Relaxed);
        let elapsed = now()? - begin;
        tasks.iter().for_each(|task| task.join());
        let total = shared.counts.iter().map(|count| count.0.load(Ordering::Relaxed)).sum();
        self.say(name, elapsed, total)
    }

    fn ping_pong(&mut self) -> Result<(), Errno> {
        if !"condvar".starts_with(self.only) {
            return Ok(());
        }
        let game: &'static Shared = Box::leak(Box::new(Shared::default()));
        let begin = now()?;
        let other = start(|tid, game| play(tid, 1, game), game)?;
        play(self.tid, 0, game);
        other.join();
        self.say("condvar", now()? - begin, TURNS)
    }

    /// Sockets, of which so many are ready.
    fn waiting(&mut self, name: &str, count: usize, ready: usize) -> Result<(), Errno> {
        if !name.starts_with(self.only) {
            return Ok(());
        }
        let mut subscriptions = Vec::with_capacity(count);
        let mut pairs = Vec::with_capacity(count);
        for index in 0..count {
            // SAFETY: here and below, memory is live and descriptors are this program's.
            let (first, second) = unsafe { fd_create2(Filetype::SOCKET_STREAM) }?;
            if index >= count - ready {
                write_one(first)?;
            }
            let arm = SubscriptionFdReadwrite { fd: second, ..SubscriptionFdReadwrite::ZERO };
            subscriptions.push(Subscription::ZERO.with_fd_readwrite(Eventtype::FD_READ, arm));
            pairs.push((first, second));
        }
        let mut events = vec![MaybeUninit::<Event>::uninit(); count];
        self.work(name, || {
            // SAFETY: as above.
            let happened = unsafe { poll(&subscriptions, &mut events) }?;
            if happened == ready { Ok(()) } else { Err(Errno::PROTO) }
        })?;
        for (first, second) in pairs {
            // SAFETY: as above.
            unsafe { fd_close(first)? };
            // SAFETY: as above.
            unsafe { fd_close(second)? };
        }
        Ok(())
    }

    fn round_trips(&mut self) -> Result<(), Errno> {
        // SAFETY: numbers only.
        let (ours, theirs) = unsafe { fd_create2(Filetype::SOCKET_STREAM) }?;
        // SAFETY: there is one thread.
        let (child, _) = unsafe { proc_fork() }?;
        if child == Fd::PROCESS_CHILD {
            // SAFETY: the descriptor is this one's.
            let _ = unsafe { fd_close(ours) };
            while read_one(theirs) == Ok(1) && write_one(theirs) == Ok(1) {}
            guest::exit(0);
        }
        self.work("round trip", || {
            write_one(ours)?;
            read_one(ours).map(drop)
        })
    }

    /// Does something often enough, and prints how long it takes once.
    fn work(&mut self, name: &str, mut once: impl FnMut() -> Result<(), Errno>) -> Result<(), Errno> {
        let mut times = 1u64;
        while name.starts_with(self.only) {
            let start = now()?;
            for _ in 0..times {
                once()?;
            }
            let elapsed = now()? - start;
            if elapsed >= ENOUGH {
                return self.say(name, elapsed, times);
            }
            times *= 2;
        }
        Ok(())
    }

    /// Asks whoever started the program for something, and waits until it is done.
    fn ask(&mut self, what: &[u8]) -> Result<(), Errno> {
        self.output.write_all(what)?;
        read_one(self.input).map(drop)
    }

    fn say(&mut self, name: &str, elapsed: u64, times: u64) -> Result<(), Errno> {
        let thousandths = elapsed * 1000 / times.max(1);
        writeln!(self.output, "{name} {}.{:03}", thousandths / 1000, thousandths % 1000)
            .map_err(|_| Errno::IO)
    }
}

fn write_one(fd: Fd) -> Result<usize, Errno> {
    let byte = b'x';
    // SAFETY: the piece is a variable.
    unsafe { fd_write(fd, &[Ciovec { buf: (&raw const byte).cast(), buf_len: 1 }]) }
}

fn read_one(fd: Fd) -> Result<usize, Errno> {
    let mut byte = 0u8;
    // SAFETY: the piece is a variable.
    unsafe { fd_read(fd, &[Iovec { buf: (&raw mut byte).cast(), buf_len: 1 }]) }
}

fn sleep(duration: u64) -> Result<(), Errno> {
    let clock =
        SubscriptionClock { clock_id: Clockid::MONOTONIC, timeout: duration, ..SubscriptionClock::ZERO };
    let mut event = [MaybeUninit::<Event>::uninit()];
    // SAFETY: there is room for the event.
    unsafe { poll(&[Subscription::ZERO.with_clock(clock)], &mut event) }.map(drop)
}

fn now() -> Result<u64, Errno> {
    // SAFETY: numbers only.
    unsafe { clock_time_get(Clockid::MONOTONIC, 0) }
}

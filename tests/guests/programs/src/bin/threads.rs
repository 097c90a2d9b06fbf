//! Uses threads, locks and condition variables in one of several ways, which `test` of its arguments names. Words have the
//! scope that `scope` names. What is wrong is written to `output`, and ends the program.
//!
//! Nothing here depends on how long something takes: where a thread must have come to a certain point, others look
//! for the traces that it leaves.

#![no_std]
#![no_main]

extern crate alloc;

#[path = "threads/alone.rs"]
mod alone;

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::cell::UnsafeCell;
use core::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

use cloudabi_sys::{
    Auxtype, Clockid, Errno, Eventtype, Fd, Lock, Mflags, Mprot, Scope, Subclockflags, Subscription,
    SubscriptionCondvar, SubscriptionLock, Threadattr, Tid,
};
use guest::sync::{Condition, RwLock, Task, Time, wait};
use guest::{Output, Start};

const MANAGED: u32 = Lock::KERNEL_MANAGED.0;
const WRITE_LOCKED: u32 = Lock::WRLOCKED.0;
const ALL: u32 = u32::MAX;

/// A stack that is large enough for panics.
const STACK: usize = 64 << 10;

/// A very short time, in nanoseconds, that is worth waiting for.
const SHORT: u64 = 200_000;

guest::main!(|start| {
    let arguments = start.arguments();
    let Some(output) = arguments.get("output").and_then(|value| value.descriptor()) else { return 2 };
    guest::report_panics_to(Output(output));
    let scope = match arguments.get("scope").and_then(|value| value.string()) {
        Some("shared") => Scope::SHARED,
        _ => Scope::PRIVATE,
    };
    let world = World { start, scope, tid: Tid(start.number(Auxtype::TID).unwrap_or(0) as u32) };
    match arguments.get("test").and_then(|value| value.string()).unwrap_or_default() {
        "alone" => alone::alone(&world),
        "not_alone" => alone::not_alone(&world),
        "mutex" => mutex(&world),
        "readers" => readers(&world),
        "preference" => preference(&world),
        "given_up" => given_up(&world),
        "ping_pong" => ping_pong(&world),
        "signals" => signals(&world),
        "times" => times(&world),
        "errors" => errors(&world),
        "creation" => creation(&world),
        "many" => many(&world),
        "small_stacks" => small_stacks(&world),
        "exit_elsewhere" => exit_elsewhere(&world),
        "last_one" => last_one(&world),
        "mixed_scopes" => mixed_scopes(&world),
        other => panic!("what is {other}?"),
    }
    0
});

struct World {
    start: Start,
    scope: Scope,
    tid: Tid,
}

/// Something for threads to share: it stays for good.
fn leak<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

/// Memory for the stack of a thread.
fn stack(size: usize) -> *mut u8 {
    Vec::leak(alloc::vec![0; size]).as_mut_ptr()
}

impl World {
    /// Starts so many threads that do this.
    fn start<T: Sync + 'static>(
        &self,
        count: usize,
        run: fn(Tid, &T),
        data: &'static T,
    ) -> Vec<&'static Task<T>> {
        let start = |_| {
            let task = leak(Task::new(run, data, self.scope));
            // SAFETY: both stay for good.
            unsafe { task.start(stack(STACK), STACK) }.expect("a thread can be made");
            task
        };
        (0..count).map(start).collect()
    }

    fn now(&self, clock: Clockid) -> u64 {
        // SAFETY: the call takes numbers only.
        unsafe { cloudabi_sys::clock_time_get(clock, 0) }.expect("the time can be told")
    }
}

fn join<T: Sync + 'static>(tasks: Vec<&'static Task<T>>) {
    tasks.iter().for_each(|task| task.join());
}

/// Waits until something is so.
fn until(condition: impl Fn() -> bool) {
    while !condition() {
        // SAFETY: nothing can go wrong.
        let _ = unsafe { cloudabi_sys::thread_yield() };
    }
}

/// What a lock protects, and what shows if it does not.
struct Protected {
    lock: RwLock,
    scope: Scope,
    value: UnsafeCell<[usize; 2]>,
    rounds: usize,
}

// SAFETY: the value is only accessed under the lock: that is what is tested.
unsafe impl Sync for Protected {}

impl Protected {
    fn new(scope: Scope, rounds: usize) -> &'static Protected {
        leak(Protected { lock: RwLock::new(), scope, value: UnsafeCell::new([0; 2]), rounds })
    }

    /// Adds one, so that anybody who interferes is noticed.
    fn change(&self) {
        // SAFETY: the caller holds the lock for writing.
        unsafe {
            let value = self.value.get();
            let [first, second] = value.read_volatile();
            assert_eq!(first, second);
            (&raw mut (*value)[0]).write_volatile(first + 1);
            (&raw mut (*value)[1]).write_volatile(second + 1);
        }
    }

    fn look(&self) -> usize {
        // SAFETY: the caller holds the lock.
        let [first, second] = unsafe { self.value.get().read_volatile() };
        assert_eq!(first, second);
        first
    }
}

/// Changes what is protected, again and again.
fn contend(tid: Tid, protected: &Protected) {
    for _ in 0..protected.rounds {
        protected.lock.write(tid, protected.scope);
        protected.change();
        protected.lock.release(tid, protected.scope);
    }
}

/// Several threads want one lock.
fn mutex(world: &World) {
    const THREADS: usize = 4;
    let protected = Protected::new(world.scope, 20_000);
    join(world.start(THREADS, contend, protected));
    assert_eq!(protected.look(), THREADS * protected.rounds);
    assert_eq!(protected.lock.value(), 0);
}

/// Several readers, several writers, and some who lose patience.
fn readers(world: &World) {
    const WRITERS: usize = 2;
    let protected = Protected::new(world.scope, 5_000);
    let write = |tid, protected: &Protected| {
        for _ in 0..protected.rounds {
            protected.lock.write(tid, protected.scope);
            protected.change();
            protected.lock.release(tid, protected.scope);
        }
    };
    let read = |tid, protected: &Protected| {
        for _ in 0..protected.rounds {
            protected.lock.read(protected.scope);
            protected.look();
            protected.lock.release(tid, protected.scope);
        }
    };
    let try_both = |tid, protected: &Protected| {
        for round in 0..protected.rounds / 10 {
            let what = [Eventtype::LOCK_RDLOCK, Eventtype::LOCK_WRLOCK][round % 2];
            let time = Time::after(1000 * (round as u64 % 7));
            match protected.lock.poll(what, protected.scope, Some(time)) {
                Ok((taken, Errno::SUCCESS)) if taken == what => {
                    protected.look();
                    protected.lock.release(tid, protected.scope);
                }
                outcome => assert_eq!(outcome, Ok((Eventtype::CLOCK, Errno::SUCCESS))),
            }
        }
    };
    let mut tasks = world.start(WRITERS, write, protected);
    tasks.extend(world.start(3, read, protected));
    tasks.extend(world.start(2, try_both, protected));
    join(tasks);
    assert_eq!(protected.look(), WRITERS * protected.rounds);
    assert_eq!(protected.lock.value(), 0);
}

/// Two readers and a waiting writer.
fn preference(world: &World) {
    let (scope, tid) = (world.scope, world.tid);
    let protected = Protected::new(scope, 0);
    let write = |tid, protected: &Protected| {
        protected.lock.write(tid, protected.scope);
        protected.change();
        protected.lock.release(tid, protected.scope);
    };
    let read = |tid, protected: &Protected| {
        protected.lock.read(protected.scope);
        protected.change();
        protected.lock.release(tid, protected.scope);
    };
    let lock = &protected.lock;
    lock.read(scope);
    assert!(lock.try_read());
    assert_eq!(lock.value(), 2);
    let writers = world.start(1, write, protected);
    until(|| lock.value() == MANAGED | 2);
    // Nobody gets past the writer, not even to read.
    let late = lock.poll(Eventtype::LOCK_RDLOCK, scope, Some(Time::after(0)));
    assert_eq!(late, Ok((Eventtype::CLOCK, Errno::SUCCESS)));
    until(|| lock.value() == MANAGED | 2);
    // But for those that read already.
    lock.0.fetch_add(1, Ordering::Acquire);
    let readers = world.start(1, read, protected);
    for left in [2, 1] {
        lock.release(tid, scope);
        assert_eq!(lock.value() & !MANAGED, left);
        assert_eq!(protected.look(), 0);
    }
    lock.release(tid, scope);
    join(writers);
    join(readers);
    assert_eq!(protected.look(), 2);
    until(|| lock.value() == 0);
}

/// Threads that give up leave no traces.
fn given_up(world: &World) {
    let (scope, tid) = (world.scope, world.tid);
    let lock = RwLock::new();
    let in_vain = |what| {
        for time in [0, SHORT] {
            let late = lock.poll(what, scope, Some(Time::after(time)));
            assert_eq!(late, Ok((Eventtype::CLOCK, Errno::SUCCESS)));
        }
    };
    lock.read(scope);
    in_vain(Eventtype::LOCK_WRLOCK);
    assert_eq!(lock.value(), 1);
    assert!(lock.try_read());
    lock.release(tid, scope);
    lock.release(tid, scope);
    assert_eq!(lock.value(), 0);

    // Held by another thread, which cannot release it.
    let other = WRITE_LOCKED | 1;
    assert_ne!(tid.0, 1);
    lock.0.store(other, Ordering::Relaxed);
    in_vain(Eventtype::LOCK_WRLOCK);
    in_vain(Eventtype::LOCK_RDLOCK);
    assert_eq!(lock.value(), other);

    // A reader behind a writer that gives up gets the lock.
    let protected = Protected::new(scope, 0);
    protected.lock.read(scope);
    let write = |_, protected: &Protected| {
        let time = Some(Time::after(20 * SHORT));
        let late = protected.lock.poll(Eventtype::LOCK_WRLOCK, protected.scope, time);
        assert_eq!(late, Ok((Eventtype::CLOCK, Errno::SUCCESS)));
    };
    let read = |tid, protected: &Protected| {
        protected.lock.read(protected.scope);
        protected.lock.release(tid, protected.scope);
    };
    let writers = world.start(1, write, protected);
    let readers = world.start(2, read, protected);
    join(writers);
    join(readers);
    assert_eq!(protected.lock.value(), 1);
}

/// Two threads take turns.
struct Turns {
    lock: RwLock,
    changed: Condition,
    turn: AtomicUsize,
    players: AtomicUsize,
    scope: Scope,
}

const TURNS: usize = 10_000;

fn ping_pong(world: &World) {
    let turns = leak(Turns {
        lock: RwLock::new(),
        changed: Condition::new(),
        turn: AtomicUsize::new(0),
        players: AtomicUsize::new(0),
        scope: world.scope,
    });
    let run = |tid, turns: &Turns| {
        let me = turns.players.fetch_add(1, Ordering::Relaxed);
        turns.lock.write(tid, turns.scope);
        while turns.turn.load(Ordering::Relaxed) < TURNS {
            if turns.turn.load(Ordering::Relaxed) % 2 == me {
                turns.turn.fetch_add(1, Ordering::Relaxed);
                turns.changed.signal(turns.scope, 1);
            } else {
                turns.changed.wait(turns.scope, &turns.lock);
            }
        }
        turns.changed.signal(turns.scope, ALL);
        turns.lock.release(tid, turns.scope);
    };
    join(world.start(2, run, turns));
    assert_eq!(turns.turn.load(Ordering::Relaxed), TURNS);
    assert_eq!((turns.lock.value(), turns.changed.value()), (0, 0));
}

/// Threads that wait for a signal once.
struct Crowd {
    lock: RwLock,
    signal: Condition,
    waiting: AtomicUsize,
    woken: AtomicUsize,
    scope: Scope,
}

impl Crowd {
    fn new(scope: Scope) -> &'static Crowd {
        leak(Crowd {
            lock: RwLock::new(),
            signal: Condition::new(),
            waiting: AtomicUsize::new(0),
            woken: AtomicUsize::new(0),
            scope,
        })
    }

    fn wait(tid: Tid, crowd: &Crowd) {
        crowd.lock.write(tid, crowd.scope);
        crowd.waiting.fetch_add(1, Ordering::Relaxed);
        crowd.signal.wait(crowd.scope, &crowd.lock);
        assert_eq!(crowd.lock.value() & !MANAGED, WRITE_LOCKED | tid.0);
        crowd.woken.fetch_add(1, Ordering::Relaxed);
        crowd.lock.release(tid, crowd.scope);
    }

    /// Runs with the lock held.
    fn with_lock<T>(&self, tid: Tid, work: impl FnOnce() -> T) -> T {
        self.lock.write(tid, self.scope);
        let result = work();
        self.lock.release(tid, self.scope);
        result
    }

    fn gather(&self, tid: Tid, count: usize) {
        until(|| self.with_lock(tid, || self.waiting.load(Ordering::Relaxed)) == count);
    }
}

/// As many threads wake up as are meant, whether the lock is held meanwhile or not.
fn signals(world: &World) {
    const THREADS: usize = 8;
    let (scope, tid) = (world.scope, world.tid);
    let crowd = Crowd::new(scope);
    let tasks = world.start(THREADS, Crowd::wait, crowd);
    let woken = || crowd.woken.load(Ordering::Relaxed);
    crowd.gather(tid, THREADS);
    assert_ne!(crowd.signal.value(), 0);
    crowd.signal.signal(scope, 0);
    crowd.signal.signal(scope, 1);
    until(|| woken() == 1);
    crowd.with_lock(tid, || {
        crowd.signal.signal(scope, 2);
        assert_eq!(woken(), 1);
    });
    until(|| woken() == 3);
    assert_ne!(crowd.signal.value(), 0);
    crowd.with_lock(tid, || {
        assert_eq!(woken(), 3);
        crowd.signal.signal(scope, ALL);
        assert_eq!(crowd.signal.value(), 0);
    });
    join(tasks);
    assert_eq!(woken(), THREADS);
    assert_eq!(crowd.lock.value(), 0);
}

/// No time comes early, and the lock of a condition variable is held afterwards.
fn times(world: &World) {
    let (scope, tid) = (world.scope, world.tid);
    let (lock, condition, other) =
        (RwLock::new(), Condition::new(), RwLock(AtomicU32::new(WRITE_LOCKED | 1)));
    for clock in [Clockid::MONOTONIC, Clockid::REALTIME] {
        for absolute in [false, true] {
            for duration in [0, 1, SHORT, 10 * SHORT] {
                let begin = world.now(clock);
                let time = if absolute {
                    Time { clock, timeout: begin + duration, flags: Subclockflags::ABSTIME }
                } else {
                    Time { clock, timeout: duration, flags: Subclockflags::empty() }
                };
                lock.write(tid, scope);
                let late = condition.poll(scope, &lock, Some(time));
                assert_eq!(late, Ok((Eventtype::CLOCK, Errno::SUCCESS)));
                assert_eq!((lock.value(), condition.value()), (WRITE_LOCKED | tid.0, 0));
                lock.release(tid, scope);
                assert!(world.now(clock) >= begin + duration);

                let begin = world.now(clock);
                let time = Time { timeout: if absolute { begin + duration } else { duration }, ..time };
                let late = other.poll(Eventtype::LOCK_WRLOCK, scope, Some(time));
                assert_eq!(late, Ok((Eventtype::CLOCK, Errno::SUCCESS)));
                assert!(world.now(clock) >= begin + duration);
            }
        }
    }
    // A lock that is free is taken, whatever the time.
    let taken = lock.poll(Eventtype::LOCK_WRLOCK, scope, Some(Time::after(0)));
    assert_eq!(taken, Ok((Eventtype::LOCK_WRLOCK, Errno::SUCCESS)));
}

/// What is wrong is told.
fn errors(world: &World) {
    const READ: Eventtype = Eventtype::LOCK_RDLOCK;
    const WRITE: Eventtype = Eventtype::LOCK_WRLOCK;
    let (scope, tid) = (world.scope, world.tid);
    let (lock, condition) = (RwLock::new(), Condition::new());

    // Locks that the thread holds.
    lock.write(tid, scope);
    for what in [READ, WRITE] {
        for time in [None, Some(Time::after(0))] {
            assert_eq!(lock.poll(what, scope, time), Ok((what, Errno::DEADLK)));
        }
    }
    assert_eq!(lock.unlock(scope), Ok(()));
    assert_eq!(lock.value(), 0);

    // Locks that it does not hold.
    for value in [0, 1, WRITE_LOCKED | 1, MANAGED | WRITE_LOCKED | 1] {
        lock.0.store(value, Ordering::Relaxed);
        assert_eq!(lock.unlock(scope), Err(Errno::PERM));
        assert_eq!(condition.poll(scope, &lock, None), Ok((Eventtype::CONDVAR, Errno::PERM)));
        assert_eq!((lock.value(), condition.value()), (value, 0));
    }

    // Words that are none.
    lock.0.store(Lock::BOGUS.0, Ordering::Relaxed);
    for what in [READ, WRITE] {
        assert_eq!(lock.poll(what, scope, None), Ok((what, Errno::INVAL)));
    }
    if scope == Scope::PRIVATE {
        for value in [MANAGED | 1, MANAGED | WRITE_LOCKED | 1] {
            lock.0.store(value, Ordering::Relaxed);
            assert_eq!(lock.poll(WRITE, scope, None), Ok((WRITE, Errno::INVAL)));
            assert_eq!(lock.value(), value);
        }
        lock.0.store(WRITE_LOCKED | tid.0, Ordering::Relaxed);
        condition.0.store(77, Ordering::Relaxed);
        assert_eq!(condition.poll(scope, &lock, None), Ok((Eventtype::CONDVAR, Errno::INVAL)));
        assert_eq!(lock.value(), WRITE_LOCKED | tid.0);
        condition.signal(scope, 1);
        assert_eq!(condition.value(), 0);
    }
    lock.0.store(!(MANAGED | WRITE_LOCKED), Ordering::Relaxed);
    assert_eq!(lock.poll(READ, scope, None), Ok((READ, Errno::INVAL)));

    // Addresses and scopes that are none.
    let at = |address: *mut Lock, lock_scope| {
        let lock = SubscriptionLock { lock: address, lock_scope, ..SubscriptionLock::ZERO };
        wait(Subscription::ZERO.with_lock(WRITE, lock), None)
    };
    assert_eq!(at(core::ptr::null_mut(), scope), Ok((WRITE, Errno::FAULT)));
    assert_eq!(at(lock.word().wrapping_byte_add(1), scope), Ok((WRITE, Errno::INVAL)));
    assert_eq!(at(lock.word(), Scope(0)), Ok((WRITE, Errno::INVAL)));
    let read_only: *mut Lock = core::ptr::from_ref(leak_read_only(world)).cast_mut().cast();
    assert_eq!(at(read_only, scope), Ok((WRITE, Errno::FAULT)));
    let condition_at = |condvar| {
        let lock_word = RwLock(AtomicU32::new(WRITE_LOCKED | tid.0));
        let condvar = SubscriptionCondvar {
            condvar,
            lock: lock_word.word(),
            condvar_scope: scope,
            lock_scope: scope,
            ..SubscriptionCondvar::ZERO
        };
        wait(Subscription::ZERO.with_condvar(condvar), Some(Time::after(0)))
    };
    assert_eq!(condition_at(core::ptr::null_mut()), Ok((Eventtype::CONDVAR, Errno::FAULT)));
    assert_eq!(condition_at(read_only.cast()), Ok((Eventtype::CONDVAR, Errno::FAULT)));

    // Clocks that are none: nothing is waited for.
    lock.0.store(0, Ordering::Relaxed);
    let bad = |clock, flags| lock.poll(WRITE, scope, Some(Time { clock, timeout: 0, flags }));
    let none = Subclockflags::empty();
    assert_eq!(bad(Clockid::PROCESS_CPUTIME_ID, none), Ok((Eventtype::CLOCK, Errno::NOTSUP)));
    assert_eq!(bad(Clockid(99), none), Ok((Eventtype::CLOCK, Errno::INVAL)));
    assert_eq!(bad(Clockid::MONOTONIC, Subclockflags(0x8000)), Ok((Eventtype::CLOCK, Errno::INVAL)));
    assert_eq!(lock.value(), 0);

    // Waiters that are there under another name.
    let crowd = Crowd::new(scope);
    let tasks = world.start(2, Crowd::wait, crowd);
    crowd.gather(tid, 2);
    lock.write(tid, scope);
    if scope == Scope::PRIVATE {
        assert_eq!(crowd.signal.poll(scope, &lock, None), Ok((Eventtype::CONDVAR, Errno::INVAL)));
    }
    crowd.with_lock(tid, || crowd.signal.signal(scope, ALL));
    join(tasks);
}

/// A word that can only be read.
fn leak_read_only(world: &World) -> &'static u32 {
    let page = map(world.start.page_size());
    // SAFETY: it is a page of its own, which stays.
    unsafe {
        cloudabi_sys::mem_protect(page.cast(), world.start.page_size(), Mprot::READ)
            .expect("memory can be made read-only");
        &*page.cast::<u32>()
    }
}

/// Fresh memory.
fn map(size: usize) -> *mut u8 {
    let flags = Mflags::ANON | Mflags::PRIVATE;
    // SAFETY: nothing that is mapped is replaced.
    let memory = unsafe {
        cloudabi_sys::mem_map(
            core::ptr::null_mut(),
            size,
            Mprot::READ | Mprot::WRITE,
            flags,
            Fd::MAP_ANON_FD,
            0,
        )
    };
    memory.expect("there is memory").cast()
}

/// What a thread cannot be made of.
fn creation(world: &World) {
    unsafe extern "C" fn never(_: Tid, _: *mut core::ffi::c_void) {
        panic!("it must not run");
    }
    let good = Threadattr {
        entry_point: Some(never),
        stack: stack(STACK).cast(),
        stack_len: STACK,
        argument: core::ptr::null_mut(),
    };
    // SAFETY: nothing is started.
    let fails = |attributes: Threadattr| unsafe { cloudabi_sys::thread_create(&attributes) };
    assert_eq!(fails(Threadattr { stack_len: 0, ..good }), Err(Errno::INVAL));
    assert_eq!(fails(Threadattr { stack_len: 16, ..good }), Err(Errno::INVAL));
    assert_eq!(fails(Threadattr { stack: core::ptr::null_mut(), ..good }), Err(Errno::FAULT));
    assert_eq!(fails(Threadattr { entry_point: None, ..good }), Err(Errno::FAULT));
    assert_eq!(
        fails(Threadattr {
            stack: core::ptr::from_ref(leak_read_only(world)).cast_mut().cast(),
            stack_len: world.start.page_size(),
            ..good
        }),
        Err(Errno::FAULT)
    );

    // Numbers are different, below 2^30, and those that the threads themselves get.
    struct Seen([AtomicU32; 64], AtomicUsize);
    let seen = leak(Seen([const { AtomicU32::new(0) }; 64], AtomicUsize::new(0)));
    let tasks = world.start(
        64,
        |tid, seen: &Seen| seen.0[seen.1.fetch_add(1, Ordering::Relaxed)].store(tid.0, Ordering::Relaxed),
        seen,
    );
    join(tasks);
    let mut ids: Vec<u32> = seen.0.iter().map(|id| id.load(Ordering::Relaxed)).collect();
    assert!(ids.iter().all(|id| *id != 0 && *id < 1 << 30));
    ids.push(world.tid.0);
    ids.sort_unstable();
    ids.dedup();
    // Those of threads that are gone can come again, once in a million years.
    assert!(ids.len() > 60);
}

/// Thousands of threads at once, on the smallest stacks.
fn many(world: &World) {
    const THREADS: usize = 3000;
    const SMALL: usize = 1024;
    let (scope, tid) = (world.scope, world.tid);
    let crowd = Crowd::new(scope);
    let stacks = map(THREADS * SMALL);
    let tasks: Vec<_> = (0..THREADS)
        .map(|index| {
            let task = leak(Task::new(Crowd::wait, crowd, scope));
            // SAFETY: both stay for good.
            unsafe { task.start(stacks.add(index * SMALL), SMALL) }.expect("a thread can be made");
            task
        })
        .collect();
    crowd.gather(tid, THREADS);
    crowd.with_lock(tid, || crowd.signal.signal(scope, ALL));
    join(tasks);
    assert_eq!(crowd.woken.load(Ordering::Relaxed), THREADS);
}

/// A stack that is gone the moment that the thread has been joined.
fn small_stacks(world: &World) {
    const THREADS: usize = 3000;
    const SMALL: usize = 1024;
    let size = world.start.page_size();
    let count = leak(AtomicUsize::new(0));
    let run = |_, count: &AtomicUsize| {
        count.fetch_add(1, Ordering::Relaxed);
    };
    for _ in 0..THREADS {
        let page = map(size);
        // What the thread is told with goes too, together with the lock.
        let task = page.cast::<Task<AtomicUsize>>();
        // SAFETY: the page is this loop's, and the thread is joined before it is given back. The lock is in it, so that
        // a copy is made of nothing that the thread uses.
        unsafe {
            task.write(Task::new(run, count, world.scope));
            (*task).start(page.add(size - SMALL), SMALL).expect("a thread can be made");
            (*task).join();
            cloudabi_sys::mem_unmap(page.cast(), size).expect("it can be unmapped");
        }
    }
    assert_eq!(count.load(Ordering::Relaxed), THREADS);
}

/// The process ends while its first thread waits.
fn exit_elsewhere(world: &World) {
    let tasks = world.start(1, |_, _: &()| guest::exit(42), &());
    join(tasks);
}

/// The first thread ends before the others, and nobody calls `proc_exit`.
fn last_one(world: &World) {
    let first = leak(RwLock::new());
    let run = |tid, first: &RwLock| {
        // It is released by the end of the first thread.
        first.write(tid, Scope::PRIVATE);
        first.release(tid, Scope::PRIVATE);
    };
    first.write(world.tid, Scope::PRIVATE);
    world.start(3, run, first);
    // SAFETY: the call does not come back.
    unsafe { cloudabi_sys::thread_exit(first.word(), Scope::PRIVATE) }
}

/// A condition variable and its lock can have different scopes.
fn mixed_scopes(world: &World) {
    struct Mixed {
        lock: RwLock,
        condition: Condition,
        woken: AtomicUsize,
        waiting: AtomicUsize,
        condvar_scope: Scope,
        lock_scope: Scope,
    }
    const THREADS: usize = 4;
    let other = if world.scope == Scope::PRIVATE { Scope::SHARED } else { Scope::PRIVATE };
    let mixed = leak(Mixed {
        lock: RwLock::new(),
        condition: Condition::new(),
        woken: AtomicUsize::new(0),
        waiting: AtomicUsize::new(0),
        condvar_scope: world.scope,
        lock_scope: other,
    });
    let run = |tid, mixed: &Mixed| {
        mixed.lock.write(tid, mixed.lock_scope);
        mixed.waiting.fetch_add(1, Ordering::Relaxed);
        let condvar = SubscriptionCondvar {
            condvar: mixed.condition.word(),
            lock: mixed.lock.word(),
            condvar_scope: mixed.condvar_scope,
            lock_scope: mixed.lock_scope,
            ..SubscriptionCondvar::ZERO
        };
        let outcome = wait(Subscription::ZERO.with_condvar(condvar), None);
        assert_eq!(outcome, Ok((Eventtype::CONDVAR, Errno::SUCCESS)));
        mixed.woken.fetch_add(1, Ordering::Relaxed);
        mixed.lock.release(tid, mixed.lock_scope);
    };
    let tasks = world.start(THREADS, run, mixed);
    until(|| {
        mixed.lock.write(world.tid, other);
        let all = mixed.waiting.load(Ordering::Relaxed) == THREADS;
        mixed.lock.release(world.tid, other);
        all
    });
    mixed.condition.signal(world.scope, ALL);
    join(tasks);
    assert_eq!((mixed.woken.load(Ordering::Relaxed), mixed.lock.value()), (THREADS, 0));
    assert_eq!(mixed.condition.value(), 0);
}

//! Uses threads, locks and condition variables in one of several ways, which `test` of its arguments names. Words have the
//! scope that `scope` names. What is wrong is written to `output`, and ends the program.
//!
//! Nothing here depends on how long something takes: where a thread must have come to a certain point, others look
//! for the traces that it leaves.

#![no_std]
#![no_main]

extern crate alloc;

mod alone;
mod condvars;
mod errors;
mod lives;
mod locks;

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::cell::UnsafeCell;
use core::sync::atomic::{AtomicUsize, Ordering};

use cloudabi_sys::{Auxtype, Clockid, Fd, Lock, Mflags, Mprot, Scope, Tid};
use guest::sync::{Condition, RwLock, Task};
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
        "mutex" => locks::mutex(&world),
        "readers" => locks::readers(&world),
        "preference" => locks::preference(&world),
        "given_up" => locks::given_up(&world),
        "nobody_wakes" => locks::nobody_wakes(&world),
        "ping_pong" => condvars::ping_pong(&world),
        "signals" => condvars::signals(&world),
        "times" => condvars::times(&world),
        "errors" => errors::errors(&world),
        "creation" => lives::creation(&world),
        "many" => lives::many(&world),
        "small_stacks" => lives::small_stacks(&world),
        "exit_elsewhere" => lives::exit_elsewhere(&world),
        "last_one" => lives::last_one(&world),
        "mixed_scopes" => condvars::mixed_scopes(&world),
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

//! Locks that several threads want.

use core::sync::atomic::Ordering;

use cloudabi_sys::{Errno, Eventtype};
use guest::sync::{RwLock, Time};

use super::{MANAGED, Protected, SHORT, WRITE_LOCKED, World, contend, join, until};

/// Several threads want one lock.
pub fn mutex(world: &World) {
    const THREADS: usize = 4;
    let protected = Protected::new(world.scope, 20_000);
    join(world.start(THREADS, contend, protected));
    assert_eq!(protected.look(), THREADS * protected.rounds);
    assert_eq!(protected.lock.value(), 0);
}

/// Several readers, several writers, and some who lose patience.
pub fn readers(world: &World) {
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
pub fn preference(world: &World) {
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
pub fn given_up(world: &World) {
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

/// Who waits for a lock that is shared does not depend on who was woken in its place: that may have been killed.
pub fn nobody_wakes(world: &World) {
    let wait = |tid, protected: &Protected| {
        protected.lock.write(tid, protected.scope);
        protected.change();
        protected.lock.release(tid, protected.scope);
    };
    let protected = Protected::new(world.scope, 0);
    assert!(protected.lock.try_write(world.tid));
    let waiting = world.start(2, wait, protected);
    until(|| protected.lock.value() & MANAGED != 0);
    // As if it had been released, and that were known to nobody any more.
    protected.lock.0.store(0, Ordering::Release);
    join(waiting);
    assert_eq!(protected.look(), 2);
}

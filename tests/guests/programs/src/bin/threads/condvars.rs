//! Condition variables.

use core::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

use cloudabi_sys::{Clockid, Errno, Eventtype, Scope, Subclockflags, Subscription, SubscriptionCondvar};
use guest::sync::{Condition, RwLock, Time, wait};

use super::{ALL, Crowd, SHORT, WRITE_LOCKED, World, join, leak, until};

/// Two threads take turns.
struct Turns {
    lock: RwLock,
    changed: Condition,
    turn: AtomicUsize,
    players: AtomicUsize,
    scope: Scope,
}

const TURNS: usize = 10_000;

pub fn ping_pong(world: &World) {
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

/// As many threads wake up as are meant, whether the lock is held meanwhile or not.
pub fn signals(world: &World) {
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
pub fn times(world: &World) {
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

/// A condition variable and its lock can have different scopes.
pub fn mixed_scopes(world: &World) {
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

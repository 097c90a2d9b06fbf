//! What is wrong is told.

use core::sync::atomic::{AtomicU32, Ordering};

use cloudabi_sys::{
    Clockid, Errno, Eventtype, Lock, Scope, Subclockflags, Subscription, SubscriptionCondvar,
    SubscriptionLock,
};
use guest::sync::{Condition, RwLock, Time, wait};

use super::{ALL, Crowd, MANAGED, WRITE_LOCKED, World, join, leak_read_only};

/// What is wrong is told.
pub fn errors(world: &World) {
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

//! Condition variables: who wakes up, when, and with which lock.

use cloudabi_sys::{Condvar, Errno, Eventtype, Fd, Scope, Signal, Subscription, SubscriptionCondvar};
use core::sync::atomic::Ordering;
use guest::sync::{Outcome as Waited, Time, wait};

use super::locks::times;
use super::others::{
    MANAGED, PROCESSES, READ, SHORT, SOMEBODY, State, WRITE, WRITE_LOCKED, World, in_all_worlds, own, until,
};
use crate::calls;
use crate::environment::Environment;
use crate::probe::pointers::Kind;
use crate::report::{Outcome, Test, fails, holds, same};

const ALL: u32 = u32::MAX;
const LATE: Waited = (Eventtype::CLOCK, Errno::SUCCESS);

pub const IN_ALL_WORLDS: &[Test] = in_all_worlds! {
    "condvar_signal/behaviour/as many as are meant" as_many_as_are_meant
    "condvar_signal/behaviour/nobody waits" nobody_waits
    "condvar_signal/behaviour/the lock is held meanwhile" the_lock_is_held
    "condvar_signal/behaviour/two take turns" two_take_turns
    "condvar_signal/behaviour/signals and times" signals_and_times
    "poll/behaviour/condvar, not early" not_early
    "poll/behaviour/condvar, the lock is not held" lock_not_held
    "poll/behaviour/condvar, no word" no_word
    "poll/behaviour/condvar, a clock that is none" no_clock
};

pub const TESTS: &[Test] = &[
    ("poll/behaviour/condvar, with another lock", |environment| {
        let tid = own(environment);
        let mut others = super::others::PRIVATE.gather()?;
        let state = others.state;
        others.start(1, one_waits)?;
        until(|| state.condition.value() != 0)?;
        let lock = guest::sync::RwLock::new();
        holds(lock.try_write(tid), "a new lock is free")?;
        same(state.condition.poll(Scope::PRIVATE, &lock, None)?, (Eventtype::CONDVAR, Errno::INVAL))?;
        same(lock.value(), WRITE_LOCKED | tid.0)?;
        // Nor is it a lock.
        let word = guest::sync::RwLock(core::sync::atomic::AtomicU32::new(0));
        same(word.poll(WRITE, Scope::PRIVATE, Some(Time::after(0)))?, (WRITE, Errno::SUCCESS))?;
        state.signal(1);
        others.finish()
    }),
    ("poll/behaviour/condvar, claims of waiters that there are not", |environment| {
        let tid = own(environment);
        let others = super::others::PRIVATE.gather()?;
        let state = others.state;
        state.take(tid, WRITE)?;
        state.condition.0.store(77, Ordering::Relaxed);
        let refused = state.condition.poll(Scope::PRIVATE, &state.lock, None)?;
        same(refused, (Eventtype::CONDVAR, Errno::INVAL))?;
        same(state.lock.value(), WRITE_LOCKED | tid.0)?;
        state.signal(1);
        same(state.condition.value(), 0)?;
        others.finish()
    }),
    ("poll/behaviour/condvar, scopes of two kinds", |environment| {
        let tid = own(environment);
        for (condvar, lock) in [(Scope::PRIVATE, Scope::SHARED), (Scope::SHARED, Scope::PRIVATE)] {
            let mut others = World { scope: lock, ..super::others::PRIVATE }.gather()?;
            let state = others.state;
            let run = if condvar == Scope::PRIVATE { mixed::<4> } else { mixed::<8> };
            others.start(3, run)?;
            until(|| state.locked(tid, || state.count(0)).is_ok_and(|count| count == 3))?;
            for woken in 1..=3 {
                state.condition.signal(condvar, 1);
                until(|| state.count(1) == woken)?;
            }
            others.finish()?;
            same((state.condition.value(), state.lock.value()), (0, 0))?;
        }
        Ok(())
    }),
    ("condvar_signal/behaviour/a process that was killed", |environment| {
        // It waited, and takes no signal with it.
        let tid = own(environment);
        for _ in 0..10 {
            let mut others = PROCESSES.gather()?;
            let state = others.state;
            others.start(1, one_waits)?;
            let victim = others.start_victim(one_waits)?;
            until(|| state.locked(tid, || state.count(0)).is_ok_and(|count| count == 2))?;
            victim.kill()?;
            state.signal(ALL);
            others.finish()?;
            same(state.count(1), 1)?;
            until(|| state.condition.value() == 0)?;
        }
        Ok(())
    }),
    ("lock_unlock/behaviour/a process that was killed", |environment| {
        let tid = own(environment);
        for _ in 0..10 {
            let mut others = PROCESSES.gather()?;
            let state = others.state;
            state.take(tid, WRITE)?;
            let wants = |tid, state: &State| {
                state.take(tid, WRITE)?;
                state.change()?;
                state.release(tid);
                Ok(())
            };
            others.start(2, wants)?;
            let victim = others.start_victim(wants)?;
            until(|| state.lock.value() & MANAGED != 0)?;
            victim.kill()?;
            state.release(tid);
            others.finish()?;
            same(state.look()?, 2)?;
            holds(state.lock.value() & !MANAGED == 0, "nobody holds it")?;
        }
        Ok(())
    }),
    ("condvar_signal/behaviour/between programs that have the memory alone in common", |environment| {
        let program = environment.given("program")?;
        let tid = own(environment);
        let mut others = PROCESSES.gather()?;
        let state = others.state;
        others.start(2, one_waits)?;
        until(|| state.locked(tid, || state.count(0)).is_ok_and(|count| count == 2))?;
        let memory = others.memory.ok_or(Errno::BADF)?;
        for round in 1..=2 {
            // The new program maps the memory wherever there is room.
            same(super::replacing::signals_through(program, memory)?.1, Signal(0))?;
            until(|| state.count(1) == round)?;
        }
        same(state.count(2), 2)?;
        others.finish()
    }),
    ("condvar_signal/error/inval/not a multiple of four", |_| {
        let words = [0u32, 0];
        for offset in 1..4 {
            let word = words.as_ptr().cast_mut().cast::<Condvar>().wrapping_byte_add(offset);
            // SAFETY: the host looks at the address before it looks there.
            fails(unsafe { cloudabi_sys::condvar_signal(word, Scope::PRIVATE, 1) }, Errno::INVAL)?;
        }
        Ok(())
    }),
    ("poll/pointer/in[].condvar.condvar/unmapped", |environment| bad_condvar(environment, Kind::Unmapped)),
    ("poll/pointer/in[].condvar.condvar/read-only", |environment| bad_condvar(environment, Kind::ReadOnly)),
    ("poll/pointer/in[].condvar.condvar/outside", |environment| bad_condvar(environment, Kind::Outside)),
    ("poll/pointer/in[].condvar.condvar/wraps", |environment| bad_condvar(environment, Kind::Wraps)),
    ("poll/pointer/in[].condvar.lock/unmapped", |environment| bad_lock(environment, Kind::Unmapped)),
    ("poll/pointer/in[].condvar.lock/read-only", |environment| {
        let page = environment.start.page_size();
        let tid = own(environment);
        let access = cloudabi_sys::Mprot::READ | cloudabi_sys::Mprot::WRITE;
        let flags = cloudabi_sys::Mflags::ANON | cloudabi_sys::Mflags::PRIVATE;
        for scope in [Scope::PRIVATE, Scope::SHARED] {
            let place = calls::map(page, access, flags, Fd::MAP_ANON_FD, 0)?;
            // SAFETY: fresh memory that stays.
            let lock = unsafe { &*place.cast::<guest::sync::RwLock>() };
            holds(lock.try_write(tid), "a new lock is free")?;
            calls::memory::protect(place, page, cloudabi_sys::Mprot::READ)?;
            let condition = guest::sync::Condition::new();
            same(condition.poll(scope, lock, Some(Time::after(0)))?, (Eventtype::CONDVAR, Errno::FAULT))?;
            same(condition.value(), 0)?;
        }
        Ok(())
    }),
    ("poll/pointer/in[].condvar.lock/outside", |environment| bad_lock(environment, Kind::Outside)),
    ("poll/pointer/in[].condvar.lock/wraps", |environment| bad_lock(environment, Kind::Wraps)),
];

fn bad_condvar(environment: &Environment, kind: Kind) -> Outcome {
    let tid = own(environment);
    for address in kind.addresses(environment, crate::call_info::AccessInfo::ReadWrite)? {
        for scope in [Scope::PRIVATE, Scope::SHARED] {
            let lock = guest::sync::RwLock::new();
            holds(lock.try_write(tid), "a new lock is free")?;
            let condvar = SubscriptionCondvar {
                condvar: core::ptr::with_exposed_provenance_mut(address),
                lock: lock.word(),
                condvar_scope: scope,
                lock_scope: scope,
                ..SubscriptionCondvar::ZERO
            };
            let outcome = wait(Subscription::ZERO.with_condvar(condvar), Some(Time::after(0)))?;
            same(outcome, (Eventtype::CONDVAR, Errno::FAULT))?;
            same(lock.value(), WRITE_LOCKED | tid.0)?;
        }
    }
    Ok(())
}

fn bad_lock(environment: &Environment, kind: Kind) -> Outcome {
    for address in kind.addresses(environment, crate::call_info::AccessInfo::ReadWrite)? {
        for scope in [Scope::PRIVATE, Scope::SHARED] {
            let condition = guest::sync::Condition::new();
            let condvar = SubscriptionCondvar {
                condvar: condition.word(),
                lock: core::ptr::with_exposed_provenance_mut(address),
                condvar_scope: scope,
                lock_scope: scope,
                ..SubscriptionCondvar::ZERO
            };
            let outcome = wait(Subscription::ZERO.with_condvar(condvar), Some(Time::after(0)))?;
            same(outcome, (Eventtype::CONDVAR, Errno::FAULT))?;
            same(condition.value(), 0)?;
        }
    }
    Ok(())
}

fn one_waits(tid: cloudabi_sys::Tid, state: &State) -> Outcome {
    state.take(tid, WRITE)?;
    state.add(0);
    state.wait()?;
    same(state.lock.value() & !MANAGED, WRITE_LOCKED | tid.0)?;
    state.change()?;
    state.add(1);
    state.release(tid);
    Ok(())
}

/// As above, with a condition variable of this scope, whatever the lock's is.
fn mixed<const SCOPE: u8>(tid: cloudabi_sys::Tid, state: &State) -> Outcome {
    state.take(tid, WRITE)?;
    state.add(0);
    let condvar = SubscriptionCondvar {
        condvar: state.condition.word(),
        lock: state.lock.word(),
        condvar_scope: Scope(SCOPE),
        lock_scope: state.scope(),
        ..SubscriptionCondvar::ZERO
    };
    let woken = wait(Subscription::ZERO.with_condvar(condvar), Some(super::others::LONG))?;
    same(woken, (Eventtype::CONDVAR, Errno::SUCCESS))?;
    same(state.lock.value() & !MANAGED, WRITE_LOCKED | tid.0)?;
    state.add(1);
    state.release(tid);
    Ok(())
}

fn as_many_as_are_meant(environment: &Environment, world: World) -> Outcome {
    const WAITERS: u32 = 6;
    let tid = own(environment);
    let mut others = world.gather()?;
    let state = others.state;
    others.start(WAITERS as usize, one_waits)?;
    until(|| state.locked(tid, || state.count(0)).is_ok_and(|count| count == WAITERS))?;
    holds(state.condition.value() != 0, "somebody waits")?;
    state.signal(0);
    for woken in 1..=2 {
        state.signal(1);
        until(|| state.count(1) == woken)?;
    }
    state.signal(2);
    until(|| state.count(1) == 4)?;
    // One more would have had its chance by now.
    same(state.locked(tid, || state.count(1))?, 4)?;
    holds(state.condition.value() != 0, "somebody waits")?;
    state.signal(ALL);
    others.finish()?;
    same(state.look()?, WAITERS)?;
    same((state.condition.value(), state.lock.value()), (0, 0))
}

fn nobody_waits(environment: &Environment, world: World) -> Outcome {
    let tid = own(environment);
    let others = world.gather()?;
    let state = others.state;
    for count in [0, 1, ALL] {
        // SAFETY: the word is accessed atomically.
        let signalled = unsafe { cloudabi_sys::condvar_signal(state.condition.word(), state.scope(), count) };
        same(signalled, Ok(()))?;
        same(state.condition.value(), 0)?;
    }
    // Nothing is remembered.
    state.take(tid, WRITE)?;
    let late = state.condition.poll(state.scope(), &state.lock, Some(Time::after(SHORT)))?;
    same(late, LATE)?;
    same((state.condition.value(), state.lock.value()), (0, WRITE_LOCKED | tid.0))?;
    others.finish()
}

fn the_lock_is_held(environment: &Environment, world: World) -> Outcome {
    const WAITERS: u32 = 3;
    let tid = own(environment);
    let mut others = world.gather()?;
    let state = others.state;
    others.start(WAITERS as usize, one_waits)?;
    until(|| state.locked(tid, || state.count(0)).is_ok_and(|count| count == WAITERS))?;
    state.take(tid, WRITE)?;
    state.signal(ALL);
    same(state.condition.value(), 0)?;
    for _ in 0..10 {
        calls::yield_now()?;
        same(state.count(1), 0)?;
    }
    state.release(tid);
    others.finish()?;
    same((state.look()?, state.condition.value(), state.lock.value()), (WAITERS, 0, 0))
}

fn two_take_turns(environment: &Environment, world: World) -> Outcome {
    const TURNS: u32 = 2000;
    let tid = own(environment);
    let mut others = world.gather()?;
    let state = others.state;
    let run = |tid, state: &State| {
        let me = state.add(3);
        state.take(tid, WRITE)?;
        while state.look()? < TURNS {
            if state.look()? % 2 == me {
                state.change()?;
                state.signal(1);
            } else {
                state.wait()?;
            }
        }
        state.signal(ALL);
        state.release(tid);
        Ok(())
    };
    others.start(1, run)?;
    run(tid, state)?;
    others.finish()?;
    same((state.look()?, state.condition.value(), state.lock.value()), (TURNS, 0, 0))
}

/// Signals and the ends of patience cross, and every signal is accounted for.
fn signals_and_times(environment: &Environment, world: World) -> Outcome {
    const ROUNDS: u32 = 300;
    let tid = own(environment);
    let mut others = world.gather()?;
    let state = others.state;
    others.start(3, |tid, state| {
        for round in 0.. {
            state.take(tid, WRITE)?;
            if state.look()? >= ROUNDS {
                state.release(tid);
                return Ok(());
            }
            let time = Time::after(1000 * (round % 50));
            let woken = state.condition.poll(state.scope(), &state.lock, Some(time))?;
            same(state.lock.value() & !MANAGED, WRITE_LOCKED | tid.0)?;
            holds(woken == LATE || woken == (Eventtype::CONDVAR, Errno::SUCCESS), "signal or time")?;
            state.change()?;
            state.release(tid);
        }
        Ok(())
    })?;
    until(|| {
        state.signal(1);
        state.locked(tid, || state.look().is_ok_and(|value| value >= ROUNDS)).unwrap_or(true)
    })?;
    others.finish()?;
    same((state.condition.value(), state.lock.value()), (0, 0))
}

fn not_early(environment: &Environment, world: World) -> Outcome {
    let tid = own(environment);
    let others = world.gather()?;
    let state = others.state;
    for duration in [0, 1, SHORT, 10 * SHORT] {
        for time in times(duration) {
            let (clock, time) = time?;
            state.take(tid, WRITE)?;
            let begin = calls::clock(clock)?;
            let least = if time.flags.is_empty() { begin + duration } else { time.timeout };
            same(state.condition.poll(state.scope(), &state.lock, Some(time))?, LATE)?;
            holds(calls::clock(clock)? >= least, "not early")?;
            same((state.condition.value(), state.lock.value()), (0, WRITE_LOCKED | tid.0))?;
            state.release(tid);
        }
    }
    others.finish()
}

fn lock_not_held(environment: &Environment, world: World) -> Outcome {
    let tid = own(environment).0;
    let others = world.gather()?;
    let state = others.state;
    for value in [0, 1, tid, SOMEBODY, MANAGED | 1, MANAGED | SOMEBODY] {
        state.lock.0.store(value, Ordering::Relaxed);
        let refused = state.condition.poll(state.scope(), &state.lock, None)?;
        same(refused, (Eventtype::CONDVAR, Errno::PERM))?;
        same((state.lock.value(), state.condition.value()), (value, 0))?;
    }
    others.finish()
}

fn no_word(environment: &Environment, world: World) -> Outcome {
    let tid = own(environment);
    let others = world.gather()?;
    let state = others.state;
    state.take(tid, WRITE)?;
    let good = SubscriptionCondvar {
        condvar: state.condition.word(),
        lock: state.lock.word(),
        condvar_scope: state.scope(),
        lock_scope: state.scope(),
        ..SubscriptionCondvar::ZERO
    };
    let refused = |bad: SubscriptionCondvar| -> Outcome {
        let outcome = wait(Subscription::ZERO.with_condvar(bad), Some(Time::after(0)))?;
        same(outcome, (Eventtype::CONDVAR, Errno::INVAL))?;
        same((state.lock.value(), state.condition.value()), (WRITE_LOCKED | tid.0, 0))
    };
    for offset in 1..4 {
        refused(SubscriptionCondvar { condvar: good.condvar.wrapping_byte_add(offset), ..good })?;
        refused(SubscriptionCondvar { lock: good.lock.wrapping_byte_add(offset), ..good })?;
    }
    for scope in [0, 1, 5, 0xff].map(Scope) {
        refused(SubscriptionCondvar { condvar_scope: scope, ..good })?;
        refused(SubscriptionCondvar { lock_scope: scope, ..good })?;
    }
    state.release(tid);
    // Whoever only reads does not hold it for writing.
    state.take(tid, READ)?;
    same(state.condition.poll(state.scope(), &state.lock, None)?, (Eventtype::CONDVAR, Errno::PERM))?;
    others.finish()
}

fn no_clock(environment: &Environment, world: World) -> Outcome {
    use cloudabi_sys::{Clockid, Subclockflags};
    let tid = own(environment);
    let others = world.gather()?;
    let state = others.state;
    state.take(tid, WRITE)?;
    for (clock, flags, error) in [
        (Clockid::PROCESS_CPUTIME_ID, Subclockflags::empty(), Errno::NOTSUP),
        (Clockid(99), Subclockflags::empty(), Errno::INVAL),
        (Clockid::MONOTONIC, Subclockflags(0x8000), Errno::INVAL),
    ] {
        let time = Time { clock, timeout: 0, flags };
        let refused = state.condition.poll(state.scope(), &state.lock, Some(time))?;
        same(refused, (Eventtype::CLOCK, error))?;
        same((state.condition.value(), state.lock.value()), (0, WRITE_LOCKED | tid.0))?;
    }
    others.finish()
}

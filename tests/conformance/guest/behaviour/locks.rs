//! Locks: who gets them, in which order, and what is left of those who do not.

use cloudabi_sys::{Clockid, Errno, Eventtype, Lock, Scope, Subclockflags, Subscription, SubscriptionLock};
use core::sync::atomic::{AtomicU32, Ordering};
use guest::sync::{Outcome as Waited, RwLock, Time, wait};

use super::others::{
    LONG, MANAGED, PRIVATE, READ, SHARED, SHORT, SOMEBODY, State, WRITE, WRITE_LOCKED, World, in_all_worlds,
    own, until,
};
use crate::calls;
use crate::environment::Environment;
use crate::probe::pointers::Kind;
use crate::report::{Outcome, Test, fails, holds, same};

const LATE: Waited = (Eventtype::CLOCK, Errno::SUCCESS);

pub const IN_ALL_WORLDS: &[Test] = in_all_worlds! {
    "lock_unlock/behaviour/a writer waits" a_writer_waits
    "lock_unlock/behaviour/all readers together" all_readers_together
    "lock_unlock/behaviour/the last reader" the_last_reader
    "lock_unlock/behaviour/nobody waits" nobody_waits
    "lock_unlock/error/perm" not_held
    "poll/behaviour/lock, two readers and a writer" two_readers_and_a_writer
    "poll/behaviour/lock, reading again" reading_again
    "poll/behaviour/lock, given up" given_up
    "poll/behaviour/lock, a writer that gives up lets readers in" a_writer_gives_up
    "poll/behaviour/lock, not early" not_early
    "poll/behaviour/lock, held already" held_already
    "poll/behaviour/lock, of all together" all_together
    "poll/behaviour/lock, no word" no_word
    "poll/behaviour/lock, a clock that is none" no_clock
};

pub const TESTS: &[Test] = &[
    ("poll/behaviour/lock, a scope that lies", |environment| {
        for (theirs, ours) in [(Scope::PRIVATE, Scope::SHARED), (Scope::SHARED, Scope::PRIVATE)] {
            let mut others = World { scope: theirs, processes: false, elsewhere: false }.gather()?;
            let state = others.state;
            let tid = own(environment);
            state.take(tid, WRITE)?;
            others.start(1, |tid, state| {
                state.take(tid, WRITE)?;
                state.release(tid);
                Ok(())
            })?;
            until(|| state.lock.value() == MANAGED | WRITE_LOCKED | tid.0)?;
            let lock = RwLock(AtomicU32::new(0));
            same(lock.poll(WRITE, Scope(0), None)?, (WRITE, Errno::INVAL))?;
            same(lock.value(), 0)?;
            // As if somebody else held it, who names the other scope.
            state.lock.0.fetch_xor(tid.0 ^ 1, Ordering::Relaxed);
            for what in [READ, WRITE] {
                same(state.lock.poll(what, ours, Some(Time::after(0)))?, (what, Errno::INVAL))?;
            }
            state.lock.0.fetch_xor(tid.0 ^ 1, Ordering::Relaxed);
            same(state.lock.unlock(theirs), Ok(()))?;
            others.finish()?;
        }
        Ok(())
    }),
    ("poll/behaviour/lock, held by a thread that is not copied/private", |environment| {
        inherited(environment, PRIVATE)
    }),
    ("poll/behaviour/lock, held by a thread that is not copied/shared", |environment| {
        inherited(environment, SHARED)
    }),
    ("lock_unlock/error/inval/not a multiple of four", |_| {
        // SAFETY: the host looks at the address before it looks there.
        let unlock = |lock: *mut Lock| unsafe { cloudabi_sys::lock_unlock(lock, Scope::PRIVATE) };
        let words = [RwLock::new(), RwLock::new()];
        for offset in 1..4 {
            fails(unlock(words[0].word().wrapping_byte_add(offset)), Errno::INVAL)?;
        }
        Ok(())
    }),
    ("poll/pointer/in[].lock.lock/unmapped", |environment| bad(environment, Kind::Unmapped)),
    ("poll/pointer/in[].lock.lock/read-only", |environment| bad(environment, Kind::ReadOnly)),
    ("poll/pointer/in[].lock.lock/outside", |environment| bad(environment, Kind::Outside)),
    ("poll/pointer/in[].lock.lock/wraps", |environment| bad(environment, Kind::Wraps)),
    ("poll/behaviour/lock, nobody can be told", |environment| {
        // A lock must not get lost because the event cannot be stored.
        let lock = RwLock::new();
        let arm =
            SubscriptionLock { lock: lock.word(), lock_scope: Scope::PRIVATE, ..SubscriptionLock::ZERO };
        let subscription = Subscription::ZERO.with_lock(WRITE, arm);
        for address in Kind::ReadOnly.addresses(environment, crate::call_info::AccessInfo::Write)? {
            let place = core::ptr::with_exposed_provenance_mut(address);
            // SAFETY: the memory for the event cannot be written, which is what the call finds out.
            let events = unsafe { core::slice::from_raw_parts_mut(place, 1) };
            // SAFETY: as above.
            fails(unsafe { cloudabi_sys::poll(&[subscription], events) }, Errno::FAULT)?;
            same(lock.value(), 0)?;
        }
        Ok(())
    }),
];

fn bad(environment: &Environment, kind: Kind) -> Outcome {
    for address in kind.addresses(environment, crate::call_info::AccessInfo::ReadWrite)? {
        for scope in [Scope::PRIVATE, Scope::SHARED] {
            for what in [READ, WRITE] {
                let lock = core::ptr::with_exposed_provenance_mut(address);
                let arm = SubscriptionLock { lock, lock_scope: scope, ..SubscriptionLock::ZERO };
                let outcome = wait(Subscription::ZERO.with_lock(what, arm), Some(Time::after(0)))?;
                same(outcome, (what, Errno::FAULT))?;
            }
        }
    }
    Ok(())
}

fn a_writer_waits(environment: &Environment, world: World) -> Outcome {
    let tid = own(environment);
    let mut others = world.gather()?;
    let state = others.state;
    state.take(tid, WRITE)?;
    others.start(1, |tid, state| {
        same(state.lock.poll(WRITE, state.scope(), Some(LONG))?, (WRITE, Errno::SUCCESS))?;
        same(state.lock.value() & !MANAGED, WRITE_LOCKED | tid.0)?;
        state.change()?;
        state.release(tid);
        Ok(())
    })?;
    until(|| state.lock.value() & MANAGED != 0)?;
    same(state.lock.value(), MANAGED | WRITE_LOCKED | tid.0)?;
    same(state.look()?, 0)?;
    same(state.lock.unlock(state.scope()), Ok(()))?;
    others.finish()?;
    same(state.look()?, 1)?;
    same(state.lock.value(), 0)
}

fn all_readers_together(environment: &Environment, world: World) -> Outcome {
    const READERS: u32 = 3;
    let tid = own(environment);
    let mut others = world.gather()?;
    let state = others.state;
    state.take(tid, WRITE)?;
    others.start(READERS as usize, |tid, state| {
        state.take(tid, READ)?;
        state.add(0);
        // Each waits inside for the others.
        until(|| state.count(0) == READERS)?;
        holds(state.lock.value() & WRITE_LOCKED == 0, "it is held for reading")?;
        state.release(tid);
        Ok(())
    })?;
    until(|| state.lock.value() & MANAGED != 0)?;
    same(state.count(0), 0)?;
    state.release(tid);
    others.finish()?;
    same(state.lock.value(), 0)
}

fn the_last_reader(environment: &Environment, world: World) -> Outcome {
    let tid = own(environment);
    let mut others = world.gather()?;
    let state = others.state;
    state.take(tid, READ)?;
    others.start(1, |tid, state| {
        state.take(tid, WRITE)?;
        state.change()?;
        state.release(tid);
        Ok(())
    })?;
    until(|| state.lock.value() == MANAGED | 1)?;
    same(state.look()?, 0)?;
    state.lock.0.store(MANAGED | WRITE_LOCKED | tid.0, Ordering::Relaxed);
    same(state.lock.unlock(state.scope()), Ok(()))?;
    others.finish()?;
    same(state.look()?, 1)?;
    same(state.lock.value(), 0)
}

fn nobody_waits(environment: &Environment, world: World) -> Outcome {
    let tid = own(environment);
    let others = world.gather()?;
    let state = others.state;
    for flag in [0, MANAGED] {
        state.lock.0.store(flag | WRITE_LOCKED | tid.0, Ordering::Relaxed);
        same(state.lock.unlock(state.scope()), Ok(()))?;
        same(state.lock.value(), 0)?;
    }
    others.finish()
}

fn not_held(environment: &Environment, world: World) -> Outcome {
    let others = world.gather()?;
    let lock = &others.state.lock;
    let tid = own(environment).0;
    for value in [0, 1, tid, SOMEBODY, MANAGED, MANAGED | 1, MANAGED | tid, MANAGED | SOMEBODY] {
        lock.0.store(value, Ordering::Relaxed);
        fails(lock.unlock(others.state.scope()), Errno::PERM)?;
        same(lock.value(), value)?;
    }
    others.finish()
}

fn two_readers_and_a_writer(environment: &Environment, world: World) -> Outcome {
    let tid = own(environment);
    let mut others = world.gather()?;
    let state = others.state;
    state.take(tid, READ)?;
    holds(state.lock.try_read(), "a second reader comes in")?;
    others.start(1, |tid, state| {
        state.take(tid, WRITE)?;
        state.change()?;
        state.release(tid);
        Ok(())
    })?;
    until(|| state.lock.value() == MANAGED | 2)?;
    // Nobody gets past the writer, not even to read.
    same(state.lock.poll(READ, state.scope(), Some(Time::after(0)))?, LATE)?;
    until(|| state.lock.value() == MANAGED | 2)?;
    others.start(1, |tid, state| {
        state.take(tid, READ)?;
        state.look()?;
        state.release(tid);
        Ok(())
    })?;
    for left in [1, 0] {
        same(state.look()?, 0)?;
        state.release(tid);
        if left == 1 {
            same(state.lock.value() & !MANAGED, 1)?;
        }
    }
    others.finish()?;
    same(state.look()?, 1)?;
    same(state.lock.value(), 0)
}

fn reading_again(environment: &Environment, world: World) -> Outcome {
    let tid = own(environment);
    let mut others = world.gather()?;
    let state = others.state;
    state.take(tid, READ)?;
    others.start(1, |tid, state| {
        state.take(tid, WRITE)?;
        state.change()?;
        state.release(tid);
        Ok(())
    })?;
    until(|| state.lock.value() == MANAGED | 1)?;
    // Whoever reads already may do so again, since it would wait for itself.
    state.lock.0.fetch_add(1, Ordering::Acquire);
    state.release(tid);
    same(state.lock.value(), MANAGED | 1)?;
    same(state.look()?, 0)?;
    state.release(tid);
    others.finish()?;
    same((state.look()?, state.lock.value()), (1, 0))
}

fn given_up(environment: &Environment, world: World) -> Outcome {
    let tid = own(environment);
    let others = world.gather()?;
    let state = others.state;
    let in_vain = |what| -> Outcome {
        for time in [0, 1, SHORT] {
            same(state.lock.poll(what, state.scope(), Some(Time::after(time)))?, LATE)?;
        }
        Ok(())
    };
    state.take(tid, READ)?;
    in_vain(WRITE)?;
    same(state.lock.value(), 1)?;
    holds(state.lock.try_read(), "a reader comes in after a writer has given up")?;
    state.release(tid);
    state.release(tid);
    same(state.lock.value(), 0)?;
    state.lock.0.store(SOMEBODY, Ordering::Relaxed);
    in_vain(WRITE)?;
    in_vain(READ)?;
    same(state.lock.value(), SOMEBODY)?;
    others.finish()
}

fn a_writer_gives_up(environment: &Environment, world: World) -> Outcome {
    let tid = own(environment);
    let mut others = world.gather()?;
    let state = others.state;
    state.take(tid, READ)?;
    others.start(1, |_, state| {
        let time = Time::after(20 * SHORT);
        same(state.lock.poll(WRITE, state.scope(), Some(time))?, LATE)
    })?;
    others.start(2, |tid, state| {
        state.take(tid, READ)?;
        state.release(tid);
        Ok(())
    })?;
    others.finish()?;
    same(state.lock.value(), 1)
}

/// Each clock, each way to name a time.
pub fn times(duration: u64) -> impl Iterator<Item = Result<(Clockid, Time), Errno>> {
    [Clockid::MONOTONIC, Clockid::REALTIME].into_iter().flat_map(move |clock| {
        [Subclockflags::empty(), Subclockflags::ABSTIME].into_iter().map(move |flags| {
            let begin = calls::clock(clock)?;
            let timeout = if flags.is_empty() { duration } else { begin + duration };
            Ok((clock, Time { clock, timeout, flags }))
        })
    })
}

fn not_early(_: &Environment, world: World) -> Outcome {
    let others = world.gather()?;
    let state = others.state;
    state.lock.0.store(SOMEBODY, Ordering::Relaxed);
    for duration in [0, 1, SHORT, 10 * SHORT] {
        for what in [READ, WRITE] {
            for time in times(duration) {
                let (clock, time) = time?;
                let begin = calls::clock(clock)?;
                let least = if time.flags.is_empty() { begin + duration } else { time.timeout };
                same(state.lock.poll(what, state.scope(), Some(time))?, LATE)?;
                holds(calls::clock(clock)? >= least, "not early")?;
            }
        }
    }
    // What is free is taken, whatever the time.
    state.lock.0.store(0, Ordering::Relaxed);
    same(state.lock.poll(WRITE, state.scope(), Some(Time::after(0)))?, (WRITE, Errno::SUCCESS))?;
    others.finish()
}

fn held_already(environment: &Environment, world: World) -> Outcome {
    let tid = own(environment);
    let others = world.gather()?;
    let state = others.state;
    state.take(tid, WRITE)?;
    for what in [READ, WRITE] {
        for time in [None, Some(Time::after(0)), Some(LONG)] {
            same(state.lock.poll(what, state.scope(), time)?, (what, Errno::DEADLK))?;
        }
    }
    same(state.lock.value(), WRITE_LOCKED | tid.0)?;
    others.finish()
}

const ROUNDS: u32 = 2000;

fn all_together(environment: &Environment, world: World) -> Outcome {
    let tid = own(environment);
    let mut others = world.gather()?;
    let state = others.state;
    let write = |tid, state: &State| {
        for _ in 0..ROUNDS {
            state.take(tid, WRITE)?;
            state.change()?;
            state.release(tid);
        }
        Ok(())
    };
    others.start(2, write)?;
    others.start(2, |tid, state| {
        for _ in 0..ROUNDS {
            state.take(tid, READ)?;
            state.look()?;
            state.release(tid);
        }
        Ok(())
    })?;
    others.start(1, |tid, state| {
        for round in 0..ROUNDS / 10 {
            let what = [READ, WRITE][round as usize % 2];
            let time = Time::after(1000 * (u64::from(round) % 7));
            match state.lock.poll(what, state.scope(), Some(time))? {
                LATE => {}
                taken => {
                    same(taken, (what, Errno::SUCCESS))?;
                    state.look()?;
                    state.release(tid);
                }
            }
        }
        Ok(())
    })?;
    write(tid, state)?;
    others.finish()?;
    same(state.look()?, 3 * ROUNDS)?;
    same(state.lock.value(), 0)
}

fn no_word(_: &Environment, world: World) -> Outcome {
    let others = world.gather()?;
    let state = others.state;
    let poll = |what| state.lock.poll(what, state.scope(), Some(Time::after(0)));
    state.lock.0.store(Lock::BOGUS.0, Ordering::Relaxed);
    for what in [READ, WRITE] {
        same(poll(what)?, (what, Errno::INVAL))?;
    }
    // One reader more than there is room for.
    state.lock.0.store(!(MANAGED | WRITE_LOCKED), Ordering::Relaxed);
    same(poll(READ)?, (READ, Errno::INVAL))?;
    for offset in 1..4 {
        let lock = state.lock.word().wrapping_byte_add(offset);
        let arm = SubscriptionLock { lock, lock_scope: state.scope(), ..SubscriptionLock::ZERO };
        same(wait(Subscription::ZERO.with_lock(WRITE, arm), None)?, (WRITE, Errno::INVAL))?;
    }
    for scope in [0, 1, 5, 0xff] {
        same(state.lock.poll(WRITE, Scope(scope), None)?, (WRITE, Errno::INVAL))?;
    }
    others.finish()
}

fn no_clock(_: &Environment, world: World) -> Outcome {
    let others = world.gather()?;
    let state = others.state;
    let poll = |clock, flags| state.lock.poll(WRITE, state.scope(), Some(Time { clock, timeout: 0, flags }));
    let none = Subclockflags::empty();
    for clock in [Clockid::PROCESS_CPUTIME_ID, Clockid::THREAD_CPUTIME_ID] {
        same(poll(clock, none)?, (Eventtype::CLOCK, Errno::NOTSUP))?;
    }
    same(poll(Clockid(99), none)?, (Eventtype::CLOCK, Errno::INVAL))?;
    same(poll(Clockid::MONOTONIC, Subclockflags(0x8000))?, (Eventtype::CLOCK, Errno::INVAL))?;
    // Nothing was waited for.
    same(state.lock.value(), 0)?;
    others.finish()
}

/// A copy of the process has what others held, and nobody who waits.
fn inherited(environment: &Environment, world: World) -> Outcome {
    let tid = own(environment);
    let mut others = world.gather()?;
    let state = others.state;
    state.take(tid, WRITE)?;
    others.start(2, |tid, state| {
        state.take(tid, WRITE)?;
        state.change()?;
        state.release(tid);
        Ok(())
    })?;
    until(|| state.lock.value() & MANAGED != 0)?;
    let child = super::processes::child(|| {
        // It is another thread now, with another number, for which nobody releases the lock.
        let late = state.lock.poll(WRITE, state.scope(), Some(Time::after(SHORT)));
        let good = late == Ok(LATE) && state.lock.value() & !MANAGED == WRITE_LOCKED | tid.0;
        Ok(u32::from(!good))
    })?;
    same(super::processes::end(child)?.0, 0)?;
    calls::close(child)?;
    state.release(tid);
    others.finish()?;
    same((state.look()?, state.lock.value()), (2, 0))
}

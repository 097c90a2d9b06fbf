//! Locks and condition variables under a scheduler that lets one thread run at a time and chooses which: whatever the
//! order, nobody gets in who must not, nobody sleeps for ever, and nothing is left behind.

mod program;
mod scheduler;

use cloudabi_host::parking::{Lot, Mode, Waiter};
use cloudabi_host::types::Lock;
use program::{FIRST, Program, run};
use scheduler::{CONDITION, LOCK, World};

/// How many orders are tried of each program.
const ORDERS: u64 = 400;

/// Runs a program in many orders.
#[track_caller]
fn check(threads: &[Program]) {
    for seed in 0..ORDERS {
        run(seed, threads, |_, _, _| ());
    }
}

/// Takes a lock and releases it, several times.
fn writer(tid: u32) {
    let mut held = 0;
    for _ in 0..4 {
        program::write(tid);
        program::change(&mut held);
        program::release(tid);
    }
}

fn reader(tid: u32) {
    for _ in 0..4 {
        program::read(tid);
        program::look();
        program::release(tid);
    }
}

#[test]
fn writers() {
    check(&[writer, writer, writer]);
}

#[test]
fn readers_and_writers() {
    check(&[reader, writer, reader, writer]);
}

/// Tries for a limited time: half of the time in vain.
fn impatient(tid: u32) {
    for round in 0..4 {
        let mode = if round % 2 == 0 { Mode::Write } else { Mode::Read };
        if program::try_for_a_while(tid, mode) {
            program::look();
            program::release(tid);
        }
    }
}

#[test]
fn some_give_up() {
    check(&[impatient, writer, impatient, reader]);
}

/// The same with a lock of several processes, whether the system knows readers from writers or not.
#[test]
fn locks_of_several_processes() {
    for knows_apart in [false, true] {
        let prepare: fn(&World, &Lot, &mut program::Shadow) = match knows_apart {
            false => |world, _, _| world.share_lock(false),
            true => |world, _, _| world.share_lock(true),
        };
        for threads in [
            &[writer as Program, writer, writer][..],
            &[reader, writer, reader, writer],
            &[impatient, writer, impatient, reader],
            &[impatient, impatient, reader, reader, writer],
        ] {
            for seed in 0..ORDERS {
                run(seed, threads, prepare);
            }
        }
    }
}

/// And such a lock's waiters can be lost, if the system is broken.
#[test]
#[should_panic = "seed"]
fn lost_wake_ups_of_several_processes_are_noticed() {
    for seed in 0..ORDERS {
        run(seed, &[writer, reader, writer], |world, _, _| {
            world.share_lock(false);
            world.lose_wake_ups();
        });
    }
}

/// Puts something into a place that has room for one.
fn producer(tid: u32) {
    for _ in 0..3 {
        program::write(tid);
        while program::is_full() {
            program::wait(tid, false);
        }
        program::set_full(true);
        program::signal(1);
        program::release(tid);
    }
}

/// Takes something from there.
fn consumer(tid: u32) {
    for _ in 0..3 {
        program::write(tid);
        while !program::is_full() {
            program::wait(tid, false);
        }
        program::set_full(false);
        program::signal(1);
        program::release(tid);
    }
}

#[test]
fn one_producer_one_consumer() {
    check(&[producer, consumer]);
}

/// As above for several, who share a condition variable: so all are woken, without the lock.
fn loud_producer(tid: u32) {
    for _ in 0..2 {
        program::write(tid);
        while program::is_full() {
            program::wait(tid, false);
        }
        program::set_full(true);
        program::release(tid);
        program::signal(u32::MAX);
    }
}

fn loud_consumer(tid: u32) {
    for _ in 0..2 {
        program::write(tid);
        while !program::is_full() {
            // Those who give up look again.
            program::wait(tid, tid.is_multiple_of(2));
        }
        program::set_full(false);
        program::release(tid);
        program::signal(u32::MAX);
    }
}

#[test]
fn several_producers_and_consumers() {
    check(&[loud_producer, loud_consumer, loud_producer, loud_consumer]);
}

/// Waits for a signal once; there is one for each, and not one more is given.
fn signalled_once(tid: u32) {
    program::write(tid);
    program::announce();
    program::wait_for_signal(tid);
    program::release(tid);
}

fn signals_each_once(tid: u32) {
    program::await_announcements(3);
    program::write(tid);
    program::signal(1);
    program::release(tid);
    program::signal(1);
    program::signal(1);
}

#[test]
fn each_signal_wakes_one() {
    check(&[signalled_once, signalled_once, signalled_once, signals_each_once]);
}

/// Waits for a signal that may come too late.
fn may_be_late(tid: u32) {
    program::write(tid);
    program::announce();
    program::wait(tid, true);
    program::release(tid);
}

fn signals_all(tid: u32) {
    program::await_announcements(3);
    // Whoever announced it has begun to wait when the lock is free.
    program::write(tid);
    program::release(tid);
    program::signal(1);
    program::signal(u32::MAX);
}

#[test]
fn signals_and_times() {
    check(&[may_be_late, signalled_once, may_be_late, signals_all, writer]);
}

/// Condition variables of several processes, with a lock of theirs.
#[test]
fn condition_variables_of_several_processes() {
    for threads in [
        &[producer as Program, consumer][..],
        &[loud_producer, loud_consumer, loud_producer, loud_consumer],
        &[signalled_once, signalled_once, signalled_once, signals_each_once],
        &[may_be_late, signalled_once, may_be_late, signals_all, writer],
        &[may_be_late, reader, may_be_late, reader, signals_two],
        &[signalled_once, signalled_once, signalled_once, signals_each_once, gives_up],
    ] {
        for seed in 0..ORDERS / 4 {
            run(seed, threads, |world, _, _| world.share_lock(false));
        }
    }
}

/// And those who wait for such a one can be lost, if the system is broken.
#[test]
#[should_panic = "seed"]
fn lost_signals_of_several_processes_are_noticed() {
    for seed in 0..ORDERS {
        run(seed, &[signalled_once, signalled_once, signalled_once, signals_each_once], |world, _, _| {
            world.share_lock(false);
            world.lose_wake_ups();
        });
    }
}

/// Says that it waits, and thinks better of it.
fn gives_up(tid: u32) {
    for _ in 0..3 {
        program::cancel(tid);
    }
}

/// Those who are signalled queue among readers and writers who never waited for a signal.
#[test]
fn signals_among_readers_and_writers() {
    check(&[producer, reader, consumer, impatient, writer]);
    check(&[may_be_late, reader, may_be_late, reader, signals_two]);
}

/// Signals while it holds the lock, so that who is signalled cannot go on yet.
fn signals_two(tid: u32) {
    program::await_announcements(2);
    program::write(tid);
    program::signal(2);
    program::look();
    program::release(tid);
}

/// Puts something into the place under a lock that is not the lot's.
fn foreign_producer(tid: u32) {
    for _ in 0..2 {
        program::write_foreign(tid);
        while program::is_full() {
            program::wait_foreign(tid, tid.is_multiple_of(2));
        }
        program::set_full(true);
        program::release_foreign(tid);
        program::signal(u32::MAX);
    }
}

fn foreign_consumer(tid: u32) {
    for _ in 0..2 {
        program::write_foreign(tid);
        while !program::is_full() {
            program::wait_foreign(tid, tid.is_multiple_of(2));
        }
        program::set_full(false);
        program::release_foreign(tid);
        program::signal(u32::MAX);
    }
}

#[test]
fn condition_variables_with_locks_that_are_not_the_lots() {
    check(&[foreign_producer, foreign_consumer]);
    check(&[foreign_producer, foreign_producer, foreign_consumer, foreign_consumer]);
}

/// Holds the lock from the beginning, as who has forked does.
fn inheritor(tid: u32) {
    program::look();
    program::release(tid);
    program::signal(1);
    writer(tid);
}

/// In a new process words claim waiters that only its parent has. They are believed, and corrected.
#[test]
fn words_that_were_inherited() {
    for seed in 0..ORDERS {
        run(seed, &[inheritor, writer, reader, impatient], |world, lot, shadow| {
            world.poke(LOCK, Lock::WRLOCKED.0 | Lock::KERNEL_MANAGED.0 | FIRST);
            world.poke(CONDITION, 1);
            shadow.writer = Some(FIRST);
            // SAFETY: nobody else knows of it.
            unsafe { lot.after_fork() };
        });
    }
}

/// The model notices what it is there for.
#[test]
#[should_panic = "seed"]
fn lost_wake_ups_are_noticed() {
    for seed in 0..ORDERS {
        run(seed, &[producer, consumer, writer], |world, _, _| world.lose_wake_ups());
    }
}

#[test]
fn a_lot_forgets_when_it_is_copied() {
    let lot = Lot::new();
    // SAFETY: nobody else knows of it.
    unsafe { lot.after_fork() };
    scheduler::alone(|system| {
        assert_eq!(lot.len(system), 0);
        let waiter: &'static Waiter = Box::leak(Box::new(Waiter::new(FIRST)));
        let (condition, lock) = (scheduler::word(CONDITION), scheduler::word(LOCK));
        lot.begin_wait(system, waiter, condition, lock, true).expect("nobody waits");
        assert!(lot.len(system) == 1 && lot.is_awaited(system, condition));
        // SAFETY: there is one thread.
        unsafe { lot.after_fork() };
        assert!(lot.len(system) == 0 && !lot.is_awaited(system, condition));
        assert!(!lot.is_awaited(system, scheduler::word(LOCK)));
    });
}

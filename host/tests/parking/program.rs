//! Programs of the model, which use words as the definition says that programs do.

use crate::scheduler::{CONDITION, FOREIGN, LOCK, Model, World, word};
use cloudabi_host::parking::{Lot, Mode, System as _, Waiter, Woken, shared, shared_condvar};
use cloudabi_host::types::Lock;
use std::cell::RefCell;
use std::sync::{Arc, Mutex};

const WRITE_LOCKED: u32 = Lock::WRLOCKED.0;
const MANAGED: u32 = Lock::KERNEL_MANAGED.0;

/// What one thread does. It is given its number.
pub type Program = fn(u32);

/// Who believes to hold the lock, and what it protects.
#[derive(Default)]
pub struct Shadow {
    pub writer: Option<u32>,
    readers: usize,
    full: bool,
    announced: usize,
}

struct Here {
    model: Model,
    lot: Arc<Lot>,
    waiter: &'static Waiter,
    shadow: Arc<Mutex<Shadow>>,
}

thread_local! {
    static HERE: RefCell<Option<Here>> = const { RefCell::new(None) };
}

fn here<T>(work: impl FnOnce(&Here) -> T) -> T {
    HERE.with_borrow(|here| work(here.as_ref().expect("the thread is one of a program's")))
}

fn shadow<T>(work: impl FnOnce(&mut Shadow) -> T) -> T {
    here(|here| work(&mut here.shadow.lock().expect("another thread failed")))
}

/// Number of the first thread; the others follow.
pub const FIRST: u32 = 100;

/// Runs one program in each thread, in an order that follows from the seed, after something was prepared.
#[track_caller]
pub fn run(seed: u64, programs: &[Program], prepare: fn(&World, &Lot, &mut Shadow)) {
    let world = World::new(seed, programs.len());
    let (lot, mut shadow) = (Arc::new(Lot::new()), Shadow::default());
    prepare(&world, &lot, &mut shadow);
    let shadow = Arc::new(Mutex::new(shadow));
    let threads: Vec<_> = (programs.iter().enumerate())
        .map(|(me, &program)| {
            let tid = me as u32 + FIRST;
            let waiter: &'static Waiter = Box::leak(Box::new(Waiter::new(tid)));
            let model = Model { world: Arc::clone(&world), me };
            let (lot, shadow) = (Arc::clone(&lot), Arc::clone(&shadow));
            let world = Arc::clone(&world);
            std::thread::spawn(move || {
                HERE.set(Some(Here { model, lot, waiter, shadow }));
                let result = std::panic::catch_unwind(|| {
                    here(|here| here.model.begin());
                    program(tid);
                    here(|here| here.model.end());
                });
                if result.is_err() {
                    world.fail();
                }
                result.is_ok()
            })
        })
        .collect();
    let good = threads
        .into_iter()
        .map(|thread| thread.join().is_ok_and(|good| good))
        .fold(true, |all, one| all & one);
    assert!(good, "seed {seed}");
    assert_eq!((world.peek(LOCK), world.peek(CONDITION)), (0, 0), "seed {seed}");
    crate::scheduler::alone(|system| assert_eq!(lot.len(system), 0, "seed {seed}"));
}

/// Replaces the lock's word if it is this.
fn replace(here: &Here, current: u32, new: u32) -> bool {
    here.model.compare_exchange(word(LOCK), current, new) == Ok(current)
}

fn value(here: &Here) -> u32 {
    here.model.load(word(LOCK)).expect("there is memory")
}

fn entered(tid: u32, mode: Mode) {
    shadow(|shadow| {
        assert_eq!(shadow.writer, None);
        match mode {
            Mode::Read => shadow.readers += 1,
            Mode::Write => {
                assert_eq!(shadow.readers, 0);
                shadow.writer = Some(tid);
            }
        }
    });
}

fn lock(mode: Mode, deadline: Option<()>) -> bool {
    let taken = here(|here| {
        if here.model.world.shares_lock() {
            let tid = here.model.me as u32 + FIRST;
            return shared::lock(&here.model, &here.lot, tid, word(LOCK), mode, deadline);
        }
        here.lot.lock(&here.model, here.waiter, word(LOCK), mode, deadline)
    });
    taken.expect("the word is in order")
}

pub fn write(tid: u32) {
    if !here(|here| replace(here, 0, WRITE_LOCKED | tid)) {
        assert!(lock(Mode::Write, None));
    }
    entered(tid, Mode::Write);
}

pub fn read(tid: u32) {
    let taken = here(|here| {
        let seen = value(here);
        seen & (WRITE_LOCKED | MANAGED) == 0 && replace(here, seen, seen + 1)
    });
    if !taken {
        assert!(lock(Mode::Read, None));
    }
    entered(tid, Mode::Read);
}

/// Tries to take the lock for a limited time. Whether that worked.
pub fn try_for_a_while(tid: u32, mode: Mode) -> bool {
    let taken = lock(mode, Some(()));
    if taken {
        entered(tid, mode);
    }
    taken
}

/// Releases the lock, however it is held.
pub fn release(tid: u32) {
    shadow(|shadow| match shadow.writer.take() {
        Some(writer) => assert_eq!(writer, tid),
        None => shadow.readers -= 1,
    });
    here(|here| {
        loop {
            let seen = value(here);
            let (next, ask) = match seen {
                seen if seen == WRITE_LOCKED | tid => (0, false),
                seen if seen == MANAGED | WRITE_LOCKED | tid => (seen, true),
                seen if seen == MANAGED | 1 => (MANAGED | WRITE_LOCKED | tid, true),
                seen => (seen - 1, false),
            };
            if replace(here, seen, next) {
                if ask && here.model.world.shares_lock() {
                    shared::unlock(&here.model, tid, word(LOCK)).expect("it is held");
                } else if ask {
                    here.lot.unlock(&here.model, tid, word(LOCK)).expect("it is held");
                }
                return;
            }
        }
    });
}

/// Looks at what the lock protects.
pub fn look() {
    shadow(|shadow| assert!(shadow.writer.is_some() || shadow.readers > 0));
}

/// Changes what the lock protects, slowly.
pub fn change(count: &mut u32) {
    let before = shadow(|shadow| shadow.writer);
    *count += 1;
    here(|here| here.model.relax());
    assert!(before.is_some());
    assert_eq!(shadow(|shadow| shadow.writer), before);
}

pub fn is_full() -> bool {
    shadow(|shadow| shadow.full)
}

pub fn set_full(full: bool) {
    shadow(|shadow| {
        assert!(shadow.writer.is_some());
        assert_ne!(shadow.full, full);
        shadow.full = full;
    });
}

pub fn announce() {
    shadow(|shadow| shadow.announced += 1);
}

pub fn await_announcements(count: usize) {
    while shadow(|shadow| shadow.announced) < count {
        here(|here| here.model.relax());
    }
}

/// Waits for the condition variable with the lock held. Whether it was signalled.
fn wait_once(tid: u32, deadline: Option<()>) -> bool {
    let (lock_word, condition) = (word(LOCK), word(CONDITION));
    if here(|here| here.model.world.shares_lock()) {
        return wait_shared(tid, deadline);
    }
    here(|here| here.lot.begin_wait(&here.model, here.waiter, condition, lock_word, true))
        .expect("all is in order");
    shadow(|shadow| assert_eq!(shadow.writer.take(), Some(tid)));
    let woken = here(|here| {
        here.lot.unlock(&here.model, tid, lock_word).expect("it is held");
        here.lot.end_wait(&here.model, here.waiter, condition, (lock_word, true), deadline)
    });
    let signalled = match woken.expect("there is memory") {
        Woken::Holding => true,
        Woken::Late => {
            assert!(deadline.is_some());
            assert!(lock(Mode::Write, None));
            false
        }
        Woken::Signalled => panic!("the lock's queue is in the lot"),
    };
    entered(tid, Mode::Write);
    signalled
}

/// As above, between processes.
fn wait_shared(tid: u32, deadline: Option<()>) -> bool {
    let waiting =
        here(|here| shared_condvar::begin_wait(&here.model, word(CONDITION))).expect("there is memory");
    shadow(|shadow| assert_eq!(shadow.writer.take(), Some(tid)));
    let signalled = here(|here| {
        shared::unlock(&here.model, tid, word(LOCK)).expect("it is held");
        shared_condvar::end_wait(&here.model, word(CONDITION), waiting, deadline)
    });
    assert!(lock(Mode::Write, None));
    entered(tid, Mode::Write);
    signalled.expect("there is memory")
}

/// Takes the lock that others care for: here nobody does, so that whoever wants it looks again and again.
pub fn write_foreign(tid: u32) {
    while here(|here| here.model.compare_exchange(word(FOREIGN), 0, tid)) != Ok(0) {
        here(|here| here.model.relax());
    }
    entered(tid, Mode::Write);
}

pub fn release_foreign(tid: u32) {
    shadow(|shadow| assert_eq!(shadow.writer.take(), Some(tid)));
    here(|here| assert_eq!(here.model.compare_exchange(word(FOREIGN), tid, 0), Ok(tid)));
}

/// Waits for the condition variable with that lock. Whether it was signalled.
pub fn wait_foreign(tid: u32, limited: bool) -> bool {
    let (lock_word, condition) = (word(FOREIGN), word(CONDITION));
    here(|here| here.lot.begin_wait(&here.model, here.waiter, condition, lock_word, false))
        .expect("all is in order");
    release_foreign(tid);
    let deadline = limited.then_some(());
    let woken =
        here(|here| here.lot.end_wait(&here.model, here.waiter, condition, (lock_word, false), deadline));
    write_foreign(tid);
    match woken.expect("nothing is asked of the lock's memory") {
        Woken::Signalled => true,
        Woken::Late => {
            assert!(limited);
            false
        }
        Woken::Holding => panic!("the lock is not the lot's"),
    }
}

/// Waits for a signal, perhaps not for ever.
pub fn wait(tid: u32, limited: bool) {
    wait_once(tid, limited.then_some(()));
}

pub fn wait_for_signal(tid: u32) {
    assert!(wait_once(tid, None));
}

/// Signals if somebody may wait.
pub fn signal(count: u32) {
    here(|here| {
        if here.model.load(word(CONDITION)) == Ok(0) {
            return;
        }
        if here.model.world.shares_lock() {
            shared_condvar::signal(&here.model, word(CONDITION), count).expect("there is memory");
        } else {
            here.lot.signal(&here.model, word(CONDITION), count).expect("there is memory");
        }
    });
}

/// Begins to wait, and does not.
pub fn cancel(tid: u32) {
    here(|here| {
        let waiting = shared_condvar::begin_wait(&here.model, word(CONDITION)).expect("there is memory");
        assert_ne!(here.model.load(word(CONDITION)), Ok(0), "{tid} waits");
        shared_condvar::cancel_wait(&here.model, word(CONDITION), waiting);
    });
}

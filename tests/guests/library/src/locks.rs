//! Locks and condition variables.

use alloc::vec::Vec;
use core::sync::atomic::{AtomicUsize, Ordering};

use cloudabi::sync::{Barrier, Condvar, LazyLock, Mutex, Once, OnceLock, RwLock};
use cloudabi::thread;
use cloudabi::time::{Duration, Instant, SystemTime};

const THREADS: usize = 4;
const ROUNDS: usize = 2000;

fn on_threads(act: impl Fn(usize) + Sync) {
    thread::scope(|scope| {
        for index in 0..THREADS {
            let act = &act;
            scope.spawn(move || act(index)).expect("a thread");
        }
    });
}

pub fn mutexes() {
    static COUNT: Mutex<usize> = Mutex::new(0);

    on_threads(|_| {
        for _ in 0..ROUNDS {
            *COUNT.lock() += 1;
        }
    });
    assert_eq!(*COUNT.lock(), THREADS * ROUNDS);
    let held = COUNT.lock();
    let taken = thread::spawn(|| COUNT.try_lock().is_some()).expect("a thread");
    assert!(!taken.join());
    drop(held);
    assert_eq!(Mutex::new(7).into_inner(), 7);
}

pub fn readers_and_writers() {
    let lock = RwLock::new((0, 0));
    on_threads(|index| {
        for _ in 0..ROUNDS {
            if index == 0 {
                let mut both = lock.write();
                both.0 += 1;
                thread::yield_now();
                both.1 += 1;
            } else {
                let both = lock.read();
                assert_eq!(both.0, both.1);
            }
        }
    });
    assert_eq!(lock.into_inner(), (ROUNDS, ROUNDS));
    let lock = RwLock::new(());
    let (one, other) = (lock.read(), lock.read());
    assert!(lock.try_write().is_none() && lock.try_read().is_some());
    drop((one, other));
    assert!(lock.try_write().is_some());
}

pub fn conditions() {
    let turn = Mutex::new(0);
    let changed = Condvar::new();
    let order = Mutex::new(Vec::new());
    on_threads(|index| {
        for round in 0..50 {
            let mut turn = changed.wait_while(turn.lock(), |turn| *turn != round * THREADS + index);
            order.lock().push(*turn);
            *turn += 1;
            drop(turn);
            changed.notify_all();
        }
    });
    assert!(order.into_inner().into_iter().eq(0..50 * THREADS));

    // One at a time.
    let tokens = Mutex::new(0);
    let there = Condvar::new();
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| *there.wait_while(tokens.lock(), |tokens| *tokens == 0) -= 1).expect("a thread");
        }
        for _ in 0..THREADS {
            *tokens.lock() += 1;
            there.notify_one();
        }
    });
    assert_eq!(*tokens.lock(), 0);
}

pub fn timeouts() {
    let soon = || Instant::now() + Duration::from_millis(2);
    let mutex = Mutex::new(());
    let condvar = Condvar::new();
    let lock = RwLock::new(());
    let (_held, _read) = (mutex.lock(), lock.read());
    thread::scope(|scope| {
        let other = || {
            let deadline = soon();
            assert!(mutex.lock_until(deadline).is_none() && Instant::now() >= deadline);
            assert!(lock.write_until(soon()).is_none() && lock.read_until(soon()).is_some());
        };
        scope.spawn(other).expect("a thread").join();
    });
    drop(_held);
    let deadline = soon();
    let (held, timeout) = condvar.wait_until(mutex.lock(), deadline);
    assert!(timeout.timed_out() && Instant::now() >= deadline);
    let (held, timeout) = condvar.wait_while_until(held, soon(), |()| true);
    assert!(timeout.timed_out());
    // The clock that people have will do, too.
    let soon = || SystemTime::now() + Duration::from_millis(2);
    let deadline = soon();
    let (held, timeout) = condvar.wait_until(held, deadline);
    assert!(timeout.timed_out() && SystemTime::now() >= deadline);
    let other = || assert!(mutex.lock_until(soon()).is_none());
    thread::scope(|scope| scope.spawn(other).expect("a thread").join());
    drop(held);
    assert!(mutex.lock_until(Instant::now()).is_some(), "it is free again");
}

pub fn once() {
    static ONCE: Once = Once::new();
    static VALUE: OnceLock<usize> = OnceLock::new();
    static LAZY: LazyLock<usize> = LazyLock::new(|| TIMES.fetch_add(1, Ordering::Relaxed));
    static TIMES: AtomicUsize = AtomicUsize::new(0);

    on_threads(|index| {
        ONCE.call_once(|| {
            thread::yield_now();
            TIMES.fetch_add(1, Ordering::Relaxed);
        });
        assert!(ONCE.is_completed());
        let value = *VALUE.get_or_init(|| index);
        assert_eq!(VALUE.get(), Some(&value));
        assert_eq!(*LAZY, 1);
    });
    assert_eq!(TIMES.load(Ordering::Relaxed), 2);
}

pub fn barriers() {
    let barrier = Barrier::new(THREADS);
    let (arrived, leaders) = (AtomicUsize::new(0), AtomicUsize::new(0));
    on_threads(|_| {
        for round in 1..=20 {
            arrived.fetch_add(1, Ordering::Relaxed);
            if barrier.wait() {
                leaders.fetch_add(1, Ordering::Relaxed);
            }
            assert!(arrived.load(Ordering::Relaxed) >= round * THREADS);
        }
    });
    assert_eq!(leaders.into_inner(), 20);
}

/// Ends with a panic: a thread that waits for itself would wait forever.
pub fn recursion() {
    let mutex = Mutex::new(());
    let _held = mutex.lock();
    let _again = mutex.lock();
}

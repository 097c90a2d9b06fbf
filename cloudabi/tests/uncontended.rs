//! What nobody waits for is taken and released without a call. A test program of its own, as it installs a table of
//! calls.

use std::sync::atomic::{AtomicUsize, Ordering};

use cloudabi::sync::{Barrier, Condvar, LazyLock, Mutex, Once, OnceLock, RwLock};
use cloudabi_sys::{Calls, Errno, Event, Lock, Nthreads, Scope, Subscription, install};

static CALLS: AtomicUsize = AtomicUsize::new(0);

fn count() -> Errno {
    CALLS.fetch_add(1, Ordering::Relaxed);
    Errno::NOSYS
}

unsafe extern "C" fn poll(
    _in: *const Subscription,
    _out: *mut Event,
    _n: usize,
    _happened: *mut usize,
) -> Errno {
    count()
}

unsafe extern "C" fn unlock(_lock: *mut Lock, _scope: Scope) -> Errno {
    count()
}

unsafe extern "C" fn signal(_condvar: *mut cloudabi_sys::Condvar, _scope: Scope, _n: Nthreads) -> Errno {
    count()
}

unsafe extern "C" fn thread_yield() -> Errno {
    count()
}

#[test]
fn locks_that_nobody_waits_for_make_no_call() {
    // SAFETY: none of these touches any memory of the program's.
    unsafe {
        install(&Calls { poll, lock_unlock: unlock, condvar_signal: signal, thread_yield, ..Calls::MISSING })
    };

    let mutex = Mutex::new(0);
    for _ in 0..10 {
        *mutex.lock() += 1;
        drop(mutex.try_lock().expect("it is free"));
    }
    let lock = RwLock::new(());
    for _ in 0..10 {
        drop(lock.write());
        drop((lock.read(), lock.read()));
    }
    let condvar = Condvar::new();
    condvar.notify_one();
    condvar.notify_all();
    Once::new().call_once(|| ());
    assert_eq!(*OnceLock::new().get_or_init(|| 5), 5);
    assert_eq!(*LazyLock::new(|| 6), 6);
    assert!(Barrier::new(1).wait());
    assert_eq!(CALLS.load(Ordering::Relaxed), 0);

    // The calls would have been counted: a lock that is held is waited for.
    let held = mutex.lock();
    std::thread::scope(|scope| {
        let waiter = scope.spawn(|| *mutex.lock());
        while CALLS.load(Ordering::Relaxed) == 0 {
            std::thread::yield_now();
        }
        drop(held);
        assert_eq!(waiter.join().expect("it gets the lock"), 10);
    });
}

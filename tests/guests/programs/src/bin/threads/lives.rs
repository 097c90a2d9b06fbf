//! How threads come to be, and how they end.

use alloc::vec::Vec;
use core::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

use cloudabi_sys::{Errno, Scope, Threadattr, Tid};
use guest::sync::{RwLock, Task};

use super::{ALL, Crowd, STACK, World, join, leak, leak_read_only, map, stack};

/// What a thread cannot be made of.
pub fn creation(world: &World) {
    unsafe extern "C" fn never(_: Tid, _: *mut core::ffi::c_void) {
        panic!("it must not run");
    }
    let good = Threadattr {
        entry_point: Some(never),
        stack: stack(STACK).cast(),
        stack_len: STACK,
        argument: core::ptr::null_mut(),
    };
    // SAFETY: nothing is started.
    let fails = |attributes: Threadattr| unsafe { cloudabi_sys::thread_create(&attributes) };
    assert_eq!(fails(Threadattr { stack_len: 0, ..good }), Err(Errno::INVAL));
    assert_eq!(fails(Threadattr { stack_len: 16, ..good }), Err(Errno::INVAL));
    assert_eq!(fails(Threadattr { stack: core::ptr::null_mut(), ..good }), Err(Errno::FAULT));
    assert_eq!(fails(Threadattr { entry_point: None, ..good }), Err(Errno::FAULT));
    assert_eq!(
        fails(Threadattr {
            stack: core::ptr::from_ref(leak_read_only(world)).cast_mut().cast(),
            stack_len: world.start.page_size(),
            ..good
        }),
        Err(Errno::FAULT)
    );

    // Numbers are different, below 2^30, and those that the threads themselves get.
    struct Seen([AtomicU32; 64], AtomicUsize);
    let seen = leak(Seen([const { AtomicU32::new(0) }; 64], AtomicUsize::new(0)));
    let tasks = world.start(
        64,
        |tid, seen: &Seen| seen.0[seen.1.fetch_add(1, Ordering::Relaxed)].store(tid.0, Ordering::Relaxed),
        seen,
    );
    join(tasks);
    let mut ids: Vec<u32> = seen.0.iter().map(|id| id.load(Ordering::Relaxed)).collect();
    assert!(ids.iter().all(|id| *id != 0 && *id < 1 << 30));
    ids.push(world.tid.0);
    ids.sort_unstable();
    ids.dedup();
    // Those of threads that are gone can come again, once in a million years.
    assert!(ids.len() > 60);
}

/// Thousands of threads at once, on the smallest stacks.
pub fn many(world: &World) {
    const THREADS: usize = 3000;
    const SMALL: usize = 1024;
    let (scope, tid) = (world.scope, world.tid);
    let crowd = Crowd::new(scope);
    let stacks = map(THREADS * SMALL);
    let tasks: Vec<_> = (0..THREADS)
        .map(|index| {
            let task = leak(Task::new(Crowd::wait, crowd, scope));
            // SAFETY: both stay for good.
            unsafe { task.start(stacks.add(index * SMALL), SMALL) }.expect("a thread can be made");
            task
        })
        .collect();
    crowd.gather(tid, THREADS);
    crowd.with_lock(tid, || crowd.signal.signal(scope, ALL));
    join(tasks);
    assert_eq!(crowd.woken.load(Ordering::Relaxed), THREADS);
}

/// A stack that is gone the moment that the thread has been joined.
pub fn small_stacks(world: &World) {
    const THREADS: usize = 3000;
    const SMALL: usize = 1024;
    let size = world.start.page_size();
    let count = leak(AtomicUsize::new(0));
    let run = |_, count: &AtomicUsize| {
        count.fetch_add(1, Ordering::Relaxed);
    };
    for _ in 0..THREADS {
        let page = map(size);
        // What the thread is told with goes too, together with the lock.
        let task = page.cast::<Task<AtomicUsize>>();
        // SAFETY: the page is this loop's, and the thread is joined before it is given back. The lock is in it, so that
        // a copy is made of nothing that the thread uses.
        unsafe {
            task.write(Task::new(run, count, world.scope));
            (*task).start(page.add(size - SMALL), SMALL).expect("a thread can be made");
            (*task).join();
            cloudabi_sys::mem_unmap(page.cast(), size).expect("it can be unmapped");
        }
    }
    assert_eq!(count.load(Ordering::Relaxed), THREADS);
}

/// The process ends while its first thread waits.
pub fn exit_elsewhere(world: &World) {
    let tasks = world.start(1, |_, _: &()| guest::exit(42), &());
    join(tasks);
}

/// The first thread ends before the others, and nobody calls `proc_exit`.
pub fn last_one(world: &World) {
    let first = leak(RwLock::new());
    let run = |tid, first: &RwLock| {
        // It is released by the end of the first thread.
        first.write(tid, Scope::PRIVATE);
        first.release(tid, Scope::PRIVATE);
    };
    first.write(world.tid, Scope::PRIVATE);
    world.start(3, run, first);
    // SAFETY: the call does not come back.
    unsafe { cloudabi_sys::thread_exit(first.word(), Scope::PRIVATE) }
}

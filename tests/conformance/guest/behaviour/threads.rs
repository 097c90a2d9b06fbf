//! Threads: how they begin, what they have, how they end.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ffi::c_void;
use core::sync::atomic::{AtomicPtr, AtomicU32, AtomicUsize, Ordering};

use cloudabi_sys::{Errno, Exitcode, Fd, Filetype, Lock, Mflags, Mprot, Scope, Signal, Threadattr, Tid};
use guest::sync::{RwLock, Task};

use super::others::{MANAGED, PRIVATE, READ, SHARED, State, WRITE, WRITE_LOCKED, World, own, until};
use super::processes::{child, end};
use crate::calls;
use crate::environment::Environment;
use crate::probe::pointers::Kind;
use crate::report::{Ending, Outcome, Test, fails, holds, same};

pub const TESTS: &[Test] = &[
    ("thread_create/behaviour/runs with its number and its argument", |environment| {
        let mut others = PRIVATE.gather()?;
        let state = others.state;
        // What was written before is seen.
        state.counts[1].store(77, Ordering::Relaxed);
        others.start(1, |tid, state| {
            state.counts[0].store(tid.0, Ordering::Relaxed);
            same(state.counts[1].load(Ordering::Relaxed), 77)
        })?;
        others.finish()?;
        let tid = state.count(0);
        holds(tid != 0 && tid < 1 << 30, "ids are not zero and below 2^30")?;
        holds(tid != own(environment).0, "each thread has its own")
    }),
    ("thread_create/behaviour/the number is the one that the creator gets", |environment| {
        static SEEN: AtomicU32 = AtomicU32::new(0);
        unsafe extern "C" fn run(tid: Tid, lock: *mut c_void) {
            SEEN.store(tid.0, Ordering::Relaxed);
            // SAFETY: the argument is a lock that stays.
            let lock = unsafe { &*lock.cast::<RwLock>() };
            // The creator may be waiting already.
            lock.0.fetch_xor(1 ^ tid.0, Ordering::Release);
            while lock.value() & MANAGED == 0 {
                let _ = calls::yield_now();
            }
            // SAFETY: nothing of this thread is needed any more.
            unsafe { cloudabi_sys::thread_exit(lock.word(), Scope::PRIVATE) }
        }
        let lock: &'static RwLock = Box::leak(Box::new(RwLock(AtomicU32::new(WRITE_LOCKED | 1))));
        // SAFETY: stack and lock stay.
        let tid = unsafe { create(run, core::ptr::from_ref(lock).cast_mut().cast(), stack(4096), 4096) }?;
        same(lock.poll(WRITE, Scope::PRIVATE, None)?, (WRITE, Errno::SUCCESS))?;
        same(SEEN.load(Ordering::Relaxed), tid.0)?;
        same(lock.value(), WRITE_LOCKED | own(environment).0)
    }),
    ("thread_create/behaviour/the stack is the one that was given", |_| {
        struct Seen(AtomicUsize);
        let run = |_: Tid, seen: &Seen| {
            let local = 0u8;
            seen.0.store(core::hint::black_box(&raw const local).addr(), Ordering::Relaxed);
        };
        let seen: &'static Seen = Box::leak(Box::new(Seen(AtomicUsize::new(0))));
        for size in [1024, 4096, 1 << 16] {
            let stack = stack(size);
            let task = Box::leak(Box::new(Task::new(run, seen, Scope::PRIVATE)));
            // SAFETY: both stay.
            unsafe { task.start(stack, size) }?;
            task.join();
            let address = seen.0.load(Ordering::Relaxed);
            holds((stack.addr()..stack.addr() + size).contains(&address), "local variables are there")?;
        }
        Ok(())
    }),
    ("thread_create/behaviour/many at once, all different", |environment| {
        const THREADS: usize = 200;
        static IDS: [AtomicU32; THREADS] = [const { AtomicU32::new(0) }; THREADS];
        let mut others = PRIVATE.gather()?;
        let state = others.state;
        others.start(THREADS, |tid, state| {
            if let Some(id) = IDS.get(state.add(0) as usize) {
                id.store(tid.0, Ordering::Relaxed);
            }
            until(|| state.count(0) == THREADS as u32)
        })?;
        until(|| state.count(0) == THREADS as u32)?;
        others.finish()?;
        let mut ids: Vec<u32> = IDS.iter().map(|id| id.load(Ordering::Relaxed)).collect();
        ids.push(own(environment).0);
        ids.sort_unstable();
        ids.dedup();
        same(ids.len(), THREADS + 1)?;
        holds(ids.iter().all(|id| *id != 0 && *id < 1 << 30), "ids are not zero and below 2^30")
    }),
    ("thread_create/behaviour/what is not looked at may be anything", |environment| {
        for kind in [Kind::Unmapped, Kind::Outside] {
            for address in kind.addresses(environment, crate::call_info::AccessInfo::Read)? {
                static SEEN: AtomicPtr<c_void> = AtomicPtr::new(core::ptr::null_mut());
                unsafe extern "C" fn run(_: Tid, argument: *mut c_void) {
                    SEEN.store(argument, Ordering::Release);
                    // SAFETY: nothing of this thread is needed any more.
                    unsafe { cloudabi_sys::thread_exit(core::ptr::null_mut(), Scope::PRIVATE) }
                }
                SEEN.store(core::ptr::dangling_mut(), Ordering::Release);
                let argument = core::ptr::with_exposed_provenance_mut(address);
                // SAFETY: the stack stays, and nobody looks at what the argument points to.
                unsafe { create(run, argument, stack(4096), 4096) }?;
                until(|| SEEN.load(Ordering::Acquire) == argument)?;
            }
        }
        Ok(())
    }),
    ("thread_create/error/inval", |_| {
        for size in [0, 1, 16] {
            // SAFETY: no thread begins.
            fails(unsafe { create(never, core::ptr::null_mut(), stack(4096), size) }, Errno::INVAL)?;
        }
        Ok(())
    }),
    ("thread_exit/behaviour/the lock is free afterwards/private", |environment| free(environment, PRIVATE)),
    ("thread_exit/behaviour/the lock is free afterwards/shared", |environment| free(environment, SHARED)),
    ("thread_exit/behaviour/whoever waits gets the lock/private", |environment| {
        waited_for(environment, PRIVATE)
    }),
    ("thread_exit/behaviour/whoever waits gets the lock/shared", |environment| {
        waited_for(environment, SHARED)
    }),
    ("thread_exit/behaviour/nothing of the thread is touched afterwards", |environment| {
        // Its stack is gone the moment that it was joined, with the lock in it.
        let page = environment.start.page_size();
        let access = Mprot::READ | Mprot::WRITE;
        static COUNT: AtomicU32 = AtomicU32::new(0);
        for _ in 0..500 {
            let place = calls::map(page, access, Mflags::ANON | Mflags::PRIVATE, Fd::MAP_ANON_FD, 0)?;
            let task = place.cast::<Task<AtomicU32>>();
            let run = |_, count: &AtomicU32| {
                count.fetch_add(1, Ordering::Relaxed);
            };
            // SAFETY: the page is this loop's, and the thread is joined before it is given back.
            unsafe {
                task.write(Task::new(run, &COUNT, Scope::PRIVATE));
                (*task).start(place.add(page - 1024), 1024)?;
                (*task).join();
            }
            calls::memory::unmap(place, page)?;
        }
        same(COUNT.load(Ordering::Relaxed), 500)
    }),
    ("thread_exit/behaviour/the last one ends the process", |environment| {
        let tid = own(environment);
        let (ours, theirs) = environment.sockets(Filetype::SOCKET_STREAM)?;
        let process = child(|| {
            let mut others = PRIVATE.gather()?;
            others.start(3, |tid, state| {
                state.take(tid, WRITE)?;
                state.release(tid);
                Ok(())
            })?;
            exit(RwLock::new().word());
        })?;
        // Nobody calls `proc_exit`.
        same(end(process)?, (0, Signal(0)))?;
        holds(tid.0 != 0, "this one goes on")?;
        calls::close(process)?;
        calls::close(theirs)?;
        same(calls::read(ours, &mut [0])?, 0)
    }),
    ("thread_exit/behaviour/a lock that is not the thread's", |_| {
        for value in [0, 1, WRITE_LOCKED | 1, MANAGED | 1, MANAGED | WRITE_LOCKED | 1] {
            let words = PRIVATE.gather()?.state;
            let lock = &words.lock;
            lock.0.store(value, Ordering::Relaxed);
            ends_alone(|| exit(lock.word()))?;
            same(lock.value(), value)?;
        }
        Ok(())
    }),
    ("thread_exit/behaviour/a lock that is none", |_| {
        let words = [RwLock::new(), RwLock::new()];
        for offset in 1..4 {
            ends_alone(|| exit(words[0].word().wrapping_byte_add(offset)))?;
        }
        Ok(())
    }),
    ("thread_exit/pointer/lock/outside", |environment| bad(environment, Kind::Outside)),
    ("thread_exit/pointer/lock/wraps", |environment| bad(environment, Kind::Wraps)),
    ("thread_exit/behaviour/a lock that is not mapped", |environment| {
        bad(environment, Kind::Unmapped)?;
        bad(environment, Kind::ReadOnly)
    }),
    ("thread_yield/behaviour/returns", |_| {
        for _ in 0..100 {
            calls::yield_now()?;
        }
        Ok(())
    }),
    ("proc_exit/behaviour/from any thread while others wait", |_| {
        for code in [0, 300] {
            static CODE: AtomicU32 = AtomicU32::new(0);
            CODE.store(code, Ordering::Relaxed);
            let process = child(|| {
                let mut others = PRIVATE.gather()?;
                let state = others.state;
                state.lock.0.store(WRITE_LOCKED | 1, Ordering::Relaxed);
                others.start(3, |_, state| {
                    state.add(0);
                    same(state.lock.poll(READ, state.scope(), None)?, (READ, Errno::SUCCESS))
                })?;
                others.start(1, |_, state| {
                    until(|| state.count(0) == 3)?;
                    guest::exit(CODE.load(Ordering::Relaxed))
                })?;
                state.lock.poll(WRITE, state.scope(), None)?;
                Ok(1)
            })?;
            same(end(process)?, (code, Signal(0)))?;
            calls::close(process)?;
        }
        Ok(())
    }),
];

/// Memory that stays.
fn stack(size: usize) -> *mut u8 {
    alloc::vec![0; size].leak().as_mut_ptr()
}

/// # Safety
/// The stack stays, and the argument is what the function expects.
unsafe fn create(
    run: cloudabi_sys::Threadentry,
    argument: *mut c_void,
    stack: *mut u8,
    size: usize,
) -> Result<Tid, Errno> {
    let attributes = Threadattr { entry_point: Some(run), stack: stack.cast(), stack_len: size, argument };
    // SAFETY: as the caller says.
    unsafe { cloudabi_sys::thread_create(&attributes) }
}

unsafe extern "C" fn never(_: Tid, _: *mut c_void) {
    guest::exit(98);
}

/// Ends the calling thread.
fn exit(lock: *mut Lock) -> ! {
    // SAFETY: nothing of the thread is needed any more.
    unsafe { cloudabi_sys::thread_exit(lock, Scope::PRIVATE) }
}

/// The only thread of a copy of the process does this, which ends it.
fn ends_alone(work: impl FnOnce() -> Exitcode) -> Outcome {
    let process = child(|| Ok(work()))?;
    same(end(process)?, (0, Signal(0)))?;
    Ok(calls::close(process)?)
}

fn bad(environment: &Environment, kind: Kind) -> Outcome {
    for address in kind.addresses(environment, crate::call_info::AccessInfo::ReadWrite)? {
        ends_alone(|| exit(core::ptr::with_exposed_provenance_mut(address)))?;
    }
    Ok(())
}

/// Starts a thread that takes the state's lock, and ends with it when it is told to.
fn holder(world: World) -> Result<&'static State, Ending> {
    unsafe extern "C" fn run(tid: Tid, state: *mut c_void) {
        // SAFETY: the argument is a state that stays.
        let state = unsafe { &*state.cast::<State>() };
        let taken = state.take(tid, WRITE).is_ok();
        state.counts[0].store(if taken { tid.0 } else { u32::MAX }, Ordering::SeqCst);
        let _ = until(|| state.count(1) != 0);
        // SAFETY: nothing of the thread is needed any more.
        unsafe { cloudabi_sys::thread_exit(state.lock.word(), state.scope()) }
    }
    let state = world.gather()?.state;
    // SAFETY: both stay.
    unsafe { create(run, core::ptr::from_ref(state).cast_mut().cast(), stack(16384), 16384) }?;
    until(|| state.count(0) != 0)?;
    Ok(state)
}

fn free(_: &Environment, world: World) -> Outcome {
    let state = holder(world)?;
    same(state.lock.value(), WRITE_LOCKED | state.count(0))?;
    state.add(1);
    until(|| state.lock.value() == 0)
}

fn waited_for(environment: &Environment, world: World) -> Outcome {
    let state = holder(world)?;
    let mut others = world.gather()?;
    // The other state only counts.
    static WANTED: AtomicPtr<State> = AtomicPtr::new(core::ptr::null_mut());
    WANTED.store(core::ptr::from_ref(state).cast_mut(), Ordering::Release);
    others.start(2, |tid, _| {
        // SAFETY: it stays.
        let state = unsafe { &*WANTED.load(Ordering::Acquire) };
        state.take(tid, READ)?;
        state.release(tid);
        Ok(())
    })?;
    until(|| state.lock.value() & MANAGED != 0)?;
    state.add(1);
    others.finish()?;
    state.take(own(environment), WRITE)?;
    state.release(own(environment));
    same(state.lock.value(), 0)
}

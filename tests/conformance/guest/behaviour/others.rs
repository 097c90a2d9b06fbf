//! Others that a test works with: threads of this process, or processes that share memory with it.

use alloc::boxed::Box;
use alloc::format;
use alloc::vec::Vec;
use core::cell::UnsafeCell;
use core::sync::atomic::{AtomicU32, Ordering};

use cloudabi_sys::{
    Auxtype, Clockid, Errno, Eventtype, Fd, Filetype, Lock, Mflags, Mprot, Scope, Signal, Tid,
};
use guest::sync::{Condition, RwLock, Task, Time};

use super::processes::end;
use crate::calls;
use crate::environment::Environment;
use crate::report::{Ending, Outcome, failed, same};

/// Flags of a lock's word.
pub const MANAGED: u32 = Lock::KERNEL_MANAGED.0;
pub const WRITE_LOCKED: u32 = Lock::WRLOCKED.0;

/// A lock is held for writing by somebody else: no thread has this number.
pub const SOMEBODY: u32 = WRITE_LOCKED | 1;

pub const READ: Eventtype = Eventtype::LOCK_RDLOCK;
pub const WRITE: Eventtype = Eventtype::LOCK_WRLOCK;

/// A very short time, in nanoseconds, that is worth waiting for.
pub const SHORT: u64 = 200_000;

/// Longer than anything takes, so that what never comes is told rather than waited for.
pub const LONG: Time = Time::after(100_000_000_000);

/// Who the others are, and how words are shared with them.
#[derive(Clone, Copy, Debug)]
pub struct World {
    pub scope: Scope,
    /// Whether they are processes, rather than threads.
    pub processes: bool,
    /// Whether they have the memory at another address.
    pub elsewhere: bool,
}

/// Threads of this process.
pub const PRIVATE: World = World { scope: Scope::PRIVATE, processes: false, elsewhere: false };
/// Threads of this process, with words that others could share.
pub const SHARED: World = World { scope: Scope::SHARED, processes: false, elsewhere: false };
/// Threads of this process that know the words by other addresses.
pub const ELSEWHERE: World = World { scope: Scope::SHARED, processes: false, elsewhere: true };
/// Other processes.
pub const PROCESSES: World = World { scope: Scope::SHARED, processes: true, elsewhere: false };

/// Makes of each name and function of `(&Environment, World)` a test in each of the worlds.
macro_rules! in_all_worlds {
    ($($name:literal $run:ident)*) => {
        &[$(
            (concat!($name, "/private"), |environment| $run(environment, $crate::behaviour::others::PRIVATE)),
            (concat!($name, "/shared"), |environment| $run(environment, $crate::behaviour::others::SHARED)),
            (concat!($name, "/elsewhere"), |environment| $run(environment, $crate::behaviour::others::ELSEWHERE)),
            (concat!($name, "/processes"), |environment| $run(environment, $crate::behaviour::others::PROCESSES)),
        )*]
    };
}
pub(super) use in_all_worlds;

/// What all of them share. Zeros are a good beginning.
#[repr(C)]
pub struct State {
    pub lock: RwLock,
    pub condition: Condition,
    pub counts: [AtomicU32; 4],
    /// Under the lock. Both are the same.
    value: UnsafeCell<[u32; 2]>,
    /// Length of the message, once somebody has one.
    failed: AtomicU32,
    message: UnsafeCell<[u8; 256]>,
    scope: AtomicU32,
}

// SAFETY: the value is used under the lock: that is what is tested. The message is written by whoever gets at its length
// first, and read when all others have ended.
unsafe impl Sync for State {}

impl State {
    pub fn scope(&self) -> Scope {
        Scope(self.scope.load(Ordering::Relaxed) as u8)
    }

    /// Takes the lock.
    #[track_caller]
    pub fn take(&self, tid: Tid, what: Eventtype) -> Outcome {
        let free = if what == WRITE { self.lock.try_write(tid) } else { self.lock.try_read() };
        if free {
            Ok(())
        } else {
            same(self.lock.poll(what, self.scope(), Some(LONG))?, (what, Errno::SUCCESS))
        }
    }

    /// Releases the lock.
    pub fn release(&self, tid: Tid) {
        self.lock.release(tid, self.scope());
    }

    /// Does something under the lock.
    #[track_caller]
    pub fn locked<T>(&self, tid: Tid, work: impl FnOnce() -> T) -> Result<T, Ending> {
        self.take(tid, WRITE)?;
        let result = work();
        self.release(tid);
        Ok(result)
    }

    /// Waits for a signal, under the lock.
    #[track_caller]
    pub fn wait(&self) -> Outcome {
        let woken = self.condition.poll(self.scope(), &self.lock, Some(LONG))?;
        same(woken, (Eventtype::CONDVAR, Errno::SUCCESS))
    }

    pub fn signal(&self, count: u32) {
        self.condition.signal(self.scope(), count);
    }

    /// Adds one to what the lock protects, such that anybody who interferes is noticed.
    #[track_caller]
    pub fn change(&self) -> Outcome {
        let value = self.value.get();
        // SAFETY: the caller holds the lock for writing.
        let [first, second] = unsafe { value.read_volatile() };
        // SAFETY: as above.
        unsafe { (&raw mut (*value)[0]).write_volatile(first + 1) };
        // SAFETY: as above.
        unsafe { (&raw mut (*value)[1]).write_volatile(second + 1) };
        same(first, second)
    }

    /// What the lock protects.
    #[track_caller]
    pub fn look(&self) -> Result<u32, Ending> {
        // SAFETY: the caller holds the lock.
        let [first, second] = unsafe { self.value.get().read_volatile() };
        same(first, second).map(|()| first)
    }

    pub fn count(&self, index: usize) -> u32 {
        self.counts.get(index).map_or(0, |count| count.load(Ordering::SeqCst))
    }

    pub fn add(&self, index: usize) -> u32 {
        self.counts.get(index).map_or(0, |count| count.fetch_add(1, Ordering::SeqCst))
    }

    /// Notes how somebody ended.
    fn note(&self, outcome: Outcome) {
        let Err(ending) = outcome else { return };
        let text = format!("{ending:?}");
        let text = text.as_bytes().get(..256).unwrap_or(text.as_bytes());
        if self.failed.compare_exchange(0, text.len() as u32, Ordering::AcqRel, Ordering::Relaxed).is_ok() {
            // SAFETY: nobody else writes there, and nobody reads yet.
            unsafe { self.message.get().cast::<u8>().copy_from_nonoverlapping(text.as_ptr(), text.len()) };
        }
    }
}

/// The number of this program's first thread.
pub fn own(environment: &Environment) -> Tid {
    Tid(environment.start.number(Auxtype::TID).unwrap_or_default() as u32)
}

/// Waits until something is so.
#[track_caller]
pub fn until(condition: impl Fn() -> bool) -> Outcome {
    let begin = calls::clock(Clockid::MONOTONIC)?;
    while !condition() {
        if calls::clock(Clockid::MONOTONIC)? - begin > LONG.timeout {
            return Err(failed("it never came about"));
        }
        calls::yield_now()?;
    }
    Ok(())
}

/// What others do.
pub type Run = fn(Tid, &State) -> Outcome;

struct Work {
    state: &'static State,
    run: Run,
}

/// Some others who are at work.
pub struct Others {
    /// The memory, as this thread has it.
    pub state: &'static State,
    world: World,
    /// The memory, as others have it.
    theirs: &'static State,
    tasks: Vec<&'static Task<Work>>,
    pub children: Vec<Fd>,
    /// The memory, if it can be mapped.
    pub memory: Option<Fd>,
}

/// A process that is to be killed.
pub struct Victim {
    process: Fd,
    /// A socket, of whose other end the process has the only descriptor.
    alive: Fd,
}

impl Victim {
    /// Kills it, and waits until it is gone.
    pub fn kill(self) -> Outcome {
        calls::close(self.process)?;
        let mut nothing = [0; 1];
        same(calls::read(self.alive, &mut nothing)?, 0)?;
        Ok(calls::close(self.alive)?)
    }
}

impl World {
    /// Nobody yet, and fresh memory.
    pub fn gather(self) -> Result<Others, Errno> {
        let access = Mprot::READ | Mprot::WRITE;
        let mut given = None;
        let [place, theirs] = if self.processes || self.elsewhere {
            let memory = calls::create1(Filetype::SHARED_MEMORY)?;
            let size = cloudabi_sys::Filestat { st_size: 4096, ..cloudabi_sys::Filestat::ZERO };
            calls::fstat_put(memory, &size, cloudabi_sys::Fsflags::SIZE)?;
            let map = || calls::map(4096, access, Mflags::SHARED, memory, 0);
            let place = map()?;
            let theirs = if self.elsewhere { map()? } else { place };
            given = Some(memory);
            [place, theirs]
        } else {
            [calls::map(4096, access, Mflags::ANON | Mflags::PRIVATE, Fd::MAP_ANON_FD, 0)?; 2]
        };
        // SAFETY: zeros are good, and the memory stays for the rest of the program.
        let [state, theirs] = [place, theirs].map(|place| unsafe { &*place.cast::<State>() });
        state.scope.store(self.scope.0.into(), Ordering::Relaxed);
        Ok(Others { state, world: self, theirs, tasks: Vec::new(), children: Vec::new(), memory: given })
    }
}

impl Others {
    /// Lets so many more do something.
    pub fn start(&mut self, count: usize, run: Run) -> Result<(), Errno> {
        for _ in 0..count {
            if self.world.processes {
                // SAFETY: this is the only thread, and the copy uses what is its own or shared.
                let (fd, tid) = unsafe { cloudabi_sys::proc_fork() }?;
                if fd == Fd::PROCESS_CHILD {
                    self.theirs.note(run(tid, self.theirs));
                    guest::exit(0);
                }
                self.children.push(fd);
            } else {
                let work: &'static Work = Box::leak(Box::new(Work { state: self.theirs, run }));
                let task = Box::leak(Box::new(Task::new(
                    |tid, work: &Work| work.state.note((work.run)(tid, work.state)),
                    work,
                    Scope::PRIVATE,
                )));
                // Room for messages.
                const STACK: usize = 32 << 10;
                let stack = alloc::vec![0; STACK].leak();
                // SAFETY: both stay for the rest of the program.
                unsafe { task.start(stack.as_mut_ptr(), STACK) }?;
                self.tasks.push(task);
            }
        }
        Ok(())
    }

    /// Lets one more process do something, which is to be killed. No other one starts after it, which would have its
    /// descriptor, too.
    pub fn start_victim(&mut self, run: Run) -> Result<Victim, Errno> {
        let (here, there) = calls::create2(Filetype::SOCKET_STREAM)?;
        self.start(1, run)?;
        calls::close(there)?;
        let process = self.children.pop().ok_or(Errno::CHILD)?;
        Ok(Victim { process, alive: here })
    }

    /// Waits for the end of all, and fails if one of them has failed.
    pub fn finish(self) -> Outcome {
        for task in self.tasks {
            task.join();
        }
        for child in self.children {
            same(end(child)?, (0, Signal(0)))?;
            calls::close(child)?;
        }
        if let Some(memory) = self.memory {
            calls::close(memory)?;
        }
        match self.state.failed.load(Ordering::Acquire) as usize {
            0 => Ok(()),
            length => {
                // SAFETY: everybody has ended who could write there.
                let message = unsafe { &*self.state.message.get() };
                let text = message.get(..length).unwrap_or_default();
                Err(failed(format!("somebody else: {}", alloc::string::String::from_utf8_lossy(text))))
            }
        }
    }
}

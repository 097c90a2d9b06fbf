//! A system for parking lots where one thread runs at a time. Before everything that others could notice, chance decides
//! who goes on. Time passes when nobody looks.

use cloudabi_host::memory::{Fault, Region};
use cloudabi_host::parking::shared::{SharedSystem, Waited};
use cloudabi_host::parking::{Mode, Slept, System, Word};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// Address of the lock that programs use.
pub const LOCK: u64 = 64;
/// Address of their condition variable.
pub const CONDITION: u64 = 128;
/// Address of a lock that others than the lot care for.
pub const FOREIGN: u64 = 192;

/// More steps than any program needs, by far.
const ENOUGH: usize = 50_000;

/// A word of the program's memory.
pub fn word(address: u64) -> Word {
    let region = Region::new(0, 4096).expect("it does not wrap");
    Word::new(region, address).expect("it is in there")
}

/// What a thread is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Status {
    Able,
    /// Sleeps on a word, perhaps not for ever: the host's, or the program's if it waits for a lock of several processes.
    Asleep {
        address: usize,
        limited: bool,
        shared: Option<Mode>,
    },
    /// Has been woken, for this reason.
    Awake(Slept),
    Ended,
}

struct State {
    seed: u64,
    random: u64,
    running: usize,
    threads: Vec<Status>,
    memory: [u32; 64],
    now: u64,
    failed: bool,
    steps: usize,
    /// Whether some wake-ups do not arrive, as in a system that is broken.
    loses_wake_ups: bool,
    /// Whether the lock is one of several processes, and if so, whether the system knows readers from writers.
    shared: Option<bool>,
}

impl State {
    /// A number below a limit: xorshift64.
    fn below(&mut self, limit: usize) -> usize {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        (self.random >> 20) as usize % limit
    }

    /// Chooses who goes on.
    fn choose(&mut self) {
        self.steps += 1;
        assert!(self.steps < ENOUGH, "nobody gets anywhere: {:?}; seed {}", self.threads, self.seed);
        let threads = 0..self.threads.len();
        let able = |status: Status| matches!(status, Status::Able | Status::Awake(_));
        let asleep = |status: Status| matches!(status, Status::Asleep { .. });
        let limited = |status: Status| matches!(status, Status::Asleep { limited: true, .. });
        let mut ready: Vec<usize> = threads.clone().filter(|&thread| able(self.threads[thread])).collect();
        // Sleeps end for no reason, and times come, now and then.
        for thread in threads.clone() {
            let status = self.threads[thread];
            let early = limited(status) && self.below(if ready.is_empty() { 1 } else { 4 }) == 0;
            let reasonless = !ready.is_empty() && asleep(status) && self.below(50) == 0;
            if early || reasonless {
                self.threads[thread] = Status::Awake(if early { Slept::Late } else { Slept::Woken });
                ready.push(thread);
            }
        }
        if ready.is_empty() {
            let all_done = self.threads.iter().all(|status| *status == Status::Ended);
            assert!(all_done, "nobody can go on: {:?}; seed {}", self.threads, self.seed);
            return;
        }
        self.running = ready[self.below(ready.len())];
        self.now += self.below(400_000) as u64;
    }
}

/// What all threads of a run share.
pub struct World {
    state: Mutex<State>,
    changed: Condvar,
}

impl World {
    pub fn new(seed: u64, threads: usize) -> Arc<World> {
        let state = State {
            seed,
            random: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1,
            running: 0,
            threads: vec![Status::Able; threads],
            memory: [0; 64],
            now: 0,
            failed: false,
            steps: 0,
            loses_wake_ups: false,
            shared: None,
        };
        Arc::new(World { state: Mutex::new(state), changed: Condvar::new() })
    }

    /// What a word of the program's is.
    pub fn peek(&self, address: u64) -> u32 {
        self.lock().memory[address as usize / 4]
    }

    /// Sets a word of the program's.
    pub fn poke(&self, address: u64, value: u32) {
        self.lock().memory[address as usize / 4] = value;
    }

    /// Lets some wake-ups get lost from here on.
    pub fn lose_wake_ups(&self) {
        self.lock().loses_wake_ups = true;
    }

    /// Makes the lock one of several processes, in a system that knows sleeping readers from sleeping writers, or not.
    pub fn share_lock(&self, knows_apart: bool) {
        self.lock().shared = Some(knows_apart);
    }

    /// Whether the lock is one of several processes.
    pub fn shares_lock(&self) -> bool {
        self.lock().shared.is_some()
    }

    /// Makes all other threads fail too.
    pub fn fail(&self) {
        self.lock().failed = true;
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The system as one thread sees it.
pub struct Model {
    pub world: Arc<World>,
    pub me: usize,
}

impl Model {
    /// Waits for this thread's turn.
    fn turn<'a>(&self, mut state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        self.world.changed.notify_all();
        while state.running != self.me {
            assert!(!state.failed, "another thread failed");
            state = self.world.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state
    }

    /// Lets others go on, and comes back.
    fn pause(&self) -> MutexGuard<'_, State> {
        let mut state = self.world.lock();
        // A thread that has failed leaves, and does not wait for others.
        if std::thread::panicking() {
            return state;
        }
        state.choose();
        self.turn(state)
    }

    /// Lets others go on until somebody or something wakes this thread, which has been put to sleep.
    fn sleep(&self, mut state: MutexGuard<'_, State>) -> Slept {
        state.choose();
        let mut state = self.turn(state);
        match std::mem::replace(&mut state.threads[self.me], Status::Able) {
            Status::Awake(reason) => reason,
            other => panic!("{other:?} and running"),
        }
    }

    /// To be called first.
    pub fn begin(&self) {
        drop(self.turn(self.world.lock()));
    }

    /// To be called last.
    pub fn end(&self) {
        let mut state = self.world.lock();
        state.threads[self.me] = Status::Ended;
        state.choose();
        self.world.changed.notify_all();
    }
}

impl System for Model {
    type Deadline = ();

    fn load(&self, word: Word) -> Result<u32, Fault> {
        Ok(self.pause().memory[word.address() as usize / 4])
    }

    fn compare_exchange(&self, word: Word, current: u32, new: u32) -> Result<u32, Fault> {
        let mut state = self.pause();
        let place = &mut state.memory[word.address() as usize / 4];
        let seen = *place;
        if seen == current {
            *place = new;
        }
        Ok(seen)
    }

    fn wait(&self, word: &AtomicU32, value: u32, deadline: Option<()>) -> Slept {
        let mut state = self.pause();
        if word.load(Ordering::Relaxed) != value {
            return Slept::Woken;
        }
        let address = std::ptr::from_ref(word).addr();
        state.threads[self.me] = Status::Asleep { address, limited: deadline.is_some(), shared: None };
        self.sleep(state)
    }

    fn wake(&self, word: *const AtomicU32) {
        let mut state = self.pause();
        if state.loses_wake_ups && state.below(2) == 0 {
            return;
        }
        let sleeps =
            |status: Status| matches!(status, Status::Asleep { address, .. } if address == word.addr());
        let there: Vec<usize> =
            (0..state.threads.len()).filter(|&thread| sleeps(state.threads[thread])).collect();
        if !there.is_empty() {
            let chosen = there[state.below(there.len())];
            state.threads[chosen] = Status::Awake(Slept::Woken);
        }
    }

    fn now(&self) -> u64 {
        self.pause().now
    }

    fn relax(&self) {
        drop(self.pause());
    }

    fn patience(&self) -> u32 {
        1
    }

    fn step(&self) {
        drop(self.pause());
    }
}

impl SharedSystem for Model {
    fn wait_shared(&self, word: Word, value: u32, deadline: Option<()>, mode: Mode) -> Waited {
        let mut state = self.pause();
        let address = word.address() as usize;
        if state.memory[address / 4] != value {
            return Waited::Again;
        }
        state.threads[self.me] = Status::Asleep { address, limited: deadline.is_some(), shared: Some(mode) };
        match self.sleep(state) {
            Slept::Woken => Waited::Woken,
            Slept::Late => Waited::Late,
        }
    }

    fn wake_next(&self, word: Word) {
        let mut state = self.pause();
        if state.loses_wake_ups && state.below(2) == 0 {
            return;
        }
        let knows_apart = state.shared == Some(true);
        let sleeps = |status: Status| match status {
            Status::Asleep { address, shared, .. } if address as u64 == word.address() => shared,
            _ => None,
        };
        let asleep = 0..state.threads.len();
        let asleep: Vec<_> = asleep.filter(|&thread| sleeps(state.threads[thread]).is_some()).collect();
        let writers =
            asleep.iter().copied().filter(|&thread| sleeps(state.threads[thread]) == Some(Mode::Write));
        let writers: Vec<_> = writers.collect();
        let woken = match writers[..] {
            [_, ..] if knows_apart => vec![writers[state.below(writers.len())]],
            _ => asleep,
        };
        for thread in woken {
            state.threads[thread] = Status::Awake(Slept::Woken);
        }
    }

    fn wake_all(&self, word: Word) {
        let mut state = self.pause();
        if state.loses_wake_ups && state.below(2) == 0 {
            return;
        }
        for status in &mut state.threads {
            if matches!(status, Status::Asleep { address, shared: Some(_), .. } if *address as u64 == word.address())
            {
                *status = Status::Awake(Slept::Woken);
            }
        }
    }

    fn give_way(&self) {
        drop(self.pause());
    }
}

/// Does something in a world with one thread.
pub fn alone(work: impl FnOnce(&Model)) {
    let model = Model { world: World::new(1, 1), me: 0 };
    work(&model);
}

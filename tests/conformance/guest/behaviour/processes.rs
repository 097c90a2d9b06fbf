//! Copies of the process: what they share, how they end, who learns of it.

use core::mem::MaybeUninit;
use core::sync::atomic::{AtomicU32, Ordering};

use cloudabi_sys::{
    Errno, Event, Exitcode, Fd, Filetype, Mflags, Mprot, Rights, Signal, Subscription,
    SubscriptionProcTerminate,
};

use crate::calls;
use crate::report::{Outcome, Test, fails, holds, same};

/// A word that each process has for itself.
static PRIVATE: AtomicU32 = AtomicU32::new(0);

/// Runs something in a copy of the process, which ends with the code that it gives. Gives the process descriptor.
pub fn child(work: impl FnOnce() -> Result<Exitcode, Errno>) -> Result<Fd, Errno> {
    // SAFETY: there is one thread, and whatever it holds it can use in the copy.
    let (fd, _) = unsafe { cloudabi_sys::proc_fork() }?;
    if fd == Fd::PROCESS_CHILD {
        guest::exit(work().unwrap_or(FAILED));
    }
    Ok(fd)
}

/// The code of a child in which a call failed that should not.
pub const FAILED: Exitcode = 99;

/// Waits for a process to end.
pub fn end(fd: Fd) -> Result<(Exitcode, Signal), Errno> {
    let process = SubscriptionProcTerminate { fd };
    let subscription = Subscription { userdata: 7, ..Subscription::ZERO }.with_proc_terminate(process);
    let mut event = [MaybeUninit::<Event>::uninit()];
    // SAFETY: there is room for the event.
    let count = unsafe { cloudabi_sys::poll(&[subscription], &mut event) }?;
    // SAFETY: one subscription gives one event.
    let event = unsafe { event[0].assume_init() };
    if count != 1 || event.userdata != 7 {
        return Err(Errno::PROTO);
    }
    if event.error != Errno::SUCCESS {
        return Err(event.error);
    }
    let ended = event.union.as_proc_terminate();
    Ok((ended.exitcode, ended.signal))
}

/// Runs something in a copy of the process and expects it to end well.
fn succeeds(work: impl FnOnce() -> Result<bool, Errno>) -> Outcome {
    let fd = child(|| work().map(|good| if good { 0 } else { 1 }))?;
    let ended = end(fd)?;
    calls::close(fd)?;
    same(ended, (0, Signal(0)))
}

/// Memory that a copy of the process shares.
fn shared_words() -> Result<&'static [AtomicU32; 4], Errno> {
    let place =
        calls::map(4096, Mprot::READ | Mprot::WRITE, Mflags::ANON | Mflags::SHARED, Fd::MAP_ANON_FD, 0)?;
    // SAFETY: fresh zeros that stay mapped, used as atomics alone.
    Ok(unsafe { &*place.cast::<[AtomicU32; 4]>() })
}

pub const TESTS: &[Test] = &[
    ("proc_fork/behaviour/returns twice", |_| {
        let words = shared_words()?;
        let fd = child(|| {
            words[0].fetch_add(1, Ordering::Relaxed);
            Ok(5)
        })?;
        holds(fd != Fd::PROCESS_CHILD, "the parent gets a descriptor")?;
        same(end(fd)?, (5, Signal(0)))?;
        same(words[0].load(Ordering::Relaxed), 1)?;
        // Whoever asks again gets the same answer.
        same(end(fd)?, (5, Signal(0)))?;
        Ok(calls::close(fd)?)
    }),
    ("proc_fork/behaviour/memory", |_| {
        let words = shared_words()?;
        PRIVATE.store(1, Ordering::Relaxed);
        words[0].store(1, Ordering::Relaxed);
        let fd = child(|| {
            let before = PRIVATE.swap(2, Ordering::Relaxed);
            words[0].fetch_add(10, Ordering::Relaxed);
            Ok(before)
        })?;
        same(end(fd)?, (1, Signal(0)))?;
        same(PRIVATE.load(Ordering::Relaxed), 1)?;
        same(words[0].load(Ordering::Relaxed), 11)?;
        Ok(calls::close(fd)?)
    }),
    ("proc_fork/behaviour/thread id", |environment| {
        let first = environment.start.number(cloudabi_sys::Auxtype::TID).unwrap_or_default() as u32;
        let words = shared_words()?;
        let (ours, theirs) = calls::create2(Filetype::SOCKET_STREAM)?;
        let mut children = [Fd(0); 2];
        for (word, child) in words.iter().zip(&mut children) {
            // SAFETY: as in `child`.
            let (fd, tid) = unsafe { cloudabi_sys::proc_fork() }?;
            if fd == Fd::PROCESS_CHILD {
                word.store(tid.0, Ordering::Relaxed);
                // The number may be given out again when the thread has ended, so it stays until told.
                let _ = calls::read(theirs, &mut [0]);
                guest::exit(0);
            }
            *child = fd;
        }
        calls::write(ours, &[0; 2])?;
        for fd in children {
            end(fd)?;
            calls::close(fd)?;
        }
        calls::close(ours)?;
        calls::close(theirs)?;
        let ids = [first, words[0].load(Ordering::Relaxed), words[1].load(Ordering::Relaxed)];
        holds(ids.iter().all(|id| *id != 0 && *id < 1 << 30), "ids are not zero and below 2^30")?;
        holds(ids[0] != ids[1] && ids[1] != ids[2] && ids[0] != ids[2], "each thread has its own id")
    }),
    ("proc_fork/behaviour/exit codes", |_| {
        for code in [0, 1, 255, 256, 1 << 31, u32::MAX] {
            let fd = child(|| Ok(code))?;
            same(end(fd)?, (code, Signal(0)))?;
            calls::close(fd)?;
        }
        Ok(())
    }),
    ("proc_fork/behaviour/signals", |_| {
        for signal in [Signal::ABRT, Signal::KILL, Signal::SEGV, Signal::TERM, Signal::USR1] {
            let fd = child(|| calls::raise(signal).map(|()| 1))?;
            same(end(fd)?, (0, signal))?;
            calls::close(fd)?;
        }
        Ok(())
    }),
    ("proc_fork/behaviour/descriptors", |environment| {
        let file = environment.file(b"content")?;
        succeeds(|| {
            let mut buffer = [0; 3];
            let read = calls::read(file, &mut buffer)?;
            Ok(read == 3 && buffer == *b"con" && calls::fd_stat(environment.granted()).is_ok())
        })?;
        // It is the same open file, so the position is shared.
        let mut rest = [0; 8];
        same(calls::read(file, &mut rest)?, 4)
    }),
    ("proc_fork/behaviour/process descriptor", |_| {
        let fd = child(|| Ok(0))?;
        let stat = calls::fd_stat(fd)?;
        same(stat.fs_filetype, Filetype::PROCESS)?;
        same(stat.fs_rights_base, Rights::FILE_STAT_FGET | Rights::POLL_PROC_TERMINATE)?;
        same(stat.fs_rights_inheriting, Rights::empty())?;
        same(calls::fstat(fd)?.st_filetype, Filetype::PROCESS)?;
        same(end(fd)?, (0, Signal(0)))?;
        Ok(calls::close(fd)?)
    }),
    ("proc_fork/behaviour/closing kills", |_| {
        // The child waits for somebody to write to the sockets, or for all to be gone.
        let (ours, theirs) = calls::create2(Filetype::SOCKET_STREAM)?;
        let fd = child(|| {
            calls::close(ours)?;
            calls::read(theirs, &mut [0]).map(|_| 0)
        })?;
        calls::close(theirs)?;
        let copy = calls::dup(fd)?;
        calls::close(fd)?;
        // It still lives, because of the duplicate: nobody has hung up.
        calls::write(ours, b"")?;
        calls::close(copy)?;
        // Nobody is left at the other end.
        same(calls::read(ours, &mut [0])?, 0)?;
        Ok(calls::close(ours)?)
    }),
    ("proc_fork/behaviour/the parent's end kills", |_| {
        let (ours, theirs) = calls::create2(Filetype::SOCKET_STREAM)?;
        let words = shared_words()?;
        let fd = child(|| {
            calls::close(ours)?;
            // A grandchild that only its parent holds.
            child(|| {
                words[0].store(1, Ordering::Relaxed);
                calls::write(theirs, b"x")?;
                loop {
                    core::hint::spin_loop();
                }
            })?;
            Ok(3)
        })?;
        calls::close(theirs)?;
        same(end(fd)?, (3, Signal(0)))?;
        // Either it was quick enough to write or not; what counts is that its end is gone.
        while calls::read(ours, &mut [0])? != 0 {}
        calls::close(ours)?;
        Ok(calls::close(fd)?)
    }),
    ("proc_fork/behaviour/a process that is held by a sibling lives", |_| {
        let (ours, theirs) = calls::create2(Filetype::SOCKET_STREAM)?;
        let first = child(|| {
            calls::close(ours)?;
            let mut word = [0];
            calls::read(theirs, &mut word)?;
            Ok(word[0].into())
        })?;
        let second = child(|| Ok(end(first)?.0 + 1))?;
        calls::close(first)?;
        calls::close(theirs)?;
        calls::write(ours, b"A")?;
        same(end(second)?, (66, Signal(0)))?;
        calls::close(ours)?;
        Ok(calls::close(second)?)
    }),
    ("proc_fork/behaviour/generations", |_| {
        fn generation(left: u32) -> Result<Exitcode, Errno> {
            if left == 0 {
                return Ok(1 << 20);
            }
            let fd = child(|| generation(left - 1))?;
            let (code, _) = end(fd)?;
            calls::close(fd)?;
            Ok(code + 1)
        }
        same(generation(8)?, (1 << 20) + 8)
    }),
    ("proc_fork/behaviour/many, and nothing is left", |_| {
        let before = open_descriptors()?;
        for _ in 0..200 {
            let fd = child(|| Ok(0))?;
            same(end(fd)?, (0, Signal(0)))?;
            calls::close(fd)?;
        }
        same(open_descriptors()?, before)
    }),
    ("proc_fork/error/mfile", |environment| {
        let mut all = alloc::vec::Vec::new();
        let full = loop {
            match calls::dup(environment.granted()) {
                Ok(fd) => all.push(fd),
                Err(error) => break error,
            }
        };
        let result = child(|| Ok(0));
        for fd in all {
            calls::close(fd)?;
        }
        same(full, Errno::MFILE)?;
        fails(result, Errno::MFILE)
    }),
];

/// How many small numbers are open.
fn open_descriptors() -> Result<usize, Errno> {
    Ok((0..4096).filter(|fd| calls::fd_stat(Fd(*fd)).is_ok()).count())
}

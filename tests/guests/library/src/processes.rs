//! Processes.

use alloc::string::String;
use alloc::vec::Vec;

use cloudabi::args::Argdata;
use cloudabi::fs::{Dir, File};
use cloudabi::io::{ErrorKind, Read as _, Write as _};
use cloudabi::mem::SharedMap;
use cloudabi::net::Stream;
use cloudabi::os::{Authority, Restrict as _};
use cloudabi::process::{Child, Executable, ExitCode, Fork, Signal, abort, exec, exit, fork, raise, spawn};
use cloudabi::sync::{Condvar, Mutex, Shared};
use cloudabi::{args, thread};
use serde::{Deserialize, Serialize};

/// Does something in a copy of the process, which ends with this code.
fn in_child(act: impl FnOnce() -> u32) -> Child {
    match fork().expect("a process") {
        Fork::Child => exit(ExitCode::from(act())),
        Fork::Parent(child) => child,
    }
}

pub fn forking() {
    let (mut here, mut there) = Stream::pair().expect("a pair");
    let text = String::from("from before");
    let child = in_child(|| {
        there.write_all(text.as_bytes()).expect("written");
        // The child can do everything, threads included.
        thread::spawn(|| 4).expect("a thread").join()
    });
    drop(there);
    let mut received = String::new();
    here.read_to_string(&mut received).expect("text");
    assert_eq!(received, text);
    let status = child.wait().expect("it ends");
    assert_eq!(status.code(), Some(ExitCode::from(4)));
    assert_eq!(child.try_wait().expect("it has ended"), Some(status));
}

/// What is held when the process is copied can be released in both.
pub fn locks_across_forks() {
    let mutex = Mutex::new(1);
    let held = mutex.lock();
    let child = in_child(|| {
        drop(held);
        *mutex.lock() += 1;
        *mutex.lock()
    });
    assert_eq!(child.wait().expect("it ends").code(), Some(ExitCode::from(2)));

    // Others allocate meanwhile, and the copy can do so nevertheless.
    let done = core::sync::atomic::AtomicBool::new(false);
    thread::scope(|scope| {
        let busy = || {
            while !done.load(core::sync::atomic::Ordering::Relaxed) {
                drop(core::hint::black_box(Vec::<u8>::with_capacity(100)));
            }
        };
        scope.spawn(busy).expect("a thread");
        for _ in 0..20 {
            let child = in_child(|| Vec::<u8>::with_capacity(1000).capacity() as u32);
            assert_eq!(child.wait().expect("it ends").code(), Some(ExitCode::from(1000)));
        }
        done.store(true, core::sync::atomic::Ordering::Relaxed);
    });
}

pub fn shared_locks() {
    let map = SharedMap::anonymous(4096).expect("memory");
    let count = map.get::<Mutex<u64, Shared>>(0).expect("there");
    let changed = map.get::<Condvar<Shared>>(64).expect("there");
    const ROUNDS: u64 = 200;
    let turn = |own: u64| {
        for _ in 0..ROUNDS {
            let mut held = count.lock();
            while held.get() % 2 != own {
                held = changed.wait(held);
            }
            held.update(|count| count + 1);
            drop(held);
            changed.notify_all();
        }
    };
    let child = in_child(|| {
        turn(1);
        0
    });
    turn(0);
    assert!(child.wait().expect("it ends").success());
    assert_eq!(count.lock().get(), 2 * ROUNDS);
}

pub fn killing() {
    let (mut here, there) = Stream::pair().expect("a pair");
    let child = in_child(|| {
        // Keeps its end open until it is killed.
        let _there = &there;
        loop {
            cloudabi::time::sleep(cloudabi::time::Duration::from_secs(60));
        }
    });
    drop(there);
    assert_eq!(child.try_wait().expect("it runs"), None);
    child.kill();
    assert_eq!(here.read(&mut [0]).expect("the end"), 0);
}

pub fn statuses() {
    let status = |act: fn() -> u32| in_child(act).wait().expect("it ends");
    assert!(status(|| 0).success());
    assert_eq!(status(|| 0x1234_5678).code(), Some(ExitCode::from(0x1234_5678)));
    assert_eq!(status(|| abort()).signal(), Some(Signal::ABRT));
    let panics = || {
        cloudabi::panic::set_output(Stream::pair().expect("a pair").0);
        panic!("nobody hears this")
    };
    assert_eq!(status(panics).signal(), Some(Signal::ABRT));
    assert_eq!(status(|| raise(Signal::TERM).map_or(1, |()| 2)).signal(), Some(Signal::TERM));
    assert_eq!(alloc::format!("{}", status(|| 3)), "exit code 3");
}

#[derive(Serialize)]
struct Start<'a> {
    test: &'a str,
    value: Value<'a>,
}

#[derive(Serialize)]
struct Value<'a> {
    output: &'a Stream,
    dir: &'a Dir,
    text: &'a str,
}

/// What a new program does: the other half of [`replacing`] and [`spawning`].
pub fn replaced(value: Argdata<'static>) {
    #[derive(Deserialize)]
    struct Value {
        output: File,
        dir: Dir,
        text: String,
    }

    // The descriptors have the numbers 0 and 1, and there are no others.
    // SAFETY: nobody else has taken them, since `Argdata` does not.
    let fds: Vec<_> = (0..2)
        .map(|number| unsafe { cloudabi::os::OwnedFd::from_raw_fd(cloudabi_sys::Fd(number)) })
        .collect();
    // SAFETY: it only asks.
    assert!((2..64).all(|number| unsafe { cloudabi_sys::fd_stat_get(cloudabi_sys::Fd(number)) }.is_err()));
    let mut value: Value = args::decode(value.bytes(), fds).expect("it is what was given");
    let rights = value.dir.authority().expect("open");
    assert!(Authority::READ_TREE.contains(rights));
    let text = value.dir.read_to_string("file").expect("there");
    write!(value.output, "{} {text}", value.text).expect("written");
}

fn prepare(dir: &Dir) -> Dir {
    dir.write("file", "in it").expect("made");
    dir.reduced(Authority::READ_TREE).expect("a duplicate").into()
}

pub fn replacing(program: Executable, dir: Dir) {
    let (mut here, there) = Stream::pair().expect("a pair");
    let dir = prepare(&dir);
    let child = in_child(|| {
        let value = Value { output: &there, dir: &dir, text: "what was" };
        let _error = exec(&program, &Start { test: "replaced", value });
        55
    });
    drop(there);
    let mut text = String::new();
    here.read_to_string(&mut text).expect("text");
    assert_eq!(text, "what was in it");
    assert!(child.wait().expect("it ends").success());
}

pub fn spawning(program: Executable, dir: Dir) {
    let (mut here, there) = Stream::pair().expect("a pair");
    let dir = prepare(&dir);
    let value = Value { output: &there, dir: &dir, text: "what is" };
    let child = spawn(&program, &Start { test: "replaced", value }).expect("started");
    drop(there);
    let mut text = String::new();
    here.read_to_string(&mut text).expect("text");
    assert_eq!(text, "what is in it");
    assert!(child.wait().expect("it ends").success());
}

pub fn spawning_nothing(dir: Dir) {
    dir.write("file", "no program").expect("made");
    let file = Executable::from(dir.open("file").expect("there"));
    let error = spawn(&file, &()).map(drop).expect_err("it is no program");
    assert!(matches!(error.kind(), ErrorKind::NotAProgram | ErrorKind::NotCapable), "{error}");
}

pub fn raising() {
    raise(Signal::PIPE).expect("it is ignored");
    assert_eq!(raise(Signal(0)).map_err(|error| error.kind()), Err(ErrorKind::InvalidInput));
}

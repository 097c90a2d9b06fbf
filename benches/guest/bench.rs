//! How long calls take, as a program sees it. `../native/calls.c` does the same work on Linux without a host in
//! between.
//!
//! Arguments: a map with `output`, where a line `NAME NANOSECONDS` goes for each kind of work; `device`, which takes
//! whatever is written; `directory`, in which are `file` and `a/b/c/d/file`.

#![no_std]
#![no_main]

use core::fmt::Write as _;
use core::mem::MaybeUninit;

use cloudabi_sys::{
    Ciovec, Clockid, Errno, Fd, Fdflags, Fdstat, Iovec, Lookup, Lookupflags, Oflags, Rights, clock_time_get,
    fd_close, fd_pread, fd_write, file_open, file_stat_fget, file_stat_get, random_get,
};
use guest::{Output, Start, Value};

/// Each sample of a kind of work goes on for at least so many nanoseconds.
const ENOUGH: u64 = 2_000_000;

/// Of so many samples the quickest counts: what else the machine does only ever makes them slower.
const SAMPLES: usize = 20;

guest::main!(run);

fn run(start: Start) -> u32 {
    match measure(start.arguments()) {
        Some(Ok(())) => 0,
        Some(Err(_)) => 1,
        None => 2,
    }
}

fn measure(arguments: Value<'_>) -> Option<Result<(), Errno>> {
    let given = |name| arguments.get(name)?.descriptor();
    let mut output = Output(given("output")?);
    let device = given("device")?;
    let directory = Lookup { fd: given("directory")?, flags: Lookupflags::empty() };
    Some(all(&mut output, device, directory))
}

fn all(output: &mut Output, device: Fd, directory: Lookup) -> Result<(), Errno> {
    let mut buffer = [0u8; 64];
    let byte = [Ciovec { buf: buffer.as_ptr().cast(), buf_len: 1 }];
    let room = [Iovec { buf: buffer.as_mut_ptr().cast(), buf_len: buffer.len() }];
    let wish = Fdstat {
        fs_flags: Fdflags::empty(),
        fs_rights_base: Rights::FD_READ | Rights::FD_SEEK,
        ..Fdstat::ZERO
    };
    let mut random = [MaybeUninit::uninit(); 16];
    // SAFETY: here and below, the calls get live memory, and descriptors that belong to this program.
    let open = |path: &[u8]| unsafe { file_open(directory, path, Oflags::empty(), &wish) };
    let file = open(b"file")?;
    let closed = open(b"file")?;
    // SAFETY: as above.
    unsafe { fd_close(closed) }?;

    // SAFETY: as above.
    work(output, "clock_time_get", || unsafe { clock_time_get(Clockid::MONOTONIC, 0) }.map(drop))?;
    // SAFETY: as above.
    work(output, "fd_write", || unsafe { fd_write(device, &byte) }.map(drop))?;
    // SAFETY: as above.
    work(output, "fd_pread", || unsafe { fd_pread(file, &room, 0) }.map(drop))?;
    for (name, path) in [("file_open/1", b"file".as_slice()), ("file_open/5", b"a/b/c/d/file")] {
        // SAFETY: as above.
        work(output, name, || unsafe { fd_close(open(path)?) })?;
    }
    for (name, path) in [("file_stat_get/1", b"file".as_slice()), ("file_stat_get/5", b"a/b/c/d/file")] {
        // SAFETY: as above.
        work(output, name, || unsafe { file_stat_get(directory, path) }.map(drop))?;
    }
    // SAFETY: as above.
    work(output, "random_get", || unsafe { random_get(&mut random) })?;
    // SAFETY: as above.
    work(output, "file_stat_fget/closed", || match unsafe { file_stat_fget(closed) } {
        Err(Errno::BADF) => Ok(()),
        _ => Err(Errno::INVAL),
    })
}

/// Does something often enough, and prints how long it takes once.
fn work(output: &mut Output, name: &str, mut once: impl FnMut() -> Result<(), Errno>) -> Result<(), Errno> {
    let mut times = 1;
    let mut least = loop {
        let elapsed = repeat(times, &mut once)?;
        if elapsed >= ENOUGH {
            break elapsed;
        }
        times *= 2;
    };
    for _ in 1..SAMPLES {
        least = least.min(repeat(times, &mut once)?);
    }
    let thousandths = least * 1000 / times;
    writeln!(output, "{name} {}.{:03}", thousandths / 1000, thousandths % 1000).map_err(|_| Errno::IO)
}

/// How many nanoseconds it takes to do something so many times.
fn repeat(times: u64, once: &mut impl FnMut() -> Result<(), Errno>) -> Result<u64, Errno> {
    let start = now()?;
    for _ in 0..times {
        once()?;
    }
    Ok(now()? - start)
}

fn now() -> Result<u64, Errno> {
    // SAFETY: numbers only.
    unsafe { clock_time_get(Clockid::MONOTONIC, 0) }
}

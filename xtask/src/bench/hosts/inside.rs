//! The process with a program inside, which is the only child of the process that was started.

use std::io;

use rustix::process::Pid;
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// How many processors threads are tied to.
const PROCESSORS: usize = 2;

/// Kibibytes of memory of its own that the process has.
pub fn anonymous_memory(outside: u32) -> io::Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", inside(outside)?))?;
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
    let figure = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    figure.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "no size of anonymous memory"))
}

/// Ties its threads, but for the first one, to two processors in turns.
pub fn pin_threads(outside: u32) -> io::Result<()> {
    let allowed = sched_getaffinity(None)?;
    let processors: Vec<usize> =
        (0..CpuSet::MAX_CPU).filter(|processor| allowed.is_set(*processor)).take(PROCESSORS).collect();
    let inside = inside(outside)?;
    let mut threads = Vec::new();
    for entry in std::fs::read_dir(format!("/proc/{inside}/task"))? {
        threads.extend(entry?.file_name().to_str().and_then(|name| name.parse::<i32>().ok()));
    }
    threads.sort_unstable();
    let others = threads.into_iter().filter(|thread| i64::from(*thread) != i64::from(inside));
    for (thread, processor) in others.zip(processors.into_iter().cycle()) {
        let mut one = CpuSet::new();
        one.set(processor);
        sched_setaffinity(Pid::from_raw(thread), &one)?;
    }
    Ok(())
}

fn inside(outside: u32) -> io::Result<u32> {
    let children = std::fs::read_to_string(format!("/proc/{outside}/task/{outside}/children"))?;
    let none = || io::Error::new(io::ErrorKind::InvalidData, "there is no process inside");
    children.split_whitespace().next().and_then(|child| child.parse().ok()).ok_or_else(none)
}

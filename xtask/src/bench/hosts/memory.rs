//! How much memory processes take.

use std::io;
use std::os::fd::AsFd as _;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rustix::fs::OFlags;

/// Runs a program whose output nobody reads, until it waits in a write, and gives the kibibytes that its process and
/// those that it made take together. Memory that several share counts in parts.
pub fn while_it_writes(mut command: Command) -> io::Result<u64> {
    let (reader, writer) = io::pipe()?;
    fill(&writer)?;
    let mut child = command.stdout(writer).stderr(Stdio::null()).process_group(0).spawn()?;
    // The other end of the pipe lives in the command as well, and would never be closed.
    drop(command);
    let group = child.id();
    let found = wait_for_writer(group);
    drop(reader);
    child.wait()?;
    found
}

/// Writes until there is no room.
fn fill(writer: &io::PipeWriter) -> io::Result<()> {
    let flags = rustix::fs::fcntl_getfl(writer)?;
    rustix::fs::fcntl_setfl(writer, flags | OFlags::NONBLOCK)?;
    while rustix::io::write(writer.as_fd(), &[0; 4096]).is_ok() {}
    rustix::fs::fcntl_setfl(writer, flags)?;
    Ok(())
}

/// Waits until a process of the group waits in a write to a pipe, and sums up.
fn wait_for_writer(group: u32) -> io::Result<u64> {
    let deadline = Instant::now() + Duration::from_secs(30);
    while Instant::now() < deadline {
        let members = members(group)?;
        let waits = |process: &u32| {
            let place = std::fs::read_to_string(format!("/proc/{process}/wchan")).unwrap_or_default();
            place.contains("pipe_write")
        };
        if members.iter().any(waits) {
            return members.iter().map(|process| proportional_set_size(*process)).sum();
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    Err(io::Error::new(io::ErrorKind::TimedOut, "the program never wrote anything"))
}

/// Processes in a group.
fn members(group: u32) -> io::Result<Vec<u32>> {
    let mut members = Vec::new();
    for entry in std::fs::read_dir("/proc")? {
        let Some(process) = entry?.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
        // After the name in parentheses: state, parent, group. See proc_pid_stat(5).
        let fields = stat.rsplit(')').next().unwrap_or_default();
        if fields.split_whitespace().nth(2).and_then(|field| field.parse().ok()) == Some(group) {
            members.push(process);
        }
    }
    Ok(members)
}

/// Kibibytes of memory that a process takes, by proc_pid_smaps_rollup(5).
fn proportional_set_size(process: u32) -> io::Result<u64> {
    let rollup = std::fs::read_to_string(format!("/proc/{process}/smaps_rollup"))?;
    let line = rollup.lines().find_map(|line| line.strip_prefix("Pss:"));
    let figure = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    figure.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "no proportional set size"))
}

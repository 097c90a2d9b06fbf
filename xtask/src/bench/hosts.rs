//! Programs on this machine's host beside programs in C that do the same work without a host in between.
//!
//! Both measure themselves, and take turns, so that what else the machine does disturbs both. A measurement is the
//! quickest of some short samples, and what counts is the ratio of the medians of the measurements.
//!
//! There are two pairs of programs: `calls.c` and `bench.rs` for calls, `concurrency.c` and `concurrency.rs` for threads,
//! locks, waiting and processes.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use cloudabi_codegen::command::Failure;

use super::statistics::Summary;
use crate::guests::{self, Profile};
use crate::repository;

mod inside;
mod memory;
pub mod sandbox;

/// Work, what it is compared with, and the ratio that it may have.
const LIMITS: &[(&str, &str, f64)] = &[
    ("clock_time_get", "clock_gettime", 1.1),
    ("fd_write", "writev, 1 byte", 1.10),
    ("fd_pread", "preadv, 64 bytes", 1.10),
    ("file_open/1", "openat2 + close, 1 component", 1.3),
    ("file_open/5", "openat2 + close, 5 components", 1.3),
    ("file_stat_get/1", "fstatat, 1 component", 1.15),
    ("file_stat_get/5", "fstatat, 5 components", 2.5),
    ("random_get", "getrandom, 16 bytes", 1.05),
    ("file_stat_fget/closed", "failing fstat", 0.5),
    (START, "static C program", 2.0),
    ("lock/alone", "pthread_mutex, nobody else", 1.5),
    // Throughput is to be at least 0.8 of the native one.
    ("lock/2/0", "pthread_mutex, 2 threads", 1.25),
    ("lock/2/50", "as above, work inside", 1.25),
    ("lock/4/0", "pthread_mutex, 4 threads", 1.25),
    ("lock/4/50", "as above, work inside", 1.25),
    ("condvar", "pthread_cond, two take turns", 1.15),
    ("thread", "pthread_create + pthread_join", 1.3),
    ("poll/1", "poll, 1 of 1 ready", 1.25),
    ("poll/64", "poll, 1 of 64 ready", 1.25),
    ("poll/1024", "poll, 1 of 1024 ready", 1.25),
    ("poll/64 ready", "poll, all of 64 ready", 6.0),
    ("fork", "fork + waitpid, same memory", 1.5),
    ("round trip", "socket pair, two processes", 1.1),
];

/// Starting and ending a program.
const START: &str = "start and end";

/// How many programs are started for one measurement, of which the quickest counts.
const STARTS: usize = 100;

/// Kibibytes of memory that `cloudabi-run` and a small program may take together.
const MEMORY: u64 = 4096;

/// What is measured.
struct Programs {
    folder: tempfile::TempDir,
    runner: PathBuf,
    guests: PathBuf,
}

/// Measures in turns and prints a table.
pub fn run(rounds: usize) -> Result<(), Failure> {
    let programs = Programs::build()?;
    let mut native: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    let mut hosted: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    allow_many_descriptors()?;
    for _ in 0..rounds {
        programs.measure_native(&mut native)?;
        programs.measure_hosted(&mut hosted)?;
        let memory = programs.measure_hosted_concurrency(&mut hosted)?;
        collect(&mut native, Command::new(programs.path("concurrency")).arg(memory.to_string()))?;
    }
    println!("nanoseconds, or microseconds for programs: median (least–greatest) of {rounds}\n");
    println!("{:22} {:30} {:>24} {:>24} {:>6} {:>6}", "work", "beside", "native", "hosted", "ratio", "limit");
    let mut over = 0;
    for (work, beside, limit) in LIMITS {
        let summary = |all: &mut BTreeMap<String, Vec<f64>>, who: &str| {
            let measured = all.remove(*work).and_then(Summary::of);
            measured.ok_or_else(|| Failure::Message(format!("the {who} program did not measure {work}")))
        };
        let native = summary(&mut native, "native")?;
        let hosted = summary(&mut hosted, "hosted")?;
        let ratio = hosted.median / native.median;
        let verdict = if ratio <= *limit { "PASS" } else { "over" };
        over += usize::from(ratio > *limit);
        println!("{work:22} {beside:30} {native:>24} {hosted:>24} {ratio:>6.2} {limit:>6.2}  {verdict}");
    }
    let memory = programs.memory()?;
    let verdict = if memory <= MEMORY { "PASS" } else { "over" };
    over += usize::from(memory > MEMORY);
    println!(
        "\nmemory (proportional set size) of all processes while `hello` runs: {memory} KiB, limit {MEMORY}  {verdict}"
    );
    println!("{over} over their limits");
    Ok(())
}

impl Programs {
    /// Builds everything that is measured, and the files that it works on.
    fn build() -> Result<Self, Failure> {
        let guests = guests::build(Profile::Release)?;
        let runner = std::path::absolute(crate::build::static_program()?).map_err(failure)?;

        let folder = tempfile::tempdir().map_err(failure)?;
        let place = folder.path();
        let native = repository::root().join("benches/native");
        let kinds: [(&str, &[&str]); 3] =
            [("calls", &["-O2"]), ("empty", &["-O2", "-static"]), ("concurrency", &["-O2", "-pthread"])];
        for (name, flags) in kinds {
            let mut command = Command::new("cc");
            command.args(flags).arg("-o").arg(place.join(name)).arg(native.join(format!("{name}.c")));
            succeed(&mut command)?;
        }
        let deep = place.join("files/a/b/c/d");
        std::fs::create_dir_all(&deep).map_err(failure)?;
        for folder in [&place.join("files"), &deep] {
            std::fs::write(folder.join("file"), [b'x'; 4096]).map_err(failure)?;
        }
        let head = "%TAG ! tag:nuxi.nl,2015:cloudabi/\n---\n";
        let files = place.join("files");
        let configurations = [
            ("nothing", "{}".to_string()),
            ("hello", "!fd stdout".to_string()),
            ("concurrency", "output: !fd stdout\ninput: !fd stdin".to_string()),
            (
                "bench",
                format!(
                    "output: !fd stdout\ndevice: !file {{path: /dev/null, access: [read, write]}}\n\
                     directory: !directory {{path: {files:?}}}"
                ),
            ),
        ];
        for (name, text) in configurations {
            std::fs::write(place.join(name).with_extension("yaml"), format!("{head}{text}\n"))
                .map_err(failure)?;
        }
        Ok(Programs { folder, runner, guests })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A command that runs a program on the host, without a sandbox.
    fn hosted(&self, program: &str, configuration: &str) -> Command {
        let mut command = self.held_in(program, configuration, "none");
        // It would say each time that nothing holds the program.
        command.stderr(Stdio::null());
        command
    }

    /// A command that runs a program on the host, in a sandbox of this kind.
    fn held_in(&self, program: &str, configuration: &str, mode: &str) -> Command {
        let mut command = Command::new(&self.runner);
        command.arg(format!("--sandbox={mode}")).arg("--config");
        command.arg(self.path(configuration).with_extension("yaml"));
        command.arg(self.guests.join(program)).stdin(Stdio::null());
        command
    }

    fn measure_native(&self, all: &mut BTreeMap<String, Vec<f64>>) -> Result<(), Failure> {
        collect(all, Command::new(self.path("calls")).arg(self.path("files")))?;
        let empty = self.path("empty");
        all.entry(START.to_string()).or_default().push(starts(|| Command::new(&empty))?);
        Ok(())
    }

    fn measure_hosted(&self, all: &mut BTreeMap<String, Vec<f64>>) -> Result<(), Failure> {
        collect(all, &mut self.hosted("bench", "bench"))?;
        all.entry(START.to_string()).or_default().push(starts(|| self.hosted("empty", "nothing"))?);
        Ok(())
    }

    /// Gives how many kibibytes of memory the process inside has that a copy of it has to have too.
    fn measure_hosted_concurrency(&self, all: &mut BTreeMap<String, Vec<f64>>) -> Result<u64, Failure> {
        let mut command = self.hosted("bench-concurrency", "concurrency");
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().map_err(failure)?;
        let mut memory = None;
        let mut lines = Vec::new();
        let mut input = child.stdin.take().ok_or_else(|| failure("no pipe"))?;
        for line in BufReader::new(child.stdout.take().ok_or_else(|| failure("no pipe"))?).lines() {
            let line = line.map_err(failure)?;
            match line.as_str() {
                "ready" => memory = Some(inside::anonymous_memory(child.id()).map_err(failure)?),
                "pin" => inside::pin_threads(child.id()).map_err(failure)?,
                _ => {
                    lines.push(line);
                    continue;
                }
            }
            input.write_all(b"x").map_err(failure)?;
        }
        let status = child.wait().map_err(failure)?;
        if !status.success() {
            return Err(Failure::Message(format!("{command:?} ended with {status}")));
        }
        read(all, lines.iter().map(String::as_str), &command)?;
        memory.ok_or_else(|| failure("the program never got ready"))
    }

    /// Kibibytes that all processes take together while a program waits for somebody to read what it writes.
    fn memory(&self) -> Result<u64, Failure> {
        memory::while_it_writes(self.hosted("hello", "hello")).map_err(failure)
    }
}

/// Runs a program and adds what it has measured.
fn collect(all: &mut BTreeMap<String, Vec<f64>>, command: &mut Command) -> Result<(), Failure> {
    let output = command.stderr(Stdio::inherit()).output().map_err(failure)?;
    if !output.status.success() {
        return Err(Failure::Message(format!("{command:?} ended with {}", output.status)));
    }
    read(all, String::from_utf8_lossy(&output.stdout).lines(), command)
}

/// Adds what a program has measured: lines of a name and a figure.
fn read<'l>(
    all: &mut BTreeMap<String, Vec<f64>>,
    lines: impl Iterator<Item = &'l str>,
    command: &Command,
) -> Result<(), Failure> {
    for line in lines {
        let figure = line.rsplit_once(' ').and_then(|(name, figure)| Some((name, figure.parse().ok()?)));
        let Some((name, figure)) = figure else {
            return Err(Failure::Message(format!("{command:?} printed {line:?}")));
        };
        all.entry(name.to_string()).or_default().push(figure);
    }
    Ok(())
}

/// Microseconds that it takes to start a program and to see its end, at best.
fn starts(mut command: impl FnMut() -> Command) -> Result<f64, Failure> {
    let mut least = f64::INFINITY;
    for _ in 0..STARTS {
        let start = Instant::now();
        succeed(command().stdin(Stdio::null()))?;
        least = least.min(start.elapsed().as_secs_f64() * 1e6);
    }
    Ok(least)
}

fn succeed(command: &mut Command) -> Result<(), Failure> {
    let program = Path::new(command.get_program()).display().to_string();
    let status =
        command.status().map_err(|error| Failure::Message(format!("cannot run {program}: {error}")))?;
    if status.success() { Ok(()) } else { Err(Failure::Message(format!("{command:?} ended with {status}"))) }
}

/// Lets the programs have as many descriptors as the machine allows, for waiting for a thousand at once.
fn allow_many_descriptors() -> Result<(), Failure> {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile);
    let limit = rustix::process::Rlimit { current: limit.maximum, maximum: limit.maximum };
    rustix::process::setrlimit(rustix::process::Resource::Nofile, limit).map_err(failure)
}

fn failure(error: impl std::fmt::Display) -> Failure {
    Failure::Message(error.to_string())
}

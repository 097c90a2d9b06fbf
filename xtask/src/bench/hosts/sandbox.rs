//! What the sandbox costs: the same program with it and without it, in turns, and starts beside other ways to hold a
//! program in.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;

use cloudabi_codegen::command::Failure;

use super::{Programs, START, Summary, collect, starts};

/// Calls that programs make often, and how much dearer they may be with the sandbox.
const HOT: &[&str] = &["clock_time_get", "fd_write", "fd_pread", "random_get", "file_stat_fget/closed"];
const HOT_LIMIT: f64 = 1.12;

/// Opening and closing a file, to the same in C.
const OPEN: &[&str] = &["file_open/1", "file_open/5"];
const OPEN_LIMIT: f64 = 1.7;

/// Starting and ending a program that exits at once, to a static program in C.
const START_LIMIT: f64 = 3.0;

/// Other ways to hold a program in: the name, and whether the program is started faster here.
const BWRAP: &str = "bwrap --unshare-all, static C program";
const WASMTIME: &str = "wasmtime, precompiled module";

/// Measures in turns and prints a table.
pub fn run(rounds: usize) -> Result<(), Failure> {
    let programs = Programs::build()?;
    let mut native: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    let mut without: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    let mut with: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    let mut others: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    // Why something is not measured.
    let mut unmeasured: BTreeMap<&str, String> = BTreeMap::new();
    let module = wasm(&programs.path("empty.wat"), "wasmtime");
    let module = module.map_err(|why| unmeasured.insert(WASMTIME, why)).ok();
    let bwrap = tried("bwrap", Command::new("bwrap").arg("--version"));
    let bwrap = bwrap.map_err(|why| unmeasured.insert(BWRAP, why)).is_ok();
    for _ in 0..rounds {
        programs.measure_native(&mut native)?;
        for (mode, all) in [("none", &mut without), ("full", &mut with)] {
            let hosted = |program: &str, configuration: &str| {
                let mut command = programs.held_in(program, configuration, mode);
                command.stderr(std::process::Stdio::null());
                command
            };
            let mut bench = hosted("bench", "bench");
            collect(all, &mut bench)?;
            all.entry(START.to_owned()).or_default().push(starts(|| hosted("empty", "nothing"))?);
        }
        let empty = programs.path("empty");
        if bwrap {
            let bwrap = || {
                let mut command = Command::new("bwrap");
                command.arg("--unshare-all").args(["--ro-bind", "/", "/"]).arg(&empty);
                command
            };
            others.entry(BWRAP).or_default().push(starts(bwrap)?);
        }
        if let Some(module) = &module {
            let wasmtime = || {
                let mut command = Command::new("wasmtime");
                command.args(["run", "--allow-precompiled"]).arg(module);
                command
            };
            others.entry(WASMTIME).or_default().push(starts(wasmtime)?);
        }
    }
    println!("nanoseconds, or microseconds for programs: median (least–greatest) of {rounds}\n");
    println!(
        "{:22} {:>24} {:>24} {:>24} {:>16} {:>6}",
        "work", "native", "no sandbox", "sandbox", "ratio to", "limit"
    );
    let mut over = 0;
    let rows = HOT.iter().map(|work| (*work, true, HOT_LIMIT));
    let rows = rows.chain(OPEN.iter().map(|work| (*work, false, OPEN_LIMIT)));
    let mut start = f64::INFINITY;
    for (work, beside_none, limit) in rows.chain([(START, false, START_LIMIT)]) {
        let summary = |all: &mut BTreeMap<String, Vec<f64>>| {
            let measured = all.remove(work).and_then(Summary::of);
            measured.ok_or_else(|| Failure::Message(format!("nobody has measured {work}")))
        };
        let (native, without, with) = (summary(&mut native)?, summary(&mut without)?, summary(&mut with)?);
        let base = if beside_none { without.median } else { native.median };
        let ratio = with.median / base;
        let to = if beside_none { "no sandbox" } else { "native" };
        let verdict = if ratio <= limit { "PASS" } else { "over" };
        over += usize::from(ratio > limit);
        println!(
            "{work:22} {native:>24} {without:>24} {with:>24} {to:>10} {ratio:>5.2} {limit:>6.2}  {verdict}"
        );
        if work == START {
            start = with.median;
        }
    }
    println!();
    for other in [BWRAP, WASMTIME] {
        match others.remove(other).and_then(Summary::of) {
            Some(summary) => {
                let verdict = if start < summary.median { "PASS" } else { "over" };
                over += usize::from(start >= summary.median);
                println!(
                    "start and end by {other}: {summary}; a program in the sandbox takes less: {verdict}"
                );
            }
            None => {
                let why = unmeasured.get(other).map_or("no round has ended", String::as_str);
                println!("NOT MEASURED: {other}: {why}");
            }
        }
    }
    println!("{over} over their limits");
    Ok(())
}

/// The smallest module that a runtime for WebAssembly starts, from this text, compiled beforehand by this command.
///
/// # Errors
/// Why there is none, in words.
fn wasm(text: &Path, wasmtime: &str) -> Result<PathBuf, String> {
    let module = text.with_extension("cwasm");
    std::fs::write(text, "(module (func (export \"_start\")))")
        .map_err(|error| format!("cannot write {}: {error}", text.display()))?;
    tried(wasmtime, Command::new(wasmtime).arg("compile").arg(text).arg("-o").arg(&module))?;
    Ok(module)
}

/// Runs a command of this name to its end.
///
/// # Errors
/// Why it is of no use, in words: it is not there, or fails, and what it says then.
fn tried(name: &str, command: &mut Command) -> Result<(), String> {
    let output = match command.output() {
        Ok(output) => output,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Err(format!("the command `{name}` is not installed"));
        }
        Err(error) => return Err(format!("the command `{name}` cannot be run: {error}")),
    };
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let arguments: Vec<_> = command.get_args().map(|argument| argument.to_string_lossy()).collect();
    Err(format!("`{name} {}` failed, {}: {}", arguments.join(" "), output.status, said.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn what_keeps_a_module_from_being_compiled_is_said() {
        let folder = tempfile::tempdir().expect("a folder");
        let text = folder.path().join("empty.wat");
        let absent = folder.path().join("absent").display().to_string();
        assert_eq!(wasm(&text, &absent), Err(format!("the command `{absent}` is not installed")));
        let broken = folder.path().join("broken");
        std::fs::write(&broken, "#!/bin/sh\necho no such option >&2\nexit 3\n").expect("it is ours");
        std::fs::set_permissions(&broken, std::fs::Permissions::from_mode(0o755)).expect("it is ours");
        let said = wasm(&text, &broken.display().to_string()).expect_err("it fails");
        assert!(
            said.contains("compile") && said.ends_with("failed, exit status: 3: no such option"),
            "{said}"
        );
        let said = wasm(&folder.path().join("no/such/folder"), "true").expect_err("it cannot be written");
        assert!(said.starts_with("cannot write "), "{said}");
        assert_eq!(wasm(&text, "true"), Ok(folder.path().join("empty.cwasm")));
    }
}

//! Every system call number there is, and more, tried one after the other.

use cloudabi_codegen::command::Failure;
use cloudabi_linux_glue::generated::calls;
use cloudabi_linux_glue::sandbox;

use super::scene::{Extra, Outcome, Scene};
use super::{Attack, Tools};

/// Numbers beyond what any kernel has.
const LAST: i64 = 1023;

/// Calls that no filter sees, by the kernel's design: they are for code that the kernel itself puts into a process whose
/// instructions are being watched, and fail for all others.
const UNSEEN: [i64; 2] = [335, 336];

/// x32 numbers are the others with this bit.
const X32: i64 = 0x4000_0000;

fn attack(script: String) -> Attack {
    Attack {
        name: String::new(),
        grants: String::new(),
        options: Vec::new(),
        script,
        next: String::new(),
        held_by: Vec::new(),
        extra: Extra::Nothing,
        judge: Box::new(|_, _| false),
        impossible: None,
    }
}

fn run_script(tools: &Tools, script: String, off: &[&'static str]) -> Result<Outcome, Failure> {
    let attack = attack(script);
    Scene::set(&attack)?.run(tools, &attack, off)
}

/// How many were tried, and what is wrong.
pub fn run(tools: &Tools) -> Result<(usize, Vec<String>), Failure> {
    let mut problems = Vec::new();
    let mut tried = 0;
    let killed: Vec<_> = sandbox::killed_calls().collect();
    let allowed: Vec<_> = calls::ALL.iter().map(|call| call.number).collect();
    // All that the kernel is to know nothing of.
    let mut script = String::new();
    let mut first = 0;
    let stops = (0..=LAST).filter(|number| {
        allowed.contains(number) || UNSEEN.contains(number) || killed.iter().any(|(_, known)| known == number)
    });
    for stop in stops.chain([LAST + 1]) {
        if first < stop {
            script += &format!("sweep {first} {}\n", stop - 1);
            tried += usize::try_from(stop - first).unwrap_or(0);
        }
        first = stop + 1;
    }
    script += "text 0 \"swept\"\nprint 0 5\n";
    let outcome = run_script(tools, script.clone(), &[])?;
    if outcome.stdout != "swept" {
        problems.push(format!("calls that are not on the list are served: {outcome}"));
    }
    // Without the filter there is plenty. Calls that would end or stop the program are left out.
    // They say who and what the process is.
    let harmless = match cfg!(target_arch = "x86_64") {
        true => "sweep 102 104\nsweep 107 108\n",
        false => "sweep 172 177\n",
    };
    let harmless = format!("{harmless}text 0 \"swept\"\nprint 0 5\n");
    let outcome = run_script(tools, harmless, &["seccomp"])?;
    if outcome.stdout.matches("exists").count() < 5 {
        problems.push(format!("without the filter there is nothing either: {outcome}"));
    }
    for (name, number) in &killed {
        tried += 1;
        let outcome = run_script(tools, format!("a = {number} -1 -1 -1 -1 -1 -1\nshow a\n"), &[])?;
        let named = outcome.stderr.contains(&format!("`{name}`"));
        if !named || outcome.stdout.contains("a=") || outcome.status.success() {
            problems.push(format!("`{name}` does not end the process with its name: {outcome}"));
        }
    }
    // Without the pipe that its parent looks at, too.
    tried += 1;
    let close: String = (0..40).map(|fd| format!("a = close {fd}\n")).collect();
    let wait = "set 0 0\nset 8 200000000\na = clock_nanosleep 1 0 @0 0\n";
    let outcome = run_script(tools, format!("{close}{wait}a = execve -1 -1 -1\n"), &[])?;
    if !outcome.stderr.contains("`execve`") || outcome.status.success() {
        problems.push(format!("a program that closes everything is not ended for `execve`: {outcome}"));
    }
    for number in [0, 1, 39, 59, 512, 520, 547, 600] {
        tried += 1;
        let outcome = run_script(tools, format!("a = {} 0 0 0\nshow a\n", number | X32), &[])?;
        if outcome.stdout.contains("a=") || outcome.status.success() {
            problems.push(format!("x32's call {number} does not end the process: {outcome}"));
        }
    }
    // Other processors have no second entry.
    let others = if cfg!(target_arch = "x86_64") { &[1, 4, 5, 11, 20, 120][..] } else { &[] };
    for number in others {
        tried += 1;
        let outcome = run_script(tools, format!("int80 {number} 0 0 0\n"), &[])?;
        if outcome.stdout.contains("int80=") || outcome.status.success() {
            problems.push(format!("call {number} of 32-bit programs does not end the process: {outcome}"));
        }
    }
    Ok((tried, problems))
}

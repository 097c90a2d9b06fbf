//! `cargo xtask build`

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod library;
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod order;
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod steps;

use std::path::{Path, PathBuf};
use std::process::Command;

use cloudabi_codegen::command::Failure;

use crate::repository;

/// The profile that it is built with, which Cargo names a folder by: see Cargo.toml.
const PROFILE: &str = "dist";

/// Builds `cloudabi-run` optimised and statically linked, and says where it is.
pub fn run() -> Result<(), Failure> {
    let program = static_program()?;
    println!("built {}", program.display());
    Ok(())
}

/// Builds `cloudabi-run` so that it starts fast: linked statically, at fixed addresses, and with all functions that a start
/// needs side by side.
pub fn static_program() -> Result<PathBuf, Failure> {
    let built = ordered_program()?;
    let program = repository::target().join(PROFILE).join("cloudabi-run");
    settle(&built, &program).map_err(|error| Failure::Message(format!("{}: {error}", program.display())))?;
    Ok(program)
}

/// Writes a file anew, as installing it does. A linker leaves it in memory in single pages, and the kernel takes longer to map
/// these than the larger pieces that it keeps a file in that is written from its beginning to its end.
fn settle(from: &Path, to: &Path) -> std::io::Result<()> {
    if let Some(folder) = to.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let new = to.with_extension("new");
    std::fs::copy(from, &new)?;
    std::fs::rename(new, to)
}

/// Builds it in the order that was found out last. Where the program is newer, finds out whether it is still the right one.
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
fn ordered_program() -> Result<PathBuf, Failure> {
    use order::Order;

    let library = library::Library::best();
    let folder = repository::target().join(library.folder()).join(PROFILE);
    let folder = std::path::absolute(&folder).unwrap_or(folder);
    let compile = |order: Option<&Order>| {
        let (options, mut flags) = library.arguments();
        if let Some(order) = order {
            let file = order.for_linker(&folder)?;
            flags.push(format!(
                "-Clink-arg=-Wl,--no-warn-symbol-ordering,--symbol-ordering-file={}",
                file.display()
            ));
        }
        compile(&options, &flags)?;
        Ok::<_, Failure>(folder.join("cloudabi-run"))
    };
    let last = Order::last(&folder);
    let program = compile(last.as_ref())?;
    if Order::is_newer_than(&folder, &program) {
        return Ok(program);
    }
    match Order::of(&program)? {
        Ok(order) => {
            let program = if last.as_ref() == Some(&order) { program } else { compile(Some(&order))? };
            order.keep(&folder)?;
            Ok(program)
        }
        Err(reason) => {
            eprintln!("note: functions are not put in the order that makes it start fastest: {reason}");
            Ok(program)
        }
    }
}

/// Following programs is only known to work on x86-64, and the linker that takes an order is the default one there.
#[cfg(not(all(target_os = "linux", target_arch = "x86_64")))]
fn ordered_program() -> Result<PathBuf, Failure> {
    compile(&[], &[])?;
    Ok(repository::target().join(PROFILE).join("cloudabi-run"))
}

/// Builds it with these options for Cargo and flags for the compiler. Loading shared libraries takes longer than all that it
/// does itself before the program runs. So would relocating itself: it is at fixed addresses. Those of the program, its
/// stack and the vDSO are random all the same, and what holds a program in does not rest on where the runtime is.
///
/// The flags are for the program's own crate alone: procedural macros cannot be linked statically.
fn compile(options: &[String], flags: &[String]) -> Result<(), Failure> {
    let mut command = cargo();
    command.args(["rustc", "--quiet", "--profile", PROFILE]).args(options);
    command.args(["--package", "cloudabi-run", "--bin", "cloudabi-run"]);
    command.args(["--", "-C", "target-feature=+crt-static", "-C", "relocation-model=static"]).args(flags);
    let status = command.status().map_err(|error| cannot_run("cargo build", &error))?;
    if !status.success() {
        return Err(Failure::Message("cloudabi-run does not build".to_string()));
    }
    Ok(())
}

/// Cargo, in the repository.
fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or("cargo".into()));
    let root = repository::root();
    if !root.as_os_str().is_empty() {
        command.current_dir(root);
    }
    command
}

fn cannot_run(what: &str, error: &std::io::Error) -> Failure {
    Failure::Message(format!("cannot run {what}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_readme_starts_what_is_built() {
        let readme = std::fs::read_to_string(repository::root().join("README.md")).expect("there is one");
        let started = readme.lines().filter_map(|line| line.strip_prefix("$ target/"));
        let started: Vec<_> = started.filter_map(|line| line.split_once("/cloudabi-run ")).collect();
        assert!(!started.is_empty());
        assert!(started.iter().all(|(folder, _)| *folder == PROFILE), "{started:?}");
    }
}

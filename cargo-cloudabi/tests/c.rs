//! The way for authors of C programs, as `examples/c-hello/README.md` describes it.
#![cfg(target_os = "linux")]

use std::path::Path;
use std::process::Command;

use cloudabi_test_support::{run, runner, tool};

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a parent")
}

/// The commands of a page, each with the lines that it is said to print, block by block.
fn blocks(markdown: &str) -> Vec<Vec<(String, Vec<String>)>> {
    let mut blocks: Vec<Vec<(String, Vec<String>)>> = Vec::new();
    let mut inside = false;
    for line in markdown.lines() {
        if line.starts_with("```") {
            inside = line == "```console";
            blocks.extend(inside.then(Vec::new));
        } else if let (true, Some(block)) = (inside, blocks.last_mut()) {
            match (line.strip_prefix("$ "), line.strip_prefix("> "), block.last_mut()) {
                (Some(command), _, _) => block.push((command.to_owned(), Vec::new())),
                (_, Some(rest), Some((command, _))) => *command = format!("{command}\n{rest}"),
                (_, _, Some((_, output))) => output.push(line.to_owned()),
                _ => panic!("a block begins with a command, not with {line:?}"),
            }
        }
    }
    blocks
}

/// Whether a line begins as it should, where `…` stands for any rest.
fn matches(expected: &str, actual: &str) -> bool {
    match expected.strip_suffix('…') {
        Some(start) => actual.starts_with(start),
        None => expected == actual,
    }
}

/// Runs the commands in the block that mentions a compiler, with this one in its place.
fn replay(mentioned: &str, compiler: &Path) {
    let page = std::fs::read_to_string(repository().join("examples/c-hello/README.md")).expect("a page");
    let block = blocks(&page)
        .into_iter()
        .find(|block| block.iter().any(|(command, _)| command.starts_with(&format!("{mentioned} "))));
    let commands = block.expect("the page says how to use this compiler");
    let mut compared = 0;
    for (command, expected) in commands {
        let words = command.split_once(' ').expect("a command has arguments");
        let command = match words {
            ("cargo", rest) => format!("{:?} {rest}", env!("CARGO_BIN_EXE_cargo-cloudabi")),
            ("cloudabi-run", rest) => format!("{:?} {rest}", runner()),
            (name, rest) if name == mentioned => format!("{compiler:?} {rest}"),
            _ => command,
        };
        let output = run(Command::new("sh").args(["-c", &command]).current_dir(repository()));
        let printed: Vec<_> = output.stdout.lines().collect();
        assert_eq!(printed.len(), expected.len(), "{command}: {printed:?}");
        for (expected, actual) in expected.iter().zip(printed) {
            assert!(matches(expected, actual), "{command}: {actual:?} is not {expected:?}");
            compared += 1;
        }
    }
    assert_eq!(compared, 2, "the page shows what is printed");
}

#[test]
fn clang_makes_programs() {
    let test = "Clang makes CloudABI programs as the page says";
    std::fs::create_dir_all(repository().join("target/c-hello")).expect("a folder");
    let Some(clang) = tool(&["clang-14", "clang-15", "clang-16", "clang-17", "clang-18"], test) else {
        return;
    };
    let Some(_) = tool(&["ld.lld"], test) else { return };
    replay("clang", &clang.path);
}

#[test]
fn other_compilers_make_programs_that_are_branded_afterwards() {
    std::fs::create_dir_all(repository().join("target/c-hello")).expect("a folder");
    let Some(gcc) = tool(&["gcc"], "GCC makes CloudABI programs as the page says") else { return };
    replay("gcc", &gcc.path);
}

/// The structures that `program.c` uses have the same layout on all 64-bit machines.
#[test]
fn the_program_compiles_for_aarch64() {
    let test = "the C example compiles for aarch64 and keeps x18 free";
    let Some(clang) = tool(&["clang-14", "clang-15", "clang-16", "clang-17", "clang-18"], test) else {
        return;
    };
    let Some(_) = tool(&["ld.lld"], test) else { return };
    let folder = cloudabi_test_support::scratch();
    let program = folder.path().join("hello");
    let build = |register: &[&str]| {
        let mut command = clang.command();
        command.args(["--target=aarch64-unknown-cloudabi", "-O2", "-ffreestanding", "-fPIE", "-nostdlib"]);
        command.args(["-fno-sanitize=safe-stack", "-fuse-ld=lld", "-Wl,-z,separate-code,-z,norelro"]);
        command.args(register).arg("-isystem").arg(repository().join("generated/c")).arg("-o").arg(&program);
        let sources = ["program.c", "hello.c"].map(|file| repository().join("examples/c-hello").join(file));
        run(command.args(sources));
        cargo_cloudabi::elf::check(&std::fs::read(&program).expect("a program"))
    };
    let facts = build(&["-ffixed-x18"]).expect("a program");
    assert_eq!(facts.machine, "aarch64");
}

//! What the README shows is what happens: its examples are replayed on a copy of the definition.
//!
//! A block that begins with ```` ```yaml add-to=FILE ```` is appended to that file; one that begins with
//! ```` ```yaml replace-in=FILE ```` has two lines, of which the second takes the place of the first. In a ```` ```console ````
//! block each line that begins with `$ cargo xtask` is run, and must print the lines that follow it; a line
//! `…` stands for any lines, and `…` within a line for any text.

use std::path::Path;
use std::process::Command;

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a parent")
}

/// A fenced block: what stands after the fence, and its lines.
struct Block {
    info: String,
    lines: Vec<String>,
}

fn blocks(markdown: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut inside = false;
    for line in markdown.lines() {
        match (line.strip_prefix("```"), inside) {
            (Some(info), false) => {
                blocks.push(Block { info: info.trim().to_string(), lines: Vec::new() });
                inside = true;
            }
            (Some(_), true) => inside = false,
            (None, true) => blocks.last_mut().expect("a block").lines.push(line.to_string()),
            (None, false) => {}
        }
    }
    blocks
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("a copy");
        }
    }
}

/// Whether `actual` is `expected`, in which a line `…` stands for any lines.
fn matches(expected: &[String], actual: &[&str]) -> bool {
    match expected.split_first() {
        None => actual.is_empty(),
        Some((line, rest)) if line.trim() == "…" => {
            (0..=actual.len()).any(|skip| matches(rest, &actual[skip..]))
        }
        Some((line, rest)) => actual
            .split_first()
            .is_some_and(|(first, others)| line_matches(line, first) && matches(rest, others)),
    }
}

/// Whether a line is as expected, where `…` stands for any text.
fn line_matches(expected: &str, actual: &str) -> bool {
    match expected.trim_end().split_once('…') {
        None => expected.trim_end() == actual.trim_end(),
        Some((start, rest)) => actual.strip_prefix(start).is_some_and(|actual| {
            actual
                .char_indices()
                .map(|(at, _)| at)
                .chain([actual.len()])
                .any(|at| line_matches(rest, &actual[at..]))
        }),
    }
}

/// Runs `cargo xtask …` in a folder; gives all that it printed.
fn run(root: &Path, command: &str) -> String {
    let arguments = command.strip_prefix("cargo xtask").expect("only cargo xtask is run").split_whitespace();
    let output = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .current_dir(root)
        .args(["--repository", "."])
        .args(arguments)
        .output()
        .expect("the command runs");
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// The commands of a console block, each with the lines that it is said to print.
fn sessions(block: &Block) -> Vec<(String, Vec<String>)> {
    let mut sessions: Vec<(String, Vec<String>)> = Vec::new();
    for line in &block.lines {
        match line.strip_prefix("$ ") {
            Some(command) => sessions.push((command.to_string(), Vec::new())),
            None => {
                if let Some((_, output)) = sessions.last_mut() {
                    output.push(line.clone());
                }
            }
        }
    }
    sessions
}

#[test]
fn the_examples_of_the_readme_are_what_happens() {
    let markdown = std::fs::read_to_string(repository().join("README.md")).expect("a README");
    let scratch = tempfile::tempdir().expect("a folder");
    let root = scratch.path().canonicalize().expect("a folder");
    copy(&repository().join("abi"), &root.join("abi"));
    for emitter in cloudabi_codegen::emit::ALL {
        let home = repository().join(emitter.home());
        if home.is_dir() {
            copy(&home, &root.join(emitter.home()));
        }
    }
    let mut replayed = 0;
    for block in blocks(&markdown) {
        if let Some(file) = block.info.strip_prefix("yaml add-to=") {
            let path = root.join(file);
            let mut text = std::fs::read_to_string(&path).expect("a file of the definition");
            text.push_str(&block.lines.join("\n"));
            text.push('\n');
            std::fs::write(&path, text).expect("a file");
        }
        if let Some(file) = block.info.strip_prefix("yaml replace-in=") {
            let path = root.join(file);
            let text = std::fs::read_to_string(&path).expect("a file of the definition");
            let [from, to] = block.lines.as_slice() else { panic!("{file}: two lines, from and to") };
            assert_eq!(text.matches(from.as_str()).count(), 1, "{from:?} is once in {file}");
            std::fs::write(&path, text.replace(from.as_str(), to)).expect("a file");
        }
        if block.info == "console" {
            for (command, expected) in sessions(&block) {
                let replays = expected.iter().any(|line| !line.trim().is_empty());
                if !command.starts_with("cargo xtask") || !replays {
                    continue;
                }
                let actual = run(&root, &command);
                let lines: Vec<_> = actual.lines().collect();
                assert!(
                    matches(&expected, &lines),
                    "`{command}` prints\n{actual}\nbut the README says\n{}",
                    expected.join("\n")
                );
                replayed += 1;
            }
        }
    }
    assert!(replayed >= 2, "the README shows what the commands print");
}

#[test]
fn a_wrong_line_is_noticed() {
    let expected = |lines: &[&str]| lines.iter().map(|line| line.to_string()).collect::<Vec<_>>();
    assert!(matches(&expected(&["a", "…", "d"]), &["a", "b", "c", "d"]));
    assert!(matches(&expected(&["a", "…"]), &["a"]));
    assert!(!matches(&expected(&["a", "…", "e"]), &["a", "b", "c", "d"]));
    assert!(!matches(&expected(&["a"]), &["a", "b"]));
    assert!(matches(&expected(&["at …:3 and …"]), &["at 12:3 and there"]));
    assert!(!matches(&expected(&["at …:3"]), &["at 12:4"]));
}

#[test]
fn continuous_integration_runs_the_readmes_test_command() {
    let readme = std::fs::read_to_string(repository().join("README.md")).expect("a README");
    let script = std::fs::read_to_string(repository().join(".ci/run")).expect("a script");
    assert!(readme.contains("$ cargo xtask test"), "the README names the test command");
    assert!(script.lines().any(|line| line.trim() == "cargo xtask test"), "and .ci/run calls it");
}

//! The commands, run on small repositories of their own.

use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

const ABI: &str = "\
abi:
  name: tiny
  title: Tiny
  version: '1.0'
  doc: A definition to change.
  architectures:
    x86_64: {word_bits: 64, arguments: 6, results: 2, doc: PCs.}
tombstones: []
";

const TIME: &str = "\
subsystem: time
doc: What time it is.
types:
  seconds:
    kind: alias
    repr: uint64
    doc: A duration in seconds.
";

/// A repository with the small definition.
fn repository() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "abi/abi.yaml", ABI);
    write(folder.path(), "abi/time.yaml", TIME);
    folder
}

fn write(root: &Path, name: &str, text: &str) {
    let path = root.join(name);
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    std::fs::write(path, text).expect("a file");
}

fn read(root: &Path, name: &str) -> String {
    std::fs::read_to_string(root.join(name)).expect("a file")
}

fn xtask(root: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command.args(arguments).arg("--repository").arg(root).output().expect("the command runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Runs a command that must succeed; gives what it printed.
#[track_caller]
fn succeeds(root: &Path, arguments: &[&str]) -> String {
    let output = xtask(root, arguments);
    assert!(output.status.success(), "{arguments:?}: {}{}", text(&output.stdout), text(&output.stderr));
    text(&output.stdout) + &text(&output.stderr)
}

/// Runs a command that must fail; gives what it printed and said.
#[track_caller]
fn fails(root: &Path, arguments: &[&str]) -> String {
    let output = xtask(root, arguments);
    assert_eq!(output.status.code(), Some(1), "{arguments:?}: {}", text(&output.stdout));
    text(&output.stdout) + &text(&output.stderr)
}

/// Names and contents of all files below a folder.
fn snapshot(root: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(root).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files.extend(snapshot(&path));
        } else {
            files.push((path.display().to_string(), std::fs::read(&path).expect("a file")));
        }
    }
    files.sort();
    files
}

#[test]
fn generating_twice_writes_only_once() {
    let repository = repository();
    let root = repository.path();
    let first = succeeds(root, &["gen"]);
    assert!(first.contains("created") && first.contains("tiny_types_common.h"), "{first}");
    let before = snapshot(root);
    let second = succeeds(root, &["gen"]);
    assert!(!second.contains("created") && !second.contains("updated"), "{second}");
    assert_eq!(snapshot(root), before);
    succeeds(root, &["gen", "--check"]);
}

#[test]
fn a_stale_file_fails_the_check_with_a_diff_and_is_left_alone() {
    let repository = repository();
    let root = repository.path();
    succeeds(root, &["gen"]);
    let header = "generated/c/tiny_types_common.h";
    write(root, header, &read(root, header).replace("tiny_seconds_t;", "tiny_minutes_t;"));
    let before = snapshot(root);
    let said = fails(root, &["gen", "--check"]);
    assert!(said.contains("--- a/generated/c/tiny_types_common.h"), "{said}");
    assert!(said.contains("-typedef uint64_t tiny_minutes_t;"), "{said}");
    assert!(said.contains("+typedef uint64_t tiny_seconds_t;"), "{said}");
    assert!(said.contains("run `cargo xtask gen`"), "{said}");
    assert_eq!(snapshot(root), before, "a check writes nothing");
}

#[test]
fn a_file_that_nothing_generates_is_reported() {
    let repository = repository();
    let root = repository.path();
    succeeds(root, &["gen"]);
    write(root, "generated/c/notes.txt", "mine");
    assert!(succeeds(root, &["gen"]).contains("generated/c/notes.txt"));
    assert!(fails(root, &["gen", "--check"]).contains("generated/c/notes.txt"));
}

#[test]
fn a_breaking_change_is_refused_until_it_is_accepted() {
    let repository = repository();
    let root = repository.path();
    succeeds(root, &["gen"]);
    write(root, "abi/time.yaml", &TIME.replace("uint64", "uint32"));
    let before = snapshot(root);
    let said = fails(root, &["gen"]);
    assert!(said.contains("type seconds: changed") && said.contains("--accept-breaking"), "{said}");
    assert_eq!(snapshot(root), before, "nothing is written");
    assert!(fails(root, &["gen", "--check"]).contains("abi/abi.lock"));
    assert!(fails(root, &["abi-diff"]).contains("1 breaking, 0 additive, 0 textual"));
    succeeds(root, &["gen", "--accept-breaking"]);
    succeeds(root, &["gen", "--check"]);
}

#[test]
fn an_additive_change_goes_into_the_lock_file() {
    let repository = repository();
    let root = repository.path();
    succeeds(root, &["gen"]);
    let more = format!("{TIME}  minutes: {{kind: alias, repr: uint32, doc: A duration in minutes.}}\n");
    write(root, "abi/time.yaml", &more);
    assert!(succeeds(root, &["abi-diff"]).contains("0 breaking, 1 additive, 0 textual"));
    succeeds(root, &["gen"]);
    assert!(read(root, "abi/abi.lock").contains("type minutes = alias uint32"));
}

#[test]
fn a_wrong_definition_is_refused_with_its_place() {
    let repository = repository();
    let root = repository.path();
    write(root, "abi/time.yaml", &TIME.replace("repr: uint64", "repr: uint65"));
    let before = snapshot(root);
    let said = fails(root, &["gen"]);
    assert!(said.contains("time.yaml:6:11"), "{said}");
    assert!(said.contains("nothing was written"), "{said}");
    assert_eq!(snapshot(root), before);
}

#[test]
fn one_product_can_be_made_elsewhere() {
    let repository = repository();
    let root = repository.path();
    let elsewhere = root.join("elsewhere");
    let out = elsewhere.to_str().expect("a path");
    succeeds(root, &["gen", "--only", "c-headers", "--out", out]);
    assert!(elsewhere.join("generated/c/tiny_types_common.h").exists());
    assert!(!elsewhere.join("generated/docs").exists());
    assert!(!root.join("generated").exists() && !root.join("abi/abi.lock").exists());
    let said = fails(root, &["gen", "--only", "headers"]);
    assert!(said.contains("no product named `headers`") && said.contains("c-headers"), "{said}");
}

#[test]
fn revisions_are_compared_with_their_texts() {
    let repository = repository();
    let root = repository.path();
    let git = |arguments: &[&str]| {
        let identity =
            ["-c", "user.name=Test", "-c", "user.email=test@example.org", "-c", "init.defaultBranch=main"];
        let status =
            Command::new("git").current_dir(root).args(identity).args(arguments).output().expect("git runs");
        assert!(status.status.success(), "{}", text(&status.stderr));
    };
    git(&["init", "--quiet"]);
    git(&["add", "."]);
    git(&["commit", "--quiet", "--message", "A definition"]);
    write(root, "abi/time.yaml", &TIME.replace("A duration in seconds.", "A time span in seconds."));
    assert!(succeeds(root, &["abi-diff", "HEAD"]).contains("0 breaking, 0 additive, 1 textual"));
    write(root, "abi/time.yaml", &TIME.replace("seconds:", "minutes:"));
    let json = fails(root, &["abi-diff", "HEAD", "--json"]);
    assert!(json.contains("\"breaking\": 1") && json.contains("\"class\": \"breaking\""), "{json}");
    let said = fails(root, &["abi-diff", "no-such-thing"]);
    assert!(said.contains("`no-such-thing` is neither a file, a folder nor a revision"), "{said}");
}

#[test]
fn alone_it_prints_help() {
    let output = Command::new(env!("CARGO_BIN_EXE_xtask")).output().expect("the command runs");
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2));
    for word in ["gen", "abi-diff", "test", "Examples:"] {
        assert!(said.contains(word), "{said}");
    }
}

/// Where what is generated does not compile, `cargo xtask gen` is what mends it.
#[test]
fn generating_needs_nothing_that_is_generated() {
    let tree = |features: &[&str]| {
        let mut command = Command::new(std::env::var_os("CARGO").unwrap_or("cargo".into()));
        command.args(["tree", "--offline", "--edges", "normal", "--prefix", "none", "--package", "xtask"]);
        let output = command.args(features).output().expect("cargo runs");
        assert!(output.status.success(), "{output:?}");
        let tree = String::from_utf8(output.stdout).expect("text");
        let generated = ["cloudabi-host", "cloudabi-linux-glue", "cloudabi-run", "cloudabi-sys"];
        let names = tree.lines().filter_map(|line| line.split_whitespace().next());
        names.filter(|name| generated.contains(name)).count()
    };
    assert_eq!(tree(&[]), 0);
    assert_ne!(tree(&["--features", "hosts"]), 0, "they would be seen");
}

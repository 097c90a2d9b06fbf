//! The programs in `examples/`, built by the command and run with configurations like their own.
#![cfg(target_os = "linux")]

mod web_server;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use cloudabi_test_support::{Scratch, run, runner, scratch, trace};

/// The largest that the smallest program may be, in bytes.
const SMALL: u64 = 40_000;

const HEAD: &str = "%TAG ! tag:nuxi.nl,2015:cloudabi/\n---\nstderr: !fd stderr\n";

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a parent")
}

fn cargo_cloudabi(command: &str) -> Command {
    let mut tool = Command::new(env!("CARGO_BIN_EXE_cargo-cloudabi"));
    tool.args(["cloudabi", command, "--release", "--manifest-path"])
        .arg(repository().join("examples/Cargo.toml"));
    tool.arg("--target-dir").arg(repository().join("target/examples")).env("CLOUDABI_RUN", runner());
    tool
}

/// Where an example is, ready to be run. All are built when the first one is asked for, unless the variable
/// `CLOUDABI_EXAMPLES` names a folder that has them.
fn example(name: &str) -> &'static Path {
    static PROGRAMS: OnceLock<HashMap<String, PathBuf>> = OnceLock::new();
    let programs = PROGRAMS.get_or_init(|| {
        if let Some(folder) = std::env::var_os("CLOUDABI_EXAMPLES") {
            let entries = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry"));
            return entries.map(|entry| (entry.file_name().to_string_lossy().into(), entry.path())).collect();
        }
        let messages = run(cargo_cloudabi("build").args(["--workspace", "--message-format", "json"])).stdout;
        let messages =
            messages.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
        let finished = messages.filter(|message| message["reason"] == "cloudabi-program");
        let text = |value: &serde_json::Value| value.as_str().expect("a string").to_owned();
        finished
            .map(|message| (text(&message["target"]["name"]), text(&message["executable"]).into()))
            .collect()
    });
    programs.get(name).unwrap_or_else(|| panic!("there is no {name} in {programs:?}"))
}

/// Runs an example with a configuration. Gives what it wrote, if it ended well.
fn output_of(name: &str, folder: &Scratch, config: &str) -> String {
    let config = folder.write(format!("{name}.yaml"), format!("{HEAD}{config}"));
    let mut command = Command::new(runner());
    let captured = run(command.arg("--config").arg(config).arg(example(name)).stdin(Stdio::null()));
    assert_eq!(captured.stderr, "");
    captured.stdout
}

#[test]
fn hello_is_small() {
    let size = example("hello").metadata().expect("a file").len();
    assert!(size <= SMALL, "{size} bytes");
}

/// `cargo cloudabi test` runs what is no program natively.
#[test]
fn unit_tests_of_examples_pass() {
    let output = run(cargo_cloudabi("test").args(["--workspace", "--quiet", "--", "--format=pretty"])).stdout;
    for test in ["totals::tests::what_is_beneath_counts_for_all_above", "request::tests::paths"] {
        assert!(output.contains(&format!("test {test} ... ok")), "{test}: {output}");
    }
}

/// `cargo cloudabi run` finds the configurations that the examples come with.
#[test]
fn examples_run_with_their_own_configurations() {
    let run_package = |name: &str| run(cargo_cloudabi("run").args(["--quiet", "--package", name])).stdout;
    assert_eq!(run_package("hello"), "hello\n");
    let own = std::fs::read_to_string(repository().join("examples/cat/src/main.rs")).expect("a file");
    assert_eq!(run_package("cat"), own);
    assert!(run_package("du").lines().any(|line| line.ends_with("\tsrc")));
    assert!(run_package("pipeline").contains(" Cargo.toml\n"));
}

#[test]
fn cat_writes_files_in_their_order() {
    let folder = scratch();
    // Not UTF-8, and longer than any buffer.
    let long: Vec<u8> = (0..300_000u32).flat_map(|number| number.to_le_bytes()).collect();
    let files = [folder.write("b", "second\n"), folder.write("a", &long)];
    let config = format!(
        "output: !file {{path: {:?}, access: write}}\nfiles:\n- !file {{path: {:?}, access: read}}\n- !file {{path: {:?}, access: read}}\n",
        folder.write("out", ""),
        files[0],
        files[1]
    );
    output_of("cat", &folder, &config);
    let written = std::fs::read(folder.path().join("out")).expect("a file");
    assert_eq!(written, [b"second\n", &long[..]].concat());
}

/// All calls but those that depend on who waits for whom, and where memory is.
const TRACE: &str = "--trace=!sync,!poll,!mem,!random";

/// What is traced of an example.
fn trace_of(name: &str, folder: &Scratch, config: &str) -> String {
    let config = folder.write(format!("{name}.yaml"), format!("{HEAD}output: !fd stdout\n{config}"));
    let mut command = Command::new(runner());
    command.args([TRACE, "--config"]).arg(config).arg(example(name));
    run(command.stdin(Stdio::null())).stderr
}

/// The calls that examples make: what a reader of them would expect, and no more.
#[test]
fn traces() {
    let folder = scratch();
    let file = folder.write("words", "one\ntwo\n");
    let cat = format!("files:\n- !file {{path: {file:?}, access: read}}\n");
    for (name, config) in [("hello", ""), ("cat", &cat)] {
        insta::assert_snapshot!(name, trace::normal(&trace_of(name, &folder, config)));
    }
    // Of what depends on the file system and on which thread is faster, how often calls were made. How often streams are read
    // from is chance.
    folder.write("tree/below/file", "12345");
    folder.write("tree/file", "1\n");
    let directory =
        format!("directory: !directory {{path: {:?}, access: read}}\n", folder.path().join("tree"));
    let du = format!("errors: !fd stderr\n{directory}threads: 1\n");
    let pipeline = format!("program: !executable\n{directory}");
    for (name, config) in [("du", du), ("pipeline", pipeline)] {
        let trace = trace_of(name, &folder, &config);
        let mut counts: std::collections::BTreeMap<String, u32> = Default::default();
        let in_pieces = |call: &str| call.starts_with("fd_read(") || call.starts_with("fd_write(");
        for line in trace::lines(&trace).iter().filter(|line| !in_pieces(&line.call)) {
            *counts.entry(line.call.split('(').next().unwrap_or_default().to_owned()).or_default() += 1;
        }
        let counts: String = counts.iter().map(|(call, count)| format!("{count} {call}\n")).collect();
        insta::assert_snapshot!(name, counts);
    }
}

#[test]
fn du_adds_up_with_any_number_of_threads() {
    let folder = scratch();
    let mut expected: HashMap<String, u64> = HashMap::new();
    for a in 0..5 {
        for b in 0..8 {
            let size = 100 * a + b;
            folder.write(format!("tree/{a}/{b}/file"), vec![b'x'; size as usize]);
            for path in [".".to_owned(), format!("{a}"), format!("{a}/{b}")] {
                *expected.entry(path).or_default() += size;
            }
        }
    }
    // A link takes as much room as its text, and is not followed.
    std::os::unix::fs::symlink("../..", folder.path().join("tree/0/up")).expect("a link");
    for path in [".", "0"] {
        *expected.get_mut(path).expect("a directory") += 5;
    }
    let mut expected: Vec<_> = expected.into_iter().map(|(path, size)| format!("{size}\t{path}")).collect();
    expected.sort();
    for threads in [1, 4, 16] {
        let config = format!(
            "output: !fd stdout\nerrors: !fd stderr\ndirectory: !directory {{path: {:?}, access: read}}\nthreads: {threads}\n",
            folder.path().join("tree")
        );
        let output = output_of("du", &folder, &config);
        let mut lines: Vec<_> = output.lines().map(str::to_owned).collect();
        lines.sort();
        assert_eq!(lines, expected, "with {threads} threads");
    }
}

#[test]
fn pipeline_counts_lines_in_another_process() {
    let folder = scratch();
    folder.write("files/none", "");
    folder.write("files/three", "a\nb\nc");
    folder.write("files/below/unseen", "a\n");
    let config = format!(
        "output: !fd stdout\nprogram: !executable\ndirectory: !directory {{path: {:?}, access: read}}\n",
        folder.path().join("files")
    );
    let output = output_of("pipeline", &folder, &config);
    let mut lines: Vec<_> = output.lines().collect();
    lines.sort_unstable();
    assert_eq!(lines, ["0 none", "3 three"]);
}

//! What `cloudabi-run` shows of a program's calls: `--trace`, `--trace-file` and `--stats`, with the program
//! `tests/guests/programs/src/bin/traced.rs`.
#![cfg(target_os = "linux")]

mod crashes;
mod debugger;
mod unread;

use std::io::Write as _;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, Output, Stdio};

use cloudabi_test_support::trace::{lines, normal};
use cloudabi_test_support::{guest, runner, scratch};

const HEAD: &str = "%TAG ! tag:nuxi.nl,2015:cloudabi/\n---\n";

/// Runs a program with these options and this configuration.
fn run(options: &[&str], program: &str, config: &str) -> Output {
    let mut command = Command::new(runner());
    command.args(options).arg(guest(program));
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the runner was built");
    let config = format!("{HEAD}{config}\n");
    child.stdin.take().expect("a pipe").write_all(config.as_bytes()).expect("it is read");
    child.wait_with_output().expect("a child can be waited for")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("text")
}

/// The trace of a program that ends well.
#[track_caller]
fn trace(options: &[&str], test: &str, config: &str) -> String {
    let config = format!("test: {test}\n{config}");
    let output = run(options, "traced", &config);
    assert!(output.status.success(), "{}: {}", output.status, text(&output.stderr));
    text(&output.stderr)
}

#[test]
fn files() {
    let folder = scratch();
    folder.write("notes", "some words\n");
    let config = format!("directory: !directory {{path: {:?}, access: [read, write]}}", folder.path());
    insta::assert_snapshot!(normal(&trace(&["--trace"], "files", &config)));
}

/// Each process is told of by the kernel's number for it, and a child by its parent's numbers up to the call that made it.
#[test]
fn copies_of_the_process() {
    insta::assert_snapshot!(normal(&trace(&["--trace"], "fork", "")));
}

#[test]
fn another_program_in_the_same_process() {
    let config = "output: !fd stdout\nprogram: !executable";
    insta::assert_snapshot!(normal(&trace(&["--trace"], "exec", config)));
}

#[test]
fn bad_pointers() {
    insta::assert_snapshot!(normal(&trace(&["--trace"], "wrong", "output: !fd stdout")));
}

/// Bytes and descriptors, as far as they were sent and received.
#[test]
fn messages() {
    insta::assert_snapshot!(normal(&trace(&["--trace"], "messages", "")));
}

#[test]
fn threads() {
    let trace = trace(&["--trace"], "threads", "");
    let lines = lines(&trace);
    let mut threads: Vec<_> = lines.iter().map(|line| (line.process, line.thread)).collect();
    threads.sort();
    threads.dedup();
    assert_eq!(threads.len(), 2, "{trace}");
    let new = lines.iter().find(|line| line.call.starts_with("thread_yield()")).expect("the thread's call");
    assert!(trace.contains(&format!(", tid={}", new.thread)), "{trace}");
    assert!(lines.iter().any(|line| line.thread == new.thread && line.call.starts_with("thread_exit(")));
}

#[test]
fn some_calls_only() {
    let names = |options: &[&str]| -> Vec<String> {
        let trace = trace(options, "wrong", "output: !fd stdout");
        let names =
            lines(&trace).into_iter().map(|line| line.call.split('(').next().unwrap_or("").to_owned());
        names.collect()
    };
    assert_eq!(names(&["--trace=file_*"]), ["file_unlink"]);
    assert_eq!(names(&["--trace=!fd,!proc"]), ["file_unlink", "poll", "clock_time_get"]);
    assert_eq!(names(&["--trace=mem_sync"]), [""; 0]);
    // All but the last one fail.
    let all = names(&["--trace"]);
    assert_eq!(all.split_last().expect("some").1, names(&["--trace=errors"]));
    assert_eq!(names(&["--trace=errors,poll"]), ["poll"]);
}

/// Without a trace, a program reads the clock by itself.
#[test]
fn the_clock_is_seen_if_it_is_looked_at() {
    let trace = trace(&["--trace=clock"], "clock", "");
    assert_eq!(trace.matches("clock_time_get(").count(), 2, "{trace}");
    let stats = self::trace(&["--stats"], "clock", "");
    assert_eq!(numbers(&stats, "clock_time_get"), Some([2, 0]), "{stats}");
}

/// How often a call was made and how often it has failed, by the table.
fn numbers(stats: &str, call: &str) -> Option<[u64; 2]> {
    let line = stats.lines().find(|line| line.ends_with(&format!("  {call}")))?;
    let mut words = line.split_whitespace().map(|word| word.parse().expect("a number"));
    Some([words.next()?, words.next()?])
}

#[test]
fn numbers_of_all_processes() {
    let stats = trace(&["--stats"], "fork", "");
    let expected = [
        ("proc_fork", [1, 0]),
        ("fd_close", [1, 1]),
        ("poll", [1, 0]),
        ("proc_exit", [2, 0]),
        ("all calls", [5, 1]),
    ];
    for (call, count) in expected {
        assert_eq!(numbers(&stats, call), Some(count), "{call}: {stats}");
    }
    let stats = trace(&["--stats"], "exec", "output: !fd stdout\nprogram: !executable");
    assert_eq!(numbers(&stats, "proc_exec"), Some([2, 1]), "{stats}");
    assert_eq!(numbers(&stats, "fd_write"), Some([1, 0]), "{stats}");
}

#[test]
fn a_file_gets_it() {
    let folder = scratch();
    let file = folder.write("trace", "what was there before is longer than nothing");
    let path = file.to_str().expect("text");
    for options in [&["--trace-file", path][..], &["--trace", "--trace-file", path, "--stats"]] {
        assert_eq!(trace(options, "wrong", "output: !fd stdout"), "");
        let written = std::fs::read_to_string(&file).expect("a file");
        assert!(written.contains(" file_unlink(") && !written.contains("before"), "{written}");
        assert_eq!(numbers(&written, "file_unlink").is_some(), options.contains(&"--stats"));
    }
    let output = run(&["--trace-file", "/no/such/folder/trace"], "hello", "output: !fd stdout");
    assert_eq!((output.status.code(), &output.stdout[..]), (Some(127), &b""[..]));
    assert!(text(&output.stderr).starts_with("error: no trace in `/no/such/folder/trace`: "));
}

/// A hostile program sends bytes past the runtime. They are lines, and nothing in them reaches the terminal.
#[test]
fn junk_is_shown_as_what_it_is() {
    if !cfg!(target_arch = "x86_64") {
        // The program makes Linux's calls by their numbers there.
        return;
    }
    for options in [&["--trace"][..], &["--trace", "--stats"]] {
        let output = run(options, "traced", "test: junk\noutput: !fd stdout");
        assert_eq!((output.status.code(), &output.stdout[..]), (Some(0), &b"sent\n"[..]));
        let trace = text(&output.stderr);
        assert!(trace.contains("\\x1b]0;owned\\x07\\x0d\\x0a7 7 made_up("), "{trace}");
        let is_shown = |byte: u8| byte == b'\n' || (b' '..=b'~').contains(&byte);
        assert!(output.stderr.iter().all(|byte| is_shown(*byte)), "{trace}");
        // What the program does by the ABI is still told.
        assert!(trace.contains(r#"fd_write(0, [{buf="sent\n", buf_len=5}], 1) = 0, nwritten=5"#), "{trace}");
    }
}

/// Nobody reads the trace: the program runs nevertheless.
#[test]
fn a_reader_who_goes_away_stops_nothing() {
    let mut command = Command::new(runner());
    command.args(["--trace", "--config"]);
    let folder = scratch();
    let config = folder.write("config.yaml", format!("{HEAD}output: !fd stdout\n"));
    command.arg(config).arg(guest("hello")).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the runner was built");
    drop(child.stderr.take());
    let output = child.wait_with_output().expect("a child can be waited for");
    assert_eq!((output.status.code(), output.status.signal()), (Some(0), None));
    assert_eq!(output.stdout, b"hello\n");
}

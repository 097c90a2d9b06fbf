//! Traces as they are the same each time.

use std::collections::BTreeMap;

/// A line of a trace.
#[derive(Clone, Debug)]
pub struct Line {
    /// The kernel's number of the process.
    pub process: u64,
    /// The ABI's number of the thread.
    pub thread: u64,
    /// The call, without the time that it took.
    pub call: String,
}

/// The calls of a trace. One that took so long that it was shown in two parts is one again.
pub fn lines(trace: &str) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for text in trace.lines() {
        let mut words = text.trim_start().splitn(4, ' ');
        let mut word = || words.next().unwrap_or_else(|| panic!("a line is too short: {text}"));
        word().parse::<f64>().unwrap_or_else(|_| panic!("there is no time: {text}"));
        let number = |word: &str| word.parse().unwrap_or_else(|_| panic!("there is no number: {text}"));
        let (process, thread, call) = (number(word()), number(word()), word());
        let call = match call.rsplit_once(" <") {
            Some((call, time)) if time.trim_end_matches('>').parse::<f64>().is_ok() => call,
            _ => call,
        };
        if let Some((_, rest)) = call.split_once(" resumed>") {
            let before = lines.iter_mut().rfind(|line| line.thread == thread);
            let before = before.unwrap_or_else(|| panic!("nothing was begun: {text}"));
            before.call = before.call.replace(" <unfinished ...>", rest);
            continue;
        }
        lines.push(Line { process, thread, call: call.to_owned() });
    }
    lines
}

/// Processes one after the other, each numbered in the order in which they begin; and no number that is chance.
pub fn normal(trace: &str) -> String {
    text_of(&lines(trace))
}

/// The same, with what one thread does after what another one does that began earlier.
pub fn normal_by_thread(trace: &str) -> String {
    let mut lines = lines(trace);
    let mut threads: Vec<u64> = Vec::new();
    for line in &lines {
        if !threads.contains(&line.thread) {
            threads.push(line.thread);
        }
    }
    lines.sort_by_key(|line| threads.iter().position(|thread| *thread == line.thread));
    text_of(&lines)
}

fn text_of(lines: &[Line]) -> String {
    let mut processes: Vec<u64> = Vec::new();
    let mut by_process: BTreeMap<usize, Vec<&Line>> = BTreeMap::new();
    for line in lines {
        let known = processes.iter().position(|process| *process == line.process);
        let place = known.unwrap_or_else(|| {
            processes.push(line.process);
            processes.len() - 1
        });
        by_process.entry(place).or_default().push(line);
    }
    let mut text = String::new();
    // Hosts choose the numbers of descriptors, and choose the same one again when it is free.
    let mut letters: BTreeMap<String, char> = BTreeMap::new();
    let mut unused = 'A'..='Z';
    for (place, lines) in by_process {
        for line in lines {
            for number in made(&line.call) {
                letters.insert(number.to_owned(), unused.next().expect("a letter is left"));
            }
            let call = with_letters(&line.call, &letters);
            text += &format!("{} {}\n", place + 1, numberless(&call));
        }
    }
    text
}

/// The descriptors that a call has made.
fn made(call: &str) -> Vec<&str> {
    let outputs = call.split(", ").filter_map(|output| output.split_once('='));
    let results = outputs.filter(|(name, _)| ["fd", "fd1", "fd2"].contains(name)).map(|(_, number)| number);
    let received = call.split_once("ri_fds=[").and_then(|(_, rest)| rest.split_once(']'));
    let received = received.into_iter().flat_map(|(numbers, _)| numbers.split(", "));
    results.chain(received).filter(|number| number.parse::<u32>().is_ok()).collect()
}

/// A call in which descriptors that calls have made have letters instead of numbers. What is no descriptor may have the same
/// number, and keeps it.
fn with_letters(call: &str, letters: &BTreeMap<String, char>) -> String {
    let lettered = |number: &str| letters.get(number).map_or(number.to_owned(), char::to_string);
    let first_is_one = ["fd_", "file_", "sock_"].iter().any(|kind| call.starts_with(kind));
    let mut text = String::new();
    let mut rest = call;
    while let Some(at) = rest.find(['(', '=', '[']) {
        let (before, after) = rest.split_at(at + 1);
        let is_first = first_is_one && text.is_empty();
        text += before;
        let is_list = text.ends_with("_fds=[");
        let is_one = ["{fd=", " fd=", " fd1=", " fd2="].iter().any(|name| text.ends_with(name));
        let end = after.find(|c: char| !(c.is_ascii_digit() || is_list && ", ".contains(c)));
        let (numbers, after) = after.split_at(end.unwrap_or(after.len()));
        rest = after;
        if is_list || is_one || is_first {
            text += &numbers.split(", ").map(lettered).collect::<Vec<_>>().join(", ");
        } else {
            text += numbers;
        }
    }
    text + rest
}

/// A call without addresses and large numbers, which differ from run to run.
fn numberless(call: &str) -> String {
    let mut text = String::new();
    let mut rest = call;
    while let Some(at) = rest.find(|c: char| c.is_ascii_digit()) {
        text += &rest[..at];
        let is_place = ["st_dev=", "st_ino="].iter().any(|name| text.ends_with(name));
        let in_word = text.ends_with(|c: char| c.is_ascii_alphabetic() || c == '_' || c == '\\');
        let number = &rest[at..];
        let end = number.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(number.len());
        let word = &number[..end];
        let digits = |word: &str| word.bytes().all(|byte| byte.is_ascii_hexdigit());
        text += match word.strip_prefix("0x") {
            _ if in_word => word,
            Some(address) if address.len() > 6 && digits(address) => "ADDRESS",
            None if is_place => "NUMBER",
            None if word.len() > 5 && word.bytes().all(|byte| byte.is_ascii_digit()) => "NUMBER",
            _ => word,
        };
        rest = &number[end..];
    }
    text + rest
}

#[test]
fn numbers_are_left_out() {
    let trace = "     0.0 70 900000001 fd_dup(3) = 0, fd=17 <0.1>\n     0.0 70 900000001 fd_close(17) = 0 <0.1>\n     \
                 0.1 70 900000001 fd_close(3) = 0, a=0x7f0000000000, b=0x10, c=123456, d=\"\\x1b12345678\", st_dev=7 <0.000001>\n     \
                 0.2 71 900000002 poll(1 <unfinished ...>\n     0.3 70 900000003 thread_yield() = 0 <0.1>\n     \
                 0.3 71 900000002 <... poll resumed>) = 0 <2.000001>\n";
    assert_eq!(
        normal(trace),
        "1 fd_dup(3) = 0, fd=A\n1 fd_close(A) = 0\n1 fd_close(3) = 0, a=ADDRESS, b=0x10, c=NUMBER, d=\"\\x1b12345678\", st_dev=NUMBER\n1 thread_yield() = 0\n2 poll(1) = 0\n"
    );
}

#[test]
fn threads_and_received_descriptors() {
    let trace = "     0.0 7 1 thread_create() = 0, tid=2 <0.1>\n     0.0 7 2 sock_recv(3, {ri_fds=[17, 19]}) = 0 <0.1>\n     \
                 0.1 7 1 thread_yield() = 0 <0.1>\n     0.2 7 2 fd_close(19) = 0 <0.1>\n     \
                 0.3 7 2 poll([{a={fd=17}}, {b=[17]}], 17) = 0, nevents=17 <0.1>\n     0.3 7 1 proc_exit(17) = ?\n";
    assert_eq!(
        normal_by_thread(trace),
        "1 thread_create() = 0, tid=2\n1 thread_yield() = 0\n1 proc_exit(17) = ?\n1 sock_recv(3, {ri_fds=[A, B]}) = 0\n\
         1 fd_close(B) = 0\n1 poll([{a={fd=A}}, {b=[17]}], 17) = 0, nevents=17\n"
    );
    let again = "     0.0 7 1 fd_dup(0) = 0, fd=3 <0.1>\n     0.0 7 1 fd_close(3) = 0 <0.1>\n     \
                 0.0 7 1 fd_create2(socket_stream) = 0, fd1=9, fd2=3 <0.1>\n     0.1 7 1 fd_close(3) = 0 <0.1>\n";
    assert_eq!(
        normal(again),
        "1 fd_dup(0) = 0, fd=A\n1 fd_close(A) = 0\n1 fd_create2(socket_stream) = 0, fd1=B, fd2=C\n1 fd_close(C) = 0\n"
    );
}

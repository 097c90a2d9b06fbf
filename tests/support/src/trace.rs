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
    let lines = lines(trace);
    let mut processes: Vec<u64> = Vec::new();
    let mut by_process: BTreeMap<usize, Vec<&Line>> = BTreeMap::new();
    for line in &lines {
        let known = processes.iter().position(|process| *process == line.process);
        let place = known.unwrap_or_else(|| {
            processes.push(line.process);
            processes.len() - 1
        });
        by_process.entry(place).or_default().push(line);
    }
    let mut text = String::new();
    // Hosts choose the numbers of descriptors.
    let mut descriptors: Vec<String> = Vec::new();
    for (place, lines) in by_process {
        for line in lines {
            for output in line.call.split(", ") {
                let name = output.split_once('=').filter(|(name, _)| ["fd", "fd1", "fd2"].contains(name));
                if let Some((_, number)) = name.filter(|(_, number)| number.parse::<u32>().is_ok()) {
                    descriptors.retain(|known| known != number);
                    descriptors.push(number.to_owned());
                }
            }
            let call = with_letters(&line.call, &descriptors);
            text += &format!("{} {}\n", place + 1, numberless(&call));
        }
    }
    text
}

/// A call in which descriptors that calls have made have letters instead of numbers.
fn with_letters(call: &str, descriptors: &[String]) -> String {
    let mut call = call.to_owned();
    for (number, letter) in descriptors.iter().zip('A'..='Z') {
        for before in ["(", "fd=", "fd1=", "fd2="] {
            for after in [",", ")", "}"] {
                call = call.replace(&format!("{before}{number}{after}"), &format!("{before}{letter}{after}"));
            }
            if let Some(start) = call.strip_suffix(&format!("{before}{number}")) {
                call = format!("{start}{before}{letter}");
            }
        }
    }
    call
}

/// A call without addresses and large numbers, which differ from run to run.
fn numberless(call: &str) -> String {
    let mut text = String::new();
    let mut rest = call;
    while let Some(at) = rest.find(|c: char| c.is_ascii_digit()) {
        text += &rest[..at];
        let in_word = text.ends_with(|c: char| c.is_ascii_alphabetic() || c == '_' || c == '\\');
        let number = &rest[at..];
        let end = number.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(number.len());
        let word = &number[..end];
        let digits = |word: &str| word.bytes().all(|byte| byte.is_ascii_hexdigit());
        text += match word.strip_prefix("0x") {
            _ if in_word => word,
            Some(address) if address.len() > 6 && digits(address) => "ADDRESS",
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
                 0.1 70 900000001 fd_close(3) = 0, a=0x7f0000000000, b=0x10, c=123456, d=\"\\x1b12345678\" <0.000001>\n     \
                 0.2 71 900000002 poll(1 <unfinished ...>\n     0.3 70 900000003 thread_yield() = 0 <0.1>\n     \
                 0.3 71 900000002 <... poll resumed>) = 0 <2.000001>\n";
    assert_eq!(
        normal(trace),
        "1 fd_dup(3) = 0, fd=A\n1 fd_close(A) = 0\n1 fd_close(3) = 0, a=ADDRESS, b=0x10, c=NUMBER, d=\"\\x1b12345678\"\n1 thread_yield() = 0\n2 poll(1) = 0\n"
    );
}

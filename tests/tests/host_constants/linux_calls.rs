//! The Linux system calls that the definition names, held against the numbers that the `libc` crate has.

use super::libc_source::{declared, source};
use super::{definition, host};
use cloudabi_codegen::emit::named;
use std::collections::{BTreeSet, HashSet};

const X86_64: &[&str] = &["unix/linux_like/linux/gnu/b64/x86_64/not_x32.rs"];
const AARCH64: &[&str] = &["unix/linux_like/linux/gnu/b64/aarch64/mod.rs"];

#[test]
fn every_call_of_linux_has_a_number() {
    let model = definition();
    let linux = host(&model, "linux");
    let named = linux.calls.iter().flat_map(|needs| &needs.host_calls).chain(&linux.runtime.host_calls);
    let names: BTreeSet<&str> = named.map(String::as_str).collect();
    assert!(names.len() > 50, "the list names {} calls only", names.len());
    let (x86_64, aarch64) = numbers();
    assert_eq!(without_number(&names, &[&x86_64, &aarch64]), [""; 0], "no architecture has these");
}

#[test]
fn a_call_that_linux_lacks_is_reported() {
    let (x86_64, aarch64) = numbers();
    let names = BTreeSet::from(["openat2", "poll", "pdfork"]);
    assert_eq!(without_number(&names, &[&x86_64, &aarch64]), ["pdfork"]);
    assert_eq!(without_number(&names, &[&aarch64]), ["pdfork", "poll"]);
}

#[test]
fn generated_lists_compile_where_old_calls_are_gone() {
    let files = named("linux-tables").expect("a product").emit(&definition());
    let calls = files.iter().find(|file| file.path == "calls.rs").expect("a list of calls");
    let (x86_64, aarch64) = numbers();
    assert_eq!(unguarded(&calls.contents, &aarch64), [""; 0], "not guarded, and aarch64 lacks them");
    assert_eq!(unguarded(&calls.contents, &x86_64), [""; 0]);
}

#[test]
fn a_list_that_would_not_compile_is_reported() {
    let list = "HostCall { name: \"poll\", number: libc::SYS_poll },\n\
                #[cfg(target_arch = \"x86_64\")]\n\
                HostCall { name: \"open\", number: libc::SYS_open },\n";
    let (_, aarch64) = numbers();
    assert_eq!(unguarded(list, &aarch64), ["poll"]);
}

/// The names of `SYS_…` constants, for each of the two architectures.
fn numbers() -> (HashSet<String>, HashSet<String>) {
    let libc = source("libc");
    (declared(&libc, X86_64), declared(&libc, AARCH64))
}

fn without_number<'a>(names: &BTreeSet<&'a str>, architectures: &[&HashSet<String>]) -> Vec<&'a str> {
    let known = |name: &str| architectures.iter().any(|all| all.contains(&format!("SYS_{name}")));
    names.iter().copied().filter(|name| !known(name)).collect()
}

/// Calls that a generated list names on this architecture although it lacks them.
fn unguarded<'a>(list: &'a str, numbers: &HashSet<String>) -> Vec<&'a str> {
    let lines: Vec<&str> = list.lines().map(str::trim).collect();
    let entry = |line: &'a str| line.split_once("libc::SYS_")?.1.strip_suffix(" },");
    let guarded = |index: usize| index > 0 && lines[index - 1].starts_with("#[cfg(");
    let entries = lines.iter().enumerate().filter_map(|(index, line)| Some((index, entry(line)?)));
    entries
        .filter(|(index, name)| !guarded(*index) && !numbers.contains(&format!("SYS_{name}")))
        .map(|(_, name)| name)
        .collect()
}

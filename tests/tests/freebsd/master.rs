//! The master files, read by a parser that knows the format only from what FreeBSD's present tool accepts.

use crate::product::{MODEL, c_type, function, small_models, text};
use cloudabi_codegen::model::{Model, TombstoneKind, TypeRef};

/// An entry of a master file.
#[derive(Debug, PartialEq)]
struct Entry {
    first: u64,
    last: u64,
    audit: String,
    flags: Vec<String>,
    /// Name of an entry that is no call.
    name: String,
    call: Option<Declaration>,
}

/// The declaration of a call.
#[derive(Debug, PartialEq)]
struct Declaration {
    result: String,
    function: String,
    /// (type, name)
    arguments: Vec<(String, String)>,
}

/// Reads a master file as strictly as FreeBSD's tool, line by line: an entry's first line has its number or
/// range, audit event, flags and a name or `{`; after `{` come a line of exactly two words, lines of one
/// argument each, `);` and a line that ends in `}`.
fn parse(text: &str) -> Result<Vec<Entry>, String> {
    let mut entries: Vec<Entry> = Vec::new();
    let mut lines = text.lines().filter(|line| !line.trim_start().starts_with(';') && !line.is_empty());
    while let Some(line) = lines.next() {
        if let Some(directive) = line.strip_prefix('#') {
            if directive.trim_start().starts_with("include") {
                continue;
            }
            return Err(format!("unsupported: {line}"));
        }
        let words: Vec<&str> = line.split_whitespace().collect();
        let [numbers, audit, flags, rest @ ..] = words.as_slice() else {
            return Err(format!("too few words: {line}"));
        };
        let number = |text: &str| text.parse::<u64>().map_err(|_| format!("no number: {line}"));
        let (first, last) = match numbers.split_once('-') {
            Some((first, last)) => (number(first)?, number(last)?),
            None => (number(numbers)?, number(numbers)?),
        };
        let expected = entries.last().map_or(0, |entry| entry.last + 1);
        if first != expected || last < first {
            return Err(format!("skipped system call at number {expected}: {line}"));
        }
        let flags: Vec<String> = flags.split('|').map(str::to_string).collect();
        let known = ["STD", "OBSOL", "RESERVED", "UNIMPL", "NODEF", "NOARGS", "NOSTD", "CAPENABLED"];
        if let Some(flag) = flags.iter().find(|flag| !known.contains(&flag.as_str())) {
            return Err(format!("bad type: {flag}"));
        }
        if first != last && !flags.iter().any(|flag| flag == "RESERVED" || flag == "UNIMPL") {
            return Err(format!("range only allowed with RESERVED and UNIMPL: {line}"));
        }
        let call = if rest == ["{"] { Some(parse_declaration(&mut lines)?) } else { None };
        let name = if call.is_some() { String::new() } else { rest.join(" ") };
        entries.push(Entry { first, last, audit: audit.to_string(), flags, name, call });
    }
    Ok(entries)
}

/// The lines after `{`.
fn parse_declaration<'a>(lines: &mut impl Iterator<Item = &'a str>) -> Result<Declaration, String> {
    let first = lines.next().ok_or("dangling system call at the end")?;
    let words: Vec<&str> = first.split_whitespace().collect();
    let [result, open] = words.as_slice() else { return Err(format!("malformed line {first}")) };
    let (function, rest) = open.split_once('(').ok_or(format!("malformed line {first}"))?;
    let mut arguments = Vec::new();
    if !rest.ends_with(");") {
        loop {
            let line = lines.next().ok_or("dangling system call at the end")?;
            if line.ends_with(");") {
                break;
            }
            let argument = line.trim().trim_end_matches(',');
            let start = argument.rfind(['*', ' ']).ok_or(format!("malformed argument line: {line}"))? + 1;
            let (ty, name) = argument.split_at(start);
            // Names that C reserves have `_` behind them.
            arguments.push((ty.trim().to_string(), name.trim_end_matches('_').to_string()));
        }
    }
    let end = lines.next().ok_or("dangling system call at the end")?;
    if !end.ends_with('}') {
        return Err(format!("expected '}}' found '{end}'"));
    }
    Ok(Declaration { result: result.to_string(), function: function.to_string(), arguments })
}

/// What the definition wants in the table, number by number.
fn wanted(model: &Model, bits: u32) -> Vec<Entry> {
    let standard = |flags: &[&str]| flags.iter().map(|flag| flag.to_string()).collect::<Vec<_>>();
    let mut entries: Vec<Entry> = model
        .calls
        .iter()
        .map(|call| {
            let result = match call.outputs.as_slice() {
                [output] if !matches!(output.ty, TypeRef::Pointer { .. }) => c_type(model, &output.ty, bits),
                _ => "void".to_string(),
            };
            let arguments =
                call.inputs.iter().map(|input| (c_type(model, &input.ty, bits), input.name.clone()));
            Entry {
                first: call.number.into(),
                last: call.number.into(),
                audit: "AUE_NULL".to_string(),
                flags: standard(&["STD", "CAPENABLED"]),
                name: String::new(),
                call: Some(Declaration {
                    result,
                    function: function(model, call, bits),
                    arguments: arguments.collect(),
                }),
            }
        })
        .chain(model.tombstones.iter().filter(|t| t.kind == TombstoneKind::Call).filter_map(|tombstone| {
            let number = tombstone.number?;
            Some(Entry {
                first: number,
                last: number,
                audit: "AUE_NULL".to_string(),
                flags: standard(&[if tombstone.name.is_some() { "OBSOL" } else { "RESERVED" }]),
                name: tombstone.name.clone().unwrap_or_default(),
                call: None,
            })
        }))
        .collect();
    entries.sort_by_key(|entry| entry.first);
    entries
}

/// Fails unless the text says what the definition wants. Numbers that the definition does not mention have
/// an entry in the text only.
fn compare(model: &Model, text: &str, bits: u32) -> Result<(), String> {
    let mut entries = parse(text)?;
    entries.retain(|entry| entry.flags != ["UNIMPL"]);
    let wanted = wanted(model, bits);
    if entries.len() != wanted.len() {
        return Err(format!("{} entries, but {} are wanted", entries.len(), wanted.len()));
    }
    match entries.iter().zip(&wanted).find(|(entry, wanted)| entry != wanted) {
        Some((entry, wanted)) => Err(format!("{entry:?} instead of {wanted:?}")),
        None => Ok(()),
    }
}

#[test]
fn masters_say_what_the_definition_says() {
    // The small ones have numbers that are gone, reserved, or not assigned.
    let small = small_models();
    for model in small.iter().chain([&*MODEL]) {
        for bits in [32, 64] {
            let text = text(model, &format!("syscalls{bits}.master"));
            compare(model, &text, bits).expect("a faithful master");
        }
    }
}

#[test]
fn a_wrong_master_is_noticed() {
    let good = text(&MODEL, "syscalls64.master");
    let doctored = |from: &str, to: &str| {
        assert!(good.contains(from), "{from}");
        compare(&MODEL, &good.replacen(from, to, 1), 64).expect_err("a difference")
    };
    assert!(doctored("7\tAUE_NULL", "6\tAUE_NULL").contains("skipped system call at number 7"));
    assert!(doctored("STD|CAPENABLED", "STD").contains("CAPENABLED"));
    assert!(doctored("STD|CAPENABLED", "STANDARD").contains("bad type"));
    assert!(
        doctored("cloudabi64_sys_fd_pread(", "cloudabi_sys_fd_pread(").contains("cloudabi64_sys_fd_pread")
    );
    assert!(doctored("const cloudabi64_iovec_t *iovs", "cloudabi64_iovec_t *iovs").contains("iovec"));
    assert!(doctored("cloudabi_whence_t whence", "cloudabi_whence_t wence").contains("wence"));
    assert!(doctored("\t\t);\n\t}\n", "\t\t);\n").contains("expected '}'"));
    assert!(compare(&MODEL, &good, 32).expect_err("a difference").contains("cloudabi32"));
}

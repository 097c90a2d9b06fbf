//! Every message that `cloudabi-run` can print is in a snapshot: whoever writes a new one, or changes one, sees it there as
//! people will. What is a message is not written down here: it is every sentence in the source files that messages come from.

#![cfg(target_os = "linux")]

mod faults;
mod source;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use cloudabi_linux_glue::launch::LaunchError;
use cloudabi_run::advice;
use source::{Sentence, sentences};

/// Where messages come from: folders with all that is in them, or files.
const SOURCES: [&str; 8] = [
    "cloudabi-run/src",
    "linux-glue/src/launch",
    "linux-glue/src/sandbox",
    "linux-glue/src/runtime/program.rs",
    "host/src/image/error.rs",
    "host/src/image/names.rs",
    "host/src/placement.rs",
    "host/src/vdso/mod.rs",
];

/// Sources of messages that other systems than Linux have: nothing here can show them.
const ELSEWHERE: [&str; 2] = ["cloudabi-run/src/system/freebsd.rs", "cloudabi-run/src/system/none.rs"];

/// What takes what the host was doing when the kernel refused something: functions, and a variable or a field before the text.
const DOING: [&str; 5] = ["cannot", "refused", "doing", "waiting", "cannot_rule"];

/// Folders beneath which snapshots are.
const SNAPSHOTS: [&str; 4] =
    ["cloudabi-run", "tests/tests/command", "tests/tests/trace", "xtask/src/package"];

/// Sentences that no snapshot has, and why.
const UNSEEN: [(&str, &str); 4] = [
    (
        "user, mount, IPC and network namespaces",
        "what kernels say that have an older Landlock, in place of the words without a network",
    ),
    ("there is no layer `{name}`", "layers are named by tests only"),
    ("a command line is read once", "nothing reads it a second time"),
    ("the process that started the program has ended", "nobody is there who could read it"),
];

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a parent")
}

/// All files beneath a path whose names end so, in order.
fn files(path: &Path, end: &str) -> Vec<PathBuf> {
    if path.is_file() {
        return vec![path.to_owned()];
    }
    let entries = fs::read_dir(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut entries: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    entries.sort();
    let mut found = Vec::new();
    for entry in entries {
        if entry.is_dir() && entry.file_name().is_none_or(|name| name != "target") {
            found.extend(files(&entry, end));
        } else if entry.to_string_lossy().ends_with(end) {
            found.push(entry);
        }
    }
    found
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Words with one blank between them: messages are cut into lines where there is room.
fn even(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What of a sentence stands there whatever its values are, if it has a length.
fn fixed(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        let twice = characters.peek() == Some(&c);
        let part = parts.last_mut().expect("there is one");
        match c {
            '{' | '}' if twice => {
                characters.next();
                part.push(c);
            }
            '{' => {
                characters.by_ref().find(|c| *c == '}');
                parts.push(String::new());
            }
            _ => part.push(c),
        }
    }
    parts.into_iter().map(|part| even(&part)).filter(|part| part.len() > 2).collect()
}

/// How many bytes a value of a message has at most.
const LONGEST_VALUE: usize = 400;

/// Whether a text has these parts one after the other, with no more than a value between two of them.
fn has(text: &str, parts: &[String]) -> bool {
    let Some((first, rest)) = parts.split_first() else { return true };
    text.match_indices(first.as_str()).any(|(at, _)| {
        let mut end = at + first.len();
        rest.iter().all(|part| {
            let limit = text.floor_char_boundary((end + LONGEST_VALUE).min(text.len()));
            let found = text.get(end..limit).and_then(|text| text.find(part.as_str()));
            end += found.map_or(0, |at| at + part.len());
            found.is_some()
        })
    })
}

/// What snapshots show, without what stands before it.
fn snapshots() -> Vec<String> {
    let files = SNAPSHOTS.iter().flat_map(|folder| files(&repository().join(folder), ".snap"));
    let shown = files.map(|path| {
        let text = read(&path);
        let shown = text.splitn(3, "---\n").nth(2).expect("a snapshot has a head");
        // Manual pages have their own ways with dashes, quotes and dots.
        even(
            &shown
                .replace("\\-", "-")
                .replace("\\*(Aq", "'")
                .replace("\\&", "")
                .replace("\\fB", "`")
                .replace("\\fR", "`"),
        )
    });
    shown.collect()
}

/// Every sentence of the sources, by file.
fn all_sentences() -> BTreeMap<String, Vec<Sentence>> {
    let files = SOURCES.iter().flat_map(|source| files(&repository().join(source), ".rs"));
    let files = files.filter(|path| path.file_name().is_none_or(|name| name != "tests.rs"));
    let named = |path: PathBuf| {
        let name = path.strip_prefix(repository()).expect("it is in there").display().to_string();
        (name, sentences(&read(&path)))
    };
    let elsewhere = |name: &str| {
        ELSEWHERE.iter().any(|other| {
            assert!(repository().join(other).exists(), "{other} is there no more");
            *other == name
        })
    };
    files.map(named).filter(|(name, _)| !elsewhere(name)).collect()
}

#[test]
fn a_directory_that_has_changed() {
    // One that another process has put in the place of a granted one: that takes both at the right moment.
    let error = std::io::Error::new(std::io::ErrorKind::NotFound, "another directory has its name now");
    let doing = "find a granted directory again in a world of its own";
    insta::assert_snapshot!(advice::explain(Path::new("./server"), &LaunchError::Host { doing, error }));
}

/// Whatever the kernel may refuse while a program is started: all that the host says it was doing then.
#[test]
fn what_the_kernel_refuses() {
    let mut all: Vec<String> = Vec::new();
    for (_, sentences) in all_sentences().into_iter().filter(|(file, _)| !file.starts_with("cloudabi-run")) {
        let doing = sentences.into_iter().filter(|sentence| {
            sentence.taken_by.as_deref().is_some_and(|taken_by| DOING.contains(&taken_by))
        });
        all.extend(doing.map(|sentence| sentence.text));
    }
    all.sort();
    all.dedup();
    let shown = |doing: String| {
        let error = std::io::Error::from_raw_os_error(libc::EPERM);
        advice::explain(Path::new("./server"), &LaunchError::Host { doing: doing.leak(), error })
    };
    insta::assert_snapshot!(all.into_iter().map(shown).collect::<String>());
}

/// Each thing that can be wrong with an executable.
#[test]
fn what_is_wrong_with_executables() {
    let mut text = String::new();
    for error in faults::all() {
        text += &format!("error: cannot start `a.out`: {error}\n");
    }
    insta::assert_snapshot!(text);
}

#[test]
fn every_message_is_in_a_snapshot() {
    let snapshots = snapshots();
    let mut missing = Vec::new();
    for (file, sentences) in all_sentences() {
        for Sentence { text, line, .. } in sentences {
            let parts = fixed(&text);
            let unseen = UNSEEN.iter().any(|(known, _)| *known == text);
            match (unseen, snapshots.iter().any(|snapshot| has(snapshot, &parts))) {
                (false, false) => missing.push(format!("{file}:{line}: {text:?}")),
                (true, true) => missing.push(format!("{file}:{line}: is in a snapshot after all: {text:?}")),
                _ => {}
            }
        }
    }
    assert!(missing.is_empty(), "{} in no snapshot:\n{}", missing.len(), missing.join("\n"));
}

#[test]
fn a_message_without_a_snapshot_is_noticed() {
    let parts = fixed("the {} of {name:?} is {{odd}}: {0}, and so on");
    assert_eq!(parts, ["the", "is {odd}:", ", and so on"]);
    assert!(has("error: the colour of it is {odd}: 5, and so on", &parts));
    assert!(!has("error: the colour of it is {odd}: 5", &parts));
    assert!(!has(&format!("the {}is {{odd}}: 5, and so on", "x".repeat(LONGEST_VALUE)), &parts));
}

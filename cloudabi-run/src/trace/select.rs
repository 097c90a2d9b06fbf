//! Which calls are meant: names, patterns, groups, and what is not meant.

use std::str::FromStr;

use cloudabi_host::call_info::CallInfo;
use cloudabi_host::table;
use cloudabi_linux_glue::trace::Calls;

/// Calls that are to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Selection {
    /// These.
    pub calls: Calls,
    /// Only when they fail.
    pub failures_only: bool,
}

impl Selection {
    /// Every call.
    pub const ALL: Selection = Selection { calls: Calls::ALL, failures_only: false };
}

/// The word for calls that fail.
const FAILURES: &str = "errors";

/// The word for calls that may wait.
const BLOCKING: &str = "blocking";

/// All calls.
fn calls() -> impl Iterator<Item = &'static CallInfo> {
    table::CALLS.iter().flatten()
}

impl FromStr for Selection {
    type Err = String;

    /// Words with commas between them, each of which adds calls; with `!` before it, it takes them away. Where the first word
    /// takes away, all calls are there before. No word at all stands for all calls.
    fn from_str(text: &str) -> Result<Selection, String> {
        let words: Vec<&str> = text.split(',').map(str::trim).filter(|word| !word.is_empty()).collect();
        let names_some = |word: &&str| *word != FAILURES && !word.starts_with('!');
        let mut selection = Selection::ALL;
        if words.iter().any(names_some) && !words[0].starts_with('!') {
            selection.calls = Calls::NONE;
        }
        for word in words {
            if word == FAILURES {
                selection.failures_only = true;
                continue;
            }
            let (name, add) = word.strip_prefix('!').map_or((word, true), |name| (name, false));
            let mut some = false;
            for call in calls().filter(|call| is_meant(call, name)) {
                selection.calls.set(call.number, add);
                some = true;
            }
            if !some {
                return Err(unknown(name));
            }
        }
        Ok(selection)
    }
}

/// Whether a word stands for a call.
fn is_meant(call: &CallInfo, word: &str) -> bool {
    call.subsystem == word
        || word == "all"
        || word == BLOCKING && call.blocks
        || matches(word.as_bytes(), call.name.as_bytes())
}

/// Whether a pattern, in which `*` stands for anything, matches a name.
fn matches(pattern: &[u8], name: &[u8]) -> bool {
    match pattern.split_first() {
        None => name.is_empty(),
        Some((b'*', rest)) => (0..=name.len()).any(|at| matches(rest, &name[at..])),
        Some((byte, rest)) => name.first() == Some(byte) && matches(rest, &name[1..]),
    }
}

/// What to say to a word that stands for nothing.
fn unknown(word: &str) -> String {
    let mut groups: Vec<&str> = calls().map(|call| call.subsystem).collect();
    groups.sort_unstable();
    groups.dedup();
    groups.extend([BLOCKING, FAILURES]);
    let names = calls().map(|call| call.name).chain(groups.iter().copied());
    let close = |name: &&str| strsim::damerau_levenshtein(word, name) <= 1 + word.len() / 4;
    let hint = match names.filter(close).min_by_key(|name| strsim::damerau_levenshtein(word, name)) {
        Some(name) => format!("did you mean `{name}`?"),
        None => format!(
            "there are names of calls such as `fd_read`, patterns such as `file_*`, and the groups {}",
            groups.join(", ")
        ),
    };
    format!("no call is named `{word}`; {hint}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<&'static str> {
        let selection: Selection = text.parse().expect("it is right");
        calls().filter(|call| selection.calls.contains(call.number)).map(|call| call.name).collect()
    }

    #[test]
    fn words_add_and_take_away() {
        let all = calls().count();
        for everything in ["", ",", "all", "*", "errors", "all,errors"] {
            assert_eq!(names(everything).len(), all, "{everything}");
        }
        assert_eq!(names("fd_read"), ["fd_read"]);
        assert_eq!(names("sock_send, fd_read"), ["fd_read", "sock_send"]);
        assert_eq!(names("clock"), ["clock_res_get", "clock_time_get"]);
        assert_eq!(
            names("*_stat_fget,file_*link"),
            ["file_link", "file_readlink", "file_stat_fget", "file_symlink", "file_unlink"]
        );
        assert_eq!(names("clock,!clock_res_get"), ["clock_time_get"]);
        assert_eq!(names("!clock_res_get").len(), all - 1);
        assert_eq!(names("!*,poll"), ["poll"]);
        assert!(names("sync").contains(&"lock_unlock"));
        assert!(names("blocking").contains(&"poll") && !names("blocking").contains(&"fd_close"));
    }

    #[test]
    fn errors_are_no_calls_but_a_condition() {
        let selection: Selection = "errors,fd_read".parse().expect("it is right");
        assert!(
            selection.failures_only && selection.calls.has("fd_read") && !selection.calls.has("fd_write")
        );
        assert!(!"fd_read".parse::<Selection>().expect("it is right").failures_only);
    }

    #[test]
    fn words_that_stand_for_nothing() {
        let wrong = |text: &str| text.parse::<Selection>().expect_err("it is wrong");
        let all = ["fd_raed", "!fd_raed", "open", "x*", "files", "poll,rndom"].map(wrong);
        insta::assert_snapshot!(all.join("\n"));
    }
}

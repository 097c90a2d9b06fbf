//! What this command has to say: on standard error, and in the journal with the level that it has there.

use std::env;
use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write};
use std::os::fd::AsFd;

/// How much a message matters: the levels of syslog(3) that this command uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// The program could not be started, or was ended.
    Error = 3,
    /// Something is unsafe.
    Warning = 4,
    /// Something is worth knowing.
    Notice = 5,
}

/// Says something on standard error. The text has whole lines.
pub fn say(level: Level, text: &str) {
    let stderr = io::stderr();
    let text = if is_journal(&stderr) { with_level(level, text) } else { text.to_owned() };
    // Nowhere to complain to if this fails.
    let _ = stderr.lock().write_all(text.as_bytes());
}

/// Whether messages may have colours: they go to a terminal that has some, and nobody has asked for none.
pub fn color() -> bool {
    let none = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let dumb = env::var_os("TERM").is_some_and(|value| value == "dumb");
    !none && !dumb && io::stderr().is_terminal()
}

/// Whether a stream goes to the journal: systemd says which file that is, systemd.exec(5).
fn is_journal(stream: impl AsFd) -> bool {
    let Ok(journal) = env::var("JOURNAL_STREAM") else { return false };
    rustix::fs::fstat(stream).is_ok_and(|stat| names(&journal, stat.st_dev, stat.st_ino))
}

fn names(journal: &str, device: u64, inode: u64) -> bool {
    let parsed = journal.split_once(':').map(|(device, inode)| (device.parse(), inode.parse()));
    parsed == Some((Ok(device), Ok(inode)))
}

/// The text with the level before each line, sd-daemon(3).
fn with_level(level: Level, text: &str) -> String {
    text.lines().fold(String::new(), |mut all, line| {
        // Writing to a string does not fail.
        let _ = writeln!(all, "<{}>{line}", level as u8);
        all
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_has_its_level() {
        assert_eq!(
            with_level(Level::Error, "error: x\n |\n = help: y\n"),
            "<3>error: x\n<3> |\n<3> = help: y\n"
        );
        assert_eq!(with_level(Level::Notice, "a"), "<5>a\n");
    }

    #[test]
    fn the_journal_is_told_by_its_file() {
        assert!(names("8:1234", 8, 1234));
        for other in ["", ":", "8:1235", "9:1234", "8", "8:1234:1", "x:y"] {
            assert!(!names(other, 8, 1234), "{other}");
        }
    }
}

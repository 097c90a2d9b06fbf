//! Descriptors that a service manager has passed on, with names: systemd's sockets, sd_listen_fds(3).

use std::env;

/// The number of the first descriptor that is passed on.
const FIRST: i32 = 3;

/// Descriptors with names, in the order of their numbers.
#[derive(Clone, Debug, Default)]
pub struct Passed {
    names: Vec<(String, i32)>,
}

impl Passed {
    /// What the environment says. Nothing, if it speaks to another process.
    pub fn from_environment() -> Self {
        let variable = |name| env::var(name).unwrap_or_default();
        let for_us = variable("LISTEN_PID").parse() == Ok(std::process::id());
        if for_us {
            Passed::read(&variable("LISTEN_FDS"), &variable("LISTEN_FDNAMES"))
        } else {
            Passed::default()
        }
    }

    /// From the number of descriptors, and their names with colons in between.
    pub fn read(count: &str, names: &str) -> Self {
        let count = count.parse::<usize>().unwrap_or(0);
        let named = names.split(':').take(count).zip(FIRST..).filter(|(name, _)| !name.is_empty());
        Passed { names: named.map(|(name, number)| (name.to_owned(), number)).collect() }
    }

    /// The numbers that have this name.
    pub fn numbers(&self, name: &str) -> Vec<i32> {
        self.names.iter().filter(|(known, _)| known == name).map(|(_, number)| *number).collect()
    }

    /// All names, each once.
    pub fn names(&self) -> Vec<&str> {
        let mut all: Vec<&str> = self.names.iter().map(|(name, _)| name.as_str()).collect();
        all.sort_unstable();
        all.dedup();
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_count_from_three() {
        let passed = Passed::read("4", "http:https::http:more");
        assert_eq!(passed.numbers("http"), [3, 6]);
        assert_eq!(passed.numbers("https"), [4]);
        assert!(passed.numbers("more").is_empty() && passed.numbers("").is_empty());
        assert_eq!(passed.names(), ["http", "https"]);
        for (count, names) in [("", "a"), ("x", "a"), ("0", "a"), ("2", ""), ("-1", "a")] {
            assert!(Passed::read(count, names).names().is_empty(), "{count} {names}");
        }
    }
}

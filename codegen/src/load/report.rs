//! Collects what is wrong, and knows what the phases need to say it well.

use std::cell::{Cell, RefCell};
use std::collections::HashSet;

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::source::Span;

/// Where every phase puts its errors.
#[derive(Debug, Default)]
pub struct Report {
    list: RefCell<Vec<Diagnostic>>,
    incomplete: Cell<bool>,
    lost: Cell<usize>,
    damaged: RefCell<HashSet<Span>>,
}

/// What one thread's [`Report`] holds, to hand to another thread.
#[derive(Debug)]
pub struct Findings {
    list: Vec<Diagnostic>,
    incomplete: bool,
    damaged: HashSet<Span>,
}

impl Report {
    /// Adds an error.
    pub fn add(&self, diagnostic: Diagnostic) {
        self.list.borrow_mut().push(diagnostic);
    }

    /// Notes that a part of the definition could not be read, so that a name that is missing may be there.
    pub fn names_are_incomplete(&self) {
        self.incomplete.set(true);
    }

    /// Adds an error that says that something is missing, unless it may stand in a part that could not be read.
    pub fn missing(&self, diagnostic: Diagnostic) {
        if !self.incomplete.get() {
            self.add(diagnostic);
        }
    }

    /// Notes that something was reported behind which there may be names that are not read now.
    pub fn lose(&self) {
        self.lost.set(self.lost.get() + 1);
    }

    /// Goes through the definition of the type or call that is named here. If names may be lost in it, it counts as damaged
    /// from then on, and nothing is lost outside.
    pub fn within(&self, name: Span, go: impl FnOnce()) {
        let before = self.lost.get();
        go();
        if self.lost.replace(before) > before {
            self.damaged.borrow_mut().insert(name);
        }
    }

    /// Whether names may be lost that are in no type and no call.
    pub fn has_lost(&self) -> bool {
        self.lost.get() > 0
    }

    /// Whether the type or call that is named here may have more in it than was read.
    pub fn is_damaged(&self, name: Span) -> bool {
        self.damaged.borrow().contains(&name)
    }

    /// What was reported, to be added to another thread's report.
    pub fn into_findings(self) -> Findings {
        Findings {
            list: self.list.into_inner(),
            incomplete: self.incomplete.get(),
            damaged: self.damaged.into_inner(),
        }
    }

    /// Adds what another report holds.
    pub fn add_all(&self, findings: Findings) {
        self.list.borrow_mut().extend(findings.list);
        self.damaged.borrow_mut().extend(findings.damaged);
        if findings.incomplete {
            self.names_are_incomplete();
        }
    }

    /// All errors, if there are any.
    pub fn finish(self) -> Result<(), Diagnostics> {
        let list = self.list.into_inner();
        if list.is_empty() { Ok(()) } else { Err(Diagnostics::new(list)) }
    }
}

/// "did you mean …?" for a name that is unknown: the nearest of these, if one is near enough.
pub fn did_you_mean<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    nearest(name, known).map(|known| format!("did you mean `{known}`?"))
}

/// The nearest of these names, if one is near enough. A name as C has it, `EINVAL` or `RIGHT_FD_READ`, is near to what
/// it stands for.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // A third of the characters may differ, but in short names at least one.
    let length = name.chars().count();
    let allowed = (length / 3).max(1).min(length.saturating_sub(1));
    let is_upper = name.bytes().any(|byte| byte.is_ascii_uppercase());
    let lower = if is_upper { name.to_ascii_lowercase() } else { String::new() };
    let distance_to = |known: &str| {
        if is_upper && is_c_name_of(&lower, known) {
            // The longest of several such names is the best.
            return Some((0, usize::MAX - known.len()));
        }
        if known.len().abs_diff(name.len()) > allowed {
            return None;
        }
        let found = distance(if is_upper { &lower } else { name }, known);
        (found <= allowed).then_some((found, usize::MAX))
    };
    known.into_iter().filter_map(|known| Some((distance_to(known)?, known))).min().map(|(_, known)| known)
}

/// Whether a name is another one behind a prefix: `e` alone, or one that ends in `_`.
fn is_c_name_of(lower: &str, known: &str) -> bool {
    lower.strip_suffix(known).is_some_and(|prefix| matches!(prefix, "" | "e") || prefix.ends_with('_'))
}

/// How many characters to insert, remove, replace or swap with their neighbour to get from one to the other.
fn distance(from: &str, to: &str) -> usize {
    let (from, to): (Vec<char>, Vec<char>) = (from.chars().collect(), to.chars().collect());
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, b) in to.iter().enumerate() {
            let mut cost = (last[j] + usize::from(a != b)).min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *a == to[j - 1] && from[i - 1] == *b {
                cost = cost.min(before_last[j - 1] + 1);
            }
            row.push(cost);
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suggestions_are_near() {
        let known = ["fd_read", "fd_write", "size"];
        assert_eq!(did_you_mean("fd_raed", known).as_deref(), Some("did you mean `fd_read`?"));
        assert_eq!(did_you_mean("siz", known).as_deref(), Some("did you mean `size`?"));
        assert_eq!(did_you_mean("x", ["y"]), None);
        assert_eq!(nearest("FD_READ", known), Some("fd_read"));
        assert_eq!(nearest("CLOUDABI_RIGHT_FD_WRITE", known), Some("fd_write"));
        assert_eq!(nearest("EINVAL", ["inval", "val"]), Some("inval"));
        assert_eq!(nearest("OVERFLW", ["overflow"]), Some("overflow"));
        assert_eq!(nearest("einval", ["inval"]), Some("inval"));
        assert_eq!(did_you_mean("thread_exit", known), None);
    }
}

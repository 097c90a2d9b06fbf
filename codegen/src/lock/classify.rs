//! Two locks → what changed, and what that means for programs.

use std::collections::BTreeSet;

use super::{Kind, Lock};

/// What a change means for programs that were built before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Class {
    /// They may stop working, or stop compiling.
    Breaking,
    /// They go on working; new ones can use something new.
    Additive,
    /// Only what people read is different.
    Textual,
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Change {
    /// What it means.
    pub class: Class,
    /// What it is about: `type`, `value`, `call`, …
    pub kind: &'static str,
    /// Which one.
    pub name: String,
    /// What it was; absent if it is new.
    pub before: Option<String>,
    /// What it is; absent if it is gone.
    pub after: Option<String>,
    /// Why it has this class.
    pub why: &'static str,
}

/// What happened between two locks, breaking changes first, then in the order of a lock file.
pub fn compare(old: &Lock, new: &Lock) -> Vec<Change> {
    let keys: BTreeSet<_> = old.facts.keys().chain(new.facts.keys()).collect();
    let mut changes = Vec::new();
    for key in keys {
        let (before, after) = (old.facts.get(key), new.facts.get(key));
        if before == after {
            continue;
        }
        let (kind, name) = key;
        let (class, why) = match (before, after) {
            (None, Some(_)) => added(*kind, name, old),
            (Some(_), None) => removed(*kind, name, new),
            (Some(before), Some(after)) => changed(*kind, before, after),
            (None, None) => continue,
        };
        changes.push(Change {
            class,
            kind: kind.word(),
            name: name.clone(),
            before: before.cloned(),
            after: after.cloned(),
            why,
        });
    }
    changes.sort_by_key(|change| change.class);
    changes
}

/// The call or type that a fact belongs to: `fd_read` of `fd_read on fd`.
fn owner(name: &str) -> &str {
    name.split(['.', ' ']).next().unwrap_or(name)
}

fn added(kind: Kind, name: &str, old: &Lock) -> (Class, &'static str) {
    let owner_is_new = |kind| old.get(kind, owner(name)).is_none();
    match kind {
        Kind::Rights if !owner_is_new(Kind::Call) => {
            (Class::Breaking, "a descriptor that was good enough for this call may no longer be")
        }
        Kind::Member if !owner_is_new(Kind::Type) => {
            (Class::Additive, "a new member; a changed size or offset is reported by itself")
        }
        Kind::Error if !owner_is_new(Kind::Call) => {
            (Class::Additive, "programs may see an error they did not know here")
        }
        Kind::Names | Kind::Text => (Class::Textual, "only text"),
        _ => (Class::Additive, "nothing that was there before depends on it"),
    }
}

fn removed(kind: Kind, name: &str, new: &Lock) -> (Class, &'static str) {
    let owner_is_gone = new.get(Kind::Call, owner(name)).is_none();
    match kind {
        Kind::Rights if owner_is_gone => (Class::Textual, "gone with its call"),
        Kind::Rights => (Class::Additive, "the call now asks for less"),
        Kind::Error => (Class::Textual, "the call no longer returns this error"),
        Kind::Names | Kind::Text => (Class::Textual, "only text"),
        Kind::Tombstone => (Class::Breaking, "what was reserved could be given away"),
        _ => (Class::Breaking, "programs that use it no longer work or compile"),
    }
}

fn changed(kind: Kind, before: &str, after: &str) -> (Class, &'static str) {
    match kind {
        Kind::Names | Kind::Text => (Class::Textual, "only text"),
        Kind::Rights if needs_less(before, after) => (Class::Additive, "the call now asks for less"),
        Kind::Rights => (Class::Breaking, "a descriptor that was good enough for this call may no longer be"),
        Kind::Descriptor if needs_less(after, before) => {
            (Class::Additive, "such descriptors can do all that they could do before")
        }
        Kind::Descriptor => (Class::Breaking, "such a descriptor may lack a right that programs rely on"),
        Kind::Tombstone => (Class::Breaking, "what was reserved could be given away"),
        Kind::Type | Kind::Member => {
            (Class::Breaking, "programs have the old layout or representation compiled in")
        }
        Kind::Value | Kind::Call => {
            (Class::Breaking, "programs have the old number or signature compiled in")
        }
        Kind::Abi | Kind::Error => (Class::Breaking, "programs rely on it"),
    }
}

/// Whether `after` has a subset of what `before` has, both plain conjunctions.
fn needs_less(before: &str, after: &str) -> bool {
    if before.contains('|') || after.contains('|') {
        return false;
    }
    let set = |text: &str| text.split(" & ").map(str::to_string).collect::<BTreeSet<_>>();
    set(after).is_subset(&set(before))
}

//! Comparing what was published with what is.

use std::path::Path;

use super::{Failure, load_definition, print_text};
use crate::lock::{Change, Class, Lock, collect, collect_text, compare};
use crate::model::Model;

/// The outcome of a comparison.
pub struct Compared {
    /// All differences, breaking ones first.
    pub changes: Vec<Change>,
}

impl Compared {
    /// Whether a program that was built before may stop working.
    pub fn is_breaking(&self) -> bool {
        self.count(Class::Breaking) > 0
    }

    /// How many differences are of this class.
    pub fn count(&self, class: Class) -> usize {
        self.changes.iter().filter(|change| change.class == class).count()
    }
}

/// All facts of a model, texts included.
pub fn lock_of(model: &Model) -> Lock {
    let mut lock = collect(model);
    lock.extend(collect_text(model));
    lock
}

/// Reads a lock file, or makes the lock of a definition if the path is a folder. The second value says
/// whether texts are known too.
pub fn load_lock(path: &Path) -> Result<(Lock, bool), Failure> {
    if path.is_dir() {
        return Ok((lock_of(&load_definition(path)?), true));
    }
    let text = std::fs::read_to_string(path).map_err(Failure::file("read", path))?;
    let lock = Lock::parse(&text)
        .map_err(|error| Failure::Message(format!("{} is not a lock file: {error}", path.display())))?;
    Ok((lock, false))
}

/// Compares two locks; texts only where both sides have them.
pub fn compare_locks((old, old_text): &(Lock, bool), (new, new_text): &(Lock, bool)) -> Compared {
    let mut changes = compare(old, new);
    if !(*old_text && *new_text) {
        changes.retain(|change| change.kind != "text");
    }
    Compared { changes }
}

/// Prints the differences for people, or as JSON.
pub fn print_changes(compared: &Compared, json: bool) -> Result<(), Failure> {
    print_text(&if json { as_json(compared)? } else { as_text(compared) })
}

fn as_json(compared: &Compared) -> Result<String, Failure> {
    let value = serde_json::json!({
        "breaking": compared.count(Class::Breaking),
        "additive": compared.count(Class::Additive),
        "textual": compared.count(Class::Textual),
        "changes": compared.changes,
    });
    let text = serde_json::to_string_pretty(&value)
        .map_err(|error| Failure::Message(format!("cannot write JSON: {error}")))?;
    Ok(text + "\n")
}

fn as_text(compared: &Compared) -> String {
    use std::fmt::Write as _;
    let mut text = String::new();
    for class in [Class::Breaking, Class::Additive, Class::Textual] {
        let changes: Vec<_> = compared.changes.iter().filter(|change| change.class == class).collect();
        let Some(_) = changes.first() else { continue };
        let _ = writeln!(text, "{}", heading(class));
        for change in changes {
            let what = match (&change.before, &change.after) {
                (None, _) => "new",
                (_, None) => "gone",
                _ => "changed",
            };
            let _ = writeln!(text, "  {} {}: {what} ({})", change.kind, change.name, change.why);
            for (sign, side) in [('-', &change.before), ('+', &change.after)] {
                if let Some(side) = side {
                    let _ = writeln!(text, "    {sign} {side}");
                }
            }
        }
        text.push('\n');
    }
    let _ = writeln!(
        text,
        "{} breaking, {} additive, {} textual",
        compared.count(Class::Breaking),
        compared.count(Class::Additive),
        compared.count(Class::Textual)
    );
    text
}

fn heading(class: Class) -> &'static str {
    match class {
        Class::Breaking => "BREAKING: programs may stop working or compiling",
        Class::Additive => "additive: programs go on working",
        Class::Textual => "textual: only what people read",
    }
}

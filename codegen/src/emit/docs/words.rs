//! Rights and conditions in words.

use super::links::Writer;
use crate::model::{Condition, Operand, Path, RightsExpression, TypeRef};

/// What a descriptor must carry: "`fd_read` and `fd_seek`".
pub fn rights(w: &Writer<'_>, needs: &RightsExpression) -> String {
    rights_nested(w, needs, false)
}

fn rights_nested(w: &Writer<'_>, needs: &RightsExpression, nested: bool) -> String {
    let (parts, word) = match needs {
        RightsExpression::Right(index) => {
            return w.shared().rights.map(|id| w.value_link(id, *index)).unwrap_or_default();
        }
        RightsExpression::All(parts) => (parts, " and "),
        RightsExpression::Any(parts) => (parts, " or "),
    };
    let words: Vec<String> = parts.iter().map(|part| rights_nested(w, part, true)).collect();
    grouped(words.join(word), nested && parts.len() > 1)
}

/// A condition: "`oflags` has `creat`".
pub fn condition(w: &Writer<'_>, condition: &Condition) -> String {
    nested_condition(w, condition, false)
}

fn nested_condition(w: &Writer<'_>, condition: &Condition, nested: bool) -> String {
    let (parts, word) = match condition {
        Condition::Has { path, flag } => return format!("`{}` has {}", path.text, value(w, path, *flag)),
        Condition::Equals { path, value: operand } => {
            return format!("`{}` is {}", path.text, equal(w, path, *operand));
        }
        Condition::Not(part) => {
            return match part.as_ref() {
                Condition::Has { path, flag } => format!("`{}` lacks {}", path.text, value(w, path, *flag)),
                Condition::Equals { path, value: operand } => {
                    format!("`{}` is not {}", path.text, equal(w, path, *operand))
                }
                other => format!("not {}", nested_condition(w, other, true)),
            };
        }
        Condition::All(parts) => (parts, " and "),
        Condition::Any(parts) => (parts, " or "),
    };
    let words: Vec<String> = parts.iter().map(|part| nested_condition(w, part, true)).collect();
    grouped(words.join(word), nested && parts.len() > 1)
}

fn equal(w: &Writer<'_>, path: &Path, operand: Operand) -> String {
    match operand {
        Operand::Value(index) => value(w, path, index),
        Operand::Number(number) => number.to_string(),
    }
}

fn value(w: &Writer<'_>, path: &Path, index: usize) -> String {
    match &path.ty {
        TypeRef::Named(id) => w.value_link(*id, index),
        _ => String::new(),
    }
}

fn grouped(text: String, parentheses: bool) -> String {
    if parentheses { format!("({text})") } else { text }
}

/// A number with its noun: "1 call", "2 calls".
pub fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

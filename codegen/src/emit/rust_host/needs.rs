//! What rules demand of a descriptor, as an expression.

use super::Context;
use super::expressions::{Start, clauses};
use crate::model::{Path, RightsRule, TypeRef};

/// The demand that rules make of a descriptor, as an expression over several lines.
pub(super) fn needed(
    context: &Context<'_>,
    rules: &[&RightsRule],
    start: &dyn Fn(&Path) -> Start,
    alternatives: usize,
) -> String {
    let Some((rights, _)) = context.rights else { return String::new() };
    let rights = context.printer.type_ref(&TypeRef::Named(rights));
    let (mut all, mut any, mut inheriting) = (Vec::new(), Vec::new(), Vec::new());
    for rule in rules {
        let condition = rule.when.as_ref().map(|condition| context.condition(condition, start));
        let under = |rights: String| match &condition {
            Some(condition) if condition.len() + rights.len() > 75 => {
                format!("when(\n    {},\n    {rights},\n)", broken(condition).replace('\n', "\n    "))
            }
            Some(condition) => format!("when({condition}, {rights})"),
            None => rights,
        };
        let (single, several): (Vec<_>, Vec<_>) =
            clauses(&rule.needs).into_iter().partition(|clause| clause.len() <= 1);
        if !single.is_empty() {
            let set = if rule.inheriting { &mut inheriting } else { &mut all };
            set.push(under(context.rights_set(&single.into_iter().flatten().collect())));
        }
        any.extend(several.iter().map(|clause| under(context.rights_set(clause))));
    }
    let mut members = Vec::new();
    let joined = |terms: &[String]| {
        let terms: Vec<String> = terms.iter().map(|term| term.replace('\n', "\n    ")).collect();
        terms.join("\n    | ")
    };
    if !all.is_empty() {
        members.push(format!("all: {}", joined(&all)));
    }
    if !any.is_empty() {
        any.resize(alternatives, format!("{rights}::empty()"));
        members.push(match any.iter().map(|term| term.len() + 2).sum::<usize>() {
            short if short <= 80 => format!("any: [{}]", any.join(", ")),
            _ => format!("any: [\n    {},\n]", any.join(",\n").replace('\n', "\n    ")),
        });
    }
    if !inheriting.is_empty() {
        members.push(format!("inheriting: {}", joined(&inheriting)));
    }
    match members.len() {
        0 => return "NeededRights::NONE".to_string(),
        3 => {}
        _ => members.push("..NeededRights::NONE".to_string()),
    }
    let line = format!("NeededRights {{ {} }}", members.join(", "));
    if line.len() <= 80 && !line.contains('\n') {
        return line;
    }
    let mut text = "NeededRights {".to_string();
    for member in members {
        let comma = if member.starts_with("..") { "" } else { "," };
        text.push_str(&format!("\n    {}{comma}", member.replace('\n', "\n    ")));
    }
    text + "\n}"
}

/// A long condition, with its outermost parts on lines of their own.
fn broken(condition: &str) -> String {
    if condition.len() <= 75 {
        return condition.to_string();
    }
    for sign in [" || ", " && "] {
        let mut depth = 0;
        let mut parts = Vec::new();
        let mut start = 0;
        for (position, byte) in condition.bytes().enumerate() {
            match byte {
                b'(' => depth += 1,
                b')' => depth -= 1,
                _ if depth == 0 && condition[position..].starts_with(sign) => {
                    parts.push(&condition[start..position]);
                    start = position + sign.len();
                }
                _ => {}
            }
        }
        if !parts.is_empty() {
            parts.push(&condition[start..]);
            let parts: Vec<String> = parts
                .into_iter()
                .map(|part| match part.strip_prefix('(').and_then(|part| part.strip_suffix(')')) {
                    Some(inner) => format!("({})", broken(inner).replace('\n', "\n    ")),
                    None => part.to_string(),
                })
                .collect();
            return parts.join(&format!("\n    {}", sign.trim_start()));
        }
    }
    condition.to_string()
}

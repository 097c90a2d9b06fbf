//! Lines that are missing or indented too far, told from what they leave behind: one message for all that follows from
//! them.

use super::format::{Object, SUBSYSTEM_FILE, Shape};
use super::yaml::{Content, Node, Style};
use crate::diagnostic::Diagnostic;

/// If none of a map's keys belongs to `object`, but all of them belong to another one: the line above them is missing
/// that says so.
pub fn without_heading(entries: &[(Node, Node)], object: &Object) -> Option<Diagnostic> {
    let names: Vec<&str> = entries.iter().map(|(name, _)| name.text()).collect::<Option<_>>()?;
    if names.iter().any(|name| object.has(name)) {
        return None;
    }
    let (heading, other) = heading_of(&names, &SUBSYSTEM_FILE)?;
    let (first, _) = entries.first()?;
    let message = format!("these are the keys of {}, not of {}", other.what, object.what);
    Some(Diagnostic::at(first.span, message).help(format!("is the line `{heading}:` missing above?")))
}

/// The key within an object, however deep, behind which objects with all of these keys stand.
fn heading_of(names: &[&str], within: &'static Object) -> Option<(&'static str, &'static Object)> {
    within.keys.iter().find_map(|key| {
        let mut inside = Vec::new();
        collect_objects(&key.shape, &mut inside);
        let direct = inside.iter().find(|object| names.iter().all(|name| object.has(name)));
        direct
            .map(|object| (key.name, *object))
            .or_else(|| inside.iter().find_map(|object| heading_of(names, object)))
    })
}

fn collect_objects(shape: &Shape, objects: &mut Vec<&'static Object>) {
    match shape {
        Shape::Object(object) => objects.push(object),
        Shape::Cases(cases) => objects.extend(cases.cases),
        Shape::Map(map) => collect_objects(&map.entry, objects),
        Shape::List(item) | Shape::ListOrEmpty(item) => collect_objects(item, objects),
        Shape::Either(shapes) => shapes.iter().for_each(|shape| collect_objects(shape, objects)),
        _ => {}
    }
}

/// The first line of a text block that is a key of `object` with something below it. `missing` says of which keys that is
/// to be thought at all.
pub fn swallowed_key(text: &Node, object: &Object, missing: impl Fn(usize) -> bool) -> Option<usize> {
    let Content::Scalar(text, Style::Block) = &text.content else { return None };
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let Some(name) = line.strip_suffix(':') else { continue };
        let (name, indent) = (name.trim_start(), indentation(line));
        let goes_on = lines.peek().is_some_and(|next| indentation(next) > indent);
        let index = object.keys.iter().position(|key| key.name == name);
        if let Some(index) = index.filter(|index| goes_on && missing(*index)) {
            return Some(index);
        }
    }
    None
}

fn indentation(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

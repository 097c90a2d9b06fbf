//! Phase 2: holds a file's tree against the format: unknown, missing and doubled keys, wrong kinds of values, names
//! that look wrong, missing documentation.
//!
//! What is wrong in this way is reported here and nowhere else: later phases take what is right and pass over the rest.

use super::format::{Cases, Key, Map, Names, Object, Selector, Shape};
use super::report::{Report, did_you_mean, nearest};
use super::strays;
use super::yaml::{Content, Node, Style, doubled};
use crate::diagnostic::Diagnostic;
use crate::source::Span;

/// Holds a tree against what should stand there. `owner` is the place to show for what is missing: the key or the
/// first line of the thing.
pub fn check(node: &Node, shape: &Shape, owner: Span, report: &Report) {
    if matches!(node.content, Content::Refused) || node.merges() {
        return;
    }
    match shape {
        Shape::Object(object) => check_object(node, object, owner, report),
        Shape::Cases(cases) => check_cases(node, cases, owner, report),
        Shape::Map(map) => check_map(node, map, owner, report),
        Shape::List(item) | Shape::ListOrEmpty(item) => {
            let Content::List(items) = &node.content else {
                report.lose();
                return wrong_kind(node, shape, owner, report);
            };
            if items.is_empty() && matches!(shape, Shape::List(_)) {
                report.add(
                    Diagnostic::at(node.span, "this list is empty")
                        .help("leave the key out if nothing is meant"),
                );
            }
            for item_node in items {
                check(item_node, item, first_line(item_node), report);
            }
        }
        Shape::Either(shapes) => match shapes.iter().find(|shape| fits_kind(node, shape)) {
            Some(shape) => check(node, shape, owner, report),
            None => wrong_kind(node, shape, owner, report),
        },
        Shape::Doc | Shape::Text | Shape::Expression(_) => match &node.content {
            Content::Scalar(text, _) if text.trim().is_empty() || node.is_nothing() => {
                let what =
                    if matches!(shape, Shape::Doc) { "documentation is missing" } else { "text is missing" };
                report.add(Diagnostic::at(visible(node.span, owner), what));
            }
            // An expression like `fd` or `0` is text whatever YAML takes it for. Prose that is a number is a mistake.
            Content::Scalar(..) if matches!(shape, Shape::Expression(_)) => {}
            Content::Scalar(..) if is_text(node) => {}
            _ => wrong_kind(node, shape, owner, report),
        },
        Shape::Name(names) => check_name(node, *names, owner, report),
        Shape::Integer(least, most) => match node.integer() {
            Some(value) if value < *least || value > *most => report.add(Diagnostic::at(
                node.span,
                format!("{} is not between {least} and {most}", node.text().unwrap_or_default()),
            )),
            Some(_) => {}
            None => wrong_kind(node, shape, owner, report),
        },
        Shape::Boolean => {
            if node.boolean().is_none() {
                wrong_kind(node, shape, owner, report);
            }
        }
        Shape::Word(words) => match node.text() {
            Some(text) if words.iter().any(|(word, _)| *word == text) => {}
            Some(text) => {
                let all: Vec<_> = words.iter().map(|(word, _)| format!("`{word}`")).collect();
                let mut error = Diagnostic::at(node.span, format!("`{text}` is none of {}", all.join(", ")));
                error.help = did_you_mean(text, words.iter().map(|(word, _)| *word));
                report.add(error);
            }
            None => wrong_kind(node, shape, owner, report),
        },
    }
}

/// No object of the format has more keys.
const MOST_KEYS: usize = 16;

fn check_object(node: &Node, object: &Object, owner: Span, report: &Report) {
    let Content::Map(entries) = &node.content else {
        report.lose();
        return wrong_kind_of(node, &format!("the keys of {}", object.what), owner, report);
    };
    let mut doubled = 0;
    let mut seen: [Option<Span>; MOST_KEYS] = [None; MOST_KEYS];
    let mut misspelt = [false; MOST_KEYS];
    for (name_node, value) in entries {
        let Content::Scalar(name, _) = &name_node.content else {
            report.add(Diagnostic::at(name_node.span, "a key must be a word"));
            continue;
        };
        let Some(index) = object.keys.iter().position(|key| key.name == name) else {
            if let Some(error) = strays::without_heading(entries, object) {
                report.add(error);
                report.lose();
                return;
            }
            let mut error =
                Diagnostic::at(name_node.span, format!("unknown key `{name}` in {}", object.what));
            let meant = nearest(name, object.keys.iter().map(|key| key.name));
            let is_prose = value.is_nothing() && name.contains(' ');
            error.help = Some(match meant {
                Some(meant) => format!("did you mean `{meant}`?"),
                None if is_prose => "inside `{…}`, text with a comma needs quotes".to_string(),
                None => format!("the keys of {} are {}", object.what, list_keys(object.keys)),
            });
            report.add(error);
            // A misspelt key is the missing one, as a rule.
            if let Some(index) = object.keys.iter().position(|key| Some(key.name) == meant) {
                misspelt[index] = true;
            }
            if !matches!(value.content, Content::Scalar(..)) || value.is_nothing() {
                report.lose();
            }
            continue;
        };
        if let Some(first) = seen[index] {
            report.add(twice(name_node.span, &format!("the key `{name}`"), first));
            report.lose();
            doubled += 1;
            continue;
        }
        seen[index] = Some(name_node.span);
        check(value, &object.keys[index].shape, name_node.span, report);
    }
    for (name_node, value) in entries {
        if let Some(index) = strays::swallowed_key(value, object, |index| seen[index].is_none()) {
            let name = object.keys[index].name;
            let message = format!("the line `{name}:` stands within this text");
            let help = format!("`{name}` is a key of {}: it begins where the other keys begin", object.what);
            report.add(Diagnostic::at(name_node.span, message).help(help));
            report.names_are_incomplete();
            misspelt[index] = true;
        }
    }
    for (index, key) in object.keys.iter().enumerate() {
        if !key.required || seen[index].is_some() || misspelt[index] {
            continue;
        }
        let message = match key.shape {
            Shape::Doc => format!("{} needs documentation: the key `doc`", object.what),
            _ => format!("{} needs the key `{}`", object.what, key.name),
        };
        if key.name == "name" {
            report.lose();
        }
        let error = Diagnostic::at(owner, message);
        report.add(if matches!(key.shape, Shape::Doc) { error } else { error.help(key.doc) });
    }
    if doubled > 1 {
        // These seem to be two things, and the name of the second is not there.
        report.names_are_incomplete();
    }
}

fn check_cases(node: &Node, cases: &Cases, owner: Span, report: &Report) {
    if !matches!(node.content, Content::Map(_)) {
        report.lose();
        return wrong_kind_of(node, &format!("the keys of {}", cases.what), owner, report);
    }
    match select(node, cases) {
        Some(object) => check_object(node, object, owner, report),
        None => match &cases.by {
            Selector::Word(name, _) => match node.entry(name) {
                None => {
                    report.add(Diagnostic::at(owner, format!("{} needs the key `{name}`", cases.what)));
                }
                Some((key, value)) => {
                    let shape =
                        cases.cases[0].keys.iter().find(|key| key.name == *name).map(|key| &key.shape);
                    check(value, shape.unwrap_or(&Shape::Text), key.span, report);
                }
            },
            Selector::FirstKey => {
                let keys: Vec<_> =
                    cases.cases.iter().map(|case| format!("`{}`", case.keys[0].name)).collect();
                let mut error =
                    Diagnostic::at(owner, format!("{} needs the key {}", cases.what, keys.join(" or ")));
                let present = node.entries().iter().filter_map(|(key, _)| key.text());
                error.help = present
                    .filter_map(|key| did_you_mean(key, cases.cases.iter().map(|case| case.keys[0].name)))
                    .next();
                report.add(error);
            }
        },
    }
}

/// Which of the cases a map is.
pub fn select<'c>(node: &Node, cases: &'c Cases) -> Option<&'c Object> {
    match &cases.by {
        Selector::Word(key, words) => {
            let word = node.get(key)?.text()?;
            cases.cases.get(words.iter().position(|known| *known == word)?)
        }
        Selector::FirstKey => cases.cases.iter().find(|case| node.get(case.keys[0].name).is_some()),
    }
}

fn check_map(node: &Node, map: &Map, owner: Span, report: &Report) {
    let Content::Map(entries) = &node.content else {
        report.lose();
        return wrong_kind_of(node, &format!("a map from names to {}s", map.what), owner, report);
    };
    for (index, first) in doubled(entries) {
        let name = &entries[index].0;
        let what = format!("the {} `{}`", map.what, name.text().unwrap_or_default());
        report.add(twice(name.span, &what, entries[first].0.span));
    }
    for (name_node, value) in entries {
        if map.defines || !matches!(name_node.content, Content::Scalar(..)) || !is_text(name_node) {
            check_name(name_node, map.names, name_node.span, report);
        }
        let check = || check(value, &map.entry, name_node.span, report);
        if map.defines && matches!(map.what, "type" | "call" | "kind of descriptor") {
            report.within(name_node.span, check);
        } else {
            check();
        }
    }
}

fn check_name(node: &Node, names: Names, owner: Span, report: &Report) {
    match &node.content {
        Content::Scalar(text, Style::Plain) if !is_text(node) && !text.is_empty() => {
            report.add(
                Diagnostic::at(node.span, format!("YAML does not take `{text}` for text"))
                    .help(format!("put it in quotes: \"{text}\"")),
            );
        }
        Content::Scalar(text, _) if names.matches(text) => {}
        Content::Scalar(text, _) if !text.is_empty() => report.add(
            Diagnostic::at(node.span, format!("`{text}` is not a name of this kind"))
                .help(format!("such names are {}", names.describe())),
        ),
        Content::Scalar(..) => {
            report.add(Diagnostic::at(visible(node.span, owner), "a name is missing"));
        }
        _ => wrong_kind_of(node, "a name", owner, report),
    }
}

const WHOLE_NUMBER: &str = "a whole number";
const TRUE_OR_FALSE: &str = "`true` or `false`";

/// Whether YAML takes a scalar for text and not for a number, a boolean or nothing.
pub fn is_text(node: &Node) -> bool {
    let Content::Scalar(text, style) = &node.content else { return false };
    *style != Style::Plain
        || !(node.is_nothing()
            || node.integer().is_some()
            || matches!(&**text, "true" | "True" | "TRUE" | "false" | "False" | "FALSE")
            || (text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '.' | '-' | '+'))
                && text.parse::<f64>().is_ok()))
}

/// Whether a node is the kind of YAML that a shape wants.
fn fits_kind(node: &Node, shape: &Shape) -> bool {
    match shape {
        Shape::Object(_) | Shape::Cases(_) | Shape::Map(_) => matches!(node.content, Content::Map(_)),
        Shape::List(_) | Shape::ListOrEmpty(_) => matches!(node.content, Content::List(_)),
        Shape::Either(shapes) => shapes.iter().any(|shape| fits_kind(node, shape)),
        _ => matches!(node.content, Content::Scalar(..)),
    }
}

fn wrong_kind(node: &Node, shape: &Shape, owner: Span, report: &Report) {
    wrong_kind_of(node, &describe(shape), owner, report);
}

fn wrong_kind_of(node: &Node, wanted: &str, owner: Span, report: &Report) {
    let found = match &node.content {
        Content::Scalar(..) if node.is_nothing() => "nothing",
        Content::Scalar(..) if node.integer().is_some() => "a number",
        Content::Scalar(..) if node.boolean().is_some() => "a boolean",
        Content::Scalar(..) if !is_text(node) => "a fraction",
        Content::Scalar(..) => "text",
        Content::List(_) => "a list",
        Content::Map(_) => "a map",
        Content::Refused => return,
    };
    // A list or map is shown by its first line only.
    let span = match node.content {
        Content::Scalar(..) => node.span,
        _ => first_line(node),
    };
    let mut error =
        Diagnostic::at(visible(span, owner), format!("{wanted} should stand here, but this is {found}"));
    if matches!(found, "a number" | "a boolean" | "a fraction") && wanted == "text" {
        error = error.help(format!("put it in quotes: \"{}\"", node.text().unwrap_or_default()));
    } else if matches!(found, "a list" | "a map") && matches!(wanted, "text" | "documentation") {
        error = error.help("text that begins with `[` or `{` needs quotes");
    } else if let Content::Scalar(text, Style::Quoted) = &node.content
        && matches!(wanted, WHOLE_NUMBER | TRUE_OR_FALSE)
    {
        error = error.help(format!("without quotes: {text}"));
    }
    report.add(error);
}

/// What a shape is, in words.
fn describe(shape: &Shape) -> String {
    match shape {
        Shape::Doc => "documentation".into(),
        Shape::Text => "text".into(),
        Shape::Expression(_) => "text".into(),
        Shape::Name(_) => "a name".into(),
        Shape::Integer(..) => WHOLE_NUMBER.into(),
        Shape::Boolean => TRUE_OR_FALSE.into(),
        Shape::Word(words) => {
            let words: Vec<_> = words.iter().map(|(word, _)| format!("`{word}`")).collect();
            format!("one of {}", words.join(", "))
        }
        Shape::Object(object) => format!("the keys of {}", object.what),
        Shape::Cases(cases) => format!("the keys of {}", cases.what),
        Shape::Map(map) => format!("a map from names to {}s", map.what),
        Shape::List(_) | Shape::ListOrEmpty(_) => "a list".into(),
        Shape::Either(shapes) => shapes.iter().map(describe).collect::<Vec<_>>().join(" or "),
    }
}

fn list_keys(keys: &[Key]) -> String {
    keys.iter().map(|key| format!("`{}`", key.name)).collect::<Vec<_>>().join(", ")
}

/// The error for something that is there a second time.
pub fn twice(span: Span, what: &str, first: Span) -> Diagnostic {
    Diagnostic::at(span, format!("{what} stands here a second time")).related(first, "first defined here")
}

/// A span to show: the owner's if there is nothing to see.
fn visible(span: Span, owner: Span) -> Span {
    if span.start == span.end { owner } else { span }
}

/// The place to show for a list's item or another thing without a key: its first scalar.
pub fn first_line(node: &Node) -> Span {
    match &node.content {
        Content::Map(entries) => entries.first().map_or(node.span, |(key, _)| first_line(key)),
        // The bracket or dash.
        Content::List(_) => Span { end: node.span.end.min(node.span.start + 1), ..node.span },
        _ => node.span,
    }
}

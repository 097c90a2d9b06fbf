//! Options that add to a configuration, such as `--dir pages=/var/www:ro`.

mod options;
mod read;

use std::collections::HashMap;

use cloudabi_argdata::Value;

pub use options::{Kind, Shortcut, Shortcuts};
use read::{Entry, Meaning};

use crate::diagnostic::{Diagnostic, quoted};
use crate::grants::{Configuration, Request, Resource};
use crate::passed::Passed;
use crate::source::{Source, Span};
use crate::yaml::{Content, Document};

impl Shortcuts {
    /// The options as text, one on each line.
    pub fn text(&self) -> String {
        let lines = self.0.iter().map(|shortcut| format!("--{} {}", shortcut.kind.name(), shortcut.text));
        lines.collect::<Vec<_>>().join("\n")
    }

    /// What they add. All that is wrong with them is reported.
    fn entries(&self, passed: &Passed) -> Result<Vec<Entry>, Vec<Diagnostic>> {
        let mut entries = Vec::with_capacity(self.0.len());
        let mut errors = Vec::new();
        let mut line = 0;
        for shortcut in &self.0 {
            let start = line + "--".len() + shortcut.kind.name().len() + " ".len();
            match read::read(shortcut, start, passed) {
                Ok(entry) => entries.push(entry),
                Err(error) => errors.push(error),
            }
            line = start + shortcut.text.len() + "\n".len();
        }
        if errors.is_empty() { Ok(entries) } else { Err(errors) }
    }
}

/// Adds what these options grant to what a configuration asks for, which is a map or nothing.
///
/// # Errors
/// All that is wrong with the options. A name that is in the map already is an error, wherever it comes from.
pub fn add(
    shortcuts: &Shortcuts,
    passed: &Passed,
    document: &Document,
    source: &Source,
    configuration: &mut Configuration,
) -> Result<(), Vec<Diagnostic>> {
    if shortcuts.0.is_empty() {
        return Ok(());
    }
    let entries = shortcuts.entries(passed)?;
    if configuration.value == Value::Null {
        configuration.value = Value::Map(Vec::new());
    }
    let Value::Map(map) = &mut configuration.value else {
        let root = document.root().map(|root| document.node(root));
        let span = root.map(|root| root.span.first_line(&source.text)).unwrap_or(Span::new(0, 0));
        let what = root.map_or("something else", |root| root.content.what());
        let option = shortcuts.0.first().map_or("", |shortcut| shortcut.kind.name());
        let message = format!("options such as `--{option}` add to a map, and the configuration is {what}");
        return Err(vec![Diagnostic::at(span, message).help("leave the options out, or make it a map")]);
    };
    let mut seen = places(document, source, map);
    let mut errors = Vec::new();
    for Entry { name, name_span, value_span, meaning } in entries {
        if let Some(&first) = seen.get(&name) {
            let message = format!("the program would find two things under the name {}", quoted(&name));
            errors.push(Diagnostic::at(name_span, message).related(first, "this is the first one"));
            continue;
        }
        seen.insert(name.clone(), name_span);
        let value = match meaning {
            Meaning::Value(value) => value,
            Meaning::Resource(resource) => {
                let request = Request { span: value_span, resource, foreign_directories: false };
                Value::Fd(index(&mut configuration.requests, request))
            }
        };
        map.push((Value::Str(name), value));
    }
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}

/// Where the keys of the configuration stand that are text.
fn places(document: &Document, source: &Source, map: &[(Value, Value)]) -> HashMap<String, Span> {
    let root = document.root().map(|root| &document.node(root).content);
    let Some(Content::Map(entries)) = root else { return HashMap::new() };
    let spans = entries.iter().map(|(key, _)| document.node(*key).span.first_line(&source.text));
    let keys = map.iter().map(|(key, _)| match key {
        Value::Str(name) => Some(name.clone()),
        _ => None,
    });
    keys.zip(spans).filter_map(|(name, span)| Some((name?, span))).collect()
}

/// The index of a descriptor: a new one, unless it is open already and asked for by its number.
fn index(requests: &mut Vec<Request>, request: Request) -> u32 {
    let same = |known: &Request| match (&known.resource, &request.resource) {
        (Resource::Inherited(known), Resource::Inherited(number)) => known == number,
        _ => false,
    };
    let known = requests.iter().position(same);
    let index = known.unwrap_or_else(|| {
        requests.push(request);
        requests.len() - 1
    });
    u32::try_from(index).unwrap_or(u32::MAX)
}

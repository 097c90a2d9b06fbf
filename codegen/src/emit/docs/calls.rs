//! Calls.

use super::links::{Page, Writer, call_anchor};
use super::{types, words};
use crate::emit::c::spelling::{Spelling, View};
use crate::emit::c::{Entry, prototype};
use crate::model::{Access, Call, CallId, Length, Parameter, Path, Primitive, TypeRef};

/// Prints a call.
pub fn print(w: &mut Writer<'_>, id: CallId) {
    let model = w.model();
    let call = model.call(id);
    w.anchor(&call_anchor(&call.name));
    w.heading(3, &format!("`{}`", call.name));
    let blocks = if call.blocks { "May wait for others" } else { "Waits for nobody" };
    let end = if call.noreturn { "never returns" } else { "returns" };
    w.paragraph(&format!("Number {}. {blocks}; {end}.", call.number));
    w.doc(&call.doc);
    types::history(w, call.since.as_deref(), call.deprecated.as_deref());
    let spelling = Spelling::new(model, View::Program);
    w.code("c", &prototype(call, spelling, &Entry::of_program(model, call)));
    w.code("rust", w.shared().rust_calls.get(id.0).map_or("", String::as_str));
    parameters(w, call);
    rights(w, call);
    descriptors(w, call);
    errors(w, call);
    hosts(w, id);
}

/// A table of inputs and outputs.
fn parameters(w: &mut Writer<'_>, call: &Call) {
    for (title, parameters) in [("Input", &call.inputs), ("Output", &call.outputs)] {
        if parameters.is_empty() {
            continue;
        }
        w.table(&[title, "Type", "Meaning"]);
        for parameter in parameters {
            let mut meaning = w.markdown(&parameter.doc);
            if let Some(usage) = usage(call, parameter) {
                meaning.push_str(&format!("\n\n{usage}"));
            }
            if let Some(when) = &parameter.only_when {
                meaning.push_str(&format!("\n\nOnly looked at when {}", words::condition(w, when)));
                match (parameter.otherwise, w.shared().model.descriptor()) {
                    (Some(value), Some(descriptor)) => {
                        meaning.push_str(&format!(
                            "; otherwise it must be {}.",
                            w.value_link(descriptor, value)
                        ));
                    }
                    _ => meaning.push('.'),
                }
            }
            if let (Some(error), Some(errno)) = (parameter.undefined, w.shared().errno) {
                meaning.push_str(&format!("\n\nWhat is not defined gives {}.", w.value_link(errno, error)));
            }
            let anchor = format!("{}-{}", call_anchor(&call.name), parameter.name);
            let name = format!("<a id=\"{anchor}\"></a>`{}`", parameter.name);
            w.row(&[name, w.ty(&parameter.ty), meaning]);
        }
    }
}

/// What the call does with the memory that a parameter points to.
fn usage(call: &Call, parameter: &Parameter) -> Option<String> {
    let buffer = parameter.buffer.as_ref()?;
    let verb = match buffer.access {
        Access::Read => "Read",
        Access::Write => "Written",
        Access::ReadWrite => "Read and written",
        Access::Address => "Only the address is used",
    };
    let is_bytes = match &parameter.ty {
        TypeRef::Pointer { to, .. } => {
            matches!(to.as_ref(), TypeRef::Primitive(Primitive::Void | Primitive::Char))
        }
        _ => false,
    };
    let noun = if is_bytes { "bytes" } else { "elements" };
    let mut usage = match buffer.length {
        Length::One => format!("{verb}: exactly one."),
        Length::Input(index) => {
            let length = call.inputs.get(index).map(|input| input.name.as_str()).unwrap_or_default();
            format!("{verb}: `{length}` {noun}.")
        }
    };
    if let Some(output) = buffer.filled.and_then(|index| call.outputs.get(index)) {
        usage.push_str(&format!(" `{}` says how many of them hold something on success.", output.name));
    }
    Some(usage)
}

/// The rights that descriptors must carry.
fn rights(w: &mut Writer<'_>, call: &Call) {
    if call.rights.is_empty() {
        return;
    }
    w.heading(4, "Rights");
    w.list();
    for rule in &call.rights {
        let verb = if rule.inheriting { "must let descriptors inherit" } else { "needs" };
        let mut text = format!("`{}` {verb} {}", rule.descriptor.text, words::rights(w, &rule.needs));
        if let Some(when) = &rule.when {
            text.push_str(&format!(", when {}", words::condition(w, when)));
        }
        text.push('.');
        if let Some(doc) = &rule.doc {
            text.push_str(&format!(" {}", w.markdown(doc).trim_end().replace('\n', " ")));
        }
        w.item(&text);
    }
}

/// What happens to descriptors.
fn descriptors(w: &mut Writer<'_>, call: &Call) {
    let descriptors = &call.descriptors;
    let mut items = Vec::new();
    let mut add = |paths: &[Path], what: &str| {
        items.extend(paths.iter().map(|path| format!("`{}` {what}", path.text)));
    };
    add(&descriptors.creates, "is a new descriptor.");
    add(&descriptors.consumes, "is closed when the call succeeds.");
    add(&descriptors.replaces, "is made to refer to something else.");
    if descriptors.consumes_all_others {
        items.push("All descriptors that no parameter names are closed.".to_string());
    }
    if items.is_empty() {
        return;
    }
    w.heading(4, "Descriptors");
    w.list();
    items.iter().for_each(|item| w.item(item));
}

/// The errors that the call may return.
fn errors(w: &mut Writer<'_>, call: &Call) {
    let Some(errno) = w.shared().errno else { return };
    if call.errors.is_empty() {
        return;
    }
    w.heading(4, "Errors");
    w.table(&["Error", "When"]);
    for error in &call.errors {
        let mut when = w.markdown(&error.doc);
        if let Some(reason) = &error.unprovoked {
            when.push_str(&format!("\n\n*No test provokes it: {}*", w.prose(reason).trim_end()));
        }
        let link = w.value_link(errno, error.errno);
        w.row(&[link, when]);
    }
}

/// How each host serves the call.
fn hosts(w: &mut Writer<'_>, id: CallId) {
    let model = w.model();
    let served: Vec<_> = model
        .hosts
        .iter()
        .enumerate()
        .filter_map(|(index, host)| {
            Some((index, host, host.calls.get(id.0).filter(|needs| needs.call == id)?))
        })
        .collect();
    if served.is_empty() {
        return;
    }
    w.heading(4, "On hosts");
    w.table(&["Host", "How"]);
    for (index, host, needs) in served {
        let link = w.page_link(&host.title, Page::Host(index), "");
        let how = super::hosts::how(w, needs);
        w.row(&[link, how]);
    }
}

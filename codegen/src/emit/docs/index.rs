//! The page where readers start.

use super::links::{Page, Writer};
use super::words;
use crate::model::CallId;

/// Prints it.
pub fn print(w: &mut Writer<'_>) {
    let model = w.model();
    w.heading(1, &format!("{} {}", model.title, model.version));
    w.doc(&model.doc);
    let values: usize = model.types.iter().map(|ty| super::links::values(ty).len()).sum();
    w.paragraph(&format!(
        "This is the reference: {}, {} and {}.",
        words::count(model.calls.len(), "call"),
        words::count(model.types.len(), "type"),
        words::count(values, "named value")
    ));
    w.heading(2, "Parts");
    w.table(&["Part", "What it is about"]);
    for (index, subsystem) in model.subsystems.iter().enumerate() {
        let link = w.page_link(&format!("`{}`", subsystem.name), Page::Subsystem(index), "");
        let summary = w.summary(&subsystem.doc);
        w.row(&[link, summary]);
    }
    w.heading(2, "As a whole");
    w.list();
    if w.shared().rights.is_some() {
        w.item(&format!("{}: which call needs which", w.page_link("Rights", Page::Rights, "")));
    }
    if w.shared().errno.is_some() {
        w.item(&format!("{}: which call returns which", w.page_link("Errors", Page::Errors, "")));
    }
    for (index, host) in model.hosts.iter().enumerate() {
        let link = w.page_link(&host.title, Page::Host(index), "");
        w.item(&format!("{link}: how it serves programs"));
    }
    if model.hosts.iter().any(|host| !host.ways.is_empty()) {
        let link = w.page_link("Hosts side by side", Page::Matrix, "");
        w.item(&format!("{link}: what each serves, call by call and right by right, and what it cannot"));
    }
    if !model.tombstones.is_empty() {
        let link = w.page_link("What is gone", Page::Removed, "");
        w.item(&format!("{link}: names and numbers that must not be used"));
    }
    if !model.architectures.is_empty() {
        w.heading(2, "Architectures");
        w.table(&["Name", "Pointers", "Arguments", "Results", "What it is"]);
        for architecture in &model.architectures {
            let mut about = w.markdown(&architecture.doc);
            if architecture.aligned_pairs {
                about.push_str("\n\nA 64-bit argument begins at an even slot.");
            }
            w.row(&[
                format!("`{}`", architecture.name),
                format!("{} bits", architecture.word_bits),
                format!("{} words", architecture.arguments),
                format!("{} words", architecture.results),
                about,
            ]);
        }
    }
    if !model.calls.is_empty() {
        w.heading(2, "Calls by number");
        w.table(&["Number", "Call", "What it does"]);
        for (index, call) in model.calls.iter().enumerate() {
            let link = w.call_link(CallId(index));
            let summary = w.summary(&call.doc);
            w.row(&[call.number.to_string(), link, summary]);
        }
    }
}

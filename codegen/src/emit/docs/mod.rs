//! Reference documentation in Markdown.
//!
//! One page per subsystem with its types and calls, and pages that look at the whole from one side: rights,
//! errors, each host, what was removed. Whatever is named is a link to where it is described: anchors are
//! written out, so that they do not depend on how a viewer makes them from headings.

use super::{Emitter, OutputFile};
use crate::model::Model;

mod calls;
mod errors;
mod hosts;
mod index;
mod links;
mod matrix;
mod removed;
mod rights;
mod types;
mod words;

use links::{Page, Writer};

/// Reference documentation in Markdown
pub struct Docs;

impl Emitter for Docs {
    fn name(&self) -> &'static str {
        "docs"
    }

    fn summary(&self) -> &'static str {
        "Reference documentation in Markdown"
    }

    fn home(&self) -> &'static str {
        "generated/docs"
    }

    fn emit(&self, model: &Model) -> Vec<OutputFile> {
        let shared = links::Shared::new(model);
        let mut files = Vec::new();
        let mut add = |page: Page, print: &dyn Fn(&mut Writer<'_>)| {
            let mut writer = Writer::new(&shared, page);
            print(&mut writer);
            files.push(OutputFile::new(shared.path(page), writer.finish()));
        };
        add(Page::Index, &|w| index::print(w));
        for subsystem in 0..model.subsystems.len() {
            add(Page::Subsystem(subsystem), &|w| subsystem_page(w, subsystem));
        }
        if model.rights().is_some() {
            add(Page::Rights, &|w| rights::print(w));
        }
        if model.errno().is_some() {
            add(Page::Errors, &|w| errors::print(w));
        }
        for host in 0..model.hosts.len() {
            add(Page::Host(host), &|w| hosts::print(w, host));
        }
        if model.hosts.iter().any(|host| !host.ways.is_empty()) {
            add(Page::Matrix, &|w| matrix::print(w));
        }
        if !model.tombstones.is_empty() {
            add(Page::Removed, &|w| removed::print(w));
        }
        files
    }
}

/// The page of a subsystem.
fn subsystem_page(w: &mut Writer<'_>, index: usize) {
    let model = w.model();
    let subsystem = &model.subsystems[index];
    w.heading(1, &format!("{}: {}", model.title, subsystem.name));
    w.doc(&subsystem.doc);
    if !subsystem.types.is_empty() {
        w.table(&["Type", "What it is"]);
        for id in &subsystem.types {
            let link = w.type_link(*id);
            let summary = w.summary(&model.ty(*id).doc);
            w.row(&[link, summary]);
        }
    }
    if !subsystem.calls.is_empty() {
        w.table(&["Call", "Number", "What it does"]);
        for id in &subsystem.calls {
            let call = model.call(*id);
            let link = w.call_link(*id);
            let summary = w.summary(&call.doc);
            w.row(&[link, call.number.to_string(), summary]);
        }
    }
    if !subsystem.types.is_empty() {
        w.heading(2, "Types");
        for id in &subsystem.types {
            types::print(w, *id);
        }
    }
    if !subsystem.calls.is_empty() {
        w.heading(2, "Calls");
        for id in &subsystem.calls {
            calls::print(w, *id);
        }
    }
}

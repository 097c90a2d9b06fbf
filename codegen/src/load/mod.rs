//! Text of a definition → model, or everything that is wrong with it.
//!
//! The phases, in order:
//!
//! 1. [`yaml`]: the text of each file → a tree whose nodes know where they stand.
//! 2. [`shape`]: each tree is held against the table of the format ([`format`](mod@format)): keys, kinds of values, names, missing
//!    documentation.
//! 3. [`syntax`]: the trees → typed items. Types, paths, conditions and rights in text are read ([`expression`]).
//! 4. [`names`]: which names and numbers there are; doubled and reserved ones. [`order`] puts types after what they contain.
//! 5. [`types`]: names in types are looked up; values, members and variants are checked.
//! 6. [`layout`]: sizes and offsets for both word sizes; padding.
//! 7. [`calls`]: parameters and buffers, paths, conditions, rights, errors, calling conventions.
//! 8. [`abi`] and [`hosts`]: the ABI as a whole, and how hosts map values and serve calls.
//! 9. [`descriptor_kinds`]: which rights make sense for which descriptors.
//!
//! Documentation is cut at its cross references by [`docs`] wherever something with documentation is built.
//!
//! Every phase reports all that it finds to one [`report::Report`] and hands on what is good. What an earlier phase reported is
//! absent afterwards, and whatever depends on it is passed over in silence, so that one mistake gives one error.

mod abi;
mod calls;
mod context;
mod descriptor_kinds;
mod docs;
pub mod expression;
pub mod format;
mod hosts;
mod layout;
mod names;
mod order;
mod report;
mod shape;
mod strays;
mod syntax;
mod types;
mod yaml;

use crate::diagnostic::Diagnostics;
use crate::model::{Conventions, Model, Origin};
use crate::parallel;
use crate::source::Sources;
use context::Context;
use format::Shape;
use names::Names;
use report::Report;
pub(crate) use report::did_you_mean;
use syntax::{Definition, FileKind};

/// Reads, resolves, checks and lays out a definition. Files whose names do not end in `.yaml` are passed over.
pub fn load(sources: &Sources) -> Result<Model, Diagnostics> {
    let report = Report::default();
    let model = build(sources, &report);
    report.finish()?;
    Ok(model)
}

/// Goes through all phases. The model is whole only if nothing was reported.
fn build(sources: &Sources, report: &Report) -> Model {
    let files: Vec<_> = sources
        .files
        .iter()
        .enumerate()
        .filter_map(|(file, source)| Some((file, file_kind(&source.name)?)))
        .collect();
    // Each file for itself: most of the work of loading.
    let trees = parallel::map(&files, |&(file, kind)| {
        let report = Report::default();
        let root = yaml::read(sources, file, &report);
        if let Some(root) = &root {
            shape::check(root, &Shape::Object(format_of(kind)), shape::first_line(root), &report);
            if kind == FileKind::Subsystem && report.has_lost() {
                report.names_are_incomplete();
            }
        }
        (root, report.into_findings())
    });
    let mut definition = Definition::default();
    let mut roots = Vec::with_capacity(files.len());
    for (&(file, kind), (root, findings)) in files.iter().zip(trees) {
        report.add_all(findings);
        roots.extend(root.map(|root| (file, kind, root)));
    }
    for (file, kind, root) in &roots {
        syntax::read(root, *kind, *file, sources, report, &mut definition);
    }
    let order = order::order(&definition, report);
    let names = Names::new(&definition, order.types, report);
    let context =
        Context { sources, definition: &definition, names: &names, recursive: &order.recursive, report };
    abi::check_files(&context);
    abi::check_versions(&context);
    let types = types::build(&context);
    let architectures = abi::architectures(&context);
    let calls = calls::build(&context, &types, &architectures);
    let subsystems = abi::subsystems(&context);
    let hosts = hosts::build(&context);
    let abi = definition.abi.as_ref();
    let text = |word: Option<syntax::Word>| word.map(|word| word.text.to_string()).unwrap_or_default();
    Model {
        name: text(abi.and_then(|abi| abi.name)),
        title: text(abi.and_then(|abi| abi.title)),
        version: text(abi.and_then(|abi| abi.version)),
        license: abi.and_then(|abi| abi.license).map(|word| word.text.to_string()),
        doc: docs::doc(&context, abi.and_then(|abi| abi.doc)),
        architectures,
        subsystems,
        conventions: Conventions::of(&types.list),
        types: types.list,
        descriptor_kinds: descriptor_kinds::build(&context),
        calls,
        tombstones: abi::tombstones(&context),
        hosts,
        origin: Origin::default(),
    }
}

/// Which file of the definition a file is; `None` for one that is no part of it.
fn file_kind(name: &str) -> Option<FileKind> {
    let stem = name.strip_suffix(".yaml")?;
    match stem.split_once('/') {
        None if stem == "abi" => Some(FileKind::Abi),
        None => Some(FileKind::Subsystem),
        Some(("hosts", host)) if !host.contains('/') => Some(FileKind::Host),
        Some(_) => None,
    }
}

/// What the format says of a kind of file.
fn format_of(kind: FileKind) -> &'static format::Object {
    match kind {
        FileKind::Abi => &format::ABI_FILE,
        FileKind::Host => &format::HOST_FILE,
        FileKind::Subsystem => &format::SUBSYSTEM_FILE,
    }
}

//! What hosts can and what they cannot, as text for the command that starts programs.
//!
//! Only what differs is there: the documentation has the whole table.

use super::text::{notice, wrap};
use super::{Emitter, OutputFile};
use crate::model::{Held, Host, Model, TypeKind, Way};
use std::fmt::Write as _;

/// What hosts can and what they cannot, as text
pub struct Matrix;

/// Columns that the text keeps to.
const WIDTH: usize = 100;

impl Emitter for Matrix {
    fn name(&self) -> &'static str {
        "matrix"
    }

    fn summary(&self) -> &'static str {
        "What hosts can and what they cannot, as text for the command that starts programs"
    }

    fn home(&self) -> &'static str {
        "cloudabi-run/src/generated"
    }

    fn emit(&self, model: &Model) -> Vec<OutputFile> {
        if model.hosts.iter().all(|host| host.ways.is_empty()) {
            return Vec::new();
        }
        let mut text = String::new();
        for line in notice(model, "hosts/*.yaml") {
            let _ = writeln!(text, "# {line}");
        }
        states(&mut text, model);
        calls(&mut text, model);
        rights(&mut text, model);
        vec![OutputFile::new("matrix.txt", text)]
    }
}

fn ways(model: &Model) -> impl Iterator<Item = (&Host, usize, &Way)> {
    model
        .hosts
        .iter()
        .flat_map(|host| host.ways.iter().enumerate().map(move |(index, way)| (host, index, way)))
}

/// How far each has come.
fn states(text: &mut String, model: &Model) {
    text.push_str("Where programs run, and how far that has come:\n");
    let width = ways(model).map(|(_, _, way)| way.title.len()).max().unwrap_or(0);
    for (_, _, way) in ways(model) {
        let _ = write!(text, "  {:width$}", way.title);
        for (architecture, on) in model.architectures.iter().zip(&way.architectures) {
            let _ = write!(text, "  {} {}", architecture.name, on.state.word());
        }
        text.push('\n');
    }
}

/// The calls that are not served in full.
fn calls(text: &mut String, model: &Model) {
    text.push_str(
        "\nCalls that are not served, or not in full. All others are served wherever there is code:\n",
    );
    for (index, call) in model.calls.iter().enumerate() {
        let mut named = false;
        for (host, way_index, way) in ways(model) {
            let Some(needs) = host.calls.iter().find(|needs| needs.call.0 == index) else { continue };
            let served = needs.in_way(way_index);
            let what = match (&served.none, &served.limits) {
                (Some(reason), _) => format!("not at all: {reason}"),
                (None, Some(limits)) => limits.render(|name, _| last(name)).replace('`', ""),
                (None, None) => continue,
            };
            if !named {
                let _ = writeln!(text, "  {}", call.name);
                named = true;
            }
            paragraph(text, &format!("{}: {}", way.title, what.trim_end().replace('\n', " ")));
        }
    }
}

/// The rights that no kernel keeps.
fn rights(text: &mut String, model: &Model) {
    let Some(id) = model.rights() else { return };
    let TypeKind::Number(rights) = &model.ty(id).kind else { return };
    text.push_str("\nRights that the runtime alone checks, and nothing else keeps a program to:\n");
    for host in model.hosts.iter().filter(|host| !host.ways.is_empty()) {
        let kept = |index: &usize| matches!(host.holds(id, *index), Held::ByRuntime(_));
        let names: Vec<&str> =
            (0..rights.values.len()).filter(kept).map(|index| rights.values[index].name.as_str()).collect();
        let names = match names.len() {
            0 => "none".to_string(),
            all if all == rights.values.len() => "all".to_string(),
            _ => names.join(" "),
        };
        paragraph(text, &format!("{}: {names}", host.title));
    }
}

/// A name without what it belongs to: `xdev`, of `errno.xdev`.
fn last(name: &str) -> String {
    name.rsplit('.').next().unwrap_or(name).to_string()
}

/// Lines that keep to the width, indented.
fn paragraph(text: &mut String, prose: &str) {
    for (index, line) in wrap(prose, WIDTH - 6).iter().enumerate() {
        let indent = if index == 0 { "    " } else { "      " };
        let _ = writeln!(text, "{indent}{line}");
    }
}

//! Reads a host's file.

use super::super::{Constant, Entry, Host, HostCall, Mapping, OnArchitecture, Served, Table, Way, Word};
use super::{as_word, doc, key_span, map_key, named, number, word, words};
use crate::load::yaml::{Content, Node};
use crate::model::{Apply, State};

/// Reads a host's file, whose name says which host it is for if the file does not.
pub fn host<'a>(root: &'a Node<'a>, file: usize, file_name: Word<'a>) -> Host<'a> {
    Host {
        name: word(root, "host").unwrap_or(file_name),
        file,
        title: word(root, "title"),
        doc: doc(root),
        ways: named(root, "ways").map(|(name, node)| way(name, node)).collect(),
        constants: named(root, "constants")
            .map(|(name, node)| Constant { name, value: number(node, "value"), source: word(node, "source") })
            .collect(),
        runtime_calls: root.get("runtime").map_or(Vec::new(), |runtime| words(runtime, "host_calls")),
        runtime_doc: root.get("runtime").and_then(doc),
        tables: named(root, "tables").map(|(name, node)| table(name, node)).collect(),
        tables_key: map_key(root, "tables"),
        calls: named(root, "calls")
            .map(|(call, node)| HostCall {
                call,
                host_calls: node.get("host_calls").map(|_| words(node, "host_calls")),
                served: served(node),
                ways: named(node, "ways").map(|(way, node)| (way, served(node))).collect(),
            })
            .collect(),
        calls_key: map_key(root, "calls"),
    }
}

fn way<'a>(name: Word<'a>, node: &'a Node<'a>) -> Way<'a> {
    Way {
        name,
        title: word(node, "title"),
        doc: doc(node),
        rights: node.get("rights"),
        architectures: named(node, "architectures")
            .map(|(name, node)| OnArchitecture {
                name,
                state: word(node, "state").and_then(|word| state(word.text)),
                doc: doc(node),
            })
            .collect(),
        architectures_key: map_key(node, "architectures"),
    }
}

fn state(word: &str) -> Option<State> {
    let all = [State::Impossible, State::Planned, State::Built, State::Emulated, State::Tested];
    all.into_iter().find(|state| state.word() == word)
}

fn served<'a>(node: &'a Node<'a>) -> Served<'a> {
    Served { doc: doc(node), none: word(node, "none"), limits: node.get("limits") }
}

fn table<'a>(name: Word<'a>, node: &'a Node<'a>) -> Table<'a> {
    let direction = word(node, "direction").map(|word| word.text);
    Table {
        name,
        ty: word(node, "type"),
        doc: doc(node),
        apply: word(node, "apply").and_then(|word| {
            let apply = match word.text {
                "together" => Apply::Together,
                "separately" => Apply::Separately,
                "where_missing" => Apply::WhereMissing,
                _ => return None,
            };
            Some((apply, word.span))
        }),
        to_host: matches!(direction, Some("to_host" | "both")),
        from_host: matches!(direction, Some("from_host" | "both")),
        none: word(node, "none"),
        values_key: key_span(node, "values"),
        values_are_known: node.get("values").is_none_or(|values| matches!(values.content, Content::Map(_))),
        values: named(node, "values").map(|(value, node)| entry(value, node)).collect(),
        also_from_host: named(node, "also_from_host").map(|(name, node)| (name, as_word(node))).collect(),
        from_host_default: word(node, "from_host_default"),
    }
}

fn entry<'a>(value: Word<'a>, node: &'a Node<'a>) -> Entry<'a> {
    // One constant, or a list of them.
    let constants = |names: &'a Node<'a>| {
        let names: Vec<_> = match &names.content {
            Content::List(items) => items.iter().filter_map(as_word).collect(),
            _ => as_word(names).into_iter().collect(),
        };
        (!names.is_empty()).then(|| Mapping::Constants(names, word(node, "when")))
    };
    let mapping = if let Some(names) = node.get("constant") {
        constants(names)
    } else if let Some(reason) = word(node, "none") {
        Some(Mapping::None(reason))
    } else if let Some(reason) = word(node, "zero") {
        Some(Mapping::Zero(reason))
    } else {
        constants(node)
    };
    Entry { value, mapping, note: word(node, "note") }
}

//! Rust names for everything in a definition.

use crate::emit::text::{camel, upper};
use crate::model::{Member, Model, Struct, TypeId, TypeKind};
use std::collections::{HashMap, HashSet};

/// Names of types, computed once per model.
pub(super) struct Names {
    types: Vec<String>,
    arms: HashMap<(usize, String), String>,
    /// By structure and number of the variant in it.
    variants: HashMap<(usize, usize), (String, String)>,
}

impl Names {
    /// Names for all types and arms. No two are the same.
    pub(super) fn new(model: &Model) -> Self {
        let mut used = HashSet::new();
        let types: Vec<String> = model.types.iter().map(|t| unused(&mut used, type_name(&t.name))).collect();
        let mut names = Names { types, arms: HashMap::new(), variants: HashMap::new() };
        for (index, ty) in model.types.iter().enumerate() {
            if let TypeKind::Struct(structure) = &ty.kind {
                names.add_variants(index, structure, &mut used);
            }
        }
        names
    }

    fn add_variants(&mut self, index: usize, structure: &Struct, used: &mut HashSet<String>) {
        let variants = structure.members.iter().filter_map(|member| match member {
            Member::Variant(variant) => Some(variant),
            Member::Field(_) => None,
        });
        for (number, variant) in variants.enumerate() {
            // The tag tells the second and later ones apart.
            let owner = match number {
                0 => self.types[index].clone(),
                _ => format!("{}{}", self.types[index], camel(&variant.tag)),
            };
            let union = unused(used, format!("{owner}Union"));
            let payload = unused(used, format!("{owner}Payload"));
            self.variants.insert((index, number), (union, payload));
            for name in variant.arms.iter().filter_map(|arm| arm.name.as_ref()) {
                let arm = unused(used, format!("{}{}", self.types[index], camel(name)));
                self.arms.insert((index, name.clone()), arm);
            }
        }
    }

    /// The names of a variant's union and of the enumeration to read it by.
    pub(super) fn variant(&self, id: TypeId, number: usize) -> (String, String) {
        self.variants.get(&(id.0, number)).cloned().unwrap_or_default()
    }

    pub(super) fn ty(&self, id: TypeId) -> &str {
        &self.types[id.0]
    }

    pub(super) fn arm(&self, id: TypeId, arm: &str) -> &str {
        self.arms.get(&(id.0, arm.to_string())).map_or("", String::as_str)
    }
}

fn unused(used: &mut HashSet<String>, mut name: String) -> String {
    while !used.insert(name.clone()) {
        name.push('_');
    }
    name
}

/// `recv_in` → `RecvIn`. Names that Rust's prelude or keywords have are given a trailing underscore.
fn type_name(name: &str) -> String {
    let name = identifier_start(camel(name));
    match name.as_str() {
        "Self" | "Option" | "Result" | "Some" | "None" | "Ok" | "Err" | "Default" | "Copy" | "Clone"
        | "Debug" | "Vec" | "String" | "Box" | "Plain" | "Calls" => name + "_",
        _ => name,
    }
}

/// `creat` → `CREAT`, `2big` → `_2BIG`: a named value as a constant.
pub fn constant(name: &str) -> String {
    identifier_start(upper(name))
}

/// A member or parameter: its own name, escaped where Rust has a keyword of that name.
pub fn field(name: &str) -> String {
    let name = identifier_start(name.to_string());
    match name.as_str() {
        // These cannot be escaped.
        "self" | "Self" | "super" | "crate" | "_" => name + "_",
        other if KEYWORDS.binary_search(&other).is_ok() => format!("r#{name}"),
        _ => name,
    }
}

/// A call: its own name, escaped where Rust has a keyword of that name.
pub fn function(name: &str) -> String {
    field(name)
}

fn identifier_start(name: String) -> String {
    if name.starts_with(|c: char| c.is_ascii_digit()) { format!("_{name}") } else { name }
}

/// Strict and reserved keywords of all editions, sorted.
const KEYWORDS: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn", "else",
    "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro",
    "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return", "static", "struct", "trait",
    "true", "try", "type", "typeof", "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_valid_rust() {
        assert!(KEYWORDS.is_sorted());
        assert_eq!(constant("2big"), "_2BIG");
        assert_eq!(field("type"), "r#type");
        assert_eq!(field("self"), "self_");
        assert_eq!(field("fd"), "fd");
        assert_eq!(type_name("recv_in"), "RecvIn");
        assert_eq!(type_name("result"), "Result_");
    }
}

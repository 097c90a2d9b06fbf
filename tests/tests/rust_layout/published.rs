//! The published layouts and numbers as assertions in Rust.

use crate::product::repository;
use cloudabi_codegen::emit::text::{camel, upper};
use serde_json::Value;

/// Assertions, in Rust, that the types in the module `types` are as published.
pub fn published(types: &str, bits: u32) -> String {
    let text = std::fs::read_to_string(repository("tests/facts/cloudabi-abi-facts.json")).expect("the facts");
    let facts: Value = serde_json::from_str(&text).expect("JSON");
    let mut lines = Vec::new();
    for (name, ty) in facts["types"].as_object().expect("types") {
        let rust = format!("{types}::{}", camel(name));
        match ty["kind"].as_str().expect("a kind") {
            "struct" => structure(&mut lines, types, name, ty, bits),
            "function" => {}
            kind => {
                let repr = ty["repr"].as_str().expect("a representation");
                let width: u32 = repr.trim_start_matches(char::is_alphabetic).parse().expect("a width");
                lines.push(format!("size_of::<{rust}>() == {}", width / 8));
                for (value, number) in ty["values"].as_object().into_iter().flatten() {
                    assert_ne!(kind, "alias");
                    let digit = value.starts_with(|c: char| c.is_ascii_digit());
                    let constant = if digit { format!("_{}", upper(value)) } else { upper(value) };
                    lines.push(format!("{rust}::{constant}.0 == {number}"));
                }
            }
        }
    }
    let asserts: Vec<String> = lines.iter().map(|line| format!("    assert!({line});\n")).collect();
    assert!(asserts.len() > 300, "the facts are there");
    format!("const _: () = {{\n{}}};\n", asserts.concat())
}

fn structure(lines: &mut Vec<String>, types: &str, name: &str, ty: &Value, bits: u32) {
    let figure = |of: &Value, what: &str| of[format!("{what}{bits}")].as_u64().expect("a figure");
    let rust = format!("{types}::{}", camel(name));
    lines.push(format!("size_of::<{rust}>() == {}", figure(ty, "size")));
    lines.push(format!("align_of::<{rust}>() == {}", figure(ty, "align")));
    for member in ty["members"].as_array().expect("members") {
        let Some(arms) = member["arms"].as_array() else {
            let field = match member["name"].as_str().expect("a name") {
                "type" => "r#type",
                name => name,
            };
            lines.push(format!("core::mem::offset_of!({rust}, {field}) == {}", figure(member, "offset")));
            continue;
        };
        let start = figure(member, "offset");
        lines.push(format!("core::mem::offset_of!({rust}, union) == {start}"));
        for arm in arms {
            let Some(arm_name) = arm["name"].as_str() else { continue };
            for field in arm["members"].as_array().expect("members") {
                let offset = figure(field, "offset") - start;
                let field = field["name"].as_str().expect("a name");
                lines.push(format!("core::mem::offset_of!({rust}{}, {field}) == {offset}", camel(arm_name)));
            }
        }
    }
}

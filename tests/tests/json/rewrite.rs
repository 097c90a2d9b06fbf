//! The definition, written again from the document: loading it gives the same document.
//!
//! So nothing of the model is missing from the document, and nothing in it is wrong.

use crate::{document, model, own_model};
use cloudabi_codegen::source::{SourceFile, Sources};
use serde_json::{Map, Value, json};

/// The definition that a document describes. JSON is YAML, so the files are JSON.
fn definition(document: &Value) -> Sources {
    let mut files = vec![file("abi.yaml", abi(document))];
    for part in list(&document["subsystems"]) {
        files.push(file(text(&part["file"]), subsystem(document, part)));
    }
    for part in list(&document["hosts"]) {
        files.push(file(&format!("hosts/{}.yaml", text(&part["name"])), host(part)));
    }
    Sources::new(files)
}

fn file(name: &str, contents: Value) -> SourceFile {
    let text = serde_json::to_string_pretty(&contents).expect("JSON");
    SourceFile { name: name.to_string(), shown: name.to_string(), text }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

/// An object from what is there: absent things and empty lists are left out.
fn object(entries: impl IntoIterator<Item = (&'static str, Value)>) -> Value {
    let is_there = |value: &Value| match value {
        Value::Null => false,
        Value::Array(list) => !list.is_empty(),
        Value::Object(map) => !map.is_empty(),
        _ => true,
    };
    Value::Object(
        entries
            .into_iter()
            .filter(|(_, value)| is_there(value))
            .map(|(key, value)| (key.to_string(), value))
            .collect(),
    )
}

/// A map in the order of a list.
fn map(entries: &[Value], name: &str, entry: impl Fn(&Value) -> Value) -> Value {
    let entries = entries.iter().map(|value| (text(&value[name]).to_string(), entry(value)));
    Value::Object(entries.collect::<Map<_, _>>())
}

fn each(entries: &Value, entry: impl Fn(&Value) -> Value) -> Value {
    entries.as_array().map_or(Value::Null, |list| list.iter().map(entry).collect())
}

fn doc(value: &Value) -> Value {
    let part = |part: &Value| match part {
        Value::String(text) => text.clone(),
        link => format!("[{}]", text(&link["link"])),
    };
    value.as_array().map_or(Value::Null, |parts| parts.iter().map(part).collect::<String>().into())
}

fn abi(document: &Value) -> Value {
    let architecture = |a: &Value| {
        json!({"word_bits": a["word_bits"], "arguments": a["arguments"], "results": a["results"],
               "aligned_pairs": a["aligned_pairs"], "doc": doc(&a["doc"])})
    };
    let tombstone = |t: &Value| {
        let (key, name) = match (text(&t["kind"]), &t["name"]) {
            ("call", Value::Null) => {
                return object([("call_number", t["number"].clone()), ("reason", t["reason"].clone())]);
            }
            ("call", name) => ("call", name),
            ("type", name) => ("type", name),
            (_, name) => ("value", name),
        };
        object([(key, name.clone()), ("number", t["number"].clone()), ("reason", t["reason"].clone())])
    };
    json!({
        "abi": {
            "name": document["name"],
            "title": document["title"],
            "version": document["version"],
            "license": document["license"],
            "doc": doc(&document["doc"]),
            "architectures": map(list(&document["architectures"]), "name", architecture),
        },
        "tombstones": each(&document["tombstones"], tombstone),
    })
}

fn subsystem(document: &Value, part: &Value) -> Value {
    // The subsystem lists its own in the order in which it defines them.
    let own = |all: &str, names: &str| -> Vec<Value> {
        let find = |name: &Value| list(&document[all]).iter().find(|item| item["name"] == *name).cloned();
        list(&part[names]).iter().map(|name| find(name).expect("what the subsystem names")).collect()
    };
    let kinds = list(&document["descriptor_kinds"]).iter().filter(|kind| kind["subsystem"] == part["name"]);
    object([
        ("subsystem", part["name"].clone()),
        ("doc", doc(&part["doc"])),
        ("types", map(&own("types", "types"), "name", type_entry)),
        ("descriptor_kinds", map(&kinds.cloned().collect::<Vec<_>>(), "name", descriptor_kind)),
        ("calls", map(&own("calls", "calls"), "name", call)),
    ])
}

fn descriptor_kind(kind: &Value) -> Value {
    object([
        ("doc", doc(&kind["doc"])),
        ("filetypes", kind["filetypes"].clone()),
        ("base", kind["base"].clone()),
        ("makes", kind["makes"].clone()),
    ])
}

fn type_entry(ty: &Value) -> Value {
    let kind = text(&ty["kind"]);
    let value = |v: &Value| {
        object([
            ("value", v["value"].clone()),
            ("doc", doc(&v["doc"])),
            ("mask", v["mask"].clone()),
            ("same_as", v["same_as"].clone()),
            ("since", v["since"].clone()),
            ("deprecated", v["deprecated"].clone()),
        ])
    };
    let only = |flag: &Value| if flag == &json!(true) { json!(true) } else { Value::Null };
    object([
        ("kind", kind.into()),
        ("repr", ty["repr"].clone()),
        ("c_prefix", ty["c_prefix"].clone()),
        ("host_mapped", only(&ty["host_mapped"])),
        ("doc", doc(&ty["doc"])),
        ("since", ty["since"].clone()),
        ("deprecated", ty["deprecated"].clone()),
        ("values", ty["values"].as_array().map_or(Value::Null, |values| map(values, "name", value))),
        ("layout", ty["layout"].clone()),
        ("padding", if ty["padding_zeroed"] == true { "zeroed".into() } else { Value::Null }),
        ("members", each(&ty["members"], member)),
        ("parameters", each(&ty["parameters"], field)),
    ])
}

fn member(member: &Value) -> Value {
    if member["kind"] == "field" {
        return field(member);
    }
    let arm = |a: &Value| {
        object([
            ("name", a["name"].clone()),
            ("tags", a["tags"].clone()),
            ("doc", doc(&a["doc"])),
            ("members", each(&a["members"], field)),
        ])
    };
    object([
        ("variant", member["tag"].clone()),
        ("doc", doc(&member["doc"])),
        ("arms", each(&member["arms"], arm)),
        ("empty", member["empty"].clone()),
    ])
}

fn field(field: &Value) -> Value {
    object([
        ("name", field["name"].clone()),
        ("type", type_text(&field["type"]).into()),
        ("length", field["length"].clone()),
        ("doc", doc(&field["doc"])),
    ])
}

fn type_text(ty: &Value) -> String {
    match text(&ty["kind"]) {
        "pointer" => {
            format!("*{} {}", if ty["mutable"] == true { "mut" } else { "const" }, type_text(&ty["to"]))
        }
        "array" => format!("[{}; {}]", type_text(&ty["of"]), ty["count"]),
        "atomic" => format!("atomic {}", type_text(&ty["of"])),
        _ => text(&ty["name"]).to_string(),
    }
}

fn call(call: &Value) -> Value {
    let parameter = |p: &Value| {
        object([
            ("name", p["name"].clone()),
            ("type", type_text(&p["type"]).into()),
            ("access", p["buffer"]["access"].clone()),
            ("length", p["buffer"]["length"].clone()),
            ("filled", p["buffer"]["filled"].clone()),
            ("only_when", condition(&p["only_when"])),
            ("otherwise", p["otherwise"].clone()),
            ("undefined", p["undefined"].clone()),
            ("doc", doc(&p["doc"])),
        ])
    };
    let rule = |r: &Value| {
        object([
            ("descriptor", r["descriptor"]["text"].clone()),
            ("needs", needs_text(&r["needs"]).into()),
            ("when", condition(&r["when"])),
            ("set", if r["inheriting"] == true { "inheriting".into() } else { Value::Null }),
            ("doc", doc(&r["doc"])),
        ])
    };
    let error = |e: &Value| object([("doc", doc(&e["doc"])), ("unprovoked", e["unprovoked"].clone())]);
    let descriptors = &call["descriptors"];
    let paths = |key: &str| each(&descriptors[key], |path| path["text"].clone());
    let others = if descriptors["consumes_all_others"] == true { json!(true) } else { Value::Null };
    object([
        ("number", call["number"].clone()),
        ("doc", doc(&call["doc"])),
        ("since", call["since"].clone()),
        ("deprecated", call["deprecated"].clone()),
        ("blocks", call["blocks"].clone()),
        ("noreturn", call["noreturn"].clone()),
        ("inputs", each(&call["inputs"], parameter)),
        ("outputs", each(&call["outputs"], parameter)),
        ("rights", each(&call["rights"], rule)),
        (
            "descriptors",
            object([
                ("consumes", paths("consumes")),
                ("creates", paths("creates")),
                ("replaces", paths("replaces")),
                ("consumes_all_others", others),
            ]),
        ),
        ("errors", map(list(&call["errors"]), "error", error)),
    ])
}

fn condition(condition: &Value) -> Value {
    if condition.is_null() { Value::Null } else { condition_text(condition).into() }
}

fn condition_text(condition: &Value) -> String {
    let path = || text(&condition["path"]["text"]);
    let joined = |word: &str| {
        let parts: Vec<String> =
            list(&condition["of"]).iter().map(|c| format!("({})", condition_text(c))).collect();
        parts.join(word)
    };
    match text(&condition["kind"]) {
        "all" => joined(" and "),
        "any" => joined(" or "),
        "not" => format!("not ({})", condition_text(&condition["of"])),
        "has" => format!("{} has {}", path(), text(&condition["flag"])),
        "is_value" => format!("{} == {}", path(), text(&condition["value"])),
        _ => format!("{} == {}", path(), condition["number"]),
    }
}

fn needs_text(needs: &Value) -> String {
    let joined = |word: &str| {
        let parts: Vec<String> = list(&needs["of"]).iter().map(|n| format!("({})", needs_text(n))).collect();
        parts.join(word)
    };
    match text(&needs["kind"]) {
        "all" => joined(" & "),
        "any" => joined(" | "),
        _ => text(&needs["name"]).to_string(),
    }
}

fn host(host: &Value) -> Value {
    let constant = |c: &Value| json!({"value": c["value"], "source": c["source"]});
    let entry = |e: &Value| {
        let mapping = &e["mapping"];
        let note = ("note", e["note"].clone());
        match text(&mapping["kind"]) {
            "constants" => {
                let names = match list(&mapping["names"]) {
                    [one] => one.clone(),
                    several => several.into(),
                };
                object([("constant", names), ("when", mapping["when"].clone()), note])
            }
            "zero" => object([("zero", mapping["reason"].clone()), note]),
            _ => object([("none", mapping["reason"].clone()), note]),
        }
    };
    let table = |t: &Value| {
        let direction = match (&t["to_host"], &t["from_host"]) {
            (Value::Bool(true), Value::Bool(true)) => "both",
            (Value::Bool(true), _) => "to_host",
            _ => "from_host",
        };
        let together = t["apply"] == "together";
        object([
            ("type", t["type"].clone()),
            ("doc", doc(&t["doc"])),
            ("direction", direction.into()),
            ("apply", if together { Value::Null } else { t["apply"].clone() }),
            ("none", t["none"].clone()),
            ("values", map(list(&t["entries"]), "value", entry)),
            ("also_from_host", map(list(&t["also_from_host"]), "constant", |a| a["value"].clone())),
            ("from_host_default", t["from_host_default"].clone()),
        ])
    };
    let on_architecture = |on: &Value| object([("state", on["state"].clone()), ("doc", doc(&on["doc"]))]);
    let way = |w: &Value| {
        object([
            ("title", w["title"].clone()),
            ("doc", doc(&w["doc"])),
            ("rights", doc(&w["rights"])),
            ("architectures", map(list(&w["architectures"]), "architecture", on_architecture)),
        ])
    };
    let served =
        |s: &Value| [("doc", doc(&s["doc"])), ("none", s["none"].clone()), ("limits", doc(&s["limits"]))];
    let in_way = |w: &Value| object(served(w));
    let needs = |c: &Value| {
        let ways = c["ways"].as_array().map_or(Value::Null, |ways| map(ways, "way", in_way));
        object(served(c).into_iter().chain([("host_calls", c["host_calls"].clone()), ("ways", ways)]))
    };
    let runtime = &host["runtime"];
    let has_runtime = !list(&runtime["doc"]).is_empty();
    object([
        ("host", host["name"].clone()),
        ("title", host["title"].clone()),
        ("doc", doc(&host["doc"])),
        ("ways", host["ways"].as_array().map_or(Value::Null, |ways| map(ways, "name", way))),
        ("constants", map(list(&host["constants"]), "name", constant)),
        ("tables", map(list(&host["tables"]), "name", table)),
        (
            "runtime",
            match has_runtime {
                true => json!({"host_calls": runtime["host_calls"], "doc": doc(&runtime["doc"])}),
                false => Value::Null,
            },
        ),
        ("calls", map(list(&host["calls"]), "call", needs)),
    ])
}

/// The first place where two documents differ.
fn difference(a: &Value, b: &Value, place: &str) -> Option<String> {
    match (a, b) {
        (Value::Object(a), Value::Object(b)) if a.keys().eq(b.keys()) => {
            a.iter().find_map(|(key, value)| difference(value, &b[key], &format!("{place}/{key}")))
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            let mut pairs = a.iter().zip(b).enumerate();
            pairs.find_map(|(index, (a, b))| difference(a, b, &format!("{place}/{index}")))
        }
        _ if a == b => None,
        _ => Some(format!("{place}: {a} and {b}")),
    }
}

#[test]
fn the_definition_can_be_written_again() {
    let first = document(&own_model());
    let second = document(&model(&definition(&first)));
    assert_eq!(difference(&first, &second, ""), None);
}

#[test]
fn what_is_lost_on_the_way_is_noticed() {
    let first = document(&own_model());
    let mut doctored = first.clone();
    doctored["calls"][3]["doc"][0] = "Does something else.".into();
    doctored["types"][0]["doc"] = json!(["Another text."]);
    let second = document(&model(&definition(&doctored)));
    assert!(difference(&first, &second, "").is_some());
}

//! JSON Schema of the definition's files, so that editors complete, explain and check them while one types.
//!
//! Made from the same table that the loader checks files against ([`crate::load::format`]); of the model, only the name is
//! used. What the schema cannot say (names that must exist, numbers that must differ) the loader checks.

use serde_json::{Map as JsonMap, Value, json};

use super::{Emitter, OutputFile};
use crate::load::format::{
    ABI_FILE, Cases, HOST_FILE, Key, Language, Map, Object, SUBSYSTEM_FILE, Selector, Shape,
};
use crate::model::Model;

/// JSON Schema for editors of the definition
pub struct Schema;

impl Emitter for Schema {
    fn name(&self) -> &'static str {
        "schema"
    }

    fn summary(&self) -> &'static str {
        "JSON Schema for editors of the definition"
    }

    fn home(&self) -> &'static str {
        "generated/schema"
    }

    fn emit(&self, model: &Model) -> Vec<OutputFile> {
        let title = &model.title;
        // Which of the two kinds of file it is shows in the first key.
        let mut files = document(
            &format!("{title}: the ABI definition"),
            "A file of the definition: `abi.yaml`, or a subsystem's file.",
        );
        files.insert("if".into(), json!({"required": ["abi"]}));
        files.insert("then".into(), object(&ABI_FILE));
        files.insert("else".into(), object(&SUBSYSTEM_FILE));
        let mut host = document(&format!("{title}: a host"), HOST_FILE.doc);
        extend(&mut host, object(&HOST_FILE));
        vec![
            file(format!("{}.schema.json", model.name), files),
            file(format!("{}-host.schema.json", model.name), host),
        ]
    }
}

/// The head of a schema file.
fn document(title: &str, description: &str) -> JsonMap<String, Value> {
    let mut document = JsonMap::new();
    document.insert("$schema".into(), json!("https://json-schema.org/draft/2020-12/schema"));
    document
        .insert("$comment".into(), json!("Generated from the loader's table of the format. Do not edit."));
    document.insert("title".into(), json!(title));
    document.insert("description".into(), json!(description));
    document
}

fn file(name: String, contents: JsonMap<String, Value>) -> OutputFile {
    // Maps with text as keys can always be written.
    let text = serde_json::to_string_pretty(&contents).unwrap_or_default();
    OutputFile::new(name, text + "\n")
}

fn extend(into: &mut JsonMap<String, Value>, from: Value) {
    if let Value::Object(from) = from {
        for (key, value) in from {
            into.entry(key).or_insert(value);
        }
    }
}

fn object(object: &Object) -> Value {
    let properties: JsonMap<_, _> =
        object.keys.iter().map(|key| (key.name.to_string(), property(key))).collect();
    let required: Vec<_> = object.keys.iter().filter(|key| key.required).map(|key| key.name).collect();
    json!({
        "description": object.doc,
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

/// A key: what it may hold, explained.
fn property(key: &Key) -> Value {
    let mut property = JsonMap::new();
    property.insert("description".into(), json!(key.doc));
    extend(&mut property, shape(&key.shape));
    Value::Object(property)
}

fn shape(what: &Shape) -> Value {
    match what {
        Shape::Doc | Shape::Text => json!({"type": "string", "pattern": "\\S"}),
        Shape::Expression(language) => json!({"type": "string", "examples": examples(*language)}),
        Shape::Name(names) => json!({"type": "string", "pattern": names.pattern()}),
        // Binary and octal numbers are text for some readers of YAML.
        Shape::Integer(least, most) => json!({
            "anyOf": [
                {"type": "integer", "minimum": number(*least), "maximum": number(*most)},
                {"type": "string", "pattern": "^-?0[box][0-9A-Fa-f_]+$"},
            ],
        }),
        Shape::Boolean => json!({"type": "boolean"}),
        Shape::Word(words) => {
            let words: Vec<_> = words
                .iter()
                .map(|(word, doc)| match word.parse::<u64>() {
                    Ok(number) => json!({"const": number, "description": doc}),
                    Err(_) => json!({"const": word, "description": doc}),
                })
                .collect();
            json!({"oneOf": words})
        }
        Shape::Object(inner) => object(inner),
        Shape::Cases(inner) => cases(inner),
        Shape::Map(inner) => map(inner),
        Shape::List(item) => json!({"type": "array", "items": shape(item), "minItems": 1}),
        Shape::ListOrEmpty(item) => json!({"type": "array", "items": shape(item)}),
        Shape::Either(shapes) => json!({"anyOf": shapes.iter().map(shape).collect::<Vec<_>>()}),
    }
}

/// Both ends of the loader's ranges fit into 64 bits, one as signed and one as unsigned.
fn number(value: i128) -> Value {
    match u64::try_from(value) {
        Ok(value) => json!(value),
        Err(_) => json!(i64::try_from(value).unwrap_or(i64::MIN)),
    }
}

fn map(map: &Map) -> Value {
    json!({
        "type": "object",
        "propertyNames": {"pattern": map.names.pattern()},
        "additionalProperties": shape(&map.entry),
    })
}

fn cases(cases: &Cases) -> Value {
    match &cases.by {
        // The keys depend on a word: the word alone is checked first, so that editors name what is wrong with it and
        // not that none of the cases fits.
        Selector::Word(key, words) => {
            let word = cases.cases.iter().flat_map(|case| case.keys).find(|candidate| candidate.name == *key);
            let word = word.map_or(json!({}), property);
            let rules: Vec<_> = words
                .iter()
                .zip(cases.cases)
                .map(|(word, case)| {
                    json!({"if": {"properties": {*key: {"const": word}}, "required": [key]}, "then": object(case)})
                })
                .collect();
            json!({"type": "object", "properties": {*key: word}, "required": [key], "allOf": rules})
        }
        Selector::FirstKey => json!({"oneOf": cases.cases.iter().map(object).collect::<Vec<_>>()}),
    }
}

fn examples(language: Language) -> &'static [&'static str] {
    match language {
        Language::Type => &["uint32", "*const T", "*mut T", "[T; 4]", "*mut atomic T"],
        Language::Path => &["fd", "dirfd.fd", "in[].fd_readwrite.fd"],
        Language::Condition => {
            &["oflags has creat", "whence != cur", "not (type == directory) and offset == 0"]
        }
        Language::Rights => &["fd_read", "fd_read & fd_seek", "fd_seek | fd_tell"],
    }
}

//! The document against its schema.

use crate::{document, emitted, own_model};
use cloudabi_test_support::{Tool, python_module, scratch};
use serde_json::{Value, json};

/// Prints `good` or `bad` for each document.
const CHECK: &str = r#"
import json, sys, jsonschema
schema = json.load(open(sys.argv[1]))
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(schema)
for name in sys.argv[2:]:
    print("good" if validator.is_valid(json.load(open(name))) else "bad")
"#;

/// What the schema says of each document.
fn check(python: &Tool, documents: &[Value]) -> Vec<bool> {
    let folder = scratch();
    let script = folder.write("check.py", CHECK);
    let schema = folder.write("schema.json", emitted(&own_model(), "cloudabi.schema.json"));
    let files = documents
        .iter()
        .enumerate()
        .map(|(index, document)| folder.write(format!("{index}.json"), document.to_string()));
    let captured = python.run([script, schema].into_iter().chain(files));
    let verdicts: Vec<bool> = captured.stdout.lines().map(|line| line == "good").collect();
    assert_eq!(verdicts.len(), documents.len(), "a verdict for each document");
    verdicts
}

/// The document with something else at a place.
fn doctored(document: &Value, pointer: &str, value: Value) -> Value {
    let mut document = document.clone();
    *document.pointer_mut(pointer).expect("a place in the document") = value;
    document
}

/// The document without what is at a place.
fn without(document: &Value, parent: &str, key: &str) -> Value {
    let mut document = document.clone();
    let parent = document.pointer_mut(parent).and_then(Value::as_object_mut).expect("an object");
    parent.remove(key).expect("the key");
    document
}

#[test]
fn the_document_is_valid_by_its_schema() {
    let test = "cloudabi.json is valid by its schema";
    let Some(python) = python_module("jsonschema", test) else { return };
    assert_eq!(check(&python, &[document(&own_model())]), [true]);
}

#[test]
fn a_wrong_document_is_not_valid() {
    let test = "a wrong cloudabi.json is not valid by its schema";
    let Some(python) = python_module("jsonschema", test) else { return };
    let good = document(&own_model());
    let wrong = [
        doctored(&good, "/format_version", json!(2)),
        doctored(&good, "/calls/0/number", json!("zero")),
        doctored(&good, "/calls/0/doc", json!("text")),
        doctored(&good, "/types/0/kind", json!("union")),
        doctored(&good, "/hosts/0/tables/0/apply", json!("somehow")),
        without(&good, "", "hosts"),
        without(&good, "/calls/3", "errors"),
        without(&good, "/types/0", "kind"),
    ];
    assert_eq!(check(&python, &wrong), [false; 8]);
}

//! The JSON Schemas, held by an independent implementation against files that are right and files that are wrong.

use std::path::Path;

use cloudabi_codegen::emit::Emitter;
use cloudabi_codegen::emit::schema::Schema;
use cloudabi_codegen::load::load;
use cloudabi_codegen::source::Sources;
use cloudabi_test_support::{Scratch, Tool, own_definition, python_module, scratch};

/// Prints `good` or `bad` for each file, by the schema that is meant for it.
const CHECK: &str = r#"
import json, sys, yaml, jsonschema
folder, files = sys.argv[1], sys.argv[2:]
def validator(name):
    schema = json.load(open(f"{folder}/{name}"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)
abi, host = validator("cloudabi.schema.json"), validator("cloudabi-host.schema.json")
for name in files:
    file = yaml.safe_load(open(name))
    schema = host if "/hosts/" in name else abi
    errors = [f"{'/'.join(map(str, e.absolute_path))}: {e.message[:80]}" for e in schema.iter_errors(file)]
    print("bad " + errors[0] if errors else "good")
"#;

struct Checker {
    folder: Scratch,
    python: Tool,
}

impl Checker {
    /// Writes the schemas; `None` without the tool.
    fn new(test: &str) -> Option<(Checker, Sources)> {
        python_module("yaml", test)?;
        let python = python_module("jsonschema", test)?;
        let sources = own_definition().expect("the folder `abi` can be read");
        let model = load(&sources).unwrap_or_else(|all| panic!("{}", all.render(&sources, false)));
        let folder = scratch();
        for file in Schema.emit(&model) {
            folder.write(&file.path, &file.contents);
        }
        folder.write("check.py", CHECK);
        Some((Checker { folder, python }, sources))
    }

    /// What the schema says of each of these files.
    fn check(&self, files: &[(&str, &str)]) -> Vec<String> {
        let paths: Vec<_> =
            files.iter().map(|(name, text)| self.folder.write(Path::new("files").join(name), text)).collect();
        let mut command = self.python.command();
        command.arg(self.folder.path().join("check.py")).arg(self.folder.path()).args(paths);
        let output = command.output().expect("python runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect()
    }
}

#[test]
fn own_definition_is_valid() {
    let Some((checker, sources)) = Checker::new("own_definition_is_valid") else { return };
    let files: Vec<_> = sources.files.iter().map(|file| (file.name.as_str(), file.text.as_str())).collect();
    let verdicts = checker.check(&files);
    for (file, verdict) in files.iter().zip(&verdicts) {
        assert_eq!(verdict, "good", "{}", file.0);
    }
    assert_eq!(verdicts.len(), files.len());
}

#[test]
fn mistakes_are_found() {
    let Some((checker, _)) = Checker::new("mistakes_are_found") else { return };
    let verdicts = checker.check(&[
        ("right.yaml", "subsystem: a\ndoc: x\ntypes: {t: {kind: alias, repr: uint8, doc: x}}\n"),
        ("kind.yaml", "subsystem: a\ndoc: x\ntypes: {t: {kind: alia, repr: uint8, doc: x}}\n"),
        ("key.yaml", "subsystem: a\ndoc: x\ntypes: {t: {kind: alias, repr: uint8, doc: x, size: 1}}\n"),
        ("missing.yaml", "subsystem: a\ndoc: x\ntypes: {t: {kind: alias, repr: uint8}}\n"),
        ("name.yaml", "subsystem: a\ndoc: x\ntypes: {T: {kind: alias, repr: uint8, doc: x}}\n"),
        ("number.yaml", "subsystem: a\ndoc: x\ncalls: {c: {number: -1, doc: x, blocks: false}}\n"),
        ("hosts/h.yaml", "host: h\ntitle: H\ndoc: x\ntables: {}\ncalls: {c: {host_calls: x, doc: x}}\n"),
    ]);
    let good: Vec<_> = verdicts.iter().map(|verdict| verdict == "good").collect();
    assert_eq!(good, [true, false, false, false, false, false, false], "{verdicts:#?}");
}

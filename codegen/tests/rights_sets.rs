//! Rules about the rights that a descriptor lets inherit, and errors for undefined values.

use cloudabi_codegen::load::load;
use cloudabi_codegen::model::Model;
use cloudabi_codegen::source::{SourceFile, Sources};

const ABI: &str = "\
abi:
  name: toy
  title: Toy
  version: \"1.0\"
  doc: An ABI.
  architectures:
    x86_64: {word_bits: 64, arguments: 6, results: 2, doc: A processor.}
";

/// A definition with one call, `open`, whose input `how` and whose rights rule end as given.
fn definition(how: &str, rule: &str) -> Sources {
    let calls = format!(
        "\
subsystem: calls
doc: Everything.
types:
  errno:
    {{kind: enum, repr: uint16, c_prefix: TOY_E, doc: Errors., values: {{success: {{value: 0, doc: None.}},
      inval: {{value: 1, doc: Bad.}}, notsup: {{value: 2, doc: Unsupported.}}, io: {{value: 3, doc: Broken.}}}}}}
  fd: {{kind: opaque, repr: uint32, doc: A descriptor.}}
  rights:
    {{kind: flags, repr: uint64, c_prefix: TOY_RIGHT_, doc: Rights., values: {{open: {{value: 1, doc: Open.}},
      cut: {{value: 2, doc: Cut.}}}}}}
  way: {{kind: flags, repr: uint8, c_prefix: TOY_WAY_, doc: How., values: {{cut: {{value: 1, doc: Cut.}}}}}}
calls:
  open:
    number: 0
    doc: Opens.
    blocks: false
    inputs:
      - {{name: fd, type: fd, doc: Where.}}
      - {{name: how, doc: How., {how}}}
    rights:
      - {{descriptor: fd, {rule}}}
    errors:
      inval: Bad.
      notsup: Not that.
"
    );
    let files = [("abi.yaml", ABI.to_string()), ("calls.yaml", calls)];
    Sources::new(
        files
            .into_iter()
            .map(|(name, text)| SourceFile { name: name.to_string(), shown: format!("toy/{name}"), text })
            .collect(),
    )
}

fn good(how: &str, rule: &str) -> Model {
    let sources = definition(how, rule);
    load(&sources).unwrap_or_else(|errors| panic!("{}", errors.render(&sources, false)))
}

/// Holds the one error that is expected against the only one that is found.
fn bad(how: &str, rule: &str, expected: &str) {
    let sources = definition(how, rule);
    let errors = load(&sources).expect_err("it has a mistake");
    let text = errors.render(&sources, false);
    assert!(errors.len() == 1 && text.contains(expected), "expected only: {expected}\nfound: {text}");
}

#[test]
fn rules_are_about_own_rights_unless_they_say_otherwise() {
    let set = |rule| good("type: way", rule).calls[0].rights[0].inheriting;
    assert!(!set("needs: open"));
    assert!(!set("set: base, needs: open"));
    assert!(set("set: inheriting, needs: open & cut"));
    bad("type: way", "set: other, needs: open", "other");
}

#[test]
fn rights_to_inherit_have_no_alternatives() {
    let expected = "rights to inherit can be joined with `&` only";
    bad("type: way", "set: inheriting, needs: open & (open | cut)", expected);
}

#[test]
fn an_error_for_undefined_values_is_one_of_the_errors_of_the_call() {
    let undefined = |how| good(how, "needs: open").calls[0].inputs[1].undefined;
    assert_eq!(undefined("type: way"), None);
    assert_eq!(undefined("type: way, undefined: notsup"), Some(2));
    bad("type: way, undefined: io", "needs: open", "`io` is not among the errors of `open`");
    bad("type: uint32, undefined: notsup", "needs: open", "`how` has no undefined values");
}

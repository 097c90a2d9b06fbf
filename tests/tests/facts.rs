//! The definition held against the published ABI: `tests/facts/cloudabi-abi-facts.json`.
//!
//! The model is written in the same form as the facts, and both must be equal: so every fact is in the model, and the
//! model has no type, value, member, call or parameter that the facts lack.

use cloudabi_codegen::load::load;
use cloudabi_codegen::model::{
    Arm, Call, Field, Length, Member, Model, NumberClass, Parameter, Struct, Type, TypeKind, TypeRef,
};
use cloudabi_test_support::own_definition;
use serde_json::{Map, Value, json};

const FACTS: &str = include_str!("../facts/cloudabi-abi-facts.json");

fn facts() -> Value {
    serde_json::from_str(FACTS).expect("the facts are JSON")
}

fn own_model() -> Model {
    let sources = own_definition().expect("the folder `abi` can be read");
    load(&sources).unwrap_or_else(|diagnostics| panic!("{}", diagnostics.render(&sources, false)))
}

/// The model in the form of the facts.
fn as_facts(model: &Model) -> Value {
    let types: Map<_, _> = model.types.iter().map(|ty| (ty.name.clone(), type_facts(model, ty))).collect();
    let calls: Map<_, _> =
        model.calls.iter().map(|call| (call.name.clone(), call_facts(model, call))).collect();
    json!({"types": types, "syscalls": calls})
}

fn type_facts(model: &Model, ty: &Type) -> Value {
    match &ty.kind {
        TypeKind::Number(number) => {
            let values: Map<_, _> =
                number.values.iter().map(|value| (value.name.clone(), json!(value.value))).collect();
            let kind = match number.class {
                NumberClass::Alias => "alias",
                NumberClass::Opaque => "opaque",
                NumberClass::Enum => "enum",
                NumberClass::Flags => "flags",
            };
            json!({"kind": kind, "repr": number.repr.name(), "c_prefix": number.c_prefix, "values": values})
        }
        TypeKind::Struct(item) => struct_facts(model, item),
        TypeKind::Function(function) => {
            let parameters: Vec<_> = function
                .parameters
                .iter()
                .map(|field| json!({"name": field.name, "type": reference(model, &field.ty)}))
                .collect();
            json!({"kind": "function", "parameters": parameters})
        }
    }
}

fn struct_facts(model: &Model, item: &Struct) -> Value {
    let members: Vec<_> = item
        .members
        .iter()
        .map(|member| match member {
            Member::Field(field) => field_facts(model, field),
            Member::Variant(variant) => json!({
                "variant": variant.tag,
                "offset32": variant.offset.w32,
                "offset64": variant.offset.w64,
                "arms": variant.arms.iter().map(|arm| arm_facts(model, arm)).collect::<Vec<_>>(),
            }),
        })
        .collect();
    let ranges: Vec<_> = item
        .members
        .iter()
        .filter_map(|member| match member {
            Member::Field(field) if field.length == Some(format!("{}_len", field.name)) => Some(&field.name),
            _ => None,
        })
        .collect();
    json!({
        "kind": "struct",
        "size32": item.size.w32,
        "size64": item.size.w64,
        "align32": item.align.w32,
        "align64": item.align.w64,
        "machine_dependent": item.depends_on_word_size,
        "members": members,
        "ranges": ranges,
    })
}

fn arm_facts(model: &Model, arm: &Arm) -> Value {
    let members: Vec<_> = arm.members.iter().map(|field| field_facts(model, field)).collect();
    json!({"name": arm.name, "tags": arm.tags, "members": members})
}

fn field_facts(model: &Model, field: &Field) -> Value {
    json!({
        "name": field.name,
        "type": reference(model, &field.ty),
        "offset32": field.offset.w32,
        "offset64": field.offset.w64,
    })
}

fn reference(model: &Model, ty: &TypeRef) -> Value {
    match ty {
        TypeRef::Primitive(primitive) => json!(primitive.name()),
        TypeRef::Named(id) => json!(model.ty(*id).name),
        TypeRef::Pointer { mutable, to } => json!({"pointer": reference(model, to), "const": !mutable}),
        TypeRef::Array { of, count } => json!({"array": reference(model, of), "count": count}),
        TypeRef::Atomic(of) => json!({"atomic": reference(model, of)}),
    }
}

fn call_facts(model: &Model, call: &Call) -> Value {
    let parameters = |list: &[Parameter]| -> Vec<Value> {
        list.iter().map(|item| json!({"name": item.name, "type": reference(model, &item.ty)})).collect()
    };
    let ranges: Vec<_> = call
        .inputs
        .iter()
        .filter(|input| match input.buffer.as_ref().map(|buffer| buffer.length) {
            Some(Length::Input(index)) => call.inputs[index].name == format!("{}_len", input.name),
            _ => false,
        })
        .map(|input| &input.name)
        .collect();
    json!({
        "number": call.number,
        "noreturn": call.noreturn,
        "machine_dependent": model.call_depends_on_word_size(call),
        "inputs": parameters(&call.inputs),
        "input_ranges": ranges,
        "outputs": parameters(&call.outputs),
    })
}

/// Every difference between two values, each with the way to it.
fn differences(way: &str, facts: &Value, model: &Value, found: &mut Vec<String>) {
    match (facts, model) {
        (Value::Object(facts), Value::Object(model)) => {
            for (key, fact) in facts {
                let way = format!("{way}.{key}");
                match model.get(key) {
                    Some(value) => differences(&way, fact, value, found),
                    None => found.push(format!("{way}: not in the model")),
                }
            }
            let extra = model.keys().filter(|key| !facts.contains_key(*key));
            found.extend(extra.map(|key| format!("{way}.{key}: not in the facts")));
        }
        (Value::Array(facts), Value::Array(model)) => {
            for (index, (fact, value)) in facts.iter().zip(model).enumerate() {
                differences(&format!("{way}[{index}]"), fact, value, found);
            }
            if facts.len() != model.len() {
                found.push(format!("{way}: {} in the facts, {} in the model", facts.len(), model.len()));
            }
        }
        _ if facts == model => {}
        _ => found.push(format!("{way}: {facts} in the facts, {model} in the model")),
    }
}

fn compare(facts: &Value, model: &Value) -> Vec<String> {
    let mut found = Vec::new();
    differences("", facts, model, &mut found);
    found
}

#[test]
fn model_agrees_with_the_published_abi() {
    let found = compare(&facts(), &as_facts(&own_model()));
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn the_facts_are_all_there() {
    let facts = facts();
    let types = facts["types"].as_object().expect("types");
    let of_kind = |kind| types.values().filter(|ty| ty["kind"] == kind).count();
    let kinds = ["alias", "opaque", "enum", "flags", "struct", "function"].map(of_kind);
    assert_eq!(kinds, [7, 7, 9, 17, 15, 2]);
    let values: usize = types.values().filter_map(|ty| ty["values"].as_object()).map(Map::len).sum();
    assert_eq!(values, 224);
    assert_eq!(facts["syscalls"].as_object().expect("calls").len(), 49);
}

/// Alters every single fact in turn, the keys too: each time exactly that must be noticed.
#[test]
fn every_altered_fact_is_noticed() {
    let model = as_facts(&own_model());
    let mut facts = facts();
    let mut ways = Vec::new();
    leaves(&facts, String::new(), &mut ways);
    assert!(ways.len() > 1000, "{}", ways.len());
    for way in ways {
        let place = facts.pointer_mut(&way).expect("the way leads to a fact");
        let altered = match &place {
            Value::String(text) => json!(format!("{text}x")),
            Value::Number(number) => json!(number.as_u64().expect("no fact is negative") ^ 1),
            Value::Bool(value) => json!(!*value),
            Value::Null => json!("x"),
            Value::Array(_) => json!(["x"]),
            Value::Object(_) => json!({"x": 0}),
        };
        let original = std::mem::replace(place, altered);
        // Only the type or call that it is about: everything, a thousand times over, takes too long.
        let entry = way.match_indices('/').nth(2).map_or(way.as_str(), |(end, _)| &way[..end]);
        let found = compare(
            facts.pointer(entry).expect("the way leads to a fact"),
            model.pointer(entry).expect("the model has it"),
        );
        assert_eq!(found.len(), 1, "an altered fact at {way} goes unnoticed");
        *facts.pointer_mut(&way).expect("the way leads to a fact") = original;
    }
}

#[test]
fn a_missing_fact_is_noticed() {
    let model = as_facts(&own_model());
    let mut facts = facts();
    facts["types"].as_object_mut().expect("types").remove("tid");
    facts["types"]["event"]["members"].as_array_mut().expect("members").pop();
    let found = compare(&facts, &model);
    assert_eq!(
        found,
        [".types.event.members: 3 in the facts, 4 in the model", ".types.tid: not in the facts"],
    );
}

/// The JSON pointers to everything that is not made of further facts.
fn leaves(value: &Value, way: String, found: &mut Vec<String>) {
    match value {
        Value::Object(entries) if !entries.is_empty() => {
            entries.iter().for_each(|(key, value)| leaves(value, format!("{way}/{key}"), found));
        }
        Value::Array(items) if !items.is_empty() => {
            items
                .iter()
                .enumerate()
                .for_each(|(index, value)| leaves(value, format!("{way}/{index}"), found));
        }
        _ => found.push(way),
    }
}

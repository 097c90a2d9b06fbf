//! The document as a whole, and its schema.

use super::calls::{CallJson, Names};
use super::docs::{DocJson, doc};
use super::hosts::{HostJson, host};
use super::types::{TypeJson, type_json};
use crate::emit::text::notice;
use crate::model::{DescriptorKind, Model, TombstoneKind};
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Serialize;

/// The version of this format. A reader that knows it can read every document of the same version; additions
/// that a reader may pass over do not change it.
pub const FORMAT_VERSION: u32 = 1;

/// A definition of a system call ABI, resolved, checked and laid out.
#[derive(Serialize, JsonSchema)]
pub struct RootJson<'m> {
    /// The file with the schema of this document.
    #[serde(rename = "$schema")]
    schema: String,
    /// What made this document, and its licence.
    #[serde(rename = "$comment")]
    comment: String,
    /// Version of this format.
    format_version: u32,
    /// Lower-case identifier that starts every generated name.
    name: &'m str,
    /// The name as prose writes it.
    title: &'m str,
    /// Version of the definition, `MAJOR.MINOR`.
    version: &'m str,
    /// Licence of what is generated from the definition, as an SPDX expression.
    #[serde(skip_serializing_if = "Option::is_none")]
    license: Option<&'m str>,
    /// What the ABI is for.
    doc: DocJson<'m>,
    /// Processors that programs are compiled for.
    architectures: Vec<ArchitectureJson<'m>>,
    /// The parts of the definition.
    subsystems: Vec<SubsystemJson<'m>>,
    /// All types, each after those that it contains.
    types: Vec<TypeJson<'m>>,
    /// Kinds of descriptors, each with the rights that make sense for it.
    descriptor_kinds: Vec<DescriptorKindJson<'m>>,
    /// All calls, by number.
    calls: Vec<CallJson<'m>>,
    /// Names and numbers that must not be used again.
    tombstones: Vec<TombstoneJson<'m>>,
    /// How each host serves the ABI.
    hosts: Vec<HostJson<'m>>,
}

/// A processor architecture.
#[derive(Serialize, JsonSchema)]
struct ArchitectureJson<'m> {
    /// Its name.
    name: &'m str,
    /// Width of pointers and sizes in bits.
    word_bits: u32,
    /// How many argument slots of one word a call carries.
    arguments: u32,
    /// How many result slots a call carries.
    results: u32,
    /// Whether a 64-bit argument on a 32-bit machine begins at an even slot.
    aligned_pairs: bool,
    /// What it is.
    doc: DocJson<'m>,
}

/// A part of the definition: types and calls that belong together.
#[derive(Serialize, JsonSchema)]
struct SubsystemJson<'m> {
    /// Its name.
    name: &'m str,
    /// The file that defines it, relative to the definition's folder.
    file: &'m str,
    /// What it is about.
    doc: DocJson<'m>,
    /// Its types in definition order.
    types: Vec<&'m str>,
    /// Its calls in definition order.
    calls: Vec<&'m str>,
}

/// Descriptors for which the same rights make sense.
#[derive(Serialize, JsonSchema)]
struct DescriptorKindJson<'m> {
    /// Its name.
    name: &'m str,
    /// The subsystem that defines it.
    subsystem: &'m str,
    /// What it is.
    doc: DocJson<'m>,
    /// The values of the type `filetype` that such descriptors can have. Several kinds can have the same.
    filetypes: Vec<&'m str>,
    /// The rights that such descriptors can carry.
    base: Vec<&'m str>,
    /// The kinds of descriptors that can be made from one.
    makes: Vec<&'m str>,
    /// The rights that such descriptors can let inherit, which follow from what can be made from them.
    inheriting: Vec<&'m str>,
}

/// A name or number that is gone or reserved.
#[derive(Serialize, JsonSchema)]
struct TombstoneJson<'m> {
    /// What had it.
    kind: TombstoneKindJson,
    /// The name; `TYPE.VALUE` for a value.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'m str>,
    /// The number.
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<u64>,
    /// Why it must not be used.
    reason: &'m str,
}

/// What a tombstone is of.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum TombstoneKindJson {
    /// A call.
    Call,
    /// A type.
    Type,
    /// A named value.
    Value,
}

/// The document of a model.
pub fn root(model: &Model) -> RootJson<'_> {
    let names = Names::new(model);
    RootJson {
        schema: format!("{}.schema.json", model.name),
        comment: notice(model, "*.yaml").join(" "),
        format_version: FORMAT_VERSION,
        name: &model.name,
        title: &model.title,
        version: &model.version,
        license: model.license.as_deref(),
        doc: doc(model, &model.doc),
        architectures: model
            .architectures
            .iter()
            .map(|a| ArchitectureJson {
                name: &a.name,
                word_bits: a.word_bits,
                arguments: a.arguments,
                results: a.results,
                aligned_pairs: a.aligned_pairs,
                doc: doc(model, &a.doc),
            })
            .collect(),
        subsystems: model
            .subsystems
            .iter()
            .map(|s| SubsystemJson {
                name: &s.name,
                file: &s.file,
                doc: doc(model, &s.doc),
                types: s.types.iter().map(|id| model.ty(*id).name.as_str()).collect(),
                calls: s.calls.iter().map(|id| model.call(*id).name.as_str()).collect(),
            })
            .collect(),
        types: model.types.iter().map(|ty| type_json(model, ty)).collect(),
        descriptor_kinds: model.descriptor_kinds.iter().map(|kind| descriptor_kind(model, kind)).collect(),
        calls: model.calls.iter().map(|call| names.call(call)).collect(),
        tombstones: model
            .tombstones
            .iter()
            .map(|t| TombstoneJson {
                kind: match t.kind {
                    TombstoneKind::Call => TombstoneKindJson::Call,
                    TombstoneKind::Type => TombstoneKindJson::Type,
                    TombstoneKind::Value => TombstoneKindJson::Value,
                },
                name: t.name.as_deref(),
                number: t.number,
                reason: &t.reason,
            })
            .collect(),
        hosts: model.hosts.iter().map(|h| host(model, h)).collect(),
    }
}

fn descriptor_kind<'m>(model: &'m Model, kind: &'m DescriptorKind) -> DescriptorKindJson<'m> {
    let rights = |list: &[usize]| list.iter().map(|index| model.right_name(*index)).collect();
    DescriptorKindJson {
        name: &kind.name,
        subsystem: &model.subsystems[kind.subsystem].name,
        doc: doc(model, &kind.doc),
        filetypes: kind.filetypes.iter().map(|index| model.filetype_name(*index)).collect(),
        base: rights(&kind.base),
        makes: kind.makes.iter().map(|index| model.descriptor_kinds[*index].name.as_str()).collect(),
        inheriting: rights(&kind.inheriting),
    }
}

/// The schema of every such document of this version of the format.
pub fn schema(model: &Model) -> serde_json::Value {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    let mut schema = settings.into_generator().into_root_schema_for::<RootJson<'static>>();
    schema.insert("title".to_string(), format!("{} as data", model.title).into());
    if let Some(version) = schema.pointer_mut("/properties/format_version") {
        *version = serde_json::json!({"description": "Version of this format.", "const": FORMAT_VERSION});
    }
    // Writing a schema puts its keys into their usual order. What made it is to stand in front of them.
    let mut schema = serde_json::to_value(schema).unwrap_or_default();
    if let Some(keys) = schema.as_object_mut() {
        keys.shift_insert(1, "$comment".to_string(), notice(model, "*.yaml").join(" ").into());
    }
    schema
}

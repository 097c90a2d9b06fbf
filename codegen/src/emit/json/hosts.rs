//! Hosts as data.

use super::docs::{DocJson, doc};
use crate::model::{
    Apply, Architecture, Host, HostMapping, HostTable, Model, TypeKind, Way, WayOnArchitecture,
};
use schemars::JsonSchema;
use serde::Serialize;

/// A host: an operating system that runs programs.
#[derive(Serialize, JsonSchema)]
pub struct HostJson<'m> {
    /// Its name.
    name: &'m str,
    /// Its name as prose writes it.
    title: &'m str,
    /// How it serves programs, in general.
    doc: DocJson<'m>,
    /// The ways in which it runs programs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    ways: Vec<WayJson<'m>>,
    /// Constants whose numbers the definition itself records.
    constants: Vec<ConstantJson<'m>>,
    /// Conversions of values.
    tables: Vec<TableJson<'m>>,
    /// What is needed at any time, whichever call is served.
    runtime: RuntimeJson<'m>,
    /// What each call needs, by number.
    calls: Vec<NeedsJson<'m>>,
}

/// A way in which a host runs programs.
#[derive(Serialize, JsonSchema)]
struct WayJson<'m> {
    /// Its name.
    name: &'m str,
    /// What its column is headed with.
    title: &'m str,
    /// What runs a program there.
    doc: DocJson<'m>,
    /// Who keeps a program to its rights there.
    rights: DocJson<'m>,
    /// How far it has come on each architecture.
    architectures: Vec<OnArchitectureJson<'m>>,
}

/// How far a way has come on an architecture.
#[derive(Serialize, JsonSchema)]
struct OnArchitectureJson<'m> {
    /// The architecture.
    architecture: &'m str,
    /// `tested`, `emulated`, `built`, `planned` or `impossible`.
    state: &'static str,
    /// What has been seen of it, or why there is none.
    doc: DocJson<'m>,
}

/// A constant of a host's.
#[derive(Serialize, JsonSchema)]
struct ConstantJson<'m> {
    /// Its name.
    name: &'m str,
    /// The number.
    value: u64,
    /// Where it is defined.
    source: &'m str,
}

/// How the values of one type map to constants of the host.
#[derive(Serialize, JsonSchema)]
struct TableJson<'m> {
    /// Its name.
    name: &'m str,
    /// The type whose values it maps.
    #[serde(rename = "type")]
    ty: &'m str,
    /// What it is used for, and what the constants are.
    doc: DocJson<'m>,
    /// How the constants of several flags go together.
    apply: ApplyJson,
    /// Whether it is for conversions from the ABI to the host.
    to_host: bool,
    /// Whether it is for conversions from the host to the ABI.
    from_host: bool,
    /// Why the host has no such thing at all; then there are no entries.
    #[serde(skip_serializing_if = "Option::is_none")]
    none: Option<&'m str>,
    /// The value that stands for everything of the host's that no entry names.
    #[serde(skip_serializing_if = "Option::is_none")]
    from_host_default: Option<&'m str>,
    /// Constants that become a value, though that value never becomes them.
    also_from_host: Vec<AlsoJson<'m>>,
    /// An entry for each value of the type.
    entries: Vec<EntryJson<'m>>,
}

/// How constants of flags go together.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum ApplyJson {
    /// As bits that are joined.
    Together,
    /// One by one.
    Separately,
    /// A constant stands for the absence of the flags that name it.
    WhereMissing,
}

/// A constant that becomes a value.
#[derive(Serialize, JsonSchema)]
struct AlsoJson<'m> {
    /// The host's constant.
    constant: &'m str,
    /// The value.
    value: &'m str,
}

/// How one value maps.
#[derive(Serialize, JsonSchema)]
struct EntryJson<'m> {
    /// The value.
    value: &'m str,
    /// What it is on the host.
    mapping: MappingJson<'m>,
    /// Remark for readers.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<&'m str>,
}

/// What a value is on a host.
#[derive(Serialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum MappingJson<'m> {
    /// The bits of these constants together.
    Constants {
        /// Their names.
        names: &'m [String],
        /// What else decides, where several values share a constant.
        #[serde(skip_serializing_if = "Option::is_none")]
        when: Option<&'m str>,
    },
    /// What the absence of constants means: nothing to set.
    Zero {
        /// Why.
        reason: &'m str,
    },
    /// The host cannot express it.
    None {
        /// Why.
        reason: &'m str,
    },
}

/// What a runtime needs at any time.
#[derive(Serialize, JsonSchema)]
struct RuntimeJson<'m> {
    /// System calls of the host's.
    host_calls: &'m [String],
    /// What for.
    doc: DocJson<'m>,
}

/// What serving a call needs.
#[derive(Serialize, JsonSchema)]
struct NeedsJson<'m> {
    /// The call.
    call: &'m str,
    /// System calls of the host's that serving it may make.
    host_calls: &'m [String],
    /// How it is served.
    doc: DocJson<'m>,
    /// Why the host cannot serve it.
    #[serde(skip_serializing_if = "Option::is_none")]
    none: Option<&'m str>,
    /// What of it the host cannot do.
    #[serde(skip_serializing_if = "Option::is_none")]
    limits: Option<DocJson<'m>>,
    /// What differs in a way of running programs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    ways: Vec<InWayJson<'m>>,
}

/// How a call is served in one way of running programs, in place of what is said of the host.
#[derive(Serialize, JsonSchema)]
struct InWayJson<'m> {
    /// The way.
    way: &'m str,
    /// How it is served.
    doc: DocJson<'m>,
    /// Why it is not served.
    #[serde(skip_serializing_if = "Option::is_none")]
    none: Option<&'m str>,
    /// What of it is not to be had.
    #[serde(skip_serializing_if = "Option::is_none")]
    limits: Option<DocJson<'m>>,
}

/// A host as data.
pub fn host<'m>(model: &'m Model, host: &'m Host) -> HostJson<'m> {
    HostJson {
        name: &host.name,
        title: &host.title,
        doc: doc(model, &host.doc),
        ways: host.ways.iter().map(|w| way(model, w)).collect(),
        constants: host
            .constants
            .iter()
            .map(|c| ConstantJson { name: &c.name, value: c.value, source: &c.source })
            .collect(),
        tables: host.tables.iter().map(|t| table(model, t)).collect(),
        runtime: RuntimeJson { host_calls: &host.runtime.host_calls, doc: doc(model, &host.runtime.doc) },
        calls: host
            .calls
            .iter()
            .map(|needs| NeedsJson {
                call: &model.call(needs.call).name,
                host_calls: &needs.host_calls,
                doc: doc(model, &needs.doc),
                none: needs.none.as_deref(),
                limits: needs.limits.as_ref().map(|limits| doc(model, limits)),
                ways: needs
                    .ways
                    .iter()
                    .map(|(index, served)| InWayJson {
                        way: &host.ways[*index].name,
                        doc: doc(model, &served.doc),
                        none: served.none.as_deref(),
                        limits: served.limits.as_ref().map(|limits| doc(model, limits)),
                    })
                    .collect(),
            })
            .collect(),
    }
}

fn way<'m>(model: &'m Model, way: &'m Way) -> WayJson<'m> {
    let on = |(architecture, on): (&'m Architecture, &'m WayOnArchitecture)| OnArchitectureJson {
        architecture: &architecture.name,
        state: on.state.word(),
        doc: doc(model, &on.doc),
    };
    WayJson {
        name: &way.name,
        title: &way.title,
        doc: doc(model, &way.doc),
        rights: doc(model, &way.rights),
        architectures: model.architectures.iter().zip(&way.architectures).map(on).collect(),
    }
}

fn table<'m>(model: &'m Model, table: &'m HostTable) -> TableJson<'m> {
    let value = |index: usize| match &model.ty(table.ty).kind {
        TypeKind::Number(number) => number.values.get(index).map(|v| v.name.as_str()).unwrap_or_default(),
        _ => "",
    };
    TableJson {
        name: &table.name,
        ty: &model.ty(table.ty).name,
        doc: doc(model, &table.doc),
        apply: match table.apply {
            Apply::Together => ApplyJson::Together,
            Apply::Separately => ApplyJson::Separately,
            Apply::WhereMissing => ApplyJson::WhereMissing,
        },
        to_host: table.to_host,
        from_host: table.from_host,
        none: table.none.as_deref(),
        from_host_default: table.from_host_default.map(value),
        also_from_host: table
            .also_from_host
            .iter()
            .map(|(constant, index)| AlsoJson { constant, value: value(*index) })
            .collect(),
        entries: table
            .entries
            .iter()
            .map(|entry| EntryJson {
                value: value(entry.value),
                mapping: match &entry.mapping {
                    HostMapping::Constants { names, when } => {
                        MappingJson::Constants { names, when: when.as_deref() }
                    }
                    HostMapping::Zero(reason) => MappingJson::Zero { reason },
                    HostMapping::None(reason) => MappingJson::None { reason },
                },
                note: entry.note.as_deref(),
            })
            .collect(),
    }
}

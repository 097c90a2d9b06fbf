//! Documentation as data.

use crate::model::{Doc, DocPart, LinkTarget, Model, TypeKind};
use schemars::JsonSchema;
use serde::Serialize;

/// Documentation: pieces of Markdown and cross references, in order.
#[derive(Serialize, JsonSchema)]
#[serde(transparent)]
pub struct DocJson<'m>(Vec<PartJson<'m>>);

/// A string of Markdown, or a cross reference.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
enum PartJson<'m> {
    /// Markdown.
    Text(&'m str),
    /// A cross reference.
    Link(LinkJson<'m>),
}

/// A cross reference.
#[derive(Serialize, JsonSchema)]
struct LinkJson<'m> {
    /// As the definition writes it, without brackets: `rights.fd_seek`.
    link: &'m str,
    /// What it names.
    target: TargetJson<'m>,
}

/// What a cross reference names.
#[derive(Serialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum TargetJson<'m> {
    /// A call.
    Call {
        /// Its name.
        call: &'m str,
    },
    /// An input or output of a call.
    Parameter {
        /// The call's name.
        call: &'m str,
        /// The parameter's name.
        parameter: &'m str,
    },
    /// A type.
    Type {
        /// Its name.
        #[serde(rename = "type")]
        ty: &'m str,
    },
    /// A named value of a type.
    Value {
        /// The type's name.
        #[serde(rename = "type")]
        ty: &'m str,
        /// The value's name.
        value: &'m str,
    },
    /// A member of a structure, or an arm of its variant.
    Member {
        /// The structure's name.
        #[serde(rename = "type")]
        ty: &'m str,
        /// The names on the way to it.
        path: &'m [String],
    },
}

/// Documentation of the model as data.
pub fn doc<'m>(model: &'m Model, doc: &'m Doc) -> DocJson<'m> {
    DocJson(
        doc.parts
            .iter()
            .map(|part| match part {
                DocPart::Text(text) => PartJson::Text(text),
                DocPart::Link { text, target: to } => {
                    PartJson::Link(LinkJson { link: text, target: target(model, to) })
                }
            })
            .collect(),
    )
}

/// What a link names.
fn target<'m>(model: &'m Model, target: &'m LinkTarget) -> TargetJson<'m> {
    let type_name = |id: &crate::model::TypeId| model.ty(*id).name.as_str();
    match target {
        LinkTarget::Call(call) => TargetJson::Call { call: &model.call(*call).name },
        LinkTarget::Parameter(call, parameter) => {
            TargetJson::Parameter { call: &model.call(*call).name, parameter }
        }
        LinkTarget::Type(id) => TargetJson::Type { ty: type_name(id) },
        LinkTarget::Value(id, index) => {
            let value = match &model.ty(*id).kind {
                TypeKind::Number(number) => number.values.get(*index).map(|value| value.name.as_str()),
                _ => None,
            };
            TargetJson::Value { ty: type_name(id), value: value.unwrap_or_default() }
        }
        LinkTarget::Member(id, path) => TargetJson::Member { ty: type_name(id), path },
    }
}

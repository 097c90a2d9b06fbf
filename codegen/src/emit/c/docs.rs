//! Documentation as comments in C, with names as C knows them.

use super::spelling::{Spelling, View, identifier, value_macro};
use crate::model::{
    CallId, Condition, Doc, LinkTarget, Model, Operand, Path, RightsExpression, TypeId, TypeKind, TypeRef,
};

/// What a comment is about. References to its own parts are shorter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A call.
    Call(CallId),
    /// A type.
    Type(TypeId),
}

/// The documentation's text, with cross references as the C names of what they refer to.
pub fn doc_text(model: &Model, subject: Subject, doc: &Doc) -> String {
    doc.render(|_, target| match target {
        LinkTarget::Call(call) => call_name(model, *call),
        LinkTarget::Parameter(call, parameter) if subject == Subject::Call(*call) => code(parameter),
        LinkTarget::Parameter(call, parameter) => {
            format!("{} of {}", code(parameter), call_name(model, *call))
        }
        LinkTarget::Type(ty) => type_name(model, *ty),
        LinkTarget::Value(ty, value) => named_value(model, *ty, *value),
        LinkTarget::Member(ty, path) => {
            let path: Vec<_> = path.iter().map(|name| identifier(name)).collect();
            let member = format!("`{}`", path.join("."));
            if subject == Subject::Type(*ty) {
                member
            } else {
                format!("{member} of {}", type_name(model, *ty))
            }
        }
    })
}

fn code(name: &str) -> String {
    format!("`{}`", identifier(name))
}

fn call_name(model: &Model, call: CallId) -> String {
    format!("{}_sys_{}()", model.name, model.call(call).name)
}

fn type_name(model: &Model, ty: TypeId) -> String {
    Spelling::new(model, View::Program).type_name(ty)
}

/// The documentation followed by since when the thing exists and why not to use it.
pub fn doc_with_history(
    model: &Model,
    subject: Subject,
    doc: &Doc,
    since: &Option<String>,
    deprecated: &Option<String>,
) -> String {
    let mut text = doc_text(model, subject, doc);
    if let Some(version) = since {
        text.push_str(&format!("\n\nSince version {version}."));
    }
    if let Some(reason) = deprecated {
        text.push_str(&format!("\n\nDeprecated: {reason}"));
    }
    text
}

/// The first sentence or line, for one-line comments.
pub fn first_sentence(text: &str) -> String {
    let paragraph = joined(text.split("\n\n").next().unwrap_or_default());
    match paragraph.find(". ") {
        Some(end) => paragraph[..=end].to_string(),
        None => paragraph,
    }
}

/// All that a comment above a call's declaration says.
pub fn call_comment(model: &Model, id: CallId) -> String {
    let (call, subject) = (model.call(id), Subject::Call(id));
    let mut text = doc_with_history(model, subject, &call.doc, &call.since, &call.deprecated);
    for (title, parameters) in [("Inputs", &call.inputs), ("Outputs", &call.outputs)] {
        if parameters.is_empty() {
            continue;
        }
        text.push_str(&format!("\n\n{title}:"));
        for parameter in parameters {
            let doc = joined(&doc_text(model, subject, &parameter.doc));
            text.push_str(&format!("\n- `{}`: {doc}", identifier(&parameter.name)));
        }
    }
    if !call.rights.is_empty() {
        text.push_str("\n\nRights:");
        for rule in &call.rights {
            let needs = rights_text(model, &rule.needs, false);
            let inherited = if rule.inheriting { " among the rights to inherit" } else { "" };
            text.push_str(&format!("\n- `{}`: {needs}{inherited}", rule.descriptor.text));
            if let Some(condition) = &rule.when {
                text.push_str(&format!(" when {}", condition_text(model, condition, false)));
            }
        }
    }
    if let (Some(errno), false) = (model.errno(), call.errors.is_empty()) {
        text.push_str("\n\nErrors:");
        for error in &call.errors {
            let doc = joined(&doc_text(model, subject, &error.doc));
            text.push_str(&format!("\n- {}: {doc}", named_value(model, errno, error.errno)));
        }
    }
    text
}

/// Several lines or paragraphs as one, for list items.
fn joined(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn named_value(model: &Model, ty: TypeId, value: usize) -> String {
    match &model.ty(ty).kind {
        TypeKind::Number(number) => number.values.get(value).map(|value| value_macro(number, value)),
        _ => None,
    }
    .unwrap_or_default()
}

fn rights_text(model: &Model, expression: &RightsExpression, nested: bool) -> String {
    let (parts, word) = match expression {
        RightsExpression::Right(right) => {
            return model.rights().map(|rights| named_value(model, rights, *right)).unwrap_or_default();
        }
        RightsExpression::All(parts) => (parts, " and "),
        RightsExpression::Any(parts) => (parts, " or "),
    };
    let parts: Vec<_> = parts.iter().map(|part| rights_text(model, part, true)).collect();
    grouped(parts.join(word), nested && parts.len() > 1)
}

fn condition_text(model: &Model, condition: &Condition, nested: bool) -> String {
    let (parts, word) = match condition {
        Condition::Has { path, flag } => {
            return format!("`{}` has {}", path.text, value_at(model, path, *flag));
        }
        Condition::Equals { path, value: Operand::Value(value) } => {
            return format!("`{}` is {}", path.text, value_at(model, path, *value));
        }
        Condition::Equals { path, value: Operand::Number(number) } => {
            return format!("`{}` is {number}", path.text);
        }
        Condition::Not(condition) => match &**condition {
            Condition::Has { path, flag } => {
                return format!("`{}` lacks {}", path.text, value_at(model, path, *flag));
            }
            Condition::Equals { path, value: Operand::Value(value) } => {
                return format!("`{}` is not {}", path.text, value_at(model, path, *value));
            }
            Condition::Equals { path, value: Operand::Number(number) } => {
                return format!("`{}` is not {number}", path.text);
            }
            other => return format!("not {}", condition_text(model, other, true)),
        },
        Condition::All(parts) => (parts, " and "),
        Condition::Any(parts) => (parts, " or "),
    };
    let parts: Vec<_> = parts.iter().map(|part| condition_text(model, part, true)).collect();
    grouped(parts.join(word), nested && parts.len() > 1)
}

fn grouped(text: String, parentheses: bool) -> String {
    if parentheses { format!("({text})") } else { text }
}

fn value_at(model: &Model, path: &Path, value: usize) -> String {
    match &path.ty {
        TypeRef::Named(ty) => named_value(model, *ty, value),
        _ => String::new(),
    }
}

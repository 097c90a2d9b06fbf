//! Documentation of calls: parameters, results, rights and errors, in words with links.

use super::{Printer, constant};
use crate::emit::text::Text;
use crate::model::{
    Call, CallId, Condition, Operand, Parameter, Path, RightsExpression, TypeId, TypeKind, TypeRef,
};

impl Printer<'_> {
    /// Documents a call: what it does, its number, its parameters and results, and the sections on rights
    /// and errors. A section on safety may follow.
    pub fn call_doc(&self, out: &mut Text, call: &Call) {
        let id = self.model.calls.binary_search_by_key(&call.number, |other| other.number);
        self.current.set(id.ok().map(CallId));
        self.doc(out, &call.doc);
        self.history(out, call.since.as_deref(), call.deprecated.as_deref());
        out.line("///");
        let waits = if call.blocks { " It may wait." } else { "" };
        let returns = if call.noreturn { " It does not return." } else { "" };
        out.line(format_args!("/// Call number {}.{waits}{returns}", call.number));
        self.parameters(out, "Takes", &call.inputs);
        self.parameters(out, "Gives", &call.outputs);
        self.rights_section(out, call);
        self.errors_section(out, call);
        self.current.set(None);
    }

    fn parameters(&self, out: &mut Text, title: &str, parameters: &[Parameter]) {
        if parameters.is_empty() {
            return;
        }
        out.line("///");
        out.line(format_args!("/// {title}:"));
        for parameter in parameters {
            let doc = item(&self.markdown(&parameter.doc));
            self.doc_text(out, &format!("- `{}`: {doc}", parameter.name));
        }
    }

    fn rights_section(&self, out: &mut Text, call: &Call) {
        if call.rights.is_empty() {
            return;
        }
        out.line("///").line("/// # Rights").line("///");
        for rule in &call.rights {
            let mut text = format!("- `{}`: {}", rule.descriptor.text, self.rights_text(&rule.needs));
            if rule.inheriting {
                text.push_str(" among the rights to inherit");
            }
            if let Some(condition) = &rule.when {
                text.push_str(&format!(", when {}", self.condition_text(condition)));
            }
            text.push('.');
            if let Some(doc) = &rule.doc {
                text.push_str(&format!(" {}", item(&self.markdown(doc))));
            }
            self.doc_text(out, &text);
        }
    }

    fn errors_section(&self, out: &mut Text, call: &Call) {
        let Some(errno) = self.errno else { return };
        if call.errors.is_empty() {
            return;
        }
        out.line("///").line("/// # Errors").line("///");
        for error in &call.errors {
            let doc = item(&self.markdown(&error.doc));
            self.doc_text(out, &format!("- {}: {doc}", self.value_link(errno, error.errno)));
        }
    }

    /// A rights expression in words: `` [`Rights::FD_READ`] and [`Rights::FD_SEEK`] ``.
    pub fn rights_text(&self, expression: &RightsExpression) -> String {
        let Some(rights) = self.rights else { return String::new() };
        let group = |parts: &[RightsExpression], word: &str| {
            let parts: Vec<String> = parts
                .iter()
                .map(|part| match part {
                    RightsExpression::Right(_) => self.rights_text(part),
                    _ => format!("({})", self.rights_text(part)),
                })
                .collect();
            parts.join(word)
        };
        match expression {
            RightsExpression::Right(index) => self.value_link(rights, *index),
            RightsExpression::All(parts) => group(parts, " and "),
            RightsExpression::Any(parts) => group(parts, " or "),
        }
    }

    /// A condition in words: `` `oflags` has [`Oflags::CREAT`] ``.
    pub fn condition_text(&self, condition: &Condition) -> String {
        let group = |parts: &[Condition], word: &str| {
            let parts: Vec<String> = parts
                .iter()
                .map(|part| match part {
                    Condition::All(_) | Condition::Any(_) => format!("({})", self.condition_text(part)),
                    _ => self.condition_text(part),
                })
                .collect();
            parts.join(word)
        };
        match condition {
            Condition::All(parts) => group(parts, " and "),
            Condition::Any(parts) => group(parts, " or "),
            Condition::Has { path, flag } => format!("`{}` has {}", path.text, self.path_value(path, *flag)),
            Condition::Equals { path, value } => format!("`{}` is {}", path.text, self.operand(path, *value)),
            Condition::Not(inner) => match inner.as_ref() {
                Condition::Has { path, flag } => {
                    format!("`{}` lacks {}", path.text, self.path_value(path, *flag))
                }
                Condition::Equals { path, value } => {
                    format!("`{}` is not {}", path.text, self.operand(path, *value))
                }
                other => format!("not ({})", self.condition_text(other)),
            },
        }
    }

    fn operand(&self, path: &Path, operand: Operand) -> String {
        match operand {
            Operand::Value(index) => self.path_value(path, index),
            Operand::Number(number) => number.to_string(),
        }
    }

    fn path_value(&self, path: &Path, index: usize) -> String {
        match &path.ty {
            TypeRef::Named(id) => self.value_link(*id, index),
            _ => index.to_string(),
        }
    }

    /// The named value of this type as a Rust expression: `Errno::NOSYS`.
    pub fn value_path(&self, id: TypeId, name: &str) -> Option<String> {
        let TypeKind::Number(number) = &self.model.ty(id).kind else { return None };
        let value = number.values.iter().find(|value| value.name == name)?;
        let constant = constant(&value.name);
        Some(match number.class {
            crate::model::NumberClass::Alias => self.alias_constant(id, &constant),
            _ => format!("{}::{constant}", self.type_ref(&TypeRef::Named(id))),
        })
    }
}

/// Text as one paragraph, for use in a list.
fn item(markdown: &str) -> String {
    let mut text = String::with_capacity(markdown.len());
    for word in markdown.split_whitespace() {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(word);
    }
    text
}

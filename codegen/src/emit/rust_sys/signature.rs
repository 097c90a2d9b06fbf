//! The shape of a call as a C function.

use crate::emit::rust::{Printer, WIDTH, field};
use crate::emit::text::Text;
use crate::model::{Call, NumberClass, TypeKind};

/// What calls return.
pub(super) struct ErrorType {
    /// `Errno`
    pub ty: String,
    /// The value of a call that worked.
    pub success: String,
    /// The value of a call that the host does not have.
    pub missing: String,
}

impl ErrorType {
    /// The type of error numbers; without one in the definition, a plain number.
    pub(super) fn of(printer: &Printer<'_>) -> Self {
        let plain = ErrorType { ty: "u16".into(), success: "0".into(), missing: "u16::MAX".into() };
        let Some(id) = printer.model.errno() else { return plain };
        let TypeKind::Number(number) = &printer.model.ty(id).kind else { return plain };
        let named = |found: Option<&str>, number_text: String| {
            found.and_then(|name| printer.value_path(id, name)).unwrap_or(number_text)
        };
        let ty = printer.type_name(id).to_string();
        let number_text = |text: &str| match number.class {
            NumberClass::Alias => text.to_string(),
            _ => format!("{ty}({text})"),
        };
        let zero = number.values.iter().find(|value| value.value == 0).map(|value| value.name.as_str());
        let success = named(zero, number_text("0"));
        let nosys = number.values.iter().any(|value| value.name == "nosys").then_some("nosys");
        let missing = named(nosys, number_text("!0"));
        ErrorType { ty, success, missing }
    }
}

/// The parameters of the C function: inputs, then a pointer for each output. Name and type.
pub(super) fn parameters(printer: &Printer<'_>, call: &Call) -> Vec<(String, String)> {
    let inputs = call.inputs.iter().map(|p| (field(&p.name), printer.type_ref(&p.ty)));
    let outputs = call.outputs.iter().map(|p| (field(&p.name), format!("*mut {}", printer.type_ref(&p.ty))));
    inputs.chain(outputs).collect()
}

/// Adds `start(items)end`, on several lines where one is too short.
pub(super) fn list(out: &mut Text, indent: usize, start: &str, items: &[String], end: &str) {
    let line = format!("{start}({}){end}", items.join(", "));
    if line.len() + indent <= WIDTH {
        out.line(line);
        return;
    }
    out.block(&format!("{start}("), &format!("){end}"), |out| {
        for item in items {
            out.line(format_args!("{item},"));
        }
    });
}

//! What a caller must promise.

use super::holds_pointer;
use super::wrapper::{Place, Shape};
use crate::emit::rust::Printer;
use crate::emit::text::Text;
use crate::model::{Access, Call, TypeRef};

/// Adds the section on safety.
pub(super) fn section(printer: &Printer<'_>, out: &mut Text, call: &Call, shape: &Shape) {
    let mut rules = Vec::new();
    for (input, place) in call.inputs.iter().zip(&shape.places) {
        let name = &input.name;
        let TypeRef::Pointer { to, .. } = &input.ty else {
            if holds_pointer(printer.model, &input.ty) {
                rules.push(format!("The pointers in `{name}` are valid for what the call does with them."));
            }
            continue;
        };
        match (place, &input.buffer) {
            (Place::Raw, Some(buffer)) if buffer.access == Access::Address => {
                rules.push(format!("The program expects what the call does with the memory at `{name}`."));
            }
            (Place::Raw, _) => {
                let atomic = match to.as_ref() {
                    TypeRef::Atomic(_) => ", and the program accesses it atomically only",
                    _ => "",
                };
                rules.push(format!("`{name}` is valid for what the call does with it{atomic}."));
            }
            (Place::Slice { first: false, .. }, _) => {
                rules.push(format!(
                    "`{name}` has at least as many elements as the slice that gives the length."
                ));
            }
            _ => {}
        }
        if !matches!(place, Place::Raw) && holds_pointer(printer.model, to) {
            rules.push(format!("The pointers in `{name}` are valid for what the call does with them."));
        }
    }
    for path in call.descriptors.consumes.iter().chain(&call.descriptors.replaces) {
        rules.push(format!("Nothing else in the program relies on the descriptor `{}`.", path.text));
    }
    if call.descriptors.consumes_all_others {
        rules.push("Nothing in the program relies on a descriptor that is not named.".to_string());
    }
    out.line("///").line("/// # Safety").line("///");
    match rules.as_slice() {
        [] => {
            out.line(
                "/// The installed function does what the call is defined to do. There is no other rule.",
            );
        }
        rules => {
            for rule in rules {
                printer.doc_text(out, &format!("- {rule}"));
            }
        }
    }
}

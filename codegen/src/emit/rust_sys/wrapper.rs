//! Calls as thin typed functions: slices for buffers with a length, references for single structures,
//! values for results.

use super::safety;
use super::signature::{self, ErrorType};
use crate::emit::rust::{Printer, field, function};
use crate::emit::text::Text;
use crate::model::{Access, Buffer, Call, Length, Parameter, Primitive, TypeRef};

/// How an input appears in the typed function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// As it is.
    Value,
    /// As a pointer, as it is.
    Raw,
    /// As a slice. The first of those that share a length gives it.
    Slice { access: Access, first: bool },
    /// Not at all: it is the length of the slice with this index.
    LengthOf(usize),
    /// As a reference.
    Reference { mutable: bool },
    /// Not at all: what the call writes there is a result.
    Result,
}

/// How all inputs of a call appear.
pub(super) struct Shape {
    pub places: Vec<Place>,
}

impl Shape {
    pub(super) fn of(call: &Call) -> Self {
        let mut places: Vec<Place> = call.inputs.iter().map(place).collect();
        for length in 0..call.inputs.len() {
            let is_counted = |p: &Parameter| matches!(p.buffer, Some(Buffer { length: Length::Input(index), .. }) if index == length);
            let counted: Vec<usize> =
                (0..call.inputs.len()).filter(|i| is_counted(&call.inputs[*i])).collect();
            let Some(first) = counted.first().copied() else { continue };
            let all_slices = counted.iter().all(|index| matches!(places[*index], Place::Slice { .. }));
            if !all_slices || call.inputs[length].ty != TypeRef::Primitive(Primitive::Size) {
                for index in counted {
                    places[index] = Place::Raw;
                }
                continue;
            }
            places[length] = Place::LengthOf(first);
            for index in counted {
                if let Place::Slice { access, .. } = places[index] {
                    places[index] = Place::Slice { access, first: index == first };
                }
            }
        }
        Shape { places }
    }
}

fn place(input: &Parameter) -> Place {
    let (TypeRef::Pointer { to, .. }, Some(buffer)) = (&input.ty, &input.buffer) else {
        return match input.ty {
            TypeRef::Pointer { .. } => Place::Raw,
            _ => Place::Value,
        };
    };
    let untyped = matches!(**to, TypeRef::Primitive(Primitive::Void));
    match (buffer.length, buffer.access) {
        (_, Access::Address) => Place::Raw,
        _ if matches!(**to, TypeRef::Atomic(_)) => Place::Raw,
        (Length::Input(_), access) => Place::Slice { access, first: true },
        (Length::One, _) if untyped => Place::Raw,
        (Length::One, Access::Read) => Place::Reference { mutable: false },
        (Length::One, Access::ReadWrite) => Place::Reference { mutable: true },
        (Length::One, Access::Write) => Place::Result,
    }
}

/// Whether the typed function of this call mentions `MaybeUninit`.
pub(super) fn uses_maybe_uninit(call: &Call) -> bool {
    let written = |place: &Place| matches!(place, Place::Result | Place::Slice { access: Access::Write, .. });
    !call.outputs.is_empty() && !call.noreturn || Shape::of(call).places.iter().any(written)
}

/// What the typed function of a call takes, hands on and returns.
struct Parts {
    /// Parameters, each with its type.
    parameters: Vec<String>,
    /// What is passed to the raw call.
    arguments: Vec<String>,
    /// Name and type of everything that is returned on success.
    results: Vec<(String, String)>,
    /// From the arrow to the opening brace.
    end: String,
}

/// Takes a call apart.
fn parts(printer: &Printer<'_>, error: &ErrorType, call: &Call, shape: &Shape) -> Parts {
    let element = |input: &Parameter| match &input.ty {
        TypeRef::Pointer { to, .. } => match to.as_ref() {
            TypeRef::Primitive(Primitive::Void) => "u8".to_string(),
            other => printer.type_ref(other),
        },
        other => printer.type_ref(other),
    };

    let mut parameters = Vec::new();
    let mut arguments = Vec::new();
    let mut results: Vec<(String, String)> = Vec::new();
    for (input, place) in call.inputs.iter().zip(&shape.places) {
        let name = field(&input.name);
        // A definition may say `*mut` of memory that the call only reads.
        let points_to_mutable = matches!(input.ty, TypeRef::Pointer { mutable: true, .. });
        match place {
            Place::Value | Place::Raw => {
                parameters.push(format!("{name}: {}", printer.type_ref(&input.ty)));
                arguments.push(name);
            }
            Place::Slice { access, .. } => {
                let element = element(input);
                let (ty, pointer) = match access {
                    Access::Write => (format!("&mut [MaybeUninit<{element}>]"), "as_mut_ptr().cast()"),
                    Access::ReadWrite => (format!("&mut [{element}]"), "as_mut_ptr().cast()"),
                    _ if points_to_mutable => (format!("&[{element}]"), "as_ptr().cast_mut().cast()"),
                    _ => (format!("&[{element}]"), "as_ptr().cast()"),
                };
                parameters.push(format!("{name}: {ty}"));
                arguments.push(format!("{name}.{pointer}"));
            }
            Place::LengthOf(index) => arguments.push(format!("{}.len()", field(&call.inputs[*index].name))),
            Place::Reference { mutable } => {
                let sign = if *mutable { "&mut " } else { "&" };
                parameters.push(format!("{name}: {sign}{}", element(input)));
                arguments.push(match !mutable && points_to_mutable {
                    true => format!("core::ptr::from_ref({name}).cast_mut()"),
                    false => name,
                });
            }
            Place::Result => {
                arguments.push(format!("{name}.as_mut_ptr()"));
                results.push((name, element(input)));
            }
        }
    }
    for output in &call.outputs {
        let name = field(&output.name);
        arguments.push(format!("{name}.as_mut_ptr()"));
        results.push((name, printer.type_ref(&output.ty)));
    }

    let types: Vec<&str> = results.iter().map(|(_, ty)| ty.as_str()).collect();
    let end = match (call.noreturn, types.as_slice()) {
        (true, _) => " -> ! {".to_string(),
        (_, [only]) => format!(" -> Result<{only}, {}> {{", error.ty),
        (_, types) => format!(" -> Result<({}), {}> {{", types.join(", "), error.ty),
    };
    Parts { parameters, arguments, results, end }
}

/// The typed function's declaration, without a body.
pub(super) fn signature(printer: &Printer<'_>, error: &ErrorType, call: &Call) -> String {
    let Parts { parameters, end, .. } = parts(printer, error, call, &Shape::of(call));
    let mut out = Text::new("    ");
    let start = format!("pub unsafe fn {}", function(&call.name));
    signature::list(&mut out, 0, &start, &parameters, &end.replace(" {", ";"));
    out.finish()
}

/// Declares the typed function.
pub(super) fn declare(printer: &Printer<'_>, error: &ErrorType, out: &mut Text, call: &Call) {
    let shape = Shape::of(call);
    let function_name = function(&call.name);
    let Parts { parameters, arguments, results, end } = parts(printer, error, call, &shape);
    let status = if results.iter().any(|(name, _)| name == "error") { "error_" } else { "error" };
    printer.call_doc(out, call);
    safety::section(printer, out, call, &shape);
    if parameters.len() > 7 {
        out.line("#[allow(clippy::too_many_arguments)]");
    }
    out.line("#[inline]");
    signature::list(out, 0, &format!("pub unsafe fn {function_name}"), &parameters, &end);
    out.indented(|out| {
        for (name, ty) in &results {
            out.line(format_args!("let mut {name} = MaybeUninit::<{ty}>::uninit();"));
        }
        for (input, place) in call.inputs.iter().zip(&shape.places) {
            if let (Place::Slice { first: false, .. }, Some(Buffer { length: Length::Input(length), .. })) =
                (place, &input.buffer)
                && let Place::LengthOf(first) = shape.places[*length]
            {
                let (name, first) = (field(&input.name), field(&call.inputs[first].name));
                out.line(format_args!("debug_assert!({name}.len() >= {first}.len());"));
            }
        }
        out.line("// SAFETY: the caller keeps the rules of the call.");
        let raw = format!("raw::{function_name}({})", arguments.join(", "));
        if call.noreturn {
            out.line(format_args!("unsafe {{ {raw} }}"));
            return;
        }
        if raw.len() + 32 <= crate::emit::rust::WIDTH {
            out.line(format_args!("let {status} = unsafe {{ {raw} }};"));
        } else {
            out.block(&format!("let {status} = unsafe {{"), "};", |out| {
                signature::list(out, 8, &format!("raw::{function_name}"), &arguments, "");
            });
        }
        out.block(&format!("if {status} != {} {{", error.success), "}", |out| {
            out.line(format_args!("return Err({status});"));
        });
        let values: Vec<String> = results.iter().map(|(name, _)| format!("{name}.assume_init()")).collect();
        match values.as_slice() {
            [] => {
                out.line("Ok(())");
            }
            values => {
                out.line("// SAFETY: a call that succeeds has written all of its results.");
                let value = match values {
                    [only] => only.clone(),
                    values => format!("({})", values.join(", ")),
                };
                out.line(format_args!("Ok(unsafe {{ {value} }})"));
            }
        }
    });
    out.line("}");
}

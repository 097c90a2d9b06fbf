//! Printers of calls and results.
//!
//! What is emitted is data for a small interpreter written by hand (`host/src/decode`): the layout of every
//! type for both word sizes, the names of all values, the parameters of all calls.

mod types;

use super::rust::file_start;
use super::text::Text;
use super::{Emitter, OutputFile};
use crate::model::{Access, Buffer, Call, Length, Model, Parameter};

/// Rust decoders that print calls and results
pub struct Decoders;

impl Emitter for Decoders {
    fn name(&self) -> &'static str {
        "rust-decoders"
    }

    fn summary(&self) -> &'static str {
        "Rust decoders that print calls and results"
    }

    fn home(&self) -> &'static str {
        "host/src/decode/generated"
    }

    fn emit(&self, model: &Model) -> Vec<OutputFile> {
        vec![root(model), types::file(model), calls(model)]
    }
}

fn root(model: &Model) -> OutputFile {
    let mut out = file_start(model, &format!("What the printer knows of {} {}.", model.title, model.version));
    out.blank();
    out.line("mod calls;");
    out.line("mod types;");
    out.blank();
    out.line("use super::tables::Tables;");
    out.blank();
    out.line("/// All types and calls.");
    out.line("pub static TABLES: Tables = Tables {");
    out.indented(|out| {
        out.line("types: types::TYPES,");
        out.line("calls: calls::CALLS,");
        out.line(format_args!("errno: {:?},", model.errno().map(|id| id.0)));
    });
    out.line("};");
    OutputFile::new("mod.rs", out.finish())
}

fn calls(model: &Model) -> OutputFile {
    let mut out = file_start(model, "All calls, by increasing number.");
    out.blank();
    out.line("#[allow(unused_imports)]");
    out.line("use super::super::tables::{Buffer, Call, Parameter, Ref, Width};");
    out.blank();
    out.block("pub(super) static CALLS: &[Call] = &[", "];", |out| {
        for call in &model.calls {
            out.block("Call {", "},", |out| one_call(out, call));
        }
    });
    OutputFile::new("calls.rs", out.finish())
}

fn one_call(out: &mut Text, call: &Call) {
    out.line(format_args!("name: {:?},", call.name));
    out.line(format_args!("number: {},", call.number));
    for (title, list) in [("inputs", &call.inputs), ("outputs", &call.outputs)] {
        if list.is_empty() {
            out.line(format_args!("{title}: &[],"));
            continue;
        }
        out.block(&format!("{title}: &["), "],", |out| {
            for parameter in list {
                one_parameter(out, parameter);
            }
        });
    }
}

fn one_parameter(out: &mut Text, parameter: &Parameter) {
    let ty = types::reference(&parameter.ty);
    let Some(buffer) = &parameter.buffer else {
        out.line(format_args!("Parameter {{ name: {:?}, ty: {ty}, buffer: None }},", parameter.name));
        return;
    };
    out.block("Parameter {", "},", |out| {
        out.line(format_args!("name: {:?},", parameter.name));
        out.line(format_args!("ty: {ty},"));
        out.line(format_args!("buffer: Some({}),", one_buffer(buffer)));
    });
}

fn one_buffer(buffer: &Buffer) -> String {
    let read = matches!(buffer.access, Access::Read | Access::ReadWrite);
    let written = matches!(buffer.access, Access::Write | Access::ReadWrite);
    let length = match buffer.length {
        Length::One => None,
        Length::Input(index) => Some(index),
    };
    let filled = buffer.filled;
    format!("Buffer {{ read: {read}, written: {written}, length: {length:?}, filled: {filled:?} }}")
}

//! The tables that lead from a call's number to its function.

use super::declarations::entry;
use crate::emit::OutputFile;
use crate::emit::c::spelling::{Spelling, View, identifier, result_type, value_macro, word};
use crate::emit::c::{Header, c_file, comment, size_and_align};
use crate::emit::text::{Text, upper};
use crate::emit_line;
use crate::model::{Call, Model, Parameter, Primitive, TypeKind, TypeRef};

/// Numbers from here on are served by the dispatcher alone: an array would be mostly holes.
const LARGEST_TABLE: u32 = 4096;

/// `NAME64_syscalls_table.h` or `NAME32_syscalls_table.h`.
pub fn table(model: &Model, bits: u32) -> OutputFile {
    let names = Names::new(model, bits);
    let purpose = format!(
        "{title} version {version}: from the number of a {bits}-bit program's call to the function that \
         serves it. For C files of a kernel that include it once.\n\n\
         Arguments and results are in slots of 8 bytes, in the order of the declaration, each aligned as a \
         64-bit number whose low bytes it is. {dispatch}() serves a call by its number, and answers that \
         there is no such call where there is none; {table}[] has the same functions by number. Slots of \
         results are written by calls that succeed, and only as wide as the result is: clear them first.",
        title = model.title,
        version = model.version,
        dispatch = names.dispatch,
        table = names.table,
    );
    let preamble = format!(
        "#include <asm/byteorder.h>\n\n#include \"{name}{bits}_syscalls.h\"\n#include \"{name}_syscalls.h\"\n\n{}",
        slot_macros(&names),
        name = model.name
    );
    let header = Header {
        path: &format!("{}{bits}_syscalls_table.h", model.name),
        purpose: &purpose,
        preamble: &preamble,
        declares: true,
    };
    c_file(model, &header, |text| {
        let writer =
            TableWriter { model, bits, names: &names, spelling: Spelling::new(model, View::Kernel(bits)) };
        model.calls.iter().for_each(|call| writer.serve(text, call));
        writer.no_such_call(text);
        writer.array(text);
        writer.dispatcher(text);
        emit_line!(text, "#undef {}", names.slot);
        emit_line!(text, "#undef {}", names.padded_slot);
        text.blank();
    })
}

/// Identifiers of a table. Those for 64 bits are the ones that existing kernels know.
struct Names {
    serve: String,
    table: String,
    no_such_call: String,
    dispatch: String,
    slot: String,
    padded_slot: String,
}

impl Names {
    fn new(model: &Model, bits: u32) -> Self {
        let prefix = format!("{}{bits}", model.name);
        Names {
            serve: if bits == 64 { "do_".to_string() } else { format!("{prefix}_do_") },
            table: if bits == 64 { "syscalls".to_string() } else { format!("{prefix}_syscalls") },
            no_such_call: format!("{prefix}_no_such_call"),
            dispatch: format!("{prefix}_dispatch"),
            slot: format!("{}_SLOT", upper(&prefix)),
            padded_slot: format!("{}_PADDED_SLOT", upper(&prefix)),
        }
    }
}

fn slot_macros(names: &Names) -> String {
    let Names { slot, padded_slot, .. } = names;
    format!(
        "// A value in a slot of its own. On big-endian machines, the low bytes of a slot are its last.\n\
         #define {slot}(declaration) _Alignas(8) declaration\n\
         #if defined(__BYTE_ORDER) ? __BYTE_ORDER == __LITTLE_ENDIAN : defined(__LITTLE_ENDIAN)\n\
         #define {padded_slot}(declaration, padding, bytes) _Alignas(8) declaration\n\
         #else\n\
         #define {padded_slot}(declaration, padding, bytes) \\\n  _Alignas(8) char padding[bytes]; declaration\n\
         #endif"
    )
}

struct TableWriter<'m> {
    model: &'m Model,
    bits: u32,
    names: &'m Names,
    spelling: Spelling<'m>,
}

impl TableWriter<'_> {
    /// The function that takes a call's arguments out of their slots.
    fn serve(&self, text: &mut Text, call: &Call) {
        let signature = self.signature(&format!("{}{}", self.names.serve, call.name));
        text.block(&format!("{signature} {{"), "}", |text| {
            self.slots(text, "const struct arguments", "vin", "in", &call.inputs);
            self.slots(text, "struct results", "vout", "out", &call.outputs);
            for output in call.outputs.iter().filter(|output| self.is_narrower(&output.ty)) {
                let name = format!("result_{}", output.name);
                emit_line!(text, "{} = 0;", self.spelling.declaration(&output.ty, &name));
            }
            if !call.noreturn && call.outputs.iter().any(|output| self.is_narrower(&output.ty)) {
                emit_line!(text, "{} error;", result_type(self.model));
            }
            // Kernels are compiled with declarations before statements.
            for (memory, parameters) in [("in", &call.inputs), ("out", &call.outputs)] {
                if parameters.is_empty() {
                    emit_line!(text, "(void){memory};");
                }
            }
            self.call(text, call);
        });
        text.blank();
    }

    fn slots(
        &self,
        text: &mut Text,
        structure: &str,
        variable: &str,
        memory: &str,
        parameters: &[Parameter],
    ) {
        if parameters.is_empty() {
            return;
        }
        text.block(
            &format!("{structure} {{"),
            &format!("}} *{variable} = ({structure} *){memory};"),
            |text| {
                for parameter in parameters {
                    text.line(self.slot(parameter));
                }
            },
        );
    }

    /// A parameter's place in the structure of slots.
    fn slot(&self, parameter: &Parameter) -> String {
        let name = identifier(&parameter.name);
        let declaration = if self.is_narrower(&parameter.ty) {
            format!("{} {name}", word(self.bits))
        } else {
            self.spelling.declaration(&parameter.ty, &parameter.name)
        };
        let (size, _) = size_and_align(self.model, &parameter.ty);
        match size.get(self.bits) % 8 {
            0 => format!("{}({declaration});", self.names.slot),
            rest => format!("{}({declaration}, {name}_padding, {});", self.names.padded_slot, 8 - rest),
        }
    }

    /// Whether a slot holds a pointer or size that is narrower than this kernel's own may be.
    fn is_narrower(&self, ty: &TypeRef) -> bool {
        let is_word = matches!(ty, TypeRef::Pointer { .. } | TypeRef::Primitive(Primitive::Size));
        self.bits == 32 && is_word
    }

    fn call(&self, text: &mut Text, call: &Call) {
        let inputs = call.inputs.iter().map(|input| self.argument(input));
        let outputs = call.outputs.iter().map(|output| {
            let name = identifier(&output.name);
            if self.is_narrower(&output.ty) {
                format!("&result_{}", output.name)
            } else {
                format!("&vout->{name}")
            }
        });
        let arguments: Vec<_> = inputs.chain(outputs).collect();
        let function = entry(self.model, call, self.bits).name;
        let mut expression = format!("{function}({})", arguments.join(", "));
        if expression.len() > 80 {
            expression = format!("{function}(\n    {})", arguments.join(",\n    "));
        }
        let narrower: Vec<_> = call.outputs.iter().filter(|output| self.is_narrower(&output.ty)).collect();
        if call.noreturn {
            emit_line!(text, "{expression};");
            text.line("return 0;");
        } else if narrower.is_empty() {
            emit_line!(text, "return {expression};");
        } else {
            emit_line!(text, "error = {expression};");
            text.block("if (error == 0) {", "}", |text| {
                for output in narrower {
                    let name = identifier(&output.name);
                    emit_line!(
                        text,
                        "vout->{name} = ({})(unsigned long)result_{};",
                        word(self.bits),
                        output.name
                    );
                }
            });
            text.line("return error;");
        }
    }

    fn argument(&self, input: &Parameter) -> String {
        let slot = format!("vin->{}", identifier(&input.name));
        match input.ty {
            // The kernel's `long` is as wide as its pointers.
            TypeRef::Pointer { .. } if self.is_narrower(&input.ty) => {
                format!("({})(unsigned long){slot}", self.spelling.type_only(&input.ty))
            }
            _ => slot,
        }
    }

    fn no_such_call(&self, text: &mut Text) {
        comment(text, "Stands for numbers that no call has.");
        text.block(&format!("{} {{", self.signature(&self.names.no_such_call)), "}", |text| {
            text.line("(void)in;").line("(void)out;");
            emit_line!(text, "return {};", self.no_such_call_error());
        });
        text.blank();
    }

    fn no_such_call_error(&self) -> String {
        let errno = self.model.errno().map(|errno| &self.model.ty(errno).kind);
        let value = match errno {
            Some(TypeKind::Number(number)) => number
                .values
                .iter()
                .find(|value| value.name == "nosys")
                .map(|value| value_macro(number, value)),
            _ => None,
        };
        value.unwrap_or_else(|| format!("({})-1", result_type(self.model)))
    }

    /// The functions by number, where the numbers are dense.
    fn array(&self, text: &mut Text) {
        let Some(last) = self.model.calls.last().filter(|last| last.number < LARGEST_TABLE) else { return };
        let open = format!(
            "static {} (*const {}[])(const void *, void *) = {{",
            result_type(self.model),
            self.names.table
        );
        text.block(&open, "};", |text| {
            let mut calls = self.model.calls.iter().peekable();
            for number in 0..=last.number {
                match calls.next_if(|call| call.number == number) {
                    Some(call) => emit_line!(text, "{}{},  // {number}", self.names.serve, call.name),
                    None => emit_line!(text, "{},  // {number}", self.names.no_such_call),
                };
            }
        });
        text.blank();
    }

    /// A `switch` and not an index into the array: the number comes from the program, and a processor
    /// would read beyond the array speculatively.
    fn dispatcher(&self, text: &mut Text) {
        comment(text, "Serves the call of this number, with its arguments in `in` and its results in `out`.");
        let result = result_type(self.model);
        emit_line!(text, "static inline {result}");
        let open = format!("{}(uint32_t number, const void *in, void *out) {{", self.names.dispatch);
        text.block(&open, "}", |text| {
            text.line("switch (number) {");
            for call in &self.model.calls {
                emit_line!(text, "case {}:", call.number);
                text.indented(|text| {
                    emit_line!(text, "return {}{}(in, out);", self.names.serve, call.name);
                });
            }
            text.line("default:");
            text.indented(|text| {
                emit_line!(text, "return {}(in, out);", self.names.no_such_call);
            });
            text.line("}");
        });
        text.blank();
    }

    fn signature(&self, name: &str) -> String {
        format!("static {} {name}(const void *in, void *out)", result_type(self.model))
    }
}

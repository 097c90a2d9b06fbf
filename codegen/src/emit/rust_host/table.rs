//! The file `table.rs`: the calls as data.

use crate::emit::OutputFile;
use crate::emit::rust::{WIDTH, file_start};
use crate::emit::text::{Text, wrap};
use crate::model::{
    Access, Call, Condition, Length, Model, NumberType, Operand, Parameter, Path, RightsExpression, TypeKind,
    TypeRef,
};

/// The file.
pub(super) fn file(model: &Model) -> OutputFile {
    let mut out = file_start(model, "All calls as data, by number.");
    out.blank();
    out.line("#[allow(unused_imports)]");
    out.line("use crate::call_info::{");
    out.line("    AccessInfo, BufferInfo, CallInfo, ConditionInfo, DescriptorsInfo, ParameterInfo, PathInfo, RightsInfo,");
    out.line("    RightsRuleInfo, TypeInfo,");
    out.line("};");
    out.blank();
    out.comment(
        "/// ",
        "What the names of the functions begin with by which programs call. The name of the call follows.",
        WIDTH,
    );
    out.line(format_args!("pub const SYMBOL_PREFIX: &str = \"{}_sys_\";", model.name));
    out.blank();
    out.line("/// The call with this number, if there is one.");
    out.block("pub fn call(number: u32) -> Option<&'static CallInfo> {", "}", |out| {
        out.line("CALLS.get(number as usize)?.as_ref()");
    });
    let numbers = model.calls.last().map_or(0, |call| call.number + 1);
    out.blank();
    out.line("/// The calls, each at the index that is its number. Numbers that no call has are `None`.");
    out.block(&format!("pub static CALLS: [Option<CallInfo>; {numbers}] = ["), "];", |out| {
        let table = Table { model };
        let mut calls = model.calls.iter().peekable();
        for number in 0..numbers {
            match calls.next_if(|call| call.number == number) {
                Some(call) => table.call(call, out),
                None => {
                    out.line("None,");
                }
            }
        }
    });
    OutputFile::new("table.rs", out.finish())
}

struct Table<'m> {
    model: &'m Model,
}

impl Table<'_> {
    fn call(&self, call: &Call, out: &mut Text) {
        out.block("Some(CallInfo {", "}),", |out| {
            out.line(format_args!("number: {},", call.number));
            out.line(format_args!("name: {:?},", call.name));
            let subsystem = self.model.subsystems.get(call.subsystem).map_or("", |subsystem| &subsystem.name);
            out.line(format_args!("subsystem: {subsystem:?},"));
            out.line(format_args!("summary: {:?},", call.doc.summary()));
            self.parameters("inputs", &call.inputs, call, out);
            self.parameters("outputs", &call.outputs, call, out);
            let rules: Vec<Vec<String>> = call
                .rights
                .iter()
                .map(|rule| {
                    vec![
                        format!("descriptor: {}", path(&rule.descriptor)),
                        format!("when: {}", self.optional_condition(rule.when.as_ref())),
                        format!("needs: {}", self.rights(&rule.needs)),
                        format!("inheriting: {}", rule.inheriting),
                    ]
                })
                .collect();
            structures(out, "rights", "RightsRuleInfo", &rules);
            let effects = &call.descriptors;
            out.block("descriptors: DescriptorsInfo {", "},", |out| {
                for (name, list) in [
                    ("consumes", &effects.consumes),
                    ("creates", &effects.creates),
                    ("replaces", &effects.replaces),
                ] {
                    let list: Vec<String> = list.iter().map(path).collect();
                    super::list(out, 16, &format!("{name}: &["), &list, "],");
                }
                out.line(format_args!("consumes_all_others: {},", effects.consumes_all_others));
            });
            let errno = self.model.errno().and_then(|id| self.number(id));
            let errors: Vec<String> = call
                .errors
                .iter()
                .filter_map(|error| errno?.values.get(error.errno))
                .map(|value| value.value.to_string())
                .collect();
            let line = format!("errors: &[{}],", errors.join(", "));
            if line.len() + 8 <= WIDTH {
                out.line(line);
            } else {
                out.block("errors: &[", "],", |out| {
                    for line in wrap(&format!("{},", errors.join(", ")), WIDTH - 12) {
                        out.line(line);
                    }
                });
            }
            out.line(format_args!("blocks: {},", call.blocks));
            out.line(format_args!("noreturn: {},", call.noreturn));
        });
    }

    fn number(&self, id: crate::model::TypeId) -> Option<&NumberType> {
        match &self.model.ty(id).kind {
            TypeKind::Number(number) => Some(number),
            _ => None,
        }
    }

    fn parameters(&self, name: &str, parameters: &[Parameter], call: &Call, out: &mut Text) {
        let _ = call;
        let items: Vec<Vec<String>> = parameters
            .iter()
            .map(|parameter| {
                let buffer = parameter.buffer.as_ref().map_or("None".to_string(), |buffer| {
                    let access = match buffer.access {
                        Access::Read => "Read",
                        Access::Write => "Write",
                        Access::ReadWrite => "ReadWrite",
                        Access::Address => "Address",
                    };
                    let length = match buffer.length {
                        Length::One => "None".to_string(),
                        Length::Input(index) => format!("Some({index})"),
                    };
                    format!(
                        "Some(BufferInfo {{ access: AccessInfo::{access}, length: {length}, filled: {:?} }})",
                        buffer.filled
                    )
                });
                vec![
                    format!("name: {:?}", parameter.name),
                    format!("ty: {}", self.ty(&parameter.ty)),
                    format!("buffer: {buffer}"),
                    format!("only_when: {}", self.optional_condition(parameter.only_when.as_ref())),
                ]
            })
            .collect();
        structures(out, name, "ParameterInfo", &items);
    }

    fn ty(&self, ty: &TypeRef) -> String {
        match ty {
            TypeRef::Primitive(primitive) => format!("TypeInfo::Named({:?})", primitive.name()),
            TypeRef::Named(id) => format!("TypeInfo::Named({:?})", self.model.ty(*id).name),
            TypeRef::Pointer { mutable, to } => {
                format!("TypeInfo::Pointer {{ mutable: {mutable}, to: &{} }}", self.ty(to))
            }
            TypeRef::Array { of, count } => {
                format!("TypeInfo::Array {{ of: &{}, count: {count} }}", self.ty(of))
            }
            TypeRef::Atomic(of) => format!("TypeInfo::Atomic(&{})", self.ty(of)),
        }
    }

    fn rights(&self, needs: &RightsExpression) -> String {
        let several = |name: &str, parts: &[RightsExpression]| {
            let parts: Vec<String> = parts.iter().map(|part| self.rights(part)).collect();
            format!("RightsInfo::{name}(&[{}])", parts.join(", "))
        };
        match needs {
            RightsExpression::Right(right) => {
                let rights = self.model.rights().and_then(|id| self.number(id));
                let bit = rights.and_then(|number| number.values.get(*right)).map_or(0, |value| value.value);
                format!("RightsInfo::Right({bit:#x})")
            }
            RightsExpression::All(parts) => several("All", parts),
            RightsExpression::Any(parts) => several("Any", parts),
        }
    }

    fn optional_condition(&self, condition: Option<&Condition>) -> String {
        condition.map_or("None".to_string(), |condition| format!("Some({})", self.condition(condition)))
    }

    fn condition(&self, condition: &Condition) -> String {
        let several = |name: &str, parts: &[Condition]| {
            let parts: Vec<String> = parts.iter().map(|part| self.condition(part)).collect();
            format!("ConditionInfo::{name}(&[{}])", parts.join(", "))
        };
        let value = |ty: &TypeRef, index: usize| match ty {
            TypeRef::Named(id) => {
                self.number(*id).and_then(|number| number.values.get(index)).map_or(0, |value| value.value)
            }
            _ => 0,
        };
        match condition {
            Condition::All(parts) => several("All", parts),
            Condition::Any(parts) => several("Any", parts),
            Condition::Not(inner) => format!("ConditionInfo::Not(&{})", self.condition(inner)),
            Condition::Has { path: place, flag } => {
                format!(
                    "ConditionInfo::Has {{ path: {}, bits: {:#x} }}",
                    path(place),
                    value(&place.ty, *flag)
                )
            }
            Condition::Equals { path: place, value: operand } => {
                let number = match operand {
                    Operand::Value(index) => value(&place.ty, *index),
                    Operand::Number(number) => *number,
                };
                format!("ConditionInfo::Equals {{ path: {}, value: {number} }}", path(place))
            }
        }
    }
}

fn path(path: &Path) -> String {
    format!("PathInfo {{ text: {:?}, output: {}, parameter: {} }}", path.text, path.output, path.parameter)
}

/// Adds a member that is a slice of structures.
fn structures(out: &mut Text, name: &str, ty: &str, items: &[Vec<String>]) {
    if items.is_empty() {
        out.line(format_args!("{name}: &[],"));
        return;
    }
    out.block(&format!("{name}: &["), "],", |out| {
        for members in items {
            // Three steps of indentation are around it.
            let line = format!("{ty} {{ {} }},", members.join(", "));
            if line.len() + 12 <= WIDTH {
                out.line(line);
                continue;
            }
            out.block(&format!("{ty} {{"), "},", |out| {
                for member in members {
                    out.line(broken(&format!("{member},"), WIDTH - 16));
                }
            });
        }
    });
}

/// An expression on one line if that is short enough, otherwise with the parts of its outermost list on lines of their
/// own.
fn broken(expression: &str, width: usize) -> String {
    if expression.len() <= width {
        return expression.to_string();
    }
    // Brackets around a single part stay together.
    let mut start = 0;
    loop {
        let Some(open) = expression[start..].find(['(', '[', '{']).map(|at| start + at) else {
            return expression.to_string();
        };
        let (parts, close) = parts(&expression[open + 1..]);
        if parts.len() == 1 && !expression[open..].starts_with('{') {
            start = open + 1;
            continue;
        }
        let mut text = expression[..=open].to_string();
        for part in parts {
            let part = broken(&format!("{},", part.trim()), width.saturating_sub(4));
            text.push_str(&format!("\n    {}", part.replace('\n', "\n    ")));
        }
        text.push('\n');
        text.push_str(expression[open + 1 + close..].trim_start());
        return text;
    }
}

/// The parts of a list up to its closing bracket, and where that is.
fn parts(list: &str) -> (Vec<&str>, usize) {
    let mut parts = Vec::new();
    let (mut depth, mut start) = (0, 0);
    for (position, byte) in list.bytes().enumerate() {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' if depth == 0 => {
                parts.push(&list[start..position]);
                return (parts, position);
            }
            b')' | b']' | b'}' => depth -= 1,
            b',' if depth == 0 => {
                parts.push(&list[start..position]);
                start = position + 1;
            }
            _ => {}
        }
    }
    parts.push(&list[start..]);
    (parts, list.len())
}

//! The rights that each call requires, for the module's checks.
//!
//! A call's rules are gathered by descriptor. What a condition looks at becomes a parameter, by value: the
//! module has copied it in by then, and nothing here follows a program's pointer.

use super::Names;
use super::names::{number_type, place};
use super::style::{c_file, comment, header as c_header, include_types, remark, wrapped};
use crate::emit::c::spelling::value_macro;
use crate::emit::text::{Text, upper};
use crate::emit_line;
use crate::model::{
    Call, Condition, Model, NumberType, Operand, Path, RightsExpression, RightsRule, TypeRef,
};

/// The rules of one call for one of its descriptors, about its own rights or about those to inherit.
struct Group<'m> {
    /// The call.
    call: &'m Call,
    /// Where the descriptor is.
    descriptor: &'m Path,
    /// Whether they are about the rights that can be inherited from it.
    inheriting: bool,
    /// What applies to it, in definition order.
    rules: Vec<&'m RightsRule>,
    /// What the conditions look at, each once.
    looked_at: Vec<&'m Path>,
}

/// All groups, by call number.
fn groups(model: &Model) -> Vec<Group<'_>> {
    let mut groups = Vec::new();
    for call in &model.calls {
        let first = groups.len();
        for rule in &call.rights {
            let found = groups[first..].iter_mut().find(|g: &&mut Group<'_>| {
                *g.descriptor == rule.descriptor && g.inheriting == rule.inheriting
            });
            let group = match found {
                Some(group) => group,
                None => {
                    groups.push(Group {
                        call,
                        descriptor: &rule.descriptor,
                        inheriting: rule.inheriting,
                        rules: Vec::new(),
                        looked_at: Vec::new(),
                    });
                    let last = groups.len() - 1;
                    &mut groups[last]
                }
            };
            group.rules.push(rule);
            if let Some(condition) = &rule.when {
                collect_paths(condition, &mut group.looked_at);
            }
        }
    }
    groups
}

/// Adds the places that a condition looks at.
fn collect_paths<'m>(condition: &'m Condition, paths: &mut Vec<&'m Path>) {
    match condition {
        Condition::All(parts) | Condition::Any(parts) => {
            parts.iter().for_each(|part| collect_paths(part, paths));
        }
        Condition::Not(part) => collect_paths(part, paths),
        Condition::Has { path, .. } | Condition::Equals { path, .. } => {
            if !paths.contains(&path) {
                paths.push(path);
            }
        }
    }
}

/// Writes expressions of one definition.
struct Writer<'m> {
    /// The definition.
    model: &'m Model,
    /// The type of rights.
    rights: &'m NumberType,
    /// `cloudabi_rights_t`
    ty: String,
}

impl<'m> Writer<'m> {
    /// For a definition that has rights.
    fn new(model: &'m Model) -> Option<Self> {
        let id = model.rights()?;
        Some(Writer { model, rights: number_type(model, id)?, ty: Names { model, bits: 64 }.named(id) })
    }

    /// The constant of a right.
    fn right(&self, index: usize) -> String {
        self.rights.values.get(index).map(|value| value_macro(self.rights, value)).unwrap_or_default()
    }

    /// Adds the rights without which an expression cannot hold.
    fn certain(&self, expression: &RightsExpression, rights: &mut Vec<usize>) {
        match expression {
            RightsExpression::Right(index) if !rights.contains(index) => rights.push(*index),
            RightsExpression::Right(_) => {}
            RightsExpression::All(parts) => parts.iter().for_each(|part| self.certain(part, rights)),
            RightsExpression::Any(parts) => {
                if let [only] = parts.as_slice() {
                    self.certain(only, rights);
                }
            }
        }
    }

    /// The C constants of what rules certainly need.
    fn certain_constants<'r>(&self, needs: impl Iterator<Item = &'r RightsExpression>) -> Vec<String> {
        let mut rights = Vec::new();
        needs.for_each(|needs| self.certain(needs, &mut rights));
        rights.into_iter().map(|index| self.right(index)).collect()
    }

    /// A test that holds where `held` does not satisfy an expression, as parts to be joined by `operator`.
    fn lacks(&self, expression: &RightsExpression, nested: bool) -> Vec<String> {
        let (parts, operator) = match expression {
            RightsExpression::Right(index) => return vec![format!("(held & {}) == 0", self.right(*index))],
            RightsExpression::All(parts) => (parts, " ||"),
            RightsExpression::Any(parts) => (parts, " &&"),
        };
        let mut tests: Vec<String> =
            parts.iter().flat_map(|part| self.lacks(part, parts.len() > 1)).collect();
        let last = tests.len().saturating_sub(1);
        tests.iter_mut().take(last).for_each(|test| test.push_str(operator));
        if nested && parts.len() > 1 { vec![format!("({})", tests.join(" "))] } else { tests }
    }

    /// A condition as C.
    fn condition(&self, condition: &Condition, nested: bool) -> String {
        let joined = |parts: &[Condition], operator: &str| {
            let tests: Vec<String> = parts.iter().map(|part| self.condition(part, parts.len() > 1)).collect();
            parenthesized(tests.join(operator), nested && parts.len() > 1)
        };
        match condition {
            Condition::All(parts) => joined(parts, " && "),
            Condition::Any(parts) => joined(parts, " || "),
            Condition::Not(part) => match part.as_ref() {
                Condition::Has { path, flag } => {
                    format!("({} & {}) == 0", place(path), self.named_value(path, *flag))
                }
                Condition::Equals { path, value } => {
                    format!("{} != {}", place(path), self.operand(path, *value))
                }
                Condition::Not(part) => self.condition(part, nested),
                part => format!("!({})", self.condition(part, false)),
            },
            Condition::Has { path, flag } => {
                format!("({} & {}) != 0", place(path), self.named_value(path, *flag))
            }
            Condition::Equals { path, value } => {
                format!("{} == {}", place(path), self.operand(path, *value))
            }
        }
    }

    /// The right-hand side of a comparison.
    fn operand(&self, path: &Path, operand: Operand) -> String {
        match operand {
            Operand::Value(index) => self.named_value(path, index),
            Operand::Number(number) if number > i32::MAX as u64 => format!("{number}u"),
            Operand::Number(number) => number.to_string(),
        }
    }

    /// The constant of a value of a place's type.
    fn named_value(&self, path: &Path, index: usize) -> String {
        let TypeRef::Named(id) = path.ty else { return String::from("0") };
        number_type(self.model, id)
            .and_then(|number| Some(value_macro(number, number.values.get(index)?)))
            .unwrap_or_default()
    }

    /// `fd_seek_fd`: what names a group's functions.
    fn stem(&self, group: &Group<'_>) -> String {
        let set = if group.inheriting { "_inheriting" } else { "" };
        format!("{}_{}{set}", group.call.name, place(group.descriptor))
    }

    /// The parameters that conditions need, as declarations.
    fn parameters(&self, group: &Group<'_>) -> Vec<String> {
        let names = Names { model: self.model, bits: 64 };
        group.looked_at.iter().map(|path| names.declaration(&path.ty, &place(path))).collect()
    }
}

/// `text`, in parentheses if wanted.
fn parenthesized(text: String, wanted: bool) -> String {
    if wanted { format!("({text})") } else { text }
}

/// `cloudabi_call_rights.h`
pub fn header(model: &Model) -> String {
    let prefix = format!("{}_call", model.name);
    let purpose = format!(
        "The rights that descriptors must carry for {}'s system calls.\n\n\
         For each call and descriptor: {}_RIGHTS_*, what it always needs; {prefix}_rights_*(), what it certainly \
         needs with the given arguments; and {prefix}_allowed_*(), whether it may be used with what it carries, \
         rules of the form \"one of these\" included. A place inside a structure or a buffer is named by the way \
         to it. The arguments are values that were copied in: look at them once.",
        model.title,
        upper(&prefix)
    );
    c_header(model, &format!("{prefix}_rights.h"), &purpose, |text| {
        text.line("#include <sys/types.h>").blank();
        include_types(text, &format!("{}_types_common", model.name));
        let Some(writer) = Writer::new(model) else { return };
        for group in groups(model) {
            declare(text, &writer, &prefix, &group);
        }
        text.blank();
        comment(
            text,
            "What each call always needs, by number, then descriptor. Ends with a call of UINT32_MAX.",
        );
        emit_line!(text, "struct {prefix}_right {{");
        text.indented(|text| {
            text.line("uint32_t call;\t\t\t/* number */");
            text.line("const char *descriptor;\t\t/* as the definition names it */");
            emit_line!(text, "{} always;\t/* whatever the arguments */", writer.ty);
            text.line("bool conditional;\t\t/* whether arguments decide more */");
            text.line("bool inheriting;\t\t/* of the rights to inherit */");
        });
        text.line("};");
        emit_line!(text, "extern const struct {prefix}_right {prefix}_rights_table[];");
    })
}

/// The macro and the functions of one group.
fn declare(text: &mut Text, writer: &Writer<'_>, prefix: &str, group: &Group<'_>) {
    let (stem, ty) = (writer.stem(group), &writer.ty);
    let always = writer.certain_constants(group.rules.iter().filter(|r| r.when.is_none()).map(|r| &r.needs));
    text.blank();
    let set = if group.inheriting { ", rights to inherit" } else { "" };
    remark(text, &format!("{}: {}{set}", group.call.name, group.descriptor.text));
    let macro_name = format!("{}_RIGHTS_{}", upper(prefix), upper(&stem));
    match always.as_slice() {
        [] => emit_line!(text, "#define\t{macro_name}\t(({ty})0)"),
        _ => {
            let value = wrapped("(", &always, " |", ")").replace('\n', " \\\n\t");
            emit_line!(text, "#define\t{macro_name} \\\n\t{value}")
        }
    };
    let mut parameters = writer.parameters(group);
    text.blank();
    emit_line!(text, "static inline {ty}");
    let list = if parameters.is_empty() { vec!["void".to_string()] } else { parameters.clone() };
    let signature = wrapped(&format!("{prefix}_rights_{stem}("), &list, ",", ")");
    let conditional: Vec<(&Condition, Vec<String>)> = group
        .rules
        .iter()
        .filter_map(|rule| {
            Some((rule.when.as_ref()?, writer.certain_constants(std::iter::once(&rule.needs))))
        })
        .filter(|(_, needs)| !needs.is_empty())
        .collect();
    text.line(signature).block("{", "}", |text| {
        let mut looked_at = Vec::new();
        conditional.iter().for_each(|(condition, _)| collect_paths(condition, &mut looked_at));
        if !conditional.is_empty() {
            emit_line!(text, "{ty} needed = {macro_name};");
        }
        text.blank();
        // A rule of alternatives only needs none for certain, and its condition is not looked at.
        for path in group.looked_at.iter().filter(|path| !looked_at.contains(path)) {
            emit_line!(text, "(void){};", place(path));
        }
        for (condition, needs) in &conditional {
            text.line(wrapped("if (", &[writer.condition(condition, false)], "", ")"));
            emit_line!(text, "\tneeded |= {};", needs.join(" |\n\t    "));
        }
        match conditional.is_empty() {
            true => emit_line!(text, "return ({macro_name});"),
            false => text.line("return (needed);"),
        };
    });
    text.blank();
    text.line("static inline bool");
    parameters.insert(0, format!("{ty} held"));
    let signature = wrapped(&format!("{prefix}_allowed_{stem}("), &parameters, ",", ")");
    text.line(signature).block("{", "}", |text| {
        text.blank();
        for rule in &group.rules {
            let mut lacks = writer.lacks(&rule.needs, false);
            if let Some(condition) = &rule.when {
                if let [first, .., last] = lacks.as_mut_slice() {
                    first.insert(0, '(');
                    last.push(')');
                }
                lacks.insert(0, format!("{} &&", writer.condition(condition, true)));
            }
            text.line(wrapped("if (", &lacks, "", ")"));
            text.line("\treturn (false);");
        }
        text.line("return (true);");
    });
}

/// `cloudabi_call_rights.c`
pub fn source(model: &Model) -> String {
    let prefix = format!("{}_call", model.name);
    let mut text = c_file(model, &format!("The rights that {}'s system calls always need.", model.title));
    text.line("#include <sys/param.h>").line("#include <sys/stdint.h>").blank();
    emit_line!(text, "#include \"{prefix}_rights.h\"");
    text.blank();
    emit_line!(text, "const struct {prefix}_right {prefix}_rights_table[] = {{");
    text.indented(|text| {
        if let Some(writer) = Writer::new(model) {
            for group in groups(model) {
                let macro_name = format!("{}_RIGHTS_{}", upper(&prefix), upper(&writer.stem(&group)));
                let decides = group.rules.iter().any(|rule| rule.when.is_some());
                emit_line!(text, "{{ {}, \"{}\",", group.call.number, group.descriptor.text);
                emit_line!(text, "    {macro_name}, {decides}, {} }},", group.inheriting);
            }
        }
        text.line("{ UINT32_MAX, NULL, 0, false, false },");
    });
    text.line("};");
    text.finish()
}

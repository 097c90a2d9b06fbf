//! Model → facts.

use super::{Kind, Lock};
use crate::model::{
    Call, Condition, Doc, Field, Member, Model, NumberClass, Operand, PerWord, RightsExpression, Struct,
    TombstoneKind, TypeKind, TypeRef, Value,
};

/// The facts of a model that programs may rely on: what the lock file holds.
pub fn collect(model: &Model) -> Lock {
    let mut lock = Lock::default();
    lock.add(Kind::Abi, "name", &model.name);
    for architecture in &model.architectures {
        let bits = architecture.word_bits;
        lock.add(Kind::Abi, format!("architecture {}", architecture.name), format!("{bits} bit"));
    }
    for ty in &model.types {
        let details = match &ty.kind {
            TypeKind::Number(number) => {
                for value in &number.values {
                    lock.add(
                        Kind::Value,
                        format!("{}.{}", ty.name, value.name),
                        number_text(value, number.class),
                    );
                }
                let prefix =
                    number.c_prefix.as_deref().map(|p| format!(", C prefix {p}")).unwrap_or_default();
                format!("{} {}{prefix}", class_word(number.class), number.repr.name())
            }
            TypeKind::Struct(structure) => {
                add_members(&mut lock, model, &ty.name, structure);
                format!("struct, size {}, alignment {}", both(structure.size), both(structure.align))
            }
            TypeKind::Function(function) => {
                let parameters: Vec<_> =
                    function.parameters.iter().map(|p| type_text(model, &p.ty)).collect();
                format!("function ({})", parameters.join(", "))
            }
        };
        lock.add(Kind::Type, &ty.name, details);
    }
    for kind in &model.descriptor_kinds {
        let mut add = |what: &str, names: Vec<&str>| {
            let names = if names.is_empty() { "none".to_string() } else { names.join(" & ") };
            lock.add(Kind::Descriptor, format!("{} {what}", kind.name), names);
        };
        add("file types", kind.filetypes.iter().map(|index| model.filetype_name(*index)).collect());
        add("base", kind.base.iter().map(|index| model.right_name(*index)).collect());
        add("inheriting", kind.inheriting.iter().map(|index| model.right_name(*index)).collect());
    }
    for call in &model.calls {
        add_call(&mut lock, model, call);
    }
    for tombstone in &model.tombstones {
        let word = match tombstone.kind {
            TombstoneKind::Call => "call",
            TombstoneKind::Type => "type",
            TombstoneKind::Value => "value",
        };
        let number = tombstone.number.map_or("no number".to_string(), |n| format!("number {n}"));
        match &tombstone.name {
            Some(name) => lock.add(Kind::Tombstone, format!("{word} {name}"), number),
            None => lock.add(Kind::Tombstone, format!("{word} {number}"), "no name"),
        }
    }
    lock
}

/// The texts of a model: documentation and deprecation notes. They are compared where two whole definitions
/// are at hand, and kept out of the lock file, which would otherwise change with every comma.
pub fn collect_text(model: &Model) -> Lock {
    let mut lock = Lock::default();
    let mut add = |name: String, doc: &Doc| lock.add(Kind::Text, name, doc.plain().replace('\n', "\\n"));
    add("(the whole)".to_string(), &model.doc);
    for subsystem in &model.subsystems {
        add(format!("subsystem {}", subsystem.name), &subsystem.doc);
    }
    for ty in &model.types {
        add(ty.name.clone(), &ty.doc);
        match &ty.kind {
            TypeKind::Number(number) => {
                number.values.iter().for_each(|v| add(format!("{}.{}", ty.name, v.name), &v.doc));
            }
            TypeKind::Struct(structure) => {
                for (path, field) in fields(structure) {
                    add(format!("{}.{path}", ty.name), &field.doc);
                }
            }
            TypeKind::Function(function) => {
                function.parameters.iter().for_each(|p| add(format!("{}.{}", ty.name, p.name), &p.doc));
            }
        }
    }
    for kind in &model.descriptor_kinds {
        add(format!("descriptor kind {}", kind.name), &kind.doc);
    }
    let errno = model.errno().map(|id| &model.ty(id).kind);
    for call in &model.calls {
        add(format!("{}()", call.name), &call.doc);
        for parameter in call.inputs.iter().chain(&call.outputs) {
            add(format!("{}().{}", call.name, parameter.name), &parameter.doc);
        }
        for error in &call.errors {
            if let Some(TypeKind::Number(number)) = errno {
                add(format!("{}() error {}", call.name, number.values[error.errno].name), &error.doc);
            }
        }
    }
    lock
}

fn class_word(class: NumberClass) -> &'static str {
    match class {
        NumberClass::Alias => "alias",
        NumberClass::Opaque => "opaque",
        NumberClass::Enum => "enum",
        NumberClass::Flags => "flags",
    }
}

fn number_text(value: &Value, class: NumberClass) -> String {
    match class {
        NumberClass::Flags => format!("{:#x}", value.value),
        _ => value.value.to_string(),
    }
}

/// `8` where both word sizes agree, else `4/8`.
fn both(figure: PerWord<u64>) -> String {
    if figure.same() { figure.w64.to_string() } else { format!("{}/{}", figure.w32, figure.w64) }
}

/// A type as the definition writes it.
pub(crate) fn type_text(model: &Model, ty: &TypeRef) -> String {
    match ty {
        TypeRef::Primitive(primitive) => primitive.name().to_string(),
        TypeRef::Named(id) => model.ty(*id).name.clone(),
        TypeRef::Pointer { mutable, to } => {
            format!("*{} {}", if *mutable { "mut" } else { "const" }, type_text(model, to))
        }
        TypeRef::Array { of, count } => format!("[{}; {count}]", type_text(model, of)),
        TypeRef::Atomic(of) => format!("atomic {}", type_text(model, of)),
    }
}

/// Every field of a structure with its path: `userdata`, `clock.timeout`.
fn fields(structure: &Struct) -> Vec<(String, &Field)> {
    let mut all = Vec::new();
    for member in &structure.members {
        match member {
            Member::Field(field) => all.push((field.name.clone(), field)),
            Member::Variant(variant) => {
                for arm in &variant.arms {
                    for field in &arm.members {
                        let path = match &arm.name {
                            Some(arm) => format!("{arm}.{}", field.name),
                            None => field.name.clone(),
                        };
                        all.push((path, field));
                    }
                }
            }
        }
    }
    all
}

fn add_members(lock: &mut Lock, model: &Model, name: &str, structure: &Struct) {
    for (path, field) in fields(structure) {
        let details = format!("{} at {}", type_text(model, &field.ty), both(field.offset));
        lock.add(Kind::Member, format!("{name}.{path}"), details);
    }
    for member in &structure.members {
        let Member::Variant(variant) = member else { continue };
        for arm in &variant.arms {
            let arm_name = arm.name.as_deref().unwrap_or(&arm.members[0].name);
            let details = format!("chosen by {} {}", variant.tag, arm.tags.join(", "));
            lock.add(Kind::Member, format!("{name}.{arm_name} (arm)"), details);
        }
    }
}

fn add_call(lock: &mut Lock, model: &Model, call: &Call) {
    let types = |parameters: &[crate::model::Parameter]| {
        parameters.iter().map(|p| type_text(model, &p.ty)).collect::<Vec<_>>().join(", ")
    };
    let returns = if call.noreturn { "!".to_string() } else { format!("({})", types(&call.outputs)) };
    let details = format!("{} ({}) -> {returns}", call.number, types(&call.inputs));
    lock.add(Kind::Call, &call.name, details);
    let names: Vec<_> = call.inputs.iter().chain(&call.outputs).map(|p| p.name.as_str()).collect();
    lock.add(Kind::Names, &call.name, names.join(", "));

    for rule in &call.rights {
        let when =
            rule.when.as_ref().map(|c| format!(" when {}", condition_text(model, c))).unwrap_or_default();
        let needs = rights_text(model, &rule.needs);
        let name = format!("{} on {}{when}", call.name, rule.descriptor.text);
        // Two rules for one descriptor under one condition are one rule that needs both.
        let needs = match lock.get(Kind::Rights, &name) {
            Some(before) => format!("{before} & {needs}"),
            None => needs,
        };
        lock.add(Kind::Rights, name, needs);
    }
    if let Some(TypeKind::Number(errno)) = model.errno().map(|id| &model.ty(id).kind) {
        for error in &call.errors {
            lock.add(
                Kind::Error,
                format!("{}.{}", call.name, errno.values[error.errno].name),
                "may be returned",
            );
        }
    }
}

/// A rights expression as the definition writes it.
pub(crate) fn rights_text(model: &Model, needs: &RightsExpression) -> String {
    let name = |index: usize| match model.rights().map(|id| &model.ty(id).kind) {
        Some(TypeKind::Number(rights)) => rights.values[index].name.clone(),
        _ => index.to_string(),
    };
    let join = |parts: &[RightsExpression], sign: &str, parenthesise: bool| {
        let parts: Vec<_> = parts
            .iter()
            .map(|part| match part {
                RightsExpression::Any(any) if parenthesise && any.len() > 1 => {
                    format!("({})", rights_text(model, part))
                }
                _ => rights_text(model, part),
            })
            .collect();
        parts.join(sign)
    };
    match needs {
        RightsExpression::Right(index) => name(*index),
        RightsExpression::All(parts) => join(parts, " & ", true),
        RightsExpression::Any(parts) => join(parts, " | ", false),
    }
}

/// A condition as the definition writes it.
pub(crate) fn condition_text(model: &Model, condition: &Condition) -> String {
    let value_name = |ty: &TypeRef, index: usize| match ty {
        TypeRef::Named(id) => match &model.ty(*id).kind {
            TypeKind::Number(number) => number.values[index].name.clone(),
            _ => index.to_string(),
        },
        _ => index.to_string(),
    };
    match condition {
        Condition::All(parts) => {
            let parts: Vec<_> = parts
                .iter()
                .map(|part| match part {
                    Condition::Any(_) => format!("({})", condition_text(model, part)),
                    _ => condition_text(model, part),
                })
                .collect();
            parts.join(" and ")
        }
        Condition::Any(parts) => {
            parts.iter().map(|part| condition_text(model, part)).collect::<Vec<_>>().join(" or ")
        }
        Condition::Not(inner) => match &**inner {
            Condition::Has { path, flag } => format!("{} lacks {}", path.text, value_name(&path.ty, *flag)),
            Condition::Equals { path, value } => {
                format!("{} != {}", path.text, operand_text(*value, |i| value_name(&path.ty, i)))
            }
            other => format!("not ({})", condition_text(model, other)),
        },
        Condition::Has { path, flag } => format!("{} has {}", path.text, value_name(&path.ty, *flag)),
        Condition::Equals { path, value } => {
            format!("{} == {}", path.text, operand_text(*value, |i| value_name(&path.ty, i)))
        }
    }
}

fn operand_text(operand: Operand, name: impl Fn(usize) -> String) -> String {
    match operand {
        Operand::Value(index) => name(index),
        Operand::Number(number) => number.to_string(),
    }
}

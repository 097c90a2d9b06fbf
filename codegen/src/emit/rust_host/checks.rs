//! The file `checks.rs`: which values the definition defines, and where members of structures point to.

use super::types::style;
use crate::emit::OutputFile;
use crate::emit::rust::{Printer, WIDTH, field, file_start};
use crate::emit::text::Text;
use crate::model::{Arm, Field, Member, Model, NumberClass, Primitive, Struct, TypeId, TypeKind, TypeRef};

/// The file.
pub(super) fn file(model: &Model) -> OutputFile {
    let mut out = file_start(
        model,
        "What a program may put into values and structures: values that the ABI defines, and pointers that lead into \
         its memory.",
    );
    out.blank();
    out.line("#[allow(unused_imports)]");
    out.line("use super::types;");
    out.line("#[allow(unused_imports)]");
    out.line(
        "use crate::memory::{Defined, Fault, GuestAtomic, GuestRef, GuestSlice, GuestSliceMut, Region};",
    );
    let undefined = Undefined::new(model);
    let printers = [32, 64].map(|bits| {
        let mut style = style(bits);
        style.type_path = if bits == 32 { "types::guest32::" } else { "types::guest64::" };
        (bits, Printer::new(model, style))
    });
    let mut common = style(64);
    common.type_path = "types::";
    let common = Printer::new(model, common);
    for (index, ty) in model.types.iter().enumerate() {
        let id = TypeId(index);
        match &ty.kind {
            TypeKind::Function(_) => {}
            TypeKind::Number(_) if undefined.possible[index] => {
                let name = format!("types::{}", common.type_name(id));
                implement(&mut out, &name, &[format!("{name}::is_defined(*self)")]);
            }
            TypeKind::Number(_) => {}
            TypeKind::Struct(structure) if structure.depends_on_word_size => {
                for (bits, printer) in &printers {
                    let printer = StructPrinter { model, printer, undefined: &undefined, bits: *bits };
                    printer.print(&mut out, id, structure);
                }
            }
            TypeKind::Struct(structure) => {
                let printer = StructPrinter { model, printer: &common, undefined: &undefined, bits: 64 };
                printer.print(&mut out, id, structure);
            }
        }
    }
    OutputFile::new("checks.rs", out.finish())
}

/// Which types have values that the definition leaves undefined.
pub(super) struct Undefined {
    possible: Vec<bool>,
}

impl Undefined {
    pub(super) fn new(model: &Model) -> Self {
        let mut undefined = Undefined { possible: Vec::with_capacity(model.types.len()) };
        // A type comes after the types that it contains.
        for ty in &model.types {
            let possible = match &ty.kind {
                TypeKind::Number(number) => matches!(number.class, NumberClass::Enum | NumberClass::Flags),
                TypeKind::Function(_) => false,
                TypeKind::Struct(structure) => structure.members.iter().any(|member| match member {
                    Member::Field(field) => undefined.possible(&field.ty),
                    Member::Variant(variant) => {
                        variant.arms.iter().flat_map(|arm| &arm.members).any(|f| undefined.possible(&f.ty))
                    }
                }),
            };
            undefined.possible.push(possible);
        }
        undefined
    }

    /// Whether a value of this type can be one that the definition leaves undefined.
    pub(super) fn possible(&self, ty: &TypeRef) -> bool {
        match ty {
            TypeRef::Named(id) => self.possible.get(id.0).copied().unwrap_or(false),
            TypeRef::Array { of, .. } | TypeRef::Atomic(of) => self.possible(of),
            TypeRef::Primitive(_) | TypeRef::Pointer { .. } => false,
        }
    }
}

/// The condition that a place of this type, which can be undefined, has a defined value.
pub(super) fn defined(expression: &str, ty: &TypeRef) -> String {
    match ty {
        TypeRef::Array { .. } => format!("{expression}.iter().all(Defined::is_defined)"),
        _ => format!("{expression}.is_defined()"),
    }
}

/// A method of a structure that validates where a pointer in it leads, and what that gives.
pub(super) struct Accessor {
    /// `si_data_slice`
    pub method: String,
    /// What it gives: `GuestSlice<types::guest64::Ciovec>`.
    ty: String,
    /// How it is made.
    make: String,
    /// What it is, for the documentation.
    doc: String,
}

/// The method for this member of a structure, if it is a pointer to something of a known type and length.
pub(super) fn accessor(
    model: &Model,
    name_of: &Printer<'_>,
    fields: &[&Field],
    member: &Field,
    bits: u32,
) -> Option<Accessor> {
    let TypeRef::Pointer { mutable, to } = &member.ty else { return None };
    let address = number_to_u64(model, &format!("self.{}", field(&member.name)), &member.ty, bits);
    let name = &member.name;
    if let Some(length) = &member.length {
        let length = fields.iter().find(|f| f.name == *length)?;
        let count = number_to_u64(model, &format!("self.{}", field(&length.name)), &length.ty, bits);
        let element = target(model, name_of, to, bits);
        let kind = if *mutable { "GuestSliceMut" } else { "GuestSlice" };
        return Some(Accessor {
            method: format!("{name}_slice"),
            ty: format!("{kind}<{element}>"),
            make: format!("{kind}::new(region, {address}, {count})"),
            doc: format!("The elements that `{name}` points to, as many as `{}` says.", length.name),
        });
    }
    let (kind, suffix, to) = match &**to {
        TypeRef::Atomic(of) => ("GuestAtomic", "atomic", &**of),
        TypeRef::Primitive(Primitive::Void) => return None,
        TypeRef::Named(id) if matches!(model.ty(*id).kind, TypeKind::Function(_)) => return None,
        other => ("GuestRef", "place", other),
    };
    Some(Accessor {
        method: format!("{name}_{suffix}"),
        ty: format!("{kind}<{}>", target(model, name_of, to, bits)),
        make: format!("{kind}::new(region, {address})"),
        doc: format!("What `{name}` points to."),
    })
}

/// The type of an element in memory, as a path.
fn target(model: &Model, names: &Printer<'_>, ty: &TypeRef, bits: u32) -> String {
    match ty {
        TypeRef::Primitive(Primitive::Void) => "u8".to_string(),
        TypeRef::Named(id) if model.depends_on_word_size(ty) => {
            format!("types::guest{bits}::{}", names.type_name(*id))
        }
        TypeRef::Named(id) => format!("types::{}", names.type_name(*id)),
        TypeRef::Atomic(of) => target(model, names, of, bits),
        TypeRef::Array { of, count } => format!("[{}; {count}]", target(model, names, of, bits)),
        TypeRef::Primitive(_) | TypeRef::Pointer { .. } => names.type_ref(ty),
    }
}

/// A number that counts or is an address, widened. Lengths are unsigned.
pub(super) fn number_to_u64(model: &Model, expression: &str, ty: &TypeRef, bits: u32) -> String {
    let (width, expression) = match ty {
        TypeRef::Pointer { .. } | TypeRef::Primitive(Primitive::Size) => {
            (u64::from(bits) / 8, expression.to_string())
        }
        TypeRef::Primitive(primitive) => (primitive.size().w64, expression.to_string()),
        TypeRef::Named(id) => match &model.ty(*id).kind {
            TypeKind::Number(number) if number.class == NumberClass::Alias => {
                (number.repr.size().w64, expression.to_string())
            }
            TypeKind::Number(number) => (number.repr.size().w64, format!("{expression}.0")),
            _ => (8, expression.to_string()),
        },
        _ => (8, expression.to_string()),
    };
    if width == 8 { expression } else { format!("u64::from({expression})") }
}

struct StructPrinter<'p, 'm> {
    model: &'m Model,
    printer: &'p Printer<'m>,
    undefined: &'p Undefined,
    bits: u32,
}

impl StructPrinter<'_, '_> {
    fn print(&self, out: &mut Text, id: TypeId, structure: &Struct) {
        let path = |name: &str| format!("{}{name}", self.printer.style.type_path);
        let name = path(self.printer.type_name(id));
        if self.undefined.possible(&TypeRef::Named(id)) {
            implement(out, &name, &self.conditions(id, structure));
        }
        let fields: Vec<&Field> = structure
            .members
            .iter()
            .filter_map(|member| match member {
                Member::Field(field) => Some(field),
                Member::Variant(_) => None,
            })
            .collect();
        self.accessors(out, &name, &fields);
        for member in &structure.members {
            let Member::Variant(variant) = member else { continue };
            for arm in &variant.arms {
                let Some(arm_name) = &arm.name else { continue };
                let fields: Vec<&Field> = arm.members.iter().collect();
                self.accessors(out, &path(self.printer.arm_name(id, arm_name)), &fields);
            }
        }
    }

    /// What must hold for a structure to be defined.
    fn conditions(&self, id: TypeId, structure: &Struct) -> Vec<String> {
        let mut conditions = Vec::new();
        for member in &structure.members {
            match member {
                Member::Field(member) => {
                    if self.undefined.possible(&member.ty) {
                        conditions.push(defined(&format!("self.{}", field(&member.name)), &member.ty));
                    }
                }
                Member::Variant(variant) => {
                    let arms = variant.arms.iter().filter_map(|arm| self.arm_condition(id, structure, arm));
                    let (mut text, mut method) = (String::new(), None);
                    for (arm_method, pattern, condition) in arms {
                        match pattern.len() + condition.len() {
                            short if short <= 75 => {
                                text.push_str(&format!("    {pattern}(arm) => {condition},\n"))
                            }
                            _ => text.push_str(&format!(
                                "    {pattern}(arm) => {{\n        {condition}\n    }}\n"
                            )),
                        }
                        method = Some(arm_method);
                    }
                    if let Some(method) = method {
                        conditions.push(format!("match self.{method}() {{\n{text}    _ => true,\n}}"));
                    }
                }
            }
        }
        conditions
    }

    /// How an arm is read, and what must hold for it to be defined.
    fn arm_condition(&self, id: TypeId, structure: &Struct, arm: &Arm) -> Option<(String, String, String)> {
        let checked: Vec<String> = arm
            .members
            .iter()
            .filter(|member| self.undefined.possible(&member.ty))
            .map(|member| match arm.name {
                Some(_) => defined(&format!("arm.{}", field(&member.name)), &member.ty),
                None => defined("arm", &member.ty),
            })
            .collect();
        if checked.is_empty() {
            return None;
        }
        let name = arm.name.as_deref().or(arm.members.first().map(|member| member.name.as_str()))?;
        let (method, pattern) = self.printer.arm_pattern(id, structure, name)?;
        Some((method, pattern, checked.join(" && ")))
    }

    fn accessors(&self, out: &mut Text, name: &str, fields: &[&Field]) {
        let accessors: Vec<Accessor> = fields
            .iter()
            .filter_map(|member| accessor(self.model, self.printer, fields, member, self.bits))
            .collect();
        if accessors.is_empty() {
            return;
        }
        out.blank();
        out.block(&format!("impl {name} {{"), "}", |out| {
            for (index, accessor) in accessors.iter().enumerate() {
                if index > 0 {
                    out.blank();
                }
                out.comment("/// ", &accessor.doc, WIDTH);
                out.line("///");
                out.line("/// # Errors");
                out.line("/// [`Fault`] if a part is outside of the program's memory.");
                out.line("#[inline(always)]");
                let Accessor { method, ty, make, .. } = accessor;
                let signature = format!("pub fn {method}(&self, region: Region) -> Result<{ty}, Fault> {{");
                out.block(&signature, "}", |out| {
                    out.line(make);
                });
            }
        });
    }
}

fn implement(out: &mut Text, name: &str, conditions: &[String]) {
    out.blank();
    out.block(&format!("impl Defined for {name} {{"), "}", |out| {
        out.line("#[inline(always)]");
        out.block("fn is_defined(&self) -> bool {", "}", |out| {
            for (index, condition) in conditions.iter().enumerate() {
                let and = if index == 0 { "" } else { "&& " };
                match index {
                    0 => out.line(condition),
                    _ => out.indented(|out| {
                        out.line(format_args!("{and}{condition}"));
                    }),
                };
            }
        });
    });
}

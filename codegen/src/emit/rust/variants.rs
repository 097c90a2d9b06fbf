//! Declarations of variants: a union with private members, an enumeration to read it by, and methods of
//! the structure that set the tag and the arm together.

use super::structs::Declaration;
use super::{Printer, names};
use crate::emit::text::{Text, camel};
use crate::model::{Arm, Member, Struct, TypeId, TypeKind, TypeRef, Value, Variant};

/// Names of what belongs to a variant.
#[derive(Clone)]
pub(super) struct VariantNames {
    /// Field of the structure that holds the union: `union`.
    pub field: String,
    /// Type of the union: `EventUnion`.
    pub union: String,
    /// Enumeration to read it by: `EventPayload`.
    pub payload: String,
    /// Method of the structure that gives it: `payload`.
    pub method: String,
    /// Member of the structure that chooses, as Rust writes it.
    pub tag: String,
}

/// How an arm is called and what it holds.
struct ArmNames {
    /// In methods and in the union: `fd_readwrite`.
    field: String,
    /// In the enumeration: `FdReadwrite`.
    variant: String,
    /// `EventFdReadwrite`, or the type of the only member.
    ty: String,
}

impl Printer<'_> {
    /// All variants of a structure, with their names.
    pub(super) fn variants<'s>(&self, id: TypeId, structure: &'s Struct) -> Vec<(&'s Variant, VariantNames)> {
        let taken = |name: &str| {
            structure
                .members
                .iter()
                .any(|member| matches!(member, Member::Field(field) if field.name == name))
        };
        let mut list = Vec::new();
        for member in &structure.members {
            let Member::Variant(variant) = member else { continue };
            // A second one needs names of its own; the tag tells them apart.
            let suffix = match list.is_empty() {
                true => String::new(),
                false => format!("_{}", variant.tag),
            };
            let mut field = format!("union{suffix}");
            while taken(&field) {
                field.push('_');
            }
            let (union, payload) = self.names.variant(id, list.len());
            list.push((
                variant,
                VariantNames {
                    field,
                    union,
                    payload,
                    method: format!("payload{suffix}"),
                    tag: names::field(&variant.tag),
                },
            ));
        }
        list
    }

    /// How code reads an arm of a variant of this structure: the method that gives the enumeration, and the
    /// enumeration's pattern for the arm, without what it holds. An arm without a name goes by its member's.
    pub fn arm_pattern(&self, id: TypeId, structure: &Struct, arm: &str) -> Option<(String, String)> {
        let goes_by = |a: &Arm| a.name.as_deref().or(a.members.first().map(|m| m.name.as_str())) == Some(arm);
        let (_, names) =
            self.variants(id, structure).into_iter().find(|(variant, _)| variant.arms.iter().any(goes_by))?;
        Some((names.method, format!("{}{}::{}", self.style.type_path, names.payload, variant_name(arm))))
    }

    pub(super) fn declare_variant(
        &self,
        out: &mut Text,
        id: TypeId,
        structure: &Struct,
        variant: &Variant,
        names: &VariantNames,
    ) {
        let arms: Vec<(&Arm, ArmNames)> =
            variant.arms.iter().map(|arm| (arm, self.arm_names(id, arm))).collect();
        for (arm, arm_names) in &arms {
            if arm.name.is_some() {
                out.blank();
                self.doc(out, &arm.doc);
                let declaration = Declaration {
                    name: &arm_names.ty,
                    size: arm.size,
                    align: arm.align,
                    slots: self.arm_slots(arm, variant.offset),
                    payloads: Vec::new(),
                };
                self.declare_members(out, &declaration);
            }
        }
        self.declare_union(out, id, variant, names, &arms);
        self.declare_payload(out, id, variant, names, &arms);
        let Some(tag) = Tag::find(self, structure, variant) else { return };
        self.declare_methods(out, id, variant, names, &arms, &tag);
    }

    fn arm_names(&self, id: TypeId, arm: &Arm) -> ArmNames {
        match (&arm.name, arm.members.first()) {
            (None, Some(member)) => ArmNames {
                field: member.name.clone(),
                variant: variant_name(&member.name),
                ty: self.type_ref(&member.ty),
            },
            (name, _) => {
                let name = name.as_deref().unwrap_or_default();
                ArmNames {
                    field: name.to_string(),
                    variant: variant_name(name),
                    ty: self.arm_name(id, name).to_string(),
                }
            }
        }
    }

    fn declare_union(
        &self,
        out: &mut Text,
        id: TypeId,
        variant: &Variant,
        names: &VariantNames,
        arms: &[(&Arm, ArmNames)],
    ) {
        let union = &names.union;
        let owner = self.type_name(id);
        out.blank();
        out.line(format_args!(
            "/// The memory of the variant part of [`{owner}`]. All of its bytes are always initialised."
        ));
        out.line("#[derive(Clone, Copy)]");
        out.line(self.repr(variant.align));
        out.block(&format!("pub union {union} {{"), "}", |out| {
            out.line(format_args!("_bytes: [u8; {}],", self.per_word(variant.size)));
            for (_, arm) in arms {
                out.line(format_args!("{}: {},", names::field(&arm.field), arm.ty));
            }
        });
        out.blank();
        out.block(&format!("impl {union} {{"), "}", |out| {
            out.line("/// Zeros only.");
            let size = self.per_word(variant.size);
            out.line(format_args!("pub const ZERO: {union} = {union} {{ _bytes: [0; {size}] }};"));
            for (arm, arm_names) in arms {
                let ArmNames { field, ty, .. } = arm_names;
                let member = names::field(field);
                out.blank();
                self.doc(out, &arm.doc);
                out.block(&format!("pub const fn from_{field}({member}: {ty}) -> Self {{"), "}", |out| {
                    out.line("let mut union = Self::ZERO;");
                    out.line(format_args!("union.{member} = {member};"));
                    out.line("union");
                });
                out.blank();
                out.line(format_args!("/// The bytes taken for what [`Self::from_{field}`] puts there."));
                out.block(&format!("pub const fn as_{field}(self) -> {ty} {{"), "}", |out| {
                    out.line(
                        "// SAFETY: all bytes are initialised, and any bytes are a value of a plain type.",
                    );
                    out.line(format_args!("unsafe {{ self.{member} }}"));
                });
            }
        });
        out.blank();
        out.block("const _: () = {", "};", |out| {
            out.line(format_args!("assert!(size_of::<{union}>() == {});", self.per_word(variant.size)));
            out.line(format_args!("assert!(align_of::<{union}>() == {});", self.per_word(variant.align)));
        });
        out.blank();
        out.line("// SAFETY: the arms are plain, and every way to make a value initialises all bytes.");
        out.line(format_args!("unsafe impl support::Plain for {union} {{}}"));
    }

    fn declare_payload(
        &self,
        out: &mut Text,
        id: TypeId,
        variant: &Variant,
        names: &VariantNames,
        arms: &[(&Arm, ArmNames)],
    ) {
        let owner = self.type_name(id);
        out.blank();
        out.line(format_args!("/// What the variant part of [`{owner}`] holds, read as its tag says."));
        if !variant.doc.is_empty() {
            out.line("///");
            self.doc(out, &variant.doc);
        }
        out.line("#[derive(Clone, Copy, Debug)]");
        out.block(&format!("pub enum {} {{", names.payload), "}", |out| {
            for (arm, arm_names) in arms {
                self.doc(out, &arm.doc);
                out.line(format_args!("{}({}),", arm_names.variant, arm_names.ty));
            }
            if !variant.empty.is_empty() {
                out.line("/// Nothing, by definition.");
                out.line("Empty,");
            }
            out.line("/// The tag is a value that the definition does not know.");
            out.line("Unknown,");
        });
    }

    fn declare_methods(
        &self,
        out: &mut Text,
        id: TypeId,
        variant: &Variant,
        names: &VariantNames,
        arms: &[(&Arm, ArmNames)],
        tag: &Tag<'_>,
    ) {
        let owner = self.type_name(id);
        let VariantNames { field, union, payload, method, tag: tag_field } = names;
        out.blank();
        out.block(&format!("impl {owner} {{"), "}", |out| {
            out.line(format_args!("/// What the variant part holds, read as `{}` says.", variant.tag));
            out.line("#[allow(unreachable_patterns)]");
            out.block(&format!("pub const fn {method}(&self) -> {payload} {{"), "}", |out| {
                out.block(&format!("match self.{tag_field} {{"), "}", |out| {
                    for (arm, arm_names) in arms {
                        let value = format!(
                            "{payload}::{}(self.{field}.as_{}())",
                            arm_names.variant, arm_names.field
                        );
                        tag.arm(out, &arm.tags, &value);
                    }
                    tag.arm(out, &variant.empty, &format!("{payload}::Empty"));
                    out.line(format_args!("_ => {payload}::Unknown,"));
                });
            });
            for (arm, arm_names) in arms {
                let ArmNames { field: arm_field, ty, .. } = arm_names;
                let member = names::field(arm_field);
                out.blank();
                let (parameter, value) = match arm.tags.as_slice() {
                    [only] => (String::new(), tag.path(only)),
                    _ => (format!("{tag_field}: {}, ", tag.ty), tag_field.clone()),
                };
                out.line("/// The same with this variant part and the tag that goes with it.");
                out.line("#[must_use]");
                let signature =
                    format!("pub const fn with_{arm_field}(mut self, {parameter}{member}: {ty}) -> Self {{");
                out.block(&signature, "}", |out| {
                    out.line(format_args!("self.{tag_field} = {value};"));
                    out.line(format_args!("self.{field} = {union}::from_{arm_field}({member});"));
                    out.line("self");
                });
            }
        });
    }
}

/// An arm's name in the enumeration. It must not be one of the two that stand there anyway.
pub(super) fn variant_name(name: &str) -> String {
    let name = camel(name);
    match name.as_str() {
        "Empty" | "Unknown" | "Self" => name + "_",
        _ => name,
    }
}

/// The type of a tag.
struct Tag<'s> {
    ty: String,
    values: &'s [Value],
}

impl<'s> Tag<'s> {
    fn find(printer: &'s Printer<'_>, structure: &Struct, variant: &Variant) -> Option<Self> {
        let id = structure.members.iter().find_map(|member| match member {
            Member::Field(field) if field.name == variant.tag => match &field.ty {
                TypeRef::Named(id) => Some(*id),
                _ => None,
            },
            _ => None,
        })?;
        let TypeKind::Number(number) = &printer.model.ty(id).kind else { return None };
        Some(Tag { ty: printer.type_ref(&TypeRef::Named(id)), values: &number.values })
    }

    fn path(&self, value: &str) -> String {
        format!("{}::{}", self.ty, names::constant(value))
    }

    /// A `match` arm for these values.
    fn arm(&self, out: &mut Text, values: &[String], result: &str) {
        let known: Vec<String> = values
            .iter()
            .filter(|name| self.values.iter().any(|value| value.name == **name))
            .map(|name| self.path(name))
            .collect();
        if known.is_empty() {
            return;
        }
        let line = format!("{} => {result},", known.join(" | "));
        if line.len() + 12 <= super::WIDTH {
            out.line(line);
            return;
        }
        for (index, pattern) in known.iter().enumerate() {
            let bar = if index == 0 { "" } else { "| " };
            let end = if index + 1 == known.len() { " => {" } else { "" };
            out.line(format_args!("{bar}{pattern}{end}"));
        }
        out.indented(|out| {
            out.line(result);
        });
        out.line("}");
    }
}

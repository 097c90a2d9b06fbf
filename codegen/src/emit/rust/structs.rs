//! Declarations of structures.

use super::layout::{Slot, Slots};
use super::variants::VariantNames;
use super::{Printer, names};
use crate::emit::text::Text;
use crate::model::{Member, PerWord, Struct, TypeId, TypeKind, TypeRef, Variant};

/// What a declaration of a structure needs to know of it.
pub(super) struct Declaration<'s> {
    pub name: &'s str,
    pub size: PerWord<u64>,
    pub align: PerWord<u64>,
    pub slots: Vec<Slot<'s>>,
    /// Name of the enumeration that `payload` gives, and of the method, for each union in it.
    pub payloads: Vec<VariantNames>,
}

impl Printer<'_> {
    pub(super) fn declare_struct(&self, out: &mut Text, id: TypeId, structure: &Struct) {
        let variants: Vec<(&Variant, VariantNames)> = self.variants(id, structure);
        let mut slots = Slots::new(self);
        let mut unions = variants.iter();
        for member in &structure.members {
            match member {
                Member::Field(field) => slots.field(field, PerWord::default()),
                Member::Variant(variant) => {
                    let Some((_, names)) = unions.next() else { continue };
                    slots.push(names.field.clone(), names.union.clone(), variant.offset, variant.size, None);
                }
            }
        }
        slots.pad_to(structure.size);

        self.type_doc(out, self.model.ty(id));
        let declaration = Declaration {
            name: self.type_name(id),
            size: structure.size,
            align: structure.align,
            slots: slots.list,
            payloads: variants.iter().map(|(_, names)| names.clone()).collect(),
        };
        self.declare_members(out, &declaration);
        for (variant, names) in &variants {
            self.declare_variant(out, id, structure, variant, names);
        }
    }

    /// The declaration itself, how it is printed, and its layout.
    pub(super) fn declare_members(&self, out: &mut Text, declaration: &Declaration<'_>) {
        let Declaration { name, slots, payloads, .. } = declaration;
        let has_padding = slots.iter().any(|slot| slot.padding);
        let mut fields = slots.iter().filter_map(|slot| slot.field);
        let is_comparable =
            payloads.is_empty() && fields.all(|field| self.is_comparable(&self.comparable, &field.ty));
        let mut derives = vec!["Clone", "Copy"];
        if !has_padding && payloads.is_empty() {
            derives.push("Debug");
        }
        if is_comparable {
            derives.extend(["PartialEq", "Eq"]);
        }
        out.line(format_args!("#[derive({})]", derives.join(", ")));
        out.line(self.repr(declaration.align));
        out.block(&format!("pub struct {name} {{"), "}", |out| {
            for slot in slots {
                self.declare_member(out, slot, declaration);
            }
        });
        if has_padding || !payloads.is_empty() {
            self.debug(out, declaration);
        }
        self.assert_layout(out, name, declaration.size, declaration.align, slots);
    }

    fn declare_member(&self, out: &mut Text, slot: &Slot<'_>, declaration: &Declaration<'_>) {
        match slot.field {
            Some(field) => {
                self.doc(out, &field.doc);
                if let Some(length) = &field.length {
                    let length = names::field(length);
                    out.line("///");
                    out.line(format_args!("/// Points to as many elements as `{length}` says."));
                }
            }
            None if slot.padding => {
                out.line("/// Nothing: zeros that keep the next member in its place.");
                out.line("#[doc(hidden)]");
            }
            None => {
                let names = declaration.payloads.iter().find(|names| names.field == slot.name);
                let method = names.map_or("payload", |names| names.method.as_str());
                out.line(format_args!(
                    "/// What `{}` chooses; [`Self::{method}`] reads it.",
                    names_tag(names)
                ));
            }
        }
        out.line(format_args!("pub {}: {},", slot.name, slot.ty));
    }

    fn debug(&self, out: &mut Text, declaration: &Declaration<'_>) {
        out.blank();
        out.block(&format!("impl core::fmt::Debug for {} {{", declaration.name), "}", |out| {
            out.block("fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {", "}", |out| {
                out.line(format_args!("f.debug_struct({:?})", declaration.name));
                out.indented(|out| {
                    for slot in declaration.slots.iter().filter(|slot| slot.field.is_some()) {
                        let name = &slot.name;
                        out.line(format_args!(".field({:?}, &self.{name})", name.trim_start_matches("r#")));
                    }
                    for payload in &declaration.payloads {
                        out.line(format_args!(".field({:?}, &self.{}())", payload.method, payload.method));
                    }
                    out.line(".finish()");
                });
            });
        });
    }

    /// For each type, whether values of it can be compared: unions cannot, and pointers to functions compare
    /// otherwise than one expects.
    pub(super) fn comparable_types(&self) -> Vec<bool> {
        // Types come after those that they contain.
        let mut comparable = Vec::with_capacity(self.model.types.len());
        for ty in &self.model.types {
            let is_comparable = match &ty.kind {
                TypeKind::Number(_) => true,
                TypeKind::Function(_) => false,
                TypeKind::Struct(structure) => structure.members.iter().all(|member| match member {
                    Member::Field(field) => self.is_comparable(&comparable, &field.ty),
                    Member::Variant(_) => false,
                }),
            };
            comparable.push(is_comparable);
        }
        comparable
    }

    fn is_comparable(&self, types: &[bool], ty: &TypeRef) -> bool {
        match ty {
            TypeRef::Primitive(_) => true,
            TypeRef::Pointer { to, .. } => self.style.pointer.is_some() || !self.is_function(to),
            TypeRef::Array { of, .. } | TypeRef::Atomic(of) => self.is_comparable(types, of),
            TypeRef::Named(id) => types.get(id.0).copied().unwrap_or(false),
        }
    }
}

fn names_tag(names: Option<&VariantNames>) -> &str {
    names.map_or("", |names| names.tag.trim_start_matches("r#"))
}

//! Structures, and assertions that a compiler lays them out as the definition says.

use super::docs::{Subject, doc_text, doc_with_history};
use super::file::comment;
use super::layout::size_and_align;
use super::spelling::{Spelling, View, identifier, value_macro};
use crate::emit::text::Text;
use crate::emit_line;
use crate::model::{
    Arm, Field, Member, Model, NumberType, PerWord, Struct, TypeId, TypeKind, TypeRef, Variant,
};

/// Writes a structure's definition and its assertions.
pub struct StructWriter<'m> {
    /// The definition that it is in.
    pub model: &'m Model,
    /// How members' types are written.
    pub spelling: Spelling<'m>,
}

impl StructWriter<'_> {
    /// Writes one structure. `announced`: a `typedef` for it stands further up.
    pub fn write(&self, text: &mut Text, id: TypeId, structure: &Struct, name: &str, announced: bool) {
        let (ty, subject) = (self.model.ty(id), Subject::Type(id));
        comment(text, &doc_with_history(self.model, subject, &ty.doc, &ty.since, &ty.deprecated));
        let open = if announced { format!("struct {name} {{") } else { "typedef struct {".to_string() };
        let close = if announced { "};".to_string() } else { format!("}} {name};") };
        text.block(&open, &close, |text| {
            for member in &structure.members {
                match member {
                    Member::Field(field) => self.field(text, subject, field),
                    Member::Variant(variant) => self.variant(text, subject, structure, variant),
                }
            }
        });
        self.assertions(text, structure, name);
        text.blank();
    }

    fn field(&self, text: &mut Text, subject: Subject, field: &Field) {
        comment(text, &doc_text(self.model, subject, &field.doc));
        let declaration = self.spelling.declaration(&field.ty, &field.name);
        match self.alignment(&field.ty) {
            Some(alignment) => emit_line!(text, "_Alignas({alignment}) {declaration};"),
            None => emit_line!(text, "{declaration};"),
        };
    }

    /// The alignment to write at a member. It is written wherever it is known, since compilers differ: on
    /// i686, 64-bit numbers in structures are aligned to 4 bytes unless told otherwise.
    fn alignment(&self, ty: &TypeRef) -> Option<u64> {
        let (_, align) = size_and_align(self.model, ty);
        match self.spelling.view() {
            View::Memory(bits) | View::Kernel(bits) => Some(align.get(bits)),
            View::Program if align.same() => Some(align.w64),
            View::Program => None,
        }
    }

    fn variant(&self, text: &mut Text, subject: Subject, structure: &Struct, variant: &Variant) {
        comment(text, &doc_text(self.model, subject, &variant.doc));
        let tag = self.tag(structure, &variant.tag);
        text.block("union {", "};", |text| {
            for arm in variant.arms.iter().filter(|arm| !arm.members.is_empty()) {
                comment(text, &doc_text(self.model, subject, &arm.doc));
                comment(text, &chosen_by(arm, &variant.tag, tag));
                match &arm.name {
                    Some(name) => {
                        text.block("struct {", &format!("}} {};", identifier(name)), |text| {
                            arm.members.iter().for_each(|field| self.field(text, subject, field));
                        });
                    }
                    None => {
                        text.line("//");
                        arm.members.iter().for_each(|field| self.field(text, subject, field));
                    }
                }
            }
        });
    }

    /// The enumeration of a variant's tag.
    fn tag(&self, structure: &Struct, tag: &str) -> Option<&NumberType> {
        structure.members.iter().find_map(|member| match member {
            Member::Field(Field { name, ty: TypeRef::Named(id), .. }) if name == tag => {
                match &self.model.ty(*id).kind {
                    TypeKind::Number(number) => Some(number),
                    _ => None,
                }
            }
            _ => None,
        })
    }

    fn assertions(&self, text: &mut Text, structure: &Struct, name: &str) {
        for member in &structure.members {
            match member {
                Member::Field(field) => self.offset(text, name, "", field),
                Member::Variant(variant) => {
                    for arm in &variant.arms {
                        let path = arm.name.as_ref().map(|name| format!("{}.", identifier(name)));
                        for field in &arm.members {
                            self.offset(text, name, path.as_deref().unwrap_or_default(), field);
                        }
                    }
                }
            }
        }
        self.assertion(text, &format!("sizeof({name})"), structure.size);
        self.assertion(text, &format!("_Alignof({name})"), structure.align);
    }

    fn offset(&self, text: &mut Text, name: &str, path: &str, field: &Field) {
        let place = format!("offsetof({name}, {path}{})", identifier(&field.name));
        self.assertion(text, &place, field.offset);
    }

    fn assertion(&self, text: &mut Text, what: &str, figure: PerWord<u64>) {
        match self.spelling.view() {
            View::Memory(bits) | View::Kernel(bits) => assert_line(text, "", what, figure.get(bits)),
            View::Program if figure.same() => assert_line(text, "", what, figure.w64),
            View::Program => {
                assert_line(text, "sizeof(void *) != 4 || ", what, figure.w32);
                assert_line(text, "sizeof(void *) != 8 || ", what, figure.w64);
            }
        }
    }
}

/// Writes a static assertion that `what` equals `figure`.
pub fn assert_line(text: &mut Text, condition: &str, what: &str, figure: u64) {
    emit_line!(text, "_Static_assert({condition}{what} == {figure}, \"layout of the ABI\");");
}

fn chosen_by(arm: &Arm, tag: &str, number: Option<&NumberType>) -> String {
    let named = |name: &String| {
        let value = number.and_then(|number| {
            number.values.iter().find(|value| value.name == *name).map(|value| value_macro(number, value))
        });
        value.unwrap_or_else(|| name.clone())
    };
    let values: Vec<_> = arm.tags.iter().map(named).collect();
    format!("For `{}`: {}.", identifier(tag), values.join(", "))
}

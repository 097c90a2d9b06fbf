//! Declarations of number types. The macros that give them their methods are in `support.rs.in`.

use super::{Printer, names, primitive_name};
use crate::emit::text::Text;
use crate::model::{NumberClass, NumberType, TypeId};

impl Printer<'_> {
    pub(super) fn declare_number(&self, out: &mut Text, id: TypeId, number: &NumberType) {
        let macro_name = match number.class {
            NumberClass::Alias => return self.declare_alias(out, id, number),
            NumberClass::Opaque => "opaque",
            NumberClass::Enum => "enumeration",
            NumberClass::Flags => "flags",
        };
        let ty = self.model.ty(id);
        out.line(format_args!("{macro_name}! {{"));
        out.indented(|out| {
            self.type_doc(out, ty);
            out.line(format_args!("{}: {} {{", self.type_name(id), primitive_name(number.repr)));
            out.indented(|out| {
                for value in &number.values {
                    self.value_doc(out, value);
                    let literal = literal(number, value.value);
                    out.line(format_args!("{} = {literal}, {:?};", names::constant(&value.name), value.name));
                }
            });
            out.line("}");
        });
        out.line("}");
        if Some(id) == self.errno {
            self.errno_messages(out, id, number);
        }
    }

    fn declare_alias(&self, out: &mut Text, id: TypeId, number: &NumberType) {
        let name = self.type_name(id);
        self.type_doc(out, self.model.ty(id));
        out.line(format_args!("pub type {name} = {};", primitive_name(number.repr)));
        for value in &number.values {
            self.value_doc(out, value);
            let constant = self.alias_constant(id, &names::constant(&value.name));
            out.line(format_args!("pub const {constant}: {name} = {};", literal(number, value.value)));
        }
    }

    /// What errors mean, in words, and that they are errors.
    fn errno_messages(&self, out: &mut Text, id: TypeId, number: &NumberType) {
        let name = self.type_name(id);
        out.blank();
        out.block(&format!("impl {name} {{"), "}", |out| {
            out.line("/// What it means in general, in words; nothing for an undefined value.");
            out.line("#[allow(unreachable_patterns)]");
            out.block("pub const fn message(self) -> &'static str {", "}", |out| {
                out.block("match self.0 {", "}", |out| {
                    for value in &number.values {
                        let summary = value.doc.summary().replace('`', "");
                        let summary = summary.trim_end_matches('.');
                        out.line(format_args!("{} => {summary:?},", literal(number, value.value)));
                    }
                    out.line("_ => \"\",");
                });
            });
        });
        out.blank();
        out.line(format_args!("impl core::error::Error for {name} {{}}"));
    }
}

/// A value as a literal of its representation: hexadecimal for bits, decimal for numbers.
fn literal(number: &NumberType, value: u64) -> String {
    let bits = 8 * number.repr.size().w64;
    if number.repr.is_signed() {
        let unused = 64 - bits;
        return (((value << unused) as i64) >> unused).to_string();
    }
    let bits_matter =
        number.class == NumberClass::Flags || (number.class == NumberClass::Opaque && value > 0xffff);
    if bits_matter { format!("{value:#x}") } else { value.to_string() }
}

//! The file `descriptor_kinds.rs`: which rights make sense for which descriptors.

use super::{STYLE, list};
use crate::emit::OutputFile;
use crate::emit::rust::{Printer, Style, constant, file_start};
use crate::emit::text::Text;
use crate::model::{DescriptorKind, Model, TypeRef};

/// The file. Nothing if the definition has no kinds of descriptors.
pub(super) fn file(model: &Model) -> Option<OutputFile> {
    let (filetype, rights) = (model.filetype()?, model.rights()?);
    if model.descriptor_kinds.is_empty() {
        return None;
    }
    // Links to calls lead out of this module.
    let printer = Printer::new(
        model,
        Style { call_link: |name| format!("crate::syscalls::Syscalls::{name}"), ..STYLE },
    );
    let filetype = printer.type_ref(&TypeRef::Named(filetype));
    let rights = printer.type_ref(&TypeRef::Named(rights));
    let mut out = file_start(model, "Kinds of descriptors, and the rights that make sense for each.");
    out.blank();
    out.line("use super::types;");
    out.blank();
    out.line("/// Descriptors for which the same rights make sense.");
    out.line("#[derive(Clone, Copy, Debug, PartialEq, Eq)]");
    out.block("pub struct DescriptorKind {", "}", |out| {
        out.line("/// The definition's name for them.");
        out.line("pub name: &'static str,");
        out.line("/// What they can refer to. Several kinds can have the same file type.");
        out.line(format_args!("pub filetypes: &'static [{filetype}],"));
        out.line("/// The rights that they can carry.");
        out.line(format_args!("pub base: {rights},"));
        out.line("/// The rights that they can let inherit.");
        out.line(format_args!("pub inheriting: {rights},"));
    });
    for kind in &model.descriptor_kinds {
        out.blank();
        printer.doc(&mut out, &kind.doc);
        out.block(
            &format!("pub const {}: DescriptorKind = DescriptorKind {{", constant(&kind.name)),
            "};",
            |out| members(out, model, kind, &filetype, &rights),
        );
    }
    out.blank();
    out.line("/// All kinds, in the order of the definition.");
    let names: Vec<String> = model.descriptor_kinds.iter().map(|kind| constant(&kind.name)).collect();
    list(&mut out, 0, &format!("pub const ALL: [DescriptorKind; {}] = [", names.len()), &names, "];");
    Some(OutputFile::new("descriptor_kinds.rs", out.finish()))
}

fn members(out: &mut Text, model: &Model, kind: &DescriptorKind, filetype: &str, rights: &str) {
    out.line(format_args!("name: {:?},", kind.name));
    let filetypes: Vec<String> = kind
        .filetypes
        .iter()
        .map(|index| format!("{filetype}::{}", constant(model.filetype_name(*index))))
        .collect();
    list(out, 4, "filetypes: &[", &filetypes, "],");
    for (member, set) in [("base", &kind.base), ("inheriting", &kind.inheriting)] {
        let names: Vec<String> =
            set.iter().map(|index| format!("{rights}::{}.0", constant(model.right_name(*index)))).collect();
        match &names[..] {
            [] => _ = out.line(format_args!("{member}: {rights}::empty(),")),
            _ => {
                _ = out.block(&format!("{member}: {rights}("), "),", |out| {
                    out.line(names.join("\n    | "));
                })
            }
        }
    }
}

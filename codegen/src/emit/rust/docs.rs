//! Documentation comments.

use super::{Printer, WIDTH, names};
use crate::emit::text::Text;
use crate::model::{
    Arm, Doc, Field, LinkTarget, Member, NumberClass, Type, TypeId, TypeKind, TypeRef, Value,
};

impl Printer<'_> {
    /// Documentation as Markdown with links that `rustdoc` resolves.
    pub fn markdown(&self, doc: &Doc) -> String {
        doc.render(|text, target| self.link(text, target))
    }

    /// Adds documentation as a comment of `///` lines.
    pub fn doc(&self, out: &mut Text, doc: &Doc) {
        self.doc_text(out, &self.markdown(doc));
    }

    /// Adds Markdown as a comment of `///` lines.
    pub fn doc_text(&self, out: &mut Text, markdown: &str) {
        out.comment("/// ", markdown, WIDTH);
    }

    /// Documentation of a type: what it means, since when, and why not to use it.
    pub fn type_doc(&self, out: &mut Text, ty: &Type) {
        self.doc(out, &ty.doc);
        self.history(out, ty.since.as_deref(), ty.deprecated.as_deref());
    }

    /// Documentation of a named value.
    pub(super) fn value_doc(&self, out: &mut Text, value: &Value) {
        self.doc(out, &value.doc);
        self.history(out, value.since.as_deref(), value.deprecated.as_deref());
    }

    /// Since when something is there and why not to use it.
    pub fn history(&self, out: &mut Text, since: Option<&str>, deprecated: Option<&str>) {
        if let Some(since) = since {
            out.line("///");
            self.doc_text(out, &format!("Since version {since}."));
        }
        if let Some(reason) = deprecated {
            out.line("///");
            self.doc_text(out, &format!("**Deprecated**: {reason}"));
        }
    }

    fn link(&self, written: &str, target: &LinkTarget) -> String {
        match target {
            LinkTarget::Call(id) => {
                let name = &self.model.call(*id).name;
                format!("[`{name}`]({})", (self.style.call_link)(&names::function(name)))
            }
            LinkTarget::Parameter(id, parameter) => {
                let name = &self.model.call(*id).name;
                if self.current.get() == Some(*id) {
                    return format!("`{parameter}`");
                }
                format!("[`{parameter}`]({})", (self.style.call_link)(&names::function(name)))
            }
            LinkTarget::Type(id) => self.type_link(self.type_name(*id)),
            LinkTarget::Value(id, index) => self.value_link(*id, *index),
            LinkTarget::Member(id, path) => {
                self.member_link(*id, path).unwrap_or_else(|| format!("`{written}`"))
            }
        }
    }

    /// A link to something whose path starts at a type.
    fn type_link(&self, path: &str) -> String {
        let prefix = self.style.type_path;
        // `rustdoc` takes what follows the sign for an anchor, which it may as well be.
        if let Some((owner, member)) = path.split_once("::r#") {
            return format!("[`{owner}::{member}`]({prefix}{owner}#structfield.{member})");
        }
        if prefix.is_empty() { format!("[`{path}`]") } else { format!("[`{path}`]({prefix}{path})") }
    }

    /// A link to a named value of a type.
    pub fn value_link(&self, id: TypeId, index: usize) -> String {
        let TypeKind::Number(number) = &self.model.ty(id).kind else { return String::new() };
        let Some(value) = number.values.get(index) else { return String::new() };
        let name = names::constant(&value.name);
        match number.class {
            NumberClass::Alias => self.type_link(&self.alias_constant(id, &name)),
            _ => self.type_link(&format!("{}::{name}", self.type_name(id))),
        }
    }

    /// The name of the constant for a named value of an alias, which has no namespace of its own.
    pub(super) fn alias_constant(&self, id: TypeId, constant: &str) -> String {
        format!("{}_{constant}", crate::emit::text::upper(&self.model.ty(id).name))
    }

    /// A link to what `path` leads to from a structure: a member, an arm, or a member of an arm.
    fn member_link(&self, id: TypeId, path: &[String]) -> Option<String> {
        let TypeKind::Struct(structure) = &self.model.ty(id).kind else { return None };
        let (first, rest) = path.split_first()?;
        let arms = || {
            structure.members.iter().flat_map(|member| match member {
                Member::Variant(variant) => variant.arms.as_slice(),
                Member::Field(_) => &[],
            })
        };
        let fields = structure.members.iter().filter_map(|member| match member {
            Member::Field(field) => Some(field),
            Member::Variant(_) => None,
        });
        if let Some(field) = fields.into_iter().find(|field| field.name == *first) {
            return self.field_link(self.type_name(id), field, rest);
        }
        if let Some(arm) = arms().find(|arm| arm.name.as_deref() == Some(first)) {
            return self.arm_link(id, arm, rest);
        }
        // The member of an arm without a name can be reached only through the payload.
        let (_, names) = self.variants(id, structure).into_iter().find(|(variant, _)| {
            variant.arms.iter().any(|arm| arm.name.is_none() && arm.members.iter().any(|m| m.name == *first))
        })?;
        Some(self.type_link(&format!("{}::{}", names.payload, super::variants::variant_name(first))))
    }

    fn arm_link(&self, id: TypeId, arm: &Arm, rest: &[String]) -> Option<String> {
        let owner = self.arm_name(id, arm.name.as_deref()?);
        let Some((first, rest)) = rest.split_first() else { return Some(self.type_link(owner)) };
        let field = arm.members.iter().find(|member| member.name == *first)?;
        self.field_link(owner, field, rest)
    }

    fn field_link(&self, owner: &str, field: &Field, rest: &[String]) -> Option<String> {
        match &field.ty {
            TypeRef::Named(inner) if !rest.is_empty() => self.member_link(*inner, rest),
            _ => Some(self.type_link(&format!("{owner}::{}", names::field(&field.name)))),
        }
    }
}

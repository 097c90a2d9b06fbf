//! Pages, anchors, and a writer that links to them.

use crate::emit::rust::{Printer, Style};
use crate::emit::text::notice;
use crate::model::{
    CallId, Doc, LinkTarget, Member, Model, NumberType, Type, TypeId, TypeKind, TypeRef, Value,
};
use std::collections::HashMap;
use std::fmt::Write as _;

/// A page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// Where readers start.
    Index,
    /// A part of the definition (index in [`Model::subsystems`]).
    Subsystem(usize),
    /// Which rights there are and which calls need them.
    Rights,
    /// Which errors there are and which calls return them.
    Errors,
    /// A host (index in [`Model::hosts`]).
    Host(usize),
    /// All hosts side by side.
    Matrix,
    /// Names and numbers that are gone.
    Removed,
}

/// What all pages use, computed once.
pub struct Shared<'m> {
    /// The definition.
    pub model: &'m Model,
    /// The type of rights.
    pub rights: Option<TypeId>,
    /// The type of errors.
    pub errno: Option<TypeId>,
    /// Spells types as Rust does.
    pub rust: Printer<'m>,
    /// The Rust function of each call.
    pub rust_calls: Vec<String>,
    /// What names stand for in text: calls, types and values.
    names: HashMap<String, LinkTarget>,
    /// Where each type is in what hosts map: the type's id → (host, table).
    pub mapped: HashMap<usize, Vec<(usize, usize)>>,
    /// The files of subsystems and hosts.
    subsystems: Vec<String>,
    hosts: Vec<String>,
}

impl<'m> Shared<'m> {
    /// For a definition.
    pub fn new(model: &'m Model) -> Self {
        let mut mapped: HashMap<usize, Vec<(usize, usize)>> = HashMap::new();
        for (host_index, host) in model.hosts.iter().enumerate() {
            for (index, table) in host.tables.iter().enumerate() {
                mapped.entry(table.ty.0).or_default().push((host_index, index));
            }
        }
        let mut names = HashMap::new();
        for (index, call) in model.calls.iter().enumerate() {
            names.insert(call.name.clone(), LinkTarget::Call(CallId(index)));
        }
        for (index, ty) in model.types.iter().enumerate() {
            names.insert(ty.name.clone(), LinkTarget::Type(TypeId(index)));
            for (place, value) in values(ty).iter().enumerate() {
                names.insert(format!("{}.{}", ty.name, value.name), LinkTarget::Value(TypeId(index), place));
            }
        }
        Shared {
            model,
            names,
            rights: model.rights(),
            errno: model.errno(),
            rust: Printer::new(model, Style::PROGRAM),
            rust_calls: crate::emit::rust_sys::signatures(model),
            mapped,
            subsystems: model.subsystems.iter().map(|part| format!("subsystems/{}.md", part.name)).collect(),
            hosts: model.hosts.iter().map(|host| format!("hosts/{}.md", host.name)).collect(),
        }
    }

    /// The page's file, relative to the product's folder.
    pub fn path(&self, page: Page) -> &str {
        match page {
            Page::Index => "README.md",
            Page::Subsystem(index) => &self.subsystems[index],
            Page::Rights => "rights.md",
            Page::Errors => "errors.md",
            Page::Host(index) => &self.hosts[index],
            Page::Matrix => "matrix.md",
            Page::Removed => "removed.md",
        }
    }
}

/// Writes one page.
pub struct Writer<'m> {
    shared: &'m Shared<'m>,
    page: Page,
    /// The page's path, cut off after its folder.
    folder: &'static str,
    out: String,
}

impl<'m> Writer<'m> {
    /// An empty page, but for the notice.
    pub fn new(shared: &'m Shared<'m>, page: Page) -> Self {
        let folder = match page {
            Page::Subsystem(_) => "subsystems/",
            Page::Host(_) => "hosts/",
            _ => "",
        };
        let out = format!("<!-- {} -->\n", notice(shared.model, "*.yaml").join("\n     "));
        Writer { shared, page, folder, out }
    }

    /// The page's text.
    pub fn finish(mut self) -> String {
        let end = self.out.trim_end().len();
        self.out.truncate(end);
        self.out.push('\n');
        self.out
    }

    /// The definition.
    pub fn model(&self) -> &'m Model {
        self.shared.model
    }

    /// What all pages use.
    pub fn shared(&self) -> &'m Shared<'m> {
        self.shared
    }

    /// Adds a heading.
    pub fn heading(&mut self, level: usize, text: &str) {
        let _ = write!(self.out, "\n{} {text}\n", "#".repeat(level));
    }

    /// Adds a place that can be linked to, above a heading.
    pub fn anchor(&mut self, name: &str) {
        let _ = write!(self.out, "\n<a id=\"{name}\"></a>\n");
    }

    /// Adds a paragraph.
    pub fn paragraph(&mut self, text: &str) {
        let _ = write!(self.out, "\n{}\n", text.trim_end());
    }

    /// Adds documentation.
    pub fn doc(&mut self, doc: &Doc) {
        if !doc.is_empty() {
            let text = self.markdown(doc);
            self.paragraph(&text);
        }
    }

    /// Adds code.
    pub fn code(&mut self, language: &str, code: &str) {
        let _ = write!(self.out, "\n```{language}\n{}\n```\n", code.trim_end());
    }

    /// Begins a list.
    pub fn list(&mut self) {
        self.out.push('\n');
    }

    /// Adds an item to a list.
    pub fn item(&mut self, text: &str) {
        let _ = writeln!(self.out, "- {}", text.trim_end().replace('\n', "\n  "));
    }

    /// Begins a table.
    pub fn table(&mut self, titles: &[&str]) {
        let _ = write!(self.out, "\n| {} |\n|{}\n", titles.join(" | "), " --- |".repeat(titles.len()));
    }

    /// Adds a row to a table.
    pub fn row(&mut self, cells: &[String]) {
        self.out.push('|');
        for cell in cells {
            self.out.push(' ');
            push_cell(&mut self.out, cell);
            self.out.push_str(" |");
        }
        self.out.push('\n');
    }

    /// Documentation with links as this page has them.
    pub fn markdown(&self, doc: &Doc) -> String {
        doc.render(|text, target| self.target(text, target))
    }

    /// The first sentence of documentation, with links.
    pub fn summary(&self, doc: &Doc) -> String {
        let text = self.markdown(doc);
        let paragraph = text.split("\n\n").next().unwrap_or_default().replace('\n', " ");
        match paragraph.find(". ") {
            Some(end) => paragraph[..=end].to_string(),
            None => paragraph.trim_end().to_string(),
        }
    }

    /// Text that is no documentation (a remark, a reason), with links where it names things in brackets all the
    /// same.
    pub fn prose(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(start) = rest.find('[') {
            let (before, after) = rest.split_at(start);
            out.push_str(before);
            let end = after.find(']').unwrap_or(0);
            let name = after.get(1..end).unwrap_or_default();
            match self.shared.names.get(name) {
                Some(target) if !after[end + 1..].starts_with('(') => {
                    out.push_str(&self.target(name, target));
                    rest = &after[end + 1..];
                }
                _ => {
                    out.push('[');
                    rest = &after[1..];
                }
            }
        }
        out.push_str(rest);
        out
    }

    /// The way from this page to another, in two pieces.
    fn way(&self, page: Page) -> (&'static str, &str) {
        let path = self.shared.path(page);
        match path.strip_prefix(self.folder) {
            Some(file) => ("", file),
            None => ("../", path),
        }
    }

    /// A link with this text to a page.
    pub fn page_link(&self, text: &str, page: Page, anchor: &str) -> String {
        let (up, path) = self.way(page);
        match anchor {
            "" => ["[", text, "](", up, path, ")"].concat(),
            _ if page == self.page => ["[", text, "](#", anchor, ")"].concat(),
            _ => ["[", text, "](", up, path, "#", anchor, ")"].concat(),
        }
    }

    /// A link with code as its text to a call, a type, or a part of one.
    fn code_link(&self, text: &str, subsystem: usize, anchor: Anchor<'_>) -> String {
        let page = Page::Subsystem(subsystem);
        let (up, path) = if page == self.page { ("", "") } else { self.way(page) };
        let Anchor { kind, owner, part } = anchor;
        let dash = if part.is_empty() { "" } else { "-" };
        ["[`", text, "`](", up, path, "#", kind, owner, dash, part, ")"].concat()
    }

    /// A link to a call.
    pub fn call_link(&self, id: CallId) -> String {
        let call = self.model().call(id);
        self.code_link(&call.name, call.subsystem, Anchor::call(&call.name, ""))
    }

    /// A link to a type.
    pub fn type_link(&self, id: TypeId) -> String {
        let ty = self.model().ty(id);
        self.code_link(&ty.name, ty.subsystem, Anchor::ty(&ty.name, ""))
    }

    /// A link to a value, by its name alone.
    pub fn value_link(&self, id: TypeId, index: usize) -> String {
        let name = self.value_name(id, index);
        self.value_link_as(name, id, index)
    }

    fn value_link_as(&self, text: &str, id: TypeId, index: usize) -> String {
        let ty = self.model().ty(id);
        self.code_link(text, ty.subsystem, Anchor::ty(&ty.name, self.value_name(id, index)))
    }

    fn value_name(&self, id: TypeId, index: usize) -> &'m str {
        number(self.model(), id).and_then(|number| number.values.get(index)).map_or("", |value| &value.name)
    }

    /// A cross reference.
    fn target(&self, text: &str, target: &LinkTarget) -> String {
        let model = self.model();
        match target {
            LinkTarget::Call(id) => self.call_link(*id),
            LinkTarget::Parameter(id, parameter) => {
                let call = model.call(*id);
                self.code_link(text, call.subsystem, Anchor::call(&call.name, parameter))
            }
            LinkTarget::Type(id) => self.type_link(*id),
            LinkTarget::Value(id, index) => self.value_link_as(text, *id, *index),
            LinkTarget::Member(id, path) => {
                let (owner, way) = member(model, *id, path);
                let ty = model.ty(owner);
                self.code_link(text, ty.subsystem, Anchor::ty(&ty.name, &way.join("-")))
            }
        }
    }

    /// A type as code, with links to what it names.
    pub fn ty(&self, ty: &TypeRef) -> String {
        match ty {
            TypeRef::Primitive(primitive) => format!("`{}`", primitive.name()),
            TypeRef::Named(id) => self.type_link(*id),
            TypeRef::Pointer { mutable, to } => {
                format!("`*{}` {}", if *mutable { "mut" } else { "const" }, self.ty(to))
            }
            TypeRef::Array { of, count } => format!("{count} × {}", self.ty(of)),
            TypeRef::Atomic(of) => format!("`atomic` {}", self.ty(of)),
        }
    }
}

/// A place in a page: a call, a type, or a part of one.
struct Anchor<'a> {
    kind: &'static str,
    owner: &'a str,
    /// Empty: the whole thing.
    part: &'a str,
}

impl<'a> Anchor<'a> {
    fn call(owner: &'a str, part: &'a str) -> Self {
        Anchor { kind: "call-", owner, part }
    }

    fn ty(owner: &'a str, part: &'a str) -> Self {
        Anchor { kind: "type-", owner, part }
    }
}

/// The anchor of a call.
pub fn call_anchor(name: &str) -> String {
    format!("call-{name}")
}

/// The anchor of a type.
pub fn type_anchor(name: &str) -> String {
    format!("type-{name}")
}

/// The anchor of a host's table.
pub fn table_anchor(name: &str) -> String {
    format!("table-{name}")
}

/// The named values of a type.
pub fn values(ty: &Type) -> &[Value] {
    match &ty.kind {
        TypeKind::Number(number) => &number.values,
        _ => &[],
    }
}

/// A number type.
pub fn number(model: &Model, id: TypeId) -> Option<&NumberType> {
    match &model.ty(id).kind {
        TypeKind::Number(number) => Some(number),
        _ => None,
    }
}

/// The structure that a path ends in, and the way from there: a path may lead through structures that are
/// members of others.
fn member<'p>(model: &Model, id: TypeId, path: &'p [String]) -> (TypeId, &'p [String]) {
    let TypeKind::Struct(structure) = &model.ty(id).kind else { return (id, path) };
    // The names that stay in this structure: a member, or an arm and a member of it.
    let mut fields = Vec::new();
    for part in &structure.members {
        match part {
            Member::Field(field) => fields.push((1, None, field)),
            Member::Variant(variant) => {
                for arm in &variant.arms {
                    let depth = if arm.name.is_some() { 2 } else { 1 };
                    fields.extend(arm.members.iter().map(|field| (depth, arm.name.as_ref(), field)));
                }
            }
        }
    }
    for (depth, arm, field) in fields {
        let is_here =
            path.len() > depth && path[depth - 1] == field.name && arm.is_none_or(|arm| path[0] == *arm);
        if let (true, TypeRef::Named(next)) = (is_here, &field.ty) {
            return member(model, *next, &path[depth..]);
        }
    }
    (id, path)
}

/// Adds text as a table's cell: paragraphs and list items become line breaks.
fn push_cell(out: &mut String, text: &str) {
    let mut first = true;
    for line in text.trim().lines() {
        let line = line.trim();
        if line.is_empty() {
            out.push_str("<br><br>");
            first = true;
            continue;
        }
        let item = line.strip_prefix("- ");
        if item.is_some() {
            out.push_str("<br>• ");
        } else if !first {
            out.push(' ');
        }
        let mut parts = item.unwrap_or(line).split('|');
        out.push_str(parts.next().unwrap_or_default());
        for part in parts {
            out.push_str("\\|");
            out.push_str(part);
        }
        first = false;
    }
}

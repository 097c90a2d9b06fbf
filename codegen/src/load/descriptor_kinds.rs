//! Phase 9: kinds of descriptors and the rights that make sense for them.

use std::collections::HashMap;

use super::context::Context;
use super::docs::doc;
use super::report::did_you_mean;
use super::shape::twice;
use super::syntax::{self, Kind, Selection, Word};
use crate::diagnostic::Diagnostic;
use crate::model::{DescriptorKind, NumberClass, TypeId};
use crate::source::Span;

/// Builds all kinds of descriptors, file by file.
pub fn build(context: &Context) -> Vec<DescriptorKind> {
    let items = &context.definition.descriptor_kinds;
    let Some(first) = items.first() else { return Vec::new() };
    let filetype = convention(context, "filetype", NumberClass::Enum, first.name.span);
    let rights = convention(context, "rights", NumberClass::Flags, first.name.span);
    let names = names(context, items);
    let every_right: Vec<usize> =
        rights.map_or(Vec::new(), |rights| (0..value_count(context, rights)).collect());
    let mut kinds: Vec<DescriptorKind> = items
        .iter()
        .map(|item| DescriptorKind {
            name: item.name.text.to_string(),
            doc: doc(context, item.doc),
            subsystem: item.subsystem,
            filetypes: values(context, filetype, &item.filetypes, "file type"),
            base: match &item.base {
                Selection::All => every_right.clone(),
                Selection::These(words) => values(context, rights, words, "right"),
            },
            makes: match &item.makes {
                Selection::All => (0..items.len()).collect(),
                Selection::These(words) => chosen(context, words, "the kind of descriptor", |word| {
                    let found = names.get(word.text).copied();
                    if found.is_none() {
                        let message = format!("unknown kind of descriptor `{}`", word.text);
                        let mut error = Diagnostic::at(word.span, message);
                        error.help = did_you_mean(word.text, names.keys().copied());
                        context.report.missing(error);
                    }
                    found
                }),
            },
            inheriting: Vec::new(),
        })
        .collect();
    for index in 0..kinds.len() {
        kinds[index].inheriting = inheriting(&kinds, index);
    }
    kinds
}

/// The rights of all that can be made from a kind of descriptor, and from what is made from it.
fn inheriting(kinds: &[DescriptorKind], index: usize) -> Vec<usize> {
    let mut reached = vec![false; kinds.len()];
    let mut left = kinds[index].makes.clone();
    while let Some(next) = left.pop() {
        if !std::mem::replace(&mut reached[next], true) {
            left.extend(&kinds[next].makes);
        }
    }
    let of_reached =
        kinds.iter().zip(reached).filter(|(_, reached)| *reached).flat_map(|(kind, _)| &kind.base);
    let mut rights: Vec<usize> = of_reached.copied().collect();
    rights.sort_unstable();
    rights.dedup();
    rights
}

/// The type that has this name by convention. Kinds of descriptors make no sense without it.
fn convention(context: &Context, name: &str, class: NumberClass, span: Span) -> Option<TypeId> {
    let Some(id) = context.names.ty(name) else {
        context.report.missing(Diagnostic::at(span, format!("kinds of descriptors need a type `{name}`")));
        return None;
    };
    match &context.names.item(context.definition, id).kind {
        // It could not be read.
        None => None,
        Some(Kind::Number(number)) if number.class == class => Some(id),
        Some(_) => {
            let what = if class == NumberClass::Enum { "an enumeration" } else { "a flag set" };
            let ty = context.names.item(context.definition, id);
            context.report.add(
                Diagnostic::at(span, format!("kinds of descriptors need `{name}` to be {what}"))
                    .related(ty.name.span, "defined here"),
            );
            None
        }
    }
}

fn value_count(context: &Context, id: TypeId) -> usize {
    match &context.names.item(context.definition, id).kind {
        Some(Kind::Number(number)) => number.values.len(),
        _ => 0,
    }
}

/// The kinds by name. Of those with one name, the first one keeps it.
fn names<'a>(context: &Context, items: &[syntax::DescriptorKind<'a>]) -> HashMap<&'a str, usize> {
    let mut names = HashMap::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        let first = *names.entry(item.name.text).or_insert(index);
        if first != index {
            let what = format!("the kind of descriptor `{}`", item.name.text);
            context.report.add(twice(item.name.span, &what, items[first].name.span));
        }
    }
    names
}

/// Values of a type, in the order of the type.
fn values(context: &Context, ty: Option<TypeId>, words: &[Word], what: &str) -> Vec<usize> {
    let Some(ty) = ty else { return Vec::new() };
    chosen(context, words, &format!("the {what}"), |word| {
        context.names.value_at(context.definition, ty, word, what, context.report)
    })
}

/// What the words of a list mean, each once and in ascending order.
fn chosen<'a>(
    context: &Context,
    words: &[Word<'a>],
    what: &str,
    find: impl Fn(Word<'a>) -> Option<usize>,
) -> Vec<usize> {
    let mut first: HashMap<&str, Span> = HashMap::with_capacity(words.len());
    let mut found = Vec::with_capacity(words.len());
    for word in words {
        match first.get(word.text) {
            Some(first) => context.report.add(twice(word.span, &format!("{what} `{}`", word.text), *first)),
            None => found.extend(find(*word)),
        }
        first.entry(word.text).or_insert(word.span);
    }
    found.sort_unstable();
    found
}

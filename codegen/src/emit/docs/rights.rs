//! The page of rights.

use super::links::{Writer, number, values};
use super::types::digits;
use super::words;
use crate::model::{CallId, RightsExpression, TypeId};

/// Prints it.
pub fn print(w: &mut Writer<'_>) {
    let model = w.model();
    let Some(id) = w.shared().rights else { return };
    let Some(rights) = number(model, id) else { return };
    w.heading(1, &format!("{}: rights", model.title));
    w.paragraph(&format!(
        "A descriptor carries [rights]({}), and a call on it works only with those that it needs. This page says \
         which call needs which, first by right and then by call{}. A right \"to inherit\" is one that descriptors \
         made from this one must be able to get.",
        w.type_link(id).split_once("](").map(|(_, to)| to.trim_end_matches(')')).unwrap_or_default(),
        if model.descriptor_kinds.is_empty() { "" } else { ", and which rights a descriptor can carry at all" },
    ));
    // For each right, the calls whose rules speak of it.
    let mut calls: Vec<Vec<CallId>> = vec![Vec::new(); rights.values.len()];
    for (index, call) in model.calls.iter().enumerate() {
        for rule in &call.rights {
            mentioned(&rule.needs, &mut |right| {
                if let Some(list) = calls.get_mut(right)
                    && list.last() != Some(&CallId(index))
                {
                    list.push(CallId(index));
                }
            });
        }
    }
    w.heading(2, "By right");
    w.table(&["Right", "Bit", "Calls that need it", "What for"]);
    for (index, value) in rights.values.iter().enumerate() {
        let links: Vec<String> = calls[index].iter().map(|call| w.call_link(*call)).collect();
        let right = w.value_link(id, index);
        let summary = w.summary(&value.doc);
        w.row(&[right, digits(rights, value), links.join(", "), summary]);
    }
    w.heading(2, "By call");
    w.table(&["Call", "Descriptor", "Needs", "When"]);
    for (index, call) in model.calls.iter().enumerate() {
        for rule in &call.rights {
            let when = rule.when.as_ref().map_or("always".to_string(), |when| words::condition(w, when));
            let link = w.call_link(CallId(index));
            let mut needs = words::rights(w, &rule.needs);
            if rule.inheriting {
                needs.push_str(" to inherit");
            }
            w.row(&[link, format!("`{}`", rule.descriptor.text), needs, when]);
        }
    }
    let free: Vec<String> = (0..model.calls.len())
        .filter(|index| model.calls[*index].rights.is_empty())
        .map(|index| w.call_link(CallId(index)))
        .collect();
    if !free.is_empty() {
        w.paragraph(&format!("These calls need no rights: {}.", free.join(", ")));
    }
    if !model.descriptor_kinds.is_empty() {
        kinds(w, id);
    }
}

/// Which rights make sense for which descriptors.
fn kinds(w: &mut Writer<'_>, rights: TypeId) {
    let model = w.model();
    let Some(filetype) = model.filetype() else { return };
    w.heading(2, "By kind of descriptor");
    w.paragraph(
        "A descriptor carries no right that makes no sense for its kind. What it can let inherit are the rights of \
         the kinds that can be made from it.",
    );
    w.table(&["Kind", "File type", "Rights that it can carry", "Made from it", "What it is"]);
    for kind in &model.descriptor_kinds {
        let links = |ty: TypeId, list: &[usize]| {
            let all = list.len() > 1 && values(model.ty(ty)).len() == list.len();
            let links: Vec<String> = list.iter().map(|index| w.value_link(ty, *index)).collect();
            if all { "all".to_string() } else { links.join(", ") }
        };
        let made = match kind.makes.len() {
            0 => "nothing".to_string(),
            all if all == model.descriptor_kinds.len() => "everything".to_string(),
            _ => kind
                .makes
                .iter()
                .map(|made| code(&model.descriptor_kinds[*made].name))
                .collect::<Vec<_>>()
                .join(", "),
        };
        let (filetypes, base) = (links(filetype, &kind.filetypes), links(rights, &kind.base));
        w.row(&[code(&kind.name), filetypes, base, made, w.markdown(&kind.doc)]);
    }
}

fn code(name: &str) -> String {
    format!("`{name}`")
}

/// Calls `found` with every right that an expression speaks of.
fn mentioned(needs: &RightsExpression, found: &mut impl FnMut(usize)) {
    match needs {
        RightsExpression::Right(index) => found(*index),
        RightsExpression::All(parts) | RightsExpression::Any(parts) => {
            parts.iter().for_each(|part| mentioned(part, found));
        }
    }
}

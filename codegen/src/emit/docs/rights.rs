//! The page of rights.

use super::links::{Writer, number};
use super::types::digits;
use super::words;
use crate::model::{CallId, RightsExpression};

/// Prints it.
pub fn print(w: &mut Writer<'_>) {
    let model = w.model();
    let Some(id) = w.shared().rights else { return };
    let Some(rights) = number(model, id) else { return };
    w.heading(1, &format!("{}: rights", model.title));
    w.paragraph(&format!(
        "A descriptor carries [rights]({}), and a call on it works only with those that it needs. This page says \
         which call needs which, first by right and then by call. A right \"to inherit\" is one that descriptors \
         made from this one must be able to get.",
        w.type_link(id).split_once("](").map(|(_, to)| to.trim_end_matches(')')).unwrap_or_default()
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

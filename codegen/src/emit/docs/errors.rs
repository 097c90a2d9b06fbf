//! The page of errors.

use super::links::{Writer, number};
use super::types::digits;
use super::words;
use crate::model::CallId;

/// Prints it.
pub fn print(w: &mut Writer<'_>) {
    let model = w.model();
    let Some(id) = w.shared().errno else { return };
    let Some(errno) = number(model, id) else { return };
    let all = || model.calls.iter().flat_map(|call| &call.errors);
    let unprovoked = all().filter(|error| error.unprovoked.is_some()).count();
    let provoked = all().count() - unprovoked;
    w.heading(1, &format!("{}: errors", model.title));
    w.paragraph(&format!(
        "Every call says which errors it may return and what each means there. Of {}, {provoked} are to be \
         provoked by a test; for {unprovoked} there is a reason why none does.",
        words::count(provoked + unprovoked, "such error")
    ));
    let mut calls: Vec<Vec<CallId>> = vec![Vec::new(); errno.values.len()];
    for (index, call) in model.calls.iter().enumerate() {
        for error in &call.errors {
            if let Some(list) = calls.get_mut(error.errno) {
                list.push(CallId(index));
            }
        }
    }
    w.heading(2, "By error");
    w.table(&["Error", "Number", "Meaning", "Calls that may return it"]);
    for (index, value) in errno.values.iter().enumerate() {
        let links: Vec<String> = calls[index].iter().map(|call| w.call_link(*call)).collect();
        let error = w.value_link(id, index);
        let summary = w.summary(&value.doc);
        w.row(&[error, digits(errno, value), summary, links.join(", ")]);
    }
    w.heading(2, "By call");
    w.table(&["Call", "Errors", "Provoked", "Not provoked"]);
    for (index, call) in model.calls.iter().enumerate() {
        let links: Vec<String> = call.errors.iter().map(|error| w.value_link(id, error.errno)).collect();
        let without = call.errors.iter().filter(|error| error.unprovoked.is_some()).count();
        let link = w.call_link(CallId(index));
        w.row(&[link, links.join(", "), (call.errors.len() - without).to_string(), without.to_string()]);
    }
    if unprovoked == 0 {
        return;
    }
    w.heading(2, "Not provoked");
    w.table(&["Call", "Error", "Why no test provokes it"]);
    for (index, call) in model.calls.iter().enumerate() {
        for error in &call.errors {
            let Some(reason) = &error.unprovoked else { continue };
            let (link, value) = (w.call_link(CallId(index)), w.value_link(id, error.errno));
            let reason = w.prose(reason);
            w.row(&[link, value, reason]);
        }
    }
}

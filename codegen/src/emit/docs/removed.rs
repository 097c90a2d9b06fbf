//! The page of what is gone.

use super::links::Writer;
use crate::model::TombstoneKind;

/// Prints it.
pub fn print(w: &mut Writer<'_>) {
    let model = w.model();
    w.heading(1, &format!("{}: what is gone", model.title));
    w.paragraph("Names and numbers that must not be used, or not again, and why.");
    for (kind, title) in
        [(TombstoneKind::Call, "Calls"), (TombstoneKind::Type, "Types"), (TombstoneKind::Value, "Values")]
    {
        let of_kind = || model.tombstones.iter().filter(|tombstone| tombstone.kind == kind);
        if of_kind().next().is_none() {
            continue;
        }
        w.heading(2, title);
        let numbered = of_kind().any(|tombstone| tombstone.number.is_some());
        match numbered {
            true => w.table(&["Name", "Number", "Reason"]),
            false => w.table(&["Name", "Reason"]),
        }
        for tombstone in of_kind() {
            let name = tombstone.name.as_ref().map(|name| format!("`{name}`")).unwrap_or_default();
            let reason = w.prose(&tombstone.reason);
            match numbered {
                true => {
                    let number = tombstone.number.map(|number| match kind {
                        TombstoneKind::Value => format!("{number:#x}"),
                        _ => number.to_string(),
                    });
                    w.row(&[name, number.unwrap_or_default(), reason]);
                }
                false => w.row(&[name, reason]),
            }
        }
    }
}

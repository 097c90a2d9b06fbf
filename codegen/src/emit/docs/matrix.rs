//! All hosts side by side: call by call and right by right.

use super::links::{Page, Writer, number};
use crate::model::{CallId, Held, Host, State, Way};

/// A column: a host's index, the host, the way's index and the way.
type Column<'m> = (usize, &'m Host, usize, &'m Way);

/// Prints the page.
pub fn print(w: &mut Writer<'_>) {
    let model = w.model();
    let columns: Vec<Column<'_>> = model
        .hosts
        .iter()
        .enumerate()
        .flat_map(|(index, host)| {
            host.ways.iter().enumerate().map(move |(way_index, way)| (index, host, way_index, way))
        })
        .collect();
    w.heading(1, &format!("{}: hosts side by side", model.title));
    w.paragraph(
        "Where programs run, what serves their calls there, who keeps them to their rights, and what is not to be had. \
         A column is a way of running programs.",
    );
    ways(w, &columns);
    calls(w, &columns);
    if w.shared().rights.is_some() {
        rights(w, &columns);
    }
    details(w, &columns);
}

/// How far each way has come.
fn ways(w: &mut Writer<'_>, columns: &[Column<'_>]) {
    let model = w.model();
    w.heading(2, "How far each has come");
    let mut heads = vec!["Where".to_string()];
    heads.extend(model.architectures.iter().map(|architecture| format!("`{}`", architecture.name)));
    w.table(&heads.iter().map(String::as_str).collect::<Vec<_>>());
    for (host_index, _, _, way) in columns {
        let mut row = vec![w.page_link(&way.title, Page::Host(*host_index), "")];
        for on in &way.architectures {
            row.push(format!("**{}**: {}", on.state.word(), w.markdown(&on.doc).trim_end()));
        }
        w.row(&row);
    }
    w.list();
    w.item("**tested**: programs are run on the host itself each time that something changes.");
    w.item("**emulated**: programs are run on an emulated processor each time.");
    w.item("**built**: it is built and linked each time, and not run.");
    w.item("**planned**: there is no code yet.");
    w.item("**impossible**: it cannot be.");
    for (_, _, _, way) in columns {
        w.heading(3, &way.title);
        w.doc(&way.doc);
    }
}

/// The table of calls: a word for each way.
fn calls(w: &mut Writer<'_>, columns: &[Column<'_>]) {
    let model = w.model();
    w.heading(2, "Calls");
    w.paragraph("*Limits* and *no* have their reasons [below](#details).");
    let mut heads = vec!["Call"];
    heads.extend(columns.iter().map(|(_, _, _, way)| way.title.as_str()));
    w.table(&heads);
    for call in 0..model.calls.len() {
        let mut row = vec![w.page_link(
            &format!("`{}`", model.calls[call].name),
            Page::Matrix,
            &format!("how-{}", model.calls[call].name),
        )];
        for (_, host, way_index, way) in columns {
            let needs = host.calls.iter().find(|needs| needs.call == CallId(call));
            row.push(needs.map_or_else(String::new, |needs| {
                let served = needs.in_way(*way_index);
                word(way.state(), served.none.is_some(), served.limits.is_some()).to_string()
            }));
        }
        w.row(&row);
    }
}

/// How a call is served, in a word.
fn word(state: State, none: bool, limits: bool) -> &'static str {
    match (state.has_code(), none, limits) {
        (_, true, _) => "no",
        (true, _, true) => "limits",
        (true, _, false) => "yes",
        (false, _, true) => "planned, limits",
        (false, _, false) => "planned",
    }
}

/// The table of rights.
fn rights(w: &mut Writer<'_>, columns: &[Column<'_>]) {
    let model = w.model();
    let Some(id) = w.shared().rights else { return };
    let Some(rights) = number(model, id) else { return };
    w.heading(2, "Rights");
    w.paragraph(
        "Whatever serves a call checks the rights that it needs. Where the host's kernel holds the program to a right as \
         well, the table says by what; *by the runtime* means that nothing else does.",
    );
    for (_, _, _, way) in columns {
        w.heading(3, &way.title);
        w.doc(&way.rights);
    }
    w.heading(3, "Right by right");
    let hosts: Vec<(usize, &Host)> =
        model.hosts.iter().enumerate().filter(|(_, host)| !host.ways.is_empty()).collect();
    let mut heads = vec!["Right"];
    heads.extend(hosts.iter().map(|(_, host)| host.title.as_str()));
    w.table(&heads);
    for index in 0..rights.values.len() {
        let mut row = vec![w.value_link(id, index)];
        for (_, host) in &hosts {
            row.push(match host.holds(id, index) {
                Held::ByKernel(constants) => {
                    constants.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
                }
                Held::ByRuntime(reasons) => match reasons.first() {
                    Some(reason) => format!("by the runtime: {}", w.prose(reason).trim_end()),
                    None => "by the runtime".to_string(),
                },
            });
        }
        w.row(&row);
    }
    for (_, host) in &hosts {
        for table in host.tables.iter().filter(|table| table.ty == id) {
            if let Some(reason) = &table.none {
                let reason = w.prose(reason);
                w.paragraph(&format!("{}: {}", host.title, reason.trim_end()));
            }
        }
    }
}

/// How each call is served in each way.
fn details(w: &mut Writer<'_>, columns: &[Column<'_>]) {
    let model = w.model();
    w.anchor("details");
    w.heading(2, "How each call is served");
    for (index, call) in model.calls.iter().enumerate() {
        w.anchor(&format!("how-{}", call.name));
        w.heading(3, &format!("`{}`", call.name));
        let link = w.call_link(CallId(index));
        let summary = w.summary(&call.doc);
        w.paragraph(&format!("{link}: {summary}"));
        w.table(&["Where", "How", "What not"]);
        for (_, host, way_index, way) in columns {
            let Some(needs) = host.calls.iter().find(|needs| needs.call == CallId(index)) else { continue };
            let served = needs.in_way(*way_index);
            let how = w.markdown(&served.doc).trim_end().to_string();
            let mut not = served.limits.as_ref().map(|limits| w.markdown(limits)).unwrap_or_default();
            if let Some(reason) = &served.none {
                not = format!("**Not served**: {}", w.prose(reason));
            }
            let title = match way.state().has_code() {
                true => way.title.clone(),
                false => format!("{} ({})", way.title, way.state().word()),
            };
            w.row(&[title, how, not.trim_end().to_string()]);
        }
    }
}

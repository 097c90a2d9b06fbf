//! The ways in which a host runs programs, and what differs between them.

use super::super::context::Context;
use super::super::docs::doc;
use super::super::report::did_you_mean;
use super::super::syntax::{Host, HostCall, Served, Way};
use super::listed;
use crate::diagnostic::Diagnostic;
use crate::model::{self, State, WayOnArchitecture};

/// Builds the ways of a host.
pub fn build(context: &Context, host: &Host) -> Vec<model::Way> {
    let of = |way: &Way| model::Way {
        name: way.name.text.to_string(),
        title: way.title.map(|word| word.text.to_string()).unwrap_or_default(),
        doc: doc(context, way.doc),
        rights: doc(context, way.rights),
        architectures: architectures(context, way),
    };
    host.ways.iter().map(of).collect()
}

/// How far a way has come on each architecture. Reports one that is unknown, and those of which nothing is said.
fn architectures(context: &Context, way: &Way) -> Vec<WayOnArchitecture> {
    let Some(abi) = &context.definition.abi else { return Vec::new() };
    let known = || abi.architectures.iter().map(|architecture| architecture.name.text);
    let mut unknown = false;
    for on in &way.architectures {
        if !known().any(|name| name == on.name.text) {
            unknown = true;
            let mut error = Diagnostic::at(on.name.span, format!("unknown architecture `{}`", on.name.text));
            error.help = did_you_mean(on.name.text, known());
            context.report.missing(error);
        }
    }
    let mut missing = Vec::new();
    let mut all = Vec::new();
    for name in known() {
        match way.architectures.iter().find(|on| on.name.text == name) {
            Some(on) => all.push(WayOnArchitecture {
                state: on.state.unwrap_or(State::Planned),
                doc: doc(context, on.doc),
            }),
            None => missing.push(name),
        }
    }
    // A misspelt name is the missing one, as a rule.
    if let (Some(span), false, false) = (way.architectures_key, missing.is_empty(), unknown) {
        let message = format!("`{}` does not say how far it has come on {}", way.name.text, listed(&missing));
        context.report.missing(Diagnostic::at(span, message));
    }
    all
}

/// What differs for a call. Reports a way that the host has not.
pub fn of_call(context: &Context, host: &Host, call: &HostCall) -> Vec<(usize, model::Served)> {
    let mut ways = Vec::new();
    for (name, served) in &call.ways {
        match host.ways.iter().position(|way| way.name.text == name.text) {
            Some(index) => ways.push((index, build_served(context, served))),
            None => {
                let mut error = Diagnostic::at(name.span, format!("unknown way `{}`", name.text));
                error.help = did_you_mean(name.text, host.ways.iter().map(|way| way.name.text));
                context.report.missing(error);
            }
        }
    }
    ways
}

fn build_served(context: &Context, served: &Served) -> model::Served {
    model::Served {
        doc: doc(context, served.doc),
        none: served.none.map(|word| word.text.to_string()),
        limits: served.limits.map(|_| doc(context, served.limits)),
    }
}

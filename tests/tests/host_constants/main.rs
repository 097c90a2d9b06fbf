//! The host files name constants and system calls of other people's systems. These tests hold the names and
//! numbers against those systems: against the source of the `libc` crate, which is what the generated Rust is
//! compiled with, and against the systems' own headers where this machine has them.

mod compile;
mod headers;
mod libc_source;
mod linux_calls;
mod naming;

use cloudabi_codegen::load::load;
use cloudabi_codegen::model::{Host, HostMapping, Model};
use cloudabi_test_support::own_definition;
use std::collections::BTreeSet;

/// The definition of this repository.
fn definition() -> Model {
    let sources = own_definition().expect("the folder `abi` can be read");
    load(&sources).unwrap_or_else(|diagnostics| panic!("{}", diagnostics.render(&sources, false)))
}

/// The host of this name.
fn host<'a>(model: &'a Model, name: &str) -> &'a Host {
    model.host(name).unwrap_or_else(|| panic!("the definition has no host {name}"))
}

/// All constants that a host's tables name.
fn named_constants(host: &Host) -> BTreeSet<&str> {
    let tables = host.tables.iter();
    tables
        .flat_map(|table| {
            let entries = table.entries.iter().flat_map(|entry| match &entry.mapping {
                HostMapping::Constants { names, .. } => names.as_slice(),
                HostMapping::Zero(_) | HostMapping::None(_) => &[],
            });
            entries.chain(table.also_from_host.iter().map(|(name, _)| name))
        })
        .map(String::as_str)
        .collect()
}

/// Those of them that generated Rust takes from the `libc` crate.
fn constants_of_libc(host: &Host) -> BTreeSet<&str> {
    let recorded: BTreeSet<&str> = host.constants.iter().map(|constant| constant.name.as_str()).collect();
    named_constants(host).difference(&recorded).copied().collect()
}

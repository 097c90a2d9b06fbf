//! The generated modules of systems that nothing can be compiled for here, and those of a small definition with
//! tables of every form, are compiled against a stand-in of the `libc` crate, which has exactly the
//! constants that the tables name (that the real one has them is another test's business).

use super::{constants_of_libc, definition, host};
use cloudabi_codegen::emit::named;
use cloudabi_codegen::load::load;
use cloudabi_codegen::model::Model;
use cloudabi_test_support::{Scratch, read_definition, run, run_expecting_failure, scratch};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

#[test]
fn modules_of_other_systems_compile() {
    let package = Package::of(&definition(), &["freebsd", "macos"], "");
    run(&mut package.command("check"));
}

#[test]
fn a_module_that_needs_more_is_reported() {
    let package = Package::of(&definition(), &["macos"], "F_RDADVISE");
    let message = run_expecting_failure(&mut package.command("check")).stderr;
    assert!(message.contains("F_RDADVISE"), "{message}");
}

#[test]
fn tables_of_every_form_convert() {
    let folder = root().join("codegen/tests/cases/hosts/abi");
    let sources = read_definition(&folder).expect("the case can be read");
    let model =
        load(&sources).unwrap_or_else(|diagnostics| panic!("{}", diagnostics.render(&sources, false)));
    let package = Package::of(&model, &["freebsd", "linux"], "");
    package.folder.write("host/src/lib.rs", include_str!("forms/host.rs"));
    package.folder.write(
        "host/Cargo.toml",
        "[package]\nname = \"cloudabi-host\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[lib]\nname = \"mini_host\"\n",
    );
    package.folder.write("tests/forms.rs", include_str!("forms/conversions.rs"));
    run(&mut package.command("test"));
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A package with generated modules of some hosts in it, each a public module.
struct Package {
    folder: Scratch,
}

impl Package {
    /// The stand-in of the `libc` crate lacks the constant `without`.
    fn of(model: &Model, hosts: &[&str], without: &str) -> Package {
        let folder = scratch();
        let mut modules = "//! Generated modules.\n#![deny(warnings)]\n".to_string();
        let mut constants = BTreeSet::new();
        let mut calls = BTreeSet::new();
        for name in hosts {
            let _ = writeln!(modules, "#[path = \"{name}/mod.rs\"]\npub mod {name};");
            for file in named(&format!("{name}-tables")).expect("a product").emit(model) {
                folder.write(format!("src/{name}/{}", file.path), file.contents);
            }
            let host = host(model, name);
            constants.extend(constants_of_libc(host));
            calls.extend(
                host.calls.iter().flat_map(|needs| &needs.host_calls).chain(&host.runtime.host_calls),
            );
        }
        constants.remove(without);
        let mut standin = "#![allow(non_camel_case_types, non_upper_case_globals)]\n".to_string();
        standin += "pub type c_long = i64;\n";
        for (number, name) in constants.iter().enumerate() {
            let _ = writeln!(standin, "pub const {name}: i32 = {};", 1_u64 << (number % 31));
        }
        for (number, name) in calls.iter().enumerate() {
            let _ = writeln!(standin, "pub const SYS_{name}: c_long = {number};");
        }
        folder.write("src/lib.rs", modules);
        folder.write("libc/src/lib.rs", standin);
        folder.write(
            "libc/Cargo.toml",
            "[package]\nname = \"libc\"\nversion = \"0.0.0\"\nedition = \"2024\"\n",
        );
        let of_workspace = model.name == "cloudabi";
        let types = if of_workspace { root().join("host") } else { folder.path().join("host") };
        folder.write(
            "Cargo.toml",
            format!(
                "[package]\nname = \"modules\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
                 [dependencies]\nlibc = {{ path = \"libc\" }}\ncloudabi-host = {{ path = {types:?} }}\n\n[workspace]\n",
            ),
        );
        Package { folder }
    }

    /// A command of cargo's on the package.
    fn command(&self, name: &str) -> Command {
        let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command.args([name, "--quiet", "--offline", "--manifest-path"]);
        command.arg(self.folder.path().join("Cargo.toml"));
        command.env("CARGO_TARGET_DIR", self.folder.path().join("target")).env_remove("RUSTFLAGS");
        command
    }
}

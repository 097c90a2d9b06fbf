//! The generated modules of systems that nothing can be compiled for here are compiled against a stand-in of
//! the `libc` crate, which has exactly the constants that the tables name (that the real one has them is
//! another test's business). Their behaviour is that of Linux's modules, which come from the same code.

use super::{constants_of_libc, definition, host};
use cloudabi_codegen::emit::named;
use cloudabi_test_support::{Scratch, run, run_expecting_failure, scratch};
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

#[test]
fn modules_of_other_systems_compile() {
    let (mut command, _folder) = check(&[("freebsd", "freebsd-tables"), ("macos", "macos-tables")], "");
    run(&mut command);
}

#[test]
fn a_module_that_needs_more_is_reported() {
    let (mut command, _folder) = check(&[("macos", "macos-tables")], "F_RDADVISE");
    let message = run_expecting_failure(&mut command).stderr;
    assert!(message.contains("F_RDADVISE"), "{message}");
}

/// A command that compiles a crate with these products in it, and the folder where it is. The stand-in lacks
/// the constant `without`.
fn check(products: &[(&str, &str)], without: &str) -> (Command, Scratch) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let model = definition();
    let folder = scratch();
    let mut modules = "//! Generated modules.\n#![deny(warnings)]\n".to_string();
    let mut constants: Vec<&str> = Vec::new();
    for (name, product) in products {
        let _ = writeln!(modules, "#[path = \"{name}/mod.rs\"]\npub mod {name};");
        for file in named(product).expect("a product").emit(&model) {
            folder.write(format!("src/{name}/{}", file.path), file.contents);
        }
        constants.extend(constants_of_libc(host(&model, name)));
    }
    constants.sort_unstable();
    constants.dedup();
    constants.retain(|constant| *constant != without);
    let mut standin = String::new();
    for (number, name) in constants.iter().enumerate() {
        let _ = writeln!(standin, "pub const {name}: i32 = {number};");
    }
    folder.write("src/lib.rs", modules);
    folder.write("libc/src/lib.rs", standin);
    folder.write("libc/Cargo.toml", "[package]\nname = \"libc\"\nversion = \"0.0.0\"\nedition = \"2024\"\n");
    folder.write(
        "Cargo.toml",
        format!(
            "[package]\nname = \"modules\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
             [dependencies]\nlibc = {{ path = \"libc\" }}\ncloudabi-host = {{ path = {:?} }}\n\n[workspace]\n",
            root.join("host")
        ),
    );
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["check", "--quiet", "--offline", "--manifest-path"]).arg(folder.path().join("Cargo.toml"));
    command.env("CARGO_TARGET_DIR", folder.path().join("target")).env_remove("RUSTFLAGS");
    (command, folder)
}

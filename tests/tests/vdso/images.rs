//! The linked images: what hosts and programs rely on.

use crate::bench::{Product, stub_file, stub_files};
use crate::definitions;
use crate::image::{Image, toolchain};
use cloudabi_test_support::{scratch, tool};

/// All images that lld makes are as hosts and programs expect them.
#[test]
fn linked_by_lld() {
    let Some(tools) = toolchain("images are as expected") else { return };
    for model in definitions::all() {
        let product = Product::new(model);
        for file in stub_files() {
            let Some(assembly) = product.stubs(file) else { continue };
            let image = product.image(&tools, file.isa, assembly);
            if let Err(problem) = image.check(file.isa.word, &product.symbols()) {
                panic!("{} {}: {problem}", product.model.name, file.suffix);
            }
        }
    }
}

/// So are those that GNU as and ld make.
#[test]
fn linked_by_gnu_ld() {
    let product = Product::new(definitions::read("abi"));
    let script = product.file(".lds").expect("a linker script");
    let folder = scratch();
    let script = folder.write("image.lds", script);
    for gnu in crate::assemblers::GNU {
        let test = "images of GNU ld are as expected";
        let (Some(assembler), Some(linker)) = (tool(gnu.assembler, test), tool(gnu.linker, test)) else {
            continue;
        };
        for file in stub_files().into_iter().filter(|file| file.isa.name == gnu.architecture) {
            let source = folder.write("stubs.s", product.stubs(file).expect("a file"));
            let (object, image) = (folder.path().join("stubs.o"), folder.path().join("image.so"));
            let mut command = assembler.command();
            cloudabi_test_support::run(
                command.args(gnu.assembler_options).arg("-o").arg(&object).arg(source),
            );
            let mut command = linker.command();
            command.args(gnu.linker_options).args(["-shared", "--hash-style=sysv", "--eh-frame-hdr"]);
            command.args(["--build-id=none", "-z", "noexecstack", "-T"]).arg(&script);
            cloudabi_test_support::run(command.arg("-o").arg(&image).arg(&object));
            let image = Image::read(std::fs::read(image).expect("the image"));
            if let Err(problem) = image.check(file.isa.word, &product.symbols()) {
                panic!("{}: {problem}", file.suffix);
            }
        }
    }
}

/// Changes the stubs or the script, links, and expects the check to say this.
fn expect_problem(change: impl Fn(&str) -> String, change_script: impl Fn(&str) -> String, problem: &str) {
    let Some(tools) = toolchain("doctored images are refused") else { return };
    let product = Product::new(definitions::read("codegen/tests/cases/stubs/abi"));
    let file = stub_file("x86_64");
    let (old, old_script) = (product.stubs(file).expect("a file"), product.file(".lds").expect("a script"));
    let (new, script) = (change(old), change_script(old_script));
    assert!(new != old || script != old_script, "the change changes nothing");
    let image = tools.image(file.isa, &new, &script);
    let said = image.check(file.isa.word, &product.symbols()).expect_err("a problem");
    assert!(said.contains(problem), "{said}");
}

fn same(text: &str) -> String {
    text.to_string()
}

#[test]
fn doctored_export_is_missed() {
    let change = |text: &str| text.replace("global: stubs_sys_*", "global: stubs_sys_g*");
    expect_problem(same, change, "the image exports");
}

#[test]
fn doctored_type_is_noticed() {
    let change = |text: &str| {
        text.replacen(".type stubs_sys_nothing, %function", ".type stubs_sys_nothing, %object", 1)
    };
    expect_problem(change, same, "not a global function");
}

#[test]
fn doctored_visibility_is_noticed() {
    let change = |text: &str| text.replacen(".globl stubs_sys_nothing", ".weak stubs_sys_nothing", 1);
    expect_problem(change, same, "not a global function");
}

#[test]
fn doctored_writable_segment_is_noticed() {
    expect_problem(same, |text| text.replace("FLAGS(5)", "FLAGS(7)"), "writable");
}

#[test]
fn doctored_base_is_noticed() {
    let change = |text: &str| text.replace("FILEHDR PHDRS FLAGS", "FLAGS");
    expect_problem(same, change, "not the headers");
}

#[test]
fn doctored_relocation_is_noticed() {
    // The script's own checks must be out of the way, or nothing is linked at all.
    let asserts_out =
        |text: &str| text.lines().filter(|line| !line.contains("ASSERT(")).collect::<Vec<_>>().join("\n");
    let change = |text: &str| format!("{text}\n.data\n.quad stubs_sys_nothing\n");
    expect_problem(change, asserts_out, "relocations");
}

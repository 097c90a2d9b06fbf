//! Other assemblers than clang take the files too.

use crate::bench::{Product, stub_files};
use crate::definitions;
use cloudabi_test_support::{run, scratch, tool};

/// GNU as and ld for an architecture.
pub struct Gnu {
    pub architecture: &'static str,
    pub assembler: &'static [&'static str],
    pub assembler_options: &'static [&'static str],
    pub linker: &'static [&'static str],
    pub linker_options: &'static [&'static str],
}

/// GNU's tools for each architecture.
pub const GNU: [Gnu; 4] = [
    Gnu {
        architecture: "x86_64",
        assembler: &["x86_64-linux-gnu-as", "as"],
        assembler_options: &["--64"],
        linker: &["x86_64-linux-gnu-ld.bfd", "ld.bfd"],
        linker_options: &["-m", "elf_x86_64"],
    },
    Gnu {
        architecture: "i686",
        assembler: &["x86_64-linux-gnu-as", "as"],
        assembler_options: &["--32"],
        linker: &["x86_64-linux-gnu-ld.bfd", "ld.bfd"],
        linker_options: &["-m", "elf_i386"],
    },
    Gnu {
        architecture: "aarch64",
        assembler: &["aarch64-linux-gnu-as"],
        assembler_options: &[],
        linker: &["aarch64-linux-gnu-ld.bfd"],
        linker_options: &[],
    },
    Gnu {
        architecture: "armv6",
        assembler: &["arm-linux-gnueabihf-as", "arm-linux-gnueabi-as"],
        assembler_options: &[],
        linker: &["arm-linux-gnueabihf-ld.bfd", "arm-linux-gnueabi-ld.bfd"],
        linker_options: &[],
    },
];

/// Every file goes through every version of clang that is there, and as the ABI's own target where clang
/// knows it.
#[test]
fn clang_versions() {
    let targets = [
        ("x86_64", "x86_64-unknown-cloudabi"),
        ("aarch64", "aarch64-unknown-cloudabi"),
        ("i686", "i686-unknown-cloudabi"),
        ("armv6", "armv6-unknown-cloudabi-eabihf"),
    ];
    let Some(clang) = tool(&["clang-16", "clang-14", "clang"], "stubs assemble for the ABI's own targets")
    else {
        return;
    };
    let folder = scratch();
    for model in definitions::all() {
        let product = Product::new(model);
        for file in stub_files() {
            let Some(assembly) = product.stubs(file) else { continue };
            let target = targets.iter().find(|(name, _)| *name == file.isa.name).expect("a target").1;
            let source = folder.write("stubs.S", assembly);
            let mut command = clang.command();
            command.args(["-c", "-Wall", "-Wextra", "-Werror", &format!("--target={target}"), "-o"]);
            run(command.arg(folder.path().join("stubs.o")).arg(source));
        }
    }
}

/// Rust's `global_asm!` takes the emulation family, two definitions in one crate. (Only for the machine that
/// runs the tests: for others Rust's core library may be missing. It is the same assembler as clang's.)
#[test]
fn global_asm() {
    let architecture = std::env::consts::ARCH;
    let options = match architecture {
        "x86_64" => "options(att_syntax, raw)",
        "aarch64" => "options(raw)",
        _ => return,
    };
    let Some(rustc) = tool(&["rustc"], "stubs assemble in Rust") else { return };
    let folder = scratch();
    let mut crate_text = String::from("#![no_std]\n");
    for model in definitions::all() {
        let product = Product::new(model);
        let name = &product.model.name;
        let assembly = product.file(&format!("_{architecture}_emulated.S")).expect("a file");
        folder.write(format!("{name}.S"), assembly);
        crate_text += &format!("core::arch::global_asm!(include_str!(\"{name}.S\"), {options});\n");
    }
    let source = folder.write("lib.rs", crate_text);
    let mut command = rustc.command();
    command.args(["--edition=2024", "--crate-type=lib", "--emit=obj", "-Dwarnings", "-o"]);
    run(command.arg(folder.path().join("lib.o")).arg(source));
}

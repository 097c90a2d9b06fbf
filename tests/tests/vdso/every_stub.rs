//! Every stub of every file, with success and with every failure.

use crate::bench::{Bench, Product, stub_file, stub_files};
use crate::definitions;
use crate::image::toolchain;
use cloudabi_test_support::scratch;

/// Runs the file of each definition whose name ends in `suffix`.
fn check(suffix: &str) {
    let Some(bench) = Bench::new(&format!("stubs of {suffix} run")) else { return };
    let file = stub_file(suffix);
    for model in definitions::all() {
        let product = Product::new(model);
        // A definition need not be for every architecture.
        let Some(assembly) = product.stubs(file) else { continue };
        let image = product.image(&bench.tools, file.isa, assembly);
        match product.execute(&bench, file, &image) {
            Ok(runs) => {
                assert!(runs >= product.model.calls.len() * 6, "only {runs} runs");
                println!("{} {suffix}: {} stubs, {runs} runs", product.model.name, product.model.calls.len());
            }
            Err(problems) => panic!("{}", problems.join("\n")),
        }
    }
}

#[test]
fn x86_64() {
    check("x86_64");
}

#[test]
fn aarch64() {
    check("aarch64");
}

#[test]
fn i686() {
    check("i686");
}

#[test]
fn armv6() {
    check("armv6");
}

#[test]
fn i686_on_64bit() {
    check("i686_on_64bit");
}

#[test]
fn armv6_on_64bit() {
    check("armv6_on_64bit");
}

#[test]
fn x86_64_emulated() {
    check("x86_64_emulated");
}

#[test]
fn aarch64_emulated() {
    check("aarch64_emulated");
}

/// The real definition has all eight files, and no call is left out of any.
#[test]
fn no_stub_is_missing() {
    let product = Product::new(definitions::read("abi"));
    assert_eq!(product.model.calls.len(), 49);
    for file in stub_files() {
        let assembly = product.stubs(file).expect("a file for each family");
        assert_eq!(assembly.matches(".cfi_startproc").count(), 49, "{}", file.suffix);
    }
    assert_eq!(product.files.len(), 9);
}

/// Numbers of every length: each processor loads them in its own way.
#[test]
fn any_number() {
    let Some(bench) = Bench::new("stubs with long numbers run") else { return };
    for file in stub_files() {
        let mut model = definitions::read("codegen/tests/cases/stubs/abi");
        // The last of these would need a dispatch table of 32 GiB.
        let numbers = [0xff, 0x100, 0x101, 0xfff, 0x1000, 0xffff, 0x1_0000, 0x1_2345, 0xfedc_ba98, u32::MAX];
        let count = if file.suffix.ends_with("emulated") { numbers.len() - 2 } else { numbers.len() };
        model.calls.truncate(count);
        for (call, number) in model.calls.iter_mut().zip(numbers) {
            call.number = number;
        }
        let product = Product::new(model);
        let image = product.image(&bench.tools, file.isa, product.stubs(file).expect("a file"));
        if let Err(problems) = product.execute(&bench, file, &image) {
            panic!("{}", problems.join("\n"));
        }
    }
}

/// A call that some convention cannot carry is left out there, by name, and the rest stays as it is.
#[test]
fn calls_beyond_a_convention() {
    let mut model = definitions::read("codegen/tests/cases/stubs/abi");
    let call = model.call_named("six_words").expect("a call").0;
    let seventh = model.calls[call].inputs[0].clone();
    model.calls[call].inputs.push(seventh);
    let product = Product::new(model);
    let kernels_with_registers = ["x86_64", "aarch64"];
    for file in stub_files() {
        let assembly = product.stubs(file).expect("a file");
        let is_left_out = assembly.contains("18: six_words has no stub: this convention cannot carry it.");
        assert_eq!(is_left_out, kernels_with_registers.contains(&file.suffix), "{}", file.suffix);
        let stubs = product.model.calls.len() - usize::from(is_left_out);
        assert_eq!(assembly.matches(".cfi_startproc").count(), stubs, "{}", file.suffix);
    }
}

/// A definition without architectures that are known here gets no files, and one without calls gets files that assemble.
#[test]
fn almost_nothing() {
    let mut model = definitions::read("codegen/tests/cases/stubs64/abi");
    model.calls.clear();
    let Some(tools) = toolchain("files without stubs assemble") else { return };
    let mut product = Product::new(model);
    for file in stub_files() {
        let Some(assembly) = product.stubs(file) else { continue };
        let folder = scratch();
        let object = tools.object(&folder, file.isa, "stubs.S", assembly, &[]);
        assert!(object.is_file());
    }
    product.model.architectures.clear();
    assert!(Product::new(product.model).files.is_empty());
}

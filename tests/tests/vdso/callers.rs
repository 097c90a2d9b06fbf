//! Calls that a C compiler makes, through the generated headers: the compiler's own view of where arguments go, held
//! against the stubs and against [`crate::convention`].

use crate::bench::{Bench, Product, StubFile, outcomes, stub_files};
use crate::convention::{self, Signature};
use crate::definitions;
use crate::machine::Marks;
use crate::stub::{self, CallFrom, output_address};
use cloudabi_codegen::emit::{Emitter as _, c::CHeaders};
use cloudabi_codegen::model::{Call, TypeKind, TypeRef};
use cloudabi_test_support::scratch;
use std::fmt::Write as _;

/// The inputs that the C function for a call passes.
fn inputs(signature: &Signature) -> Vec<u64> {
    let mut marks = Marks::new(&format!("C {}", signature.name));
    let mark = |bytes: usize, value: u64| if bytes == 8 { value } else { value & ((1 << (bytes * 8)) - 1) };
    signature.inputs.iter().map(|input| mark(input.bytes, marks.next())).collect()
}

/// The name of the C function that calls a call. The linker script exports it, since it begins like a stub's.
fn caller(product: &Product, call: &Call) -> String {
    product.symbol(&format!("caller_of_{}", call.name))
}

/// A C file with one function per call.
fn callers(product: &Product, file: StubFile) -> String {
    // Hidden, so that the compiler calls the stubs directly and not through a table.
    let name = &product.model.name;
    let mut text = format!(
        "#pragma GCC visibility push(hidden)\n#include \"{name}_syscalls.h\"\n#pragma GCC visibility pop\n"
    );
    for call in &product.model.calls {
        let signature = convention::signature(&product.model, call, file.isa.word);
        let mut arguments = Vec::new();
        for (input, value) in call.inputs.iter().zip(inputs(&signature)) {
            let structure = match &input.ty {
                TypeRef::Named(id) => {
                    let ty = product.model.ty(*id);
                    matches!(ty.kind, TypeKind::Struct(_)).then_some(&ty.name)
                }
                _ => None,
            };
            arguments.push(match (structure, &input.ty) {
                (Some(ty), _) => format!(
                    "({{ unsigned long long n = {value:#x}; {name}_{ty}_t v; __builtin_memcpy(&v, &n, sizeof v); v; }})"
                ),
                (None, TypeRef::Pointer { .. }) => format!("(void *){value:#x}"),
                (None, TypeRef::Named(id)) => format!("({name}_{}_t){value:#x}", product.model.ty(*id).name),
                (None, _) => format!("{value:#x}"),
            });
        }
        let outputs = (0..call.outputs.len()).map(|index| output_address(file.isa, index));
        arguments.extend(outputs.map(|address| format!("(void *){address:#x}")));
        let (caller, stub) = (caller(product, call), product.symbol(&call.name));
        let (result, give) = if call.noreturn { ("_Noreturn void", "") } else { ("unsigned", "return ") };
        let _ = writeln!(text, "{result} {caller}(void);");
        let _ = writeln!(text, "{result} {caller}(void) {{ {give}{stub}({}); }}", arguments.join(", "));
    }
    text
}

#[test]
fn compiled_calls_arrive() {
    let Some(bench) = Bench::new("calls that a compiler made arrive") else { return };
    for model in definitions::all() {
        let product = Product::new(model);
        let headers = CHeaders.emit(&product.model);
        for file in stub_files() {
            let Some(assembly) = product.stubs(file) else { continue };
            let folder = scratch();
            for header in &headers {
                folder.write(&header.path, &header.contents);
            }
            let options = ["-std=c11", "-O1", "-ffreestanding", "-fPIC"];
            let objects = [
                bench.tools.object(&folder, file.isa, "stubs.S", assembly, &[]),
                bench.tools.object(&folder, file.isa, "callers.c", &callers(&product, file), &options),
            ];
            let image = bench.tools.link(&folder, &objects, product.file(".lds").expect("a script"));
            let mut machine = product.machine(&bench, file, &image);
            for call in &product.model.calls {
                let signature = convention::signature(&product.model, call, file.isa.word);
                let inputs = inputs(&signature);
                // A success and a failure: what else may happen does not depend on who calls.
                let outcomes = outcomes(&signature);
                for outcome in [&outcomes[0], &outcomes[outcomes.len() - 1]] {
                    let (symbol, from) = (caller(&product, call), CallFrom::Compiler(&inputs));
                    let result =
                        stub::check(&mut machine, &image, file.family, &signature, &symbol, from, outcome);
                    if let Err(problem) = result {
                        panic!(
                            "{} {} {}, {outcome:x?}: {problem}",
                            product.model.name, file.suffix, call.name
                        );
                    }
                }
            }
        }
    }
}

//! The emulation family on the machine that runs the tests: a real host and guest in one process, with
//! thread-local variables, a backtrace through the stub, and Rust's own assembler.

use crate::bench::Product;
use crate::definitions;
use cloudabi_test_support::{run, scratch, tool};
use std::env::consts::{ARCH, OS};
use std::process::Command;

#[test]
fn host_and_guest_in_one_process() {
    // The files are for ELF systems; the thread word is the C library's on these.
    if OS != "linux" || !["x86_64", "aarch64"].contains(&ARCH) {
        return;
    }
    let Some(rustc) = tool(&["rustc"], "emulation stubs run natively") else { return };
    let product = Product::new(definitions::read("codegen/tests/cases/stubs/abi"));
    let folder = scratch();
    folder.write("stubs.S", product.file(&format!("_{ARCH}_emulated.S")).expect("a file"));
    let source = folder.write("native_program.rs", include_str!("native_program.rs"));
    let program = folder.path().join("program");
    let mut command = rustc.command();
    command.args(["--edition=2024", "-Copt-level=1", "-Cdebuginfo=0", "-o"]);
    run(command.arg(&program).arg(source));
    let printed = run(&mut Command::new(program)).stdout;
    assert_eq!(printed, "0x11111111 0x2222222222222222 0x33 0x4444 0x5555555555555555 0x66666666\ndone\n");
}

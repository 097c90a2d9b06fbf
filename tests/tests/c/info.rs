//! The macros that describe the calls.

use crate::compilers::{all, native_c};
use crate::product::{Product, definition};
use cloudabi_codegen::model::Model;
use std::fmt::Write as _;

/// A function and a structure member for each call, made from macros alone, as C libraries and emulators
/// do. The compiler holds the macros' parameters against the declared functions.
const FORWARDERS: &str = "#include \"cloudabi_syscalls.h\"
#include \"cloudabi_syscalls_info.h\"

struct functions {
#define MEMBER(name)                          \\
  CLOUDABI_SYSCALL_RETURNS_##name(cloudabi_errno_t, void) (*name)( \\
      CLOUDABI_SYSCALL_HAS_PARAMETERS_##name(CLOUDABI_SYSCALL_PARAMETERS_##name, void));
  CLOUDABI_SYSCALL_NAMES(MEMBER)
};

extern const struct functions functions;
const struct functions functions = {
#define ENTRY(name) cloudabi_sys_##name,
  CLOUDABI_SYSCALL_NAMES(ENTRY)
};

#define FORWARD(name)                                                                 \\
  CLOUDABI_SYSCALL_RETURNS_##name(cloudabi_errno_t, void) forward_##name(             \\
      CLOUDABI_SYSCALL_HAS_PARAMETERS_##name(CLOUDABI_SYSCALL_PARAMETERS_##name, void)); \\
  CLOUDABI_SYSCALL_RETURNS_##name(cloudabi_errno_t, void) forward_##name(             \\
      CLOUDABI_SYSCALL_HAS_PARAMETERS_##name(CLOUDABI_SYSCALL_PARAMETERS_##name, void)) { \\
    CLOUDABI_SYSCALL_RETURNS_##name(return, )                                         \\
        functions.name(CLOUDABI_SYSCALL_PARAMETER_NAMES_##name);                      \\
  }
CLOUDABI_SYSCALL_NAMES(FORWARD)
";

const PRINTER: &str = "#include <stdio.h>
#include \"cloudabi_syscalls_info.h\"
#define TEXT(...) #__VA_ARGS__
#define EXPANDED(...) TEXT(__VA_ARGS__)
#define PRINT(name)                                                          \\
  printf(\"%d %s(%s) %s %s\\n\", CLOUDABI_SYSCALL_NUMBER_##name, #name,          \\
         EXPANDED(CLOUDABI_SYSCALL_PARAMETER_NAMES_##name),                  \\
         EXPANDED(CLOUDABI_SYSCALL_HAS_PARAMETERS_##name(some, none)),       \\
         EXPANDED(CLOUDABI_SYSCALL_RETURNS_##name(returns, ends)));
int main(void) {
  CLOUDABI_SYSCALL_NAMES(PRINT)
}
";

/// What [`PRINTER`] must print.
fn expected(model: &Model) -> String {
    let mut text = String::new();
    for call in &model.calls {
        let names: Vec<_> = call.inputs.iter().chain(&call.outputs).map(|p| p.name.as_str()).collect();
        let some = if names.is_empty() { "none" } else { "some" };
        let returns = if call.noreturn { "ends" } else { "returns" };
        let _ = writeln!(text, "{} {}({}) {some} {returns}", call.number, call.name, names.join(", "));
    }
    text
}

#[test]
fn functions_made_from_the_macros_fit_the_declared_ones() {
    let product = Product::of(&definition());
    let source = product.folder.write("forwarders.source", FORWARDERS);
    for compiler in all("functions_made_from_the_macros_fit_the_declared_ones") {
        // In C++, _Atomic is C's, and an empty macro argument is fine since C++11.
        compiler.including([product.c_folder()]).with(["-Wno-pedantic"]).check(&source);
    }
}

#[test]
fn macros_say_what_the_model_says() {
    let Some(compiler) = native_c("macros_say_what_the_model_says") else { return };
    let model = definition();
    let product = Product::of(&model);
    let source = product.folder.write("print.c", PRINTER);
    let printed = compiler.including([product.c_folder()]).with(["-Wno-pedantic"]).execute(&source);
    assert_eq!(printed, expected(&model));

    let mut doctored = model.clone();
    doctored.calls[0].inputs.swap_remove(0);
    doctored.calls[1].noreturn = true;
    let expected = expected(&doctored);
    let differing = printed.lines().zip(expected.lines()).filter(|(found, expected)| found != expected);
    assert_eq!(differing.count(), 2, "a doctored model is noticed");
}

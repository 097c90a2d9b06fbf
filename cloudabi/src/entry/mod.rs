//! From a program's start to its function `main` and to its end. What is here is for `#[cloudabi::main]` only.

mod function;

pub use function::EntryPoint;

use cloudabi_argdata::Argdata;

use crate::panic;
use crate::process::ExitCode;

/// Calls a program's function with its arguments. Gives the code that the program ends with.
///
/// `report` is the key of the descriptor for messages.
pub fn run<Arguments, Main: EntryPoint<Arguments>>(main: Main, report: &str) -> ExitCode {
    let arguments = Argdata::new(crate::start::argument_data());
    panic::report_to_argument(arguments, report);
    main.run(arguments)
}

/// Makes a function the entry point of a program.
#[cfg(any(cloudabi, target_os = "cloudabi"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __entry {
    ($main:ident, $report:literal) => {
        const _: () = {
            #[unsafe(no_mangle)]
            extern "Rust" fn __cloudabi_program() -> $crate::process::ExitCode {
                $crate::__entry::run($main, $report)
            }
        };
    };
}

/// Without a host for programs there is no entry point: what is built says so when it is run.
#[cfg(not(any(cloudabi, target_os = "cloudabi")))]
#[doc(hidden)]
#[macro_export]
macro_rules! __entry {
    ($main:ident, $report:literal) => {
        const _: () = {
            #[cfg(not(test))]
            #[unsafe(export_name = "main")]
            extern "C" fn __native() -> ::core::ffi::c_int {
                $crate::__entry::built_for_another_system()
            }

            #[allow(dead_code)]
            fn __cloudabi_program() -> $crate::process::ExitCode {
                $crate::__entry::run($main, $report)
            }
        };
    };
}

/// What a program does that was built for this system and not for CloudABI.
#[cfg(not(any(cloudabi, target_os = "cloudabi")))]
pub fn built_for_another_system() -> core::ffi::c_int {
    std::eprintln!("error: this program was built for the system that it was built on");
    std::eprintln!("help: build it with `cargo cloudabi build`, and start it with `cargo cloudabi run`");
    1
}

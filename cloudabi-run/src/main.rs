//! Starts a program with exactly the descriptors that its configuration grants.

#![no_main]

use std::ffi::{c_char, c_int};
use std::io::{IsTerminal, Write};

use cloudabi_linux_glue::launch;
use cloudabi_linux_glue::sandbox::{Clearing, Sandbox};
use cloudabi_run::cli::Arguments;
use cloudabi_run::confine;
use cloudabi_run::crash;
use cloudabi_run::debug;
use cloudabi_run::host;
use cloudabi_run::plan::{Granted, Launch};
use cloudabi_run::prepare::prepare;
use cloudabi_run::status::{End, NOT_STARTED};
use cloudabi_run::trace::{self, Tracing};

/// The program's process begins as a copy of this one, and is not to find anything in memory that was given back.
#[global_allocator]
static ALLOCATOR: Clearing = Clearing;

/// The C library calls this. What Rust's own runtime does before `main` is left out, as it takes longer than everything else
/// here: it looks for the end of the stack, and makes a stack for the signal of its overflow. What of it matters is in
/// [`host::make_ready`].
#[unsafe(no_mangle)]
pub extern "C" fn main(_count: c_int, _arguments: *const *const c_char) -> c_int {
    host::make_ready();
    host::end_now(run())
}

/// Gives the exit status.
fn run() -> u8 {
    let arguments = match Arguments::of_this_process() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Nowhere to complain to if this fails.
            let _ = error.print().and_then(|()| std::io::stdout().flush());
            return if error.use_stderr() { NOT_STARTED } else { 0 };
        }
    };
    #[cfg(feature = "layer-switches")]
    if arguments.without.iter().any(|layer| layer == "wiping") {
        cloudabi_linux_glue::sandbox::clear_no_longer();
    }
    let end = match prepare(&arguments) {
        Ok(launch) if arguments.print_argument_data => return print(&launch.argument_data),
        Ok(launch) => match confine::sandbox(&arguments, &launch) {
            Ok(sandbox) if arguments.explain => {
                // Nowhere to complain to if this fails.
                let _ = std::io::stdout().write_all(confine::explain(&launch, sandbox).as_bytes());
                return 0;
            }
            Ok(sandbox) => match trace::asked_for(&arguments) {
                Ok(tracing) => {
                    // The program's process is a copy of this one.
                    drop(arguments);
                    start(launch, sandbox, tracing)
                }
                Err(message) => Err(format!("error: {message}\n")),
            },
            Err(message) => Err(format!("error: {message}\n")),
        },
        Err(refusal) => {
            let color = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
            Err(refusal.render(color))
        }
    };
    match end {
        Ok(end) => end.exit(),
        Err(message) => {
            // Nowhere to complain to if this fails.
            let _ = write!(std::io::stderr(), "{message}");
            NOT_STARTED
        }
    }
}

/// Writes argument data for a host that takes them in binary form. Gives the exit status.
fn print(data: &[u8]) -> u8 {
    let mut out = std::io::stdout();
    match out.write_all(data).and_then(|()| out.flush()) {
        Ok(()) => 0,
        Err(error) => {
            // Nowhere to complain to if this fails.
            let _ = writeln!(std::io::stderr(), "error: standard output: {error}");
            NOT_STARTED
        }
    }
}

/// Runs the program to its end.
fn start(launch: Launch, sandbox: Sandbox, tracing: Option<Tracing>) -> Result<End, String> {
    if let Some(warning) = confine::warning(sandbox) {
        // Nowhere to complain to if this fails.
        let _ = writeln!(std::io::stderr(), "cloudabi-run: warning: {warning}");
    }
    let Launch { program, executable, image, argument_data, descriptors, limits: _ } = launch;
    let granted = |granted: Granted| launch::Granted {
        fd: granted.fd,
        base: granted.base,
        inheriting: granted.inheriting,
        foreign_directories: granted.foreign_directories,
    };
    let descriptors = descriptors.into_iter().map(granted).collect();
    let name = program.display().to_string();
    let (crashed, file) = (name.clone(), program.clone());
    let (trace, printer) = tracing.map(|Tracing { trace, printer }| (trace, printer)).unzip();
    let end = launch::Launch { executable, image, argument_data, descriptors, sandbox, trace }
        .start()
        .and_then(|mut running| {
            running.on_refusal(move |refused| {
                let text =
                    format!("cloudabi-run: {name}: killed for {refused}, which programs may not make\n");
                // Nowhere to complain to if this fails.
                let _ = std::io::stderr().write_all(text.as_bytes());
            });
            running.on_crash(move |crash, executable| {
                // Nowhere to complain to if this fails.
                let _ = std::io::stderr().write_all(crash::text(&crashed, crash, executable).as_bytes());
            });
            running.on_placed(move |placed| {
                // Nowhere to complain to if this fails.
                let _ = std::io::stderr().write_all(debug::text(&file, placed).as_bytes());
            });
            if let Some(printer) = printer {
                running.on_calls(Box::new(printer));
            }
            running.wait()
        })
        .map_err(|error| format!("error: {}: {error}\n", program.display()))?;
    Ok(match end {
        launch::End::Exited(code) => End::Exited(code),
        launch::End::Killed(signal) => End::Killed(signal),
    })
}

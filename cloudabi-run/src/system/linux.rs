//! Starting a program on Linux.

use std::ffi::{CStr, OsStr, OsString, c_char, c_int};
use std::io::Write as _;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use cloudabi_argdata::Argdata;
use cloudabi_linux_glue::launch;
use cloudabi_linux_glue::sandbox::{Clearing, Features, Sandbox};
use cloudabi_run::advice;
use cloudabi_run::binfmt;
use cloudabi_run::cli::{Arguments, Binfmt};
use cloudabi_run::confine;
use cloudabi_run::crash;
use cloudabi_run::debug;
use cloudabi_run::host;
use cloudabi_run::notify::Notify;
use cloudabi_run::plan::{Granted, Launch};
use cloudabi_run::report::{self, Level};
use cloudabi_run::status::{ARGUMENTS, End, of_arguments};
use cloudabi_run::terminal::Terminal;
use cloudabi_run::trace::{self, Tracing};

use crate::{print, refuse, run};

/// The program's process begins as a copy of this one, and is not to find anything in memory that was given back.
#[global_allocator]
static ALLOCATOR: Clearing = Clearing;

/// The C library calls this. What Rust's own runtime does before `main` is left out, as it takes longer than everything else
/// here: it looks for the end of the stack, and makes a stack for the signal of its overflow. What of it matters is in
/// [`host::make_ready`].
///
/// # Safety
/// There are as many arguments, each the address of a string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn main(count: c_int, arguments: *const *const c_char) -> c_int {
    host::make_ready();
    // SAFETY: a C library passes as many addresses of strings, which are there for ever.
    host::end_now(run(unsafe { command_line(count, arguments) }))
}

/// The command line. Not every C library shows it to Rust's own library, which looks for it before `main`.
///
/// # Safety
/// There are as many addresses, each of a string.
unsafe fn command_line(count: c_int, arguments: *const *const c_char) -> Vec<OsString> {
    let count = usize::try_from(count).unwrap_or(0);
    // SAFETY: the caller vouches for the addresses, and for each string.
    let string = |index| unsafe { CStr::from_ptr(*arguments.add(index)) };
    (0..count).map(|index| OsStr::from_bytes(string(index).to_bytes()).to_os_string()).collect()
}

/// What this system alone does in place of starting a program. Gives the exit status, if it is asked for.
pub fn instead_of_program(arguments: &Arguments) -> Option<u8> {
    #[cfg(feature = "layer-switches")]
    if arguments.without.iter().any(|layer| layer == "wiping") {
        cloudabi_linux_glue::sandbox::clear_no_longer();
    }
    #[cfg(feature = "shortcut-switches")]
    confine::switch_shortcuts_off(arguments);
    let action = arguments.binfmt?;
    Some(binfmt(action).unwrap_or_else(|message| refuse(&format!("error: {message}\n"))))
}

/// Runs the program to its end, or says what it would get.
pub fn start_or_explain(arguments: Arguments, launch: Launch) -> Result<End, String> {
    let complaint = |message| format!("error: {message}\n");
    let sandbox = confine::sandbox(&arguments, &launch).map_err(complaint)?;
    if arguments.explain {
        // Nowhere to complain to if this fails.
        let _ = std::io::stdout().write_all(confine::explain(&launch, sandbox, Features::probe()).as_bytes());
        return Ok(End::Exited(0));
    }
    let tracing = trace::asked_for(&arguments).map_err(complaint)?;
    #[cfg(feature = "layer-switches")]
    let most_told = arguments.without.iter().any(|layer| layer == trace::BOUNDS).then_some(u32::MAX);
    #[cfg(not(feature = "layer-switches"))]
    let most_told = None;
    // The program's process is a copy of this one.
    drop(arguments);
    start(launch, sandbox, tracing, most_told)
}

/// Has the kernel start programs by this command, or no longer.
fn binfmt(action: Binfmt) -> Result<u8, String> {
    let folder = Path::new(binfmt::FOLDER);
    match action {
        Binfmt::Register => binfmt::register(folder)?,
        Binfmt::Unregister => binfmt::unregister(folder)?,
        Binfmt::Show => {
            return Ok(print(format!("{}\n", binfmt::rule(&binfmt::this_command()?)?).as_bytes()));
        }
    }
    Ok(0)
}

/// Runs the program to its end. `most_told` is how often something is told that the program can bring about any number of
/// times, if it is not as usual.
fn start(
    launch: Launch,
    sandbox: Sandbox,
    tracing: Option<Tracing>,
    most_told: Option<u32>,
) -> Result<End, String> {
    if let Some(warning) = confine::warning(sandbox) {
        report::say(Level::Warning, &format!("cloudabi-run: warning: {warning}\n"));
    }
    let Launch { program, executable, image, argument_data, descriptors, limits: _ } = launch;
    let can_complain = matches!(Argdata::new(&argument_data).get("stderr"), Ok(Some(_)));
    // What is made of the environment is kept only in this process, and so made anew when the program runs.
    let speaks = Notify::from_environment()
        .is_some_and(|notify| notify.is_granted(descriptors.iter().map(|granted| &granted.fd)));
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
    let terminal = Terminal::remember();
    let launch = launch::Launch { executable, image, argument_data, descriptors, sandbox, trace };
    let end = launch.start().and_then(|mut running| {
        if let Some(most) = most_told {
            running.tell_of_at_most(most);
        }
        running.on_refusal(move |refused| {
            let text = format!("cloudabi-run: {name}: killed for {refused}, which programs may not make\n");
            report::say(Level::Error, &text);
        });
        running.on_crash(move |crash, executable| {
            report::say(Level::Error, &crash::text(&crashed, crash, executable));
        });
        running.on_placed(move |placed| report::say(Level::Notice, &debug::text(&file, placed)));
        if let Some(printer) = printer {
            running.on_calls(Box::new(printer));
        }
        if let Some(notify) = Notify::from_environment()
            && !speaks
            && let Err(error) = notify.ready()
        {
            let why = host::without_number(error);
            let text = format!("cloudabi-run: warning: the service manager cannot be told: {why}\n");
            report::say(Level::Warning, &text);
        }
        running.wait()
    });
    if let Some(terminal) = terminal {
        terminal.give_back();
    }
    let end = end.map_err(|error| advice::explain(&program, &error))?;
    if end == launch::End::Exited(ARGUMENTS) && !can_complain {
        report::say(Level::Notice, &of_arguments(&program));
    }
    Ok(match end {
        launch::End::Exited(code) => End::Exited(code),
        launch::End::Killed(signal) => End::Killed(signal),
    })
}

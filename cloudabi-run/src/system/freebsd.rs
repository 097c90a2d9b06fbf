//! Starting a program on FreeBSD.

use std::io::Write as _;

use cloudabi_argdata::Argdata;
use cloudabi_freebsd_glue::heap::Heap;
use cloudabi_freebsd_glue::launch;
use cloudabi_run::cli::Arguments;
use cloudabi_run::plan::{Granted, Launch};
use cloudabi_run::report::{self, Level};
use cloudabi_run::rights::names;
use cloudabi_run::status::{ARGUMENTS, End, of_arguments};
use cloudabi_run::terminal::Terminal;

/// So that programs with several threads can fork.
#[global_allocator]
static HEAP: Heap = Heap;

/// Runs the program to its end, or says what it would get.
pub fn start_or_explain(arguments: Arguments, launch: Launch) -> Result<End, String> {
    if !launch.limits.is_empty() {
        return Err(
            "error: there are no limits for programs on FreeBSD yet\n |\n = help: rctl(8) limits processes, \
                    if you leave `limits` out of the configuration\n"
                .to_owned(),
        );
    }
    if arguments.explain {
        // Nowhere to complain to if this fails.
        let _ = std::io::stdout().write_all(explain(&launch).as_bytes());
        return Ok(End::Exited(0));
    }
    let Launch { program, executable, image, argument_data, descriptors, limits: _ } = launch;
    let can_complain = matches!(Argdata::new(&argument_data).get("stderr"), Ok(Some(_)));
    let granted = |Granted { fd, base, inheriting, .. }| launch::Granted { fd, base, inheriting };
    let descriptors = descriptors.into_iter().map(granted).collect();
    let terminal = Terminal::remember();
    let end = launch::Launch { executable, image, argument_data, descriptors }
        .start()
        .and_then(launch::Running::wait);
    if let Some(terminal) = terminal {
        terminal.give_back();
    }
    if matches!(end, Ok(launch::End::Exited(ARGUMENTS))) && !can_complain {
        report::say(Level::Notice, &of_arguments(&program));
    }
    match end {
        Ok(launch::End::Exited(code)) => Ok(End::Exited(code)),
        Ok(launch::End::Killed(signal)) => Ok(End::Killed(signal)),
        Err(error) => Err(format!("error: {}: {error}\n", program.display())),
    }
}

/// What the program would get, and what would hold it in.
fn explain(launch: &Launch) -> String {
    let mut text = format!("{} would get:\n", launch.program.display());
    for (number, granted) in launch.descriptors.iter().enumerate() {
        text += &format!("  {number}: {}\n     rights: {}\n", granted.name, names(granted.base));
        if granted.filetype == cloudabi_host::types::Filetype::DIRECTORY {
            text += &format!("     for what is in it: {}\n", names(granted.inheriting));
        }
    }
    if launch.descriptors.is_empty() {
        text += "  no descriptors\n";
    }
    text += &format!("  {} bytes of argument data\n\n", launch.argument_data.len());
    text += "It would be held in by:\n  capsicum     capability mode; each descriptor is limited to what its rights need\n";
    text += "  descriptors  whatever is not granted is closed\n";
    text
}

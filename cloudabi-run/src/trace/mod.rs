//! `--trace` and `--stats`: which calls are to be seen, and what is printed of them.
//!
//! How calls are seen is the host's affair: [`cloudabi_linux_glue::trace`].

mod print;
mod select;
mod table;

use std::fs::File;
use std::io::{self, IsTerminal, Write};

use cloudabi_linux_glue::trace::{Calls, Trace};

use crate::cli::Arguments;
use crate::explain::{explain, shown};
pub use print::Printer;
pub use select::Selection;
pub use table::table;

/// What tests switch off to see that it is there: that whatever is not plain text is escaped.
#[cfg(feature = "layer-switches")]
pub const ESCAPING: &str = "escaping";

/// The same: that of what a program can make up without an end, only so much is kept and told.
#[cfg(feature = "layer-switches")]
pub const BOUNDS: &str = "bounds";

/// What of a program's calls is to be seen, and where.
pub struct Tracing {
    /// What.
    pub trace: Trace,
    /// Who prints it.
    pub printer: Printer,
}

/// What the command line asks for, if it does.
///
/// # Errors
/// In words, if the file cannot be written to.
pub fn asked_for(arguments: &Arguments) -> Result<Option<Tracing>, String> {
    let told = arguments.trace.is_some() || arguments.trace_file.is_some();
    if !told && !arguments.stats {
        return Ok(None);
    }
    let selection = match &arguments.trace {
        Some(selection) => *selection,
        None if told => Selection::ALL,
        None => Selection { calls: Calls::NONE, failures_only: false },
    };
    let trace =
        Trace { told: selection.calls, failures_only: selection.failures_only, counted: arguments.stats };
    let (output, color): (Box<dyn Write>, bool) = match &arguments.trace_file {
        Some(path) => {
            let file = File::create(path).map_err(|error| {
                let explanation = explain(path, "for writing", error);
                let help = explanation.help.map(|help| format!(" ({help})")).unwrap_or_default();
                format!("no trace in {}: {}{help}", shown(path), explanation.message)
            })?;
            (Box::new(file), false)
        }
        None => {
            let color =
                io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|no| no.is_empty());
            (Box::new(io::stderr()), color)
        }
    };
    let printer = Printer::new(output, color);
    #[cfg(feature = "layer-switches")]
    let printer = {
        let without = |name: &str| arguments.without.iter().any(|layer| layer == name);
        let printer = if without(ESCAPING) { printer.raw() } else { printer };
        if without(BOUNDS) { printer.unbounded() } else { printer }
    };
    Ok(Some(Tracing { trace, printer }))
}

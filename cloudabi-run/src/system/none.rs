//! Systems on which nothing can be started yet.

use cloudabi_run::cli::Arguments;
use cloudabi_run::plan::Launch;
use cloudabi_run::status::End;

/// Says that nothing can be started.
pub fn start_or_explain(_: Arguments, _: Launch) -> Result<End, String> {
    Err("error: programs cannot be started on this system yet\n".to_owned())
}

//! `cargo cloudabi check-elf`

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use cargo_cloudabi::{Error, elf};

use super::shell;

/// What to check.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Mark each file that keeps to the ABI as a program for CloudABI
    #[arg(long)]
    brand: bool,
    /// The executables
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
}

/// Checks all files. The code is 1 if something is wrong with one.
pub fn run(arguments: &Arguments) -> Result<ExitCode, Error> {
    let mut code = ExitCode::SUCCESS;
    for path in &arguments.files {
        match check(path, arguments.brand) {
            Ok(true) => {}
            Ok(false) => code = ExitCode::FAILURE,
            // The other files are looked at all the same.
            Err(error) => {
                shell::error(&error);
                code = ExitCode::FAILURE;
            }
        }
    }
    Ok(code)
}

/// Checks one, and says what came of it. Whether it is a program.
fn check(path: &Path, brand: bool) -> Result<bool, Error> {
    let file_error = |action| move |error| Error::File { action, path: path.to_owned(), error };
    // Opening a pipe would wait for somebody to write to it.
    if !std::fs::metadata(path).map_err(file_error("read"))?.is_file() {
        let what = if path.is_dir() { "a directory" } else { "no regular file" };
        let help = "`cargo cloudabi build` says where it puts programs";
        return Err(Error::with_help(format!("{} is {what}", path.display()), help));
    }
    let bytes = std::fs::read(path).map_err(file_error("read"))?;
    let found = if brand { elf::check_linked(&bytes) } else { elf::check(&bytes) };
    match found {
        Ok(facts) => {
            if brand && elf::write_branded(path, bytes).map_err(file_error("write"))? {
                shell::status("Branded", path.display());
            }
            let thread_local = if facts.thread_local { ", variables of threads" } else { "" };
            println!(
                "{}: a CloudABI program for {}: {} bytes, {} in memory, {} relocations{thread_local}",
                path.display(),
                facts.machine,
                facts.in_file,
                facts.loaded,
                facts.relocations,
            );
            Ok(true)
        }
        Err(mistakes) => {
            mistakes.iter().for_each(|mistake| shell::mistake(path.display(), mistake));
            Ok(false)
        }
    }
}

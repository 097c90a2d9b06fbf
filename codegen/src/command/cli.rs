//! The `cloudabi-codegen` program.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use super::generate::select;
use super::{
    Failure, FileChange, compare_locks, emit_all, load_definition, load_lock, print_changes, print_text,
    write_file,
};
use crate::emit::{ALL, Emitter as _, schema::Schema};
use crate::model::Origin;

/// Turns a system call ABI definition into headers, stubs, tables, bindings and documentation.
#[derive(Parser)]
#[command(name = "cloudabi-codegen", version, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make products and write their files
    Emit {
        /// Which products: names as `list` shows them, or `all`
        #[arg(required = true, value_name = "PRODUCT")]
        products: Vec<String>,
        /// Folder of the definition
        #[arg(long, value_name = "DIR", default_value = "abi")]
        abi: PathBuf,
        /// Folder to write to; with several products each gets a folder of its own in it
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
    /// Check a definition; print everything that is wrong with it
    Check {
        /// Folder of the definition
        #[arg(long, value_name = "DIR", default_value = "abi")]
        abi: PathBuf,
    },
    /// Compare two definitions, or a lock file and a definition; fail on breaking changes
    Diff {
        /// What was: a definition's folder or a lock file
        old: PathBuf,
        /// What is: a definition's folder or a lock file
        new: PathBuf,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Print the lock file of a definition
    Lock {
        /// Folder of the definition
        #[arg(long, value_name = "DIR", default_value = "abi")]
        abi: PathBuf,
    },
    /// Print the JSON Schema of a definition's files
    Schema {
        /// The schema of host files instead
        #[arg(long)]
        host: bool,
    },
    /// List the products
    List,
}

/// Runs the program with the process's arguments.
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    match execute(&arguments.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Checked) => ExitCode::FAILURE,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::FAILURE
        }
    }
}

fn execute(command: &Command) -> Result<(), Failure> {
    match command {
        Command::Emit { products, abi, out } => emit(products, abi, out),
        Command::Check { abi } => {
            let model = load_definition(abi)?;
            print_text(&format!(
                "{} {}: {}, {}, {}: no errors\n",
                model.title,
                model.version,
                counted(model.types.len(), "type"),
                counted(model.calls.len(), "call"),
                counted(model.hosts.len(), "host")
            ))
        }
        Command::Diff { old, new, json } => {
            let compared = compare_locks(&load_lock(old)?, &load_lock(new)?);
            print_changes(&compared, *json)?;
            if compared.is_breaking() { Err(Failure::Checked) } else { Ok(()) }
        }
        Command::Lock { abi } => print_text(&crate::lock::collect(&load_definition(abi)?).to_string()),
        Command::Schema { host } => print_schema(*host),
        Command::List => {
            let lines = ALL.iter().map(|emitter| format!("{:<16} {}\n", emitter.name(), emitter.summary()));
            print_text(&lines.collect::<String>())
        }
    }
}

fn emit(products: &[String], abi: &Path, out: &Path) -> Result<(), Failure> {
    let only = if products.iter().any(|name| name == "all") { &[] } else { products };
    let emitters = select(only)?;
    let mut model = load_definition(abi)?;
    model.origin = Origin { command: "cloudabi-codegen emit".to_string(), folder: folder_name(abi) };
    let mut paths = String::new();
    for (emitter, files) in emit_all(&model, &emitters) {
        let folder = if emitters.len() == 1 { out.to_path_buf() } else { out.join(emitter.name()) };
        for file in files {
            let path = folder.join(&file.path);
            // What is as it should be keeps its time, so that nothing is built anew because of it.
            if FileChange::of(&path, &file.contents)? != FileChange::Unchanged {
                write_file(&path, &file.contents)?;
            }
            paths.push_str(&format!("{}\n", path.display()));
        }
    }
    print_text(&paths)?;
    if paths.is_empty() {
        eprintln!("note: this definition gives no file of {}", products.join(", "));
    }
    Ok(())
}

/// `1 call`, `2 calls`
fn counted(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

/// How a file that may be carried elsewhere calls the definition's folder: by its name alone.
fn folder_name(abi: &Path) -> String {
    let absolute = std::path::absolute(abi).unwrap_or_else(|_| abi.to_path_buf());
    absolute.file_name().map_or_else(|| "abi".to_string(), |name| name.to_string_lossy().into_owned())
}

fn print_schema(host: bool) -> Result<(), Failure> {
    // The schema describes the format, whatever the definition.
    let command = if host { "cloudabi-codegen schema --host" } else { "cloudabi-codegen schema" };
    let mut model = crate::model::Model::empty("abi");
    model.origin.command = command.to_string();
    let files = Schema.emit(&model);
    let file = files
        .iter()
        .find(|file| file.path.ends_with("-host.schema.json") == host)
        .ok_or(Failure::Message("this build has no schema".to_string()))?;
    print_text(&file.contents)
}

//! The `cloudabi-codegen` program.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use super::generate::select;
use super::{Failure, compare_locks, emit_all, load_definition, load_lock, print_changes, write_file};
use crate::emit::{ALL, Emitter as _, schema::Schema};

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
            println!(
                "{} {}: {} types, {} calls, {} hosts: no errors",
                model.title,
                model.version,
                model.types.len(),
                model.calls.len(),
                model.hosts.len()
            );
            Ok(())
        }
        Command::Diff { old, new, json } => {
            let compared = compare_locks(&load_lock(old)?, &load_lock(new)?);
            print_changes(&compared, *json)?;
            if compared.is_breaking() { Err(Failure::Checked) } else { Ok(()) }
        }
        Command::Lock { abi } => {
            print!("{}", crate::lock::collect(&load_definition(abi)?));
            Ok(())
        }
        Command::Schema { host } => print_schema(*host),
        Command::List => {
            for emitter in ALL {
                println!("{:<16} {}", emitter.name(), emitter.summary());
            }
            Ok(())
        }
    }
}

fn emit(products: &[String], abi: &Path, out: &Path) -> Result<(), Failure> {
    let only = if products.iter().any(|name| name == "all") { &[] } else { products };
    let emitters = select(only)?;
    let model = load_definition(abi)?;
    let mut written = 0;
    for (emitter, files) in emit_all(&model, &emitters) {
        let folder = if emitters.len() == 1 { out.to_path_buf() } else { out.join(emitter.name()) };
        for file in files {
            let path = folder.join(&file.path);
            write_file(&path, &file.contents)?;
            println!("{}", path.display());
            written += 1;
        }
    }
    if written == 0 {
        eprintln!("note: this definition gives no file of {}", products.join(", "));
    }
    Ok(())
}

fn print_schema(host: bool) -> Result<(), Failure> {
    // The schema describes the format, whatever the definition.
    let files = Schema.emit(&crate::model::Model::empty("abi"));
    let file = files
        .iter()
        .find(|file| file.path.ends_with("-host.schema.json") == host)
        .ok_or(Failure::Message("this build has no schema".to_string()))?;
    print!("{}", file.contents);
    Ok(())
}

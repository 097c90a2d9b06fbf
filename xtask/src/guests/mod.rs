//! `cargo xtask guests`

mod build;

use std::path::PathBuf;

use cargo_cloudabi::elf::Facts;
use cargo_cloudabi::finish::{self, Refused};
use cloudabi_codegen::command::Failure;

pub use build::{Build, Profile};

/// The package whose programs have the library for program authors, which sets up thread-local variables.
const WITH_LIBRARY: &str = "library/Cargo.toml";

/// What to build and how.
#[derive(clap::Args)]
pub struct Arguments {
    /// Optimised, as for benchmarks
    #[arg(long)]
    release: bool,
    /// Print the folder with the programs and nothing else
    #[arg(long)]
    print_folder: bool,
}

/// Builds the programs, checks each, brands it, and prints what came of it.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let profile = if arguments.release { Profile::Release } else { Profile::Debug };
    let (folder, rows) = finish(build::native(profile))?;
    if arguments.print_folder {
        println!("{}", folder.display());
    } else {
        print_table(&rows);
        println!("in {}", folder.display());
    }
    Ok(())
}

/// Builds the programs, checks and brands them. Gives the folder where they are.
pub fn build(profile: Profile) -> Result<PathBuf, Failure> {
    build_with(build::native(profile))
}

/// The same, of one of the programs, for debugging.
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
pub fn build_one(name: &'static str) -> Result<PathBuf, Failure> {
    build_with(Build { only: Some(name), ..build::native(Profile::Debug) })
}

/// The same, built in a special way.
pub fn build_with(build: Build) -> Result<PathBuf, Failure> {
    finish(build).map(|(folder, _)| folder)
}

fn finish(build: Build) -> Result<(PathBuf, Vec<Row>), Failure> {
    let folder = build.folder.clone();
    let mut refused = 0;
    let mut rows = Vec::new();
    for built in build::programs(build)? {
        let finished = finish::finish(built, |built| folder.join(&built.name));
        match finished.map_err(|error| Failure::Message(error.to_string()))? {
            Ok(program) if program.facts.thread_local && !program.built.manifest.ends_with(WITH_LIBRARY) => {
                refused += 1;
                eprintln!(
                    "error: program `{}` has thread-local variables, which nothing here sets up",
                    program.built.name
                );
            }
            Ok(program) => {
                rows.push(Row { name: program.built.name, facts: program.facts, changed: program.changed })
            }
            Err(Refused { built, mistakes }) => {
                refused += 1;
                for mistake in mistakes {
                    eprintln!("error: program `{}`: {mistake}", built.name);
                }
            }
        }
    }
    if refused != 0 {
        return Err(Failure::Message(format!("{refused} programs do not keep to the ABI")));
    }
    Ok((std::path::absolute(&folder).unwrap_or(folder), rows))
}

struct Row {
    name: String,
    facts: Facts,
    changed: bool,
}

fn print_table(rows: &[Row]) {
    let width = rows.iter().map(|row| row.name.len()).max().unwrap_or(0).max("program".len());
    println!(
        "{:width$}  machine  {:>8}  {:>8}  {:>11}  changed",
        "program", "loaded", "in file", "relocations"
    );
    for Row { name, facts, changed } in rows {
        println!(
            "{name:width$}  {:7}  {:>8}  {:>8}  {:>11}  {}",
            facts.machine,
            facts.loaded,
            facts.in_file,
            facts.relocations,
            if *changed { "yes" } else { "no" }
        );
    }
}

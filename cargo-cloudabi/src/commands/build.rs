//! `cargo cloudabi build`

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, ExitCode};

use cargo_cloudabi::Error;
use cargo_cloudabi::compile::{self, Messages};
use cargo_cloudabi::finish::{self, Program};

use super::cargo::{self, Options};
use super::metadata::Metadata;
use super::shell;
use super::target::Target;

/// What to build and how.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// This program only
    #[arg(long = "bin", value_name = "NAME")]
    programs: Vec<String>,
    /// All programs
    #[arg(long = "bins")]
    all_programs: bool,
    /// This example only
    #[arg(long = "example", value_name = "NAME")]
    examples: Vec<String>,
    /// All examples
    #[arg(long = "examples")]
    all_examples: bool,
    #[command(flatten)]
    options: Options,
}

/// Builds programs, checks and brands them, and says where they are.
pub fn run(arguments: &Arguments) -> Result<ExitCode, Error> {
    let mut cargo = cargo::cargo();
    cargo.arg("build");
    for program in &arguments.programs {
        cargo.args(["--bin", program]);
    }
    for example in &arguments.examples {
        cargo.args(["--example", example]);
    }
    if arguments.all_programs {
        cargo.arg("--bins");
    }
    if arguments.all_examples {
        cargo.arg("--examples");
    }
    let programs = build(cargo, &arguments.options)?;
    if programs.is_empty() && !arguments.options.quiet {
        shell::status("Finished", "without a program: there is none in what was built");
    }
    Ok(ExitCode::SUCCESS)
}

/// Lets a command of Cargo's build programs, checks and brands them. Says where they are.
pub fn build(mut cargo: Command, options: &Options) -> Result<Vec<Program>, Error> {
    options.set_color();
    options.add_packages(&mut cargo);
    options.add_compilation(&mut cargo);
    options.add_general(&mut cargo);
    let target = Target::choose(options.target.as_deref())?;
    target.apply(&mut cargo, || Ok(Metadata::read(options)?.build_folder))?;
    let messages = options.messages();
    let built = compile::run(&mut cargo, &messages)?;

    let mut programs = Vec::new();
    let mut refused = 0;
    for built in built {
        match finish::finish(built, |built| finish::beside(&built.path, &target.triple))? {
            Ok(program) => programs.push(program),
            Err(wrong) => {
                refused += 1;
                for mistake in &wrong.mistakes {
                    shell::mistake(format_args!("program `{}`", wrong.built.name), mistake);
                }
            }
        }
    }
    if refused != 0 {
        let programs = if refused == 1 { "program does" } else { "programs do" };
        return Err(Error::new(format!(
            "{refused} {programs} not keep to the ABI, and no host would run what was built"
        )));
    }
    for program in &programs {
        if let Messages::Json(_) = messages {
            tell(program);
        }
        if !options.quiet {
            shell::status("Checked", summary(program));
        }
    }
    Ok(programs)
}

/// A message in the manner of Cargo's own.
fn tell(program: &Program) {
    let message = serde_json::json!({
        "reason": "cloudabi-program",
        "manifest_path": program.built.manifest,
        "target": {"name": program.built.name},
        "executable": program.path,
    });
    // Nobody may be left to read it.
    let _ = writeln!(std::io::stdout(), "{message}");
}

fn summary(program: &Program) -> String {
    let facts = &program.facts;
    let kilobytes = facts.in_file.div_ceil(1000);
    format!("{} ({}, {kilobytes} kB)", shortened(&program.path).display(), facts.machine)
}

/// A path from here on, if it is beneath the current folder.
pub fn shortened(path: &Path) -> &Path {
    let here = std::env::current_dir().ok();
    here.and_then(|here| path.strip_prefix(here).ok()).unwrap_or(path)
}

//! `cargo xtask hostile`: hostile programs against the sandbox.
//!
//! An attack is a script for the program `hostile`, what it is granted, and a judge who looks from outside at what changed
//! or leaked. It is run against the whole sandbox, where it must not succeed; without the layers that are said to hold
//! it, where it must succeed, or it proves nothing; and with each of these layers alone, where it must not succeed again.

mod attacks;
mod numbers;
mod rights;
mod scene;
mod sweep;

use std::path::PathBuf;
use std::process::Command;

use cloudabi_codegen::command::Failure;

use crate::guests::{self, Profile};
use crate::repository;
use scene::{Outcome, Scene};

/// Options of `cargo xtask hostile`.
#[derive(clap::Args)]
pub struct Arguments {
    /// Only attacks whose names contain this
    #[arg(value_name = "PART")]
    part: Option<String>,
    /// A `cloudabi-run` that was built with the feature `layer-switches`, instead of building one
    #[arg(long, value_name = "PROGRAM")]
    runner: Option<PathBuf>,
    /// The folder with the program `hostile`, instead of building it
    #[arg(long, value_name = "DIR")]
    guests: Option<PathBuf>,
    /// Print which rights the kernel holds and which the runtime alone, as SECURITY.md has it
    #[arg(long)]
    rights: bool,
    /// Build what is needed, and say where it is
    #[arg(long)]
    build: bool,
}

/// A layer of the sandbox, or what else holds an attack, as `--without` names it.
pub type Layer = &'static str;

/// Says whether an attack succeeded.
pub type Judge = Box<dyn Fn(&Scene, &Outcome) -> bool>;

/// An attack.
pub struct Attack {
    /// What it tries.
    pub name: String,
    /// Which of the things in `scene::grants` the program is granted, as lines of its configuration.
    pub grants: String,
    /// Options of `cloudabi-run`.
    pub options: Vec<String>,
    /// What the program does.
    pub script: String,
    /// What it does after it has replaced itself.
    pub next: String,
    /// The layers that hold it, each of them alone.
    pub held_by: Vec<Layer>,
    /// What else there is in the scene.
    pub extra: scene::Extra,
    /// Whether it succeeded.
    pub judge: Judge,
    /// What is the matter if it cannot be tried by this user or on this system.
    pub impossible: Option<String>,
}

/// What attacks are run with.
pub struct Tools {
    runner: PathBuf,
    guests: PathBuf,
}

/// Runs all attacks and prints a table.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    if arguments.rights {
        print!("{}", rights::table());
        return Ok(());
    }
    let tools = Tools {
        runner: match &arguments.runner {
            Some(runner) => std::path::absolute(runner).map_err(failure)?,
            None => build_runner()?,
        },
        guests: match &arguments.guests {
            Some(folder) => std::path::absolute(folder).map_err(failure)?,
            None => guests::build(Profile::Debug)?,
        },
    };
    if arguments.build {
        println!("--runner {} --guests {}", tools.runner.display(), tools.guests.display());
        return Ok(());
    }
    let who = if rustix::process::geteuid().is_root() { "root" } else { "an ordinary user" };
    println!("{:60} {:34} verdict, as {who}", "attack", "held by each of");
    let wanted = |name: &str| arguments.part.as_deref().is_none_or(|part| name.contains(part));
    let (mut held, mut refused, mut wrong, mut skipped) = (0, 0, 0, 0);
    for attack in attacks::all().into_iter().filter(|attack| wanted(&attack.name)) {
        if let Some(why) = &attack.impossible {
            println!("{:60} {:34} not tried: {why}", attack.name, attack.held_by.join(" "));
            skipped += 1;
            continue;
        }
        let verdict = try_out(&tools, &attack)?;
        let verdict = match verdict {
            Ok(Held::Held) => {
                held += 1;
                "held".to_owned()
            }
            Ok(Held::Refused) => {
                refused += 1;
                "refused: this kernel cannot hold it, and the program is not started".to_owned()
            }
            Err(why) => {
                wrong += 1;
                format!("WRONG: {why}")
            }
        };
        println!("{:60} {:34} {verdict}", attack.name, attack.held_by.join(" "));
    }
    let mut swept = 0;
    if wanted("sweep") {
        let (count, problems) = sweep::run(&tools)?;
        swept = count;
        for problem in &problems {
            println!("sweep: WRONG: {problem}");
        }
        wrong += problems.len();
    }
    println!(
        "\n{held} attacks held, {refused} refused, {wrong} wrong, {skipped} not tried; {swept} system calls swept, as {who}"
    );
    if wrong == 0 { Ok(()) } else { Err(Failure::Checked) }
}

/// Why an attack does not succeed.
enum Held {
    /// The layers hold it.
    Held,
    /// `cloudabi-run` does not start the program, since the kernel lacks what would hold it.
    Refused,
}

/// What is wrong, if something is.
fn try_out(tools: &Tools, attack: &Attack) -> Result<Result<Held, String>, Failure> {
    let succeeds = |off: &[Layer]| -> Result<(bool, Outcome), Failure> {
        let scene = Scene::set(attack)?;
        let outcome = scene.run(tools, attack, off)?;
        Ok(((attack.judge)(&scene, &outcome), outcome))
    };
    let (success, outcome) = succeeds(&[])?;
    if success {
        return Ok(Err(format!("succeeds: {outcome}")));
    }
    let refused = outcome.stderr.contains("this system does not have what `--sandbox=full` needs");
    let (success, outcome) = succeeds(&attack.held_by)?;
    if !success {
        return Ok(Err(format!("fails without these layers too: {outcome}")));
    }
    if attack.held_by.len() > 1 {
        for layer in &attack.held_by {
            let off: Vec<_> = attack.held_by.iter().copied().filter(|other| other != layer).collect();
            if succeeds(&off)?.0 {
                return Ok(Err(format!("{layer} alone does not hold it")));
            }
        }
    }
    Ok(Ok(if refused { Held::Refused } else { Held::Held }))
}

/// Builds `cloudabi-run` so that its layers can be switched off, apart from the one that people use.
fn build_runner() -> Result<PathBuf, Failure> {
    let folder = repository::target().join("hostile");
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or("cargo".into()));
    let root = repository::root();
    if !root.as_os_str().is_empty() {
        command.current_dir(root);
    }
    let folder = std::path::absolute(folder).map_err(failure)?;
    command.args(["build", "--quiet", "--package", "cloudabi-run", "--features", "layer-switches"]);
    command.arg("--target-dir").arg(&folder);
    let status = command.status().map_err(failure)?;
    if !status.success() {
        return Err(Failure::Message("cloudabi-run does not build".to_string()));
    }
    Ok(folder.join("debug/cloudabi-run"))
}

fn failure(error: impl std::fmt::Display) -> Failure {
    Failure::Message(error.to_string())
}

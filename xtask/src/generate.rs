//! `cargo xtask gen`

use std::path::PathBuf;

use cloudabi_codegen::command::{
    Compared, Failure, FileChange, Options, Plan, compare_locks, load_definition, print_changes, print_text,
    unified_diff, write_file,
};
use cloudabi_codegen::emit::ALL;
use cloudabi_codegen::lock::{Lock, collect};

use crate::repository;

/// Arguments of `cargo xtask gen`.
#[derive(clap::Args)]
pub struct Arguments {
    /// Write nothing: print what would change as a unified diff, and fail if anything would
    #[arg(long)]
    check: bool,
    /// Write into this folder instead of the repository, and leave the lock file alone
    #[arg(long, value_name = "DIR", conflicts_with = "check")]
    out: Option<PathBuf>,
    /// Make only this product (repeatable); see --list
    #[arg(long, value_name = "KIND")]
    only: Vec<String>,
    /// List the products and where they live
    #[arg(long)]
    list: bool,
    /// Record breaking changes of the ABI in abi/abi.lock instead of refusing them
    #[arg(long)]
    accept_breaking: bool,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    if arguments.list {
        let lines = ALL
            .iter()
            .map(|emitter| format!("{:<16} {:<34} {}\n", emitter.name(), emitter.home(), emitter.summary()));
        return print_text(&lines.collect::<String>());
    }
    let model = load_definition(&repository::definition())?;
    let root = arguments.out.clone().unwrap_or_else(repository::root);
    let plan = Plan::new(&model, &Options { only: &arguments.only, root: &root })?;
    let locking = match &arguments.out {
        Some(_) => None,
        None => Some(Locking::new(collect(&model))?),
    };
    if arguments.check {
        return check(&plan, locking.as_ref());
    }
    // The lock comes first: if the ABI is broken, nothing at all is written.
    if let Some(locking) = &locking {
        locking.write(arguments.accept_breaking)?;
    }
    plan.write()?;
    let mut said = plan.table();
    for file in plan.changed() {
        said.push_str(&format!("{} {}\n", file.change.word(), root.join(&file.path).display()));
    }
    print_text(&said)?;
    report_unowned(&plan, "warning");
    Ok(())
}

/// What to do about files that are not as they should be.
const AGAIN: &str = "run `cargo xtask gen` and commit the result";

fn check(plan: &Plan, locking: Option<&Locking>) -> Result<(), Failure> {
    print_text(&plan.diff()?)?;
    let stale = plan.changed().count();
    let lock_differs = locking.is_some_and(|locking| locking.changed.is_some());
    if let Some(Locking { new_text, changed: Some((old_text, compared)) }) = locking {
        print_text(&unified_diff("abi/abi.lock", old_text, new_text))?;
        print_changes(compared, false)?;
    }
    report_unowned(plan, "error");
    if stale == 0 && !lock_differs && plan.unowned.is_empty() {
        let files: usize = plan.products.iter().map(|product| product.files.len()).sum();
        let lock = if locking.is_some() { " and the lock file" } else { "" };
        return print_text(&format!("{files} generated files{lock} are as the definition says\n"));
    }
    match stale {
        0 => {}
        1 => eprintln!("error: a generated file is not as abi/ says; {AGAIN}"),
        _ => eprintln!("error: {stale} generated files are not as abi/ says; {AGAIN}"),
    }
    if lock_differs {
        eprintln!("error: abi/abi.lock is not as abi/ says; {AGAIN}");
    }
    Err(Failure::Checked)
}

fn report_unowned(plan: &Plan, level: &str) {
    for path in &plan.unowned {
        eprintln!(
            "{level}: {path} lies among generated files, but nothing generates it; remove it or move it"
        );
    }
}

/// The lock file as it is and as it should be.
struct Locking {
    new_text: String,
    /// If it is not as it should be: its text, and what differs.
    changed: Option<(String, Compared)>,
}

impl Locking {
    fn new(new: Lock) -> Result<Locking, Failure> {
        let path = repository::lock_file();
        let new_text = new.to_string();
        let old_text = match FileChange::of(&path, &new_text)? {
            FileChange::Unchanged => return Ok(Locking { new_text, changed: None }),
            FileChange::Created => String::new(),
            FileChange::Updated => std::fs::read_to_string(&path).map_err(|error| Failure::File {
                action: "read",
                path: path.clone(),
                error,
            })?,
        };
        let old = Lock::parse(&old_text)
            .map_err(|error| Failure::Message(format!("{} is not a lock file: {error}", path.display())))?;
        let compared = compare_locks(&(old, false), &(new, false));
        Ok(Locking { new_text, changed: Some((old_text, compared)) })
    }

    fn write(&self, accept_breaking: bool) -> Result<(), Failure> {
        let Some((old_text, compared)) = &self.changed else { return Ok(()) };
        if compared.is_breaking() && !accept_breaking {
            print_changes(compared, false)?;
            return Err(Failure::Message(
                "this change breaks programs that exist; nothing was written.\n\
                 Give new things new names and numbers instead, or, if programs are meant to break, run\n\
                 `cargo xtask gen --accept-breaking`"
                    .to_string(),
            ));
        }
        if !old_text.is_empty() {
            print_changes(compared, false)?;
        }
        write_file(&repository::lock_file(), &self.new_text)
    }
}

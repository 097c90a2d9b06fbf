//! The order of functions in `cloudabi-run`.
//!
//! The kernel maps the pages of an executable when they are first used, sixteen at a time, and that is most of what starting a
//! program costs. Left to itself a linker scatters the functions that every start needs over the whole file. So the command
//! is followed while it starts a small program, and is linked anew with all functions that ran side by side.

use std::collections::BTreeSet;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use cloudabi_codegen::command::Failure;
use object::{Object, ObjectSection, ObjectSymbol, SectionKind, SymbolKind};

use super::steps;
use crate::guests;

/// Ways to start a program that people use: each with the configuration that it reads.
const STARTS: [(&[&str], &str); 4] = [
    (&[], "%TAG ! tag:nuxi.nl,2015:cloudabi/\n---\noutput: !fd stdout\n"),
    (&["--fd", "output=stdout"], ""),
    (
        &["--sandbox=full", "--config", "/dev/stdin"],
        "%TAG ! tag:nuxi.nl,2015:cloudabi/\n---\noutput: !fd stdout\n",
    ),
    (&["--sandbox=none"], "%TAG ! tag:nuxi.nl,2015:cloudabi/\n---\noutput: !fd stdout\n"),
];

/// The file with the order that was found out last.
const LAST: &str = "functions.order";

/// The names of functions that are to be side by side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order(Vec<String>);

impl Order {
    /// The one that was found out last, if any.
    pub fn last(folder: &Path) -> Option<Order> {
        let text = fs::read_to_string(folder.join(LAST)).ok()?;
        Some(Order(text.lines().map(str::to_string).collect()))
    }

    /// Whether it was found out after this program was built.
    pub fn is_newer_than(folder: &Path, program: &Path) -> bool {
        let time = |path: &Path| fs::metadata(path).and_then(|metadata| metadata.modified());
        matches!((time(&folder.join(LAST)), time(program)), (Ok(order), Ok(program)) if order >= program)
    }

    /// Keeps it, as the last one that was found out.
    pub fn keep(&self, folder: &Path) -> Result<(), Failure> {
        write(&folder.join(LAST), &self.text())
    }

    /// What the linker reads: a file whose name is another one where its content is, so that Cargo links anew.
    pub fn for_linker(&self, folder: &Path) -> Result<PathBuf, Failure> {
        let mut hash = DefaultHasher::new();
        self.0.hash(&mut hash);
        let path = folder.join(format!("functions-{:016x}.order", hash.finish()));
        write(&path, &self.text())?;
        Ok(path)
    }

    fn text(&self) -> String {
        self.0.iter().flat_map(|name| [name, "\n"]).collect()
    }

    /// Finds out which functions of `cloudabi-run` run at a start. Says why not, if the machine does not let it start programs
    /// or follow them.
    pub fn of(program: &Path) -> Result<Result<Order, String>, Failure> {
        let guests = guests::build_one("hello")?;
        let file = fs::read(program).map_err(|error| failure(program, &error))?;
        let functions = functions(&file).map_err(|error| failure(program, &error))?;
        let mut executed = BTreeSet::new();
        for (options, configuration) in STARTS {
            let input = tempfile::tempfile().and_then(|mut file| {
                std::io::Write::write_all(&mut file, configuration.as_bytes())?;
                std::io::Seek::rewind(&mut file)?;
                Ok(file)
            });
            let input = input.map_err(|error| failure(program, &error))?;
            let mut command = Command::new(program);
            command.args(options).arg(guests.join("hello"));
            command.stdin(input).stdout(Stdio::null()).stderr(Stdio::null());
            match steps::follow(&mut command, &(0..u64::MAX / 2)) {
                Ok(Some(addresses)) => executed.extend(addresses),
                Ok(None) => return Ok(Err(format!("{} does not start a program", options.join(" ")))),
                Err(error) => return Ok(Err(error.to_string())),
            }
        }
        Ok(Ok(Order(names(&functions, &executed))))
    }
}

/// The functions of an executable that is linked to fixed addresses, by where they are.
fn functions(file: &[u8]) -> Result<Vec<(Range<u64>, String)>, object::Error> {
    let file = object::File::parse(file)?;
    let code = |section: &object::SectionIndex| {
        file.section_by_index(*section).is_ok_and(|section| section.kind() == SectionKind::Text)
    };
    let mut functions = Vec::new();
    for symbol in file.symbols() {
        let is_function =
            symbol.kind() == SymbolKind::Text && symbol.section_index().as_ref().is_some_and(code);
        if is_function && symbol.size() > 0 {
            let range = symbol.address()..symbol.address() + symbol.size();
            functions.push((range, symbol.name()?.to_string()));
        }
    }
    functions.sort_by(|one, other| (one.0.start, &one.1).cmp(&(other.0.start, &other.1)));
    Ok(functions)
}

/// Those that something of was executed, in the order in which they are.
fn names(functions: &[(Range<u64>, String)], executed: &BTreeSet<u64>) -> Vec<String> {
    let ran = |range: &Range<u64>| executed.range(range.clone()).next().is_some();
    let mut names: Vec<String> = Vec::new();
    for (range, name) in functions {
        if ran(range) && !names.contains(name) {
            names.push(name.clone());
        }
    }
    names
}

/// Beside it first: nobody is to find half a file.
fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let new = path.with_extension("new");
    fs::write(&new, text).and_then(|()| fs::rename(&new, path)).map_err(|error| failure(path, &error))
}

fn failure(path: &Path, error: &dyn std::fmt::Display) -> Failure {
    Failure::Message(format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_that_ran_are_named_once_and_in_place() {
        let functions = [(10..20, "first"), (10..20, "alias"), (30..31, "idle"), (40..50, "last")];
        let functions = functions.map(|(range, name)| (range, name.to_string()));
        let names = |executed: &[u64]| names(&functions, &executed.iter().copied().collect());
        assert_eq!(names(&[49, 12, 15, 29, 31]), ["first", "alias", "last"]);
        assert_eq!(names(&[20, 39, 50]), Vec::<String>::new());
    }

    #[test]
    fn another_order_is_another_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let [one, other] = [["a", "b"], ["b", "a"]].map(|names| Order(names.map(str::to_string).to_vec()));
        let file = |order: &Order| order.for_linker(folder.path()).expect("it can be written");
        assert_eq!(fs::read_to_string(file(&one)).expect("it is there"), "a\nb\n");
        assert_eq!(file(&one), file(&one));
        assert_ne!(file(&one), file(&other));
        assert_eq!(Order::last(folder.path()), None);
        one.keep(folder.path()).expect("it can be written");
        assert_eq!(Order::last(folder.path()), Some(one));
    }

    #[test]
    fn the_functions_of_this_program_are_found() {
        let program = std::env::current_exe().expect("this is a program");
        let functions = functions(&fs::read(program).expect("it can be read")).expect("it is one");
        assert!(functions.iter().any(|(_, name)| name.contains("functions_of_this_program_are_found")));
    }
}

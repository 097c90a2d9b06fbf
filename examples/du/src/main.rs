//! Adds up the sizes of all files beneath a directory, with several threads.
//!
//! One line for each directory: how many bytes are in it and in what is beneath it, and its name.

#![no_std]
#![cfg_attr(not(test), no_main)]

extern crate alloc;

mod queue;
mod totals;

use alloc::string::String;
use alloc::vec::Vec;
use core::num::NonZero;

use cloudabi::fs::{Dir, File};
use cloudabi::io::{self, BufWriter, Write as _};
use cloudabi::process::ExitCode;
use cloudabi::sync::Mutex;
use cloudabi::thread;
use serde::Deserialize;

use queue::Queue;
use totals::Totals;

/// What the program gets: see `du.yaml`.
#[derive(Deserialize)]
struct Args {
    output: File,
    /// For directories and files that cannot be looked at.
    errors: File,
    directory: Dir,
    /// As many as there are processors, if nobody says how many.
    threads: Option<NonZero<usize>>,
}

#[cloudabi::main]
fn main(mut args: Args) -> io::Result<ExitCode> {
    let threads = args.threads.unwrap_or_else(thread::available_parallelism);
    let queue = Queue::starting_with(Vec::new());
    let totals = Mutex::new(Totals::default());
    let failures = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..threads.get() {
            scope.spawn(|| {
                while let Some(path) = queue.take() {
                    let (size, beneath, failed) = look(&args.directory, &path);
                    totals.lock().add(path, size);
                    failures.lock().extend(failed);
                    queue.finish(beneath);
                }
            })?;
        }
        Ok::<_, io::Error>(())
    })?;

    let mut output = BufWriter::new(&mut args.output);
    for (path, size) in totals.into_inner().with_all_beneath() {
        writeln!(output, "{size}\t{}", shown(&path))?;
    }
    output.flush()?;
    let failures = failures.into_inner();
    for (path, error) in &failures {
        writeln!(args.errors, "{}: {error}", shown(path))?;
    }
    Ok(if failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What cannot be looked at, and why.
type Failed = (Vec<u8>, io::Error);

/// Looks into a directory. Gives the size of the files in it, the directories in it, and what went wrong.
fn look(root: &Dir, path: &[u8]) -> (u64, Vec<Vec<u8>>, Vec<Failed>) {
    let (mut size, mut beneath, mut failed) = (0, Vec::new(), Vec::new());
    let directory = if path.is_empty() { root.try_clone() } else { root.open_dir(path) };
    let directory = match directory {
        Ok(directory) => directory,
        Err(error) => return (0, beneath, Vec::from([(path.to_vec(), error)])),
    };
    for entry in directory.entries() {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                failed.push((path.to_vec(), error));
                break;
            }
        };
        let whole = join(path, entry.name());
        if entry.file_type().is_dir() {
            beneath.push(whole);
            continue;
        }
        // Of a symbolic link it is the link itself that takes room.
        match directory.symlink_metadata(entry.name()) {
            Ok(metadata) => size += metadata.len(),
            // It was there a moment ago: somebody else works here too.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => failed.push((whole, error)),
        }
    }
    (size, beneath, failed)
}

fn join(path: &[u8], name: &[u8]) -> Vec<u8> {
    if path.is_empty() { name.to_vec() } else { [path, b"/", name].concat() }
}

fn shown(path: &[u8]) -> String {
    if path.is_empty() { String::from(".") } else { String::from_utf8_lossy(path).into_owned() }
}

//! Two processes: one looks for files and opens them, the other one counts their lines.
//!
//! The second one has no directory. What it reads are descriptors that the first one sends it, of files that it could
//! not open itself, and that it can do nothing with but read.

#![no_std]
#![cfg_attr(not(test), no_main)]

extern crate alloc;

use alloc::string::String;

use cloudabi::fs::{Dir, File};
use cloudabi::io::{self, BufRead as _, BufReader, IoSlice, IoSliceMut, Write as _};
use cloudabi::net::Datagram;
use cloudabi::os::{AsFd as _, Authority, Restrict as _, Rights};
use cloudabi::process::{Executable, ExitCode, spawn};
use serde::{Deserialize, Serialize};

/// What the program gets: see `pipeline.yaml`. The second process gets the same with a socket in it.
#[derive(Deserialize)]
struct Args {
    output: File,
    program: Option<Executable>,
    directory: Option<Dir>,
    files: Option<Datagram>,
}

/// What the second process gets.
#[derive(Serialize)]
struct Counting<'a> {
    output: &'a File,
    files: &'a Datagram,
}

#[cloudabi::main]
fn main(args: Args) -> io::Result<ExitCode> {
    match args {
        Args { output, files: Some(files), .. } => count(output, &files),
        Args { output, program: Some(program), directory: Some(directory), .. } => {
            find(&output, &program, &directory)
        }
        _ => Err(io::Error::other("either `files` is needed, or `program` and `directory`")),
    }
}

/// The first process: opens all files in the directory, and sends them to the second one.
fn find(output: &File, program: &Executable, directory: &Dir) -> io::Result<ExitCode> {
    let (files, other_end) = Datagram::pair()?;
    let counting = spawn(program, &Counting { output, files: &other_end })?;
    drop(other_end);
    let to_read = Authority { own: Rights::FD_READ, inheriting: Rights::empty() };
    for entry in directory.entries() {
        let entry = entry?;
        if entry.file_type().is_file() {
            let file = directory.open(entry.name())?.reduced(to_read)?;
            files.send_with_fds(&[IoSlice::new(entry.name())], &[file.as_fd()])?;
        }
    }
    // A message without a descriptor is the last one.
    files.send(b"")?;
    let status = counting.wait()?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The second process: counts the lines of what it is sent.
fn count(mut output: File, files: &Datagram) -> io::Result<ExitCode> {
    let mut name = [0; 1024];
    loop {
        let received = files.receive_with_fds(&mut [IoSliceMut::new(&mut name)], 1)?;
        let Some(file) = received.fds.into_iter().next() else { return Ok(ExitCode::SUCCESS) };
        let mut lines = 0;
        let mut reader = BufReader::new(File::from(file));
        let mut line = alloc::vec::Vec::new();
        while reader.read_until(b'\n', &mut line)? > 0 {
            lines += 1;
            line.clear();
        }
        writeln!(output, "{lines} {}", String::from_utf8_lossy(&name[..received.length]))?;
    }
}

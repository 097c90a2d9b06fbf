//! Writes the contents of files to a descriptor, one after the other.
//!
//! The program cannot open anything: it reads what it was given, and nobody needs to know where that is.

#![no_std]
#![cfg_attr(not(test), no_main)]

extern crate alloc;

use alloc::vec::Vec;

use cloudabi::fs::File;
use cloudabi::io;
use serde::Deserialize;

/// What the program gets: see `cat.yaml`.
#[derive(Deserialize)]
struct Args {
    output: File,
    files: Vec<File>,
}

#[cloudabi::main]
fn main(mut args: Args) -> io::Result<()> {
    for mut file in args.files {
        io::copy(&mut file, &mut args.output)?;
    }
    Ok(())
}

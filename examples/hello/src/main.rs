//! Writes a line to a descriptor.

#![no_std]
#![cfg_attr(not(test), no_main)]

use cloudabi::fs::File;
use cloudabi::io::{self, Write as _};
use serde::Deserialize;

/// What the program gets: see `hello.yaml`.
#[derive(Deserialize)]
struct Args {
    output: File,
}

#[cloudabi::main]
fn main(mut args: Args) -> io::Result<()> {
    args.output.write_all(b"hello\n")
}

//! Ends in the way that its arguments say.

#![no_std]
#![no_main]
#![forbid(unsafe_code)]

use cloudabi::io::{self, ErrorKind};
use cloudabi::os::OwnedFd;
use cloudabi::process::ExitCode;
use serde::Deserialize;

#[derive(Deserialize)]
struct Args {
    how: How,
    output: Option<OwnedFd>,
}

#[derive(Deserialize)]
enum How {
    Code(u32),
    Error,
    Panic,
    PanicElsewhere,
}

#[cloudabi::main]
fn main(args: Args) -> io::Result<ExitCode> {
    match args.how {
        How::Code(code) => Ok(ExitCode::from(code)),
        How::Error => Err(cloudabi_sys::Errno::NOENT.into()),
        How::Panic => panic!("the number is {}", 5),
        How::PanicElsewhere => {
            cloudabi::panic::set_output(args.output.ok_or(ErrorKind::InvalidInput)?);
            panic!("the number is {}", 6)
        }
    }
}

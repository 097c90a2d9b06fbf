//! Tries the library for program authors: one thing for each run, which its arguments name. It ends with 0 and says
//! nothing if all is as it should be.

#![no_std]
#![no_main]

extern crate alloc;

mod arguments;
mod clocks;
mod files;
mod locks;
mod memory;
mod processes;
mod sockets;
mod threads;

use cloudabi::args::Argdata;
use cloudabi::fs::Dir;
use cloudabi::net::Listener;
use cloudabi::process::{Executable, ExitCode};
use serde::Deserialize;

/// What all runs are started with. What is not needed is not there.
#[derive(Deserialize)]
struct Args<'a> {
    test: &'a str,
    /// A directory that is empty at first.
    dir: Option<Dir>,
    /// This very program.
    program: Option<Executable>,
    listen: Option<Listener>,
    /// Anything, for those that look at arguments.
    #[serde(borrow)]
    value: Option<Argdata<'a>>,
}

macro_rules! tests {
    ($args:ident: $($module:ident { $($test:ident($($argument:ident),*))* })*) => {
        match $args.test {
            $($(stringify!($test) => $module::$test($($args.$argument.expect(stringify!($argument))),*),)*)*
            _ => return ExitCode::from(99),
        }
    };
}

#[cloudabi::main]
fn main(args: Args<'static>) -> ExitCode {
    tests! { args:
        arguments { every_kind(value) same_descriptor_twice(value) own_types(value) start_facts() }
        clocks { clocks_advance() sleeping() system_time() random_numbers() }
        files {
            reading_and_writing(dir) positions(dir) names(dir) listing(dir) attributes(dir) links(dir)
            rights(dir) outside(dir) buffers(dir) trees(dir)
        }
        locks { mutexes() readers_and_writers() conditions() timeouts() once() barriers() recursion() }
        memory { allocations() threads_allocate() maps(dir) shared_memory() read_only() }
        processes {
            forking() locks_across_forks() shared_locks() killing() statuses()
            replacing(program, dir) spawning(program, dir) spawning_nothing(dir) raising() replaced(value)
        }
        sockets { streams() datagrams() descriptors(dir) polling() waiting() accepting(listen) ends() }
        threads { joining() scopes() detached() locals() compiled_locals() stacks() identities() }
    }
    ExitCode::SUCCESS
}

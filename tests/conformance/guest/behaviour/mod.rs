//! Tests of what each call does, and of the errors that are its own.

mod accepting;
mod clock;
mod condvars;
mod fd_io;
mod fd_objects;
mod fd_position;
mod fd_stat;
mod file_attributes;
mod file_directory;
mod file_names;
mod file_open;
mod file_paths;
mod locks;
mod memory_files;
mod memory_pages;
mod messages;
mod others;
pub mod places;
mod polling;
mod process;
mod processes;
mod random;
pub mod replacing;
mod sockets;
mod threads;

use crate::report::Test;

/// All of them.
pub fn all() -> impl Iterator<Item = &'static Test> {
    [
        clock::TESTS,
        random::TESTS,
        process::TESTS,
        processes::TESTS,
        replacing::TESTS,
        fd_io::TESTS,
        fd_position::TESTS,
        fd_objects::TESTS,
        fd_stat::TESTS,
        sockets::TESTS,
        messages::TESTS,
        accepting::TESTS,
        polling::TESTS,
        locks::TESTS,
        locks::IN_ALL_WORLDS,
        condvars::TESTS,
        condvars::IN_ALL_WORLDS,
        threads::TESTS,
        file_open::TESTS,
        file_paths::TESTS,
        file_directory::TESTS,
        file_names::TESTS,
        file_attributes::TESTS,
        memory_pages::TESTS,
        memory_files::TESTS,
    ]
    .into_iter()
    .flatten()
}

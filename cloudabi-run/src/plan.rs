//! What starting a program needs: everything opened, nothing left to decide.

use std::os::fd::OwnedFd;
use std::path::PathBuf;

use cloudabi_host::image::Image;
use cloudabi_host::types::{Filetype, Rights};

use crate::cli::Limit;

/// A program that is ready to be started.
///
/// All its descriptors are marked to close when the host executes something, and belong to nobody else.
#[derive(Debug)]
pub struct Launch {
    /// The program's path as the user gave it, for messages.
    pub program: PathBuf,
    /// The program, open for reading.
    pub executable: OwnedFd,
    /// What is in it, checked. Whoever can write to the file may have changed it since.
    pub image: Image,
    /// The configuration in the binary form that the program reads. Its descriptors are indices into
    /// [`Launch::descriptors`].
    pub argument_data: Vec<u8>,
    /// What the program finds as its descriptors 0, 1, 2 and so on. No two are the same.
    pub descriptors: Vec<Granted>,
    /// How much it may use, as the configuration says.
    pub limits: Vec<Limit>,
}

/// A descriptor that a program is given.
#[derive(Debug)]
pub struct Granted {
    /// The host's descriptor. For one that `cloudabi-run` was itself started with, a duplicate.
    pub fd: OwnedFd,
    /// What it is.
    pub filetype: Filetype,
    /// What the program may do with it. Only rights that make sense for the type.
    pub base: Rights,
    /// What the program may do with what it opens through it, or receives.
    pub inheriting: Rights,
    /// How the configuration names it, for messages: `/var/www`, `descriptor 1`.
    pub name: String,
    /// For a socket: whether directories of processes that are not held in may come through it.
    pub foreign_directories: bool,
}

//! The program itself: opens it, and makes sure that it is one.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

use cloudabi_host::image::{self, Image, ImageError, Machine, ReadAt};

use crate::diagnostic::Diagnostic;
use crate::explain::{explain, shown};
use crate::host::{self, OpenMode};

/// A program that can be run here.
#[derive(Debug)]
pub struct Program {
    /// The file, open for reading.
    pub fd: OwnedFd,
    /// What is in it.
    pub image: Image,
}

/// Opens a program and checks it.
pub fn open(path: &Path) -> Result<Program, Diagnostic> {
    let cannot = |why: &str| Diagnostic::general(format!("cannot start {}: {why}", shown(path)));
    // Before opening: opening a pipe would wait for somebody to write to it.
    if let Ok(metadata) = path.metadata()
        && !metadata.is_file()
    {
        return Err(cannot(if metadata.is_dir() { "it is a directory" } else { "it is not a regular file" }));
    }
    let mode = OpenMode { read: true, write: false, directory: false };
    let fd = host::open(path, mode).map_err(|error| {
        let explanation = explain(path, "for reading", error);
        let mut diagnostic =
            Diagnostic::general(format!("cannot start the program: {}", explanation.message));
        diagnostic.help = if path.components().count() == 1 && !path.exists() {
            Some(match explanation.help {
                Some(help) => format!("{help} (programs are not searched for in `PATH`)"),
                None => "programs are not searched for in `PATH`".to_owned(),
            })
        } else {
            explanation.help
        };
        diagnostic
    })?;
    image::read(&File(&fd), Machine::HOST, rustix::param::page_size() as u64)
        .map_err(|error| match error {
            ImageError::NotElf | ImageError::TooShort { .. } if is_script(&fd) => {
                cannot("it is a script, not an executable made for CloudABI")
                    .help("scripts need an interpreter; that would have to be the program, and the script a file it gets")
            }
            ImageError::NotElf | ImageError::TooShort { .. } if is_configuration(path) => {
                cannot(&error.to_string())
                    .help(format!("a configuration is given with `--config {}`, before the program", path.display()))
            }
            ImageError::OsAbi { os_abi: 0 | 3 } => cannot(&error.to_string()).help(
                "programs of this system are started without `cloudabi-run`, and have all of your access",
            ),
            ImageError::Machine { host, .. } => cannot(&error.to_string())
                .help(format!("programs are built for one kind of processor: build this one for {host}")),
            _ => cannot(&error.to_string()),
        })
        .map(|image| Program { fd, image })
}

fn is_configuration(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml")
}

fn is_script(fd: &OwnedFd) -> bool {
    let mut start = [0; 2];
    File(fd).read_at(&mut start, 0).is_ok_and(|length| &start[..length] == b"#!")
}

/// A file as the image reader sees it.
struct File<T>(T);

impl<T: AsFd> ReadAt for File<T> {
    fn size(&self) -> io::Result<u64> {
        Ok(u64::try_from(rustix::fs::fstat(&self.0)?.st_size).unwrap_or_default())
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        loop {
            match rustix::io::pread(&self.0, &mut *buffer, offset) {
                Err(rustix::io::Errno::INTR) => {}
                result => return Ok(result?),
            }
        }
    }
}

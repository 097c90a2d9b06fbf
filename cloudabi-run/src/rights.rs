//! Which rights programs get.

use cloudabi_host::descriptors::RightsPair;
use cloudabi_host::types::{Filetype, Rights};

/// What the words of `access` stand for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Access {
    /// Reading files, listing directories.
    pub read: bool,
    /// Changing files, and what is in directories.
    pub write: bool,
    /// Running files as programs, mapping them as code.
    pub execute: bool,
}

impl Access {
    /// Everything.
    pub const ALL: Access = Access { read: true, write: true, execute: true };
    /// Everything but changing something.
    pub const READ_EXECUTE: Access = Access { write: false, ..Access::ALL };

    /// The rights that belong to it, of those of any type of file.
    pub fn rights(self) -> Rights {
        let part = |wanted: bool, rights: Rights| if wanted { rights } else { Rights::empty() };
        ALWAYS | part(self.read, READ) | part(self.write, WRITE) | part(self.execute, EXECUTE)
    }

    /// The least access that these rights belong to.
    pub fn for_rights(rights: Rights) -> Self {
        Access {
            read: rights.intersects(READ),
            write: rights.intersects(WRITE),
            execute: rights.intersects(EXECUTE),
        }
    }
}

/// What belongs to any access: it neither shows nor changes what is in a file or a directory.
const ALWAYS: Rights = union(&[
    Rights::FD_DATASYNC,
    Rights::FD_SEEK,
    Rights::FD_STAT_PUT_FLAGS,
    Rights::FD_SYNC,
    Rights::FD_TELL,
    Rights::FILE_ADVISE,
    Rights::FILE_OPEN,
    Rights::FILE_STAT_FGET,
    Rights::FILE_STAT_GET,
    Rights::MEM_MAP,
    Rights::POLL_FD_READWRITE,
    Rights::POLL_PROC_TERMINATE,
    Rights::SOCK_SHUTDOWN,
]);

const READ: Rights = union(&[Rights::FD_READ, Rights::FILE_READDIR, Rights::FILE_READLINK]);

/// A further name for a file counts as changing: a directory that holds the name may allow more.
const WRITE: Rights = union(&[
    Rights::FD_WRITE,
    Rights::FILE_ALLOCATE,
    Rights::FILE_CREATE_DIRECTORY,
    Rights::FILE_CREATE_FILE,
    Rights::FILE_LINK_SOURCE,
    Rights::FILE_LINK_TARGET,
    Rights::FILE_RENAME_SOURCE,
    Rights::FILE_RENAME_TARGET,
    Rights::FILE_STAT_FPUT_SIZE,
    Rights::FILE_STAT_FPUT_TIMES,
    Rights::FILE_STAT_PUT_TIMES,
    Rights::FILE_SYMLINK,
    Rights::FILE_UNLINK,
]);

const EXECUTE: Rights = union(&[Rights::MEM_MAP_EXEC, Rights::PROC_EXEC]);

const fn union(rights: &[Rights]) -> Rights {
    let mut all = Rights::empty();
    let mut index = 0;
    while index < rights.len() {
        all = all.union(rights[index]);
        index += 1;
    }
    all
}

/// What rights make sense for something that a program can be started with. What has no kind of its own is treated as a
/// device is.
pub fn sensible(filetype: Filetype, terminal: bool) -> RightsPair {
    match filetype {
        Filetype::UNKNOWN => RightsPair::ALL,
        _ => RightsPair::of_filetype(filetype, || terminal),
    }
}

/// The names of rights, as configurations have them.
pub fn names(rights: Rights) -> String {
    let named = Rights::named().iter().filter(|(_, right)| rights.contains(*right));
    let names: Vec<_> = named.map(|(name, _)| name.to_lowercase()).collect();
    if names.is_empty() { "none".to_owned() } else { names.join(" ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_right_belongs_to_one_access() {
        let parts = [ALWAYS, READ, WRITE, EXECUTE];
        for &(name, right) in Rights::named() {
            let count = parts.iter().filter(|part| part.contains(right)).count();
            assert_eq!(count, 1, "{name}");
        }
        assert_eq!(Access::ALL.rights(), Rights::all());
        assert_eq!(
            Access::for_rights(Rights::PROC_EXEC | Rights::FILE_UNLINK).rights(),
            ALWAYS | WRITE | EXECUTE
        );
    }
}

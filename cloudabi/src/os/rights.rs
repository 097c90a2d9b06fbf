//! What may be done through a descriptor, and holding less.

use core::fmt;

use cloudabi_sys::{Fdsflags, Fdstat, Rights};

use super::{AsFd, BorrowedFd, OwnedFd};
use crate::io;

/// What may be done through a descriptor, and at most through those that are made from it.
///
/// ```
/// use cloudabi::os::Authority;
/// use cloudabi_sys::Rights;
///
/// let authority = Authority::READ_TREE;
/// assert!(authority.own.contains(Rights::FILE_OPEN));
/// assert!(authority.inheriting.contains(Rights::FD_READ));
/// assert!(!authority.inheriting.contains(Rights::FD_WRITE));
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Authority {
    /// Through the descriptor itself.
    pub own: Rights,
    /// At most through descriptors that are made from it: what is opened beneath a directory.
    pub inheriting: Rights,
}

/// All of these rights.
const fn set(rights: &[Rights]) -> Rights {
    let mut all = Rights::empty();
    let mut index = 0;
    while index < rights.len() {
        all = all.union(rights[index]);
        index += 1;
    }
    all
}

/// What it takes to read a file in all ways.
const READ: Rights = set(&[
    Rights::FD_READ,
    Rights::FD_SEEK,
    Rights::FD_TELL,
    Rights::FILE_ADVISE,
    Rights::FILE_STAT_FGET,
    Rights::MEM_MAP,
    Rights::POLL_FD_READWRITE,
]);

/// What it takes to write a file in all ways.
const WRITE: Rights = set(&[
    Rights::FD_DATASYNC,
    Rights::FD_SEEK,
    Rights::FD_SYNC,
    Rights::FD_TELL,
    Rights::FD_WRITE,
    Rights::FILE_ADVISE,
    Rights::FILE_ALLOCATE,
    Rights::FILE_STAT_FGET,
    Rights::FILE_STAT_FPUT_SIZE,
    Rights::FILE_STAT_FPUT_TIMES,
    Rights::POLL_FD_READWRITE,
]);

/// What it takes to write at the end of a file, where no position is named.
const APPEND: Rights = set(&[
    Rights::FD_DATASYNC,
    Rights::FD_SYNC,
    Rights::FD_WRITE,
    Rights::FILE_STAT_FGET,
    Rights::POLL_FD_READWRITE,
]);

/// What it takes to look around in a directory.
const LOOK: Rights = set(&[
    Rights::FILE_OPEN,
    Rights::FILE_READDIR,
    Rights::FILE_READLINK,
    Rights::FILE_STAT_FGET,
    Rights::FILE_STAT_GET,
]);

impl Authority {
    /// Nothing at all.
    ///
    /// ```
    /// # use cloudabi::os::Authority;
    /// # use cloudabi_sys::Rights;
    /// assert!(Authority::READ_FILE.contains(Authority::NONE));
    /// ```
    pub const NONE: Authority = Authority { own: Rights::empty(), inheriting: Rights::empty() };

    /// To read a file.
    ///
    /// ```
    /// # use cloudabi::os::Authority;
    /// # use cloudabi_sys::Rights;
    /// assert!(Authority::READ_FILE.own.contains(Rights::FD_READ));
    /// ```
    pub const READ_FILE: Authority = Authority { own: READ, inheriting: Rights::empty() };

    /// To write a file.
    ///
    /// ```
    /// # use cloudabi::os::Authority;
    /// # use cloudabi_sys::Rights;
    /// assert!(!Authority::WRITE_FILE.own.contains(Rights::FD_READ));
    /// ```
    pub const WRITE_FILE: Authority = Authority { own: WRITE, inheriting: Rights::empty() };

    /// To write to the end of a file that was opened for it, or into a socket.
    ///
    /// ```
    /// # use cloudabi::os::Authority;
    /// # use cloudabi_sys::Rights;
    /// assert!(!Authority::APPEND.own.contains(Rights::FD_SEEK));
    /// ```
    pub const APPEND: Authority = Authority { own: APPEND, inheriting: Rights::empty() };

    /// To look around in a directory and to read everything beneath it.
    ///
    /// ```
    /// # use cloudabi::os::Authority;
    /// # use cloudabi_sys::Rights;
    /// assert!(!Authority::READ_TREE.inheriting.contains(Rights::FD_WRITE));
    /// ```
    pub const READ_TREE: Authority = Authority { own: LOOK, inheriting: set(&[LOOK, READ]) };

    /// To look around in a directory and to read and run everything beneath it.
    ///
    /// ```
    /// # use cloudabi::os::Authority;
    /// # use cloudabi_sys::Rights;
    /// assert!(Authority::READ_AND_RUN_TREE.contains(Authority::READ_TREE));
    /// ```
    pub const READ_AND_RUN_TREE: Authority =
        Authority { own: LOOK, inheriting: set(&[LOOK, READ, Rights::PROC_EXEC, Rights::MEM_MAP_EXEC]) };

    /// Everything that this allows and the other one does too.
    ///
    /// ```
    /// # use cloudabi::os::Authority;
    /// # use cloudabi_sys::Rights;
    /// let both = Authority::READ_FILE.intersection(Authority::WRITE_FILE);
    /// assert!(both.own.contains(Rights::FD_SEEK) && !both.own.contains(Rights::FD_READ));
    /// ```
    pub const fn intersection(self, other: Authority) -> Authority {
        Authority {
            own: self.own.intersection(other.own),
            inheriting: self.inheriting.intersection(other.inheriting),
        }
    }

    /// Everything that one of them allows.
    ///
    /// ```
    /// # use cloudabi::os::Authority;
    /// # use cloudabi_sys::Rights;
    /// let either = Authority::READ_FILE.union(Authority::WRITE_FILE);
    /// assert!(either.own.contains(Rights::FD_READ | Rights::FD_WRITE));
    /// ```
    pub const fn union(self, other: Authority) -> Authority {
        Authority { own: self.own.union(other.own), inheriting: self.inheriting.union(other.inheriting) }
    }

    /// Everything but this.
    ///
    /// ```
    /// use cloudabi::os::Authority;
    /// use cloudabi_sys::Rights;
    ///
    /// let authority = Authority::READ_FILE.without(Rights::MEM_MAP);
    /// assert!(!authority.own.contains(Rights::MEM_MAP));
    /// ```
    pub const fn without(self, rights: Rights) -> Authority {
        Authority { own: self.own.difference(rights), inheriting: self.inheriting.difference(rights) }
    }

    /// Whether the other one allows nothing that this does not.
    ///
    /// ```
    /// # use cloudabi::os::Authority;
    /// # use cloudabi_sys::Rights;
    /// assert!(Authority::READ_AND_RUN_TREE.contains(Authority::READ_TREE));
    /// assert!(!Authority::READ_TREE.contains(Authority::READ_AND_RUN_TREE));
    /// ```
    pub const fn contains(self, other: Authority) -> bool {
        self.own.contains(other.own) && self.inheriting.contains(other.inheriting)
    }
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Authority({} > {})", self.own, self.inheriting)
    }
}

/// Asking what a descriptor may do, and holding less. Rights are never gained.
///
/// ```no_run
/// use cloudabi::fs::Dir;
/// use cloudabi::io;
/// use cloudabi::os::{Authority, Restrict as _};
///
/// /// A descriptor of the directory for somebody who shall only read there.
/// fn for_reading(dir: &Dir) -> io::Result<Dir> {
///     Ok(dir.reduced(Authority::READ_TREE)?.into())
/// }
/// ```
pub trait Restrict: AsFd {
    /// What may be done through it.
    ///
    /// ```no_run
    /// # use cloudabi::{io, os::{AsFd, Restrict as _, Rights}};
    /// fn can_be_read(fd: &impl AsFd) -> io::Result<bool> {
    ///     Ok(fd.authority()?.own.contains(Rights::FD_READ))
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// None, for an open descriptor.
    fn authority(&self) -> io::Result<Authority> {
        let stat = stat(self.as_fd())?;
        Ok(Authority { own: stat.fs_rights_base, inheriting: stat.fs_rights_inheriting })
    }

    /// Gives up everything but this, for this descriptor. Duplicates keep what they have.
    ///
    /// ```no_run
    /// # use cloudabi::{fs::File, io, os::{Authority, Restrict as _}};
    /// fn never_write_again(file: &File) -> io::Result<()> {
    ///     file.restrict(Authority::READ_FILE.intersection(file.authority()?))
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// [`NotCapable`](io::ErrorKind::NotCapable) if it does not have all of this. Nothing changes then.
    fn restrict(&self, authority: Authority) -> io::Result<()> {
        let stat = Fdstat {
            fs_rights_base: authority.own,
            fs_rights_inheriting: authority.inheriting,
            ..Fdstat::ZERO
        };
        // SAFETY: the descriptor is open.
        Ok(unsafe { cloudabi_sys::fd_stat_put(self.as_fd().as_raw_fd(), &stat, Fdsflags::RIGHTS) }?)
    }

    /// Gives up everything but what is in this set too. Gives what is left.
    ///
    /// ```no_run
    /// # use cloudabi::{io, os::{AsFd, Authority, Restrict as _, Rights}};
    /// fn without_map(fd: &impl AsFd) -> io::Result<Authority> {
    ///     fd.retain(fd.authority()?.without(Rights::MEM_MAP | Rights::MEM_MAP_EXEC))
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// None, for an open descriptor.
    fn retain(&self, authority: Authority) -> io::Result<Authority> {
        let left = self.authority()?.intersection(authority);
        self.restrict(left)?;
        Ok(left)
    }

    /// Makes a second descriptor for the same that may do at most this: to be passed on.
    ///
    /// ```no_run
    /// # use cloudabi::{fs::File, io, os::{Authority, Restrict as _}};
    /// fn for_a_reader(file: &File) -> io::Result<File> {
    ///     Ok(file.reduced(Authority::READ_FILE)?.into())
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// If the process has as many descriptors as it may have.
    fn reduced(&self, authority: Authority) -> io::Result<OwnedFd> {
        let fd = self.as_fd().try_clone_to_owned()?;
        fd.retain(authority)?;
        Ok(fd)
    }
}

impl<T: AsFd + ?Sized> Restrict for T {}

pub(crate) fn stat(fd: BorrowedFd<'_>) -> io::Result<Fdstat> {
    // SAFETY: the descriptor is open.
    Ok(unsafe { cloudabi_sys::fd_stat_get(fd.as_raw_fd()) }?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets() {
        let all = Authority { own: Rights::all(), inheriting: Rights::all() };
        assert!(all.contains(Authority::READ_AND_RUN_TREE));
        assert!(!Authority::READ_TREE.contains(Authority::READ_AND_RUN_TREE));
        assert_eq!(all.intersection(Authority::READ_FILE), Authority::READ_FILE);
        assert_eq!(Authority::NONE.union(Authority::APPEND), Authority::APPEND);
        assert_eq!(Authority::APPEND.without(Rights::all()), Authority::NONE);
        // Reading never includes a way to change something.
        assert!(!Authority::READ_TREE.inheriting.contains(Rights::FD_WRITE));
    }
}

//! Which error a call answers with.

use crate::generated::errno_from_host;
use cloudabi_host::table;
use cloudabi_host::types::Errno;
use rustix::io;

/// A call of the ABI.
#[derive(Clone, Copy, Debug)]
pub(super) struct Call(pub(super) u32);

impl Call {
    pub(super) const ADVISE: Call = Call(17);
    pub(super) const ALLOCATE: Call = Call(18);
    pub(super) const CREATE: Call = Call(19);
    pub(super) const LINK: Call = Call(20);
    pub(super) const OPEN: Call = Call(21);
    pub(super) const READDIR: Call = Call(22);
    pub(super) const READLINK: Call = Call(23);
    pub(super) const RENAME: Call = Call(24);
    pub(super) const STAT_FGET: Call = Call(25);
    pub(super) const STAT_FPUT: Call = Call(26);
    pub(super) const STAT_GET: Call = Call(27);
    pub(super) const STAT_PUT: Call = Call(28);
    pub(super) const SYMLINK: Call = Call(29);
    pub(super) const UNLINK: Call = Call(30);

    /// The error itself if the definition lists it for this call, or the listed one that says most of the truth.
    ///
    /// What Linux and its file systems return is nowhere listed completely, so something has to be said about the rest.
    #[cold]
    pub(super) fn answer(self, error: Errno) -> Errno {
        if self.lists(error) {
            return error;
        }
        let instead = match error {
            // The call needed a descriptor for itself, for a moment.
            Errno::MFILE | Errno::NFILE => Errno::NOMEM,
            _ => Errno::IO,
        };
        if self.lists(instead) { instead } else { Errno::INVAL }
    }

    fn lists(self, error: Errno) -> bool {
        table::call(self.0).is_some_and(|call| call.errors.contains(&u32::from(error.0)))
    }
}

/// An error of Linux by the conversion table.
#[cold]
pub(super) fn host(error: io::Errno) -> Errno {
    errno_from_host(error.raw_os_error())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_have_the_numbers_of_the_definition() {
        let calls = [
            (Call::ADVISE, "file_advise"),
            (Call::ALLOCATE, "file_allocate"),
            (Call::CREATE, "file_create"),
            (Call::LINK, "file_link"),
            (Call::OPEN, "file_open"),
            (Call::READDIR, "file_readdir"),
            (Call::READLINK, "file_readlink"),
            (Call::RENAME, "file_rename"),
            (Call::STAT_FGET, "file_stat_fget"),
            (Call::STAT_FPUT, "file_stat_fput"),
            (Call::STAT_GET, "file_stat_get"),
            (Call::STAT_PUT, "file_stat_put"),
            (Call::SYMLINK, "file_symlink"),
            (Call::UNLINK, "file_unlink"),
        ];
        for (call, name) in calls {
            assert_eq!(table::call(call.0).expect("no such call").name, name);
        }
    }

    #[test]
    fn only_listed_errors_are_answered() {
        for call in (17..=30).map(Call) {
            for error in (1..=u16::MAX).map(Errno) {
                assert!(call.lists(call.answer(error)), "{error:?} for {call:?}");
            }
        }
        assert_eq!(Call::STAT_GET.answer(Errno::MFILE), Errno::NOMEM);
        assert_eq!(Call::OPEN.answer(Errno::MFILE), Errno::MFILE);
        assert_eq!(Call::OPEN.answer(Errno::STALE), Errno::IO);
    }
}

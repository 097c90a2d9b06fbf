//! Which error a call on files answers with, whatever the host's system says.

use crate::table;
use crate::types::Errno;

/// A call of the ABI on files.
#[derive(Clone, Copy, Debug)]
pub struct Call(u32);

impl Call {
    /// `file_advise`
    pub const ADVISE: Call = Call(17);
    /// `file_allocate`
    pub const ALLOCATE: Call = Call(18);
    /// `file_create`
    pub const CREATE: Call = Call(19);
    /// `file_link`
    pub const LINK: Call = Call(20);
    /// `file_open`
    pub const OPEN: Call = Call(21);
    /// `file_readdir`
    pub const READDIR: Call = Call(22);
    /// `file_readlink`
    pub const READLINK: Call = Call(23);
    /// `file_rename`
    pub const RENAME: Call = Call(24);
    /// `file_stat_fget`
    pub const STAT_FGET: Call = Call(25);
    /// `file_stat_fput`
    pub const STAT_FPUT: Call = Call(26);
    /// `file_stat_get`
    pub const STAT_GET: Call = Call(27);
    /// `file_stat_put`
    pub const STAT_PUT: Call = Call(28);
    /// `file_symlink`
    pub const SYMLINK: Call = Call(29);
    /// `file_unlink`
    pub const UNLINK: Call = Call(30);

    /// The error itself if the definition lists it for this call, or the listed one that says most of the truth.
    ///
    /// What systems and their file systems return is nowhere listed completely, so something has to be said about the rest.
    #[cold]
    pub fn answer(self, error: Errno) -> Errno {
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

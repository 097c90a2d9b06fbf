//! `file_stat_put` and `file_stat_fput`.

use super::Files;
use super::convert::timespec;
use super::error::{Call, host};
use super::lookup::follows;
use cloudabi_host::path::Path;
use cloudabi_host::types::{Errno, Filestat, Fsflags, Lookupflags, Timestamp};
use rustix::fd::{AsFd, BorrowedFd};
use rustix::fs::{AtFlags, Timespec, Timestamps, UTIME_NOW, UTIME_OMIT, ftruncate, utimensat};

const TIMES: Fsflags = Fsflags::ATIM.union(Fsflags::ATIM_NOW).union(Fsflags::MTIM).union(Fsflags::MTIM_NOW);

impl Files {
    /// `file_stat_put`: sets the times of a file that a path leads to.
    ///
    /// A single component that is not followed takes one `utimensat`.
    ///
    /// # Errors
    /// As the definition lists them, without those of descriptor, rights and memory.
    pub fn stat_put(
        &self,
        directory: BorrowedFd<'_>,
        path: Path<'_>,
        lookup: Lookupflags,
        values: &Filestat,
        flags: Fsflags,
    ) -> Result<(), Errno> {
        self.set_times_of_path(directory, path, lookup, values, flags)
            .map_err(|error| Call::STAT_PUT.answer(error))
    }

    fn set_times_of_path(
        &self,
        directory: BorrowedFd<'_>,
        path: Path<'_>,
        lookup: Lookupflags,
        values: &Filestat,
        flags: Fsflags,
    ) -> Result<(), Errno> {
        if !TIMES.contains(flags) {
            return Err(Errno::INVAL);
        }
        // Without times to set, `utimensat` would not even look the path up.
        if path.is_plain_name() && !follows(lookup)? && !flags.is_empty() {
            let times = times(values, flags);
            return utimensat(directory, path.as_c_str(), &times, AtFlags::SYMLINK_NOFOLLOW).map_err(host);
        }
        let file = self.open_path_only(directory, path, lookup)?;
        set_times(&file, values, flags)
    }

    /// `file_stat_fput`: sets the times or the size of the file that a descriptor refers to.
    ///
    /// # Errors
    /// As the definition lists them, without those of descriptor, rights and memory.
    pub fn stat_fput(
        &self,
        descriptor: BorrowedFd<'_>,
        values: &Filestat,
        flags: Fsflags,
    ) -> Result<(), Errno> {
        set_attributes(descriptor, values, flags).map_err(|error| Call::STAT_FPUT.answer(error))
    }
}

fn set_attributes(descriptor: BorrowedFd<'_>, values: &Filestat, flags: Fsflags) -> Result<(), Errno> {
    if flags == Fsflags::SIZE {
        if i64::try_from(values.st_size).is_err() {
            return Err(Errno::INVAL);
        }
        return ftruncate(descriptor, values.st_size).map_err(host);
    }
    if flags.is_empty() || !TIMES.contains(flags) {
        return Err(Errno::INVAL);
    }
    set_times(descriptor, values, flags)
}

/// Sets the times of what a descriptor refers to, even if it was opened with `O_PATH`, which `futimens` refuses.
fn set_times(descriptor: impl AsFd, values: &Filestat, flags: Fsflags) -> Result<(), Errno> {
    utimensat(descriptor, c"", &times(values, flags), AtFlags::EMPTY_PATH).map_err(host)
}

fn times(values: &Filestat, flags: Fsflags) -> Timestamps {
    let time = |now, given, value: Timestamp| {
        if flags.contains(now) {
            Timespec { tv_sec: 0, tv_nsec: UTIME_NOW }
        } else if flags.contains(given) {
            timespec(value)
        } else {
            Timespec { tv_sec: 0, tv_nsec: UTIME_OMIT }
        }
    };
    Timestamps {
        last_access: time(Fsflags::ATIM_NOW, Fsflags::ATIM, values.st_atim),
        last_modification: time(Fsflags::MTIM_NOW, Fsflags::MTIM, values.st_mtim),
    }
}

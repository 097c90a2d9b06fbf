//! Times of files.

use cloudabi_sys::{Filestat, Fsflags};

use crate::time::SystemTime;

/// Which times of a file to set, and to what.
///
/// ```no_run
/// use cloudabi::fs::{Dir, FileTimes};
/// use cloudabi::io;
///
/// fn touch(dir: &Dir, path: &str) -> io::Result<()> {
///     dir.set_times(path, FileTimes::new().modified_now().accessed_now())
/// }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FileTimes {
    accessed: Option<Time>,
    modified: Option<Time>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Time {
    Now,
    At(SystemTime),
}

impl FileTimes {
    /// None.
    ///
    /// ```no_run
    /// # use cloudabi::{fs::{File, FileTimes}, io, time::SystemTime};
    /// fn touch(file: &File) -> io::Result<()> {
    ///     file.set_times(FileTimes::new().modified_now())
    /// }
    /// ```
    pub const fn new() -> Self {
        FileTimes { accessed: None, modified: None }
    }

    /// Sets the time of the last reading.
    ///
    /// ```no_run
    /// # use cloudabi::{fs::{File, FileTimes}, io, time::SystemTime};
    /// fn restore(file: &File, accessed: SystemTime) -> io::Result<()> {
    ///     file.set_times(FileTimes::new().accessed(accessed))
    /// }
    /// ```
    pub const fn accessed(self, time: SystemTime) -> Self {
        FileTimes { accessed: Some(Time::At(time)), ..self }
    }

    /// Sets the time of the last reading to now.
    ///
    /// ```no_run
    /// # use cloudabi::{fs::{File, FileTimes}, io, time::SystemTime};
    /// fn seen(file: &File) -> io::Result<()> {
    ///     file.set_times(FileTimes::new().accessed_now())
    /// }
    /// ```
    pub const fn accessed_now(self) -> Self {
        FileTimes { accessed: Some(Time::Now), ..self }
    }

    /// Sets the time of the last change.
    ///
    /// ```no_run
    /// # use cloudabi::{fs::{File, FileTimes}, io, time::SystemTime};
    /// fn copy_time(from: &File, to: &File) -> io::Result<()> {
    ///     to.set_times(FileTimes::new().modified(from.metadata()?.modified()))
    /// }
    /// ```
    pub const fn modified(self, time: SystemTime) -> Self {
        FileTimes { modified: Some(Time::At(time)), ..self }
    }

    /// Sets the time of the last change to now.
    ///
    /// ```no_run
    /// # use cloudabi::{fs::{File, FileTimes}, io, time::SystemTime};
    /// fn touch(file: &File) -> io::Result<()> {
    ///     file.set_times(FileTimes::new().modified_now())
    /// }
    /// ```
    pub const fn modified_now(self) -> Self {
        FileTimes { modified: Some(Time::Now), ..self }
    }

    pub(super) fn to_raw(self) -> (Filestat, Fsflags) {
        let mut stat = Filestat::ZERO;
        let mut flags = Fsflags::empty();
        match self.accessed {
            Some(Time::Now) => flags = flags.union(Fsflags::ATIM_NOW),
            Some(Time::At(time)) => {
                stat.st_atim = time.to_timestamp();
                flags = flags.union(Fsflags::ATIM);
            }
            None => {}
        }
        match self.modified {
            Some(Time::Now) => flags = flags.union(Fsflags::MTIM_NOW),
            Some(Time::At(time)) => {
                stat.st_mtim = time.to_timestamp();
                flags = flags.union(Fsflags::MTIM);
            }
            None => {}
        }
        (stat, flags)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_set_is_asked_for() {
        assert_eq!(FileTimes::new().to_raw(), (Filestat::ZERO, Fsflags::empty()));
        let time = SystemTime::from_timestamp(7);
        let (stat, flags) = FileTimes::new().modified(time).accessed_now().to_raw();
        assert_eq!(flags, Fsflags::MTIM | Fsflags::ATIM_NOW);
        assert_eq!((stat.st_mtim, stat.st_atim), (7, 0));
    }
}

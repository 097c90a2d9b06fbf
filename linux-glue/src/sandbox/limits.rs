//! How much of the machine a program may use.

use std::io;

/// What a program may use at most. What is `None` is as it is for whoever starts it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of memory of its own that each process may have. Address space does not count (a large part is reserved and
    /// never used), nor do shared memory and files.
    pub memory: Option<u64>,
    /// Processes and threads, all together.
    pub processes: Option<u64>,
    /// Descriptors that each process may have open.
    pub descriptors: Option<u64>,
    /// Seconds of processor time for each process.
    pub cpu_time: Option<u64>,
}

impl Limits {
    /// Puts them into force for this process and its children: setrlimit(2). None of them can be raised again.
    ///
    /// # Errors
    /// What setrlimit(2) says. Limits above what this process may have itself are lowered to that.
    pub fn enforce(&self) -> io::Result<()> {
        let limits = [
            (libc::RLIMIT_DATA, self.memory),
            (libc::RLIMIT_NPROC, self.processes),
            (libc::RLIMIT_NOFILE, self.descriptors),
            (libc::RLIMIT_CPU, self.cpu_time),
        ];
        for (resource, limit) in limits {
            if let Some(limit) = limit {
                set(resource, limit)?;
            }
        }
        Ok(())
    }
}

/// No core files, even if something in memory would be of use to somebody.
pub fn leave_no_core() -> io::Result<()> {
    set(libc::RLIMIT_CORE, 0)
}

fn set(resource: libc::__rlimit_resource_t, limit: u64) -> io::Result<()> {
    // SAFETY: the kernel reads and writes the structure.
    unsafe {
        let mut now = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
        if libc::getrlimit(resource, &raw mut now) != 0 {
            return Err(io::Error::last_os_error());
        }
        let limit = limit.min(now.rlim_max);
        let new = libc::rlimit { rlim_cur: limit, rlim_max: limit };
        if libc::setrlimit(resource, &raw const new) != 0 {
            return Err(io::Error::last_os_error());
        }
    }
    Ok(())
}

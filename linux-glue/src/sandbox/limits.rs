//! How much of the machine a program may use.

use std::io;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

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
            (Resource::Data, self.memory),
            (Resource::Nproc, self.processes),
            (Resource::Nofile, self.descriptors),
            (Resource::Cpu, self.cpu_time),
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
    set(Resource::Core, 0)
}

fn set(resource: Resource, limit: u64) -> io::Result<()> {
    let limit = getrlimit(resource).maximum.map_or(limit, |most| limit.min(most));
    Ok(setrlimit(resource, Rlimit { current: Some(limit), maximum: Some(limit) })?)
}

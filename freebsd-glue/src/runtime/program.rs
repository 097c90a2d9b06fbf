//! A program, placed into memory and about to run.

use std::os::fd::BorrowedFd;
use std::sync::Mutex;

use cloudabi_host::descriptors::{New, RightsPair, Table};
use cloudabi_host::image::Image;
use cloudabi_host::parking::Lot;
use cloudabi_host::placement::{Placement, Secrets};
use cloudabi_host::threads::Seeds;
use cloudabi_host::types::{Errno, Fdflags, Tid};

use super::object::Object;
use super::threads::{Seat, Threads};
use super::{Process, random, stop};
use crate::faults;
use crate::launch::{Granted, LaunchError, cannot};
use crate::memory::AddressSpace;

/// How many descriptors a program may have if the system sets no limit.
const MOST_DESCRIPTORS: u32 = 1 << 20;

/// A program that is ready to run.
pub(crate) struct Program {
    /// What its first thread needs.
    seat: &'static Seat,
}

impl Program {
    /// Places a program into the memory of this process, with everything that it starts with. Each descriptor is limited to
    /// its rights.
    ///
    /// # Errors
    /// [`LaunchError`] if the kernel refuses something.
    pub(crate) fn place(
        image: &Image,
        executable: BorrowedFd<'_>,
        argument_data: &[u8],
        descriptors: Vec<Granted>,
    ) -> Result<Program, LaunchError> {
        let secrets = Secrets::new(random::fill).map_err(refused("get random numbers"))?;
        let seeds = Seeds::new(random::fill).map_err(refused("get random numbers"))?;
        faults::install().map_err(cannot("handle memory faults"))?;
        let memory = AddressSpace::reserve().map_err(cannot("reserve memory for the program"))?;
        stop::install(memory.region()).map_err(cannot("handle signals"))?;
        let threads = Threads::new();
        let (seat, id) = threads.take_seat().map_err(refused("prepare the first thread"))?;
        // Memory of the program's is written to below.
        seat.handle_faults().map_err(cannot("make a stack for memory faults"))?;
        let placement = placement((image, executable), argument_data, (id, seat.block()), &secrets);
        let placed = placement.place(&memory).map_err(|error| LaunchError::Child(error.to_string()))?;
        let start = placed.start;
        let recoveries = Mutex::new(placed.into_recoveries());

        let table = Table::new(seeds.numbers, most_descriptors());
        let granted = descriptors.into_iter().map(|Granted { fd, base, inheriting }| {
            let object = Object::new(fd, Fdflags::empty())?;
            let rights = object.limit(RightsPair { base, inheriting })?;
            Ok(New::unsettled(object, rights))
        });
        let granted: Result<Vec<_>, Errno> = granted.collect();
        let granted = granted.map_err(refused("limit what is granted"))?;
        table
            .insert_at_start(granted)
            .map_err(|(_, error)| refused("give the program so many descriptors")(error))?;
        // SAFETY: this process has one thread, and the program's further ones are made by calls that say so to the table.
        // No guard exists yet.
        let unused = unsafe { table.become_single_threaded() };
        debug_assert!(unused.is_empty(), "nobody else has used the table");

        let guest = memory.guest();
        let lot = Lot::new();
        let process = Box::leak(Box::new(Process { lot, threads, descriptors: table, memory, recoveries }));
        // SAFETY: the seat was taken above, and nothing runs yet.
        unsafe { seat.prepare(process, guest, id, start) };
        Ok(Program { seat })
    }

    /// Runs the program on this thread. It does not come back: the process ends.
    pub(crate) fn run(self) -> ! {
        // SAFETY: the seat was prepared for this.
        unsafe { self.seat.run() }
    }
}

/// How a program is placed, with its image and executable, and the number and the block of its first thread.
pub fn placement<'a>(
    (image, executable): (&'a Image, BorrowedFd<'a>),
    argument_data: &'a [u8],
    (thread, thread_block): (Tid, u64),
    secrets: &'a Secrets,
) -> Placement<'a, BorrowedFd<'a>> {
    let processors = std::thread::available_parallelism().map_or(1, |count| count.get() as u64);
    Placement { image, executable, argument_data, thread, thread_block, secrets, processors, clock: None }
}

fn most_descriptors() -> u32 {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
    limit.map_or(MOST_DESCRIPTORS, |limit| u32::try_from(limit).unwrap_or(MOST_DESCRIPTORS))
}

/// For errors that are the ABI's already.
fn refused(doing: &'static str) -> impl FnOnce(Errno) -> LaunchError {
    move |error| LaunchError::Child(format!("cannot {doing}: {error}"))
}

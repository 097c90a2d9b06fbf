//! A program, placed into memory and about to run.

use std::convert::Infallible;
use std::os::fd::BorrowedFd;
use std::sync::Mutex;

use cloudabi_host::descriptors::{New, RightsPair, Table};
use cloudabi_host::image::Image;
use cloudabi_host::parking::Lot;
use cloudabi_host::threads::Seeds;

use super::ending::Ending;
use super::object::Object;
use super::placement::Placement;
use super::threads::{Seat, Taken, Threads};
use super::{Process, random, stop};
use crate::faults;
use crate::files::{Files, Walk};
use crate::launch::{Granted, LaunchError, Reporter, cannot};
use crate::memory::AddressSpace;
use crate::sandbox::leader;
use crate::shortcuts::Shortcut;

/// How many descriptors a program may have if the system sets no limit.
const MOST_DESCRIPTORS: u32 = 1 << 20;

/// A program that is ready to run.
pub(crate) struct Program {
    process: &'static Process,
    /// What its first thread needs.
    seat: &'static Seat,
}

impl Program {
    /// Places a program into the memory of this process, with everything that it starts with.
    ///
    /// # Errors
    /// [`LaunchError`] if the kernel refuses something.
    pub(crate) fn place(
        image: &Image,
        executable: BorrowedFd<'_>,
        argument_data: &[u8],
        descriptors: Vec<Granted>,
        reporter: Reporter,
    ) -> Result<Program, LaunchError> {
        let seeds = Seeds::new(random::fill).map_err(cannot("get random numbers"))?;
        faults::install().map_err(cannot("handle memory faults"))?;
        let memory = AddressSpace::reserve().map_err(cannot("reserve memory for the program"))?;
        stop::install(memory.region()).map_err(cannot("handle signals"))?;
        let threads = Threads::new();
        let Taken { seat, id } = threads.take_seat().map_err(cannot("prepare the first thread"))?;
        // Memory of the program's is written to below.
        // SAFETY: nothing runs on the seat yet.
        let _handler_stack =
            unsafe { seat.handle_faults() }.map_err(cannot("make a stack for memory faults"))?;
        let placement =
            Placement { image, executable, argument_data, thread: id, thread_block: seat.block() };
        let placed = placement.place(&memory).map_err(|error| LaunchError::Child(error.to_string()))?;
        let start = placed.program.start;
        placed.place.note();

        let table = Table::new(seeds.numbers, most_descriptors());
        let granted = descriptors.into_iter().map(|Granted { fd, base, inheriting, foreign_directories }| {
            let object = Object::inherited(fd).with_foreign_directories(foreign_directories);
            New::unsettled(object, RightsPair { base, inheriting })
        });
        table
            .insert_at_start(granted.collect())
            .map_err(|(_, error)| refused("give the program so many descriptors")(error))?;
        // SAFETY: this process has one thread, and the program's further ones are made by calls that say so to the table.
        // No guard exists yet.
        let unused = unsafe { table.become_single_threaded() };
        debug_assert!(unused.is_empty(), "nobody else has used the table");

        let guest = memory.guest();
        let kernel_walks = Shortcut::Openat2.is_taken();
        let files = Files::new(if kernel_walks { Walk::Kernel } else { Walk::Components });
        let recoveries = Mutex::new(placed.program.into_recoveries());
        let ending = Ending::of_first_process(reporter);
        let lot = Lot::new();
        let process = Box::leak(Box::new(Process {
            lot,
            threads,
            descriptors: table,
            files,
            memory,
            recoveries,
            ending,
        }));
        // SAFETY: the seat was taken above, and nothing runs yet.
        unsafe { seat.prepare(process, guest, id, start) };
        Ok(Program { process, seat })
    }

    /// Runs the program on this thread. It does not come back: the process ends.
    pub(crate) fn run(self) -> Result<Infallible, LaunchError> {
        super::poll::be_precise();
        self.process.ending.started();
        // SAFETY: the seat was prepared for this.
        unsafe { self.seat.run() };
        // The first thread has ended, and others have not. The process's identity to the kernel is this thread, so that
        // it stays, and sleeps.
        leader::sleep()
    }
}

fn most_descriptors() -> u32 {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
    limit.map_or(MOST_DESCRIPTORS, |limit| u32::try_from(limit).unwrap_or(MOST_DESCRIPTORS))
}

/// For errors that are the ABI's already.
fn refused(doing: &'static str) -> impl FnOnce(cloudabi_host::types::Errno) -> LaunchError {
    move |error| LaunchError::Child(format!("cannot {doing}: {error}"))
}

//! Placing a program into memory, as Linux does it: what [`cloudabi_host::placement`] asks for, and a note for the handler of
//! faults.

use std::os::fd::BorrowedFd;

use cloudabi_host::image::Image;
use cloudabi_host::placement::{self, NotPlaced, Secrets};
use cloudabi_host::types::{Errno, Tid};

use super::{clocks, random, trace};
use crate::faults::Place;
use crate::launch;
use crate::memory::AddressSpace;

/// What a program is to be placed with.
#[derive(Clone, Copy, Debug)]
pub struct Placement<'a> {
    /// What is in the executable.
    pub image: &'a Image,
    /// The executable.
    pub executable: BorrowedFd<'a>,
    /// The argument data.
    pub argument_data: &'a [u8],
    /// The number of the first thread.
    pub thread: Tid,
    /// Address of the first thread's block.
    pub thread_block: u64,
}

/// A program that was placed.
#[derive(Debug)]
pub struct Placed {
    /// How it begins and what belongs to it.
    pub program: placement::Placed,
    /// Where it is.
    pub place: Place,
}

impl<'a> Placement<'a> {
    /// Places the program.
    ///
    /// # Errors
    /// [`NotPlaced`], and then nothing of it is left.
    pub fn place(&self, memory: &'a AddressSpace) -> Result<Placed, NotPlaced> {
        let Placement { image, executable, argument_data, thread, thread_block } = *self;
        let secrets = Secrets::new(random::fill)
            .map_err(|_| NotPlaced { doing: "get random numbers", error: Errno::NOMEM })?;
        let placement = placement::Placement {
            image,
            executable,
            argument_data,
            thread,
            thread_block,
            secrets: &secrets,
            processors: processors(),
            clock: if trace::sees_the_clock() { None } else { clocks::fast(memory.region()) },
        };
        let program = placement.place(memory)?;
        let region = memory.region();
        let place = Place {
            bias: program.bias,
            vdso: program.vdso,
            region: [region.base(), region.size()],
            file: launch::identity(executable).unwrap_or_default(),
        };
        Ok(Placed { program, place })
    }
}

/// How many processors the calling thread may run on. What share of them control groups leave is not asked: it would mean to
/// read files.
fn processors() -> u64 {
    rustix::thread::sched_getaffinity(None).map_or(1, |set| set.count().max(1).into())
}

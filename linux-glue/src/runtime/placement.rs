//! Placing a program into memory: its image, the vDSO, and its stack with what it is told at its start.
//!
//! Whatever else is mapped stays, so that a program can be placed beside the one that it is to replace: what fails fails
//! before anything is lost.

use std::fmt;
use std::ops::Range;
use std::os::fd::BorrowedFd;

use cloudabi_host::copy::Recovery;
use cloudabi_host::enter::Start;
use cloudabi_host::image::{self, Image, PlaceError};
use cloudabi_host::memory::GuestMemory;
use cloudabi_host::start::{Block, CANARY_SIZE, process_id};
use cloudabi_host::types::{Errno, Mflags, Mprot, Tid};

use super::{clocks, random, trace};
use crate::faults::Place;
use crate::launch;
use crate::memory::{AddressSpace, ImageMapper, MapRequest};

/// Size of the first thread's stack in bytes. Pages that are never used cost nothing.
const STACK_SIZE: u64 = 8 << 20;

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
    /// Where it begins.
    pub start: Start,
    /// Where it is.
    pub place: Place,
    /// What of the address space belongs to it.
    ranges: Vec<Range<u64>>,
    /// Instructions of its vDSO that may fault.
    recoveries: Vec<Recovery>,
}

/// Why a program could not be placed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotPlaced {
    /// What was to be done, after "cannot".
    doing: &'static str,
    /// What is in the way.
    pub error: Errno,
}

impl fmt::Display for NotPlaced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot {}: {}", self.doing, self.error)
    }
}

/// `map_err` for what says its error in the ABI's words.
fn cannot<E: Into<Errno>>(doing: &'static str) -> impl FnOnce(E) -> NotPlaced {
    move |error| NotPlaced { doing, error: error.into() }
}

impl Placement<'_> {
    /// Places the program.
    ///
    /// # Errors
    /// [`NotPlaced`], and then nothing of it is left.
    pub fn place(&self, memory: &AddressSpace) -> Result<Placed, NotPlaced> {
        let mut site = Site { memory, ranges: Vec::new(), recoveries: Vec::new() };
        match self.build(&mut site) {
            Ok((start, place)) => {
                let Site { mut ranges, recoveries, .. } = site;
                ranges.sort_unstable_by_key(|range| range.start);
                Ok(Placed { start, place, ranges, recoveries })
            }
            Err(error) => {
                site.clear();
                Err(error)
            }
        }
    }

    fn build(&self, site: &mut Site<'_>) -> Result<(Start, Place), NotPlaced> {
        let Placement { image, executable, argument_data, thread, thread_block } = *self;
        let base = site.place_image(image, executable)?;
        let vdso = site.place_vdso()?;
        let no_numbers = |_| NotPlaced { doing: "get random numbers", error: Errno::NOMEM };
        let (mut canary, mut identity) = ([0; CANARY_SIZE], [0; 16]);
        random::fill(&mut canary).map_err(no_numbers)?;
        random::fill(&mut identity).map_err(no_numbers)?;
        let block = Block {
            argument_data,
            canary,
            process_id: process_id(identity),
            thread,
            thread_block,
            base: image.load_bias(base),
            program_headers: base + image.program_headers,
            program_header_count: image.program_header_count.into(),
            page_size: rustix::param::page_size() as u64,
            processors: processors(),
            vdso,
        };
        let region = site.memory.region();
        let place = Place {
            bias: image.load_bias(base),
            vdso,
            region: [region.base(), region.size()],
            file: launch::identity(executable).unwrap_or_default(),
        };
        Ok((site.place_start(base + image.entry, &block)?, place))
    }
}

/// How many processors the calling thread may run on. What share of them control groups leave is not asked: it would mean to
/// read files.
fn processors() -> u64 {
    rustix::thread::sched_getaffinity(None).map_or(1, |set| set.count().max(1).into())
}

/// A program that is being placed.
struct Site<'a> {
    memory: &'a AddressSpace,
    ranges: Vec<Range<u64>>,
    recoveries: Vec<Recovery>,
}

impl Site<'_> {
    /// Maps memory with all protection that there can be, and notes it.
    fn map(&mut self, size: u64, prot: Mprot, maximum: Mprot) -> Result<u64, Errno> {
        let flags = Mflags::ANON | Mflags::PRIVATE;
        let request = MapRequest { address: 0, size, prot, flags, file: None, offset: 0, maximum };
        let address = self.memory.map_at_start(request)?;
        self.ranges.push(address..address + size.next_multiple_of(rustix::param::page_size() as u64));
        Ok(address)
    }

    /// Maps the image, and gives the address of its beginning.
    fn place_image(&mut self, image: &Image, executable: BorrowedFd<'_>) -> Result<u64, NotPlaced> {
        let no_room = cannot::<Errno>("find room for the program in its memory");
        let page_size = rustix::param::page_size() as u64;
        // All of it is taken first, so that no other thread of the program that runs gets a part of it.
        let slack = image.alignment.saturating_sub(page_size);
        let size = image
            .span
            .checked_add(slack)
            .ok_or(NotPlaced { doing: "find room for the program in its memory", error: Errno::NOMEM })?;
        let taken = self.memory.take(size).map_err(no_room)?;
        self.ranges.push(taken..taken + size.next_multiple_of(page_size));
        let base = taken.next_multiple_of(image.alignment.max(1));
        // A program may make of its memory what it likes, as long as nothing is written and run at once.
        let mut mapper = ImageMapper::new(self.memory, executable, Mprot::all());
        image::place(image, base, &mut mapper).map_err(|error| NotPlaced {
            doing: "map the program",
            error: match error {
                PlaceError::Mapper(error) => error,
                PlaceError::Misaligned { .. } | PlaceError::NoRoom { .. } => Errno::NOMEM,
            },
        })?;
        // What is not of the image is given back.
        self.ranges.pop();
        let mut end = taken;
        let areas = image.areas.iter().map(|area| base + area.address..base + area.address + area.length);
        let last = taken + size;
        for area in areas.chain(std::iter::once(last..last)) {
            if area.start > end {
                self.unmap(&(end..area.start)).map_err(cannot("give back memory"))?;
            }
            end = area.end;
            if !area.is_empty() {
                self.ranges.push(area);
            }
        }
        Ok(base)
    }

    /// Maps the image that the program finds the host's functions in, and gives its address.
    fn place_vdso(&mut self) -> Result<u64, NotPlaced> {
        let doing = "map the host's functions into the program";
        let unavailable = |_: cloudabi_host::vdso::Unavailable| NotPlaced { doing, error: Errno::NOEXEC };
        let clock = if trace::sees_the_clock() { None } else { clocks::fast(self.memory.region()) };
        let bytes = cloudabi_host::vdso::build(clock.as_ref()).map_err(unavailable)?;
        let address =
            self.memory.map_bytes(&bytes, Mprot::READ | Mprot::EXEC).map_err(cannot::<Errno>(doing))?;
        let size = (bytes.len() as u64).next_multiple_of(rustix::param::page_size() as u64);
        self.ranges.push(address..address + size);
        for fix_up in cloudabi_host::vdso::fix_ups().map_err(unavailable)? {
            let at = |offset: u64| (address + offset) as usize;
            let recovery = Recovery {
                instructions: at(fix_up.instructions.start)..at(fix_up.instructions.end),
                landing: at(fix_up.landing),
            };
            // SAFETY: the image was just mapped there, says so of itself, and stays until this is taken back.
            unsafe { recovery.register() }.map_err(|_| NotPlaced { doing, error: Errno::NOMEM })?;
            self.recoveries.push(recovery);
        }
        Ok(address)
    }

    /// Makes the first thread's stack, with what the program is told at its start above it.
    fn place_start(&mut self, entry: u64, block: &Block<'_>) -> Result<Start, NotPlaced> {
        let doing = "write what the program starts with";
        let size = (STACK_SIZE + block.size() as u64).next_multiple_of(block.page_size);
        let data = Mprot::READ | Mprot::WRITE;
        let bottom = self.map(size, data, data).map_err(cannot::<Errno>("make the program's stack"))?;
        let address = bottom + size - block.size() as u64;
        let written = block.write(address).map_err(|_| NotPlaced { doing, error: Errno::INVAL })?;
        let place = self.memory.region().range(address, written.bytes.len() as u64);
        place.and_then(|range| self.memory.guest().copy_out(range, &written.bytes)).map_err(cannot(doing))?;
        Ok(Start::program(entry, written.auxv, address, written.control_block))
    }

    fn unmap(&self, range: &Range<u64>) -> Result<(), Errno> {
        self.memory.unmap(self.memory.region().range(range.start, range.end - range.start)?)
    }

    /// Takes everything back.
    fn clear(self) {
        self.recoveries.iter().for_each(Recovery::unregister);
        for range in &self.ranges {
            // If the kernel does not even give memory back, it stays.
            let _ = self.unmap(range);
        }
    }
}

impl Placed {
    /// Unmaps everything but this program.
    ///
    /// # Errors
    /// [`Errno::NOMEM`], and then part of it may be unmapped.
    pub fn clear_the_rest(&self, memory: &AddressSpace) -> Result<(), Errno> {
        memory.unmap_all_but(&self.ranges)
    }

    /// Gives the program up, in a process whose memory another one clears.
    pub fn forget(self) {
        self.recoveries.iter().for_each(Recovery::unregister);
    }

    /// Unmaps this program, before anything of another one is lost.
    pub fn take_back(self, memory: &AddressSpace) {
        Site { memory, ranges: self.ranges, recoveries: self.recoveries }.clear();
    }

    /// The instructions of its vDSO that may fault.
    pub fn into_recoveries(self) -> Vec<Recovery> {
        self.recoveries
    }
}

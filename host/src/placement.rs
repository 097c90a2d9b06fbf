//! Placing a program into memory: its image, the vDSO, and its stack with what it is told at its start.
//!
//! Whatever else is mapped stays, so that a program can be placed beside the one that it is to replace: what fails fails
//! before anything is lost.

use std::fmt;
use std::ops::Range;

use crate::address_space::{AddressSpace, ImageMapper, MapRequest, System};
use crate::copy::Recovery;
use crate::enter::Start;
use crate::image::{self, Image, PlaceError};
use crate::memory::GuestMemory as _;
use crate::start::{Block, CANARY_SIZE, process_id};
use crate::types::{Errno, Mflags, Mprot, Tid};
use crate::vdso::{self, FastClock};

/// Size of the first thread's stack in bytes. Pages that are never used cost nothing.
const STACK_SIZE: u64 = 8 << 20;

/// Random bytes that a program is told at its start.
#[derive(Clone, Copy, Debug)]
pub struct Secrets {
    /// For stack canaries and seeds.
    pub canary: [u8; CANARY_SIZE],
    /// What identifies the process.
    pub identity: [u8; 16],
}

impl Secrets {
    /// New ones, from what fills bytes with what nobody can guess.
    ///
    /// # Errors
    /// What `fill` says.
    pub fn new<E>(fill: impl Fn(&mut [u8]) -> Result<(), E>) -> Result<Secrets, E> {
        let mut secrets = Secrets { canary: [0; CANARY_SIZE], identity: [0; 16] };
        fill(&mut secrets.canary)?;
        fill(&mut secrets.identity)?;
        Ok(secrets)
    }
}

/// What a program is to be placed with.
#[derive(Clone, Copy, Debug)]
pub struct Placement<'a, F> {
    /// What is in the executable.
    pub image: &'a Image,
    /// The executable.
    pub executable: F,
    /// The argument data.
    pub argument_data: &'a [u8],
    /// The number of the first thread.
    pub thread: Tid,
    /// Address of the first thread's block.
    pub thread_block: u64,
    /// Random bytes for this program only.
    pub secrets: &'a Secrets,
    /// Number of processors.
    pub processors: u64,
    /// What tells the time without a call of the host's.
    pub clock: Option<FastClock>,
}

/// A program that was placed.
#[derive(Debug)]
pub struct Placed {
    /// Where it begins.
    pub start: Start,
    /// What was added to the executable's addresses.
    pub bias: u64,
    /// Address of its vDSO.
    pub vdso: u64,
    /// What of the address space belongs to it.
    ranges: Vec<Range<u64>>,
    /// Instructions of its vDSO that may fault.
    recoveries: Vec<Recovery>,
}

/// Why a program could not be placed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotPlaced {
    /// What was to be done, after "cannot".
    pub doing: &'static str,
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

impl<F: Copy> Placement<'_, F> {
    /// Places the program.
    ///
    /// # Errors
    /// [`NotPlaced`], and then nothing of it is left.
    pub fn place<'f, S: System<File<'f> = F>>(
        &self,
        memory: &'f AddressSpace<S>,
    ) -> Result<Placed, NotPlaced> {
        let mut site = Site { memory, ranges: Vec::new(), recoveries: Vec::new() };
        match self.build(&mut site) {
            Ok((start, bias, vdso)) => {
                let Site { mut ranges, recoveries, .. } = site;
                ranges.sort_unstable_by_key(|range| range.start);
                Ok(Placed { start, bias, vdso, ranges, recoveries })
            }
            Err(error) => {
                site.clear();
                Err(error)
            }
        }
    }

    fn build<'f, S: System<File<'f> = F>>(
        &self,
        site: &mut Site<'f, S>,
    ) -> Result<(Start, u64, u64), NotPlaced> {
        let Placement { image, executable, argument_data, thread, thread_block, secrets, processors, clock } =
            *self;
        let base = site.place_image(image, executable)?;
        let vdso = site.place_vdso(clock.as_ref())?;
        let bias = image.load_bias(base);
        let block = Block {
            argument_data,
            canary: secrets.canary,
            process_id: process_id(secrets.identity),
            thread,
            thread_block,
            base: bias,
            program_headers: base + image.program_headers,
            program_header_count: image.program_header_count.into(),
            page_size: S::page_size(),
            processors,
            vdso,
        };
        Ok((site.place_start(base + image.entry, &block)?, bias, vdso))
    }
}

/// A program that is being placed.
struct Site<'a, S: System> {
    memory: &'a AddressSpace<S>,
    ranges: Vec<Range<u64>>,
    recoveries: Vec<Recovery>,
}

impl<'a, S: System> Site<'a, S> {
    /// Maps memory with all protection that there can be, and notes it.
    fn map(&mut self, size: u64, prot: Mprot, maximum: Mprot) -> Result<u64, Errno> {
        let flags = Mflags::ANON | Mflags::PRIVATE;
        let request = MapRequest { address: 0, size, prot, flags, file: None, offset: 0, maximum };
        let address = self.memory.map_at_start(request)?;
        self.ranges.push(address..address + size.next_multiple_of(S::page_size()));
        Ok(address)
    }

    /// Maps the image, and gives the address of its beginning.
    fn place_image(&mut self, image: &Image, executable: S::File<'a>) -> Result<u64, NotPlaced> {
        let no_room = cannot::<Errno>("find room for the program in its memory");
        let page_size = S::page_size();
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
    fn place_vdso(&mut self, clock: Option<&FastClock>) -> Result<u64, NotPlaced> {
        let doing = "map the host's functions into the program";
        let unavailable = |_: vdso::Unavailable| NotPlaced { doing, error: Errno::NOEXEC };
        let bytes = vdso::build(clock).map_err(unavailable)?;
        let address =
            self.memory.map_bytes(&bytes, Mprot::READ | Mprot::EXEC).map_err(cannot::<Errno>(doing))?;
        let size = (bytes.len() as u64).next_multiple_of(S::page_size());
        self.ranges.push(address..address + size);
        for fix_up in vdso::fix_ups().map_err(unavailable)? {
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
    pub fn clear_the_rest<S: System>(&self, memory: &AddressSpace<S>) -> Result<(), Errno> {
        memory.unmap_all_but(&self.ranges)
    }

    /// Gives the program up, in a process whose memory another one clears.
    pub fn forget(self) {
        self.recoveries.iter().for_each(Recovery::unregister);
    }

    /// Unmaps this program, before anything of another one is lost.
    pub fn take_back<S: System>(self, memory: &AddressSpace<S>) {
        Site { memory, ranges: self.ranges, recoveries: self.recoveries }.clear();
    }

    /// The instructions of its vDSO that may fault.
    pub fn into_recoveries(self) -> Vec<Recovery> {
        self.recoveries
    }
}

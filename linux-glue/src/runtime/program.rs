//! A program, placed into memory and about to run.

use std::convert::Infallible;
use std::io;
use std::os::fd::BorrowedFd;

use cloudabi_host::copy::Recovery;
use cloudabi_host::descriptors::{New, RightsPair, Table};
use cloudabi_host::enter::Start;
use cloudabi_host::image::{self, Image};
use cloudabi_host::memory::GuestMemory;
use cloudabi_host::parking::Lot;
use cloudabi_host::start::{Block, CANARY_SIZE, process_id};
use cloudabi_host::types::{Mflags, Mprot};

use super::ending::Ending;
use super::object::Object;
use super::threads::{Seat, Taken, Threads};
use super::{Process, clocks};
use crate::faults;
use crate::files::{Files, Walk};
use crate::launch::{Granted, LaunchError, Status, cannot};
use crate::memory::{AddressSpace, ImageMapper, MapRequest};

/// Size of the first thread's stack in bytes. Pages that are never used cost nothing.
const STACK_SIZE: u64 = 8 << 20;

/// How many descriptors a program may have if the system sets no limit.
const MOST_DESCRIPTORS: u32 = 1 << 20;

/// A program that is ready to run.
pub(crate) struct Program {
    process: &'static Process,
    /// What its first thread needs.
    seat: &'static Seat,
}

/// What a new process needs that nobody can guess.
struct Secrets {
    canary: [u8; CANARY_SIZE],
    process_id: [u8; 16],
    numbers: u64,
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
        status: Status,
    ) -> Result<Program, LaunchError> {
        let secrets = Secrets::new()?;
        faults::install().map_err(cannot("handle memory faults"))?;
        // Memory of the program's is written to below.
        let _handler_stack =
            faults::AlternateStack::install().map_err(cannot("make a stack for memory faults"))?;

        let memory = AddressSpace::reserve().map_err(cannot("reserve memory for the program"))?;
        let base = memory
            .find_room(image.span, image.alignment)
            .map_err(refused("find room for the program in its memory"))?;
        // A program may make of its memory what it likes, as long as nothing is written and run at once.
        let mut mapper = ImageMapper::new(&memory, executable, Mprot::all());
        image::place(image, base, &mut mapper)
            .map_err(|error| LaunchError::Child(format!("the program cannot be mapped: {error}")))?;
        let vdso = place_vdso(&memory)?;

        let threads = Threads::new();
        let Taken { seat, id } = threads.take_seat().map_err(cannot("prepare the first thread"))?;
        let start_block = Block {
            argument_data,
            canary: secrets.canary,
            process_id: secrets.process_id,
            thread: id,
            thread_block: seat.block(),
            base: image.load_bias(base),
            program_headers: base + image.program_headers,
            program_header_count: image.program_header_count.into(),
            page_size: rustix::param::page_size() as u64,
            processors: std::thread::available_parallelism().map_or(1, |count| count.get() as u64),
            vdso,
        };
        let start = place_start(&memory, image, base, &start_block)?;

        let table = Table::new(secrets.numbers, most_descriptors());
        let granted = descriptors.into_iter().map(|Granted { fd, base, inheriting }| {
            New::unsettled(Object::inherited(fd), RightsPair { base, inheriting })
        });
        table
            .insert_at_start(granted.collect())
            .map_err(|(_, error)| refused("give the program so many descriptors")(error))?;
        // SAFETY: this process has one thread, and the program's further ones are made by calls that say so to the table.
        // No guard exists yet.
        let unused = unsafe { table.become_single_threaded() };
        debug_assert!(unused.is_empty(), "nobody else has used the table");

        let guest = memory.guest();
        let files = Files::new(Walk::Kernel);
        let ending = Ending::of_first_process(status);
        let lot = Lot::new();
        let process =
            Box::leak(Box::new(Process { lot, threads, descriptors: table, files, memory, ending }));
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
        loop {
            std::thread::park();
        }
    }
}

/// Maps the image that the program finds the host's functions in, and gives its address.
fn place_vdso(memory: &AddressSpace) -> Result<u64, LaunchError> {
    let unavailable = |error: cloudabi_host::vdso::Unavailable| LaunchError::Child(error.to_string());
    let clock = clocks::fast(memory.region());
    let bytes = cloudabi_host::vdso::build(clock.as_ref()).map_err(unavailable)?;
    let address = memory
        .map_bytes(&bytes, Mprot::READ | Mprot::EXEC)
        .map_err(refused("map the host's functions into the program"))?;
    for fix_up in cloudabi_host::vdso::fix_ups().map_err(unavailable)? {
        let at = |offset: u64| (address + offset) as usize;
        let recovery = Recovery {
            instructions: at(fix_up.instructions.start)..at(fix_up.instructions.end),
            landing: at(fix_up.landing),
        };
        // SAFETY: the image was just mapped there, says so of itself, and stays as long as the process runs the program.
        unsafe { recovery.register() }.map_err(|error| LaunchError::Child(error.to_string()))?;
    }
    Ok(address)
}

/// Makes the first thread's stack, with what the program is told at its start above it.
fn place_start(
    memory: &AddressSpace,
    image: &Image,
    base: u64,
    block: &Block<'_>,
) -> Result<Start, LaunchError> {
    let page_size = block.page_size;
    let size = (STACK_SIZE + block.size() as u64).next_multiple_of(page_size);
    let bottom = memory
        .map(MapRequest {
            address: 0,
            size,
            prot: Mprot::READ | Mprot::WRITE,
            flags: Mflags::ANON | Mflags::PRIVATE,
            file: None,
            offset: 0,
            maximum: Mprot::READ | Mprot::WRITE,
        })
        .map_err(refused("make the program's stack"))?;
    let address = bottom + size - block.size() as u64;
    let written = block.write(address).map_err(|error| LaunchError::Child(error.to_string()))?;
    let place = memory.region().range(address, written.bytes.len() as u64);
    place
        .and_then(|range| memory.guest().copy_out(range, &written.bytes))
        .map_err(|fault| LaunchError::Child(format!("cannot write what the program starts with: {fault}")))?;
    Ok(Start::program(base + image.entry, written.auxv, address, written.control_block))
}

fn most_descriptors() -> u32 {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
    limit.map_or(MOST_DESCRIPTORS, |limit| u32::try_from(limit).unwrap_or(MOST_DESCRIPTORS))
}

impl Secrets {
    fn new() -> Result<Secrets, LaunchError> {
        let mut bytes = [0; CANARY_SIZE + 16 + 8];
        let mut filled = 0;
        while filled < bytes.len() {
            filled += rustix::rand::getrandom(&mut bytes[filled..], rustix::rand::GetRandomFlags::empty())
                .map_err(io::Error::from)
                .map_err(cannot("get random numbers"))?;
        }
        let mut rest = &bytes[..];
        let mut take = |to: &mut [u8]| {
            let (first, others) = rest.split_at(to.len());
            to.copy_from_slice(first);
            rest = others;
        };
        let (mut canary, mut uuid, mut numbers) = ([0; CANARY_SIZE], [0; 16], [0; 8]);
        take(&mut canary);
        take(&mut uuid);
        take(&mut numbers);
        Ok(Secrets { canary, process_id: process_id(uuid), numbers: u64::from_le_bytes(numbers) })
    }
}

/// For errors that are the ABI's already.
fn refused(doing: &'static str) -> impl FnOnce(cloudabi_host::types::Errno) -> LaunchError {
    move |error| LaunchError::Child(format!("cannot {doing}: {error}"))
}

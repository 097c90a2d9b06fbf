//! What the parent learns of a mistake that ends one of the program's processes.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use cloudabi_host::vdso;

use crate::faults::{Account, FAULT_KIND};

/// How a process ended that made a mistake. All of it is what the process itself has said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crash {
    /// The number of the process, as it sees itself, if it is not the one that was started but a copy.
    pub copy: Option<u64>,
    /// Linux's number of the signal: signal(7).
    pub signal: i32,
    /// What caused the signal.
    pub cause: Cause,
    /// Where that was.
    pub place: CodePlace,
    /// The number of the last call of the thread, and its arguments, if it is known.
    pub last_call: Option<(u32, Vec<u64>)>,
}

/// What caused a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The program, by `proc_raise`.
    Raised,
    /// An instruction.
    Instruction {
        /// `si_code` of sigaction(2).
        code: i32,
        /// The address that it used, or its own.
        address: u64,
        /// What it did with the address, where that is known.
        access: Option<Access>,
    },
}

/// What an instruction does with an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// It reads there.
    Read,
    /// It writes there.
    Write,
    /// It is there.
    Execute,
}

/// Where an instruction is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodePlace {
    /// In the executable that was started, at this address of it.
    Executable(u64),
    /// In another program that has replaced it, at this address of its executable.
    Another(u64),
    /// In the vDSO, so many bytes from its beginning.
    Vdso(u64),
    /// At this address of the process: in the runtime, or nowhere.
    Elsewhere(u64),
}

/// The vDSO is smaller than that, in bytes.
const VDSO: u64 = 1 << 16;

/// Of the error code of x86-64's page faults: that it was a write, and that it was to fetch an instruction.
const WRITE: u64 = 1 << 1;
const FETCH: u64 = 1 << 4;

impl Crash {
    /// What an account says about a program that was started from this executable.
    pub(crate) fn new(account: &Account, executable: &OwnedFd) -> Crash {
        let number = |number: u64| i32::try_from(number.cast_signed()).unwrap_or(0);
        let access = (account.signal == libc::SIGSEGV as u64 && account.access != u64::MAX).then_some({
            match account.access {
                access if access & FETCH != 0 => Access::Execute,
                access if access & WRITE != 0 => Access::Write,
                _ => Access::Read,
            }
        });
        let cause = match account.kind {
            FAULT_KIND => Cause::Instruction { code: number(account.code), address: account.address, access },
            _ => Cause::Raised,
        };
        // A jump leads to where nothing is known of; where it came from is not known.
        let at = account.instruction;
        let place = account.place;
        let [base, size] = place.region;
        let address = at.wrapping_sub(place.bias);
        let place_of_code = match at {
            _ if at.wrapping_sub(place.vdso) < VDSO => CodePlace::Vdso(at - place.vdso),
            _ if at.wrapping_sub(base) >= size => CodePlace::Elsewhere(at),
            _ if identity(executable.as_fd()) == Some(place.file) => CodePlace::Executable(address),
            _ => CodePlace::Another(address),
        };
        let last_call = vdso::last_call(place.vdso, &account.words);
        Crash {
            copy: (account.first == 0).then_some(account.process),
            signal: number(account.signal),
            cause,
            place: place_of_code,
            last_call: last_call.map(|(number, arguments)| (number, arguments.to_vec())),
        }
    }
}

/// Where a program is that is about to run: what a debugger has to be told. A hostile program can say this, too, of places
/// where it is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placed {
    /// The kernel's number of the process, as it is here.
    pub process: i32,
    /// What has to be added to an address of the executable.
    pub bias: u64,
    /// Address of the vDSO.
    pub vdso: u64,
    /// Whether the executable is the one that was started, and not one that has replaced it.
    pub is_executable: bool,
}

impl Placed {
    pub(crate) fn new(account: &Account, process: i32, executable: &OwnedFd) -> Placed {
        let place = account.place;
        let is_executable = identity(executable.as_fd()) == Some(place.file);
        Placed { process, bias: place.bias, vdso: place.vdso, is_executable }
    }
}

/// By what a file is known: its device and its number there.
pub(crate) fn identity(file: BorrowedFd<'_>) -> Option<[u64; 2]> {
    let stat = rustix::fs::fstat(file).ok()?;
    Some([stat.st_dev, stat.st_ino])
}

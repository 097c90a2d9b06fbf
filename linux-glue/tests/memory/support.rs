//! What these tests share.

use cloudabi_host::memory::{GuestMemory as _, GuestRange};
use cloudabi_host::types::{Errno, Mflags, Mprot};
use cloudabi_linux_glue::faults;
use cloudabi_linux_glue::memory::{AddressSpace, MapRequest};
use std::fs::File;
use std::os::fd::AsFd as _;
use std::sync::OnceLock;

pub const READ_WRITE: Mprot = Mprot(Mprot::READ.0 | Mprot::WRITE.0);

/// The size of a page.
pub fn page() -> u64 {
    rustix::param::page_size() as u64
}

/// A small region. Regions are never given back, so it is small.
pub fn space() -> AddressSpace {
    static INSTALLED: OnceLock<()> = OnceLock::new();
    INSTALLED.get_or_init(|| faults::install().expect("a handler"));
    AddressSpace::reserve_at_most(1 << 32).expect("a region")
}

/// A request for fresh private memory, wherever there is room.
pub fn fresh(size: u64) -> MapRequest<'static> {
    MapRequest {
        address: 0,
        size,
        prot: READ_WRITE,
        flags: Mflags::ANON | Mflags::PRIVATE,
        file: None,
        offset: 0,
        maximum: Mprot::all(),
    }
}

/// A range of a region.
pub fn range(space: &AddressSpace, address: u64, size: u64) -> GuestRange {
    space.region().range(address, size).expect("it is in the region")
}

/// Changes protection by address.
pub fn protect(space: &AddressSpace, address: u64, size: u64, prot: Mprot) -> Result<(), Errno> {
    space.protect(range(space, address, size), prot)
}

/// An unnamed file of this size, of zeros.
pub fn file(size: u64) -> File {
    let file = tempfile::tempfile().expect("a file");
    file.set_len(size).expect("room");
    file
}

/// A request for a shared mapping of a file, to be read and written.
pub fn of_file(file: &File, size: u64) -> MapRequest<'_> {
    MapRequest { flags: Mflags::SHARED, file: Some(file.as_fd()), ..fresh(size) }
}

/// Runs something in a child process, and tells which signal ended it; `None` if it returned.
pub fn signal_of_child(run: impl FnOnce()) -> Option<i32> {
    // SAFETY: the child runs what the test gives it, which takes no lock that another thread could hold, and ends
    // without unwinding or destructors.
    unsafe {
        match libc::fork() {
            -1 => panic!("fork: {}", std::io::Error::last_os_error()),
            0 => {
                let none = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
                libc::setrlimit(libc::RLIMIT_CORE, &none);
                // The rest of the test must not go on in the child, whatever happens.
                let failed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)).is_err();
                libc::_exit(failed.into())
            }
            child => {
                let mut status = 0;
                assert_eq!(libc::waitpid(child, &mut status, 0), child);
                if libc::WIFSIGNALED(status) {
                    return Some(libc::WTERMSIG(status));
                }
                assert_eq!(libc::WEXITSTATUS(status), 0, "the child failed");
                None
            }
        }
    }
}

/// Reads a byte of the program's memory.
pub fn peek(space: &AddressSpace, address: u64) -> Result<u8, Errno> {
    let mut byte = [0];
    space.guest().copy_in(range(space, address, 1), &mut byte)?;
    Ok(byte[0])
}

/// Writes a byte of the program's memory.
pub fn poke(space: &AddressSpace, address: u64, byte: u8) -> Result<(), Errno> {
    Ok(space.guest().copy_out(range(space, address, 1), &[byte])?)
}

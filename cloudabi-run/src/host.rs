//! What depends on the operating system: opening, looking at descriptors, dying of a signal.
//!
//! Unix in general, with what Linux has beyond it where that matters.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;

use cloudabi_host::types::Filetype;
use rustix::fs::{FileType, Mode, OFlags};
use rustix::io::{Errno, FdFlags};

/// What a process has to do at its start.
///
/// Something is open as each of the standard streams, so that no other descriptor takes the place of one that is closed,
/// and gets what is meant for it. Writing to where nobody reads is an error, not the end.
pub fn make_ready() {
    for number in 0..3 {
        if inherited(number).is_none() {
            // Descriptors are numbered from the lowest that is unused. Where there is no such device, nothing can be done.
            let _ = rustix::fs::open("/dev/null", OFlags::RDWR, Mode::empty()).map(std::mem::forget);
        }
    }
    // SAFETY: nothing handles the signal, and no other thread is there.
    unsafe { libc::signal(libc::SIGPIPE, libc::SIG_IGN) };
}

/// Ends the process. Nothing is left to be done then: what was written to a stream is out, and the kernel takes the rest.
pub fn end_now(status: u8) -> ! {
    // SAFETY: it touches no memory.
    unsafe { libc::_exit(status.into()) }
}

/// How to open a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenMode {
    /// To read from it.
    pub read: bool,
    /// To write to it.
    pub write: bool,
    /// Only if it is a directory.
    pub directory: bool,
}

/// What is known of a descriptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Inspected {
    /// What it refers to.
    pub filetype: Filetype,
    /// Whether it is a terminal.
    pub terminal: bool,
    /// Whether it is open for reading. Directories are.
    pub readable: bool,
    /// Whether it is open for writing. Directories are not, which does not keep anybody from changing them.
    pub writable: bool,
}

/// Opens what is at a path, following symbolic links. It does not become a controlling terminal.
pub fn open(path: &Path, mode: OpenMode) -> io::Result<OwnedFd> {
    let access = match (mode.read, mode.write) {
        (true, true) => OFlags::RDWR,
        (false, true) => OFlags::WRONLY,
        (_, false) => OFlags::RDONLY,
    };
    let directory = if mode.directory { OFlags::DIRECTORY } else { OFlags::empty() };
    let flags = access | directory | OFlags::CLOEXEC | OFlags::NOCTTY;
    loop {
        match rustix::fs::open(path, flags, Mode::empty()) {
            Err(Errno::INTR) => {}
            result => return Ok(result?),
        }
    }
}

/// Looks at a descriptor. The error is a sentence's second half: what it is that programs cannot be given.
pub fn inspect(fd: impl AsFd) -> Result<Inspected, String> {
    let fd = fd.as_fd();
    let failed = not_looked_at;
    let stat = rustix::fs::fstat(fd).map_err(failed)?;
    let flags = rustix::fs::fcntl_getfl(fd).map_err(failed)?;
    #[cfg(any(target_os = "linux", target_os = "freebsd"))]
    if flags.contains(OFlags::PATH) {
        return Err("a descriptor that was opened with `O_PATH`".to_owned());
    }
    let (readable, writable) = match flags & OFlags::RWMODE {
        OFlags::RDWR => (true, true),
        OFlags::WRONLY => (false, true),
        _ => (true, false),
    };
    let filetype = match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => Filetype::REGULAR_FILE,
        FileType::Directory => Filetype::DIRECTORY,
        FileType::CharacterDevice => Filetype::CHARACTER_DEVICE,
        FileType::BlockDevice => Filetype::BLOCK_DEVICE,
        FileType::Fifo => Filetype::SOCKET_STREAM,
        FileType::Socket => match rustix::net::sockopt::socket_type(fd).map_err(failed)? {
            rustix::net::SocketType::STREAM => Filetype::SOCKET_STREAM,
            rustix::net::SocketType::DGRAM => Filetype::SOCKET_DGRAM,
            _ => return Err("a socket that carries neither a stream nor datagrams".to_owned()),
        },
        _ => return Err("neither a file nor a socket".to_owned()),
    };
    let terminal = filetype == Filetype::CHARACTER_DEVICE && io::IsTerminal::is_terminal(&fd);
    Ok(Inspected { filetype, terminal, readable, writable })
}

/// What a descriptor is called that the kernel says nothing about.
fn not_looked_at(error: Errno) -> String {
    format!("something that cannot be looked at ({})", without_number(error.into()))
}

/// The descriptor of this number, if it is open.
///
/// It must be called before descriptors are opened that may be closed again: what was open at the start stays so.
pub fn inherited(number: i32) -> Option<BorrowedFd<'static>> {
    if number < 0 {
        return None;
    }
    // SAFETY: if it is not open, this asks the kernel just that and does nothing else with it.
    let fd = unsafe { BorrowedFd::borrow_raw(number) };
    rustix::io::fcntl_getfd(fd).ok().map(|_: FdFlags| fd)
}

/// The port of a service with a name.
pub fn service_port(name: &str, datagrams: bool) -> Option<u16> {
    let name = std::ffi::CString::new(name).ok()?;
    let protocol = if datagrams { c"udp" } else { c"tcp" };
    // SAFETY: both are strings, and there is one thread, so that nobody else uses the function's memory.
    let entry = unsafe { libc::getservbyname(name.as_ptr(), protocol.as_ptr()).as_ref() }?;
    // In the order of a network, in the lower half.
    Some(u16::from_be(entry.s_port as u16))
}

/// A second descriptor for the same open file.
pub fn duplicate(fd: impl AsFd) -> io::Result<OwnedFd> {
    // Not in the place of a standard stream, in case one of these is closed.
    Ok(rustix::io::fcntl_dupfd_cloexec(fd, 3)?)
}

/// The sentence for an error without the system's number for it.
pub fn without_number(error: io::Error) -> String {
    let text = error.to_string();
    let end = text.find(" (os error").unwrap_or(text.len());
    let mut sentence = text[..end].to_owned();
    if let Some(first) = sentence.get_mut(..1) {
        first.make_ascii_lowercase();
    }
    sentence
}

/// Ends this process by a signal, as if nobody handled it, and without a memory dump: whoever waits for this
/// process then sees what happened to the program. Comes back if the signal does not end processes.
pub fn die_of(signal: i32) {
    // SAFETY: the signal's default action runs no code of this process, and the mask is a local variable.
    unsafe {
        let no_dump = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
        libc::setrlimit(libc::RLIMIT_CORE, &raw const no_dump);
        libc::signal(signal, libc::SIG_DFL);
        let mut set = std::mem::zeroed();
        libc::sigemptyset(&raw mut set);
        libc::sigaddset(&raw mut set, signal);
        libc::pthread_sigmask(libc::SIG_UNBLOCK, &raw const set, std::ptr::null_mut());
        libc::raise(signal);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_kernel_says_nothing_about() {
        insta::assert_snapshot!(not_looked_at(Errno::IO));
    }
}

//! Talks with whoever is at the other end: says `ready`, and gives back each piece that it reads, behind `got `, until the input
//! ends. A child of its own does nothing meanwhile. A piece that begins with `n` makes the input non-blocking and is the last.
//!
//! Ends with code 1 if a call answers something that it should not.

#![no_std]
#![no_main]

use core::sync::atomic::AtomicU32;

use cloudabi_sys::*;
use guest::Output;
use guest::sync::RwLock;

guest::main!(|start| {
    let arguments = start.arguments();
    let descriptor = |name| arguments.get(name)?.descriptor();
    let (Some(input), Some(output)) = (descriptor("input"), descriptor("output")) else { return 2 };
    // SAFETY: there is one thread.
    match unsafe { proc_fork() } {
        Ok((child, _)) if child == Fd::PROCESS_CHILD => {
            // A lock that nobody releases: no thread has this number. The child is killed with its descriptor.
            RwLock(AtomicU32::new(Lock::WRLOCKED.0 | 1)).write(Tid(2), Scope::PRIVATE);
            return 1;
        }
        Ok(_) => {}
        Err(_) => return 1,
    }
    talk(input, Output(output)).map_or(1, |()| 0)
});

fn talk(input: Fd, output: Output) -> Result<(), Errno> {
    output.write_all(b"ready\n")?;
    let mut bytes = [0_u8; 256];
    loop {
        let room = [Iovec { buf: bytes.as_mut_ptr().cast(), buf_len: bytes.len() }];
        // SAFETY: the vector's only element is a variable that lives on.
        let length = unsafe { fd_read(input, &room) }?;
        let Some(read @ [first, ..]) = bytes.get(..length) else { return Ok(()) };
        if *first == b'n' {
            let flags = Fdstat { fs_flags: Fdflags::NONBLOCK, ..Fdstat::ZERO };
            // SAFETY: the structure is a variable that lives on.
            return unsafe { fd_stat_put(input, &flags, Fdsflags::FLAGS) };
        }
        output.write_all(b"got ")?;
        output.write_all(read)?;
    }
}

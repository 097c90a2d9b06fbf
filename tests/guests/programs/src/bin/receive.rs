//! Receives descriptors from `socket`, or from the first connection if that listens, and writes to `output` what came: how many,
//! whether some did not come, and what is in the file `inside` of those that are directories.

#![no_std]
#![no_main]

use core::fmt::Write as _;

use cloudabi_sys::*;
use guest::Output;

guest::main!(|start| {
    let arguments = start.arguments();
    let descriptor = |name| arguments.get(name)?.descriptor();
    let (Some(mut socket), Some(output)) = (descriptor("socket"), descriptor("output")) else { return 2 };
    let mut fds = [Fd(0); 8];
    if arguments.get("listens").is_some() {
        let Ok(connection) = receive(socket, &mut fds) else { return 3 };
        if connection.ro_fdslen != 1 {
            return 4;
        }
        socket = fds[0];
    }
    let Ok(received) = receive(socket, &mut fds) else { return 3 };
    let lost = received.ro_flags.contains(Roflags::FDS_TRUNCATED);
    let mut output = Output(output);
    let _ =
        writeln!(output, "{} bytes, {} descriptors, lost {lost}", received.ro_datalen, received.ro_fdslen);
    for fd in &fds[..received.ro_fdslen] {
        let mut text = [0; 64];
        if let Ok(size) = read_inside(*fd, &mut text) {
            let _ = writeln!(output, "inside: {}", core::str::from_utf8(&text[..size]).unwrap_or_default());
        }
    }
    0
});

fn receive(socket: Fd, fds: &mut [Fd]) -> Result<RecvOut, Errno> {
    let mut data = [0_u8; 16];
    let room = [Iovec { buf: data.as_mut_ptr().cast(), buf_len: data.len() }];
    let message = RecvIn {
        ri_data: room.as_ptr(),
        ri_data_len: 1,
        ri_fds: fds.as_mut_ptr(),
        ri_fds_len: fds.len(),
        ..RecvIn::ZERO
    };
    // SAFETY: all that is passed lives on.
    unsafe { sock_recv(socket, &message) }
}

fn read_inside(directory: Fd, text: &mut [u8]) -> Result<usize, Errno> {
    let rights = Fdstat { fs_rights_base: Rights::FD_READ, ..Fdstat::ZERO };
    let lookup = Lookup { fd: directory, flags: Lookupflags::empty() };
    let room = [Iovec { buf: text.as_mut_ptr().cast(), buf_len: text.len() }];
    // SAFETY: all that is passed lives on.
    unsafe {
        let file = file_open(lookup, b"inside", Oflags::empty(), &rights)?;
        fd_read(file, &room)
    }
}

//! Makes calls for somebody who traces them: `test` of its arguments says which. What goes wrong ends the program with a
//! code that is not 0.

#![no_std]
#![no_main]

extern crate alloc;

use core::mem::MaybeUninit;

use cloudabi_sys::*;
use guest::sync::Task;
use guest::{Output, Start};

/// What the argument data begins with of the program that another one was replaced by.
const MARK: &[u8] = b"\x01replaced";

guest::main!(|start| {
    let data = start.bytes(Auxtype::ARGDATA, Auxtype::ARGDATALEN).unwrap_or_default();
    if data == MARK {
        return u32::from(Output(Fd(0)).write_all(b"replaced\n").is_err());
    }
    let test = start.arguments().get("test").and_then(|value| value.string()).unwrap_or_default();
    let done = match test {
        "files" => files(&start),
        "fork" => fork(),
        "exec" => exec(&start),
        "wrong" => wrong(&start),
        "clock" => clock(),
        "threads" => threads(),
        "messages" => messages(),
        "junk" => junk(&start),
        _ => return 2,
    };
    u32::from(done.is_none())
});

fn descriptor(start: &Start, name: &str) -> Option<Fd> {
    start.arguments().get(name)?.descriptor()
}

fn fdstat(base: Rights) -> Fdstat {
    Fdstat { fs_rights_base: base, ..Fdstat::ZERO }
}

fn lookup(fd: Fd) -> Lookup {
    Lookup { fd, flags: Lookupflags::SYMLINK_FOLLOW }
}

fn files(start: &Start) -> Option<()> {
    let directory = descriptor(start, "directory")?;
    let mut room = [0_u8; 100];
    // SAFETY: all that is passed are references to live variables.
    unsafe {
        let file = file_open(
            lookup(directory),
            b"notes",
            Oflags::empty(),
            &fdstat(Rights::FD_READ | Rights::FD_SEEK),
        )
        .ok()?;
        let pieces = [Iovec { buf: room.as_mut_ptr().cast(), buf_len: room.len() }];
        fd_read(file, &pieces).ok()?;
        fd_seek(file, 2, Whence::SET).ok()?;
        let written = [Ciovec { buf: b"x".as_ptr().cast(), buf_len: 1 }];
        fd_write(file, &written).err()?;
        fd_close(file).ok()?;
        fd_close(file).err()?;
        file_create(directory, b"\x1b[31mred\n\"\\", Filetype::DIRECTORY).ok()?;
        file_unlink(directory, b"\x1b[31mred\n\"\\", Ulflags::REMOVEDIR).ok()?;
        file_unlink(directory, b"absent", Ulflags::empty()).err()?;
        file_symlink(b"notes", directory, b"link").ok()?;
        let mut target = [MaybeUninit::uninit(); 16];
        file_readlink(directory, b"link", &mut target).ok()?;
    }
    Some(())
}

fn fork() -> Option<()> {
    // SAFETY: this process has one thread.
    let (child, _) = unsafe { proc_fork() }.ok()?;
    if child == Fd::PROCESS_CHILD {
        // SAFETY: the call touches no memory.
        unsafe {
            let _ = fd_close(Fd(99));
            proc_exit(3)
        }
    }
    let subscription = Subscription::ZERO.with_proc_terminate(SubscriptionProcTerminate { fd: child });
    // SAFETY: both are live variables.
    unsafe { poll(&[subscription], &mut [MaybeUninit::uninit()]) }.ok().map(drop)
}

fn exec(start: &Start) -> Option<()> {
    let (output, program) = (descriptor(start, "output")?, descriptor(start, "program")?);
    // SAFETY: this process has one thread. If all is well nothing is left of what it has borrowed.
    unsafe {
        proc_exec(output, MARK, &[output]).err()?;
        proc_exec(program, MARK, &[output]).ok()
    }
}

/// Memory where there is none.
fn nothing<T>(length: usize) -> &'static [T] {
    // SAFETY: strictly speaking there is no such memory; nothing here looks at it.
    unsafe { core::slice::from_raw_parts(core::ptr::without_provenance(0x1000), length) }
}

fn wrong(start: &Start) -> Option<()> {
    let output = descriptor(start, "output")?;
    // SAFETY: the host looks at what is passed, and finds that it is not there. Nothing here looks.
    unsafe {
        fd_write(output, nothing(3)).err()?;
        fd_write(output, nothing(1 << 40)).err()?;
        fd_write(output, &[Ciovec { buf: nothing::<u8>(1).as_ptr().cast(), buf_len: usize::MAX }]).err()?;
        fd_write(output, &[Ciovec { buf: nothing::<u8>(1).as_ptr().cast(), buf_len: 1 }]).err()?;
        file_unlink(output, nothing(1 << 20), Ulflags::from_bits_retain(0xff)).err()?;
        poll(nothing(5), &mut [MaybeUninit::uninit(); 5]).err()?;
        clock_time_get(Clockid(77), 0).err()?;
    }
    Some(())
}

fn clock() -> Option<()> {
    // SAFETY: the call touches no memory of the program's but its result.
    unsafe {
        clock_time_get(Clockid::MONOTONIC, 0).ok()?;
        clock_time_get(Clockid::REALTIME, 1000).ok()?;
    }
    Some(())
}

fn threads() -> Option<()> {
    let task = alloc::boxed::Box::leak(alloc::boxed::Box::new(Task::new(
        |_, ()| {
            // SAFETY: the call touches no memory.
            let _ = unsafe { thread_yield() };
        },
        &(),
        Scope::PRIVATE,
    )));
    let stack = alloc::vec::Vec::leak(alloc::vec![0; 32 << 10]);
    // SAFETY: both stay for good.
    unsafe { task.start(stack.as_mut_ptr(), stack.len()) }.ok()?;
    task.join();
    Some(())
}

/// Sends a message with two descriptors, and receives it where there is room for more.
fn messages() -> Option<()> {
    let mut room = [[0_u8; 4]; 3];
    let mut fds = [Fd(0); 4];
    // SAFETY: all that is passed are references to live variables.
    unsafe {
        let (one, other) = fd_create2(Filetype::SOCKET_STREAM).ok()?;
        let pieces = [&b"some "[..], b"words"]
            .map(|piece| Ciovec { buf: piece.as_ptr().cast(), buf_len: piece.len() });
        let sent = [one, other];
        let message = SendIn {
            si_data: pieces.as_ptr(),
            si_data_len: pieces.len(),
            si_fds: sent.as_ptr(),
            si_fds_len: sent.len(),
            ..SendIn::ZERO
        };
        sock_send(one, &message).ok()?;
        let pieces =
            room.each_mut().map(|piece| Iovec { buf: piece.as_mut_ptr().cast(), buf_len: piece.len() });
        let message = RecvIn {
            ri_data: pieces.as_ptr(),
            ri_data_len: pieces.len(),
            ri_fds: fds.as_mut_ptr(),
            ri_fds_len: fds.len(),
            ..RecvIn::ZERO
        };
        let received = sock_recv(other, &message).ok()?;
        (received.ro_fdslen == sent.len()).then_some(())?;
        fd_close(fds[1]).ok()
    }
}

/// Sends what nobody should have to read to whatever is open, past the host.
#[cfg(target_arch = "x86_64")]
fn junk(start: &Start) -> Option<()> {
    let output = descriptor(start, "output")?;
    let mut junk = [0_u8; 300];
    for (byte, value) in junk.iter_mut().zip((0..=255).cycle()) {
        *byte = value;
    }
    junk[0] = 0;
    junk[32..56].copy_from_slice(b"\x1b]0;owned\x07\r\n7 7 made_up(");
    let mut sent = 0;
    for fd in 0_u64..64 {
        for length in [1, 32, junk.len()] {
            let mut result: i64 = 44;
            // SAFETY: sendto(2) reads memory that is there, or answers with an error.
            unsafe {
                core::arch::asm!(
                    "syscall",
                    inlateout("rax") result,
                    in("rdi") fd,
                    in("rsi") junk.as_ptr(),
                    in("rdx") length,
                    in("r10") 0x4040,
                    in("r8") 0,
                    in("r9") 0,
                    lateout("rcx") _,
                    lateout("r11") _,
                );
            }
            sent += u32::from(result > 0);
        }
    }
    // It must have reached somebody, or nothing was tried.
    (sent > 0).then_some(())?;
    Output(output).write_all(b"sent\n").ok()
}

#[cfg(not(target_arch = "x86_64"))]
fn junk(_: &Start) -> Option<()> {
    None
}

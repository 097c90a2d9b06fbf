//! The typed functions pass what the raw functions need, and give what they get. A test program of its own, as it
//! installs a call table.

use cloudabi_sys::{
    Calls, Ciovec, Clockid, Errno, Event, Fd, Fdstat, Filetype, Lookup, Lookupflags, Oflags, Rights,
    Subscription, Tid, Timestamp, clock_time_get, fd_close, fd_stat_get, fd_write, file_open, install, poll,
    proc_fork, raw,
};
use std::mem::MaybeUninit;

unsafe extern "C" fn time(clock: Clockid, precision: Timestamp, time: *mut Timestamp) -> Errno {
    if clock != Clockid::MONOTONIC {
        return Errno::INVAL;
    }
    // SAFETY: the caller passes a place for the result.
    unsafe { time.write(precision + 1) };
    Errno::SUCCESS
}

unsafe extern "C" fn write(fd: Fd, iovs: *const Ciovec, iovs_len: usize, written: *mut usize) -> Errno {
    // SAFETY: the caller passes so many elements and a place for the result.
    unsafe {
        let total = std::slice::from_raw_parts(iovs, iovs_len).iter().map(|iov| iov.buf_len).sum::<usize>();
        written.write(total + fd.0 as usize);
    }
    Errno::SUCCESS
}

unsafe extern "C" fn stat(_fd: Fd, buf: *mut Fdstat) -> Errno {
    // SAFETY: the caller passes a place for the result.
    unsafe { buf.write(Fdstat { fs_filetype: Filetype::DIRECTORY, ..Fdstat::ZERO }) };
    Errno::SUCCESS
}

unsafe extern "C" fn open(
    dirfd: Lookup,
    path: *const u8,
    path_len: usize,
    oflags: Oflags,
    fds: *const Fdstat,
    fd: *mut Fd,
) -> Errno {
    // SAFETY: the caller passes so many bytes, a structure, and a place for the result.
    unsafe {
        let path = std::slice::from_raw_parts(path, path_len);
        let as_expected = dirfd == Lookup { fd: Fd(3), flags: Lookupflags::SYMLINK_FOLLOW }
            && path == b"motd"
            && oflags == Oflags::EXCL
            && (*fds).fs_rights_base == Rights::FD_READ;
        fd.write(Fd(8));
        if as_expected { Errno::SUCCESS } else { Errno::INVAL }
    }
}

unsafe extern "C" fn wait(
    subscriptions: *const Subscription,
    events: *mut Event,
    count: usize,
    happened: *mut usize,
) -> Errno {
    // SAFETY: the caller passes so many subscriptions, room for as many events, and a place for the result.
    unsafe {
        let last = subscriptions.add(count - 1).read();
        events.write(Event { userdata: last.userdata, ..Event::ZERO });
        happened.write(1);
    }
    Errno::SUCCESS
}

unsafe extern "C" fn fork(fd: *mut Fd, tid: *mut Tid) -> Errno {
    // SAFETY: the caller passes places for the results.
    unsafe {
        fd.write(Fd::PROCESS_CHILD);
        tid.write(Tid(5));
    }
    Errno::SUCCESS
}

#[test]
fn typed_functions_go_through_the_installed_table() {
    // SAFETY: the functions of the table are the ones above, which do what these calls are defined to do as far as
    // memory is concerned; the slices passed are live.
    unsafe {
        assert_eq!(clock_time_get(Clockid::MONOTONIC, 1), Err(Errno::NOSYS), "nothing is installed yet");
        install(&Calls {
            clock_time_get: time,
            fd_write: write,
            fd_stat_get: stat,
            file_open: open,
            poll: wait,
            proc_fork: fork,
            ..Calls::MISSING
        });
        assert_eq!(clock_time_get(Clockid::MONOTONIC, 41), Ok(42));
        assert_eq!(clock_time_get(Clockid::REALTIME, 41), Err(Errno::INVAL));
        assert_eq!(fd_close(Fd(3)), Err(Errno::NOSYS));

        let text = b"hello";
        let iov = Ciovec { buf: text.as_ptr().cast(), buf_len: text.len() };
        assert_eq!(fd_write(Fd(100), &[iov, iov]), Ok(110));
        assert_eq!(fd_stat_get(Fd(3)).map(|stat| stat.fs_filetype), Ok(Filetype::DIRECTORY));

        let dirfd = Lookup { fd: Fd(3), flags: Lookupflags::SYMLINK_FOLLOW };
        let wanted = Fdstat { fs_rights_base: Rights::FD_READ, ..Fdstat::ZERO };
        assert_eq!(file_open(dirfd, b"motd", Oflags::EXCL, &wanted), Ok(Fd(8)));
        assert_eq!(file_open(dirfd, b"motd", Oflags::CREAT, &wanted), Err(Errno::INVAL));

        let subscriptions = [Subscription::ZERO, Subscription { userdata: 77, ..Subscription::ZERO }];
        let mut events = [MaybeUninit::uninit(); 2];
        assert_eq!(poll(&subscriptions, &mut events), Ok(1));
        assert_eq!(events[0].assume_init().userdata, 77);

        assert_eq!(proc_fork(), Ok((Fd::PROCESS_CHILD, Tid(5))));

        let mut now = 0;
        assert_eq!(raw::clock_time_get(Clockid::MONOTONIC, 1, &mut now), Errno::SUCCESS);
        assert_eq!(now, 2);
    }
}

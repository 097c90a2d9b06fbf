//! The generated conversions, held against this machine's Linux and against each other.
#![cfg(target_os = "linux")]

use cloudabi_host::types::{
    Advice, Clockid, Errno, Fdflags, Filetype, Lookupflags, Mprot, Oflags, Riflags, Rights, Roflags, Sdflags,
    Siflags, Signal, Ulflags, Whence,
};
use cloudabi_linux_glue::generated::*;
use std::collections::BTreeSet;
use std::os::unix::fs::{MetadataExt as _, symlink};
use std::os::unix::net::UnixListener;

#[test]
fn errors_make_the_round_trip() {
    for number in 0..=u16::MAX {
        let errno = Errno(number);
        match errno_to_host(errno) {
            Ok(host) => assert_eq!(errno_from_host(host), errno, "{errno:?} is {host}"),
            Err(error) if errno == Errno::NOTCAPABLE => assert!(error.reason.contains("capabilities")),
            Err(error) => {
                assert!(!errno.is_defined(), "{errno:?}: {error}");
                assert_eq!(error.value, u64::from(number));
            }
        }
    }
}

#[test]
fn every_error_of_linux_becomes_a_defined_one() {
    for host in -1..=4095 {
        let errno = errno_from_host(host);
        assert!(errno.is_defined(), "{host} became {errno:?}");
        assert_eq!(errno == Errno::SUCCESS, host == 0, "{host} became {errno:?}");
    }
}

#[test]
fn errors_that_only_linux_has_are_folded() {
    assert_eq!(errno_from_host(libc::EUCLEAN), Errno::IO);
    assert_eq!(errno_from_host(libc::EWOULDBLOCK), Errno::AGAIN);
    assert_eq!(errno_from_host(libc::EOPNOTSUPP), Errno::NOTSUP);
    assert_eq!(errno_from_host(4000), Errno::IO, "the default");
}

#[test]
fn real_errors_become_what_they_are_called() {
    let error = std::fs::File::open("/no/such/file").expect_err("an error");
    assert_eq!(errno_from_host(error.raw_os_error().expect("a number")), Errno::NOENT);
    let error = std::fs::File::create("/").expect_err("an error");
    assert_eq!(errno_from_host(error.raw_os_error().expect("a number")), Errno::ISDIR);
}

#[test]
fn signals_make_the_round_trip() {
    let mut hosts = BTreeSet::new();
    for number in 0..=u8::MAX {
        let signal = Signal(number);
        match signal_to_host(signal) {
            Ok(host) => {
                assert_eq!(signal_from_host(host), signal);
                assert!(hosts.insert(host), "{signal:?} shares {host}");
            }
            Err(_) => assert!(!signal.is_defined(), "{signal:?}"),
        }
    }
    assert_eq!(hosts.len(), 26);
    assert_eq!(signal_from_host(libc::SIGRTMIN()), Signal::KILL, "the default");
}

#[test]
fn clocks_tell_the_time_and_timers_take_only_some() {
    for clock in
        [Clockid::MONOTONIC, Clockid::REALTIME, Clockid::PROCESS_CPUTIME_ID, Clockid::THREAD_CPUTIME_ID]
    {
        let host = clockid_to_host(clock).expect("every clock is there");
        let mut time = libc::timespec { tv_sec: 0, tv_nsec: -1 };
        // SAFETY: the structure is valid for writing.
        assert_eq!(unsafe { libc::clock_gettime(host, &mut time) }, 0, "{clock:?}");
        let timer = timer_clock_to_host(clock);
        assert_eq!(timer.is_ok(), matches!(clock, Clockid::MONOTONIC | Clockid::REALTIME), "{clock:?}");
    }
}

#[test]
fn types_of_real_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("file"), "").expect("a file");
    symlink("file", path("link")).expect("a link");
    let _listener = UnixListener::bind(path("socket")).expect("a socket");
    let file_type = |path: &std::path::Path| {
        let mode = std::fs::symlink_metadata(path).expect("metadata").mode();
        filetype_from_host(mode & libc::S_IFMT)
    };
    assert_eq!(file_type(folder.path()), [Filetype::DIRECTORY]);
    assert_eq!(file_type(&path("file")), [Filetype::REGULAR_FILE]);
    assert_eq!(file_type(&path("link")), [Filetype::SYMBOLIC_LINK]);
    assert_eq!(file_type("/dev/null".as_ref()), [Filetype::CHARACTER_DEVICE]);
    assert_eq!(file_type(&path("socket")), [Filetype::SOCKET_DGRAM, Filetype::SOCKET_STREAM]);
    assert_eq!(filetype_from_host(libc::S_IFIFO), [Filetype::SOCKET_STREAM]);
    assert_eq!(filetype_from_host(0), [Filetype::UNKNOWN], "an anonymous inode");
    assert_eq!(socket_type_from_host(libc::SOCK_DGRAM), Filetype::SOCKET_DGRAM);
    assert_eq!(dirent_type_from_host(libc::DT_DIR.into()), Filetype::DIRECTORY);
    assert_eq!(dirent_type_from_host(99), Filetype::UNKNOWN);
}

#[test]
fn types_that_linux_does_not_show_say_why() {
    for filetype in [Filetype::PROCESS, Filetype::SHARED_MEMORY] {
        let error = filetype_to_host(filetype).expect_err("nothing stands for it");
        assert_eq!(error.value, u64::from(filetype.0));
        assert!(error.reason.len() > 20, "{error}");
    }
}

#[test]
fn protection_makes_the_round_trip() {
    for bits in 0..8 {
        let protection = Mprot(bits);
        assert_eq!(mprot_from_host(mprot_to_host(protection).expect("defined")), protection);
    }
    assert_eq!(mprot_to_host(Mprot::READ | Mprot::WRITE), Ok(libc::PROT_READ | libc::PROT_WRITE));
    assert!(mprot_to_host(Mprot(8)).is_err(), "an undefined bit");
}

#[test]
fn status_flags_make_the_round_trip_where_bits_tell() {
    for bits in 0..32 {
        let flags = Fdflags(bits);
        let mut expected = flags;
        if flags.intersects(Fdflags::SYNC | Fdflags::RSYNC) {
            expected = expected.difference(Fdflags::DSYNC | Fdflags::RSYNC) | Fdflags::SYNC;
        }
        let host = fdflags_to_host(flags).expect("defined");
        assert_eq!(fdflags_from_host(host), expected, "{flags:?}");
        assert_eq!(
            fdflags_from_host(host | libc::O_RDWR | libc::O_CLOEXEC),
            expected,
            "other bits are ignored"
        );
    }
}

#[test]
fn status_flags_that_cannot_change_are_refused() {
    assert_eq!(fdflags_setfl_to_host(Fdflags::APPEND), Ok(libc::O_APPEND));
    for flag in [Fdflags::DSYNC, Fdflags::SYNC, Fdflags::RSYNC] {
        let error = fdflags_setfl_to_host(flag | Fdflags::APPEND).expect_err("F_SETFL ignores it");
        assert_eq!(error.value, u64::from(flag.0));
    }
}

#[test]
fn flags_of_calls() {
    let host = libc::O_CREAT | libc::O_EXCL;
    assert_eq!(oflags_to_host(Oflags::CREAT | Oflags::EXCL), Ok(host));
    assert_eq!(whence_to_host(Whence::END), Ok(libc::SEEK_END));
    assert_eq!(ulflags_to_host(Ulflags::REMOVEDIR), Ok(libc::AT_REMOVEDIR));
    assert_eq!(riflags_to_host(Riflags::PEEK), Ok(libc::MSG_PEEK));
    assert_eq!(roflags_from_host(libc::MSG_CTRUNC | libc::MSG_EOR), Roflags::FDS_TRUNCATED);
    assert_eq!(siflags_to_host(Siflags(0)), Ok(0));
    assert!(siflags_to_host(Siflags(1)).is_err());
}

#[test]
fn constants_for_missing_flags() {
    let follow = Lookupflags::SYMLINK_FOLLOW;
    assert_eq!(lookupflags_link_to_host(follow), Ok(libc::AT_SYMLINK_FOLLOW));
    assert_eq!(lookupflags_at_to_host(follow), Ok(0));
    assert_eq!(lookupflags_at_to_host(Lookupflags(0)), Ok(libc::AT_SYMLINK_NOFOLLOW));
    assert_eq!(lookupflags_open_to_host(Lookupflags(0)), Ok(libc::O_NOFOLLOW));
}

#[test]
fn directions_of_sockets_are_not_joined() {
    assert_eq!(sdflags_to_host(Sdflags::RD), Ok([Some(libc::SHUT_RD), None]));
    assert_eq!(sdflags_to_host(Sdflags::RD | Sdflags::WR), Ok([Some(libc::SHUT_RD), Some(libc::SHUT_WR)]));
    assert_eq!(sdflags_to_host(Sdflags(0)), Ok([None, None]));
}

#[test]
fn advice_never_empties_memory() {
    for advice in [Advice::DONTNEED, Advice::NOREUSE, Advice::NORMAL, Advice::WILLNEED] {
        let host = memory_advice_to_host(advice).expect("defined");
        assert!(host != libc::MADV_DONTNEED && host != libc::MADV_FREE, "{advice:?}");
    }
    assert_eq!(file_advice_to_host(Advice::DONTNEED), Ok(libc::POSIX_FADV_DONTNEED));
}

#[test]
fn rights_become_landlock_access() {
    use constants::*;
    let reading = Rights::FD_READ | Rights::FILE_OPEN | Rights::FILE_READDIR | Rights::FD_SEEK;
    let access = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
    assert_eq!(landlock_access_to_host(reading), Ok(access));
    let all = landlock_access_to_host(Rights::all()).expect("defined");
    let devices = LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_BLOCK;
    assert_eq!(
        all & (devices | LANDLOCK_ACCESS_FS_EXECUTE),
        0,
        "no right makes devices or runs host programs"
    );
    assert!(landlock_access_to_host(Rights(1 << 63)).is_err(), "an undefined right");
}

#[test]
fn rights_decide_about_mounts() {
    use constants::{MOUNT_ATTR_NOEXEC, MOUNT_ATTR_RDONLY};
    let read_only = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOEXEC;
    assert_eq!(mount_attributes_to_host(Rights(0)), Ok(read_only));
    assert_eq!(mount_attributes_to_host(Rights::FD_READ | Rights::FILE_OPEN), Ok(read_only));
    assert_eq!(mount_attributes_to_host(Rights::MEM_MAP_EXEC), Ok(MOUNT_ATTR_RDONLY));
    assert_eq!(mount_attributes_to_host(Rights::all()), Ok(0));
    let writing = [
        Rights::FD_WRITE,
        Rights::FILE_ALLOCATE,
        Rights::FILE_CREATE_DIRECTORY,
        Rights::FILE_CREATE_FILE,
        Rights::FILE_LINK_TARGET,
        Rights::FILE_RENAME_TARGET,
        Rights::FILE_STAT_FPUT_SIZE,
        Rights::FILE_STAT_FPUT_TIMES,
        Rights::FILE_STAT_PUT_TIMES,
        Rights::FILE_SYMLINK,
        Rights::FILE_UNLINK,
    ];
    for (_, right) in Rights::named() {
        let attributes = mount_attributes_to_host(*right).expect("defined");
        assert_eq!(attributes & MOUNT_ATTR_RDONLY == 0, writing.contains(right), "{right:?}");
    }
}

#[test]
fn lists_of_calls_are_in_order_and_complete() {
    let numbers: Vec<u32> = calls::CALLS.iter().map(|call| call.number).collect();
    assert!(numbers.is_sorted() && numbers.len() == 49);
    assert!(calls::ALL.is_sorted());
    let all: BTreeSet<_> = calls::ALL.iter().map(|call| call.name).collect();
    let listed = calls::CALLS.iter().flat_map(|call| call.host_calls).chain(calls::RUNTIME);
    let listed: BTreeSet<_> = listed.map(|call| call.name).collect();
    assert_eq!(all, listed);
    let numbers: BTreeSet<_> = calls::ALL.iter().map(|call| call.number).collect();
    assert_eq!(numbers.len(), all.len(), "two names for one number");
}

#[test]
fn what_the_sandbox_must_never_allow_is_in_no_list() {
    // `fork` is none of them: it is `clone` with a signal and no flags, which C libraries need in one form or the other.
    let never = [
        "execve",
        "execveat",
        "clone3",
        "vfork",
        "ptrace",
        "process_vm_readv",
        "process_vm_writev",
        "mount",
        "umount2",
        "pivot_root",
        "chroot",
        "setns",
        "unshare",
        "bpf",
        "io_uring_setup",
        "keyctl",
        "socket",
        "connect",
        "bind",
        "open_by_handle_at",
        "userfaultfd",
        "perf_event_open",
        "kill",
        "prlimit64",
        "init_module",
    ];
    let found: Vec<_> = calls::ALL.iter().filter(|call| never.contains(&call.name)).collect();
    assert!(found.is_empty(), "{found:?}");
}

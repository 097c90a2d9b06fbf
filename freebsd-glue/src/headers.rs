//! Constants of FreeBSD that neither the definition nor the crate `libc` has. A test holds them against FreeBSD's headers.

/// `CAP_ACCEPT` of sys/capsicum.h: taking connections, which the ABI does by receiving.
pub const CAP_ACCEPT: u64 = 0x0200_0000_2000_0000;

/// `CAP_GETSOCKOPT` of sys/capsicum.h: asking whether a socket waits for connections.
pub const CAP_GETSOCKOPT: u64 = 0x0200_0004_0000_0000;

/// `CAP_IOCTL` of sys/capsicum.h: the commands of ioctl(2) that are in a descriptor's list.
pub const CAP_IOCTL: u64 = 0x0400_0000_0000_0080;

/// `CAP_FCNTL_GETFL` of sys/capsicum.h: asking for flags, as part of `CAP_FCNTL`.
pub const CAP_FCNTL_GETFL: u32 = 1 << 3;

/// `CAP_FCNTL_SETFL` of sys/capsicum.h: setting flags, as part of `CAP_FCNTL`.
pub const CAP_FCNTL_SETFL: u32 = 1 << 4;

/// `TIOCGETA` of sys/ttycom.h: the command of ioctl(2) that asks for a terminal's settings.
pub const TIOCGETA: u64 = 0x402c_7413;

/// `UMTX_ABSTIME` of sys/umtx.h: a time is a point in time.
pub const UMTX_ABSTIME: u32 = 1;

/// `UTIME_NOW` of sys/stat.h: the time that it is.
pub const UTIME_NOW: i64 = -1;

/// `UTIME_OMIT` of sys/stat.h: a time that is not to change.
pub const UTIME_OMIT: i64 = -2;

/// `NOTE_FILE_POLL` of sys/event.h: a regular file is ready as poll(2) has it, also at its end.
pub const NOTE_FILE_POLL: u32 = 2;

/// `NOTE_ABSTIME` of sys/event.h: a timer for a time of the clock that can be set.
pub const NOTE_ABSTIME: u32 = 0x10;

/// `NOTE_NSECONDS` of sys/event.h: a timer in nanoseconds.
pub const NOTE_NSECONDS: u32 = 8;

/// `F_GET_SEALS` of fcntl.h: a command that is for shared memory only.
pub const F_GET_SEALS: i32 = 20;

/// `PD_CLOEXEC` of sys/procdesc.h: a process descriptor that does not survive an exec.
pub const PD_CLOEXEC: i32 = 2;

/// `SIGRTMIN` of sys/signal.h: the first signal that means nothing.
pub const SIGRTMIN: i32 = 65;

/// `SYS_sigaction` of sys/syscall.h: the number of sigaction(2).
pub const SYS_SIGACTION: i32 = 416;

/// What comes before the name in `struct dirent` of sys/dirent.h, in bytes: the number and the position of the next entry in
/// 8 bytes each, the record's length in 2, the type in 1, and the name's length in 2 behind a byte that is not used.
pub const DIRENT_HEAD: usize = 24;

/// Size of `struct cmsghdr` of sys/socket.h with what aligns its content, in bytes.
pub const CONTROL_HEAD: usize = 16;

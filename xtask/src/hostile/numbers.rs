//! Names in scripts, and the numbers that they stand for.

macro_rules! calls {
    ($($name:ident $call:ident)*) => { &[$((stringify!($name), libc::$call)),*] };
}

macro_rules! constants {
    ($($name:ident)*) => { &[$((stringify!($name), libc::$name as i64)),*] };
}

/// System calls.
const CALLS: &[(&str, i64)] = calls! {
    openat SYS_openat openat2 SYS_openat2 read SYS_read write SYS_write pread64 SYS_pread64 close SYS_close
    getdents64 SYS_getdents64 mkdirat SYS_mkdirat unlinkat SYS_unlinkat renameat2 SYS_renameat2 linkat SYS_linkat
    symlinkat SYS_symlinkat readlinkat SYS_readlinkat newfstatat SYS_newfstatat utimensat SYS_utimensat
    faccessat SYS_faccessat fchmodat SYS_fchmodat fchownat SYS_fchownat fchmod SYS_fchmod setxattr SYS_setxattr
    fsetxattr SYS_fsetxattr getxattr SYS_getxattr statx SYS_statx statfs SYS_statfs mknodat SYS_mknodat
    truncate SYS_truncate ftruncate SYS_ftruncate chdir SYS_chdir fchdir SYS_fchdir getcwd SYS_getcwd
    inotify_init1 SYS_inotify_init1 inotify_add_watch SYS_inotify_add_watch mmap SYS_mmap ioctl SYS_ioctl fcntl SYS_fcntl
    socket SYS_socket socketpair SYS_socketpair connect SYS_connect bind SYS_bind sendto SYS_sendto sendmsg SYS_sendmsg
    recvmsg SYS_recvmsg setsockopt SYS_setsockopt shutdown SYS_shutdown listen SYS_listen
    kill SYS_kill tgkill SYS_tgkill tkill SYS_tkill pidfd_open SYS_pidfd_open pidfd_send_signal SYS_pidfd_send_signal
    pidfd_getfd SYS_pidfd_getfd rt_sigqueueinfo SYS_rt_sigqueueinfo rt_tgsigqueueinfo SYS_rt_tgsigqueueinfo
    ptrace SYS_ptrace process_vm_readv SYS_process_vm_readv prlimit64 SYS_prlimit64 setpriority SYS_setpriority
    getpriority SYS_getpriority getpgid SYS_getpgid getsid SYS_getsid sched_setaffinity SYS_sched_setaffinity
    ioprio_set SYS_ioprio_set clone SYS_clone clone3 SYS_clone3 exit_group SYS_exit_group
    clock_nanosleep SYS_clock_nanosleep setsid SYS_setsid unshare SYS_unshare mount SYS_mount chroot SYS_chroot
    add_key SYS_add_key keyctl SYS_keyctl io_uring_setup SYS_io_uring_setup execve SYS_execve execveat SYS_execveat
    memfd_create SYS_memfd_create name_to_handle_at SYS_name_to_handle_at open_tree SYS_open_tree fsopen SYS_fsopen
    prctl SYS_prctl getuid SYS_getuid getpid SYS_getpid mprotect SYS_mprotect shmget SYS_shmget msgget SYS_msgget
    msgsnd SYS_msgsnd semget SYS_semget uname SYS_uname sysinfo SYS_sysinfo umask SYS_umask dup3 SYS_dup3
    personality SYS_personality flock SYS_flock capget SYS_capget getsockopt SYS_getsockopt
    fanotify_init SYS_fanotify_init membarrier SYS_membarrier get_robust_list SYS_get_robust_list
};

const CONSTANTS: &[(&str, i64)] = constants! {
    AT_FDCWD O_RDONLY O_WRONLY O_RDWR O_CREAT O_TRUNC O_APPEND O_PATH O_DIRECTORY O_EXCL AT_REMOVEDIR AT_SYMLINK_NOFOLLOW
    AT_EMPTY_PATH PROT_READ PROT_WRITE PROT_EXEC MAP_PRIVATE MAP_SHARED AF_UNIX AF_INET AF_NETLINK AF_ALG SOCK_STREAM
    SOCK_DGRAM SOCK_RAW SOCK_SEQPACKET SIGKILL SIGTERM F_SETOWN F_SETFL F_SETPIPE_SZ F_SETLEASE F_WRLCK O_ASYNC
    O_NONBLOCK TIOCSWINSZ TIOCSTI TIOCEXCL TIOCSETD TCFLSH TCSETS FIOASYNC S_IFIFO S_IFREG S_IFCHR PR_SET_DUMPABLE PR_SET_PDEATHSIG
    CLONE_NEWUSER CLONE_NEWNS CLONE_PARENT SIGCHLD IPC_PRIVATE IPC_CREAT PTRACE_ATTACH MSG_FASTOPEN O_TMPFILE
    CLONE_PTRACE CLONE_UNTRACED SOL_SOCKET SO_PEERCRED TIOCSCTTY PR_SET_NAME PR_SET_CHILD_SUBREAPER
};

/// `script` with numbers in place of names. What stands in quotes stays.
pub fn resolve(script: &str) -> String {
    let mut result = String::new();
    for (index, part) in script.split('"').enumerate() {
        if index % 2 == 1 {
            result += &format!("\"{part}\"");
            continue;
        }
        let lines = part.split('\n').map(|line| {
            let words = line.split(' ').map(|word| {
                let mut all = Some(0);
                for name in word.split('|') {
                    all = all.zip(number(name)).map(|(all, number)| all | number);
                }
                all.map_or_else(|| word.to_owned(), |number| number.to_string())
            });
            words.collect::<Vec<_>>().join(" ")
        });
        result += &lines.collect::<Vec<_>>().join("\n");
    }
    result
}

fn number(name: &str) -> Option<i64> {
    let known = CALLS.iter().chain(CONSTANTS).find(|(known, _)| *known == name);
    known.map(|(_, number)| *number).or_else(|| name.parse().ok())
}

#[cfg(test)]
mod tests {
    #[test]
    fn names_become_numbers() {
        let script = "a = openat AT_FDCWD \"read write\" O_RDWR|O_CREAT 420\nshow a\n";
        assert_eq!(super::resolve(script), "a = 257 -100 \"read write\" 66 420\nshow a\n");
    }
}

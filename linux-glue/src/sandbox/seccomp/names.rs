//! System calls that no program of this ABI ever has a reason to make: whoever makes one is up to something.

/// A system call: the kernel's name for it, and its number here.
pub type Call = (&'static str, libc::c_long);

macro_rules! calls {
    ($($call:ident)*) => { &[$((stringify!($call), libc::$call)),*] };
}

/// Calls that end the process that makes them. The other calls that are not in the list of what is allowed fail, as if the
/// kernel did not have them.
///
/// New programs; other processes' memory, descriptors and secrets; ways into the kernel; file systems; namespaces; keys;
/// the machine itself.
const EVERYWHERE: &[Call] = calls! {
    SYS_execve SYS_execveat
    SYS_ptrace SYS_process_vm_readv SYS_process_vm_writev SYS_pidfd_getfd SYS_kcmp SYS_process_madvise
    SYS_process_mrelease
    SYS_io_uring_setup SYS_io_uring_enter SYS_io_uring_register SYS_bpf SYS_perf_event_open SYS_userfaultfd
    SYS_mount SYS_umount2 SYS_pivot_root SYS_chroot SYS_move_mount SYS_open_tree SYS_fsopen SYS_fsconfig SYS_fsmount
    SYS_fspick SYS_mount_setattr SYS_name_to_handle_at SYS_open_by_handle_at SYS_quotactl SYS_swapon SYS_swapoff
    SYS_setns SYS_unshare
    SYS_add_key SYS_request_key SYS_keyctl
    SYS_init_module SYS_finit_module SYS_delete_module SYS_kexec_load SYS_reboot SYS_acct SYS_sethostname
    SYS_setdomainname SYS_settimeofday SYS_clock_settime SYS_adjtimex SYS_clock_adjtime SYS_syslog
    SYS_seccomp
};

/// The same, where only some architectures have them.
#[cfg(target_arch = "x86_64")]
const HERE: &[Call] = calls! { SYS_iopl SYS_ioperm SYS_modify_ldt SYS_uselib SYS_kexec_file_load };

/// The same, where only some architectures have them. (This one has the same name and another number, which the C library's
/// bindings do not know.)
#[cfg(target_arch = "aarch64")]
const HERE: &[Call] = &[("SYS_kexec_file_load", 294)];

/// Calls that the C library's bindings do not know yet. Since Linux 5.11 all architectures share the numbers of new calls.
const NEW: &[Call] =
    &[("SYS_statmount", 457), ("SYS_listmount", 458), ("SYS_open_tree_attr", 467), ("SYS_quotactl_fd", 443)];

/// All lists of calls that end the process.
pub const KILLED: [&[Call]; 3] = [EVERYWHERE, HERE, NEW];

/// All calls that end the process, with their names as the kernel has them.
pub fn killed() -> impl Iterator<Item = Call> {
    KILLED.into_iter().flatten().map(|&(name, number)| (name.strip_prefix("SYS_").unwrap_or(name), number))
}

/// The name of a call that [`killed`] has, or that needs the right arguments.
pub fn name(number: i64) -> Option<&'static str> {
    killed().find(|(_, known)| *known == number).map(|(name, _)| name).or_else(|| {
        crate::generated::calls::ALL.iter().find(|call| call.number == number).map(|call| call.name)
    })
}

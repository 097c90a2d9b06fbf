//! Which system calls a program's process may make.
//!
//! Everything that the runtime needs stands in the definition (`abi/hosts/linux.yaml`): what it needs at any time, and for
//! each call of the ABI. What stands here is how the arguments of some of these are narrowed, with the reasons. Calls that
//! programs make often are not narrowed where that can be avoided: see [`super::assemble`].

use super::assemble::{ARCHITECTURE, Action, Check, EQUAL, Filter, Instruction, NUMBER, length_of};
use super::names;
use super::tree::{NUMBERS, Ranges, Tree};
use crate::generated::calls;

/// How the kernel calls this architecture: `AUDIT_ARCH_…` of linux/audit.h.
#[cfg(target_arch = "x86_64")]
pub const THIS: u32 = 0xc000_003e;
/// How the kernel calls this architecture: `AUDIT_ARCH_…` of linux/audit.h.
#[cfg(target_arch = "aarch64")]
pub const THIS: u32 = 0xc000_00b7;

/// Numbers from here on are those of x32 (`__X32_SYSCALL_BIT`), which are the same architecture to the kernel. No other
/// architecture has calls with such numbers.
const X32: u32 = 0x4000_0000;

/// What fails because of its arguments.
const REFUSED: Action = Action::Errno(libc::EPERM);

/// What a filter is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Whether memory can be made executable: where some descriptor carries `mem_map_exec` or `proc_exec`.
    pub executable_memory: bool,
    /// Whether somebody listens who ends processes that make a call of [`names::killed`], and says which call it was.
    pub listener: bool,
}

/// Flags of `clone` for a thread, as glibc sets them.
const THREAD: u32 = (libc::CLONE_VM
    | libc::CLONE_FS
    | libc::CLONE_FILES
    | libc::CLONE_SIGHAND
    | libc::CLONE_THREAD
    | libc::CLONE_SYSVSEM
    | libc::CLONE_SETTLS
    | libc::CLONE_PARENT_SETTID
    | libc::CLONE_CHILD_CLEARTID) as u32;

/// The same as musl sets them. The kernel ignores `CLONE_DETACHED`.
const MUSL_THREAD: u32 = THREAD | libc::CLONE_DETACHED as u32;

/// Flags of `clone` for a process, as glibc sets them.
const FORK: u32 = (libc::CLONE_CHILD_SETTID | libc::CLONE_CHILD_CLEARTID | libc::SIGCHLD) as u32;

/// The same as musl sets them, where there is no `fork`.
const MUSL_FORK: u32 = libc::SIGCHLD as u32;

/// All flags of `clone` that make a namespace.
const NAMESPACES: u32 = (libc::CLONE_NEWNS
    | libc::CLONE_NEWCGROUP
    | libc::CLONE_NEWUTS
    | libc::CLONE_NEWIPC
    | libc::CLONE_NEWUSER
    | libc::CLONE_NEWPID
    | libc::CLONE_NEWNET) as u32;

/// `PIDFD_GET_INFO` of linux/pidfd.h, with the first size of its structure.
const PIDFD_GET_INFO: u32 = 0xc040_ff0b;

/// `MSG_FASTOPEN` of linux/socket.h.
const MSG_FASTOPEN: u32 = 0x2000_0000;

/// Permissions that the ABI's calls give to what they make are never more than these: no set-id bits.
const MODES: u32 = 0o7000;

/// `F_SETSIG`, `F_SETOWN` and the like, from linux/fcntl.h.
const F_SETSIG: u32 = 10;

/// The calls whose arguments are looked at.
const NARROWED: &[Narrowed] = &[
    // Threads and copies of the process, and nothing in between: no namespaces, no siblings of the parent's, nothing
    // that is traced or that shares some of what a process has.
    (
        libc::SYS_clone,
        &[
            Check::NoBits { argument: 0, bits: NAMESPACES, otherwise: Action::Ask },
            Check::OneOf {
                argument: 0,
                mask: u32::MAX,
                values: &[THREAD, MUSL_THREAD, FORK, MUSL_FORK],
                otherwise: REFUSED,
            },
        ],
    ),
    // Sockets that reach nothing but each other.
    (
        libc::SYS_socketpair,
        &[Check::OneOf {
            argument: 0,
            mask: u32::MAX,
            values: &[libc::AF_UNIX as u32],
            otherwise: Action::Errno(libc::EAFNOSUPPORT),
        }],
    ),
    // How much there is to read, whether something is a terminal, and how a process ended. Terminals, devices and file
    // systems have many more, which change things: TIOCSTI, FS_IOC_SETFLAGS, FIOSETOWN.
    (
        libc::SYS_ioctl,
        &[Check::OneOf {
            argument: 1,
            mask: u32::MAX,
            values: &[libc::FIONREAD as u32, libc::TCGETS as u32, PIDFD_GET_INFO],
            otherwise: REFUSED,
        }],
    ),
    // Copies, flags, seals, and what `proc_fork` ties a process's life to its holders with. Neither locks nor leases,
    // nor news of what others do in a directory.
    (
        libc::SYS_fcntl,
        &[Check::OneOf {
            argument: 1,
            mask: u32::MAX,
            values: &[
                libc::F_DUPFD_CLOEXEC as u32,
                libc::F_GETFD as u32,
                libc::F_GETFL as u32,
                libc::F_SETFL as u32,
                libc::F_SETOWN as u32,
                F_SETSIG,
                libc::F_ADD_SEALS as u32,
                libc::F_GET_SEALS as u32,
            ],
            otherwise: REFUSED,
        }],
    ),
    // How exactly threads are woken.
    (
        libc::SYS_prctl,
        &[Check::OneOf {
            argument: 0,
            mask: u32::MAX,
            values: &[libc::PR_SET_TIMERSLACK as u32],
            otherwise: REFUSED,
        }],
    ),
    // Waiting and waking, for this process or for all that share the memory; nothing that inherits priorities.
    (
        libc::SYS_futex,
        &[Check::OneOf {
            argument: 1,
            mask: !(libc::FUTEX_PRIVATE_FLAG | libc::FUTEX_CLOCK_REALTIME) as u32,
            values: &[
                libc::FUTEX_WAIT as u32,
                libc::FUTEX_WAKE as u32,
                libc::FUTEX_REQUEUE as u32,
                libc::FUTEX_CMP_REQUEUE as u32,
                libc::FUTEX_WAKE_OP as u32,
                libc::FUTEX_WAIT_BITSET as u32,
                libc::FUTEX_WAKE_BITSET as u32,
            ],
            otherwise: Action::Errno(libc::ENOSYS),
        }],
    ),
    // To whom a socket is connected, and nobody else. (Messages of `sendmsg` name their target in memory, where a
    // filter cannot look: what can be reached so is up to the empty root and to Landlock.)
    (
        libc::SYS_sendto,
        &[
            Check::Zero { argument: 4, otherwise: REFUSED },
            Check::NoBits { argument: 3, bits: MSG_FASTOPEN, otherwise: REFUSED },
        ],
    ),
    // A TCP socket that has been closed would be connected anew, to anybody.
    (libc::SYS_sendmsg, &[Check::NoBits { argument: 2, bits: MSG_FASTOPEN, otherwise: REFUSED }]),
    // No file whose users become somebody else. (`openat2` has its mode in memory; but a file with such a bit
    // loses it when something is written to it.)
    (libc::SYS_openat, &[Check::NoBits { argument: 3, bits: MODES, otherwise: REFUSED }]),
    (libc::SYS_mkdirat, &[Check::NoBits { argument: 2, bits: MODES, otherwise: REFUSED }]),
];

/// More of them, where no memory may become executable.
const WITHOUT_CODE: &[Narrowed] = &[(libc::SYS_mmap, &[NO_CODE]), (libc::SYS_mprotect, &[NO_CODE])];

const NO_CODE: Check =
    Check::NoBits { argument: 2, bits: libc::PROT_EXEC as u32, otherwise: Action::Errno(libc::EACCES) };

/// A call, and what its arguments have to be like.
type Narrowed = (libc::c_long, &'static [Check]);

/// The filter.
pub fn filter(policy: Policy) -> &'static [Instruction] {
    static ALL: [Filter; 4] =
        [assemble(false, false), assemble(false, true), assemble(true, false), assemble(true, true)];
    ALL[2 * usize::from(policy.executable_memory) + usize::from(policy.listener)].instructions()
}

/// What becomes of calls, as numbers: the four that need no look at the arguments, and then an entry of [`NARROWED`] or, after
/// these, of [`WITHOUT_CODE`].
const PLAIN: [Action; LOOKED_AT] = [Action::Errno(libc::ENOSYS), Action::Allow, Action::Ask, Action::Kill];
const UNKNOWN: usize = 0;
const ALLOWED: usize = 1;
const FATAL: usize = 2;
const OTHER_WORLD: usize = 3;
const LOOKED_AT: usize = 4;

/// How many of these numbers there can be.
const OUTCOMES: usize = LOOKED_AT + NARROWED.len() + WITHOUT_CODE.len();

/// The entry of [`NARROWED`] or [`WITHOUT_CODE`].
const fn narrowed(outcome: usize) -> Narrowed {
    let index = outcome - LOOKED_AT;
    if index < NARROWED.len() { NARROWED[index] } else { WITHOUT_CODE[index - NARROWED.len()] }
}

/// What becomes of each call.
const fn outcomes(executable_memory: bool) -> [usize; NUMBERS] {
    let mut outcomes = [UNKNOWN; NUMBERS];
    let mut index = 0;
    while index < calls::ALL.len() {
        outcomes[calls::ALL[index].number as usize] = ALLOWED;
        index += 1;
    }
    let mut list = 0;
    while list < names::KILLED.len() {
        index = 0;
        while index < names::KILLED[list].len() {
            outcomes[names::KILLED[list][index].1 as usize] = FATAL;
            index += 1;
        }
        list += 1;
    }
    index = LOOKED_AT;
    while index < if executable_memory { OUTCOMES - WITHOUT_CODE.len() } else { OUTCOMES } {
        outcomes[narrowed(index).0 as usize] = index;
        index += 1;
    }
    outcomes
}

const fn assemble(executable_memory: bool, listener: bool) -> Filter {
    let mut ranges = Ranges::of(&outcomes(executable_memory));
    ranges.add(X32, OTHER_WORLD);
    let tree = Tree::over(&ranges);

    // Which architecture it is, which call, and then what its arguments are like.
    let head = 3;
    let mut places = [0; OUTCOMES];
    let mut length = head + tree.length(0, tree.count);
    let mut index = LOOKED_AT;
    while index < OUTCOMES {
        places[index] = length;
        length += length_of(narrowed(index).1);
        index += 1;
    }
    let mut filter = Filter::new(length);
    index = 0;
    while index < LOOKED_AT {
        places[index] = filter.place_of(PLAIN[index]);
        index += 1;
    }

    filter.load(ARCHITECTURE);
    filter.compare(EQUAL, THIS, filter.length() + 1, filter.place_of(Action::Kill));
    filter.load(NUMBER);
    tree.add_to(&mut filter, 0, tree.count, &places);
    index = LOOKED_AT;
    while index < OUTCOMES {
        filter.allow_if(narrowed(index).1);
        index += 1;
    }
    filter.finish(listener)
}

#[cfg(test)]
mod tests {
    use super::super::assemble::{follow, simulate};
    use super::*;

    const STRICT: Policy = Policy { executable_memory: false, listener: true };

    fn answer(policy: Policy, call: libc::c_long, arguments: &[u64]) -> u32 {
        let mut all = [0; 6];
        all[..arguments.len()].copy_from_slice(arguments);
        simulate(filter(policy), THIS, call as u32, all)
    }

    #[test]
    fn what_the_definition_lists_is_allowed_and_nothing_else() {
        let strange =
            [libc::SYS_clone, libc::SYS_socketpair, libc::SYS_ioctl, libc::SYS_fcntl, libc::SYS_prctl];
        let filter = filter(STRICT);
        for number in 0..1200 {
            let answer = simulate(filter, THIS, number, [0; 6]);
            let call = libc::c_long::from(number);
            if strange.contains(&call) {
                assert_ne!(answer, Action::Allow.number(), "{number}");
                continue;
            }
            let listed = calls::ALL.iter().any(|known| known.number == call);
            assert_eq!(answer == Action::Allow.number(), listed, "{number}");
            let killed = names::killed().any(|(_, known)| known == call);
            assert_eq!(answer == Action::Ask.number(), killed, "{number}");
            if !listed && !killed {
                assert_eq!(answer, Action::Errno(libc::ENOSYS).number(), "{number}");
            }
        }
    }

    /// The kernel goes through the filter for each number when it is installed, before the program runs.
    #[test]
    fn the_way_to_an_answer_is_short() {
        let filter = filter(STRICT);
        for number in 0..1200 {
            let (_, steps) = follow(filter, THIS, number, [0; 6]);
            assert!(steps <= 22, "{number}: {steps} steps of {}", filter.len());
        }
    }

    #[test]
    fn no_call_is_both_needed_and_fatal() {
        for (name, number) in names::killed() {
            assert!(calls::ALL.iter().all(|call| call.number != number), "{name}");
        }
    }

    #[test]
    fn other_architectures_are_fatal() {
        let filter = filter(STRICT);
        for architecture in [0x4000_0003, 0, !THIS] {
            for number in [0, 1, libc::SYS_write as u32] {
                assert_eq!(simulate(filter, architecture, number, [0; 6]), Action::Kill.number());
            }
        }
        for number in [X32, X32 | 1, X32 | 512, u32::MAX] {
            assert_eq!(simulate(filter, THIS, number, [0; 6]), Action::Kill.number());
        }
    }

    #[test]
    fn arguments_are_narrowed() {
        let (yes, asked) = (Action::Allow.number(), Action::Ask.number());
        for flags in [THREAD, MUSL_THREAD, FORK, MUSL_FORK] {
            assert_eq!(answer(STRICT, libc::SYS_clone, &[flags.into()]), yes);
        }
        assert_eq!(answer(STRICT, libc::SYS_clone, &[libc::CLONE_NEWUSER as u64]), asked);
        assert_eq!(answer(STRICT, libc::SYS_clone, &[u64::from(FORK) | libc::CLONE_NEWNET as u64]), asked);
        for flags in [0, libc::CLONE_PARENT | libc::SIGCHLD, libc::CLONE_VFORK | libc::CLONE_VM] {
            assert_eq!(answer(STRICT, libc::SYS_clone, &[flags as u64]), REFUSED.number());
        }
        assert_eq!(answer(STRICT, libc::SYS_socketpair, &[libc::AF_UNIX as u64]), yes);
        assert_ne!(answer(STRICT, libc::SYS_socketpair, &[libc::AF_INET as u64]), yes);
        assert_eq!(answer(STRICT, libc::SYS_ioctl, &[0, libc::FIONREAD]), yes);
        assert_eq!(answer(STRICT, libc::SYS_ioctl, &[0, libc::TIOCSTI]), REFUSED.number());
        assert_eq!(answer(STRICT, libc::SYS_ioctl, &[0, libc::TIOCSTI | 1 << 32]), REFUSED.number());
        assert_eq!(answer(STRICT, libc::SYS_openat, &[0, 0, 0, 0o666]), yes);
        assert_eq!(answer(STRICT, libc::SYS_openat, &[0, 0, 0, 0o4755]), REFUSED.number());
        assert_eq!(answer(STRICT, libc::SYS_sendto, &[3, 0x1000, 1, 0, 0, 0]), yes);
        assert_eq!(answer(STRICT, libc::SYS_sendto, &[3, 0x1000, 1, 0, 1 << 32, 16]), REFUSED.number());
        let futex = |op: i32| answer(STRICT, libc::SYS_futex, &[0, op as u64]);
        assert_eq!(futex(libc::FUTEX_WAIT_BITSET | libc::FUTEX_PRIVATE_FLAG), yes);
        assert_ne!(futex(libc::FUTEX_LOCK_PI), yes);
    }

    #[test]
    fn code_needs_somebody_to_allow_it() {
        let exec = (libc::PROT_READ | libc::PROT_EXEC) as u64;
        let relaxed = Policy { executable_memory: true, ..STRICT };
        for call in [libc::SYS_mmap, libc::SYS_mprotect] {
            assert_eq!(answer(STRICT, call, &[0, 0, exec]), Action::Errno(libc::EACCES).number());
            assert_eq!(answer(relaxed, call, &[0, 0, exec]), Action::Allow.number());
            assert_eq!(answer(STRICT, call, &[0, 0, libc::PROT_WRITE as u64]), Action::Allow.number());
        }
    }

    #[test]
    fn without_a_listener_the_kernel_kills() {
        let alone = Policy { listener: false, ..STRICT };
        assert_eq!(answer(alone, libc::SYS_execve, &[]), Action::Kill.number());
        assert_eq!(answer(alone, libc::SYS_clone, &[libc::CLONE_NEWUSER as u64]), Action::Kill.number());
    }

    /// The kernel decides once and for all about calls that need no look at their arguments; so do these.
    #[test]
    fn calls_that_programs_make_often_are_not_narrowed() {
        let often = [
            libc::SYS_read,
            libc::SYS_readv,
            libc::SYS_write,
            libc::SYS_writev,
            libc::SYS_pread64,
            libc::SYS_preadv,
            libc::SYS_pwrite64,
            libc::SYS_pwritev,
            libc::SYS_openat2,
            libc::SYS_close,
            libc::SYS_newfstatat,
            libc::SYS_fstat,
            libc::SYS_getrandom,
            libc::SYS_ppoll,
            libc::SYS_recvmsg,
            libc::SYS_recvfrom,
            libc::SYS_sched_yield,
            libc::SYS_lseek,
            libc::SYS_clock_gettime,
        ];
        for (call, _) in NARROWED.iter().chain(WITHOUT_CODE) {
            assert!(!often.contains(call), "{call}");
        }
    }
}

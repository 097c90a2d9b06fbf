//! The rights of the ABI that a descriptor of the kernel's stands for, written down with it.
//!
//! Capsicum has one set of rights for a descriptor. The ABI has two, and divides them more finely. So the rights are written
//! into the list of ioctl(2) commands that Capsicum keeps with each descriptor, one number for each right: numbers that no command
//! has, since commands have 32 bits. They travel with the descriptor, to other processes as well, and the kernel lets
//! nobody add to such a list: what was taken away once never comes back.
//!
//! What the kernel makes from a directory or a listening socket starts with that one's list. So the numbers of these are of
//! three kinds: what may be done with what is made from it, what may be made from that in turn, and what may be done through it
//! itself, which is only cut down in copies for others.
//!
//! Two more numbers may be there: the one command that tells terminals from other devices, and a mark of sockets that were made
//! in pairs.

use cloudabi_host::descriptors::RightsPair;
use cloudabi_host::types::{Filetype, Rights};

use crate::headers::TIOCGETA;

/// The upper half of a number for a right. The lower half is the number of the right's bit and one of the kinds below.
const MARK: u64 = 0xcab2_0000 << 32;

/// What may be done through a descriptor from which none can be made, or which is made from another one.
const MADE: u64 = 0;
/// The inheriting rights.
const INHERITING: u64 = 64;
/// What may be done through a descriptor from which others can be made.
const OWN: u64 = 128;
/// Says that a socket was made as one of a pair.
const PAIR: u64 = MARK | 192;

/// What is written down with a descriptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record {
    /// The rights.
    pub rights: RightsPair,
    /// What it refers to.
    pub filetype: Filetype,
    /// Whether it is a terminal.
    pub terminal: bool,
    /// Whether it is a socket that was made as one of a pair.
    pub pair: bool,
}

/// Whether the kernel makes descriptors from such ones.
fn makes_others(filetype: Filetype) -> bool {
    matches!(filetype, Filetype::DIRECTORY | Filetype::SOCKET_STREAM | Filetype::SOCKET_DGRAM)
}

/// The marks of the two numbers that the kernel module writes, one for each set.
const MODULE_MARK: u64 = 0xcab1 << 48;
/// The bit by which it says that a socket was made as one of a pair.
const MODULE_PAIR: u64 = 0x8000 << 32;
/// What of these numbers is not rights.
const MODULE_MASK: u64 = 0xffff_8000 << 32;

/// The numbers for a set.
fn numbers(rights: Rights, kind: u64) -> impl Iterator<Item = u64> {
    (0..u64::from(u64::BITS))
        .filter(move |bit| rights.bits() & 1 << bit != 0)
        .map(move |bit| MARK | kind | bit)
}

impl Record {
    /// The list for a descriptor. One that stays in this process can be what others are made from; a copy for others is cut
    /// down to the rights for itself.
    pub fn list(self, is_copy: bool) -> impl Iterator<Item = u64> {
        let Record { rights: RightsPair { base, inheriting }, filetype, terminal, pair } = self;
        let (made, own) = match (makes_others(filetype), is_copy) {
            (false, _) => (base, Rights::empty()),
            (true, false) => (inheriting, Rights::all()),
            (true, true) => (inheriting, base),
        };
        let all = numbers(made, MADE).chain(numbers(inheriting, INHERITING)).chain(numbers(own, OWN));
        all.chain(terminal.then_some(TIOCGETA)).chain(pair.then_some(PAIR))
    }
}

/// The rights that a list says of a descriptor of this type, if it says any, and whether it is one of a pair.
pub fn understand(list: &[u64], filetype: Filetype) -> Option<(RightsPair, bool)> {
    if let [base, inheriting] = list
        && [base, inheriting].iter().all(|number| **number >> 48 == MODULE_MARK >> 48)
    {
        let pair = base & MODULE_PAIR != 0;
        let [base, inheriting] =
            [base, inheriting].map(|number| Rights::from_bits_retain(number & !MODULE_MASK));
        return Some((RightsPair { base, inheriting }, pair));
    }
    // A list that nobody has written rights to says nothing of them, unless it is empty.
    if !list.is_empty() && !list.iter().any(|number| number & !0xff == MARK) {
        return None;
    }
    let of_kind = |kind: u64| {
        let numbers = list.iter().filter(|number| *number & !0x3f == MARK | kind);
        numbers.fold(Rights::empty(), |all, number| all | Rights::from_bits_retain(1 << (number & 0x3f)))
    };
    let base = of_kind(if makes_others(filetype) { OWN } else { MADE });
    Some((RightsPair { base, inheriting: of_kind(INHERITING) }, list.contains(&PAIR)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: Record = Record {
        rights: RightsPair { base: Rights::FD_READ.union(Rights::FD_SEEK), inheriting: Rights::empty() },
        filetype: Filetype::REGULAR_FILE,
        terminal: false,
        pair: false,
    };
    const DIRECTORY: Record = Record {
        rights: RightsPair {
            base: Rights::FILE_OPEN,
            inheriting: Rights::FILE_OPEN.union(Rights::FD_READ).union(Rights::FD_SEEK),
        },
        filetype: Filetype::DIRECTORY,
        terminal: false,
        pair: false,
    };

    fn copied(record: Record) -> Option<(RightsPair, bool)> {
        understand(&record.list(true).collect::<Vec<_>>(), record.filetype)
    }

    #[test]
    fn whoever_gets_a_copy_finds_the_same_rights() {
        let pair = Record { filetype: Filetype::SOCKET_DGRAM, pair: true, ..DIRECTORY };
        for record in [FILE, DIRECTORY, pair, Record { terminal: true, ..FILE }] {
            assert_eq!(copied(record), Some((record.rights, record.pair)), "{record:?}");
        }
        // The highest right, and none.
        for base in [Rights::all(), Rights::empty()] {
            let rights = RightsPair { base, inheriting: base };
            assert_eq!(copied(Record { rights, ..DIRECTORY }), Some((rights, false)));
        }
    }

    /// The kernel lets nobody add to a list, and gives a directory's list to whatever is opened in it.
    #[test]
    fn what_is_made_from_a_directory_needs_no_number_that_it_has_not() {
        let of_directory: Vec<u64> = DIRECTORY.list(false).collect();
        let below = Record {
            rights: RightsPair { base: DIRECTORY.rights.inheriting, ..DIRECTORY.rights },
            ..DIRECTORY
        };
        for made in [FILE, below] {
            for is_copy in [false, true] {
                assert!(made.list(is_copy).all(|number| of_directory.contains(&number)), "{made:?}");
            }
        }
        assert!(of_directory.len() <= 256, "the kernel takes no more");
        let more = Record { rights: RightsPair { base: Rights::FD_WRITE, ..FILE.rights }, ..FILE };
        assert!(!more.list(false).all(|number| of_directory.contains(&number)));
    }

    #[test]
    fn other_lists_say_nothing_and_an_empty_one_says_that_there_are_no_rights() {
        assert_eq!(understand(&[TIOCGETA, 1], Filetype::REGULAR_FILE), None);
        assert_eq!(understand(&[], Filetype::REGULAR_FILE), Some((RightsPair::NONE, false)));
    }

    #[test]
    fn records_of_the_kernel_module_are_understood() {
        let rights = DIRECTORY.rights;
        let list = [MODULE_MARK | MODULE_PAIR | rights.base.bits(), MODULE_MARK | rights.inheriting.bits()];
        assert_eq!(understand(&list, Filetype::SOCKET_STREAM), Some((rights, true)));
    }
}

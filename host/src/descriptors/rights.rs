//! Pairs of rights.

use crate::descriptor_kinds::{self, DescriptorKind};
use crate::types::{Filetype, Rights};

/// What a descriptor carries: rights for itself, and rights for what is made from it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct RightsPair {
    /// What may be done through the descriptor.
    pub base: Rights,
    /// What may at most be done through descriptors that are made from it.
    pub inheriting: Rights,
}

impl RightsPair {
    /// No rights at all.
    pub const NONE: RightsPair = RightsPair { base: Rights::empty(), inheriting: Rights::empty() };

    /// All rights that there are.
    pub const ALL: RightsPair = RightsPair { base: Rights::all(), inheriting: Rights::all() };

    /// All rights that make sense for a kind of descriptor.
    pub const fn of_kind(kind: &DescriptorKind) -> Self {
        RightsPair { base: kind.base, inheriting: kind.inheriting }
    }

    /// All rights that make sense for what is of this file type: none where no descriptor has that type.
    ///
    /// Terminals are character devices for which less makes sense than for others. `is_terminal` is asked about
    /// those only.
    pub fn of_filetype(filetype: Filetype, is_terminal: impl FnOnce() -> bool) -> Self {
        if descriptor_kinds::TERMINAL.filetypes.contains(&filetype) && is_terminal() {
            return Self::of_kind(&descriptor_kinds::TERMINAL);
        }
        let mut kinds = descriptor_kinds::ALL.iter().filter(|kind| **kind != descriptor_kinds::TERMINAL);
        kinds.find(|kind| kind.filetypes.contains(&filetype)).map_or(Self::NONE, Self::of_kind)
    }

    /// Whether everything in `other` is in here too.
    pub const fn contains(self, other: Self) -> bool {
        self.base.contains(other.base) && self.inheriting.contains(other.inheriting)
    }

    /// What is in both.
    #[must_use]
    pub const fn intersection(self, other: Self) -> Self {
        RightsPair {
            base: self.base.intersection(other.base),
            inheriting: self.inheriting.intersection(other.inheriting),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(filetype: Filetype) -> RightsPair {
        RightsPair::of_filetype(filetype, || false)
    }

    #[test]
    fn rights_depend_on_the_file_type() {
        let file = of(Filetype::REGULAR_FILE);
        assert!(file.base.contains(Rights::FD_READ | Rights::FD_SEEK) && file.inheriting.is_empty());
        let directory = of(Filetype::DIRECTORY);
        assert!(!directory.base.intersects(Rights::FD_READ | Rights::FD_WRITE));
        assert_eq!(directory.inheriting, directory.base | file.base);
        assert_eq!(of(Filetype::BLOCK_DEVICE), RightsPair::ALL);
        assert_eq!(of(Filetype::SOCKET_DGRAM), of(Filetype::SOCKET_STREAM));
        assert_eq!(of(Filetype::SOCKET_STREAM).inheriting, Rights::all());
        for nothing in [Filetype::UNKNOWN, Filetype::SYMBOLIC_LINK, Filetype(0xff)] {
            assert_eq!(of(nothing), RightsPair::NONE);
        }
    }

    #[test]
    fn terminals_are_special_character_devices() {
        assert_eq!(of(Filetype::CHARACTER_DEVICE), RightsPair::ALL);
        let terminal = RightsPair::of_filetype(Filetype::CHARACTER_DEVICE, || true);
        let socket = of(Filetype::SOCKET_STREAM);
        assert_eq!(terminal.base, socket.base.difference(Rights::SOCK_SHUTDOWN));
        assert!(terminal.inheriting.is_empty());
        RightsPair::of_filetype(Filetype::REGULAR_FILE, || panic!("nobody needs to know"));
    }
}

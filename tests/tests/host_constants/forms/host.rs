//! Stand-in for the types that a host crate of the small definition would have.

pub mod types {
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Kind(pub u8);

    impl Kind {
        pub const NOTHING: Kind = Kind(0);
        pub const APPLE: Kind = Kind(1);
        pub const PEAR: Kind = Kind(2);
        pub const BOTH: Kind = Kind(3);
        pub const GHOST: Kind = Kind(4);
    }

    macro_rules! flags {
        ($name:ident: $repr:ident, $($flag:ident = $bit:literal),*) => {
            #[derive(Clone, Copy, Debug, PartialEq, Eq)]
            pub struct $name(pub $repr);

            impl $name {
                $(pub const $flag: $name = $name($bit);)*

                pub const fn from_bits_retain(bits: $repr) -> Self {
                    $name(bits)
                }

                pub const fn is_defined(self) -> bool {
                    self.0 & !(0 $(| $bit)*) == 0
                }

                pub const fn contains(self, other: Self) -> bool {
                    self.0 & other.0 == other.0
                }

                pub const fn union(self, other: Self) -> Self {
                    $name(self.0 | other.0)
                }
            }
        };
    }

    flags!(Marks: u64, RED = 1, BLUE = 2, LOUD = 4, SPARE = 8);
    flags!(None_: u16,);
}

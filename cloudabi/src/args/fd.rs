//! Descriptors as members of types that derive `Deserialize` and `Serialize`.

use cloudabi_argdata::Fd;
use cloudabi_sys::Filetype;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{collector, table};
use crate::os::{AsFd, BorrowedFd, OwnedFd};

impl<'de> Deserialize<'de> for OwnedFd {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        table::take(Fd::deserialize(deserializer)?.0).map_err(D::Error::custom)
    }
}

impl Serialize for BorrowedFd<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Fd(collector::put(*self)?).serialize(serializer)
    }
}

impl Serialize for OwnedFd {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.as_fd().serialize(serializer)
    }
}

/// A descriptor that has to be of one of these types.
pub(crate) fn deserialize_checked<'de, D: Deserializer<'de>>(
    deserializer: D,
    what: &'static str,
    fits: fn(Filetype) -> bool,
) -> Result<OwnedFd, D::Error> {
    let fd = OwnedFd::deserialize(deserializer)?;
    // SAFETY: the descriptor is open.
    let found = unsafe { cloudabi_sys::fd_stat_get(fd.as_raw_fd()) };
    let found = found.map_err(|error| D::Error::custom(crate::io::Error::from(error)))?.fs_filetype;
    if fits(found) {
        Ok(fd)
    } else {
        Err(D::Error::custom(format_args!("a descriptor of type {found} where {what} was expected")))
    }
}

/// Makes types of structures whose only field is a descriptor, `fd`: lets them be made of one and become one, lend it, and
/// be members of argument types.
macro_rules! descriptor_types {
    ($($ty:ident: $what:literal, $($filetype:ident)*;)*) => {
        $(
            impl From<$crate::os::OwnedFd> for $ty {
                fn from(fd: $crate::os::OwnedFd) -> Self {
                    $ty { fd }
                }
            }

            impl From<$ty> for $crate::os::OwnedFd {
                fn from(owner: $ty) -> Self {
                    owner.fd
                }
            }

            impl $crate::os::AsFd for $ty {
                fn as_fd(&self) -> $crate::os::BorrowedFd<'_> {
                    $crate::os::AsFd::as_fd(&self.fd)
                }
            }

            impl<'de> serde::Deserialize<'de> for $ty {
                fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                    use cloudabi_sys::Filetype;

                    let fits = |found| matches!(found, $(Filetype::$filetype)|*);
                    let fd = $crate::args::deserialize_checked(deserializer, $what, fits)?;
                    Ok($ty::from(fd))
                }
            }

            impl serde::Serialize for $ty {
                fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                    $crate::os::AsFd::as_fd(self).serialize(serializer)
                }
            }
        )*
    };
}

pub(crate) use descriptor_types;

//! From what a program is started with to a filled call table.

use crate::vdso::{Image, ImageError};
use crate::{Auxtype, Auxv, AuxvPayload, install};

/// Why no call can be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InitError {
    /// The auxiliary vector names no image with the host's functions.
    NoImage,
    /// The image is not what it should be.
    Image(ImageError),
}

impl core::fmt::Display for InitError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            InitError::NoImage => f.write_str("the auxiliary vector names no vDSO"),
            InitError::Image(error) => write!(f, "the vDSO is malformed: {error}"),
        }
    }
}

impl core::error::Error for InitError {}

/// Finds the host's functions and [installs](install) them. A program does this first, with the pointer that
/// its entry point is given.
///
/// Calls that the host does not have answer with an error afterwards, as all calls do before.
///
/// # Errors
///
/// When there is no image, or it cannot be read; then nothing is installed.
///
/// # Safety
///
/// `auxv` points to entries that end with one of type [`Auxtype::NULL`], and they tell the truth.
pub unsafe fn init(auxv: *const Auxv) -> Result<(), InitError> {
    // SAFETY: the caller promises a vector with an end.
    let base = unsafe { image_base(auxv) }.ok_or(InitError::NoImage)?;
    // SAFETY: the vector tells the truth about where the image is.
    let image = unsafe { Image::at(base) }.map_err(InitError::Image)?;
    // SAFETY: the host's image holds the host's functions.
    unsafe { install(&image.calls()) };
    Ok(())
}

/// Where the image with the host's functions begins.
///
/// # Safety
///
/// `entry` points to entries that end with one of type [`Auxtype::NULL`].
unsafe fn image_base(mut entry: *const Auxv) -> Option<*const u8> {
    loop {
        // SAFETY: the end has not been reached.
        let current = unsafe { entry.read() };
        match (current.a_type, current.payload()) {
            (Auxtype::NULL, _) => return None,
            (Auxtype::SYSINFO_EHDR, AuxvPayload::APtr(base)) if !base.is_null() => return Some(base.cast()),
            // SAFETY: this was not the last entry.
            _ => entry = unsafe { entry.add(1) },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::AuxvUnion;

    fn entry(a_type: Auxtype, union: AuxvUnion) -> Auxv {
        Auxv { a_type, union, ..Auxv::ZERO }
    }

    #[test]
    fn the_image_is_found_among_other_entries() {
        let mut byte = 0u8;
        let vector = [
            entry(Auxtype::PAGESZ, AuxvUnion::from_a_val(4096)),
            entry(Auxtype(9999), AuxvUnion::from_a_val(1)),
            entry(Auxtype::SYSINFO_EHDR, AuxvUnion::from_a_ptr((&raw mut byte).cast())),
            Auxv::ZERO,
        ];
        // SAFETY: the vector has an end.
        let found = unsafe { image_base(vector.as_ptr()) };
        assert_eq!(found, Some(&raw const byte));
    }

    #[test]
    fn a_vector_without_an_image_is_an_error() {
        let null_image = entry(Auxtype::SYSINFO_EHDR, AuxvUnion::ZERO);
        let vector = [entry(Auxtype::NCPUS, AuxvUnion::from_a_val(2)), null_image, Auxv::ZERO];
        // SAFETY: the vector has an end, and no image is read.
        assert_eq!(unsafe { init(vector.as_ptr()) }, Err(InitError::NoImage));
    }
}

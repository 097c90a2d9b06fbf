//! The image as far as it is known when the host is compiled.

use super::FastClock;
use crate::machine::Code;

/// Where the code begins.
pub(super) const CODE: usize = 4096;

/// The whole image.
pub(super) fn image(code: &Code, _clock: Option<&FastClock>) -> Vec<u8> {
    let mut image = vec![0; CODE];
    image.extend_from_slice(code.bytes);
    let _ = code.stub(0);
    let _ = &code.clock_data;
    image
}

//! The whole image: the template, the code, and what depends on the host and the process.

use super::bytes::{put, put16, put64};
use super::layout::{CODE, FUNCTIONS, SYMBOL, SYMBOL_TABLE, UNWIND_HEADER, unwind_entry};
use super::template::{CODE_SECTION_SIZE, HOST, LOAD_SIZES, TEMPLATE};
use super::unwind::Shape;
use super::{CLOCKS, FastClock, unwind};
use crate::machine::Code;
use crate::table::CALLS;
use core::ops::Range;

/// The image for this process.
pub(super) fn image(code: &Code, clock: Option<&FastClock>) -> Vec<u8> {
    complete(&TEMPLATE, &HOST.shape, code, clock)
}

/// The image that this template becomes with this code.
pub(super) fn complete(
    template: &[u8; CODE],
    shape: &Shape,
    code: &Code,
    clock: Option<&FastClock>,
) -> Vec<u8> {
    let mut image = Vec::with_capacity(CODE + code.bytes.len());
    image.extend_from_slice(template);
    image.extend_from_slice(code.bytes);

    for at in LOAD_SIZES {
        put64(&mut image, at, (CODE + code.bytes.len()) as u64);
    }
    put64(&mut image, CODE_SECTION_SIZE, code.bytes.len() as u64);

    let clock_function = in_image(&code.clock);
    for (index, call) in CALLS.iter().flatten().enumerate() {
        let symbol = SYMBOL_TABLE.at + (index + 1) * SYMBOL;
        match code.stub(call.number as usize) {
            Some(stub) => {
                let stub = in_image(&stub);
                put_unwind(&mut image, shape, index, &stub);
                let quick = clock.is_some() && call.name == CLOCK_TIME_GET;
                put_symbol(&mut image, symbol, if quick { &clock_function } else { &stub });
            }
            // A program takes the call for missing.
            None => put16(&mut image, symbol + 6, 0),
        }
    }
    put_unwind(&mut image, shape, FUNCTIONS - 1, &clock_function);
    if let Some(clock) = clock {
        put_clock(&mut image[CODE..][code.clock_data.clone()], clock);
    }
    image
}

/// The call that the quick clock serves.
const CLOCK_TIME_GET: &str = "clock_time_get";

/// A place in the code, in the image.
pub(super) fn in_image(place: &Range<usize>) -> Range<usize> {
    CODE + place.start..CODE + place.end
}

fn put_symbol(image: &mut [u8], at: usize, function: &Range<usize>) {
    put64(image, at + 8, function.start as u64);
    put64(image, at + 16, function.len() as u64);
}

fn put_unwind(image: &mut [u8], shape: &Shape, index: usize, function: &Range<usize>) {
    let line = UNWIND_HEADER.at + unwind::HEADER + index * unwind::HEADER_ENTRY;
    unwind::place(image, shape, unwind_entry(index), UNWIND_HEADER.at, line, function);
}

/// Fills in what the quick clock looks at: the function, the region's base, the last offset in it at which a result
/// fits, and the host's clocks.
fn put_clock(data: &mut [u8], clock: &FastClock) {
    const RESULT: u64 = size_of::<crate::types::Timestamp>() as u64;
    put64(data, 0, clock.function);
    put64(data, 8, clock.region.base());
    let last = clock.region.size().checked_sub(RESULT);
    put64(data, 16, last.unwrap_or(0));
    let none = [super::NO_CLOCK; CLOCKS];
    let host_ids = if last.is_some() { &clock.host_ids } else { &none };
    for (index, host_id) in host_ids.iter().enumerate() {
        put(data, 24 + 4 * index, &host_id.to_le_bytes());
    }
}

//! Random numbers.

use alloc::vec;

use crate::calls;
use crate::report::{Test, holds, same};

pub const TESTS: &[Test] = &[
    ("random_get/behaviour/different each time", |_| {
        let (mut first, mut second) = ([0; 16], [0; 16]);
        calls::random(&mut first)?;
        calls::random(&mut second)?;
        holds(first != second && first != [0; 16], "two times 16 random bytes are not equal")
    }),
    ("random_get/behaviour/fills large buffers completely", |_| {
        let mut buffer = vec![0; 1 << 20];
        calls::random(&mut buffer)?;
        // 64 zeros in a row would be a chance of 2^-512.
        holds(buffer.chunks(64).all(|chunk| chunk.iter().any(|byte| *byte != 0)), "no part was left out")
    }),
    ("random_get/behaviour/writes nothing but the buffer", |_| {
        let mut buffer = [0; 64];
        calls::random(&mut buffer[16..48])?;
        same(&buffer[..16], [0; 16].as_slice())?;
        same(&buffer[48..], [0; 16].as_slice())
    }),
    ("random_get/behaviour/an empty buffer needs no address", |_| {
        // SAFETY: with a length of 0 nothing is written.
        let error = unsafe { cloudabi_sys::raw::random_get(core::ptr::null_mut(), 0) };
        same(error, cloudabi_sys::Errno::SUCCESS)
    }),
];

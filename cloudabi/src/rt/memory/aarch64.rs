//! For aarch64: short and simple.

use super::{function, symbol};

function!(
    "%",
    "memcpy",
    "mov x3, x0",
    "2: cbz x2, 3f",
    "ldrb w4, [x1], #1",
    "strb w4, [x3], #1",
    "sub x2, x2, #1",
    "b 2b",
    "3: ret",
);

function!(
    "%",
    "memmove",
    "sub x3, x0, x1",
    // The destination begins inside of the source: the last byte has to go first.
    "cmp x3, x2",
    "b.lo 2f",
    concat!("b ", symbol!("memcpy")),
    "2: cbz x2, 3f",
    "sub x2, x2, #1",
    "ldrb w4, [x1, x2]",
    "strb w4, [x0, x2]",
    "b 2b",
    "3: ret",
);

function!(
    "%",
    "memset",
    "mov x3, x0",
    "2: cbz x2, 3f",
    "strb w1, [x3], #1",
    "sub x2, x2, #1",
    "b 2b",
    "3: ret",
);

function!(
    "%",
    "memcmp",
    "2: cbz x2, 3f",
    "ldrb w3, [x0], #1",
    "ldrb w4, [x1], #1",
    "sub x2, x2, #1",
    "subs w5, w3, w4",
    "b.eq 2b",
    "mov w0, w5",
    "ret",
    "3: mov w0, wzr",
    "ret",
);

function!("%", "bcmp", concat!("b ", symbol!("memcmp")));

function!(
    "%",
    "strlen",
    "mov x1, x0",
    "2: ldrb w2, [x1], #1",
    "cbnz w2, 2b",
    "sub x0, x1, x0",
    "sub x0, x0, #1",
    "ret",
);

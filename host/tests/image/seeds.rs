//! What fuzzing begins with: small images with pages of 64 bytes, one for each thing that an image may have.

use super::builder::{DYNAMIC, Executable, Header, PROGRAM_HEADERS, R, W, X, load};

/// What fuzzing begins with.
pub fn seeds() -> Vec<Executable> {
    const PAGE: u64 = 64;
    let mut library = Executable::ordinary(PAGE);
    let section = library.headers[4].offset as usize;
    library.dynamic(section, &[(1, 5), (0, 0)]);
    let mut arm = Executable::ordinary(PAGE);
    arm.machine = 183;
    let mut behind = Executable::of(vec![load(R | X, 120, 10)]);
    behind.entry = 121;
    let zeros = Header { memory_size: 300, ..load(R | W, 256, 0) };
    let named = Header { segment_type: PROGRAM_HEADERS, ..load(R, 64, 112) };
    let section = Header { segment_type: DYNAMIC, ..load(R, 0, 16) };
    let shared = Header { address: 0x1c0, memory_size: 0x90, ..load(R | X, 0x80, 0x35) };
    vec![
        Executable::ordinary(PAGE),
        Executable::tiny(),
        Executable::of(vec![load(R | X, 0, 200), zeros]),
        Executable::of(vec![load(R | X, 0, 300), named]),
        Executable::of(vec![load(R | X, 0, 300), section]),
        Executable::of(vec![load(R | X, 0, 0x1a1), shared]),
        Executable::of(vec![
            load(R, 0, 0x100),
            load(0, 0x100, 1),
            Header { memory_size: 70, ..load(X, 0x140, 20) },
        ]),
        library,
        arm,
        behind,
    ]
}

//! What to begin with: what well-behaved processes tell, and a small executable.

use cloudabi_linux_glue::launch::ACCOUNT_RECORD;

/// All seeds. The first one is nothing.
pub fn seeds() -> Vec<Vec<u8>> {
    let text = |kind: u8, text: &str| [&head(kind, text.len() as u32)[..], text.as_bytes()].concat();
    vec![
        Vec::new(),
        [&text(b'f', "no \x1b[31mroom\n")[..], &head(b's', 0), &head(b'r', 6), &head(b'e', 300)].concat(),
        text(b'b', "the runtime"),
        account(|number| number as u64),
        // A read from nowhere, by an instruction of the executable: signal, code, address, access, and the place.
        account(|number| match number {
            1 => 1,
            3 => 11,
            4 => 1,
            6 => 4,
            7 => 0x1_1234,
            8 => 0x1_0000,
            9 => 0x7000_0000,
            10 => 0x1_0000,
            11 => 0x10_0000,
            _ => 0,
        }),
        account(|_| u64::MAX).repeat(100),
        [call(0, "fd_close(3) = 0"), call(1, "poll("), call(2, ") = 0"), call(1, "\x1b[2Jthread_exit(")]
            .concat(),
        executable(),
    ]
}

/// What stands before everything in the pipe.
fn head(kind: u8, number: u32) -> [u8; 5] {
    let mut head = [kind; 5];
    head[1..].copy_from_slice(&number.to_le_bytes());
    head
}

/// An account of a mistake, made of numbers.
fn account(number: impl Fn(usize) -> u64) -> Vec<u8> {
    let size = ACCOUNT_RECORD - 5;
    let numbers = (0..size / 8).flat_map(|at| number(at).to_ne_bytes());
    head(b'a', size as u32).into_iter().chain(numbers).collect()
}

/// A message about a call, with its length.
fn call(kind: u8, text: &str) -> Vec<u8> {
    let mut message = vec![0; 32];
    message[0] = kind;
    message[4] = 5;
    message[16] = 7;
    message.extend_from_slice(text.as_bytes());
    [&(message.len() as u16).to_le_bytes()[..], &message].concat()
}

/// An executable with one symbol: a function of 100 bytes at 0.
fn executable() -> Vec<u8> {
    let mut bytes = b"\x7fELF\x02\x01\x01".to_vec();
    bytes.resize(16, 0);
    // ET_DYN, EM_X86_64, a version; entry, program headers, section headers; flags; sizes and counts of headers.
    bytes.extend([3_u16, 62, 1, 0].iter().flat_map(|number| number.to_le_bytes()));
    bytes.extend([0_u64, 0, 64].iter().flat_map(|number| number.to_le_bytes()));
    bytes.extend([0_u16, 0, 64, 0, 0, 64, 3, 2].iter().flat_map(|number| number.to_le_bytes()));
    // Name and type; flags, address, offset, size; link and info; alignment, size of an entry.
    for (kind, offset, size, link, entry) in
        [(0_u64, 0, 0, 0_u64, 0), (2, 256, 48, 2, 24), (3, 304, 26, 0, 0_u64)]
    {
        let numbers = [kind << 32, 0, 0, offset, size, link, 1, entry];
        bytes.extend(numbers.iter().flat_map(|number: &u64| number.to_le_bytes()));
    }
    // The first symbol is none. Name, STT_FUNC, section; value, size.
    bytes.extend([0; 24]);
    bytes.extend([1_u64 | 2 << 32 | 1 << 48, 0, 100].iter().flat_map(|number| number.to_le_bytes()));
    bytes.extend_from_slice(b"\0_RNvC6server5parse\x1b[31m\0\0");
    bytes
}

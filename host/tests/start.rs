//! The start block, read byte by byte as a program reads it.

use cloudabi_host::start::{ALIGNMENT, BadAddress, Block, Written, process_id};
use cloudabi_host::types::Tid;
use proptest::prelude::*;
use std::collections::BTreeMap;

fn block(argument_data: &[u8]) -> Block<'_> {
    Block {
        argument_data,
        canary: std::array::from_fn(|index| 100 + index as u8),
        process_id: process_id([0xff; 16]),
        thread: Tid(0x2000_0001),
        thread_block: 0x1111_2222_3333,
        base: 0x7000_0000,
        program_headers: 0x7000_0040,
        program_header_count: 9,
        page_size: 4096,
        processors: 3,
        vdso: 0x6000_0000,
    }
}

/// A block as it is in the program's memory.
struct Memory {
    at: u64,
    written: Written,
}

impl Memory {
    fn new(block: &Block<'_>, at: u64) -> Memory {
        let written = block.write(at).expect("a good address");
        assert_eq!(written.bytes.len(), block.size());
        Memory { at, written }
    }

    fn bytes(&self, address: u64, size: u64) -> &[u8] {
        let offset = (address - self.at) as usize;
        &self.written.bytes[offset..offset + size as usize]
    }

    fn word(&self, address: u64) -> u64 {
        u64::from_le_bytes(self.bytes(address, 8).try_into().expect("8 bytes"))
    }

    /// The auxiliary vector.
    fn vector(&self) -> BTreeMap<u64, u64> {
        let mut entries = BTreeMap::new();
        let mut at = self.written.auxv;
        // The type has four bytes, and four bytes of padding, which are zero, behind it.
        while self.word(at) != 0 {
            assert_eq!(entries.insert(self.word(at), self.word(at + 8)), None, "a type occurs twice");
            at += 16;
        }
        assert_eq!(self.word(at + 8), 0, "the end has no value");
        entries
    }
}

#[test]
fn a_program_finds_what_it_is_told() {
    let block = block(b"data");
    let memory = Memory::new(&block, 0x5550_0000);
    let mut vector = memory.vector();
    let mut take = |number| vector.remove(&number).expect("the entry is there");
    assert_eq!(take(3), 0x7000_0040, "PHDR");
    assert_eq!(take(4), 9, "PHNUM");
    assert_eq!(take(6), 4096, "PAGESZ");
    assert_eq!(take(7), 0x7000_0000, "BASE");
    assert_eq!((memory.bytes(take(256), 4), take(257)), (&b"data"[..], 4), "ARGDATA, ARGDATALEN");
    assert_eq!((memory.bytes(take(258), 64), take(259)), (&block.canary[..], 64), "CANARY, CANARYLEN");
    assert_eq!(take(260), 3, "NCPUS");
    assert_eq!(take(261), 0x2000_0001, "TID");
    assert_eq!(take(262), 0x6000_0000, "SYSINFO_EHDR");
    let id = memory.bytes(take(263), 16);
    assert_eq!(id, b"\xff\xff\xff\xff\xff\xff\x4f\xff\xbf\xff\xff\xff\xff\xff\xff\xff", "PID");
    assert_eq!(vector, BTreeMap::new());

    let control_block = memory.written.control_block;
    assert_eq!(memory.word(control_block), 0x1111_2222_3333);
    // What the block's size leaves over on aarch64 is the program's and empty.
    assert_eq!((control_block % 16, memory.word(control_block + 8)), (0, 0));
}

#[test]
fn addresses_that_do_not_do_are_refused() {
    let block = block(b"");
    let size = block.size() as u64;
    let last = u64::MAX - u64::MAX % ALIGNMENT;
    for address in [1, 8, last, last - size + ALIGNMENT] {
        assert_eq!(block.write(address), Err(BadAddress(address)), "{address:#x}");
    }
    assert!(block.write(last - size).is_ok());
}

proptest! {
    #[test]
    fn argument_data_is_there_byte_for_byte(data: Vec<u8>, at in 0u64..1 << 40) {
        let block = block(&data);
        let memory = Memory::new(&block, at * ALIGNMENT);
        let vector = memory.vector();
        prop_assert_eq!(memory.bytes(vector[&256], vector[&257]), &*data);
        // Behind it are zeros only, and not many.
        let end = (vector[&256] + vector[&257] - memory.at) as usize;
        let rest = &memory.written.bytes[end..];
        prop_assert!(rest.len() < 16 && rest.iter().all(|byte| *byte == 0));
    }
}

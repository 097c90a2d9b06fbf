//! Memory.

use alloc::vec;
use alloc::vec::Vec;
use core::alloc::Layout;
use core::sync::atomic::{AtomicU8, AtomicU32, Ordering};

use cloudabi::fs::{Advice, Dir, OpenOptions};
use cloudabi::io::ErrorKind;
use cloudabi::mem::{AnonymousMap, FileMap, SharedMap, SharedMemory, page_size};
use cloudabi::process::{Fork, Signal, fork};
use cloudabi::sync::{Mutex, Shared};
use cloudabi::thread;

/// Pieces of all sizes keep what was written to them.
pub fn allocations() {
    let mut pieces: Vec<Vec<u8>> = Vec::new();
    let mut state = 1u32;
    for round in 0..4000 {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let size = match state >> 28 {
            0 => (state >> 8) as usize % 1_000_000,
            1..4 => (state >> 8) as usize % 20_000,
            _ => (state >> 8) as usize % 300,
        };
        if pieces.len() > 60 {
            let piece = pieces.swap_remove(state as usize % pieces.len());
            let first = piece.first().copied().unwrap_or_default();
            assert!(piece.iter().all(|byte| *byte == first));
        }
        let mut piece = vec![round as u8; size];
        if state & 1 == 0 {
            // Grows and shrinks.
            piece.resize(size * 3 / 2, round as u8);
            piece.truncate(size / 2);
            piece.shrink_to_fit();
        }
        pieces.push(piece);
    }
    assert!(vec![0u8; 5_000_000].iter().all(|byte| *byte == 0));
    for align in [1, 16, 64, 4096, 65_536, 1 << 20] {
        for size in [1, 100, 300_000] {
            let layout = Layout::from_size_align(size, align).expect("a layout");
            // SAFETY: the layout is not empty, and the piece is given back as it was taken.
            unsafe {
                let piece = alloc::alloc::alloc(layout);
                assert!(!piece.is_null() && piece.addr().is_multiple_of(align));
                piece.write_bytes(1, size);
                alloc::alloc::dealloc(piece, layout);
            }
        }
    }
    assert!(Vec::<u8>::new().try_reserve(isize::MAX as usize).is_err());
}

pub fn threads_allocate() {
    thread::scope(|scope| {
        for seed in 0..4u8 {
            scope
                .spawn(move || {
                    for round in 0..500usize {
                        let pieces: Vec<_> =
                            (1..20).map(|index| vec![seed; index * (round + 1) % 5000]).collect();
                        assert!(pieces.iter().flatten().all(|byte| *byte == seed));
                    }
                })
                .expect("a thread");
        }
    });
}

pub fn maps(dir: Dir) {
    let mut map = AnonymousMap::new(3 * page_size()).expect("memory");
    assert!(map.iter().all(|byte| *byte == 0));
    map[5] = 7;
    map.advise(Advice::WILLNEED).expect("a hint");
    let map = map.into_read_only().expect("protected");
    assert_eq!(map[5], 7);
    assert!(AnonymousMap::new(0).expect("nothing").is_empty());
    assert!(AnonymousMap::new(usize::MAX - 10 * page_size()).is_err());

    let options = OpenOptions::new().read(true).write(true).create(true);
    let file = options.open(&dir, "file").expect("made");
    file.set_len(page_size() as u64).expect("longer");
    file.write_all_at(b"hello", 10).expect("written");
    let map = FileMap::read_write(&file, 0, page_size()).expect("mapped");
    let mut bytes = [0; 5];
    map.read_at(10, &mut bytes).expect("there");
    assert_eq!(&bytes, b"hello");
    map.write_at(10, b"HELLO").expect("there");
    map.sync().expect("a device");
    file.read_exact_at(&mut bytes, 10).expect("there");
    assert_eq!(&bytes, b"HELLO");
    let read_only = FileMap::read_only(&dir.open("file").expect("there"), 0, page_size()).expect("mapped");
    assert_eq!(read_only.write_at(0, b"x").map_err(|error| error.kind()), Err(ErrorKind::InvalidInput));
    assert!(
        read_only.read_at(page_size() - 2, &mut bytes).is_err() && map.write_at(usize::MAX, b"x").is_err()
    );
    let error =
        FileMap::read_write(&dir.open("file").expect("there"), 0, page_size()).expect_err("for reading only");
    assert_eq!(error.kind(), ErrorKind::NotCapable);
    // SAFETY: nobody changes the file meanwhile.
    assert_eq!(&unsafe { map.as_slice() }[10..15], b"HELLO");
}

pub fn shared_memory() {
    let memory = SharedMemory::new(4096).expect("memory");
    assert_eq!(memory.len().expect("asked"), 4096);
    let (one, other) = (memory.map().expect("mapped"), memory.map().expect("mapped"));
    one.get::<AtomicU32>(8).expect("there").store(5, Ordering::Relaxed);
    assert_eq!(other.get::<AtomicU32>(8).expect("there").load(Ordering::Relaxed), 5);
    other.get::<Mutex<[u64; 4], Shared>>(64).expect("there").lock().update(|_| [1, 2, 3, 4]);
    assert_eq!(one.get::<Mutex<[u64; 4], Shared>>(64).expect("there").lock().get(), [1, 2, 3, 4]);
    assert!(one.get::<AtomicU32>(1).is_err() && one.get::<AtomicU32>(4096).is_err());
    assert!(one.get::<[AtomicU8; 4097]>(0).is_err() && one.get::<AtomicU32>(usize::MAX - 2).is_err());
    assert!(SharedMap::anonymous(0).expect("nothing").is_empty());
}

/// Writing to read-only memory ends the process.
pub fn read_only() {
    match fork().expect("a process") {
        Fork::Child => {
            let map = AnonymousMap::new(1).and_then(AnonymousMap::into_read_only).expect("memory");
            // SAFETY: none; this is what the host is to notice.
            unsafe { map.as_ptr().cast_mut().write_volatile(1) };
        }
        Fork::Parent(child) => {
            assert_eq!(child.wait().expect("it ends").signal(), Some(Signal::SEGV));
        }
    }
}

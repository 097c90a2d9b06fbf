//! What the five `mem_*` calls do and which errors they give.

use crate::support::{
    READ_WRITE, file, fresh, of_file, page, peek, poke, protect, range, signal_of_child, space,
};
use cloudabi_host::memory::{GuestRange, Region};
use cloudabi_host::types::{Advice, Errno, Mflags, Mprot, Msflags};
use cloudabi_linux_glue::memory::{AddressSpace, ImageMapper, MapRequest};
use std::fs::File;
use std::io::Read as _;
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::fs::FileExt as _;

/// The calls on a range, all of which look at it in the same way.
fn on_range(space: &AddressSpace, range: GuestRange) -> [Result<(), Errno>; 3] {
    [space.protect(range, Mprot::READ), space.sync(range, Msflags::SYNC), space.advise(range, Advice::NORMAL)]
}

#[test]
fn fresh_memory_is_zero_and_can_be_written() {
    let space = space();
    for (size, flags) in [(1, Mflags::PRIVATE), (page(), Mflags::SHARED), (10 * page() + 1, Mflags::PRIVATE)]
    {
        let address = space.map(MapRequest { flags: Mflags::ANON | flags, ..fresh(size) }).expect("memory");
        assert!(address.is_multiple_of(page()));
        let last = address + size.next_multiple_of(page()) - 1;
        for byte in [address, last] {
            assert_eq!(peek(&space, byte), Ok(0));
            assert_eq!(poke(&space, byte, 7), Ok(()));
            assert_eq!(peek(&space, byte), Ok(7));
        }
        space.unmap(range(&space, address, size)).expect("unmapped");
        assert_eq!([peek(&space, address), peek(&space, last)], [Err(Errno::FAULT); 2]);
    }
    assert!(space.is_empty());
}

#[test]
fn what_cannot_be_mapped() {
    let space = space();
    let file = file(page());
    let (base, end) = (space.region().base(), space.region().base() + space.region().size());
    let fixed = Mflags::ANON | Mflags::PRIVATE | Mflags::FIXED;
    let anonymous = |address, size, flags| space.map(MapRequest { address, flags, ..fresh(size) });
    let mapped = |request| space.map(request);
    let private = Mflags::ANON | Mflags::PRIVATE;
    assert_eq!(anonymous(0, 0, private), Err(Errno::INVAL), "no size");
    assert_eq!(anonymous(0, 1, Mflags::ANON), Err(Errno::INVAL), "neither private nor shared");
    assert_eq!(anonymous(0, 1, private | Mflags::SHARED), Err(Errno::INVAL), "both");
    assert_eq!(anonymous(base + 1, 1, fixed), Err(Errno::INVAL), "not on a page");
    assert_eq!(anonymous(0, 1 << 50, private), Err(Errno::NOMEM));
    assert_eq!(anonymous(0, u64::MAX, private), Err(Errno::NOMEM));
    for (address, size) in
        [(0, 1), (base - page(), 2 * page()), (end - page(), page() + 1), (end, 1), (base, u64::MAX)]
    {
        assert_eq!(anonymous(address, size, fixed), Err(Errno::FAULT), "{address:#x}, {size:#x}");
    }
    assert_eq!(mapped(MapRequest { offset: page(), ..fresh(1) }), Err(Errno::INVAL));
    assert_eq!(mapped(MapRequest { file: Some(file.as_fd()), ..fresh(1) }), Err(Errno::INVAL));
    assert_eq!(mapped(MapRequest { flags: Mflags::PRIVATE, ..fresh(1) }), Err(Errno::BADF));
    assert_eq!(mapped(MapRequest { offset: 1, ..of_file(&file, 1) }), Err(Errno::INVAL));
    let limit = 1 << 63;
    assert_eq!(mapped(MapRequest { offset: limit - page(), ..of_file(&file, page()) }), Err(Errno::OVERFLOW));
    assert_eq!(mapped(MapRequest { offset: limit, ..of_file(&file, 1) }), Err(Errno::OVERFLOW));
    let prot = Mprot::WRITE | Mprot::EXEC;
    assert_eq!(mapped(MapRequest { prot, ..fresh(1) }), Err(Errno::NOTSUP));
    let (prot, maximum) = (Mprot::EXEC, READ_WRITE);
    assert_eq!(mapped(MapRequest { prot, maximum, ..fresh(1) }), Err(Errno::ACCES));
    assert!(space.is_empty(), "nothing was mapped");
}

#[test]
fn what_a_descriptor_cannot_be_mapped_for() {
    let space = space();
    let (pipe, _writer) = rustix::pipe::pipe().expect("a pipe");
    let path = |flags: rustix::fs::OFlags, path: &str| {
        rustix::fs::open(path, flags, rustix::fs::Mode::empty()).expect("it opens")
    };
    let folder = path(rustix::fs::OFlags::RDONLY, "/");
    let only_a_path = path(rustix::fs::OFlags::PATH, "/proc/self/exe");
    let read_only = path(rustix::fs::OFlags::RDONLY, "/proc/self/exe");
    let map = |file: &OwnedFd, prot, flags| {
        space.map(MapRequest { prot, flags, file: Some(file.as_fd()), ..fresh(page()) })
    };
    for unmappable in [&pipe, &folder, &only_a_path] {
        assert_eq!(map(unmappable, Mprot::READ, Mflags::SHARED), Err(Errno::NODEV));
    }
    assert_eq!(map(&read_only, READ_WRITE, Mflags::SHARED), Err(Errno::ACCES));
    assert!(space.is_empty(), "nothing was mapped");
    assert!(map(&read_only, READ_WRITE, Mflags::PRIVATE).is_ok());
    let shared = map(&read_only, Mprot::READ, Mflags::SHARED).expect("mapped");
    assert_eq!(protect(&space, shared, page(), READ_WRITE), Err(Errno::ACCES));
    let sealed = rustix::fs::memfd_create("sealed", rustix::fs::MemfdFlags::ALLOW_SEALING).expect("memory");
    rustix::fs::fcntl_add_seals(&sealed, rustix::fs::SealFlags::WRITE).expect("sealed");
    assert_eq!(map(&sealed, READ_WRITE, Mflags::SHARED), Err(Errno::PERM));
}

#[test]
fn an_exact_place_replaces_what_is_there_and_a_hint_does_not() {
    let space = space();
    let address = space.map(fresh(3 * page())).expect("memory");
    for index in 0..3 {
        poke(&space, address + index * page(), 1).expect("writable");
    }
    let middle = address + page();
    let flags = Mflags::ANON | Mflags::PRIVATE;
    let hinted = space.map(MapRequest { address: middle, ..fresh(page()) }).expect("memory");
    assert!(!(address..address + 3 * page()).contains(&hinted));
    let replaced = space.map(MapRequest { address: middle, flags: flags | Mflags::FIXED, ..fresh(page()) });
    assert_eq!(replaced, Ok(middle));
    let bytes = [0, 1, 2].map(|index| peek(&space, address + index * page()));
    assert_eq!(bytes, [Ok(1), Ok(0), Ok(1)]);
    space.unmap(range(&space, middle, page())).expect("unmapped");
    assert_eq!(space.map(MapRequest { address: middle, ..fresh(page()) }), Ok(middle), "a hint with room");
}

#[test]
fn a_mapping_that_fails_leaves_what_it_was_to_replace() {
    let space = space();
    let address = space.map(fresh(page())).expect("memory");
    poke(&space, address, 5).expect("writable");
    let (pipe, _writer) = rustix::pipe::pipe().expect("a pipe");
    let flags = Mflags::SHARED | Mflags::FIXED;
    let file = Some(pipe.as_fd());
    let request = MapRequest { address, flags, file, prot: Mprot::READ, ..fresh(page()) };
    assert_eq!(space.map(request), Err(Errno::NODEV));
    assert_eq!(peek(&space, address), Ok(5));
}

#[test]
fn shared_mappings_change_the_file_and_private_ones_do_not() {
    let space = space();
    let file = file(3 * page());
    file.write_all_at(b"second", page()).expect("written");
    let shared = space.map(MapRequest { offset: page(), ..of_file(&file, 2 * page()) }).expect("mapped");
    let flags = Mflags::PRIVATE;
    let private = space.map(MapRequest { flags, ..of_file(&file, 3 * page()) }).expect("mapped");
    assert_eq!(peek(&space, shared), Ok(b's'));
    poke(&space, shared, b'S').expect("writable");
    poke(&space, private + page() + 1, b'E').expect("writable");
    let mut bytes = [0; 6];
    file.read_exact_at(&mut bytes, page()).expect("read");
    assert_eq!(&bytes, b"Second");
    assert_eq!(space.sync(range(&space, shared, 2 * page()), Msflags::SYNC | Msflags::INVALIDATE), Ok(()));
    assert_eq!(space.sync(range(&space, shared, 1), Msflags::ASYNC), Ok(()));
    assert_eq!(space.sync(range(&space, private, page()), Msflags::SYNC), Ok(()));
}

#[test]
fn the_end_of_a_file_is_no_limit_to_a_mapping() {
    let space = space();
    let file = file(page() + 5);
    let address = space.map(of_file(&file, 4 * page())).expect("mapped");
    assert_eq!(poke(&space, address + page() + 100, 1), Ok(()), "behind the end, in its last page");
    assert_eq!(file.metadata().expect("metadata").len(), page() + 5);
    assert_eq!(peek(&space, address + 2 * page()), Err(Errno::FAULT));
    file.set_len(3 * page()).expect("grown");
    assert_eq!(peek(&space, address + 2 * page()), Ok(0));
    assert_eq!(peek(&space, address + 3 * page()), Err(Errno::FAULT));
    let behind = space.map(MapRequest { offset: 100 * page(), ..of_file(&file, 1) }).expect("mapped");
    assert_eq!(peek(&space, behind), Err(Errno::FAULT));
}

#[test]
fn memory_objects_are_shared_by_their_mappings_and_with_children() {
    let space = space();
    let object: File =
        rustix::fs::memfd_create("object", rustix::fs::MemfdFlags::CLOEXEC).expect("memory").into();
    object.set_len(page()).expect("room");
    let [one, two] = [(); 2].map(|()| space.map(of_file(&object, page())).expect("mapped"));
    let anonymous =
        space.map(MapRequest { flags: Mflags::ANON | Mflags::SHARED, ..fresh(1) }).expect("memory");
    let private = space.map(fresh(1)).expect("memory");
    drop(object);
    let run = || {
        for address in [one, anonymous, private] {
            poke(&space, address, 3).expect("writable");
        }
    };
    assert_eq!(signal_of_child(run), None);
    let bytes = [one, two, anonymous, private].map(|address| peek(&space, address));
    assert_eq!(bytes, [Ok(3), Ok(3), Ok(3), Ok(0)]);
}

#[test]
fn ranges_are_checked_alike_by_all_calls() {
    let space = space();
    let address = space.map(fresh(4 * page())).expect("memory");
    for (range, expected) in [
        (range(&space, address, 4 * page()), Ok(())),
        (range(&space, address, 3 * page() + 1), Ok(())),
        (range(&space, address, 0), Ok(())),
        (range(&space, address + 1, 1), Err(Errno::INVAL)),
        (range(&space, address + 1, 0), Err(Errno::INVAL)),
        (range(&space, address - page(), 2 * page()), Err(Errno::NOMEM)),
        (range(&space, address + 3 * page(), page() + 1), Err(Errno::NOMEM)),
        (range(&space, space.region().base(), space.region().size()), Err(Errno::NOMEM)),
    ] {
        assert_eq!(on_range(&space, range), [expected; 3], "{range:?}");
    }
    space.unmap(range(&space, address + page(), page())).expect("unmapped");
    let holey = range(&space, address, 4 * page());
    assert_eq!(on_range(&space, holey), [Err(Errno::NOMEM); 3]);
    let elsewhere = Region::new(0, 1 << 40).expect("it does not wrap").range(page(), page()).expect("in it");
    assert_eq!(on_range(&space, elsewhere), [Err(Errno::FAULT); 3]);
    assert_eq!(space.unmap(elsewhere), Err(Errno::FAULT));
    assert_eq!(space.unmap(range(&space, address, 0)), Err(Errno::INVAL));
    assert_eq!(space.unmap(range(&space, address + 1, 1)), Err(Errno::INVAL));
    assert_eq!(space.unmap(range(&space, space.region().base(), space.region().size())), Ok(()));
    assert!(space.is_empty());
    assert_eq!(space.unmap(holey), Ok(()), "nothing is there");
}

#[test]
fn flags_of_sync_and_kinds_of_advice() {
    let space = space();
    let address = space.map(fresh(2 * page())).expect("memory");
    let range = range(&space, address, 2 * page());
    for flags in [Msflags::empty(), Msflags::INVALIDATE, Msflags::ASYNC | Msflags::SYNC] {
        assert_eq!(space.sync(range, flags), Err(Errno::INVAL), "{flags:?}");
    }
    poke(&space, address, 9).expect("writable");
    let file = file(2 * page());
    file.write_all_at(&[8], 0).expect("written");
    let of_file = space.map(of_file(&file, 2 * page())).expect("mapped");
    for advice in [Advice::NORMAL, Advice::RANDOM, Advice::SEQUENTIAL, Advice::WILLNEED, Advice::DONTNEED] {
        for (place, byte) in [(address, 9), (of_file, 8)] {
            let range = self::range(&space, place, 2 * page());
            assert_eq!(space.advise(range, advice), Ok(()), "{advice:?}");
            assert_eq!(peek(&space, place), Ok(byte), "{advice:?}");
        }
    }
    for advice in [Advice::NOREUSE, Advice(0), Advice(100)] {
        assert_eq!(space.advise(range, advice), Err(Errno::INVAL), "{advice:?}");
    }
}

#[test]
fn protection_is_what_was_asked_for_and_never_more_than_the_maximum() {
    let space = space();
    let address = space.map(MapRequest { maximum: READ_WRITE, ..fresh(2 * page()) }).expect("memory");
    let second = address + page();
    assert_eq!(protect(&space, second, 1, Mprot::READ), Ok(()));
    assert_eq!([poke(&space, address, 1), poke(&space, second, 1)], [Ok(()), Err(Errno::FAULT)]);
    assert_eq!(protect(&space, second, 1, Mprot::empty()), Ok(()));
    assert_eq!(peek(&space, second), Err(Errno::FAULT));
    assert_eq!(protect(&space, address, 2 * page(), READ_WRITE), Ok(()));
    assert_eq!(poke(&space, second, 1), Ok(()));
    assert_eq!(protect(&space, address, 1, Mprot::EXEC), Err(Errno::ACCES));
    assert_eq!(protect(&space, address, 1, Mprot::WRITE | Mprot::EXEC), Err(Errno::NOTSUP));
    assert_eq!(protect(&space, address, 0, Mprot::WRITE | Mprot::EXEC), Err(Errno::NOTSUP));
    // A part with another maximum, and one that has been replaced since.
    let flags = fresh(0).flags | Mflags::FIXED;
    let lower = MapRequest { address: second, flags, prot: Mprot::READ, maximum: Mprot::READ, ..fresh(1) };
    assert_eq!(space.map(lower), Ok(second));
    assert_eq!(protect(&space, address, 2 * page(), READ_WRITE), Err(Errno::ACCES));
    assert_eq!(protect(&space, address, page(), READ_WRITE), Ok(()));
    assert_eq!(protect(&space, address, 2 * page(), Mprot::READ), Ok(()));
}

#[cfg(target_arch = "x86_64")]
#[test]
fn code_is_written_first_and_run_then() {
    let space = space();
    let address = space.map(fresh(1)).expect("memory");
    // mov eax, 42; ret
    for (byte, offset) in [0xb8, 42, 0, 0, 0, 0xc3].into_iter().zip(0..) {
        poke(&space, address + offset, byte).expect("writable");
    }
    assert_eq!(protect(&space, address, 1, Mprot::READ | Mprot::EXEC), Ok(()));
    assert_eq!(poke(&space, address, 0), Err(Errno::FAULT));
    // SAFETY: that is a function with this signature.
    let code: extern "C" fn() -> u32 = unsafe { core::mem::transmute(address as usize) };
    assert_eq!(code(), 42);
}

#[test]
fn everything_can_be_unmapped_at_once() {
    let space = space();
    let addresses = [1, 2, 3].map(|pages| space.map(fresh(pages * page())).expect("memory"));
    space.clear().expect("unmapped");
    assert!(space.is_empty());
    assert_eq!(addresses.map(|address| peek(&space, address)), [Err(Errno::FAULT); 3]);
    assert!(space.map(fresh(1)).is_ok());
}

#[test]
fn bytes_of_the_host_are_mapped_for_good() {
    let space = space();
    let bytes: Vec<u8> = (0..page() + 10).map(|index| index as u8).collect();
    let address = space.map_bytes(&bytes, Mprot::READ).expect("mapped");
    for index in [0, 1, page() - 1, page(), page() + 9] {
        assert_eq!(peek(&space, address + index), Ok(bytes[index as usize]));
    }
    assert_eq!(peek(&space, address + page() + 10), Ok(0));
    assert_eq!(poke(&space, address, 1), Err(Errno::FAULT));
    assert_eq!(protect(&space, address, 1, READ_WRITE), Err(Errno::ACCES));
    let changeable = space.map_bytes(&[], READ_WRITE).expect("mapped");
    assert_eq!(poke(&space, changeable, 1), Ok(()));
    assert_eq!(space.map_bytes(&vec![0; 5 << 30], Mprot::READ), Err(Errno::NOMEM));
}

#[test]
fn room_is_found_at_an_alignment() {
    let space = space();
    for alignment in [1, page(), 1 << 21, 1 << 30] {
        let address = space.find_room(5 * page(), alignment).expect("room");
        assert!(address.is_multiple_of(alignment.max(page())), "{address:#x}");
        assert!(space.region().range(address, 5 * page()).is_ok());
    }
    assert_eq!(space.find_room(1, 1 << 40), Err(Errno::NOMEM));
    assert_eq!(space.find_room(u64::MAX, 1 << 40), Err(Errno::NOMEM));
}

#[test]
fn parts_of_an_image_can_become_code_only_if_all_memory_can() {
    use cloudabi_host::image::Mapper as _;
    let space = space();
    let mut content = Vec::new();
    let executable = File::open("/proc/self/exe").expect("this program");
    (&executable).take(2 * page()).read_to_end(&mut content).expect("read");
    for (maximum, expected) in [(READ_WRITE, Err(Errno::ACCES)), (Mprot::all(), Ok(()))] {
        let address = space.find_room(4 * page(), page()).expect("room");
        let mut mapper = ImageMapper::new(&space, executable.as_fd(), maximum);
        mapper.map_file(address, page(), page(), READ_WRITE).expect("mapped");
        mapper.map_file(address + page(), page(), 0, Mprot::READ | Mprot::EXEC).expect("mapped");
        mapper.map_zero(address + 2 * page(), 2 * page(), READ_WRITE).expect("mapped");
        mapper.zero(address + 100, page() - 100).expect("writable");
        mapper.write(address + 5, b"five").expect("writable");
        assert_eq!(mapper.write(address + page(), b"code"), Err(Errno::FAULT));
        mapper.protect(address, page(), Mprot::READ | Mprot::EXEC).expect("protection");
        let bytes =
            [0, 4, 5, 8, 100, page() - 1].map(|offset| peek(&space, address + offset).expect("mapped"));
        let first = content[page() as usize];
        assert_eq!(bytes, [first, content[page() as usize + 4], b'f', b'e', 0, 0]);
        let data = address + 2 * page();
        assert_eq!(protect(&space, data, page(), Mprot::READ | Mprot::EXEC), expected);
        assert_eq!(protect(&space, address, 2 * page(), READ_WRITE), expected);
        assert_eq!(protect(&space, address, 2 * page(), Mprot::READ | Mprot::EXEC), Ok(()));
        assert_eq!(protect(&space, data + page(), page(), Mprot::READ), Ok(()), "what relocations leave");
        let end = space.region().base() + space.region().size();
        assert_eq!(mapper.map_zero(end, page(), READ_WRITE), Err(Errno::FAULT));
        assert_eq!(mapper.zero(end, 1), Err(Errno::FAULT));
    }
}

#[test]
fn the_whole_region_is_reserved_and_large() {
    let space = AddressSpace::reserve().expect("a region");
    let (base, size) = (space.region().base(), space.region().size());
    assert!(size >= 1 << 28, "{size:#x}");
    let elsewhere = AddressSpace::reserve().expect("another region");
    assert_ne!(elsewhere.region().base(), base);
    let size = size / 2;
    let address = space.map(MapRequest { prot: Mprot::empty(), ..fresh(size) }).expect("room");
    assert!(space.region().range(address, size).is_ok());
}

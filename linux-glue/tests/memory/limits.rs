//! Many mappings, little address space, many threads.

use crate::support::{fresh, page, peek, poke, protect, range, signal_of_child, space};
use cloudabi_host::types::{Errno, Mflags, Mprot};
use cloudabi_linux_glue::memory::{AddressSpace, MapRequest};

/// The number behind this name in a file of `/proc`.
fn number(text: &str) -> u64 {
    text.split_whitespace().next().and_then(|word| word.parse().ok()).expect("a number")
}

#[test]
fn memory_can_be_given_back_when_there_are_as_many_mappings_as_can_be() {
    let limit = std::fs::read_to_string("/proc/sys/vm/max_map_count").expect("the limit");
    let limit = number(&limit);
    if limit > 100_000 {
        return eprintln!("skipped: this system allows {limit} mappings");
    }
    let run = || {
        let space = space();
        // Each shared mapping is one of its own for the kernel.
        let request = MapRequest { flags: Mflags::ANON | Mflags::SHARED, ..fresh(3 * page()) };
        let mut addresses = Vec::new();
        let error = loop {
            match space.map(request) {
                Ok(address) => addresses.push(address),
                Err(error) => break error,
            }
        };
        assert_eq!(error, Errno::NOMEM);
        assert!(addresses.len() as u64 > limit / 4, "{} of {limit}", addresses.len());
        let (first, last) = (addresses[0], addresses[addresses.len() - 1]);
        assert_eq!(poke(&space, first, 1), Ok(()));
        assert_eq!(protect(&space, last + page(), page(), Mprot::READ), Err(Errno::NOMEM), "a split");
        for address in &addresses[1..] {
            assert_eq!(space.unmap(range(&space, *address, 3 * page())), Ok(()));
            assert_eq!(peek(&space, *address), Err(Errno::FAULT));
        }
        assert_eq!(peek(&space, first), Ok(1));
        assert_eq!(space.len(), 1);
        assert!(space.map(request).is_ok());
    };
    assert_eq!(signal_of_child(run), None);
}

#[test]
fn a_smaller_region_is_reserved_where_there_is_less_address_space() {
    let run = || {
        let used = std::fs::read_to_string("/proc/self/statm").expect("the size of the process");
        let limit = number(&used) * page() + (1 << 33);
        let limit = libc::rlimit { rlim_cur: limit, rlim_max: limit };
        // SAFETY: the structure is valid.
        assert_eq!(unsafe { libc::setrlimit(libc::RLIMIT_AS, &limit) }, 0);
        let space = AddressSpace::reserve().expect("a region");
        assert!([1 << 32, 1 << 33].contains(&space.region().size()), "{:?}", space.region());
        assert!(space.map(fresh(page())).is_ok());
        let error = std::iter::repeat_with(AddressSpace::reserve).take(50).find_map(Result::err);
        assert_eq!(error.and_then(|error| error.raw_os_error()), Some(libc::ENOMEM));
    };
    assert_eq!(signal_of_child(run), None);
}

#[test]
fn threads_get_memory_of_their_own() {
    const THREADS: u8 = 4;
    const ROUNDS: u64 = 300;
    let space = space();
    let work = |thread: u8| {
        let mut mine = Vec::new();
        for round in 0..ROUNDS {
            let pages = 1 + round % 5;
            let address = space.map(fresh(pages * page())).expect("memory");
            for page_of_it in (address..).step_by(page() as usize).take(pages as usize) {
                assert_eq!(peek(&space, page_of_it), Ok(0));
                assert_eq!(poke(&space, page_of_it, thread), Ok(()));
            }
            protect(&space, address, page(), Mprot::READ).expect("protection");
            mine.push((address, pages * page()));
            if round % 3 == 0 {
                let (address, size) = mine.swap_remove(mine.len() / 2);
                space.unmap(range(&space, address, size)).expect("unmapped");
            }
        }
        for &(address, _) in &mine {
            assert_eq!(peek(&space, address), Ok(thread));
        }
        mine.iter().map(|(_, size)| size).sum::<u64>()
    };
    let total: u64 = std::thread::scope(|scope| {
        let threads: Vec<_> = (1..=THREADS).map(|thread| scope.spawn(move || work(thread))).collect();
        threads.into_iter().map(|thread| thread.join().expect("no panic")).sum()
    });
    let mapped: u64 = space.mapped().iter().map(|(range, _)| range.end - range.start).sum();
    assert_eq!(mapped, total);
}

//! One operation after the other.

use std::sync::Arc;

use cloudabi_host::descriptors::{New, RightsPair, Table};
use cloudabi_host::syscalls::NeededRights;
use cloudabi_host::types::{Errno, Fd, Rights};

use crate::object::{Ledger, Tracked, get, open, pair};

/// A table for many threads, and one for a single thread. What is tested here holds for both.
fn for_both(limit: u32, test: impl Fn(&Table<Tracked>, &Arc<Ledger>)) {
    for shared in [true, false] {
        let ledger = Arc::new(Ledger::default());
        let table = Table::new(1, limit);
        if !shared {
            // SAFETY: the tests with this table have one thread, and there are no guards yet.
            assert!(unsafe { table.become_single_threaded() }.is_empty());
        }
        test(&table, &ledger);
        drop(table);
        assert_eq!(ledger.alive(), 0, "objects are left (shared: {shared})");
    }
}

#[test]
fn a_closed_number_is_free_and_its_users_go_on() {
    for_both(10, |table, ledger| {
        let fd = open(table, ledger, RightsPair::ALL);
        let guard = get(table, fd).unwrap();
        assert!(table.remove(fd).unwrap().is_none(), "a guard uses the object");
        assert_eq!(get(table, fd).err(), Some(Errno::BADF));
        assert_eq!(table.remove(fd).err(), Some(Errno::BADF));
        guard.touch();
        assert_eq!(ledger.alive(), 1);
        drop(guard);
        assert_eq!(ledger.alive(), 0);

        let fd = open(table, ledger, RightsPair::ALL);
        assert_eq!(table.remove(fd).unwrap().expect("nobody uses it").touch(), 1);
    });
}

#[test]
fn look_ups_find_missing_rights() {
    for_both(10, |table, ledger| {
        let fd = open(table, ledger, pair(0b0110, 0b0001));
        let needs = |all, any, inheriting| {
            let bits = Rights::from_bits_retain;
            let needed = NeededRights { all: bits(all), any: [bits(any)], inheriting: bits(inheriting) };
            table.look_up(fd, needed).map(|guard| guard.rights())
        };
        assert_eq!(needs(0b0110, 0, 0b0001), Ok(pair(0b0110, 0b0001)));
        assert_eq!(needs(0, 0b1010, 0), Ok(pair(0b0110, 0b0001)));
        for (all, any, inheriting) in [(0b0001, 0, 0), (0, 0b1001, 0), (0, 0, 0b0010)] {
            assert_eq!(needs(all, any, inheriting), Err(Errno::NOTCAPABLE));
        }
        // A failed look-up leaves no use behind.
        assert!(table.remove(fd).unwrap().is_some());
    });
}

#[test]
fn numbers_that_were_never_open_are_not_open() {
    for_both(10, |table, _| {
        for number in (0..2000).chain([u32::MAX / 2, u32::MAX - 64, u32::MAX - 63, u32::MAX]) {
            assert_eq!(get(table, Fd(number)).err(), Some(Errno::BADF));
            assert_eq!(table.remove(Fd(number)).err(), Some(Errno::BADF));
        }
    });
}

#[test]
fn the_limit_holds_and_what_does_not_fit_is_given_back() {
    for_both(3, |table, ledger| {
        let new = || New::settled(Tracked::new(ledger), RightsPair::ALL);
        let [a, b] = table.insert_two([new(), new()]).map_err(|(_, error)| error).unwrap();
        assert_ne!(a, b);
        assert_eq!(table.insert_two([new(), new()]).err().map(|(_, error)| error), Some(Errno::MFILE));
        assert_eq!(table.len(), 2);
        let guard = get(table, a).unwrap();
        let c = guard.duplicate().unwrap();
        assert_eq!(guard.duplicate(), Err(Errno::MFILE));
        let (back, error) = table.insert(new()).unwrap_err();
        assert_eq!((back.object.touch(), error), (4, Errno::MFILE));
        assert!(table.remove(c).unwrap().is_none());
        open(table, ledger, RightsPair::ALL);
        // Replacing and restricting need no room.
        guard.replace(b).unwrap();
        guard.restrict(RightsPair::NONE).unwrap();
    });
}

#[test]
fn a_process_starts_with_the_first_numbers() {
    for_both(100, |table, ledger| {
        let list =
            |length| (0..length).map(|_| New::settled(Tracked::new(ledger), RightsPair::ALL)).collect();
        let (back, error) = table.insert_at_start(list(101)).unwrap_err();
        assert_eq!((back.len(), error), (101, Errno::MFILE));
        drop(back);
        table.insert_at_start(list(100)).map_err(|(_, error)| error).unwrap();
        let found: Vec<_> = table.iter().map(|guard| (guard.number().0, guard.touch() - 101)).collect();
        assert_eq!(found, (0..100).map(|number| (number, number as usize)).collect::<Vec<_>>());
    });
}

#[test]
fn duplicates_share_the_object_and_have_rights_of_their_own() {
    for_both(10, |table, ledger| {
        let first = open(table, ledger, pair(3, 3));
        let guard = get(table, first).unwrap();
        let second = guard.duplicate().unwrap();
        get(table, second).unwrap().restrict(pair(1, 2)).unwrap();
        let third = get(table, second).unwrap().duplicate().unwrap();
        drop(guard);
        let rights = |fd| get(table, fd).unwrap().rights();
        assert_eq!([first, second, third].map(rights), [pair(3, 3), pair(1, 2), pair(1, 2)]);
        // The object lives until the last of them is closed, in whatever order.
        for fd in [first, third] {
            assert!(table.remove(fd).unwrap().is_none());
            assert_eq!(get(table, second).unwrap().touch(), 0);
        }
        assert!(table.remove(second).unwrap().is_some());
    });
}

#[test]
fn replacing_closes_what_was_there() {
    for_both(10, |table, ledger| {
        let (from, to) = (open(table, ledger, pair(3, 3)), open(table, ledger, pair(7, 7)));
        let old = get(table, to).unwrap();
        let guard = get(table, from).unwrap();
        assert!(guard.replace(to).unwrap().is_none(), "a guard uses the object");
        assert_eq!((old.touch(), old.rights()), (1, pair(7, 7)));
        drop(old);
        assert_eq!(ledger.alive(), 1);
        let new = get(table, to).unwrap();
        assert_eq!((new.touch(), new.rights()), (0, pair(3, 3)));
        // By itself, by a duplicate, at a free number.
        assert!(guard.replace(from).unwrap().is_none());
        assert!(new.replace(from).unwrap().is_none());
        let free = (0..).map(Fd).find(|fd| ![from, to].contains(fd)).unwrap();
        assert_eq!(guard.replace(free).err(), Some(Errno::BADF));
        assert_eq!(table.len(), 2);
        drop((guard, new));

        let third = open(table, ledger, pair(0, 0));
        let last = get(table, from).unwrap().replace(third).unwrap();
        assert_eq!(last.expect("nobody uses it").touch(), 2);
    });
}

#[test]
fn rights_only_shrink() {
    for_both(10, |table, ledger| {
        let fd = open(table, ledger, pair(7, 7));
        let restrict = |rights| get(table, fd).unwrap().restrict(rights);
        let now = || get(table, fd).unwrap().rights();
        let undefined = 1 << 63;
        for more in [pair(8, 0), pair(0, 8), pair(undefined, 0), pair(7, 15)] {
            assert_eq!(restrict(more), Err(Errno::NOTCAPABLE));
            assert_eq!(now(), pair(7, 7));
        }
        restrict(pair(7, 7)).unwrap();
        restrict(pair(6, 5)).unwrap();
        assert_eq!(now(), pair(6, 5));
        assert_eq!(restrict(pair(7, 5)), Err(Errno::NOTCAPABLE));
        assert_eq!(ledger.alive(), 1);
        assert!(table.remove(fd).unwrap().is_some());
    });
}

#[test]
fn a_guard_restricts_what_its_number_carries_now() {
    for_both(10, |table, ledger| {
        let fd = open(table, ledger, pair(7, 7));
        let (early, late) = (get(table, fd).unwrap(), get(table, fd).unwrap());
        early.restrict(pair(3, 7)).unwrap();
        assert_eq!(late.restrict(pair(6, 7)), Err(Errno::NOTCAPABLE), "a right is gone already");
        late.restrict(pair(1, 7)).unwrap();
        assert_eq!(get(table, fd).unwrap().rights(), pair(1, 7));

        // Another object has the number now, and keeps its rights.
        let other = open(table, ledger, pair(15, 15));
        get(table, other).unwrap().replace(fd).unwrap();
        late.restrict(pair(0, 0)).unwrap();
        assert_eq!(late.restrict(pair(8, 0)), Err(Errno::NOTCAPABLE));
        assert_eq!(get(table, fd).unwrap().rights(), pair(15, 15));
        table.remove(fd).unwrap();
        late.restrict(pair(0, 0)).unwrap();
    });
}

#[test]
fn restricting_and_something_else_are_one_step() {
    for_both(10, |table, ledger| {
        let fd = open(table, ledger, pair(7, 7));
        let guard = get(table, fd).unwrap();
        let refused = guard.restrict_after(pair(8, 0), || panic!("the rights were not checked first"));
        assert_eq!(refused, Err(Errno::NOTCAPABLE));
        assert_eq!(guard.restrict_after(pair(1, 1), || Err(Errno::PERM)), Err(Errno::PERM));
        assert_eq!(get(table, fd).unwrap().rights(), pair(7, 7));
        guard.restrict_after(pair(1, 1), || Ok(())).unwrap();
        assert_eq!(get(table, fd).unwrap().rights(), pair(1, 1));
    });
}

#[test]
fn rights_are_settled_at_the_first_look_up() {
    for_both(10, |table, ledger| {
        let asked = || ledger.asked.load(std::sync::atomic::Ordering::SeqCst);
        let new =
            || New::unsettled(Tracked::with_largest(ledger, pair(0b0011, 0b0110)), pair(0b1001, 0b0010));
        let unseen = table.insert(new()).map_err(|(_, error)| error).unwrap();
        let fd = table.insert(new()).map_err(|(_, error)| error).unwrap();
        assert!(table.remove(unseen).unwrap().is_some());
        assert_eq!(asked(), 0);
        let needed = NeededRights { all: Rights::from_bits_retain(0b1000), ..NeededRights::NONE };
        assert_eq!(table.look_up(fd, needed).err(), Some(Errno::NOTCAPABLE));
        let guard = get(table, fd).unwrap();
        assert_eq!(guard.rights(), pair(0b0001, 0b0010));
        let duplicate = guard.duplicate().unwrap();
        assert_eq!(get(table, duplicate).unwrap().rights(), guard.rights());
        assert_eq!(asked(), 1);
    });
}

#[test]
fn numbers_are_scattered_and_dense() {
    for_both(1000, |table, ledger| {
        let mut open_numbers = Vec::new();
        for _ in 0..500 {
            let fd = open(table, ledger, RightsPair::NONE);
            open_numbers.push(fd.0);
            assert!(fd.0 < 32.max(2 * open_numbers.len() as u32), "{fd:?} of {}", open_numbers.len());
        }
        assert!(!open_numbers.is_sorted());
        // A number that was just closed is not preferred.
        let again = (0..100).filter(|_| {
            let fd = open(table, ledger, RightsPair::NONE);
            table.remove(fd).unwrap();
            let next = open(table, ledger, RightsPair::NONE);
            table.remove(next).unwrap();
            fd == next
        });
        assert!(again.count() < 10);
    });
}

#[test]
fn what_vanished_threads_used_is_given_back() {
    let ledger = Arc::new(Ledger::default());
    let table = Table::new(1, 10);
    let kept = open(&table, &ledger, pair(7, 7));
    let copy = get(&table, kept).unwrap().duplicate().unwrap();
    get(&table, copy).unwrap().restrict(pair(1, 1)).unwrap();
    // A thread that vanishes in the middle of calls on all of these.
    let lost: Vec<_> = [kept, copy].map(|fd| get(&table, fd).unwrap()).into();
    let (closed, replaced) = (open(&table, &ledger, pair(7, 7)), open(&table, &ledger, pair(7, 7)));
    let of_closed = get(&table, closed).unwrap();
    let second = get(&table, replaced).unwrap();
    let third = second.duplicate().unwrap();
    lost[0].replace(replaced).unwrap();
    assert!(table.remove(closed).unwrap().is_none() && table.remove(third).unwrap().is_none());
    std::mem::forget((lost, of_closed, second));

    // SAFETY: this is the only thread, and all guards are forgotten.
    let mut objects: Vec<_> =
        unsafe { table.become_single_threaded() }.iter().map(|object| object.touch()).collect();
    objects.sort_unstable();
    assert_eq!(objects, [1, 2]);
    assert_eq!(ledger.alive(), 1);
    assert_eq!(table.iter().map(|guard| guard.touch()).collect::<Vec<_>>(), [0, 0, 0]);
    table.share();
    assert!(table.remove(kept).unwrap().is_none() && table.remove(replaced).unwrap().is_none());
    assert!(table.remove(copy).unwrap().is_some());
}

#[test]
fn a_program_that_is_replaced_leaves_what_is_listed() {
    for_both(10, |table, ledger| {
        let [a, b, c] = [1, 2, 3].map(|rights| open(table, ledger, pair(rights, rights)));
        let copy = get(table, b).unwrap().duplicate().unwrap();
        get(table, copy).unwrap().restrict(pair(0, 2)).unwrap();
        // A thread that vanishes in the middle of a call, on a number that is closed by then.
        let lost = get(table, a).unwrap();
        assert!(table.remove(a).unwrap().is_none());
        let listed = [copy, b, copy, c].map(|fd| get(table, fd).unwrap()).into();
        assert!(table.remove(c).unwrap().is_none());
        std::mem::forget(lost);

        // SAFETY: this is the only thread, and all other guards are forgotten.
        let unused = unsafe { table.become_only(listed) };
        assert_eq!(unused.iter().map(Tracked::touch).collect::<Vec<_>>(), [0]);
        drop(unused);
        let kept: Vec<_> =
            table.iter().map(|guard| (guard.number().0, guard.touch(), guard.rights())).collect();
        assert_eq!(kept, [(0, 1, pair(0, 2)), (1, 1, pair(2, 2)), (2, 1, pair(0, 2)), (3, 2, pair(3, 3))]);
        let mut objects = Vec::new();
        table.for_each_object(|object| objects.push(object.touch()));
        assert_eq!(objects, [1, 2]);
        assert!(table.remove(Fd(3)).unwrap().is_some());

        // SAFETY: as above.
        assert_eq!(unsafe { table.become_only(Vec::new()) }.len(), 1);
        assert!(table.is_empty() && table.iter().next().is_none());
    });
}

#[test]
fn guards_from_before_a_second_thread_count() {
    let ledger = Arc::new(Ledger::default());
    let table = Table::new(1, 10);
    // SAFETY: there is one thread until the table is told, and there are no guards.
    unsafe { table.become_single_threaded() };
    let fd = open(&table, &ledger, RightsPair::ALL);
    let guard = get(&table, fd).unwrap();
    table.share();
    std::thread::scope(|scope| scope.spawn(|| assert!(table.remove(fd).unwrap().is_none())).join().unwrap());
    guard.touch();
    drop(guard);
    assert_eq!(ledger.alive(), 0);
}

#[test]
fn room_that_is_kept_is_nobody_elses() {
    for_both(2, |table, ledger| {
        let first = open(table, ledger, RightsPair::ALL);
        let room = table.reserve().unwrap();
        assert_eq!(get(table, first).unwrap().duplicate().err(), Some(Errno::MFILE));
        assert!(table.reserve().is_err());
        let second = room.insert(New::settled(Tracked::new(ledger), RightsPair::ALL));
        assert!(get(table, second).is_ok());
        assert!(table.reserve().is_err());
        drop(table.remove(second));
        drop(table.reserve().unwrap());
        assert!(get(table, first).unwrap().duplicate().is_ok());
    });
}

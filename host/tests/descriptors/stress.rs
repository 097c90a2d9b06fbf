//! Many threads at once. Whatever they do, no object is used after its end, and each ends exactly once.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;

use cloudabi_host::descriptors::{New, RightsPair, Table};
use cloudabi_host::types::{Errno, Fd};

use crate::object::{Ledger, Tracked, get, open, pair};

const THREADS: usize = 8;
const ROUNDS: usize = if cfg!(miri) { 40 } else { 20_000 };

/// Runs the threads, each with its index, and looks whether all objects are gone in the end. Returns how many
/// descriptors the threads left open.
fn threads(
    table: Table<Tracked>,
    ledger: &Arc<Ledger>,
    body: impl Fn(&Table<Tracked>, usize) + Sync,
) -> usize {
    let start = Barrier::new(THREADS);
    thread::scope(|scope| {
        for index in 0..THREADS {
            let (table, body, start) = (&table, &body, &start);
            scope.spawn(move || {
                start.wait();
                body(table, index);
            });
        }
    });
    let open: Vec<_> = table.iter().map(|guard| (guard.number(), guard.touch())).collect();
    assert_eq!(open.len(), table.len());
    let objects: std::collections::HashSet<_> = open.iter().map(|(_, object)| object).collect();
    assert_eq!(ledger.alive(), objects.len(), "closed objects are left, or open ones are gone");
    drop(table);
    assert_eq!(ledger.alive(), 0);
    open.len()
}

/// A cheap stream of numbers for each thread.
fn random(state: &mut u64) -> usize {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*state >> 33) as usize
}

#[test]
fn everything_at_once() {
    let ledger = Arc::new(Ledger::default());
    threads(Table::new(7, 40), &ledger, |table, index| {
        let mut state = index as u64;
        // Few numbers, so that threads meet.
        let mut any = || Fd((random(&mut state) % 24) as u32);
        for round in 0..ROUNDS {
            match (round + index) % 6 {
                0 => drop(table.insert(New::unsettled(Tracked::new(&ledger), RightsPair::ALL))),
                1 => drop(table.remove(any())),
                2 => drop(get(table, any()).map(|guard| (guard.touch(), guard.duplicate()))),
                3 => {
                    if let Ok(guard) = get(table, any()) {
                        let replaced = guard.replace(any());
                        guard.touch();
                        if let Ok(Some(object)) = replaced {
                            object.touch();
                        }
                    }
                }
                4 => {
                    if let Ok(guard) = get(table, any()) {
                        let rights = guard.rights();
                        let less = pair(rights.base.0 & any().0 as u64, rights.inheriting.0);
                        // Another thread may have taken rights away meanwhile.
                        let _ = guard.restrict(less);
                        guard.touch();
                    }
                }
                _ => {
                    let guards = [(); 4].map(|()| get(table, any()));
                    guards.iter().flatten().for_each(|guard| _ = guard.touch());
                }
            }
        }
    });
}

#[test]
fn a_number_that_is_replaced_is_always_open() {
    let ledger = Arc::new(Ledger::default());
    let table = Table::new(3, 10);
    let [target, first, second] = [(); 3].map(|()| open(&table, &ledger, RightsPair::ALL));
    threads(table, &ledger, |table, index| {
        for round in 0..ROUNDS {
            if index < 2 {
                let from = if round % 2 == 0 { first } else { second };
                get(table, from).unwrap().replace(target).unwrap();
            } else {
                get(table, target).expect("never an unused number").touch();
            }
        }
    });
}

#[test]
fn each_descriptor_is_closed_once() {
    let ledger = Arc::new(Ledger::default());
    let (closed, refused) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let left = threads(Table::new(5, 24), &ledger, |table, _| {
        for _ in 0..ROUNDS / 4 {
            let inserted = table.insert(New::settled(Tracked::new(&ledger), RightsPair::ALL));
            refused.fetch_add(usize::from(inserted.is_err()), Ordering::Relaxed);
            for number in 0..8 {
                if let Ok(object) = table.remove(Fd(number)) {
                    object.expect("there are no guards").touch();
                    closed.fetch_add(1, Ordering::Relaxed);
                }
            }
        }
    });
    let ended = closed.into_inner() + refused.into_inner() + left;
    assert_eq!(ended, ledger.made.load(Ordering::SeqCst));
}

#[test]
fn both_sets_of_rights_change_as_a_pair() {
    const STEPS: u32 = 60;
    let ledger = Arc::new(Ledger::default());
    for _ in 0..ROUNDS / 400 + 1 {
        let table = Table::new(9, 10);
        // Both sets are always equal, and lose one right after the other, the highest first.
        let all = (1 << STEPS) - 1;
        let fd = open(&table, &ledger, pair(all, all));
        threads(table, &ledger, |table, index| {
            let mut last = all;
            loop {
                let guard = get(table, fd).unwrap();
                let rights = guard.rights();
                assert_eq!(rights.base, rights.inheriting);
                assert!(rights.base.0 <= last, "a right came back");
                last = rights.base.0;
                if last == 0 {
                    break;
                }
                // Half of the threads only look.
                if index % 2 == 0 {
                    let less = pair(last >> 1, last >> 1);
                    let result = guard.restrict(less);
                    assert!(matches!(result, Ok(()) | Err(Errno::NOTCAPABLE)));
                    let now = get(table, fd).unwrap().rights();
                    assert!(less.contains(now), "{now:?} after {less:?}");
                }
            }
        });
    }
}

#[test]
fn the_limit_is_never_exceeded() {
    const LIMIT: u32 = 5;
    let ledger = Arc::new(Ledger::default());
    threads(Table::new(11, LIMIT), &ledger, |table, _| {
        for _ in 0..ROUNDS / 4 {
            let new = || New::settled(Tracked::new(&ledger), RightsPair::ALL);
            match table.insert_two([new(), new()]) {
                Ok(both) => {
                    assert!(table.len() <= LIMIT as usize);
                    for fd in both {
                        table.remove(fd).unwrap().expect("nobody uses it").touch();
                    }
                }
                Err((back, error)) => {
                    assert_eq!(error, Errno::MFILE);
                    back.iter().for_each(|new| _ = new.object.touch());
                }
            }
        }
    });
}

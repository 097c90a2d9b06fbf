//! Random sequences of operations, held against a map.

use std::collections::BTreeMap;
use std::sync::Arc;

use cloudabi_host::descriptors::{Guard, New, RightsPair, Table};
use cloudabi_host::types::{Errno, Fd};
use proptest::prelude::*;

use crate::object::{Ledger, Tracked, get, pair};

const LIMIT: u32 = 12;

/// An operation. Descriptors are given by their place among those that are open, or by number.
#[derive(Clone, Debug)]
enum Operation {
    Insert(RightsPair),
    InsertUnsettled {
        asked: RightsPair,
        largest: RightsPair,
    },
    InsertTwo(RightsPair),
    Remove(Choice),
    Duplicate(Choice),
    Replace(Choice, Choice),
    Restrict(Choice, RightsPair),
    /// Looks up and keeps the guard.
    Hold(Choice),
    /// Drops one of the guards that are kept.
    Let(usize),
}

#[derive(Clone, Debug)]
enum Choice {
    Open(usize),
    Number(u32),
}

fn rights() -> impl Strategy<Value = RightsPair> {
    (0..8u64, 0..8u64).prop_map(|(base, inheriting)| pair(base, inheriting))
}

fn choice() -> impl Strategy<Value = Choice> {
    prop_oneof![9 => any::<usize>().prop_map(Choice::Open), 1 => (0..40u32).prop_map(Choice::Number)]
}

fn operation() -> impl Strategy<Value = Operation> {
    use Operation::*;
    prop_oneof![
        4 => rights().prop_map(Insert),
        2 => (rights(), rights()).prop_map(|(asked, largest)| InsertUnsettled { asked, largest }),
        1 => rights().prop_map(InsertTwo),
        4 => choice().prop_map(Remove),
        3 => choice().prop_map(Duplicate),
        3 => (choice(), choice()).prop_map(|(from, to)| Replace(from, to)),
        3 => (choice(), rights()).prop_map(|(fd, rights)| Restrict(fd, rights)),
        3 => choice().prop_map(Hold),
        2 => any::<usize>().prop_map(Let),
    ]
}

/// What the table should hold: for each number the object and the rights.
#[derive(Default)]
struct Expected {
    open: BTreeMap<u32, (usize, RightsPair)>,
}

impl Expected {
    fn choose(&self, choice: &Choice) -> Fd {
        match choice {
            Choice::Open(place) if !self.open.is_empty() => {
                Fd(*self.open.keys().nth(place % self.open.len()).unwrap())
            }
            Choice::Open(place) => Fd(*place as u32),
            Choice::Number(number) => Fd(*number),
        }
    }

    fn add(&mut self, fd: Fd, object: usize, rights: RightsPair) {
        let range = 32.max(2 * (self.open.len() as u32 + 1));
        assert!(fd.0 < range, "{fd:?} is too large");
        assert!(self.open.insert(fd.0, (object, rights)).is_none(), "{fd:?} is open already");
    }
}

struct Run<'t> {
    table: &'t Table<Tracked>,
    ledger: &'t Arc<Ledger>,
    expected: Expected,
    guards: Vec<(Guard<'t, Tracked>, usize)>,
}

impl Run<'_> {
    fn room(&self, wanted: usize) -> Result<(), Errno> {
        if self.expected.open.len() + wanted <= LIMIT as usize { Ok(()) } else { Err(Errno::MFILE) }
    }

    fn insert(&mut self, new: New<Tracked>, seen: RightsPair) {
        let object = new.object.id;
        let result = self.table.insert(new).map_err(|(_, error)| error);
        assert_eq!(result.err(), self.room(1).err());
        if let Ok(fd) = result {
            self.expected.add(fd, object, seen);
        }
    }

    /// Whether anybody uses an object.
    fn is_used(&self, object: usize) -> bool {
        let open = self.expected.open.values().any(|(other, _)| *other == object);
        open || self.guards.iter().any(|(_, other)| *other == object)
    }

    /// What closing gave, against whether the object is used now.
    fn closed(&self, given: Option<Tracked>, object: usize) {
        assert_eq!(given.map(|given| given.touch()), (!self.is_used(object)).then_some(object));
    }

    fn step(&mut self, operation: Operation) {
        let table = self.table;
        match operation {
            Operation::Insert(rights) => self.insert(New::settled(Tracked::new(self.ledger), rights), rights),
            Operation::InsertUnsettled { asked, largest } => {
                let object = Tracked::with_largest(self.ledger, largest);
                self.insert(New::unsettled(object, asked), asked.intersection(largest));
            }
            Operation::InsertTwo(rights) => {
                let new = [(); 2].map(|()| New::settled(Tracked::new(self.ledger), rights));
                let objects = [new[0].object.id, new[1].object.id];
                let result = table.insert_two(new).map_err(|(_, error)| error);
                assert_eq!(result.err(), self.room(2).err());
                for (fd, object) in result.iter().flatten().zip(objects) {
                    self.expected.add(*fd, object, rights);
                }
            }
            Operation::Remove(choice) => {
                let fd = self.expected.choose(&choice);
                let known = self.expected.open.remove(&fd.0);
                match (table.remove(fd), known) {
                    (Ok(given), Some((object, _))) => self.closed(given, object),
                    (result, known) => assert_eq!((result.err(), known), (Some(Errno::BADF), None)),
                }
            }
            Operation::Duplicate(choice) => {
                let Some((guard, (object, rights))) = self.get(&choice) else { return };
                let result = guard.duplicate();
                assert_eq!(result.err(), self.room(1).err());
                if let Ok(fd) = result {
                    self.expected.add(fd, object, rights);
                }
            }
            Operation::Replace(from, to) => {
                let to = self.expected.choose(&to);
                let Some((guard, known)) = self.get(&from) else { return };
                let result = guard.replace(to);
                let same = guard.number() == to;
                drop(guard);
                match (result, self.expected.open.get_mut(&to.0)) {
                    (Ok(given), Some(_)) if same => assert!(given.is_none()),
                    (Ok(given), Some(place)) => {
                        let (object, _) = std::mem::replace(place, known);
                        self.closed(given, object);
                    }
                    (result, known) => assert_eq!((result.err(), known), (Some(Errno::BADF), None)),
                }
            }
            Operation::Restrict(choice, rights) => {
                let Some((guard, (object, carried))) = self.get(&choice) else { return };
                let result = guard.restrict(rights);
                assert_eq!(result.err(), (!carried.contains(rights)).then_some(Errno::NOTCAPABLE));
                if result.is_ok() {
                    self.expected.open.insert(guard.number().0, (object, rights));
                }
            }
            Operation::Hold(choice) => {
                if let Some((guard, (object, _))) = self.get(&choice) {
                    self.guards.push((guard, object));
                }
            }
            Operation::Let(place) => {
                if !self.guards.is_empty() {
                    let (guard, object) = self.guards.swap_remove(place % self.guards.len());
                    assert_eq!(guard.touch(), object);
                }
            }
        }
    }

    /// Compares everything that can be seen.
    fn compare(&self) {
        let seen = self.table.iter().map(|guard| (guard.number().0, (guard.touch(), guard.rights())));
        assert_eq!(seen.collect::<BTreeMap<_, _>>(), self.expected.open);
        assert_eq!(self.table.len(), self.expected.open.len());
        let alive = (0..self.ledger.made.load(std::sync::atomic::Ordering::SeqCst))
            .filter(|object| self.is_used(*object))
            .count();
        assert_eq!(self.ledger.alive(), alive);
    }
}

impl<'t> Run<'t> {
    fn get(&self, choice: &Choice) -> Option<(Guard<'t, Tracked>, (usize, RightsPair))> {
        let fd = self.expected.choose(choice);
        match (get(self.table, fd), self.expected.open.get(&fd.0)) {
            (Ok(guard), Some(known)) => {
                assert_eq!((guard.touch(), guard.rights()), *known);
                Some((guard, *known))
            }
            (result, known) => {
                assert_eq!((result.err(), known), (Some(Errno::BADF), None));
                None
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_table_does_what_a_map_does(
        seed: u64,
        shared: bool,
        operations in prop::collection::vec(operation(), 0..120),
    ) {
        let ledger = Arc::new(Ledger::default());
        let table = Table::new(seed, LIMIT);
        if !shared {
            // SAFETY: this test has one thread, and there are no guards yet.
            unsafe { table.become_single_threaded() };
        }
        let mut run = Run { table: &table, ledger: &ledger, expected: Expected::default(), guards: Vec::new() };
        for (index, operation) in operations.into_iter().enumerate() {
            run.step(operation);
            run.compare();
            // A second thread may come at any time.
            if index == 60 {
                table.share();
            }
        }
        drop(run);
        drop(table);
        prop_assert_eq!(ledger.alive(), 0);
    }
}

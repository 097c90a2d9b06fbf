//! The table of descriptors under a model checker, which tries all orders of what threads do, as far as memory
//! orderings allow: `RUSTFLAGS="--cfg loom" cargo test --release -p cloudabi-host --test loom`.
//!
//! An object is read through a guard and written at its end. The checker finds the one without an order to the other.
#![cfg(loom)]

use cloudabi_host::descriptors::{Guard, New, Object, RightsPair, Table};
use cloudabi_host::syscalls::NeededRights;
use cloudabi_host::types::{Errno, Fd, Rights};
use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::sync::atomic::{AtomicUsize, Ordering};
use loom::thread;

struct Watched {
    id: u32,
    content: UnsafeCell<u32>,
    ended: Arc<AtomicUsize>,
}

// SAFETY: the content is read through shared references only, and the checker watches it.
unsafe impl Sync for Watched {}

impl Watched {
    fn read(&self) -> u32 {
        // SAFETY: it is written at the object's end only.
        assert_eq!(self.content.with(|content| unsafe { *content }), self.id);
        self.id
    }
}

impl Object for Watched {
    fn largest_rights(&self) -> RightsPair {
        self.read();
        RightsPair { base: Rights::FD_READ, inheriting: Rights::FD_WRITE }
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        // SAFETY: nobody has a reference to the object any more.
        self.content.with_mut(|content| unsafe { *content = u32::MAX });
        self.ended.fetch_add(1, Ordering::Relaxed);
    }
}

struct World {
    table: Table<Watched>,
    ended: Arc<AtomicUsize>,
}

impl World {
    fn open(&self, id: u32) -> Fd {
        let object = Watched { id, content: UnsafeCell::new(id), ended: Arc::clone(&self.ended) };
        self.table.insert(New::unsettled(object, RightsPair::ALL)).map_err(|(_, error)| error).unwrap()
    }

    fn get(&self, fd: Fd) -> Result<Guard<'_, Watched>, Errno> {
        let guard = self.table.look_up(fd, NeededRights::NONE)?;
        assert_eq!(guard.rights(), guard.largest_rights());
        Ok(guard)
    }
}

/// Opens a descriptor, lets two threads run, and looks whether as many objects ended as were made.
fn check(objects: usize, one: fn(&World, Fd), other: fn(&World, Fd)) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(3);
    model.check(move || {
        let ended = Arc::new(AtomicUsize::new(0));
        let world = Arc::new(World { table: Table::new(3, 3), ended: Arc::clone(&ended) });
        let fd = world.open(1);
        let thread = {
            let world = Arc::clone(&world);
            thread::spawn(move || one(&world, fd))
        };
        other(&world, fd);
        thread.join().unwrap();
        drop(world);
        assert_eq!(ended.load(Ordering::Relaxed), objects);
    });
}

fn look(world: &World, fd: Fd) {
    match world.get(fd) {
        Ok(guard) => assert_eq!(guard.read(), 1, "the entry is another number's"),
        Err(error) => assert_eq!(error, Errno::BADF),
    }
}

fn close(world: &World, fd: Fd) {
    if let Some(object) = world.table.remove(fd).expect("nobody else closes it") {
        object.read();
    }
}

#[test]
fn looking_up_and_closing() {
    check(1, look, close);
}

#[test]
fn looking_up_twice() {
    check(1, look, look);
}

#[test]
fn looking_up_while_the_entry_is_used_again() {
    check(2, look, |world, fd| {
        close(world, fd);
        assert_ne!(world.open(2), fd, "with another seed it is another number");
    });
}

#[test]
fn looking_up_and_replacing() {
    check(
        2,
        |world, fd| assert!((1..=2).contains(&world.get(fd).expect("always open").read())),
        |world, fd| {
            let from = world.open(2);
            drop(world.get(from).unwrap().replace(fd));
            close(world, from);
        },
    );
}

#[test]
fn looking_up_and_restricting() {
    check(1, look_at_rights, |world, fd| {
        world.get(fd).unwrap().restrict(RightsPair::NONE).unwrap();
        close(world, fd);
    });
}

fn look_at_rights(world: &World, fd: Fd) {
    if let Ok(guard) = world.table.look_up(fd, NeededRights::NONE) {
        guard.read();
        let rights = guard.rights();
        assert_eq!(rights.base.is_empty(), rights.inheriting.is_empty(), "the sets are a pair");
    }
}

#[test]
fn going_on_alone() {
    check(
        1,
        |world, fd| {
            look(world, fd);
            // SAFETY: this thread has no guard and does not use the table any more; the other one starts none.
            unsafe { world.table.others_are_gone() };
        },
        |world, fd| {
            look(world, fd);
            look(world, fd);
            close(world, fd);
        },
    );
}

// A host for the definition `codegen/tests/cases/shims`, run by `standalone.rs`: the modules are declared above.

use generated::shims::{ENTRIES, entries};
use generated::syscalls::{Descriptors, NeededRights, Syscalls, sort_items_needs, sort_items_needs_, sort_order_needs};
use generated::thread_block::ThreadBlock;
use generated::types::{Errno, Fd, Item, ItemOne, ItemTwo, Kind, Level, Order, Rights};
use memory::{Fault, GuestAtomic, GuestMemory, GuestRange, GuestRef, GuestSlice, Region};
use std::cell::{Cell, RefCell};

const BASE: u64 = 0x5_0000_0000;

/// All of a program: its memory, and the rights of the descriptors 1 and 2.
struct Gate {
    bytes: RefCell<[u8; 64]>,
    rights: Cell<[u16; 3]>,
    called: Cell<u32>,
}

impl GuestMemory for Gate {
    fn region(&self) -> Region {
        Region::new(BASE, 64).unwrap()
    }

    fn copy_in(&self, from: GuestRange, to: &mut [u8]) -> Result<(), Fault> {
        let start = (from.address() - BASE) as usize;
        to.copy_from_slice(&self.bytes.borrow()[start..start + to.len()]);
        Ok(())
    }

    fn copy_out(&self, to: GuestRange, from: &[u8]) -> Result<(), Fault> {
        let start = (to.address() - BASE) as usize;
        self.bytes.borrow_mut()[start..start + from.len()].copy_from_slice(from);
        Ok(())
    }

    fn probe_write(&self, _: GuestRange) -> Result<(), Fault> {
        Ok(())
    }
}

impl runtime::Runtime for Gate {
    type Memory = Self;
    type Exit = u32;

    fn memory(&self) -> &Self {
        self
    }

    fn leave(&self, exit: u32) -> ! {
        // The last call of all: what it should be is known.
        std::process::exit(if exit == 600 { 0 } else { 1 });
    }
}

impl Descriptors for Gate {
    type Descriptor<'a> = Fd;

    fn descriptor(&self, fd: Fd, needed: NeededRights) -> Result<Fd, Errno> {
        let carried = match fd.0 {
            1 | 2 => self.rights.get()[fd.0 as usize],
            _ => return Err(Errno::BADF),
        };
        if needed.satisfied_by(Rights(carried), Rights::empty()) { Ok(fd) } else { Err(Errno::NOTCAPABLE) }
    }
}

impl Syscalls for Gate {
    fn lift(
        &self,
        runtime: Fd,
        runtime_other: Fd,
        memory: GuestRef<[u16; 4]>,
        region: &[Kind; 3],
        self_: Level,
    ) -> Result<Level, Errno> {
        assert_eq!((runtime, runtime_other), (Fd(1), Fd(2)));
        assert_eq!(region, &[Kind(3), Kind(4), Kind(5)]);
        assert_eq!(memory.load(self)?, [0x0706, 0x0908, 0x0b0a, 0x0d0c]);
        self.called.set(self.called.get() + 1);
        Ok(self_ - 1)
    }

    fn swap(&self, from: Fd, to: Option<Fd>, kind: Kind) -> Result<(), Errno> {
        assert_eq!(from, Fd(1));
        assert_eq!(to.is_some(), kind == Kind::ONE);
        self.called.set(self.called.get() + 1);
        Ok(())
    }

    fn sort(&self, items: GuestSlice<Item>, _: &Order, _: Level) -> Result<(), Errno> {
        assert_eq!(items.len(), 2);
        self.called.set(self.called.get() + 1);
        Ok(())
    }

    fn leave(&self, word: GuestAtomic<u32>, kind: Kind) -> u32 {
        assert_eq!((word.address(), kind), (BASE + 4, Kind::TWO));
        600
    }

    fn when(&self) -> Result<(), Errno> {
        Ok(())
    }

    fn refused(&self) -> Result<(), Errno> {
        Err(Errno::NOSYS)
    }

    fn refused_(&self, call: u32, error: Errno) -> u32 {
        call + error.0
    }
}

fn main() {
    let spoil = u32::from(std::env::args().len() > 1);
    let gate = Gate {
        bytes: RefCell::new(std::array::from_fn(|index| index as u8)),
        rights: Cell::new([0; 3]),
        called: Cell::new(0),
    };
    let table: [Option<runtime::Entry>; ENTRIES] = entries::<Gate>();
    let call = |number: usize, slots: &[u64]| {
        let mut thread = ThreadBlock {
            host_thread_pointer: 0,
            host_stack: std::ptr::null_mut(),
            entries: table.as_ptr(),
            context: (&raw const gate).cast_mut().cast(),
        };
        // SAFETY: everything stays during the call, the context is what the table was made for, and there are enough
        // slots for every call.
        unsafe { table[number].unwrap()(&raw mut thread, slots.as_ptr()) }
    };
    let (inval, fault, badf, notcapable, nosys, notsup) = (1, 2, 3, 4, 5, 70000);
    assert_eq!(ENTRIES, 9);
    for gap in [1, 3, 4] {
        assert_eq!(call(gap, &[]), nosys);
    }

    // lift: all sets of rights for both descriptors, for numbers that its conditions tell apart.
    let fds = 1 | 2 << 32;
    for height in [0i16, 7, 8, -7] {
        for carried in 0..256u16 {
            let (first, second) = (carried & 15, carried >> 4);
            gate.rights.set([0, first, second]);
            let (a, b, c, d) = (first & 1 != 0, first & 2 != 0, first & 4 != 0, first & 8 != 0);
            let enough = (a || b && c)
                && (!(height == 7 || height == 8) || b || d)
                && (height == 0 || second & 3 == 3);
            let slots = [fds, BASE + 6, BASE + 3, 0xdead_0000 | u64::from(height as u16), BASE + 60];
            let before = gate.called.get();
            assert_eq!(call(0, &slots), if enough { spoil } else { notcapable }, "{height} {carried:b}");
            assert_eq!(gate.called.get() - before, u32::from(enough));
            if enough {
                assert_eq!(gate.bytes.borrow()[60..62], (height - 1).to_le_bytes());
            }
        }
    }
    gate.rights.set([0, 15, 15]);
    assert_eq!(call(0, &[fds, BASE + 57, BASE + 3, 0, BASE + 60]), fault);
    assert_eq!(call(0, &[fds, BASE + 6, BASE + 62, 0, BASE + 60]), fault);
    assert_eq!(call(0, &[fds, BASE + 6, BASE + 3, 0, BASE + 63]), fault);
    assert_eq!(call(0, &[1 | 9 << 32, BASE + 6, BASE + 3, 0, BASE + 60]), badf);

    // swap: the right on the descriptor whose number is passed on, and the descriptor that is not always looked at.
    assert_eq!(call(2, &[1, 2, 1]), 0);
    assert_eq!(call(2, &[1, 9, 1]), badf);
    // Where it is not looked at it must be the one that stands for none.
    assert_eq!(call(2, &[1, u64::from(u32::MAX), 0]), 0);
    assert_eq!(call(2, &[1, 2, 0]), inval);
    assert_eq!(call(2, &[9, u64::from(u32::MAX), 0]), badf);
    assert_eq!(call(2, &[1, 2, 4]), notsup);
    gate.rights.set([0, 7, 15]);
    assert_eq!(call(2, &[1, 2, 1]), notcapable);
    gate.rights.set([0, 8, 14]);
    assert_eq!(call(2, &[1, 2, 1]), notcapable);

    // sort: the length of 16 bits, the array in the structure.
    gate.bytes.borrow_mut()[..40].fill(0);
    assert_eq!(call(5, &[BASE, 0xffff_0002, BASE, 0]), 0);
    assert_eq!(call(5, &[BASE, 0x6, BASE, 0]), fault);
    gate.bytes.borrow_mut()[16] = 1;
    assert_eq!(call(5, &[BASE, 0xffff_0002, BASE, 0]), fault);

    // What elements need.
    let one = Item::ZERO.with_one(ItemOne { fd: Fd(7) });
    let two = Item::ZERO.with_two(ItemTwo { fd: Fd(8), other: Fd(9) });
    let height = Item::ZERO.with_height(4);
    let needs = |all: Rights, any: Rights| {
        let mut needed = NeededRights { all, ..NeededRights::NONE };
        needed.any[0] = any;
        needed
    };
    let none = Rights::empty();
    assert_eq!(sort_items_needs(&one, 0), Some((Fd(7), needs(Rights::A, none))));
    assert_eq!(sort_items_needs(&two, 3), Some((Fd(8), needs(Rights::B, none))));
    assert_eq!(sort_items_needs(&two, 4), Some((Fd(8), needs(none, none))));
    assert_eq!(sort_items_needs(&height, 3), None);
    // Another arm than the one that the condition speaks of is in use.
    assert_eq!(sort_items_needs_(&two), Some((Fd(9), needs(none, none))));
    assert_eq!(sort_items_needs_(&one), None);
    let order = Order { fd: Fd(5), ..Order::ZERO };
    assert_eq!(sort_order_needs(&order), Some((Fd(5), needs(Rights::A | Rights::B, none))));

    assert_eq!(call(7, &[]), 0);
    // An error that is not listed: not called here. Undefined values of a call that never returns reach `refused_`, so
    // the last call is one that is in order.
    let _ = inval;
    call(6, &[BASE + 4, 2]);
    unreachable!("the last call does not return");
}

//! Threads.

use alloc::string::String;
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};
use core::sync::atomic::{AtomicUsize, Ordering};

use cloudabi::sync::Mutex;
use cloudabi::thread::{self, Builder};

pub fn joining() {
    let threads: Vec<_> =
        (0..16).map(|index| thread::spawn(move || index * index).expect("a thread")).collect();
    let results: Vec<usize> = threads.into_iter().map(|thread| thread.join()).collect();
    assert!(results.into_iter().eq((0..16).map(|index| index * index)));
    let text = thread::spawn(|| String::from("text")).expect("a thread");
    while !text.is_finished() {
        thread::yield_now();
    }
    assert_eq!(text.join(), "text");
}

pub fn scopes() {
    let mut numbers = [0usize; 64];
    thread::scope(|scope| {
        for (index, part) in numbers.chunks_mut(16).enumerate() {
            scope.spawn(move || part.fill(index)).expect("a thread");
        }
    });
    assert_eq!(numbers.iter().sum::<usize>(), 16 * 6);
    let count = AtomicUsize::new(0);
    thread::scope(|scope| {
        scope
            .spawn(|| {
                // A thread of a scope starts others.
                for _ in 0..3 {
                    scope.spawn(|| count.fetch_add(1, Ordering::Relaxed)).expect("a thread");
                }
            })
            .expect("a thread");
    });
    assert_eq!(count.into_inner(), 3);
}

/// Threads that nobody joins leave nothing behind.
pub fn detached() {
    static RUN: AtomicUsize = AtomicUsize::new(0);

    for round in 1..=500 {
        // 1 MiB for each stack: without an end this would fill the address space.
        drop(thread::spawn(|| RUN.fetch_add(1, Ordering::Relaxed)).expect("a thread"));
        while RUN.load(Ordering::Relaxed) < round {
            thread::yield_now();
        }
    }
}

pub fn locals() {
    static DROPPED: Mutex<Vec<usize>> = Mutex::new(Vec::new());

    struct Noisy(usize);
    impl Drop for Noisy {
        fn drop(&mut self) {
            DROPPED.lock().push(self.0);
            // A variable that is gone can be asked for; one that was never used is made.
            assert!(SECOND.try_with(|_| ()).is_err() || self.0 != 2);
            LATE.with(|late| late.set(1));
        }
    }

    cloudabi::thread_local! {
        static FIRST: RefCell<Vec<usize>> = RefCell::new(Vec::new());
        static SECOND: Noisy = Noisy(2);
        static LATE: Cell<u8> = Cell::new(0);
    }

    FIRST.with(|first| first.borrow_mut().push(1));
    let other = thread::spawn(|| {
        SECOND.with(|second| assert_eq!(second.0, 2));
        FIRST.with(|first| {
            first.borrow_mut().push(2);
            first.borrow().clone()
        })
    });
    assert_eq!(other.expect("a thread").join(), [2]);
    FIRST.with(|first| assert_eq!(*first.borrow(), [1]));
    assert_eq!(*DROPPED.lock(), [2]);
}

/// Variables of compiled code, as C has them.
pub fn compiled_locals() {
    fn variable() -> *mut u64 {
        let address: *mut u64;
        // SAFETY: it only computes an address.
        #[cfg(target_arch = "x86_64")]
        unsafe {
            core::arch::asm!(
                "mov {address}, qword ptr fs:[0]",
                "lea {address}, [{address} + library_local@tpoff]",
                address = out(reg) address,
            );
        }
        // SAFETY: it only computes an address.
        #[cfg(target_arch = "aarch64")]
        unsafe {
            core::arch::asm!(
                "mrs {address}, tpidr_el0",
                "add {address}, {address}, :tprel_hi12:library_local",
                "add {address}, {address}, :tprel_lo12_nc:library_local",
                address = out(reg) address,
            );
        }
        address
    }

    fn check(to: u64) {
        let variable = variable();
        // SAFETY: the thread has such a variable of its own, and another one that is zero at first behind it.
        unsafe {
            assert!(variable.is_aligned());
            assert_eq!((variable.read(), variable.add(1).read()), (0x1234_5678_9abc_def0, 0));
            variable.write(to);
            thread::yield_now();
            assert_eq!(variable.read(), to);
        }
    }

    check(1);
    thread::scope(|scope| {
        for index in 2..5 {
            scope.spawn(move || check(index)).expect("a thread");
        }
    });
}

core::arch::global_asm!(
    ".section .tdata,\"awT\",%progbits",
    ".p2align 5",
    ".globl library_local",
    ".hidden library_local",
    "library_local:",
    ".quad 0x123456789abcdef0",
    ".section .tbss,\"awT\",%nobits",
    ".zero 24",
    ".text",
);

pub fn stacks() {
    fn deep(depth: usize) -> usize {
        let page = core::hint::black_box([depth as u8; 1024]);
        if depth == 0 { 0 } else { deep(depth - 1) + usize::from(page[0] == depth as u8) }
    }

    let large = Builder::new().stack_size(8 << 20).spawn(|| deep(5000)).expect("a thread");
    assert_eq!(large.join(), 5000);
    let small = Builder::new().stack_size(1).spawn(|| 1).expect("a thread");
    assert_eq!(small.join(), 1);
    assert!(Builder::new().stack_size(usize::MAX).spawn(|| ()).is_err());
}

pub fn identities() {
    let own = thread::current();
    let others: Vec<_> = (0..4).map(|_| thread::spawn(thread::current).expect("a thread").join()).collect();
    assert!(others.iter().all(|other| *other != own));
    assert!(others.windows(2).all(|two| two[0] != two[1]));
    assert_eq!(thread::current(), own);
}

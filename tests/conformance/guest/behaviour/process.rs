//! Signals that do not end the process, and what the program was started with. Those that end or stop it, and exit
//! codes, need somebody outside who sees it.

use cloudabi_sys::{Auxtype, Errno, Signal};

use crate::calls;
use crate::report::{Test, fails, holds, same};

pub const TESTS: &[Test] = &[
    ("proc_raise/behaviour/ignored signals", |_| {
        for signal in [Signal::CHLD, Signal::PIPE, Signal::URG, Signal::CONT] {
            calls::raise(signal)?;
        }
        Ok(())
    }),
    ("proc_raise/error/inval", |_| {
        for number in [0, 27, 64, 255] {
            fails(calls::raise(Signal(number)), Errno::INVAL)?;
        }
        Ok(())
    }),
    ("start/behaviour/auxiliary vector", |environment| {
        let start = environment.start;
        let page = start.page_size();
        holds(page.is_power_of_two() && page >= 4096, "the page size is a power of two")?;
        let base = start.number(Auxtype::BASE).unwrap_or_default();
        holds(base != 0 && base % page == 0, "the program begins at a page")?;
        holds(
            start.number(Auxtype::PHDR).is_some_and(|phdr| phdr > base),
            "program headers are in the program",
        )?;
        holds(start.number(Auxtype::PHNUM).is_some_and(|count| count > 0), "there are program headers")?;
        holds(start.number(Auxtype::NCPUS).is_some_and(|count| count > 0), "there is a processor")?;
        let tid = start.number(Auxtype::TID).unwrap_or_default();
        holds(tid != 0 && tid < 1 << 30, "a thread id is not zero and less than 2^30")
    }),
    ("start/behaviour/canary", |environment| {
        let canary = environment.start.bytes(Auxtype::CANARY, Auxtype::CANARYLEN).unwrap_or_default();
        same(canary.len(), 64)?;
        holds(canary.iter().any(|byte| *byte != 0), "canaries are random")
    }),
    ("start/behaviour/process id", |environment| {
        let address = environment.start.number(Auxtype::PID).unwrap_or_default();
        holds(address != 0, "there is a process id")?;
        // SAFETY: the entry points to 16 bytes.
        let id = unsafe { core::ptr::with_exposed_provenance::<[u8; 16]>(address).read() };
        same(id[6] >> 4, 4)?;
        same(id[8] >> 6, 2)
    }),
];

//! What a process says of the mistake that ends it, to the parent: numbers only. It is written by one system call to the
//! pipe that the parent reads. Nobody waits for it.

use core::sync::atomic::{AtomicU64, Ordering};

use cloudabi_host::thread_block::ThreadBlock;
use cloudabi_host::vdso::WORDS;

/// Where the program is that runs in this process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct Place {
    /// What has to be added to an address of the executable.
    pub bias: u64,
    /// Address of the vDSO.
    pub vdso: u64,
    /// The region of the program's memory: its first address, and its size in bytes.
    pub region: [u64; 2],
    /// The device and the number of the executable's file.
    pub file: [u64; 2],
}

/// Where a process was and what it did. All of it may be made up by a hostile program.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct Account {
    /// The number of the process, as it sees itself.
    pub process: u64,
    /// 1 if it is the process that was started, 0 if it is a copy.
    pub first: u64,
    /// What it is about.
    pub kind: u64,
    /// Linux's number of the signal: signal(7).
    pub signal: u64,
    /// `si_code`, `si_addr` of sigaction(2).
    pub code: u64,
    /// As above.
    pub address: u64,
    /// The processor's error code, on x86-64; otherwise all bits are set.
    pub access: u64,
    /// Address of the instruction that caused it, or the one that the call of a stub returns to.
    pub instruction: u64,
    /// Where the program is.
    pub place: Place,
    /// The topmost words of the thread's host stack.
    pub words: [u64; WORDS],
}

/// [`Account::kind`]: an instruction has caused the signal.
pub const FAULT_KIND: u64 = 0;
/// [`Account::kind`]: the program has sent itself the signal.
pub const RAISED_KIND: u64 = 1;
/// [`Account::kind`]: there is no signal; a program was placed, and is about to run.
pub const PLACED_KIND: u64 = 2;

/// Size of an account in bytes.
pub const SIZE: usize = size_of::<Account>();

const NUMBERS: usize = SIZE / size_of::<u64>();

/// Numbers of [`Place`].
static PLACE: [AtomicU64; 6] = [const { AtomicU64::new(0) }; 6];

impl Place {
    /// Notes that this is where the program is from here on.
    pub fn note(self) {
        let Place { bias, vdso, region: [base, size], file: [device, number] } = self;
        for (place, number) in PLACE.iter().zip([bias, vdso, base, size, device, number]) {
            place.store(number, Ordering::Relaxed);
        }
    }

    /// What was noted.
    pub fn noted() -> Place {
        let number = |at: usize| PLACE[at].load(Ordering::Relaxed);
        Place {
            bias: number(0),
            vdso: number(1),
            region: [number(2), number(3)],
            file: [number(4), number(5)],
        }
    }
}

impl Account {
    /// One of which nothing is known but where the program is, and the last call of the thread with this block.
    ///
    /// # Safety
    /// The block is null, or that of the calling thread, which has entered the program.
    pub unsafe fn of(block: *const ThreadBlock) -> Account {
        let mut account = Account { place: Place::noted(), ..Account::default() };
        if !block.is_null() {
            // SAFETY: the caller says that the block is there. So is what is below the top of its stack, which nobody else
            // uses.
            unsafe {
                let top = (*block).host_stack.cast::<u64>();
                for (at, word) in account.words.iter_mut().rev().enumerate() {
                    *word = top.sub(at + 1).read_volatile();
                }
            }
        }
        account
    }

    /// Its bytes.
    pub fn bytes(&self) -> &[u8; SIZE] {
        // SAFETY: it consists of numbers without anything in between.
        unsafe { &*core::ptr::from_ref(self).cast() }
    }

    /// The account that has these bytes, if there are as many as it takes.
    pub fn parse(bytes: &[u8]) -> Option<Account> {
        let mut numbers = [0_u64; NUMBERS];
        if bytes.len() != SIZE {
            return None;
        }
        for (number, bytes) in numbers.iter_mut().zip(bytes.chunks_exact(size_of::<u64>())) {
            *number = u64::from_ne_bytes(bytes.try_into().ok()?);
        }
        // SAFETY: it consists of so many numbers.
        Some(unsafe { core::mem::transmute::<[u64; NUMBERS], Account>(numbers) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let mut stack = [0_u64; WORDS];
        stack[WORDS - 1] = 5;
        let block = ThreadBlock {
            host_thread_pointer: 0,
            host_stack: stack.as_mut_ptr_range().end.cast(),
            entries: core::ptr::null(),
            context: core::ptr::null_mut(),
        };
        // SAFETY: the stack is large enough.
        let mut account = unsafe { Account::of(&raw const block) };
        assert_eq!(account.words, stack);
        account.signal = 11;
        assert_eq!(Account::parse(account.bytes()), Some(account));
        assert_eq!(Account::parse(&account.bytes()[1..]), None);
        // SAFETY: there is no block.
        assert_eq!(unsafe { Account::of(core::ptr::null()) }.words, [0; WORDS]);
    }
}

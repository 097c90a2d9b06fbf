//! A program that ends itself by a signal which stands for a mistake: the parent is told, as of faults.

use cloudabi_host::memory::GuestMemory as _;
use cloudabi_host::types::Signal;

use super::Thread;
use crate::faults::{Account, RAISED_KIND};
use crate::generated::signal_to_host;
use crate::launch;

/// The signals that stand for a mistake.
const MISTAKES: [Signal; 8] = [
    Signal::ABRT,
    Signal::BUS,
    Signal::FPE,
    Signal::ILL,
    Signal::QUIT,
    Signal::SEGV,
    Signal::SYS,
    Signal::TRAP,
];

/// Where, from the topmost word of a host stack down, a stub keeps the address of the caller's frame record: the last of
/// the words is the topmost.
const FRAME: usize = 1;

/// Tells the parent, if the signal stands for a mistake.
pub fn report(thread: &Thread, signal: Signal) {
    let Ok(number) = signal_to_host(signal) else { return };
    if !MISTAKES.contains(&signal) {
        return;
    }
    // SAFETY: it is this thread's block, and the thread serves a call of the program's.
    let mut account = unsafe { Account::of(thread.block) };
    account.process = std::process::id().into();
    account.first = thread.process.ending.is_first().into();
    account.kind = RAISED_KIND;
    account.signal = number as u64;
    let frame = account.words.iter().rev().nth(FRAME).copied().unwrap_or(0);
    let mut address = [0; size_of::<u64>()];
    let place = thread.guest.region().range(frame.wrapping_add(8), address.len() as u64);
    if place.and_then(|place| thread.guest.copy_in_any(place, &mut address)).is_ok() {
        account.instruction = u64::from_ne_bytes(address);
    }
    launch::tell_account(&account);
}

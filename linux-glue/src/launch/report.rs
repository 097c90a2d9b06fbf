//! What the program's process tells its parent, through a pipe: what went wrong, how the program ended where wait(2) does not
//! say it all, and that it wants to be stopped.
//!
//! The program itself could write to the pipe too, since it runs in the same process: it can lie about its own end and about
//! nothing else. The parent takes whatever comes as far as it makes sense.

use std::os::fd::{AsRawFd, OwnedFd};
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};

use crate::faults::{ACCOUNT_SIZE, Account};

/// Bytes of text that are told at most. With what goes before them this is less than what a pipe takes in one piece.
const MOST_TEXT: usize = 960;

/// What precedes a text or stands alone: a kind and a number, which is the length for a text.
const HEAD: usize = 5;

const FAILED: u8 = b'f';
const BROKE: u8 = b'b';
const EXITED: u8 = b'e';
const RAISED: u8 = b'r';
const STOPS: u8 = b's';
const ACCOUNT: u8 = b'a';

/// How many accounts are taken from the pipe at a time, which is more than are written by chance.
const MOST_ACCOUNTS: usize = 64;

/// The pipe of this process; negative if it is none of the program's.
static PIPE: AtomicI32 = AtomicI32::new(-1);

/// Whether the program runs: what goes wrong from then on is the runtime's own fault.
static STARTED: AtomicBool = AtomicBool::new(false);

/// The kernel's descriptor of the pipe, if this process has one.
pub fn descriptor() -> Option<i32> {
    Some(PIPE.load(Ordering::Relaxed)).filter(|fd| *fd >= 0)
}

/// The end of the pipe that the program's process has. It is open for as long as the process is there.
#[derive(Clone, Copy, Debug)]
pub struct Reporter(());

impl Reporter {
    /// Reports through this pipe from here on.
    pub fn new(pipe: OwnedFd) -> Reporter {
        PIPE.store(pipe.as_raw_fd(), Ordering::Relaxed);
        std::mem::forget(pipe);
        Reporter(())
    }

    /// The program runs from here on.
    pub fn started(self) {
        STARTED.store(true, Ordering::Relaxed);
    }

    /// Tells in words what went wrong. The process is to end right after.
    pub fn went_wrong(self, text: &str) {
        let kind = if STARTED.load(Ordering::Relaxed) { BROKE } else { FAILED };
        let text = &text.as_bytes()[..text.len().min(MOST_TEXT)];
        let mut record = [0; HEAD + MOST_TEXT];
        record[..HEAD].copy_from_slice(&head(kind, text.len() as u32));
        record[HEAD..HEAD + text.len()].copy_from_slice(text);
        tell(&record[..HEAD + text.len()]);
    }

    /// Tells the exit code, of which wait(2) shows 8 bits. The process is to end right after.
    pub fn exited(self, code: u32) {
        if code > 0xff {
            tell(&head(EXITED, code));
        }
    }

    /// Tells that the process ends by a signal, with Linux's number, that the kernel would not end it by.
    pub fn raised(self, signal: i32) {
        tell(&head(RAISED, signal.cast_unsigned()));
    }

    /// Asks the parent to stop this process until a `SIGCONT` comes.
    pub fn stops(self) {
        tell(&head(STOPS, 0));
    }
}

/// What is written to the pipe to tell an account: one piece, at once.
pub fn account_record(account: &Account) -> [u8; HEAD + ACCOUNT_SIZE] {
    let mut record = [0; HEAD + ACCOUNT_SIZE];
    record[..HEAD].copy_from_slice(&head(ACCOUNT, ACCOUNT_SIZE as u32));
    record[HEAD..].copy_from_slice(account.bytes());
    record
}

/// Tells an account.
pub fn tell_account(account: &Account) {
    tell(&account_record(account));
}

fn head(kind: u8, number: u32) -> [u8; HEAD] {
    let mut head = [kind; HEAD];
    head[1..].copy_from_slice(&number.to_le_bytes());
    head
}

fn tell(record: &[u8]) {
    let pipe = PIPE.load(Ordering::Relaxed);
    // SAFETY: the kernel reads the bytes. If the parent is gone there is nobody to tell.
    unsafe { libc::write(pipe, record.as_ptr().cast(), record.len()) };
}

/// What was told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Why the program did not run.
    pub failed: Option<String>,
    /// What became of the runtime while it served the program.
    pub broke: Option<String>,
    /// The exit code.
    pub exited: Option<u32>,
    /// The signal that ended it, as Linux numbers it.
    pub raised: Option<i32>,
    /// Whether the process wants to be stopped.
    pub stops: bool,
    /// Mistakes that end processes, and where programs are.
    pub accounts: Vec<Account>,
}

impl Report {
    /// Adds what is in the pipe now.
    pub fn read(&mut self, pipe: &OwnedFd) {
        let mut bytes = [0; 2 * (HEAD + MOST_TEXT)];
        // Others may hold the pipe open, if the program has made processes of its own. Nobody waits for them.
        let length = rustix::io::read(pipe, &mut bytes);
        self.add(&bytes[..length.unwrap_or(0)]);
    }

    fn add(&mut self, mut bytes: &[u8]) {
        while let Some((&[kind, a, b, c, d], rest)) = bytes.split_first_chunk::<HEAD>() {
            let number = u32::from_le_bytes([a, b, c, d]);
            bytes = rest;
            match kind {
                FAILED | BROKE => {
                    let Some((text, rest)) = bytes.split_at_checked(number as usize) else { return };
                    bytes = rest;
                    let text = String::from_utf8_lossy(text);
                    let shown = text.trim_end().chars().map(|c| if c.is_control() { ' ' } else { c });
                    let place = if kind == FAILED { &mut self.failed } else { &mut self.broke };
                    *place = Some(shown.collect());
                }
                EXITED => self.exited = Some(number),
                // Who waits is not to be told of signals that there are not.
                RAISED if (1..=64).contains(&number) => self.raised = Some(number.cast_signed()),
                STOPS => self.stops = true,
                ACCOUNT => {
                    let Some((account, rest)) = bytes.split_at_checked(number as usize) else { return };
                    bytes = rest;
                    if self.accounts.len() < MOST_ACCOUNTS {
                        self.accounts.extend(Account::parse(account));
                    }
                }
                _ => return,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(bytes: &[u8]) -> Report {
        let mut report = Report::default();
        report.add(bytes);
        report
    }

    #[test]
    fn all_bits_of_an_exit_code_arrive() {
        for code in [256, 0x0100_0000, u32::MAX] {
            assert_eq!(report(&head(EXITED, code)).exited, Some(code));
        }
    }

    #[test]
    fn several_things_can_be_told() {
        let told = [&head(STOPS, 0)[..], &head(BROKE, 2), b"no", &head(RAISED, 6)].concat();
        let expected = Report { broke: Some("no".into()), raised: Some(6), stops: true, ..Report::default() };
        assert_eq!(report(&told), expected);
    }

    #[test]
    fn what_makes_no_sense_is_left_out() {
        assert_eq!(report(b""), Report::default());
        assert_eq!(report(b"efg"), Report::default());
        assert_eq!(report(&[0xff; 64]), Report::default());
        assert_eq!(report(&head(FAILED, u32::MAX)), Report::default());
        assert_eq!(report(&head(RAISED, 65)).raised, None);
        assert_eq!(report(&[&head(ACCOUNT, 2)[..], b"no"].concat()), Report::default());
        assert_eq!(report(&head(ACCOUNT, ACCOUNT_SIZE as u32)), Report::default());
        let flood = [&head(ACCOUNT, ACCOUNT_SIZE as u32)[..], &[0; ACCOUNT_SIZE]].concat().repeat(1000);
        assert_eq!(report(&flood).accounts.len(), MOST_ACCOUNTS);
        let told = [&head(FAILED, 4)[..], b"a\x1b\xffb"].concat();
        assert_eq!(report(&told).failed.as_deref(), Some("a \u{fffd}b"));
    }

    #[test]
    fn what_is_told_arrives() {
        let (end, pipe) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::NONBLOCK).expect("a pipe");
        let reporter = Reporter::new(pipe);
        reporter.exited(255);
        reporter.exited(256);
        // SAFETY: there is no block.
        let account = Account { signal: 11, ..unsafe { Account::of(std::ptr::null()) } };
        tell_account(&account);
        reporter.went_wrong(&"x".repeat(MOST_TEXT + 1));
        let mut report = Report::default();
        report.read(&end);
        assert_eq!(report.exited, Some(256));
        assert_eq!(report.accounts, [account]);
        assert_eq!(report.failed.map(|text| text.len()), Some(MOST_TEXT));
    }
}

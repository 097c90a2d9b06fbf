//! What the program's process tells its parent, through a pipe: what went wrong, how the program ended where wait(2) does not
//! say it all, and that it wants to be stopped.
//!
//! The program itself could write to the pipe too, since it runs in the same process: it can lie about its own end and about
//! nothing else. The parent takes whatever comes as far as it makes sense.

use std::os::fd::{AsRawFd, OwnedFd};
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};

use super::Crash;
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

    /// Asks the parent to stop this process until a `SIGCONT` comes. Whether it could be asked.
    pub fn stops(self) -> bool {
        tell(&head(STOPS, 0))
    }
}

/// How many bytes of the pipe an account takes.
pub const ACCOUNT_RECORD: usize = HEAD + ACCOUNT_SIZE;

/// What is written to the pipe to tell an account: one piece, at once.
pub fn account_record(account: &Account) -> [u8; ACCOUNT_RECORD] {
    let mut record = [0; ACCOUNT_RECORD];
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

/// Whether there was room for it. If the parent is gone there is nobody to tell.
fn tell(record: &[u8]) -> bool {
    let pipe = PIPE.load(Ordering::Relaxed);
    // SAFETY: the kernel reads the bytes.
    unsafe { libc::write(pipe, record.as_ptr().cast(), record.len()) >= 0 }
}

/// What was told. All of it may be made up.
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
    /// Mistakes that end processes, and where programs are. As many as [`Report::MOST_ACCOUNTS`] at most.
    pub(crate) accounts: Vec<Account>,
    /// The beginning of a record whose end has not been read yet.
    rest: Vec<u8>,
}

/// How often the pipe is read before the parent looks at something else. A pipe holds less than that: pipe(7).
const MOST_READS: usize = 64;

impl Report {
    /// How many accounts are taken from the pipe at a time, which is more than are written by chance.
    pub const MOST_ACCOUNTS: usize = 64;

    /// What the accounts say of mistakes, in a program that was started from this executable. They are forgotten.
    pub fn crashes(&mut self, executable: &OwnedFd) -> Vec<Crash> {
        self.accounts.drain(..).map(|account| Crash::new(&account, executable)).collect()
    }

    /// Adds what is in the pipe now.
    pub(crate) fn read(&mut self, pipe: &OwnedFd) {
        let mut bytes = [0; 2 * (HEAD + MOST_TEXT)];
        for _ in 0..MOST_READS {
            // Others may hold the pipe open, if the program has made processes of its own. Nobody waits for them.
            match rustix::io::read(pipe, &mut bytes) {
                Ok(length) if length > 0 => self.add(&bytes[..length]),
                _ => break,
            }
        }
    }

    /// Adds what comes next.
    pub fn add(&mut self, bytes: &[u8]) {
        let mut all = std::mem::take(&mut self.rest);
        all.extend_from_slice(bytes);
        let mut bytes = &all[..];
        while let Some((&[kind, a, b, c, d], body)) = bytes.split_first_chunk::<HEAD>() {
            let number = u32::from_le_bytes([a, b, c, d]);
            let length = match kind {
                FAILED | BROKE if number as usize <= MOST_TEXT => number as usize,
                ACCOUNT if number as usize == ACCOUNT_SIZE => ACCOUNT_SIZE,
                EXITED | RAISED | STOPS => 0,
                // It makes no sense, and so neither does what follows.
                _ => return,
            };
            let Some((body, rest)) = body.split_at_checked(length) else { break };
            bytes = rest;
            self.note(kind, number, body);
        }
        self.rest = bytes.to_vec();
    }

    fn note(&mut self, kind: u8, number: u32, body: &[u8]) {
        match kind {
            FAILED | BROKE => {
                let text = String::from_utf8_lossy(body);
                let shown = text.trim_end().chars().map(|c| if c.is_control() { ' ' } else { c });
                let place = if kind == FAILED { &mut self.failed } else { &mut self.broke };
                *place = Some(shown.collect());
            }
            EXITED => self.exited = Some(number),
            // Who waits is not to be told of signals that there are not.
            RAISED if (1..=64).contains(&number) => self.raised = Some(number.cast_signed()),
            STOPS => self.stops = true,
            ACCOUNT if self.accounts.len() < Report::MOST_ACCOUNTS => {
                self.accounts.extend(Account::parse(body))
            }
            _ => {}
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
        assert_eq!(report(b"xfg-h-"), Report::default());
        assert_eq!(report(&[0xff; 64]), Report::default());
        assert_eq!(report(&head(FAILED, u32::MAX)), Report::default());
        assert_eq!(report(&head(RAISED, 65)).raised, None);
        assert_eq!(report(&[&head(ACCOUNT, 2)[..], b"no"].concat()), Report::default());
        let flood = [&head(ACCOUNT, ACCOUNT_SIZE as u32)[..], &[0; ACCOUNT_SIZE]].concat().repeat(1000);
        assert_eq!(report(&flood).accounts.len(), Report::MOST_ACCOUNTS);
        let told = [&head(FAILED, 4)[..], b"a\x1b\xffb"].concat();
        assert_eq!(report(&told).failed.as_deref(), Some("a \u{fffd}b"));
    }

    #[test]
    fn a_record_may_come_in_parts() {
        let told = [&head(FAILED, 4)[..], b"text", &head(EXITED, 300)].concat();
        for place in 0..=told.len() {
            let mut report = Report::default();
            report.add(&told[..place]);
            report.add(&told[place..]);
            let expected = Report { failed: Some("text".into()), exited: Some(300), ..Report::default() };
            assert_eq!(report, expected, "{place}");
        }
    }

    #[test]
    fn however_much_was_told_before_the_end_is_read() {
        let (end, pipe) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::NONBLOCK).expect("a pipe");
        let account = account_record(&Account::default());
        for _ in 0..100 {
            rustix::io::write(&pipe, &account).expect("room");
        }
        rustix::io::write(&pipe, &head(EXITED, 300)).expect("room");
        let mut report = Report::default();
        report.read(&end);
        assert_eq!((report.accounts.len(), report.exited), (Report::MOST_ACCOUNTS, Some(300)));
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

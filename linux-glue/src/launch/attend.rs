//! What the parent does while the program runs: it kills whoever makes a forbidden system call, stops the program when that
//! asks for it, and passes on what is told of mistakes and of calls.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

use super::crash::{Crash, Placed};
use super::report::Report;
use super::{Running, signals};
use crate::faults::PLACED_KIND;
use crate::trace::{Counts, Listener, Record};

/// How many calls are passed on before somebody else gets a turn.
const ROUND: usize = 64;

/// How many calls are passed on when the program has ended. More do not fit into the socket.
const REST: usize = 4096;

impl Running {
    /// Attends to the program until it has ended, if there is something to attend to. Whether it was the child that was
    /// killed for a system call.
    pub(super) fn attend(&mut self, report: &mut Report) -> io::Result<bool> {
        if self.watch.is_none() && self.tracing.is_none() && !self.first {
            return Ok(false);
        }
        let tracing = self.tracing.take();
        let mut listener = self.listener.take().unwrap_or(Box::new(Nobody));
        let child = pidfd_open(self.child, PidfdFlags::empty())?;
        let mut killed = false;
        // Whether there are still processes that the filter holds, and some that tell of calls.
        let (mut watching, mut listening) = (self.watch.is_some(), tracing.is_some());
        // Whether the pipe still leads somewhere.
        let mut telling = true;
        loop {
            let watched = self.watch.as_ref().filter(|_| watching).map(AsFd::as_fd);
            let traced = tracing.as_ref().filter(|_| listening).map(AsFd::as_fd);
            let report_end = Some(self.report.as_fd()).filter(|_| telling);
            let places = [Some(child.as_fd()), report_end, watched, traced];
            let [ended, told, asked, called] = wait_for(places, listener.waits().filter(|_| listening))?;
            if called.contains(PollFlags::IN)
                && let Some(tracing) = &tracing
            {
                tracing.pass_on(&mut *listener, ROUND)?;
            } else if !called.is_empty() {
                listening = false;
            }
            if asked.contains(PollFlags::IN) {
                killed |= self.refuse(child.as_fd())?;
            } else if !asked.is_empty() {
                // There is nobody left whom the filter holds.
                watching = false;
            }
            if !ended.is_empty() {
                break;
            }
            if told.contains(PollFlags::IN) {
                self.read(report);
                if std::mem::take(&mut report.stops) {
                    signals::stop_with(&child)?;
                }
            } else if !told.is_empty() {
                // Usually the child is about to end. But a hostile program can close the pipe as well, and then do something
                // else.
                telling = false;
            }
        }
        if let Some(tracing) = tracing {
            tracing.pass_on(&mut *listener, REST)?;
            listener.ended(tracing.counts());
        }
        Ok(killed)
    }

    /// Reads what was told, and passes on what of it does not matter for the end.
    pub(super) fn read(&mut self, report: &mut Report) {
        report.read(&self.report);
        for account in report.accounts.drain(..) {
            if self.told_of.accounts >= self.most_told {
                continue;
            }
            self.told_of.accounts += 1;
            if account.kind == PLACED_KIND {
                let process = self.child.as_raw_nonzero().get();
                (self.on_placed)(&Placed::new(&account, process, &self.executable));
            } else {
                (self.on_crash)(&Crash::new(&account, &self.executable), &self.executable);
            }
        }
    }

    /// Kills somebody who has made a forbidden system call. Whether that was the child.
    fn refuse(&mut self, child: BorrowedFd<'_>) -> io::Result<bool> {
        let Some(watch) = &self.watch else { return Ok(false) };
        match watch.refuse() {
            Ok(Some(refused)) => {
                if self.told_of.refusals < self.most_told {
                    self.told_of.refusals += 1;
                    (self.on_refusal)(&refused);
                }
                return Ok(refused.process == self.child.as_raw_nonzero().get());
            }
            Ok(None) => {}
            // It cannot be found: so all of it has to go.
            Err(_) => pidfd_send_signal(child, Signal::KILL)?,
        }
        Ok(false)
    }
}

/// Waits until there is something to read for one of these, or so many milliseconds.
fn wait_for<const N: usize>(
    places: [Option<BorrowedFd<'_>>; N],
    milliseconds: Option<u32>,
) -> io::Result<[PollFlags; N]> {
    let pause = milliseconds.map(|milliseconds| Timespec {
        tv_sec: (milliseconds / 1000).into(),
        tv_nsec: (milliseconds % 1000 * 1_000_000).into(),
    });
    let mut waiting: Vec<PollFd<'_>> =
        places.iter().flatten().map(|fd| PollFd::from_borrowed_fd(*fd, PollFlags::IN)).collect();
    match poll(&mut waiting, pause.as_ref()) {
        Err(Errno::INTR) => return Ok([PollFlags::empty(); N]),
        result => result?,
    };
    let mut answers = waiting.iter().map(PollFd::revents);
    Ok(places.map(|place| place.and_then(|_| answers.next()).unwrap_or(PollFlags::empty())))
}

/// Who listens if nobody does.
struct Nobody;

impl Listener for Nobody {
    fn told(&mut self, _: &Record<'_>) {}

    fn ended(&mut self, _: Option<&Counts>) {}
}

//! Starting a program: the child's side, from fork(2) to the program's first instruction.

use std::convert::Infallible;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::channel::Channel;
use super::{Launch, LaunchError, Reporter, Ties, cannot, tell_account};
use crate::faults::{self, Account, PLACED_KIND};
use crate::heap;
use crate::runtime::{self, Program, host_descriptors};
use crate::sandbox::{Layer, privileges, wipe, world};

/// The exit status of a process whose runtime failed: `EX_SOFTWARE` of sysexits(3).
pub const FAILED: i32 = 70;

/// Whether somebody wants to know where programs are in memory.
static DEBUGGED: AtomicBool = AtomicBool::new(false);

/// Tells the parent, if it wants to know, where the program is in memory that is about to run. Copies of the process that
/// was started tell nothing: their parents' numbers hold for them, too.
pub fn placed() {
    if DEBUGGED.load(Ordering::Relaxed) {
        // SAFETY: there is no block.
        let account = Account { kind: PLACED_KIND, ..unsafe { Account::of(std::ptr::null()) } };
        tell_account(&account);
    }
}

/// Becomes the program. What goes wrong is told in words.
pub fn run(launch: Launch, prepared: bool, ties: Ties) -> ! {
    heap::survive_forks();
    let Ties { report, reporter, channel, tracing } = ties;
    let (theirs, channel) = channel.unzip();
    let (outside, inside) = tracing.unzip();
    // The parent's ends.
    drop((report, theirs, outside));
    if let Some(inside) = inside {
        runtime::trace::begin(inside);
    }
    let number = reporter.as_raw_fd();
    faults::report_to(number);
    let reporter = Reporter::new(reporter);
    std::panic::set_hook(Box::new(move |panic| {
        reporter.went_wrong(&panic.to_string());
        // The first process of a namespace does not die of an `abort`, as other ones do after this.
        if world::is_first_process() {
            // SAFETY: the process ends here, and nothing of it is of use any more.
            unsafe { libc::_exit(FAILED) }
        }
    }));
    // SAFETY: the pipe stays open.
    let pipe = unsafe { BorrowedFd::borrow_raw(number) };
    let Err(error) =
        enter(launch, prepared, pipe, channel.as_ref()).and_then(|launch| start(launch, reporter, channel));
    reporter.went_wrong(&error.to_string());
    // SAFETY: the process ends here, without the parent's clean-up, of which this is a copy.
    unsafe { libc::_exit(127) }
}

/// Enters the world that the program is to be in.
fn enter(
    mut launch: Launch,
    prepared: bool,
    reporter: BorrowedFd<'_>,
    channel: Option<&Channel>,
) -> Result<Launch, LaunchError> {
    let sandbox = launch.sandbox;
    // The program is not to outlive the parent, which stands for it towards everybody else.
    privileges::end_with_parent().map_err(cannot("tie the program's life to its parent's"))?;
    if sandbox.has(Layer::Descriptors) {
        let mut kept: Vec<i32> = launch.descriptors.iter().map(|granted| granted.fd.as_raw_fd()).collect();
        kept.extend([launch.executable.as_raw_fd(), reporter.as_raw_fd()]);
        kept.extend(channel.map(Channel::number));
        kept.extend(runtime::trace::descriptor());
        // SAFETY: the program's descriptors are listed, and of the parent's own nothing is used from here on.
        unsafe { host_descriptors::close_all_but(&mut kept) }
            .map_err(cannot("close what was not granted"))?;
    }
    if is_gone(reporter) {
        // No signal will tell of it.
        return Err(LaunchError::Child("the process that started the program has ended".to_string()));
    }
    sandbox.empty_world(&mut launch.descriptors, prepared)?;
    Ok(launch)
}

/// Whether nobody reads the pipe any more.
fn is_gone(reporter: BorrowedFd<'_>) -> bool {
    let mut place = [PollFd::new(&reporter, PollFlags::empty())];
    let now = Timespec { tv_sec: 0, tv_nsec: 0 };
    let looked = rustix::io::retry_on_intr(|| poll(&mut place, Some(&now)));
    looked.is_ok() && place[0].revents().contains(PollFlags::ERR)
}

fn start(launch: Launch, reporter: Reporter, channel: Option<Channel>) -> Result<Infallible, LaunchError> {
    let Launch { executable, image, argument_data, descriptors, sandbox, trace: _ } = launch;
    runtime::signals::ready();
    if sandbox.has(Layer::Wiping) {
        // SAFETY: there is one thread, and what is needed of the starter's is in `Launch`.
        unsafe { wipe::environment() };
    }
    let before = sandbox.before(&descriptors)?;
    let program = Program::place(&image, executable.as_fd(), &argument_data, descriptors, reporter)?;
    drop((executable, image, argument_data));
    let listener = sandbox.raise(before)?;
    if let Some(channel) = channel {
        channel.send(listener).map_err(cannot("send the filter's listener to the parent"))?;
    }
    if sandbox.debug {
        DEBUGGED.store(true, Ordering::Relaxed);
        placed();
    }
    if sandbox.has(Layer::Wiping) {
        wipe::no_longer();
        wipe::stack();
    }
    program.run()
}

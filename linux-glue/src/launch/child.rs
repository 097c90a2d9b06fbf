//! Starting a program: the child's side, from fork(2) to the program's first instruction.

use std::convert::Infallible;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::sync::atomic::{AtomicI32, Ordering};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::channel::Channel;
use super::{Ended, Launch, LaunchError, Status, Ties, cannot};
use crate::runtime::{self, Program, host_descriptors};
use crate::sandbox::{Layer, keeper, privileges, wipe};

/// The pipe for what the runtime has to say; negative if this process is none of the program's.
static REPORTER: AtomicI32 = AtomicI32::new(-1);

/// The kernel's descriptor of the pipe that the runtime says things through, if it has one.
pub fn reporter() -> Option<i32> {
    Some(REPORTER.load(Ordering::Relaxed)).filter(|fd| *fd >= 0)
}

/// Becomes the program. What goes wrong before it runs is written to the pipe, in words.
pub fn run(launch: Launch, prepared: bool, ties: Ties) -> ! {
    let Ties { status, ended, report, reporter, channel } = ties;
    let (theirs, channel) = channel.unzip();
    // The parent's ends.
    drop((report, theirs));
    let reporter: &'static OwnedFd = Box::leak(Box::new(reporter));
    REPORTER.store(reporter.as_raw_fd(), Ordering::Relaxed);
    // If the parent is gone there is nobody to tell.
    let tell = move |text: &str| {
        let _ = rustix::io::write(reporter, text.as_bytes());
    };
    std::panic::set_hook(Box::new(move |panic| tell(&panic.to_string())));
    let Err(error) = enter(launch, prepared, ended, reporter, channel.as_ref())
        .and_then(|launch| start(launch, status, channel));
    tell(&error.to_string());
    // SAFETY: the process ends here, without the parent's clean-up, of which this is a copy.
    unsafe { libc::_exit(127) }
}

/// Enters the world that the program is to be in. Where that has processes of its own, this goes on in the second one of
/// these, and the first one waits for it.
fn enter(
    mut launch: Launch,
    prepared: bool,
    ended: Option<Ended>,
    reporter: &OwnedFd,
    channel: Option<&Channel>,
) -> Result<Launch, LaunchError> {
    let sandbox = launch.sandbox;
    // The program is not to outlive the parent, which stands for it towards everybody else.
    privileges::end_with_parent().map_err(cannot("tie the program's life to its parent's"))?;
    if sandbox.has(Layer::Descriptors) {
        let mut kept: Vec<i32> = launch.descriptors.iter().map(|granted| granted.fd.as_raw_fd()).collect();
        kept.extend([launch.executable.as_raw_fd(), reporter.as_raw_fd()]);
        kept.extend(channel.map(Channel::number));
        // SAFETY: the program's descriptors are listed, and of the parent's own nothing is used from here on.
        unsafe { host_descriptors::close_all_but(&mut kept) }
            .map_err(cannot("close what was not granted"))?;
    }
    if is_gone(reporter) {
        // No signal will tell of it.
        return Err(LaunchError::Child("the process that started the program has ended".to_string()));
    }
    sandbox.empty_world(&mut launch.descriptors, prepared)?;
    let Some(ended) = ended else { return Ok(launch) };

    ended.keep().map_err(cannot("keep the program from a page of memory"))?;
    // SAFETY: whatever the starter did with the signal, children are to be waited for.
    unsafe { libc::signal(libc::SIGCHLD, libc::SIG_DFL) };
    // SAFETY: there is one thread.
    match unsafe { libc::fork() } {
        -1 => Err(cannot("make a process")(std::io::Error::last_os_error())),
        0 => {
            // There is no page behind it here.
            std::mem::forget(ended);
            // In namespaces without processes of their own, nothing else ends this one.
            privileges::end_with_parent().map_err(cannot("tie the program's life to its keeper's"))?;
            Ok(launch)
        }
        child => keeper::keep(child, &ended),
    }
}

/// Whether nobody reads the pipe any more.
fn is_gone(reporter: &OwnedFd) -> bool {
    let mut place = [PollFd::new(reporter, PollFlags::empty())];
    let now = Timespec { tv_sec: 0, tv_nsec: 0 };
    let looked = rustix::io::retry_on_intr(|| poll(&mut place, Some(&now)));
    looked.is_ok() && place[0].revents().contains(PollFlags::ERR)
}

fn start(launch: Launch, status: Status, channel: Option<Channel>) -> Result<Infallible, LaunchError> {
    let Launch { executable, image, argument_data, descriptors, sandbox } = launch;
    runtime::signals::ready();
    if sandbox.has(Layer::Wiping) {
        // SAFETY: there is one thread, and what is needed of the starter's is in `Launch`.
        unsafe { wipe::environment() };
    }
    let before = sandbox.before(&descriptors)?;
    let program = Program::place(&image, executable.as_fd(), &argument_data, descriptors, status)?;
    drop((executable, image, argument_data));
    let listener = sandbox.raise(before)?;
    if let Some(channel) = channel {
        channel.say(listener).map_err(cannot("tell the parent of the program's process"))?;
    }
    if sandbox.has(Layer::Wiping) {
        wipe::no_longer();
        wipe::stack();
    }
    program.run()
}

//! Starting a program: the child's side, from fork(2) to the program's first instruction.

use std::convert::Infallible;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::sync::atomic::{AtomicI32, Ordering};

use rustix::process::Pid;

use super::status::Status;
use super::{Launch, LaunchError, cannot};
use crate::runtime::{self, Program, host_descriptors};

/// The pipe for what the runtime has to say; negative if this process is none of the program's.
static REPORTER: AtomicI32 = AtomicI32::new(-1);

/// The kernel's descriptor of the pipe that the runtime says things through, if it has one.
pub fn reporter() -> Option<i32> {
    Some(REPORTER.load(Ordering::Relaxed)).filter(|fd| *fd >= 0)
}

/// Becomes the program. What goes wrong before it runs is written to the pipe, in words.
pub fn run(launch: Launch, parent: Pid, status: Status, reporter: OwnedFd) -> ! {
    let reporter: &'static OwnedFd = Box::leak(Box::new(reporter));
    REPORTER.store(reporter.as_raw_fd(), Ordering::Relaxed);
    // If the parent is gone there is nobody to tell.
    let tell = move |text: &str| {
        let _ = rustix::io::write(reporter, text.as_bytes());
    };
    std::panic::set_hook(Box::new(move |panic| tell(&panic.to_string())));
    let Err(error) = start(launch, parent, status, reporter);
    tell(&error.to_string());
    // SAFETY: the process ends here, without the parent's clean-up, of which this is a copy.
    unsafe { libc::_exit(127) }
}

fn start(launch: Launch, parent: Pid, status: Status, reporter: &OwnedFd) -> Result<Infallible, LaunchError> {
    let Launch { executable, image, argument_data, descriptors, sandbox } = launch;
    // The program is not to outlive the parent, which stands for it towards everybody else.
    let killed = Some(rustix::process::Signal::KILL);
    rustix::process::set_parent_process_death_signal(killed)
        .map_err(cannot("tie the program's life to its parent's"))?;
    if rustix::process::getppid() != Some(parent) {
        // It is gone already, so that no signal will tell of it.
        return Err(LaunchError::Child("the process that started the program has ended".to_string()));
    }
    runtime::signals::ready();

    let mut kept: Vec<i32> = descriptors.iter().map(|granted| granted.fd.as_raw_fd()).collect();
    kept.extend([executable.as_raw_fd(), reporter.as_raw_fd()]);
    // SAFETY: the program's descriptors are listed, and of the parent's own nothing is used from here on.
    unsafe { host_descriptors::close_all_but(&mut kept) }.map_err(cannot("close what was not granted"))?;

    let program = Program::place(&image, executable.as_fd(), &argument_data, descriptors, status)?;
    drop(executable);
    sandbox.raise()?;
    program.run()
}

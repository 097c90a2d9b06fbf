//! Starting a program: the child's side, from fork(2) to the program's first instruction.

use std::convert::Infallible;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};

use super::status::Status;
use super::{Launch, LaunchError, cannot};
use crate::runtime::{self, Program};

/// Becomes the program. What goes wrong before it runs is written to the pipe, in words.
pub fn run(launch: Launch, status: Status, reporter: OwnedFd) -> ! {
    let reporter: &'static OwnedFd = Box::leak(Box::new(reporter));
    // If the parent is gone there is nobody to tell.
    let tell = move |text: &str| {
        let _ = rustix::io::write(reporter, text.as_bytes());
    };
    std::panic::set_hook(Box::new(move |panic| tell(&panic.to_string())));
    let Err(error) = start(launch, status, reporter);
    tell(&error.to_string());
    // SAFETY: the process ends here, without the parent's clean-up, of which this is a copy.
    unsafe { libc::_exit(127) }
}

fn start(launch: Launch, status: Status, reporter: &OwnedFd) -> Result<Infallible, LaunchError> {
    let Launch { executable, image, argument_data, descriptors, sandbox } = launch;
    // The program is not to outlive the parent, which stands for it towards everybody else.
    let killed = Some(rustix::process::Signal::KILL);
    rustix::process::set_parent_process_death_signal(killed)
        .map_err(cannot("tie the program's life to its parent's"))?;
    runtime::signals::ready();

    let mut kept: Vec<i32> = descriptors.iter().map(|granted| granted.fd.as_raw_fd()).collect();
    kept.extend([executable.as_raw_fd(), reporter.as_raw_fd()]);
    close_all_but(&mut kept)?;

    let program = Program::place(&image, executable.as_fd(), &argument_data, descriptors, status)?;
    drop(executable);
    sandbox.raise()?;
    program.run()
}

/// Closes every descriptor that is not listed.
fn close_all_but(kept: &mut [i32]) -> Result<(), LaunchError> {
    kept.sort_unstable();
    let mut first = 0;
    for &fd in kept.iter() {
        // A descriptor is not negative.
        let fd = fd.cast_unsigned();
        if first < fd {
            close_range(first, fd - 1)?;
        }
        first = fd + 1;
    }
    close_range(first, u32::MAX)
}

/// close_range(2), ends included.
fn close_range(first: u32, last: u32) -> Result<(), LaunchError> {
    // SAFETY: nothing in this process uses the descriptors in the range: the program's are not in it, and of the
    // parent's own nothing is used from here on.
    match unsafe { libc::syscall(libc::SYS_close_range, first, last, 0) } {
        0 => Ok(()),
        _ => Err(cannot("close what was not granted")(std::io::Error::last_os_error())),
    }
}

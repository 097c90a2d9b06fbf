//! Starts a program with argument data from a file and with descriptors of its own, by number, and ends as it ends:
//! `start [-a FILE] [-f NUMBER]... PROGRAM`. Each descriptor gets all rights that make sense for it.

#[cfg(all(target_os = "freebsd", any(target_arch = "x86_64", target_arch = "aarch64")))]
fn main() {
    match freebsd::start(std::env::args().skip(1)) {
        Ok(code) => std::process::exit(code),
        Err(error) => {
            eprintln!("start: {error}");
            std::process::exit(126);
        }
    }
}

#[cfg(not(all(target_os = "freebsd", any(target_arch = "x86_64", target_arch = "aarch64"))))]
fn main() {
    eprintln!("start: there is something to start on FreeBSD only");
    std::process::exit(126);
}

#[cfg(all(target_os = "freebsd", any(target_arch = "x86_64", target_arch = "aarch64")))]
mod freebsd {
    use std::error::Error;
    use std::fs::File;
    use std::io;
    use std::os::fd::{FromRawFd, OwnedFd};
    use std::os::unix::fs::FileExt;

    use cloudabi_freebsd_glue::heap::Heap;
    use cloudabi_freebsd_glue::launch::{End, Granted, Launch};
    use cloudabi_host::image::{self, Machine, ReadAt};
    use cloudabi_host::types::Rights;

    #[global_allocator]
    static HEAP: Heap = Heap;

    struct Executable(File);

    impl ReadAt for Executable {
        fn size(&self) -> io::Result<u64> {
            Ok(self.0.metadata()?.len())
        }

        fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
            self.0.read_at(buffer, offset)
        }
    }

    pub fn start(mut arguments: impl Iterator<Item = String>) -> Result<i32, Box<dyn Error>> {
        let (mut argument_data, mut descriptors, mut program) = (Vec::new(), Vec::new(), None);
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().ok_or(format!("{argument} wants a value"));
            match &*argument {
                "-a" => argument_data = std::fs::read(value()?)?,
                "-f" => {
                    let number: i32 = value()?.parse()?;
                    // SAFETY: whoever starts this hands the descriptor over.
                    let fd = unsafe { OwnedFd::from_raw_fd(number) };
                    descriptors.push(Granted { fd, base: Rights::all(), inheriting: Rights::all() });
                }
                _ => program = Some(argument),
            }
        }
        let program = program.ok_or("no program is named")?;
        let executable = Executable(File::open(&program)?);
        // The pages of both machines.
        let image = image::read(&executable, Machine::HOST, 4096)?;
        let launch = Launch { executable: executable.0.into(), image, argument_data, descriptors };
        match launch.start()?.wait()? {
            End::Exited(code) => Ok(if code == 0 { 0 } else { (code & 0xff).max(1).cast_signed() }),
            End::Killed(signal) => {
                eprintln!("start: the program was ended by signal {signal}");
                Ok(128 + signal)
            }
        }
    }
}

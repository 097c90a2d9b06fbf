//! Starting programs with `cloudabi-run`.

use std::io::Write as _;
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use cloudabi_test_support::{Captured, guest, runner, scratch};
use rustix::fs::{Mode, OFlags};
use rustix::net::{AddressFamily, SocketType};
use rustix::pty::OpenptFlags;

/// What every configuration begins with.
pub const HEAD: &str = "%TAG ! tag:nuxi.nl,2015:cloudabi/\n---\n";

/// The most descriptors that a program may have, so that it does not take long to find out.
const DESCRIPTORS: u32 = 1024;

/// What programs are given beside a directory, so that all of the definition can be tried. The descriptors are such
/// as programs that are executed inherit.
pub struct Started {
    device: OwnedFd,
    terminal: OwnedFd,
    /// Without its other end a terminal is gone.
    _controller: OwnedFd,
    stream: OwnedFd,
    datagram: OwnedFd,
    /// Listening sockets: within the machine, on a network, and one that nobody connects to.
    listeners: [OwnedFd; 3],
    /// The other ends of the connections that were made to them.
    _clients: Vec<OwnedFd>,
}

/// How many connections wait in a listening socket.
const CONNECTIONS: usize = 20;

/// A listening socket, and so many connections to it, on each of which somebody has said `hello`.
fn listener(family: AddressFamily, connections: usize) -> (OwnedFd, Vec<OwnedFd>) {
    let socket = || rustix::net::socket(family, SocketType::STREAM, None).expect("a socket can be made");
    let listener = socket();
    match family {
        AddressFamily::INET => {
            let anywhere = std::net::SocketAddr::from(([127, 0, 0, 1], 0));
            rustix::net::bind(&listener, &anywhere).expect("the machine has itself for a network");
        }
        // The kernel makes up a name that is in no file system.
        _ => {
            let nameless = rustix::net::SocketAddrUnix::new_unnamed();
            rustix::net::bind(&listener, &nameless).expect("a name can be had")
        }
    }
    rustix::net::listen(&listener, 128).expect("a socket can listen");
    let address = rustix::net::getsockname(&listener).expect("it has an address");
    let connect = |_| {
        let client = socket();
        rustix::io::fcntl_setfd(&client, rustix::io::FdFlags::CLOEXEC).expect("it is open");
        rustix::net::connect(&client, &address).expect("it listens");
        rustix::io::write(&client, b"hello").expect("there is room");
        client
    };
    let clients = (0..connections).map(connect).collect();
    (listener, clients)
}

impl Started {
    pub fn new() -> Self {
        let open = |path: &str, flags: OFlags| {
            rustix::fs::open(path, flags, Mode::empty()).unwrap_or_else(|error| panic!("{path}: {error}"))
        };
        let controller =
            rustix::pty::openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal can be made");
        rustix::pty::grantpt(&controller).expect("a terminal can be made");
        rustix::pty::unlockpt(&controller).expect("a terminal can be made");
        let name = rustix::pty::ptsname(&controller, Vec::new()).expect("a terminal has a name");
        let name = name.into_string().expect("a terminal has a name");
        let socket =
            |kind| rustix::net::socket(AddressFamily::INET, kind, None).expect("a socket can be made");
        let (local, mut clients) = listener(AddressFamily::UNIX, CONNECTIONS);
        let (network, more) = listener(AddressFamily::INET, CONNECTIONS);
        let (idle, _) = listener(AddressFamily::UNIX, 0);
        clients.extend(more);
        Started {
            listeners: [local, network, idle],
            _clients: clients,
            device: open("/dev/null", OFlags::RDWR),
            terminal: open(&name, OFlags::RDWR | OFlags::NOCTTY),
            _controller: controller,
            stream: socket(SocketType::STREAM),
            datagram: socket(SocketType::DGRAM),
        }
    }

    /// Runs a program that gets everything, and this line of configuration.
    pub fn run(&self, program: &str, line: &str) -> Captured {
        let folder = scratch();
        // Beside what is granted there is something that must not be found.
        folder.write("outside", "nobody may see this");
        let granted = folder.path().join("granted");
        let running = Running::start(&granted.join("running"));
        let [listener, network, idle] = self.listeners.each_ref().map(|fd| fd.as_raw_fd());
        let config = format!(
            "output: !fd stdout\ndirectory: !directory {{path: {granted:?}, access: [read, write, execute]}}\n\
             device: !fd {}\nterminal: !fd {}\nstream: !fd {}\ndatagram: !fd {}\nrunning: running\n\
             listener: !fd {listener}\nnetwork: !fd {network}\nidle: !fd {idle}\n\
             program: !executable\n{line}\n",
            self.device.as_raw_fd(),
            self.terminal.as_raw_fd(),
            self.stream.as_raw_fd(),
            self.datagram.as_raw_fd(),
        );
        let output = finish(spawn(program, &config));
        drop(running);
        output
    }
}

/// Whether scratch folders are in a file system in memory.
pub fn is_in_memory() -> bool {
    /// `TMPFS_MAGIC` of linux/magic.h
    const TMPFS: i64 = 0x0102_1994;
    let system = rustix::fs::statfs(scratch().path()).expect("there is a file system");
    system.f_type == TMPFS
}

/// Starts a program with this configuration, in a process group of its own.
pub fn spawn(program: &str, config: &str) -> Child {
    let limits = format!("ulimit -S -n {DESCRIPTORS}; ulimit -c 0; exec \"$0\" \"$1\"");
    let mut command = Command::new("sh");
    command.args(["-c", &limits]).arg(runner()).arg(guest(program)).process_group(0);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap_or_else(|error| panic!("cannot run {command:?}: {error}"));
    let mut stdin = child.stdin.take().expect("a pipe");
    // Whoever does not read its configuration says so itself.
    let _ = stdin.write_all(format!("{HEAD}{config}").as_bytes());
    child
}

/// Waits for the end.
pub fn finish(child: Child) -> Captured {
    let output = child.wait_with_output().expect("a child can be waited for");
    Captured {
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        status: output.status,
    }
}

/// A program of the machine's own that runs, from a file at a given place.
struct Running(Child);

impl Running {
    fn start(path: &Path) -> Self {
        let folder = path.parent().expect("a folder");
        std::fs::create_dir_all(folder).expect("a folder can be made");
        let shell = std::fs::canonicalize("/bin/sh").expect("a shell");
        std::fs::copy(shell, path).expect("a shell can be copied");
        // It waits for input that never comes. Some shells are one of many commands in a file, by the name that they are called by.
        let mut command = Command::new(path);
        command.arg0("sh").args(["-c", "read line"]).stdin(Stdio::piped());
        Running(command.spawn().expect("a copy of the shell runs"))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

//! The web server: what it answers, who gives it its socket, and what it calls.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use cloudabi_test_support::{Scratch, Tool, runner, scratch, tool, trace};

use crate::{HEAD, TRACE, example, repository};

/// A web server on a socket of this test's, which ends after so many connections.
struct Server {
    child: Child,
    address: SocketAddr,
    _folder: Scratch,
}

/// How a server comes by its socket.
enum Listens {
    /// As its standard input.
    Given,
    /// From whoever starts it as service managers do: sd_listen_fds(3).
    PassedOn,
    /// From systemd's own tool, which starts it when somebody connects.
    Activated(Tool),
}

impl Server {
    fn start(folder: Scratch, connections: u32) -> Self {
        Server::start_with(Listens::Given, folder, 4, connections, &[])
    }

    fn start_with(
        listens: Listens,
        folder: Scratch,
        workers: u32,
        connections: u32,
        options: &[String],
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a socket on the loopback");
        let address = listener.local_addr().expect("an address");
        let name = if matches!(listens, Listens::Given) { "stdin" } else { "http" };
        let config = format!(
            "{HEAD}listen: !fd {name}\npages: !directory {{path: {:?}, access: read}}\nlog: !fd stdout\nworkers: {workers}\nconnections: {connections}\n",
            folder.path().join("pages")
        );
        let config = folder.write("web-server.yaml", config);
        let mut command = match &listens {
            Listens::Given => Command::new(runner()),
            Listens::PassedOn => {
                let mut shell = Command::new("sh");
                shell.args(["-c", PASS_ON]).arg(runner());
                shell
            }
            Listens::Activated(tool) => {
                let mut command = tool.command();
                command.args(["--fdname=http", "--listen"]).arg(address.to_string()).arg(runner());
                command
            }
        };
        command.args(options).arg("--config").arg(config).arg(example("web-server")).stdout(Stdio::piped());
        if let Listens::Activated(_) = listens {
            // The tool makes a socket itself.
            drop(listener);
        } else {
            command.stdin(OwnedFd::from(listener));
        }
        Server { child: command.spawn().expect("the runner was built"), address, _folder: folder }
    }

    /// What comes back for these bytes.
    fn answer(&self, request: &str) -> String {
        let mut connection = TcpStream::connect(self.address).expect("the server listens");
        connection.set_read_timeout(Some(Duration::from_secs(60))).expect("a timeout");
        connection.write_all(request.as_bytes()).expect("the server reads");
        let mut answer = Vec::new();
        connection.read_to_end(&mut answer).expect("the server answers");
        String::from_utf8(answer).expect("text")
    }

    /// Head and body of the answer for a path.
    fn get(&self, path: &str) -> (String, String) {
        let answer = self.answer(&format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n"));
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
        (head.to_owned(), body.to_owned())
    }

    /// What it has written, when it has ended.
    fn log(mut self) -> String {
        let mut log = String::new();
        self.child.stdout.take().expect("a pipe").read_to_string(&mut log).expect("text");
        assert!(self.child.wait().expect("a child").success(), "{log}");
        log
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // After a failure nobody needs it; otherwise it has ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A server that is still there when a test fails would wait forever.
fn pages() -> Scratch {
    let folder = scratch();
    folder.write("pages/index.html", "<p>first");
    folder.write("pages/below/index.html", "<p>below");
    folder.write("pages/large.txt", "0123456789\n".repeat(100_000));
    folder.write("secret", "secret");
    std::os::unix::fs::symlink("../secret", folder.path().join("pages/link")).expect("a link");
    std::os::unix::fs::symlink("index.html", folder.path().join("pages/alias.html")).expect("a link");
    folder
}

#[test]
fn serves_what_is_in_its_directory() {
    let server = Server::start(pages(), 11);
    let (head, body) = server.get("/");
    assert!(head.starts_with("HTTP/1.1 200 OK\r\nContent-Type: text/html"), "{head}");
    assert_eq!(body, "<p>first");
    assert_eq!(server.get("/below?query").1, "<p>below");
    assert_eq!(server.get("/alias.html").1, "<p>first");
    let (head, body) = server.get("/large.txt");
    assert!(head.contains("Content-Length: 1100000\r\n") && body.len() == 1_100_000, "{head} {}", body.len());
    for (path, status) in [
        ("/none", "404"),
        ("/index.html/x", "404"),
        ("/../secret", "403"),
        ("/%2e%2e/secret", "403"),
        ("/link", "403"),
    ] {
        let (head, body) = server.get(path);
        assert!(
            head.starts_with(&format!("HTTP/1.1 {status}")) && !body.contains("secret"),
            "{path}: {head}"
        );
    }
    let head = server.answer("HEAD / HTTP/1.1\r\n\r\n");
    assert!(head.contains("Content-Length: 8\r\n") && head.ends_with("\r\n\r\n"), "{head}");
    assert!(server.answer("POST / HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 405"));
    let log = server.log();
    assert!(log.contains("200 OK 8 GET /\n") && log.contains("403 Forbidden"), "{log}");
    assert_eq!(log.lines().count(), 11);
}

/// Its own configuration, with another port, as somebody else may use the one that stands there.
#[test]
fn listens_as_its_configuration_says() {
    let package = repository().join("examples/web-server");
    let config = std::fs::read_to_string(package.join("web-server.yaml")).expect("a configuration");
    let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port");
    assert!(config.contains("127.0.0.1:8080"), "{config}");
    let config = format!("{}connections: 1\n", config.replace("127.0.0.1:8080", &free.to_string()));
    let folder = scratch();
    let config = folder.write("config.yaml", config);
    let mut command = Command::new(runner());
    command
        .arg("--config")
        .arg(config)
        .arg(example("web-server"))
        .current_dir(package)
        .stdout(Stdio::piped());
    let child = command.spawn().expect("the runner was built");
    let server = Server { child, address: free, _folder: folder };
    // It listens as soon as it was started.
    let listens = || std::net::TcpStream::connect(free).is_ok();
    let wait = || std::thread::sleep(Duration::from_millis(20));
    assert!((0..3000).any(|_| listens() || (wait(), false).1), "it does not listen");
    let log = server.log();
    assert!(log.contains("cannot read a request"), "{log}");
}

/// A service manager that passes its standard input on as the second of two descriptors.
const PASS_ON: &str = "exec 3</dev/null 4<&0 0</dev/null; \
    LISTEN_PID=$$ LISTEN_FDS=2 LISTEN_FDNAMES=nothing:http exec \"$0\" \"$@\"";

#[test]
fn listens_on_what_a_service_manager_passes_on() {
    let server = Server::start_with(Listens::PassedOn, pages(), 4, 2, &[]);
    assert_eq!(server.get("/").1, "<p>first");
    assert_eq!(server.get("/below").1, "<p>below");
    assert_eq!(server.log().lines().count(), 2);
}

#[test]
fn is_started_by_the_first_who_connects() {
    let Some(tool) = tool(&["systemd-socket-activate"], "web server: socket activation") else { return };
    let server = Server::start_with(Listens::Activated(tool), pages(), 4, 3, &[]);
    let listens = || TcpStream::connect(server.address).is_ok();
    let wait = || std::thread::sleep(Duration::from_millis(20));
    // This connection is the one that starts it, and says nothing.
    assert!((0..3000).any(|_| listens() || (wait(), false).1), "it does not listen");
    assert_eq!(server.get("/").1, "<p>first");
    assert_eq!(server.get("/below").1, "<p>below");
    assert_eq!(server.log().lines().filter(|line| line.starts_with("200")).count(), 2);
}

#[test]
fn serves_several_at_a_time() {
    let clients = 16;
    let server = Server::start(pages(), clients + 1);
    // One that says nothing takes one of the workers for a while, and does not keep the others from working.
    let mut idle = TcpStream::connect(server.address).expect("the server listens");
    std::thread::scope(|scope| {
        for _ in 0..clients {
            scope.spawn(|| assert_eq!(server.get("/below/").1, "<p>below"));
        }
    });
    idle.write_all(b"nonsense\r\n\r\n").expect("the server still reads");
    let mut answer = String::new();
    idle.read_to_string(&mut answer).expect("the server answers");
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    assert_eq!(server.log().lines().filter(|line| line.starts_with("200")).count(), clients as usize);
}

/// One who serves connections that come one after the other: what is called is the same each time.
#[test]
fn traces_of_the_web_server() {
    let folder = scratch();
    let path = folder.path().join("trace");
    let options = [TRACE.to_owned(), format!("--trace-file={}", path.display())];
    let server = Server::start_with(Listens::Given, pages(), 1, 3, &options);
    assert_eq!(server.get("/").1, "<p>first");
    assert!(server.get("/none").0.starts_with("HTTP/1.1 404"));
    assert!(server.get("/../secret").0.starts_with("HTTP/1.1 403"));
    assert_eq!(server.log().lines().count(), 3);
    let written = std::fs::read_to_string(path).expect("a trace");
    insta::assert_snapshot!("web-server", trace::normal_by_thread(&written));
}

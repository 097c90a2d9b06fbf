//! The programs in `examples/`, built by the command and run with configurations like their own.
#![cfg(target_os = "linux")]

use std::collections::HashMap;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use cloudabi_test_support::{Scratch, Tool, run, runner, scratch, tool, trace};

/// The largest that the smallest program may be, in bytes.
const SMALL: u64 = 40_000;

const HEAD: &str = "%TAG ! tag:nuxi.nl,2015:cloudabi/\n---\nstderr: !fd stderr\n";

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a parent")
}

fn cargo_cloudabi(command: &str) -> Command {
    let mut tool = Command::new(env!("CARGO_BIN_EXE_cargo-cloudabi"));
    tool.args(["cloudabi", command, "--release", "--manifest-path"])
        .arg(repository().join("examples/Cargo.toml"));
    tool.arg("--target-dir").arg(repository().join("target/examples")).env("CLOUDABI_RUN", runner());
    tool
}

/// Where an example is, ready to be run. All are built when the first one is asked for, unless the variable
/// `CLOUDABI_EXAMPLES` names a folder that has them.
fn example(name: &str) -> &'static Path {
    static PROGRAMS: OnceLock<HashMap<String, PathBuf>> = OnceLock::new();
    let programs = PROGRAMS.get_or_init(|| {
        if let Some(folder) = std::env::var_os("CLOUDABI_EXAMPLES") {
            let entries = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry"));
            return entries.map(|entry| (entry.file_name().to_string_lossy().into(), entry.path())).collect();
        }
        let messages = run(cargo_cloudabi("build").args(["--workspace", "--message-format", "json"])).stdout;
        let messages =
            messages.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
        let finished = messages.filter(|message| message["reason"] == "cloudabi-program");
        let text = |value: &serde_json::Value| value.as_str().expect("a string").to_owned();
        finished
            .map(|message| (text(&message["target"]["name"]), text(&message["executable"]).into()))
            .collect()
    });
    programs.get(name).unwrap_or_else(|| panic!("there is no {name} in {programs:?}"))
}

/// Runs an example with a configuration. Gives what it wrote, if it ended well.
fn output_of(name: &str, folder: &Scratch, config: &str) -> String {
    let config = folder.write(format!("{name}.yaml"), format!("{HEAD}{config}"));
    let mut command = Command::new(runner());
    let captured = run(command.arg("--config").arg(config).arg(example(name)).stdin(Stdio::null()));
    assert_eq!(captured.stderr, "");
    captured.stdout
}

#[test]
fn hello_is_small() {
    let size = example("hello").metadata().expect("a file").len();
    assert!(size <= SMALL, "{size} bytes");
}

/// `cargo cloudabi test` runs what is no program natively.
#[test]
fn unit_tests_of_examples_pass() {
    let output = run(cargo_cloudabi("test").args(["--workspace", "--quiet", "--", "--format=pretty"])).stdout;
    for test in ["totals::tests::what_is_beneath_counts_for_all_above", "request::tests::paths"] {
        assert!(output.contains(&format!("test {test} ... ok")), "{test}: {output}");
    }
}

/// `cargo cloudabi run` finds the configurations that the examples come with.
#[test]
fn examples_run_with_their_own_configurations() {
    let run_package = |name: &str| run(cargo_cloudabi("run").args(["--quiet", "--package", name])).stdout;
    assert_eq!(run_package("hello"), "hello\n");
    let own = std::fs::read_to_string(repository().join("examples/cat/src/main.rs")).expect("a file");
    assert_eq!(run_package("cat"), own);
    assert!(run_package("du").lines().any(|line| line.ends_with("\tsrc")));
    assert!(run_package("pipeline").contains(" Cargo.toml\n"));
}

#[test]
fn cat_writes_files_in_their_order() {
    let folder = scratch();
    // Not UTF-8, and longer than any buffer.
    let long: Vec<u8> = (0..300_000u32).flat_map(|number| number.to_le_bytes()).collect();
    let files = [folder.write("b", "second\n"), folder.write("a", &long)];
    let config = format!(
        "output: !file {{path: {:?}, access: write}}\nfiles:\n- !file {{path: {:?}, access: read}}\n- !file {{path: {:?}, access: read}}\n",
        folder.write("out", ""),
        files[0],
        files[1]
    );
    output_of("cat", &folder, &config);
    let written = std::fs::read(folder.path().join("out")).expect("a file");
    assert_eq!(written, [b"second\n", &long[..]].concat());
}

/// What is traced of an example, but for calls that depend on who waits for whom.
fn trace_of(name: &str, folder: &Scratch, config: &str) -> String {
    let config = folder.write(format!("{name}.yaml"), format!("{HEAD}output: !fd stdout\n{config}"));
    let mut command = Command::new(runner());
    command.args(["--trace=!sync,!poll,!mem,!random", "--config"]).arg(config).arg(example(name));
    run(command.stdin(Stdio::null())).stderr
}

/// The calls that examples make: what a reader of them would expect, and no more.
#[test]
fn traces() {
    let folder = scratch();
    let file = folder.write("words", "one\ntwo\n");
    let cat = format!("files:\n- !file {{path: {file:?}, access: read}}\n");
    for (name, config) in [("hello", ""), ("cat", &cat)] {
        insta::assert_snapshot!(name, trace::normal(&trace_of(name, &folder, config)));
    }
    // Of what depends on the file system and on which thread is faster, how often calls were made. How often streams are read
    // from is chance.
    folder.write("tree/below/file", "12345");
    folder.write("tree/file", "1\n");
    let directory =
        format!("directory: !directory {{path: {:?}, access: read}}\n", folder.path().join("tree"));
    let du = format!("errors: !fd stderr\n{directory}threads: 1\n");
    let pipeline = format!("program: !executable\n{directory}");
    for (name, config) in [("du", du), ("pipeline", pipeline)] {
        let trace = trace_of(name, &folder, &config);
        let mut counts: std::collections::BTreeMap<String, u32> = Default::default();
        let in_pieces = |call: &str| call.starts_with("fd_read(") || call.starts_with("fd_write(");
        for line in trace::lines(&trace).iter().filter(|line| !in_pieces(&line.call)) {
            *counts.entry(line.call.split('(').next().unwrap_or_default().to_owned()).or_default() += 1;
        }
        let counts: String = counts.iter().map(|(call, count)| format!("{count} {call}\n")).collect();
        insta::assert_snapshot!(name, counts);
    }
}

#[test]
fn du_adds_up_with_any_number_of_threads() {
    let folder = scratch();
    let mut expected: HashMap<String, u64> = HashMap::new();
    for a in 0..5 {
        for b in 0..8 {
            let size = 100 * a + b;
            folder.write(format!("tree/{a}/{b}/file"), vec![b'x'; size as usize]);
            for path in [".".to_owned(), format!("{a}"), format!("{a}/{b}")] {
                *expected.entry(path).or_default() += size;
            }
        }
    }
    // A link takes as much room as its text, and is not followed.
    std::os::unix::fs::symlink("../..", folder.path().join("tree/0/up")).expect("a link");
    for path in [".", "0"] {
        *expected.get_mut(path).expect("a directory") += 5;
    }
    let mut expected: Vec<_> = expected.into_iter().map(|(path, size)| format!("{size}\t{path}")).collect();
    expected.sort();
    for threads in [1, 4, 16] {
        let config = format!(
            "output: !fd stdout\nerrors: !fd stderr\ndirectory: !directory {{path: {:?}, access: read}}\nthreads: {threads}\n",
            folder.path().join("tree")
        );
        let output = output_of("du", &folder, &config);
        let mut lines: Vec<_> = output.lines().map(str::to_owned).collect();
        lines.sort();
        assert_eq!(lines, expected, "with {threads} threads");
    }
}

#[test]
fn pipeline_counts_lines_in_another_process() {
    let folder = scratch();
    folder.write("files/none", "");
    folder.write("files/three", "a\nb\nc");
    folder.write("files/below/unseen", "a\n");
    let config = format!(
        "output: !fd stdout\nprogram: !executable\ndirectory: !directory {{path: {:?}, access: read}}\n",
        folder.path().join("files")
    );
    let output = output_of("pipeline", &folder, &config);
    let mut lines: Vec<_> = output.lines().collect();
    lines.sort_unstable();
    assert_eq!(lines, ["0 none", "3 three"]);
}

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
        Server::start_with(Listens::Given, folder, connections)
    }

    fn start_with(listens: Listens, folder: Scratch, connections: u32) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a socket on the loopback");
        let address = listener.local_addr().expect("an address");
        let name = if matches!(listens, Listens::Given) { "stdin" } else { "http" };
        let config = format!(
            "{HEAD}listen: !fd {name}\npages: !directory {{path: {:?}, access: read}}\nlog: !fd stdout\nworkers: 4\nconnections: {connections}\n",
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
        command.arg("--config").arg(config).arg(example("web-server")).stdout(Stdio::piped());
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
fn web_server_serves_what_is_in_its_directory() {
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
fn web_server_listens_as_its_configuration_says() {
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
fn web_server_listens_on_what_a_service_manager_passes_on() {
    let server = Server::start_with(Listens::PassedOn, pages(), 2);
    assert_eq!(server.get("/").1, "<p>first");
    assert_eq!(server.get("/below").1, "<p>below");
    assert_eq!(server.log().lines().count(), 2);
}

#[test]
fn web_server_is_started_by_the_first_who_connects() {
    let Some(tool) = tool(&["systemd-socket-activate"], "web server: socket activation") else { return };
    let server = Server::start_with(Listens::Activated(tool), pages(), 3);
    let listens = || TcpStream::connect(server.address).is_ok();
    let wait = || std::thread::sleep(Duration::from_millis(20));
    // This connection is the one that starts it, and says nothing.
    assert!((0..3000).any(|_| listens() || (wait(), false).1), "it does not listen");
    assert_eq!(server.get("/").1, "<p>first");
    assert_eq!(server.get("/below").1, "<p>below");
    assert_eq!(server.log().lines().filter(|line| line.starts_with("200")).count(), 2);
}

#[test]
fn web_server_serves_several_at_a_time() {
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

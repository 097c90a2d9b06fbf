//! What programs get: values, descriptors, rights.

mod common;

use std::fs::File;
use std::io::{IsTerminal, Read};
use std::os::fd::AsRawFd;

use cloudabi_argdata::{Argdata, Value};
use cloudabi_host::types::{Filetype, Rights};
use cloudabi_run::cli::Limit;
use cloudabi_run::diagnostic::render;
use cloudabi_run::plan::Granted;
use cloudabi_run::prepare::understand;
use cloudabi_run::source::Source;
use common::{HEAD, enter_folder, grants, grants_for};

/// What a program gets from a configuration that has the line that declares tags.
fn tagged(text: &str) -> (Value, Vec<Granted>) {
    grants(format!("{HEAD}{text}\n")).unwrap_or_else(|message| panic!("{message}"))
}

/// The only descriptor that a program gets.
fn descriptor(text: &str) -> Granted {
    let (value, mut granted) = tagged(text);
    assert_eq!(value, Value::Fd(0), "{text}");
    assert_eq!(granted.len(), 1, "{text}");
    granted.remove(0)
}

fn map<const N: usize>(entries: [(&str, Value); N]) -> Value {
    Value::Map(entries.map(|(key, value)| (key.into(), value)).into())
}

#[test]
fn an_ordinary_configuration() {
    let (value, granted) = tagged(
        "hostname: computer\nport: 80\nratio: 0.5\nlog: !fd stderr\npages: !file\n  path: pages\nmore: [yes, true, ~, !!binary aGk=]\n? [1]\n: !!timestamp 1970-01-01\n",
    );
    let Value::Map(mut entries) = value else { panic!("it is a map") };
    let last = entries.pop().expect("there are some");
    assert_eq!(last, (Value::Seq(vec![1.into()]), Value::Timestamp(0.into())));
    let expected = map([
        ("hostname", "computer".into()),
        ("port", 80.into()),
        ("ratio", 0.5.into()),
        ("log", Value::Fd(0)),
        ("pages", Value::Fd(1)),
        ("more", Value::Seq(vec!["yes".into(), true.into(), Value::Null, Value::Binary(b"hi".into())])),
    ]);
    assert_eq!(Value::Map(entries), expected);
    assert_eq!(
        granted.iter().map(|granted| granted.name.as_str()).collect::<Vec<_>>(),
        ["descriptor 2", "`pages`"]
    );
}

#[test]
fn the_binary_form() {
    let (value, _) = tagged("tmpdir: !directory {path: pages}");
    assert_eq!(value.to_bytes(), b"\x06\x88\x08tmpdir\0\x85\x03\0\0\0\0");
}

#[test]
fn an_empty_configuration_is_null() {
    for text in ["", "# nothing\n", "---\n", "null", "~"] {
        let (value, granted) = grants(text).unwrap_or_else(|message| panic!("{message}"));
        assert_eq!((value, granted.len()), (Value::Null, 0), "{text:?}");
    }
}

#[test]
fn quotes_and_the_tag_without_a_name_make_strings() {
    let (value, _) = tagged("- '1'\n- \"true\"\n- ! 12\n- !!str 1.5\n- |\n  7\n");
    let strings = ["1", "true", "12", "1.5", "7\n"].map(Value::from);
    assert_eq!(value, Value::Seq(strings.into()));
}

#[test]
fn mentions_of_one_descriptor_share_an_index() {
    let (value, granted) = tagged(
        "- !fd stderr\n- !executable\n- !fd 1\n- &pages !file {path: pages}\n- !fd 2\n- !fd stdout\n- *pages\n- !executable ignored\n- !file {path: pages}\n- {!fd 0 : !fd stdin}\n",
    );
    let indices = [0, 1, 2, 3, 0, 2, 3, 1, 4].map(Value::Fd);
    let mut expected: Vec<Value> = indices.into();
    expected.push(Value::Map(vec![(Value::Fd(5), Value::Fd(5))]));
    assert_eq!(value, Value::Seq(expected));
    assert_eq!(granted.len(), 6);
}

#[test]
fn tags_can_be_written_out_or_declared_otherwise() {
    let texts = [
        "!<tag:nuxi.nl,2015:cloudabi/fd> 1",
        "%TAG !c! tag:nuxi.nl,2015:cloudabi/\n---\n!c!fd 1",
        "%TAG ! tag:nuxi.nl,2015:\n---\n!cloudabi/fd 1",
    ];
    for text in texts {
        let (value, _) = grants(text).unwrap_or_else(|message| panic!("{message}"));
        assert_eq!(value, Value::Fd(0), "{text}");
    }
}

#[test]
fn files_are_for_reading_unless_the_access_says_more() {
    let read = Rights::FD_READ;
    let cases = [
        ("", read | Rights::PROC_EXEC | Rights::MEM_MAP_EXEC),
        (", access: read", read),
        (", access: write", Rights::FD_WRITE | Rights::FILE_ALLOCATE | Rights::FILE_STAT_FPUT_SIZE),
        (", access: read-write", read | Rights::FD_WRITE),
        (", access: [read, write]", read | Rights::FD_WRITE),
        (", access: execute", Rights::PROC_EXEC | Rights::MEM_MAP_EXEC),
        (", access: [write, execute]", Rights::FD_WRITE | Rights::PROC_EXEC),
    ];
    let telling = read | Rights::FD_WRITE | Rights::PROC_EXEC;
    for (access, rights) in cases {
        let granted = descriptor(&format!("!file {{path: notes.txt{access}}}"));
        assert_eq!(granted.filetype, Filetype::REGULAR_FILE);
        assert!(granted.base.contains(rights | Rights::FD_SEEK | Rights::FILE_STAT_FGET), "{access}");
        assert_eq!(granted.base & telling, rights & telling, "{access}");
        assert_eq!(granted.inheriting, Rights::empty());
        let mode = rustix::fs::fcntl_getfl(&granted.fd).expect("it is open") & rustix::fs::OFlags::RWMODE;
        let write = rights.contains(Rights::FD_WRITE);
        assert_eq!(mode != rustix::fs::OFlags::RDONLY, write, "{access}");
        let flags = rustix::io::fcntl_getfd(&granted.fd).expect("it is open");
        assert!(flags.contains(rustix::io::FdFlags::CLOEXEC));
    }
}

#[test]
fn directories_are_for_everything_unless_the_access_says_less() {
    let change = Rights::FILE_UNLINK | Rights::FILE_CREATE_FILE | Rights::FILE_LINK_SOURCE;
    for tag in ["!file", "!directory"] {
        for (access, writable) in [
            ("", true),
            (", access: read", false),
            (", access: read-write", true),
            (", access: execute", false),
        ] {
            let granted = descriptor(&format!("{tag} {{path: pages{access}}}"));
            assert_eq!(granted.filetype, Filetype::DIRECTORY);
            assert!(granted.base.contains(Rights::FILE_OPEN), "{access}");
            assert_eq!(granted.base & change, if writable { change } else { Rights::empty() }, "{access}");
            assert!(granted.inheriting.contains(granted.base));
            assert_eq!(granted.inheriting.contains(Rights::FD_WRITE), writable, "{access}");
        }
    }
}

#[test]
fn rights_can_be_named() {
    let granted = descriptor("!file {path: notes.txt, rights: [fd_read, fd_seek]}");
    assert_eq!(granted.base, Rights::FD_READ | Rights::FD_SEEK);
    let granted = descriptor("!file {path: notes.txt, rights: [fd_read, fd_write]}");
    let mode = rustix::fs::fcntl_getfl(&granted.fd).expect("it is open") & rustix::fs::OFlags::RWMODE;
    assert_eq!(mode, rustix::fs::OFlags::RDWR);
    let granted =
        descriptor("!directory {path: pages, rights: file_open, inheriting: [fd_read, file_stat_fget]}");
    assert_eq!(granted.base, Rights::FILE_OPEN);
    assert_eq!(granted.inheriting, Rights::FD_READ | Rights::FILE_STAT_FGET);
    let granted = descriptor("!directory {path: pages, access: read, inheriting: []}");
    assert!(granted.base.contains(Rights::FILE_READDIR));
    assert_eq!(granted.inheriting, Rights::empty());
}

#[test]
fn inherited_descriptors_get_what_they_are_open_for() {
    enter_folder();
    let file = File::open("notes.txt").expect("the file is there");
    let granted = descriptor(&format!("!fd {}", file.as_raw_fd()));
    assert_eq!(granted.filetype, Filetype::REGULAR_FILE);
    assert!(granted.base.contains(Rights::FD_READ | Rights::PROC_EXEC));
    assert!(!granted.base.intersects(Rights::FD_WRITE | Rights::FILE_STAT_FPUT_SIZE));
    let mut text = String::new();
    File::from(granted.fd).read_to_string(&mut text).expect("it can be read");
    assert_eq!(text, "notes\n");

    let (reader, writer) = std::io::pipe().expect("there are descriptors left");
    let granted = descriptor(&format!("!fd {}", reader.as_raw_fd()));
    assert_eq!(granted.filetype, Filetype::SOCKET_STREAM);
    assert_eq!(granted.base & (Rights::FD_READ | Rights::FD_WRITE), Rights::FD_READ);
    let granted = descriptor(&format!("!fd {}", writer.as_raw_fd()));
    assert_eq!(granted.base & (Rights::FD_READ | Rights::FD_WRITE), Rights::FD_WRITE);

    let socket = std::net::UdpSocket::bind("127.0.0.1:0").expect("there is a loopback interface");
    let granted = descriptor(&format!("!fd {}", socket.as_raw_fd()));
    assert_eq!(granted.filetype, Filetype::SOCKET_DGRAM);
    assert!(granted.base.contains(Rights::FD_READ | Rights::FD_WRITE | Rights::SOCK_SHUTDOWN));
    assert_eq!(granted.inheriting, Rights::all());

    let folder = File::open("pages").expect("the folder is there");
    let granted = descriptor(&format!("!fd {}", folder.as_raw_fd()));
    assert!(granted.base.contains(Rights::FILE_UNLINK));
}

/// The program's own file was not there at the start, so nobody can mean it by its number.
#[test]
fn own_descriptors_are_not_passed_on() {
    enter_folder();
    let program = File::open("notes.txt").expect("the file is there");
    let number = program.as_raw_fd();
    let message =
        grants_for(&program, format!("{HEAD}!fd {number}\n")).expect_err("it is not for the program");
    assert!(message.starts_with(&format!("error: descriptor {number} is not open")), "{message}");
}

#[test]
fn devices_have_all_rights_that_belong_to_the_access() {
    let granted = descriptor("!file {path: /dev/null, access: read-write}");
    assert_eq!(granted.filetype, Filetype::CHARACTER_DEVICE);
    assert!(!granted.fd.is_terminal());
    assert!(granted.base.contains(Rights::FD_READ | Rights::FD_WRITE | Rights::SOCK_SHUTDOWN));
    assert!(!granted.base.contains(Rights::PROC_EXEC));
}

#[test]
fn the_program_itself_can_be_read_and_run_and_not_changed() {
    let granted = descriptor("!executable");
    assert!(granted.base.contains(Rights::FD_READ | Rights::PROC_EXEC));
    assert!(!granted.base.contains(Rights::FD_WRITE));
}

#[test]
fn what_a_program_gets_is_sound() {
    let (value, granted) = tagged("{a: [!fd 1, {}], 18446744073709551616: !executable , x: 'é'}");
    let bytes = value.to_bytes();
    let highest = Argdata::new(&bytes).max_fd().expect("it is sound");
    assert_eq!(highest, Some(granted.len() as u32 - 1));
}

/// A port of this machine's that is free, at least until somebody else takes it.
fn listening() -> (std::net::TcpListener, u16) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let port = listener.local_addr().expect("it has an address").port();
    (listener, port)
}

#[test]
fn sockets_that_listen() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("listener");
    for text in [
        format!("!unix_listener {{path: {path:?}}}"),
        format!("!socket {{bind: {path:?}}}"),
        format!("!socket {{bind: {path:?}, type: stream}}"),
    ] {
        let granted = descriptor(&text);
        assert_eq!(granted.filetype, Filetype::SOCKET_STREAM);
        assert!(granted.base.contains(Rights::FD_READ | Rights::FD_WRITE | Rights::SOCK_SHUTDOWN));
        assert_eq!(granted.inheriting, Rights::all());
        std::os::unix::net::UnixStream::connect(&path).expect("it listens");
        std::fs::remove_file(&path).expect("the socket is there");
    }
    for text in ["!tcp_listener {address: \"127.0.0.1:0\"}", "!socket\n  type: stream\n  bind: 127.0.0.1:0"] {
        let granted = descriptor(text);
        assert_eq!(granted.filetype, Filetype::SOCKET_STREAM);
        let listener = std::net::TcpListener::from(granted.fd);
        let address = listener.local_addr().expect("it has an address");
        std::net::TcpStream::connect(address).expect("it listens");
    }
}

#[test]
fn sockets_that_are_connected() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("listener");
    let local = std::os::unix::net::UnixListener::bind(&path).expect("a path is free");
    for text in [format!("!unix_stream {{path: {path:?}}}"), format!("!socket {{connect: {path:?}}}")] {
        assert_eq!(descriptor(&text).filetype, Filetype::SOCKET_STREAM);
        local.accept().expect("somebody has connected");
    }
    let (network, port) = listening();
    for text in [
        format!("!tcp_stream {{address: \"127.0.0.1:{port}\"}}"),
        format!("!tcp_stream {{address: \"localhost:{port}\"}}"),
        format!("!socket {{connect: \"127.0.0.1:{port}\"}}"),
    ] {
        assert_eq!(descriptor(&text).filetype, Filetype::SOCKET_STREAM);
        network.accept().expect("somebody has connected");
    }
}

#[test]
fn sockets_for_datagrams() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("datagrams");
    let (_, port) = listening();
    for text in [
        format!("!socket {{bind: {path:?}, type: dgram}}"),
        format!("!socket {{connect: {path:?}, type: dgram}}"),
        "!socket {bind: \"127.0.0.1:0\", type: dgram}".to_owned(),
        format!("!socket {{connect: \"127.0.0.1:{port}\", type: dgram}}"),
    ] {
        // The first one stays for the second.
        let granted = descriptor(&text);
        assert_eq!(granted.filetype, Filetype::SOCKET_DGRAM, "{text}");
        std::mem::forget(granted);
    }
}

#[test]
fn pairs_of_sockets() {
    for (text, filetype) in [
        ("!socketpair", Filetype::SOCKET_STREAM),
        ("!socketpair stream", Filetype::SOCKET_STREAM),
        ("!socketpair dgram", Filetype::SOCKET_DGRAM),
        ("!socketpair {type: dgram}", Filetype::SOCKET_DGRAM),
    ] {
        let (value, granted) = tagged(text);
        assert_eq!(value, Value::Seq(vec![Value::Fd(0), Value::Fd(1)]), "{text}");
        assert_eq!(granted.iter().map(|end| end.filetype).collect::<Vec<_>>(), [filetype; 2]);
        rustix::io::write(&granted[0].fd, b"x").expect("there is room");
        assert_eq!(rustix::io::read(&granted[1].fd, &mut [0; 8][..]).expect("something was sent"), 1);
    }
    // An alias is the same pair; another mention is another one.
    let (value, granted) = tagged("- &pair !socketpair\n- !fd stdout\n- *pair\n- !socketpair\n");
    let pair = |first| Value::Seq(vec![Value::Fd(first), Value::Fd(first + 1)]);
    assert_eq!(value, Value::Seq(vec![pair(0), Value::Fd(2), pair(0), pair(3)]));
    assert_eq!(granted.len(), 5);
}

#[test]
fn rights_of_sockets() {
    let granted = descriptor(
        "!tcp_listener {address: \"127.0.0.1:0\", rights: [fd_read, poll_fd_readwrite], inheriting: [fd_read]}",
    );
    assert_eq!(granted.base, Rights::FD_READ | Rights::POLL_FD_READWRITE);
    assert_eq!(granted.inheriting, Rights::FD_READ);
}

#[test]
fn descriptors_that_were_passed_on_have_names() {
    let passed = cloudabi_run::passed::Passed::read("3", "http:log:http");
    let understand = |text: &str| {
        let mut source = cloudabi_run::source::Source::named("<stdin>");
        let bytes = format!("{HEAD}{text}\n").into_bytes();
        cloudabi_run::prepare::understand(bytes, &mut source, &Default::default(), &passed)
            .map_err(|errors| cloudabi_run::diagnostic::render(&errors, &source, false))
    };
    let configuration = understand("[!fd log, !fd 4, !fd stdout]").expect("all are known");
    // The name and the number mean the same descriptor.
    assert_eq!(configuration.value, Value::Seq(vec![Value::Fd(0), Value::Fd(0), Value::Fd(1)]));
    let messages: Vec<String> =
        ["!fd http", "!fd lok", "!fd nothing"].map(|text| understand(text).expect_err("it is wrong")).into();
    insta::assert_snapshot!("names_of_descriptors", messages.join("\n"));
}

#[test]
fn limits_are_not_for_the_program() {
    let configuration = |text: &str| {
        let mut source = Source::named("<stdin>");
        let bytes = format!("{HEAD}{text}\n").into_bytes();
        understand(bytes, &mut source, &Default::default(), &Default::default())
            .unwrap_or_else(|errors| panic!("{}", render(&errors, &source, false)))
    };
    let read = configuration("a: 1\nlimits: !limits {memory: 64M, cpu: 30}\nb: 2");
    assert_eq!(read.value, map([("a", 1.into()), ("b", 2.into())]));
    assert_eq!(read.limits, [Limit::Memory(64 << 20), Limit::CpuTime(30)]);
    let read = configuration("limits: !limits {processes: 16, descriptors: 1K}");
    assert_eq!((read.value, read.limits.len()), (Value::Map(Vec::new()), 2));
}

#[test]
fn foreign_directories_are_accepted_where_that_is_written() {
    let (first, second) = std::os::unix::net::UnixStream::pair().expect("a pair of sockets");
    let number = first.as_raw_fd();
    let granted = |text: &str| descriptor(&text.replace("NUMBER", &number.to_string()));
    assert!(!granted("!fd NUMBER").foreign_directories);
    assert!(!granted("!fd {number: NUMBER}").foreign_directories);
    assert!(!granted("!fd {number: NUMBER, foreign_directories: false}").foreign_directories);
    assert!(granted("!fd {number: NUMBER, foreign_directories: true}").foreign_directories);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("socket");
    let listener = std::os::unix::net::UnixListener::bind(&path).expect("the folder can be written to");
    assert!(!descriptor(&format!("!unix_stream {{path: {path:?}}}")).foreign_directories);
    for text in [
        "!unix_stream {path: PATH, foreign_directories: true}",
        "!socket {connect: PATH, foreign_directories: true}",
    ] {
        assert!(descriptor(&text.replace("PATH", &path.to_string_lossy())).foreign_directories, "{text}");
    }
    drop((second, listener));
}

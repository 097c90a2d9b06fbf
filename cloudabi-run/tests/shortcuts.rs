//! Options that add to a configuration: what they grant, and every message about them.

mod common;

use std::fmt::Write;

use cloudabi_argdata::Value;
use cloudabi_host::types::{Filetype, Rights};
use common::{HEAD, grants_with};

/// A map with these keys.
fn map<const N: usize>(entries: [(&str, Value); N]) -> Value {
    Value::Map(entries.into_iter().map(|(key, value)| (key.into(), value)).collect())
}

#[test]
fn values_are_as_in_yaml() {
    let (value, granted) = grants_with(
        &[
            ("arg", "workers=4"),
            ("arg", "quick=true"),
            ("arg", "share=0.5"),
            ("arg", "host=example.org"),
            ("arg", "version=\"1.10\""),
            ("arg", "quoted='it''s'"),
            ("arg", "escaped=\"a\\tb\""),
            ("arg", "rule=a=b: [c # d"),
            ("arg", "nothing="),
            ("arg", "1=-1"),
        ],
        "",
    )
    .expect("nothing is wrong");
    assert!(granted.is_empty());
    let expected = map([
        ("workers", 4.into()),
        ("quick", true.into()),
        ("share", 0.5.into()),
        ("host", "example.org".into()),
        ("version", "1.10".into()),
        ("quoted", "it's".into()),
        ("escaped", "a\tb".into()),
        ("rule", "a=b: [c # d".into()),
        ("nothing", Value::Null),
        ("1", (-1).into()),
    ]);
    assert_eq!(value, expected);
}

#[test]
fn descriptors_come_in_the_order_of_the_command_line() {
    let (value, granted) = grants_with(
        &[
            ("listen", "http=127.0.0.1:0"),
            ("fd", "log=stderr"),
            ("dir", "pages=pages:ro"),
            ("file", "notes=notes.txt"),
            ("fd", "errors=2"),
            ("listen", "control=./control.sock"),
            ("connect", "self=./control.sock"),
        ],
        "",
    )
    .expect("nothing is wrong");
    let fd = Value::Fd;
    let expected = map([
        ("http", fd(0)),
        ("log", fd(1)),
        ("pages", fd(2)),
        ("notes", fd(3)),
        ("errors", fd(1)),
        ("control", fd(4)),
        ("self", fd(5)),
    ]);
    assert_eq!(value, expected);
    let types: Vec<_> = granted.iter().map(|granted| granted.filetype).collect();
    assert_eq!(types.len(), 6);
    assert_eq!(types[0], Filetype::SOCKET_STREAM);
    assert_eq!(
        types[2..],
        [Filetype::DIRECTORY, Filetype::REGULAR_FILE, Filetype::SOCKET_STREAM, Filetype::SOCKET_STREAM]
    );
    assert!(!(granted[2].base | granted[2].inheriting).contains(Rights::FD_WRITE));
}

#[test]
fn access_is_what_a_configuration_calls_it() {
    let telling = Rights::FD_READ | Rights::FD_WRITE | Rights::PROC_EXEC;
    let (read, write, execute) = (Rights::FD_READ, Rights::FD_WRITE, Rights::PROC_EXEC);
    let cases = [
        ("", read | execute),
        (":ro", read),
        (":read", read),
        (":wo", write),
        (":rw", read | write),
        (":read-write", read | write),
        (":rx", read | execute),
        (":rwx", telling),
        (":execute", execute),
        (":write,execute", write | execute),
    ];
    for (access, rights) in cases {
        let (_, granted) =
            grants_with(&[("file", &format!("notes=notes.txt{access}"))], "").expect("nothing is wrong");
        assert_eq!(granted[0].base & telling, rights, "{access}");
    }
    let (_, granted) = grants_with(&[("dir", "pages=pages")], "").expect("nothing is wrong");
    assert!(granted[0].inheriting.contains(telling));
}

#[test]
fn they_add_to_a_configuration_that_is_a_map() {
    let options = [("arg", "workers=4"), ("fd", "log=stdout")];
    let (value, granted) =
        grants_with(&options, format!("{HEAD}output: !fd stdout\n1: x\n")).expect("it is right");
    let mut expected = vec![("output".into(), Value::Fd(0)), (1.into(), "x".into())];
    expected.extend([("workers".into(), 4.into()), ("log".into(), Value::Fd(0))]);
    assert_eq!(value, Value::Map(expected));
    assert_eq!(granted.len(), 1);
    let (value, _) = grants_with(&options[..1], "# nothing\n").expect("it is right");
    assert_eq!(value, map([("workers", 4.into())]));
}

#[test]
fn messages() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let port = listener.local_addr().expect("it has an address").port();
    let taken = format!("http=127.0.0.1:{port}");
    let cases: &[(&[(&str, &str)], &str)] = &[
        (&[("dir", "pages")], ""),
        (&[("arg", "=1")], ""),
        (&[("arg", "workers=4"), ("dir", "pages=paegs:ro")], ""),
        (&[("dir", "pages=pages:or"), ("file", "notes=notes.txt:r")], ""),
        (&[("file", "notes=/a:b/c")], ""),
        (&[("file", "notes=:ro")], ""),
        (&[("dir", "notes=notes.txt")], ""),
        (&[("file", "home=~/notes.txt")], ""),
        (&[("listen", "http=8080"), ("connect", "back=:80")], ""),
        (&[("listen", "http=control.sock"), ("listen", "https=")], ""),
        (&[("listen", &taken)], ""),
        (&[("connect", "database=./notes.txt")], ""),
        (&[("fd", "log=999"), ("fd", "out=8")], ""),
        (&[("fd", "log=stder"), ("fd", "out=")], ""),
        (&[("arg", "name=\"no end")], ""),
        (&[("arg", "workers=4"), ("arg", "workers=5")], ""),
        (&[("arg", "workers=4")], "hosts: [a]\nworkers: 2\n"),
        (&[("arg", "workers=4")], "- a\n- b\n"),
        (&[("dir", "two\nlines=pa\u{1b}ges")], ""),
    ];
    let mut text = String::new();
    for (options, configuration) in cases {
        match grants_with(options, *configuration) {
            Ok(_) => panic!("nothing is wrong with {options:?}"),
            Err(message) => writeln!(text, "{message}").expect("strings take everything"),
        }
    }
    let here = std::env::current_dir().expect("there is one");
    let text = text.replace(&*here.to_string_lossy(), "[current directory]");
    let text = text.replace(&port.to_string(), "[port]");
    insta::with_settings!({ omit_expression => true }, { insta::assert_snapshot!("shortcuts", text) });
}

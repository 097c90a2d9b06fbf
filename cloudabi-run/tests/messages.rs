//! Every message, as people see it.

mod common;

use std::fmt::Write;

use common::{HEAD, grants};

/// Holds messages against what is checked in.
macro_rules! assert_messages {
    ($name:literal, $messages:expr) => {
        insta::with_settings!({ omit_expression => true }, { insta::assert_snapshot!($name, $messages) })
    };
}

/// The messages for each of these configurations, one after the other.
fn messages(configurations: &[&str]) -> String {
    let mut text = String::new();
    for configuration in configurations {
        match grants(*configuration) {
            Ok(_) => panic!("nothing is wrong with this:\n{configuration}"),
            Err(message) => {
                // Of a relative path the message shows where it starts, which differs each time.
                let here = std::env::current_dir().expect("there is one");
                let message = message.replace(&here.to_string_lossy().into_owned(), "[current directory]");
                writeln!(text, "{message}").expect("strings take everything");
            }
        }
    }
    text
}

/// The messages for each of these values, behind the line that declares the tags.
fn messages_of_values(values: &[&str]) -> String {
    let configurations: Vec<String> = values.iter().map(|value| format!("{HEAD}{value}\n")).collect();
    messages(&configurations.iter().map(String::as_str).collect::<Vec<_>>())
}

#[test]
fn yaml() {
    let deep = "[".repeat(65);
    let aliases = format!(
        "a: &a {}1{}\nb: &b {}*a{}\n",
        "[".repeat(40),
        "]".repeat(40),
        "[".repeat(40),
        "]".repeat(40)
    );
    assert_messages!(
        "yaml",
        messages(&[
            "a: [1,\n",
            "a: 1\n b: 2\n",
            "a: *nowhere\n",
            "a: &a [1, *a]\n",
            "a: 1\n---\nb: 2\n",
            "a: 1\nb: 2\n\"a\": 3\n",
            "{1: a, 0x1: b}\n",
            "%TAG ! x\n%TAG ! y\n--- a\n",
            "a:\n\tb: 1\n",
            "a: 1\n\tb: 2\n",
            "a: b: c\n",
            "a: [1, 2\nb: 3\n",
            "a: \"no end\n",
            "a: 'it's'\n",
            "a: @b\n",
            "- a\nb: 1\n",
            &deep,
            &aliases,
        ])
    );
}

#[test]
fn text_that_is_not_utf8() {
    assert_messages!(
        "text_that_is_not_utf8",
        grants(*b"a: 1\nb: \xc3\xa4\xff x\n").expect_err("it is not UTF-8")
    );
}

#[test]
fn aliases_that_explode() {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..9 {
        let alias = format!("*a{}, ", level - 1).repeat(10);
        writeln!(text, "a{level}: &a{level} [{alias}]").expect("strings take everything");
    }
    assert_messages!("aliases_that_explode", messages(&[&text]));
}

#[test]
fn tags() {
    assert_messages!(
        "tags",
        messages_of_values(&[
            "!filw {path: a}",
            "!something 1",
            "!kqueue {}",
            "!flower_switchboard_handle {}",
            "!!set {a}",
            "!!strr a",
            "!!map 1",
            "!!seq {}",
            "!!int [1]",
            "!<tag:example.org,2000:x> 1",
            "\u{7f}: [\u{85}\u{202e}, !fdd \u{9b}1m]",
        ])
    );
    assert_messages!("tags_without_directive", messages(&["out: !fd stdout\n", "!fiel {path: x}\n"]));
}

#[test]
fn values() {
    let long = format!("!!int {}", "9".repeat(20_000));
    assert_messages!(
        "values",
        messages_of_values(&[
            "!!int 1.5",
            "!!bool yes",
            "!!float x",
            "!!null x",
            "!!binary 'a$b'",
            "!!timestamp yesterday",
            &long,
        ])
    );
}

#[test]
fn descriptors() {
    assert_messages!(
        "descriptors",
        messages_of_values(&[
            "!fd",
            "!fd stdotu",
            "!fd -1",
            "!fd 99999999999",
            "!fd 7777",
            "!fd 9",
            "!fd [1]",
            "!fd 1.0",
            "!executable {path: x}",
        ])
    );
}

#[test]
fn attributes() {
    assert_messages!(
        "attributes",
        messages_of_values(&[
            "!file notes.txt",
            "!directory [pages]",
            "!file {}",
            "pages: !file\n  access: read\n",
            "!file {path: notes.txt, acess: read}",
            "!file {path: notes.txt, owner: me}",
            "!file {path: notes.txt, path: pages}",
            "!file {path: notes.txt, 1: 2}",
            "!file {path: notes.txt, [1]: 2}",
            "!file {path: 12}",
            "!file {path: }",
            "!file {path: ''}",
            "!file {path: \"a\\0b\"}",
            "!file {path: [a]}",
            "!file {path: !fd 1}",
            "!file {path: notes.txt, access: raed}",
            "!file {path: notes.txt, access: everything}",
            "!file {path: notes.txt, access: []}",
            "!file {path: notes.txt, access: [read, {write: 1}]}",
        ])
    );
}

/// A path in the folder of the tests, from the root.
fn here(name: &str) -> std::path::PathBuf {
    common::enter_folder();
    std::env::current_dir().expect("there is one").join(name)
}

#[test]
fn sockets() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let port = taken.local_addr().expect("it has an address").port();
    let _datagrams =
        std::os::unix::net::UnixDatagram::bind(here("datagrams")).expect("there is no such socket");
    let _streams = std::os::unix::net::UnixListener::bind(here("streams")).expect("there is no such socket");
    let long = format!("!unix_listener {{path: {}}}", "x".repeat(120));
    let busy = format!("!tcp_listener {{address: \"127.0.0.1:{port}\"}}");
    let text = messages_of_values(&[
        "a:\n  - !socket\n    type: stream\n",
        "!socket {bind: /a, connect: /b}",
        "!socket {bind: /a, type: seqpacket}",
        "!socket {bind: /a, type: steam}",
        "!socket {bnid: /a}",
        "!socket 1",
        "!socketpair tcp",
        "!tcp_listener {path: /a}",
        "!tcp_listener {}",
        "!tcp_listener {address: 80}",
        "!tcp_listener {address: localhost}",
        "!tcp_listener {address: \":80\"}",
        "!tcp_listener {address: \"::1:80\"}",
        "!tcp_listener {address: \"[::1]\"}",
        "!tcp_listener {address: \"127.0.0.1:80000\"}",
        "!tcp_listener {address: \"127.0.0.1:no-such-service\"}",
        "!tcp_listener {address: \"192.0.2.1:8080\"}",
        "!tcp_stream {address: \"127.0.0.1:1\"}",
        "!tcp_listener {address: \"127.0.0.1:0\", rights: [file_open]}",
        "!unix_listener {path: socket}",
        "!unix_listener {path: nothing-like-it/x}",
        "!unix_stream {path: nothing-like-it}",
        "!unix_stream {path: notes.txt}",
        "!unix_stream {path: socket}",
        "!unix_stream {path: datagrams}",
        &format!("!socket {{type: dgram, connect: {:?}}}", here("streams")),
        "!unix_listener {path: /proc/here}",
        "!unix_listener {path: notes.txt/here}",
        "!tcp_listener {address: \"a\\0:80\"}",
        &long,
        &busy,
    ]);
    assert_messages!("sockets", text.replace(&port.to_string(), "[port]"));
}

#[test]
fn limits_and_foreign_directories() {
    assert_messages!(
        "limits_and_foreign_directories",
        messages_of_values(&[
            "!limits {memory: 64M}",
            "a: [!limits {memory: 64M}]\n",
            "a: {b: !limits {memory: 64M}}\n",
            "a: !limits 64M\n",
            "a: !limits {memroy: 64M, cpu: 1}\n",
            "a: !limits {memory: 64X, cpu: [1], processes: -1, descriptors: }\n",
            "a: !limits {memory: 1}\nb: !limits {cpu: 1}\n",
            "a: !limit {memory: 1}\n",
            "!fd {}",
            "!fd {nubmer: 1}",
            "!fd {number: 1, foreign_directories: 1}",
            "!fd {number: 99, foreign_directories: true}",
            "!fd {number: stidn}",
            "!unix_stream {path: socket, foreign_directories: perhaps}",
            "!socket {connect: \"127.0.0.1:1\", foreign_directories: true}",
            "!tcp_stream {address: \"127.0.0.1:1\", foreign_directories: true}",
        ])
    );
}

#[test]
fn rights() {
    assert_messages!(
        "rights",
        messages_of_values(&[
            "!file {path: notes.txt, rights: [fd_raed, fd_seek]}",
            "!file {path: notes.txt, rights: nothing_like_it}",
            "!file {path: notes.txt, rights: [fd_read, file_readdir]}",
            "!file {path: notes.txt, access: read, rights: [fd_read, fd_write]}",
            "!file {path: notes.txt, inheriting: [fd_read]}",
            "!directory {path: pages, rights: [file_open, fd_read], inheriting: [fd_read]}",
            "!directory {path: pages, rights: [file_open], inheriting: [sock_shutdown]}",
            "!directory {path: pages, rights: [file_open]}",
            "!directory {path: pages, inheriting: [fd_read]}",
            "!directory\n  path: pages\n  access: read\n  inheriting: [fd_read, fd_write]\n",
        ])
    );
}

#[test]
fn paths() {
    assert_messages!(
        "paths",
        messages_of_values(&[
            "!file {path: nothing-like-it}",
            "!file {path: note.txt}",
            "!file {path: pages/imges/x}",
            "!file {path: pages/images/x}",
            "!file {path: /nothing-like-it/x}",
            "!file {path: ~/x}",
            "!file {path: dangling}",
            "!file {path: loop}",
            "!file {path: notes.txt/x}",
            "!file {path: socket}",
            "!directory {path: notes.txt}",
            "!directory {path: nothing-like-it}",
            "!file {path: \"a\\eb\"}",
            // A program that runs cannot be written to.
            "!file {path: /proc/self/exe, access: write}",
            "!file {path: /proc/self/exe, access: read-write}",
        ])
    );
}

#[test]
fn everything_that_is_wrong_is_said() {
    assert_messages!(
        "everything_that_is_wrong_is_said",
        messages_of_values(&[
            "a: !fd\nb: !filee {path: x}\nc: !file {path: x, access: raed, pth: y}\n",
            "a: !file {path: nothing}\nb: !fd 7777\nc: !directory {path: notes.txt}\n",
        ])
    );
}

//! One test for each thing that the program can try. It says something only if something is wrong.

use std::io::{Read as _, Write as _};
use std::os::fd::AsRawFd as _;

use cloudabi_test_support::scratch;

use crate::run::{run, said};

/// Runs the program with a directory of its own and with these further lines of configuration.
#[track_caller]
fn check(test: &str, more: &str) {
    let folder = scratch();
    let path = folder.path();
    let config = format!(
        "test: {test}\nstderr: !fd stderr\nprogram: !executable\n\
         dir: !directory {{path: {path:?}, access: [read, write, execute]}}\n{more}"
    );
    let output = run("library", &config);
    let said = said(&output);
    assert!(output.status.success() && said.is_empty(), "{}: {said}", output.status);
}

macro_rules! tests {
    ($($module:ident { $($test:ident)* })*) => {
        $(
            mod $module {
                $(
                    #[test]
                    fn $test() {
                        super::check(stringify!($test), "value: 1");
                    }
                )*
            }
        )*
    };
}

tests! {
    arguments { own_types same_descriptor_twice start_facts }
    clocks { clocks_advance random_numbers sleeping system_time }
    files {
        attributes buffers links listing names outside positions reading_and_writing rights trees
    }
    locks { barriers conditions mutexes once readers_and_writers timeouts }
    memory { allocations maps read_only shared_memory threads_allocate }
    processes {
        forking killing locks_across_forks raising replacing shared_locks spawning spawning_nothing statuses
    }
    sockets { datagrams descriptors ends polling streams waiting }
    threads { compiled_locals detached identities joining locals scopes stacks }
}

#[test]
fn every_kind_of_argument() {
    let value = "value:\n  \"null\": null\n  nothing: null\n  boolean: true\n  float: 1.5\n  integer: -70000\n  \
                 large: 18446744073709551615\n  list: [1, 2, 300]\n  text: text\n  owned: other text\n  \
                 time: !!timestamp 1970-01-01T00:00:01Z\n  how: Slowly\n  other: {Times: 3}\n  unknown: 5";
    check("every_kind", value);
}

#[test]
fn a_thread_that_waits_for_itself_is_told() {
    let output = run("library", "test: recursion\nstderr: !fd stderr");
    assert!(!output.status.success());
    assert!(said(&output).contains("takes a lock that it holds already"), "{}", said(&output));
}

#[test]
fn connections_are_accepted() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("the machine has itself for a network");
    let mut client =
        std::net::TcpStream::connect(listener.local_addr().expect("an address")).expect("it listens");
    rustix::io::fcntl_setfd(&client, rustix::io::FdFlags::CLOEXEC).expect("it is open");
    rustix::io::fcntl_setfd(&listener, rustix::io::FdFlags::empty()).expect("it is open");
    client.write_all(b"hello").expect("room");
    check("accepting", &format!("listen: !fd {}", listener.as_raw_fd()));
    let mut echo = String::new();
    client.read_to_string(&mut echo).expect("text");
    assert_eq!(echo, "hello");
}

//! What a program is started with.

use alloc::string::String;
use alloc::vec::Vec;

use cloudabi::args::{self, Argdata, Timestamp};
use cloudabi::fs::Dir;
use cloudabi::io::Write as _;
use cloudabi::net::Stream;
use cloudabi::os::{AsFd as _, OwnedFd};
use cloudabi::time::SystemTime;
use serde::{Deserialize, Serialize};

#[derive(Debug, Deserialize, PartialEq)]
struct EveryKind<'a> {
    null: (),
    nothing: Option<u8>,
    boolean: bool,
    float: f64,
    integer: i64,
    large: u128,
    list: Vec<u16>,
    text: &'a str,
    owned: String,
    time: SystemTime,
    how: How,
    other: How,
}

#[derive(Debug, Deserialize, PartialEq)]
enum How {
    Slowly,
    Times(u8),
}

/// Every kind of value but descriptors arrives as it was written.
pub fn every_kind(value: Argdata<'static>) {
    let value: EveryKind<'_> = args::decode(value.bytes(), Vec::new()).expect("it is what the test gives");
    let expected = EveryKind {
        null: (),
        nothing: None,
        boolean: true,
        float: 1.5,
        integer: -70_000,
        large: u128::from(u64::MAX),
        list: [1, 2, 300].into(),
        text: "text",
        owned: "other text".into(),
        time: SystemTime::from_timestamp(1_000_000_000),
        how: How::Slowly,
        other: How::Times(3),
    };
    assert_eq!(value, expected);
}

/// What is named twice arrives as two descriptors.
pub fn same_descriptor_twice(_value: Argdata<'static>) {
    #[derive(Deserialize)]
    struct Two {
        one: Stream,
        other: Stream,
    }

    let (here, there) = Stream::pair().expect("a pair");
    #[derive(Serialize)]
    struct Once<'a> {
        one: &'a Stream,
        other: &'a Stream,
    }
    let encoded = args::encode(&Once { one: &there, other: &there }).expect("they go");
    assert_eq!(encoded.fds.len(), 1);
    drop(there);
    let two: Two = args::decode(&encoded.data, encoded.fds).expect("they arrive");
    assert_ne!(two.one.as_fd().as_raw_fd(), two.other.as_fd().as_raw_fd());
    drop(two.one);
    (&two.other).write_all(b"x").expect("it is open");
    drop(here);
}

/// Types of descriptors are checked, and descriptors are closed that nobody wants.
pub fn own_types(_value: Argdata<'static>) {
    let (here, there) = Stream::pair().expect("a pair");
    let encoded = args::encode(&[&there]).expect("it goes");
    drop(there);
    let error =
        args::decode::<Vec<Dir>>(&encoded.data, encoded.fds).map(drop).expect_err("it is no directory");
    let message = alloc::format!("{error}");
    assert!(message.contains("socket_stream where a directory was expected, in `[0]`"), "{message}");
    // The other end is closed, since the descriptor is.
    let mut byte = [0];
    assert_eq!(cloudabi::io::Read::read(&mut &here, &mut byte).expect("the end"), 0);

    let error = args::decode::<OwnedFd>(b"\x03\0\0\0\x07", Vec::new()).map(drop).expect_err("none came");
    assert!(alloc::format!("{error}").contains("there is no such descriptor"));
    let time = args::decode::<Timestamp>(b"\x09", Vec::new());
    assert_eq!(time, Ok(Timestamp(0)));
}

/// What the host tells besides the arguments.
pub fn start_facts() {
    assert!(cloudabi::process::id().is_some_and(|id| id[6] >> 4 == 4), "a UUID of version 4");
    assert_eq!(cloudabi::random::start_seed().len(), 64);
    assert!(cloudabi::mem::page_size() >= 4096);
    assert!(cloudabi::thread::available_parallelism().get() >= 1);
}

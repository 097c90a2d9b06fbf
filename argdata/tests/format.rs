//! The binary form: known examples, what is refused, and that reading undoes writing.

use cloudabi_argdata::{Argdata, ErrorKind, Integer, Item, Kind, MAX_DEPTH, Value};
use proptest::prelude::*;

fn map<const N: usize>(entries: [(Value, Value); N]) -> Value {
    Value::Map(entries.into())
}

#[test]
fn known_examples() {
    let cases: [(Value, &[u8]); 20] = [
        (map([("tmpdir".into(), Value::Fd(0))]), b"\x06\x88\x08tmpdir\0\x85\x03\0\0\0\0"),
        (Value::Null, b""),
        (Value::Bool(false), b"\x02"),
        (Value::Bool(true), b"\x02\x01"),
        (Value::Fd(0x0102_0304), b"\x03\x01\x02\x03\x04"),
        (Value::Float(1.0), b"\x04\x3f\xf0\0\0\0\0\0\0"),
        (0.into(), b"\x05"),
        (1.into(), b"\x05\x01"),
        (127.into(), b"\x05\x7f"),
        (128.into(), b"\x05\0\x80"),
        ((-1).into(), b"\x05\xff"),
        ((-128).into(), b"\x05\x80"),
        ((-129).into(), b"\x05\xff\x7f"),
        (Value::Int(u64::MAX.into()), b"\x05\0\xff\xff\xff\xff\xff\xff\xff\xff"),
        (i64::MIN.into(), b"\x05\x80\0\0\0\0\0\0\0"),
        (Value::Seq(vec![Value::Null, "a".into()]), b"\x07\x80\x83\x08a\0"),
        ("".into(), b"\x08\0"),
        (Value::Binary(vec![0, 255]), b"\x01\0\xff"),
        (Value::Timestamp(0.into()), b"\x09"),
        (Value::Timestamp(1_000_000_000.into()), b"\x09\x3b\x9a\xca\0"),
    ];
    for (value, bytes) in cases {
        assert_eq!(value.to_bytes(), bytes, "{value:?}");
        assert_eq!(to_value(Argdata::new(bytes)), value);
    }
}

#[test]
fn lengths_of_more_than_one_byte() {
    for (length, prefix) in [(0x7d, &[0xff][..]), (0x7e, &[0x01, 0x80]), (0x3ffe, &[0x01, 0x00, 0x80])] {
        let text = "x".repeat(length);
        let bytes = Value::Seq(vec![text.as_str().into()]).to_bytes();
        assert_eq!(&bytes[1..][..prefix.len()], prefix, "{length}");
        let element = Argdata::new(&bytes).as_seq().expect("a sequence").next().expect("one element");
        assert_eq!(element.expect("sound").as_str(), Ok(text.as_str()));
    }
}

#[test]
fn integers_are_made_as_short_as_they_can_be() {
    let cases: [(&[u8], &[u8]); 10] = [
        (&[], &[]),
        (&[0], &[]),
        (&[0, 0, 0], &[]),
        (&[0, 0, 1], &[1]),
        (&[0, 0, 0x80], &[0, 0x80]),
        (&[0xff], &[0xff]),
        (&[0xff, 0xff], &[0xff]),
        (&[0xff, 0x80], &[0x80]),
        (&[0xff, 0x7f], &[0xff, 0x7f]),
        (&[0xff, 0], &[0xff, 0]),
    ];
    for (bytes, short) in cases {
        assert_eq!(Integer::from_be_bytes(bytes).to_be_bytes(), short, "{bytes:?}");
    }
    assert_eq!(Integer::from_magnitude(true, &[1, 0]).to_be_bytes(), [0xff, 0]);
    assert_eq!(Integer::from_magnitude(true, &[]), 0.into());
}

#[test]
fn malformed_data_is_refused_with_its_place() {
    let cases: [(&[u8], usize, ErrorKind); 20] = [
        (b"\x0a", 0, ErrorKind::UnknownKind(10)),
        (b"\0", 0, ErrorKind::UnknownKind(0)),
        (b"\x02\x02", 1, ErrorKind::NotBool),
        (b"\x02\x01\x01", 0, ErrorKind::WrongLength),
        (b"\x03\0\0\0", 0, ErrorKind::WrongLength),
        (b"\x04\0\0\0\0\0\0\0\0\0", 0, ErrorKind::WrongLength),
        (b"\x05\0", 1, ErrorKind::NotMinimal),
        (b"\x05\0\x7f", 1, ErrorKind::NotMinimal),
        (b"\x09\xff\x80", 1, ErrorKind::NotMinimal),
        (b"\x08abc", 0, ErrorKind::NotTerminated),
        (b"\x08", 0, ErrorKind::NotTerminated),
        (b"\x08ab\xff\0", 3, ErrorKind::NotUtf8),
        (b"\x07\x81", 1, ErrorKind::Truncated),
        (b"\x07\x01", 1, ErrorKind::Truncated),
        (b"\x07\0\x80", 1, ErrorKind::BadLength),
        (b"\x07\x01\0\0\0\0\0\0\0\0\0\0\x80", 1, ErrorKind::BadLength),
        (b"\x06\x80", 2, ErrorKind::KeyWithoutValue),
        (b"\x06\x80\x80\x80", 4, ErrorKind::KeyWithoutValue),
        (b"\x06\x80\x83\x07\x81\x0b", 5, ErrorKind::UnknownKind(11)),
        (b"\x07\x80\x84\x07\x80\x81\x0b", 6, ErrorKind::UnknownKind(11)),
    ];
    for (bytes, offset, kind) in cases {
        let error = Argdata::new(bytes).validate().expect_err("malformed");
        assert_eq!((error.offset, error.kind), (offset, kind), "{bytes:x?}");
    }
}

#[test]
fn iteration_ends_with_an_error() {
    let mut elements = Argdata::new(b"\x07\x80\0\x80").as_seq().expect("a sequence");
    assert!(elements.next().is_some_and(|element| element.is_ok()));
    assert!(elements.next().is_some_and(|element| element.is_err()));
    assert!(elements.next().is_none());
    let mut entries = Argdata::new(b"\x06\x80").as_map().expect("a map");
    assert!(entries.next().is_some_and(|entry| entry.is_err()));
    assert!(entries.next().is_none());
}

#[test]
fn depth_is_bounded() {
    let nested =
        |depth| (1..depth).fold(Value::Seq(Vec::new()), |inner, _| Value::Seq(vec![inner])).to_bytes();
    assert_eq!(Argdata::new(&nested(MAX_DEPTH)).validate(), Ok(()));
    let error = Argdata::new(&nested(MAX_DEPTH + 1)).validate().expect_err("too deep");
    assert_eq!(error.kind, ErrorKind::TooDeep);
}

#[test]
fn getters_tell_what_is_there_instead() {
    let bytes = map([("a".into(), Value::Null), (1.into(), Value::Timestamp((-5).into()))]).to_bytes();
    let data = Argdata::new(&bytes);
    assert!(data.get("a").expect("a map").expect("an entry").is_null());
    assert!(data.get("b").expect("a map").is_none());
    let error = data.as_str().expect_err("a map");
    assert_eq!(error.kind, ErrorKind::WrongKind { expected: Kind::Str, found: Kind::Map });
    assert_eq!(error.to_string(), "a map where a string was expected, at byte 0 of the argument data");
    let (_, time) = data.as_map().expect("a map").nth(1).expect("two entries").expect("sound");
    assert_eq!(time.as_timestamp(), Ok(-5));
    assert_eq!(
        Argdata::new(b"\x09\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0").as_timestamp().map_err(|e| e.kind),
        Err(ErrorKind::OutOfRange)
    );
}

#[test]
fn the_highest_descriptor_is_found() {
    let bytes = Value::Seq(vec![Value::Fd(2), map([(Value::Fd(7), Value::Fd(3))])]).to_bytes();
    assert_eq!(Argdata::new(&bytes).max_fd(), Ok(Some(7)));
    assert_eq!(Argdata::new(b"").max_fd(), Ok(None));
}

/// The value of data that is sound.
fn to_value(data: Argdata) -> Value {
    match data.read().expect("sound") {
        Item::Null => Value::Null,
        Item::Binary(bytes) => Value::Binary(bytes.into()),
        Item::Bool(value) => value.into(),
        Item::Fd(index) => Value::Fd(index),
        Item::Float(value) => value.into(),
        Item::Int(value) => Value::Int(Integer::from_be_bytes(value.to_be_bytes())),
        Item::Map(entries) => Value::Map(
            entries
                .map(|entry| entry.expect("sound"))
                .map(|(key, value)| (to_value(key), to_value(value)))
                .collect(),
        ),
        Item::Seq(elements) => {
            Value::Seq(elements.map(|element| to_value(element.expect("sound"))).collect())
        }
        Item::Str(text) => text.into(),
        Item::Timestamp(value) => Value::Timestamp(Integer::from_be_bytes(value.to_be_bytes())),
    }
}

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<Vec<u8>>().prop_map(Value::Binary),
        any::<bool>().prop_map(Value::Bool),
        any::<u32>().prop_map(Value::Fd),
        (-1e300..1e300).prop_map(Value::Float),
        any::<i64>().prop_map(Value::from),
        any::<i128>().prop_map(|value| Value::Int(value.into())),
        any::<Vec<u8>>().prop_map(|bytes| Value::Int(Integer::from_be_bytes(bytes))),
        ".*".prop_map(Value::Str),
        any::<i128>().prop_map(|value| Value::Timestamp(value.into())),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::Seq),
            prop::collection::vec((inner.clone(), inner), 0..6).prop_map(Value::Map),
        ]
    })
}

/// Bytes that look like argument data more often than random ones do.
fn likely_bytes() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![0..10_u8, 0x80..0x90_u8, any::<u8>()];
    prop::collection::vec(byte, 0..64)
}

proptest! {
    #[test]
    fn reading_undoes_writing(value in values()) {
        let bytes = value.to_bytes();
        let data = Argdata::new(&bytes);
        prop_assert_eq!(data.validate(), Ok(()));
        prop_assert_eq!(to_value(data), value);
    }

    #[test]
    fn integers_keep_their_value(value: i128) {
        let bytes = Value::Int(value.into()).to_bytes();
        let read = Argdata::new(&bytes).as_int().expect("an integer");
        prop_assert_eq!(read.to_i128(), Some(value));
        prop_assert_eq!(read.to_i64(), i64::try_from(value).ok());
        prop_assert_eq!(read.to_u64(), u64::try_from(value).ok());
    }

    /// What is sound has one binary form, so writing undoes reading.
    #[test]
    fn anything_is_sound_or_refused(bytes in likely_bytes()) {
        let data = Argdata::new(&bytes);
        match data.validate() {
            // Any bits of a float are sound, and writing keeps them, but for the quiet bit of NaNs on some machines.
            Ok(()) => prop_assert_eq!(to_value(data).to_bytes(), bytes),
            Err(error) => prop_assert!(error.offset <= bytes.len()),
        }
    }
}

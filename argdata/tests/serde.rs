//! Types that derive `Serialize` and `Deserialize`: what they are in argument data, and what is refused where.

mod exercise;

use std::collections::BTreeMap;

use cloudabi_argdata::{
    Argdata, ErrorKind, Fd, MAX_DEPTH, Problem, SerdeError, Timestamp, Value, from_bytes, to_bytes, to_value,
};
use proptest::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
struct Args {
    listen: Vec<Fd>,
    root: Option<Fd>,
    limits: BTreeMap<String, u64>,
    mode: Mode,
    since: Timestamp,
    pair: (i8, char),
    rest: Value,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
enum Mode {
    Quiet,
    Level(u8),
    Range(i64, i64),
    Named { name: String, fd: Fd },
}

fn args() -> Args {
    Args {
        listen: vec![Fd(0), Fd(2)],
        root: Some(Fd(1)),
        limits: [("files".to_owned(), 9), ("bytes".to_owned(), u64::MAX)].into(),
        mode: Mode::Named { name: "log".to_owned(), fd: Fd(3) },
        since: Timestamp(-1),
        pair: (-5, 'ß'),
        rest: Value::Seq(vec![Value::Null, Value::Binary(vec![1, 2])]),
    }
}

fn map<const N: usize>(entries: [(&str, Value); N]) -> Value {
    Value::Map(entries.into_iter().map(|(key, value)| (key.into(), value)).collect())
}

#[test]
fn what_types_are_in_argument_data() {
    let expected = map([
        ("listen", Value::Seq(vec![Value::Fd(0), Value::Fd(2)])),
        ("root", Value::Fd(1)),
        ("limits", map([("bytes", Value::Int(u64::MAX.into())), ("files", 9.into())])),
        ("mode", map([("Named", map([("name", "log".into()), ("fd", Value::Fd(3))]))])),
        ("since", Value::Timestamp((-1).into())),
        ("pair", Value::Seq(vec![(-5).into(), "ß".into()])),
        ("rest", Value::Seq(vec![Value::Null, Value::Binary(vec![1, 2])])),
    ]);
    assert_eq!(to_value(&args()), Ok(expected.clone()));
    let bytes = expected.to_bytes();
    assert_eq!(to_bytes(&args()), Ok(bytes.clone()));
    assert_eq!(from_bytes(&bytes), Ok(args()));

    assert_eq!(to_value(&Mode::Quiet), Ok("Quiet".into()));
    assert_eq!(to_value(&Mode::Level(7)), Ok(map([("Level", 7.into())])));
    assert_eq!(to_value(&Mode::Range(1, 2)), Ok(map([("Range", Value::Seq(vec![1.into(), 2.into()]))])));
    assert_eq!(to_value(&()), Ok(Value::Null));
    assert_eq!(to_value(&None::<u8>), Ok(Value::Null));
    assert_eq!(to_value(&1.5f32), Ok(Value::Float(1.5)));
    assert_eq!(to_value(&u128::MAX).map(|value| value.to_bytes().len()), Ok(18));
}

#[test]
fn text_and_bytes_are_not_copied() {
    #[derive(Deserialize)]
    struct Borrowed<'a> {
        text: &'a str,
        bytes: &'a [u8],
        #[serde(borrow)]
        any: Argdata<'a>,
    }

    let bytes =
        map([("text", "abc".into()), ("bytes", Value::Binary(vec![7])), ("any", 5.into())]).to_bytes();
    let borrowed: Borrowed = from_bytes(&bytes).expect("it is what was written");
    let range = bytes.as_ptr_range();
    assert!(range.contains(&borrowed.text.as_ptr()) && range.contains(&borrowed.bytes.as_ptr()));
    assert_eq!(borrowed.any.as_int().expect("an integer").to_u64(), Some(5));
}

#[test]
fn descriptors_survive_types_that_look_at_data_twice() {
    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(untagged)]
    enum Either {
        Number(u32),
        Socket { fd: Fd },
        Alone(Fd),
    }

    #[derive(Debug, Deserialize, PartialEq)]
    struct Outer {
        #[serde(flatten)]
        inner: Inner,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    struct Inner {
        fd: Fd,
        time: Timestamp,
    }

    assert_eq!(from_bytes(&Value::Fd(4).to_bytes()), Ok(Either::Alone(Fd(4))));
    assert_eq!(from_bytes(&map([("fd", Value::Fd(4))]).to_bytes()), Ok(Either::Socket { fd: Fd(4) }));
    // A number is no descriptor, neither way.
    assert_eq!(from_bytes(&Value::from(4).to_bytes()), Ok(Either::Number(4)));
    assert!(from_bytes::<Either>(&map([("fd", 4.into())]).to_bytes()).is_err());
    let bytes = map([("fd", Value::Fd(1)), ("time", Value::Timestamp(2.into()))]).to_bytes();
    assert_eq!(from_bytes(&bytes), Ok(Outer { inner: Inner { fd: Fd(1), time: Timestamp(2) } }));
    let bytes = map([("fd", 1.into()), ("time", Value::Timestamp(2.into()))]).to_bytes();
    assert!(from_bytes::<Outer>(&bytes).is_err());
}

/// The error for this data, its place and its path.
fn refused<'de, T: Deserialize<'de> + std::fmt::Debug>(bytes: &'de [u8]) -> SerdeError {
    from_bytes::<T>(bytes).expect_err("it is wrong")
}

#[test]
fn mistakes_have_their_place() {
    let with = |name: &str, value: Value| {
        let Ok(Value::Map(mut entries)) = to_value(&args()) else { panic!("a map") };
        entries.iter_mut().find(|(key, _)| *key == name.into()).expect("a member").1 = value;
        Value::Map(entries).to_bytes()
    };
    let cases = [
        (with("root", 5.into()), "root", "an integer where a descriptor was expected"),
        (
            with("listen", Value::Seq(vec![Value::Fd(0), "x".into()])),
            "listen[1]",
            "a string where a descriptor",
        ),
        (with("limits", map([("a", (-1).into())])), "limits.a", "expected u64"),
        (with("limits", Value::Fd(0)), "limits", "a descriptor, expected a map"),
        (with("mode", "Loud".into()), "mode", "unknown variant `Loud`"),
        (with("mode", map([("Level", 256.into())])), "mode.Level", "expected u8"),
        (with("mode", map([("Level", 1.into()), ("Range", 2.into())])), "mode", "a map of one entry"),
        (with("mode", map([("Named", map([("name", "n".into())]))])), "mode.Named", "`fd` is missing"),
        (with("mode", "Level".into()), "mode", "has to be a map of one entry"),
        (with("since", 5.into()), "since", "an integer where a timestamp"),
        (with("pair", Value::Seq(vec![1.into(), "ab".into()])), "pair[1]", "expected a character"),
        (with("pair", Value::Seq(vec![1.into(), "a".into(), 3.into()])), "pair", "invalid length 3"),
    ];
    for (bytes, path, message) in cases {
        let error = refused::<Args>(&bytes);
        assert!(error.path() == path && error.to_string().contains(message), "{error}, in {}", error.path());
        // The place is that of the value, at which the data can be read on.
        let offset = error.offset().expect("reading knows its place");
        assert!(offset > 0 && offset < bytes.len(), "{error}");
    }
    let error = refused::<Args>(&map([("listen", Value::Null)]).to_bytes());
    assert_eq!((error.path(), error.offset()), ("listen", Some(11)));
    let error = refused::<Args>(b"\x06");
    assert_eq!(
        (error.problem(), error.path(), error.offset()),
        (&Problem::MissingField("listen"), "", Some(0))
    );
    let error = refused::<Vec<u8>>(b"\x07\x82\x05");
    assert_eq!((error.problem(), error.offset()), (&Problem::Data(ErrorKind::Truncated), Some(1)));
    let error = refused::<BTreeMap<u8, u8>>(b"\x06\x81\x05");
    assert_eq!((error.problem(), error.offset()), (&Problem::Data(ErrorKind::KeyWithoutValue), Some(2)));
    assert!(!refused::<i64>(&Value::Int(u128::MAX.into()).to_bytes()).to_string().is_empty());
}

#[test]
fn depth_comes_from_the_type_and_not_from_the_data() {
    #[derive(Debug, Deserialize)]
    struct Nested(#[allow(dead_code)] Vec<Nested>);

    let nested =
        |depth: usize| (1..depth).fold(Value::Seq(vec![]), |value, _| Value::Seq(vec![value])).to_bytes();
    from_bytes::<Nested>(&nested(MAX_DEPTH)).expect("that deep it may be");
    let error = refused::<Nested>(&nested(MAX_DEPTH + 2));
    assert_eq!(error.problem(), &Problem::Data(ErrorKind::TooDeep));
}

#[test]
fn other_formats_have_no_descriptors() {
    use serde::de::IntoDeserializer as _;

    let number: serde::de::value::U32Deserializer<serde::de::value::Error> = 3u32.into_deserializer();
    assert!(Fd::deserialize(number).is_err());
}

/// Any type of some depth, as far as argument data has it.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
enum Tree {
    Nothing,
    Bool(bool),
    Small(i8),
    Large(i128),
    Float(f64),
    Text(String),
    Fd(Fd),
    Time(Timestamp),
    List(Vec<Tree>),
    Map(BTreeMap<String, Tree>),
    Perhaps { value: Option<Box<Tree>> },
}

fn tree() -> impl Strategy<Value = Tree> {
    let leaf = prop_oneof![
        Just(Tree::Nothing),
        any::<bool>().prop_map(Tree::Bool),
        any::<i8>().prop_map(Tree::Small),
        any::<i128>().prop_map(Tree::Large),
        any::<f64>().prop_filter("comparable", |value| !value.is_nan()).prop_map(Tree::Float),
        any::<String>().prop_map(Tree::Text),
        any::<u32>().prop_map(|index| Tree::Fd(Fd(index))),
        any::<i128>().prop_map(|time| Tree::Time(Timestamp(time))),
    ];
    leaf.prop_recursive(5, 40, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Tree::List),
            prop::collection::btree_map(any::<String>(), inner.clone(), 0..5).prop_map(Tree::Map),
            prop::option::of(inner.prop_map(Box::new)).prop_map(|value| Tree::Perhaps { value }),
        ]
    })
}

proptest! {
    #[test]
    fn reading_undoes_writing(tree in tree()) {
        let bytes = to_bytes(&tree).expect("it has a form");
        prop_assert_eq!(Argdata::new(&bytes).validate(), Ok(()));
        prop_assert_eq!(from_bytes::<Tree>(&bytes), Ok(tree));
        let value = Argdata::new(&bytes).to_value().expect("it is sound");
        prop_assert_eq!(value.to_bytes(), bytes);
    }

    /// Whatever the bytes are, there is a value or an error with a place within them.
    #[test]
    fn anything_is_read_or_refused(mut bytes in prop::collection::vec(any::<u8>(), 0..60), kind in 0..=9u8) {
        if let Some(first) = bytes.first_mut() {
            *first = kind;
        }
        check(&bytes)?;
    }

    /// Sound data with a byte changed.
    #[test]
    fn damage_is_noticed_or_harmless(tree in tree(), at in any::<prop::sample::Index>(), byte: u8) {
        let mut bytes = to_bytes(&tree).expect("it has a form");
        let at = at.index(bytes.len());
        bytes[at] = byte;
        check(&bytes)?;
    }
}

fn check(bytes: &[u8]) -> Result<(), TestCaseError> {
    exercise::exercise(bytes);
    let errors = [from_bytes::<Tree>(bytes).err(), from_bytes::<Args>(bytes).err()];
    for error in errors.into_iter().flatten() {
        let offset = error.offset().expect("reading knows its place");
        prop_assert!(offset <= bytes.len(), "{} in {:?}", error, bytes);
        prop_assert!(!error.to_string().is_empty());
    }
    Ok(())
}

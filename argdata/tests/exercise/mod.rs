//! Reads bytes in all ways, and panics if these disagree. Tests and the fuzz target `argdata` share it.

use std::collections::BTreeMap;

use cloudabi_argdata::{Argdata, ErrorKind, Fd, Problem, Timestamp, Value, from_bytes};
use serde::Deserialize;

/// A type that has all kinds in it, and itself.
#[derive(Debug, Deserialize)]
#[allow(dead_code)]
enum Tree<'a> {
    Nothing,
    Bool(bool),
    Int(i128),
    Small(u8),
    Float(f64),
    Char(char),
    Text(&'a str),
    Bytes(&'a [u8]),
    Fd(Fd),
    Time(Timestamp),
    #[serde(borrow)]
    Pair((Box<Tree<'a>>, Option<Box<Tree<'a>>>)),
    List(Vec<Tree<'a>>),
    Map(BTreeMap<&'a str, Tree<'a>>),
    Members {
        one: Option<u16>,
        any: Value,
    },
}

pub fn exercise(bytes: &[u8]) {
    let data = Argdata::new(bytes);
    let sound = data.validate();
    if let Err(error) = sound {
        assert!(error.offset <= bytes.len(), "{error}");
    }
    // What is sound has one form only.
    match data.to_value() {
        Ok(value) => assert!(value.to_bytes() == bytes && sound.is_ok()),
        Err(error) => assert!(sound.is_err() || error.kind == ErrorKind::TooDeep, "{error}"),
    }
    let mut named = 0;
    assert_eq!(data.for_each_fd(|_| named += 1).is_ok(), sound.is_ok());
    assert!(data.max_fd().is_ok_and(|max| max.is_some() == (named > 0)) == sound.is_ok());

    let place = |error: Option<cloudabi_argdata::SerdeError>| {
        if let Some(error) = error {
            assert!(error.offset().is_some_and(|offset| offset <= bytes.len()), "{error}");
            assert!(!error.to_string().is_empty());
        }
    };
    place(from_bytes::<Tree>(bytes).err());
    place(from_bytes::<Vec<BTreeMap<u32, Fd>>>(bytes).err());
    let value = from_bytes::<Value>(bytes).err();
    let too_deep = matches!(data.to_value(), Err(error) if error.kind == ErrorKind::TooDeep);
    assert!(value.is_none() == sound.is_ok() || too_deep);
    assert!(!matches!(value.as_ref().map(|error| error.problem()), Some(Problem::MissingField(_))));
    place(value);
}

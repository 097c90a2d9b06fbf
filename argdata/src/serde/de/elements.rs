//! What is in maps and sequences.

use serde::de::{DeserializeSeed, MapAccess, SeqAccess, Visitor};

use super::{Deserializer, Error};
use crate::{Argdata, Kind, Map, Seq};

/// What is left of a sequence.
struct Values<'de> {
    sequence: Deserializer<'de>,
    rest: Seq<'de>,
    index: usize,
}

/// What is left of a map.
struct Entries<'de> {
    map: Deserializer<'de>,
    rest: Map<'de>,
    /// The entry whose key was read last.
    entry: Option<(Argdata<'de>, Argdata<'de>)>,
}

pub(super) fn visit_seq<'de, V: Visitor<'de>>(
    sequence: Deserializer<'de>,
    rest: Seq<'de>,
    visitor: V,
) -> Result<V::Value, Error> {
    let mut values = Values { sequence, rest, index: 0 };
    let result = visitor.visit_seq(&mut values)?;
    // A tuple looks at as many elements as it has.
    match values.rest.next() {
        Some(extra) => {
            let error =
                serde::de::Error::invalid_length(values.index + 1 + values.rest.count(), &"fewer elements");
            Err(Error::at(error, extra?.offset()))
        }
        None => Ok(result),
    }
}

pub(super) fn visit_map<'de, V: Visitor<'de>>(
    map: Deserializer<'de>,
    rest: Map<'de>,
    visitor: V,
) -> Result<V::Value, Error> {
    visitor.visit_map(Entries { map, rest, entry: None })
}

impl<'de> SeqAccess<'de> for &mut Values<'de> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Error> {
        let Some(value) = self.rest.next() else { return Ok(None) };
        let index = self.index;
        self.index += 1;
        let value = value?;
        // A type may refuse a value after it has been read.
        let place = |error: Error| error.at(value.offset()).in_element(index);
        seed.deserialize(self.sequence.inside(value)?).map(Some).map_err(place)
    }
}

impl<'de> MapAccess<'de> for Entries<'de> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        let Some(entry) = self.rest.next() else { return Ok(None) };
        let (key, _) = *self.entry.insert(entry?);
        seed.deserialize(self.map.inside(key)?).map(Some).map_err(|error| error.at(key.offset()))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        let Some((key, value)) = self.entry.take() else {
            return Err(serde::de::Error::custom("a value was asked for before its key"));
        };
        seed.deserialize(self.map.inside(value)?).map_err(|error| match key.kind() {
            Ok(Kind::Str) => error.at(value.offset()).in_entry(key.as_str().unwrap_or_default()),
            _ => error.at(value.offset()).in_entry("…"),
        })
    }
}

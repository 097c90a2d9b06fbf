//! Maps and sequences that are being put together.

use alloc::vec::Vec;

use serde::Serialize;
use serde::ser::Error as _;

use super::{Error, Serializer, variant};
use crate::Value;

/// As many elements as a type promises are made room for, up to this many.
const MOST_PROMISED: usize = 1024;

/// A sequence.
#[derive(Debug)]
pub struct Values {
    values: Vec<Value>,
    /// The variant whose content it is.
    variant: Option<&'static str>,
}

/// A map.
#[derive(Debug)]
pub struct Entries {
    entries: Vec<(Value, Value)>,
    /// The key whose value comes next.
    key: Option<Value>,
    /// The variant whose content it is.
    variant: Option<&'static str>,
}

fn finish(value: Value, name: Option<&'static str>) -> Value {
    match name {
        Some(name) => variant(name, value),
        None => value,
    }
}

impl Values {
    pub(super) fn new(length: Option<usize>, variant: Option<&'static str>) -> Self {
        Values { values: Vec::with_capacity(length.unwrap_or(0).min(MOST_PROMISED)), variant }
    }

    fn push<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        let value = value.serialize(Serializer).map_err(|error| error.in_element(self.values.len()))?;
        self.values.push(value);
        Ok(())
    }

    fn finish(self) -> Value {
        finish(Value::Seq(self.values), self.variant)
    }
}

impl Entries {
    pub(super) fn new(length: Option<usize>, variant: Option<&'static str>) -> Self {
        Entries { entries: Vec::with_capacity(length.unwrap_or(0).min(MOST_PROMISED)), key: None, variant }
    }

    fn insert<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), Error> {
        let value = value.serialize(Serializer).map_err(|error| error.in_entry(name))?;
        self.entries.push((name.into(), value));
        Ok(())
    }

    fn finish(self) -> Value {
        finish(Value::Map(self.entries), self.variant)
    }
}

macro_rules! sequences {
    ($($trait:ident: $method:ident;)*) => {
        $(
            impl serde::ser::$trait for Values {
                type Ok = Value;
                type Error = Error;

                fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
                    self.push(value)
                }

                fn end(self) -> Result<Value, Error> {
                    Ok(self.finish())
                }
            }
        )*
    };
}

sequences! {
    SerializeSeq: serialize_element;
    SerializeTuple: serialize_element;
    SerializeTupleStruct: serialize_field;
    SerializeTupleVariant: serialize_field;
}

impl serde::ser::SerializeMap for Entries {
    type Ok = Value;
    type Error = Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Error> {
        self.key = Some(key.serialize(Serializer)?);
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        let key = self.key.take().ok_or_else(|| Error::custom("a value was given before its key"))?;
        let value = value.serialize(Serializer).map_err(|error| match &key {
            Value::Str(key) => error.in_entry(key),
            _ => error.in_entry("…"),
        })?;
        self.entries.push((key, value));
        Ok(())
    }

    fn end(self) -> Result<Value, Error> {
        Ok(self.finish())
    }
}

macro_rules! structures {
    ($($trait:ident)*) => {
        $(
            impl serde::ser::$trait for Entries {
                type Ok = Value;
                type Error = Error;

                fn serialize_field<T: Serialize + ?Sized>(
                    &mut self,
                    name: &'static str,
                    value: &T,
                ) -> Result<(), Error> {
                    self.insert(name, value)
                }

                fn end(self) -> Result<Value, Error> {
                    Ok(self.finish())
                }
            }
        )*
    };
}

structures! { SerializeStruct SerializeStructVariant }

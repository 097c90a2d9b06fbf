//! From types that derive `Serialize` to argument data.

mod compound;

use alloc::vec::Vec;

use serde::Serialize;
use serde::ser::Error as _;

use super::{Error, RAW};
use crate::{Argdata, Value};
use compound::{Entries, Values};

/// Writes a value as argument data in its binary form.
///
/// ```
/// use cloudabi_argdata::{Fd, to_bytes};
///
/// #[derive(serde::Serialize)]
/// struct Arguments {
///     tmpdir: Fd,
/// }
///
/// assert_eq!(to_bytes(&Arguments { tmpdir: Fd(0) })?, b"\x06\x88\x08tmpdir\0\x85\x03\0\0\0\0");
/// # Ok::<(), cloudabi_argdata::SerdeError>(())
/// ```
///
/// # Errors
///
/// If the type refuses to be written.
pub fn to_bytes<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, Error> {
    Ok(to_value(value)?.to_bytes())
}

/// Makes a tree of a value.
///
/// ```
/// use cloudabi_argdata::{Value, to_value};
///
/// assert_eq!(to_value(&Some("text"))?, Value::from("text"));
/// assert_eq!(to_value(&None::<u8>)?, Value::Null);
/// # Ok::<(), cloudabi_argdata::SerdeError>(())
/// ```
///
/// # Errors
///
/// As [`to_bytes`].
pub fn to_value<T: Serialize + ?Sized>(value: &T) -> Result<Value, Error> {
    value.serialize(Serializer)
}

/// Makes a tree of a value that derives `Serialize`.
#[derive(Clone, Copy, Debug)]
pub struct Serializer;

/// Methods for numbers, which are all written alike.
macro_rules! integers {
    ($($method:ident: $ty:ty;)*) => {
        $(
            fn $method(self, value: $ty) -> Result<Value, Error> {
                Ok(Value::Int(value.into()))
            }
        )*
    };
}

/// A map of one entry: the name of a variant, and its content.
fn variant(name: &str, content: Value) -> Value {
    Value::Map(alloc::vec![(name.into(), content)])
}

impl serde::Serializer for Serializer {
    type Ok = Value;
    type Error = Error;
    type SerializeSeq = Values;
    type SerializeTuple = Values;
    type SerializeTupleStruct = Values;
    type SerializeTupleVariant = Values;
    type SerializeMap = Entries;
    type SerializeStruct = Entries;
    type SerializeStructVariant = Entries;

    integers! {
        serialize_i8: i8;
        serialize_i16: i16;
        serialize_i32: i32;
        serialize_i64: i64;
        serialize_i128: i128;
        serialize_u8: u8;
        serialize_u16: u16;
        serialize_u32: u32;
        serialize_u64: u64;
        serialize_u128: u128;
    }

    fn serialize_bool(self, value: bool) -> Result<Value, Error> {
        Ok(Value::Bool(value))
    }

    fn serialize_f32(self, value: f32) -> Result<Value, Error> {
        Ok(Value::Float(value.into()))
    }

    fn serialize_f64(self, value: f64) -> Result<Value, Error> {
        Ok(Value::Float(value))
    }

    fn serialize_char(self, value: char) -> Result<Value, Error> {
        Ok(Value::Str(value.into()))
    }

    fn serialize_str(self, value: &str) -> Result<Value, Error> {
        Ok(value.into())
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<Value, Error> {
        Ok(Value::Binary(value.into()))
    }

    fn serialize_none(self) -> Result<Value, Error> {
        Ok(Value::Null)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Value, Error> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<Value, Error> {
        Ok(Value::Null)
    }

    fn serialize_unit_struct(self, _name: &'static str) -> Result<Value, Error> {
        Ok(Value::Null)
    }

    fn serialize_unit_variant(
        self,
        _name: &'static str,
        _index: u32,
        name: &'static str,
    ) -> Result<Value, Error> {
        Ok(name.into())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<Value, Error> {
        let content = value.serialize(self)?;
        match content {
            Value::Binary(bytes) if name == RAW => Argdata::new(&bytes).to_value().map_err(Error::custom),
            content => Ok(content),
        }
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        name: &'static str,
        value: &T,
    ) -> Result<Value, Error> {
        Ok(variant(name, value.serialize(self)?))
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<Values, Error> {
        Ok(Values::new(length, None))
    }

    fn serialize_tuple(self, length: usize) -> Result<Values, Error> {
        Ok(Values::new(Some(length), None))
    }

    fn serialize_tuple_struct(self, _name: &'static str, length: usize) -> Result<Values, Error> {
        Ok(Values::new(Some(length), None))
    }

    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _index: u32,
        name: &'static str,
        length: usize,
    ) -> Result<Values, Error> {
        Ok(Values::new(Some(length), Some(name)))
    }

    fn serialize_map(self, length: Option<usize>) -> Result<Entries, Error> {
        Ok(Entries::new(length, None))
    }

    fn serialize_struct(self, _name: &'static str, length: usize) -> Result<Entries, Error> {
        Ok(Entries::new(Some(length), None))
    }

    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _index: u32,
        name: &'static str,
        length: usize,
    ) -> Result<Entries, Error> {
        Ok(Entries::new(Some(length), Some(name)))
    }

    fn is_human_readable(&self) -> bool {
        false
    }
}

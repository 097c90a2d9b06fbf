//! From argument data to types that derive `Deserialize`.

mod elements;
mod variant;

use serde::de::{Deserialize, Error as _, Expected, IntoDeserializer as _, Unexpected, Visitor};

use super::{Error, Problem, RAW};
use crate::{Argdata, ErrorKind, Int, Item, Kind, MAX_DEPTH};

/// Makes a value of argument data in its binary form.
///
/// ```
/// use cloudabi_argdata::{Value, from_bytes};
///
/// #[derive(serde::Deserialize)]
/// struct Arguments<'a> {
///     greeting: &'a str,
///     times: u8,
/// }
///
/// let map = Value::Map(vec![("greeting".into(), "hello".into()), ("times".into(), 3.into())]);
/// let bytes = map.to_bytes();
/// let arguments: Arguments = from_bytes(&bytes)?;
/// assert_eq!((arguments.greeting, arguments.times), ("hello", 3));
/// # Ok::<(), cloudabi_argdata::SerdeError>(())
/// ```
///
/// # Errors
///
/// If the data is malformed or is not what the type wants, with the place. What the type does not ask for is not
/// looked at.
pub fn from_bytes<'de, T: Deserialize<'de>>(bytes: &'de [u8]) -> Result<T, Error> {
    from_argdata(Argdata::new(bytes))
}

/// Makes a value of argument data that may be part of other argument data.
///
/// ```
/// use cloudabi_argdata::{Argdata, Value, from_argdata};
///
/// let bytes = Value::Seq(vec!["one".into(), "two".into()]).to_bytes();
/// assert_eq!(from_argdata::<Vec<&str>>(Argdata::new(&bytes))?, ["one", "two"]);
/// # Ok::<(), cloudabi_argdata::SerdeError>(())
/// ```
///
/// # Errors
///
/// As [`from_bytes`].
pub fn from_argdata<'de, T: Deserialize<'de>>(value: Argdata<'de>) -> Result<T, Error> {
    T::deserialize(Deserializer::new(value)).map_err(|error| error.at(value.offset()))
}

/// Reads a value of argument data for a type that derives `Deserialize`.
///
/// ```
/// use cloudabi_argdata::{Argdata, Deserializer};
/// use serde::Deserialize as _;
///
/// assert!(bool::deserialize(Deserializer::new(Argdata::new(b"\x02\x01")))?);
/// # Ok::<(), cloudabi_argdata::SerdeError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Deserializer<'de> {
    value: Argdata<'de>,
    /// In how many maps and sequences the value is. A type may contain itself, and then depth comes from the data.
    depth: usize,
}

impl<'de> Deserializer<'de> {
    /// Reads this value.
    pub const fn new(value: Argdata<'de>) -> Self {
        Deserializer { value, depth: 0 }
    }

    /// The same for a value within this one.
    fn inside(&self, value: Argdata<'de>) -> Result<Self, Error> {
        if self.depth == MAX_DEPTH {
            return Err(Error::new(Problem::Data(ErrorKind::TooDeep), Some(value.offset())));
        }
        Ok(Deserializer { value, depth: self.depth + 1 })
    }

    /// Hands the value to the visitor by its kind.
    fn visit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.value.read()? {
            Item::Null => visitor.visit_unit(),
            Item::Binary(bytes) => visitor.visit_borrowed_bytes(bytes),
            Item::Bool(value) => visitor.visit_bool(value),
            Item::Float(value) => visitor.visit_f64(value),
            Item::Int(value) => self.visit_int(value, visitor),
            Item::Map(entries) => elements::visit_map(self, entries, visitor),
            Item::Seq(values) => elements::visit_seq(self, values, visitor),
            Item::Str(text) => visitor.visit_borrowed_str(text),
            // Types that understand these ask for them by name. It is others that get here, and buffers, which keep
            // the value for a type that may understand it.
            Item::Fd(_) | Item::Timestamp(_) => self.visit_raw(visitor),
        }
    }

    fn visit_int<V: Visitor<'de>>(self, value: Int<'de>, visitor: V) -> Result<V::Value, Error> {
        if let Some(value) = value.to_u64() {
            visitor.visit_u64(value)
        } else if let Some(value) = value.to_i64() {
            visitor.visit_i64(value)
        } else if let Some(value) = value.to_i128() {
            visitor.visit_i128(value)
        } else if let Some(value) = value.to_u128() {
            visitor.visit_u128(value)
        } else {
            Err(Error::new(Problem::Data(ErrorKind::OutOfRange), Some(self.value.offset())))
        }
    }

    fn visit_raw<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let bytes = self.value.bytes();
        visitor.visit_newtype_struct(serde::de::value::BorrowedBytesDeserializer::new(bytes))
    }

    /// Refuses a value of the wrong kind.
    fn refuse(self, expected: &dyn Expected) -> Error {
        let found = match self.value.kind() {
            Ok(Kind::Null) => "null",
            Ok(Kind::Binary) => "binary data",
            Ok(Kind::Bool) => "a boolean",
            Ok(Kind::Fd) => "a descriptor",
            Ok(Kind::Float) => "a floating point number",
            Ok(Kind::Int) => "an integer",
            Ok(Kind::Map) => "a map",
            Ok(Kind::Seq) => "a sequence",
            Ok(Kind::Str) => "a string",
            Ok(Kind::Timestamp) => "a timestamp",
            Err(error) => return error.into(),
        };
        Error::invalid_type(Unexpected::Other(found), expected).at(self.value.offset())
    }

    /// Hands the value to a visitor that wants a value of one of these kinds.
    ///
    /// It is inlined, so that what the type can never be leaves no code in programs.
    #[inline(always)]
    fn visit_kinds<V: Visitor<'de>>(self, kinds: &[Kind], visitor: V) -> Result<V::Value, Error> {
        let at = |error: Error| error.at(self.value.offset());
        let wanted = |kind| kinds.contains(&kind);
        match self.value.read()? {
            Item::Null if wanted(Kind::Null) => visitor.visit_unit().map_err(at),
            Item::Binary(bytes) if wanted(Kind::Binary) => visitor.visit_borrowed_bytes(bytes).map_err(at),
            Item::Bool(value) if wanted(Kind::Bool) => visitor.visit_bool(value).map_err(at),
            Item::Float(value) if wanted(Kind::Float) => visitor.visit_f64(value).map_err(at),
            Item::Int(value) if wanted(Kind::Int) => self.visit_small_int(value, visitor).map_err(at),
            Item::Map(entries) if wanted(Kind::Map) => {
                elements::visit_map(self, entries, visitor).map_err(at)
            }
            Item::Seq(values) if wanted(Kind::Seq) => elements::visit_seq(self, values, visitor).map_err(at),
            Item::Str(text) if wanted(Kind::Str) => visitor.visit_borrowed_str(text).map_err(at),
            _ => Err(self.refuse(&visitor)),
        }
    }

    /// For types that have at most 64 bits.
    fn visit_small_int<V: Visitor<'de>>(self, value: Int<'de>, visitor: V) -> Result<V::Value, Error> {
        if let Some(value) = value.to_u64() {
            visitor.visit_u64(value)
        } else if let Some(value) = value.to_i64() {
            visitor.visit_i64(value)
        } else {
            Err(Error::new(Problem::Data(ErrorKind::OutOfRange), Some(self.value.offset())))
        }
    }
}

/// Methods for types that are values of these kinds.
macro_rules! kinds {
    ($($method:ident($($argument:ident: $ty:ty),*): $($kind:ident)*;)*) => {
        $(
            fn $method<V: Visitor<'de>>(self, $($argument: $ty,)* visitor: V) -> Result<V::Value, Error> {
                self.visit_kinds(&[$(Kind::$kind),*], visitor)
            }
        )*
    };
}

/// Methods for integers that may be larger than others.
macro_rules! large_integers {
    ($($method:ident)*) => {
        $(
            fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
                match self.value.read()? {
                    Item::Int(value) => {
                        self.visit_int(value, visitor).map_err(|error| error.at(self.value.offset()))
                    }
                    _ => Err(self.refuse(&visitor)),
                }
            }
        )*
    };
}

impl<'de> serde::Deserializer<'de> for Deserializer<'de> {
    type Error = Error;

    kinds! {
        deserialize_bool(): Bool;
        deserialize_i8(): Int;
        deserialize_i16(): Int;
        deserialize_i32(): Int;
        deserialize_i64(): Int;
        deserialize_u8(): Int;
        deserialize_u16(): Int;
        deserialize_u32(): Int;
        deserialize_u64(): Int;
        deserialize_f32(): Float Int;
        deserialize_f64(): Float Int;
        deserialize_char(): Str;
        deserialize_str(): Str;
        deserialize_string(): Str;
        deserialize_bytes(): Binary Str;
        deserialize_byte_buf(): Binary Str;
        deserialize_unit(): Null;
        deserialize_unit_struct(_name: &'static str): Null;
        deserialize_seq(): Seq;
        deserialize_tuple(_length: usize): Seq;
        deserialize_tuple_struct(_name: &'static str, _length: usize): Seq;
        deserialize_map(): Map;
        deserialize_struct(_name: &'static str, _fields: &'static [&'static str]): Map;
        deserialize_identifier(): Str;
    }

    large_integers! { deserialize_i128 deserialize_u128 }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.visit(visitor).map_err(|error| error.at(self.value.offset()))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.value.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        if name == RAW {
            self.visit_raw(visitor).map_err(|error| error.at(self.value.offset()))
        } else {
            visitor.visit_newtype_struct(self)
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        variant::visit(self, visitor).map_err(|error| error.at(self.value.offset()))
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    fn is_human_readable(&self) -> bool {
        false
    }
}

impl<'de> serde::de::IntoDeserializer<'de, Error> for Deserializer<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

/// The name of a variant, for derived types.
fn name_deserializer(name: &str) -> serde::de::value::StrDeserializer<'_, Error> {
    name.into_deserializer()
}

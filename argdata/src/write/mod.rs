//! Makes argument data.

mod integer;

use alloc::string::String;
use alloc::vec::Vec;

pub use integer::Integer;

use crate::Kind;

/// A tree of values that can be written.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Nothing.
    Null,
    /// Bytes.
    Binary(Vec<u8>),
    /// True or false.
    Bool(bool),
    /// A descriptor: an index among those that go with the data.
    Fd(u32),
    /// A floating-point number.
    Float(f64),
    /// An integer.
    Int(Integer),
    /// Keys with values. Readers expect no two keys to be equal; this is not checked.
    Map(Vec<(Value, Value)>),
    /// Values, one after the other.
    Seq(Vec<Value>),
    /// Text.
    Str(String),
    /// A point in time: nanoseconds since 1970-01-01T00:00:00Z, without leap seconds.
    Timestamp(Integer),
}

impl Value {
    /// The value in its binary form.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.write_to(&mut bytes);
        bytes
    }

    /// Appends the value in its binary form.
    pub fn write_to(&self, bytes: &mut Vec<u8>) {
        let start = bytes.len();
        self.write_backwards(bytes);
        bytes[start..].reverse();
    }

    /// Writes the value with its last byte first.
    ///
    /// The length of an element stands before it and is known after it. Backwards, it is known when it is needed,
    /// however deep elements are nested.
    fn write_backwards(&self, bytes: &mut Vec<u8>) {
        let element = |bytes: &mut Vec<u8>, value: &Value| {
            let start = bytes.len();
            value.write_backwards(bytes);
            write_length_backwards(bytes.len() - start, bytes);
        };
        let kind = match self {
            Value::Null => return,
            Value::Binary(content) => {
                bytes.extend(content.iter().rev());
                Kind::Binary
            }
            Value::Bool(value) => {
                bytes.extend(value.then_some(1));
                Kind::Bool
            }
            Value::Fd(index) => {
                bytes.extend(index.to_le_bytes());
                Kind::Fd
            }
            Value::Float(value) => {
                bytes.extend(value.to_le_bytes());
                Kind::Float
            }
            Value::Int(value) => {
                bytes.extend(value.to_be_bytes().iter().rev());
                Kind::Int
            }
            Value::Map(entries) => {
                for (key, value) in entries.iter().rev() {
                    element(bytes, value);
                    element(bytes, key);
                }
                Kind::Map
            }
            Value::Seq(elements) => {
                elements.iter().rev().for_each(|value| element(bytes, value));
                Kind::Seq
            }
            Value::Str(text) => {
                bytes.push(0);
                bytes.extend(text.bytes().rev());
                Kind::Str
            }
            Value::Timestamp(value) => {
                bytes.extend(value.to_be_bytes().iter().rev());
                Kind::Timestamp
            }
        };
        bytes.push(kind.tag());
    }
}

fn write_length_backwards(length: usize, bytes: &mut Vec<u8>) {
    bytes.push(length as u8 | 0x80);
    let mut rest = length >> 7;
    while rest != 0 {
        bytes.push(rest as u8 & 0x7f);
        rest >>= 7;
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Value::Bool(value)
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Value::Float(value)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::Str(text.into())
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Value::Int(value.into())
    }
}

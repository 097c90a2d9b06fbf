//! A tree of values that own themselves, from a value.

use alloc::vec::Vec;

use super::{Argdata, Item, MAX_DEPTH};
use crate::{Error, ErrorKind, Integer, Value};

impl Argdata<'_> {
    /// Copies the value and everything in it.
    ///
    /// ```
    /// use cloudabi_argdata::{Argdata, Value};
    ///
    /// assert_eq!(Argdata::new(b"\x07\x80\x81\x02").to_value()?, Value::Seq(vec![Value::Null, Value::Bool(false)]));
    /// # Ok::<(), cloudabi_argdata::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Argdata::validate`].
    pub fn to_value(&self) -> Result<Value, Error> {
        self.copy(0)
    }

    fn copy(&self, depth: usize) -> Result<Value, Error> {
        if depth > MAX_DEPTH {
            return Err(self.error(0, ErrorKind::TooDeep));
        }
        Ok(match self.read()? {
            Item::Null => Value::Null,
            Item::Binary(bytes) => Value::Binary(bytes.into()),
            Item::Bool(value) => Value::Bool(value),
            Item::Fd(index) => Value::Fd(index),
            Item::Float(value) => Value::Float(value),
            Item::Int(value) => Value::Int(Integer::from_be_bytes(value.to_be_bytes())),
            Item::Map(entries) => {
                let copied = entries.map(|entry| {
                    let (key, value) = entry?;
                    Ok((key.copy(depth + 1)?, value.copy(depth + 1)?))
                });
                Value::Map(copied.collect::<Result<Vec<_>, Error>>()?)
            }
            Item::Seq(values) => {
                Value::Seq(values.map(|value| value?.copy(depth + 1)).collect::<Result<Vec<_>, Error>>()?)
            }
            Item::Str(text) => Value::Str(text.into()),
            Item::Timestamp(value) => Value::Timestamp(Integer::from_be_bytes(value.to_be_bytes())),
        })
    }
}

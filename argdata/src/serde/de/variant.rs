//! Variants of enumerations: a name, or a map of one entry from the name to the content.

use serde::de::{DeserializeSeed, Deserializer as _, EnumAccess, Error as _, VariantAccess, Visitor};

use super::{Deserializer, Error, name_deserializer};
use crate::Item;

struct Variant<'de> {
    name: &'de str,
    /// The value in the map, or nothing if there is the name alone.
    content: Option<Deserializer<'de>>,
}

pub(super) fn visit<'de, V: Visitor<'de>>(value: Deserializer<'de>, visitor: V) -> Result<V::Value, Error> {
    let variant = match value.value.read()? {
        Item::Str(name) => Variant { name, content: None },
        Item::Map(mut map) => match (map.next(), map.next()) {
            (Some(entry), None) => {
                let (name, content) = entry?;
                Variant { name: name.as_str()?, content: Some(value.inside(content)?) }
            }
            _ => return Err(Error::custom("a variant has to be a map of one entry")),
        },
        _ => return Err(Error::custom("a variant has to be a string or a map of one entry")),
    };
    visitor.visit_enum(variant)
}

impl<'de> EnumAccess<'de> for Variant<'de> {
    type Error = Error;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Error> {
        Ok((seed.deserialize(name_deserializer(self.name))?, self))
    }
}

impl<'de> Variant<'de> {
    fn read<T>(self, read: impl FnOnce(Deserializer<'de>) -> Result<T, Error>) -> Result<T, Error> {
        match self.content {
            Some(content) => read(content).map_err(|error| error.in_entry(self.name)),
            None => Err(Error::custom("a variant with content has to be a map of one entry")),
        }
    }
}

impl<'de> VariantAccess<'de> for Variant<'de> {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        match self.content {
            None => Ok(()),
            Some(content) if content.value.is_null() => Ok(()),
            Some(content) => {
                Err(Error::custom("a variant without content").at(content.value.offset()).in_entry(self.name))
            }
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Error> {
        self.read(|content| seed.deserialize(content))
    }

    fn tuple_variant<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, Error> {
        self.read(|content| content.deserialize_tuple(length, visitor))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.read(|content| content.deserialize_struct("", fields, visitor))
    }
}

use crate::{
    number::Number,
    path::Step,
    value::{Error, Result, Value},
};
use serde::{
    de::{self, DeserializeSeed, MapAccess, SeqAccess, Visitor, value::BorrowedStrDeserializer},
    forward_to_deserialize_any,
};
use std::{collections::btree_map, slice};

macro_rules! deserialize_integers {
    ($($method:ident)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
            const EXPECTED: &str = "a whole number of at most 64 bits";
            let number = number(self, EXPECTED)?;
            match (number.to_u64(), number.to_i64()) {
                (Some(integer), _) => visitor.visit_u64(integer),
                (None, Some(integer)) => visitor.visit_i64(integer),
                (None, None) => Err(expected(self, EXPECTED)),
            }
        })*
    };
}

macro_rules! deserialize_strings {
    ($($method:ident)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
            visitor.visit_borrowed_str(text(self)?)
        })*
    };
}

impl<'de> de::Deserializer<'de> for &'de Value {
    type Error = Error;

    deserialize_integers! { deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
    deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64
    deserialize_i128 deserialize_u128 }

    deserialize_strings! {
        deserialize_char deserialize_str deserialize_string deserialize_identifier
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self {
            Value::Null => visitor.visit_unit(),
            Value::Unknown => Err(unknown()),
            Value::Bool(bool) => visitor.visit_bool(*bool),
            Value::Number(number) if number.to_i64().is_some() || number.to_u64().is_some() => {
                self.deserialize_i64(visitor)
            }
            Value::Number(_) => self.deserialize_f64(visitor),
            Value::String(text) => visitor.visit_borrowed_str(text),
            Value::List(_) | Value::Set(_) => self.deserialize_seq(visitor),
            Value::Map(_) => self.deserialize_map(visitor),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_bool(self.as_bool().ok_or_else(|| expected(self, "a bool"))?)
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_f64(visitor)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        const EXPECTED: &str = "a number that 64-bit floating point holds exactly";
        visitor.visit_f64(number(self, EXPECTED)?.to_f64().ok_or_else(|| expected(self, EXPECTED))?)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self {
            Value::Null | Value::Unknown => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        if self.is_null() { visitor.visit_unit() } else { Err(expected(self, "null")) }
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        let elements = self.as_list().ok_or_else(|| expected(self, "a list or a set"))?;
        let mut access = Elements { remaining: elements.iter(), index: 0 };
        let value = visitor.visit_seq(&mut access)?;
        match access.remaining.len() {
            0 => Ok(value),
            _ => Err(Error::new("expected fewer elements")),
        }
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        let map = self.as_map().ok_or_else(|| expected(self, "a map"))?;
        visitor.visit_map(Entries { remaining: map.iter(), current: None, step: Step::Key })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        let object = self.as_map().ok_or_else(|| expected(self, "an object"))?;
        visitor.visit_map(Entries {
            remaining: object.iter(),
            current: None,
            step: Step::Attribute,
        })
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        visitor.visit_enum(BorrowedStrDeserializer::new(text(self)?))
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_unit()
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, _: V) -> Result<V::Value> {
        Err(Error::new("bytes cannot be represented as a Terraform value"))
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_bytes(visitor)
    }
}

/// The elements of a list or set that is being deserialized.
struct Elements<'de> {
    remaining: slice::Iter<'de, Value>,
    index: usize,
}

impl<'de> SeqAccess<'de> for Elements<'de> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>> {
        let Some(value) = self.remaining.next() else { return Ok(None) };
        let element =
            seed.deserialize(value).map_err(|error| error.under(Step::index(self.index)))?;
        self.index += 1;
        Ok(Some(element))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.remaining.len())
    }
}

/// The entries of a map or object that is being deserialized. `step` turns a key into the step to
/// the entry.
struct Entries<'de> {
    remaining: btree_map::Iter<'de, String, Value>,
    current: Option<(&'de String, &'de Value)>,
    step: fn(String) -> Step,
}

impl<'de> MapAccess<'de> for Entries<'de> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>> {
        self.current = self.remaining.next();
        self.current.map(|(key, _)| seed.deserialize(Key(key))).transpose()
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value> {
        let (key, value) = self.current.ok_or_else(|| {
            Error::new("the value of a map element was deserialized before its key")
        })?;
        seed.deserialize(value).map_err(|error| error.under((self.step)(key.clone())))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.remaining.len())
    }
}

/// The key of a map, which can be deserialized as any type that deserializes from a string.
struct Key<'de>(&'de str);

impl<'de> de::Deserializer<'de> for Key<'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_borrowed_str(self.0)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        visitor.visit_enum(BorrowedStrDeserializer::new(self.0))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

fn number<'a>(value: &'a Value, expectation: &str) -> Result<&'a Number> {
    value.as_number().ok_or_else(|| expected(value, expectation))
}

fn text(value: &Value) -> Result<&str> {
    value.as_str().ok_or_else(|| expected(value, "a string"))
}

/// The error for a value other than the expected one. The error may say that the value is null or
/// unknown, because this is never a secret.
fn expected(value: &Value, expectation: &str) -> Error {
    match value {
        Value::Unknown => unknown(),
        Value::Null => Error::new(format!("expected {expectation}, not null")),
        _ => Error::new(format!("expected {expectation}")),
    }
}

/// The error for an unknown value.
fn unknown() -> Error {
    Error::new("is not known yet")
}

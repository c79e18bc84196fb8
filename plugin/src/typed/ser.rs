use crate::{
    number::Number,
    path::Step,
    value::{Error, Result, Value},
};
use serde::{
    Serialize,
    ser::{self, Impossible},
};
use std::collections::BTreeMap;

/// Serializes data to a [`Value`].
pub(super) struct Serializer;

/// The elements of a sequence or tuple that is being serialized.
pub(super) struct Elements(Vec<Value>);

/// The entries of a map or struct that is being serialized.
#[derive(Default)]
pub(super) struct Entries {
    entries: BTreeMap<String, Value>,
    key: Option<String>,
}

impl ser::Serializer for Serializer {
    type Ok = Value;
    type Error = Error;
    type SerializeSeq = Elements;
    type SerializeTuple = Elements;
    type SerializeTupleStruct = Elements;
    type SerializeTupleVariant = Impossible<Value, Error>;
    type SerializeMap = Entries;
    type SerializeStruct = Entries;
    type SerializeStructVariant = Impossible<Value, Error>;

    fn serialize_bool(self, bool: bool) -> Result<Value> {
        Ok(Value::Bool(bool))
    }

    fn serialize_i8(self, number: i8) -> Result<Value> {
        self.serialize_i64(number.into())
    }

    fn serialize_i16(self, number: i16) -> Result<Value> {
        self.serialize_i64(number.into())
    }

    fn serialize_i32(self, number: i32) -> Result<Value> {
        self.serialize_i64(number.into())
    }

    fn serialize_i64(self, number: i64) -> Result<Value> {
        Ok(number.into())
    }

    fn serialize_u8(self, number: u8) -> Result<Value> {
        self.serialize_u64(number.into())
    }

    fn serialize_u16(self, number: u16) -> Result<Value> {
        self.serialize_u64(number.into())
    }

    fn serialize_u32(self, number: u32) -> Result<Value> {
        self.serialize_u64(number.into())
    }

    fn serialize_u64(self, number: u64) -> Result<Value> {
        Ok(number.into())
    }

    fn serialize_f32(self, number: f32) -> Result<Value> {
        self.serialize_f64(number.into())
    }

    fn serialize_f64(self, number: f64) -> Result<Value> {
        Number::try_from(number)
            .map(Value::Number)
            .map_err(|_| Error::new("expected a finite number"))
    }

    fn serialize_char(self, char: char) -> Result<Value> {
        Ok(Value::text(char))
    }

    fn serialize_str(self, text: &str) -> Result<Value> {
        Ok(Value::text(text))
    }

    fn serialize_bytes(self, _: &[u8]) -> Result<Value> {
        Err(Error::new("bytes cannot be represented as a Terraform value"))
    }

    fn serialize_none(self) -> Result<Value> {
        Ok(Value::Null)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, data: &T) -> Result<Value> {
        data.serialize(self)
    }

    fn serialize_unit(self) -> Result<Value> {
        Ok(Value::Null)
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<Value> {
        Ok(Value::Null)
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<Value> {
        Ok(Value::text(variant))
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        data: &T,
    ) -> Result<Value> {
        data.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<Value> {
        Err(variant_with_fields())
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<Elements> {
        Ok(Elements(Vec::with_capacity(length.unwrap_or(0))))
    }

    fn serialize_tuple(self, length: usize) -> Result<Elements> {
        self.serialize_seq(Some(length))
    }

    fn serialize_tuple_struct(self, _: &'static str, length: usize) -> Result<Elements> {
        self.serialize_seq(Some(length))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant> {
        Err(variant_with_fields())
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Entries> {
        Ok(Entries::default())
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Entries> {
        Ok(Entries::default())
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant> {
        Err(variant_with_fields())
    }
}

impl ser::SerializeSeq for Elements {
    type Ok = Value;
    type Error = Error;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, data: &T) -> Result<()> {
        let value =
            data.serialize(Serializer).map_err(|error| error.under(Step::index(self.0.len())))?;
        self.0.push(value);
        Ok(())
    }

    fn end(self) -> Result<Value> {
        Ok(Value::List(self.0))
    }
}

impl ser::SerializeTuple for Elements {
    type Ok = Value;
    type Error = Error;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, data: &T) -> Result<()> {
        ser::SerializeSeq::serialize_element(self, data)
    }

    fn end(self) -> Result<Value> {
        ser::SerializeSeq::end(self)
    }
}

impl ser::SerializeTupleStruct for Elements {
    type Ok = Value;
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, data: &T) -> Result<()> {
        ser::SerializeSeq::serialize_element(self, data)
    }

    fn end(self) -> Result<Value> {
        ser::SerializeSeq::end(self)
    }
}

impl ser::SerializeMap for Entries {
    type Ok = Value;
    type Error = Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<()> {
        let Value::String(mut key) = key.serialize(Serializer)? else {
            return Err(Error::new("the key of a map must be a string"));
        };
        self.key = Some(std::mem::take(&mut *key));
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, data: &T) -> Result<()> {
        let key = self.key.take().ok_or_else(|| {
            Error::new("the value of a map element was serialized before its key")
        })?;
        match data.serialize(Serializer) {
            Ok(value) => self.entries.insert(key, value),
            Err(error) => return Err(error.under(Step::Key(key))),
        };
        Ok(())
    }

    fn end(self) -> Result<Value> {
        Ok(Value::Map(self.entries))
    }
}

impl ser::SerializeStruct for Entries {
    type Ok = Value;
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        data: &T,
    ) -> Result<()> {
        let value = data
            .serialize(Serializer)
            .map_err(|error| error.under(Step::Attribute(name.to_owned())))?;
        self.entries.insert(name.to_owned(), value);
        Ok(())
    }

    fn end(self) -> Result<Value> {
        Ok(Value::Map(self.entries))
    }
}

fn variant_with_fields() -> Error {
    Error::new("an enum variant with fields cannot be represented as a Terraform value")
}

//! Prunes a JSON answer while it is read: each value is written as soon as it is known to be
//! permitted, and what isn't is skipped without being kept. No tree of the answer is built.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::shape::Shape;
use super::text;

/// The parts that a compound address or location comes back with.
const PARTS: [&str; 10] = [
    "city",
    "country",
    "countryCode",
    "geocodeAccuracy",
    "latitude",
    "longitude",
    "postalCode",
    "state",
    "stateCode",
    "street",
];

/// What was written, beside the text itself.
#[derive(Debug, Default)]
pub(super) struct Written {
    pub(super) json: String,
    /// Records at every level.
    pub(super) records: u64,
    /// Keys that were not permitted; `attributes` and paging links do not count.
    pub(super) dropped: u64,
    /// Salesforce holds back further rows.
    pub(super) more: bool,
}

/// One place of the answer.
pub(super) struct Place<'a> {
    pub(super) shape: &'a Shape,
    pub(super) types: &'a dyn Fn(&str) -> bool,
    pub(super) out: &'a mut Written,
    /// Whether null may stand here.
    pub(super) nullable: bool,
}

impl<'de> DeserializeSeed<'de> for Place<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Place<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.shape {
            Shape::Value => "one value",
            Shape::Record(_) => "a record",
            Shape::Rows(_) => "rows",
        })
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        if !self.nullable {
            return Err(E::custom("null stands where rows or a record must"));
        }
        self.out.json.push_str("null");
        Ok(())
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        self.scalar(if value { "true" } else { "false" })
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        self.scalar(&value.to_string())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        self.scalar(&value.to_string())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        let number = serde_json::Number::from_f64(value);
        self.scalar(&number.map_or_else(|| "null".to_owned(), |number| number.to_string()))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<(), E> {
        match self.shape {
            Shape::Value => {
                text::write(&mut self.out.json, value);
                Ok(())
            }
            Shape::Record(_) | Shape::Rows(_) => Err(E::custom("a text stands where none may")),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        match self.shape {
            Shape::Value => self.parts(map),
            Shape::Record(keys) => self.record(keys, map),
            Shape::Rows(keys) => self.rows(keys, map),
        }
    }
}

impl Place<'_> {
    fn scalar<E: Error>(self, printed: &str) -> Result<(), E> {
        match self.shape {
            Shape::Value => {
                self.out.json.push_str(printed);
                Ok(())
            }
            Shape::Record(_) | Shape::Rows(_) => Err(E::custom("a value stands where none may")),
        }
    }

    fn parts<'de, A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        self.out.json.push('{');
        let mut first = true;
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            if !PARTS.contains(&key.as_ref()) {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            separate(&mut self.out.json, &mut first);
            text::write(&mut self.out.json, &key);
            self.out.json.push(':');
            map.next_value_seed(Scalar(&mut self.out.json))?;
        }
        self.out.json.push('}');
        Ok(())
    }

    fn record<'de, A: MapAccess<'de>>(
        self,
        keys: &BTreeMap<String, Shape>,
        mut map: A,
    ) -> Result<(), A::Error> {
        self.out.records = self.out.records.saturating_add(1);
        self.out.json.push('{');
        let mut first = true;
        let mut seen = Vec::with_capacity(keys.len());
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            let folded = key.to_ascii_lowercase();
            if folded == "attributes" {
                let Attributes { r#type } = map.next_value()?;
                if let Some(name) = r#type.filter(|name| (self.types)(name)) {
                    separate(&mut self.out.json, &mut first);
                    self.out.json.push_str("\"attributes\":{\"type\":");
                    text::write(&mut self.out.json, &name);
                    self.out.json.push('}');
                }
            } else if let Some(shape) = keys.get(&folded).filter(|_| !seen.contains(&folded)) {
                separate(&mut self.out.json, &mut first);
                text::write(&mut self.out.json, &key);
                self.out.json.push(':');
                let out = &mut *self.out;
                map.next_value_seed(Place { shape, types: self.types, out, nullable: true })?;
                seen.push(folded);
            } else {
                self.out.dropped = self.out.dropped.saturating_add(1);
                map.next_value::<IgnoredAny>()?;
            }
        }
        self.out.json.push('}');
        Ok(())
    }

    fn rows<'de, A: MapAccess<'de>>(
        self,
        keys: &BTreeMap<String, Shape>,
        mut map: A,
    ) -> Result<(), A::Error> {
        self.out.json.push('{');
        let mut first = true;
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            match key.as_ref() {
                "totalSize" => {
                    let size: u64 = map.next_value()?;
                    separate(&mut self.out.json, &mut first);
                    self.out.json.push_str(&format!("\"totalSize\":{size}"));
                }
                "done" => {
                    let done: bool = map.next_value()?;
                    self.out.more |= !done;
                    separate(&mut self.out.json, &mut first);
                    self.out.json.push_str(&format!("\"done\":{done}"));
                }
                "records" => {
                    separate(&mut self.out.json, &mut first);
                    self.out.json.push_str("\"records\":");
                    let out = &mut *self.out;
                    map.next_value_seed(Records { keys, types: self.types, out })?;
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        self.out.json.push('}');
        Ok(())
    }
}

fn separate(json: &mut String, first: &mut bool) {
    if !std::mem::take(first) {
        json.push(',');
    }
}

#[derive(serde::Deserialize)]
struct Attributes {
    r#type: Option<String>,
}

/// The array under `records`.
struct Records<'a> {
    keys: &'a BTreeMap<String, Shape>,
    types: &'a dyn Fn(&str) -> bool,
    out: &'a mut Written,
}

impl<'de> DeserializeSeed<'de> for Records<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Records<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of records")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        self.out.json.push('[');
        let mut first = true;
        loop {
            let before = self.out.json.len();
            separate(&mut self.out.json, &mut first);
            let out = &mut *self.out;
            if seq.next_element_seed(Row { keys: self.keys, types: self.types, out })?.is_none() {
                self.out.json.truncate(before);
                break;
            }
        }
        self.out.json.push(']');
        Ok(())
    }
}

/// One record of `Records`.
struct Row<'a> {
    keys: &'a BTreeMap<String, Shape>,
    types: &'a dyn Fn(&str) -> bool,
    out: &'a mut Written,
}

impl<'de> DeserializeSeed<'de> for Row<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Row<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a record")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        let Self { keys, types, out } = self;
        Place { shape: &Shape::Value, types, out, nullable: false }.record(keys, map)
    }
}

/// A text, number, boolean or null.
pub(super) struct Scalar<'a>(pub(super) &'a mut String);

impl<'de> DeserializeSeed<'de> for Scalar<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        let mut out = Written::default();
        let place =
            Place { shape: &Shape::Value, types: &|_| false, out: &mut out, nullable: true };
        from.deserialize_any(OneScalar(place))?;
        self.0.push_str(&out.json);
        Ok(())
    }
}

/// As [`Place`] for a value, but without the parts of compound values.
struct OneScalar<'a>(Place<'a>);

impl<'de> Visitor<'de> for OneScalar<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, a number, a boolean or null")
    }
    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.0.visit_unit()
    }
    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        self.0.visit_bool(value)
    }
    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        self.0.visit_i64(value)
    }
    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        self.0.visit_u64(value)
    }
    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        self.0.visit_f64(value)
    }
    fn visit_str<E: Error>(self, value: &str) -> Result<(), E> {
        self.0.visit_str(value)
    }
}

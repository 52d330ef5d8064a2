//! Prunes a JSON answer while it is read: each value is written as soon as it is known to be
//! permitted, and what isn't is skipped without being kept. No tree of the answer is built.

use std::fmt;

use serde::Deserialize as _;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use serde_json::value::RawValue;

use super::keys::Keys;
use super::shape::Shape;
use super::text::{self, Text};
use super::window::{Cutter, Window};
use crate::salesforce::Locator;

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
    /// Where it goes on with the outermost rows.
    pub(super) next: Option<Locator>,
    /// How many levels of rows the place is in.
    depth: u32,
    /// Which of the outermost rows are shown.
    pub(super) cutter: Cutter,
}

impl Written {
    pub(super) fn within(window: Window) -> Self {
        Self { cutter: Cutter::new(window), ..Self::default() }
    }

    /// What one of the outermost rows began with, for [`Self::keep`].
    pub(super) fn mark(&self) -> Mark {
        Mark { start: self.json.len(), records: self.records }
    }

    /// Takes the row after `mark` out again, unless it is shown; whether it is.
    pub(super) fn keep(&mut self, mark: &Mark) -> bool {
        let keeps = self.cutter.keep(&mut self.json, mark.start);
        if !keeps {
            self.records = mark.records;
        }
        keeps
    }
}

/// What stood before a row.
pub(super) struct Mark {
    start: usize,
    records: u64,
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
        match self.shape {
            Shape::Value => {
                // As it stands in the answer: a currency has more digits than a float.
                let value = <&'de RawValue>::deserialize(from)?.get();
                write_value(&mut self.out.json, value, true).map_err(D::Error::custom)
            }
            Shape::Masked(masking) => {
                let value = <&'de RawValue>::deserialize(from)?.get();
                masking.write(&mut self.out.json, value).map_err(D::Error::custom)
            }
            Shape::Record(_) | Shape::Rows(_) => from.deserialize_any(self),
        }
    }
}

impl<'de> Visitor<'de> for Place<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.shape {
            Shape::Value | Shape::Masked(_) => "one value",
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

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        match self.shape {
            Shape::Value | Shape::Masked(_) => {
                Err(A::Error::custom("an object stands where a value must"))
            }
            Shape::Record(keys) => self.record(keys, map),
            Shape::Rows(keys) => self.rows(keys, map),
        }
    }
}

/// Writes one value: a text, a number, a boolean or null; where `parts` may stand there, also the
/// parts of an address or a location.
pub(super) fn write_value(json: &mut String, value: &str, parts: bool) -> serde_json::Result<()> {
    let refuse = || serde_json::Error::custom("a list or an object stands where a value must");
    match value.bytes().next() {
        Some(b'"') => text::write_again(json, value)?,
        Some(b'{') if parts => {
            let mut from = serde_json::Deserializer::from_str(value);
            from.deserialize_map(Parts(json))?;
        }
        Some(b't' | b'f' | b'n') => json.push_str(value),
        Some(b'-' | b'0'..=b'9') => {
            // Refuses what no reader of numbers could take: with so few digits only a power is that.
            if value.len() > 300 || value.contains(['e', 'E']) {
                serde_json::from_str::<f64>(value)?;
            }
            json.push_str(value);
        }
        Some(_) | None => return Err(refuse()),
    }
    Ok(())
}

/// The parts of an address or a location, each once.
struct Parts<'a>(&'a mut String);

impl<'de> Visitor<'de> for Parts<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an address or a location")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let json = self.0;
        json.push('{');
        let mut first = true;
        let mut left = PARTS.to_vec();
        while let Some(Text(key)) = map.next_key()? {
            let Some(at) = left.iter().position(|part| *part == key) else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            left.swap_remove(at);
            separate(json, &mut first);
            text::write(json, &key);
            json.push(':');
            let value = map.next_value::<&'de RawValue>()?.get();
            write_value(json, value, false).map_err(A::Error::custom)?;
        }
        json.push('}');
        Ok(())
    }
}

impl Place<'_> {
    fn record<'de, A: MapAccess<'de>>(self, keys: &Keys, mut map: A) -> Result<(), A::Error> {
        self.out.records = self.out.records.saturating_add(1);
        self.out.json.push('{');
        let mut first = true;
        let mut unread = keys.unread();
        let mut typed = false;
        while let Some(Text(key)) = map.next_key()? {
            if key.eq_ignore_ascii_case("attributes") {
                let Attributes { r#type } = map.next_value()?;
                let repeated = std::mem::replace(&mut typed, true);
                if let Some(Text(name)) =
                    r#type.filter(|Text(name)| !repeated && (self.types)(name))
                {
                    separate(&mut self.out.json, &mut first);
                    self.out.json.push_str("\"attributes\":{\"type\":");
                    text::write(&mut self.out.json, &name);
                    self.out.json.push('}');
                }
            } else if let Some(shape) = unread.take(&key) {
                separate(&mut self.out.json, &mut first);
                text::write(&mut self.out.json, &key);
                self.out.json.push(':');
                let out = &mut *self.out;
                map.next_value_seed(Place { shape, types: self.types, out, nullable: true })?;
            } else {
                self.out.dropped = self.out.dropped.saturating_add(1);
                map.next_value::<IgnoredAny>()?;
            }
        }
        self.out.json.push('}');
        Ok(())
    }

    fn rows<'de, A: MapAccess<'de>>(self, keys: &Keys, mut map: A) -> Result<(), A::Error> {
        self.out.json.push('{');
        let outermost = self.out.depth == 0;
        self.out.depth = self.out.depth.saturating_add(1);
        let mut first = true;
        let mut missing = vec!["totalSize", "done", "records"];
        let mut done_at = None;
        while let Some(Text(key)) = map.next_key()? {
            let known = missing.iter().position(|name| *name == key);
            if known.map(|at| missing.swap_remove(at)).is_none() {
                if matches!(key.as_ref(), "totalSize" | "done" | "records") {
                    return Err(A::Error::custom("the answer has a member twice"));
                }
                if outermost && key == "nextRecordsUrl" {
                    self.out.next = locator(&map.next_value::<Text<'de>>()?.0);
                } else {
                    map.next_value::<IgnoredAny>()?;
                }
                continue;
            }
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
                    self.out.json.push_str("\"done\":");
                    done_at = Some(self.out.json.len()).filter(|_| done);
                    self.out.json.push_str(if done { "true" } else { "false" });
                }
                _ => {
                    separate(&mut self.out.json, &mut first);
                    self.out.json.push_str("\"records\":");
                    let out = &mut *self.out;
                    map.next_value_seed(Records { keys, types: self.types, out })?;
                }
            }
        }
        if !missing.is_empty() {
            return Err(A::Error::custom("the answer has no rows"));
        }
        if let Some(at) = done_at.filter(|_| outermost && self.out.cutter.cut > 0) {
            let after = at.saturating_add("true".len());
            self.out.json.replace_range(at..after, "false");
        }
        self.out.json.push('}');
        self.out.depth = self.out.depth.saturating_sub(1);
        Ok(())
    }
}

/// The last segment of `/services/data/v68.0/query/01g…-2000`.
fn locator(url: &str) -> Option<Locator> {
    Locator::parse(url.rsplit_once('/')?.1)
}

fn separate(json: &mut String, first: &mut bool) {
    if !std::mem::take(first) {
        json.push(',');
    }
}

#[derive(serde::Deserialize)]
struct Attributes<'a> {
    #[serde(borrow)]
    r#type: Option<Text<'a>>,
}

/// The array under `records`.
struct Records<'a> {
    keys: &'a Keys,
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
        let outermost = self.out.depth == 1;
        let mut empty = true;
        loop {
            let mark = self.out.mark();
            if !empty {
                self.out.json.push(',');
            }
            let out = &mut *self.out;
            if seq.next_element_seed(Row { keys: self.keys, types: self.types, out })?.is_none() {
                self.out.json.truncate(mark.start);
                break;
            }
            empty &= outermost && !self.out.keep(&mark);
        }
        self.out.json.push(']');
        Ok(())
    }
}

/// One record of `Records`.
struct Row<'a> {
    keys: &'a Keys,
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

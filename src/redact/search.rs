//! The answer to a search: `{"searchRecords":[{"attributes":{"type":…},…}]}`.
//!
//! Which keys a record may have depends on its type, so the type must be known before the first
//! key is let through: Salesforce puts `attributes` first, and a record where it isn't is refused.
//! Records of objects that the search doesn't return are dropped whole.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::keys::Keys;
use super::shape::{count_masked, row};
use super::stream::{Place, Written};
use super::text::Text;
use super::{Masks, Pruned, RedactError, Window, text};
use crate::footprint::Footprint;
use crate::sosl::ast::Search;

/// Prunes the body of a successful answer.
pub(super) fn prune(
    search: &Search,
    footprint: &Footprint,
    masks: &Masks,
    window: Window,
    body: &[u8],
) -> Result<Pruned, RedactError> {
    let objects: Vec<(&str, Keys)> = search
        .returning
        .iter()
        .map(|object| {
            let name = object.object.as_str();
            (name, row(&object.query(), footprint.masked.list(name), masks))
        })
        .collect();
    let masked: usize = objects.iter().map(|(_, keys)| count_masked(keys)).sum();
    if masked != footprint.masked.fields().len() {
        return Err(RedactError);
    }
    let known: BTreeSet<&str> =
        footprint.accesses.iter().filter_map(|a| Some(a.target.object()?.as_str())).collect();
    let types = |name: &str| known.contains(name);
    let mut out = Written::within(window);
    let body = std::str::from_utf8(body).map_err(|_not_text| RedactError)?;
    let mut from = serde_json::Deserializer::from_str(body);
    Answer { objects: &objects, types: &types, out: &mut out }
        .deserialize(&mut from)
        .and_then(|()| from.end())
        .map_err(|_not_understood| RedactError)?;
    Ok(out.into())
}

/// What is the same at every level of the answer.
struct Answer<'a> {
    /// The returned objects in describe's spelling, each with the keys of its records.
    objects: &'a [(&'a str, Keys)],
    types: &'a dyn Fn(&str) -> bool,
    out: &'a mut Written,
}

impl<'de> DeserializeSeed<'de> for Answer<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Answer<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the answer to a search")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { objects, types, out } = self;
        let mut found = false;
        while let Some(Text(key)) = map.next_key()? {
            if key == "searchRecords" {
                if std::mem::replace(&mut found, true) {
                    return Err(A::Error::custom("the records stand there twice"));
                }
                out.json.push_str("{\"searchRecords\":");
                map.next_value_seed(Records(Answer { objects, types, out: &mut *out }))?;
                out.json.push('}');
            } else {
                out.dropped = out.dropped.saturating_add(1);
                map.next_value::<IgnoredAny>()?;
            }
        }
        if found { Ok(()) } else { Err(A::Error::custom("there are no records")) }
    }
}

/// The array under `searchRecords`.
struct Records<'a>(Answer<'a>);

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
        let Answer { objects, types, out } = self.0;
        out.json.push('[');
        let mut empty = true;
        loop {
            let mark = out.mark();
            let record = Record { answer: Answer { objects, types, out: &mut *out }, empty };
            match seq.next_element_seed(record)? {
                Some(true) => empty &= !out.keep(&mark),
                Some(false) => {}
                None => break,
            }
        }
        out.json.push(']');
        Ok(())
    }
}

/// One record; its value is whether it was kept.
struct Record<'a> {
    answer: Answer<'a>,
    /// Whether no record was kept before it.
    empty: bool,
}

impl<'de> DeserializeSeed<'de> for Record<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<bool, D::Error> {
        from.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Record<'_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a record that starts with its attributes")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<bool, A::Error> {
        let Self { answer: Answer { objects, types, out }, empty } = self;
        if map.next_key::<Text<'de>>()?.is_none_or(|Text(key)| key != "attributes") {
            return Err(A::Error::custom("a record doesn't start with its attributes"));
        }
        let Attributes { r#type } = map.next_value()?;
        let Some((object, keys)) =
            objects.iter().find(|(object, _)| object.eq_ignore_ascii_case(&r#type))
        else {
            out.dropped = out.dropped.saturating_add(1);
            while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            return Ok(false);
        };
        out.records = out.records.saturating_add(1);
        if !empty {
            out.json.push(',');
        }
        out.json.push_str("{\"attributes\":{\"type\":");
        text::write(&mut out.json, object);
        out.json.push('}');
        let mut unread = keys.unread();
        while let Some(Text(key)) = map.next_key()? {
            if let Some(shape) = unread.take(&key) {
                out.json.push(',');
                text::write(&mut out.json, &key);
                out.json.push(':');
                map.next_value_seed(Place { shape, types, out: &mut *out, nullable: true })?;
            } else {
                out.dropped = out.dropped.saturating_add(1);
                map.next_value::<IgnoredAny>()?;
            }
        }
        out.json.push('}');
        Ok(true)
    }
}

#[derive(serde::Deserialize)]
struct Attributes {
    r#type: String,
}

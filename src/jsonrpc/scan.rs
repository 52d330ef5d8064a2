//! The first pass: one streaming walk that refuses ambiguous, deep and oversized JSON.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use super::id::{Id, MAX_ID_LEN};
use super::preview;

/// How much structure one message may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Nesting of arrays and objects; the message itself is level 1.
    pub max_depth: u32,
    /// Values in the whole message, keys not counted.
    pub max_nodes: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_depth: 32, max_nodes: 20_000 }
    }
}

/// Why a message was refused before anyone looked at what it asks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Bytes that are not UTF-8.
    #[error("the body is not UTF-8")]
    NotUtf8,
    /// A byte order mark (RFC 8259, section 8.1 forbids sending one).
    #[error("the body begins with a byte order mark: send plain UTF-8")]
    ByteOrderMark,
    /// Anything serde_json refuses, with where it stopped.
    #[error("the body is not JSON at line {line}, column {column}")]
    Syntax {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
    },
    /// The same key twice in one object: parsers disagree on which counts.
    #[error("the key `{0}` is twice in one object")]
    DuplicateKey(String),
    /// A key of the envelope in another spelling, which lenient parsers would take.
    #[error("the key `{found}` is a variant of `{meant}`: spell it `{meant}`")]
    KeyVariant {
        /// The key as sent.
        found: String,
        /// The key of the envelope that it resembles.
        meant: &'static str,
    },
    /// Too deep.
    #[error("the body is nested deeper than {0} levels")]
    TooDeep(u32),
    /// Too many values.
    #[error("the body has more than {0} values")]
    TooManyNodes(u32),
    /// An array of messages.
    #[error("batches are not accepted: send one message in each request")]
    Batch,
    /// A top level that is neither an object nor an array.
    #[error("the body is not a JSON object")]
    NotAnObject,
    /// `id` is null, a float, a boolean, a structure or too long.
    #[error("`id` must be a string (at most 256 bytes) or an integer")]
    BadId,
    /// `jsonrpc` is absent or something else than `"2.0"`.
    #[error("`jsonrpc` must be \"2.0\"")]
    BadVersion,
    /// `method` is no string, is empty or too long, or has a control character.
    #[error("`method` must be a string of 1 to 128 bytes without control characters")]
    BadMethod,
    /// `params` is there and no object.
    #[error("`params` must be an object")]
    BadParams,
    /// Neither a request, nor a notification, nor a response.
    #[error("the message must have either `method`, or `id` with one of `result` and `error`")]
    NoKind,
}

impl Fault {
    /// Whether JSON-RPC calls this a parse error; all others are invalid requests.
    #[must_use]
    pub const fn is_parse_error(&self) -> bool {
        match self {
            Self::NotUtf8 | Self::ByteOrderMark | Self::Syntax { .. } => true,
            Self::DuplicateKey(_)
            | Self::KeyVariant { .. }
            | Self::TooDeep(_)
            | Self::TooManyNodes(_)
            | Self::Batch
            | Self::NotAnObject
            | Self::BadId
            | Self::BadVersion
            | Self::BadMethod
            | Self::BadParams
            | Self::NoKind => false,
        }
    }
}

/// The keys that the envelope gives a meaning to.
const ENVELOPE: [&str; 6] = ["jsonrpc", "id", "method", "params", "result", "error"];

/// Walks the whole text once.
///
/// # Errors
/// The first [`Fault`] met, with the request's id where it had been read by then.
pub fn scan(text: &str, limits: Limits) -> Result<Option<Id>, (Fault, Option<Id>)> {
    let mut walk = Walk { limits, nodes: 0, fault: None, id: None };
    let mut json = serde_json::Deserializer::from_str(text);
    let walked =
        Value { walk: &mut walk, depth: 0 }.deserialize(&mut json).and_then(|()| json.end());
    match (walked, walk.fault) {
        (Ok(()), None) => Ok(walk.id),
        (_, Some(fault)) => Err((fault, walk.id)),
        // Text that is not JSON has no id that could be trusted.
        (Err(error), None) => {
            Err((Fault::Syntax { line: error.line(), column: error.column() }, None))
        }
    }
}

struct Walk {
    limits: Limits,
    nodes: u32,
    fault: Option<Fault>,
    id: Option<Id>,
}

impl Walk {
    /// Remembers the fault and stops the parser.
    fn stop<E: serde::de::Error>(&mut self, fault: Fault) -> E {
        self.fault = Some(fault);
        E::custom("refused")
    }

    fn count<E: serde::de::Error>(&mut self) -> Result<(), E> {
        self.nodes = self.nodes.saturating_add(1);
        if self.nodes > self.limits.max_nodes {
            let limit = self.limits.max_nodes;
            return Err(self.stop(Fault::TooManyNodes(limit)));
        }
        Ok(())
    }

    fn enter<E: serde::de::Error>(&mut self, depth: u32) -> Result<u32, E> {
        let inner = depth.saturating_add(1);
        if inner > self.limits.max_depth {
            let limit = self.limits.max_depth;
            return Err(self.stop(Fault::TooDeep(limit)));
        }
        Ok(inner)
    }
}

/// Any value, at a depth. Depth 0 is the message, which must be an object.
struct Value<'w> {
    walk: &'w mut Walk,
    depth: u32,
}

impl<'de> DeserializeSeed<'de> for Value<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        self.walk.count()?;
        deserializer.deserialize_any(self)
    }
}

impl Value<'_> {
    fn scalar<E: serde::de::Error>(self) -> Result<(), E> {
        if self.depth == 0 { Err(self.walk.stop(Fault::NotAnObject)) } else { Ok(()) }
    }
}

impl<'de> Visitor<'de> for Value<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E: serde::de::Error>(self, _: bool) -> Result<(), E> {
        self.scalar()
    }

    fn visit_i64<E: serde::de::Error>(self, _: i64) -> Result<(), E> {
        self.scalar()
    }

    fn visit_u64<E: serde::de::Error>(self, _: u64) -> Result<(), E> {
        self.scalar()
    }

    fn visit_f64<E: serde::de::Error>(self, _: f64) -> Result<(), E> {
        self.scalar()
    }

    fn visit_str<E: serde::de::Error>(self, _: &str) -> Result<(), E> {
        self.scalar()
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<(), E> {
        self.scalar()
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        if self.depth == 0 {
            return Err(self.walk.stop(Fault::Batch));
        }
        let depth = self.walk.enter(self.depth)?;
        while items.next_element_seed(Value { walk: &mut *self.walk, depth })?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let depth = self.walk.enter(self.depth)?;
        let top = self.depth == 0;
        let mut seen: BTreeSet<Cow<'de, str>> = BTreeSet::new();
        while let Some(key) = members.next_key_seed(Key)? {
            if seen.contains(&key) {
                if top && key == "id" {
                    self.walk.id = None;
                }
                return Err(self.walk.stop(Fault::DuplicateKey(preview(&key))));
            }
            if top {
                if let Some(meant) = variant_of(&key) {
                    return Err(self.walk.stop(Fault::KeyVariant { found: preview(&key), meant }));
                }
                if key == "id" {
                    members.next_value_seed(IdSeed { walk: &mut *self.walk })?;
                    seen.insert(key);
                    continue;
                }
            }
            seen.insert(key);
            members.next_value_seed(Value { walk: &mut *self.walk, depth })?;
        }
        Ok(())
    }
}

fn variant_of(key: &str) -> Option<&'static str> {
    ENVELOPE.into_iter().find(|name| key != *name && key.trim().eq_ignore_ascii_case(name))
}

/// A key, borrowed where it has no escapes.
struct Key;

impl<'de> DeserializeSeed<'de> for Key {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Key {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_borrowed_str<E: serde::de::Error>(self, key: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(key))
    }

    fn visit_str<E: serde::de::Error>(self, key: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(key.to_owned()))
    }
}

/// The envelope's `id`, kept so that a later fault can still echo it.
struct IdSeed<'w> {
    walk: &'w mut Walk,
}

impl<'de> DeserializeSeed<'de> for IdSeed<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        self.walk.count()?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for IdSeed<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an id")
    }

    fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<(), E> {
        self.walk.id = Some(Id::Number(number));
        Ok(())
    }

    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<(), E> {
        let number = i64::try_from(number).map_err(|_too_big| self.walk.stop(Fault::BadId))?;
        self.walk.id = Some(Id::Number(number));
        Ok(())
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<(), E> {
        if text.len() > MAX_ID_LEN {
            return Err(self.walk.stop(Fault::BadId));
        }
        self.walk.id = Some(Id::Text(text.to_owned()));
        Ok(())
    }

    fn visit_f64<E: serde::de::Error>(self, _: f64) -> Result<(), E> {
        Err(self.walk.stop(Fault::BadId))
    }

    fn visit_bool<E: serde::de::Error>(self, _: bool) -> Result<(), E> {
        Err(self.walk.stop(Fault::BadId))
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<(), E> {
        Err(self.walk.stop(Fault::BadId))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<(), A::Error> {
        Err(self.walk.stop(Fault::BadId))
    }

    fn visit_map<A: MapAccess<'de>>(self, _: A) -> Result<(), A::Error> {
        Err(self.walk.stop(Fault::BadId))
    }
}

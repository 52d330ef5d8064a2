//! Arguments: read strictly into a tool's own type, with errors that a model can correct itself by.

use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::salesforce::{FieldName, ObjectName, RecordId};
use crate::seal::SealError;
use crate::soql::SoqlError;
use crate::soql::ast::{Ident, Path, Span};
use crate::sosl::SoslError;

/// Arguments that a tool can't read.
#[derive(Debug, thiserror::Error)]
pub enum ArgumentError {
    /// Not the object that the tool's schema asks for.
    #[error("the arguments are not what this tool takes: {0}")]
    Shape(String),
    /// A query that can't be read.
    #[error("the query cannot be read: {0}")]
    Soql(SoqlError),
    /// A search that can't be read.
    #[error("the search cannot be read: {0}")]
    Sosl(SoslError),
    /// A token that isn't good.
    #[error("{0}")]
    Sealed(SealError),
    /// More records than a bulk job may write.
    #[error("a bulk job may write {0} rows here: split the records into several jobs")]
    TooManyRows(u32),
    /// A field list without a field.
    #[error("`fields` is empty: name at least one field")]
    NoFields,
    /// A field list that is too long.
    #[error("`fields` has more than {0} fields")]
    TooManyFields(usize),
}

/// Reads a JSON object into a tool's arguments.
pub(super) fn read<T: DeserializeOwned>(arguments: &str) -> Result<T, ArgumentError> {
    serde_json::from_str(arguments).map_err(|error| {
        // The position is within text that the transport cut out; it would mislead.
        let text = error.to_string();
        let shown = text.rsplit_once(" at line ").map_or(text.as_str(), |(shown, _)| shown);
        ArgumentError::Shape(shown.chars().take(300).collect())
    })
}

/// The API name of an object.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(super) struct ObjectArgument(pub(super) ObjectName);

/// A record id.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(super) struct IdArgument(pub(super) RecordId);

/// A field, or a path of relationships to one, for example `Owner.Name`.
#[derive(Debug)]
pub(super) struct PathArgument(pub(super) Path);

impl<'de> Deserialize<'de> for PathArgument {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(from)?;
        path(&text).map(Self).ok_or_else(|| {
            let shown: String = text.chars().take(80).flat_map(char::escape_debug).collect();
            serde::de::Error::custom(format!("`{shown}` is not a field name or a path to one"))
        })
    }
}

fn path(text: &str) -> Option<Path> {
    let mut names = text
        .split('.')
        .map(|name| Ident::new(name, Span::default()))
        .collect::<Option<Vec<_>>>()?;
    let last = names.pop()?;
    Some(Path { qualifiers: names, last })
}

/// The values of a record: a JSON object from field names to scalars, or the same object as a JSON
/// text (hosts that close open objects can only send that).
#[derive(Debug)]
pub(super) struct Values(pub(super) Vec<(FieldName, Value)>);

impl<'de> Deserialize<'de> for Values {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(ValuesVisitor { nested: false })
    }
}

struct ValuesVisitor {
    nested: bool,
}

impl<'de> Visitor<'de> for ValuesVisitor {
    type Value = Values;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object from field names to values, for example {\"LastName\":\"Ray\"}")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Values, E> {
        if self.nested {
            return Err(E::invalid_type(serde::de::Unexpected::Str(""), &self));
        }
        let mut from = serde_json::Deserializer::from_str(text);
        let values = from
            .deserialize_map(Self { nested: true })
            .and_then(|values| from.end().map(|()| values));
        values.map_err(|_not_an_object| E::custom("`fields` is a text that is not a JSON object"))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Values, A::Error> {
        let mut values = Vec::new();
        while let Some(name) = map.next_key::<FieldName>()? {
            let value = map.next_value::<&RawValue>()?.get();
            values.push((name, value_of(value).map_err(serde::de::Error::custom)?));
        }
        Ok(Values(values))
    }
}

/// A value that will be sent exactly as it was written: a number that a 64-bit integer or float
/// can't hold would be sent as its neighbour.
pub(super) fn value_of(text: &str) -> Result<Value, String> {
    let value: Value = serde_json::from_str(text).map_err(|_no_value| {
        "a value is not one that can be sent: write a number that is too large as text".to_owned()
    })?;
    match &value {
        Value::Number(number) if decimal(text) != decimal(&number.to_string()) => {
            let shown: String = text.chars().take(80).collect();
            Err(format!("the number {shown} would lose digits: write it as text"))
        }
        Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Array(_)
        | Value::Object(_) => Ok(value),
    }
}

/// Sign, digits and exponent of a JSON number, each number in one way alone. `None` for exponents
/// that no field holds.
fn decimal(number: &str) -> Option<(bool, String, i64)> {
    let (negative, number) = match number.strip_prefix('-') {
        Some(positive) => (true, positive),
        None => (false, number),
    };
    let (mantissa, exponent) = match number.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?.into()),
        None => (number, 0i64),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    let significant = digits.trim_start_matches('0').trim_end_matches('0');
    if significant.is_empty() {
        return Some((false, String::new(), 0));
    }
    let zeros = digits.len().saturating_sub(digits.trim_end_matches('0').len());
    let point = i64::try_from(zeros).ok()?.checked_sub(i64::try_from(fraction.len()).ok()?)?;
    Some((negative, significant.to_owned(), exponent.checked_add(point)?))
}

/// How an argument's type is shown to hosts.
macro_rules! shown_as {
    ($type:ty, $name:literal, $schema:tt) => {
        impl schemars::JsonSchema for $type {
            fn inline_schema() -> bool {
                true
            }
            fn schema_name() -> std::borrow::Cow<'static, str> {
                $name.into()
            }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!($schema)
            }
        }
    };
}

shown_as!(ObjectArgument, "Object", { "type": "string" });
shown_as!(IdArgument, "Id", { "type": "string" });
shown_as!(PathArgument, "Path", { "type": "string" });
shown_as!(Values, "Values", { "type": "object", "properties": {} });

//! Arguments: read strictly into a tool's own type, with errors that a model can correct itself by.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, Error as _};
use serde_json::value::RawValue;

use crate::salesforce::body::{self, BodyError, Rules, WrittenRecord};
use crate::salesforce::collection::read::CollectionError;
use crate::salesforce::envelope::EnvelopeError;
use crate::salesforce::metadata::{CustomName, DefinitionError};
use crate::salesforce::{
    ExternalKey, ExternalKeyError, FieldName, ObjectName, RecordBody, RecordId, RecordKey,
    RelationshipName,
};
use crate::seal::SealError;
use crate::soql::SoqlError;
use crate::soql::ast::Path;
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
    /// Values of a record that can't be written.
    #[error("{0}")]
    Body(BodyError),
    /// Several records that can't be written.
    #[error("{0}")]
    Records(CollectionError),
    /// Neither an id nor an external id, or both.
    #[error("name the record by `id`, or by `externalIdField` and `externalId` together")]
    Key,
    /// An external id that can't stand in an address.
    #[error("{0}")]
    ExternalKey(ExternalKeyError),
    /// A list that names nothing.
    #[error("`{0}` is empty: name at least one")]
    Empty(&'static str),
    /// A number out of bounds.
    #[error("`limit` must be from 1 to {0}")]
    Limit(u32),
    /// A part of an envelope that can't be read.
    #[error("part `{reference}`: {error}")]
    Part {
        /// What the caller calls it.
        reference: String,
        /// Why.
        error: String,
    },
    /// An envelope that doesn't keep Salesforce's limits.
    #[error("{0}")]
    Envelope(EnvelopeError),
    /// A field list without a field.
    #[error("`fields` is empty: name at least one field")]
    NoFields,
    /// An object or a field that can't be made so.
    #[error("the definition can't be used: {0}")]
    Definition(DefinitionError),
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
        let shown: String = shown.chars().take(300).collect();
        match argument_at(arguments, &error) {
            Some(name) if !shown.contains(&format!("`{name}`")) => {
                ArgumentError::Shape(format!("`{name}`: {shown}"))
            }
            Some(_) | None => ArgumentError::Shape(shown),
        }
    })
}

/// The argument in whose value reading stopped. Serde names the field itself where that is missing,
/// unknown or there twice; other errors of the last value may stand behind the end of it.
fn argument_at(arguments: &str, error: &serde_json::Error) -> Option<String> {
    let lines = arguments.split_inclusive('\n').take(error.line().checked_sub(1)?);
    let stopped = lines.map(str::len).sum::<usize>().checked_add(error.column())?;
    let members: BTreeMap<Cow<'_, str>, &RawValue> = serde_json::from_str(arguments).ok()?;
    let begun = members.into_iter().filter_map(|(name, value)| {
        let begin = value.get().as_ptr().addr().checked_sub(arguments.as_ptr().addr())?;
        (begin <= stopped).then_some((begin, value.get().len(), name))
    });
    let (begin, length, name) = begun.max()?;
    let text = error.to_string();
    let of_object = ["missing field", "unknown field", "duplicate field"];
    let behind = stopped > begin.saturating_add(length);
    if behind && of_object.iter().any(|start| text.starts_with(start)) {
        return None;
    }
    Some(name.chars().take(80).flat_map(char::escape_debug).collect())
}

/// How a record is named: by its id, or by the value of an external id.
pub(super) fn key(
    id: Option<IdArgument>,
    field: Option<FieldArgument>,
    value: Option<String>,
) -> Result<RecordKey, ArgumentError> {
    match (id, field, value) {
        (Some(id), None, None) => Ok(RecordKey::Id(id.0)),
        (None, Some(field), Some(value)) => ExternalKey::new(field.0, value)
            .map(RecordKey::External)
            .map_err(ArgumentError::ExternalKey),
        (Some(_), _, _) | (None, None, _) | (None, Some(_), None) => Err(ArgumentError::Key),
    }
}

/// As many as a query may select.
const MOST_FIELDS: usize = 1_000;

/// The fields to return, at least one.
pub(super) fn fields(fields: Vec<PathArgument>) -> Result<Vec<Path>, ArgumentError> {
    match fields.len() {
        0 => Err(ArgumentError::NoFields),
        1..=MOST_FIELDS => Ok(fields.into_iter().map(|field| field.0).collect()),
        _ => Err(ArgumentError::TooManyFields(MOST_FIELDS)),
    }
}

/// The fields to return; an empty list stands for all where no list is given.
pub(super) fn fields_or_all(named: Option<Vec<PathArgument>>) -> Result<Vec<Path>, ArgumentError> {
    named.map_or(Ok(Vec::new()), fields)
}

/// The most records to return: what is asked for, or `otherwise`.
pub(super) fn limit(
    asked_for: Option<u32>,
    otherwise: u32,
    most: u32,
) -> Result<u32, ArgumentError> {
    let limit = asked_for.unwrap_or(otherwise);
    if (1..=most).contains(&limit) { Ok(limit) } else { Err(ArgumentError::Limit(most)) }
}

/// The API name of an object.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(super) struct ObjectArgument(pub(super) ObjectName);

/// The API name of an object or a field that is to be made.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(super) struct CustomNameArgument(pub(super) CustomName);

/// A record id.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(super) struct IdArgument(pub(super) RecordId);

/// The API name of a field.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(super) struct FieldArgument(pub(super) FieldName);

/// A field, or a path of relationships to one, for example `Owner.Name`.
#[derive(Debug)]
pub(super) struct PathArgument(pub(super) Path);

impl<'de> Deserialize<'de> for PathArgument {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(from)?;
        Path::read(&text).map(Self).ok_or_else(|| {
            let shown: String = text.chars().take(80).flat_map(char::escape_debug).collect();
            serde::de::Error::custom(format!("`{shown}` is not a field name or a path to one"))
        })
    }
}

/// The values of a record: a JSON object from field names to scalars, or to parents that are named
/// by an external id; or the same object as a JSON text (hosts that close open objects can only send
/// that).
#[derive(Debug)]
pub(super) struct Values {
    object: Option<ObjectName>,
    body: RecordBody,
}

impl Values {
    /// What is set in a record of `object`.
    pub(super) fn of(self, object: &ObjectName) -> Result<RecordBody, ArgumentError> {
        let Self { object: written, body } = self;
        body::agree(written, object).map_err(ArgumentError::Body)?;
        Ok(body)
    }
}

impl<'de> Deserialize<'de> for Values {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let given = <&RawValue>::deserialize(from)?.get();
        let read = |json: &str| {
            let WrittenRecord { object, body, .. } = body::read(json, Rules::default())?;
            Ok(Self { object, body })
        };
        let values = match serde_json::from_str::<String>(given) {
            Ok(text) => read(&text).map_err(|error: BodyError| {
                if error == BodyError::NotAnObject {
                    "`fields` is a text that is not a JSON object".to_owned()
                } else {
                    error.to_string()
                }
            }),
            Err(_not_a_text) => read(given).map_err(|error: BodyError| error.to_string()),
        };
        values.map_err(serde::de::Error::custom)
    }
}

/// Records: a JSON array of objects, or the same array as a JSON text. It is read when the object
/// that it is for is known.
#[derive(Debug)]
pub(super) struct Records(pub(super) String);

impl<'de> Deserialize<'de> for Records {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let given = <&RawValue>::deserialize(from)?.get();
        Ok(Self(serde_json::from_str(given).unwrap_or_else(|_not_a_text| given.to_owned())))
    }
}

/// Relationships, one after the other: a list, or names joined by dots.
#[derive(Debug)]
pub(super) struct Relationships(pub(super) Vec<RelationshipName>);

impl<'de> Deserialize<'de> for Relationships {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let given = <&RawValue>::deserialize(from)?.get();
        let text = serde_json::from_str(given).map(|text| vec![text]);
        let list: Vec<String> =
            text.or_else(|_a_list| serde_json::from_str(given)).map_err(|_unlike| {
                D::Error::custom("`path` must be a list of relationships, such as [\"Contacts\"]")
            })?;
        let names = list.iter().flat_map(|text| text.split('.')).map(RelationshipName::parse);
        names.collect::<Result<_, _>>().map(Self).map_err(D::Error::custom)
    }
}

/// Any JSON object, or the same as a JSON text; what is in it is read by others.
#[derive(Debug, Default)]
pub(super) struct JsonArgument(Option<Box<RawValue>>);

impl JsonArgument {
    /// The object, where one was given.
    pub(super) fn json(&self) -> Result<Option<Cow<'_, RawValue>>, &'static str> {
        let Some(given) = self.0.as_deref() else { return Ok(None) };
        match serde_json::from_str::<String>(given.get()) {
            Err(_not_a_text) => Ok(Some(Cow::Borrowed(given))),
            Ok(text) => match RawValue::from_string(text) {
                Ok(json) => Ok(Some(Cow::Owned(json))),
                Err(_not_json) => Err("the body is a text that is not a JSON object"),
            },
        }
    }
}

impl<'de> Deserialize<'de> for JsonArgument {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Option::<Box<RawValue>>::deserialize(from).map(Self)
    }
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
shown_as!(CustomNameArgument, "CustomName", { "type": "string" });
shown_as!(IdArgument, "Id", { "type": "string" });
shown_as!(FieldArgument, "Field", { "type": "string" });
shown_as!(Records, "Records", {
    "type": "array",
    "items": { "type": "object", "properties": {} }
});
shown_as!(Relationships, "Relationships", { "type": "array", "items": { "type": "string" } });
shown_as!(PathArgument, "Path", { "type": "string" });
shown_as!(JsonArgument, "Json", { "type": "object", "properties": {} });
shown_as!(Values, "Values", { "type": "object", "properties": {} });

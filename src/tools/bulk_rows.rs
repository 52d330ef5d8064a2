//! The records of a bulk job in its arguments: objects, or CSV.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use super::ArgumentError;
use crate::csv::{Dialect, ReadError, Reader};
use crate::salesforce::FieldValue;
use crate::salesforce::body::{Rules, scalar};
use crate::salesforce::bulk::bounds;

/// What Salesforce reads as null.
const NULL: &str = "#N/A";

/// Records, all with the same columns.
#[derive(Debug)]
pub(super) struct RowsArgument {
    /// The names, as they stand in the first record.
    pub(super) columns: Vec<String>,
    /// For each record a field for each column.
    pub(super) rows: Vec<Vec<String>>,
}

impl<'de> Deserialize<'de> for RowsArgument {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_seq(Rows)
    }
}

struct Rows;

impl<'de> Visitor<'de> for Rows {
    type Value = RowsArgument;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of objects from field names to values")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<RowsArgument, A::Error> {
        let mut table = RowsArgument { columns: Vec::new(), rows: Vec::new() };
        while seq.next_element_seed(Row(&mut table))?.is_some() {}
        Ok(table)
    }
}

/// One record of a table.
struct Row<'a>(&'a mut RowsArgument);

impl<'de> DeserializeSeed<'de> for Row<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Row<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object from field names to values")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let RowsArgument { columns, rows } = self.0;
        let number = rows.len().saturating_add(1);
        let first = rows.is_empty();
        let mut fields: Vec<Option<String>> = vec![None; columns.len()];
        let mut next = 0usize;
        while let Some(name) = map.next_key::<Cow<'de, str>>()? {
            let shown: String = name.chars().take(80).flat_map(char::escape_debug).collect();
            let field = field(&name, map.next_value()?)
                .map_err(|why| A::Error::custom(format!("row {number}: {why}")))?;
            if first {
                // A name that stands twice is refused with the header.
                columns.push(name.into_owned());
                fields.push(Some(field));
                continue;
            }
            // Usually in the same order.
            let place = match columns.get(next) {
                Some(column) if *column == name => Some(next),
                _ => columns.iter().position(|column| *column == name),
            };
            let slot = place.and_then(|place| fields.get_mut(place)).ok_or_else(|| {
                let text = format!("row {number} has `{shown}`, which row 1 has not");
                A::Error::custom(text)
            })?;
            if slot.replace(field).is_some() {
                return Err(A::Error::custom(format!("row {number} has `{shown}` twice")));
            }
            next = place.unwrap_or_default().saturating_add(1);
        }
        let missing = fields.iter().position(Option::is_none);
        if let Some(column) = missing.and_then(|at| columns.get(at)) {
            let shown: String = column.chars().take(80).flat_map(char::escape_debug).collect();
            let text = format!("row {number} has no `{shown}`: every row needs the same names");
            return Err(A::Error::custom(text));
        }
        rows.push(fields.into_iter().flatten().collect());
        Ok(())
    }
}

/// A value as it stands in CSV.
fn field(name: &str, value: &RawValue) -> Result<String, String> {
    match scalar(name, value, Rules::default()).map_err(|error| error.to_string())? {
        FieldValue::Json(Value::Null) => Ok(NULL.to_owned()),
        FieldValue::Json(Value::String(text)) => Ok(text),
        FieldValue::Json(_) | FieldValue::Reference(_) => Ok(value.get().to_owned()),
    }
}

/// The header and the records of a text.
pub(super) fn read_csv(
    text: &str,
    dialect: Dialect,
) -> Result<(Vec<String>, Vec<Vec<String>>), ArgumentError> {
    let mut records: Vec<Vec<String>> = Vec::new();
    let mut reader = Reader::new(dialect, bounds());
    let mut take = |record: crate::csv::Record<'_>| {
        records.push(record.fields().map(str::to_owned).collect());
        Ok::<(), String>(())
    };
    let read = reader.feed(text.as_bytes(), &mut take);
    let read = match read {
        Ok(()) => reader.finish(&mut take).map(drop),
        Err(error) => Err(error),
    };
    read.map_err(|error| match error {
        ReadError::File(error) => ArgumentError::Shape(format!("`csv`: {error}")),
        ReadError::Sink(error) => ArgumentError::Shape(error),
    })?;
    let mut records = records.into_iter();
    let header = records.next().unwrap_or_default();
    Ok((header, records.collect()))
}

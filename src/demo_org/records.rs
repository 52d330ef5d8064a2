//! Single records: create, update and delete, with Salesforce's checks of what is written.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value as Body};

use super::answer::{Refusal, cut};
use super::catalog::{FieldDef, Kind, ObjectDef};
use super::compute::STAGES;
use super::external;
use super::store::Store;
use super::value::{Value, float, parse_datetime, whole};
use crate::salesforce::RecordId;

/// What a new record holds in a field that nobody set.
pub(super) fn default(field: &FieldDef) -> Value {
    if field.kind == Kind::Boolean {
        Value::Bool(field.default.as_deref() == Some("true"))
    } else {
        field.default.as_deref().map_or(Value::Null, Value::text)
    }
}

/// The number of the `place`th case.
pub(super) fn case_number(place: usize) -> String {
    format!("{:08}", place.saturating_add(1_001))
}

/// The number of the `place`th record in a form such as `A-{0000}`.
fn auto_number(format: &str, place: usize) -> String {
    let (before, rest) = format.split_once('{').unwrap_or((format, ""));
    let (digits, after) = rest.split_once('}').unwrap_or((rest, ""));
    let width = digits.len();
    format!("{before}{:0width$}{after}", place.saturating_add(1))
}

/// Who writes, and when.
#[derive(Clone, Copy, Debug)]
pub(super) struct Writer<'a> {
    pub(super) user: &'a RecordId,
    pub(super) now: Timestamp,
}

/// Reads a path's record id: of this object, well formed.
pub(super) fn record_id(object: &ObjectDef, text: &str) -> Result<RecordId, Refusal> {
    let malformed = |message: String| Refusal::new(400, "MALFORMED_ID", message).of_fields(&[]);
    let id = RecordId::parse(text)
        .map_err(|_not_an_id| malformed(format!("malformed id {}", cut(text))))?;
    if id.key_prefix() == object.prefix {
        Ok(id)
    } else {
        let name = &object.label;
        Err(malformed(format!("{name} ID: id value of incorrect type: {id}")))
    }
}

/// Reads a body that is one JSON object.
pub(super) fn body(bytes: &[u8]) -> Result<Map<String, Body>, Refusal> {
    serde_json::from_slice(bytes).map_err(|error| {
        let place = format!("[line:{}, column:{}]", error.line(), error.column());
        let message = format!("The HTTP entity body is not a JSON object at {place}");
        Refusal::new(400, "JSON_PARSER_ERROR", message)
    })
}

/// Adds a record.
pub(super) fn create(
    store: &mut Store,
    object: &Arc<ObjectDef>,
    body: &Map<String, Body>,
    writer: Writer<'_>,
) -> Result<RecordId, Refusal> {
    if !object.createable {
        let message = format!("entity type cannot be inserted: {}", object.label);
        let code = "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY";
        return Err(Refusal::new(400, code, message).of_fields(&[]));
    }
    let mut given = read(store, object, body, Change::Create)?;
    let missing: Vec<&str> = object
        .fields
        .iter()
        .enumerate()
        .filter(|(index, field)| {
            let value = given.iter().find(|(i, _)| i == index).map(|(_, value)| value);
            required(field) && value.is_none_or(Value::is_null)
        })
        .map(|(_, field)| field.name.as_str())
        .collect();
    if !missing.is_empty() {
        let message = format!("Required fields are missing: [{}]", missing.join(", "));
        return Err(Refusal::new(400, "REQUIRED_FIELD_MISSING", message).of_fields(&missing));
    }
    let place = store.records(object).len();
    for (index, field) in object.fields.iter().enumerate() {
        if given.iter().any(|(i, _)| *i == index) {
            continue;
        }
        let by_writer = || Value::Text(writer.user.as_str().to_owned());
        let value = match field.name.as_str() {
            "Id" => continue,
            "CreatedDate" | "LastModifiedDate" | "SystemModstamp" => Value::DateTime(writer.now),
            "CreatedById" | "LastModifiedById" | "OwnerId" => by_writer(),
            "CaseNumber" => Value::Text(case_number(place)),
            _other => match &field.auto_number {
                Some(format) => Value::Text(auto_number(format, place)),
                None => default(field),
            },
        };
        given.push((index, value));
    }
    refuse_duplicate(store, object, None, &given)?;
    follow(object, &mut given, writer.now);
    store.insert(object, given).map_err(|_full| {
        Refusal::new(400, "STORAGE_LIMIT_EXCEEDED", "storage limit exceeded").of_fields(&[])
    })
}

/// Changes fields of a record.
pub(super) fn update(
    store: &mut Store,
    object: &Arc<ObjectDef>,
    id: &RecordId,
    body: &Map<String, Body>,
    writer: Writer<'_>,
) -> Result<(), Refusal> {
    existing(store, object, id)?;
    let mut given = read(store, object, body, Change::Update)?;
    let emptied: Vec<&str> = given
        .iter()
        .filter(|(_, value)| value.is_null())
        .filter_map(|(index, _)| object.fields.get(*index))
        .filter(|field| !field.nillable)
        .map(|field| field.name.as_str())
        .collect();
    if !emptied.is_empty() {
        let message = format!("Required fields are missing: [{}]", emptied.join(", "));
        return Err(Refusal::new(400, "REQUIRED_FIELD_MISSING", message).of_fields(&emptied));
    }
    refuse_duplicate(store, object, Some(id), &given)?;
    follow(object, &mut given, writer.now);
    if let Some((index, _)) = object.field("LastModifiedById") {
        given.push((index, Value::Text(writer.user.as_str().to_owned())));
    }
    store.change(object, id, given, writer.now);
    Ok(())
}

/// Puts a record into the recycle bin.
pub(super) fn delete(
    store: &mut Store,
    object: &Arc<ObjectDef>,
    id: &RecordId,
    now: Timestamp,
) -> Result<(), Refusal> {
    existing(store, object, id)?;
    if !object.deletable {
        let message = "entity type cannot be deleted";
        let code = "INSUFFICIENT_ACCESS_OR_READONLY";
        return Err(Refusal::new(400, code, message).of_fields(&[]));
    }
    store.delete(object, id, now);
    Ok(())
}

/// Refuses an id that no record has, or only a deleted one.
pub(super) fn existing(store: &Store, object: &ObjectDef, id: &RecordId) -> Result<(), Refusal> {
    match store.record(object, id) {
        Some(record) if record.deleted => Err(Refusal::deleted()),
        Some(_) => Ok(()),
        None => Err(Refusal::not_found()),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Change {
    Create,
    Update,
}

fn required(field: &FieldDef) -> bool {
    !field.nillable && !field.defaulted && field.createable && field.kind != Kind::Boolean
}

/// Refuses a value that another record holds in a field where each value stands once.
fn refuse_duplicate(
    store: &Store,
    object: &ObjectDef,
    own: Option<&RecordId>,
    given: &[(usize, Value)],
) -> Result<(), Refusal> {
    for (index, value) in given.iter().filter(|(_, value)| !value.is_null()) {
        let Some(field) = object.fields.get(*index).filter(|field| field.unique) else { continue };
        let holding = store.holding(object, *index, value);
        if let Some(other) = holding.into_iter().find(|record| Some(&record.id) != own) {
            let (name, id) = (&field.name, &other.id);
            let message =
                format!("duplicate value found: {name} duplicates value on record with id: {id}");
            return Err(Refusal::new(400, "DUPLICATE_VALUE", message).of_fields(&[name]));
        }
    }
    Ok(())
}

/// What follows from the fields that were written: a stage brings its probability, a closed case
/// its time.
fn follow(object: &ObjectDef, given: &mut Vec<(usize, Value)>, now: Timestamp) {
    let value_of = |given: &[(usize, Value)], name: &str| {
        let (index, _) = object.field(name)?;
        given.iter().find(|(i, _)| *i == index).map(|(_, value)| value.clone())
    };
    let (source, target) = match object.name.as_str() {
        "Opportunity" => ("StageName", "Probability"),
        "Case" => ("Status", "ClosedDate"),
        _other => return,
    };
    let Some(word) = value_of(given, source) else { return };
    let value = if object.name == "Opportunity" {
        if value_of(given, target).is_some_and(|value| !value.is_null()) {
            return;
        }
        let stage = STAGES.iter().find(|(name, _, _)| word.as_text() == Some(*name));
        stage.map_or(Value::Null, |(_, percent, _)| Value::Number(*percent))
    } else if word.as_text() == Some("Closed") {
        Value::DateTime(now)
    } else {
        Value::Null
    };
    if let Some((index, _)) = object.field(target) {
        given.retain(|(i, _)| *i != index);
        given.push((index, value));
    }
}

/// Reads a body: every key a field that can be written, every value one that it can hold.
fn read(
    store: &Store,
    object: &ObjectDef,
    body: &Map<String, Body>,
    change: Change,
) -> Result<Vec<(usize, Value)>, Refusal> {
    let mut given: Vec<(usize, Value)> = Vec::new();
    let mut read_only: Vec<&str> = Vec::new();
    for (key, value) in body {
        if key == "attributes" {
            continue;
        }
        if change == Change::Update && key.eq_ignore_ascii_case("Id") {
            let message = "The Id field should not be specified in the sobject data.";
            return Err(Refusal::new(400, "INVALID_FIELD", message).of_fields(&["Id"]));
        }
        let (index, field, parent) = match object.field(key) {
            Some((index, field)) => (index, field, None),
            None => match external::nested(store, object, body, key) {
                Some(parent) => parent.map(|(index, field, id)| (index, field, Some(id)))?,
                None => {
                    let key = cut(key);
                    let message =
                        format!("No such column '{key}' on sobject of type {}", object.name);
                    return Err(Refusal::new(400, "INVALID_FIELD", message));
                }
            },
        };
        let writable = match change {
            Change::Create => field.createable,
            Change::Update => object.updateable && field.updateable,
        };
        if writable {
            let value = match parent {
                Some(id) => Value::Text(id.as_str().to_owned()),
                None => value_of(store, field, value)?,
            };
            given.retain(|(i, _)| *i != index);
            given.push((index, value));
        } else {
            read_only.push(&field.name);
        }
    }
    if read_only.is_empty() {
        return Ok(given);
    }
    let message = format!(
        "Unable to create/update fields: {}. Please check the security settings of this field and \
         verify that it is read/write for your profile or permission set.",
        read_only.join(", ")
    );
    Err(Refusal::new(400, "INVALID_FIELD_FOR_INSERT_UPDATE", message).of_fields(&read_only))
}

/// Reads one value as the field's type.
pub(super) fn value_of(store: &Store, field: &FieldDef, value: &Body) -> Result<Value, Refusal> {
    let wrong = || {
        let kind = field.kind.name();
        let found = match value {
            Body::Null => "VALUE_NULL",
            Body::Bool(_) => "VALUE_BOOLEAN",
            Body::Number(_) => "VALUE_NUMBER",
            Body::String(_) => "VALUE_STRING",
            Body::Array(_) => "START_ARRAY",
            Body::Object(_) => "START_OBJECT",
        };
        let shown = cut(&value.to_string());
        Refusal::new(
            400,
            "JSON_PARSER_ERROR",
            format!(
                "Cannot deserialize instance of {kind} from {found} value {shown} or request may be missing a required field"
            ),
        )
    };
    if value.is_null() {
        return if field.kind == Kind::Boolean { Err(wrong()) } else { Ok(Value::Null) };
    }
    let text = value.as_str();
    match field.kind {
        Kind::Boolean => match (value.as_bool(), text) {
            (Some(value), _) => Ok(Value::Bool(value)),
            (None, Some("true")) => Ok(Value::Bool(true)),
            (None, Some("false")) => Ok(Value::Bool(false)),
            (None, _) => Err(wrong()),
        },
        Kind::Int | Kind::Double | Kind::Currency | Kind::Percent => {
            let number = value.as_f64().or_else(|| text?.trim().parse().ok());
            number_value(field, number.ok_or_else(wrong)?)
        }
        Kind::Date => {
            let day = text.and_then(|text| text.get(..10).unwrap_or(text).parse().ok());
            day.map(Value::Date).ok_or_else(wrong)
        }
        Kind::DateTime => text.and_then(parse_datetime).map(Value::DateTime).ok_or_else(wrong),
        Kind::Id | Kind::Reference => reference_value(store, field, text.ok_or_else(wrong)?),
        Kind::Address | Kind::Complex => Err(wrong()),
        Kind::Text
        | Kind::TextArea
        | Kind::Phone
        | Kind::Email
        | Kind::Url
        | Kind::Picklist
        | Kind::MultiPicklist
        | Kind::Combobox => text_value(field, text.ok_or_else(wrong)?),
    }
}

fn number_value(field: &FieldDef, number: f64) -> Result<Value, Refusal> {
    let digits = field.length.saturating_sub(field.scale).min(18);
    let most = 10_f64.powi(i32::try_from(digits).unwrap_or(18));
    if !number.is_finite() || number.abs() >= most {
        let message =
            format!("{}: value outside of valid range on numeric field: {number}", field.label);
        return Err(
            Refusal::new(400, "NUMBER_OUTSIDE_VALID_RANGE", message).of_fields(&[&field.name])
        );
    }
    if field.kind == Kind::Int {
        return Ok(Value::Int(whole(number)));
    }
    let power = 10_f64.powi(i32::try_from(field.scale).unwrap_or_default());
    let scaled = number * power;
    let exact = scaled.abs() < 9e15;
    Ok(Value::Number(if exact { float(whole(scaled)) / power } else { number }))
}

fn text_value(field: &FieldDef, text: &str) -> Result<Value, Refusal> {
    let label = &field.label;
    let refuse =
        |code, message: String| Err(Refusal::new(400, code, message).of_fields(&[&field.name]));
    if text.chars().count() > usize::try_from(field.length).unwrap_or(usize::MAX) {
        let message =
            format!("{label}: data value too large: {} (max length={})", cut(text), field.length);
        return refuse("STRING_TOO_LONG", message);
    }
    let known = |value: &str| field.values.iter().any(|known| known.eq_ignore_ascii_case(value));
    let separator = if field.kind == Kind::MultiPicklist { ';' } else { '\n' };
    let values = text.split(separator).all(|value| known(value.trim()));
    if field.restricted && !text.is_empty() && !values {
        let message = format!("{label}: bad value for restricted picklist field: {}", cut(text));
        return refuse("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", message);
    }
    let mail = text.split_once('@').is_some_and(|(local, host)| {
        !local.is_empty() && host.contains('.') && !text.contains(char::is_whitespace)
    });
    if field.kind == Kind::Email && !text.is_empty() && !mail {
        let message = format!("{label}: invalid email address: {}", cut(text));
        return refuse("INVALID_EMAIL_ADDRESS", message);
    }
    Ok(Value::text(text))
}

fn reference_value(store: &Store, field: &FieldDef, text: &str) -> Result<Value, Refusal> {
    if text.is_empty() {
        return Ok(Value::Null);
    }
    let label = &field.label;
    let malformed = || {
        let message = format!("{label}: id value of incorrect type: {}", cut(text));
        Refusal::new(400, "MALFORMED_ID", message).of_fields(&[&field.name])
    };
    let id = RecordId::parse(text).map_err(|_not_an_id| malformed())?;
    let Some((object, _)) = store.target(id.as_str()) else {
        let message = "invalid cross reference id";
        return Err(Refusal::new(400, "INVALID_CROSS_REFERENCE_KEY", message).of_fields(&[]));
    };
    if field.reference_to.contains(&object.name) {
        Ok(Value::Text(id.as_str().to_owned()))
    } else {
        Err(malformed())
    }
}

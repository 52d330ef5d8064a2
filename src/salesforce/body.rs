//! Records as callers write them in JSON: read strictly into a [`RecordBody`].
//!
//! What two readers could understand in two ways is refused: a member twice (also in other case or
//! behind `\u` escapes), a name that is none, a number that would lose digits, an `attributes` that
//! says more than a type. Which names the org knows, and which may be set, is for `footprint`.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use super::reference::is_name;
use super::{
    FieldName, FieldValue, ObjectName, ParentKey, RecordBody, Reference, RelationshipName,
};

/// The most members of one record; an object has at most 800 custom fields.
const MOST_MEMBERS: usize = 1_000;

/// What a record may hold at the place where it stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// Text that is one whole reference to another part is that reference, and text that holds one
    /// beside other characters is refused: parts of a composite or a graph. Elsewhere `@{` is text.
    pub references: bool,
    /// It may have children and an `attributes.referenceId`: a node of a tree.
    pub node: bool,
}

/// A record as it was written.
#[derive(Debug)]
pub struct WrittenRecord<'a> {
    /// `attributes.type`, which must be the object that is written to; see [`Self::of`].
    pub object: Option<ObjectName>,
    /// `attributes.referenceId`, in a tree.
    pub reference: Option<String>,
    /// Its fields and parents. An `Id` among them is the caller's to take out or refuse.
    pub body: RecordBody,
    /// Its children, in a tree: what stands in `records`, each a record to be read with [`read`].
    pub children: Vec<(RelationshipName, Vec<&'a RawValue>)>,
}

/// A record that can't be read. Every text names the member.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// Something else than an object.
    #[error(
        "a record is an object from field names to values, for example {{\"LastName\":\"Ray\"}}"
    )]
    NotAnObject,
    /// An object that can't be read as JSON.
    #[error("the record is not JSON that can be read: {0}")]
    Json(String),
    /// More members than an object has fields.
    #[error("the record has more than {MOST_MEMBERS} members")]
    TooMany,
    /// A member that can be no field.
    #[error("`{0}` is not the name of a field or a relationship")]
    Name(String),
    /// The same name in another spelling.
    #[error("`{0}` stands twice, perhaps in other case")]
    Twice(String),
    /// `attributes` with something else than a type.
    #[error("`{place}` may hold only {holds}")]
    Attributes {
        /// The member, as a path.
        place: String,
        /// What would be right.
        holds: &'static str,
    },
    /// `attributes.type` names another object than the operation does.
    #[error("`attributes.type` is `{written}`, but the record is written to `{object}`")]
    OtherType {
        /// As written.
        written: ObjectName,
        /// What the operation is about.
        object: ObjectName,
    },
    /// An object that names no parent.
    #[error(
        "`{0}` must name a parent by one external id: \
         {{\"Account\":{{\"ExternalKey__c\":\"A-1\"}}}}, perhaps with `attributes.type`"
    )]
    Parent(String),
    /// Child records where there can be none.
    #[error(
        "`{0}` holds a list: child records may stand only in a tree of records, as {{\"records\":[…]}}"
    )]
    Children(String),
    /// A number that a 64-bit integer or float can't hold.
    #[error("the number in `{0}` would lose digits: write it as text")]
    Number(String),
    /// A reference beside other text.
    #[error(
        "`{0}` holds `@{{`: in a composite a value is one whole reference, such as `@{{ref.id}}`, or \
         has none"
    )]
    Reference(String),
}

impl WrittenRecord<'_> {
    /// What is set, for a record that is written to `object`.
    pub fn of(self, object: &ObjectName) -> Result<RecordBody, BodyError> {
        agree(self.object, object)?;
        Ok(self.body)
    }
}

/// Whether the type that a record names, if any, is the object that it is written to.
pub fn agree(written: Option<ObjectName>, object: &ObjectName) -> Result<(), BodyError> {
    match written {
        Some(written) if written != *object => {
            Err(BodyError::OtherType { written, object: object.clone() })
        }
        Some(_) | None => Ok(()),
    }
}

/// Reads one record from JSON.
pub fn read(json: &str, rules: Rules) -> Result<WrittenRecord<'_>, BodyError> {
    let mut record = WrittenRecord {
        object: None,
        reference: None,
        body: RecordBody::default(),
        children: Vec::new(),
    };
    for (name, value) in members(json)? {
        if name == "attributes" {
            let (object, reference) = attributes("attributes", value, rules)?;
            (record.object, record.reference) = (object, reference);
        } else if name.eq_ignore_ascii_case("attributes") {
            return Err(BodyError::Name(shown(&name)));
        } else {
            member(&mut record, &name, value, rules)?;
        }
    }
    Ok(record)
}

fn member<'a>(
    record: &mut WrittenRecord<'a>,
    name: &str,
    value: &'a RawValue,
    rules: Rules,
) -> Result<(), BodyError> {
    let not_a_name = |_| BodyError::Name(shown(name));
    if !value.get().starts_with(['{', '[']) {
        let field = FieldName::parse(name).map_err(not_a_name)?;
        record.body.values.push((field, scalar(name, value, rules)?));
        return Ok(());
    }
    let relationship = RelationshipName::parse(name).map_err(not_a_name)?;
    if value.get().starts_with('[') {
        return Err(BodyError::Children(name.to_owned()));
    }
    let members = members(value.get())?;
    if members.iter().any(|(name, _)| name.eq_ignore_ascii_case("records")) {
        let children = rules.node.then(|| records(&members)).flatten();
        let children = children.ok_or_else(|| BodyError::Children(name.to_owned()))?;
        record.children.push((relationship, children));
    } else {
        let parent = parent(name, members, rules)?;
        record.body.parents.push((relationship, parent));
    }
    Ok(())
}

/// The elements of `{"records":[…]}`.
fn records<'a>(members: &[(Cow<'a, str>, &'a RawValue)]) -> Option<Vec<&'a RawValue>> {
    match members {
        [(name, list)] if name == "records" => serde_json::from_str(list.get()).ok(),
        _ => None,
    }
}

fn parent(
    name: &str,
    members: Vec<(Cow<'_, str>, &RawValue)>,
    rules: Rules,
) -> Result<ParentKey, BodyError> {
    let mut object = None;
    let mut key = None;
    for (member, value) in members {
        if member == "attributes" {
            let place = format!("{name}.attributes");
            (object, _) = attributes(&place, value, Rules { node: false, ..rules })?;
            continue;
        }
        let place = format!("{name}.{}", shown(&member));
        let field =
            FieldName::parse(&member).map_err(|_not_a_name| BodyError::Name(place.clone()))?;
        if value.get().starts_with(['{', '[']) || key.is_some() {
            return Err(BodyError::Parent(name.to_owned()));
        }
        key = Some((field, scalar(&place, value, rules)?));
    }
    let (field, value) = key.ok_or_else(|| BodyError::Parent(name.to_owned()))?;
    Ok(ParentKey { object, field, value })
}

/// `attributes`: the type, and in a tree the reference. `url` is what Salesforce answers with, so
/// records that were read and changed have it; it says nothing.
fn attributes(
    place: &str,
    value: &RawValue,
    rules: Rules,
) -> Result<(Option<ObjectName>, Option<String>), BodyError> {
    let holds = if rules.node { "`type` and `referenceId`, both text" } else { "`type`, a text" };
    let wrong = || BodyError::Attributes { place: place.to_owned(), holds };
    let (mut object, mut reference) = (None, None);
    if !value.get().starts_with('{') {
        return Err(wrong());
    }
    for (name, value) in members(value.get())? {
        let text: String = serde_json::from_str(value.get()).map_err(|_not_text| wrong())?;
        match &*name {
            "type" => object = Some(ObjectName::parse(&text).map_err(|_not_a_name| wrong())?),
            "referenceId" if rules.node && is_name(&text) => reference = Some(text),
            "url" => {}
            _ => return Err(wrong()),
        }
    }
    Ok((object, reference))
}

/// A value that is text, a number, a boolean or null, and that will be sent exactly as it was
/// written. `member` is what errors call it.
pub fn scalar(member: &str, value: &RawValue, rules: Rules) -> Result<FieldValue, BodyError> {
    let text = value.get();
    let number = text.starts_with(|first: char| first == '-' || first.is_ascii_digit());
    let value: Value = serde_json::from_str(text)
        .map_err(|error| if number { BodyError::Number(shown(member)) } else { json(&error) })?;
    match value {
        Value::Number(number) if decimal(text) != decimal(&number.to_string()) => {
            Err(BodyError::Number(shown(member)))
        }
        Value::String(text) if rules.references && Reference::is_in(&text) => {
            let reference = Reference::parse(&text);
            reference.map(FieldValue::Reference).ok_or_else(|| BodyError::Reference(shown(member)))
        }
        value @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => {
            Ok(FieldValue::Json(value))
        }
        Value::Array(_) | Value::Object(_) => Err(BodyError::Children(shown(member))),
    }
}

/// The members of an object, in the order in which they were written, no name twice.
pub(super) fn members(text: &str) -> Result<Vec<(Cow<'_, str>, &RawValue)>, BodyError> {
    if !text.trim_start().starts_with('{') {
        return Err(BodyError::NotAnObject);
    }
    let Members(members) = serde_json::from_str(text).map_err(|error| json(&error))?;
    if members.len() > MOST_MEMBERS {
        return Err(BodyError::TooMany);
    }
    let mut known = BTreeSet::new();
    for (name, _) in &members {
        if !known.insert(name.to_ascii_lowercase()) {
            return Err(BodyError::Twice(shown(name)));
        }
    }
    Ok(members)
}

struct Members<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            // One more than may be, which the caller tells from as many as may be.
            if members.len() <= MOST_MEMBERS {
                members.push(member);
            }
        }
        Ok(Members(members))
    }
}

fn json(error: &serde_json::Error) -> BodyError {
    // The position is within text that was cut out of a longer one; it would mislead.
    let text = error.to_string();
    let text = text.rsplit_once(" at line ").map_or(text.as_str(), |(text, _)| text);
    BodyError::Json(text.chars().take(200).collect())
}

pub(super) fn shown(name: &str) -> String {
    name.chars().take(80).flat_map(char::escape_debug).collect()
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

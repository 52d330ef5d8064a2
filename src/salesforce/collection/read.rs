//! The bodies of requests on several records, read strictly.
//!
//! As with a single record, what two readers could understand in two ways is refused: a member
//! twice, an unknown member, an `attributes.type` that disagrees with the address. Ids and keys are
//! taken out of the records; whether the org knows the rest is for `footprint`.

use std::collections::BTreeSet;

use serde_json::Value;
use serde_json::value::RawValue;

use super::{CollectionOperation, MOST_LEVELS, TreeRecord};
use crate::salesforce::body::{self, BodyError, Rules, WrittenRecord, members, shown};
use crate::salesforce::{
    FieldName, FieldValue, ObjectName, RecordBody, RecordId, RecordIdError, RelationshipName,
};
use crate::soql::ast::Path;

/// A body that can't be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CollectionError {
    /// Around the records.
    #[error("expected {0}")]
    Form(&'static str),
    /// The body itself.
    #[error(transparent)]
    Body(#[from] BodyError),
    /// A record that can't be read.
    #[error("record {at}: {error}")]
    Record {
        /// Which, from 1; in a tree, among its siblings.
        at: usize,
        /// Why.
        error: BodyError,
    },
    /// A record of which nobody says what it is.
    #[error("record {0}: say its object in `attributes`: {{\"type\":\"Contact\"}}")]
    NoType(usize),
    /// A record without the member that names it.
    #[error("record {at}: give `{member}`, which says which record is meant")]
    NoKey {
        /// Which, from 1.
        at: usize,
        /// `id`, or the external id field.
        member: String,
    },
    /// An id that is none.
    #[error("record {at}: {error}")]
    Id {
        /// Which, from 1.
        at: usize,
        /// Why.
        error: RecordIdError,
    },
    /// A record of a tree without a name.
    #[error(
        "record {0}: give `attributes` with `type` and a `referenceId` of letters, digits and \
         underscores"
    )]
    NoReference(usize),
    /// Two records of a tree with one name.
    #[error("`referenceId` `{0}` stands twice")]
    ReferenceTwice(String),
    /// A field list with something else in it.
    #[error("`{0}` is not a field name or a path to one")]
    Field(String),
    /// A tree that is too deep.
    #[error("a tree has at most {MOST_LEVELS} levels")]
    TooDeep,
}

type Result<T> = std::result::Result<T, CollectionError>;

const RECORDS: &str = "a list of records, each an object from field names to values";

/// `{"allOrNone":…, "records":[…]}`: whether a failure undoes all, and the list as it was written.
pub fn body(json: &str) -> Result<(bool, &str)> {
    const FORM: CollectionError =
        CollectionError::Form("`allOrNone`, true or false, and `records`, nothing else");
    let mut all_or_none = false;
    let mut records = None;
    for (name, value) in members(json)? {
        match (&*name, value.get()) {
            ("allOrNone", "true") => all_or_none = true,
            ("allOrNone", "false") => {}
            ("records", list) => records = Some(list),
            _ => return Err(FORM),
        }
    }
    Ok((all_or_none, records.ok_or(FORM)?))
}

/// `{"ids":[…], "fields":[…]}`, a read by POST.
pub fn wanted(json: &str) -> Result<(Vec<RecordId>, Vec<Path>)> {
    const FORM: CollectionError =
        CollectionError::Form("`ids` and `fields`, each a list of text, nothing else");
    let (mut ids, mut fields) = (None, None);
    for (name, value) in members(json)? {
        let list: Vec<String> = serde_json::from_str(value.get()).map_err(|_unlike| FORM)?;
        match &*name {
            "ids" => ids = Some(self::ids(list.iter().map(String::as_str))?),
            "fields" => fields = Some(list.iter().map(|f| field(f)).collect::<Result<Vec<_>>>()?),
            _ => return Err(FORM),
        }
    }
    let fields = fields.filter(|fields| !fields.is_empty());
    Ok((ids.ok_or(FORM)?, fields.ok_or(FORM)?))
}

/// Ids, each as text.
pub fn ids<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<Vec<RecordId>> {
    let numbered = (1..).zip(texts);
    numbered.map(|(at, text)| id(at, text)).collect()
}

fn id(at: usize, text: &str) -> Result<RecordId> {
    RecordId::parse(text).map_err(|error| CollectionError::Id { at, error })
}

fn field(text: &str) -> Result<Path> {
    Path::read(text).ok_or_else(|| CollectionError::Field(shown(text)))
}

/// New records: of `object` where it is given, else of what each says.
pub fn create(
    all_or_none: bool,
    object: Option<&ObjectName>,
    records: &str,
    rules: Rules,
) -> Result<CollectionOperation> {
    let records = each(records, rules, |at, record| typed(at, object, record))?;
    Ok(CollectionOperation::CreateMany { all_or_none, records })
}

/// Changes of records, each named by its `id`: of `object` where it is given, else of what each
/// says.
pub fn update(
    all_or_none: bool,
    object: Option<&ObjectName>,
    records: &str,
    rules: Rules,
) -> Result<CollectionOperation> {
    let records = each(records, rules, |at, record| {
        let (object, mut body) = typed(at, object, record)?;
        let is_id = |name: &FieldName| name.as_str().eq_ignore_ascii_case("Id");
        let given = take(&mut body, is_id);
        let Some(FieldValue::Json(Value::String(text))) = given else {
            return Err(CollectionError::NoKey { at, member: "id".to_owned() });
        };
        Ok((object, id(at, &text)?, body))
    })?;
    Ok(CollectionOperation::UpdateMany { all_or_none, records })
}

/// Records that an external id names.
pub fn upsert(
    all_or_none: bool,
    object: ObjectName,
    field: FieldName,
    records: &str,
    rules: Rules,
) -> Result<CollectionOperation> {
    let records = each(records, rules, |at, record| {
        let (_, mut body) = typed(at, Some(&object), record)?;
        let value = take(&mut body, |name| *name == field).filter(|value| !value.is_null());
        let no_key = || CollectionError::NoKey { at, member: field.to_string() };
        Ok((value.ok_or_else(no_key)?, body))
    })?;
    Ok(CollectionOperation::UpsertMany { all_or_none, object, field, records })
}

/// New records of `object` with their children; `json` is `{"records":[…]}`.
pub fn tree_body(object: ObjectName, json: &str, rules: Rules) -> Result<CollectionOperation> {
    match members(json)?.as_slice() {
        [(name, list)] if name == "records" => tree(object, list.get(), rules),
        _ => Err(CollectionError::Form("`records`, nothing else")),
    }
}

/// New records of `object` with their children; `records` is the list.
pub fn tree(object: ObjectName, records: &str, rules: Rules) -> Result<CollectionOperation> {
    let mut known = BTreeSet::new();
    let records = nodes(&elements(records)?, Rules { node: true, ..rules }, &mut known, 1)?;
    Ok(CollectionOperation::Tree { object, records })
}

fn nodes(
    list: &[&RawValue],
    rules: Rules,
    known: &mut BTreeSet<String>,
    level: usize,
) -> Result<Vec<TreeRecord>> {
    if level > MOST_LEVELS {
        return Err(CollectionError::TooDeep);
    }
    let mut records = Vec::with_capacity(list.len());
    for (at, json) in (1..).zip(list) {
        let WrittenRecord { object, reference, body, children } = one(at, json, rules)?;
        let reference = reference.ok_or(CollectionError::NoReference(at))?;
        if !known.insert(reference.clone()) {
            return Err(CollectionError::ReferenceTwice(reference));
        }
        let beneath = children
            .into_iter()
            .map(|(name, list)| Ok((name, nodes(&list, rules, known, level.saturating_add(1))?)));
        let children = beneath.collect::<Result<Vec<(RelationshipName, _)>>>()?;
        records.push(TreeRecord { reference, object, body, children });
    }
    Ok(records)
}

fn elements(records: &str) -> Result<Vec<&RawValue>> {
    serde_json::from_str(records).map_err(|_unlike| CollectionError::Form(RECORDS))
}

fn each<T>(
    records: &str,
    rules: Rules,
    mut read: impl FnMut(usize, WrittenRecord<'_>) -> Result<T>,
) -> Result<Vec<T>> {
    let rules = Rules { node: false, ..rules };
    let numbered = (1..).zip(elements(records)?);
    numbered.map(|(at, json)| read(at, one(at, json, rules)?)).collect()
}

fn one(at: usize, json: &RawValue, rules: Rules) -> Result<WrittenRecord<'_>> {
    body::read(json.get(), rules).map_err(|error| CollectionError::Record { at, error })
}

fn typed(
    at: usize,
    object: Option<&ObjectName>,
    record: WrittenRecord<'_>,
) -> Result<(ObjectName, RecordBody)> {
    let object = object.cloned().or_else(|| record.object.clone());
    let object = object.ok_or(CollectionError::NoType(at))?;
    let body = record.of(&object).map_err(|error| CollectionError::Record { at, error })?;
    Ok((object, body))
}

/// Takes a value out of a record.
fn take(body: &mut RecordBody, is: impl Fn(&FieldName) -> bool) -> Option<FieldValue> {
    let at = body.values.iter().position(|(name, _)| is(name))?;
    Some(body.values.remove(at).1)
}

//! What Salesforce answers when it is asked for an object or a field: exactly one row, of the id that
//! was asked for, whose names agree with each other. Anything else is no answer.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::field::{self, FieldDefinition, PicklistValue};
use super::members::{
    DefinitionError, FieldMembers, FieldType, Kept, Literal, ObjectMembers, Scalar,
};
use super::object::{self, KEPT_OF_NAME, ObjectDefinition};
use super::{FieldRef, OBJECT_PREFIX, refused};
use crate::salesforce::{FieldName, ObjectName, RecordId};

type Changed<T> = Result<T, DefinitionError>;

/// The rows of a lookup.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Rows<T> {
    total_size: u64,
    done: bool,
    records: Vec<T>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct FoundObject {
    id: RecordId,
    developer_name: String,
    namespace_prefix: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct FoundField {
    id: RecordId,
    developer_name: String,
    namespace_prefix: Option<String>,
    table_enum_or_id: String,
    full_name: String,
}

/// A record with its definition.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Opened {
    id: RecordId,
    full_name: String,
    metadata: Map<String, Value>,
}

/// The only row, or none; `None` for an answer that is neither.
#[expect(clippy::option_option, reason = "no answer, no row, a row")]
fn row<T: for<'a> Deserialize<'a>>(answer: &[u8]) -> Option<Option<T>> {
    let mut rows: Rows<T> = serde_json::from_slice(answer).ok()?;
    let row = rows.records.pop();
    let one = u64::from(row.is_some());
    (rows.done && rows.total_size == one && rows.records.is_empty()).then_some(row)
}

/// `Region__c`, or `ns__Region__c`.
fn api_name(namespace: Option<&str>, developer_name: &str) -> String {
    match namespace {
        Some(namespace) if !namespace.is_empty() => format!("{namespace}__{developer_name}__c"),
        Some(_) | None => format!("{developer_name}__c"),
    }
}

fn object_name(row: &FoundObject) -> Option<ObjectName> {
    ObjectName::parse(&api_name(row.namespace_prefix.as_deref(), &row.developer_name)).ok()
}

/// The object behind an id.
#[expect(clippy::option_option, reason = "as in `row`")]
pub(super) fn object(answer: &[u8], id: &RecordId) -> Option<Option<ObjectName>> {
    let Some(row) = row::<FoundObject>(answer)? else { return Some(None) };
    if row.id != *id {
        return None;
    }
    object_name(&row).map(Some)
}

/// The id of an object.
#[expect(clippy::option_option, reason = "as in `row`")]
pub(super) fn object_id(answer: &[u8], object: &ObjectName) -> Option<Option<RecordId>> {
    let Some(row) = row::<FoundObject>(answer)? else { return Some(None) };
    let same = object_name(&row)? == *object && row.id.key_prefix() == OBJECT_PREFIX;
    same.then_some(Some(row.id))
}

/// The field behind an id. Salesforce tells the object in two ways, and the field too.
#[expect(clippy::option_option, reason = "as in `row`")]
pub(super) fn field(answer: &[u8], id: &RecordId) -> Option<Option<FieldRef>> {
    let Some(row) = row::<FoundField>(answer)? else { return Some(None) };
    let found = field_ref(&row.full_name)?;
    let name = api_name(row.namespace_prefix.as_deref(), &row.developer_name);
    // The id of a custom object, or the name of a standard one.
    let table = &row.table_enum_or_id;
    let is_object = |id: RecordId| id.key_prefix() == OBJECT_PREFIX;
    let of_object = found.object.as_str().eq_ignore_ascii_case(table)
        || super::is_custom(&found.object) && RecordId::parse(table).is_ok_and(is_object);
    let agrees = row.id == *id && of_object && found.field.as_str().eq_ignore_ascii_case(&name);
    agrees.then_some(Some(found))
}

fn field_ref(full_name: &str) -> Option<FieldRef> {
    let (object, field) = full_name.split_once('.')?;
    Some(FieldRef { object: ObjectName::parse(object).ok()?, field: FieldName::parse(field).ok()? })
}

/// A change laid over the object that there is; `None` where the answer is not about that object.
pub(super) fn changed_object(
    answer: &[u8],
    id: &RecordId,
    object: &ObjectName,
    changes: ObjectMembers,
) -> Option<Changed<ObjectDefinition>> {
    let opened: Opened = serde_json::from_slice(answer).ok()?;
    if opened.id != *id || !opened.full_name.eq_ignore_ascii_case(object.as_str()) {
        return None;
    }
    let current = current_object(opened.metadata);
    Some(current.and_then(|current| ObjectDefinition::changed(current, changes)))
}

/// A change laid over the field that there is; `None` where the answer is not about that field.
pub(super) fn changed_field(
    answer: &[u8],
    id: &RecordId,
    field: &FieldRef,
    changes: FieldMembers,
) -> Option<Changed<FieldDefinition>> {
    let opened: Opened = serde_json::from_slice(answer).ok()?;
    if opened.id != *id || field_ref(&opened.full_name)? != *field {
        return None;
    }
    let current = current_field(opened.metadata);
    Some(current.and_then(|current| FieldDefinition::changed(current, changes)))
}

/// Members of an object that a change carries over: text, a number or a boolean each.
const KEPT_OF_OBJECT: [&str; 23] = [
    "allowInChatterGroups",
    "compactLayoutAssignment",
    "customHelp",
    "customHelpPage",
    "deprecated",
    "enableActivities",
    "enableBulkApi",
    "enableChangeDataCapture",
    "enableDivisions",
    "enableEnhancedLookup",
    "enableFeeds",
    "enableHistory",
    "enableLicensing",
    "enableReports",
    "enableSearch",
    "enableSharing",
    "enableStreamingApi",
    "externalSharingModel",
    "gender",
    "household",
    "recordTypeTrackHistory",
    "startsWith",
    "visibility",
];

/// Members of a field that a change carries over.
const KEPT_OF_FIELD: [&str; 20] = [
    "businessOwnerGroup",
    "businessOwnerUser",
    "businessStatus",
    "caseSensitive",
    "complianceGroup",
    "deleteConstraint",
    "deprecated",
    "displayLocationInDecimal",
    "isAIPredictionField",
    "isConvertLeadDisabled",
    "isFilteringDisabled",
    "isNameField",
    "isSortingDisabled",
    "populateExistingRows",
    "relationshipLabel",
    "securityClassification",
    "stripMarkup",
    "trackFeedHistory",
    "trackHistory",
    "trackTrending",
];

/// Takes the members that are carried over out of a definition.
fn kept(metadata: &mut Map<String, Value>, names: &[&'static str]) -> Changed<Kept> {
    let mut kept = Kept::new();
    for name in names {
        if let Some(value) = metadata.remove(*name) {
            kept.insert(name, Scalar::of(&value).ok_or(DefinitionError::NotCarried(name))?);
        }
    }
    Ok(kept)
}

/// Members that say nothing.
fn without_empty(metadata: &mut Map<String, Value>) {
    metadata.retain(|_, value| match value {
        Value::Null => false,
        Value::Array(elements) => !elements.is_empty(),
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => true,
    });
}

fn take_text(metadata: &mut Map<String, Value>, name: &'static str) -> Changed<Option<String>> {
    match metadata.remove(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(DefinitionError::NotCarried(name)),
    }
}

const FURTHER: DefinitionError = DefinitionError::NotCarried("members that are not known here");

fn current_object(mut metadata: Map<String, Value>) -> Changed<object::Current> {
    without_empty(&mut metadata);
    let mut members = ObjectMembers {
        label: take_text(&mut metadata, "label")?,
        plural_label: take_text(&mut metadata, "pluralLabel")?,
        sharing_model: take_text(&mut metadata, "sharingModel")?,
        deployment_status: take_text(&mut metadata, "deploymentStatus")?,
        description: take_text(&mut metadata, "description")?,
        ..ObjectMembers::default()
    };
    let Some(Value::Object(mut name)) = metadata.remove("nameField") else {
        return Err(DefinitionError::NotCarried("a name of another form"));
    };
    without_empty(&mut name);
    members.name_label = take_text(&mut name, "label")?;
    members.name_format = take_text(&mut name, "displayFormat")?;
    let known = match take_text(&mut name, "type")?.as_deref() {
        Some("AutoNumber") => members.name_format.is_some(),
        Some("Text") => members.name_format.is_none(),
        Some(_) | None => false,
    };
    let kept_of_name = kept(&mut name, &KEPT_OF_NAME)?;
    let kept = kept(&mut metadata, &KEPT_OF_OBJECT)?;
    if !known || !name.is_empty() || !metadata.is_empty() {
        return Err(FURTHER);
    }
    Ok(object::Current { members, name: kept_of_name, kept })
}

fn current_field(mut metadata: Map<String, Value>) -> Changed<field::Current> {
    without_empty(&mut metadata);
    if metadata.keys().any(|name| name != "valueSet" && refused::member(name).is_some()) {
        let what =
            "a formula, a roll-up, encryption, a filter or another part that is never written";
        return Err(DefinitionError::NotCarried(what));
    }
    let mut current = field::Current::default();
    if let Some(set) = metadata.remove("valueSet") {
        read_values(set, &mut current)?;
    }
    let default = metadata.remove("defaultValue");
    current.kept = kept(&mut metadata, &KEPT_OF_FIELD)?;
    let restricted = current.members.restricted;
    let members: FieldMembers =
        serde_json::from_value(Value::Object(metadata)).map_err(|_not_known| FURTHER)?;
    // These stand in the value set.
    if members.picklist_values.is_some() || members.restricted.is_some() {
        return Err(FURTHER);
    }
    current.members = FieldMembers { restricted, ..members };
    if let (Some(value), Some(kind)) = (default, current.members.r#type) {
        let literal = literal(&value, kind);
        let formula = DefinitionError::NotCarried("a default value that is a formula");
        current.members.default_value = Some(literal.ok_or(formula)?);
    }
    Ok(current)
}

/// A default value, which the org keeps as a formula, where that is a literal.
fn literal(value: &Value, kind: FieldType) -> Option<Literal> {
    let text = match value {
        Value::Bool(ticked) => return Some(Literal::Bool(*ticked)),
        Value::Number(number) => return Some(Literal::Number(number.clone())),
        Value::String(text) => text,
        Value::Null | Value::Array(_) | Value::Object(_) => return None,
    };
    let literal = if kind == FieldType::Checkbox {
        matches!(text.as_str(), "true" | "false").then_some(text.as_str())
    } else if kind.is_number() {
        field::is_decimal(text).then_some(text.as_str())
    } else {
        let inner = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        inner.filter(|inner| !inner.contains(['"', '\\']))
    };
    literal.map(|text| Literal::Text(text.to_owned()))
}

fn read_values(set: Value, current: &mut field::Current) -> Changed<()> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase", deny_unknown_fields)]
    struct Set {
        restricted: Option<bool>,
        value_set_definition: Option<List>,
        controlling_field: Option<Value>,
        value_set_name: Option<Value>,
        value_settings: Option<Vec<Value>>,
    }
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct List {
        sorted: Option<bool>,
        value: Vec<Entry>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase", deny_unknown_fields)]
    struct Entry {
        #[serde(alias = "fullName")]
        value_name: String,
        label: Option<String>,
        default: Option<bool>,
        is_active: Option<bool>,
        color: Option<String>,
        description: Option<String>,
        #[serde(rename = "urls")]
        urls: Option<Value>,
    }
    let set: Set = serde_json::from_value(set).map_err(|_not_known| FURTHER)?;
    let dependent =
        set.controlling_field.is_some() || set.value_settings.is_some_and(|s| !s.is_empty());
    if dependent || set.value_set_name.is_some() {
        let what = "values that depend on another field or come from a global value set";
        return Err(DefinitionError::NotCarried(what));
    }
    let list = set.value_set_definition.ok_or(FURTHER)?;
    current.members.restricted = set.restricted;
    current.sorted = list.sorted.unwrap_or(false);
    for entry in list.value {
        if entry.urls.is_some() {
            return Err(FURTHER);
        }
        current.values.push(PicklistValue {
            label: entry.label.unwrap_or_else(|| entry.value_name.clone()),
            name: entry.value_name,
            default: entry.default.unwrap_or(false),
            active: entry.is_active,
            color: entry.color,
            description: entry.description,
        });
    }
    Ok(())
}

/// The types of fields that are shown and never made.
const SHOWN_TYPES: [&str; 12] = [
    "AutoNumber",
    "EncryptedText",
    "ExternalLookup",
    "File",
    "Hierarchy",
    "IndirectLookup",
    "Location",
    "MasterDetail",
    "MetadataRelationship",
    "Summary",
    "Time",
    "Address",
];

/// Of a field's definition what is shown: the members that `createCustomField` takes, each of its own
/// type, and the types that it doesn't make. A default value is shown where it is a literal.
pub fn shown_definition(mut metadata: Map<String, Value>) -> FieldShown {
    without_empty(&mut metadata);
    let mut shown = FieldShown::default();
    let values = metadata.remove("valueSet").and_then(|set| {
        let mut current = field::Current::default();
        read_values(set, &mut current).ok()?;
        Some(current)
    });
    if let Some(current) = values {
        let default = current.values.iter().find(|value| value.default);
        shown.members.default_value = default.map(|value| Literal::Text(value.name.clone()));
        let active = current.values.into_iter().filter(|value| value.active != Some(false));
        shown.members.picklist_values = Some(active.map(|value| value.name).collect());
        shown.members.restricted = current.members.restricted;
    }
    let mut text = |name: &'static str| take_text(&mut metadata, name).ok().flatten();
    let kind = text("type").unwrap_or_default();
    shown.members.label = text("label");
    shown.members.description = text("description");
    shown.members.inline_help_text = text("inlineHelpText");
    shown.members.reference_to = text("referenceTo").and_then(|name| ObjectName::parse(&name).ok());
    shown.members.relationship_name = text("relationshipName")
        .filter(|name| crate::salesforce::RelationshipName::parse(name).is_ok());
    shown.members.r#type = serde_json::from_value(Value::from(kind.as_str())).ok();
    shown.other_type = SHOWN_TYPES.into_iter().find(|known| *known == kind);
    let number = |name: &str| metadata.get(name).and_then(Value::as_u64)?.try_into().ok();
    let flag = |name: &str| metadata.get(name).and_then(Value::as_bool);
    shown.members.length = number("length");
    shown.members.precision = number("precision");
    shown.members.scale = number("scale");
    shown.members.visible_lines = number("visibleLines");
    shown.members.required = flag("required");
    shown.members.unique = flag("unique");
    shown.members.external_id = flag("externalId");
    if let (Some(value), Some(kind)) = (metadata.get("defaultValue"), shown.members.r#type) {
        shown.members.default_value = literal(value, kind);
    }
    shown.calculated = metadata.contains_key("formula") || kind == "Summary";
    shown
}

/// A field as it is shown.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FieldShown {
    /// What `createCustomField` takes.
    pub members: FieldMembers,
    /// A type that it doesn't make.
    pub other_type: Option<&'static str>,
    /// It is computed; how is not shown.
    pub calculated: bool,
}

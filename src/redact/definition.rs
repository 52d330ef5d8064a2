//! Answers of the Tooling API, in our own short form: only permitted fields, and of a definition only
//! what a caller could have written itself.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{Pruned, RedactError, Visible, text};
use crate::footprint::{Action, Footprint, Target};
use crate::salesforce::metadata::{
    FIELD_PREFIX, FieldRef, FieldShown, Literal, MetadataOperation, OBJECT_PREFIX, Sought,
    shown_definition,
};
use crate::salesforce::{FieldName, ObjectName, RecordId};

pub(super) fn prune(
    operation: &MetadataOperation,
    _footprint: &Footprint,
    visible: Visible<'_>,
    body: &[u8],
) -> Result<Pruned, RedactError> {
    match operation {
        // What a lookup tells is for the operation that needs it.
        MetadataOperation::FindObject(_)
        | MetadataOperation::FindField { .. }
        | MetadataOperation::OpenObject { .. }
        | MetadataOperation::OpenField { .. } => Ok(Pruned::whole("{}".to_owned(), 0)),
        MetadataOperation::CreateObject { .. } => created(OBJECT_PREFIX, body),
        MetadataOperation::CreateField { .. } => created(FIELD_PREFIX, body),
        MetadataOperation::UpdateObject { id, .. }
        | MetadataOperation::DeleteObject { id, .. }
        | MetadataOperation::UpdateField { id, .. }
        | MetadataOperation::DeleteField { id, .. } => Ok(done(id)),
        MetadataOperation::ListFields { object, table } => list(object, table, visible, body),
        MetadataOperation::GetField { id, field: Sought::Found(field) } => {
            one(id, field, visible, body)
        }
        MetadataOperation::GetField { field: Sought::Unasked | Sought::Missing, .. } => {
            Err(RedactError)
        }
    }
}

fn done(id: &RecordId) -> Pruned {
    Pruned::whole(format!("{{\"id\":\"{id}\",\"success\":true}}"), 1)
}

fn created(prefix: &str, body: &[u8]) -> Result<Pruned, RedactError> {
    #[derive(Deserialize)]
    struct Created {
        id: RecordId,
        success: bool,
    }
    let Created { id, success } = read(body)?;
    if success && id.key_prefix() == prefix { Ok(done(&id)) } else { Err(RedactError) }
}

fn read<'de, T: Deserialize<'de>>(body: &'de [u8]) -> Result<T, RedactError> {
    serde_json::from_slice(body).map_err(|_not_understood| RedactError)
}

#[derive(Deserialize)]
struct Rows {
    done: bool,
    records: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Row {
    id: RecordId,
    developer_name: String,
    namespace_prefix: Option<String>,
    table_enum_or_id: String,
}

impl Row {
    /// The field, if the row is about the object.
    fn field(&self, object: &ObjectName, table: &Sought<RecordId>) -> Option<FieldName> {
        let of_object = match table {
            Sought::Found(id) => RecordId::parse(&self.table_enum_or_id).ok()? == *id,
            Sought::Unasked | Sought::Missing => {
                self.table_enum_or_id.eq_ignore_ascii_case(object.as_str())
            }
        };
        let name = match self.namespace_prefix.as_deref() {
            Some(namespace) if !namespace.is_empty() => {
                format!("{namespace}__{}__c", self.developer_name)
            }
            Some(_) | None => format!("{}__c", self.developer_name),
        };
        let own = of_object && self.id.key_prefix() == FIELD_PREFIX;
        FieldName::parse(&name).ok().filter(|_| own)
    }
}

fn list(
    object: &ObjectName,
    table: &Sought<RecordId>,
    visible: Visible<'_>,
    body: &[u8],
) -> Result<Pruned, RedactError> {
    let rows: Rows = read(body)?;
    let mut out = Pruned { more: !rows.done, ..Pruned::default() };
    let mut shown = Vec::new();
    for row in &rows.records {
        let permitted = row.field(object, table).filter(|field| {
            visible(Action::ReadMetadata, &Target::Field(object.clone(), field.clone()))
        });
        match permitted {
            Some(field) => {
                out.rows = out.rows.saturating_add(1);
                shown.push(serde_json::json!({
                    "id": row.id.as_str(),
                    "object": object.as_str(),
                    "name": field.as_str(),
                }));
            }
            None => out.dropped = out.dropped.saturating_add(1),
        }
    }
    out.json = serde_json::json!({ "customFields": shown }).to_string();
    Ok(out)
}

fn one(
    id: &RecordId,
    field: &FieldRef,
    visible: Visible<'_>,
    body: &[u8],
) -> Result<Pruned, RedactError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Opened {
        id: RecordId,
        full_name: String,
        metadata: Map<String, Value>,
    }
    let opened: Opened = read(body)?;
    let full_name = format!("{}.{}", field.object, field.field);
    if opened.id != *id || !opened.full_name.eq_ignore_ascii_case(&full_name) {
        return Err(RedactError);
    }
    let shown = definition(shown_definition(opened.metadata), visible);
    let json = serde_json::json!({
        "id": id.as_str(),
        "object": field.object.as_str(),
        "name": field.field.as_str(),
        "definition": shown,
    });
    Ok(Pruned::whole(json.to_string(), 1))
}

/// The definition in the words that `createCustomField` takes.
fn definition(shown: FieldShown, visible: Visible<'_>) -> Value {
    let FieldShown { members, other_type, calculated } = shown;
    let mut printed = Map::new();
    let mut put = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            printed.insert(name.to_owned(), value);
        }
    };
    let text = |value: Option<String>| value.map(|value| Value::from(text::shown(&value)));
    let kind = members.r#type.map(|kind| kind.name()).or(other_type);
    put("label", text(members.label));
    put("type", kind.map(Value::from));
    put("length", members.length.map(Value::from));
    put("precision", members.precision.map(Value::from));
    put("scale", members.scale.map(Value::from));
    put("visibleLines", members.visible_lines.map(Value::from));
    put("required", members.required.map(Value::from));
    put("unique", members.unique.map(Value::from));
    put("externalId", members.external_id.map(Value::from));
    put("description", text(members.description));
    put("inlineHelpText", text(members.inline_help_text));
    let default = members.default_value.map(|literal| match literal {
        Literal::Bool(ticked) => Value::from(ticked),
        Literal::Number(number) => Value::from(number),
        Literal::Text(value) => Value::from(text::shown(&value)),
    });
    put("defaultValue", default);
    let values = members.picklist_values.map(|values| {
        values.iter().map(|value| Value::from(text::shown(value))).collect::<Vec<_>>()
    });
    put("picklistValues", values.map(Value::from));
    put("restricted", members.restricted.map(Value::from));
    let target = members
        .reference_to
        .filter(|target| visible(Action::Describe, &Target::Object(target.clone())));
    // The other side of a lookup is told where its object may be known.
    put("relationshipName", target.as_ref().and(members.relationship_name).map(Value::from));
    put("referenceTo", target.map(|target| Value::from(target.as_str())));
    put("calculated", calculated.then(|| Value::from(true)));
    Value::Object(printed)
}

//! What Salesforce tells of the user that all agents act as.

use std::fmt::Write as _;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::stream::write_value;
use super::{Pruned, RedactError, Visible, text};
use crate::footprint::{Access, Footprint, NAME_PARTS, USER_INFO};
use crate::salesforce::{ObjectName, RecordId};

#[derive(Deserialize)]
struct Recent<'a> {
    attributes: Type,
    #[serde(rename = "Id")]
    id: RecordId,
    #[serde(rename = "Name", borrow)]
    name: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Type {
    r#type: ObjectName,
}

/// The records of the objects that were asked for, with id and name.
pub(super) fn recently_viewed(
    objects: &[ObjectName],
    limit: u32,
    body: &[u8],
) -> Result<Pruned, RedactError> {
    let recent: Vec<Recent<'_>> = serde_json::from_slice(body).map_err(|_unlike| RedactError)?;
    let mut out = Pruned { json: "{\"records\":[".to_owned(), ..Pruned::default() };
    for record in recent {
        let shown = objects.iter().find(|object| **object == record.attributes.r#type);
        let Some(object) = shown.filter(|_| out.rows < u64::from(limit)) else {
            out.dropped = out.dropped.saturating_add(1);
            continue;
        };
        if out.rows > 0 {
            out.json.push(',');
        }
        out.rows = out.rows.saturating_add(1);
        let _infallible = write!(
            out.json,
            "{{\"attributes\":{{\"type\":\"{object}\"}},\"Id\":\"{}\",\"Name\":",
            record.id
        );
        let name = record.name.map_or("null", RawValue::get);
        write_value(&mut out.json, name, false).map_err(|_unlike| RedactError)?;
        out.json.push('}');
    }
    out.json.push_str("]}");
    Ok(out)
}

/// The user's id, and the fields that may be seen, under their names in Salesforce. The whole name
/// is told where all parts of it that the org has may be seen.
pub(super) fn current_user(
    footprint: &Footprint,
    visible: Visible<'_>,
    body: &[u8],
) -> Result<Pruned, RedactError> {
    let info: serde_json::Map<String, Value> =
        serde_json::from_slice(body).map_err(|_unlike| RedactError)?;
    let id = info.get("user_id").and_then(Value::as_str);
    let id = id.and_then(|id| RecordId::parse(id).ok()).ok_or(RedactError)?;
    // Whether a field may be seen; `None` where the org doesn't have it.
    let seen = |name: &str| {
        let is = |access: &&Access| access.target.field().is_some_and(|f| f.as_str() == name);
        footprint.pruned.iter().find(is).map(|access| visible(access.action, &access.target))
    };
    let mut out = Pruned::whole(format!("{{\"Id\":\"{id}\""), 1);
    for (member, field) in USER_INFO {
        let Some(value) = info.get(member).and_then(Value::as_str) else { continue };
        let parts = if field == "Name" { NAME_PARTS.as_slice() } else { &[] };
        if seen(field) == Some(true) && parts.iter().all(|part| seen(part) != Some(false)) {
            let _infallible = write!(out.json, ",\"{field}\":");
            text::write(&mut out.json, value);
        } else {
            out.dropped = out.dropped.saturating_add(1);
        }
    }
    out.json.push('}');
    Ok(out)
}

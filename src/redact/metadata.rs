//! Lists, describes and limits, pruned: each element is read alone, kept only where its object or
//! field may be described, and written in our own short form.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};

use crate::footprint::Target;
use crate::redact::text::{self, Text};
use crate::redact::window::{Cutter, Window};
use crate::salesforce::{FieldName, ObjectName, RelationshipName};

/// Whether an object or a field may be described.
type Described<'a> = &'a dyn Fn(&Target) -> bool;

/// An object in the answer of `listAllObjects`.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all(deserialize = "camelCase", serialize = "camelCase"))]
struct ListedObject {
    name: ObjectName,
    #[serde(default, serialize_with = "text::serialize")]
    label: String,
    #[serde(default, serialize_with = "text::serialize")]
    label_plural: String,
    #[serde(default, skip_serializing_if = "is_no_prefix")]
    key_prefix: Option<String>,
    #[serde(default)]
    custom: bool,
    #[serde(default)]
    queryable: bool,
    #[serde(default)]
    createable: bool,
    #[serde(default)]
    updateable: bool,
    #[serde(default)]
    deletable: bool,
}

/// A field in the answer of `describeObject`.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct DescribedField {
    name: FieldName,
    #[serde(default, serialize_with = "text::serialize")]
    label: String,
    #[serde(serialize_with = "text::serialize")]
    r#type: String,
    #[serde(default, skip_serializing_if = "is_zero")]
    length: u64,
    #[serde(default)]
    nillable: bool,
    #[serde(default)]
    createable: bool,
    #[serde(default)]
    updateable: bool,
    #[serde(default)]
    filterable: bool,
    #[serde(default)]
    sortable: bool,
    #[serde(default)]
    groupable: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    custom: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    calculated: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    unique: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    external_id: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    restricted_picklist: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    relationship_name: Option<RelationshipName>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    reference_to: Vec<ObjectName>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    picklist_values: Vec<PicklistValue>,
    /// The field that the values depend on, where it may be described too.
    #[serde(skip_serializing_if = "Option::is_none")]
    controller_name: Option<FieldName>,
}

#[derive(Debug, Deserialize, Serialize)]
struct PicklistValue {
    #[serde(serialize_with = "text::serialize")]
    value: String,
    #[serde(default, skip_serializing_if = "Option::is_none", serialize_with = "label")]
    label: Option<String>,
    #[serde(default, skip_serializing)]
    active: bool,
}

/// A record type in the answer of `describeObject`: that it is there, not what it allows.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct DescribedRecordType {
    #[serde(serialize_with = "text::serialize")]
    name: String,
    developer_name: Option<ObjectName>,
    #[serde(default)]
    available: bool,
    #[serde(default)]
    default_record_type_mapping: bool,
}

/// A child relationship in the answer of `describeObject`.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct DescribedChild {
    relationship_name: Option<RelationshipName>,
    #[serde(rename = "childSObject")]
    child_sobject: ObjectName,
    field: FieldName,
}

#[expect(clippy::ref_option, reason = "serde calls it with a reference to the member")]
fn label<S: serde::Serializer>(label: &Option<String>, into: S) -> Result<S::Ok, S::Error> {
    text::serialize(label.as_deref().unwrap_or_default(), into)
}

/// A prefix is three letters or digits; anything else in its place could be a value.
#[expect(clippy::ref_option, reason = "serde calls it with a reference to the member")]
fn is_no_prefix(prefix: &Option<String>) -> bool {
    let plain = |text: &String| text.len() == 3 && text.bytes().all(|b| b.is_ascii_alphanumeric());
    !prefix.as_ref().is_some_and(plain)
}

fn is_zero(n: &u64) -> bool {
    *n == 0
}

fn is_false(b: &bool) -> bool {
    !*b
}

/// A pruned answer and how many elements it has.
pub(super) struct Listed {
    pub(super) json: String,
    pub(super) kept: u64,
    pub(super) dropped: u64,
    /// Elements that could be shown and are not, for the length of the answer.
    pub(super) cut: u64,
}

/// The answer of `/sobjects`, without the objects that may not be described.
pub(super) fn objects(
    body: &[u8],
    visible: Described<'_>,
    window: Window,
) -> serde_json::Result<Listed> {
    let mut listed = Kept::within(window);
    let seed = Member {
        key: "sobjects",
        prune: &mut |from: ListedObject| {
            visible(&Target::Object(from.name.clone())).then_some(from)
        },
        kept: &mut listed,
    };
    read(body, seed)?;
    Ok(Listed {
        json: format!("{{\"sobjects\":[{}]}}", listed.json),
        kept: listed.cutter.shown,
        dropped: listed.dropped,
        cut: listed.cutter.cut,
    })
}

/// The answer of a describe, without the fields, relationships and other objects that may not be
/// described.
pub(super) fn describe(
    body: &[u8],
    object: &ObjectName,
    visible: Described<'_>,
    window: Window,
) -> serde_json::Result<Listed> {
    let sees = |name: &ObjectName| visible(&Target::Object(name.clone()));
    let mut fields = Kept::within(window);
    read(
        body,
        Member {
            key: "fields",
            prune: &mut |mut field: DescribedField| {
                let target = Target::Field(object.clone(), field.name.clone());
                field.reference_to.retain(&sees);
                field.controller_name = field
                    .controller_name
                    .take()
                    .filter(|other| visible(&Target::Field(object.clone(), other.clone())));
                field.picklist_values.retain(|value| value.active);
                for value in &mut field.picklist_values {
                    value.label = value.label.take().filter(|label| *label != value.value);
                }
                visible(&target).then_some(field)
            },
            kept: &mut fields,
        },
    )?;
    let left = window.most_bytes.saturating_sub(fields.json.len());
    let mut children = Kept::within(Window { skip: 0, most_bytes: left });
    read(
        body,
        Member {
            key: "childRelationships",
            prune: &mut |child: DescribedChild| {
                let lookup = Target::Field(child.child_sobject.clone(), child.field.clone());
                let shown = child.relationship_name.is_some() && sees(&child.child_sobject);
                (shown && visible(&lookup)).then_some(child)
            },
            kept: &mut children,
        },
    )?;
    let mut record_types = Kept::default();
    if has_record_types(body)? {
        read(
            body,
            Member {
                key: "recordTypeInfos",
                prune: &mut |kind: DescribedRecordType| {
                    kind.developer_name.is_some().then_some(kind)
                },
                kept: &mut record_types,
            },
        )?;
    }
    let head: ListedObject = serde_json::from_slice(body)?;
    if head.name != *object {
        return Err(serde::de::Error::custom("the describe is of another object"));
    }
    let mut json = serde_json::to_string(&ListedObject { name: object.clone(), ..head })?;
    json.pop();
    json.push_str(&format!(
        ",\"fields\":[{}],\"childRelationships\":[{}],\"recordTypeInfos\":[{}]}}",
        fields.json, children.json, record_types.json
    ));
    let cut = fields.cutter.cut.saturating_add(children.cutter.cut);
    Ok(Listed { json, kept: fields.cutter.shown, dropped: fields.dropped, cut })
}

/// Some describes have none.
fn has_record_types(body: &[u8]) -> serde_json::Result<bool> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Has {
        record_type_infos: Option<serde::de::IgnoredAny>,
    }
    Ok(serde_json::from_slice::<Has>(body)?.record_type_infos.is_some())
}

/// The answer of `/limits`: names and counts, nothing else.
pub(super) fn limits(body: &[u8]) -> serde_json::Result<Listed> {
    #[derive(Deserialize, Serialize)]
    struct Limit {
        #[serde(rename = "Max")]
        max: i64,
        #[serde(rename = "Remaining")]
        remaining: i64,
    }
    let limits: BTreeMap<ObjectName, Limit> = serde_json::from_slice(body)?;
    Ok(Listed {
        json: serde_json::to_string(&limits)?,
        kept: limits.len().try_into().unwrap_or(u64::MAX),
        dropped: 0,
        cut: 0,
    })
}

/// Elements that were kept, printed and joined by commas.
#[derive(Default)]
struct Kept {
    json: String,
    dropped: u64,
    cutter: Cutter,
}

impl Kept {
    fn within(window: Window) -> Self {
        Self { cutter: Cutter::new(window), ..Self::default() }
    }
}

fn read<'de, T: Deserialize<'de> + Serialize>(
    body: &'de [u8],
    seed: Member<'_, T>,
) -> serde_json::Result<()> {
    let mut from = serde_json::Deserializer::from_slice(body);
    seed.deserialize(&mut from)?;
    from.end()
}

/// The array under one key of an object; all other keys are passed over.
struct Member<'a, T> {
    key: &'static str,
    prune: &'a mut dyn FnMut(T) -> Option<T>,
    kept: &'a mut Kept,
}

impl<'de, T: Deserialize<'de> + Serialize> DeserializeSeed<'de> for Member<'_, T> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_map(self)
    }
}

impl<'de, T: Deserialize<'de> + Serialize> Visitor<'de> for Member<'_, T> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an object with `{}`", self.key)
    }

    fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut found = false;
        while let Some(Text(key)) = map.next_key()? {
            if key == self.key {
                if std::mem::replace(&mut found, true) {
                    return Err(serde::de::Error::duplicate_field(self.key));
                }
                let elements = Elements { prune: &mut *self.prune, kept: &mut *self.kept };
                map.next_value_seed(elements)?;
            } else {
                map.next_value::<serde::de::IgnoredAny>()?;
            }
        }
        if found { Ok(()) } else { Err(serde::de::Error::missing_field(self.key)) }
    }
}

struct Elements<'a, T> {
    prune: &'a mut dyn FnMut(T) -> Option<T>,
    kept: &'a mut Kept,
}

impl<'de, T: Deserialize<'de> + Serialize> DeserializeSeed<'de> for Elements<'_, T> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_seq(self)
    }
}

impl<'de, T: Deserialize<'de> + Serialize> Visitor<'de> for Elements<'_, T> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while let Some(element) = seq.next_element::<T>()? {
            let Some(element) = (self.prune)(element) else {
                self.kept.dropped = self.kept.dropped.saturating_add(1);
                continue;
            };
            let start = self.kept.json.len();
            if start > 0 {
                self.kept.json.push(',');
            }
            let printed = serde_json::to_string(&element).map_err(serde::de::Error::custom)?;
            self.kept.json.push_str(&printed);
            self.kept.cutter.keep(&mut self.kept.json, start);
        }
        Ok(())
    }
}

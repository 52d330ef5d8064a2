//! What a caller may say of an object or a field: a closed set of members, each of its own type.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, MapAccess, Visitor};
use serde_json::Value;

use super::refused;

/// A definition that can't be made or changed so.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DefinitionError {
    /// A member that must be there.
    #[error("the definition needs `{member}`: {expected}")]
    Missing {
        /// Its name.
        member: &'static str,
        /// What would be right.
        expected: &'static str,
    },
    /// A member with a value that it can't have.
    #[error("`{member}` must be {expected}")]
    Value {
        /// Its name.
        member: &'static str,
        /// What would be right.
        expected: &'static str,
    },
    /// A member that fields of this type don't have.
    #[error("a field of type {kind} has no `{member}`")]
    NotOf {
        /// Its name.
        member: &'static str,
        /// The type.
        kind: &'static str,
    },
    /// A member that can't be changed.
    #[error("`{member}` can't be changed")]
    Fixed {
        /// Its name.
        member: &'static str,
    },
    /// Nothing is changed.
    #[error("nothing is changed: give at least one member")]
    Nothing,
    /// What there is has something that isn't written here, and that a change would take away.
    #[error(
        "it has {0}, which can't be carried over: a person has to change it in Salesforce's setup"
    )]
    NotCarried(&'static str),
}

/// The type of a field that can be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[expect(missing_docs, reason = "each is the Metadata API's type of that name")]
pub enum FieldType {
    Text,
    TextArea,
    LongTextArea,
    Html,
    Number,
    Currency,
    Percent,
    Checkbox,
    Date,
    DateTime,
    Email,
    Phone,
    Url,
    Picklist,
    MultiselectPicklist,
    Lookup,
}

impl FieldType {
    /// The Metadata API's word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "Text",
            Self::TextArea => "TextArea",
            Self::LongTextArea => "LongTextArea",
            Self::Html => "Html",
            Self::Number => "Number",
            Self::Currency => "Currency",
            Self::Percent => "Percent",
            Self::Checkbox => "Checkbox",
            Self::Date => "Date",
            Self::DateTime => "DateTime",
            Self::Email => "Email",
            Self::Phone => "Phone",
            Self::Url => "Url",
            Self::Picklist => "Picklist",
            Self::MultiselectPicklist => "MultiselectPicklist",
            Self::Lookup => "Lookup",
        }
    }

    /// Whether it holds digits.
    pub(super) fn is_number(self) -> bool {
        matches!(self, Self::Number | Self::Currency | Self::Percent)
    }

    /// Whether it has a set of values.
    pub(super) fn is_picklist(self) -> bool {
        matches!(self, Self::Picklist | Self::MultiselectPicklist)
    }
}

/// A value that stands for itself.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum Literal {
    /// Of a checkbox.
    Bool(bool),
    /// Of a number.
    Number(serde_json::Number),
    /// Of a text or a picklist.
    Text(String),
}

/// What is said of a field.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct FieldMembers {
    /// What people see, at most 40 characters.
    #[schemars(with = "String")]
    pub label: Option<String>,
    /// One of Text, TextArea, LongTextArea, Html, Number, Currency, Percent, Checkbox, Date, DateTime,
    /// Email, Phone, Url, Picklist, MultiselectPicklist, Lookup.
    #[schemars(with = "String")]
    pub r#type: Option<FieldType>,
    /// The most characters: Text 1 to 255, LongTextArea and Html 256 to 131072.
    #[schemars(with = "u32")]
    pub length: Option<u32>,
    /// How many digits a Number, Currency or Percent has in all, 1 to 18.
    #[schemars(with = "u32")]
    pub precision: Option<u32>,
    /// How many of them stand behind the point.
    #[schemars(with = "u32")]
    pub scale: Option<u32>,
    /// The lines that are shown of a LongTextArea, Html or MultiselectPicklist.
    #[schemars(with = "u32")]
    pub visible_lines: Option<u32>,
    /// Whether every record must have a value.
    #[schemars(with = "bool")]
    pub required: Option<bool>,
    /// Whether no two records may have the same value: Text, Number, Email.
    #[schemars(with = "bool")]
    pub unique: Option<bool>,
    /// Whether records can be named by the value: Text, Number, Email.
    #[schemars(with = "bool")]
    pub external_id: Option<bool>,
    /// What it is for, at most 1000 characters.
    #[schemars(with = "String")]
    pub description: Option<String>,
    /// What people are told when they fill it in, at most 510 characters.
    #[schemars(with = "String")]
    pub inline_help_text: Option<String>,
    /// A value, as text, that new records get: `true` or `false` for a Checkbox, digits for a number,
    /// one of its values for a picklist. Never a formula.
    #[schemars(with = "String")]
    pub default_value: Option<Literal>,
    /// The values of a picklist, for example `["North", "South"]`.
    #[schemars(with = "Vec<String>")]
    pub picklist_values: Option<Vec<String>>,
    /// Whether a picklist takes no other values.
    #[schemars(with = "bool")]
    pub restricted: Option<bool>,
    /// The object that a Lookup leads to, for example `Account`.
    #[schemars(with = "String")]
    pub reference_to: Option<crate::salesforce::ObjectName>,
    /// What the other side of a Lookup is called, without `__r`, for example `Invoices`.
    #[schemars(with = "String")]
    pub relationship_name: Option<String>,
}

/// What is said of an object.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ObjectMembers {
    /// What people see, at most 40 characters, for example `Invoice`.
    #[schemars(with = "String")]
    pub label: Option<String>,
    /// What people see of several, for example `Invoices`.
    #[schemars(with = "String")]
    pub plural_label: Option<String>,
    /// What a record's name is called, for example `Invoice Number`; `Name` where it is left out.
    #[schemars(with = "String")]
    pub name_label: Option<String>,
    /// How records are numbered, for example `INV-{0000}`; where it is left out, people name them.
    #[schemars(with = "String")]
    pub name_format: Option<String>,
    /// Who sees records: Private, Read or ReadWrite.
    #[schemars(with = "String")]
    pub sharing_model: Option<String>,
    /// Deployed or InDevelopment.
    #[schemars(with = "String")]
    pub deployment_status: Option<String>,
    /// What it is for, at most 1000 characters.
    #[schemars(with = "String")]
    pub description: Option<String>,
}

impl FieldMembers {
    /// These as a change of a field, whatever the field is.
    ///
    /// # Errors
    ///
    /// If they change nothing, or what can't be changed.
    pub fn as_change(self) -> Result<Self, DefinitionError> {
        if self == Self::default() {
            return Err(DefinitionError::Nothing);
        }
        let fixed = [
            (self.r#type.is_some(), "type"),
            (self.reference_to.is_some(), "referenceTo"),
            (self.relationship_name.is_some(), "relationshipName"),
        ];
        match fixed.into_iter().find(|(given, _)| *given) {
            Some((_, member)) => Err(DefinitionError::Fixed { member }),
            None => Ok(self),
        }
    }
}

impl ObjectMembers {
    /// These as a change of an object, whatever the object is.
    ///
    /// # Errors
    ///
    /// If they change nothing.
    pub fn as_change(self) -> Result<Self, DefinitionError> {
        if self == Self::default() { Err(DefinitionError::Nothing) } else { Ok(self) }
    }
}

/// Members as a caller writes them. What is known and refused is refused with its reason, and so are
/// null, which could mean two things, and a member that stands twice.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Members<T>(pub T);

impl<'de, T: DeserializeOwned> Deserialize<'de> for Members<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(MembersVisitor(PhantomData))
    }
}

struct MembersVisitor<T>(PhantomData<T>);

impl<'de, T: DeserializeOwned> Visitor<'de> for MembersVisitor<T> {
    type Value = Members<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object, for example {\"label\":\"Region\",\"type\":\"Text\",\"length\":80}")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<T>, A::Error> {
        let fail = |text: String| Err(serde::de::Error::custom(text));
        let mut members = serde_json::Map::new();
        while let Some(name) = map.next_key::<String>()? {
            let shown: String = name.chars().take(80).flat_map(char::escape_debug).collect();
            if let Some(reason) = refused::member(&name) {
                return fail(format!("`{shown}` is refused: {reason}"));
            }
            let value: Value = map.next_value()?;
            let kind = value.as_str().filter(|_| name == "type");
            if let Some((kind, reason)) = kind.and_then(|k| Some((k, refused::field_type(k)?))) {
                return fail(format!("the type `{kind}` is refused: {reason}"));
            }
            if value.is_null() {
                return fail(format!("`{shown}` is null: leave it out, or write \"\" for no text"));
            }
            if members.insert(name, value).is_some() {
                return fail(format!("`{shown}` stands twice"));
            }
        }
        T::deserialize(Value::Object(members)).map(Members).map_err(serde::de::Error::custom)
    }
}

impl<T: JsonSchema> JsonSchema for Members<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        T::schema_name()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        T::json_schema(generator)
    }
}

/// One of a member's own values, as the org wrote it.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Scalar {
    Bool(bool),
    Number(i64),
    Text(String),
}

impl Scalar {
    pub(super) fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Bool(value) => Some(Self::Bool(*value)),
            Value::Number(value) => value.as_i64().map(Self::Number),
            Value::String(value) => Some(Self::Text(value.clone())),
            Value::Null | Value::Array(_) | Value::Object(_) => None,
        }
    }

    pub(super) fn json(&self) -> Value {
        match self {
            Self::Bool(value) => Value::from(*value),
            Self::Number(value) => Value::from(*value),
            Self::Text(value) => Value::from(value.as_str()),
        }
    }
}

/// Members that a change carries over as the org wrote them.
pub(super) type Kept = BTreeMap<&'static str, Scalar>;

/// A text of at most so many characters, without control characters; tabs and breaks stay.
pub(super) fn text(
    member: &'static str,
    text: &str,
    most: usize,
    expected: &'static str,
) -> Result<(), DefinitionError> {
    let plain = |c: char| !c.is_control() || matches!(c, '\t' | '\n' | '\r');
    if text.chars().count() <= most && text.chars().all(plain) {
        Ok(())
    } else {
        Err(DefinitionError::Value { member, expected })
    }
}

/// What people see of an object or a field.
pub(super) fn label(member: &'static str, label: Option<&str>) -> Result<(), DefinitionError> {
    const EXPECTED: &str = "1 to 40 characters";
    let label = label.ok_or(DefinitionError::Missing { member, expected: EXPECTED })?;
    if label.trim().is_empty() || label.chars().any(char::is_control) {
        return Err(DefinitionError::Value { member, expected: EXPECTED });
    }
    text(member, label, 40, EXPECTED)
}

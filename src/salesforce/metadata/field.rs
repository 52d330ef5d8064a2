//! A field as it will be: checked, and printed as the Metadata API's `CustomField`.

use serde_json::{Map, Value, json};

use super::members::{DefinitionError, FieldMembers, FieldType, Kept, Literal, label, text};
use super::name::is_developer_name;
use crate::salesforce::ObjectName;

type Result<T> = std::result::Result<T, DefinitionError>;

/// The most values of a picklist.
const MOST_VALUES: usize = 1_000;

/// A field that can be made, or put in the place of what it was.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldDefinition {
    members: FieldMembers,
    kind: FieldType,
    /// The default as a formula that is a literal.
    default: Option<String>,
    values: Vec<PicklistValue>,
    sorted: bool,
    /// It was there before, with these further members.
    before: Option<Kept>,
}

/// A value of a picklist, with what the org knows of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct PicklistValue {
    pub(super) name: String,
    pub(super) label: String,
    pub(super) default: bool,
    pub(super) active: Option<bool>,
    pub(super) color: Option<String>,
    pub(super) description: Option<String>,
}

/// A field as the org has it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Current {
    pub(super) members: FieldMembers,
    pub(super) values: Vec<PicklistValue>,
    pub(super) sorted: bool,
    pub(super) kept: Kept,
}

impl FieldDefinition {
    /// A new field.
    pub fn new(members: FieldMembers) -> Result<Self> {
        Self::checked(members, Vec::new(), false, None)
    }

    /// A field that changes.
    pub(super) fn changed(current: Current, changes: FieldMembers) -> Result<Self> {
        let changes = changes.as_change()?;
        let Current { members: old, values, sorted, kept } = current;
        let cleared =
            |new: Option<String>, old: Option<String>| new.or(old).filter(|text| !text.is_empty());
        let members = FieldMembers {
            label: changes.label.or(old.label),
            r#type: old.r#type,
            length: changes.length.or(old.length),
            precision: changes.precision.or(old.precision),
            scale: changes.scale.or(old.scale),
            visible_lines: changes.visible_lines.or(old.visible_lines),
            required: changes.required.or(old.required),
            unique: changes.unique.or(old.unique),
            external_id: changes.external_id.or(old.external_id),
            description: cleared(changes.description, old.description),
            inline_help_text: cleared(changes.inline_help_text, old.inline_help_text),
            default_value: changes.default_value.or(old.default_value),
            picklist_values: changes.picklist_values.or(old.picklist_values),
            restricted: changes.restricted.or(old.restricted),
            reference_to: old.reference_to,
            relationship_name: old.relationship_name,
        };
        Self::checked(members, values, sorted, Some(kept))
    }

    fn checked(
        members: FieldMembers,
        known: Vec<PicklistValue>,
        sorted: bool,
        before: Option<Kept>,
    ) -> Result<Self> {
        let missing =
            DefinitionError::Missing { member: "type", expected: "for example Text or Number" };
        let kind = members.r#type.ok_or(missing)?;
        let mut field = Self { members, kind, default: None, values: Vec::new(), sorted, before };
        label("label", field.members.label.as_deref())?;
        let description = field.members.description.as_deref().unwrap_or_default();
        text("description", description, 1_000, "at most 1000 characters")?;
        let help = field.members.inline_help_text.as_deref().unwrap_or_default();
        text("inlineHelpText", help, 510, "at most 510 characters")?;
        field.only_own_members()?;
        field.check_size()?;
        field.check_lookup()?;
        field.fill_values(known)?;
        field.fill_default()?;
        Ok(field)
    }

    /// A member that the type doesn't have is refused; one that says no to what the type can't be
    /// anyway is left.
    fn only_own_members(&mut self) -> Result<()> {
        let kind = self.kind;
        let long = matches!(kind, FieldType::LongTextArea | FieldType::Html);
        let keyed = matches!(kind, FieldType::Text | FieldType::Number | FieldType::Email);
        let no = |flag: Option<bool>| flag == Some(false);
        let members = &mut self.members;
        if !keyed {
            members.unique = members.unique.filter(|_| !no(members.unique));
            members.external_id = members.external_id.filter(|_| !no(members.external_id));
        }
        if !kind.is_picklist() {
            members.restricted = members.restricted.filter(|_| !no(members.restricted));
        }
        if kind == FieldType::Checkbox || long {
            members.required = members.required.filter(|_| !no(members.required));
        }
        let lookup = kind == FieldType::Lookup;
        let lined = long || kind == FieldType::MultiselectPicklist;
        for (given, own, member) in [
            (members.length.is_some(), kind == FieldType::Text || long, "length"),
            (members.precision.is_some(), kind.is_number(), "precision"),
            (members.scale.is_some(), kind.is_number(), "scale"),
            (members.visible_lines.is_some(), lined, "visibleLines"),
            (members.required.is_some(), kind != FieldType::Checkbox && !long, "required"),
            (members.unique.is_some(), keyed, "unique"),
            (members.external_id.is_some(), keyed, "externalId"),
            (members.picklist_values.is_some(), kind.is_picklist(), "picklistValues"),
            (members.restricted.is_some(), kind.is_picklist(), "restricted"),
            (members.reference_to.is_some(), lookup, "referenceTo"),
            (members.relationship_name.is_some(), lookup, "relationshipName"),
        ] {
            if given && !own {
                return Err(DefinitionError::NotOf { member, kind: kind.name() });
            }
        }
        Ok(())
    }

    fn check_size(&mut self) -> Result<()> {
        let within =
            |member, value: Option<u32>, range: std::ops::RangeInclusive<u32>, expected| {
                let value = value.ok_or(DefinitionError::Missing { member, expected })?;
                if range.contains(&value) {
                    Ok(value)
                } else {
                    Err(DefinitionError::Value { member, expected })
                }
            };
        let members = &mut self.members;
        let lines = |given: Option<u32>, usual| {
            within("visibleLines", Some(given.unwrap_or(usual)), 2..=50, "2 to 50").map(Some)
        };
        match self.kind {
            FieldType::Text => {
                within("length", members.length, 1..=255, "1 to 255")?;
            }
            FieldType::LongTextArea | FieldType::Html => {
                within("length", members.length, 256..=131_072, "256 to 131072")?;
                let usual = if self.kind == FieldType::Html { 25 } else { 3 };
                members.visible_lines = lines(members.visible_lines, usual)?;
            }
            FieldType::MultiselectPicklist => {
                members.visible_lines = lines(members.visible_lines, 4)?;
            }
            FieldType::Number | FieldType::Currency | FieldType::Percent => {
                let precision =
                    within("precision", Some(members.precision.unwrap_or(18)), 1..=18, "1 to 18")?;
                let scale = members.scale.unwrap_or(0);
                within(
                    "scale",
                    Some(scale),
                    0..=precision.min(17),
                    "0 to 17, and no more than precision",
                )?;
                (members.precision, members.scale) = (Some(precision), Some(scale));
            }
            FieldType::TextArea
            | FieldType::Checkbox
            | FieldType::Date
            | FieldType::DateTime
            | FieldType::Email
            | FieldType::Phone
            | FieldType::Url
            | FieldType::Picklist
            | FieldType::Lookup => {}
        }
        Ok(())
    }

    fn check_lookup(&self) -> Result<()> {
        if self.kind != FieldType::Lookup {
            return Ok(());
        }
        if self.members.reference_to.is_none() {
            let expected = "the object that it leads to, for example `Account`";
            return Err(DefinitionError::Missing { member: "referenceTo", expected });
        }
        let (member, expected) =
            ("relationshipName", "a name without `__r`, for example `Invoices`");
        match self.members.relationship_name.as_deref() {
            None => Err(DefinitionError::Missing { member, expected }),
            Some(name) if is_developer_name(name) => Ok(()),
            Some(_) => Err(DefinitionError::Value { member, expected }),
        }
    }

    /// The values that are named, with what the org knows of those that it has.
    fn fill_values(&mut self, mut known: Vec<PicklistValue>) -> Result<()> {
        if !self.kind.is_picklist() {
            return Ok(());
        }
        let (member, expected) =
            ("picklistValues", "1 to 1000 different texts of 1 to 255 characters");
        let names = match &self.members.picklist_values {
            None if known.is_empty() => return Err(DefinitionError::Missing { member, expected }),
            None => known.iter().map(|value| value.name.clone()).collect(),
            Some(names) => names.clone(),
        };
        if names.is_empty() || names.len() > MOST_VALUES {
            return Err(DefinitionError::Value { member, expected });
        }
        let mut seen = std::collections::BTreeSet::new();
        for name in names {
            text(member, &name, 255, expected)?;
            if name.trim().is_empty() || !seen.insert(name.to_lowercase()) {
                return Err(DefinitionError::Value { member, expected });
            }
            let at = known.iter().position(|value| value.name == name);
            let value = at.map(|at| known.swap_remove(at));
            let new = || PicklistValue { label: name.clone(), name, ..PicklistValue::default() };
            self.values.push(value.unwrap_or_else(new));
        }
        Ok(())
    }

    fn fill_default(&mut self) -> Result<()> {
        let member = "defaultValue";
        let wrong = |expected| Err(DefinitionError::Value { member, expected });
        let given = match &self.members.default_value {
            None if self.kind == FieldType::Checkbox => "false".to_owned(),
            None => return Ok(()),
            Some(Literal::Bool(ticked)) if self.kind == FieldType::Checkbox => ticked.to_string(),
            Some(Literal::Number(number)) if self.kind.is_number() => number.to_string(),
            Some(Literal::Text(text)) => text.clone(),
            Some(Literal::Bool(_) | Literal::Number(_)) => {
                return wrong("of the field's own type");
            }
        };
        match self.kind {
            FieldType::Checkbox if !matches!(given.as_str(), "true" | "false") => {
                wrong("`true` or `false`")
            }
            FieldType::Number | FieldType::Currency | FieldType::Percent if !is_decimal(&given) => {
                wrong("a number in digits, not a formula")
            }
            FieldType::Checkbox | FieldType::Number | FieldType::Currency | FieldType::Percent => {
                self.default = Some(given);
                Ok(())
            }
            FieldType::Text
            | FieldType::TextArea
            | FieldType::Email
            | FieldType::Phone
            | FieldType::Url => {
                // Within a formula's quotes nothing but these two means anything.
                if given.contains(['"', '\\']) || given.chars().any(char::is_control) {
                    return wrong("a text without quotes, backslashes and line breaks");
                }
                self.default = Some(format!("\"{given}\""));
                Ok(())
            }
            FieldType::Picklist | FieldType::MultiselectPicklist => {
                let found = self.values.iter().any(|value| value.name == given);
                for value in &mut self.values {
                    value.default = value.name == given;
                }
                if found { Ok(()) } else { wrong("one of the picklist's values") }
            }
            FieldType::LongTextArea
            | FieldType::Html
            | FieldType::Date
            | FieldType::DateTime
            | FieldType::Lookup => Err(DefinitionError::NotOf { member, kind: self.kind.name() }),
        }
    }

    /// The object that a lookup leads to.
    pub fn leads_to(&self) -> Option<&ObjectName> {
        self.members.reference_to.as_ref()
    }

    /// The same field with that object in describe's spelling.
    #[must_use]
    pub fn leading_to(mut self, object: ObjectName) -> Self {
        self.members.reference_to = Some(object);
        self
    }

    /// The Metadata API's `CustomField`.
    pub fn metadata(&self) -> Value {
        let mut printed = Map::new();
        let members = &self.members;
        let mut put = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                printed.insert(name.to_owned(), value);
            }
        };
        for (name, value) in self.before.iter().flatten() {
            put(name, Some(value.json()));
        }
        put("label", members.label.as_deref().map(Value::from));
        put("type", Some(Value::from(self.kind.name())));
        put("length", members.length.map(Value::from));
        put("precision", members.precision.map(Value::from));
        put("scale", members.scale.map(Value::from));
        put("visibleLines", members.visible_lines.map(Value::from));
        put("required", members.required.map(Value::from));
        put("unique", members.unique.map(Value::from));
        put("externalId", members.external_id.map(Value::from));
        let texts = [
            ("description", &members.description),
            ("inlineHelpText", &members.inline_help_text),
            ("relationshipName", &members.relationship_name),
            ("defaultValue", &self.default),
        ];
        for (name, text) in texts {
            put(name, text.as_deref().filter(|text| !text.is_empty()).map(Value::from));
        }
        put("referenceTo", members.reference_to.as_ref().map(|name| Value::from(name.as_str())));
        put("valueSet", self.kind.is_picklist().then(|| self.value_set()));
        Value::Object(printed)
    }

    fn value_set(&self) -> Value {
        // The Tooling API shows a value's name as `valueName`, and is given it as `fullName`.
        let key = if self.before.is_some() { "valueName" } else { "fullName" };
        let values: Vec<Value> = self.values.iter().map(|value| value.json(key)).collect();
        json!({
            "restricted": self.members.restricted.unwrap_or(false),
            "valueSetDefinition": { "sorted": self.sorted, "value": values },
        })
    }
}

impl PicklistValue {
    fn json(&self, key: &str) -> Value {
        let mut printed = Map::new();
        printed.insert(key.to_owned(), Value::from(self.name.as_str()));
        printed.insert("label".to_owned(), Value::from(self.label.as_str()));
        printed.insert("default".to_owned(), Value::from(self.default));
        if let Some(active) = self.active {
            printed.insert("isActive".to_owned(), Value::from(active));
        }
        for (name, text) in [("color", &self.color), ("description", &self.description)] {
            if let Some(text) = text {
                printed.insert(name.to_owned(), Value::from(text.as_str()));
            }
        }
        Value::Object(printed)
    }
}

/// Digits with at most one point among them.
pub(super) fn is_decimal(text: &str) -> bool {
    let number = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    number.len() <= 20 && digits(whole) && digits(fraction)
}

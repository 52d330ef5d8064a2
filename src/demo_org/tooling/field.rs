//! Bodies that make or change a custom field.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value as Any;

use super::super::answer::{Refusal, cut};
use super::super::catalog::{Catalog, FieldDef, Kind, ObjectDef, plain_field};
use super::{bounded, developer_name, invalid, metadata};

/// Most values of a picklist.
const MOST_VALUES: usize = 200;

/// The body of a POST or a PATCH.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Body {
    #[serde(rename = "FullName", default)]
    full_name: Option<String>,
    #[serde(rename = "Metadata")]
    metadata: Metadata,
}

/// The Metadata API's `CustomField`; what this org has no use for is read and left.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Metadata {
    label: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    length: Option<u32>,
    precision: Option<u32>,
    scale: Option<u32>,
    required: Option<bool>,
    unique: Option<bool>,
    external_id: Option<bool>,
    default_value: Option<Any>,
    description: Option<String>,
    inline_help_text: Option<String>,
    value_set: Option<ValueSet>,
    reference_to: Option<String>,
    relationship_name: Option<String>,
    delete_constraint: Option<String>,
    formula: Option<String>,
    #[serde(rename = "caseSensitive")]
    _case_sensitive: Option<IgnoredAny>,
    #[serde(rename = "relationshipLabel")]
    _relationship_label: Option<IgnoredAny>,
    compliance_group: Option<String>,
    security_classification: Option<String>,
    #[serde(rename = "trackHistory")]
    _history: Option<IgnoredAny>,
    #[serde(rename = "trackTrending")]
    _trending: Option<IgnoredAny>,
    #[serde(rename = "trackFeedHistory")]
    _feed: Option<IgnoredAny>,
    #[serde(rename = "visibleLines")]
    _visible_lines: Option<IgnoredAny>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ValueSet {
    restricted: Option<bool>,
    value_set_definition: ValueSetDefinition,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ValueSetDefinition {
    #[serde(rename = "sorted", default)]
    _sorted: Option<IgnoredAny>,
    value: Vec<PicklistValue>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PicklistValue {
    #[serde(alias = "valueName")]
    full_name: Option<String>,
    label: Option<String>,
    #[serde(default)]
    default: Option<bool>,
}

impl Body {
    /// The place of the object and the name of a field that it doesn't have.
    pub(super) fn name(&self, catalog: &Catalog) -> Result<(usize, String), Refusal> {
        let full = self.full_name.as_deref().unwrap_or_default();
        let (object, name) = full.split_once('.').unwrap_or((full, ""));
        let Some(object) = catalog.object(object) else {
            let message = format!(
                "Entity Enumeration Or ID: bad value for restricted picklist field: {}",
                cut(object)
            );
            let code = "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST";
            return Err(Refusal::new(400, code, message).of_fields(&["TableEnumOrId"]));
        };
        let developer = developer_name(name)?;
        if object.field(name).is_some() {
            let message =
                format!("There is already a field named {developer} on {}.", object.label);
            let refusal = Refusal::new(400, "DUPLICATE_DEVELOPER_NAME", message);
            return Err(refusal.of_fields(&["DeveloperName"]));
        }
        Ok((object.index, name.to_owned()))
    }

    /// The new field.
    pub(super) fn made(self, catalog: &Catalog, name: &str) -> Result<FieldDef, Refusal> {
        self.metadata.field(catalog, name, None)
    }

    /// The field as it is after the change.
    pub(super) fn changed(
        self,
        catalog: &Catalog,
        object: &ObjectDef,
        old: &FieldDef,
    ) -> Result<FieldDef, Refusal> {
        let own = format!("{}.{}", object.name, old.name);
        if self.full_name.as_ref().is_some_and(|other| !other.eq_ignore_ascii_case(&own)) {
            return Err(invalid("the demo org doesn't rename fields"));
        }
        if old.calculated() {
            return Err(invalid("the demo org doesn't change formulas and roll-up summaries"));
        }
        let field = self.metadata.field(catalog, &old.name, Some(old))?;
        if metadata::type_name(&field) != metadata::type_name(old) {
            let (from, to) = (metadata::type_name(old), metadata::type_name(&field));
            return Err(invalid(format!("Cannot change the field type from {from} to {to}")));
        }
        Ok(FieldDef { number: old.number, ..field })
    }
}

impl Metadata {
    fn field(
        self,
        catalog: &Catalog,
        name: &str,
        old: Option<&FieldDef>,
    ) -> Result<FieldDef, Refusal> {
        let label = self.label.as_deref().ok_or_else(|| missing("label"))?;
        let kind = self.kind.as_deref().ok_or_else(|| missing("type"))?;
        if self.formula.is_some() {
            return Err(invalid("the demo org makes no formula fields"));
        }
        let mut field = plain_field(name, &bounded("label", label, 40)?, &self.kind_of(kind)?);
        field.description = self.text("description", &self.description, 1_000)?;
        field.help = self.text("inlineHelpText", &self.inline_help_text, 510)?;
        field.compliance = self.text("complianceGroup", &self.compliance_group, 4_099)?;
        field.sensitivity =
            self.text("securityClassification", &self.security_classification, 40)?;
        field.nillable = !self.required.unwrap_or(false) && kind != "Checkbox";
        field.external_id = self.external_id.unwrap_or(false);
        field.unique = self.unique.unwrap_or(false);
        let keyed = matches!(kind, "Text" | "Number" | "Email");
        if (field.external_id || field.unique) && !keyed {
            let message = format!("externalId and unique can not be specified for a {kind} field");
            return Err(invalid(message));
        }
        self.fill_default(&mut field)?;
        self.fill_values(&mut field)?;
        self.fill_lookup(catalog, &mut field, old)?;
        Ok(field)
    }

    fn text(
        &self,
        what: &str,
        text: &Option<String>,
        most: usize,
    ) -> Result<Option<String>, Refusal> {
        text.as_deref().map(|text| bounded(what, text, most)).transpose()
    }

    /// The type in the form of `objects.txt`.
    fn kind_of(&self, kind: &str) -> Result<String, Refusal> {
        let length = |least: u32, most: u32| {
            let length = self.length.ok_or_else(|| missing("length"))?;
            if (least..=most).contains(&length) {
                return Ok(length);
            }
            Err(invalid(format!("length must be between {least} and {most}: {length}")))
        };
        let number = |word: &str| {
            let precision = self.precision.unwrap_or(18);
            let scale = self.scale.unwrap_or(0);
            if (1..=18).contains(&precision) && scale <= precision {
                return Ok(format!("{word}({precision},{scale})"));
            }
            Err(invalid(format!("no such precision and scale: {precision}, {scale}")))
        };
        let fixed = |kind: &str| Ok(kind.to_owned());
        match kind {
            "Text" => Ok(format!("string({})", length(1, 255)?)),
            "TextArea" => fixed("textarea(255)"),
            "LongTextArea" => Ok(format!("textarea({})", length(256, 131_072)?)),
            "Number" => number("double"),
            "Currency" => number("currency"),
            "Percent" => number("percent"),
            "Checkbox" => fixed("boolean"),
            "Date" => fixed("date"),
            "DateTime" => fixed("datetime"),
            "Email" => fixed("email(80)"),
            "Phone" => fixed("phone(40)"),
            "Url" => fixed("url(255)"),
            "Picklist" => fixed("picklist(255)"),
            "MultiselectPicklist" => fixed("multipicklist(4099)"),
            "Lookup" => fixed("reference"),
            other => Err(invalid(format!("the demo org makes no field of type {}", cut(other)))),
        }
    }

    /// A checkbox has a default, and nothing else has one here.
    fn fill_default(&self, field: &mut FieldDef) -> Result<(), Refusal> {
        let given = self.default_value.as_ref().filter(|value| !value.is_null());
        if field.kind != Kind::Boolean {
            let refuse = |_: &Any| Err(invalid("only a Checkbox has a defaultValue here"));
            return given.map_or(Ok(()), refuse);
        }
        let ticked = given.and_then(|value| {
            value.as_bool().or_else(|| value.as_str().and_then(|text| text.parse().ok()))
        });
        let ticked = ticked.ok_or_else(|| missing("defaultValue"))?;
        field.default = Some(ticked.to_string());
        field.defaulted = true;
        Ok(())
    }

    fn fill_values(&self, field: &mut FieldDef) -> Result<(), Refusal> {
        if !matches!(field.kind, Kind::Picklist | Kind::MultiPicklist) {
            let refuse = |_: &ValueSet| Err(invalid("only a picklist has a valueSet"));
            return self.value_set.as_ref().map_or(Ok(()), refuse);
        }
        let set = self.value_set.as_ref().ok_or_else(|| missing("valueSet"))?;
        let given = &set.value_set_definition.value;
        if given.is_empty() || given.len() > MOST_VALUES {
            let message = format!("a picklist has from 1 to {MOST_VALUES} values");
            return Err(invalid(message));
        }
        field.restricted = set.restricted.unwrap_or(false);
        for value in given {
            let name = value.full_name.as_ref().or(value.label.as_ref());
            let name = bounded("value", name.ok_or_else(|| missing("fullName"))?, 255)?;
            if field.values.iter().any(|known| known.eq_ignore_ascii_case(&name)) {
                return Err(invalid(format!("Duplicate picklist value: {}", cut(&name))));
            }
            if value.default == Some(true) {
                field.default = Some(name.clone());
                field.defaulted = true;
            }
            field.values.push(name);
        }
        Ok(())
    }

    fn fill_lookup(
        &self,
        catalog: &Catalog,
        field: &mut FieldDef,
        old: Option<&FieldDef>,
    ) -> Result<(), Refusal> {
        if field.kind != Kind::Reference {
            let refuse = |_: &String| Err(invalid("only a Lookup has referenceTo"));
            return self.reference_to.as_ref().map_or(Ok(()), refuse);
        }
        let name = self.reference_to.as_deref().ok_or_else(|| missing("referenceTo"))?;
        let target = catalog.object(name);
        let target = target.ok_or_else(|| {
            invalid(format!(
                "referenceTo value of '{}' does not resolve to a valid sObject type",
                cut(name)
            ))
        })?;
        let relationship =
            self.relationship_name.as_deref().ok_or_else(|| missing("relationshipName"))?;
        developer_name(&format!("{relationship}__c"))?;
        let child = format!("{relationship}__r");
        let own = old.and_then(|old| old.child.as_ref()).is_some_and(|own| *own == child);
        if !own && catalog.child(target, &child).is_some() {
            let message = format!(
                "There is already a Child Relationship named {relationship} on {}.",
                target.label
            );
            let refusal = Refusal::new(400, "DUPLICATE_DEVELOPER_NAME", message);
            return Err(refusal.of_fields(&["ChildRelationshipName"]));
        }
        field.cascade = match self.delete_constraint.as_deref() {
            None | Some("SetNull") => false,
            Some("Cascade") => true,
            Some(_) => return Err(invalid("deleteConstraint must be SetNull or Cascade here")),
        };
        field.relationship = Some(format!("{}__r", field.name.trim_end_matches("__c")));
        field.child = Some(child);
        field.reference_to = vec![target.name.clone()];
        Ok(())
    }
}

fn missing(name: &str) -> Refusal {
    let message = format!("Required fields are missing: [{name}]");
    Refusal::new(400, "REQUIRED_FIELD_MISSING", message).of_fields(&[name])
}

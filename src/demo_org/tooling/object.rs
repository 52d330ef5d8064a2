//! Bodies that make or change a custom object.

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::super::answer::{Refusal, cut};
use super::super::catalog::{Catalog, ObjectDef};
use super::{bounded, developer_name, invalid};

/// Who may see a custom object's records, in the Metadata API's words.
const SHARING_MODELS: [&str; 4] = ["ReadWrite", "Read", "Private", "ControlledByParent"];

/// The body of a POST or a PATCH.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Body {
    #[serde(rename = "FullName", default)]
    full_name: Option<String>,
    #[serde(rename = "Metadata")]
    metadata: Metadata,
}

/// The Metadata API's `CustomObject`; what this org has no use for is read and left.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Metadata {
    label: Option<String>,
    plural_label: Option<String>,
    name_field: Option<NameField>,
    deployment_status: Option<String>,
    sharing_model: Option<String>,
    description: Option<String>,
    #[serde(rename = "enableActivities")]
    _activities: Option<IgnoredAny>,
    #[serde(rename = "enableBulkApi")]
    _bulk: Option<IgnoredAny>,
    #[serde(rename = "enableFeeds")]
    _feeds: Option<IgnoredAny>,
    #[serde(rename = "enableHistory")]
    _history: Option<IgnoredAny>,
    #[serde(rename = "enableReports")]
    _reports: Option<IgnoredAny>,
    #[serde(rename = "enableSearch")]
    _search: Option<IgnoredAny>,
    #[serde(rename = "enableSharing")]
    _sharing: Option<IgnoredAny>,
    #[serde(rename = "enableStreamingApi")]
    _streaming: Option<IgnoredAny>,
    #[serde(rename = "externalSharingModel")]
    _external: Option<IgnoredAny>,
    #[serde(rename = "visibility")]
    _visibility: Option<IgnoredAny>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct NameField {
    label: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    display_format: Option<String>,
    #[serde(rename = "startingNumber")]
    _starting_number: Option<IgnoredAny>,
}

/// What a body says, checked.
#[derive(Debug)]
pub(super) struct Made {
    label: String,
    plural: String,
    name_label: String,
    display_format: Option<String>,
    in_development: bool,
    sharing_model: String,
    description: Option<String>,
}

impl Body {
    /// The name of an object that the org doesn't have.
    pub(super) fn name(&self, catalog: &Catalog) -> Result<String, Refusal> {
        let name = self.full_name.as_deref().unwrap_or_default();
        developer_name(name)?;
        if catalog.object(name).is_some() {
            let message = format!("There is already an object named {name}");
            let refusal = Refusal::new(400, "DUPLICATE_DEVELOPER_NAME", message);
            return Err(refusal.of_fields(&["FullName"]));
        }
        Ok(name.to_owned())
    }

    /// Refuses another name than the object has.
    pub(super) fn refuse_other_name(&self, name: &str) -> Result<(), Refusal> {
        match &self.full_name {
            Some(other) if !other.eq_ignore_ascii_case(name) => {
                Err(invalid("the demo org doesn't rename objects"))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// What it says, where it says enough.
    pub(super) fn checked(self) -> Result<Made, Refusal> {
        let Metadata {
            label,
            plural_label,
            name_field,
            deployment_status,
            sharing_model,
            description,
            ..
        } = self.metadata;
        let missing = |name: &str| {
            let message = format!("Required fields are missing: [{name}]");
            Refusal::new(400, "REQUIRED_FIELD_MISSING", message).of_fields(&[name])
        };
        let name_field = name_field.ok_or_else(|| missing("nameField"))?;
        let status = deployment_status.as_deref().unwrap_or("Deployed");
        if !["Deployed", "InDevelopment"].contains(&status) {
            return Err(invalid(format!("no such deploymentStatus: {}", cut(status))));
        }
        let sharing_model = sharing_model.ok_or_else(|| missing("sharingModel"))?;
        if !SHARING_MODELS.contains(&sharing_model.as_str()) {
            return Err(invalid(format!("no such sharingModel: {}", cut(&sharing_model))));
        }
        let display_format = match name_field.kind.as_deref() {
            Some("Text") => None,
            Some("AutoNumber") => Some(display_format(name_field.display_format.as_deref())?),
            Some(_) | None => return Err(invalid("nameField: type must be Text or AutoNumber")),
        };
        let label = label.ok_or_else(|| missing("label"))?;
        let plural = plural_label.ok_or_else(|| missing("pluralLabel"))?;
        let name_label = name_field.label.unwrap_or_else(|| "Name".to_owned());
        Ok(Made {
            label: bounded("label", &label, 40)?,
            plural: bounded("pluralLabel", &plural, 40)?,
            name_label: bounded("nameField", &name_label, 40)?,
            display_format,
            in_development: status == "InDevelopment",
            sharing_model,
            description: description
                .map(|text| bounded("description", &text, 1_000))
                .transpose()?,
        })
    }
}

/// `A-{0000}`: text around one run of up to ten zeros.
fn display_format(text: Option<&str>) -> Result<String, Refusal> {
    let text = text.unwrap_or("{0}");
    let zeros = text.split_once('{').and_then(|(_, rest)| rest.split_once('}'));
    let good = zeros.is_some_and(|(zeros, after)| {
        (1..=10).contains(&zeros.len())
            && zeros.chars().all(|c| c == '0')
            && !after.contains(['{', '}'])
    });
    if good && text.chars().count() <= 30 {
        Ok(text.to_owned())
    } else {
        Err(invalid(format!("nameField: displayFormat is not like A-{{0000}}: {}", cut(text))))
    }
}

impl Made {
    /// Puts what was said into an object.
    pub(super) fn put(self, object: &mut ObjectDef) {
        object.label = self.label;
        object.plural = self.plural;
        object.sharing_model = self.sharing_model;
        object.in_development = self.in_development;
        object.description = self.description;
        if let Some(id) = object.fields.first_mut() {
            "Record ID".clone_into(&mut id.label);
        }
        if let Some(name) = object.fields.iter_mut().find(|field| field.name_field) {
            name.label = self.name_label;
            name.createable = self.display_format.is_none();
            name.updateable = name.createable;
            name.auto_number = self.display_format;
        }
    }
}

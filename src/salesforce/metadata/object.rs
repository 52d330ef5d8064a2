//! An object as it will be: checked, and printed as the Metadata API's `CustomObject`.

use serde_json::{Map, Value};

use super::members::{DefinitionError, Kept, ObjectMembers, label, text};

type Result<T> = std::result::Result<T, DefinitionError>;

/// Who may see the records of a new object. `ControlledByParent` needs a master-detail relationship.
const SHARING_MODELS: [&str; 3] = ["Private", "Read", "ReadWrite"];

/// An object that can be made, or put in the place of what it was.
#[derive(Clone, Debug, PartialEq)]
pub struct ObjectDefinition {
    members: ObjectMembers,
    before: Option<CurrentName>,
    kept: Kept,
    shared_anew: bool,
}

/// An object as the org has it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Current {
    pub(super) members: ObjectMembers,
    pub(super) name: CurrentName,
    pub(super) kept: Kept,
}

/// Further members of its name field, carried over as they are.
pub(super) type CurrentName = Kept;

impl ObjectDefinition {
    /// A new object.
    pub fn new(members: ObjectMembers) -> Result<Self> {
        let sharing = ("sharingModel", "Private, Read or ReadWrite");
        one_of(sharing.0, members.sharing_model.as_deref(), &SHARING_MODELS, sharing.1)?;
        if members.sharing_model.is_none() {
            return Err(DefinitionError::Missing { member: sharing.0, expected: sharing.1 });
        }
        Self::checked(members, None, Kept::new(), false)
    }

    /// An object that changes.
    pub(super) fn changed(current: Current, changes: ObjectMembers) -> Result<Self> {
        let changes = changes.as_change()?;
        let sharing = changes.sharing_model.as_deref();
        one_of("sharingModel", sharing, &SHARING_MODELS, "Private, Read or ReadWrite")?;
        let shared_anew = changes.sharing_model.is_some();
        let Current { members: old, name, kept } = current;
        let members = ObjectMembers {
            label: changes.label.or(old.label),
            plural_label: changes.plural_label.or(old.plural_label),
            name_label: changes.name_label.or(old.name_label),
            name_format: changes.name_format.or(old.name_format),
            sharing_model: changes.sharing_model.or(old.sharing_model),
            deployment_status: changes.deployment_status.or(old.deployment_status),
            description: changes.description.or(old.description).filter(|text| !text.is_empty()),
        };
        Self::checked(members, Some(name), kept, shared_anew)
    }

    fn checked(
        members: ObjectMembers,
        before: Option<CurrentName>,
        kept: Kept,
        shared_anew: bool,
    ) -> Result<Self> {
        label("label", members.label.as_deref())?;
        label("pluralLabel", members.plural_label.as_deref())?;
        if members.name_label.is_some() {
            label("nameLabel", members.name_label.as_deref())?;
        }
        let (member, expected) =
            ("nameFormat", "a text with one run of zeros, for example INV-{0000}");
        if members.name_format.as_deref().is_some_and(|format| !is_format(format)) {
            return Err(DefinitionError::Value { member, expected });
        }
        let status = members.deployment_status.as_deref();
        let statuses = ["Deployed", "InDevelopment"];
        one_of("deploymentStatus", status, &statuses, "Deployed or InDevelopment")?;
        let description = members.description.as_deref().unwrap_or_default();
        text("description", description, 1_000, "at most 1000 characters")?;
        Ok(Self { members, before, kept, shared_anew })
    }

    /// Whether a change says anew who may see the records.
    pub fn changes_sharing(&self) -> bool {
        self.shared_anew
    }

    /// The Metadata API's `CustomObject`.
    pub fn metadata(&self) -> Value {
        let members = &self.members;
        let mut printed = Map::new();
        for (name, value) in &self.kept {
            printed.insert((*name).to_owned(), value.json());
        }
        let status = members.deployment_status.as_deref().unwrap_or("Deployed");
        for (name, text) in [
            ("label", members.label.as_deref()),
            ("pluralLabel", members.plural_label.as_deref()),
            ("sharingModel", members.sharing_model.as_deref()),
            ("deploymentStatus", Some(status)),
            ("description", members.description.as_deref().filter(|text| !text.is_empty())),
        ] {
            if let Some(text) = text {
                printed.insert(name.to_owned(), Value::from(text));
            }
        }
        printed.insert("nameField".to_owned(), self.name_field());
        Value::Object(printed)
    }

    fn name_field(&self) -> Value {
        let mut printed = Map::new();
        for (name, value) in self.before.iter().flatten() {
            printed.insert((*name).to_owned(), value.json());
        }
        let label = self.members.name_label.as_deref().unwrap_or("Name");
        printed.insert("label".to_owned(), Value::from(label));
        let kind = match &self.members.name_format {
            Some(format) => {
                printed.insert("displayFormat".to_owned(), Value::from(format.as_str()));
                "AutoNumber"
            }
            None => "Text",
        };
        printed.insert("type".to_owned(), Value::from(kind));
        Value::Object(printed)
    }
}

/// The name field's further members, for what reads them from the org.
pub(super) const KEPT_OF_NAME: [&str; 3] = ["startingNumber", "trackHistory", "trackFeedHistory"];

/// Text around one run of up to ten zeros in braces.
fn is_format(text: &str) -> bool {
    let Some((before, rest)) = text.split_once('{') else { return false };
    let Some((zeros, after)) = rest.split_once('}') else { return false };
    (1..=10).contains(&zeros.len())
        && zeros.bytes().all(|b| b == b'0')
        && text.chars().count() <= 30
        && [before, after]
            .iter()
            .all(|part| part.chars().all(|c| !c.is_control() && !matches!(c, '{' | '}')))
}

fn one_of(
    member: &'static str,
    given: Option<&str>,
    known: &[&str],
    expected: &'static str,
) -> Result<()> {
    match given {
        Some(given) if !known.contains(&given) => Err(DefinitionError::Value { member, expected }),
        Some(_) | None => Ok(()),
    }
}

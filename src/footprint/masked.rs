//! Which fields of an answer come back masked: by where they stand in the lists of the operation.

use std::collections::BTreeMap;

use super::Target;

/// The masked fields of one list, and of the lists within it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Masked {
    fields: BTreeMap<String, MaskedField>,
    lists: BTreeMap<String, Self>,
}

/// A field of a list that comes back masked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MaskedField {
    /// How it is written, with the names of the lists that lead to it: `Contacts.SSN__c`.
    pub name: String,
    /// What may be seen only masked and would be seen in it: the field, its parts, or the field of
    /// each object that the path can lead to.
    pub targets: Vec<Target>,
    /// What a mask can count on.
    pub holds: Holds,
}

/// What kind of value a masked field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// Text, of which a part can be shown.
    Text,
    /// A date, or a date with a time.
    Date,
    /// Anything else: a number, a check box, the parts of a name or an address.
    Other,
}

impl Holds {
    /// What a field of a describe `type` holds.
    pub fn of(kind: &str) -> Self {
        match kind {
            "string" | "textarea" | "email" | "phone" | "url" | "picklist" | "multipicklist"
            | "combobox" | "encryptedstring" | "id" | "reference" => Self::Text,
            "date" | "datetime" => Self::Date,
            _ => Self::Other,
        }
    }
}

impl Masked {
    /// Whether nothing is masked.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty() && self.lists.is_empty()
    }

    /// The field of this list that is written so.
    pub fn field(&self, path: &str) -> Option<&MaskedField> {
        self.fields.get(&path.to_ascii_lowercase())
    }

    /// The masked fields of a list within this one: of a child relationship, or of an object that
    /// is searched for.
    pub fn list(&self, name: &str) -> &Self {
        const NOTHING: &Masked = &Masked { fields: BTreeMap::new(), lists: BTreeMap::new() };
        self.lists.get(&name.to_ascii_lowercase()).unwrap_or(NOTHING)
    }

    /// Every masked field.
    pub fn fields(&self) -> Vec<&MaskedField> {
        let within = self.lists.values().flat_map(Self::fields);
        self.fields.values().chain(within).collect()
    }

    pub(super) fn insert(&mut self, lists: &[String], path: &str, field: MaskedField) {
        match lists.split_first() {
            None => drop(self.fields.insert(path.to_ascii_lowercase(), field)),
            Some((first, rest)) => {
                let list = self.lists.entry(first.to_ascii_lowercase()).or_default();
                list.insert(rest, path, field);
            }
        }
    }
}

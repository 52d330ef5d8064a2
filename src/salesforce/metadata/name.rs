//! Names that are given to new objects and fields.

use std::fmt;

use serde::Deserialize;

use crate::salesforce::ObjectName;

/// The most characters before `__c`.
const LONGEST: usize = 40;

/// The name of a new custom object or field, for example `Invoice__c`: letters, digits and single
/// underscores, at most 40, then `__c`, without a namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomName(String);

/// A text that no custom object or field can be called.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CustomNameError {
    /// It doesn't end as custom names do.
    #[error("`{0}` must end in `__c`, for example `Region__c`")]
    Suffix(String),
    /// It has a namespace.
    #[error(
        "`{0}` has two underscores in a row before its `__c`: a name is given without a namespace"
    )]
    Namespace(String),
    /// It has other characters, or too many.
    #[error(
        "`{0}` is not a name: before `__c` write a letter, then letters, digits or single \
         underscores, at most 40 characters, not ending in an underscore"
    )]
    Characters(String),
}

impl CustomName {
    /// Reads a name.
    pub fn parse(text: &str) -> Result<Self, CustomNameError> {
        let shown = || text.chars().take(80).flat_map(char::escape_debug).collect();
        let Some(name) = text.strip_suffix("__c") else {
            return Err(CustomNameError::Suffix(shown()));
        };
        if !is_developer_name(&name.replace("__", "_")) {
            return Err(CustomNameError::Characters(shown()));
        }
        if name.contains("__") {
            return Err(CustomNameError::Namespace(shown()));
        }
        Ok(Self(text.to_owned()))
    }

    /// With `__c`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As the name of an object.
    pub fn object(&self) -> Option<ObjectName> {
        ObjectName::parse(&self.0).ok()
    }
}

/// A letter, then letters, digits and single underscores, none at the end.
pub(super) fn is_developer_name(name: &str) -> bool {
    (1..=LONGEST).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        && !name.contains("__")
        && !name.ends_with('_')
}

impl fmt::Display for CustomName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for CustomName {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(from)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

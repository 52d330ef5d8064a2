//! What an operation touches: one access for each effect on an object or a field.

use std::fmt;

use smol_str::SmolStr;

use crate::salesforce::{FieldName, ObjectName};

/// An effect on an object or a field; a Cedar action of the same name (`policies` group them).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// Its value comes back.
    Select,
    /// Rows are chosen, sorted, grouped or aggregated by it, so that its value can be inferred.
    Filter,
    /// A term is looked for in it, so that a hit tells something of its value.
    Search,
    /// Its name, type and other metadata come back.
    Describe,
    /// It is set in a new record.
    Create,
    /// It is changed in a record.
    Update,
    /// A record goes to the recycle bin.
    Delete,
    /// The names of the org's objects come back.
    ListObjects,
    /// The org's limits come back.
    ReadLimits,
}

impl Action {
    /// Every action.
    pub const ALL: [Self; 9] = [
        Self::Select,
        Self::Filter,
        Self::Search,
        Self::Describe,
        Self::Create,
        Self::Update,
        Self::Delete,
        Self::ListObjects,
        Self::ReadLimits,
    ];

    /// Its name in policies, audit records and answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Select => "select",
            Self::Filter => "filter",
            Self::Search => "search",
            Self::Describe => "describe",
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::ListObjects => "listObjects",
            Self::ReadLimits => "readLimits",
        }
    }
}

/// On what: names in describe's spelling, known to the org schema.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// The org itself.
    Org,
    /// A whole object.
    Object(ObjectName),
    /// One field of an object.
    Field(ObjectName, FieldName),
}

impl Target {
    /// The object, where there is one.
    pub fn object(&self) -> Option<&ObjectName> {
        match self {
            Self::Org => None,
            Self::Object(object) | Self::Field(object, _) => Some(object),
        }
    }

    /// The field, where there is one.
    pub fn field(&self) -> Option<&FieldName> {
        match self {
            Self::Org | Self::Object(_) => None,
            Self::Field(_, field) => Some(field),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Org => f.write_str("the org"),
            Self::Object(object) => write!(f, "{object}"),
            Self::Field(object, field) => write!(f, "{object}.{field}"),
        }
    }
}

/// One action on one object or field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// What is done.
    pub action: Action,
    /// To what.
    pub target: Target,
    /// How the operation came to it, for example `Owner.Name`; empty where no path was written.
    pub path: SmolStr,
    /// The org hides what the field is computed from, so that only a policy which names the field
    /// itself permits it, not one for its object.
    pub opaque: bool,
}

impl Access {
    /// The field, unless the operation came to it without naming it: the fields that a search looks
    /// in are the org's own choice, and their names are not the caller's to learn.
    pub fn named_field(&self) -> Option<&FieldName> {
        self.target.field().filter(|_| self.action != Action::Search)
    }
}

/// Everything that one operation touches.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Footprint {
    /// All of these must be permitted. No action on the same target stands here twice.
    pub accesses: Vec<Access>,
    /// Each of these is asked for alone: what isn't permitted is pruned from the answer (the fields
    /// of a describe, the objects of a list).
    pub pruned: Vec<Access>,
    /// How many rows can come back at the most; `None` where the operation sets no bound.
    pub rows: Option<u32>,
}

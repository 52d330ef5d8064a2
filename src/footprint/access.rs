//! What an operation touches: one access for each effect on an object or a field.

use std::fmt;

use smol_str::SmolStr;

use super::Masked;
use crate::org::{Field, Object};
use crate::salesforce::{FieldName, ObjectName, RecordId};

/// An effect on an object or a field; a Cedar action of the same name (`policies` group them).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// Its value comes back.
    Select,
    /// Something comes back that shows that there is a value, and perhaps a part of it.
    SelectMasked,
    /// Rows are chosen, sorted, grouped or aggregated by it, or a value of it is written that no two
    /// records can have, so that values can be inferred.
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
    /// A report is run; what its columns show is asked for besides.
    RunReport,
    /// The definition of an object or a field comes back, as its maker sees it.
    ReadMetadata,
    /// An object or a field is made.
    CreateMetadata,
    /// The definition of an object or a field is changed.
    UpdateMetadata,
    /// An object or a field is removed, with all that is stored in it.
    DeleteMetadata,
    /// A record is written that says what people may do or see: a permission set, a profile, a
    /// share, the profile of a user.
    ChangeAccess,
    /// A record is written that the org runs: an Apex class, a trigger, a page, a flow.
    ChangeCode,
}

impl Action {
    /// Every action.
    pub const ALL: [Self; 17] = [
        Self::Select,
        Self::SelectMasked,
        Self::Filter,
        Self::Search,
        Self::Describe,
        Self::Create,
        Self::Update,
        Self::Delete,
        Self::ListObjects,
        Self::ReadLimits,
        Self::RunReport,
        Self::ReadMetadata,
        Self::CreateMetadata,
        Self::UpdateMetadata,
        Self::DeleteMetadata,
        Self::ChangeAccess,
        Self::ChangeCode,
    ];

    /// The action of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.name() == name)
    }

    /// Its name in policies, audit records and answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Select => "select",
            Self::SelectMasked => "selectMasked",
            Self::Filter => "filter",
            Self::Search => "search",
            Self::Describe => "describe",
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::ListObjects => "listObjects",
            Self::ReadLimits => "readLimits",
            Self::RunReport => "runReport",
            Self::ReadMetadata => "readMetadata",
            Self::CreateMetadata => "createMetadata",
            Self::UpdateMetadata => "updateMetadata",
            Self::DeleteMetadata => "deleteMetadata",
            Self::ChangeAccess => "changeAccess",
            Self::ChangeCode => "changeCode",
        }
    }
}

/// The kinds of targets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TargetKind {
    /// The org itself.
    Org,
    /// A whole object.
    Object,
    /// One field of an object.
    Field,
    /// A report.
    Report,
}

impl Action {
    /// What operations ask about with it; a policy on anything else never counts.
    pub fn asked_about(self) -> &'static [TargetKind] {
        use TargetKind::{Field, Object, Org, Report};
        match self {
            Self::ListObjects | Self::ReadLimits => &[Org],
            Self::RunReport => &[Report],
            Self::SelectMasked | Self::Filter | Self::Create | Self::Update => &[Field],
            // To count the records of an object is to select it.
            Self::Select
            | Self::Search
            | Self::Describe
            | Self::UpdateMetadata
            | Self::DeleteMetadata
            | Self::ChangeAccess => &[Object, Field],
            Self::Delete | Self::ChangeCode => &[Object],
            Self::ReadMetadata => &[Org, Object, Field],
            Self::CreateMetadata => &[Org, Object],
        }
    }

    /// Whether it is about values of records, which are asked about field by field.
    pub fn is_about_values(self) -> bool {
        match self {
            Self::Select
            | Self::SelectMasked
            | Self::Filter
            | Self::Search
            | Self::Create
            | Self::Update => true,
            Self::Describe
            | Self::Delete
            | Self::ListObjects
            | Self::ReadLimits
            | Self::RunReport
            | Self::ReadMetadata
            | Self::CreateMetadata
            | Self::UpdateMetadata
            | Self::DeleteMetadata
            | Self::ChangeAccess
            | Self::ChangeCode => false,
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
    /// A report.
    Report(RecordId),
}

impl Target {
    /// Its kind.
    pub fn kind(&self) -> TargetKind {
        match self {
            Self::Org => TargetKind::Org,
            Self::Object(_) => TargetKind::Object,
            Self::Field(..) => TargetKind::Field,
            Self::Report(_) => TargetKind::Report,
        }
    }

    /// The object, where there is one.
    pub fn object(&self) -> Option<&ObjectName> {
        match self {
            Self::Org | Self::Report(_) => None,
            Self::Object(object) | Self::Field(object, _) => Some(object),
        }
    }

    /// The field, where there is one.
    pub fn field(&self) -> Option<&FieldName> {
        match self {
            Self::Org | Self::Object(_) | Self::Report(_) => None,
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
            Self::Report(id) => write!(f, "report {id}"),
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
    /// An access that nobody wrote a path for.
    pub fn plain(action: Action, target: Target) -> Self {
        Self { action, target, path: SmolStr::default(), opaque: false }
    }

    /// An access to a field alone, without what the field shows of others.
    pub fn of_field(action: Action, object: &Object, field: &Field) -> Self {
        let target = Target::Field(object.name.clone(), field.name.clone());
        Self { opaque: field.is_opaque(), ..Self::plain(action, target) }
    }

    /// Whether it is the same action on the same target.
    pub fn is_like(&self, other: &Self) -> bool {
        self.action == other.action && self.target == other.target
    }

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
    /// What each part touches, for an operation that has parts; all of it stands in `accesses` too.
    pub parts: Vec<PartFootprint>,
    /// The fields that come back masked, of an operation that has no parts.
    pub masked: Masked,
}

/// What one part of an operation touches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartFootprint {
    /// What the caller calls it.
    pub reference: String,
    /// What it touches.
    pub footprint: Footprint,
}

impl Footprint {
    /// Adds accesses that it doesn't have yet.
    pub(super) fn add(&mut self, accesses: &[Access]) {
        for access in accesses {
            let same = |known: &&mut Access| known.is_like(access);
            match self.accesses.iter_mut().find(same) {
                Some(known) => known.opaque |= access.opaque,
                None => self.accesses.push(access.clone()),
            }
        }
    }

    /// Whether the operation names a field of that name, on whichever object.
    pub fn names(&self, field: &str) -> bool {
        let named = |access: &Access| access.named_field().is_some_and(|n| n.as_str() == field);
        self.accesses.iter().any(named)
    }
}

//! What a name that isn't known was probably meant to be, among the names that the asker may see.

use super::Target;
use super::error::{FootprintError, Unresolved};
use crate::org::{Object, Schema, nearest_first};

/// How many near names are asked about.
const ASKED: usize = 5;

impl FootprintError {
    /// The nearest known name to the one that can't be resolved, among those for which `visible` is
    /// true: an object, a field (also behind a relationship), or a child relationship whose object
    /// and lookup are both visible. `None` for an error of another kind, or if nothing is near.
    /// `visible` is asked about the few nearest names only.
    pub fn suggestions(
        &self,
        schema: &Schema,
        visible: &dyn Fn(&Target) -> bool,
    ) -> Option<String> {
        self.kind.suggestions(schema, visible)
    }
}

impl Unresolved {
    fn suggestions(&self, schema: &Schema, visible: &dyn Fn(&Target) -> bool) -> Option<String> {
        match self {
            Self::Part { kind, .. } | Self::Record { kind, .. } => {
                kind.suggestions(schema, visible)
            }
            Self::Object(name) => shown(name, objects(schema), visible),
            Self::Field { object, field, .. } => {
                shown(field, fields(schema.object(object)?), visible)
            }
            Self::Parent { object, relationship, .. } => {
                shown(relationship, parents(schema.object(object)?), visible)
            }
            Self::Child { object, relationship, .. } => {
                shown(relationship, children(schema.object(object)?), visible)
            }
            Self::Target { .. }
            | Self::Polymorphic { .. }
            | Self::OneTarget(_)
            | Self::NotATarget { .. }
            | Self::Refused { .. }
            | Self::NotAnExternalId(_)
            | Self::ParentWithoutType(_)
            | Self::ReferenceAlone(_)
            | Self::Related { .. }
            | Self::RelatedTooFar
            | Self::Nameless(_)
            | Self::NotAnIdOf { .. }
            | Self::NotLookedUp(_)
            | Self::NothingBehindId(_)
            | Self::BehindId { .. }
            | Self::NotCustom(_)
            | Self::Definition(_)
            | Self::KeyColumn { .. }
            | Self::ColumnsOfDelete
            | Self::Columns(_)
            | Self::Rows(_)
            | Self::TooManyInline { .. }
            | Self::CompoundInBulk(_)
            | Self::LongHeader { .. }
            | Self::Nested
            | Self::Reference { .. }
            | Self::StrayReference
            | Self::SearchEverywhere
            | Self::ReturnedTwice(_)
            | Self::SearchClause { .. }
            | Self::Unbounded { .. }
            | Self::NoFields { .. }
            | Self::Ambiguous(_)
            | Self::TooDeep(_)
            | Self::Alias(_)
            | Self::SelectedTwice(_)
            | Self::NotWritable(_)
            | Self::WrittenTwice(_)
            | Self::Value(_)
            | Self::OtherObject(_)
            | Self::NothingToWrite
            | Self::NotAReport
            | Self::ReportUnread
            | Self::Report(_)
            | Self::ReportColumn(_)
            | Self::NoRecords
            | Self::TooMany { .. }
            | Self::NoKey(_)
            | Self::Prefix(_)
            | Self::OtherType(_)
            | Self::IdAsKey => None,
        }
    }
}

/// A name that could have been meant, and what must be visible for it to be told.
type Candidate<'a> = (&'a str, Vec<Target>);

fn objects(schema: &Schema) -> impl Iterator<Item = Candidate<'_>> {
    schema.objects().map(|object| (object.name.as_str(), vec![Target::Object(object.name.clone())]))
}

fn fields(object: &Object) -> impl Iterator<Item = Candidate<'_>> {
    object.fields().map(|field| {
        let target = Target::Field(object.name.clone(), field.name.clone());
        (field.name.as_str(), vec![target])
    })
}

fn parents(object: &Object) -> impl Iterator<Item = Candidate<'_>> {
    object.parents().filter_map(|name| {
        let lookup = object.parent(name)?;
        let target = Target::Field(object.name.clone(), lookup.name.clone());
        Some((name.as_str(), vec![target]))
    })
}

fn children(object: &Object) -> impl Iterator<Item = Candidate<'_>> {
    object.children().map(|child| {
        let object = Target::Object(child.object.clone());
        let lookup = Target::Field(child.object.clone(), child.field.clone());
        (child.relationship.as_str(), vec![object, lookup])
    })
}

/// The nearest of the names whose targets are all visible.
fn shown<'a>(
    name: &str,
    candidates: impl Iterator<Item = Candidate<'a>>,
    visible: &dyn Fn(&Target) -> bool,
) -> Option<String> {
    nearest_first(name, candidates)
        .into_iter()
        .take(ASKED)
        .find(|(_, targets)| targets.iter().all(visible))
        .map(|(name, _)| name.to_owned())
}

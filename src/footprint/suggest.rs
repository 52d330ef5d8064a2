//! What a name that isn't known was probably meant to be, among the names that the asker may see.

use super::Target;
use super::error::{FootprintError, Unresolved};
use crate::org::{Schema, nearest};
use crate::salesforce::ObjectName;

impl FootprintError {
    /// The nearest known name to the one that can't be resolved, among those for which `visible` is
    /// true: an object, a field (also behind a relationship), or a child relationship whose object
    /// and lookup are both visible. `None` for an error of another kind, or if nothing is near.
    pub fn suggestions(
        &self,
        schema: &Schema,
        visible: &dyn Fn(&Target) -> bool,
    ) -> Option<String> {
        match &self.kind {
            Unresolved::Object(name) => {
                let objects = schema.objects().map(|object| &object.name);
                let shown = objects.filter(|name| visible(&Target::Object((*name).clone())));
                nearest(name, shown.map(ObjectName::as_str)).map(str::to_owned)
            }
            Unresolved::Field { object, field, .. } => {
                let object = schema.object(object)?;
                let shown = object.fields().filter(|field| {
                    visible(&Target::Field(object.name.clone(), field.name.clone()))
                });
                nearest(field, shown.map(|field| field.name.as_str())).map(str::to_owned)
            }
            Unresolved::Parent { object, relationship, .. } => {
                let object = schema.object(object)?;
                let shown = object.parents().filter(|name| {
                    object.parent(name).is_some_and(|lookup| {
                        visible(&Target::Field(object.name.clone(), lookup.name.clone()))
                    })
                });
                nearest(relationship, shown.map(|name| name.as_str())).map(str::to_owned)
            }
            Unresolved::Child { object, relationship, .. } => {
                let object = schema.object(object)?;
                let shown = object.children().filter(|child| {
                    visible(&Target::Object(child.object.clone()))
                        && visible(&Target::Field(child.object.clone(), child.field.clone()))
                });
                nearest(relationship, shown.map(|child| child.relationship.as_str()))
                    .map(str::to_owned)
            }
            Unresolved::Target { .. }
            | Unresolved::Polymorphic { .. }
            | Unresolved::OneTarget(_)
            | Unresolved::NotATarget { .. }
            | Unresolved::Refused { .. }
            | Unresolved::SearchEverywhere
            | Unresolved::ReturnedTwice(_)
            | Unresolved::SearchClause { .. }
            | Unresolved::Unbounded { .. }
            | Unresolved::NoFields { .. }
            | Unresolved::Ambiguous(_)
            | Unresolved::TooDeep(_)
            | Unresolved::Alias(_)
            | Unresolved::SelectedTwice(_)
            | Unresolved::NotWritable(_)
            | Unresolved::WrittenTwice(_)
            | Unresolved::Value(_)
            | Unresolved::OtherObject(_)
            | Unresolved::NothingToWrite => None,
        }
    }
}

//! One field of a list: what it touches, and whether it can come back masked.

use std::sync::Arc;

use super::super::masked::{Holds, MaskedField};
use super::super::path::{Scope, Walk};
use super::super::{Access, Action, Target};
use super::Targets;
use crate::org::{self, Object, Schema};
use crate::soql::ast::Path;

/// A field as it stands in a list of fields of an object.
pub(super) struct Field<'a> {
    pub(super) object: &'a Arc<Object>,
    pub(super) path: &'a Path,
    /// It comes back as it is, under its own path.
    pub(super) plain: bool,
}

/// Where a path leads.
#[derive(Default)]
struct Led<'s> {
    lookups: Vec<Target>,
    /// The field, or the fields of all objects that a polymorphic lookup can lead to.
    ends: Vec<(&'s Object, &'s org::Field)>,
}

impl Field<'_> {
    /// What selecting it alone touches; `None` where it can't be resolved.
    pub(super) fn touches(&self, schema: &Schema) -> Option<Vec<Access>> {
        let mut walk = Walk::new(schema);
        let scope = Scope::of(Arc::clone(self.object));
        walk.path(&scope, self.path, &[Action::Select]).ok()?;
        Some(walk.finish(None).accesses)
    }

    /// How it comes back if `targets` may be seen only masked; `None` where it shows none of them,
    /// or one that masking it would not hide: a lookup on the way, which the records at its end
    /// show, or a field that a formula is computed from.
    pub(super) fn masked(
        &self,
        schema: &Schema,
        targets: &Targets,
        name: &str,
    ) -> Option<MaskedField> {
        let touched = self.touches(schema)?;
        let hidden: Vec<Target> =
            touched.into_iter().map(|a| a.target).filter(|t| targets.contains(t)).collect();
        let Led { lookups, ends } = self.led(schema)?;
        let fields = || ends.iter().map(|(object, field)| (target(object, field), *field));
        let shown = |target: &Target| {
            let part = |name| target.field() == Some(name);
            ends.iter().any(|(object, field)| {
                let own = part(&field.name) || field.components.iter().any(part);
                target.object() == Some(&object.name) && own
            })
        };
        if hidden.is_empty()
            || lookups.iter().any(|lookup| targets.contains(lookup))
            || !hidden.iter().all(shown)
        {
            return None;
        }
        let whole = hidden.iter().all(|hidden| fields().any(|(own, _)| own == *hidden));
        let mut kinds = fields().map(|(_, field)| Holds::of(&field.kind));
        let first = kinds.next().unwrap_or(Holds::Other);
        let holds = if whole && kinds.all(|kind| kind == first) { first } else { Holds::Other };
        Some(MaskedField { name: name.to_owned(), targets: hidden, holds })
    }

    fn led<'s>(&'s self, schema: &'s Schema) -> Option<Led<'s>> {
        let mut led = Led::default();
        let mut object: &Object = self.object;
        let last = &self.path.last;
        let mut steps = self.path.qualifiers.iter().peekable();
        while let Some(step) = steps.next() {
            let lookup = object.parent_named(step.as_str())?;
            led.lookups.push(target(object, lookup));
            if lookup.polymorphic {
                for name in &lookup.reference_to {
                    let object = schema.object(name)?;
                    let known_by = if last.is("Name") { object.name_field() } else { None };
                    let found = [object.field_named(last.as_str()), known_by];
                    led.ends.extend(found.into_iter().flatten().map(|field| (&**object, field)));
                }
                return steps.peek().is_none().then_some(led);
            }
            object = schema.object(lookup.reference_to.first()?)?;
        }
        led.ends.push((object, object.field_named(last.as_str())?));
        Some(led)
    }
}

fn target(object: &Object, field: &org::Field) -> Target {
    Target::Field(object.name.clone(), field.name.clone())
}

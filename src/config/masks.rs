//! Masks: how much is shown of which field to an agent that may see it only masked.

use std::collections::BTreeMap;
use std::fmt;

use super::section::{Problem, Section};
use super::value;
use crate::footprint::{Holds, Target};
use crate::org::{Schema, nearest};
use crate::redact::Mask;
use crate::salesforce::{FieldName, ObjectName};

/// A mask as configured.
#[derive(Clone, Debug)]
pub struct MaskRule {
    object: ObjectName,
    field: FieldName,
    mask: Mask,
    path: String,
    line: u64,
}

/// Masks that don't fit the org.
#[derive(Debug, thiserror::Error)]
pub struct MaskError {
    problems: Vec<Problem>,
}

impl fmt::Display for MaskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the configuration does not fit the org:")?;
        self.problems.iter().try_for_each(|problem| write!(f, "\n  {problem}"))
    }
}

pub(super) fn read(root: &mut Section<'_>) -> Vec<MaskRule> {
    let mut rules: Vec<MaskRule> = Vec::new();
    for mut section in root.sections("masks") {
        let (path, line) = section.place();
        let field = section.required("field", |text| {
            let wrong = || format!("`{}` is not a field; write Contact.SSN__c", value::cut(text));
            let (object, field) = text.split_once('.').ok_or_else(wrong)?;
            let names = ObjectName::parse(object).ok().zip(FieldName::parse(field).ok());
            names.ok_or_else(wrong)
        });
        let mask = section.required("mask", |text| {
            let names = Mask::ALL.map(Mask::name).join(", ");
            let known = Mask::ALL.into_iter().find(|mask| mask.name() == text);
            known.ok_or_else(|| format!("`{}` is not one of {names}", value::cut(text)))
        });
        if let Some((object, field)) = &field
            && let Some(earlier) =
                rules.iter().find(|rule| rule.object == *object && rule.field == *field)
        {
            section.problem(format!("`{object}.{field}` has a mask already, at {}", earlier.path));
        }
        section.finish();
        if let Some(((object, field), mask)) = field.zip(mask) {
            rules.push(MaskRule { object, field, mask, path, line });
        }
    }
    rules
}

/// The masks by field. Names that the org doesn't have, and masks that can show nothing of what a
/// field holds, are reported together.
pub fn bind(rules: &[MaskRule], schema: &Schema) -> Result<BTreeMap<Target, Mask>, MaskError> {
    let mut masks = BTreeMap::new();
    let mut problems = Vec::new();
    for rule in rules {
        match rule.target(schema) {
            Ok(target) => drop(masks.insert(target, rule.mask)),
            Err(message) => {
                let (path, line) = (rule.path.clone(), rule.line);
                problems.push(Problem { path, line, message });
            }
        }
    }
    if problems.is_empty() { Ok(masks) } else { Err(MaskError { problems }) }
}

impl MaskRule {
    fn target(&self, schema: &Schema) -> Result<Target, String> {
        let Self { object, field, mask, .. } = self;
        let meant = |name: Option<&str>| {
            name.map(|name| format!("; did you mean `{name}`?")).unwrap_or_default()
        };
        let Some(known) = schema.object(object) else {
            let names = schema.objects().map(|object| object.name.as_str());
            let meant = meant(nearest(object.as_str(), names));
            return Err(format!("the org has no object `{object}`{meant}"));
        };
        let Some(found) = known.field(field) else {
            let names = known.fields().map(|field| field.name.as_str());
            let meant = meant(nearest(field.as_str(), names));
            return Err(format!("`{}` has no field `{field}`{meant}", known.name));
        };
        if !found.components.is_empty() && *mask != Mask::Redacted {
            return Err(format!("`{object}.{field}` is made of other fields: mask those"));
        }
        if !mask.fits(Holds::of(&found.kind)) {
            let (mask, kind) = (mask.name(), &found.kind);
            return Err(format!("`{mask}` can show nothing of a field of type {kind}"));
        }
        Ok(Target::Field(known.name.clone(), found.name.clone()))
    }
}

//! Masks: how much is shown of which field to an agent that may see it only masked.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::section::{Problem, Section};
use super::value;
use crate::footprint::{Holds, Target};
use crate::org::{Schema, nearest};
use crate::redact::{HashKey, Mask, Masks};
use crate::salesforce::{FieldName, ObjectName};

/// A mask as configured.
#[derive(Clone, Debug)]
pub struct MaskRule {
    of: MaskOf,
    mask: Mask,
    path: String,
    line: u64,
}

/// What a mask is for.
#[derive(Clone, Debug, PartialEq, Eq)]
enum MaskOf {
    Field(ObjectName, FieldName),
    Label(String),
}

impl fmt::Display for MaskOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field(object, field) => write!(f, "the field `{object}.{field}`"),
            Self::Label(label) => write!(f, "the label `{label}`"),
        }
    }
}

/// Masks that don't fit the org or the policies.
#[derive(Debug, thiserror::Error)]
pub struct MaskError {
    problems: Vec<Problem>,
}

impl fmt::Display for MaskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the configuration does not fit the org and its labels:")?;
        self.problems.iter().try_for_each(|problem| write!(f, "\n  {problem}"))
    }
}

pub(super) fn read(root: &mut Section<'_>) -> Vec<MaskRule> {
    let mut rules: Vec<MaskRule> = Vec::new();
    for mut section in root.sections("masks") {
        let (path, line) = section.place();
        let field = section.value("field", |text| {
            let wrong = || format!("`{}` is not a field; write Contact.SSN__c", value::cut(text));
            let (object, field) = text.split_once('.').ok_or_else(wrong)?;
            let names = ObjectName::parse(object).ok().zip(FieldName::parse(field).ok());
            names.map(|(object, field)| MaskOf::Field(object, field)).ok_or_else(wrong)
        });
        let label = section.value("label", |text| Ok(MaskOf::Label(text.to_owned())));
        let mask = section.required("mask", |text| {
            let names = Mask::ALL.map(Mask::name).join(", ");
            let known = Mask::ALL.into_iter().find(|mask| mask.name() == text);
            known.ok_or_else(|| format!("`{}` is not one of {names}", value::cut(text)))
        });
        let of = match (field, label) {
            (Some(of), None) | (None, Some(of)) => Some(of),
            (Some(_), Some(_)) => {
                section.problem("has a `field` and a `label`: write two masks");
                None
            }
            (None, None) => {
                if !section.found_problem() {
                    section.problem("needs a `field` or a `label`");
                }
                None
            }
        };
        if let Some(of) = &of
            && let Some(earlier) = rules.iter().find(|rule| rule.of == *of)
        {
            section.problem(format!("{of} has a mask already, at {}", earlier.path));
        }
        section.finish();
        if let Some((of, mask)) = of.zip(mask) {
            rules.push(MaskRule { of, mask, path, line });
        }
    }
    rules
}

/// The masks as they are applied. Names that the org or the labels don't have, and masks that can
/// show nothing of what a field holds, are reported together.
pub fn bind(
    rules: &[MaskRule],
    schema: &Schema,
    labels: &BTreeSet<String>,
    key: HashKey,
) -> Result<Masks, MaskError> {
    let (mut by_field, mut by_label) = (BTreeMap::new(), BTreeMap::new());
    let mut problems = Vec::new();
    for rule in rules {
        let bound = match &rule.of {
            MaskOf::Field(object, field) => {
                let target = target(schema, object, field, rule.mask);
                target.map(|target| {
                    by_field.insert(target, rule.mask);
                })
            }
            MaskOf::Label(label) if labels.contains(label) => {
                by_label.insert(label.clone(), rule.mask);
                Ok(())
            }
            MaskOf::Label(label) => {
                let meant = meant(nearest(label, labels.iter().map(String::as_str)));
                Err(format!("nothing stands under a label `{}`{meant}", value::cut(label)))
            }
        };
        if let Err(message) = bound {
            let (path, line) = (rule.path.clone(), rule.line);
            problems.push(Problem { path, line, message });
        }
    }
    if !problems.is_empty() {
        return Err(MaskError { problems });
    }
    Ok(Masks::new(by_field, key).with_labels(by_label))
}

fn meant(name: Option<&str>) -> String {
    name.map(|name| format!("; did you mean `{name}`?")).unwrap_or_default()
}

fn target(
    schema: &Schema,
    object: &ObjectName,
    field: &FieldName,
    mask: Mask,
) -> Result<Target, String> {
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
    if !found.components.is_empty() && mask != Mask::Redacted {
        return Err(format!("`{object}.{field}` is made of other fields: mask those"));
    }
    if !mask.fits(Holds::of(&found.kind)) {
        let (mask, kind) = (mask.name(), &found.kind);
        return Err(format!("`{mask}` can show nothing of a field of type {kind}"));
    }
    Ok(Target::Field(known.name.clone(), found.name.clone()))
}

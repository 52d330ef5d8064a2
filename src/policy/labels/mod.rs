//! Labels: groups of objects and fields that policies speak of as `Label::"pii"`.
//!
//! Who stands under one is data: the lines of `labels.yaml`, and what the org says of its fields.
//! A compliance category or a sensitivity level of the org is a label in lower case (`PII` is
//! `Label::"pii"`, `MissionCritical` is `Label::"missioncritical"`). A label on an object holds for
//! its fields, since they are in it; one on a compound field for the fields that it is made of.

mod file;
mod pattern;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use cedar_policy::{EntityId, EntityTypeName, EntityUid};

use super::problem::Problem;
use super::source::File;
use crate::org;
use crate::salesforce::{FieldName, ObjectName};
use pattern::Pattern;

/// What stands under which label.
#[derive(Debug, Default)]
pub(super) struct Labels {
    rules: Vec<Rule>,
    /// The labels of `labels.yaml`, those with nothing under them too.
    declared: BTreeSet<String>,
    /// Worked out at load; for an object that was described anew since, it is done again.
    known: BTreeMap<ObjectName, (Arc<org::Object>, Arc<Labelled>)>,
}

/// A line of `labels.yaml`.
#[derive(Debug)]
struct Rule {
    label: String,
    pattern: Pattern,
    written: String,
    file: String,
}

/// The labels of one object.
#[derive(Debug, Default)]
pub(super) struct Labelled {
    object: Vec<String>,
    fields: BTreeMap<FieldName, Vec<String>>,
}

/// A label with all that stands under it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelMembers {
    /// Its name.
    pub label: String,
    /// Where it is from: a line of `labels.yaml`, or the org's own classification; and what it puts
    /// under the label, in the order of names.
    pub sources: Vec<(LabelSource, Vec<String>)>,
}

/// Where it is said that something stands under a label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LabelSource {
    /// The pattern, as it is written in the file.
    Pattern {
        /// The file.
        file: String,
        /// The pattern.
        pattern: String,
    },
    /// The org classifies fields so.
    Org,
}

/// A category or a level of the org as a label.
fn label_of(classification: &str) -> String {
    let letter = |c: char| if c.is_alphanumeric() { c } else { '-' };
    classification.trim().chars().map(letter).flat_map(char::to_lowercase).collect()
}

fn of_org(field: &org::Field) -> impl Iterator<Item = String> {
    field.compliance.iter().chain(&field.sensitivity).map(|said| label_of(said))
}

impl Labels {
    /// Reads files of labels, and holds them against the schema where there is one.
    pub(super) fn read<'f>(
        files: impl Iterator<Item = &'f File>,
        schema: Option<&org::Schema>,
        problems: &mut Vec<Problem>,
    ) -> Self {
        let mut labels = Self::default();
        for file in files {
            labels.add(file, schema, problems);
        }
        for object in schema.into_iter().flat_map(org::Schema::objects) {
            let labelled = Arc::new(labels.work_out(object));
            labels.known.insert(object.name.clone(), (Arc::clone(object), labelled));
        }
        labels
    }

    fn add(&mut self, file: &File, schema: Option<&org::Schema>, problems: &mut Vec<Problem>) {
        for entry in file::entries(file, problems) {
            for (written, span) in entry.patterns {
                let pattern = Pattern::parse(&written).and_then(|pattern| {
                    match schema.and_then(|schema| pattern.problem(&written, schema)) {
                        Some(wrong) => Err(wrong),
                        None => Ok(pattern),
                    }
                });
                match pattern {
                    Ok(pattern) => self.rules.push(Rule {
                        label: entry.label.clone(),
                        pattern,
                        written,
                        file: file.shown.clone(),
                    }),
                    Err(wrong) => problems.push(
                        Problem::at(&file.shown, &file.text, span, wrong.message)
                            .with_hint(wrong.hint),
                    ),
                }
            }
            self.declared.insert(entry.label);
        }
    }

    /// The labels of an object and its fields.
    pub(super) fn of(&self, object: &Arc<org::Object>) -> Arc<Labelled> {
        match self.known.get(&object.name) {
            Some((known, labelled)) if Arc::ptr_eq(known, object) => Arc::clone(labelled),
            Some(_) | None => Arc::new(self.work_out(object)),
        }
    }

    fn work_out(&self, object: &org::Object) -> Labelled {
        let mut labelled = Labelled::default();
        let whole = self.rules.iter().filter(|rule| rule.pattern.matches_object(object));
        labelled.object.extend(whole.map(|rule| rule.label.clone()));
        let rules: Vec<&Rule> =
            self.rules.iter().filter(|rule| rule.pattern.looks_into(object)).collect();
        for field in object.fields() {
            let named = rules.iter().filter(|rule| rule.pattern.matches_field(field));
            let labels: Vec<String> =
                named.map(|rule| rule.label.clone()).chain(of_org(field)).collect();
            if labels.is_empty() {
                continue;
            }
            for part in field.components.iter().chain([&field.name]) {
                labelled.fields.entry(part.clone()).or_default().extend(labels.iter().cloned());
            }
        }
        for labels in labelled.fields.values_mut().chain([&mut labelled.object]) {
            labels.sort();
            labels.dedup();
        }
        labelled
    }

    /// The names of all labels that something can stand under.
    pub(super) fn names(&self, schema: Option<&org::Schema>) -> BTreeSet<String> {
        let objects = schema.into_iter().flat_map(org::Schema::objects);
        let fields = objects.flat_map(|object| object.fields());
        fields.flat_map(of_org).chain(self.declared.iter().cloned()).collect()
    }

    /// Whether `labels.yaml` puts nothing under any label.
    pub(super) fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// The patterns of `labels.yaml` as they are written.
    pub(super) fn patterns(&self) -> impl Iterator<Item = &str> {
        self.rules.iter().map(|rule| rule.written.as_str())
    }

    /// An object that stands under each label, and a field that does so itself, where there are.
    pub(super) fn examples<'s>(
        &self,
        schema: &'s org::Schema,
    ) -> Vec<(String, &'s Arc<org::Object>, Option<&'s org::Field>)> {
        let mut examples = Vec::new();
        let mut seen = BTreeSet::new();
        for object in schema.objects() {
            let labelled = self.of(object);
            for label in &labelled.object {
                if seen.insert((label.clone(), false)) {
                    examples.push((label.clone(), object, None));
                }
            }
            for (name, labels) in &labelled.fields {
                for label in labels {
                    if seen.insert((label.clone(), true)) {
                        examples.push((label.clone(), object, object.field(name)));
                    }
                }
            }
        }
        examples
    }

    /// Every label with all that stands under it.
    pub(super) fn expanded(&self, schema: Option<&org::Schema>) -> Vec<LabelMembers> {
        let mut by_org: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for object in schema.into_iter().flat_map(org::Schema::objects) {
            for field in object.fields() {
                for label in of_org(field) {
                    by_org
                        .entry(label)
                        .or_default()
                        .push(format!("{}.{}", object.name, field.name));
                }
            }
        }
        let members = |label: String| {
            let lines = self.rules.iter().filter(|rule| rule.label == label);
            let mut sources: Vec<_> = lines
                .map(|rule| {
                    let names = schema.map(|schema| rule.pattern.expand(schema));
                    (
                        LabelSource::Pattern {
                            file: rule.file.clone(),
                            pattern: rule.written.clone(),
                        },
                        names.unwrap_or_default(),
                    )
                })
                .collect();
            sources.extend(by_org.get(&label).map(|names| (LabelSource::Org, names.clone())));
            LabelMembers { label, sources }
        };
        self.names(schema).into_iter().map(members).collect()
    }
}

impl Labelled {
    /// The names of all labels that a field stands under, those of its object too.
    pub(super) fn names<'a>(&'a self, field: &FieldName) -> impl Iterator<Item = &'a String> {
        self.object.iter().chain(self.fields.get(field).into_iter().flatten())
    }

    /// The labels that the object itself stands under.
    pub(super) fn object<'a>(
        &'a self,
        kind: &'a EntityTypeName,
    ) -> impl Iterator<Item = EntityUid> {
        self.object.iter().map(|label| uid(kind, label))
    }

    /// The labels that a field stands under besides those of its object.
    pub(super) fn field<'a>(
        &'a self,
        kind: &'a EntityTypeName,
        field: &FieldName,
    ) -> impl Iterator<Item = EntityUid> {
        self.fields.get(field).into_iter().flatten().map(|label| uid(kind, label))
    }
}

pub(super) fn uid(kind: &EntityTypeName, label: &str) -> EntityUid {
    EntityUid::from_type_name_and_id(kind.clone(), EntityId::new(label))
}

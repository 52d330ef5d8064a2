//! `labels.yaml` as it is written: a label, and under it the objects and fields that it is for.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_saphyr::Spanned;

use super::super::names::shown;
use super::super::problem::{Problem, Span};
use super::super::source::{File, LONGEST_FILE};
use super::super::yaml::span;

/// The most patterns of one file.
const MOST_PATTERNS: usize = 2_000;

/// The longest name of a label, in bytes.
const LONGEST_LABEL: usize = 64;

/// A label with what is written under it, and where.
pub(super) struct Entry {
    pub(super) label: String,
    pub(super) patterns: Vec<(String, Span)>,
}

/// The labels in the order of the file.
struct Written(Vec<(Spanned<String>, Patterns)>);

type Patterns = Option<Vec<Spanned<String>>>;

impl<'de> Deserialize<'de> for Written {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Members;

        impl<'de> Visitor<'de> for Members {
            type Value = Written;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("labels, each with a list of objects and fields")
            }

            fn visit_unit<E: serde::de::Error>(self) -> Result<Written, E> {
                Ok(Written(Vec::new()))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Written, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Written(members))
            }
        }
        from.deserialize_any(Members)
    }
}

/// The entries of a file; what can't be used is a problem.
pub(super) fn entries(file: &File, problems: &mut Vec<Problem>) -> Vec<Entry> {
    if u64::try_from(file.text.len()).unwrap_or(u64::MAX) > LONGEST_FILE {
        let message = format!("longer than {LONGEST_FILE} bytes: split it");
        problems.push(Problem::of_file(&file.shown, message));
        return Vec::new();
    }
    let at = |span, message: String| Problem::at(&file.shown, &file.text, span, message);
    let Written(members) = match serde_saphyr::from_str(&file.text) {
        Ok(written) => written,
        Err(error) => {
            let span = error.location().map_or(Span::at(0), |place| span(&file.text, place, ""));
            let message = error.without_snippet().to_string();
            let message = message.lines().next().unwrap_or_default();
            let message = message.split_once(" at line ").map_or(message, |(message, _)| message);
            problems.push(if message.starts_with("duplicate") {
                at(span, "the label stands in the file twice".to_owned())
            } else {
                at(span, message.to_owned()).with_hint(Some(SHAPE.to_owned()))
            });
            return Vec::new();
        }
    };
    let mut entries = Vec::new();
    let mut patterns = 0_usize;
    for (label, written) in members {
        let name = label.value;
        if !is_label(&name) {
            let span = span(&file.text, label.referenced, &name);
            let message = format!("`{}` is not the name of a label", shown(&name));
            let hint = format!("at most {LONGEST_LABEL} lower-case letters, digits, - and _");
            problems.push(at(span, message).with_hint(Some(hint)));
            continue;
        }
        let written = written.unwrap_or_default();
        patterns = patterns.saturating_add(written.len());
        let place = |one: Spanned<String>| {
            let span = span(&file.text, one.referenced, &one.value);
            (one.value, span)
        };
        entries.push(Entry { label: name, patterns: written.into_iter().map(place).collect() });
    }
    if patterns > MOST_PATTERNS {
        let message = format!("{patterns} patterns, more than {MOST_PATTERNS}");
        problems.push(Problem::of_file(&file.shown, message));
        return Vec::new();
    }
    entries
}

const SHAPE: &str = "write `pii: [Contact.SSN__c, \"*.SSN*\"]`: labels with lists, and quotes around \
                     what begins with a star";

fn is_label(name: &str) -> bool {
    let good = |c: char| (c.is_alphanumeric() && !c.is_uppercase()) || c == '-' || c == '_';
    (1..=LONGEST_LABEL).contains(&name.len()) && name.chars().all(good)
}

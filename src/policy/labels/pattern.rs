//! Patterns of `labels.yaml`: the names of an object or a field, in which `*` stands for any letters.

use super::super::names::{self, Wrong, shown};
use crate::org::{self, nearest};

/// The longest pattern, in bytes: two names, their dot, and stars between.
const LONGEST: usize = 200;

/// What a line of `labels.yaml` names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern {
    object: Glob,
    /// `None` for the object itself, and with it every field in it.
    field: Option<Glob>,
}

/// A name with stars in it. Salesforce's names don't differ by case, so that neither do these.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Glob(String);

impl Glob {
    fn parse(text: &str) -> Option<Self> {
        let is_part = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'*';
        let good = !text.is_empty() && text.bytes().all(is_part);
        // One star is as good as several.
        let parts: Vec<&str> = text.split('*').collect();
        let last = parts.len().saturating_sub(1);
        let inner = |(at, part): &(usize, &str)| *at == 0 || *at == last || !part.is_empty();
        let parts: Vec<&str> =
            parts.into_iter().enumerate().filter(inner).map(|(_, p)| p).collect();
        good.then(|| Self(parts.join("*").to_ascii_lowercase()))
    }

    fn has_star(&self) -> bool {
        self.0.contains('*')
    }

    fn matches(&self, name: &str) -> bool {
        let name = name.to_ascii_lowercase();
        let Some((first, rest)) = self.0.split_once('*') else { return self.0 == name };
        let Some(mut left) = name.strip_prefix(first) else { return false };
        let mut rest = rest;
        while let Some((part, after)) = rest.split_once('*') {
            // The first place is the best one: it leaves the most to what follows.
            let Some((_, after_part)) = left.split_once(part) else { return false };
            (left, rest) = (after_part, after);
        }
        left.ends_with(rest)
    }

    /// The candidate that is most like it. A star makes what it stands for count for nothing.
    fn nearest<'a>(&self, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
        let bare = self.0.replace('*', "");
        let from_end = self.0.starts_with('*');
        let parts: Vec<(String, &str)> = candidates
            .map(|name| {
                let spare = name.len().saturating_sub(bare.len());
                let (skip, take) = if from_end { (spare, name.len()) } else { (0, bare.len()) };
                (name.chars().skip(skip).take(take).collect(), name)
            })
            .collect();
        let part = nearest(&bare, parts.iter().map(|(part, _)| part.as_str()))?;
        parts.iter().find(|(known, _)| known == part).map(|(_, name)| *name)
    }
}

impl Pattern {
    pub(super) fn parse(text: &str) -> Result<Self, Wrong> {
        let wrong = || {
            Wrong::new(format!("`{}` is neither an object nor a field", shown(text)))
                .or("write Object or Object.Field, with * for any letters")
        };
        let (object, field) = match text.split_once('.') {
            Some((object, field)) => (object, Some(field)),
            None => (text, None),
        };
        if text.len() > LONGEST {
            return Err(wrong());
        }
        let object = Glob::parse(object).ok_or_else(wrong)?;
        let field = field.map(|field| Glob::parse(field).ok_or_else(wrong)).transpose()?;
        Ok(Self { object, field })
    }

    /// Whether it names the object as a whole.
    pub(super) fn matches_object(&self, object: &org::Object) -> bool {
        self.field.is_none() && self.object.matches(object.name.as_str())
    }

    /// Whether it names fields of the object, perhaps none of those that it has.
    pub(super) fn looks_into(&self, object: &org::Object) -> bool {
        self.field.is_some() && self.object.matches(object.name.as_str())
    }

    /// Whether it names the field, given that it looks into the field's object.
    pub(super) fn matches_field(&self, field: &org::Field) -> bool {
        self.field.as_ref().is_some_and(|glob| glob.matches(field.name.as_str()))
    }

    /// What it names in a schema, in the schema's spelling and order.
    pub(super) fn expand(&self, schema: &org::Schema) -> Vec<String> {
        let mut names = Vec::new();
        for object in schema.objects() {
            if self.matches_object(object) {
                names.push(object.name.to_string());
            } else if self.looks_into(object) {
                let fields = object.fields().filter(|field| self.matches_field(field));
                names.extend(fields.map(|field| format!("{}.{}", object.name, field.name)));
            }
        }
        names
    }

    /// What is wrong with it, as it was written, where it names nothing of the schema, or a single
    /// thing in another spelling.
    pub(super) fn problem(&self, written: &str, schema: &org::Schema) -> Option<Wrong> {
        let starred = self.object.has_star() || self.field.as_ref().is_some_and(Glob::has_star);
        if !starred {
            return match &self.field {
                Some(_) => names::field(schema, written).err(),
                None => names::object(schema, written).err(),
            };
        }
        if !self.expand(schema).is_empty() {
            return None;
        }
        let wrong = Wrong::new(format!("`{written}` matches nothing that the org has"));
        Some(match self.near(schema) {
            Some(near) => wrong.or(format!("did you mean `{near}`?")),
            None => wrong,
        })
    }

    fn near(&self, schema: &org::Schema) -> Option<String> {
        let objects =
            || schema.objects().filter(|object| self.object.matches(object.name.as_str()));
        let Some(field) = self.field.as_ref().filter(|_| objects().next().is_some()) else {
            let names = schema.objects().map(|object| object.name.as_str());
            return self.object.nearest(names).map(str::to_owned);
        };
        let fields = || objects().flat_map(|object| object.fields());
        let near = field.nearest(fields().map(|field| field.name.as_str()))?;
        let of = objects().find(|object| object.field_named(near).is_some())?;
        Some(format!("{}.{near}", of.name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_any_letters_and_case_does_not_count() {
        for (pattern, name, matches) in [
            ("SSN__c", "ssn__C", true),
            ("SSN__c", "SSN_Last4__c", false),
            ("SSN*", "SSN_Last4__c", true),
            ("*__c", "SSN__c", true),
            ("*__c", "Name", false),
            ("*Phone*", "MobilePhone", true),
            ("*Phone*", "Phone", true),
            ("Mail*y", "MailingCity", true),
            ("Mail*y", "MailingCityx", false),
            ("a*a", "a", false),
            ("a*a", "aa", true),
            ("a*b*c", "a_bb_b_c", true),
            ("a*b*c", "a_c_b", false),
            ("**a**", "xay", true),
            ("*", "Anything", true),
        ] {
            assert_eq!(Glob::parse(pattern).unwrap().matches(name), matches, "{pattern} {name}");
        }
    }

    #[test]
    fn a_pattern_of_many_stars_costs_little() {
        let pattern = Glob::parse(&"a*".repeat(100)).unwrap();
        assert!(pattern.matches(&"a".repeat(5_000)));
        assert!(!pattern.matches(&"b".repeat(5_000)));
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        let long = "a".repeat(LONGEST + 1);
        for text in ["", ".", "A.", ".A", "A.B.C", "A B", "A-B", "Ä", "A.*?", long.as_str()] {
            assert!(Pattern::parse(text).is_err(), "{text}");
        }
    }
}

//! What the YAML files beside policies have in common: places, mappings in their order, and errors
//! that say what would be right.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_saphyr::{Error, Location, Spanned};

use super::problem::{LoadError, Problem, Span};
use super::source::{File, LONGEST_FILE};
use crate::org::nearest;

/// A mapping in the order of the file, with the places of its keys.
#[derive(Debug)]
pub(super) struct Pairs<V>(pub(super) Vec<(Spanned<String>, V)>);

impl<V> Default for Pairs<V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, V: Deserialize<'de>> Deserialize<'de> for Pairs<V> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Members<V>(PhantomData<V>);

        impl<'de, V: Deserialize<'de>> Visitor<'de> for Members<V> {
            type Value = Pairs<V>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a mapping")
            }

            fn visit_unit<E: serde::de::Error>(self) -> Result<Pairs<V>, E> {
                Ok(Pairs::default())
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs<V>, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Pairs(members))
            }
        }
        from.deserialize_any(Members(PhantomData))
    }
}

/// Reads a file of at most the length that policies may have.
pub(super) fn read<T: for<'de> Deserialize<'de>>(file: &File) -> Result<T, LoadError> {
    if u64::try_from(file.text.len()).unwrap_or(u64::MAX) > LONGEST_FILE {
        let message = format!("longer than {LONGEST_FILE} bytes: split it");
        return Err(LoadError::of(&file.shown, message));
    }
    serde_saphyr::from_str(&file.text)
        .map_err(|error| problem(file, error.without_snippet()).into())
}

fn problem(file: &File, error: &Error) -> Problem {
    let location = error.location();
    let at = |value: &str, message: String| {
        let span = location.map_or(Span::at(0), |place| span(&file.text, place, value));
        Problem::at(&file.shown, &file.text, span, message)
    };
    if let Error::SerdeUnknownField { field, expected, .. } = error {
        let hint = match nearest(field, expected.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("the keys here are {}", expected.join(", ")),
        };
        at(field, format!("there is no key `{field}`")).with_hint(Some(hint))
    } else if let Error::SerdeUnknownVariant { variant, expected, .. } = error {
        let hint = format!("write one of {}", expected.join(", "));
        at(variant, format!("`{variant}` is not understood")).with_hint(Some(hint))
    } else if let Error::SerdeMissingField { field, .. } = error {
        at("", format!("`{field}` is missing"))
    } else {
        let message = error.to_string();
        let message = message.lines().next().unwrap_or_default();
        let message = message.split_once(" at line ").map_or(message, |(message, _)| message);
        at("", format!("is not understood: {message}"))
    }
}

/// The bytes of a value, which may stand in quotes.
pub(super) fn span(text: &str, place: Location, value: &str) -> Span {
    let line = usize::try_from(place.line().saturating_sub(1)).unwrap_or(usize::MAX);
    let column = usize::try_from(place.column().saturating_sub(1)).unwrap_or(usize::MAX);
    let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
    let rest = text.get(start..).unwrap_or_default();
    let before: usize = rest.chars().take(column).map(char::len_utf8).sum();
    let start = start.saturating_add(before);
    let quoted = text.get(start..).is_some_and(|rest| rest.starts_with(['"', '\'']));
    Span { start: start.saturating_add(usize::from(quoted)), length: value.len() }
}

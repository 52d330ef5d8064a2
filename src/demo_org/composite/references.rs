//! `@{reference.member[0].member}`: what a subrequest takes from the answers of earlier ones.

use serde_json::Value as Body;

use super::super::answer::Refusal;
use super::super::json::Json;
use super::member;
use super::subrequest::bad_reference;

/// Most bytes that the references of one subrequest are filled up to.
const MOST_FILLED: usize = 1 << 20;

/// Where references lead, and what may be filled in yet.
pub(super) struct References<'a> {
    /// The answer that a reference id stands for, when it is one that worked.
    pub(super) answer: &'a dyn Fn(&str) -> Option<&'a Json>,
    /// Whether a reference may be to an empty field.
    pub(super) empty: bool,
    room: usize,
}

/// What a text is with its references filled in.
#[derive(Debug, PartialEq)]
enum Filled {
    Text(String),
    /// The text was one reference, and that to an empty field.
    Null,
}

impl<'a> References<'a> {
    pub(super) fn new(answer: &'a dyn Fn(&str) -> Option<&'a Json>, empty: bool) -> Self {
        Self { answer, empty, room: MOST_FILLED }
    }

    /// A url with its references filled in as they are: nothing is encoded.
    pub(super) fn url(&mut self, url: &str) -> Result<String, Refusal> {
        Ok(match self.text(url)? {
            Filled::Text(text) => text,
            Filled::Null => String::new(),
        })
    }

    /// A body with the references in its texts filled in. Members' names are left alone.
    pub(super) fn body(&mut self, body: &Body) -> Result<Body, Refusal> {
        Ok(match body {
            Body::String(text) => match self.text(text)? {
                Filled::Text(text) => Body::String(text),
                Filled::Null => Body::Null,
            },
            Body::Array(items) => {
                Body::Array(items.iter().map(|item| self.body(item)).collect::<Result<_, _>>()?)
            }
            Body::Object(members) => {
                let mut filled = serde_json::Map::new();
                for (name, value) in members {
                    filled.insert(name.clone(), self.body(value)?);
                }
                Body::Object(filled)
            }
            Body::Null | Body::Bool(_) | Body::Number(_) => body.clone(),
        })
    }

    fn text(&mut self, text: &str) -> Result<Filled, Refusal> {
        let mut filled = String::new();
        let mut rest = text;
        while let Some((before, reference, after)) = next(rest) {
            let value = self.value(reference)?;
            if value.is_none() && before.is_empty() && after.is_empty() && filled.is_empty() {
                return Ok(Filled::Null);
            }
            let value = value.unwrap_or_default();
            self.room = self.room.checked_sub(value.len()).ok_or_else(too_large)?;
            filled.push_str(before);
            filled.push_str(&value);
            rest = after;
        }
        filled.push_str(rest);
        Ok(Filled::Text(filled))
    }

    /// The value of a reference as text; `None` for an empty field.
    fn value(&self, reference: &str) -> Result<Option<String>, Refusal> {
        let end = reference.find(['.', '[']).unwrap_or(reference.len());
        let (id, path) = reference.split_at_checked(end).unwrap_or((reference, ""));
        let unknown = || {
            let message = format!(
                "Invalid reference specified. No value for {reference} found in {id}. {}",
                bad_reference(reference)
            );
            Refusal::new(400, "PROCESSING_HALTED", message)
        };
        let answer = (self.answer)(id).filter(|_| !path.is_empty()).ok_or_else(unknown)?;
        match follow(answer, path).ok_or_else(unknown)? {
            Json::Null if self.empty => Ok(None),
            Json::Text(text) => Ok(Some(text.clone())),
            scalar @ (Json::Bool(_) | Json::Int(_) | Json::Float(_)) => {
                Ok(Some(String::from_utf8_lossy(&scalar.to_bytes()).into_owned()))
            }
            Json::Null | Json::List(_) | Json::Object(_) => Err(unknown()),
        }
    }
}

fn too_large() -> Refusal {
    Refusal::new(413, "UNKNOWN_EXCEPTION", "Payload Too Large")
}

/// What stands before the next reference, the reference without its braces, and the rest.
pub(super) fn next(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once("@{")?;
    let (reference, after) = rest.split_once('}')?;
    Some((before, reference, after))
}

/// The value at the end of a path of `.member` and `[n]`.
fn follow<'a>(json: &'a Json, path: &str) -> Option<&'a Json> {
    let mut here = json;
    let mut rest = path;
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('[') {
            let (place, after) = after.split_once(']')?;
            let Json::List(items) = here else { return None };
            here = items.get(place.parse::<usize>().ok()?)?;
            rest = after;
        } else {
            let after = rest.strip_prefix('.')?;
            let end = after.find(['.', '[']).unwrap_or(after.len());
            let (name, after) = after.split_at_checked(end)?;
            here = member(here, name)?;
            rest = after;
        }
    }
    Some(here)
}

//! Addresses: cut into segments and parameters by rules of our own, each of which can be read in
//! one way only.
//!
//! No URL parser does this: those repair what they are given (dot segments, backslashes, white
//! space), and two of them repair differently. Percent-escapes are decoded once, and only where a
//! value can stand.

use super::error::{PartError, shown};
use super::refused;
use crate::salesforce::Reference;
use crate::salesforce::rest::ApiVersion;

/// Where the data API starts; a batch leaves it out.
const ROOT: &str = "/services/data/";

/// An address, cut up.
#[derive(Debug)]
pub(super) struct Address {
    /// What stands after the version, as written. None is empty or a dot segment.
    pub(super) segments: Vec<String>,
    /// The parameters that nobody has asked for yet, decoded.
    parameters: Vec<(String, String)>,
}

impl Address {
    /// Cuts an address up. `references` may stand in it as whole segments, and in a query.
    pub(super) fn read(url: &str, references: bool) -> Result<Self, PartError> {
        characters(url)?;
        let (path, query) = match url.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (url, None),
        };
        let path = match path.strip_prefix(ROOT) {
            Some(rest) => rest,
            None if starts_at_version(path) => path,
            None => return Err(wrong(refused::outside(path))),
        };
        let mut segments: Vec<String> = path.split('/').map(str::to_owned).collect();
        // `sobjects/Account/` and `query/?q=`, as Salesforce's own examples write them.
        if segments.len() > 2 && segments.last().is_some_and(String::is_empty) {
            segments.pop();
        }
        for segment in &segments {
            plain(segment, references)?;
        }
        version(&segments.remove(0))?;
        if segments.is_empty() {
            return Err(wrong("names no resource: write sobjects, query, … after the version"));
        }
        Ok(Self { segments, parameters: parameters(query)? })
    }

    /// Takes a parameter that must be there.
    pub(super) fn parameter(&mut self, name: &'static str) -> Result<String, PartError> {
        self.optional(name).ok_or_else(|| PartError::NoParameter { resource: self.shown(), name })
    }

    /// Takes a parameter.
    pub(super) fn optional(&mut self, name: &str) -> Option<String> {
        let at = self.parameters.iter().position(|(known, _)| known == name)?;
        Some(self.parameters.swap_remove(at).1)
    }

    /// Refuses parameters that were not taken.
    pub(super) fn nothing_left(&self) -> Result<(), PartError> {
        match self.parameters.first() {
            Some((name, _)) => {
                Err(PartError::Parameter { name: shown(name), reason: refused::parameter(name) })
            }
            None => Ok(()),
        }
    }

    /// The resource as a sentence shows it.
    pub(super) fn shown(&self) -> String {
        shown(&self.segments.join("/"))
    }
}

fn wrong(why: impl Into<String>) -> PartError {
    PartError::Address(why.into())
}

fn starts_at_version(path: &str) -> bool {
    let mut chars = path.chars();
    chars.next() == Some('v') && chars.next().is_some_and(|c| c.is_ascii_digit())
        || path == "latest"
        || path.starts_with("latest/")
}

/// What no part of an address may hold as it is.
fn characters(url: &str) -> Result<(), PartError> {
    for c in url.chars() {
        let why = match c {
            '\\' => "has a `\\`, which some read as `/`: write %5C in a value",
            ';' => "has a `;`, which starts parameters of a path: write %3B in a value",
            '#' => "has a `#`, which starts a fragment: write %23 in a value",
            _ if c.is_ascii_control() => "has a control character, which some leave out",
            _ if !c.is_ascii() => "has a character that is not ASCII: write it percent-encoded",
            _ => continue,
        };
        return Err(wrong(why));
    }
    if url.matches('?').nth(1).is_some() {
        return Err(wrong("has two `?`: write %3F in a value"));
    }
    Ok(())
}

/// One segment: neither empty nor a dot segment, encoded or not.
fn plain(segment: &str, references: bool) -> Result<(), PartError> {
    if segment.is_empty() {
        return Err(wrong("has an empty segment: `//`, or a `/` at the end"));
    }
    if Reference::is_in(segment) {
        return match Reference::parse(segment) {
            Some(_) if references => Ok(()),
            Some(_) => Err(wrong("has a reference, which only parts of a composite or graph have")),
            None => Err(wrong("has a reference that is not a whole segment such as `@{ref.id}`")),
        };
    }
    let decoded = decode(segment, false)?;
    if decoded == "." || decoded == ".." {
        return Err(wrong("has a dot segment, `.` or `..`"));
    }
    // RFC 3986's `pchar` without `;`, which is refused above.
    let pchar = |b: u8| b.is_ascii_alphanumeric() || b"-._~!$&'()*+,=:@%".contains(&b);
    match segment.bytes().find(|b| !pchar(*b)) {
        Some(b) => {
            let c = char::from(b).escape_debug();
            Err(wrong(format!("has `{c}` in its path: write %{b:02X} in a value")))
        }
        None => Ok(()),
    }
}

/// What is sent is printed at Fieldgate's own version, so any that Salesforce serves may be written.
fn version(segment: &str) -> Result<(), PartError> {
    let known = segment.strip_prefix('v').and_then(ApiVersion::parse);
    known.map(|_| ()).ok_or_else(|| {
        wrong(format!("has `{}` where a version such as `v68.0` stands", shown(segment)))
    })
}

fn parameters(query: Option<&str>) -> Result<Vec<(String, String)>, PartError> {
    let mut parameters: Vec<(String, String)> = Vec::new();
    for pair in query.into_iter().flat_map(|query| query.split('&')) {
        let Some((name, value)) = pair.split_once('=') else {
            return Err(wrong(format!("has `{}` where `name=value` stands", shown(pair))));
        };
        if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
            let name = shown(name);
            return Err(wrong(format!("has the parameter `{name}`, which is no plain name")));
        }
        if parameters.iter().any(|(known, _)| known.eq_ignore_ascii_case(name)) {
            return Err(PartError::Parameter {
                name: shown(name),
                reason: "it stands there twice",
            });
        }
        parameters.push((name.to_owned(), decode(value, true)?));
    }
    Ok(parameters)
}

/// A segment that stands for a value, decoded once.
pub(super) fn value(segment: &str) -> Result<String, PartError> {
    decode(segment, false)
}

/// Decodes percent-escapes, each once, and in a query `+`.
fn decode(text: &str, plus: bool) -> Result<String, PartError> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'+' if plus => b' ',
            b'%' => {
                let digits = (bytes.next().and_then(hex), bytes.next().and_then(hex));
                let (Some(high), Some(low)) = digits else {
                    return Err(wrong("has a `%` that starts no escape: write %25 for itself"));
                };
                high.wrapping_shl(4) | low
            }
            other => other,
        });
    }
    String::from_utf8(decoded).map_err(|_not_utf8| wrong("has escapes that are not UTF-8"))
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

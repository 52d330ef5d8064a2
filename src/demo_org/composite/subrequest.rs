//! Subrequests with a reference id, as `composite` and `graph` hold them.

use std::collections::BTreeSet;

use hyper::HeaderMap;
use hyper::header::{HeaderName, HeaderValue};
use serde_json::{Map, Value as Body};

use super::super::answer::{Refusal, cut};
use super::{malformed, members, text};

/// The first version that refuses a bad reference id at once and lets a reference be to an empty
/// field.
const STRICT_VERSION: u32 = 52;

/// One subrequest as it was written: its references are still to be filled in.
#[derive(Debug)]
pub(super) struct Subrequest {
    pub(super) method: String,
    pub(super) url: String,
    pub(super) reference: String,
    pub(super) headers: HeaderMap,
    pub(super) body: Option<Body>,
}

/// Reads a list of subrequests.
pub(super) fn read(list: &[Body], version: &str) -> Result<Vec<Subrequest>, Refusal> {
    let mut seen = BTreeSet::new();
    let mut subrequests = Vec::with_capacity(list.len());
    for item in list {
        let subrequest = one(members(item)?, strict(version))?;
        if !seen.insert(subrequest.reference.clone()) {
            let reference = cut(&subrequest.reference);
            return Err(malformed(format!("Duplicate referenceId provided: {reference}")));
        }
        subrequests.push(subrequest);
    }
    Ok(subrequests)
}

/// Whether a version has the rules of 52.0.
pub(super) fn strict(version: &str) -> bool {
    let number = version.split('.').next().and_then(|number| number.parse::<u32>().ok());
    number.is_some_and(|number| number >= STRICT_VERSION)
}

fn one(item: &Map<String, Body>, strict: bool) -> Result<Subrequest, Refusal> {
    let reference = text(item, "referenceId")?;
    if strict && !reference_id(reference) {
        return Err(malformed(bad_reference(reference)));
    }
    let url = text(item, "url")?;
    if !data_url(url) {
        let message = format!("The url must start with /services/data/vXX.X/: {}", cut(url));
        return Err(malformed(message));
    }
    Ok(Subrequest {
        method: text(item, "method")?.to_owned(),
        url: url.to_owned(),
        reference: reference.to_owned(),
        headers: headers(item.get("httpHeaders"))?,
        body: item.get("body").filter(|body| !body.is_null()).cloned(),
    })
}

/// What Salesforce says of a reference id that it doesn't take.
pub(super) fn bad_reference(reference: &str) -> String {
    format!(
        "Provided referenceId ('{}') must start with a letter or a number, and it can contain only \
         letters, numbers and underscores ('_').",
        cut(reference)
    )
}

fn reference_id(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Whether a url begins with `/services/data/v68.0/`.
fn data_url(url: &str) -> bool {
    let version = url.strip_prefix("/services/data/v").and_then(|rest| rest.split_once('/'));
    version.and_then(|(version, _)| version.strip_suffix(".0")).is_some_and(|number| {
        !number.is_empty() && number.chars().all(|digit| digit.is_ascii_digit())
    })
}

/// Headers of a subrequest; three it has from the request around it, and may not name.
fn headers(given: Option<&Body>) -> Result<HeaderMap, Refusal> {
    let mut headers = HeaderMap::new();
    let given = match given {
        None | Some(Body::Null) => return Ok(headers),
        Some(given) => members(given)?,
    };
    for (name, value) in given {
        if ["Accept", "Authorization", "Content-Type"].iter().any(|n| n.eq_ignore_ascii_case(name))
        {
            return Err(malformed(format!("{name} can't be given in httpHeaders")));
        }
        let pair = HeaderName::from_bytes(name.as_bytes()).ok();
        let value = value.as_str().and_then(|value| HeaderValue::from_str(value).ok());
        match pair.zip(value) {
            Some((name, value)) => headers.insert(name, value),
            None => return Err(malformed(format!("Not an HTTP header: {}", cut(name)))),
        };
    }
    Ok(headers)
}

//! REST request → `Operation`: what a part of a composite, a batch or a graph asks for.
//!
//! The request is read into our own types, so that nothing of its text is sent: the address that
//! Salesforce gets is printed from the operation, at the version that Fieldgate speaks. What isn't
//! exactly understood is refused with a sentence that says what would be right. Whether the names
//! are known, and where references may lead, is for `footprint`.

mod address;
mod collection;
mod error;
mod record;
mod refused;

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use super::body::Rules;
use super::{Operation, QueryCall};
use crate::{soql, sosl};
use address::Address;

pub use error::PartError;

/// One request, as a caller wrote it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RestRequest<'a> {
    /// The HTTP method, in capitals.
    pub method: String,
    /// The address, without a host.
    pub url: String,
    /// Headers, of which there may be none.
    #[serde(borrow, default)]
    pub headers: Option<&'a RawValue>,
    /// The body.
    #[serde(borrow, default)]
    pub body: Option<&'a RawValue>,
}

/// Where a request stands, which says what it may ask for (REST API Developer Guide, "Composite
/// Resources").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting {
    /// A part of a composite.
    Composite,
    /// A part of a batch.
    Batch,
    /// A node of a graph.
    Graph,
    /// Nowhere: whatever a composite or a batch would carry, without references.
    Alone,
}

/// What a resource is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Resource {
    /// One record.
    Record,
    /// Related records, lists and describes of objects.
    Object,
    /// A query.
    Query,
    /// A search, or the org's limits.
    Org,
    /// Several records.
    Collection,
}

impl Setting {
    /// Its name in sentences.
    fn name(self) -> &'static str {
        match self {
            Self::Composite => "a composite",
            Self::Batch => "a batch",
            Self::Graph => "a graph",
            Self::Alone => "a request",
        }
    }

    /// Whether parts may refer to earlier ones.
    pub fn refers(self) -> bool {
        match self {
            Self::Composite | Self::Graph => true,
            Self::Batch | Self::Alone => false,
        }
    }

    fn takes(self, resource: Resource) -> bool {
        match (self, resource) {
            (Self::Alone, _) | (_, Resource::Record) => true,
            (Self::Composite, Resource::Org) | (Self::Batch, Resource::Collection) => false,
            (
                Self::Composite | Self::Batch,
                Resource::Object | Resource::Query | Resource::Org | Resource::Collection,
            ) => true,
            (Self::Graph, _) => false,
        }
    }

    fn rules(self) -> Rules {
        // Where there are no other parts, a whole reference is found and refused.
        Rules { references: self != Self::Batch, node: false }
    }
}

/// The methods that any resource here takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verb {
    Get,
    Post,
    Patch,
    Delete,
}

impl Verb {
    fn read(text: &str) -> Result<Self, PartError> {
        match text {
            "GET" => Ok(Self::Get),
            "POST" => Ok(Self::Post),
            "PATCH" => Ok(Self::Patch),
            "DELETE" => Ok(Self::Delete),
            _ => Err(PartError::Method(error::shown(text))),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// A request whose outer form is read: what is left is what its resource makes of it.
struct Reading<'a> {
    verb: Verb,
    address: Address,
    body: Option<&'a RawValue>,
    setting: Setting,
}

/// Reads one request.
///
/// # Errors
/// For everything that isn't exactly understood.
pub fn read(request: &RestRequest<'_>, setting: Setting) -> Result<Operation, PartError> {
    let verb = Verb::read(&request.method)?;
    if let Some(headers) = request.headers {
        no_headers(headers)?;
    }
    let address = Address::read(&request.url, setting.refers())?;
    let mut reading = Reading { verb, address, body: request.body, setting };
    let operation = reading.operation()?;
    reading.address.nothing_left()?;
    if setting == Setting::Alone && operation.references().is_none_or(|found| !found.is_empty()) {
        return Err(PartError::Alone);
    }
    match reading.body {
        Some(_) => Err(PartError::Body { method: verb.name(), resource: reading.address.shown() }),
        None => Ok(operation),
    }
}

/// Headers change what a request means, and none of them is sent.
fn no_headers(headers: &RawValue) -> Result<(), PartError> {
    let headers: BTreeMap<String, IgnoredAny> =
        serde_json::from_str(headers.get()).map_err(|_not_an_object| PartError::Headers)?;
    match headers.into_keys().next() {
        Some(name) => {
            Err(PartError::Header { reason: refused::header(&name), name: error::shown(&name) })
        }
        None => Ok(()),
    }
}

impl<'a> Reading<'a> {
    fn operation(&mut self) -> Result<Operation, PartError> {
        let segments = self.address.segments.clone();
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        match segments.as_slice() {
            ["limits"] => self.only(Resource::Org, Operation::GetLimits),
            ["sobjects"] => self.only(Resource::Object, Operation::ListObjects),
            ["sobjects", object, rest @ ..] => self.sobjects(object, rest),
            ["query"] => self.query(false),
            ["queryAll"] => self.query(true),
            ["search"] => self.search(),
            ["composite", "sobjects", rest @ ..] => self.collection(rest),
            ["composite", "tree", object] => self.tree(object),
            other => Err(refused::resource(other, self.setting)),
        }
    }

    /// A resource that is only read, and always whole.
    fn only(&self, resource: Resource, operation: Operation) -> Result<Operation, PartError> {
        self.takes(resource)?;
        self.verb(&[Verb::Get])?;
        Ok(operation)
    }

    fn query(&mut self, all_rows: bool) -> Result<Operation, PartError> {
        self.takes(Resource::Query)?;
        self.verb(&[Verb::Get])?;
        let text = self.address.parameter("q")?;
        let query = soql::parse(&text).map_err(PartError::Soql)?;
        Ok(Operation::Query(Box::new(QueryCall { all_rows, ..query.into() })))
    }

    fn search(&mut self) -> Result<Operation, PartError> {
        self.takes(Resource::Org)?;
        self.verb(&[Verb::Get])?;
        let text = self.address.parameter("q")?;
        let search = sosl::parse(&text).map_err(PartError::Sosl)?;
        Ok(Operation::Search(Box::new(search)))
    }

    /// The body, which must be there.
    fn json(&mut self) -> Result<&'a str, PartError> {
        self.body.take().map(RawValue::get).ok_or(PartError::NoBody)
    }

    fn takes(&self, resource: Resource) -> Result<(), PartError> {
        if self.setting.takes(resource) {
            return Ok(());
        }
        Err(PartError::Elsewhere {
            resource: self.address.shown(),
            setting: self.setting.name(),
            instead: refused::elsewhere(self.setting),
        })
    }

    fn verb(&self, allowed: &[Verb]) -> Result<(), PartError> {
        if allowed.contains(&self.verb) {
            return Ok(());
        }
        let names: Vec<&str> = allowed.iter().map(|verb| verb.name()).collect();
        Err(PartError::Verb {
            method: self.verb.name(),
            resource: self.address.shown(),
            allowed: names.join(", "),
        })
    }
}

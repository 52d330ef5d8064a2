//! Why a request can't be a part.

use crate::salesforce::body::BodyError;
use crate::salesforce::collection::read::CollectionError;
use crate::salesforce::{ExternalKeyError, NameError};
use crate::soql::SoqlError;
use crate::sosl::SoslError;

/// A request that isn't exactly understood. Every text says what would be right.
#[derive(Debug, thiserror::Error)]
pub enum PartError {
    /// Not one of four words.
    #[error("the method `{0}` is none of GET, POST, PATCH and DELETE, in capitals")]
    Method(String),
    /// An address that could be read in two ways, or leads out of the data API.
    #[error("the url {0}")]
    Address(String),
    /// Headers that are no object.
    #[error("headers are an object, and there may be none in it: none of a part is sent")]
    Headers,
    /// A header.
    #[error("the header `{name}` is refused: {reason}")]
    Header {
        /// As written.
        name: String,
        /// Why.
        reason: &'static str,
    },
    /// A resource that no part may ask for.
    #[error("`{resource}` is refused in {setting}: {reason}")]
    Resource {
        /// Its first segments.
        resource: String,
        /// Where.
        setting: &'static str,
        /// Why, and what is right.
        reason: &'static str,
    },
    /// A resource that only other envelopes take.
    #[error("`{resource}` can't stand in {setting}, which takes {instead}")]
    Elsewhere {
        /// The resource.
        resource: String,
        /// Where.
        setting: &'static str,
        /// What may stand there.
        instead: &'static str,
    },
    /// A method that the resource doesn't take.
    #[error("{method} on `{resource}` is refused: only {allowed} may be used there")]
    Verb {
        /// As written.
        method: &'static str,
        /// The resource.
        resource: String,
        /// What may be used.
        allowed: String,
    },
    /// A parameter that the resource doesn't take.
    #[error("the parameter `{name}` is refused: {reason}")]
    Parameter {
        /// As written.
        name: String,
        /// Why.
        reason: &'static str,
    },
    /// A parameter that the resource needs.
    #[error("`{resource}` needs the parameter `{name}`")]
    NoParameter {
        /// The resource.
        resource: String,
        /// The parameter.
        name: &'static str,
    },
    /// A record read that doesn't say what it reads.
    #[error("name the fields to read: `fields=Id,Name`")]
    NoFields,
    /// Not a list of fields.
    #[error("`fields` must name fields, or paths to them, by commas: `?fields=Id,Owner.Name`")]
    Fields,
    /// A parameter with another value than two.
    #[error("`{0}` is `true` or `false`")]
    Boolean(&'static str),
    /// Segments after the last that is known.
    #[error("`{0}` stands where the address should have ended")]
    Rest(String),
    /// A segment that names no record.
    #[error(
        "`{0}` is no record id: after the object there may stand an id of 15 or 18 letters and \
         digits, an external id field and its value, `describe`, or in a composite `@{{ref.id}}`"
    )]
    Record(String),
    /// Not a name.
    #[error("{0}")]
    Name(#[from] NameError),
    /// A value that can't stand in a path.
    #[error("{0}")]
    ExternalKey(#[from] ExternalKeyError),
    /// A body that can't be read.
    #[error("the body can't be read: {0}")]
    Unreadable(#[from] BodyError),
    /// A body with several records that can't be read.
    #[error("the body can't be read: {0}")]
    Records(#[from] CollectionError),
    /// A reference where there are no other parts.
    #[error("`@{{` would refer to another part of a composite, and there is none")]
    Alone,
    /// A body where there can be none.
    #[error("{method} on `{resource}` has no body: leave it out")]
    Body {
        /// The method.
        method: &'static str,
        /// The resource.
        resource: String,
    },
    /// A write without a body.
    #[error("the body is missing: an object from field names to values")]
    NoBody,
    /// A query that can't be read.
    #[error("the query cannot be read: {0}")]
    Soql(SoqlError),
    /// A search that can't be read.
    #[error("the search cannot be read: {0}")]
    Sosl(SoslError),
}

/// A text of a caller as a sentence shows it.
pub(super) fn shown(text: &str) -> String {
    text.chars().take(80).flat_map(char::escape_debug).collect()
}

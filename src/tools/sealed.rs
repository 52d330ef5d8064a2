//! Tokens that an answer gave and an argument brings back: what they carry, and for whom they open.
//!
//! Making them is left to `proxy`, which knows the answers; what is in them is said here, once.

use serde::{Deserialize, Serialize};

use super::ArgumentError;
use crate::salesforce::{Locator, Operation, QueryCall};
use crate::seal::{Binding, Payload, Purpose, SealError, Sealer};
use crate::soql;

/// What opens the tokens of one agent at one server.
#[derive(Clone, Copy, Debug)]
pub struct Seals<'a> {
    /// `None` where no server is behind, and so no token can be good.
    pub sealer: Option<&'a Sealer>,
    /// Whose tokens open.
    pub binding: Binding<'a>,
    /// The time, in seconds since 1970.
    pub now: u64,
}

impl Seals<'static> {
    /// Opens nothing: for commands that explain a call without a server.
    pub fn none() -> Self {
        Self { sealer: None, binding: Binding { agent: "", server: "" }, now: 0 }
    }
}

impl Seals<'_> {
    /// What a token carries.
    pub fn open(&self, purpose: Purpose, token: &str) -> Result<Payload, ArgumentError> {
        let sealer = self.sealer.ok_or(ArgumentError::Sealed(SealError::Invalid(purpose)))?;
        sealer.open(purpose, &self.binding, self.now, token).map_err(ArgumentError::Sealed)
    }
}

/// Where a query goes on: the query as it was permitted, so that it is resolved and judged again.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct QueryCursor {
    query: String,
    all_rows: bool,
    next: String,
}

/// What a cursor carries; `None` where it can't be printed.
pub fn query_cursor(call: &QueryCall, next: &Locator) -> Option<Vec<u8>> {
    let (query, next) = (call.query.to_string(), next.as_str().to_owned());
    serde_json::to_vec(&QueryCursor { query, all_rows: call.all_rows, next }).ok()
}

/// The next page that a cursor leads to.
pub(super) fn next_page(cursor: &str, seals: &Seals<'_>) -> Result<Operation, ArgumentError> {
    let invalid = || ArgumentError::Sealed(SealError::Invalid(Purpose::Cursor));
    let payload = seals.open(Purpose::Cursor, cursor)?;
    let cursor: QueryCursor =
        serde_json::from_slice(&payload.bytes).map_err(|_other_version| invalid())?;
    let query = soql::parse(&cursor.query).map_err(ArgumentError::Soql)?;
    let page = Some(Locator::parse(&cursor.next).ok_or_else(invalid)?);
    Ok(Operation::Query(Box::new(QueryCall { query, all_rows: cursor.all_rows, page })))
}

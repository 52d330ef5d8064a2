//! Salesforce's error bodies, read for their codes alone.
//!
//! Messages are not passed on: they echo query text, confirm that fields exist and can carry values
//! (a duplicate rule names the clashing record). An agent gets what the code means, in our words.

use serde::Deserialize;
use serde_json::{Value, json};

/// The largest body that is read for its errors, in bytes; real ones have a few hundred.
const MOST_BYTES: usize = 64 * 1024;

/// The most errors and fields that are read.
const MOST_MEMBERS: usize = 200;
const MOST_FIELDS: usize = 50;

/// An error answer of Salesforce.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The HTTP status.
    pub status: u16,
    /// The first error's code, for example `INVALID_FIELD`; `None` where the body holds none.
    pub code: Option<String>,
    /// The fields that the errors name; to be shown only as far as the agent wrote them itself.
    pub fields: Vec<String>,
    /// The records of a tree that failed, each by its reference; to be shown as far as the agent
    /// wrote the references itself.
    pub records: Vec<(String, Self)>,
}

/// What a fault means to the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// Fieldgate's own credential was refused.
    Credential,
    /// The org's daily quota or its cap on concurrent calls is used up.
    RequestLimit,
    /// The call can't succeed as it is; another might.
    Request,
    /// The org or the network has a problem of its own.
    Org,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Member {
    #[serde(alias = "statusCode")]
    error_code: Option<Value>,
    #[serde(default)]
    fields: Option<Vec<String>>,
    /// Of a record in a list of results.
    #[serde(default)]
    errors: Vec<Self>,
    /// Of a record in a tree.
    reference_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Body {
    Tree { results: Vec<Member> },
    Many(Vec<Member>),
    One(Member),
}

impl Fault {
    /// Reads an error body: an array of `{message, errorCode, fields?}`, one such object, or the
    /// results of several records, `{results:[{referenceId, errors}]}` or `[{success, errors}]`.
    pub fn read(status: u16, body: &[u8]) -> Self {
        let body = if body.len() > MOST_BYTES { &[] } else { body };
        let members = match serde_json::from_slice(body) {
            Ok(Body::Many(members) | Body::Tree { results: members }) => members,
            Ok(Body::One(member)) => vec![member],
            Err(_) => Vec::new(),
        };
        let mut fault = Self { status, code: None, fields: Vec::new(), records: Vec::new() };
        for member in members.into_iter().take(MOST_MEMBERS) {
            let Member { reference_id, errors, .. } = &member;
            if let Some(reference) = reference_id.as_ref().filter(|_| !errors.is_empty()) {
                let mut of_record = Self::read(status, b"");
                errors.iter().for_each(|error| of_record.add(error));
                fault.records.push((reference.clone(), of_record));
            }
            fault.add(&member);
            errors.iter().for_each(|error| fault.add(error));
        }
        fault
    }

    /// Reads one error of a record, `{statusCode, message, fields}`.
    pub fn of_record(error: &Value) -> Self {
        Self::read(400, error.to_string().as_bytes())
    }

    /// Takes the first code and all fields.
    fn add(&mut self, member: &Member) {
        let code = member.error_code.as_ref().and_then(Value::as_str).filter(|code| is_code(code));
        self.code = self.code.take().or_else(|| code.map(str::to_owned));
        let fields = member.fields.iter().flatten().cloned();
        self.fields.extend(fields.take(MOST_FIELDS.saturating_sub(self.fields.len())));
    }

    /// The code, what it means, and of the fields those for which `written` is true.
    pub fn told(&self, written: &dyn Fn(&str) -> bool) -> Value {
        let code = self.code.as_deref().unwrap_or("UNKNOWN_EXCEPTION");
        let fields: Vec<&String> = self.fields.iter().filter(|name| written(name)).collect();
        json!({"statusCode": code, "message": self.advice(), "fields": fields})
    }

    /// What the fault means. A spent quota is a 403 with its own code, or a 429 from the few
    /// resources that send one.
    pub fn kind(&self) -> FaultKind {
        match (self.status, self.code.as_deref()) {
            (_, Some("REQUEST_LIMIT_EXCEEDED")) | (429, _) => FaultKind::RequestLimit,
            (401, _) | (_, Some("INVALID_SESSION_ID" | "API_DISABLED_FOR_ORG")) => {
                FaultKind::Credential
            }
            (400..=428 | 431, _) | (300, _) => FaultKind::Request,
            _ => FaultKind::Org,
        }
    }

    /// What the code means and what would help, for codes that an agent can act on.
    pub fn advice(&self) -> &'static str {
        match self.code.as_deref().unwrap_or_default() {
            "INVALID_FIELD" | "INVALID_FIELD_FOR_INSERT_UPDATE" => {
                "a field cannot be used in this way; its object's description says which can"
            }
            "INVALID_TYPE" => "the object cannot be used in this way",
            "MALFORMED_QUERY" => "the query is well-formed but the org cannot run it",
            "MALFORMED_ID" => "the record id does not belong to this object",
            "INVALID_CROSS_REFERENCE_KEY" | "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY" => {
                "an id, the record's own or a lookup's, is not that of a record that can be used there"
            }
            "NOT_FOUND" => "there is no such record",
            "ENTITY_IS_DELETED" => "the record was deleted",
            "REQUIRED_FIELD_MISSING" => "a required field has no value",
            "STRING_TOO_LONG" => "a text is longer than its field",
            "JSON_PARSER_ERROR" | "INVALID_TYPE_ON_FIELD_IN_RECORD" => {
                "a value has the wrong type for its field"
            }
            "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST" => {
                "a value is not in its field's picklist; its object's description lists them"
            }
            "NUMBER_OUTSIDE_VALID_RANGE" => "a number is outside its field's range",
            "FIELD_CUSTOM_VALIDATION_EXCEPTION" => {
                "a validation rule of the org refused the values"
            }
            "DUPLICATE_VALUE" | "DUPLICATES_DETECTED" => {
                "the org holds a record that this one would duplicate"
            }
            "UNABLE_TO_LOCK_ROW" => "the record is in use; try again later",
            "QUERY_TIMEOUT" => "the query took too long; make it more selective",
            "INSUFFICIENT_ACCESS_OR_READONLY" | "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY" => {
                "the org does not let Fieldgate's user do this"
            }
            "ALL_OR_NONE_OPERATION_ROLLED_BACK" | "PROCESSING_HALTED" => {
                "another part of the request failed, so this one was not carried out"
            }
            "DELETE_FAILED" => "the record cannot be deleted while others depend on it",
            _ => "the org refused the call",
        }
    }
}

/// Codes are words of the API; anything else in their place could be a value.
fn is_code(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.starts_with(|first: char| first.is_ascii_uppercase())
        && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
}

//! What the org answers: a status, headers and JSON; and refusals in Salesforce's words.

use super::json::{Json, object};

/// One answer, before the headers that all answers have.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    /// `None` for an answer without a body of JSON.
    pub(super) body: Option<Json>,
    /// A body of CSV.
    pub(super) csv: Option<String>,
    pub(super) headers: Vec<(&'static str, String)>,
}

impl Answer {
    /// 200 with a body.
    pub(super) fn ok(body: Json) -> Self {
        Self { body: Some(body), status: 200, ..Self::no_content() }
    }

    /// 200 with CSV.
    pub(super) fn csv(csv: String) -> Self {
        Self { csv: Some(csv), status: 200, ..Self::no_content() }
    }

    /// 204.
    pub(super) fn no_content() -> Self {
        Self { status: 204, body: None, csv: None, headers: Vec::new() }
    }
}

/// A refusal: a status and the one element of the array that Salesforce answers with.
///
/// Codes and shape: REST API Developer Guide, "Status Codes and Error Responses".
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) code: &'static str,
    pub(super) message: String,
    /// The fields it is about; `None` where Salesforce shows no such member.
    pub(super) fields: Option<Vec<String>>,
}

impl Refusal {
    pub(super) fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), fields: None }
    }

    /// The same, naming fields.
    pub(super) fn of_fields(mut self, fields: &[&str]) -> Self {
        self.fields = Some(fields.iter().map(|&field| field.to_owned()).collect());
        self
    }

    /// 404 for a path that leads nowhere.
    pub(super) fn not_found() -> Self {
        Self::new(404, "NOT_FOUND", "The requested resource does not exist")
    }

    /// 404 for a record in the recycle bin.
    pub(super) fn deleted() -> Self {
        Self::new(404, "ENTITY_IS_DELETED", "entity is deleted").of_fields(&[])
    }

    /// 405 for a method that a resource does not have.
    pub(super) fn method(method: &str, allowed: &str) -> Self {
        let message = format!("HTTP Method '{}' not allowed. Allowed are {allowed}", cut(method));
        Self::new(405, "METHOD_NOT_ALLOWED", message)
    }
}

impl From<Refusal> for Answer {
    fn from(refusal: Refusal) -> Self {
        let mut error = vec![
            ("message".to_owned(), Json::from(refusal.message)),
            ("errorCode".to_owned(), Json::from(refusal.code)),
        ];
        if let Some(fields) = refusal.fields {
            let fields: Vec<Json> = fields.into_iter().map(Json::from).collect();
            error.push(("fields".to_owned(), Json::from(fields)));
        }
        Self {
            status: refusal.status,
            body: Some(Json::List(vec![Json::Object(error)])),
            ..Self::no_content()
        }
    }
}

/// The `attributes` of a record.
pub(super) fn attributes(kind: &str, object_name: &str, id: &str, version: &str) -> Json {
    object! {
        "type" => kind,
        "url" => format!("/services/data/v{version}/sobjects/{object_name}/{id}"),
    }
}

/// The start of a text that came from outside, for a message.
pub(super) fn cut(text: &str) -> String {
    text.chars().take(80).collect()
}

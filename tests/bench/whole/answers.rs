//! What is asked and what the upstream answers: each query ends in a number that says which answer it
//! wants, and so does each path for the proxies that don't read queries.

use serde_json::json;

/// A query by the number of its fields and the size of its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Query {
    pub(crate) fields: usize,
    pub(crate) bytes: usize,
    /// Its `LIMIT`, by which the upstream knows it; above the rows of its answer.
    pub(crate) limit: usize,
}

const fn query(fields: usize, bytes: usize, limit: usize) -> Query {
    Query { fields, bytes, limit }
}

/// What most rows are about: 20 fields, 2 KB.
pub(crate) const USUAL: Query = query(20, 2_000, 101);
pub(crate) const BY_SIZE: [Query; 3] = [USUAL, query(20, 50_000, 202), query(20, 500_000, 1_903)];
pub(crate) const BY_FIELDS: [Query; 4] =
    [query(3, 3_000, 104), query(20, 3_000, 105), query(100, 3_000, 106), query(200, 3_000, 107)];

/// The object that is queried.
pub(crate) const OBJECT: &str = "Contact";

/// What comes after the first twenty fields.
pub(crate) fn custom_field(nth: usize) -> String {
    format!("F{nth:03}__c")
}

const STANDARD: [&str; 20] = [
    "Id",
    "LastName",
    "Email",
    "FirstName",
    "Phone",
    "Fax",
    "MobilePhone",
    "HomePhone",
    "Title",
    "Department",
    "LeadSource",
    "MailingStreet",
    "MailingCity",
    "MailingState",
    "MailingPostalCode",
    "MailingCountry",
    "AccountId",
    "OwnerId",
    "CreatedDate",
    "LastModifiedDate",
];

impl Query {
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        BY_SIZE.into_iter().chain(BY_FIELDS)
    }

    fn field_names(self) -> Vec<String> {
        let standard = STANDARD.iter().map(|&name| name.to_owned());
        standard.chain((1..).map(custom_field)).take(self.fields).collect()
    }

    pub(crate) fn soql(self) -> String {
        let fields = self.field_names().join(", ");
        format!("SELECT {fields} FROM {OBJECT} WHERE LastName = 'Ray' LIMIT {}", self.limit)
    }

    /// What Salesforce answers.
    pub(crate) fn result(self) -> String {
        let fields = self.field_names();
        let mut rows: Vec<String> = Vec::new();
        let mut size = 60;
        while rows.is_empty() || size < self.bytes {
            let row = record(&fields, rows.len());
            size += row.len() + 1;
            rows.push(row);
        }
        let (count, rows) = (rows.len(), rows.join(","));
        format!(r#"{{"totalSize":{count},"done":true,"records":[{rows}]}}"#)
    }

    /// What an MCP server answers that has asked Salesforce.
    pub(crate) fn tool_result(self) -> String {
        tool_result(&self.result())
    }
}

fn record(fields: &[String], nth: usize) -> String {
    let id = format!("003Dm00000{nth:05}IAA");
    let members: Vec<String> = fields
        .iter()
        .map(|name| match name.as_str() {
            "Id" => format!(r#""Id":"{id}""#),
            "CreatedDate" | "LastModifiedDate" => {
                format!(r#""{name}":"2026-11-20T12:00:00.000+0000""#)
            }
            _ if name.starts_with('F') && name.ends_with("__c") => format!(r#""{name}":"v""#),
            _ => format!(r#""{name}":"a value {nth}""#),
        })
        .collect();
    let url = format!("/services/data/v68.0/sobjects/{OBJECT}/{id}");
    let members = members.join(",");
    format!(r#"{{"attributes":{{"type":"{OBJECT}","url":"{url}"}},{members}}}"#)
}

fn tool_result(text: &str) -> String {
    json!({ "jsonrpc": "2.0", "id": 1, "result": {
        "content": [{ "type": "text", "text": text }], "isError": false, "resultType": "complete" } })
    .to_string()
}

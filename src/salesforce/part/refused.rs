//! What parts may not ask for, each with its reason.

use super::Setting;
use super::error::{PartError, shown};

/// Why a header is refused.
pub(super) fn header(name: &str) -> &'static str {
    match name.to_ascii_lowercase().as_str() {
        "authorization" => "Fieldgate alone proves itself to Salesforce",
        "accept" | "content-type" => "Salesforce itself refuses it in a part",
        "sforce-call-options" => "it would rename fields",
        "x-http-method-override" | "x-http-method" | "x-method-override" => {
            "write the method as `method`"
        }
        _ => "headers of a part are not sent, so leave it out",
    }
}

/// Why a parameter is refused.
pub(super) fn parameter(name: &str) -> &'static str {
    match name.to_ascii_lowercase().as_str() {
        "_httpmethod" => "write the method as `method`",
        "explain" => "query plans are not supported",
        "columns" => "only rows may be asked of a query",
        "q" => "write it in lower case, and only on query, queryAll and search",
        "fields" => "write it in lower case, and only where a record is read",
        "updateonly" => "write it `updateOnly`, and only where a record is upserted",
        "ids" | "allornone" => "only sObject collections take it",
        _ => "this resource takes no such parameter",
    }
}

/// What is wrong with a path that doesn't start in the data API.
pub(super) fn outside(path: &str) -> String {
    let right = "write `/services/data/v68.0/…`, or in a batch `v68.0/…`";
    let lower = path.to_ascii_lowercase();
    let what = if path.starts_with("//") || path.contains("://") {
        "names a host".to_owned()
    } else if lower.starts_with("/services/data") {
        "does not start as `/services/data/` in this very spelling".to_owned()
    } else if let Some(rest) = path.strip_prefix("/services/") {
        let api = shown(rest.split('/').next().unwrap_or_default());
        format!("leads to `/services/{api}`, which is not the data API")
    } else {
        "does not lead to the data API".to_owned()
    };
    format!("{what}: {right}")
}

/// What an envelope takes.
pub(super) fn elsewhere(setting: Setting) -> &'static str {
    match setting {
        Setting::Composite => "sobjects, query, queryAll and composite/sobjects",
        Setting::Batch => "sobjects, query, queryAll, search and limits",
        Setting::Graph => {
            "POST sobjects/{object}, and GET, PATCH and DELETE of one record by its id or external id"
        }
        Setting::Alone => "sobjects, query, queryAll, search, limits and composite/sobjects",
    }
}

/// Why a resource is refused.
pub(super) fn resource(segments: &[&str], setting: Setting) -> PartError {
    let reason = match segments {
        ["composite"] | ["composite", "batch" | "graph", ..] => {
            "a part can't have parts of its own"
        }
        ["composite", ..] => "only composite/sobjects and composite/tree are known of it",
        ["tooling", "executeAnonymous", ..] => "it runs code",
        ["tooling", ..] => "the metadata tools read and change objects and fields, one call each",
        ["analytics", ..] => "listReports and getReport are tools of their own",
        ["jobs", ..] => "bulk jobs have tools of their own",
        ["query" | "queryAll", _, ..] => "ask for further pages with executeQuery",
        ["parameterizedSearch", ..] => "write the search as `search?q=FIND …`",
        ["recent", ..] => {
            "it shows records of every object; query those of one object by LastViewedDate"
        }
        ["ui-api" | "graphql" | "connect" | "chatter", ..] => {
            "what it reads can't be told from the request"
        }
        ["actions" | "quickActions" | "process" | "support" | "flow" | "apexrest", ..] => {
            "what it does can't be told from the request"
        }
        ["metadata", ..] => "changes of the org have tools of their own",
        ["named", ..] => "what a named query reads can't be told from the request",
        _ => "it is no resource that a part may ask for",
    };
    let names: Vec<&str> = segments.iter().take(2).copied().collect();
    PartError::Resource { resource: shown(&names.join("/")), setting: setting.name(), reason }
}

//! Any request as a part of an envelope: it is refused, or the request that is printed from it is
//! read into the same operation again, and has no character in its address that means more than
//! itself. The same holds once its names are resolved on the demo org's schema, and what it touches
//! stays the same.
#![no_main]
#![expect(dead_code, unused_imports, reason = "the modules serve more than this target")]

use std::collections::BTreeSet;

use libfuzzer_sys::fuzz_target;
use serde_json::value::RawValue;

#[path = "../../../src/csv/mod.rs"]
mod csv;
#[path = "../demo_org.rs"]
mod demo_org;
#[path = "../../../src/footprint/mod.rs"]
mod footprint;
#[path = "../../../src/org/mod.rs"]
mod org;
#[path = "../../../src/salesforce/mod.rs"]
mod salesforce;
#[path = "../../../src/soql/mod.rs"]
mod soql;
#[path = "../../../src/sosl/mod.rs"]
mod sosl;

use demo_org::SCHEMA;
use salesforce::Operation;
use salesforce::envelope::{Envelope, Part};
use salesforce::part::{PartError, RestRequest, Setting, read};
use salesforce::rest::{ApiVersion, request};

/// What an address may consist of outside references.
fn plain(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b"/-._~%?=&,".contains(&b)
}

fn check_address(url: &str, setting: Setting) {
    let path = url.split('?').next().unwrap_or_default();
    assert!(path.split('/').all(|segment| segment != "." && segment != ".."), "{url}");
    assert!(!path.contains("//"), "{url}");
    let mut rest = url;
    while let Some((before, after)) = rest.split_once("@{") {
        assert!(before.bytes().all(plain) && setting.refers(), "{url}");
        let (reference, after) = after.split_once('}').expect("a whole reference");
        let inside = |b: u8| b.is_ascii_alphanumeric() || b"_.[]".contains(&b);
        assert!(reference.bytes().all(inside), "{url}");
        rest = after;
    }
    assert!(rest.bytes().all(plain), "{url}");
}

/// The operation as the only part of what it stands in.
fn envelope(operation: Operation, setting: Setting) -> Operation {
    let parts = vec![Part { reference: "a".to_owned(), operation }];
    Operation::Envelope(match setting {
        Setting::Batch => Envelope::Batch { halt_on_error: false, parts },
        Setting::Composite | Setting::Graph | Setting::Alone => {
            Envelope::Composite { all_or_none: false, parts }
        }
    })
}

/// The part as it would be sent: method, address and body.
fn printed(operation: &Operation, setting: Setting) -> (String, String, Option<Box<RawValue>>) {
    let version = ApiVersion::parse("68.0").expect("a version");
    let whole = request(&envelope(operation.clone(), setting), &version);
    let whole = whole.body.expect("an envelope has a body").text;
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Sent {
        #[serde(alias = "batchRequests")]
        composite_request: [SentPart; 1],
    }
    #[derive(serde::Deserialize)]
    struct SentPart {
        method: String,
        url: String,
        #[serde(alias = "richInput")]
        body: Option<Box<RawValue>>,
    }
    let sent: Sent = serde_json::from_str(&whole).expect("what is sent is JSON");
    let [SentPart { method, url, body }] = sent.composite_request;
    (method, url, body)
}

/// What is read from the request that is printed from an operation.
fn reread(operation: &Operation, setting: Setting) -> Result<Operation, PartError> {
    let (method, url, body) = printed(operation, setting);
    check_address(&url, setting);
    read(&RestRequest { method, url, headers: None, body: body.as_deref() }, setting)
}

type Accesses = BTreeSet<(&'static str, String, bool)>;

/// The operation in describe's spelling, and what it touches; `None` where it is refused.
fn resolve(operation: Operation, setting: Setting) -> Option<(Operation, Accesses)> {
    let whole = match setting {
        Setting::Alone => operation,
        Setting::Composite | Setting::Graph | Setting::Batch => envelope(operation, setting),
    };
    let resolved = match footprint::resolve(whole, &SCHEMA) {
        Ok(resolved) => resolved,
        Err(error) => {
            assert!(error.to_string().len() < 2_000, "{error}");
            return None;
        }
    };
    let accesses = resolved.footprint().accesses.iter();
    let accesses = accesses.map(|a| (a.action.name(), a.target.to_string(), a.opaque)).collect();
    let operation = match resolved.operation() {
        Operation::Envelope(envelope) => envelope.parts()[0].operation.clone(),
        operation => operation.clone(),
    };
    Some((operation, accesses))
}

fuzz_target!(|text: &str| {
    let setting = match text.as_bytes().first() {
        Some(b'b') => Setting::Batch,
        Some(b'g') => Setting::Graph,
        Some(b'a') => Setting::Alone,
        _ => Setting::Composite,
    };
    let mut lines = text.get(1..).unwrap_or_default().splitn(3, '\n');
    let mut line = || lines.next().unwrap_or_default();
    let (method, url, body) = (line().to_owned(), line().to_owned(), line());
    let body: Option<&RawValue> = serde_json::from_str(body).ok();
    let operation = match read(&RestRequest { method, url, headers: None, body }, setting) {
        Ok(operation) => operation,
        Err(error) => {
            assert!(error.to_string().len() < 2_000, "{error}");
            return;
        }
    };
    // Nothing is sent before it is resolved: where no fields are named, they are still missing here.
    if let Ok(again) = reread(&operation, setting) {
        assert_eq!(again, operation);
    }

    let Some((sent, touched)) = resolve(operation, setting) else { return };
    assert!(!touched.is_empty(), "{sent:?}");
    // Writing FIELDS() and aliases out can make a query longer than it may be.
    let Ok(again) = reread(&sent, setting) else { return };
    assert_eq!(resolve(again, setting), Some((sent, touched)));
});

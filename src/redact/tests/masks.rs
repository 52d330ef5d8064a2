//! Values that may be seen only masked: whatever Salesforce sends in their places, nothing of it
//! comes out but what the mask shows.

use std::collections::BTreeMap;

use super::*;
use crate::footprint::{Holds, MaskedField};
use crate::salesforce::bulk::{BulkOperation, BulkQuery};
use crate::salesforce::{FieldName, RecordId};
use crate::tools::{self, Seals};

/// Stands in every value that must not come out, and nowhere else.
pub(super) const CANARY: [char; 3] = ['Ж', 'щ', 'Ю'];
pub(super) const NUMBER: &str = "73000000000000000000";

pub(super) const FIELDS: [&str; 9] = [
    "FirstName",
    "LastName",
    "Title",
    "Email",
    "Phone",
    "Birthdate",
    "SSN__c",
    "Salary__c",
    "Name",
];

const CONTACT: &str = "003000000000001AAA";

fn target(field: &str) -> Target {
    Target::Field(ObjectName::parse("Contact").unwrap(), FieldName::parse(field).unwrap())
}

pub(super) fn masks(bound: &[(&str, Mask)]) -> Masks {
    let bound = bound.iter().map(|(field, mask)| (target(field), *mask)).collect();
    Masks::new(bound, HashKey::new([7; 32]))
}

fn shown(mask: Mask, holds: Holds, value: &str) -> String {
    let field = MaskedField { name: String::new(), targets: vec![target("SSN__c")], holds };
    let mut json = String::new();
    masks(&[("SSN__c", mask)]).masking(&field).write(&mut json, value).unwrap();
    json
}

#[test]
fn a_mask_shows_the_part_that_it_is_named_for() {
    use Holds::{Date, Other, Text};
    use Mask::{Domain, Hash, Last4, Redacted, Year};
    for (mask, holds, value, expected) in [
        (Redacted, Text, r#""987-00-4321""#, r#""[redacted]""#),
        (Redacted, Other, "12.50", r#""[redacted]""#),
        (Redacted, Other, r#"{"city":"x"}"#, r#""[redacted]""#),
        (Redacted, Text, "null", "null"),
        (Last4, Text, r#""987-00-4321""#, r#""****4321""#),
        (Last4, Text, r#""12345678""#, r#""****5678""#),
        (Last4, Text, r#""1234567""#, r#""****""#),
        (Last4, Text, r#""\u0031234567\u0038""#, r#""****5678""#),
        (Last4, Text, "\"12345678\u{200b}\u{202e}\"", r#""****5678""#),
        (Last4, Text, r#""ääääöööö""#, r#""****öööö""#),
        (Last4, Text, "12345678", r#""[redacted]""#),
        (Last4, Text, "null", "null"),
        (Last4, Other, r#""12345678""#, r#""[redacted]""#),
        (Year, Date, r#""1990-05-17""#, r#""1990""#),
        (Year, Date, r#""1990-05-17T10:00:00.000+0000""#, r#""1990""#),
        (Year, Date, r#""1990-05""#, r#""[redacted]""#),
        (Year, Date, r#""19900-05-17""#, r#""[redacted]""#),
        (Year, Date, r#""SSN9-05-17""#, r#""[redacted]""#),
        (Year, Text, r#""1990-05-17""#, r#""[redacted]""#),
        (Domain, Text, r#""ada@example.com""#, r#""****@example.com""#),
        (Domain, Text, r#""@example.com""#, r#""[redacted]""#),
        (Domain, Text, r#""ada@localhost""#, r#""[redacted]""#),
        (Domain, Text, r#""ada@b@example.com""#, r#""[redacted]""#),
        (Domain, Text, r#""ada@exam ple.com""#, r#""[redacted]""#),
        (Domain, Text, r#""987-00-4321""#, r#""[redacted]""#),
        (Hash, Text, "true", r#""[redacted]""#),
        (Hash, Text, "[1]", r#""[redacted]""#),
    ] {
        assert_eq!(shown(mask, holds, value), expected, "{mask:?} {holds:?} {value}");
    }
    let hash = |value| shown(Hash, Text, value);
    assert_eq!(hash(r#""a""#), hash(r#""\u0061""#));
    assert_ne!(hash(r#""a""#), hash(r#""b""#));
    assert_eq!(hash(r#""a""#).len(), r#""hash:0123456789abcdef""#.len());
}

#[test]
fn a_field_of_several_targets_shows_what_all_their_masks_show() {
    let of = |bound: &[(&str, Mask)], targets: &[&str]| {
        let targets = targets.iter().map(|field| target(field)).collect();
        let field = MaskedField { name: String::new(), targets, holds: Holds::Text };
        masks(bound).of(&field)
    };
    let bound = [("Phone", Mask::Last4), ("Email", Mask::Last4), ("Title", Mask::Hash)];
    assert_eq!(of(&bound, &["Phone", "Email"]), Mask::Last4);
    assert_eq!(of(&bound, &["Phone", "Title"]), Mask::Redacted);
    assert_eq!(of(&bound, &["Phone", "LastName"]), Mask::Redacted);
    assert_eq!(of(&bound, &["LastName"]), Mask::Redacted);
    assert_eq!(of(&bound, &[]), Mask::Redacted);
}

/// Else a field that an agent may write and see would be a dictionary for the others.
#[test]
fn a_hash_is_of_its_field_whatever_way_leads_there() {
    let bound = [("Phone", Mask::Hash), ("MobilePhone", Mask::Hash)];
    let of = |targets: &[&str], value: &str| {
        let targets = targets.iter().map(|field| target(field)).collect();
        let field = MaskedField { name: String::new(), targets, holds: Holds::Text };
        masks(&bound).masking(&field).shown(value)
    };
    assert_eq!(of(&["Phone"], "1"), of(&["Phone"], "1"));
    assert_ne!(of(&["Phone"], "1"), of(&["MobilePhone"], "1"));
    let either = of(&["Phone", "MobilePhone"], "1");
    assert_eq!(either, of(&["MobilePhone", "Phone", "Phone"], "1"));
    assert!(either != of(&["Phone"], "1") && either != of(&["MobilePhone"], "1"));

    let hashed = |form: Form, field: &str| {
        let resolved = resolve(form.operation(&[field]), &SCHEMA).unwrap();
        let resolved = resolved.masked(&SCHEMA, &BTreeSet::from([target(field)])).unwrap();
        let body = form.answer(&[field], &json!({ field: "1" }));
        let (operation, footprint) = (resolved.operation(), resolved.footprint());
        let all = Window::default();
        let shown =
            prune_within(operation, footprint, &|_, _| true, &masks(&bound), all, body.as_bytes());
        let json = shown.unwrap().json;
        let start = json.find("hash:").unwrap();
        json.get(start..start + 21).unwrap().to_owned()
    };
    for form in FORMS {
        assert_eq!(hashed(form, "Phone"), of(&["Phone"], "1"), "{form:?}");
    }
    assert_eq!(hashed(Form::Parents, "MobilePhone"), of(&["MobilePhone"], "1"));
}

/// An operation that reads fields of contacts, with what an answer to it looks like.
#[derive(Clone, Copy, Debug)]
pub(super) enum Form {
    Query,
    Parents,
    Children,
    Record,
    Records,
    Search,
    Composite,
    Bulk,
}

pub(super) const FORMS: [Form; 8] = [
    Form::Query,
    Form::Parents,
    Form::Children,
    Form::Record,
    Form::Records,
    Form::Search,
    Form::Composite,
    Form::Bulk,
];

fn tool(name: &str, arguments: &Value) -> Operation {
    let tool = tools::known_as(name).unwrap();
    tool.operation(&arguments.to_string(), &Seals::none()).unwrap()
}

impl Form {
    pub(super) fn operation(self, fields: &[&str]) -> Operation {
        let list = fields.join(", ");
        let query = |query: String| tool("executeQuery", &json!({ "query": query }));
        match self {
            Self::Query => query(format!("SELECT {list} FROM Contact")),
            Self::Parents => {
                query(format!("SELECT Id, Contact.{} FROM Case", fields.join(", Contact.")))
            }
            Self::Children => {
                query(format!("SELECT Id, (SELECT {list} FROM Contacts) FROM Account"))
            }
            Self::Record => {
                tool("getRecord", &json!({ "object": "Contact", "id": CONTACT, "fields": fields }))
            }
            Self::Records => tool(
                "getRecords",
                &json!({ "object": "Contact", "ids": [CONTACT], "fields": fields }),
            ),
            Self::Search => tool(
                "executeSearch",
                &json!({
                "search": format!("FIND {{a}} IN NAME FIELDS RETURNING Contact({list})") }),
            ),
            Self::Composite => {
                let url = format!(
                    "/services/data/v68.0/sobjects/Contact/{CONTACT}?fields={}",
                    fields.join(",")
                );
                tool(
                    "executeComposite",
                    &json!({ "compositeRequest": [
                    { "method": "GET", "referenceId": "a", "url": url }] }),
                )
            }
            Self::Bulk => {
                let query = soql::parse(&format!("SELECT {list} FROM Contact")).unwrap();
                let query = Box::new(BulkQuery { query, all_rows: false });
                let job = RecordId::parse("750000000000001AAA").unwrap();
                Operation::Bulk(BulkOperation::QueryResults {
                    job,
                    query,
                    page: None,
                    max_rows: None,
                })
            }
        }
    }

    pub(super) fn answer(self, fields: &[&str], row: &Value) -> String {
        let rows = |row: &Value| json!({ "totalSize": 1, "done": true, "records": [row] });
        match self {
            Self::Query => rows(row),
            Self::Parents => rows(&json!({ "Id": CONTACT, "Contact": row })),
            Self::Children => rows(&json!({ "Id": CONTACT, "Contacts": rows(row) })),
            Self::Record => row.clone(),
            Self::Records => json!([row]),
            Self::Search => {
                // The type comes first.
                let row = row.to_string();
                let rest = row.trim_start_matches('{');
                return format!(
                    "{{\"searchRecords\":[{{\"attributes\":{{\"type\":\"Contact\"}},{rest}]}}"
                );
            }
            Self::Composite => json!({ "compositeResponse": [
                { "body": row, "httpStatusCode": 200, "referenceId": "a", "httpHeaders": {} }] }),
            Self::Bulk => {
                let cells = fields.iter().map(|field| {
                    let value = &row[*field];
                    let text = if value.is_null() { String::new() } else { value.to_string() };
                    format!("\"{}\"", text.replace(['"', '\\'], ""))
                });
                let cells: Vec<String> = cells.collect();
                return format!("{}\n{}\n", fields.join(","), cells.join(","));
            }
        }
        .to_string()
    }
}

/// Whatever could stand in the place of a value, with the canary in it.
pub(super) fn secrets() -> impl Strategy<Value = Value> {
    let canary = prop::collection::vec(prop::sample::select(CANARY.to_vec()), 1..30)
        .prop_map(|canary| canary.into_iter().collect::<String>());
    let number: Value = serde_json::from_str(NUMBER).unwrap();
    canary.prop_flat_map(move |canary| {
        prop::sample::select(vec![
            json!(canary),
            json!(format!("{canary}@example.com")),
            json!(format!("a@{canary}.com")),
            json!(format!("1990-05-17 {canary}")),
            json!(format!("{canary}-05-17")),
            json!(format!("\u{200b}{canary}\u{202e}")),
            json!([canary]),
            json!({ "city": canary }),
            json!({ "records": [{ "SSN__c": canary }], "totalSize": 1, "done": true }),
            number.clone(),
            json!(true),
            Value::Null,
        ])
    })
}

proptest! {
    #[test]
    fn a_masked_answer_contains_no_canary(
        fields in prop::sample::subsequence(FIELDS.to_vec(), 1..FIELDS.len()),
        hidden in prop::sample::subsequence(FIELDS.to_vec(), 1..FIELDS.len()),
        bound in prop::collection::vec(prop::sample::select(Mask::ALL.to_vec()), FIELDS.len()),
        secrets in prop::collection::vec(secrets(), FIELDS.len()),
        form in prop::sample::select(FORMS.to_vec()),
    ) {
        let bound: BTreeMap<&str, Mask> = FIELDS.into_iter().zip(bound).collect();
        let is_hidden = |field: &str| {
            let part = ["FirstName", "LastName"].iter().any(|part| hidden.contains(part));
            hidden.contains(&field) || field == "Name" && part
        };
        let targets: BTreeSet<Target> = hidden.iter().map(|field| target(field)).collect();
        let resolved = resolve(form.operation(&fields), &SCHEMA).unwrap();
        let masked = resolved.masked(&SCHEMA, &targets);
        prop_assert_eq!(masked.is_some(), fields.iter().any(|field| is_hidden(field)));
        let resolved = masked.unwrap_or(resolved);
        let mut row = json!({ "Extra": secrets[0], "Owner": { "Name": secrets[0] } });
        for (field, secret) in fields.iter().zip(&secrets) {
            row[*field] = if is_hidden(field) { secret.clone() } else { json!("open") };
            if is_hidden(field) {
                row[field.to_ascii_lowercase()] = secret.clone();
            }
        }
        let bound: Vec<(&str, Mask)> = bound.into_iter().collect();
        let body = form.answer(&fields, &row);
        let out = prune_within(
            resolved.operation(),
            resolved.footprint(),
            &|_, _| false,
            &masks(&bound),
            Window::default(),
            body.as_bytes(),
        );
        let Ok(out) = out else {
            return Err(TestCaseError::fail(format!("{form:?} {body}")));
        };
        prop_assert!(!out.json.contains(NUMBER), "{}", out.json);
        // No more in a row than `last4` shows, and nothing where nothing has that mask.
        let longest = out.json.split(|c| !CANARY.contains(&c)).map(|run| run.chars().count()).max();
        let last4 = bound.iter().any(|(field, mask)| *mask == Mask::Last4 && is_hidden(field));
        prop_assert!(longest.unwrap() <= if last4 { 4 } else { 0 }, "{} of {}", out.json, body);
        let open = fields.iter().filter(|field| !is_hidden(field)).count();
        prop_assert_eq!(out.json.matches("open").count(), open, "{}", out.json);
    }
}

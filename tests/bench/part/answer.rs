//! From Salesforce's answer to the bytes that an agent gets.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::rc::Rc;

use fieldgate::footprint::{self, Action, Resolved, Target};
use fieldgate::jsonrpc::Id;
use fieldgate::mcp::{Era, Meta, ServerInfo, ToolResult, print_tool_result};
use fieldgate::org::Schema;
use fieldgate::policy::{
    Agent, CallContext, Environment, Names, OnForbidden, Permitted, PolicySet,
};
use fieldgate::redact::{HashKey, Mask, Masks, Pruned, Window, prune_within};
use fieldgate::salesforce::{FieldName, ObjectName, Operation};
use fieldgate::soql;
use serde::de::IgnoredAny;

use super::Part;
use super::queries::schema;

/// Twenty fields, as Salesforce sends them back with a query.
const FIELDS: [&str; 20] = [
    "Id",
    "Name",
    "FirstName",
    "LastName",
    "Salutation",
    "Email",
    "Phone",
    "Fax",
    "MobilePhone",
    "HomePhone",
    "Title",
    "Department",
    "Birthdate",
    "LeadSource",
    "AssistantName",
    "MailingStreet",
    "MailingCity",
    "MailingCountry",
    "AccountId",
    "OwnerId",
];

const OPEN: &str = r#"
@id("reads") permit (principal, action in Action::"read", resource in Object::"Contact");
"#;

const MASKED: &str = r#"
@id("reads") permit (principal, action in Action::"read", resource in Object::"Contact")
unless { resource in [Field::"Contact.Phone", Field::"Contact.Email"] };
@id("masked") permit (principal, action == Action::"selectMasked", resource in Object::"Contact");
"#;

pub(super) fn parts() -> Vec<Part> {
    let schema = schema();
    let open = Rc::new(permitted(&schema, OPEN));
    let masked = Rc::new(permitted(&schema, MASKED));
    let of_size = |(size, rows)| {
        let body: Rc<[u8]> = answer(rows).into();
        let (open, masked) = (Rc::clone(&open), Rc::clone(&masked));
        let (masks, none) = (masks(), Masks::default());
        let text = prune(&open, &none, &body).json;
        let bodies = [Rc::clone(&body), Rc::clone(&body), body];
        let [valid, plain, hidden] = bodies;
        [
            Part::of("answer: validate only", size, move || {
                serde_json::from_slice::<IgnoredAny>(&valid).unwrap()
            }),
            Part::of("answer: prune", size, move || prune(&open, &none, &plain)),
            Part::of("answer: prune and mask 2 fields", size, move || {
                prune(&masked, &masks, &hidden)
            }),
            Part::with("answer: as a tool's result", size, move || text.clone(), printed),
        ]
    };
    // With the types and addresses that Salesforce adds, a row is some 700 bytes.
    [("2 KB", 3), ("500 KB", 740)].into_iter().flat_map(of_size).collect()
}

fn permitted(schema: &Schema, policies: &str) -> Permitted {
    let set = PolicySet::from_texts([("bench.cedar", policies)], &Names::new(schema)).unwrap();
    let query = format!("SELECT {} FROM Contact LIMIT 2000", FIELDS.join(", "));
    let operation = Operation::query(soql::parse(&query).unwrap());
    let resolved: Resolved = footprint::resolve(operation, schema).unwrap();
    let call = CallContext {
        tool: "executeQuery",
        environment: Environment::Developer,
        now: jiff::Timestamp::UNIX_EPOCH,
        zone: &jiff::tz::TimeZone::UTC,
    };
    let agent = Agent::new("agent", "issuer", "agent", ["support"]);
    set.grant(&agent, schema, &call, resolved, OnForbidden::Deny).unwrap().permitted
}

fn masks() -> Masks {
    let target = |field: &str| {
        Target::Field(ObjectName::parse("Contact").unwrap(), FieldName::parse(field).unwrap())
    };
    let bound = [(target("Phone"), Mask::Last4), (target("Email"), Mask::Domain)];
    Masks::new(BTreeMap::from(bound), HashKey::new([7; 32]))
}

fn prune(permitted: &Permitted, masks: &Masks, body: &[u8]) -> Pruned {
    let visible = |action: Action, target: &Target| permitted.visible(action, target);
    let resolved = permitted.resolved();
    let window = Window { skip: 0, most_bytes: 4_000_000 };
    let (operation, footprint) = (resolved.operation(), resolved.footprint());
    let pruned = prune_within(operation, footprint, &visible, masks, window, body).unwrap();
    assert_eq!(pruned.dropped, 0, "every field is permitted, or shown masked");
    pruned
}

fn printed(text: String) -> Vec<u8> {
    let server = ServerInfo::tools_only("fieldgate", "0");
    let result = ToolResult::text(text);
    print_tool_result(&Id::Number(7), Era::Modern, &server, &result, Meta::new())
}

fn answer(rows: usize) -> Vec<u8> {
    let mut json = format!("{{\"totalSize\":{rows},\"done\":true,\"records\":[");
    for row in 0..rows {
        let comma = if row == 0 { "" } else { "," };
        let _infallible = write!(
            json,
            "{comma}{{\"attributes\":{{\"type\":\"Contact\",\"url\":\
             \"/services/data/v68.0/sobjects/Contact/003000000000{row:03}AAA\"}}"
        );
        for field in FIELDS {
            let value = match field {
                "Id" => format!("\"003000000000{row:03}AAA\""),
                "AccountId" | "OwnerId" => "\"001000000000001AAA\"".to_owned(),
                "Fax" | "AssistantName" | "Salutation" => "null".to_owned(),
                "Phone" | "MobilePhone" | "HomePhone" => "\"+1 555 010 1234\"".to_owned(),
                "Email" => "\"someone@example.com\"".to_owned(),
                "Birthdate" => "\"1980-02-03\"".to_owned(),
                "MailingStreet" => "\"1 Main Street\\nSuite 5\"".to_owned(),
                _ => "\"Plain words\"".to_owned(),
            };
            let _infallible = write!(json, ",\"{field}\":{value}");
        }
        json.push('}');
    }
    json.push_str("]}");
    json.into_bytes()
}

//! What is asked of an operation of which some fields are masked, and what is left without them.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::super::masked::Holds;
use super::*;
use crate::salesforce::{FieldName, ObjectName};
use crate::tools::{self, Seals};

fn demo() -> Schema {
    Schema::from_json(&crate::demo_org::schema_json()).unwrap()
}

fn targets(names: &[&str]) -> Targets {
    let target = |name: &&str| {
        let (object, field) = name.split_once('.').unwrap();
        Target::Field(ObjectName::parse(object).unwrap(), FieldName::parse(field).unwrap())
    };
    names.iter().map(target).collect()
}

fn asked(tool: &str, arguments: &Value, schema: &Schema) -> Resolved {
    let tool = tools::known_as(tool).unwrap();
    let operation = tool.operation(&arguments.to_string(), &Seals::none()).unwrap();
    resolve(operation, schema).unwrap()
}

/// Accesses without their order: `selectMasked Contact.SSN__c`.
fn accesses(footprint: &Footprint) -> BTreeSet<String> {
    footprint.accesses.iter().map(|a| format!("{} {}", a.action.name(), a.target)).collect()
}

fn masked_names(footprint: &Footprint) -> Vec<String> {
    let own = footprint.masked.fields().into_iter().map(|field| field.name.clone());
    let parts = footprint.parts.iter().flat_map(|part| masked_names(&part.footprint));
    own.chain(parts).collect()
}

const BASE: &str = "/services/data/v68.0";

/// Masked, the social security number is asked for as such, and the rest as before.
fn check(tool: &str, arguments: &Value, masked: &str) {
    let schema = demo();
    let resolved = asked(tool, arguments, &schema);
    let narrowed = resolved.masked(&schema, &targets(&["Contact.SSN__c"]));
    let narrowed = narrowed.unwrap_or_else(|| panic!("{arguments}"));
    assert_eq!(narrowed.operation(), resolved.operation());
    assert_eq!(masked_names(narrowed.footprint()), [masked], "{arguments}");
    let expected: BTreeSet<String> = accesses(resolved.footprint())
        .into_iter()
        .map(|access| access.replace("select Contact.SSN__c", "selectMasked Contact.SSN__c"))
        .collect();
    let mut found = accesses(narrowed.footprint());
    // A list of which nothing is left is looked at with the id.
    if !expected.contains("select Contact.Id") && tool != "executeQuery" {
        found.remove("select Contact.Id");
    }
    assert_eq!(found, expected, "{arguments}");
    assert_eq!(narrowed.footprint().rows, resolved.footprint().rows);
}

#[test]
fn a_masked_field_of_a_query_or_search_is_asked_for_as_such() {
    for (query, masked) in [
        ("SELECT ssn__C, FirstName FROM Contact", "SSN__c"),
        ("SELECT SSN__c FROM Contact WHERE Title = 'a'", "SSN__c"),
        ("SELECT c.Contact.SSN__c FROM Case c", "Contact.SSN__c"),
        ("SELECT (SELECT SSN__c FROM Contacts), Name FROM Account", "Contacts.SSN__c"),
    ] {
        check("executeQuery", &json!({ "query": query }), masked);
    }
    let search = "FIND {a} IN NAME FIELDS RETURNING Contact(Id, SSN__c), Account(Id)";
    check("executeSearch", &json!({ "search": search }), "Contact.SSN__c");
    let bulk = json!({ "operation": "query", "query": "SELECT Id, SSN__c FROM Contact" });
    check("createBulkJob", &bulk, "SSN__c");
}

#[test]
fn a_masked_field_of_a_record_or_a_part_is_asked_for_as_such() {
    let contact = "003000000000001AAA";
    let record = |fields: &[&str]| json!({ "object": "Contact", "id": contact, "fields": fields });
    check("getRecord", &record(&["SSN__c", "Id"]), "SSN__c");
    check("getRecord", &record(&["SSN__c"]), "SSN__c");
    let several = json!({ "object": "Contact", "ids": [contact], "fields": ["SSN__c"] });
    check("getRecords", &several, "SSN__c");
    let composite = json!({ "compositeRequest": [
        { "method": "GET", "referenceId": "a",
          "url": format!("{BASE}/sobjects/Contact/{contact}?fields=Id,SSN__c") },
        { "method": "GET", "referenceId": "b",
          "url": format!("{BASE}/query?q=SELECT+Id+FROM+Case+WHERE+ContactId='@{{a.Id}}'") }] });
    check("executeComposite", &composite, "SSN__c");
    let batch = json!({ "batchRequests": [
        { "method": "GET", "url": format!("v68.0/sobjects/Contact/{contact}?fields=SSN__c") }] });
    check("executeBatch", &batch, "SSN__c");
}

#[test]
fn what_masking_would_not_hide_is_not_masked() {
    let schema = demo();
    for (query, hidden) in [
        // Not as it is, or not alone.
        ("SELECT toLabel(SSN__c) FROM Contact", "Contact.SSN__c"),
        ("SELECT MAX(SSN__c) FROM Contact", "Contact.SSN__c"),
        ("SELECT SSN__c FROM Contact GROUP BY SSN__c", "Contact.SSN__c"),
        ("SELECT SSN__c s FROM Contact GROUP BY SSN__c", "Contact.SSN__c"),
        ("SELECT TYPEOF Who WHEN Contact THEN SSN__c END FROM Task", "Contact.SSN__c"),
        // What it is computed from, and the lookups that lead to it.
        ("SELECT SSN_Last4__c FROM Contact", "Contact.SSN__c"),
        ("SELECT Account.Name FROM Contact", "Contact.AccountId"),
        ("SELECT ReportsTo.ReportsToId FROM Contact", "Contact.ReportsToId"),
        ("SELECT Owner.Name FROM Case", "Case.OwnerId"),
        ("SELECT (SELECT Id FROM Contacts) FROM Account", "Contact.AccountId"),
        ("SELECT Id FROM Contact WHERE SSN__c = 'a'", "Contact.SSN__c"),
    ] {
        let resolved = asked("executeQuery", &json!({ "query": query }), &schema);
        let masked = resolved.masked(&schema, &targets(&[hidden]));
        assert!(masked.is_none(), "{query}: {masked:?}");
    }
}

#[test]
fn what_is_shown_besides_is_asked_for_besides() {
    let schema = demo();
    for (query, kept) in [
        ("SELECT SSN__c FROM Contact ORDER BY SSN__c", "filter Contact.SSN__c"),
        ("SELECT SSN__c, SSN_Last4__c FROM Contact", "select Contact.SSN__c"),
        (
            "SELECT Contact.SSN__c, TYPEOF Owner WHEN User THEN Id END FROM Case WHERE \
          Contact.SSN__c = 'a'",
            "filter Contact.SSN__c",
        ),
    ] {
        let resolved = asked("executeQuery", &json!({ "query": query }), &schema);
        let masked = resolved.masked(&schema, &targets(&["Contact.SSN__c"])).unwrap();
        let accesses = accesses(masked.footprint());
        assert!(accesses.contains(kept), "{query}: {accesses:?}");
        assert!(accesses.contains("selectMasked Contact.SSN__c"), "{query}: {accesses:?}");
    }
}

#[test]
fn a_compound_field_is_masked_whole() {
    let schema = demo();
    let masked = |query: &str, hidden: &[&str]| {
        let resolved = asked("executeQuery", &json!({ "query": query }), &schema);
        let masked = resolved.masked(&schema, &targets(hidden)).unwrap();
        let fields = masked.footprint().masked.fields();
        assert_eq!(fields.len(), 1);
        (fields[0].targets.len(), fields[0].holds)
    };
    assert_eq!(masked("SELECT Name FROM Contact", &["Contact.LastName"]), (1, Holds::Other));
    assert_eq!(masked("SELECT LastName FROM Contact", &["Contact.LastName"]), (1, Holds::Text));
    assert_eq!(masked("SELECT Owner.Name FROM Case", &["User.LastName"]), (1, Holds::Other));
    assert_eq!(masked("SELECT Owner.Email FROM Case", &["User.Email"]), (1, Holds::Text));
    let address = "SELECT MailingAddress FROM Contact";
    assert_eq!(
        masked(address, &["Contact.MailingStreet", "Contact.MailingCity"]),
        (2, Holds::Other)
    );
}

#[test]
fn only_what_comes_back_is_left_out_and_never_all_of_it() {
    let schema = demo();
    let nothing = Targets::new();
    for (query, left, dropped) in [
        ("SELECT Id, SSN__c FROM Contact", "SELECT Id FROM Contact", &["SSN__c"][..]),
        ("SELECT Id, SSN_Last4__c FROM Contact", "SELECT Id FROM Contact", &["SSN_Last4__c"]),
        ("SELECT SSN__c FROM Contact", "", &[]),
        (
            "SELECT Id, SSN__c FROM Contact ORDER BY SSN__c",
            "SELECT Id FROM Contact ORDER BY SSN__c",
            &["SSN__c"],
        ),
    ] {
        let resolved = asked("executeQuery", &json!({ "query": query }), &schema);
        let hidden = targets(&["Contact.SSN__c"]);
        let rest = resolved.without(&schema, &hidden, &nothing);
        let (rest, names) = rest.map_or((String::new(), Vec::new()), |(rest, names)| {
            (rest.as_query().map(ToString::to_string).unwrap_or_default(), names)
        });
        assert_eq!(
            (rest.as_str(), names.as_slice()),
            (left, &*dropped.iter().map(|d| (*d).to_owned()).collect::<Vec<_>>()),
            "{query}"
        );
    }
}

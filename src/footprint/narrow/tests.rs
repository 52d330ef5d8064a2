//! What is asked of an operation of which some fields are masked, and what is left without them.

use std::collections::BTreeSet;

use serde_json::{Value, json};

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

#[test]
fn a_masked_field_is_asked_for_as_such_and_the_rest_as_before() {
    let schema = demo();
    let contact = "003000000000001AAA";
    for (tool, arguments, masked) in [
        ("executeQuery", json!({ "query": "SELECT ssn__C, FirstName FROM Contact" }), "SSN__c"),
        (
            "executeQuery",
            json!({ "query": "SELECT SSN__c FROM Contact WHERE Title = 'a'" }),
            "SSN__c",
        ),
        (
            "executeQuery",
            json!({ "query": "SELECT c.Contact.SSN__c FROM Case c" }),
            "Contact.SSN__c",
        ),
        (
            "executeQuery",
            json!({ "query": "SELECT (SELECT SSN__c FROM Contacts), Name FROM Account" }),
            "Contacts.SSN__c",
        ),
        (
            "getRecord",
            json!({ "object": "Contact", "id": contact, "fields": ["SSN__c", "Id"] }),
            "SSN__c",
        ),
        (
            "getRecord",
            json!({ "object": "Contact", "id": contact, "fields": ["SSN__c"] }),
            "SSN__c",
        ),
        (
            "getRecords",
            json!({ "object": "Contact", "ids": [contact], "fields": ["SSN__c"] }),
            "SSN__c",
        ),
        (
            "executeSearch",
            json!({ "search": "FIND {a} IN NAME FIELDS RETURNING Contact(Id, SSN__c), Account(Id)" }),
            "Contact.SSN__c",
        ),
        (
            "executeComposite",
            json!({ "compositeRequest": [
            { "method": "GET", "referenceId": "a",
              "url": format!("{BASE}/sobjects/Contact/{contact}?fields=Id,SSN__c") },
            { "method": "GET", "referenceId": "b",
              "url": format!("{BASE}/query?q=SELECT+Id+FROM+Case+WHERE+ContactId='@{{a.Id}}'") }] }),
            "SSN__c",
        ),
        (
            "executeBatch",
            json!({ "batchRequests": [
            { "method": "GET", "url": format!("v68.0/sobjects/Contact/{contact}?fields=SSN__c") }] }),
            "SSN__c",
        ),
        (
            "createBulkJob",
            json!({ "operation": "query", "query": "SELECT Id, SSN__c FROM Contact" }),
            "SSN__c",
        ),
    ] {
        let resolved = asked(tool, &arguments, &schema);
        let narrowed = resolved.masked(&schema, &targets(&["Contact.SSN__c"]));
        let narrowed = narrowed.unwrap_or_else(|| panic!("{arguments}"));
        assert_eq!(narrowed.operation(), resolved.operation());
        assert_eq!(masked_names(narrowed.footprint()), [masked], "{arguments}");
        let expected: BTreeSet<String> = accesses(resolved.footprint())
            .into_iter()
            .map(|access| access.replace("select Contact.SSN__c", "selectMasked Contact.SSN__c"))
            .collect();
        let found = accesses(narrowed.footprint());
        assert_eq!(found, expected, "{arguments}");
        assert_eq!(narrowed.footprint().rows, resolved.footprint().rows);
    }
}

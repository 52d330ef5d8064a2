//! What describes and definitions may show.

use serde_json::{Value, json};

use super::*;

/// A describe that says more than it is asked for: formulas, defaults, help, layouts, record types,
/// and a picklist that depends on a field.
fn verbose_describe() -> Vec<u8> {
    let field = |name: &str, more: Value| {
        let mut field = json!({
            "name": name, "type": "string", "label": name, "inlineHelpText": "canary",
            "defaultValueFormula": "SSN__c", "defaultValue": "canary", "calculatedFormula": "canary",
            "filteredLookupInfo": { "controllingFields": ["SSN__c"] }, "extraTypeInfo": "canary",
        });
        field.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        field
    };
    let values = json!([
        { "value": "x", "label": "X", "active": true, "validFor": "canary", "defaultValue": true },
        { "value": "canary", "active": false },
    ]);
    let describe = json!({
        "name": "Contact", "label": "Contact", "labelPlural": "Contacts", "canary": "canary",
        "fields": [
            field("Email", json!({ "controllerName": "SSN__c", "dependentPicklist": true,
                "type": "picklist", "picklistValues": values })),
            field("Phone", json!({ "controllerName": "Email", "picklistValues": values })),
            field("SSN__c", json!({ "picklistValues": values })),
        ],
        "childRelationships": [],
        "recordTypeInfos": [
            { "name": "Customer", "developerName": "Customer", "available": true, "active": true,
              "defaultRecordTypeMapping": true, "recordTypeId": "012canary", "master": false,
              "urls": { "layout": "/canary" } },
            { "name": "Odd", "developerName": null, "available": true },
        ],
        "namedLayoutInfos": [{ "name": "canary", "urls": {} }],
        "supportedScopes": [{ "label": "canary", "name": "canary" }],
        "urls": { "layouts": "/canary" }, "actionOverrides": [{ "pageId": "canary" }],
    });
    describe.to_string().into_bytes()
}

#[test]
fn a_verbose_describe_shows_names_and_types_alone() {
    let object = ObjectName::parse("Contact").unwrap();
    let resolved = resolve(Operation::DescribeObject { object }, &SCHEMA).unwrap();
    let visible =
        |_: Action, target: &Target| target.field().is_none_or(|field| field.as_str() != "SSN__c");
    let out = prune(resolved.operation(), resolved.footprint(), &visible, &verbose_describe());
    let shown = out.unwrap().json;
    assert!(!shown.contains("canary") && !shown.contains("SSN__c"), "{shown}");
    let shown: Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(shown["fields"].as_array().unwrap().len(), 2);
    assert_eq!(shown["fields"][0].get("controllerName"), None);
    assert_eq!(shown["fields"][1]["controllerName"], "Email");
    assert_eq!(shown["fields"][0]["picklistValues"], json!([{ "value": "x", "label": "X" }]));
    assert_eq!(
        shown["recordTypeInfos"],
        json!([{ "name": "Customer", "developerName": "Customer", "available": true,
            "defaultRecordTypeMapping": true }])
    );
}

/// What comes out of an answer to a look at custom fields, by one who may not see `SSN__c` nor `User`.
fn definitions(operation: MetadataOperation, body: &str) -> Result<Pruned, RedactError> {
    let visible = |_: Action, target: &Target| {
        target.field().is_none_or(|field| field.as_str() != "SSN__c")
            && target.object().is_none_or(|object| object.as_str() != "User")
    };
    prune(&Operation::Metadata(operation), &Footprint::default(), &visible, body.as_bytes())
}

#[test]
fn a_list_of_fields_shows_the_objects_own_that_may_be_seen() {
    let row = |id: &str, name: &str, table: &str| {
        format!(
            r#"{{"Id":"{id}","DeveloperName":"{name}","NamespacePrefix":null,"TableEnumOrId":"{table}","Metadata":"canary"}}"#
        )
    };
    let rows = [
        row("00NDm0000000001MAA", "Region", "Contact"),
        row("00NDm0000000002MAA", "SSN", "Contact"),
        row("00NDm0000000003MAA", "Other", "Account"),
        row("01IDm0000000004MAA", "Odd", "Contact"),
        row("00NDm0000000005MAA", "987 canary", "Contact"),
    ];
    let body = format!(r#"{{"totalSize":5,"done":true,"records":[{}]}}"#, rows.join(","));
    let object = ObjectName::parse("Contact").unwrap();
    let list = MetadataOperation::ListFields { object, table: Sought::Unasked };
    let out = definitions(list, &body).unwrap();
    assert_eq!(
        out.json,
        r#"{"customFields":[{"id":"00NDm0000000001MAA","object":"Contact","name":"Region__c"}]}"#
    );
    assert_eq!((out.rows, out.dropped), (1, 4));
}

#[test]
fn a_definition_shows_what_could_be_written_and_no_formula() {
    let id = RecordId::parse("00NDm0000000001MAA").unwrap();
    let get = || MetadataOperation::GetField {
        id: id.clone(),
        field: Sought::Found(FieldRef {
            object: ObjectName::parse("Contact").unwrap(),
            field: crate::salesforce::FieldName::parse("Region__c").unwrap(),
        }),
    };
    let body = |id: &str, name: &str, metadata: &str| {
        format!(
            r#"{{"Id":"{id}","FullName":"{name}","Metadata":{metadata},"CreatedById":"canary"}}"#
        )
    };
    let own = |metadata: &str| body(id.as_str(), "Contact.Region__c", metadata);
    for (metadata, shown) in [
        (
            r#"{"label":"R\u202e","type":"Text","length":80,"formula":"SSN__c & canary","lookupFilter":{"canary":1},"businessStatus":"canary"}"#,
            r#"{"calculated":true,"label":"R","length":80,"type":"Text"}"#,
        ),
        (r#"{"type":"Date","defaultValue":"SSN__c"}"#, r#"{"type":"Date"}"#),
        (r#"{"type":"Text","defaultValue":"\"x\""}"#, r#"{"defaultValue":"x","type":"Text"}"#),
        (r#"{"type":"canary","label":{"canary":1},"length":"canary"}"#, "{}"),
        (
            r#"{"type":"Summary","summarizedField":"canary"}"#,
            r#"{"calculated":true,"type":"Summary"}"#,
        ),
        (
            r#"{"type":"Lookup","referenceTo":"User","relationshipName":"Canary"}"#,
            r#"{"type":"Lookup"}"#,
        ),
        (
            r#"{"type":"Lookup","referenceTo":"Account","relationshipName":"Regions"}"#,
            r#"{"referenceTo":"Account","relationshipName":"Regions","type":"Lookup"}"#,
        ),
        (
            r#"{"type":"Picklist","valueSet":{"restricted":true,"valueSetDefinition":{"sorted":false,"value":[{"valueName":"a","default":true},{"valueName":"canary","isActive":false}]}}}"#,
            r#"{"defaultValue":"a","picklistValues":["a"],"restricted":true,"type":"Picklist"}"#,
        ),
    ] {
        let out = definitions(get(), &own(metadata)).unwrap().json;
        let out: Value = serde_json::from_str(&out).unwrap();
        let shown: Value = serde_json::from_str(shown).unwrap();
        let expected = json!({ "id": id.as_str(), "object": "Contact", "name": "Region__c",
            "definition": shown });
        assert_eq!(out, expected, "{metadata}");
    }
    for body in [
        body("00NDm0000000002MAA", "Contact.Region__c", r#"{"label":"canary"}"#),
        body(id.as_str(), "Contact.SSN__c", r#"{"label":"canary"}"#),
        body(id.as_str(), "Account.Region__c", r#"{"label":"canary"}"#),
        own("null"),
        own("[]"),
        "{}".to_owned(),
    ] {
        assert!(definitions(get(), &body).is_err(), "{body}");
    }
}

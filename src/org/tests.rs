use super::*;
use crate::salesforce::{FieldName, ObjectName};

fn names(text: &str) -> Vec<String> {
    formula::references(text)
        .unwrap()
        .into_iter()
        .map(|r| {
            let mut parts: Vec<String> = r.relationships.iter().map(ToString::to_string).collect();
            parts.push(r.field.to_string());
            parts.join(".")
        })
        .collect()
}

#[test]
fn a_formula_names_its_fields_and_nothing_else() {
    for (text, fields) in [
        ("Amount * 2", vec!["Amount"]),
        ("RIGHT(SSN__c, 4)", vec!["SSN__c"]),
        (
            "IF(ISPICKVAL(Type,\"SSN__c\"), Account.Owner.Email, 'x\\'Y')",
            vec!["Type", "Account.Owner.Email"],
        ),
        ("/* Salary__c */ TODAY () - DATEVALUE(CreatedDate)", vec!["CreatedDate"]),
        ("$User.Email & Name & name", vec!["Name"]),
        ("TRUE && NOT(IsActive) || 1.5e3 > A__c", vec!["IsActive", "A__c"]),
    ] {
        assert_eq!(names(text), fields, "{text}");
    }
}

#[test]
fn a_formula_that_cannot_be_read_is_an_error() {
    for text in ["\"open", "/* open", "a..b", "Owner:User.Email", "é"] {
        assert!(formula::references(text).is_err(), "{text}");
    }
}

#[test]
fn the_nearest_name_is_within_a_third() {
    let known = ["FirstName", "LastName", "Email", "SSN__c"];
    for (name, expected) in [
        ("FristName", Some("FirstName")),
        ("emial", Some("Email")),
        ("SSN_c", Some("SSN__c")),
        ("Zebra", None),
        ("", None),
    ] {
        assert_eq!(nearest(name, known.into_iter()), expected, "{name}");
    }
}

#[test]
fn a_schema_is_read_from_describes_and_looked_up_without_case() {
    let json = br#"{"apiVersion":"68.0","unused":1,"sobjects":[{"name":"Contact","keyPrefix":"003",
        "label":"Contact","fields":[
        {"name":"Name","type":"string"},
        {"name":"FirstName","type":"string","compoundFieldName":"Name"},
        {"name":"OwnerId","type":"reference","relationshipName":"Owner","referenceTo":["User"]}],
        "childRelationships":[{"childSObject":"Case","field":"ContactId","relationshipName":"Cases"},
        {"childSObject":"Event","field":"WhoId","relationshipName":null}]}]}"#;
    let schema = Schema::from_json(json).unwrap();
    let contact = schema.object(&ObjectName::parse("CONTACT").unwrap()).unwrap();
    let name = contact.field(&FieldName::parse("nAME").unwrap()).unwrap();
    assert_eq!(name.components, [FieldName::parse("FirstName").unwrap()]);
    assert_eq!(contact.children().count(), 1);
    assert_eq!(contact.parents().count(), 1);
}

#[test]
fn a_field_is_unique_that_describe_calls_so_also_after_a_snapshot_or_an_external_id() {
    let describe = br#"{"name":"A","fields":[{"name":"Code__c","unique":true},
        {"name":"Key__c","externalId":true,"unique":false},{"name":"Email","idLookup":true},
        {"name":"Plain__c"}]}"#;
    let described = Described::from_json(describe).unwrap();
    let mut file = Vec::new();
    Snapshot::new("68.0".to_owned(), true, vec![described]).write(&mut file).unwrap();
    let schema = Schema::from_json(&file).unwrap();
    let object = schema.object_named("A").unwrap();
    let unique = object.fields().filter(|field| field.unique).map(|field| field.name.as_str());
    assert_eq!(unique.collect::<Vec<_>>(), ["Code__c", "Key__c"]);
}

#[test]
fn a_schema_that_is_wrong_says_why() {
    for (json, why) in [
        ("{}", "not an org schema"),
        (r#"{"apiVersion":"68.0","sobjects":[]}"#, "no object"),
        (r#"{"apiVersion":"68.0","sobjects":[{"name":"A"},{"name":"a"}]}"#, "`a` twice"),
        (r#"{"apiVersion":"68.0","sobjects":[{"name":"A B"}]}"#, "no usable name"),
    ] {
        let error = Schema::from_json(json.as_bytes()).unwrap_err().to_string();
        assert!(error.contains(why), "{json}: {error}");
    }
}

#[test]
fn every_name_of_many_is_found_without_case_and_in_order() {
    let names: Vec<String> = (0..500)
        .map(|n| format!("{}_{n}__c", "Abcdefgh_Ijklmnop_".get(..1 + n % 18).unwrap()))
        .collect();
    let fields: Vec<_> = names.iter().map(|name| serde_json::json!({ "name": name })).collect();
    let json = serde_json::json!({ "name": "Many", "fields": fields }).to_string();
    let many = Described::from_json(json.as_bytes()).unwrap().object().unwrap();
    for name in &names {
        for spelling in [name.to_ascii_lowercase(), name.to_ascii_uppercase()] {
            assert_eq!(many.field_named(&spelling).unwrap().name.as_str(), name);
        }
        for other in [format!("{name}c"), name.replace('_', "?"), name.replace('_', "\x7f")] {
            assert!(many.field_named(&other).is_none(), "{other}");
        }
    }
    let order: Vec<_> = many.fields().map(|field| field.name.clone()).collect();
    assert!(order.len() == names.len() && order.is_sorted(), "{order:?}");
    assert!(many.field_named("").is_none() && many.parent_named("").is_none());
}

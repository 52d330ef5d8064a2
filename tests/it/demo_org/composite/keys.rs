//! Rows, upserts and parents that are named by an external id.

use serde_json::{Value, json};

use super::super::{Org, bare};
use super::{ROWS, statuses, sub};

/// An org whose accounts have two external ids, `Key__c` with one value a record and `Code__c`;
/// its contacts have `Key__c`; three accounts with keys, of which two share a code.
async fn keyed() -> Org {
    let org = Org::start().await;
    for (name, unique) in
        [("Account.Key__c", true), ("Account.Code__c", false), ("Contact.Key__c", true)]
    {
        let field = json!({"FullName": name, "Metadata": {"label": "Key", "type": "Text",
            "length": 20, "externalId": true, "unique": unique}});
        let made = org.send("POST", "/tooling/sobjects/CustomField", Some(&field)).await;
        assert_eq!(made.status, 201, "{}", made.body);
    }
    for (key, code) in [("A-1", "x"), ("A-2", "y"), ("A 3/%", "y")] {
        org.create("Account", json!({"Name": format!("Zz {key}"), "Key__c": key, "Code__c": code}))
            .await;
    }
    org
}

const BY_KEY: &str = "/sobjects/account/key__c";

#[tokio::test]
async fn a_row_is_named_by_an_external_id() {
    let org = keyed().await;
    let read = org.get(&format!("{BY_KEY}/a-1?fields=Name")).await;
    assert_eq!((read.status, bare(&read.body)), (200, json!({"Name": "Zz A-1"})));
    let read = org.get(&format!("{BY_KEY}/A%203%2F%25?fields=Name")).await;
    assert_eq!(bare(&read.body), json!({"Name": "Zz A 3/%"}));
    for (method, path, body, status, code) in [
        ("GET", "Key__c/none", Value::Null, 404, "NOT_FOUND"),
        ("GET", "Name/Zz", Value::Null, 404, "NOT_FOUND"),
        ("GET", "Nope__c/Zz", Value::Null, 404, "NOT_FOUND"),
        ("DELETE", "Key__c/none", Value::Null, 404, "NOT_FOUND"),
        ("POST", "Key__c/A-1", json!({}), 405, "METHOD_NOT_ALLOWED"),
        ("PATCH", "Key__c/A-1", json!({"key__c": "A-1"}), 400, "INVALID_FIELD"),
        ("PATCH", "Key__c/A-1", json!({"Name": ""}), 400, "REQUIRED_FIELD_MISSING"),
        ("PATCH", "Key__c/none?updateOnly=true", json!({"Name": "x"}), 404, "NOT_FOUND"),
        ("PATCH", "Id/001Dm00000zzzzz", json!({"Name": "x"}), 404, "NOT_FOUND"),
    ] {
        let got = org.send(method, &format!("/sobjects/Account/{path}"), Some(&body)).await;
        assert_eq!((got.status, got.code()), (status, code), "{method} {path}");
    }
    for method in ["GET", "PATCH", "DELETE"] {
        let got =
            org.send(method, "/sobjects/Account/Code__c/y", Some(&json!({"Name": "x"}))).await;
        assert_eq!((got.status, got.body.as_array().unwrap().len()), (300, 2));
        assert!(got.body[0].as_str().unwrap().starts_with(&format!("{ROWS}/Account/001")));
    }
    assert_eq!(org.send("DELETE", &format!("{BY_KEY}/A-1"), None).await.status, 204);
    assert_eq!(org.named("Account", "Zz A-1").await, 0);
}

#[tokio::test]
async fn an_upsert_changes_a_record_or_makes_it() {
    let org = keyed().await;
    for (status, created) in [(201, true), (200, false)] {
        let got =
            org.send("PATCH", &format!("{BY_KEY}/A-9"), Some(&json!({"Name": "Zz Nine"}))).await;
        let id = got.body["id"].clone();
        let expected = json!({"id": id, "success": true, "errors": [], "created": created});
        assert_eq!((got.status, &got.body, got.location.is_some()), (status, &expected, created));
        assert_eq!(org.count("SELECT COUNT() FROM Account WHERE Key__c = 'A-9'").await, 1);
    }
    let record = |object: &str, key: Value, name: &str| json!({"attributes": {"type": object}, "key__c": key, "Name": name});
    let records = [
        record("Account", json!("A-1"), "Zz Old"),
        record("account", json!(17), "Zz New"),
        record("Account", Value::Null, "Zz Bad"),
        record("Contact", json!("A-1"), "Zz Bad"),
        record("Account", json!("A-2"), ""),
    ];
    for together in [true, false] {
        let body = json!({"allOrNone": together, "records": records});
        let got = org.send("PATCH", "/composite/sobjects/Account/Key__c", Some(&body)).await;
        assert_eq!(got.status, 200);
        let results = got.body.as_array().unwrap();
        let code =
            |one: &Value| one["errors"][0]["statusCode"].as_str().unwrap_or_default().to_owned();
        let seen: Vec<String> = results.iter().map(code).collect();
        let first = if together { "ALL_OR_NONE_OPERATION_ROLLED_BACK" } else { "" };
        assert_eq!(
            seen,
            [first, first, "MISSING_ARGUMENT", "INVALID_TYPE", "REQUIRED_FIELD_MISSING"]
        );
        let made = u64::from(!together);
        assert_eq!(
            (org.named("Account", "Zz Old").await, org.named("Account", "Zz New").await),
            (made, made)
        );
        if !together {
            assert_eq!(
                (&results[0]["created"], &results[1]["created"]),
                (&json!(false), &json!(true))
            );
        }
    }
    assert_eq!(org.count("SELECT COUNT() FROM Account WHERE Key__c = '17'").await, 1);
}

#[tokio::test]
async fn a_row_by_external_id_can_stand_in_composite_and_graph() {
    let org = keyed().await;
    let chain = json!([
        sub("PATCH", &format!("{ROWS}/Account/Key__c/A-7"), "a", json!({"Name": "Zz Seven"})),
        sub(
            "PATCH",
            &format!("{ROWS}/Contact/Key__c/C-7"),
            "c",
            json!({"LastName": "Zz", "AccountId": "@{a.id}"})
        ),
        sub("GET", &format!("{ROWS}/Account/Key__c/A-7?fields=Name"), "r", Value::Null),
    ]);
    assert_eq!(statuses(&org.compose(true, chain.clone()).await), [201, 201, 200]);
    let graph = json!({"graphs": [{"graphId": "1", "compositeRequest": chain}]});
    let got = org.post("/composite/graph", &graph).await.body;
    let responses = got["graphs"][0]["graphResponse"]["compositeResponse"].as_array().unwrap();
    assert_eq!(statuses(responses), [200, 200, 200]);
    let soql = "SELECT Account.Name FROM Contact WHERE Key__c = 'C-7'";
    assert_eq!(bare(&json!(org.rows(soql).await)), json!([{"Account": {"Name": "Zz Seven"}}]));
}

/// What a contact's body says of its parents, and the code that it is refused with, if it is.
fn parents() -> Vec<(Value, &'static str)> {
    let typed = |kind: &str| json!({"attributes": {"type": kind}, "Key__c": "A-1"});
    vec![
        (json!({"Account": {"Key__c": "A-1"}}), ""),
        (json!({"account": {"key__C": "a-1"}}), ""),
        (json!({"Account": typed("Account")}), ""),
        (json!({"Account": typed("Lead")}), "INVALID_FIELD"),
        (json!({"Account": {"Key__c": "none"}}), "INVALID_FIELD"),
        (json!({"Account": {"Key__c": null}}), "INVALID_FIELD"),
        (json!({"Account": {"Code__c": "y"}}), "DUPLICATE_EXTERNAL_ID"),
        (json!({"Account": {"Name": "Zz A-1"}}), "INVALID_FIELD"),
        (json!({"Account": {"Nope": "x"}}), "INVALID_FIELD"),
        (json!({"Account": {"Key__c": "A-1", "Code__c": "x"}}), "INVALID_FIELD"),
        (json!({"Account": {}}), "INVALID_FIELD"),
        (json!({"Account": "A-1"}), "INVALID_FIELD"),
        (json!({"Account": [{"Key__c": "A-1"}]}), "INVALID_FIELD"),
        (json!({"Nope": {"Key__c": "A-1"}}), "INVALID_FIELD"),
        (json!({"Account": {"Key__c": "A-1"}, "AccountId": null}), "INVALID_FIELD"),
        (json!({"CreatedBy": {"Key__c": "A-1"}}), "INVALID_FIELD"),
    ]
}

#[tokio::test]
async fn a_parent_is_named_by_an_external_id() {
    let org = keyed().await;
    let account = org.get(&format!("{BY_KEY}/A-1?fields=Id")).await.body["Id"].clone();
    let plain = org.create("Contact", json!({"LastName": "Zz Plain"})).await;
    for (parents, code) in parents() {
        let mut body = parents.clone();
        body["LastName"] = json!("Zz Child");
        let made = org.send("POST", "/sobjects/Contact", Some(&body)).await;
        let changed =
            org.send("PATCH", &format!("/sobjects/Contact/{plain}"), Some(&parents)).await;
        let read = org.get(&format!("/sobjects/Contact/{plain}?fields=AccountId")).await.body;
        if code.is_empty() {
            assert_eq!((made.status, changed.status), (201, 204), "{body}: {}", made.body);
            let id = made.body["id"].as_str().unwrap();
            let new = org.get(&format!("/sobjects/Contact/{id}?fields=AccountId")).await.body;
            assert_eq!((&new["AccountId"], &read["AccountId"]), (&account, &account), "{body}");
            let empty = json!({"AccountId": null});
            org.send("PATCH", &format!("/sobjects/Contact/{plain}"), Some(&empty)).await;
        } else {
            assert_eq!((made.status, made.code(), changed.code()), (400, code, code), "{body}");
            assert_eq!(read["AccountId"], Value::Null, "{body}");
        }
    }
    assert_eq!(org.count("SELECT COUNT() FROM Contact WHERE LastName = 'Zz Child'").await, 3);
    let tasks = [
        (json!({"Key__c": "A-1"}), 400),
        (json!({"attributes": {"type": "Account"}, "Key__c": "A-1"}), 201),
    ];
    for (parent, status) in tasks {
        let task =
            json!({"Subject": "x", "Status": "Not Started", "Priority": "High", "What": parent});
        assert_eq!(org.send("POST", "/sobjects/Task", Some(&task)).await.status, status, "{task}");
    }
    let missing = org
        .send(
            "POST",
            "/sobjects/Contact",
            Some(&json!({"LastName": "x", "Account": {"Key__c": "no"}})),
        )
        .await;
    assert_eq!(
        missing.body[0]["message"],
        "Foreign key external ID: no not found for field Key__c in entity Account"
    );
}

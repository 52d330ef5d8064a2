//! `composite/tree`.

use serde_json::{Value, json};

use super::super::{Org, bare};

fn node(object: &str, id: &str, mut fields: Value) -> Value {
    fields["attributes"] = json!({"type": object, "referenceId": id});
    fields
}

#[tokio::test]
async fn a_tree_is_created_level_by_level() {
    let org = Org::start().await;
    let contacts = json!({"records": [node("Contact", "c1", json!({"LastName": "Zz C1"})),
        node("contact", "c2", json!({"LastName": "Zz C2", "accountid": "001Dm0000000001IAA"}))]});
    let groups = json!({"records": [node("Account", "m", json!({"Name": "Zz Member", "Opportunities": {"records": [
        node("Opportunity", "o", json!({"Name": "Zz O", "StageName": "Prospecting", "CloseDate": "2026-12-01"}))]}}))]});
    let trees = json!({"records": [
        node("Account", "a", json!({"Name": "Zz Root", "Contacts": contacts, "group_members__R": groups})),
        node("Account", "b", json!({"Name": "Zz Alone"})),
    ]});
    let got = org.post("/composite/tree/account/", &trees).await;
    assert_eq!((got.status, &got.body["hasErrors"]), (201, &json!(false)), "{}", got.body);
    let results = got.body["results"].as_array().unwrap();
    let references: Vec<&Value> = results.iter().map(|one| &one["referenceId"]).collect();
    assert_eq!(references, ["a", "b", "c1", "c2", "m", "o"]);
    let soql = "SELECT Name, (SELECT Name FROM Contacts), (SELECT Name FROM Group_Members__r) \
                FROM Account WHERE Name = 'Zz Root'";
    let rows = bare(&json!(org.rows(soql).await));
    assert_eq!(rows[0]["Contacts"]["records"], json!([{"Name": "Zz C1"}, {"Name": "Zz C2"}]));
    assert_eq!(rows[0]["Group_Members__r"]["records"], json!([{"Name": "Zz Member"}]));
    let id = results[5]["id"].as_str().unwrap();
    let read = org.get(&format!("/sobjects/Opportunity/{id}?fields=Account.Name")).await.body;
    assert_eq!(bare(&read), json!({"Account": {"Name": "Zz Member"}}));
}

/// Trees that are refused for one of their records, with its reference id and the code.
fn refused_trees() -> Vec<(Value, &'static str, &'static str)> {
    let root = |fields: Value| json!([node("Account", "r", fields)]);
    let below = |name: &str, record: Value| {
        let mut fields = json!({"Name": "Zz Tree"});
        fields[name] = json!({"records": [record]});
        root(fields)
    };
    let mut deep = node("Account", "l6", json!({"Name": "Zz Tree"}));
    for level in (1..6).rev() {
        let fields = json!({"Name": "Zz Tree", "ChildAccounts": {"records": [deep]}});
        deep = node("Account", &format!("l{level}"), fields);
    }
    let many = |n| (0..n).map(|n| node("Account", &format!("n{n}"), json!({"Name": "Zz Tree"})));
    let mut wide = node("Account", "w", json!({"Name": "Zz Tree"}));
    wide["ChildAccounts"] = json!({"records": many(200).collect::<Vec<_>>()});
    vec![
        (
            below("Contacts", node("Contact", "c", json!({"FirstName": "x"}))),
            "c",
            "REQUIRED_FIELD_MISSING",
        ),
        (below("Contacts", node("Lead", "c", json!({"LastName": "x"}))), "c", "INVALID_INPUT"),
        (below("Nope", node("Contact", "c", json!({"LastName": "x"}))), "r", "INVALID_FIELD"),
        (below("Contacts", node("Contact", "r", json!({"LastName": "x"}))), "r", "INVALID_INPUT"),
        (root(json!({"Name": "Zz Tree", "Nope": 1})), "r", "INVALID_FIELD"),
        (json!([node("Contact", "r", json!({"LastName": "x"}))]), "r", "INVALID_INPUT"),
        (json!([deep]), "l6", "INVALID_INPUT"),
        (json!([wide]), "n199", "INVALID_INPUT"),
    ]
}

#[tokio::test]
async fn a_tree_is_created_whole_or_not_at_all() {
    let org = Org::start().await;
    for (records, reference, code) in refused_trees() {
        let got = org.post("/composite/tree/Account", &json!({"records": records})).await;
        assert_eq!((got.status, &got.body["hasErrors"]), (400, &json!(true)), "{}", got.body);
        let results = got.body["results"].as_array().unwrap();
        assert_eq!(results.len(), 1);
        let error = &results[0]["errors"][0];
        assert_eq!(
            (&results[0]["referenceId"], &error["statusCode"]),
            (&json!(reference), &json!(code)),
            "{records}"
        );
        assert!(error["message"].is_string() && error["fields"].is_array());
    }
    for records in [json!({}), json!({"records": [{"Name": "x"}]}), json!({"records": ["x"]})] {
        let got = org.post("/composite/tree/Account", &records).await;
        assert_eq!((got.status, got.code()), (400, "JSON_PARSER_ERROR"), "{records}");
    }
    assert_eq!(org.named("Account", "Zz Tree").await, 0);
}

//! `composite/sobjects`.

use serde_json::{Value, json};

use super::super::{Org, bare};

const NOT_ALL: &str = "Record rolled back because not all records were valid and the request was \
                       using AllOrNone header";

fn record(object: &str, mut fields: Value) -> Value {
    fields["attributes"] = json!({"type": object});
    fields
}

fn codes(results: &Value) -> Vec<&str> {
    let code = |one: &'_ Value| one["errors"][0]["statusCode"].as_str().map(str::len);
    let all = results.as_array().unwrap();
    assert!(all.iter().all(|one| one["success"] == code(one).is_none()), "{results}");
    all.iter().map(|one| one["errors"][0]["statusCode"].as_str().unwrap_or_default()).collect()
}

#[tokio::test]
async fn collections_write_records_of_several_objects() {
    let org = Org::start().await;
    let records = json!({"records": [record("Account", json!({"Name": "Zz One"})), record("contact", json!({"LastName": "Zz Two"})),
        record("Account", json!({"Name": ""})), record("Nope", json!({})), json!({"Name": "x"})]});
    let made = org.post("/composite/sobjects", &records).await;
    assert_eq!(made.status, 200);
    assert_eq!(
        codes(&made.body),
        ["", "", "REQUIRED_FIELD_MISSING", "INVALID_TYPE", "INVALID_TYPE"]
    );
    assert_eq!(
        made.body[2],
        json!({"success": false, "errors": [{"statusCode": "REQUIRED_FIELD_MISSING",
            "message": "Required fields are missing: [Name]", "fields": ["Name"]}]})
    );
    let (one, two) = (made.body[0]["id"].as_str().unwrap(), made.body[1]["id"].as_str().unwrap());
    assert_eq!(made.body[0], json!({"id": one, "success": true, "errors": []}));

    let records = json!({"records": [record("Account", json!({"id": one, "Fax": "1"})), record("Contact", json!({"Id": two.get(..15), "Fax": "2"})),
        record("Account", json!({"id": two, "Fax": "3"})), record("Account", json!({"Fax": "4"})),
        record("Account", json!({"id": "001Dm00000zzzzz", "Fax": "5"}))]});
    let changed = org.send("PATCH", "/composite/sobjects", Some(&records)).await;
    assert_eq!(changed.status, 200);
    assert_eq!(
        codes(&changed.body),
        ["", "", "MALFORMED_ID", "MISSING_ARGUMENT", "INVALID_CROSS_REFERENCE_KEY"]
    );
    assert_eq!(changed.body[1]["id"], two);
    let changed = org.send("POST", "/composite/sobjects?_HttpMethod=PATCH", Some(&records)).await;
    assert_eq!(codes(&changed.body).len(), 5);

    let read =
        org.get(&format!("/composite/sobjects/Account?ids={one},{two},nope&fields=Fax,Name")).await;
    assert_eq!(
        (read.status, bare(&read.body)),
        (200, json!([{"Fax": "1", "Name": "Zz One"}, null, null]))
    );
    let body = json!({"ids": [two, two], "fields": ["Fax", "Account.Name"]});
    let read = org.post("/composite/sobjects/Contact", &body).await;
    assert_eq!(
        bare(&read.body),
        json!([{"Fax": "2", "Account": null}, {"Fax": "2", "Account": null}])
    );

    let path = format!("/composite/sobjects?ids={one},{two},{one},x,zzzDm0000000001");
    let deleted = org.send("DELETE", &path, None).await;
    assert_eq!(codes(&deleted.body), ["", "", "ENTITY_IS_DELETED", "MALFORMED_ID", "MALFORMED_ID"]);
    assert_eq!(
        (org.named("Account", "Zz One").await, org.named("Contact", "Zz Two").await),
        (0, 0)
    );
}

#[tokio::test]
async fn a_collection_is_written_whole_or_not_at_all_when_it_is_told_to() {
    let org = Org::start().await;
    let id = org.create("Account", json!({"Name": "Zz Kept"})).await;
    let patch = [
        record("Account", json!({"id": id, "Name": "Zz Changed"})),
        record("Account", json!({"id": id, "Name": ""})),
    ];
    let create = [record("Account", json!({"Name": "Zz Made"})), record("Account", json!({}))];
    for (method, path, records) in [
        ("POST", "/composite/sobjects".to_owned(), json!({"allOrNone": true, "records": create})),
        ("PATCH", "/composite/sobjects".to_owned(), json!({"allOrNone": true, "records": patch})),
        ("DELETE", format!("/composite/sobjects?ids={id},{id}&allOrNone=true"), Value::Null),
    ] {
        let got = org.send(method, &path, Some(&records)).await;
        assert_eq!(got.status, 200, "{}", got.body);
        assert_eq!(codes(&got.body)[0], "ALL_OR_NONE_OPERATION_ROLLED_BACK", "{method}");
        assert_eq!(got.body[0]["errors"][0]["message"], NOT_ALL);
        assert_ne!(codes(&got.body)[1], "ALL_OR_NONE_OPERATION_ROLLED_BACK", "{method}");
        let names = ["Zz Kept", "Zz Changed", "Zz Made"];
        let mut found = Vec::new();
        for name in names {
            found.push(org.named("Account", name).await);
        }
        assert_eq!(found, [1, 0, 0], "{method}");
    }
}

#[tokio::test]
async fn a_collection_that_is_not_well_formed_is_refused_whole() {
    let org = Org::start().await;
    let many = |n| json!({"records": vec![record("Account", json!({"Name": "Zz Many"})); n]});
    let ids = |n| json!({"ids": vec!["001Dm0000000001IAA"; n], "fields": ["Id"]});
    for (method, path, body, status, code) in [
        ("POST", "", many(201), 400, "EXCEEDED_ID_LIMIT"),
        ("PATCH", "", many(201), 400, "EXCEEDED_ID_LIMIT"),
        ("POST", "", json!({}), 400, "JSON_PARSER_ERROR"),
        ("POST", "", json!({"records": [1]}), 400, "JSON_PARSER_ERROR"),
        ("DELETE", "", Value::Null, 400, "JSON_PARSER_ERROR"),
        ("GET", "/Account?fields=Id", Value::Null, 400, "JSON_PARSER_ERROR"),
        ("GET", "/Account?ids=001Dm0000000001IAA", Value::Null, 400, "JSON_PARSER_ERROR"),
        ("GET", "/Account?ids=nope&fields=Nope", Value::Null, 400, "INVALID_FIELD"),
        ("GET", "/Nope?ids=nope&fields=Id", Value::Null, 404, "NOT_FOUND"),
        ("POST", "/Account", json!({"ids": "x", "fields": ["Id"]}), 400, "JSON_PARSER_ERROR"),
        ("POST", "/Account", json!({"ids": [1], "fields": ["Id"]}), 400, "JSON_PARSER_ERROR"),
        ("POST", "/Account", ids(2001), 400, "EXCEEDED_ID_LIMIT"),
    ] {
        let got = org.send(method, &format!("/composite/sobjects{path}"), Some(&body)).await;
        assert_eq!((got.status, got.code()), (status, code), "{method} {path}");
    }
    assert_eq!(
        org.post("/composite/sobjects/Account", &ids(2000)).await.body.as_array().unwrap().len(),
        2000
    );
    assert_eq!(org.post("/composite/sobjects", &many(200)).await.status, 200);
    assert_eq!(org.named("Account", "Zz Many").await, 200);
}

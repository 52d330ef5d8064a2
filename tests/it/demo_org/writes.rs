//! Writes: a record's life, and what is refused.

use serde_json::{Value, json};

use super::{Got, Org, bare, encode};

#[tokio::test]
async fn a_record_is_created_read_changed_and_deleted() {
    let org = Org::start().await;
    let body = json!({"lastname": "New", "Email": "n@x.example", "Salary__c": "12.345", "attributes": {"type": "Contact"}});
    let made = org.send("POST", "/sobjects/contact/", Some(&body)).await;
    let id = made.body["id"].as_str().unwrap();
    assert_eq!((made.status, &made.body), (201, &json!({"id": id, "success": true, "errors": []})));
    assert_eq!(made.location.unwrap(), format!("/services/data/v68.0/sobjects/Contact/{id}"));
    let path = format!("/sobjects/CONTACT/{}", id.get(..15).unwrap());
    let read = org.get(&format!("{path}?fields=salary__c,Id,Owner.Name,Account.Name")).await;
    assert_eq!(
        read.body,
        json!({"attributes": {"type": "Contact", "url": format!("/services/data/v68.0/sobjects/Contact/{id}")},
            "Salary__c": 12.35, "Id": id, "Owner": {"attributes": {"type": "User", "url":
            "/services/data/v68.0/sobjects/User/005Dm0000000001IAA"}, "Name": "Adela O'Hollow"}, "Account": null})
    );
    let whole = org.get(&path).await.body;
    assert_eq!(
        (&whole["LastName"], &whole["CreatedDate"]),
        (&json!("New"), &json!("2026-11-20T12:00:00.000+0000"))
    );
    let changed = org.send("PATCH", &path, Some(&json!({"FirstName": "Ann", "Email": null}))).await;
    assert_eq!((changed.status, &changed.body), (204, &Value::Null));
    let changed = org
        .send("POST", &format!("{path}?_HttpMethod=PATCH"), Some(&json!({"Title": "CEO"})))
        .await;
    assert_eq!(changed.status, 204);
    let read = org.get(&format!("{path}?fields=Name,Email,Title")).await.body;
    assert_eq!(bare(&read), json!({"Name": "Ann New", "Email": null, "Title": "CEO"}));
    assert_eq!(org.send("DELETE", &path, None).await.status, 204);
    for method in ["GET", "DELETE", "PATCH"] {
        let got = org.send(method, &path, Some(&json!({}))).await;
        assert_eq!((got.status, got.code()), (404, "ENTITY_IS_DELETED"), "{method}");
    }
    assert_eq!(org.count(&format!("SELECT COUNT() FROM Contact WHERE Id = '{id}'")).await, 0);
    let all = format!(
        "/queryAll?q={}",
        encode(&format!("SELECT IsDeleted FROM Contact WHERE Id = '{id}'"))
    );
    assert_eq!(bare(&org.get(&all).await.body["records"]), json!([{"IsDeleted": true}]));
}

#[tokio::test]
async fn deleting_an_account_takes_its_contacts_and_empties_other_lookups() {
    let org = Org::start().await;
    let account = org.family().await;
    let case = org.create("Case", json!({"Subject": "x", "AccountId": account})).await;
    assert_eq!(org.send("DELETE", &format!("/sobjects/Account/{account}"), None).await.status, 204);
    assert_eq!(org.count("SELECT COUNT() FROM Contact WHERE SSN__c = '900-00-1234'").await, 0);
    let read = org.get(&format!("/sobjects/Case/{case}?fields=AccountId,Account.Name")).await.body;
    assert_eq!(bare(&read), json!({"AccountId": null, "Account": null}));
}

const CONTACT: &str = "/sobjects/Contact/";
const ONE: &str = "/sobjects/Contact/003Dm0000000001IAA";
/// A last name of 81 characters.
const LONG: &str = r#"{"LastName": "01234567890123456789012345678901234567890123456789012345678901234567890123456789x"}"#;
/// Method, path and body, and the status, code and fields that they are refused with.
const REFUSED_WRITES: &[(&str, &str, &str, u16, &str, &str)] = &[
    ("POST", CONTACT, r#"{"FirstName": "x"}"#, 400, "REQUIRED_FIELD_MISSING", r#"["LastName"]"#),
    ("POST", CONTACT, r#"{"LastName": null}"#, 400, "REQUIRED_FIELD_MISSING", r#"["LastName"]"#),
    ("POST", CONTACT, r#"{"LastName": "x", "Nope": 1}"#, 400, "INVALID_FIELD", "null"),
    (
        "POST",
        CONTACT,
        r#"{"LastName": "x", "Account": {"Name": "y"}}"#,
        400,
        "INVALID_FIELD",
        "null",
    ),
    (
        "POST",
        CONTACT,
        r#"{"LastName": "x", "Name": "y"}"#,
        400,
        "INVALID_FIELD_FOR_INSERT_UPDATE",
        r#"["Name"]"#,
    ),
    (
        "POST",
        CONTACT,
        r#"{"LastName": "x", "SSN_Last4__c": "1"}"#,
        400,
        "INVALID_FIELD_FOR_INSERT_UPDATE",
        r#"["SSN_Last4__c"]"#,
    ),
    ("POST", CONTACT, LONG, 400, "STRING_TOO_LONG", r#"["LastName"]"#),
    ("POST", CONTACT, r#"{"LastName": 5}"#, 400, "JSON_PARSER_ERROR", "null"),
    ("POST", CONTACT, r#"["x"]"#, 400, "JSON_PARSER_ERROR", "null"),
    (
        "POST",
        CONTACT,
        r#"{"LastName": "x", "Email": "nope"}"#,
        400,
        "INVALID_EMAIL_ADDRESS",
        r#"["Email"]"#,
    ),
    (
        "POST",
        CONTACT,
        r#"{"LastName": "x", "Salary__c": 1e30}"#,
        400,
        "NUMBER_OUTSIDE_VALID_RANGE",
        r#"["Salary__c"]"#,
    ),
    (
        "POST",
        CONTACT,
        r#"{"LastName": "x", "AccountId": "003Dm0000000001IAA"}"#,
        400,
        "MALFORMED_ID",
        r#"["AccountId"]"#,
    ),
    (
        "POST",
        CONTACT,
        r#"{"LastName": "x", "AccountId": "001Dm00000zzzzzzzz"}"#,
        400,
        "MALFORMED_ID",
        r#"["AccountId"]"#,
    ),
    (
        "POST",
        CONTACT,
        r#"{"LastName": "x", "AccountId": "001Dm00000zzzzz"}"#,
        400,
        "INVALID_CROSS_REFERENCE_KEY",
        "[]",
    ),
    (
        "POST",
        "/sobjects/Account/",
        r#"{"Name": "x", "Regions__c": "Moon"}"#,
        400,
        "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
        r#"["Regions__c"]"#,
    ),
    (
        "POST",
        "/sobjects/User/",
        r#"{"LastName": "x"}"#,
        400,
        "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
        "[]",
    ),
    ("POST", "/sobjects/Nope/", "{}", 404, "NOT_FOUND", "null"),
    ("PATCH", ONE, r#"{"Id": "003Dm0000000001IAA"}"#, 400, "INVALID_FIELD", r#"["Id"]"#),
    (
        "PATCH",
        ONE,
        r#"{"CreatedDate": "2020-01-01T00:00:00Z"}"#,
        400,
        "INVALID_FIELD_FOR_INSERT_UPDATE",
        r#"["CreatedDate"]"#,
    ),
    ("PATCH", ONE, r#"{"LastName": ""}"#, 400, "REQUIRED_FIELD_MISSING", r#"["LastName"]"#),
    ("PATCH", "/sobjects/Contact/nope", "{}", 400, "MALFORMED_ID", "[]"),
    ("GET", "/sobjects/Contact/001Dm0000000001IAA", "{}", 400, "MALFORMED_ID", "[]"),
    ("GET", "/sobjects/Contact/003Dm00000zzzzz", "{}", 404, "NOT_FOUND", "null"),
    ("GET", "/sobjects/Contact/003Dm0000000001IAA?fields=Nope", "{}", 400, "INVALID_FIELD", "null"),
    (
        "GET",
        "/sobjects/Contact/003Dm0000000001IAA?fields=Nope.Name",
        "{}",
        400,
        "INVALID_FIELD",
        "null",
    ),
    (
        "DELETE",
        "/sobjects/User/005Dm0000000001IAA",
        "{}",
        400,
        "INSUFFICIENT_ACCESS_OR_READONLY",
        "[]",
    ),
    ("PUT", ONE, "{}", 405, "METHOD_NOT_ALLOWED", "null"),
    ("GET", "/tooling/executeAnonymous", "{}", 404, "NOT_FOUND", "null"),
];

#[tokio::test]
async fn a_wrong_write_is_refused_with_its_code_and_fields() {
    let org = Org::start().await;
    for (method, path, body, status, code, fields) in REFUSED_WRITES {
        let body: Value = serde_json::from_str(body).unwrap();
        let fields: Value = serde_json::from_str(fields).unwrap();
        let got = org.send(method, path, Some(&body)).await;
        assert_eq!(
            (got.status, got.code()),
            (*status, *code),
            "{method} {path} {body}: {}",
            got.body
        );
        assert_eq!(got.body[0]["fields"], fields, "{method} {path} {body}");
    }
    let plain = org.request("POST", CONTACT).body("{}").send().await.unwrap();
    assert_eq!(Got::read(plain).await.code(), "UNSUPPORTED_MEDIA_TYPE");
    let post = || org.request("POST", CONTACT).header("content-type", "application/json");
    let broken = post().body("{\"LastName\":").send().await.unwrap();
    assert_eq!(Got::read(broken).await.code(), "JSON_PARSER_ERROR");
    let large = post().body(vec![b' '; (1 << 20) + 1]).send().await.unwrap();
    assert_eq!(large.status(), 413);
}

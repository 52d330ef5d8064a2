//! The Tooling API: custom objects and fields come, change and go, and what is refused.

use serde_json::{Value, json};

use super::{Got, Org, bare, encode};

const OBJECTS: &str = "/tooling/sobjects/CustomObject";
const FIELDS: &str = "/tooling/sobjects/CustomField";

impl Org {
    async fn tooling(&self, soql: &str) -> Got {
        self.get(&format!("/tooling/query?q={}", encode(soql))).await
    }

    async fn make(&self, path: &str, full_name: &str, metadata: Value) -> String {
        let body = json!({"FullName": full_name, "Metadata": metadata});
        let got = self.send("POST", path, Some(&body)).await;
        assert_eq!(got.status, 201, "{body}: {}", got.body);
        let id = got.body["id"].as_str().unwrap().to_owned();
        assert_eq!(
            got.body,
            json!({"id": id, "success": true, "errors": [], "warnings": [], "infos": []})
        );
        id
    }

    async fn invoice(&self) -> String {
        self.make(OBJECTS, "Invoice__c", invoice()).await
    }

    async fn described(&self, object: &str, field: &str) -> Option<Value> {
        let describe = self.get(&format!("/sobjects/{object}/describe")).await.body;
        let fields = describe["fields"].as_array()?;
        fields.iter().find(|f| f["name"] == field).cloned()
    }
}

fn invoice() -> Value {
    json!({"label": "Invoice", "pluralLabel": "Invoices", "deploymentStatus": "Deployed",
        "sharingModel": "ReadWrite", "nameField": {"type": "AutoNumber", "label": "Number",
        "displayFormat": "INV-{0000}"}})
}

#[tokio::test]
async fn a_custom_object_works_at_once_and_is_gone_when_deleted() {
    let org = Org::start().await;
    let id = org.invoice().await;
    assert!(id.starts_with("01I"));
    let amount = json!({"label": "Amount", "type": "Currency", "precision": 10, "scale": 2});
    org.make(FIELDS, "Invoice__c.Amount__c", amount).await;
    let account = json!({"label": "Account", "type": "Lookup", "referenceTo": "Account",
        "relationshipName": "Invoices"});
    org.make(FIELDS, "Invoice__c.Account__c", account).await;

    let global = org.get("/sobjects").await.body;
    let last = global["sobjects"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(
        (&last["name"], &last["custom"], &last["labelPlural"]),
        (&json!("Invoice__c"), &json!(true), &json!("Invoices"))
    );
    let parent = org.family().await;
    let made = org.create("Invoice__c", json!({"Amount__c": 12.5, "Account__c": parent})).await;
    assert!(made.starts_with(last["keyPrefix"].as_str().unwrap()));
    let rows = org.rows("SELECT Name, Amount__c, Account__r.Name FROM invoice__c").await;
    assert_eq!(
        bare(&json!(rows)),
        json!([{"Name": "INV-0001", "Amount__c": 12.5, "Account__r": {"Name": "Zz Test"}}])
    );
    let rows =
        org.rows("SELECT (SELECT Name FROM Invoices__r) FROM Account WHERE Name = 'Zz Test'").await;
    assert_eq!(rows[0]["Invoices__r"]["totalSize"], 1);

    let listed = org.tooling("SELECT Id, DeveloperName, FullName FROM CustomObject").await.body;
    assert_eq!(
        bare(&listed["records"]),
        json!([{"Id": id, "DeveloperName": "Invoice", "FullName": "Invoice__c"}])
    );
    let soql = format!(
        "SELECT DeveloperName FROM CustomField WHERE TableEnumOrId = '{id}' ORDER BY DeveloperName"
    );
    let names = org.tooling(&soql).await.body;
    assert_eq!(
        bare(&names["records"]),
        json!([{"DeveloperName": "Account"}, {"DeveloperName": "Amount"}])
    );

    let path = format!("{OBJECTS}/{id}");
    let mut changed = invoice();
    changed["label"] = json!("Bill");
    let got = org.send("PATCH", &path, Some(&json!({"Metadata": changed}))).await;
    assert_eq!((got.status, &got.body), (204, &Value::Null));
    assert_eq!(org.get("/sobjects/Invoice__c/describe").await.body["label"], "Bill");
    assert_eq!(org.get(&path).await.body["Metadata"]["label"], "Bill");
    assert_eq!(org.send("DELETE", &path, None).await.status, 204);
    assert_eq!(org.get("/sobjects/Invoice__c/describe").await.code(), "NOT_FOUND");
    assert_eq!(org.query("SELECT Id FROM Invoice__c").await.code(), "INVALID_TYPE");
    assert_eq!(
        org.query("SELECT (SELECT Id FROM Invoices__r) FROM Account").await.code(),
        "INVALID_TYPE"
    );
    for method in ["GET", "PATCH", "DELETE"] {
        let got = org.send(method, &path, Some(&json!({"Metadata": invoice()}))).await;
        assert_eq!((got.status, got.code()), (404, "NOT_FOUND"), "{method}");
    }
}

/// A type with its properties, and a value that it takes and one that it doesn't.
const TYPES: &[(&str, &str, &str, &str)] = &[
    (r#"{"type": "Text", "length": 3}"#, "string", r#""abc""#, r#""abcd""#),
    (r#"{"type": "TextArea"}"#, "textarea", r#""abc""#, "true"),
    (r#"{"type": "LongTextArea", "length": 300, "visibleLines": 3}"#, "textarea", r#""abc""#, "1"),
    (r#"{"type": "Number", "precision": 4, "scale": 2}"#, "double", "99.99", "100"),
    (r#"{"type": "Currency", "precision": 4, "scale": 0}"#, "currency", "9999.0", "10000"),
    (r#"{"type": "Percent", "precision": 3, "scale": 0}"#, "percent", "100.0", r#""x""#),
    (r#"{"type": "Checkbox", "defaultValue": "false"}"#, "boolean", "true", "null"),
    (r#"{"type": "Date"}"#, "date", r#""2026-01-02""#, r#""soon""#),
    (r#"{"type": "DateTime"}"#, "datetime", r#""2026-01-02T03:04:05.000+0000""#, r#""soon""#),
    (r#"{"type": "Email"}"#, "email", r#""a@b.example""#, r#""a""#),
    (r#"{"type": "Phone"}"#, "phone", r#""1""#, "1"),
    (r#"{"type": "Url"}"#, "url", r#""https://x.example""#, "[]"),
    (
        r#"{"type": "Picklist", "valueSet": {"restricted": true, "valueSetDefinition":
            {"sorted": false, "value": [{"fullName": "A", "default": false, "label": "A"}, {"fullName": "B"}]}}}"#,
        "picklist",
        r#""B""#,
        r#""C""#,
    ),
    (
        r#"{"type": "Lookup", "referenceTo": "User", "relationshipName": "Things"}"#,
        "reference",
        r#""005Dm0000000001IAA""#,
        r#""001Dm0000000001IAA""#,
    ),
];

#[tokio::test]
async fn a_field_of_each_type_is_described_holds_its_values_and_goes() {
    let org = Org::start().await;
    let one = "/sobjects/Account/001Dm0000000001IAA";
    let before = org.get("/sobjects/Account/describe").await.body;
    for (metadata, kind, good, bad) in TYPES {
        let [mut metadata, good, bad] =
            [metadata, good, bad].map(|text| serde_json::from_str::<Value>(text).unwrap());
        metadata["label"] = json!("New Thing");
        let id = org.make(FIELDS, "Account.Thing__c", metadata.clone()).await;
        let field = org.described("Account", "Thing__c").await.unwrap();
        assert_eq!(
            (&field["type"], &field["label"], &field["custom"]),
            (&json!(kind), &json!("New Thing"), &json!(true))
        );
        let got = org.send("PATCH", one, Some(&json!({"Thing__c": bad}))).await;
        assert_eq!(got.status, 400, "{kind} {bad}");
        let got = org.send("PATCH", one, Some(&json!({"Thing__c": good}))).await;
        assert_eq!(got.status, 204, "{kind} {good}: {}", got.body);
        let rows = org.rows("SELECT Thing__c FROM Account ORDER BY Id LIMIT 2").await;
        let empty = if *kind == "boolean" { json!(false) } else { Value::Null };
        assert_eq!(bare(&json!(rows)), json!([{"Thing__c": good}, {"Thing__c": empty}]));

        let path = format!("{FIELDS}/{id}");
        let shown = org.get(&path).await.body;
        assert_eq!(
            (&shown["FullName"], &shown["TableEnumOrId"]),
            (&json!("Account.Thing__c"), &json!("Account"))
        );
        let given = &shown["Metadata"];
        let again = org
            .send("PATCH", &path, Some(&json!({"FullName": "Account.Thing__c", "Metadata": given})))
            .await;
        assert_eq!(again.status, 204, "{kind} {given}: {}", again.body);
        assert_eq!(org.described("Account", "Thing__c").await.unwrap(), field);
        metadata["label"] = json!("Old Thing");
        metadata["inlineHelpText"] = json!("Read me");
        let got = org.send("PATCH", &path, Some(&json!({"Metadata": metadata}))).await;
        assert_eq!(got.status, 204, "{kind}: {}", got.body);
        let field = org.described("Account", "Thing__c").await.unwrap();
        assert_eq!(
            (&field["label"], &field["inlineHelpText"]),
            (&json!("Old Thing"), &json!("Read me"))
        );
        assert_eq!(org.send("DELETE", &path, None).await.status, 204);
        assert_eq!(org.send("DELETE", &path, None).await.status, 404);
        assert_eq!(org.query("SELECT Thing__c FROM Account").await.code(), "INVALID_FIELD");
    }
    assert_eq!(org.get("/sobjects/Account/describe").await.body, before);
    assert_eq!(
        bare(&org.get(&format!("{one}?fields=Name")).await.body),
        json!({"Name": "Northwind Ledger Ltd"})
    );
}

#[tokio::test]
async fn a_field_that_goes_leaves_the_values_of_the_others() {
    let org = Org::start().await;
    let soql =
        "SELECT Id, Total_Won_Amount__c, Parent_Group__c, Regions__c FROM Account ORDER BY Id";
    let before = org.rows(soql).await;
    let found = org.tooling("SELECT Id FROM CustomField WHERE TableEnumOrId = 'Account' AND DeveloperName = 'Credit_Limit'").await;
    let id = found.body["records"][0]["Id"].as_str().unwrap().to_owned();
    assert_eq!(org.send("DELETE", &format!("{FIELDS}/{id}"), None).await.status, 204);
    assert_eq!(org.rows(soql).await, before);
    assert!(before.iter().any(|row| row["Regions__c"] == "South;West"));
}

#[tokio::test]
async fn the_seeds_fields_are_listed_with_their_metadata_one_at_a_time() {
    let org = Org::start().await;
    let names = org.tooling("SELECT TableEnumOrId, DeveloperName FROM CustomField ORDER BY TableEnumOrId, DeveloperName").await.body;
    let names: Vec<String> = names["records"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| {
            format!(
                "{}.{}",
                r["TableEnumOrId"].as_str().unwrap(),
                r["DeveloperName"].as_str().unwrap()
            )
        })
        .collect();
    for known in [
        "Account.Credit_Limit",
        "Contact.SSN",
        "Contact.SSN_Last4",
        "Opportunity.Commission",
        "User.Cost_Rate",
    ] {
        assert!(names.contains(&known.to_owned()), "{known} in {names:?}");
    }
    for column in ["FullName", "Metadata"] {
        let got = org.tooling(&format!("SELECT {column} FROM CustomField")).await;
        assert_eq!(got.code(), "MALFORMED_QUERY");
    }
    for (name, kind) in [
        ("SSN", "Text"),
        ("Salary", "Currency"),
        ("Regions", "MultiselectPicklist"),
        ("Total_Won_Amount", "Summary"),
        ("Parent_Group", "Lookup"),
    ] {
        let soql =
            format!("SELECT FullName, Metadata FROM CustomField WHERE DeveloperName = '{name}'");
        let got = org.tooling(&soql).await.body;
        assert_eq!(got["records"][0]["Metadata"]["type"], kind, "{got}");
    }
    let url = org.tooling("SELECT Id FROM CustomField LIMIT 1").await.body["records"][0]["attributes"]["url"].clone();
    assert!(
        url.as_str().unwrap().starts_with("/services/data/v68.0/tooling/sobjects/CustomField/00N"),
        "{url}"
    );
    assert_eq!(org.tooling("SELECT COUNT() FROM CustomObject").await.body["totalSize"], 0);
}

/// Path, full name, metadata, and the status and code of the refusal.
const REFUSED: &[(&str, &str, &str, u16, &str)] = &[
    (OBJECTS, "Account", "{}", 400, "INVALID_FULL_NAME"),
    (OBJECTS, "a b__c", "{}", 400, "INVALID_FULL_NAME"),
    (OBJECTS, "a__b__c", "{}", 400, "INVALID_FULL_NAME"),
    (OBJECTS, "New__c", r#"{"label": "x"}"#, 400, "REQUIRED_FIELD_MISSING"),
    (OBJECTS, "New__c", r#"{"nope": "x"}"#, 400, "JSON_PARSER_ERROR"),
    (
        OBJECTS,
        "New__c",
        r#"{"label": "x", "pluralLabel": "x", "sharingModel": "ReadWrite", "nameField": {"type": "AutoNumber", "displayFormat": "{99}"}}"#,
        400,
        "FIELD_INTEGRITY_EXCEPTION",
    ),
    (
        FIELDS,
        "Nope.New__c",
        r#"{"label": "x", "type": "Date"}"#,
        400,
        "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
    ),
    (FIELDS, "Account.New", r#"{"label": "x", "type": "Date"}"#, 400, "INVALID_FULL_NAME"),
    (
        FIELDS,
        "Account.credit_limit__c",
        r#"{"label": "x", "type": "Date"}"#,
        400,
        "DUPLICATE_DEVELOPER_NAME",
    ),
    (FIELDS, "Account.New__c", r#"{"label": "x"}"#, 400, "REQUIRED_FIELD_MISSING"),
    (FIELDS, "Account.New__c", r#"{"label": "x", "type": "Text"}"#, 400, "REQUIRED_FIELD_MISSING"),
    (
        FIELDS,
        "Account.New__c",
        r#"{"label": "x", "type": "Text", "length": 256}"#,
        400,
        "FIELD_INTEGRITY_EXCEPTION",
    ),
    (
        FIELDS,
        "Account.New__c",
        r#"{"label": "x", "type": "Blob"}"#,
        400,
        "FIELD_INTEGRITY_EXCEPTION",
    ),
    (
        FIELDS,
        "Account.New__c",
        r#"{"label": "x", "type": "Checkbox"}"#,
        400,
        "REQUIRED_FIELD_MISSING",
    ),
    (
        FIELDS,
        "Account.New__c",
        r#"{"label": "x", "type": "Date", "unique": true}"#,
        400,
        "FIELD_INTEGRITY_EXCEPTION",
    ),
    (
        FIELDS,
        "Account.New__c",
        r#"{"label": "x", "type": "Lookup", "referenceTo": "Nope", "relationshipName": "A"}"#,
        400,
        "FIELD_INTEGRITY_EXCEPTION",
    ),
    (
        FIELDS,
        "Contact.New__c",
        r#"{"label": "x", "type": "Lookup", "referenceTo": "Account", "relationshipName": "Group_Members"}"#,
        400,
        "DUPLICATE_DEVELOPER_NAME",
    ),
    ("/tooling/sobjects/ApexClass", "x", "{}", 404, "NOT_FOUND"),
    ("/tooling/executeAnonymous", "x", "{}", 404, "NOT_FOUND"),
];

#[tokio::test]
async fn wrong_metadata_is_refused_and_changes_nothing() {
    let org = Org::start().await;
    let before = org.get("/sobjects").await.body;
    for (path, name, metadata, status, code) in REFUSED {
        let metadata: Value = serde_json::from_str(metadata).unwrap();
        let got =
            org.send("POST", path, Some(&json!({"FullName": name, "Metadata": metadata}))).await;
        assert_eq!(
            (got.status, got.code()),
            (*status, *code),
            "{path} {name} {metadata}: {}",
            got.body
        );
    }
    assert_eq!(org.get("/sobjects").await.body, before);
    for (soql, code) in [
        ("SELECT Id FROM ApexClass", "INVALID_TYPE"),
        ("SELECT Id FROM Contact", "INVALID_TYPE"),
        ("", "MALFORMED_QUERY"),
        ("SELECT Id FROM CustomField WHERE FullName = 'x'", "INVALID_FIELD"),
        ("SELECT Id FROM CustomField ORDER BY Metadata", "INVALID_FIELD"),
    ] {
        assert_eq!(org.tooling(soql).await.code(), code, "{soql}");
    }
    let id =
        org.tooling("SELECT Id FROM CustomField WHERE DeveloperName = 'SSN'").await.body["records"]
            [0]["Id"]
            .clone();
    let path = format!("{FIELDS}/{}", id.as_str().unwrap());
    assert_eq!(org.send("DELETE", &path, None).await.code(), "DEPENDENCY_EXISTS");
    let date = json!({"Metadata": {"label": "x", "type": "Date"}});
    assert_eq!(org.send("PATCH", &path, Some(&date)).await.code(), "FIELD_INTEGRITY_EXCEPTION");
    assert_eq!(org.send("PUT", &path, None).await.status, 405);
    assert_eq!(org.get(FIELDS).await.status, 405);
    assert_eq!(
        org.get("/tooling/sobjects/CustomField/01IDm0000000001IAA").await.code(),
        "MALFORMED_ID"
    );
}

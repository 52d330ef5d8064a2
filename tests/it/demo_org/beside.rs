//! What stands beside the records: relationships from one to another, what was seen last, who the
//! caller is, and what is used of the limits.

use serde_json::{Value, json};

use super::{Got, Org, bare};

#[tokio::test]
async fn relationships_lead_up_and_down() {
    let org = Org::start().await;
    let account = org.family().await;
    let path = format!("/sobjects/Account/{account}");
    let down = org.get(&format!("{path}/contacts?fields=LastName,Account.Name")).await;
    assert_eq!(down.status, 200, "{}", down.body);
    assert_eq!((&down.body["totalSize"], &down.body["done"]), (&json!(3), &json!(true)));
    assert_eq!(
        bare(&down.body["records"][0]),
        json!({"LastName": "Aa", "Account": {"Name": "Zz Test"}})
    );
    let all = org.get(&format!("{path}/Opportunities")).await.body;
    assert_eq!(all["records"].as_array().unwrap().len(), 2);
    assert_eq!(all["records"][0]["Margin__c"], 20.0);
    let boss = org.rows("SELECT Id FROM Contact WHERE LastName = 'Aa'").await[0]["Id"]
        .as_str()
        .unwrap()
        .to_owned();
    let other = org.rows("SELECT Id FROM Contact WHERE LastName = 'bb'").await[0]["Id"]
        .as_str()
        .unwrap()
        .to_owned();
    let up = format!("/sobjects/Contact/{other}/ReportsTo");
    assert_eq!(bare(&org.get(&format!("{up}?fields=Id")).await.body), json!({"Id": boss}));
    assert_eq!(
        org.get(&format!("{up}/Account/Owner?fields=Name")).await.body["Name"],
        "Adela O'Hollow"
    );
    let further = org.get(&format!("{up}/Account/Contacts?fields=LastName")).await.body;
    assert_eq!(further["totalSize"], 3);
    let task = org.create("Task", json!({"Subject": "Call", "WhoId": boss})).await;
    assert_eq!(
        org.get(&format!("/sobjects/Task/{task}/Who?fields=LastName")).await.body["LastName"],
        "Aa"
    );

    let got = org.send("PATCH", &up, Some(&json!({"Title": "Chief"}))).await;
    assert_eq!((got.status, &got.body), (204, &Value::Null));
    assert_eq!(
        org.get(&format!("/sobjects/Contact/{boss}?fields=Title")).await.body["Title"],
        "Chief"
    );
    assert_eq!(org.send("DELETE", &up, None).await.status, 204);
    for (method, path, status) in [
        ("GET", up.clone(), 404),
        ("GET", format!("{path}/Nope"), 404),
        ("GET", format!("{path}/Contacts/Account"), 404),
        ("GET", format!("{path}/Contacts?fields=Nope"), 400),
        ("PATCH", format!("{path}/Contacts"), 405),
        ("POST", format!("{path}/Owner"), 405),
        ("GET", "/sobjects/Account/001Dm00000zzzzz/Contacts".to_owned(), 404),
        ("GET", format!("/sobjects/Contact/{boss}/Account"), 404),
    ] {
        let got = org.send(method, &path, Some(&json!({}))).await;
        assert_eq!(got.status, status, "{method} {path}: {}", got.body);
    }
}

#[tokio::test]
async fn the_seeds_external_keys_name_their_records() {
    let org = Org::start().await;
    let describe = org.get("/sobjects/Contact/describe").await.body;
    let fields = describe["fields"].as_array().unwrap();
    let key = fields.iter().find(|field| field["name"] == "ExternalKey__c").unwrap();
    for flag in ["externalId", "idLookup", "unique", "createable", "updateable"] {
        assert_eq!(key[flag], true, "{flag}");
    }
    let got = org.get("/sobjects/Account/ExternalKey__c/A-0001?fields=Name").await;
    assert_eq!(bare(&got.body), json!({"Name": "Northwind Ledger Ltd"}));
    let path = "/sobjects/Contact/ExternalKey__c/C-9999";
    let made = org
        .send(
            "PATCH",
            path,
            Some(&json!({"LastName": "Keyed", "Account": {"ExternalKey__c": "A-0002"}})),
        )
        .await;
    assert_eq!((made.status, &made.body["created"]), (201, &json!(true)), "{}", made.body);
    let again = org.send("PATCH", path, Some(&json!({"Title": "x"}))).await;
    assert_eq!((again.status, &again.body["created"]), (200, &json!(false)));
    let rows = org
        .rows("SELECT Account.ExternalKey__c, Title FROM Contact WHERE ExternalKey__c = 'C-9999'")
        .await;
    assert_eq!(
        bare(&json!(rows)),
        json!([{"Account": {"ExternalKey__c": "A-0002"}, "Title": "x"}])
    );
    assert_eq!(org.send("DELETE", path, None).await.status, 204);
    assert_eq!(org.get(path).await.status, 404);
}

#[tokio::test]
async fn what_was_read_or_written_last_is_seen_first() {
    let org = Org::start().await;
    assert_eq!(org.get("/recent").await.body, json!([]));
    let account = org.family().await;
    let contact = "/sobjects/Contact/003Dm0000000001IAA";
    let name = org.get(contact).await.body["Name"].clone();
    org.get(&format!("/sobjects/Account/{account}")).await;
    let recent = org.get("/recent?limit=2").await.body;
    let url = format!("/services/data/v68.0/sobjects/Account/{account}");
    assert_eq!(
        recent[0],
        json!({"attributes": {"type": "Account", "url": url}, "Id": account, "Name": "Zz Test"})
    );
    assert_eq!((&recent[1]["Name"], recent.as_array().unwrap().len()), (&name, 2));
    assert_eq!(org.get("/recent").await.body.as_array().unwrap().len(), 7);
    org.send("DELETE", &format!("/sobjects/Account/{account}"), None).await;
    assert_eq!(org.get("/recent").await.body.as_array().unwrap().len(), 1);
    for limit in ["0", "201", "x"] {
        assert_eq!(org.get(&format!("/recent?limit={limit}")).await.status, 400, "{limit}");
    }
}

#[tokio::test]
async fn the_caller_is_told_who_it_is() {
    let org = Org::start().await;
    let url = format!("{}/services/oauth2/userinfo", org.org.base_url());
    let used = org.org.calls_used();
    let got =
        Got::read(org.client.get(&url).bearer_auth(org.org.access_token()).send().await.unwrap())
            .await;
    let user = org.rows("SELECT Id, Username, Name, Email FROM User ORDER BY Id LIMIT 1").await;
    for (member, field) in [
        ("user_id", "Id"),
        ("preferred_username", "Username"),
        ("name", "Name"),
        ("email", "Email"),
    ] {
        assert_eq!(got.body[member], user[0][field], "{member}");
    }
    assert_eq!(got.body["organization_id"], "00DDm0000000001MAA");
    let refused = org.client.get(&url).bearer_auth("wrong").send().await.unwrap();
    assert_eq!(refused.status(), 403);
    assert_eq!(org.org.calls_used(), used + 1);
}

#[tokio::test]
async fn limits_count_down_what_is_used() {
    let org = Org::start().await;
    let left = |limits: &Value, name: &str| limits[name]["Remaining"].as_u64().unwrap();
    let before = org.get("/limits").await.body;
    let report = org.get("/analytics/reports").await.body[0]["id"].as_str().unwrap().to_owned();
    org.get(&format!("/analytics/reports/{report}")).await;
    let query = json!({"operation": "query", "query": "SELECT Id FROM Account"});
    org.send("POST", "/jobs/query", Some(&query)).await;
    let order = json!({"object": "Account", "operation": "insert"});
    let job = org.send("POST", "/jobs/ingest", Some(&order)).await.body["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("/jobs/ingest/{job}");
    let put = org.request("PUT", &format!("{path}/batches")).header("content-type", "text/csv");
    put.body("Name\nx\n").send().await.unwrap();
    org.send("PATCH", &path, Some(&json!({"state": "UploadComplete"}))).await;
    org.get(&path).await;
    org.get(&path).await;
    let after = org.get("/limits").await.body;
    for (name, used) in [
        ("DailyApiRequests", 9),
        ("DailyBulkApiBatches", 1),
        ("DailyBulkV2QueryJobs", 1),
        ("HourlySyncReportRuns", 1),
        ("MassEmail", 0),
    ] {
        assert_eq!(left(&before, name) - left(&after, name), used, "{name}");
    }
    let roots = org.get("/").await.body;
    for root in [
        "analytics",
        "composite",
        "jobs",
        "limits",
        "query",
        "recent",
        "search",
        "sobjects",
        "tooling",
    ] {
        assert_eq!(roots[root], format!("/services/data/v68.0/{root}").as_str());
    }
}

//! The composite resources: what is answered, what is written, what is rolled back.

mod batch;
mod collections;
mod graph;
mod keys;
mod tree;

use serde_json::{Value, json};

use super::{Got, Org, bare};

const ROWS: &str = "/services/data/v68.0/sobjects";
const HALTED: &str =
    "The transaction was rolled back since another operation in the same transaction failed.";

/// A subrequest.
fn sub(method: &str, url: &str, id: &str, body: Value) -> Value {
    let mut sub = json!({"method": method, "url": url, "referenceId": id});
    sub["body"] = body;
    sub
}

fn create(object: &str, id: &str, body: Value) -> Value {
    sub("POST", &format!("{ROWS}/{object}"), id, body)
}

fn get(url: &str, id: &str) -> Value {
    json!({"method": "GET", "url": format!("/services/data/v68.0{url}"), "referenceId": id})
}

impl Org {
    async fn post(&self, path: &str, body: &Value) -> Got {
        self.send("POST", path, Some(body)).await
    }

    /// What `POST composite` answers to each of some subrequests.
    async fn compose(&self, all_or_none: bool, subrequests: Value) -> Vec<Value> {
        let body = json!({"allOrNone": all_or_none, "compositeRequest": subrequests});
        let got = self.post("/composite", &body).await;
        assert_eq!(got.status, 200, "{}", got.body);
        got.body["compositeResponse"].as_array().unwrap().clone()
    }

    async fn named(&self, object: &str, name: &str) -> u64 {
        self.count(&format!("SELECT COUNT() FROM {object} WHERE Name = '{name}'")).await
    }
}

fn statuses(responses: &[Value]) -> Vec<u64> {
    responses.iter().map(|one| one["httpStatusCode"].as_u64().unwrap()).collect()
}

#[tokio::test]
async fn the_composite_resources_are_listed() {
    let org = Org::start().await;
    let url = |name: &str| format!("/services/data/v68.0/composite{name}");
    assert_eq!(org.get("").await.body["composite"], url(""));
    let listed = json!({"tree": url("/tree"), "batch": url("/batch"), "sobjects": url("/sobjects"),
        "graph": url("/graph")});
    assert_eq!(org.get("/composite").await.body, listed);
    for (method, path, status) in [
        ("DELETE", "/composite", 405),
        ("GET", "/composite/batch", 405),
        ("GET", "/composite/graph", 405),
        ("GET", "/composite/tree/Account", 405),
        ("PUT", "/composite/sobjects", 405),
        ("DELETE", "/composite/sobjects/Account", 405),
        ("POST", "/composite/tree/Nope", 404),
        ("POST", "/composite/elsewhere", 404),
    ] {
        assert_eq!(
            org.send(method, path, Some(&json!({}))).await.status,
            status,
            "{method} {path}"
        );
    }
    let unnamed = org.request("POST", "/composite").body("{}").send().await.unwrap();
    assert_eq!(unnamed.status(), 415);
}

#[tokio::test]
async fn later_subrequests_use_the_answers_of_earlier_ones() {
    let org = Org::start().await;
    let responses = org
        .compose(
            false,
            json!([
                create("Account", "acc", json!({"Name": "Zz Chain", "NumberOfEmployees": 7, "BillingCity": "Ulm"})),
                create("Contact", "con", json!({"LastName": "Of @{acc.id}!", "AccountId": "@{acc.id}"})),
                get("/sobjects/Account/@{acc.id}", "row"),
                get("/query?q=SELECT+Id,Name,Fax+FROM+Account+WHERE+Name='@{row.Name}'", "found"),
                create("Account", "copy", json!({"Name": "@{found.records[0].Name} 2", "Fax": "@{found.records[0].Fax}",
                    "NumberOfEmployees": "@{row.NumberOfEmployees}", "Site": "@{row.BillingAddress.city}"})),
                sub("PATCH", &format!("{ROWS}/Contact/@{{con.id}}"), "patch", json!({"Title": "CEO"})),
                get("/sobjects/Account/describe", "describe"),
                create("Account", "labelled", json!({"Name": "@{describe.fields[0].label}"})),
            ]),
        )
        .await;
    assert_eq!(statuses(&responses), [201, 201, 200, 200, 201, 204, 200, 201]);
    let id = responses[0]["body"]["id"].as_str().unwrap();
    assert_eq!(
        responses[0],
        json!({"body": {"id": id, "success": true, "errors": []},
            "httpHeaders": {"Location": format!("{ROWS}/Account/{id}")},
            "httpStatusCode": 201, "referenceId": "acc"})
    );
    assert_eq!(
        responses[5],
        json!({"body": null, "httpHeaders": {}, "httpStatusCode": 204, "referenceId": "patch"})
    );
    let rows = org
        .rows("SELECT Name, NumberOfEmployees, Site, Fax FROM Account WHERE Name LIKE 'Zz Chain%' ORDER BY Name")
        .await;
    assert_eq!(
        bare(&json!(rows)),
        json!([{"Name": "Zz Chain", "NumberOfEmployees": 7, "Site": null, "Fax": null},
            {"Name": "Zz Chain 2", "NumberOfEmployees": 7, "Site": "Ulm", "Fax": null}])
    );
    let contact =
        org.rows(&format!("SELECT LastName, Title FROM Contact WHERE AccountId = '{id}'")).await;
    assert_eq!(bare(&json!(contact)), json!([{"LastName": format!("Of {id}!"), "Title": "CEO"}]));
    assert_eq!(org.named("Account", "Account ID").await, 1);
}

#[tokio::test]
async fn a_composite_request_is_one_call_and_a_batch_as_many_as_it_holds() {
    let org = Org::start().await;
    org.compose(
        false,
        json!([get("/query?q=SELECT+Id+FROM+User", "a"), get("/sobjects/User", "b")]),
    )
    .await;
    assert_eq!(org.org.calls_used(), 1);
    let one = json!({"method": "GET", "url": "v68.0/limits"});
    org.post("/composite/batch", &json!({"batchRequests": [one, one, one]})).await;
    assert_eq!(org.org.calls_used(), 4);
}

/// References that lead nowhere, from the second of two subrequests.
const UNRESOLVED: &[&str] = &[
    "@{acc.Id}",
    "@{acc}",
    "@{acc.}",
    "@{acc.id.x}",
    "@{acc.errors}",
    "@{acc.errors[0]}",
    "@{acc[0]}",
    "@{acc.id[0]}",
    "@{Acc.id}",
    "@{later.id}",
    "@{}",
    "x @{acc.id} @{acc.nope} y",
];

#[tokio::test]
async fn a_reference_that_leads_nowhere_halts_its_subrequest_alone() {
    let org = Org::start().await;
    for reference in UNRESOLVED {
        let responses = org
            .compose(
                false,
                json!([
                    create("Account", "acc", json!({"Name": "Zz Base"})),
                    create("Account", "bad", json!({"Name": reference})),
                    get(&format!("/sobjects/Account/{reference}"), "url"),
                    create("Account", "later", json!({"Name": "Zz Last"})),
                ]),
            )
            .await;
        assert_eq!(statuses(&responses), [201, 400, 400, 201], "{reference}");
        for response in &responses[1..3] {
            let error = &response["body"][0];
            assert_eq!(error["errorCode"], "PROCESSING_HALTED", "{reference}");
            let message = error["message"].as_str().unwrap();
            assert!(message.starts_with("Invalid reference specified. No value for "), "{message}");
        }
    }
    let made = u64::try_from(UNRESOLVED.len()).unwrap();
    assert_eq!(
        (org.named("Account", "Zz Base").await, org.named("Account", "Zz Last").await),
        (made, made)
    );
}

#[tokio::test]
async fn what_depends_on_a_failed_subrequest_is_skipped_and_the_rest_runs() {
    let org = Org::start().await;
    let chain = json!([
        create("Account", "acc", json!({"Name": ""})),
        create("Contact", "con", json!({"LastName": "Zz", "AccountId": "@{acc.id}"})),
        create("Contact", "err", json!({"LastName": "@{acc[0].message}"})),
        create("Campaign", "last", json!({"Name": "Zz Runs"})),
    ]);
    let responses = org.compose(false, chain.clone()).await;
    assert_eq!(statuses(&responses), [400, 400, 400, 201]);
    let codes: Vec<&Value> =
        responses[..3].iter().map(|one| &one["body"][0]["errorCode"]).collect();
    assert_eq!(codes, ["REQUIRED_FIELD_MISSING", "PROCESSING_HALTED", "PROCESSING_HALTED"]);
    assert_eq!(
        responses[1]["body"][0]["message"],
        "Invalid reference specified. No value for acc.id found in acc. Provided referenceId \
         ('acc.id') must start with a letter or a number, and it can contain only letters, numbers \
         and underscores ('_')."
    );
    assert_eq!(org.named("Campaign", "Zz Runs").await, 1);
}

#[tokio::test]
async fn all_or_none_takes_back_what_worked() {
    let org = Org::start().await;
    let account = org.family().await;
    let responses = org
        .compose(
            true,
            json!([
                create("Account", "new", json!({"Name": "Zz New"})),
                sub(
                    "PATCH",
                    &format!("{ROWS}/Account/{account}"),
                    "change",
                    json!({"Name": "Zz Other"})
                ),
                sub("DELETE", &format!("{ROWS}/Account/{account}"), "delete", Value::Null),
                create("Contact", "bad", json!({"FirstName": "x"})),
                create("Account", "never", json!({"Name": "Zz Never"})),
            ]),
        )
        .await;
    let halted = json!([{"errorCode": "PROCESSING_HALTED", "message": HALTED}]);
    assert_eq!(statuses(&responses), [400; 5]);
    for place in [0, 1, 2, 4] {
        assert_eq!(
            (&responses[place]["body"], &responses[place]["httpHeaders"]),
            (&halted, &json!({}))
        );
    }
    assert_eq!(responses[3]["body"][0]["errorCode"], "REQUIRED_FIELD_MISSING");
    for name in ["Zz New", "Zz Other", "Zz Never"] {
        assert_eq!(org.named("Account", name).await, 0, "{name}");
    }
    assert_eq!(org.named("Account", "Zz Test").await, 1);
    let contacts = format!("SELECT COUNT() FROM Contact WHERE AccountId = '{account}'");
    assert_eq!(org.count(&contacts).await, 3);

    let responses =
        org.compose(true, json!([create("Account", "new", json!({"Name": "Zz New"}))])).await;
    assert_eq!((statuses(&responses), org.named("Account", "Zz New").await), (vec![201], 1));
}

#[tokio::test]
async fn a_collection_inside_fails_the_whole_only_where_the_whole_is_all_or_none() {
    let org = Org::start().await;
    for (outer, inner, accounts, contacts) in
        [(false, false, 1, 1), (false, true, 0, 1), (true, true, 0, 0), (true, false, 0, 0)]
    {
        let name = format!("Zz {outer} {inner}");
        let account = |name: &str| json!({"attributes": {"type": "Account"}, "Name": name});
        let records = json!({"allOrNone": inner, "records": [account(&name), account("")]});
        let responses = org
            .compose(
                outer,
                json!([
                    sub("POST", "/services/data/v68.0/composite/sobjects", "many", records),
                    create("Contact", "one", json!({"LastName": name})),
                ]),
            )
            .await;
        assert_eq!(responses[0]["httpStatusCode"], 200);
        assert_eq!(responses[0]["body"][0]["success"], !inner, "{name}");
        assert_eq!(responses[1]["httpStatusCode"], if outer { 400 } else { 201 });
        assert_eq!(org.named("Account", &name).await, accounts, "{name}");
        assert_eq!(org.named("Contact", &name).await, contacts, "{name}");
    }
}

#[tokio::test]
async fn an_empty_field_can_be_referred_to_since_version_52() {
    let org = Org::start().await;
    let id = org.create("Account", json!({"Name": "Zz Empty"})).await;
    let chain = json!({"compositeRequest": [
        get(&format!("/sobjects/Account/{id}"), "row"),
        create("Account", "copy", json!({"Name": "Zz Copy", "Fax": "@{row.Fax}"})),
    ]});
    for (version, status) in [("51.0", 400), ("52.0", 201)] {
        let url = format!("{}/services/data/v{version}/composite", org.org.base_url());
        let request = org.client.post(url).bearer_auth(org.org.access_token());
        let request = request.header("content-type", "application/json").body(chain.to_string());
        let got = Got::read(request.send().await.unwrap()).await;
        assert_eq!(got.body["compositeResponse"][1]["httpStatusCode"], status, "{version}");
    }
}

/// Composite requests that are refused whole.
fn refused_composites() -> Vec<(Value, &'static str)> {
    let one = |id: &str| create("Account", id, json!({"Name": "Zz Refused"}));
    let with = |key: &str, value: Value| {
        let mut sub = one("a");
        sub[key] = value;
        json!({"compositeRequest": [sub]})
    };
    let query = |n: usize| get("/query?q=SELECT+Id+FROM+User", &format!("q{n}"));
    vec![
        (json!([]), "JSON_PARSER_ERROR"),
        (json!({}), "JSON_PARSER_ERROR"),
        (json!({"compositeRequest": {}}), "JSON_PARSER_ERROR"),
        (json!({"compositeRequest": [7]}), "JSON_PARSER_ERROR"),
        (json!({"compositeRequest": [one("a")], "allOrNone": "true"}), "JSON_PARSER_ERROR"),
        (json!({"compositeRequest": [one("a"), one("a")]}), "JSON_PARSER_ERROR"),
        (with("referenceId", json!("a[1]")), "JSON_PARSER_ERROR"),
        (with("referenceId", json!("_a")), "JSON_PARSER_ERROR"),
        (with("referenceId", json!("")), "JSON_PARSER_ERROR"),
        (with("referenceId", Value::Null), "JSON_PARSER_ERROR"),
        (with("method", Value::Null), "JSON_PARSER_ERROR"),
        (with("url", Value::Null), "JSON_PARSER_ERROR"),
        (with("url", json!("v68.0/sobjects/Account")), "JSON_PARSER_ERROR"),
        (with("url", json!("/services/data/latest/sobjects/Account")), "JSON_PARSER_ERROR"),
        (with("url", json!("/services/data/v68/sobjects/Account")), "JSON_PARSER_ERROR"),
        (with("url", json!("https://x.example/services/data/v68.0/limits")), "JSON_PARSER_ERROR"),
        (with("httpHeaders", json!({"authorization": "Bearer x"})), "JSON_PARSER_ERROR"),
        (with("httpHeaders", json!({"a b": "x"})), "JSON_PARSER_ERROR"),
        (
            json!({"compositeRequest": (0..26).map(|n| one(&n.to_string())).collect::<Vec<_>>()}),
            "LIMIT_EXCEEDED",
        ),
        (json!({"compositeRequest": (0..6).map(query).collect::<Vec<_>>()}), "LIMIT_EXCEEDED"),
    ]
}

#[tokio::test]
async fn a_composite_request_that_is_not_well_formed_is_refused_whole() {
    let org = Org::start().await;
    for (body, code) in refused_composites() {
        let got = org.post("/composite", &body).await;
        assert_eq!((got.status, got.code()), (400, code), "{body}");
    }
    assert_eq!(org.named("Account", "Zz Refused").await, 0);
}

#[tokio::test]
async fn a_subrequest_is_refused_as_a_single_call_is() {
    let org = Org::start().await;
    let cases = [
        (get("/limits", "r"), 400, "INVALID_INPUT"),
        (get("/search?q=FIND+%7Bx%7D", "r"), 400, "INVALID_INPUT"),
        (sub("POST", "/services/data/v68.0/composite", "r", json!({})), 400, "INVALID_INPUT"),
        (sub("POST", "/services/data/v68.0/composite/batch", "r", json!({})), 400, "INVALID_INPUT"),
        (get("/sobjects/Nope/describe", "r"), 404, "NOT_FOUND"),
        (get("/query?q=SELECT+Nope+FROM+User", "r"), 400, "INVALID_FIELD"),
        (sub("get", &format!("{ROWS}/User/describe"), "r", Value::Null), 405, "METHOD_NOT_ALLOWED"),
        (
            sub("GET", "/services/data/v30.0/sobjects/User", "r", Value::Null),
            410,
            "UNSUPPORTED_API_VERSION",
        ),
        (sub("GET", "/services/data/v99.0/sobjects/User", "r", Value::Null), 404, "NOT_FOUND"),
    ];
    for (subrequest, status, code) in cases {
        let response = org.compose(false, json!([subrequest])).await;
        let got = (&response[0]["httpStatusCode"], &response[0]["body"][0]["errorCode"]);
        assert_eq!(got, (&json!(status), &json!(code)), "{subrequest}");
    }
}

//! Composites, batches and graphs through the whole product: what reaches Salesforce, what comes
//! back, and what is refused.

use fieldgate::demo_org::Received;
use serde_json::{Value, json};

use crate::harness::{ADMIN, SALES, SUPPORT, Site};

const BASE: &str = "/services/data/v68.0";

fn part(reference: &str, method: &str, url: &str) -> Value {
    json!({ "referenceId": reference, "method": method, "url": format!("{BASE}/{url}") })
}

fn write(reference: &str, method: &str, url: &str, body: Value) -> Value {
    let mut part = part(reference, method, url);
    part["body"] = body;
    part
}

fn composite(parts: &Value) -> Value {
    json!({ "allOrNone": true, "compositeRequest": parts })
}

fn body(received: &Received) -> Value {
    serde_json::from_slice(&received.body).unwrap()
}

#[test]
fn a_composite_passes_on_what_earlier_parts_answered() {
    let site = Site::new();
    let product = site.start();
    let query = "query/?q=select+name,(select+Id,email+from+contacts)+from+account+where+id='@{account.id}'+limit+1";
    let parts = json!([
        write("account", "POST", "sobjects/account", json!({"name": "Nordlicht"})),
        write(
            "contact",
            "POST",
            "sobjects/Contact",
            json!({"LastName": "Ray", "Email": "ray@mail.example", "AccountId": "@{account.id}"})
        ),
        part("read", "GET", "sobjects/Contact/@{contact.id}?fields=LastName,Account.Name"),
        part("found", "GET", query),
        write(
            "changed",
            "PATCH",
            "sobjects/Contact/@{found.records[0].Contacts.records[0].Id}",
            json!({"Description": "@{read.Account.Name}"})
        ),
    ]);
    let answer = product.call(ADMIN, "executeComposite", &composite(&parts)).data();
    let answers = answer["compositeResponse"].as_array().unwrap();
    let statuses: Vec<_> = answers.iter().map(|part| part["httpStatusCode"].as_u64()).collect();
    assert_eq!(statuses, [201, 201, 200, 200, 204].map(Some), "{answer}");
    assert_eq!(answers[2]["body"]["Account"]["Name"], "Nordlicht", "{answer}");
    let row = &answers[3]["body"]["records"][0];
    assert_eq!(row["Name"], "Nordlicht", "{answer}");
    assert_eq!(row["Contacts"]["records"][0]["Email"], "ray@mail.example", "{answer}");

    let received = site.received();
    assert_eq!(received.len(), 1, "{received:?}");
    assert_eq!(received[0].path_and_query, format!("{BASE}/composite"));
    let sent = body(&received[0]);
    assert_eq!(sent["collateSubrequests"], false);
    let urls: Vec<&str> = sent["compositeRequest"]
        .as_array()
        .unwrap()
        .iter()
        .map(|part| part["url"].as_str().unwrap().strip_prefix(BASE).unwrap())
        .collect();
    assert_eq!(
        urls,
        [
            "/sobjects/Account/",
            "/sobjects/Contact/",
            "/sobjects/Contact/@{contact.id}?fields=LastName%2CAccount.Name",
            "/query?q=SELECT%20Name%2C%20%28SELECT%20Id%2C%20Email%20FROM%20Contacts%20LIMIT%202000%29%20FROM%20Account\
         %20WHERE%20Id%20%3D%20%27@{account.id}%27%20LIMIT%201",
            "/sobjects/Contact/@{found.records[0].Contacts.records[0].Id}",
        ]
    );
}

#[test]
fn one_forbidden_part_stops_the_whole_envelope_and_is_named() {
    let site = Site::new();
    let product = site.start();
    let contact = "sobjects/Contact/003Dm0000000001IAA";
    let own = part("harmless", "GET", &format!("{contact}?fields=Name"));
    let plain = |url: &str| json!({"method": "GET", "url": format!("v68.0/{url}")});
    for (agent, tool, arguments, reference, field) in [
        (
            SUPPORT,
            "executeComposite",
            composite(&json!([own, part("leak", "GET", &format!("{contact}?fields=SSN__c"))])),
            "leak",
            "SSN__c",
        ),
        (
            SUPPORT,
            "executeComposite",
            composite(&json!([
                own,
                part("leak", "GET", "query?q=SELECT+Id+FROM+Contact+WHERE+SSN__c+LIKE+'1%25'")
            ])),
            "leak",
            "SSN__c",
        ),
        (
            SALES,
            "executeComposite",
            composite(&json!([
                own,
                write("leak", "PATCH", contact, json!({"Description": "@{harmless.Name}"}))
            ])),
            "leak",
            "Description",
        ),
        (
            SUPPORT,
            "executeBatch",
            json!({"batchRequests": [plain("limits"), plain(&format!("{contact}?fields=Salary__c"))]}),
            "part2",
            "Salary__c",
        ),
        (
            SUPPORT,
            "executeCompositeGraph",
            json!({"graphs": [{"graphId": "g", "compositeRequest": [own, part("leak", "GET", &format!("{contact}?fields=SSN_Last4__c"))]}]}),
            "g.leak",
            "SSN_Last4__c",
        ),
    ] {
        let answer = product.call(agent, tool, &arguments);
        assert!(answer.refused() && answer.code() == "policy_denied", "{}", answer.body);
        let denied = answer.meta("fieldgate/denied").as_array().unwrap();
        let found = denied.iter().find(|one| one["field"] == field);
        let parts = &found.unwrap_or_else(|| panic!("{}", answer.body))["parts"];
        assert_eq!(*parts, json!([reference]), "{}", answer.body);
    }
    assert_eq!(site.received().len(), 0);
}

#[test]
fn a_part_that_fails_is_told_by_its_code_alone() {
    let site = Site::new();
    let product = site.start();
    let missing = "sobjects/Contact/003Dm000000zzzz";
    let arguments = json!({"batchRequests": [
        {"method": "GET", "url": format!("v68.0/{missing}?fields=Name")},
        {"method": "GET", "url": "v68.0/query?q=SELECT+Name+FROM+Account+LIMIT+1"},
        {"method": "POST", "url": "v68.0/sobjects/Contact", "richInput": {"Email": "canary@mail.example"}},
    ]});
    let answer = product.call(ADMIN, "executeBatch", &arguments);
    let results = answer.data()["results"].as_array().unwrap().clone();
    assert_eq!(results[0]["statusCode"], 404, "{results:?}");
    assert_eq!(results[0]["result"][0]["errorCode"], "NOT_FOUND");
    assert_eq!(results[1]["result"]["records"].as_array().unwrap().len(), 1);
    assert_eq!(results[2]["statusCode"], 400);
    assert_eq!(results[2]["result"][0]["errorCode"], "REQUIRED_FIELD_MISSING");
    // The org's own words name what is missing.
    assert!(!answer.body.contains("Required fields are missing"), "{}", answer.body);
}

#[test]
fn the_graphs_of_a_request_stand_and_fall_one_by_one() {
    let site = Site::new();
    let product = site.start();
    let graph = |id: &str, contact: Value| {
        json!({"graphId": id, "compositeRequest": [
            write("account", "POST", "sobjects/Account", json!({"Name": id})),
            write("contact", "POST", "sobjects/Contact", contact),
        ]})
    };
    let good = json!({"LastName": "Ray", "AccountId": "@{account.id}"});
    let bad = json!({"Email": "x@mail.example", "AccountId": "@{account.id}"});
    let arguments = json!({"graphs": [graph("stands", good), graph("falls", bad)]});
    let answer = product.call(ADMIN, "executeCompositeGraph", &arguments).data();
    let graphs = answer["graphs"].as_array().unwrap();
    let told: Vec<_> = graphs
        .iter()
        .map(|graph| (graph["graphId"].as_str().unwrap(), graph["isSuccessful"].as_bool().unwrap()))
        .collect();
    assert_eq!(told, [("stands", true), ("falls", false)], "{answer}");
    let query =
        json!({"query": "SELECT Name FROM Account WHERE Name IN ('stands', 'falls') LIMIT 9"});
    let found = product.call(ADMIN, "executeQuery", &query).data();
    assert_eq!(found["totalSize"], 1, "{found}");
}

#[test]
fn explain_tells_of_each_part_what_it_touches_and_of_a_refusal_why() {
    let arguments = composite(&json!([
        write("a", "POST", "sobjects/Account", json!({"Name": "x"})),
        write("b", "POST", "sobjects/Contact", json!({"LastName": "y", "AccountId": "@{a.id}"})),
    ]));
    let explain = |arguments: &[&str]| {
        let (code, out, err) =
            crate::harness::run(&[&["explain", "--json"], arguments].concat(), "");
        let json: Value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{out}{err}"));
        (code, json)
    };
    for name in ["executeComposite", "create_a_salesforce_composite"] {
        let (code, told) = explain(&["--tool", name, "--args", &arguments.to_string()]);
        assert_eq!((code, &told["operation"]), (0, &json!("composite")));
        let access = |action, object, field, path: &str| json!({"action": action, "object": object, "field": field, "path": path});
        assert_eq!(told["parts"][0]["ref"], "a");
        assert_eq!(
            told["parts"][0]["accesses"],
            json!([access("create", "Account", "Name", "Name")])
        );
        assert_eq!(told["parts"][1]["operation"], "createRecord");
        assert_eq!(
            told["parts"][1]["accesses"],
            json!([
                access("create", "Contact", "LastName", "LastName"),
                access("create", "Contact", "AccountId", "AccountId"),
                access("select", "Account", "Id", "@{a.id}"),
            ])
        );
        assert_eq!(told["accesses"].as_array().unwrap().len(), 4);
        assert_eq!((&told["rows"], &told["sends"]["method"]), (&json!(2), &json!("POST")));
    }
    for (arguments, says) in [
        (
            vec![
                "--rest",
                "{\"method\":\"GET\",\"url\":\"/services/data/v68.0/sobjects/Contact/../User\"}",
            ],
            "dot segment",
        ),
        (vec!["--rest", "{\"method\":\"GET\""], "--rest is not JSON: EOF"),
        (vec!["--rest", "{\"method\":\"GET\",\"url\":\"x\",\"URL\":\"y\"}"], "unknown field `URL`"),
        (vec!["--rest", "[\"GET\",\"x\"]"], "--rest is not a JSON object"),
        (vec!["--tool", "executeQuery", "--args", "{\"query\""], "--args is not JSON: EOF"),
        (vec!["--tool", "executeQuery", "--args", "[]"], "--args is not a JSON object"),
        (vec!["--tool", "executeQuery"], "missing field `query`"),
        (
            vec!["--tool", "dropEverything"],
            "`dropEverything` is no tool: there are getOrganizationLimits",
        ),
        (
            vec![
                "--tool",
                "getRecord",
                "--args",
                "{\"object\":\"Nothing\",\"id\":\"001000000000001\",\"fields\":[\"Id\"]}",
            ],
            "`Nothing` is not an object",
        ),
    ] {
        let (code, told) = explain(&arguments);
        let message = told["error"]["message"].as_str().unwrap_or_default();
        assert!(code == 2 && message.contains(says), "{arguments:?}: {told}");
    }
}

//! Reports through the real gate: what runs is what was judged, and shows nothing else.

use std::collections::BTreeMap;

use fieldgate::demo_org::Fault;
use serde_json::{Value, json};

use crate::harness::{ADMIN, Answer, Product, SALES, SUPPORT, Setup, Site, line};

const CANARY: &str = "987-00-4321";

/// The org's reports by name.
fn reports(product: &Product) -> BTreeMap<String, String> {
    let listed = product.call(ADMIN, "listReports", &json!({})).data();
    let records = listed["records"].as_array().unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    records.iter().map(|record| (text(&record["Name"]), text(&record["Id"]))).collect()
}

fn get(product: &Product, token: &str, id: &str) -> Answer {
    product.call(token, "getReport", &json!({ "id": id }))
}

/// The requests for reports that the org received, with their bodies.
fn asked(site: &Site) -> Vec<(String, String)> {
    let received = site.received();
    let reports = received
        .iter()
        .map(|request| (line(request), String::from_utf8_lossy(&request.body).into_owned()));
    reports.filter(|(line, _)| line.contains("/analytics/")).collect()
}

/// The next answers of the org.
fn answers(site: &Site, bodies: &[&Value]) {
    for body in bodies {
        let content_type = "application/json".to_owned();
        let raw = Fault::Raw { status: 200, content_type, body: body.to_string() };
        site.org.faults().next(1, raw);
    }
}

fn metadata(others: &Value) -> Value {
    let mut metadata = json!({
        "name": "Names", "reportFormat": "TABULAR", "reportType": { "type": "ContactList" },
        "detailColumns": ["FIRST_NAME"], "aggregates": ["RowCount"], "groupingsDown": [],
        "reportFilters": [], "sortBy": [],
    });
    for (key, value) in others.as_object().unwrap() {
        metadata[key] = value.clone();
    }
    metadata
}

#[test]
fn reports_are_listed_to_whoever_may_read_them() {
    let site = Site::new();
    let product = site.start();
    let names = |arguments: Value| -> Vec<String> {
        let listed = product.call(SALES, "listReports", &arguments).data();
        let records = listed["records"].as_array().unwrap().iter();
        records.map(|record| record["Name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(json!({})).len(), 6);
    assert_eq!(names(json!({ "limit": 2 })).len(), 2);
    assert_eq!(names(json!({ "nameContains": "pipeline" })), ["Pipeline by Stage"]);
    for none in ["%", "_", "Pipeline_by", "' OR Name != '", "\\"] {
        assert!(names(json!({ "nameContains": none })).is_empty(), "{none}");
    }
    let denied = product.call(SUPPORT, "listReports", &json!({}));
    assert_eq!(denied.code(), "policy_denied");
    for wrong in [json!({ "limit": 0 }), json!({ "nameContains": "x".repeat(81) })] {
        assert_eq!(product.call(SALES, "listReports", &wrong).code(), "invalid_arguments");
    }
}

#[test]
fn a_permitted_report_runs_as_it_was_judged() {
    let site = Site::new();
    let product = site.start();
    let reports = reports(&product);
    let id = &reports["Contacts with Accounts"];
    let answer = get(&product, SALES, id);
    let data = answer.data();
    let rows = data["factMap"]["T!T"]["rows"].as_array().unwrap();
    assert!(!rows.is_empty());
    let columns = ["FIRST_NAME", "LAST_NAME", "EMAIL", "ACCOUNT.NAME", "INDUSTRY"];
    for row in rows {
        let cells = row["dataCells"].as_array().unwrap();
        assert_eq!(cells.len(), columns.len());
        assert!(cells.iter().all(|cell| cell["label"].is_string()));
    }
    let shown = data["report"]["detailColumns"].as_array().unwrap();
    assert_eq!(shown.iter().map(|c| c["name"].as_str().unwrap()).collect::<Vec<_>>(), columns);
    assert_eq!(data["report"]["name"], "Contacts with Accounts");
    assert_eq!(data["factMap"]["T!T"]["aggregates"][0]["label"], rows.len().to_string());

    let asked = asked(&site);
    let lines: Vec<&str> = asked.iter().map(|(line, _)| line.as_str()).collect();
    let base = format!("/services/data/v68.0/analytics/reports/{id}");
    assert_eq!(lines, [format!("GET {base}/describe"), format!("POST {base}?includeDetails=true")]);
    let sent: Value = serde_json::from_str(&asked[1].1).unwrap();
    assert_eq!(sent["reportMetadata"]["detailColumns"], json!(columns));
    assert_eq!(sent["reportMetadata"]["buckets"], json!([]));

    // The lookup is a call of its own in the journal, which says what it was made for.
    let events = site.journal();
    let of = |event: &str, operation: &str| -> &Value {
        let known = |e: &&Value| e["event"] == event && e["operation"] == operation;
        events.iter().find(known).unwrap()
    };
    let (lookup, run) = (of("admission", "describeReport"), of("admission", "runReport"));
    assert_eq!(run["id"], answer.decision());
    assert_eq!(lookup["for"], run["id"]);
    assert_ne!(lookup["id"], run["id"]);
    assert_eq!(run.get("for"), None);
    for call in [lookup, run] {
        let ends = events.iter().filter(|e| e["event"] == "outcome" && e["id"] == call["id"]);
        let ends: Vec<_> = ends.collect();
        assert_eq!((ends.len(), &ends[0]["result"]), (1, &json!("ok")));
    }
}

#[test]
fn groups_and_summaries_come_with_or_without_their_rows() {
    let site = Site::new();
    let product = site.start();
    let id = &reports(&product)["Pipeline by Stage"];
    let whole = get(&product, SALES, id).data();
    let groups = whole["groupingsDown"].as_array().unwrap();
    assert!(groups.len() > 1);
    for group in groups {
        let fact = &whole["factMap"][format!("{}!T", group["key"].as_str().unwrap())];
        assert!(!fact["rows"].as_array().unwrap().is_empty(), "{fact}");
        assert!(fact["aggregates"][0]["value"].is_number(), "{fact}");
        // Money is its amount, where there is any.
        let cells = fact["rows"].as_array().unwrap().iter().map(|row| &row["dataCells"][1]);
        let kinds: Vec<bool> = cells
            .map(|cell| {
                cell["value"].is_number() || (cell["value"].is_null() && cell["label"] == "-")
            })
            .collect();
        assert!(kinds.iter().all(|kind| *kind), "{fact}");
    }
    let arguments = json!({ "id": id, "includeDetails": false });
    let summary = product.call(SALES, "getReport", &arguments).data();
    assert_eq!(summary["groupingsDown"], whole["groupingsDown"]);
    assert_eq!(summary["hasDetailRows"], false);
    for (key, fact) in summary["factMap"].as_object().unwrap() {
        assert_eq!(fact.get("rows"), None);
        assert_eq!(fact["aggregates"], whole["factMap"][key]["aggregates"]);
    }
}

#[test]
fn an_answer_holds_no_more_rows_than_the_configuration_says() {
    let site = Site::new();
    let setup = Setup { rest: "max_rows: 3\n", ..Default::default() };
    let product = site.start_with(&setup);
    let id = &reports_of(&product, "Contacts with Accounts");
    let answer = get(&product, SALES, id);
    let data = answer.data();
    assert_eq!(data["factMap"]["T!T"]["rows"].as_array().unwrap().len(), 3);
    assert_eq!(data["allData"], false);
    assert_eq!(*answer.meta("fieldgate/rowLimit"), 3);
}

/// The id of the report of that name, where a list holds few rows.
fn reports_of(product: &Product, name: &str) -> String {
    let arguments = json!({ "nameContains": name });
    let listed = product.call(ADMIN, "listReports", &arguments).data();
    listed["records"][0]["Id"].as_str().unwrap().to_owned()
}

#[test]
fn a_report_that_shows_a_forbidden_field_is_denied_before_it_runs() {
    let site = Site::new();
    let product = site.start();
    let reports = reports(&product);
    let id = &reports["Contact Compensation"];
    let denied = get(&product, SALES, id);
    assert_eq!(denied.code(), "policy_denied");
    assert!(denied.text().contains("Contact.SSN__c"), "{denied:?}");
    let lines: Vec<String> = asked(&site).into_iter().map(|(line, _)| line).collect();
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].ends_with("/describe"));
    let may = get(&product, ADMIN, id).data();
    assert!(!may["factMap"]["T!T"]["rows"].as_array().unwrap().is_empty());
    // Cases are not for sales operations, and reports are not for support.
    assert_eq!(get(&product, SALES, &reports["Open Cases"]).code(), "policy_denied");
    let before = asked(&site).len();
    assert_eq!(get(&product, SUPPORT, &reports["Open Cases"]).code(), "policy_denied");
    assert_eq!(asked(&site).len(), before);
}

#[test]
fn a_report_that_goes_by_a_forbidden_field_is_denied() {
    let site = Site::new();
    let product = site.start();
    let id = &reports(&product)["Contacts with Accounts"];
    let salary = "Contact.Salary__c";
    for others in [
        json!({ "reportFilters": [{ "column": salary, "operator": "greaterThan", "value": "9" }] }),
        json!({ "reportFilters": [{ "column": "EMAIL", "operator": "equals",
            "value": salary, "filterType": "fieldToField" }] }),
        json!({ "reportFormat": "SUMMARY", "groupingsDown": [{ "name": salary }] }),
        json!({ "reportFormat": "MATRIX", "groupingsAcross": [{ "name": salary }] }),
        json!({ "groupingsDown": [{ "name": "EMAIL", "sortAggregate": "s!Contact.Salary__c" }] }),
        json!({ "aggregates": ["a!Contact.Salary__c"] }),
        json!({ "sortBy": [{ "sortColumn": salary }] }),
        json!({ "sortBy": [{ "sortColumn": "x!Contact.Salary__c" }] }),
        json!({ "standardDateFilter": { "column": salary } }),
        json!({ "detailColumns": ["FIRST_NAME", "Contact.SSN_Last4__c"] }),
    ] {
        answers(&site, &[&json!({ "reportMetadata": metadata(&others) })]);
        let denied = get(&product, SALES, id);
        assert_eq!(denied.code(), "policy_denied", "{others}: {denied:?}");
    }
    assert!(asked(&site).iter().all(|(line, _)| line.starts_with("GET ")));
}

#[test]
fn a_report_that_computes_columns_is_refused_to_everybody() {
    let site = Site::new();
    let product = site.start();
    let reports = reports(&product);
    for (name, says) in [
        ("Opportunities by Deal Band", "`BucketField_18230417`"),
        ("Average Deal by Type", "`FORMULA1`"),
    ] {
        let refused = get(&product, ADMIN, &reports[name]);
        assert!(refused.refused() && refused.text().contains(says), "{refused:?}");
    }
    let id = &reports["Contacts with Accounts"];
    for (others, says) in [
        (json!({ "detailColumns": ["NOBODY_KNOWS"] }), "`NOBODY_KNOWS`"),
        (json!({ "crossFilters": [{ "relatedEntity": "Case" }] }), "crossFilters"),
        (json!({ "reportFormat": "MULTI_BLOCK" }), "MULTI_BLOCK"),
    ] {
        answers(&site, &[&json!({ "reportMetadata": metadata(&others) })]);
        let refused = get(&product, ADMIN, id);
        assert!(refused.refused() && refused.text().contains(says), "{refused:?}");
    }
    assert!(asked(&site).iter().all(|(line, _)| line.starts_with("GET ")));
}

#[test]
fn a_report_that_changes_after_it_was_judged_shows_what_was_judged() {
    let site = Site::new();
    let product = site.start();
    let id = &reports(&product)["Contact Compensation"];
    let secrets = product.query(ADMIN, "SELECT SSN__c FROM Contact LIMIT 200").data();
    let secrets = secrets["records"].as_array().unwrap().iter();
    let secrets: Vec<&str> = secrets.filter_map(|record| record["SSN__c"].as_str()).collect();
    assert!(!secrets.is_empty());
    answers(&site, &[&json!({ "reportMetadata": metadata(&json!({})) })]);
    let answer = get(&product, SALES, id);
    let data = answer.data();
    let rows = data["factMap"]["T!T"]["rows"].as_array().unwrap();
    // Its own filter on salaries is gone too.
    assert!(rows.len() > 5, "{answer:?}");
    assert!(rows.iter().all(|row| row["dataCells"].as_array().unwrap().len() == 1));
    assert!(secrets.iter().all(|secret| !answer.body.contains(secret)), "{answer:?}");
    assert!(!answer.body.contains("SSN__c"), "{answer:?}");
}

/// The answer of a run with one row; canaries stand where nothing is shown.
fn honest() -> Value {
    let cell = json!({ "label": "Ann", "value": "Ann", "canary": CANARY });
    json!({
        "allData": true, "hasDetailRows": true, "canary": CANARY,
        "attributes": { "reportName": CANARY },
        "groupingsDown": { "groupings": [] }, "groupingsAcross": { "groupings": [] },
        "reportMetadata": metadata(&json!({})),
        "reportExtendedMetadata": { "detailColumnInfo": {
            "FIRST_NAME": { "label": "First Name", "dataType": CANARY },
            "Contact.SSN__c": { "label": CANARY } } },
        "factMap": { "T!T": { "canary": CANARY, "aggregates": [{ "label": "1", "value": 1 }],
            "rows": [{ "dataCells": [cell], "canary": CANARY }] } },
    })
}

/// What is said of a report that is described honestly and then answers with `answer`.
fn ran(site: &Site, product: &Product, id: &str, answer: &Value) -> Answer {
    answers(site, &[&json!({ "reportMetadata": metadata(&json!({})) }), answer]);
    let answer = get(product, SALES, id);
    assert!(!answer.body.contains(CANARY), "{answer:?}");
    answer
}

#[test]
fn of_an_answer_nothing_but_the_judged_columns_is_shown() {
    let site = Site::new();
    let product = site.start();
    let id = &reports(&product)["Contacts with Accounts"];
    let honest = honest();
    let shown = ran(&site, &product, id, &honest).data();
    assert_eq!(
        shown["factMap"]["T!T"]["rows"],
        json!([{ "dataCells": [{ "label": "Ann", "value": "Ann" }] }])
    );
    assert_eq!(
        shown["report"]["detailColumns"],
        json!([{ "name": "FIRST_NAME", "label": "First Name" }])
    );
    // A value with members shows none of them, but the amount of money.
    let mut members = honest;
    members["factMap"]["T!T"]["rows"][0]["dataCells"][0]["value"] =
        json!({ "SSN__c": CANARY, "Id": CANARY });
    let shown = ran(&site, &product, id, &members).data();
    assert_eq!(shown["factMap"]["T!T"]["rows"][0]["dataCells"][0]["value"], Value::Null);
}

#[test]
fn an_answer_of_another_report_is_not_understood() {
    let site = Site::new();
    let product = site.start();
    let id = &reports(&product)["Contacts with Accounts"];
    let honest = honest();
    let fact = "/factMap/T!T";
    let group = json!([{ "key": "0", "label": CANARY, "value": CANARY, "groupings": [] }]);
    for (at, lie) in [
        ("/reportMetadata/detailColumns", json!(["Contact.SSN__c"])),
        (
            "/reportMetadata/reportFilters",
            json!([{ "column": "Contact.SSN__c", "operator": "equals" }]),
        ),
        ("/reportMetadata/aggregates", json!(["RowCount", "mx!Contact.SSN__c"])),
        ("/reportMetadata/reportFormat", json!("MATRIX")),
        ("/reportMetadata", json!({})),
        ("/reportMetadata", Value::Null),
        (&format!("{fact}/rows/0/dataCells"), json!([{ "label": "Ann" }, { "label": CANARY }])),
        (&format!("{fact}/rows/0/dataCells"), json!([])),
        (&format!("{fact}/rows/0/dataCells/0/value"), json!([CANARY])),
        (&format!("{fact}/rows/0/dataCells/0/label"), json!({ "x": CANARY })),
        (&format!("{fact}/aggregates"), json!([{ "label": "1" }, { "label": CANARY }])),
        ("/factMap", json!({ "0!T": { "aggregates": [{ "label": CANARY }] } })),
        ("/factMap", json!({ CANARY: { "aggregates": [{ "label": "1" }] } })),
        ("/groupingsDown/groupings", group.clone()),
        ("/groupingsAcross/groupings", group),
    ] {
        let mut body = honest.clone();
        *body.pointer_mut(at).unwrap() = lie.clone();
        let answer = ran(&site, &product, id, &body);
        assert_eq!(answer.code(), "answer_not_understood", "{at} {lie}");
    }
    for unlike in [json!([]), json!("x"), json!({ "reportMetadata": [CANARY] })] {
        answers(&site, &[&unlike]);
        let answer = get(&product, SALES, id);
        assert_eq!(answer.code(), "answer_not_understood");
        assert!(!answer.body.contains(CANARY));
    }
    site.org.faults().lie(true);
    let answer = get(&product, SALES, id);
    assert!(answer.refused() && !answer.body.contains(CANARY), "{answer:?}");
}

#[test]
fn an_id_that_is_no_report_is_refused() {
    let site = Site::new();
    let product = site.start();
    for (id, code) in [
        ("003Dm0000000001", "unknown_name"),
        ("00oDm0000000001", "unknown_name"),
        ("00ODm0000009999", "salesforce_refused"),
        ("00ODm0000000001AAA", "invalid_arguments"),
        ("00O/../../query", "invalid_arguments"),
        ("", "invalid_arguments"),
    ] {
        let refused = get(&product, ADMIN, id);
        assert_eq!(refused.code(), code, "{id}: {refused:?}");
    }
    let lines: Vec<String> = asked(&site).into_iter().map(|(line, _)| line).collect();
    assert_eq!(lines.len(), 1, "{lines:?}");
}

#[test]
fn forbidden_columns_are_left_out_of_a_report_where_a_server_is_set_to() {
    let site = Site::new();
    let setup = Setup { rest: "on_forbidden_select: drop\n", ..Setup::default() };
    let product = site.start_with(&setup);
    let id = &reports(&product)["Contacts with Accounts"];
    let columns = json!(["FIRST_NAME", "Contact.SSN__c", "EMAIL", "Contact.Salary__c"]);
    let body = json!({ "reportMetadata": metadata(&json!({ "detailColumns": columns })) });
    answers(&site, &[&body]);
    let answer = get(&product, SALES, id);
    let data = answer.data();
    let dropped = answer.meta("fieldgate/dropped").to_string();
    assert!(dropped.contains("Contact.SSN__c") && dropped.contains("Salary"), "{dropped}");
    let columns = data["report"]["detailColumns"].as_array().unwrap();
    assert_eq!(columns.len(), 2, "{data}");
    for row in data["factMap"]["T!T"]["rows"].as_array().unwrap() {
        assert_eq!(row["dataCells"].as_array().unwrap().len(), columns.len());
    }
    assert!(!data.to_string().contains("SSN__c"), "{data}");
    let (_, run) = asked(&site).pop().unwrap();
    assert!(!run.contains("SSN__c") && !run.contains("Salary__c"), "{run}");
    // What it groups, filters or sorts by is not left out.
    let salary = "Contact.Salary__c";
    for others in [
        json!({ "detailColumns": ["FIRST_NAME", salary], "sortBy": [{ "sortColumn": salary }] }),
        json!({ "detailColumns": ["FIRST_NAME", salary], "aggregates": [format!("s!{salary}")] }),
        json!({ "detailColumns": ["FIRST_NAME"], "reportFormat": "SUMMARY",
                "groupingsDown": [{ "name": salary }] }),
        json!({ "detailColumns": [salary] }),
    ] {
        let body = json!({ "reportMetadata": metadata(&others) });
        answers(&site, &[&body]);
        let denied = get(&product, SALES, id);
        assert_eq!(denied.code(), "policy_denied", "{others}: {denied:?}");
    }
}

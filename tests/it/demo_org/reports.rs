//! Reports: their metadata, and what a run of them shows.

use serde_json::{Value, json};

use super::{Got, Org};

const REPORTS: &str = "/analytics/reports";

impl Org {
    /// The path of the report of that name.
    async fn report(&self, name: &str) -> String {
        let listed = self.get(REPORTS).await.body;
        let found = listed.as_array().unwrap().iter().find(|r| r["name"] == name).unwrap();
        let id = found["id"].as_str().unwrap();
        let url = format!("/services/data/v68.0/analytics/reports/{id}");
        assert_eq!(found["url"], url.as_str());
        assert_eq!(found["describeUrl"], format!("{url}/describe").as_str());
        format!("{REPORTS}/{id}")
    }

    async fn ran(&self, path: &str, metadata: Value) -> Got {
        let path = format!("{path}?includeDetails=true");
        self.send("POST", &path, Some(&json!({"reportMetadata": metadata}))).await
    }
}

fn labels(fact: &Value) -> Vec<Vec<&str>> {
    let rows = fact["rows"].as_array().unwrap().iter();
    rows.map(|row| {
        let cells = row["dataCells"].as_array().unwrap().iter();
        cells.map(|cell| cell["label"].as_str().unwrap()).collect()
    })
    .collect()
}

#[tokio::test]
async fn every_report_is_listed_queried_described_and_run() {
    let org = Org::start().await;
    let rows = org
        .rows("SELECT Id, Name, DeveloperName, FolderName, Format, LastRunDate FROM Report")
        .await;
    let listed = org.get(REPORTS).await.body;
    assert_eq!((rows.len(), listed.as_array().unwrap().len()), (6, 6));
    for (row, report) in rows.iter().zip(listed.as_array().unwrap()) {
        assert_eq!((&row["Id"], &row["Name"]), (&report["id"], &report["name"]));
        let path = format!("{REPORTS}/{}", row["Id"].as_str().unwrap());
        let described = org.get(&format!("{path}/describe")).await;
        assert_eq!(described.status, 200, "{}", described.body);
        let run = org.get(&path).await;
        assert_eq!(run.status, 200, "{}", run.body);
        assert_eq!(run.body["reportMetadata"], described.body["reportMetadata"]);
        assert_eq!(run.body["reportExtendedMetadata"], described.body["reportExtendedMetadata"]);
        assert_eq!(
            (&run.body["hasDetailRows"], &run.body["allData"]),
            (&json!(false), &json!(true))
        );
        for fact in run.body["factMap"].as_object().unwrap().values() {
            assert!(fact.get("rows").is_none());
        }
        let columns = described.body["reportMetadata"]["detailColumns"].as_array().unwrap();
        for column in columns {
            let column = column.as_str().unwrap();
            let info = &described.body["reportExtendedMetadata"]["detailColumnInfo"][column];
            assert_eq!(info.as_object().unwrap().len(), 9, "{column}");
        }
    }
    assert_eq!(org.create_refused("Report").await, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY");
}

impl Org {
    async fn create_refused(&self, object: &str) -> String {
        let got = self.send("POST", &format!("/sobjects/{object}/"), Some(&json!({}))).await;
        assert_eq!(got.status, 400);
        got.code().to_owned()
    }
}

#[tokio::test]
async fn a_describe_says_which_field_is_behind_each_column() {
    let org = Org::start().await;
    let path = org.report("Contact Compensation").await;
    let described = org.get(&format!("{path}/describe")).await.body;
    assert_eq!(
        described["reportExtendedMetadata"]["detailColumnInfo"]["Contact.SSN__c"],
        json!({"dataType": "string", "entityColumnName": "Contact.SSN__c", "filterValues": [],
            "filterable": true, "fullyQualifiedName": "Contact.SSN__c", "inactiveFilterValues": [],
            "isLookup": false, "label": "Social Security Number", "uniqueCountable": true})
    );
    let kind = &described["reportTypeMetadata"];
    assert_eq!(
        kind["objects"],
        json!([{"apiName": "Contact", "joinType": "ROOT", "label": "Contact"},
            {"apiName": "Account", "joinType": "OUTER", "label": "Account"}])
    );
    let mut known = Vec::new();
    for category in kind["categories"].as_array().unwrap() {
        for (token, column) in category["columns"].as_object().unwrap() {
            known.push((token.as_str(), column["entityColumnName"].as_str().unwrap()));
        }
    }
    for pair in [
        ("EMAIL", "Contact.Email"),
        ("ACCOUNT.NAME", "Account.Name"),
        ("INDUSTRY", "Account.Industry"),
        ("CONTACT_OWNER", "User.Name"),
        ("Contact.Salary__c", "Contact.Salary__c"),
        ("Account.Credit_Limit__c", "Account.Credit_Limit__c"),
    ] {
        assert!(known.contains(&pair), "{pair:?} in {known:?}");
    }
}

#[tokio::test]
async fn a_tabular_report_shows_the_records_that_its_filters_let_through() {
    let org = Org::start().await;
    let path = org.report("Contacts with Accounts").await;
    org.family().await;
    let filters = json!([{"column": "ACCOUNT.NAME", "operator": "equals", "value": "Zz Test"}]);
    let got = org.ran(&path, json!({"reportFilters": filters, "detailColumns": ["LAST_NAME", "Contact.Salary__c", "BIRTHDATE", "ACCOUNT.NAME"]})).await.body;
    let fact = &got["factMap"]["T!T"];
    assert_eq!(
        labels(fact),
        [
            ["Aa", "$100.00", "5/6/1980", "Zz Test"],
            ["bb", "$50.50", "-", "Zz Test"],
            ["CC", "-", "-", "Zz Test"]
        ]
    );
    assert_eq!(fact["aggregates"], json!([{"label": "3", "value": 3}]));
    let cells = &fact["rows"][0]["dataCells"];
    assert_eq!(cells[1]["value"], json!({"amount": 100.0, "currency": null}));
    assert!(cells[3]["value"].as_str().unwrap().starts_with("001"));
    assert_eq!(got["reportMetadata"]["reportFilters"], filters);
    let saved = org.get(&format!("{path}/describe")).await.body;
    assert_ne!(saved["reportMetadata"]["reportFilters"], filters);

    let named = |filters: Value, logic: Value| {
        let path = path.clone();
        let org = &org;
        async move {
            let all = json!({"column": "ACCOUNT.NAME", "operator": "equals", "value": "Zz Test"});
            let mut filters = filters.as_array().unwrap().clone();
            filters.push(all);
            let metadata = json!({"reportFilters": filters, "reportBooleanFilter": logic, "detailColumns": ["LAST_NAME"]});
            let got = org.ran(&path, metadata).await;
            assert_eq!(got.status, 200, "{}", got.body);
            labels(&got.body["factMap"]["T!T"]).concat().join(" ")
        }
    };
    let filter = |column: &str, operator: &str, value: &str| json!({"column": column, "operator": operator, "value": value});
    for (filters, logic, expected) in [
        (json!([filter("LAST_NAME", "equals", "aa,cc")]), json!(null), "Aa CC"),
        (json!([filter("LAST_NAME", "notEqual", "aa,cc")]), json!(null), "bb"),
        (json!([filter("LAST_NAME", "contains", "B")]), json!(null), "bb"),
        (json!([filter("LAST_NAME", "notContain", "b")]), json!(null), "Aa CC"),
        (json!([filter("LAST_NAME", "startsWith", "c")]), json!(null), "CC"),
        (json!([filter("Contact.Salary__c", "greaterThan", "60")]), json!(null), "Aa"),
        (json!([filter("Contact.Salary__c", "lessOrEqual", "50.5")]), json!(null), "bb"),
        (json!([filter("Contact.Salary__c", "equals", "")]), json!(null), "CC"),
        (json!([filter("BIRTHDATE", "lessThan", "1990-01-01")]), json!(null), "Aa"),
        (
            json!([filter("LAST_NAME", "equals", "aa"), filter("LAST_NAME", "equals", "bb")]),
            json!("(1 OR 2) AND 3"),
            "Aa bb",
        ),
        (
            json!([filter("LAST_NAME", "equals", "aa"), filter("LAST_NAME", "equals", "bb")]),
            json!("3 and not (1 or 2)"),
            "CC",
        ),
    ] {
        assert_eq!(named(filters.clone(), logic.clone()).await, expected, "{filters} {logic}");
    }
    for (metadata, code) in [
        (json!({"detailColumns": ["NOPE"]}), "BAD_REQUEST"),
        (json!({"reportFilters": [filter("NOPE", "equals", "x")]}), "BAD_REQUEST"),
        (json!({"groupingsDown": [{"name": "NOPE"}]}), "BAD_REQUEST"),
        (json!({"aggregates": ["s!LAST_NAME"]}), "BAD_REQUEST"),
        (json!({"reportBooleanFilter": "1 AND 9"}), "BAD_REQUEST"),
        (json!({"reportBooleanFilter": "1 AND ("}), "BAD_REQUEST"),
        (json!({"groupingsAcross": [{"name": "LAST_NAME"}]}), "BAD_REQUEST"),
        (json!({"reportType": {"type": "Nope"}}), "BAD_REQUEST"),
        (json!({"id": "00ODm0000000009AAA"}), "BAD_REQUEST"),
        (json!({"reportFilters": [filter("LAST_NAME", "like", "x")]}), "JSON_PARSER_ERROR"),
    ] {
        assert_eq!(org.ran(&path, metadata.clone()).await.code(), code, "{metadata}");
    }
    assert_eq!(org.get("/analytics/reports/00ODm00000zzzzz").await.code(), "NOT_FOUND");
    assert_eq!(org.send("DELETE", &path, None).await.status, 405);
}

#[tokio::test]
async fn a_summary_report_groups_and_adds_up_as_a_query_does() {
    let org = Org::start().await;
    let path = org.report("Pipeline by Stage").await;
    let got = org.get(&format!("{path}?includeDetails=true")).await.body;
    let soql = "SELECT StageName, SUM(Amount) total, COUNT(Id) n FROM Opportunity WHERE IsClosed = FALSE GROUP BY StageName ORDER BY StageName";
    let groups = org.rows(soql).await;
    let shown = got["groupingsDown"]["groupings"].as_array().unwrap();
    assert_eq!(shown.len(), groups.len());
    for (n, (group, shown)) in groups.iter().zip(shown).enumerate() {
        assert_eq!((&shown["key"], &shown["label"]), (&json!(n.to_string()), &group["StageName"]));
        let fact = &got["factMap"][format!("{n}!T")];
        let (sum, count) = (&fact["aggregates"][0]["value"], &fact["aggregates"][1]["value"]);
        assert_eq!((sum, count), (&group["total"], &group["n"]));
        assert_eq!(fact["rows"].as_array().unwrap().len() as u64, group["n"].as_u64().unwrap());
    }
    let whole = org.rows("SELECT SUM(Amount) total FROM Opportunity WHERE IsClosed = FALSE").await;
    let total = &got["factMap"]["T!T"];
    assert_eq!(total["aggregates"][0]["value"], whole[0]["total"]);
    assert_eq!(total["rows"], json!([]));
    let info = &got["reportExtendedMetadata"];
    assert_eq!(info["aggregateColumnInfo"]["s!AMOUNT"]["label"], "Sum of Amount");
    assert_eq!(info["groupingColumnInfo"]["STAGE_NAME"]["groupingLevel"], 0);

    let cases = org.get(&org.report("Open Cases").await).await.body;
    let facts = cases["factMap"].as_object().unwrap();
    let count = |key: &str| facts[key]["aggregates"][0]["value"].as_u64().unwrap();
    let soql = "SELECT COUNT() FROM Case WHERE Status != 'Closed' AND (Origin IN ('Phone', 'Email') OR Priority = 'High')";
    assert_eq!(count("T!T"), org.count(soql).await);
    let inner: u64 = facts.keys().filter(|key| key.contains('_')).map(|key| count(key)).sum();
    assert_eq!(inner, count("T!T"));
}

#[tokio::test]
async fn buckets_and_summary_formulas_are_applied() {
    let org = Org::start().await;
    let got = org.get(&org.report("Opportunities by Deal Band").await).await.body;
    let groups = got["groupingsDown"]["groupings"].as_array().unwrap();
    let names: Vec<&str> = groups.iter().map(|g| g["label"].as_str().unwrap()).collect();
    assert_eq!(names, ["Decided", "Open"]);
    let decided = org.count("SELECT COUNT() FROM Opportunity WHERE IsClosed = TRUE").await;
    assert_eq!(got["factMap"]["0!T"]["aggregates"][0]["value"], decided);
    let info = &got["reportExtendedMetadata"]["groupingColumnInfo"]["BucketField_18230417"];
    assert_eq!(info["label"], "Deal Band");
    let got = org.get(&org.report("Average Deal by Type").await).await.body;
    let total = &got["factMap"]["T!T"]["aggregates"];
    let (sum, formula, count) =
        (total[0]["value"].as_f64(), total[1]["value"].as_f64(), total[2]["value"].as_f64());
    assert!((formula.unwrap() - sum.unwrap() / count.unwrap()).abs() < 1e-6);
    assert_eq!(
        got["reportExtendedMetadata"]["aggregateColumnInfo"]["FORMULA1"]["label"],
        "Average Deal"
    );
}

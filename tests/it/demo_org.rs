//! The demo org over real HTTP: its describes, its queries, its writes and its faults.

use fieldgate::demo_org::{self, DemoOrg, DemoSettings, Fault};
use fieldgate::org::Schema;
use fieldgate::salesforce::{FieldName, ObjectName, RecordId};
use serde_json::{Value, json};

/// A running org and a client of it.
struct Org {
    org: DemoOrg,
    client: reqwest::Client,
}

/// A status, the usage header and a body.
struct Got {
    status: u16,
    usage: Option<String>,
    location: Option<String>,
    body: Value,
}

impl Org {
    async fn start() -> Self {
        Self::with(DemoSettings::default()).await
    }

    async fn with(settings: DemoSettings) -> Self {
        // A second test in the same process finds the provider installed already.
        let _installed = rustls::crypto::ring::default_provider().install_default();
        let org = DemoOrg::bind("127.0.0.1:0".parse().unwrap(), settings).await.unwrap();
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        Self { org, client }
    }

    fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        let url = format!("{}/services/data/v68.0{path}", self.org.base_url());
        self.client.request(method, url).bearer_auth(self.org.access_token())
    }

    async fn send(&self, method: &str, path: &str, body: Option<&Value>) -> Got {
        let request = self.request(method, path);
        let request =
            body.map_or(self.request(method, path), |body| request.body(body.to_string()));
        Got::read(request.send().await.unwrap()).await
    }

    async fn get(&self, path: &str) -> Got {
        self.send("GET", path, None).await
    }

    async fn query(&self, soql: &str) -> Got {
        self.get(&format!("/query?q={}", encode(soql))).await
    }

    async fn rows(&self, soql: &str) -> Vec<Value> {
        let got = self.query(soql).await;
        assert_eq!(got.status, 200, "{soql}: {}", got.body);
        got.body["records"].as_array().unwrap().clone()
    }

    async fn count(&self, soql: &str) -> u64 {
        let got = self.query(soql).await;
        assert_eq!(got.status, 200, "{soql}: {}", got.body);
        got.body["totalSize"].as_u64().unwrap()
    }
}

impl Got {
    async fn read(response: reqwest::Response) -> Self {
        let header = |name: &str| {
            response.headers().get(name).map(|value| value.to_str().unwrap().to_owned())
        };
        let (usage, location) = (header("sforce-limit-info"), header("location"));
        let status = response.status().as_u16();
        let bytes = response.bytes().await.unwrap();
        let body =
            if bytes.is_empty() { Value::Null } else { serde_json::from_slice(&bytes).unwrap() };
        Self { status, usage, location, body }
    }

    fn code(&self) -> &str {
        self.body[0]["errorCode"].as_str().unwrap_or_default()
    }
}

fn encode(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// The same without `attributes`.
fn bare(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(bare).collect(),
        Value::Object(members) => {
            let kept = members.iter().filter(|(key, _)| *key != "attributes");
            Value::Object(kept.map(|(key, value)| (key.clone(), bare(value))).collect())
        }
        other => other.clone(),
    }
}

impl Org {
    async fn create(&self, object: &str, fields: Value) -> String {
        let got = self.send("POST", &format!("/sobjects/{object}/"), Some(&fields)).await;
        assert_eq!(got.status, 201, "{fields}: {}", got.body);
        got.body["id"].as_str().unwrap().to_owned()
    }

    /// An account with three contacts, one of them the boss, and two opportunities.
    async fn family(&self) -> String {
        let account = self
            .create(
                "Account",
                json!({"Name": "Zz Test", "Industry": "Energy",
            "NumberOfEmployees": 12, "Regions__c": "North;East", "BillingCity": "Ulm"}),
            )
            .await;
        let boss = self
            .create(
                "Contact",
                json!({"LastName": "Aa", "FirstName": "Bo",
            "AccountId": account, "Salary__c": 100, "SSN__c": "900-00-1234",
            "Birthdate": "1980-05-06", "Email": "100%_a@x.example"}),
            )
            .await;
        for (last, salary) in [("bb", json!(50.5)), ("CC", Value::Null)] {
            self.create(
                "Contact",
                json!({"LastName": last, "AccountId": account,
                "ReportsToId": boss, "Salary__c": salary}),
            )
            .await;
        }
        for (name, stage, amount) in [("Won", "Closed Won", 200), ("Open", "Prospecting", 40)] {
            self.create(
                "Opportunity",
                json!({"Name": name, "StageName": stage, "Margin__c": 20,
                "Amount": amount, "AccountId": account, "CloseDate": "2026-11-20"}),
            )
            .await;
        }
        account
    }
}

#[tokio::test]
async fn describes_have_salesforces_keys_and_the_orgs_own_fields() {
    let org = Org::start().await;
    let global = org.get("/sobjects").await.body;
    let names: Vec<&str> = global["sobjects"]
        .as_array()
        .unwrap()
        .iter()
        .map(|o| o["name"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        ["Account", "Contact", "Lead", "Opportunity", "Case", "Task", "User", "Campaign", "Group"]
    );
    for name in &names {
        let describe = org.get(&format!("/sobjects/{}/describe", name.to_lowercase())).await.body;
        assert_eq!(describe["name"], **name);
        let fields = describe["fields"].as_array().unwrap();
        assert!((12..=50).contains(&fields.len()), "{name} has {}", fields.len());
        for field in fields {
            let keys = field.as_object().unwrap().len();
            assert_eq!(keys, 57, "{name}.{}", field["name"]);
        }
    }
    let account = org.get("/sobjects/Account/describe").await.body;
    let field = |describe: &Value, name: &str| {
        let fields = describe["fields"].as_array().unwrap();
        fields.iter().find(|field| field["name"] == name).unwrap().clone()
    };
    let roll_up = field(&account, "Total_Won_Amount__c");
    assert_eq!(
        (&roll_up["calculated"], &roll_up["calculatedFormula"]),
        (&json!(true), &json!(null))
    );
    let contact = org.get("/sobjects/Contact/describe").await.body;
    assert_eq!(field(&contact, "SSN_Last4__c")["calculatedFormula"], "RIGHT(SSN__c, 4)");
    assert_eq!(field(&contact, "MailingCity")["compoundFieldName"], "MailingAddress");
    let task = org.get("/sobjects/Task/describe").await.body;
    assert_eq!(field(&task, "WhoId")["referenceTo"], json!(["Contact", "Lead"]));
    let children = account["childRelationships"].as_array().unwrap();
    let members = children.iter().find(|c| c["relationshipName"] == "Group_Members__r").unwrap();
    assert_eq!(
        (&members["childSObject"], &members["field"]),
        (&json!("Account"), &json!("Parent_Group__c"))
    );
    assert_eq!(org.get("/sobjects/Nothing/describe").await.code(), "NOT_FOUND");
}

#[test]
fn the_schema_is_one_that_fieldgate_reads() {
    let schema = Schema::from_json(&demo_org::schema_json()).unwrap();
    assert_eq!((schema.api_version(), schema.objects().count()), ("68.0", 9));
    let object = |name| schema.object(&ObjectName::parse(name).unwrap()).unwrap();
    let field = |o, f| object(o).field(&FieldName::parse(f).unwrap()).unwrap();
    let formula = field("Opportunity", "Commission__c").formula.as_ref().unwrap().as_ref().unwrap();
    let names: Vec<&str> = formula.iter().map(|r| r.field.as_str()).collect();
    assert_eq!(names, ["Amount", "Margin__c"]);
    assert_eq!(field("Contact", "Name").components.len(), 3);
    assert_eq!(field("Account", "BillingAddress").components.len(), 8);
    assert!(field("Case", "OwnerId").polymorphic && !field("Contact", "OwnerId").polymorphic);
    let roll_up = field("Account", "Total_Won_Amount__c");
    assert!(roll_up.calculated && roll_up.formula.is_none());
}

#[tokio::test]
async fn every_record_has_a_valid_id_of_its_object() {
    let org = Org::start().await;
    for (object, prefix, least) in [
        ("Account", "001", 60),
        ("Contact", "003", 200),
        ("User", "005", 10),
        ("Opportunity", "006", 100),
        ("Case", "500", 100),
        ("Campaign", "701", 8),
        ("Lead", "00Q", 80),
        ("Task", "00T", 100),
        ("Group", "00G", 4),
    ] {
        let rows = org.rows(&format!("SELECT Id FROM {object}")).await;
        assert!(rows.len() >= least, "{object}");
        for row in rows {
            let id = RecordId::parse(row["Id"].as_str().unwrap()).unwrap();
            assert_eq!(id.key_prefix(), prefix);
        }
    }
}

#[tokio::test]
async fn two_orgs_hold_the_same_records() {
    let (one, other) = (Org::start().await, Org::start().await);
    let soql = "SELECT Id, Name, SSN__c, Salary__c, CreatedDate FROM Contact ORDER BY Id";
    assert_eq!(one.rows(soql).await, other.rows(soql).await);
    assert_ne!(one.org.access_token(), other.org.access_token());
}

#[tokio::test]
async fn rows_are_shaped_as_salesforce_shapes_them() {
    let org = Org::start().await;
    let account = org.family().await;
    let soql = format!(
        "select account.name, lastname, account.owner.id from contact where accountid = '{account}' and firstname = 'BO'"
    );
    let response = org.request("GET", &format!("/query?q={}", encode(&soql))).send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "application/json;charset=UTF-8");
    let text = response.text().await.unwrap();
    let (head, tail) = text.split_once("{\"attributes\":{\"type\":\"Contact\"").unwrap();
    assert_eq!(head, "{\"totalSize\":1,\"done\":true,\"records\":[");
    let after = tail.split_once("},").unwrap().1;
    assert_eq!(
        after,
        format!(
            "\"Account\":{{\"attributes\":{{\"type\":\"Account\",\"url\":\"/services/data/v68.0/\
             sobjects/Account/{account}\"}},\"Name\":\"Zz Test\",\"Owner\":{{\"attributes\":{{\
             \"type\":\"User\",\"url\":\"/services/data/v68.0/sobjects/User/005Dm0000000001IAA\"}},\
             \"Id\":\"005Dm0000000001IAA\"}}}},\"LastName\":\"Aa\"}}]}}"
        )
    );
}

#[tokio::test]
async fn queries_give_what_the_records_hold() {
    let org = Org::start().await;
    let account = org.family().await;
    let cases = [
        (
            "SELECT LastName FROM Contact WHERE $ ORDER BY LastName DESC",
            json!([{"LastName": "CC"}, {"LastName": "bb"}, {"LastName": "Aa"}]),
        ),
        (
            "SELECT Name, SSN_Last4__c FROM Contact WHERE $ AND SSN__c != NULL",
            json!([{"Name": "Bo Aa", "SSN_Last4__c": "1234"}]),
        ),
        (
            "SELECT LastName FROM Contact WHERE $ AND Email LIKE '100\\%\\_%'",
            json!([{"LastName": "Aa"}]),
        ),
        ("SELECT LastName FROM Contact WHERE $ AND Email LIKE '1\\%%'", json!([])),
        (
            "SELECT LastName FROM Contact WHERE $ AND LastName LIKE '_B'",
            json!([{"LastName": "bb"}]),
        ),
        (
            "SELECT LastName FROM Contact WHERE $ AND Salary__c > 50.4 ORDER BY Salary__c",
            json!([{"LastName": "bb"}, {"LastName": "Aa"}]),
        ),
        (
            "SELECT LastName FROM Contact WHERE $ AND Salary__c != 100 ORDER BY LastName",
            json!([{"LastName": "bb"}, {"LastName": "CC"}]),
        ),
        (
            "SELECT LastName FROM Contact WHERE $ AND (NOT LastName = 'BB') ORDER BY LastName",
            json!([{"LastName": "Aa"}, {"LastName": "CC"}]),
        ),
        (
            "SELECT LastName FROM Contact WHERE $ AND (LastName = 'aa' OR Salary__c = NULL) ORDER BY LastName",
            json!([{"LastName": "Aa"}, {"LastName": "CC"}]),
        ),
        (
            "SELECT LastName FROM Contact WHERE $ AND LastName NOT IN ('AA', 'x') ORDER BY LastName LIMIT 1 OFFSET 1",
            json!([{"LastName": "CC"}]),
        ),
        (
            "SELECT LastName, Salary__c FROM Contact WHERE $ ORDER BY Salary__c NULLS LAST",
            json!([{"LastName": "bb", "Salary__c": 50.5}, {"LastName": "Aa", "Salary__c": 100.0},
                {"LastName": "CC", "Salary__c": null}]),
        ),
        (
            "SELECT LastName FROM Contact WHERE $ ORDER BY Salary__c LIMIT 1",
            json!([{"LastName": "CC"}]),
        ),
        (
            "SELECT LastName, ReportsTo.Name FROM Contact WHERE $ AND ReportsTo.LastName = 'AA' ORDER BY LastName LIMIT 1",
            json!([{"LastName": "bb", "ReportsTo": {"Name": "Bo Aa"}}]),
        ),
        (
            "SELECT ReportsTo.Name, ReportsTo.Account.Name FROM Contact WHERE $ AND FirstName = 'Bo'",
            json!([{"ReportsTo": null}]),
        ),
        (
            "SELECT c.LastName, a.Name FROM Contact c, c.Account a WHERE c.AccountId = '@' AND a.Name = 'ZZ TEST' AND c.FirstName = 'bo'",
            json!([{"LastName": "Aa", "Account": {"Name": "Zz Test"}}]),
        ),
        (
            "SELECT Contact.LastName FROM Contact WHERE $ AND Birthdate < 1980-05-07",
            json!([{"LastName": "Aa"}]),
        ),
        (
            "SELECT LastName FROM Contact WHERE $ AND CreatedDate = TODAY AND FirstName = 'Bo'",
            json!([{"LastName": "Aa"}]),
        ),
        (
            "SELECT Name, (SELECT LastName FROM Contacts WHERE Salary__c != NULL ORDER BY LastName), (SELECT Id FROM Cases) FROM Account WHERE Id = '@'",
            json!([{"Name": "Zz Test", "Contacts": {"totalSize": 2, "done": true, "records":
                [{"LastName": "Aa"}, {"LastName": "bb"}]}, "Cases": null}]),
        ),
        (
            "SELECT Total_Won_Amount__c, NumberOfEmployees FROM Account WHERE Id = '@'",
            json!([{"Total_Won_Amount__c": 200.0, "NumberOfEmployees": 12}]),
        ),
        (
            "SELECT Name FROM Account WHERE Name LIKE 'Zz%' AND Regions__c INCLUDES ('East;North', 'West')",
            json!([{"Name": "Zz Test"}]),
        ),
        (
            "SELECT Name FROM Account WHERE Name LIKE 'Zz%' AND Regions__c EXCLUDES ('East')",
            json!([]),
        ),
        (
            "SELECT Name, Commission__c, ExpectedRevenue, IsWon FROM Opportunity WHERE $ ORDER BY Amount DESC",
            json!([{"Name": "Won", "Commission__c": 4.0, "ExpectedRevenue": 200.0, "IsWon": true},
                {"Name": "Open", "Commission__c": 0.8, "ExpectedRevenue": 4.0, "IsWon": false}]),
        ),
        (
            "SELECT Name FROM Account WHERE Id IN (SELECT AccountId FROM Contact WHERE SSN__c = '900-00-1234')",
            json!([{"Name": "Zz Test"}]),
        ),
        (
            "SELECT Name FROM Account WHERE Id = '@' AND Id NOT IN (SELECT AccountId FROM Opportunity)",
            json!([]),
        ),
        (
            "SELECT COUNT(Id), COUNT(Salary__c) paid, SUM(Salary__c), AVG(Salary__c), MIN(LastName) least, MAX(Salary__c) FROM Contact WHERE $",
            json!([{"expr0": 3, "paid": 2, "expr1": 150.5, "expr2": 75.25, "least": "Aa", "expr3": 100.0}]),
        ),
        (
            "SELECT IsWon, COUNT_DISTINCT(Name) FROM Opportunity WHERE $ GROUP BY IsWon ORDER BY IsWon DESC",
            json!([{"IsWon": true, "expr0": 1}, {"IsWon": false, "expr0": 1}]),
        ),
        (
            "SELECT Account.Name who, COUNT(Id) FROM Contact WHERE $ GROUP BY Account.Name HAVING COUNT(Id) > 2",
            json!([{"who": "Zz Test", "expr0": 3}]),
        ),
        (
            "SELECT Account.Name FROM Contact WHERE $ GROUP BY Account.Name HAVING COUNT(Id) > 3",
            json!([]),
        ),
        (
            "SELECT FISCAL_QUARTER(CloseDate) q, CALENDAR_YEAR(CloseDate), SUM(Amount) FROM Opportunity WHERE $ GROUP BY FISCAL_QUARTER(CloseDate), CALENDAR_YEAR(CloseDate)",
            json!([{"q": 4, "expr0": 2026, "expr1": 240.0}]),
        ),
        (
            "SELECT toLabel(StageName), FORMAT(Amount) text FROM Opportunity WHERE $ AND IsWon = true",
            json!([{"StageName": "Closed Won", "text": "200.00"}]),
        ),
        ("SELECT COUNT(Id) FROM Contact WHERE $ AND LastName = 'nobody'", json!([{"expr0": 0}])),
        (
            "SELECT MAX(Amount) FROM Opportunity WHERE $ GROUP BY Name HAVING Name = 'won'",
            json!([{"expr0": 200.0}]),
        ),
    ];
    for (soql, expected) in cases {
        let soql = soql.replace('$', "AccountId = '@'").replace('@', &account);
        let rows = Value::Array(org.rows(&soql).await);
        assert_eq!(bare(&rows), expected, "{soql}");
    }
}

#[tokio::test]
async fn polymorphic_lookups_read_the_name_of_whatever_they_point_to() {
    let org = Org::start().await;
    let rows = org.rows("SELECT Owner.Name, Owner.Type, OwnerId FROM Case").await;
    for kind in ["User", "Group"] {
        assert!(rows.iter().any(|row| row["Owner"]["Type"] == kind), "{kind}");
    }
    assert!(rows.iter().all(|row| row["Owner"]["attributes"]["type"] == "Name"));
    let groups = org.count("SELECT COUNT() FROM Case WHERE Owner.Type = 'Group'").await;
    let queues =
        org.count("SELECT COUNT() FROM Case WHERE OwnerId IN (SELECT Id FROM Group)").await;
    assert_eq!(groups, queues);
    assert!(
        org.count("SELECT COUNT() FROM Task WHERE Who.Type = 'Lead' AND What.Name != NULL").await
            == 0
    );
}

#[tokio::test]
async fn date_literals_count_from_the_orgs_clock() {
    let org = Org::start().await;
    let account = org.create("Account", json!({"Name": "Dates"})).await;
    // Friday 20 November 2026 is today.
    for day in [
        "2026-11-13",
        "2026-11-15",
        "2026-11-19",
        "2026-11-20",
        "2026-11-21",
        "2026-10-21",
        "2026-12-01",
        "2026-07-01",
        "2025-11-20",
        "2027-01-01",
    ] {
        org.create(
            "Opportunity",
            json!({"Name": day, "StageName": "Prospecting",
            "CloseDate": day, "AccountId": account}),
        )
        .await;
    }
    for (condition, count) in [
        ("= TODAY", 1),
        ("= YESTERDAY", 1),
        ("= TOMORROW", 1),
        ("= THIS_WEEK", 4),
        ("= LAST_WEEK", 1),
        ("= THIS_MONTH", 5),
        ("= LAST_MONTH", 1),
        ("= NEXT_MONTH", 1),
        ("= THIS_QUARTER", 7),
        ("= LAST_QUARTER", 1),
        ("= NEXT_QUARTER", 1),
        ("= THIS_YEAR", 8),
        ("= LAST_YEAR", 1),
        ("= NEXT_FISCAL_YEAR", 1),
        ("= LAST_N_DAYS:7", 4),
        ("= LAST_N_DAYS:30", 5),
        ("= NEXT_N_DAYS:11", 2),
        ("= LAST_N_MONTHS:1", 1),
        ("= N_DAYS_AGO:5", 1),
        ("= LAST_N_YEARS:1", 1),
        ("> TODAY", 3),
        ("<= TODAY", 7),
        ("!= THIS_YEAR", 2),
        ("< LAST_90_DAYS", 2),
        ("IN (TODAY, TOMORROW)", 2),
    ] {
        let soql = format!(
            "SELECT COUNT() FROM Opportunity WHERE AccountId = '{account}' AND CloseDate {condition}"
        );
        assert_eq!(org.count(&soql).await, count, "{condition}");
    }
}

#[tokio::test]
async fn a_wrong_query_is_refused_in_salesforces_words() {
    let org = Org::start().await;
    for (soql, code, text) in [
        (
            "SELECT Nme FROM Account",
            "INVALID_FIELD",
            "ERROR at Row:1:Column:8\nNo such column 'Nme' on entity 'Account'",
        ),
        ("SELECT Id FROM Acount", "INVALID_TYPE", "sObject type 'Acount' is not supported"),
        ("SELECT Id FROM", "MALFORMED_QUERY", "ERROR at Row:1:Column:15"),
        ("", "MALFORMED_QUERY", "empty"),
        (
            "SELECT Ownr.Name FROM Account",
            "INVALID_FIELD",
            "Didn't understand relationship 'Ownr' in field path",
        ),
        (
            "SELECT Id, (SELECT Id FROM Kids) FROM Account",
            "INVALID_TYPE",
            "relationship 'Kids' in FROM part",
        ),
        ("SELECT Id FROM Contact WHERE Description = 'x'", "INVALID_FIELD", "can not be filtered"),
        (
            "SELECT Id FROM Case WHERE Internal_Notes__c LIKE 'x%'",
            "INVALID_FIELD",
            "can not be filtered",
        ),
        ("SELECT Id FROM Contact ORDER BY Description", "INVALID_FIELD", "can not be sorted"),
        ("SELECT COUNT(Id) FROM Contact GROUP BY Salary__c", "INVALID_FIELD", "can not be grouped"),
        (
            "SELECT Name, COUNT(Id) FROM Contact",
            "MALFORMED_QUERY",
            "must be grouped or aggregated: Name",
        ),
        ("SELECT SUM(Name) FROM Contact", "MALFORMED_QUERY", "SUM"),
        ("SELECT Id, Id FROM Contact", "INVALID_FIELD", "duplicate field selected: Id"),
        ("SELECT Name n FROM Contact", "MALFORMED_QUERY", "aliasing"),
        (
            "SELECT Id FROM Contact WHERE Salary__c = '5'",
            "INVALID_FIELD",
            "must be of type double and should not be enclosed",
        ),
        (
            "SELECT Id FROM Contact WHERE Birthdate = '2020-01-01'",
            "INVALID_FIELD",
            "must be of type date",
        ),
        (
            "SELECT Id FROM Contact WHERE CreatedDate > 2020-01-01",
            "INVALID_FIELD",
            "must be of type dateTime",
        ),
        (
            "SELECT Id FROM Contact WHERE AccountId = 'x'",
            "INVALID_QUERY_FILTER_OPERATOR",
            "invalid ID field: x",
        ),
        (
            "SELECT Id FROM Case WHERE IsClosed > true",
            "INVALID_QUERY_FILTER_OPERATOR",
            "invalid operator",
        ),
        ("SELECT Id FROM Account OFFSET 2001", "NUMBER_OUTSIDE_VALID_RANGE", "2000"),
        (
            "SELECT Name, COUNT(Id) FROM Account GROUP BY ROLLUP(Name)",
            "MALFORMED_QUERY",
            "not supported in this org",
        ),
        (
            "SELECT Id FROM Account WHERE Name IN (SELECT Name FROM Contact)",
            "INVALID_QUERY_FILTER_OPERATOR",
            "invalid operator",
        ),
        (
            "SELECT Id FROM Account WHERE Id IN (SELECT Name FROM Contact)",
            "MALFORMED_QUERY",
            "can only query id fields",
        ),
        (
            "SELECT Id FROM Account WHERE Name = 'a' OR Id IN (SELECT AccountId FROM Contact)",
            "MALFORMED_QUERY",
            "top level",
        ),
        ("SELECT Id FROM Task WHERE What.Industry = 'x'", "INVALID_FIELD", "on entity 'Name'"),
        ("SELECT Id\nFROM Contact\nWHERE Nope = 1", "INVALID_FIELD", "ERROR at Row:3:Column:7"),
    ] {
        let got = org.query(soql).await;
        assert_eq!((got.status, got.code()), (400, code), "{soql}: {}", got.body);
        let message = got.body[0]["message"].as_str().unwrap();
        assert!(message.contains(text), "{soql}: {message}");
    }
}

#[tokio::test]
async fn long_results_come_in_pages() {
    let org = Org::start().await;
    let total = org.count("SELECT COUNT() FROM Contact").await;
    let path = format!("/query?q={}", encode("SELECT Id FROM Contact"));
    let request = org.request("GET", &path).header("Sforce-Query-Options", "batchSize=200");
    let first = Got::read(request.send().await.unwrap()).await.body;
    assert_eq!((&first["totalSize"], &first["done"]), (&json!(total), &json!(false)));
    assert_eq!(first["records"].as_array().unwrap().len(), 200);
    let next = first["nextRecordsUrl"].as_str().unwrap();
    let path = next.strip_prefix("/services/data/v68.0").unwrap();
    assert!(path.starts_with("/query/01g") && path.ends_with("-200"), "{path}");
    let last = org.get(path).await.body;
    assert_eq!((&last["done"], last.get("nextRecordsUrl")), (&json!(true), None));
    assert_eq!(last["records"].as_array().unwrap().len() as u64, total - 200);
    assert_ne!(first["records"][199], last["records"][0]);
    for locator in ["01gDm0000000009IAA-200", "x", "x-y", "01gDm0000000001IAA-99999"] {
        let got = org.get(&format!("/query/{locator}")).await;
        assert_eq!((got.status, got.code()), (400, "INVALID_QUERY_LOCATOR"), "{locator}");
    }
}

#[tokio::test]
async fn a_record_is_created_read_changed_and_deleted() {
    let org = Org::start().await;
    let body = json!({"lastname": "New", "Email": "n@x.example", "Salary__c": "12.345", "attributes": {"type": "Contact"}});
    let made = org.send("POST", "/sobjects/contact/", Some(&body)).await;
    let id = made.body["id"].as_str().unwrap();
    assert_eq!((made.status, &made.body), (201, &json!({"id": id, "success": true, "errors": []})));
    assert_eq!(made.location.unwrap(), format!("/services/data/v68.0/sobjects/Contact/{id}"));
    let path = format!("/sobjects/CONTACT/{}", &id[..15]);
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

#[tokio::test]
async fn a_wrong_write_is_refused_with_its_code_and_fields() {
    let org = Org::start().await;
    let contact = "/sobjects/Contact/";
    let one = format!("{contact}003Dm0000000001IAA");
    let long = "x".repeat(81);
    for (method, path, body, status, code, fields) in [
        (
            "POST",
            contact,
            json!({"FirstName": "x"}),
            400,
            "REQUIRED_FIELD_MISSING",
            json!(["LastName"]),
        ),
        (
            "POST",
            contact,
            json!({"LastName": null}),
            400,
            "REQUIRED_FIELD_MISSING",
            json!(["LastName"]),
        ),
        ("POST", contact, json!({"LastName": "x", "Nope": 1}), 400, "INVALID_FIELD", Value::Null),
        (
            "POST",
            contact,
            json!({"LastName": "x", "Account": {"Name": "y"}}),
            400,
            "INVALID_FIELD",
            Value::Null,
        ),
        (
            "POST",
            contact,
            json!({"LastName": "x", "Name": "y"}),
            400,
            "INVALID_FIELD_FOR_INSERT_UPDATE",
            json!(["Name"]),
        ),
        (
            "POST",
            contact,
            json!({"LastName": "x", "SSN_Last4__c": "1"}),
            400,
            "INVALID_FIELD_FOR_INSERT_UPDATE",
            json!(["SSN_Last4__c"]),
        ),
        ("POST", contact, json!({"LastName": long}), 400, "STRING_TOO_LONG", json!(["LastName"])),
        ("POST", contact, json!({"LastName": 5}), 400, "JSON_PARSER_ERROR", Value::Null),
        ("POST", contact, json!(["x"]), 400, "JSON_PARSER_ERROR", Value::Null),
        (
            "POST",
            contact,
            json!({"LastName": "x", "Email": "nope"}),
            400,
            "INVALID_EMAIL_ADDRESS",
            json!(["Email"]),
        ),
        (
            "POST",
            contact,
            json!({"LastName": "x", "Salary__c": 1e30}),
            400,
            "NUMBER_OUTSIDE_VALID_RANGE",
            json!(["Salary__c"]),
        ),
        (
            "POST",
            contact,
            json!({"LastName": "x", "AccountId": "003Dm0000000001IAA"}),
            400,
            "MALFORMED_ID",
            json!(["AccountId"]),
        ),
        (
            "POST",
            contact,
            json!({"LastName": "x", "AccountId": "001Dm00000zzzzzzzz"}),
            400,
            "MALFORMED_ID",
            json!(["AccountId"]),
        ),
        (
            "POST",
            contact,
            json!({"LastName": "x", "AccountId": "001Dm00000zzzzz"}),
            400,
            "INVALID_CROSS_REFERENCE_KEY",
            json!([]),
        ),
        (
            "POST",
            "/sobjects/Account/",
            json!({"Name": "x", "Regions__c": "Moon"}),
            400,
            "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
            json!(["Regions__c"]),
        ),
        (
            "POST",
            "/sobjects/User/",
            json!({"LastName": "x"}),
            400,
            "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
            json!([]),
        ),
        ("POST", "/sobjects/Nope/", json!({}), 404, "NOT_FOUND", Value::Null),
        ("PATCH", &one, json!({"Id": "003Dm0000000001IAA"}), 400, "INVALID_FIELD", json!(["Id"])),
        (
            "PATCH",
            &one,
            json!({"CreatedDate": "2020-01-01T00:00:00Z"}),
            400,
            "INVALID_FIELD_FOR_INSERT_UPDATE",
            json!(["CreatedDate"]),
        ),
        (
            "PATCH",
            &one,
            json!({"LastName": ""}),
            400,
            "REQUIRED_FIELD_MISSING",
            json!(["LastName"]),
        ),
        ("PATCH", "/sobjects/Contact/nope", json!({}), 400, "MALFORMED_ID", json!([])),
        ("GET", "/sobjects/Contact/001Dm0000000001IAA", json!({}), 400, "MALFORMED_ID", json!([])),
        ("GET", "/sobjects/Contact/003Dm00000zzzzz", json!({}), 404, "NOT_FOUND", Value::Null),
        (
            "GET",
            "/sobjects/Contact/003Dm0000000001IAA?fields=Nope",
            json!({}),
            400,
            "INVALID_FIELD",
            Value::Null,
        ),
        (
            "GET",
            "/sobjects/Contact/003Dm0000000001IAA?fields=Nope.Name",
            json!({}),
            400,
            "INVALID_FIELD",
            Value::Null,
        ),
        (
            "DELETE",
            "/sobjects/User/005Dm0000000001IAA",
            json!({}),
            400,
            "INSUFFICIENT_ACCESS_OR_READONLY",
            json!([]),
        ),
        ("PUT", &one, json!({}), 405, "METHOD_NOT_ALLOWED", Value::Null),
        ("GET", "/tooling/query", json!({}), 404, "NOT_FOUND", Value::Null),
    ] {
        let got = org.send(method, path, Some(&body)).await;
        assert_eq!(
            (got.status, got.code()),
            (status, code),
            "{method} {path} {body}: {}",
            got.body
        );
        assert_eq!(got.body[0]["fields"], fields, "{method} {path} {body}");
    }
    let broken = org.request("POST", contact).body("{\"LastName\":").send().await.unwrap();
    assert_eq!(Got::read(broken).await.code(), "JSON_PARSER_ERROR");
    let large = org.request("POST", contact).body(vec![b' '; (1 << 20) + 1]).send().await.unwrap();
    assert_eq!(large.status(), 413);
}

#[tokio::test]
async fn a_token_is_given_for_the_right_credentials_alone() {
    let org = Org::start().await;
    let url = format!("{}/services/oauth2/token", org.org.base_url());
    let (id, secret) = (org.org.client_id(), org.org.client_secret());
    let ask = |body: String| {
        org.client.post(&url).header("content-type", "application/x-www-form-urlencoded").body(body)
    };
    let basic = ask("grant_type=client_credentials".to_owned()).basic_auth(&id, Some(&secret));
    let form = ask(format!("grant_type=client_credentials&client_id={id}&client_secret={secret}"));
    for request in [basic, form] {
        let got = Got::read(request.send().await.unwrap()).await;
        assert_eq!((got.status, &got.body["token_type"]), (200, &json!("Bearer")), "{}", got.body);
        assert_eq!(got.body["access_token"], org.org.access_token());
        assert_eq!(got.body["instance_url"], org.org.base_url());
        assert_eq!(got.body["issued_at"], "1795176000000");
        assert_eq!(got.usage, None);
    }
    for (body, error) in [
        ("grant_type=password".to_owned(), "unsupported_grant_type"),
        ("grant_type=client_credentials".to_owned(), "invalid_client_id"),
        (format!("grant_type=client_credentials&client_id={id}&client_secret=x"), "invalid_client"),
    ] {
        let got = Got::read(ask(body).send().await.unwrap()).await;
        assert_eq!((got.status, &got.body["error"]), (400, &json!(error)));
    }
    let old = org.org.access_token();
    org.org.expire_token().unwrap();
    let url = format!("{}/services/data/v68.0/limits", org.org.base_url());
    let got = Got::read(org.client.get(&url).bearer_auth(old).send().await.unwrap()).await;
    assert_eq!((got.status, got.code()), (401, "INVALID_SESSION_ID"));
    assert_eq!(org.get("/limits").await.status, 200);
}

#[tokio::test]
async fn calls_are_counted_and_refused_when_the_day_is_used_up() {
    let org = Org::with(DemoSettings { daily_limit: 3, ..DemoSettings::default() }).await;
    let versions = format!("{}/services/data", org.org.base_url());
    let got = Got::read(org.client.get(versions).send().await.unwrap()).await;
    let last = got.body.as_array().unwrap().last().unwrap().clone();
    assert_eq!(
        last,
        json!({"label": "Winter '27", "url": "/services/data/v68.0", "version": "68.0"})
    );
    assert_eq!(got.usage, None);
    assert_eq!(org.get("").await.body["query"], "/services/data/v68.0/query");
    let limits = org.get("/limits").await;
    assert_eq!(limits.usage.unwrap(), "api-usage=2/3");
    assert_eq!(limits.body["DailyApiRequests"], json!({"Max": 3, "Remaining": 1}));
    assert_eq!(org.get("/nowhere").await.usage.unwrap(), "api-usage=3/3");
    let got = org.get("/limits").await;
    assert_eq!((got.status, got.usage.as_deref()), (403, Some("api-usage=3/3")));
    assert_eq!(
        got.body,
        json!([{"message": "TotalRequests Limit exceeded.", "errorCode": "REQUEST_LIMIT_EXCEEDED"}])
    );
    assert_eq!(org.org.calls_used(), 3);
}

#[tokio::test]
async fn faults_come_in_the_order_that_they_were_asked_for() {
    let org = Org::start().await;
    let faults = org.org.faults();
    faults.next(1, Fault::LimitExceeded);
    faults.next(2, Fault::TooManyRequests { retry_after_s: 7 });
    faults.next(1, Fault::ServerError);
    faults.next(1, Fault::Redirect("http://127.0.0.1:9/".to_owned()));
    faults.next(1, Fault::SessionInvalid);
    let mut seen = Vec::new();
    for _ in 0..6 {
        let no_redirects = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        let url = format!("{}/services/data/v68.0/limits", org.org.base_url());
        let got = no_redirects.get(url).bearer_auth(org.org.access_token()).send().await.unwrap();
        let retry = got.headers().get("retry-after").map(|v| v.to_str().unwrap().to_owned());
        seen.push((got.status().as_u16(), retry));
    }
    let seven = || Some("7".to_owned());
    assert_eq!(
        seen,
        [(403, None), (429, seven()), (429, seven()), (500, None), (302, None), (401, None)]
    );
    assert_eq!(org.get("/limits").await.status, 200);
}

#[tokio::test]
async fn answers_can_be_cut_padded_mislabelled_and_held_back() {
    let org = Org::start().await;
    let faults = org.org.faults();
    faults.next(1, Fault::Truncated);
    let cut = org.request("GET", "/sobjects").send().await.unwrap();
    assert!(cut.bytes().await.is_err());
    faults.next(1, Fault::Giant { bytes: 300_000 });
    let giant = org.request("GET", "/limits").send().await.unwrap();
    assert_eq!(giant.bytes().await.unwrap().len(), 300_000);
    faults.next(1, Fault::ContentType("text/html".to_owned()));
    let html = org.request("GET", "/limits").send().await.unwrap();
    assert_eq!(html.headers()["content-type"], "text/html");
    faults.next(
        1,
        Fault::Raw { status: 503, content_type: "text/plain".into(), body: "down".into() },
    );
    let raw = org.request("GET", "/limits").send().await.unwrap();
    assert_eq!((raw.status().as_u16(), raw.text().await.unwrap()), (503, "down".to_owned()));
    faults.next(1, Fault::Hang);
    let before = org.org.calls_used();
    let release = async {
        // Released again and again, since the request may not have come to hang yet.
        while org.org.calls_used() == before {
            faults.release();
            tokio::task::yield_now().await;
        }
    };
    let (held, ()) = tokio::join!(org.request("GET", "/limits").send(), release);
    assert_eq!(held.unwrap().status(), 200);
}

#[tokio::test]
async fn a_lying_org_adds_what_nobody_asked_for() {
    let org = Org::start().await;
    org.org.faults().lie(true);
    let got = org.query("SELECT Id, Account.Name FROM Contact LIMIT 1").await.body;
    for place in [&got, &got["records"][0], &got["records"][0]["Account"]] {
        assert_eq!(place["SSN__c"], "987-00-4321", "{place}");
        assert!(place.get("Unasked__c").is_some() && place.get("Unasked__r").is_some());
    }
    org.org.faults().lie(false);
    let got = org.query("SELECT Id FROM Contact LIMIT 1").await.body;
    assert_eq!(got.get("SSN__c"), None);
}

#[tokio::test]
async fn the_recorder_holds_what_was_received() {
    let org = Org::start().await;
    assert!(org.org.requests().is_empty());
    org.send("POST", "/sobjects/Account/?a=%41", Some(&json!({"Name": "R"}))).await;
    let all = org.org.requests();
    let [one] = all.as_slice() else { panic!("{all:?}") };
    assert_eq!(one.method, "POST");
    assert_eq!(one.path_and_query, "/services/data/v68.0/sobjects/Account/?a=%41");
    assert_eq!(
        one.authorization.as_deref(),
        Some(format!("Bearer {}", org.org.access_token()).as_str())
    );
    assert_eq!(one.body, br#"{"Name":"R"}"#);
    assert!(one.header_names.iter().any(|name| name == "host"));
    org.org.forget_requests();
    assert!(org.org.requests().is_empty());
}

#[tokio::test]
async fn an_org_that_is_dropped_answers_no_more() {
    let org = Org::start().await;
    let url = org.org.base_url().to_owned();
    assert_eq!(org.get("/limits").await.status, 200);
    drop(org.org);
    let mut gone = false;
    for _ in 0..1_000 {
        let fresh = reqwest::Client::builder().no_proxy().build().unwrap();
        gone = fresh.get(format!("{url}/services/data")).send().await.is_err();
        if gone {
            break;
        }
        tokio::task::yield_now().await;
    }
    assert!(gone);
}

//! The demo org over real HTTP: its describes and its records here, queries, writes and faults
//! below.

mod bulk;
mod composite;
mod faults;
mod queries;
mod reports;
mod tooling;
mod writes;

use fieldgate::demo_org::{self, DemoOrg, DemoSettings};
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
        let mut request = self.request(method, path);
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
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
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
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
        [
            "Account",
            "Contact",
            "Lead",
            "Opportunity",
            "Case",
            "Task",
            "User",
            "Campaign",
            "Group",
            "Report"
        ]
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
    assert_eq!((schema.api_version(), schema.objects().count()), ("68.0", 10));
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
        ("Report", "00O", 6),
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

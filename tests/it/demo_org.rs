//! The demo org over real HTTP: its describes, its queries, its writes and its faults.

use fieldgate::demo_org::{self, DemoOrg, DemoSettings};
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

#[tokio::test]
async fn peek() {
    let org = Org::start().await;
    for q in [
        "SELECT Id, Name, Account.Name, Account.Owner.Name, SSN__c, SSN_Last4__c FROM Contact LIMIT 2",
        "SELECT Id, Owner.Name, Owner.Type, CreatedDate, ContactEmail, CaseNumber FROM Case LIMIT 2",
        "SELECT Name, (SELECT LastName FROM Contacts LIMIT 2), Total_Won_Amount__c, AnnualRevenue, NumberOfEmployees, BillingAddress FROM Account LIMIT 2",
        "SELECT StageName, COUNT(Id), SUM(Amount) total, AVG(Amount) FROM Opportunity GROUP BY StageName HAVING COUNT(Id) > 5 ORDER BY COUNT(Id) DESC",
        "SELECT CALENDAR_YEAR(CloseDate), COUNT(Id) FROM Opportunity GROUP BY CALENDAR_YEAR(CloseDate)",
        "SELECT COUNT() FROM Contact WHERE SSN__c LIKE '9%'",
        "SELECT Nme FROM Account",
        "SELECT Name FROM Account WHERE Industry = 5",
        "SELECT Name FROM Accout",
        "SELECT Name FRO Accout",
        "SELECT Id, What.Name, Who.Name FROM Task LIMIT 3",
        "SELECT FIELDS(ALL) FROM Task LIMIT 3",
        "SELECT Name, CloseDate FROM Opportunity WHERE CloseDate = THIS_QUARTER ORDER BY CloseDate LIMIT 3",
        "SELECT Name, Commission__c, Amount, Margin__c FROM Opportunity LIMIT 2",
    ] {
        let got = org.query(q).await;
        println!("{q}\n  {} {:?} {}", got.status, got.usage, got.body);
    }
    println!("{}", org.get("/sobjects/Contact/003Dm0000000001MAA").await.body);
    println!("{}", org.get("/sobjects/Contact/003Dm0000000001").await.body);
    println!("{}", String::from_utf8(demo_org::schema_json()).unwrap().len());
}

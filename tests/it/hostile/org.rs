//! The org under attack: canaries in what is forbidden, and pictures of it, taken behind the
//! product's back.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use fieldgate::demo_org::DemoOrg;
use serde_json::{Value, json};

use crate::harness::PATIENCE;

/// What every field and object that is forbidden holds: an object, how its records are found, and
/// what is planted in each.
fn planted() -> [(&'static str, Value); 7] {
    [
        (
            "Contact",
            json!({"SSN__c": "Kanari~7!q~", "Salary__c": 7_310_046.42, "MailingPostalCode": "Kanari 9"}),
        ),
        ("Opportunity", json!({"Margin__c": 613.79})),
        ("Account", json!({"Credit_Limit__c": 84_410_293_755.25, "Rating": "Warm"})),
        ("User", json!({"Cost_Rate__c": 46_190_837.26})),
        ("Lead", json!({"FirstName": "Kanarina", "Credit_Score__c": 577})),
        ("Case", json!({"Internal_Notes__c": "\"Kanari\" <é> \\ 'kanari'\u{2028}, 100% & more"})),
        (
            "Campaign",
            json!({"Name": "Kanari Fair", "Description": "kanari", "BudgetedCost": 97_531_864, "IsActive": true}),
        ),
    ]
}

/// The cells that no case may change.
const CELLS: [&str; 8] = [
    "SELECT Id, SSN__c, Salary__c, MailingPostalCode FROM Contact ORDER BY Id",
    "SELECT Id, Margin__c FROM Opportunity ORDER BY Id",
    "SELECT Id, Credit_Limit__c, Rating FROM Account ORDER BY Id",
    "SELECT Id, Cost_Rate__c, IsActive, ManagerId, Email, MobilePhone, Username FROM User ORDER BY Id",
    "SELECT Id, FirstName, Credit_Score__c FROM Lead ORDER BY Id",
    "SELECT Id, Internal_Notes__c FROM Case ORDER BY Id",
    "SELECT Id, Name, Description, BudgetedCost, ActualCost, IsActive, ParentId, OwnerId FROM Campaign ORDER BY Id",
    "SELECT Id, Name, DeveloperName, Type, Email FROM Group ORDER BY Id",
];

/// The fields whose definitions no case may change.
pub(super) const FORBIDDEN: [&str; 10] = [
    "SSN__c",
    "SSN_Last4__c",
    "Salary__c",
    "MailingPostalCode",
    "Margin__c",
    "Commission__c",
    "Credit_Limit__c",
    "Cost_Rate__c",
    "Credit_Score__c",
    "Internal_Notes__c",
];

/// A way to the org that the product knows nothing of.
pub(super) struct Backdoor<'a>(pub(super) &'a DemoOrg);

impl Backdoor<'_> {
    fn send(&self, method: &str, path: &str, body: &str) -> Value {
        let address = self.0.base_url().strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let request = format!(
            "{method} /services/data/v68.0/{path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\
             authorization: Bearer {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            self.0.access_token(),
            body.len(),
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 20"), "{method} {path}: {answer}");
        serde_json::from_str(body).unwrap()
    }

    pub(super) fn query(&self, soql: &str) -> Vec<Value> {
        let mut answer = self.send("GET", &format!("query?q={}", soql.replace(' ', "+")), "");
        assert_eq!(answer["done"], true, "{soql}");
        serde_json::from_value(answer["records"].take()).unwrap()
    }

    /// Plants the canaries.
    pub(super) fn plant(&self) {
        for (object, values) in planted() {
            let ids = self.query(&format!("SELECT Id FROM {object}"));
            for some in ids.chunks(200) {
                let records: Vec<Value> = some
                    .iter()
                    .map(|record| {
                        let mut values = values.clone();
                        values["attributes"] = json!({ "type": object });
                        values["id"] = record["Id"].clone();
                        values
                    })
                    .collect();
                let body = json!({ "allOrNone": true, "records": records }).to_string();
                let done = self.send("PATCH", "composite/sobjects", &body);
                assert!(
                    done.as_array().unwrap().iter().all(|one| one["success"] == true),
                    "{done}"
                );
            }
        }
    }

    /// The cells that no case may change, as they are now.
    pub(super) fn cells(&self) -> Vec<Value> {
        let mut rows: Vec<Value> = CELLS.iter().flat_map(|soql| self.query(soql)).collect();
        // A new record may be there, as long as nothing stands in what is forbidden.
        rows.retain(|row| {
            let mut cells = row.as_object().into_iter().flatten();
            cells.any(|(name, cell)| {
                !["attributes", "Id"].contains(&name.as_str()) && !cell.is_null()
            })
        });
        rows
    }

    /// How the forbidden fields are defined now.
    pub(super) fn definitions(&self) -> Vec<Value> {
        let objects = planted().into_iter().flat_map(|(object, _)| {
            let mut describe = self.send("GET", &format!("sobjects/{object}/describe"), "");
            let whole = object == "Campaign";
            let Value::Array(fields) = describe["fields"].take() else { panic!("{describe}") };
            let known =
                move |field: &Value| whole || FORBIDDEN.iter().any(|name| field["name"] == *name);
            fields.into_iter().filter(known)
        });
        objects.collect()
    }

    /// What stands for `$name` in the tables: the ids of the first and second record of each object,
    /// of the reports, and of what the org is made of.
    pub(super) fn names(&self) -> BTreeMap<String, String> {
        let mut names = BTreeMap::new();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        for object in [
            "Account",
            "Contact",
            "Lead",
            "Opportunity",
            "Case",
            "Task",
            "User",
            "Campaign",
            "Group",
        ] {
            let ids = self.query(&format!("SELECT Id FROM {object} ORDER BY Id LIMIT 2"));
            for (number, record) in ids.iter().enumerate() {
                let number = if number == 0 { "" } else { "2" };
                names.insert(format!("{}{number}", object.to_lowercase()), text(&record["Id"]));
            }
        }
        for report in self.query("SELECT Id, DeveloperName FROM Report") {
            names.insert(text(&report["DeveloperName"]), text(&report["Id"]));
        }
        let soql = "SELECT Id, DeveloperName, TableEnumOrId FROM CustomField";
        let fields = self.send("GET", &format!("tooling/query?q={}", soql.replace(' ', "+")), "");
        for field in fields["records"].as_array().unwrap() {
            let name =
                format!("{}.{}", text(&field["TableEnumOrId"]), text(&field["DeveloperName"]));
            names.insert(name, text(&field["Id"]));
        }
        names
    }
}

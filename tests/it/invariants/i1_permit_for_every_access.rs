//! I1 and I3: nothing is sent without a permit for every access, and a forbidden field can't be
//! inferred.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::harness::{ADMIN, Answer, Product, SALES, SUPPORT, Site, line};

/// A query, what has to be sent for it (nothing where that is the query itself), and the accesses
/// that each role is refused.
type Row = (&'static str, &'static str, &'static [&'static str], &'static [&'static str]);

const SSN: &[&str] = &["Contact.SSN__c"];
const NOTHING: &[&str] = &[];

const QUERIES: &[Row] = &[
    // What every role may read.
    ("SELECT Name FROM Account LIMIT 3", "", NOTHING, NOTHING),
    ("SELECT Id, Owner.Name FROM Contact ORDER BY LastName LIMIT 3", "", NOTHING, NOTHING),
    ("SELECT Name FROM Contact", "SELECT Name FROM Contact LIMIT 2000", NOTHING, NOTHING),
    ("select name from CONTACT limit 1", "SELECT Name FROM Contact LIMIT 1", NOTHING, NOTHING),
    // A protected field in each clause.
    ("SELECT SSN__c FROM Contact LIMIT 1", "", SSN, SSN),
    ("SELECT Id FROM Contact WHERE SSN__c = '1' LIMIT 1", "", SSN, SSN),
    ("SELECT Id FROM Contact WHERE SSN__c LIKE '9%' LIMIT 1", "", SSN, SSN),
    ("SELECT Id FROM Contact WHERE SSN__c != NULL LIMIT 1", "", SSN, SSN),
    ("SELECT Id FROM Contact WHERE SSN__c IN ('1', '2') LIMIT 1", "", SSN, SSN),
    (
        "SELECT Id FROM Contact WHERE (NOT SSN__c = '1') LIMIT 1",
        "SELECT Id FROM Contact WHERE NOT SSN__c = '1' LIMIT 1",
        SSN,
        SSN,
    ),
    (
        "SELECT Id FROM Contact WHERE Name = 'a' OR (Title = 'b' AND SSN__c > '5') LIMIT 1",
        "",
        SSN,
        SSN,
    ),
    ("SELECT Id FROM Contact ORDER BY SSN__c LIMIT 1", "", SSN, SSN),
    ("SELECT COUNT(Id) FROM Contact GROUP BY SSN__c LIMIT 5", "", SSN, SSN),
    (
        "SELECT LeadSource FROM Contact GROUP BY LeadSource HAVING MAX(SSN__c) > '5' LIMIT 5",
        "",
        SSN,
        SSN,
    ),
    ("SELECT MIN(SSN__c) FROM Contact LIMIT 1", "", SSN, SSN),
    ("SELECT COUNT_DISTINCT(SSN__c) FROM Contact LIMIT 1", "", SSN, SSN),
    ("SELECT COUNT(SSN__c) FROM Contact LIMIT 1", "", SSN, SSN),
    (
        "SELECT AVG(Salary__c) FROM Contact LIMIT 1",
        "",
        &["Contact.Salary__c"],
        &["Contact.Salary__c"],
    ),
    ("SELECT COUNT() FROM Contact WHERE SSN__c = '1' LIMIT 1", "", SSN, SSN),
    ("SELECT MAX(SSN__c) harmless FROM Contact LIMIT 1", "", SSN, SSN),
    // By another name: aliases, letter case, the object's own name.
    ("SELECT c.SSN__c FROM Contact c LIMIT 1", "SELECT SSN__c FROM Contact LIMIT 1", SSN, SSN),
    ("SELECT Contact.SSN__c FROM Contact LIMIT 1", "SELECT SSN__c FROM Contact LIMIT 1", SSN, SSN),
    ("sElEcT sSn__C fRoM cOnTaCt LiMiT 1", "SELECT SSN__c FROM Contact LIMIT 1", SSN, SSN),
    // Through relationships.
    ("SELECT Contact.SSN__c FROM Case LIMIT 1", "", SSN, &["Contact.SSN__c", "Case.ContactId"]),
    ("SELECT ReportsTo.ReportsTo.SSN__c FROM Contact LIMIT 1", "", SSN, SSN),
    ("SELECT Id FROM Contact WHERE ReportsTo.SSN__c = '1' LIMIT 1", "", SSN, SSN),
    (
        "SELECT Name FROM Contact ORDER BY Account.Credit_Limit__c LIMIT 1",
        "",
        &["Account.Credit_Limit__c"],
        &["Account.Credit_Limit__c"],
    ),
    (
        "SELECT Owner.Cost_Rate__c FROM Account LIMIT 1",
        "",
        &["User.Cost_Rate__c"],
        &["User.Cost_Rate__c"],
    ),
    ("SELECT Owner.Phone FROM Account LIMIT 1", "", &["User.Phone"], &["User.Phone"]),
    (
        "SELECT Name, (SELECT SSN__c FROM Contacts) FROM Account LIMIT 1",
        "SELECT Name, (SELECT SSN__c FROM Contacts LIMIT 2000) FROM Account LIMIT 1",
        SSN,
        SSN,
    ),
    (
        "SELECT Name, (SELECT Id FROM Contacts WHERE SSN__c = '1' LIMIT 2) FROM Account LIMIT 1",
        "",
        SSN,
        SSN,
    ),
    (
        "SELECT Id FROM Account WHERE Id IN (SELECT AccountId FROM Contact WHERE SSN__c = '1') LIMIT 1",
        "",
        SSN,
        SSN,
    ),
    (
        "SELECT Id FROM Account WHERE Id NOT IN (SELECT AccountId FROM Contact WHERE Salary__c > 5) LIMIT 1",
        "",
        &["Contact.Salary__c"],
        &["Contact.Salary__c"],
    ),
    // Through a relationship to several objects: a permit for each of them is needed.
    ("SELECT Who.Email FROM Task LIMIT 1", "", &["Lead.Email"], NOTHING),
    (
        "SELECT What.Name FROM Task LIMIT 1",
        "",
        &["Campaign.Name", "Opportunity.Name"],
        &["Case.CaseNumber"],
    ),
    (
        "SELECT Id FROM Task WHERE What.Name = '1' LIMIT 1",
        "",
        &["Campaign.Name", "Opportunity.Name"],
        &["Case.CaseNumber"],
    ),
    ("SELECT Owner.Email FROM Task LIMIT 1", "", &["Group.Email"], &["Group.Email"]),
    (
        "SELECT Commission__c FROM Opportunity LIMIT 1",
        "",
        &["Opportunity.Amount", "Opportunity.Commission__c", "Opportunity.Margin__c"],
        &["Opportunity.Commission__c", "Opportunity.Margin__c"],
    ),
    // Computed from a protected field, openly and hidden.
    (
        "SELECT SSN_Last4__c FROM Contact LIMIT 1",
        "",
        &["Contact.SSN_Last4__c", "Contact.SSN__c"],
        &["Contact.SSN_Last4__c", "Contact.SSN__c"],
    ),
    (
        "SELECT Id FROM Contact WHERE SSN_Last4__c = '1' LIMIT 1",
        "",
        &["Contact.SSN_Last4__c", "Contact.SSN__c"],
        &["Contact.SSN_Last4__c", "Contact.SSN__c"],
    ),
    (
        "SELECT Total_Won_Amount__c FROM Account LIMIT 1",
        "",
        &["Account.Total_Won_Amount__c"],
        NOTHING,
    ),
];

/// The objects and fields that an answer says were refused.
fn denied(answer: &Answer) -> BTreeSet<String> {
    let list = answer.meta("fieldgate/denied").as_array().cloned().unwrap_or_default();
    list.iter()
        .map(|access| match (access["object"].as_str(), access["field"].as_str()) {
            (Some(object), Some(field)) => format!("{object}.{field}"),
            (object, _) => object.unwrap_or("the org").to_owned(),
        })
        .collect()
}

/// Refused in a way that a client survives, naming exactly these, and with nothing sent.
#[track_caller]
pub(super) fn is_denied(site: &Site, answer: &Answer, expected: &[&str], what: &str) {
    assert_eq!(answer.status, 200, "{what}: {answer:?}");
    assert!(answer.refused(), "{what}: {answer:?}");
    assert_eq!(answer.code(), "policy_denied", "{what}: {answer:?}");
    let expected: BTreeSet<String> = expected.iter().map(ToString::to_string).collect();
    assert_eq!(denied(answer), expected, "{what}: {answer:?}");
    for name in expected {
        assert!(answer.text().contains(&name), "{what}: {}", answer.text());
    }
    assert_eq!(site.received(), [], "{what}");
    assert!(!answer.decision().is_empty(), "{what}");
}

/// Answered, and sent exactly once in exactly this form.
#[track_caller]
fn is_sent(site: &Site, answer: &Answer, expected: &str, what: &str) {
    assert!(answer.status == 200 && !answer.refused(), "{what}: {answer:?}");
    let sent: Vec<String> = site.received().iter().map(line).collect();
    assert_eq!(sent, [expected], "{what}");
    site.org.forget_requests();
}

#[test]
fn a_query_is_sent_as_printed_or_not_at_all() {
    let site = Site::new();
    let product = site.start();
    for (soql, sent, support, sales) in QUERIES {
        let sent = if sent.is_empty() { soql } else { sent };
        let sent = format!("GET /services/data/v68.0/query?q={sent}");
        for (agent, refused) in [(SUPPORT, *support), (SALES, *sales), (ADMIN, NOTHING)] {
            let what = format!("{agent}: {soql}");
            let answer = product.query(agent, soql);
            if refused.is_empty() {
                is_sent(&site, &answer, &sent, &what);
            } else {
                is_denied(&site, &answer, refused, &what);
            }
        }
    }
}

/// The id of some record.
fn id(product: &Product, object: &str) -> String {
    let found = product.query(ADMIN, &format!("SELECT Id FROM {object} LIMIT 1")).data();
    found["records"][0]["Id"].as_str().unwrap().to_owned()
}

/// A tool, its arguments, what is sent, and what support and sales operations are refused.
type Call = (&'static str, Value, String, &'static [&'static str], &'static [&'static str]);

fn reads(contact: &str) -> Vec<Call> {
    let get = |fields: &[&str]| json!({ "object": "Contact", "id": contact, "fields": fields });
    let describe = |object: &str| json!({ "object": object });
    let got = |fields: &str| format!("GET /sobjects/Contact/{contact}?fields={fields}");
    let (contacts, leads) = ("GET /sobjects/Contact/describe", "GET /sobjects/Lead/describe");
    let salary: &'static [&'static str] = &["Contact.Salary__c"];
    vec![
        ("getOrganizationLimits", json!({}), "GET /limits".into(), NOTHING, NOTHING),
        ("listAllObjects", json!({}), "GET /sobjects".into(), NOTHING, NOTHING),
        ("describeObject", describe("contact"), contacts.into(), NOTHING, NOTHING),
        ("describeObject", describe("Lead"), leads.into(), &["Lead"], NOTHING),
        ("getRecord", get(&["name", "OWNER.name"]), got("Name,Owner.Name"), NOTHING, NOTHING),
        ("getRecord", get(&["Name", "ssn__C"]), got("Name,SSN__c"), SSN, SSN),
        ("getRecord", get(&["ReportsTo.Salary__c"]), got("ReportsTo.Salary__c"), salary, salary),
    ]
}

fn writes(opportunity: &str, task: &str) -> Vec<Call> {
    let update =
        |fields: Value| json!({ "object": "opportunity", "id": opportunity, "fields": fields });
    let stage = update(json!({ "StageName": "Qualification" }));
    let margin = update(json!({ "stagename": "Qualification", "MARGIN__C": 1 }));
    let updated = || format!("PATCH /sobjects/Opportunity/{opportunity}");
    let both: &'static [&'static str] = &["Opportunity.StageName", "Opportunity.Margin__c"];
    let margin_alone: &'static [&'static str] = &["Opportunity.Margin__c"];
    let create = |object: &str, fields: Value| json!({ "object": object, "fields": fields });
    let new_task = create("Task", json!({ "Subject": "Call back" }));
    let new_contact = create("Contact", json!({ "LastName": "Ray", "SSN__c": "1" }));
    let (tasks, contacts) = ("POST /sobjects/Task/", "POST /sobjects/Contact/");
    let fields: &'static [&'static str] = &["Contact.LastName", "Contact.SSN__c"];
    let (old_task, deleted) =
        (json!({ "object": "Task", "id": task }), format!("DELETE /sobjects/Task/{task}"));
    vec![
        ("updateRecord", stage, updated(), &["Opportunity.StageName"], NOTHING),
        ("updateRecord", margin, updated(), both, margin_alone),
        ("createRecord", new_task, tasks.into(), &["Task.Subject"], NOTHING),
        ("createRecord", new_contact, contacts.into(), fields, fields),
        ("deleteRecord", old_task, deleted, &["Task"], &["Task"]),
    ]
}

#[test]
fn every_tool_is_decided_on_by_its_objects_and_fields() {
    let site = Site::new();
    let product = site.start();
    let ids = ["Contact", "Opportunity", "Task"].map(|object| id(&product, object));
    site.org.forget_requests();
    let calls = reads(&ids[0]).into_iter().chain(writes(&ids[1], &ids[2]));
    for (tool, arguments, sent, support, sales) in calls {
        let sent = sent.replacen(' ', " /services/data/v68.0", 1);
        for (agent, refused) in [(SUPPORT, support), (SALES, sales), (ADMIN, NOTHING)] {
            let what = format!("{agent}: {tool} {arguments}");
            let answer = product.call(agent, tool, &arguments);
            if refused.is_empty() {
                is_sent(&site, &answer, &sent, &what);
            } else {
                is_denied(&site, &answer, refused, &what);
            }
        }
    }
}

#[test]
fn without_a_token_of_an_agent_nothing_is_called() {
    let site = Site::new();
    let product = site.start();
    for token in ["", "wrong", "canary-token-of-support-5d1", "CANARY-TOKEN-OF-SUPPORT-5D1F"] {
        let answer = product.query(token, "SELECT Name FROM Account LIMIT 1");
        assert_eq!(answer.status, 401, "{token}: {answer:?}");
        assert!(answer.header("www-authenticate").is_some());
    }
    assert_eq!(site.received(), []);
}

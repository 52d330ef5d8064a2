//! I2: nothing comes back that was not permitted, whatever the org sends.

use fieldgate::demo_org::Fault;
use serde_json::{Value, json};

use crate::harness::{ADMIN, AGENTS, Answer, Product, SUPPORT, Site};

/// What a lying org puts into everything, and what the tests below have it say.
const LIES: [&str; 6] =
    ["987-00-4321", "not part of any describe", "Unasked__c", "Unasked__r", "1000000", "canary"];

#[track_caller]
fn tells_no_lie(answer: &Answer, may_ssn: bool, what: &str) {
    for lie in LIES {
        assert!(!answer.body.contains(lie) || (may_ssn && lie == LIES[0]), "{what}: {answer:?}");
    }
    assert!(may_ssn || !answer.body.contains("SSN__c"), "{what}: {answer:?}");
}

fn first_id(product: &Product, object: &str) -> String {
    let found = product.query(ADMIN, &format!("SELECT Id FROM {object} LIMIT 1")).data();
    found["records"][0]["Id"].as_str().unwrap().to_owned()
}

#[test]
fn a_lying_org_is_not_passed_on() {
    let site = Site::new();
    let product = site.start();
    let contact = first_id(&product, "Contact");
    site.org.faults().lie(true);
    for agent in AGENTS {
        for soql in [
            "SELECT Id, Name FROM Contact LIMIT 3",
            "SELECT Name, Owner.Name, Account.Owner.Name FROM Contact LIMIT 3",
            "SELECT Name, (SELECT Name, Account.Name FROM Contacts) FROM Account LIMIT 3",
            "SELECT LeadSource, COUNT(Id) FROM Contact GROUP BY LeadSource LIMIT 3",
            "SELECT MAX(Name) FROM Contact LIMIT 3",
            "SELECT COUNT() FROM Contact",
            "SELECT BillingAddress FROM Account LIMIT 3",
            "SELECT Subject, Who.Name, What.Type FROM Task LIMIT 3",
        ] {
            if agent != ADMIN && soql.contains("Task") {
                // Who and What lead to objects that not every role may read.
                continue;
            }
            let what = format!("{agent}: {soql}");
            let answer = product.query(agent, soql);
            answer.data();
            tells_no_lie(&answer, false, &what);
        }
        let fields =
            json!({ "object": "Contact", "id": contact, "fields": ["Name", "Owner.Name"] });
        let answer = product.call(agent, "getRecord", &fields);
        assert!(answer.data()["Name"].is_string());
        tells_no_lie(&answer, false, agent);
        for (tool, arguments) in [
            ("listAllObjects", json!({})),
            ("getOrganizationLimits", json!({})),
            ("describeObject", json!({ "object": "Contact" })),
        ] {
            let answer = product.call(agent, tool, &arguments);
            // A lie of the wrong type among the limits spoils the whole answer, which is as well.
            if tool != "getOrganizationLimits" || answer.code() != "answer_not_understood" {
                answer.data();
            }
            tells_no_lie(&answer, agent == ADMIN, &format!("{agent}: {tool}"));
        }
    }
    // Whoever may see the field sees it where it was asked for, and nowhere else.
    let answer = product.query(ADMIN, "SELECT SSN__c, Owner.Name FROM Contact LIMIT 1");
    let record = &answer.data()["records"][0];
    assert!(record["SSN__c"].is_string() || record["SSN__c"].is_null());
    assert_eq!(record["Owner"].get("SSN__c"), None, "{answer:?}");
}

#[test]
fn an_honest_describe_and_list_are_pruned_to_the_role() {
    let site = Site::new();
    let product = site.start();
    let names = |agent: &str, tool: &str, arguments: Value, list: &str| -> Vec<String> {
        let data = product.call(agent, tool, &arguments).data();
        let elements = data[list].as_array().unwrap();
        elements.iter().map(|e| e["name"].as_str().unwrap().to_owned()).collect()
    };
    let mut objects = names(SUPPORT, "listAllObjects", json!({}), "sobjects");
    objects.sort();
    assert_eq!(objects, ["Account", "Case", "Contact", "Group", "Task", "User"]);
    assert_eq!(names(ADMIN, "listAllObjects", json!({}), "sobjects").len(), 10);
    let contact = json!({ "object": "Contact" });
    let all = names(ADMIN, "describeObject", contact.clone(), "fields");
    let hidden = ["SSN__c", "Salary__c", "SSN_Last4__c"];
    assert!(hidden.iter().all(|field| all.iter().any(|name| name == field)));
    let shown: Vec<String> =
        all.into_iter().filter(|name| !hidden.contains(&name.as_str())).collect();
    assert_eq!(names(SUPPORT, "describeObject", contact.clone(), "fields"), shown);
    let described = product.call(SUPPORT, "describeObject", &contact);
    for other in ["Lead", "Opportunity", "Campaign", "Group"] {
        assert!(!described.text().contains(&format!("\"{other}\"")), "{other}: {described:?}");
    }
}

/// Answers that no honest org gives: a tool, its arguments, the status and the body.
fn dishonest(id: &str) -> Vec<(&'static str, Value, u16, String)> {
    let query = |soql: &str| json!({ "query": soql });
    let row = |members: &str| {
        format!(
            r#"{{"totalSize":1,"done":true,"records":[{{"attributes":{{"type":"Contact"}},{members}}}]}}"#
        )
    };
    let name = "SELECT Name FROM Contact LIMIT 1";
    let get = json!({ "object": "Contact", "id": id, "fields": ["Name"] });
    let refusal = r#"[{"message":"the SSN__c canary 987-00-4321 clashes","errorCode":"DUPLICATE_VALUE","fields":["SSN__c","Salary__c"]}]"#;
    vec![
        ("executeQuery", query(name), 200, row(r#""Name":{"canary":"987-00-4321"}"#)),
        ("executeQuery", query(name), 200, row(r#""Name":["canary"]"#)),
        ("executeQuery", query(name), 200, row(r#""ssn__c":"987-00-4321","SSN__C":"canary","Name":"x""#)),
        ("executeQuery", query(name), 200, row(r#""Name":"x","Contacts":{"records":[{"SSN__c":"canary"}]}"#)),
        ("executeQuery", query(name), 200, r#"{"records":[{"attributes":{"type":"canary__c"},"Name":"x"}]}"#.into()),
        ("executeQuery", query(name), 200, r#"[{"SSN__c":"canary"}]"#.into()),
        ("executeQuery", query(name), 200, r#"{"SSN__c":"canary","records":[],"done":true,"totalSize":0}"#.into()),
        ("executeQuery", query(name), 200, "\"canary\"".into()),
        ("executeQuery", query(name), 200, row(r#""Name":"x"},{"Name":"canary""#).replace("]}", "]} canary")),
        ("executeQuery", query(name), 200, "<html>canary</html>".into()),
        ("executeQuery", query(name), 400, refusal.into()),
        ("executeQuery", query(name), 404, "canary 987-00-4321".into()),
        ("executeQuery", query(name), 500, refusal.into()),
        ("executeQuery", query(name), 400, r#"[{"message":"x","errorCode":"987-00-4321 canary"}]"#.into()),
        ("getRecord", get.clone(), 200, r#"{"attributes":{"type":"Contact"},"Id":"canary","SSN__c":"987-00-4321","Name":"x"}"#.into()),
        ("getRecord", get, 300, r#"["/services/data/v68.0/sobjects/canary"]"#.into()),
        ("describeObject", json!({ "object": "Contact" }), 200,
            r#"{"name":"Contact","canary":1,"fields":[{"name":"SSN__c","type":"string","label":"canary"},{"name":"Canary__c","type":"string"}],"childRelationships":[{"childSObject":"Lead","field":"SSN__c","relationshipName":"canary"}]}"#.into()),
        ("listAllObjects", json!({}), 200,
            r#"{"canary":"x","sobjects":[{"name":"Account","label":"Account","canary":true},{"name":"canary__c","label":"canary"},{"name":"Lead","label":"987-00-4321"}]}"#.into()),
        ("getOrganizationLimits", json!({}), 200, r#"{"DailyApiRequests":{"Max":1,"Remaining":1,"canary":{"Max":987}},"x":"canary"}"#.into()),
    ]
}

#[test]
fn an_answer_of_another_form_shows_nothing() {
    let site = Site::new();
    let product = site.start();
    let id = first_id(&product, "Contact");
    for (tool, arguments, status, body) in dishonest(&id) {
        let content_type = "application/json".to_owned();
        let shown = body.clone();
        site.org.faults().next(1, Fault::Raw { status, content_type, body });
        let answer = product.call(SUPPORT, tool, &arguments);
        assert_eq!(answer.status, 200);
        assert!(answer.json["result"].is_object(), "{answer:?}");
        tells_no_lie(&answer, false, &shown);
        assert!(!answer.body.contains("Salary__c"), "{shown}: {answer:?}");
        assert_eq!(answer.refused(), !answer.code().is_empty(), "{answer:?}");
        if status != 200 {
            assert!(answer.refused(), "{shown}: {answer:?}");
        }
    }
}

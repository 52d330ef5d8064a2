//! `fieldgate explain --as` and `fieldgate policy matrix`: what the policies say, asked by people.

use serde_json::{Value, json};

use crate::harness::{SUPPORT, Setup, Site, run};

/// Who asks for what, the exit code, and the verdicts in the order of the accesses.
const CALLS: &[(&str, &str, i32, &[&str])] = &[
    (
        "support",
        "SELECT Name FROM Account LIMIT 1",
        0,
        &["select Account.Name permit support-reads-accounts"],
    ),
    (
        "demo-sales-operations",
        "SELECT StageName FROM Opportunity LIMIT 1",
        0,
        &["select Opportunity.StageName permit sales-operations-reads-opportunities"],
    ),
    (
        "support",
        "SELECT Email FROM Contact WHERE SSN__c = '1' LIMIT 1",
        2,
        &[
            "select Contact.Email permit support-reads-contacts",
            "filter Contact.SSN__c deny ssn-for-administrators forbidden",
        ],
    ),
    // The condition of the one permit on users names other fields.
    (
        "support",
        "SELECT Username FROM User LIMIT 1",
        2,
        &["select User.Username deny not_permitted near support-knows-colleagues"],
    ),
    ("nobody", "SELECT Name FROM Account LIMIT 1", 2, &["select Account.Name deny not_permitted"]),
];

/// An access with its verdict on a line.
fn line(access: &Value) -> String {
    let list = |name: &str| -> Vec<String> {
        let ids = access[name].as_array().cloned().unwrap_or_default();
        ids.iter().map(|id| id.as_str().unwrap().to_owned()).collect()
    };
    let text = |name: &str| access[name].as_str().unwrap_or_default().to_owned();
    let target = format!("{}.{}", text("object"), text("field"));
    let mut words = vec![text("action"), target, text("verdict")];
    words.extend(list("policies"));
    words.extend(access["reason"].as_str().map(str::to_owned));
    let near = list("nearMisses");
    if !near.is_empty() {
        words.push(format!("near {}", near.join(" ")));
    }
    words.join(" ")
}

#[test]
fn each_access_has_its_verdict_its_policies_and_the_permits_that_nearly_matched() {
    for (agent, query, expected, verdicts) in CALLS {
        let arguments = json!({ "query": query }).to_string();
        let call = ["explain", "--as", agent, "--tool", "executeQuery", "--args", &arguments];
        let (code, out, err) = run(&[&call[..], &["--json"]].concat(), "");
        assert_eq!(code, *expected, "{agent}: {query}: {out}{err}");
        let told: Value = serde_json::from_str(&out).unwrap();
        let lines: Vec<String> = told["accesses"].as_array().unwrap().iter().map(line).collect();
        assert_eq!(lines, *verdicts, "{agent}: {query}");
        assert_eq!(told["verdict"], if code == 0 { "permit" } else { "deny" });
        let (_, text, _) = run(&call, "");
        assert!(text.contains(&format!("as {agent}\n")), "{text}");
        assert_eq!(code == 2, text.contains("\nDenied by policy: "), "{text}");
    }
}

#[test]
fn each_part_of_an_envelope_has_verdicts_of_its_own() {
    let get = |field: &str| {
        let url = format!("v68.0/sobjects/Contact/003Dm0000000001IAA?fields={field}");
        json!({ "method": "GET", "url": url })
    };
    let arguments = json!({ "batchRequests": [get("Email"), get("SSN__c")] }).to_string();
    let call = ["explain", "--as", "support", "--tool", "executeBatch", "--args", &arguments];
    let (code, out, err) = run(&[&call[..], &["--json"]].concat(), "");
    assert_eq!(code, 2, "{out}{err}");
    let told: Value = serde_json::from_str(&out).unwrap();
    let verdict = |part: usize| told["parts"][part]["accesses"][0]["verdict"].clone();
    assert_eq!((verdict(0), verdict(1)), (json!("permit"), json!("deny")));
    assert!(told["denial"].as_str().unwrap().contains("part2"), "{told}");
}

#[test]
fn a_configuration_says_who_asks_of_which_org_and_what_is_left_out() {
    let site = Site::new();
    let file = |name: &str, setup: &Setup<'_>| {
        let path = site.path(name);
        std::fs::write(&path, site.yaml(setup)).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let config = file("plain.yaml", &Setup::default());
    let arguments = json!({ "query": "SELECT Email, SSN__c FROM Contact LIMIT 1" }).to_string();
    let ask = |agent: &str, config: &str| {
        let call = ["explain", "--json", "--tool", "executeQuery", "--args", &arguments];
        let (code, out, err) = run(&[&call[..], &["--as", agent, "--config", config]].concat(), "");
        (code, serde_json::from_str::<Value>(&out).unwrap_or_default(), err)
    };
    assert_eq!(ask("agent-support", &config).0, 2);
    let (code, _, err) = ask("agent-nobody", &config);
    assert_eq!(code, 1);
    assert!(err.contains("`agent-nobody` is not an agent of the configuration: agent-"), "{err}");
    let text = format!("{}\non_forbidden_select: drop\n", site.yaml(&Setup::default()));
    let dropping = site.path("dropping.yaml");
    std::fs::write(&dropping, text).unwrap();
    let (code, told, err) = ask("agent-support", dropping.to_str().unwrap());
    assert_eq!((code, &told["dropped"]), (0, &json!(["SSN__c"])), "{told}{err}");
    // It is what the server does.
    let product = site.start();
    let denied = product.query(SUPPORT, "SELECT Email, SSN__c FROM Contact LIMIT 1");
    assert_eq!(denied.code(), "policy_denied");
}

#[test]
fn a_denial_tells_agents_programs_and_the_journal_what_nearly_permitted_it() {
    let site = Site::new();
    let product = site.start();
    let denied = product.query(SUPPORT, "SELECT Username, Name FROM User LIMIT 1");
    let near = json!(["support-knows-colleagues"]);
    let sentence = "Denied by policy: select User.Username (no policy permits it; nearly by \
                    support-knows-colleagues). Do not retry it. On User you may select: Email,";
    assert!(denied.text().starts_with(sentence), "{}", denied.text());
    assert_eq!(denied.meta("fieldgate/policies"), &json!([]));
    assert_eq!(denied.meta("fieldgate/nearMisses"), &near);
    assert_eq!(denied.meta("fieldgate/denied")[0]["nearMisses"], near);
    let forbidden = product.query(SUPPORT, "SELECT SSN__c FROM Contact LIMIT 1");
    assert_eq!(forbidden.meta("fieldgate/nearMisses"), &Value::Null);
    assert!(forbidden.meta("fieldgate/denied")[0].get("nearMisses").is_none());
    let journal = site.journal();
    let denials: Vec<&Value> = journal.iter().filter(|event| event["event"] == "denial").collect();
    assert_eq!((&denials[0]["near_misses"], &denials[0]["policies"]), (&near, &json!([])));
    assert!(denials[1].get("near_misses").is_none(), "{denials:?}");
}

#[test]
fn the_matrix_names_objects_actions_and_the_fields_that_are_left_out() {
    let (code, out, err) = run(&["policy", "matrix", "--as", "support"], "");
    assert_eq!(code, 0, "{err}");
    for part in [
        "What support may do:",
        "  the org      listObjects, readLimits\n",
        "  Contact      describe, select, filter, search all but Salary__c, SSN__c, SSN_Last4__c\n",
        "  nothing with Campaign, Lead, Opportunity, Report\n",
    ] {
        assert!(out.contains(part), "`{part}` is not in {out}");
    }
    let (_, out, _) = run(&["policy", "matrix", "--as", "demo-support", "--json"], "");
    let told: Value = serde_json::from_str(&out).unwrap();
    let objects = told["objects"].as_array().unwrap();
    let contact = objects.iter().find(|object| object["object"] == "Contact").unwrap();
    let select = contact["rights"].as_array().unwrap().iter();
    let select = select.clone().find(|right| right["action"] == "select").unwrap();
    assert_eq!(select["on"], "except");
    assert_eq!(select["fields"], json!(["Salary__c", "SSN__c", "SSN_Last4__c"]));
    assert_eq!(contact["masked"], json!([]));
    let directory = tempfile::tempdir().unwrap();
    let text = "@id(\"m\") permit (principal, action == Action::\"selectMasked\", \
                resource in Object::\"Contact\") when { resource == Field::\"Contact.SSN__c\" };";
    std::fs::write(directory.path().join("masks.cedar"), text).unwrap();
    let own = ["policy", "matrix", "--as", "x", "--policies", directory.path().to_str().unwrap()];
    let (_, out, err) = run(&own, "");
    assert!(out.contains("  Contact      selectMasked             only SSN__c\n"), "{out}{err}");
    let (_, out, _) = run(&[&own[..], &["--json"]].concat(), "");
    assert!(out.contains("\"masked\":[\"SSN__c\"]"), "{out}");
    let (code, _, err) = run(&["policy", "matrix", "--as", "x", "--policies", "/nothing"], "");
    assert_eq!(code, 1);
    assert!(err.contains("/nothing"), "{err}");
}

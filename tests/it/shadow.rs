//! A second set beside the one that decides: what it would do is told, and never done.

use std::fs;

use serde_json::{Value, json};

use crate::harness::{ADMIN, Product, SUPPORT, Setup, Site, run};

/// Adds a shadow folder to the configuration, and starts.
fn start(site: &Site, mode: &str, files: &[(&str, &str)]) -> Product {
    start_with(site, "", mode, files)
}

/// The same, with sections at the end of the configuration.
fn start_with(site: &Site, rest: &str, mode: &str, files: &[(&str, &str)]) -> Product {
    let shadow = site.path("shadow");
    fs::create_dir_all(&shadow).unwrap();
    for (name, text) in files {
        fs::write(shadow.join(name), text).unwrap();
    }
    let yaml = site.yaml(&Setup { rest, ..Setup::default() });
    let plain = yaml.lines().find(|line| line.starts_with("policies: ")).unwrap();
    let directory = plain.strip_prefix("policies: ").unwrap();
    let section = format!(
        "policies:\n  directory: {directory}\n  shadow:\n    directory: shadow\n    mode: {mode}"
    );
    fs::write(site.path("fieldgate.yaml"), yaml.replace(plain, &section)).unwrap();
    let mut command = crate::harness::binary();
    command.args(["serve", "--config"]).arg(site.path("fieldgate.yaml"));
    Product::spawn(command).unwrap_or_else(|failed| panic!("did not start: {failed:?}"))
}

fn report(site: &Site) -> (i32, Value) {
    let journal = site.path("journal.jsonl");
    let arguments = ["policy", "shadow-report", "--journal", journal.to_str().unwrap(), "--json"];
    let (code, out, err) = run(&arguments, "");
    (code, serde_json::from_str(&out).unwrap_or_else(|_| panic!("{out}{err}")))
}

/// What would be done, to whom, with what, and which policies refuse it.
fn rows(report: &Value) -> Vec<(String, u64)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let row = |row: &Value| {
        let policies: Vec<String> = row["policies"].as_array().unwrap().iter().map(text).collect();
        let parts = ["would", "agent", "action", "target"].map(|key| text(&row[key]));
        (format!("{} by {}", parts.join(" "), policies.join(",")), row["count"].as_u64().unwrap())
    };
    report["differences"].as_array().unwrap().iter().map(row).collect()
}

const STRICTER: &str = "@id(\"no-emails\") forbid (principal in Role::\"support\", action, resource \
                        == Field::\"Contact.Email\");";

#[test]
fn a_stricter_set_is_told_of_and_never_enforced() {
    let site = Site::new();
    let mut product = start(&site, "add", &[("stricter.cedar", STRICTER)]);
    for _ in 0..3 {
        product.query(SUPPORT, "SELECT Name, Email FROM Contact LIMIT 1").data();
    }
    product.query(SUPPORT, "SELECT Name FROM Contact LIMIT 1").data();
    product.query(ADMIN, "SELECT Email FROM Contact LIMIT 1").data();
    let described = product.call(SUPPORT, "describeObject", &json!({ "object": "Contact" }));
    assert!(described.text().contains("\"Email\""), "{described:?}");
    let denied = product.query(SUPPORT, "SELECT SSN__c, Email FROM Contact LIMIT 1");
    assert_eq!(denied.code(), "policy_denied");
    assert!(!denied.body.contains("no-emails"), "{denied:?}");
    product.terminate();
    product.wait();
    assert!(product.said().contains("shadow set "), "{}", product.said());

    let (code, found) = report(&site);
    assert_eq!(code, 2);
    assert_eq!((&found["compared"], &found["differing"]), (&json!(7), &json!(5)), "{found}");
    assert_eq!(
        rows(&found),
        [
            ("deny agent-support select Contact.Email by no-emails".to_owned(), 4),
            ("hide agent-support describe Contact.Email by ".to_owned(), 1),
        ]
    );
    let row = &found["differences"][0];
    assert_eq!(row["roles"], json!(["support"]));
    let example = site.journal().into_iter().find(|event| event["id"] == row["example"]).unwrap();
    assert_eq!(example["event"], "admission");
    assert_eq!(example["shadow"]["verdict"], "deny");
    assert_eq!(example["shadow"]["differs"][0]["fields"], json!(["Email"]));
    assert_eq!(row["first"], example["time"]);
    let journal = site.path("journal.jsonl");
    let (code, out, _) =
        run(&["policy", "shadow-report", "--journal", journal.to_str().unwrap()], "");
    assert_eq!(code, 2);
    assert!(out.starts_with("7 decisions compared, 5 differ\n\nWOULD"), "{out}");
    assert!(out.contains("no-emails") && out.contains("Contact.Email"), "{out}");
    assert_eq!(run(&["audit", "verify", journal.to_str().unwrap()], "").0, 0);
}

#[test]
fn a_looser_set_opens_nothing() {
    let site = Site::new();
    let everything = "@id(\"all\") permit (principal, action, resource);";
    let mut product = start(&site, "replace", &[("all.cedar", everything)]);
    let denied = product.query(SUPPORT, "SELECT SSN__c FROM Contact LIMIT 1");
    assert_eq!(denied.code(), "policy_denied");
    let described = product.call(SUPPORT, "describeObject", &json!({ "object": "Contact" }));
    assert!(!described.text().contains("\"SSN__c\""), "{described:?}");
    product.kill();
    let (_, found) = report(&site);
    let rows = rows(&found);
    let allow = "allow agent-support select Contact.SSN__c by ssn-for-administrators".to_owned();
    assert!(rows.contains(&(allow, 1)), "{rows:?}");
    let show = "show agent-support describe Contact.SSN__c by ".to_owned();
    assert!(rows.contains(&(show, 1)), "{rows:?}");
}

#[test]
fn what_is_left_out_of_an_answer_counts_as_refused_in_both_sets() {
    let site = Site::new();
    let rest = "on_forbidden_select: drop\n";
    let mut product = start_with(&site, rest, "add", &[("stricter.cedar", STRICTER)]);
    product.query(SUPPORT, "SELECT SSN__c, Name FROM Contact LIMIT 1").data();
    product.query(SUPPORT, "SELECT SSN__c, Name, Email FROM Contact LIMIT 1").data();
    product.kill();
    let (_, found) = report(&site);
    let deny = "deny agent-support select Contact.Email by no-emails".to_owned();
    assert_eq!(rows(&found), [(deny, 1)]);
}

#[test]
fn sets_that_agree_leave_no_trace_but_their_count() {
    let site = Site::new();
    let same = "@id(\"same\") forbid (principal, action, resource == Field::\"Contact.SSN__c\") \
                unless { principal in Role::\"administrator\" };";
    let mut product = start(&site, "add", &[("same.cedar", same)]);
    product.query(SUPPORT, "SELECT Name FROM Contact LIMIT 1").data();
    assert_eq!(product.query(SUPPORT, "SELECT SSN__c FROM Contact").code(), "policy_denied");
    product.kill();
    assert!(site.journal().iter().all(|event| event["shadow"].is_null()));
    let (code, found) = report(&site);
    assert_eq!((code, &found["compared"]), (0, &json!(2)), "{found}");
}

#[test]
fn a_shadow_set_that_does_not_load_is_loud_and_keeps_nothing_from_starting() {
    let site = Site::new();
    let mut product = start(&site, "add", &[("bad.cedar", "permit")]);
    product.query(SUPPORT, "SELECT Name FROM Contact LIMIT 1").data();
    product.kill();
    assert!(product.said().contains("the shadow policies are refused"), "{}", product.said());
    let events: Vec<Value> = site.journal().into_iter().map(|e| e["event"].clone()).collect();
    assert_eq!(events, ["genesis", "shadow_set_refused", "admission", "outcome"]);
    assert_eq!(report(&site).1["compared"], 0);
}

#[test]
fn a_report_of_no_journal_says_so() {
    let site = Site::new();
    fs::write(site.path("x"), "{}\n").unwrap();
    for (file, says) in [("nothing", "nothing: "), ("x", "x: line 1 is not an event")] {
        let file = site.path(file);
        let (code, out, err) =
            run(&["policy", "shadow-report", "--journal", file.to_str().unwrap()], "");
        assert!(code == 1 && out.is_empty() && err.contains(says), "{code} {out}{err}");
    }
}

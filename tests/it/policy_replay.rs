//! `fieldgate policy replay`: journals of a real server, asked again under other policies.

use std::fs;
use std::path::Path;
use std::thread;

use fieldgate::telemetry::Clock;
use serde_json::{Value, json};

use crate::harness::{ADMIN, PATIENCE, SALES, SUPPORT, Setup, Site, run};

/// Support reads contacts, some of them masked, and few rows of accounts at a time.
const POLICIES: &str = r#"
@id("reads") permit (principal in Role::"support", action in Action::"read", resource in Object::"Contact");
@id("few") permit (principal in Role::"support", action in Action::"read", resource in Object::"Account")
when { context has rows && context.rows <= 10 };
@id("admin") permit (principal in Role::"administrator", action, resource);
@id("hidden") forbid (principal in Role::"support", action == Action::"select", resource)
when { resource in [Field::"Contact.SSN__c", Field::"Contact.Title"] };
@id("masked") permit (principal in Role::"support", action == Action::"selectMasked", resource == Field::"Contact.SSN__c");
@id("no-salary") forbid (principal in Role::"support", action in Action::"read", resource == Field::"Contact.Salary__c");
"#;

fn write(site: &Site, folder: &str, policies: &str) -> String {
    let folder = site.path(folder);
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("all.cedar"), policies).unwrap();
    folder.to_str().unwrap().to_owned()
}

/// A journal with decisions of all kinds.
fn recorded() -> Site {
    let site = Site::new();
    let folder = write(&site, "policies", POLICIES);
    let arguments = ["--policies", folder.as_str()];
    let rest = "on_forbidden_select: drop\n";
    let mut product = site.start_with(&Setup { rest, arguments: &arguments, ..Setup::default() });
    for _ in 0..2 {
        product.query(SUPPORT, "SELECT Name, Email FROM Contact LIMIT 2").data();
    }
    // One field comes back masked, one is left out.
    product.query(SUPPORT, "SELECT FirstName, SSN__c, Title FROM Contact LIMIT 2").data();
    product.query(SUPPORT, "SELECT Name FROM Account LIMIT 3").data();
    let denied = |soql: &str, token: &str| {
        assert_eq!(product.query(token, soql).code(), "policy_denied", "{soql}");
    };
    denied("SELECT Name FROM Account LIMIT 30", SUPPORT);
    denied("SELECT Id FROM Contact WHERE Salary__c > 1 LIMIT 5", SUPPORT);
    denied("SELECT SSN__c FROM Contact WHERE Salary__c > 1 LIMIT 5", SUPPORT);
    denied("SELECT Name FROM Lead LIMIT 5", SALES);
    product.query(ADMIN, "SELECT Name FROM Lead LIMIT 5").data();
    product.call(SUPPORT, "describeObject", &json!({ "object": "Contact" })).data();
    let part = |reference: &str, rows: u32| {
        let url = format!("/services/data/v68.0/query?q=SELECT+Name+FROM+Account+LIMIT+{rows}");
        json!({ "method": "GET", "url": url, "referenceId": reference })
    };
    let parts = json!({ "compositeRequest": [part("a", 2), part("b", 5)] });
    let answer = product.call(SUPPORT, "executeComposite", &parts);
    assert!(!answer.refused(), "{answer:?}");
    product.terminate();
    product.wait();
    site
}

fn replay(site: &Site, policies: &str, more: &[&str]) -> (i32, Value) {
    let journal = site.path("journal.jsonl");
    replay_of(&journal, policies, more)
}

fn replay_of(journal: &Path, policies: &str, more: &[&str]) -> (i32, Value) {
    let journal = journal.to_str().unwrap();
    let arguments = ["policy", "replay", "--journal", journal, "--policies", policies, "--json"];
    let (code, out, err) = run(&[&arguments, more].concat(), "");
    (code, serde_json::from_str(&out).unwrap_or_else(|_| panic!("{code} {out}{err}")))
}

/// `opens agent tool select Contact.Email by reads ×2`, …
fn rows(told: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let list =
        |value: &Value| value.as_array().unwrap().iter().map(text).collect::<Vec<_>>().join(",");
    let row = |row: &Value| {
        let head = ["change", "agent", "tool", "action", "object"].map(|key| text(&row[key]));
        let (fields, policies) = (list(&row["fields"]), list(&row["policies"]));
        format!("{}.{fields} by {policies} ×{}", head.join(" "), row["count"])
    };
    told["changes"].as_array().unwrap().iter().map(row).collect()
}

fn missed(told: &Value) -> Vec<(String, u64)> {
    let one =
        |one: &Value| (one["why"].as_str().unwrap().to_owned(), one["count"].as_u64().unwrap());
    told["notReplayed"].as_array().unwrap().iter().map(one).collect()
}

const DESCRIBED: &str = "the journal does not record what a description or a list left out";

#[test]
fn the_same_policies_decide_the_same_and_others_are_told_access_by_access() {
    let site = recorded();
    let (code, told) = replay(&site, site.path("policies").to_str().unwrap(), &[]);
    assert_eq!((code, rows(&told)), (0, Vec::new()), "{told}");
    assert_eq!((&told["decisions"], &told["changed"]), (&json!(11), &json!(0)), "{told}");
    assert_eq!(missed(&told), [(DESCRIBED.to_owned(), 1)]);
    assert_eq!((&told["opens"], &told["torn"]), (&json!(false), &json!([])));

    // Only closing: e-mail addresses, and five rows of accounts where ten were few.
    let forbid = "@id(\"no-email\") forbid (principal in Role::\"support\", action, resource == \
                  Field::\"Contact.Email\");";
    let stricter = POLICIES.replace("context.rows <= 10", "context.rows <= 2") + forbid;
    let stricter = write(&site, "stricter", &stricter);
    let (code, told) = replay(&site, &stricter, &[]);
    assert_eq!(code, 0, "{told}");
    let expected = [
        "closes agent-support executeQuery select Account.Name by  ×1",
        "closes agent-support executeQuery select Contact.Email by no-email ×2",
    ];
    assert_eq!(rows(&told), expected, "{told}");
    // The two parts of the composite ask with bounds that are on both sides of two.
    let part = "it depends on which part of the call asked".to_owned();
    assert_eq!(missed(&told), [(part, 1), (DESCRIBED.to_owned(), 1)]);
    let change = &told["changes"][1];
    let times: Vec<Value> = site
        .journal()
        .into_iter()
        .filter(|line| line["accesses"].to_string().contains("\"Email\""))
        .filter(|line| line["tool"] == "executeQuery")
        .map(|line| json!([line["time"], line["id"]]))
        .collect();
    assert_eq!(times.len(), 2);
    assert_eq!(json!([change["first"], change["example"]]), times[0]);
    assert_eq!(change["last"], times[1][0]);

    // What was refused, masked or left out, and would be seen.
    let wider = POLICIES
        .replace("@id(\"hidden\") forbid", "@id(\"hidden\") forbid (principal, action, resource) when { false }; @id(\"nobody\") forbid")
        .replace("when { false }", "when { resource == Object::\"Campaign\" }")
        .replace("Field::\"Contact.SSN__c\", Field::\"Contact.Title\"", "Field::\"Contact.SSN__c\"")
        .replace("context.rows <= 10", "context.rows <= 100");
    let wider = write(&site, "wider", &wider);
    let (code, told) = replay(&site, &wider, &[]);
    assert_eq!(code, 3, "{told}");
    let expected = [
        "opens agent-support executeQuery select Account.Name by few ×1",
        "opens agent-support executeQuery select Contact.Title by reads ×1",
    ];
    assert_eq!(rows(&told), expected, "{told}");

    // What was shown masked and is not any more, and what is now that was refused.
    let masks = POLICIES.replace(
        "resource == Field::\"Contact.SSN__c\");",
        "resource == Field::\"Contact.Title\");",
    );
    let masks = write(&site, "masks", &masks);
    let (code, told) = replay(&site, &masks, &[]);
    assert_eq!(code, 3, "{told}");
    let expected = [
        "opens agent-support executeQuery selectMasked Contact.Title by masked ×1",
        "closes agent-support executeQuery selectMasked Contact.SSN__c by  ×2",
    ];
    assert_eq!(rows(&told), expected, "{told}");
}

#[test]
fn events_that_are_no_decisions_are_passed_over() {
    let site = Site::new();
    let folder = write(&site, "policies", POLICIES);
    let arguments = ["--policies", folder.as_str()];
    let mut product = site.start_with(&Setup { arguments: &arguments, ..Setup::default() });
    write(&site, "policies", "permit (");
    let (clock, refused) = (Clock::system(), |line: &Value| line["event"] == "policy_set_refused");
    let begun = clock.monotonic();
    while !site.journal().iter().any(refused) {
        assert!(clock.monotonic().saturating_sub(begun) < PATIENCE, "the change is not refused");
        thread::yield_now();
    }
    product.query(SUPPORT, "SELECT Name FROM Contact LIMIT 2").data();
    product.terminate();
    product.wait();
    let policies = write(&site, "same", POLICIES);
    let (code, told) = replay(&site, &policies, &[]);
    assert_eq!((code, &told["decisions"]), (0, &json!(1)), "{told}");

    // Those that a short run doesn't make, and one of a version to come.
    let journal = site.path("journal.jsonl");
    let mut text = fs::read_to_string(&journal).unwrap();
    for more in [
        json!({ "event": "shadow_set_refused", "policy_set": "-", "refused": "ab", "problems": [] }),
        json!({ "event": "resumed", "cause": "write", "refused": 3 }),
        json!({ "event": "recovered", "bytes_cut": 3, "cut_sha256": "ab" }),
        json!({ "event": "policy_set", "policy_set": "ab", "before": "cd", "policies": 4 }),
        json!({ "event": "later", "accesses": 1, "denied": "x", "context": [], "agent": {} }),
    ] {
        text.push_str(&format!("{more}\n"));
    }
    fs::write(&journal, text).unwrap();
    let (code, told) = replay(&site, &policies, &[]);
    assert_eq!((code, &told["decisions"]), (0, &json!(1)), "{told}");
}

#[test]
fn people_are_told_in_a_table() {
    let site = recorded();
    let policies =
        write(&site, "wider", &POLICIES.replace("no-salary\") forbid", "no-salary\") permit"));
    let journal = site.path("journal.jsonl");
    let arguments =
        ["policy", "replay", "--journal", journal.to_str().unwrap(), "--policies", &policies];
    let (code, out, err) = run(&arguments, "");
    assert_eq!((code, err.as_str()), (3, ""), "{out}");
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(lines[0], "11 decisions asked about again, 2 would change");
    let words: Vec<&str> = lines[2].split_whitespace().collect();
    assert_eq!(words[..4], ["CHANGE", "AGENT", "TOOL", "ACTION"]);
    let words: Vec<&str> = lines[3].split_whitespace().collect();
    let expected = [
        "opens",
        "agent-support",
        "executeQuery",
        "filter",
        "Contact:",
        "Salary__c",
        "no-salary,",
        "reads",
        "2",
    ];
    assert_eq!(words[..9], expected);
    assert!(out.contains(&format!("\nnot asked about: {DESCRIBED} (1 times, as in ")), "{out}");
}

#[test]
fn older_lines_need_a_configuration_and_say_what_they_do_not_record() {
    let site = recorded();
    let old = site.path("old.jsonl");
    let mut text = String::new();
    for mut line in site.journal() {
        let members = line.as_object_mut().unwrap();
        for member in ["context", "refused", "maskable", "asked_alone"] {
            members.remove(member);
        }
        text.push_str(&format!("{line}\n"));
    }
    // It was rotated, and its last line is being written.
    let (_genesis, rest) = text.split_once('\n').unwrap();
    fs::write(&old, format!("{rest}{{\"seq\":99,\"time\":\"2026-")).unwrap();
    let policies = site.path("policies");
    let policies = policies.to_str().unwrap();
    let (code, told) = replay_of(&old, policies, &[]);
    assert_eq!(
        (code, &told["decisions"]),
        (3, &json!(0)),
        "what was refused could be open: {told}"
    );
    assert_eq!(told["torn"], json!([old.to_str().unwrap()]));
    let whys: Vec<String> = missed(&told).into_iter().map(|(why, _)| why).collect();
    let why = |agent: &str| {
        format!(
            "the line does not record the roles of {agent}, and no configuration names that agent"
        )
    };
    assert_eq!(whys, [why("agent-admin"), why("agent-sales"), why("agent-support")]);

    let config = site.path("fieldgate.yaml");
    let config = ["--config", config.to_str().unwrap()];
    let (code, told) = replay_of(&old, policies, &config);
    // How many rows were asked for decides on accounts, and the lines don't tell policies so.
    let why = "a policy looks at circumstances of the call, which the line does not record";
    assert_eq!((code, rows(&told)), (3, Vec::new()), "{told}");
    assert_eq!(missed(&told), [(why.to_owned(), 3)]);
    let closed = write(
        &site,
        "closed",
        &POLICIES.replace("when { context has rows && context.rows <= 10 }", ""),
    );
    let (code, told) = replay_of(&old, &closed, &config);
    let expected = ["opens agent-support executeQuery select Account.Name by few ×1"];
    assert_eq!((code, rows(&told)), (3, expected.map(str::to_owned).to_vec()), "{told}");
    assert_eq!(missed(&told), []);
}

#[test]
fn what_can_not_be_read_is_no_answer() {
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("j.jsonl");
    for (text, says) in [
        (None, "j.jsonl: No such file"),
        (Some("{}\n".to_owned()), "j.jsonl: line 1 is not an event of a journal"),
        (Some("x".repeat(20_000)), "j.jsonl: line 1 is not an event of a journal"),
    ] {
        if let Some(text) = text {
            fs::write(&journal, text).unwrap();
        }
        let journal = journal.to_str().unwrap();
        let (code, out, err) = run(&["policy", "replay", "--journal", journal], "");
        assert_eq!((code, out.as_str()), (1, ""), "{err}");
        assert!(err.contains(says), "{err}");
    }
    fs::write(&journal, "").unwrap();
    let journal = journal.to_str().unwrap();
    let (code, out, _) = run(&["policy", "replay", "--journal", journal], "");
    assert_eq!((code, out.as_str()), (0, "0 decisions asked about again, 0 would change\n"));
    let (code, _, err) =
        run(&["policy", "replay", "--journal", journal, "--policies", "/none"], "");
    assert!(code == 1 && err.contains("/none: can't be read"), "{err}");
}

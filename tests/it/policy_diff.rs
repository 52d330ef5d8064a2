//! `fieldgate policy diff`: what a change of the shipped policies opens and closes.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::run;

/// A copy of the shipped policies with a file changed.
fn changed(file: &str, change: impl Fn(String) -> String) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    for entry in fs::read_dir("policies").unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, directory.path().join(path.file_name().unwrap())).unwrap();
    }
    let path = directory.path().join(file);
    let text = fs::read_to_string(&path).unwrap();
    let new = change(text.clone());
    assert_ne!(new, text, "{file} is not changed");
    fs::write(&path, new).unwrap();
    directory
}

fn diff(old: &Path, new: &Path) -> (i32, Value) {
    let (old, new) = (old.to_str().unwrap(), new.to_str().unwrap());
    let (code, out, err) = run(&["policy", "diff", old, new, "--json"], "");
    (code, serde_json::from_str(&out).unwrap_or_else(|_| panic!("{out}{err}")))
}

fn shipped() -> &'static Path {
    Path::new("policies")
}

/// `opens support select Contact.SSN__c`, …
fn lines(told: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let changes = told["changes"].as_array().unwrap().iter();
    let line = |change: &Value| {
        let [kind, role, action, object, field] =
            ["change", "role", "action", "object", "field"].map(|name| text(&change[name]));
        format!("{kind} {role} {action} {object}.{field}")
    };
    changes.map(line).collect()
}

#[test]
fn the_same_policies_open_and_close_nothing() {
    let same = changed("20-support.cedar", |text| format!("// The same.\n{text}"));
    let expected = json!({ "opens": false, "changes": [], "mayOpen": [] });
    assert_eq!(diff(shipped(), same.path()), (0, expected));
    let (code, out, _) = run(&["policy", "diff", "policies", "policies"], "");
    assert_eq!((code, out.as_str()), (0, "nothing opens or closes\n"));
}

#[test]
fn a_new_permit_opens_its_fields_and_the_other_way_round_closes_them() {
    let permit = "@id(\"support-moves-stages\") permit (principal in Role::\"support\", \
                  action == Action::\"update\", resource == Field::\"Opportunity.StageName\");";
    let wider = changed("20-support.cedar", |text| format!("{text}\n{permit}\n"));
    let line = "support update Opportunity.StageName";
    let (code, told) = diff(shipped(), wider.path());
    assert_eq!((code, lines(&told)), (3, vec![format!("opens {line}")]));
    let (code, told) = diff(wider.path(), shipped());
    assert_eq!((code, lines(&told)), (0, vec![format!("closes {line}")]));
    let wider = wider.path().to_str().unwrap();
    let (code, out, _) = run(&["policy", "diff", "policies", wider], "");
    assert_eq!((code, out.as_str()), (3, "opens  support  update  Opportunity  StageName\n"));
}

#[test]
fn a_forbid_that_goes_opens_what_it_kept_from_every_role() {
    let without = changed("00-guards.cedar", |text| {
        text.replace("@id(\"salaries-for-administrators\")", "@id(\"salaries-for-nobody\")")
            .replace("Field::\"Contact.Salary__c\"", "Field::\"Contact.Fax\"")
    });
    let (code, told) = diff(shipped(), without.path());
    assert_eq!(code, 3);
    let lines = lines(&told);
    for line in [
        "opens support select Contact.Salary__c",
        "opens sales-operations filter Contact.Salary__c",
        "closes support select Contact.Fax",
    ] {
        assert!(lines.iter().any(|known| known == line), "{line}: {lines:?}");
    }
    assert!(!lines.iter().any(|line| line.contains("administrator ")), "{lines:?}");
}

#[test]
fn a_change_that_no_asking_can_tell_is_named_and_may_open() {
    for (id, policy) in [
        ("nights", "permit (principal, action, resource) when { context.hour < 6 };"),
        (
            "one-tool",
            "permit (principal, action, resource) when { context.tool == Tool::\"getRecord\" };",
        ),
        ("a-team", "permit (principal in Team::\"emea\", action, resource);"),
    ] {
        let policy = format!("@id(\"{id}\") {policy}");
        let wider = changed("20-support.cedar", |text| format!("{text}\n{policy}\n"));
        let at = ["--at", "2026-11-20T10:00:00Z", "--json"];
        let new = wider.path().to_str().unwrap();
        let (code, out, err) = run(&[&["policy", "diff", "policies", new], &at[..]].concat(), "");
        let told: Value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{out}{err}"));
        assert_eq!((code, &told["mayOpen"]), (3, &json!([id])), "{told}");
    }
}

#[test]
fn a_set_that_cannot_be_used_is_no_answer() {
    let broken = changed("20-support.cedar", |text| format!("{text}\npermit (nobody);\n"));
    let broken = broken.path().to_str().unwrap();
    let (code, out, err) = run(&["policy", "diff", "policies", broken], "");
    assert_eq!((code, out.as_str()), (1, ""));
    assert!(err.contains("20-support.cedar:"), "{err}");
}

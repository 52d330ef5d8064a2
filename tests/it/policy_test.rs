//! `fieldgate policy test`: what passes, what fails, what can't be run, and how it is told.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::run;

const HEAD: &str = "agents: { helper: { roles: [support] } }\ntests:\n";

const PASSES: &str = "  - name: names are read
    as: helper
    call: { executeQuery: { query: \"SELECT Name FROM Contact LIMIT 1\" } }
    expect: allow
    because: [support-reads-contacts]
";

const FAILS: &str = "  - name: <numbers> & \"such\"
    as: helper
    call: { executeQuery: \"SELECT Name FROM Contact WHERE SSN__c = '1' LIMIT 1\" }
    expect: allow
    fields: { filter Contact.SSN__c: deny, Contact.Name: deny }
";

/// The shipped policies, with these tests and none else.
fn folder(tests: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for entry in fs::read_dir("policies").unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if !name.ends_with("_test.yaml") {
            fs::copy(&path, folder.path().join(name)).unwrap();
        }
    }
    fs::write(folder.path().join("a_test.yaml"), tests).unwrap();
    folder
}

/// Runs the command about a folder; its path is cut from what it says.
fn test(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let folder = folder.to_str().unwrap();
    let (code, out, err) = run(&[&["policy", "test", folder], arguments].concat(), "");
    let cut = |text: String| text.replace(&format!("{folder}/"), "");
    (code, cut(out), cut(err))
}

fn json(folder: &Path, arguments: &[&str]) -> (i32, Value) {
    let (code, out, err) = test(folder, &[&["--format", "json"], arguments].concat());
    (code, serde_json::from_str(&out).unwrap_or_else(|_| panic!("{out}{err}")))
}

#[test]
fn the_shipped_policies_pass_their_tests() {
    for arguments in [&["policy", "test"][..], &["policy", "test", "policies", "--demo"]] {
        let (code, out, err) = run(arguments, "");
        assert!(code == 0 && out.ends_with(" passed, 0 failed\n"), "{out}{err}");
    }
}

#[test]
fn what_fails_is_told_with_its_place_what_was_expected_and_who_decided() {
    let folder = folder(&format!("{HEAD}{PASSES}{FAILS}"));
    let (code, out, err) = test(folder.path(), &[]);
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!((code, lines.len(), err.as_str()), (1, 5, ""), "{out}");
    let expected = [
        "FAIL  a_test.yaml:8: <numbers> & \"such\", as helper",
        "      must be permitted, and is denied: filter Contact.SSN__c, denied: forbidden by \
         ssn-for-administrators",
        "      select Contact.Name must be denied, and is permitted by support-reads-contacts",
    ];
    assert_eq!(lines[..3], expected);
    assert!(lines[3].starts_with("      helper would read: Denied by policy: filter"));
    assert_eq!(lines[4], "1 passed, 1 failed");

    let (code, out, _) = test(folder.path(), &["-v", "--run", "names are read as helper"]);
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!((code, lines.len(), lines[1]), (0, 2, "1 passed, 0 failed"), "{out}");
    assert!(lines[0].starts_with("ok    a_test.yaml:3: names are read, as helper ("), "{out}");
    assert!(lines[0].ends_with(" ms)"), "{out}");
}

#[test]
fn programs_are_told_the_same() {
    let folder = folder(&format!("{HEAD}{PASSES}{FAILS}"));
    let (code, told) = json(folder.path(), &[]);
    assert_eq!((code, &told["passed"], &told["failed"]), (1, &json!(1), &json!(1)));
    assert!(told.get("coverage").is_none());
    let mut tests = told["tests"].as_array().unwrap().clone();
    for test in &mut tests {
        assert!(test["micros"].is_u64());
        test.as_object_mut().unwrap().remove("micros");
    }
    let file = folder
        .path()
        .join("a_test.yaml")
        .to_str()
        .unwrap()
        .replace(&format!("{}/", folder.path().to_str().unwrap()), "");
    let names = json!({
        "file": file, "line": 3, "column": 11, "name": "names are read", "agent": "helper",
        "tool": "executeQuery", "passed": true, "failures": [], "denial": null,
        "policies": ["support-reads-contacts"],
    });
    assert_eq!(tests[0], names);
    let failures = tests[1]["failures"].as_array().unwrap();
    let about: Vec<&Value> = failures.iter().map(|failure| &failure["about"]).collect();
    assert_eq!(about, [&json!(null), &json!("select Contact.Name")]);
    assert_eq!(tests[1]["policies"], json!(["ssn-for-administrators"]));
    assert!(tests[1]["denial"].as_str().unwrap().starts_with("Denied by policy: "));

    let (code, out, _) = test(folder.path(), &["--format", "junit"]);
    let lines: Vec<&str> = out.lines().map(str::trim_start).collect();
    assert_eq!(code, 1);
    assert_eq!(lines[0], "<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
    let starts = [
        "<testsuites name=\"fieldgate policy test\" tests=\"2\" failures=\"1\" errors=\"0\" time=\"0.",
        "<testsuite name=\"a_test.yaml\" tests=\"2\" failures=\"1\" errors=\"0\" time=\"0.",
        "<testcase name=\"names are read, as helper\" classname=\"a_test.yaml\" file=\"a_test.yaml\" \
         line=\"3\" time=\"0.",
        "<testcase name=\"&lt;numbers&gt; &amp; &quot;such&quot;, as helper\" classname=\"a_test.yaml\" ",
        "<failure message=\"must be permitted, and is denied: filter Contact.SSN__c, denied: \
         forbidden by ssn-for-administrators\">must be permitted, and is denied: filter \
         Contact.SSN__c, denied: forbidden by ssn-for-administrators&#10;select Contact.Name must be",
    ];
    for (line, start) in lines[1..].iter().zip(starts) {
        assert!(line.starts_with(start), "{line}\n{start}");
    }
    assert_eq!(lines[6..], ["</testcase>", "</testsuite>", "</testsuites>"]);
}

#[test]
fn coverage_is_told_and_may_be_asked_for() {
    let folder = folder(&format!("{HEAD}{PASSES}"));
    let (code, told) = json(folder.path(), &["--coverage"]);
    let coverage = &told["coverage"];
    let undecided = coverage["undecided"].as_array().unwrap();
    let policies = coverage["policies"].as_u64().unwrap();
    assert_eq!((code, undecided.len() + 1), (0, usize::try_from(policies).unwrap()));
    assert!(!undecided.contains(&json!("support-reads-contacts")));
    assert!(coverage["unaskedFields"].as_array().unwrap().contains(&json!("Contact.Salary__c")));
    let percent = coverage["percent"].as_u64().unwrap();
    assert_eq!(percent, 100 / policies);

    let enough = percent.to_string();
    let (code, out, err) = test(folder.path(), &["--threshold", &enough]);
    assert_eq!((code, err.as_str()), (0, ""));
    let sum = format!("1 of {policies} policies decide in some test ({percent} %)");
    assert!(out.contains(&sum) && out.contains("\ndecides in no test: support-reads-cases\n"));
    assert!(out.contains("\nnamed by a policy, asked about by no test: Contact.Salary__c\n"));
    let short = format!("{percent} % of the policies decide in some test, fewer than 90 %\n");
    let (code, out, _) = test(folder.path(), &["--threshold", "90"]);
    assert!(code == 1 && out.contains(&short) && out.ends_with("1 passed, 0 failed\n"), "{out}");
    let (code, _, err) = test(folder.path(), &["--threshold", "90", "--format", "junit"]);
    assert_eq!((code, err), (1, format!("fieldgate: {short}")));
    assert_eq!(test(folder.path(), &["--threshold", "101"]).0, 64);
}

#[test]
fn what_can_not_be_run_is_no_failed_test() {
    let good = format!("{HEAD}{PASSES}");
    for (tests, arguments, says) in [
        (String::new(), &[][..], "a_test.yaml:"),
        ("tests: []".to_owned(), &[], "there is no test: no *_test.yaml beside the policies has a"),
        (good.clone(), &["--run", "nothing"], "none of 1 tests has `nothing` in its name"),
        (good.clone(), &["--org-schema", "/nowhere.json"], "/nowhere.json: "),
        (good.clone(), &["--config", "/nowhere.yaml"], "/nowhere.yaml"),
        (
            good.replace("expect: allow", "expects: allow"),
            &[],
            "a_test.yaml:6:5: there is no key `expects`; did you mean `expect`?",
        ),
        (
            good.replace("executeQuery", "excuteQuery"),
            &[],
            "a_test.yaml:5:13: there is no tool `excuteQuery`; did you mean `executeQuery`?",
        ),
    ] {
        let folder = folder(&tests);
        let (code, out, err) = test(folder.path(), arguments);
        assert_eq!((code, out.as_str()), (2, ""), "{says}: {err}");
        assert!(err.starts_with("fieldgate: ") && err.contains(says), "{says}: {err}");
    }
    let broken = folder(&good);
    fs::write(broken.path().join("b.cedar"), "permit").unwrap();
    let (code, _, err) = test(broken.path(), &[]);
    assert!(code == 2 && err.contains("b.cedar:1:"), "{err}");
}

#[test]
fn the_examples_of_the_help_work_pasted() {
    let (code, help, _) = run(&["policy", "test", "--help"], "");
    assert_eq!(code, 0);
    let examples: Vec<&str> = help
        .lines()
        .map(str::trim)
        .filter_map(|line| line.strip_prefix("fieldgate "))
        .filter(|line| !line.starts_with("policy test ["))
        .collect();
    assert!(examples.len() >= 4, "{help}");
    for example in examples {
        let command = example.split(" > ").next().unwrap();
        let mut arguments: Vec<&str> = Vec::new();
        for (nth, piece) in command.split('"').enumerate() {
            // What stands between quotes is one argument.
            if nth % 2 == 1 {
                arguments.push(piece);
            } else {
                arguments.extend(piece.split_whitespace());
            }
        }
        let (code, out, err) = run(&arguments, "");
        // Whether enough is covered is for the shipped tests to say.
        let ran = code == 0 || (code == 1 && example.contains("--threshold"));
        assert!(ran, "{example}: {code}\n{out}{err}");
    }
}

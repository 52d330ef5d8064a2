//! The other commands through the real binary: what they print and how they exit.

use std::fs;

use serde_json::{Value, json};

use crate::harness::run;

const EXAMPLE: &str = "SELECT Name, Owner.Name FROM Contact WHERE SSN__c = '1' LIMIT 5";

fn explain(arguments: &[&str]) -> (i32, Value) {
    let (code, out, err) = run(&[&["soql", "explain", "--json"], arguments].concat(), "");
    assert_eq!(out.lines().count(), 1, "{out}{err}");
    (code, serde_json::from_str(&out).unwrap())
}

/// Action, object, field and path of each access, sorted.
fn accesses(explained: &Value) -> Vec<(String, String, String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let list = explained["accesses"].as_array().unwrap().iter();
    let mut all: Vec<_> = list
        .map(|a| (text(&a["action"]), text(&a["object"]), text(&a["field"]), text(&a["path"])))
        .collect();
    all.sort();
    all
}

fn row(action: &str, object: &str, field: &str, path: &str) -> (String, String, String, String) {
    (action.to_owned(), object.to_owned(), field.to_owned(), path.to_owned())
}

#[test]
fn explain_prints_the_footprint_of_the_example() {
    let (code, explained) = explain(&[EXAMPLE]);
    assert_eq!(code, 0);
    assert_eq!(explained["canonical"], EXAMPLE);
    assert_eq!(explained["rows"], 5);
    let named: Vec<_> = accesses(&explained).into_iter().map(|(a, o, f, _)| (a, o, f)).collect();
    let expected = [
        ("filter", "Contact", "SSN__c"),
        // A name is put together from its parts.
        ("select", "Contact", "FirstName"),
        ("select", "Contact", "LastName"),
        ("select", "Contact", "Name"),
        ("select", "Contact", "OwnerId"),
        ("select", "Contact", "Salutation"),
        ("select", "User", "FirstName"),
        ("select", "User", "LastName"),
        ("select", "User", "Name"),
    ];
    let expected = expected.map(|(a, o, f)| (a.to_owned(), o.to_owned(), f.to_owned()));
    assert_eq!(named, expected);
    let (code, out, _) = run(&["soql", "explain", EXAMPLE], "");
    assert_eq!(code, 0);
    assert!(out.contains("at most 5 rows") && out.contains("Contact.SSN__c"), "{out}");
}

#[test]
fn explain_says_where_and_why_a_text_is_refused() {
    for (soql, says, line, column) in [
        ("SELECT Nope FROM Contact", "no field `Nope`", 1, 8),
        ("SELECT Id\nFROM Nothing", "`Nothing` is not an object", 2, 6),
        ("SELECT Id FORM Contact", "or FROM, found `Contact`", 1, 16),
    ] {
        let (code, refused) = explain(&[soql]);
        assert_eq!(code, 2, "{soql}: {refused}");
        let error = &refused["error"];
        assert!(error["message"].as_str().unwrap().contains(says), "{soql}: {refused}");
        assert_eq!((&error["line"], &error["column"]), (&json!(line), &json!(column)), "{soql}");
        assert!(error["offset"].is_u64());
        let (code, out, err) = run(&["soql", "explain", soql], "");
        assert_eq!(code, 2);
        assert!(out.starts_with("refused: ") && out.contains(says), "{out}{err}");
    }
}

#[test]
fn explain_reads_another_orgs_schema() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("org.json");
    let field =
        |name: &str| json!({ "name": name, "type": "string", "label": name, "unknown": {} });
    let schema = json!({ "apiVersion": "68.0", "more": 1, "sobjects": [
        { "name": "Ship__c", "label": "Ship", "urls": {}, "fields": [
            field("Id"), field("Name"),
            { "name": "Home__c", "type": "reference", "referenceTo": ["Port__c"],
              "relationshipName": "Home__r" } ],
          "childRelationships": [] },
        { "name": "Port__c", "label": "Port", "fields": [field("Id"), field("Secret__c")],
          "childRelationships": [
            { "childSObject": "Ship__c", "field": "Home__c", "relationshipName": "Ships__r" } ] },
    ] });
    fs::write(&file, schema.to_string()).unwrap();
    let file = file.to_str().unwrap();
    let soql = "select NAME, home__R.secret__C from SHIP__C";
    let (code, explained) = explain(&["--org-schema", file, soql]);
    assert_eq!(code, 0, "{explained}");
    assert_eq!(explained["canonical"], "SELECT Name, Home__r.Secret__c FROM Ship__c");
    assert_eq!(explained["rows"], Value::Null);
    let fields: Vec<_> =
        accesses(&explained).into_iter().map(|(a, o, f, _)| row(&a, &o, &f, "")).collect();
    assert_eq!(
        fields,
        [
            row("select", "Port__c", "Secret__c", ""),
            row("select", "Ship__c", "Home__c", ""),
            row("select", "Ship__c", "Name", "")
        ]
    );
    // The demo org's objects are not there.
    assert_eq!(explain(&["--org-schema", file, EXAMPLE]).0, 2);
    for (name, content) in [("a.json", "{"), ("b.json", "{\"sobjects\":5}"), ("c.json", "[]")] {
        let bad = directory.path().join(name);
        fs::write(&bad, content).unwrap();
        let (code, _, err) =
            run(&["soql", "explain", "--org-schema", bad.to_str().unwrap(), EXAMPLE], "");
        assert!(code == 1 && err.contains(name), "{name}: {code} {err}");
    }
    let (code, _, err) = run(&["soql", "explain", "--org-schema", "/nothing.json", EXAMPLE], "");
    assert!(code == 1 && err.contains("/nothing.json"), "{err}");
}

#[test]
fn parse_answers_each_line() {
    let child = "SELECT Name, (SELECT Id FROM Contacts) FROM Account WHERE Id IN \
                 (SELECT AccountId FROM Contact WHERE SSN__c = '1')";
    let lines = [
        json!(EXAMPLE).to_string(),
        json!(child).to_string(),
        "nope".to_owned(),
        json!("SELECT").to_string(),
    ];
    let (code, out, _) = run(&["soql", "parse", "--json"], &lines.join("\n"));
    assert_eq!(code, 0);
    let answers: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(answers.len(), 4);
    assert_eq!(
        answers[0],
        json!({ "ok": true, "canonical": EXAMPLE, "scopes": [{ "kind": "root", "from": ["Contact"],
            "refs": [["select", "Name", []], ["select", "Owner.Name", []], ["where", "SSN__c", []]] }] })
    );
    let scopes = answers[1]["scopes"].as_array().unwrap();
    let kinds: Vec<&str> = scopes.iter().map(|scope| scope["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["root", "child", "semijoin"]);
    for refused in &answers[2..] {
        assert_eq!(refused["ok"], false);
        for key in ["offset", "line", "column"] {
            assert!(refused["error"][key].is_u64(), "{refused}");
        }
        assert!(refused["error"]["message"].is_string());
    }
    let (code, out, _) = run(&["soql", "parse"], "select id from contact\nnope\n");
    assert_eq!(code, 2);
    assert!(out.starts_with("SELECT id FROM contact\nerror: "), "{out}");
    assert_eq!(run(&["soql", "parse", "--json"], "").0, 0);
}

#[test]
fn a_command_line_that_is_not_understood_exits_with_64() {
    for arguments in [
        &[][..],
        &["nope"],
        &["serve"],
        &["serve", "--demo", "--config", "x"],
        &["serve", "--demo", "--listen", "nowhere"],
        &["soql"],
        &["soql", "explain"],
        &["soql", "explain", "--jsn", "SELECT Id FROM Contact"],
        &["audit", "verify"],
    ] {
        let (code, out, err) = run(arguments, "");
        assert_eq!(code, 64, "{arguments:?}: {out}{err}");
        assert!(out.is_empty() && !err.is_empty(), "{arguments:?}: {out}");
    }
    for arguments in [&["--help"][..], &["--version"], &["serve", "--help"]] {
        let (code, out, _) = run(arguments, "");
        assert!(code == 0 && out.contains("fieldgate"), "{arguments:?}: {out}");
    }
    let (code, out, _) = run(&["audit", "verify", "/nothing.jsonl"], "");
    assert!(code == 1 && out.contains("could not be read"), "{out}");
}

#[test]
fn the_help_of_commands_says_what_their_exit_codes_mean() {
    for command in [
        "--help",
        "explain --help",
        "soql explain --help",
        "sosl explain --help",
        "policy check --help",
        "policy diff --help",
        "policy matrix --help",
        "policy replay --help",
        "policy shadow-report --help",
        "policy test --help",
    ] {
        let (_, out, _) = run(&command.split(' ').collect::<Vec<_>>(), "");
        assert!(out.contains("Exit codes:\n  0 "), "{command:?}: {out}");
    }
}

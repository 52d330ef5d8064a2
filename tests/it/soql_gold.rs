//! Queries from public code beside the checkout (`../shared/data/soql`), whose references are known.
//! They are no part of the repository; where they are missing, the tests say so and pass.

use std::path::{Path, PathBuf};

use fieldgate::soql::{parse, scopes::scopes};
use serde_json::Value;

/// The lines of a file of queries; `None`, with a note, where it is missing.
#[expect(clippy::print_stderr, reason = "a test that was skipped should say so")]
fn lines(name: &str) -> Option<Vec<Value>> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data/soql").join(name);
    if !Path::new(&beside).exists() {
        eprintln!("skipped: there is no {}", beside.display());
        return None;
    }
    let text = std::fs::read_to_string(beside).unwrap();
    let lines: Vec<Value> = text.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert!(lines.len() > 50, "{name}");
    Some(lines)
}

/// The scopes of a query in the form of the file: kind, objects, clause, path and functions.
fn read(text: &str) -> Value {
    let query = parse(text).unwrap_or_else(|error| panic!("{}", error.render(text)));
    let scopes = scopes(&query).into_iter().map(|scope| {
        let refs: Vec<Value> = scope
            .references
            .iter()
            .map(|r| serde_json::json!([r.clause.name(), r.text(text), r.functions(text)]))
            .collect();
        serde_json::json!({ "kind": scope.kind.name(), "from": scope.from(), "refs": refs })
    });
    scopes.collect()
}

#[test]
fn queries_from_public_code_are_read_as_others_read_them() {
    let mut wrong = Vec::new();
    for line in lines("gold.jsonl").unwrap_or_default() {
        let text = line["query"].as_str().unwrap();
        let expected: Value = line["scopes"]
            .as_array()
            .unwrap()
            .iter()
            .map(
                |s| serde_json::json!({ "kind": s["kind"], "from": s["from_"], "refs": s["refs"] }),
            )
            .collect();
        if read(text) != expected {
            wrong.push(text.to_owned());
        }
        let canonical = parse(text).unwrap().to_string();
        assert_eq!(parse(&canonical).unwrap().to_string(), canonical);
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn texts_that_others_refuse_are_refused() {
    for line in lines("invalid.jsonl").unwrap_or_default() {
        let text = line["query"].as_str().unwrap();
        assert!(parse(text).is_err(), "{text:?}");
    }
}

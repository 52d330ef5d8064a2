//! Every shipped policy is missed by a test beside it: one fails where the policy is gone, and where
//! its effect is turned round.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use fieldgate::org::Schema;
use fieldgate::policy::testing::{self, Case};
use fieldgate::policy::{Against, Environment, Names, PolicySet};
use fieldgate::tools::NAMES;

/// Contents by the names of the files.
type Files = BTreeMap<String, String>;

/// A policy as it stands in its file: from its `@id` to the next one.
struct Written {
    file: String,
    id: String,
    text: String,
}

/// What a policy becomes.
const MUTATIONS: [(&str, fn(&str) -> String); 2] =
    [("is gone", |_| String::new()), ("is turned round", turned_round)];

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("policies")
}

fn shipped() -> Files {
    let entries = fs::read_dir(directory()).unwrap().map(|entry| entry.unwrap().path());
    let read = |path: PathBuf| {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let text = fs::read_to_string(path).unwrap();
        (name, text)
    };
    entries.map(read).filter(|(name, _)| !name.ends_with(".md")).collect()
}

fn written(files: &Files) -> Vec<Written> {
    let mut policies = Vec::new();
    for (file, text) in files.iter().filter(|(file, _)| file.ends_with(".cedar")) {
        let starts: Vec<usize> = text.match_indices("@id(\"").map(|(at, _)| at).collect();
        for (nth, &from) in starts.iter().enumerate() {
            let to = starts.get(nth + 1).copied().unwrap_or(text.len());
            let text = text[from..to].to_owned();
            let id = text.split('"').nth(1).unwrap().to_owned();
            policies.push(Written { file: file.clone(), id, text });
        }
    }
    policies
}

fn turned_round(policy: &str) -> String {
    let (permit, forbid) = ("\npermit (", "\nforbid (");
    let (from, to) = if policy.contains(permit) { (permit, forbid) } else { (forbid, permit) };
    assert_eq!(policy.matches(from).count(), 1, "{policy}");
    policy.replace(from, to)
}

fn schema() -> Schema {
    Schema::from_json(&fieldgate::demo_org::schema_json()).unwrap()
}

fn load(files: &Files, names: &Names<'_>) -> PolicySet {
    let texts = files.iter().map(|(name, text)| (name.as_str(), text.as_str()));
    PolicySet::from_texts(texts, names).unwrap_or_else(|error| panic!("{error}"))
}

/// The mutations of these policies that no case notices.
fn survivors(files: &Files, policies: &[Written], cases: &[Case]) -> Vec<String> {
    let schema = schema();
    let names = Names { tools: Some(&NAMES), ..Names::new(&schema) };
    let now = "2026-11-20T10:00:00Z".parse().unwrap();
    let against = Against { names, environment: Environment::Developer, now };
    let mut survivors = Vec::new();
    for Written { file, id, text } in policies {
        // Those beside it first: one that fails is enough.
        let beside = file.replace(".cedar", "_test.yaml");
        let (first, rest): (Vec<&Case>, Vec<&Case>) =
            cases.iter().partition(|case| case.file().ends_with(&beside));
        for (what, mutated) in MUTATIONS {
            let mut files = files.clone();
            let whole = files.get_mut(file).unwrap();
            *whole = whole.replace(text, &mutated(text));
            let set = load(&files, &names);
            let mut all = first.iter().chain(&rest);
            if all.all(|case| testing::run_one(&set, &against, case).passed()) {
                survivors.push(format!("{file}: {id} {what}"));
            }
        }
    }
    survivors
}

#[test]
fn every_shipped_policy_is_missed_when_it_is_gone_or_turned_round() {
    let files = shipped();
    let policies = written(&files);
    let schema = schema();
    let set = load(&files, &Names::new(&schema));
    let mut ids: Vec<&str> = policies.iter().map(|policy| policy.id.as_str()).collect();
    ids.sort_unstable();
    assert_eq!(ids, set.policy_ids().collect::<Vec<_>>());
    let cases = testing::cases_of(directory()).unwrap();
    let survivors = survivors(&files, &policies, &cases);
    assert!(survivors.is_empty(), "no shipped test fails where\n  {}", survivors.join("\n  "));
}

#[test]
fn a_policy_that_no_test_looks_at_is_found() {
    let mut files = shipped();
    let more = "@id(\"untested\")\n\
                permit (principal in Role::\"nobody-tested\", action, resource);\n";
    files.insert("90-more.cedar".to_owned(), more.to_owned());
    let cases = testing::cases_of(directory()).unwrap();
    let mut policies = written(&files);
    policies.retain(|policy| policy.file == "90-more.cedar");
    assert_eq!(
        survivors(&files, &policies, &cases),
        ["90-more.cedar: untested is gone", "90-more.cedar: untested is turned round"]
    );
}

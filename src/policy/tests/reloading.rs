//! Folders that are watched, what is handed out of them, and what must-deny cases keep out.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use super::*;
use crate::policy::{
    Against, Refusal, Sets, ShadowMode, ShadowSource, Snapshot, Sources, Store, Watch,
};

const ONE: &str = "@id(\"one\") permit (principal, action, resource in Object::\"Account\");";
const TWO: &str = "@id(\"two\") permit (principal, action, resource in Object::\"Contact\");";

fn only(policies: &Path) -> Sources {
    Sources { policies: policies.into(), shadow: None }
}

/// Ids of the set that decides, or what is wrong with it.
fn enforced(snapshot: &Snapshot) -> Result<Vec<String>, String> {
    let schema = schema();
    let set = snapshot.check(&against(&schema)).enforced.map_err(|error| error.to_string())?;
    Ok(set.policy_ids().map(str::to_owned).collect())
}

fn against(schema: &Schema) -> Against<'_> {
    let (names, environment) = (Names::new(schema), Environment::Production);
    Against { names, environment, now: friday().now, zone: friday().zone }
}

#[test]
fn a_folder_that_somebody_writes_to_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("a.cedar", ONE);
    let (mut watch, first) = Watch::begin(only(folder.path()));
    assert_eq!(enforced(&first), Ok(vec!["one".to_owned()]));
    assert!(watch.look().is_none() && watch.look().is_none(), "nothing is new");

    // A file that grows between looks is handed out when it has stopped.
    for end in [10, 20, 30] {
        write("b.cedar", TWO.split_at(end).0);
        assert!(watch.look().is_none());
    }
    write("b.cedar", TWO);
    assert!(watch.look().is_none());
    let second = watch.look().expect("the same in two looks");
    assert_eq!(enforced(&second), Ok(vec!["one".to_owned(), "two".to_owned()]));
    assert!(watch.look().is_none());

    // Files that are not ours are no change, and a new time of an old text is none.
    write("notes.txt", "x");
    write("a.cedar", ONE);
    assert!((0..5).all(|_| watch.look().is_none()));
    // But somebody may ask.
    assert_eq!(watch.look_now().map(|s| s.digest()), Some(second.digest()));
    watch.again();
    assert!(watch.look().is_some());

    fs::remove_dir_all(folder.path()).unwrap();
    assert!(watch.look().is_none());
    let gone = enforced(&watch.look().expect("that it is gone is news")).unwrap_err();
    assert!(gone.contains("can't be read"), "{gone}");
}

/// Makes `..data` lead to a new version, as the kubelet does.
fn publish(volume: &Path, version: &str, files: &[(&str, &str)]) {
    let versioned = volume.join(version);
    fs::create_dir(&versioned).unwrap();
    for (name, text) in files {
        fs::write(versioned.join(name), text).unwrap();
        if fs::symlink_metadata(volume.join(name)).is_err() {
            symlink(format!("..data/{name}"), volume.join(name)).unwrap();
        }
    }
    symlink(version, volume.join("..data_tmp")).unwrap();
    let old = fs::read_link(volume.join("..data"));
    fs::rename(volume.join("..data_tmp"), volume.join("..data")).unwrap();
    if let Ok(old) = old {
        fs::remove_dir_all(volume.join(old)).unwrap();
    }
}

#[test]
fn a_kubernetes_volume_is_followed_from_version_to_version() {
    let volume = tempfile::tempdir().unwrap();
    publish(volume.path(), "..1", &[("a.cedar", ONE)]);
    let (mut watch, first) = Watch::begin(only(volume.path()));
    assert_eq!(enforced(&first), Ok(vec!["one".to_owned()]));
    for (version, text, id) in [("..2", TWO, "two"), ("..3", ONE, "one"), ("..4", TWO, "two")] {
        // The same length, and the link in the folder stays: only what it leads to is new.
        publish(volume.path(), version, &[("a.cedar", text)]);
        assert!(watch.look().is_none());
        assert_eq!(enforced(&watch.look().expect("a new version")), Ok(vec![id.to_owned()]));
    }
}

#[test]
fn a_set_that_permits_what_must_be_denied_is_refused() {
    let head = "agents:\n  clerk: { roles: [support] }\ntests:\n";
    let case = |call: &str, expect: &str| {
        format!("{head}  - {{ name: case, as: clerk, call: {{ {call} }}, expect: {expect} }}\n")
    };
    let query =
        |soql: &str, expect: &str| case(&format!("executeQuery: {{ query: \"{soql}\" }}"), expect);
    for (test, expected) in [
        (query("SELECT Name FROM Contact LIMIT 1", "deny"), None),
        (query("SELECT Name FROM Account LIMIT 1", "allow"), None),
        (
            query("SELECT Name FROM Account LIMIT 1", "deny"),
            Some("a_test.yaml:4:13: `case` as clerk: must be denied, and is permitted by one"),
        ),
        (
            query("SELECT Nope FROM Account LIMIT 1", "deny"),
            Some("must be understood, and is not: "),
        ),
        (query("SELECT", "deny"), Some("must be understood, and is not: ")),
        (case("executeQuery: {}", "deny"), Some("must be understood, and is not: ")),
        (case("dropTable: {}", "deny"), Some("there is no tool `dropTable`")),
        (case("listAllObjects: {}, describeObject: {}", "deny"), Some("has one tool")),
        (case("listAllObjects: {}", "deny"), None),
        (case("getReport: { id: 00O000000000001EAA }", "deny"), None),
        (case("listAllObjects: {}", "refuse"), Some("a_test.yaml:")),
        (case("listAllObjects: {}", "deny").replace("as: clerk", "as: x"), Some("`x` is not one")),
        ("tests: [".to_owned(), Some("a_test.yaml:")),
    ] {
        let snapshot = Snapshot::from_texts([("a.cedar", ONE), ("a_test.yaml", test.as_str())]);
        match (enforced(&snapshot), expected) {
            (Ok(ids), None) => assert_eq!(ids, ["one"], "{test}"),
            (Err(error), Some(says)) => assert!(error.contains(says), "{test}: {error}"),
            (found, _) => panic!("{test}: {found:?}"),
        }
    }
}

#[test]
fn a_shadow_folder_adds_to_the_policies_or_replaces_them() {
    let folder = tempfile::tempdir().unwrap();
    let shadow = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.cedar"), ONE).unwrap();
    let path = shadow.path().to_owned();
    let read = |mode| {
        let shadow = Some(ShadowSource { source: path.clone().into(), mode });
        let source = Sources { policies: folder.path().into(), shadow };
        let schema = schema();
        let checked = source.read().check(&against(&schema));
        assert_eq!(checked.enforced.unwrap().policy_ids().collect::<Vec<_>>(), ["one"]);
        checked.shadow.unwrap().map(|set| set.policy_ids().collect::<Vec<_>>().join(" "))
    };
    for mode in [ShadowMode::Add, ShadowMode::Replace] {
        assert!(read(mode).unwrap_err().to_string().contains("no policy"), "{mode:?}");
    }
    fs::write(shadow.path().join("a.cedar"), TWO).unwrap();
    assert_eq!(read(ShadowMode::Add).unwrap(), "one two");
    assert_eq!(read(ShadowMode::Replace).unwrap(), "two");
    fs::write(shadow.path().join("a.cedar"), ONE).unwrap();
    let twice = read(ShadowMode::Add).unwrap_err().to_string();
    assert!(twice.contains("a.cedar:1:1: the id `one` is taken"), "{twice}");
    assert_eq!(read(ShadowMode::Replace).unwrap(), "one");
}

#[test]
fn a_store_keeps_the_last_good_sets_and_says_what_it_refused() {
    let first = Arc::new(set(ONE));
    let sets = Sets { enforced: Arc::clone(&first), shadow: None };
    let store = Store::new(sets, None, UNIX_EPOCH);
    let call = store.sets();
    let refusal = Refusal {
        digest: "d".to_owned(),
        error: PolicySet::from_texts([("a.cedar", "permit")], &Names::new(&schema())).unwrap_err(),
        at: UNIX_EPOCH,
    };
    store.refuse(refusal.clone());
    assert_eq!(store.current().hash(), first.hash());
    assert_eq!(store.state().refused, Some(refusal));

    let second = Arc::new(set(TWO));
    let changes = second.changes(&first);
    assert_eq!((changes.added, changes.removed, changes.changed), (1, 1, 0));
    let third = set(&ONE.replace("Account", "Contact"));
    assert_eq!(third.changes(&first).changed, 1);
    store.put(Sets { enforced: Arc::clone(&second), shadow: Some(first) }, None, UNIX_EPOCH);
    assert_eq!(store.current().hash(), second.hash());
    let state = store.state();
    assert!(state.refused.is_none() && state.policy_set == second.hash());
    assert_eq!(state.shadow_set.as_deref(), Some(call.enforced.hash()));
    assert_eq!(call.enforced.policy_ids().collect::<Vec<_>>(), ["one"], "a call keeps its sets");
}

//! `fieldgate org snapshot`: a file that stands for the org.

use std::fs;

use fieldgate::org::Schema;
use serde_json::{Value, json};

use super::{Desk, shipped};
use crate::harness::{CLIENT_SECRET, Setup, Site, binary, run};

/// A snapshot by the configuration that `serve` takes.
fn snapshot(site: &Site, setup: &Setup<'_>) -> (i32, String, String) {
    fs::write(site.path("fieldgate.yaml"), site.yaml(setup)).unwrap();
    let config = site.path("fieldgate.yaml");
    run(&["org", "snapshot", "--config", config.to_str().unwrap()], "")
}

#[test]
fn a_snapshot_is_the_schema_that_serve_reads() {
    let site = Site::new();
    let (code, out, err) = snapshot(&site, &Setup::default());
    assert_eq!(code, 0, "{err}");
    assert!(!out.contains(CLIENT_SECRET));
    let file: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((&file["apiVersion"], &file["classified"]), (&json!("68.0"), &json!(true)));
    let taken = Schema::from_json(out.as_bytes()).unwrap();
    let own = Schema::from_json(&fieldgate::demo_org::schema_json()).unwrap();
    assert_eq!(format!("{taken:?}"), format!("{own:?}"));
    // It is stable, so that it can be kept and compared.
    assert_eq!(snapshot(&site, &Setup::default()).1, out);

    let (code, demo, err) = run(&["org", "snapshot", "--demo"], "");
    assert_eq!(code, 0, "{err}");
    assert_eq!(demo, out);

    // serve starts by it, and the check takes it.
    fs::write(site.path("org.json"), &out).unwrap();
    let before = site.org.calls_used();
    let product = site.start_with(&Setup { org: "  schema_file: org.json\n", ..Setup::default() });
    assert_eq!(site.org.calls_used(), before, "the org was asked");
    drop(product);
    let (policies, schema) = (shipped(), site.path("org.json"));
    let arguments =
        ["policy", "check", policies.to_str().unwrap(), "--org-schema", schema.to_str().unwrap()];
    assert_eq!(run(&arguments, "").0, 0);
}

#[test]
fn a_snapshot_has_the_objects_that_the_configuration_names() {
    let site = Site::new();
    let setup = Setup { org: "  objects: [Lead, Account]\n", ..Setup::default() };
    let (code, out, err) = snapshot(&site, &setup);
    assert_eq!(code, 0, "{err}");
    let file: Value = serde_json::from_str(&out).unwrap();
    let names: Vec<_> = file["sobjects"].as_array().unwrap().iter().map(|o| &o["name"]).collect();
    assert_eq!(names, ["Account", "Lead"]);
    let unclassified = "  objects: [Lead]\n  classification: off\n";
    let (_, out, _) = snapshot(&site, &Setup { org: unclassified, ..Setup::default() });
    let file: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(file["classified"], false);
    assert!(!out.contains("complianceGroup"), "{out}");
}

#[test]
fn the_check_asks_the_org_of_the_configuration_where_no_file_is_given() {
    let site = Site::new();
    let (policies, config) = (shipped(), site.path("fieldgate.yaml"));
    let directory = policies.display();
    let section = format!("policies:\n  directory: {directory}\n  roles: [contractor]\n");
    let yaml = site.yaml(&Setup::default());
    fs::write(&config, yaml.replace(&format!("policies: {directory}\n"), &section)).unwrap();
    let config = config.to_str().unwrap().to_owned();
    let (code, out, err) =
        run(&["policy", "check", policies.to_str().unwrap(), "--config", &config, "--json"], "");
    assert_eq!(code, 0, "{out}{err}");
    let said: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((&said["ok"], &said["unchecked"]), (&json!(true), &json!([])));
    assert!(site.org.calls_used() > 0);
    // With a file no credential is needed.
    fs::remove_file(site.path("secret")).unwrap();
    let desk = Desk::new(&[]);
    let schema = desk.path("org.json");
    let arguments = ["--config", config.as_str(), "--org-schema", schema.to_str().unwrap()];
    let check = [&["policy", "check"], &arguments[..]].concat();
    assert_eq!(run(&check, "").0, 0);
}

#[test]
fn a_snapshot_that_cannot_be_taken_exits_with_1() {
    let site = Site::new();
    let setup = Setup { org: "  objects: [Nothing]\n", ..Setup::default() };
    let (code, out, err) = snapshot(&site, &setup);
    assert_eq!((code, out.as_str()), (1, ""));
    assert!(err.contains("the org has no object `Nothing`"), "{err}");
    let output = binary().args(["org", "snapshot"]).output().unwrap();
    assert_eq!(output.status.code(), Some(64));
}

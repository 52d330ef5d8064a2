//! `fieldgate policy` and `fieldgate org snapshot` through the real binary.

mod hollow;
mod labels;
mod problems;
mod snapshot;

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;

use crate::harness::run;

/// A directory with policy files and the demo org's schema.
pub(crate) struct Desk {
    directory: TempDir,
}

impl Desk {
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let desk = Self { directory: tempfile::tempdir().unwrap() };
        fs::create_dir(desk.path("policies")).unwrap();
        for (name, text) in files {
            fs::write(desk.path("policies").join(name), text).unwrap();
        }
        fs::write(desk.path("org.json"), fieldgate::demo_org::schema_json()).unwrap();
        desk
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    /// `policy check` of the directory, with these arguments behind.
    pub(crate) fn check(&self, arguments: &[&str]) -> (i32, String, String) {
        let policies = self.text("policies");
        run(&[&["policy", "check", policies.as_str()], arguments].concat(), "")
    }

    /// The same with the demo org's schema.
    pub(crate) fn check_with_org(&self, arguments: &[&str]) -> (i32, String, String) {
        let org = self.text("org.json");
        self.check(&[&["--org-schema", org.as_str()], arguments].concat())
    }

    /// What `--json` says, with the demo org's schema.
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        let (_, out, err) = self.check_with_org(&[&["--json"], arguments].concat());
        assert_eq!(out.lines().count(), 1, "{out}{err}");
        serde_json::from_str(&out).unwrap()
    }

    /// A configuration that has nothing of what `serve` needs besides.
    pub(crate) fn config(&self, text: &str) -> String {
        fs::write(self.path("fieldgate.yaml"), text).unwrap();
        self.text("fieldgate.yaml")
    }
}

fn shipped() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("policies")
}

#[test]
fn the_shipped_policies_are_fine() {
    let desk = Desk::new(&[]);
    let config = desk.config(
        "agents:\n  - {id: a, roles: [support]}\n  - {id: b, roles: [sales-operations]}\n\
         policies:\n  directory: policies\n  roles: [administrator, contractor]\n",
    );
    let (policies, org) = (shipped(), desk.text("org.json"));
    let (code, out, err) = run(
        &["policy", "check", policies.to_str().unwrap(), "--org-schema", &org, "--config", &config],
        "",
    );
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    assert!(out.starts_with("ok: 14 files, "), "{out}");
}

#[test]
fn the_schema_for_editors_is_the_one_that_is_validated_against() {
    let (code, out, err) = run(&["policy", "schema"], "");
    assert_eq!((code, err.as_str()), (0, ""));
    assert_eq!(out, fieldgate::policy::SCHEMA);
    assert!(out.contains("entity Field in [Object, Label]"), "{out}");
}

#[test]
fn what_cannot_be_checked_at_all_exits_with_1() {
    let desk = Desk::new(&[("a.cedar", "@id(\"a\") permit (principal, action, resource);")]);
    let nowhere = desk.text("nowhere");
    let text = desk.text("policies/a.cedar");
    for (arguments, says) in [
        (&["policy", "check", &nowhere][..], "nowhere: can't be read"),
        (&["policy", "check", &text, "--org-schema", &nowhere], "nowhere"),
        (&["policy", "check", &text, "--org-schema", &text], "not an org schema"),
        (&["policy", "check", &text, "--config", &nowhere], "nowhere cannot be used"),
        (&["policy", "check", &text, "--config", &desk.config("policies: x\nagents: 7")], "agents"),
        // A configuration without a schema file leads to the org, and to what serve needs of it.
        (&["policy", "check", &text, "--config", &desk.config("policies: x")], "--org-schema FILE"),
    ] {
        let (code, out, err) = run(arguments, "");
        assert_eq!((code, out.as_str()), (1, ""), "{arguments:?}: {err}");
        assert!(err.contains(says), "{arguments:?}: {err}");
    }
}

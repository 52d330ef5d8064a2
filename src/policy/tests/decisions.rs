//! The shipped policies: what each role may do, written out for people to review.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use super::*;

const ROLES: [&str; 3] = ["support", "sales-operations", "administrator"];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn shipped() -> PolicySet {
    let names = schema();
    let known = Names { roles: Some(&ROLES), ..Names::new(&names) };
    PolicySet::load(&root().join("policies"), &known).unwrap()
}

/// Letters for the actions that are permitted: what a field can be used for.
fn letters(bench: &mut Bench<'_>, target: &Target, opaque: bool) -> String {
    let actions = [
        (Action::Describe, 'd'),
        (Action::Select, 's'),
        (Action::Filter, 'f'),
        (Action::Search, 'S'),
        (Action::Create, 'c'),
        (Action::Update, 'u'),
        (Action::Delete, 'D'),
        (Action::ListObjects, 'o'),
        (Action::ReadLimits, 'l'),
    ];
    actions
        .into_iter()
        .map(|(action, letter)| {
            let asked = Access { action, target: target.clone(), path: String::new(), opaque };
            if bench.ask(&asked).is_ok() { letter } else { '-' }
        })
        .collect()
}

fn matrix(set: &PolicySet) -> String {
    let mut text = String::from(
        "# What the shipped policies permit: role by object and field. A test writes this anew and\n\
         # compares; to accept a change, run the tests with FIELDGATE_BLESS=1 and review the diff.\n\
         # d describe  s select  f filter  S search  c create  u update  D delete  o listObjects  l readLimits\n",
    );
    writeln!(text, "\n{:34}{:20}{:20}{}", "", ROLES[0], ROLES[1], ROLES[2]).unwrap();
    let schema = schema();
    let mut benches = ROLES.map(|role| bench(set, &schema, &agent(&[role])));
    let mut row = |shown: &str, target: Target, opaque: bool| {
        let [support, sales, administrator] =
            benches.each_mut().map(|bench| letters(bench, &target, opaque));
        writeln!(text, "{shown:34}{support:20}{sales:20}{administrator}").unwrap();
    };
    row("the org", Target::Org, false);
    for object in schema.objects() {
        row(object.name.as_str(), Target::Object(object.name.clone()), false);
        for field in object.fields() {
            let opaque = field.calculated && field.formula.is_none();
            let target = Target::Field(object.name.clone(), field.name.clone());
            row(&format!("  {target}"), target, opaque);
        }
    }
    text
}

fn matches_file(path: &Path, text: &str) {
    if std::env::var_os("FIELDGATE_BLESS").is_some() {
        fs::write(path, text).unwrap();
    }
    let known = fs::read_to_string(path).unwrap_or_default();
    let changed: Vec<String> = known
        .lines()
        .zip(text.lines())
        .filter(|(known, new)| known != new)
        .map(|(known, new)| format!("- {known}\n+ {new}"))
        .collect();
    assert!(known == text, "{} differs:\n{}", path.display(), changed.join("\n"));
}

#[test]
fn the_shipped_policies_permit_what_the_reviewed_file_says() {
    matches_file(&root().join("tests/decisions/shipped.txt"), &matrix(&shipped()));
}

#[test]
fn the_protected_fields_are_for_administrators() {
    let set = shipped();
    for field in [
        "Contact.SSN__c",
        "Contact.SSN_Last4__c",
        "Contact.Salary__c",
        "Account.Credit_Limit__c",
        "Lead.Credit_Score__c",
        "Opportunity.Margin__c",
        "Opportunity.Commission__c",
        "Case.Internal_Notes__c",
        "User.Cost_Rate__c",
    ] {
        for action in [Action::Select, Action::Filter, Action::Describe, Action::Update] {
            assert!(!may(&set, &["support", "sales-operations"], action, field), "{field}");
            assert!(may(&set, &["administrator"], action, field), "{field}");
        }
    }
}

#[test]
fn an_agent_without_a_role_reads_no_record() {
    let set = shipped();
    let rights = set.matrix(&agent(&[]), &schema(), &friday());
    assert_eq!(rights.org, [Action::ListObjects, Action::ReadLimits]);
    for object in rights.objects {
        for (action, extent) in object.rights {
            assert_eq!(extent, crate::policy::Extent::Nothing, "{} {action:?}", object.object);
        }
    }
}

#[test]
fn the_shipped_files_are_short() {
    for file in shipped().files() {
        let text = fs::read_to_string(root().join("policies").join(file)).unwrap();
        assert!(text.starts_with("// "), "{file} says first what it is for");
        assert!(text.lines().count() <= 80, "{file}");
        assert!(text.lines().all(|line| line.len() <= 110), "{file}");
    }
}

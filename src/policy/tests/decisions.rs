//! The shipped policies. What each role may do on the demo org stands in `tests/decisions/`.

use std::fs;
use std::path::PathBuf;

use super::*;

const ROLES: [&str; 4] = ["support", "sales-operations", "administrator", "contractor"];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn shipped() -> PolicySet {
    let names = Schema::from_json(&crate::demo_org::schema_json()).unwrap();
    let known = Names { roles: Some(&ROLES), ..Names::new(&names) };
    PolicySet::load(root().join("policies"), &known).unwrap()
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
        let says = if file.ends_with(".yaml") { "# " } else { "// " };
        assert!(text.starts_with(says), "{file} says first what it is for");
        assert!(text.lines().count() <= 80, "{file}");
        assert!(text.lines().all(|line| line.len() <= 110), "{file}");
    }
}

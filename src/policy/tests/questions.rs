//! What can be asked of policies, and what is asked of them.

use super::*;
use crate::policy::Why;
use crate::policy::decide::Offers;
use crate::policy::model::{Known, Model};

const PERMIT_ALL: &str = "@id(\"all\") permit (principal, action, resource);";

#[test]
fn a_dead_forbid_is_an_error_though_cedar_only_warns() {
    for dead in [
        "action == Action::\"read\", resource);",
        "action == Action::\"delete\", resource == Field::\"Contact.Email\");",
        "action, resource) when { context has typo && context.typo };",
    ] {
        let problems = problems(&format!("{PERMIT_ALL}\n@id(\"x\") forbid (principal, {dead}"));
        assert!(problems.contains("test.cedar:2:"), "{dead}: {problems}");
    }
}

#[test]
fn nothing_asked_is_not_everything_permitted() {
    let denial = judge(&set(PERMIT_ALL), &[], Vec::new()).unwrap_err();
    assert!(denial.refused().is_empty());
    assert!(denial.sentence().contains("touches nothing"), "{denial}");
}

#[test]
fn a_field_with_a_hidden_formula_is_permitted_only_by_its_name() {
    let hidden =
        || vec![Access { opaque: true, ..access(Action::Select, "Account.Total_Won_Amount__c") }];
    for permit in ["resource", "resource in Object::\"Account\"", "resource in Org::\"org\""] {
        let set = set(&format!("@id(\"x\") permit (principal, action, {permit});"));
        let denial = judge(&set, &[], hidden()).unwrap_err();
        assert_eq!(denial.refused()[0].why, Why::Opaque, "{permit}");
    }
    let named = "permit (principal, action, resource == Field::\"Account.Total_Won_Amount__c\")";
    let set = set(&format!("{PERMIT_ALL} @id(\"x\") {named};"));
    let judgement = judge(&set, &[], hidden()).unwrap();
    assert_eq!(judgement.policies.into_iter().collect::<Vec<_>>(), ["all", "x"]);
    let other = set_of_condition();
    assert!(
        judge(&other, &[], hidden()).is_err(),
        "a permit whose condition is false is no permit"
    );
}

fn set_of_condition() -> PolicySet {
    set(&format!(
        "{PERMIT_ALL} @id(\"x\") permit (principal, action,
         resource == Field::\"Account.Total_Won_Amount__c\") when {{ context.hour == 3 }};"
    ))
}

#[test]
fn filtering_needs_its_own_permission() {
    let set = set(
        "@id(\"a\") permit (principal, action == Action::\"select\", resource in Object::\"Contact\");",
    );
    assert!(may(&set, &[], Action::Select, "Contact.Email"));
    assert!(!may(&set, &[], Action::Filter, "Contact.Email"));
}

#[test]
fn cedar_knows_exactly_our_actions() {
    let model = Model::new(crate::policy::SCHEMA).unwrap();
    let groups = ["any", "read", "write", "metadata", "changeMetadata", "privileged"];
    let mut leaves: Vec<String> = model
        .schema
        .actions()
        .map(|action| action.id().unescaped().to_owned())
        .filter(|name| !groups.contains(&name.as_str()))
        .collect();
    leaves.sort();
    let mut ours: Vec<&str> = Action::ALL.iter().map(|action| action.name()).collect();
    ours.sort_unstable();
    assert_eq!(leaves, ours);
}

#[test]
fn the_context_says_when_and_how_the_call_came() {
    for (condition, now, allowed) in [
        ("context.hour == 10 && context.weekday == Weekday::\"fri\"", "2026-11-20T10:59:59Z", true),
        ("context.hour == 10", "2026-11-20T11:00:00Z", false),
        ("context.now < datetime(\"2027-02-01\")", "2027-01-31T23:59:59.9Z", true),
        ("context.now < datetime(\"2027-02-01\")", "2027-02-01T00:00:00Z", false),
        ("context.environment == Environment::\"sandbox\"", "2026-11-20T10:00:00Z", false),
        ("context.tool == Tool::\"executeQuery\"", "2026-11-20T10:00:00Z", true),
        ("context.via == Channel::\"record\"", "2026-11-20T10:00:00Z", true),
        ("context has rows && context.rows <= 1", "2026-11-20T10:00:00Z", true),
        ("context has query", "2026-11-20T10:00:00Z", false),
    ] {
        let set = set(&format!(
            "@id(\"x\") permit (principal, action, resource) when {{ {condition} }};"
        ));
        let asked = footprint(vec![access(Action::Select, "Contact.Email")]);
        let judged = set.judge(&agent(&[]), &schema(), &call(now), facts(), &asked, Offers::Made);
        assert_eq!(judged.is_ok(), allowed, "{condition} at {now}");
    }
}

#[test]
fn an_agent_is_its_issuer_subject_and_team() {
    for (condition, allowed) in [
        ("principal.issuer == \"fieldgate\" && principal.subject == \"tester\"", true),
        ("principal == Agent::\"tester\"", true),
        ("principal == Agent::\"other\"", false),
        ("principal in Team::\"sales\"", true),
        ("principal has team && principal.team == Team::\"sales\"", true),
        ("principal in Team::\"hr\"", false),
    ] {
        let set = set(&format!(
            "@id(\"x\") permit (principal, action, resource) when {{ {condition} }};"
        ));
        let agent = agent(&[]).with_team("sales");
        let asked = footprint(vec![access(Action::Select, "Contact.Email")]);
        let judged = set.judge(&agent, &schema(), &friday(), facts(), &asked, Offers::Made);
        assert_eq!(judged.is_ok(), allowed, "{condition}");
    }
}

#[test]
fn ids_of_any_spelling_make_no_other_entity() {
    // Roles come from tokens: a role that looks like Cedar text is still one odd role.
    let set = set("@id(\"x\") permit (principal in Role::\"administrator\", action, resource);");
    for role in ["administrator\"", "Administrator", "Role::\"administrator\"", "", "a\u{0}b"] {
        assert!(!may(&set, &[role], Action::Select, "Contact.Email"), "{role:?}");
    }
    assert!(may(&set, &["administrator", "x"], Action::Select, "Contact.Email"));
}

#[test]
fn what_is_pruned_is_asked_for_alone() {
    let set = set("@id(\"d\") permit (principal, action == Action::\"describe\", resource);
         @id(\"ssn\") forbid (principal, action, resource == Field::\"Contact.SSN__c\");");
    let asked = Footprint {
        accesses: vec![access(Action::Describe, "Contact")],
        pruned: ["Contact.Email", "Contact.SSN__c", "Contact.Nope__c"]
            .map(|field| access(Action::Describe, field))
            .into(),
        ..Footprint::default()
    };
    let judgement =
        set.judge(&agent(&[]), &schema(), &friday(), facts(), &asked, Offers::Made).unwrap();
    assert!(judgement.visible(Action::Describe, &target("Contact")));
    assert!(judgement.visible(Action::Describe, &target("CONTACT.email")));
    assert!(!judgement.visible(Action::Select, &target("Contact.Email")));
    assert!(!judgement.visible(Action::Describe, &target("Contact.SSN__c")));
    assert!(!judgement.visible(Action::Describe, &target("Contact.Nope__c")));
    assert!(Known::find(&schema(), &target("Contact.Email")).is_some());
}

#[test]
fn a_policy_on_one_report_speaks_of_that_report() {
    let (one, other) = ("00O000000000001EAA", "00O000000000002EAA");
    let forbidding = set(&format!(
        "@id(\"p\") permit (principal, action in Action::\"read\", resource);
         @id(\"f\") forbid (principal, action, resource == Report::\"{one}\");"
    ));
    assert!(!may(&forbidding, &[], Action::RunReport, one));
    assert!(may(&forbidding, &[], Action::RunReport, other));
    let permitting = set(&format!(
        "@id(\"p\") permit (principal, action == Action::\"runReport\", resource == Report::\"{one}\");"
    ));
    assert!(may(&permitting, &[], Action::RunReport, one));
    assert!(!may(&permitting, &[], Action::RunReport, other));
    let whole = set(
        "@id(\"p\") permit (principal, action == Action::\"runReport\", resource in Org::\"org\");
         @id(\"f\") forbid (principal, action, resource in Object::\"Report\");",
    );
    assert!(may(&whole, &[], Action::RunReport, one));
}

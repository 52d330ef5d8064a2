//! Labels: what stands under one is what a policy on it decides about.

use super::*;
use crate::org::Described;
use crate::policy::decide::Offers;

/// A small org that classifies two of its fields, a compound one among them.
const CLASSIFIED: &str = r#"{"apiVersion":"68.0","classified":true,"sobjects":[
    {"name":"Account","fields":[{"name":"Name"},{"name":"Phone"},{"name":"Fax"}]},
    {"name":"Contact","fields":[
        {"name":"Name","complianceGroup":"PII;GDPR"},
        {"name":"FirstName","compoundFieldName":"Name"},{"name":"Email"},
        {"name":"Salary__c","custom":true,"securityClassification":"MissionCritical"}]},
    {"name":"Lead","fields":[{"name":"Company"},{"name":"MobilePhone"}]}]}"#;

const LABELS: &str = "
pii: [Lead]
contact-data:
  - '*.*Phone'
  - Account.Fax
hipaa:
";

fn classified() -> Schema {
    Schema::from_json(CLASSIFIED.as_bytes()).unwrap()
}

fn labelled(policies: &str) -> PolicySet {
    let texts = [("labels.yaml", LABELS), ("test.cedar", policies)];
    PolicySet::from_texts(texts, &Names::new(&classified())).unwrap()
}

/// The targets that a forbid on a label takes away from a permit of everything.
fn taken(label: &str, targets: &[&str]) -> Vec<String> {
    let set = labelled(&format!(
        "@id(\"all\") permit (principal, action, resource);
         @id(\"no\") forbid (principal, action, resource in Label::\"{label}\");"
    ));
    let schema = classified();
    let refused = |name: &&&str| {
        let asked = footprint(vec![access(Action::Select, name)]);
        set.judge(&agent(&[]), &schema, &friday(), facts(), &asked, Offers::Made).is_err()
    };
    targets.iter().filter(refused).map(ToString::to_string).collect()
}

#[test]
fn a_forbid_on_a_label_takes_what_stands_under_it() {
    let targets = [
        "Account",
        "Account.Name",
        "Account.Phone",
        "Account.Fax",
        "Contact",
        "Contact.Name",
        "Contact.FirstName",
        "Contact.Email",
        "Contact.Salary__c",
        "Lead",
        "Lead.Company",
        "Lead.MobilePhone",
    ];
    for (label, expected) in [
        // A whole object from the file; from the org a compound field, with what it is made of.
        (
            "pii",
            &["Contact.Name", "Contact.FirstName", "Lead", "Lead.Company", "Lead.MobilePhone"][..],
        ),
        ("gdpr", &["Contact.Name", "Contact.FirstName"]),
        ("missioncritical", &["Contact.Salary__c"]),
        ("contact-data", &["Account.Phone", "Account.Fax", "Lead.MobilePhone"]),
        ("hipaa", &[]),
    ] {
        assert_eq!(taken(label, &targets), expected, "{label}");
    }
}

#[test]
fn a_permit_on_a_label_permits_what_stands_under_it() {
    let set = labelled(
        "@id(\"some\") permit (principal, action == Action::\"select\", resource in Label::\"gdpr\");",
    );
    let schema = classified();
    let agent = agent(&[]);
    for (target, permitted) in
        [("Contact.Name", true), ("Contact.Email", false), ("Lead.Company", false)]
    {
        let asked = footprint(vec![access(Action::Select, target)]);
        let judged = set.judge(&agent, &schema, &friday(), facts(), &asked, Offers::Made);
        assert_eq!(judged.is_ok(), permitted, "{target}");
    }
    assert!(set.could_permit(&agent, Action::Select));
    assert!(!set.could_permit(&agent, Action::Update));
}

#[test]
fn what_comes_to_the_org_later_stands_under_the_labels_too() {
    let set = labelled(
        "@id(\"all\") permit (principal, action, resource);
         @id(\"no\") forbid (principal, action, resource in Label::\"contact-data\");
         @id(\"pii\") forbid (principal, action, resource in Label::\"pii\");",
    );
    let account = r#"{"name":"Account","fields":[{"name":"Name","complianceGroup":"PII"},
        {"name":"Other_Phone"},{"name":"HomePhone"}]}"#;
    let account = Described::from_json(account.as_bytes()).unwrap().object().unwrap();
    let schema = classified().with(vec![account], None).unwrap();
    for (target, permitted) in [
        ("Account.Name", false),
        ("Account.HomePhone", false),
        ("Account.Other_Phone", false),
        ("Account", true),
        ("Contact.Email", true),
    ] {
        let asked = footprint(vec![access(Action::Select, target)]);
        let judged = set.judge(&agent(&[]), &schema, &friday(), facts(), &asked, Offers::Made);
        assert_eq!(judged.is_ok(), permitted, "{target}");
    }
}

#[test]
fn what_is_wrong_with_labels_is_said_with_its_place() {
    let policy = "@id(\"x\") permit (principal, action, resource);";
    for (text, expected) in [
        (
            "pii: [Contact.Emial]",
            "labels.yaml:1:7: the org has no field `Contact.Emial`; did you mean `Contact.Email`?",
        ),
        (
            "pii:\n  - contact",
            "labels.yaml:2:5: `contact` differs in case from the org's object; write `Contact`",
        ),
        ("pii:\n  - \"*.SSM*\"", "labels.yaml:2:6: `*.SSM*` matches nothing that the org has"),
        (
            "pii:\n  - Contact.Emial*",
            "matches nothing that the org has; did you mean `Contact.Email`?",
        ),
        ("pii:\n  - Contcat.*", "did you mean `Contact`?"),
        ("pii:\n  - Lead.*Fone", "did you mean `Lead.MobilePhone`?"),
        ("pii:\n  - Lead.*.Fone", "is neither an object nor a field; write Object or Object.Field"),
        ("PII: [Lead]", "labels.yaml:1:1: `PII` is not the name of a label; at most 64 lower-case"),
        ("pii: Lead", "labels.yaml:1:"),
        ("- Lead", "expected labels, each with a list"),
        ("pii:\n  - *Phone", "quotes around what begins with a star"),
        ("pii: [Lead]\npii: [Lead]", "labels.yaml:2:1"),
        ("pii: [Lead", "labels.yaml:"),
    ] {
        let texts = [("labels.yaml", text), ("test.cedar", policy)];
        let error = PolicySet::from_texts(texts, &Names::new(&classified())).unwrap_err();
        assert!(error.to_string().contains(expected), "{text}\n{error}");
        assert_eq!(error.problems().len(), 1, "{text}\n{error}");
    }
}

#[test]
fn a_label_that_nothing_has_is_refused_with_the_nearest() {
    for (label, expected) in [
        ("PII", "nothing stands under the label `PII`; did you mean `pii`?"),
        ("gpdr", "did you mean `gdpr`?"),
        ("finance", "name what does in labels.yaml"),
    ] {
        let policy =
            format!("@id(\"x\") forbid (principal, action, resource in Label::\"{label}\");");
        let texts = [("labels.yaml", LABELS), ("test.cedar", policy.as_str())];
        let error = PolicySet::from_texts(texts, &Names::new(&classified())).unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    }
    let problems = problems("@id(\"x\") forbid (principal, action, resource in Label::\"pii\");");
    assert!(problems.contains("how the org classifies its fields is not known"), "{problems}");
}

#[test]
fn labels_are_a_part_of_the_set_and_its_hash() {
    let policy = ("a.cedar", "@id(\"x\") permit (principal, action, resource);");
    let schema = classified();
    let hash = |labels: &str| {
        let texts = [("labels.yaml", labels), policy];
        let set = PolicySet::from_texts(texts, &Names::new(&schema)).unwrap();
        assert_eq!(set.files(), ["a.cedar", "labels.yaml"]);
        set.hash().to_owned()
    };
    assert_ne!(hash("pii: [Lead]"), hash("pii: [Account]"));
}

//! Labels through the real binary: as they are checked, and as they decide.

use std::fs;

use serde_json::{Value, json};

use super::Desk;
use crate::harness::{ADMIN, SUPPORT, Setup, Site, run};

const POLICY: (&str, &str) = ("a.cedar", "@id(\"a\") permit (principal, action, resource);");

#[test]
fn labels_are_shown_expanded() {
    let labels = "pii:\n  - Contact.SSN*\n  - \"*.Credit_*\"\nhipaa:\n";
    let desk = Desk::new(&[POLICY, ("labels.yaml", labels)]);
    let said = desk.json(&["--verbose"]);
    let find = |name: &str| -> Value {
        let labels = said["labels"].as_array().unwrap();
        labels.iter().find(|label| label["label"] == name).unwrap()["sources"].clone()
    };
    let sources = find("pii");
    assert_eq!(sources[0]["pattern"], "Contact.SSN*");
    assert_eq!(sources[0]["members"], json!(["Contact.SSN__c", "Contact.SSN_Last4__c"]));
    assert_eq!(sources[1]["members"], json!(["Account.Credit_Limit__c", "Lead.Credit_Score__c"]));
    assert_eq!(
        sources[2],
        json!({ "org": true, "members": ["Contact.Birthdate", "Contact.Salary__c",
            "Contact.SSN__c", "Contact.SSN_Last4__c", "Lead.Credit_Score__c"] })
    );
    assert_eq!(find("hipaa"), json!([]));
    assert_eq!(find("internal")[0]["members"], json!(["Case.Internal_Notes__c"]));
    assert_eq!(desk.json(&[])["labels"], Value::Null);

    let (code, out, _) = desk.check_with_org(&["--verbose"]);
    assert_eq!(code, 0, "{out}");
    for line in [
        "label pii",
        "  Contact.SSN* -> Contact.SSN__c, Contact.SSN_Last4__c",
        "  the org's classification -> Case.Internal_Notes__c",
    ] {
        assert!(out.lines().any(|shown| shown == line), "{line}\n{out}");
    }
}

#[test]
fn what_labels_yaml_gets_wrong_is_said_with_its_place() {
    for (text, (line, column), message, hint) in [
        ("pii:\n  - Contact.Emial\n", (2, 5), "no field `Contact.Emial`", "`Contact.Email`"),
        ("pii:\n  - contact.Email\n", (2, 5), "`contact` differs in case", "write `Contact`"),
        ("pii:\n  - \"Contact.SNN_*\"\n", (2, 6), "matches nothing", "`Contact.SSN"),
        ("pii:\n  - Contcat.*\n", (2, 5), "matches nothing", "did you mean `Contact`?"),
        ("pii:\n  - Contact.SSN__c.x\n", (2, 5), "neither an object nor a field", "Object.Field"),
        ("PII: [Lead]\n", (1, 1), "`PII` is not the name of a label", "lower-case"),
        ("pii:\n  - *Phone\n", (2, 5), "", "quotes around what begins with a star"),
    ] {
        let said = Desk::new(&[POLICY, ("labels.yaml", text)]).json(&[]);
        let problems = said["problems"].as_array().unwrap();
        assert_eq!(problems.len(), 1, "{text}\n{said}");
        let problem = &problems[0];
        assert!(problem["file"].as_str().unwrap().ends_with("policies/labels.yaml"), "{said}");
        assert!(problem["message"].as_str().unwrap().contains(message), "{text}\n{said}");
        assert!(problem["hint"].as_str().unwrap().contains(hint), "{text}\n{said}");
        let place = (problem["line"].as_u64().unwrap(), problem["column"].as_u64().unwrap());
        assert_eq!(place, (line, column), "{text}\n{said}");
    }
}

#[test]
fn the_labels_file_lies_beside_the_policies_or_where_the_configuration_says() {
    let label = ("a.cedar", "@id(\"a\") forbid (principal, action, resource in Label::\"mine\");");
    let desk = Desk::new(&[label, ("labels.yaml", "mine: [Lead]\n")]);
    let org = desk.path("org.json");
    let check = |arguments: &[&str]| {
        let whole =
            [&["policy", "check", "--org-schema", org.to_str().unwrap()], arguments].concat();
        run(&whole, "").0
    };
    let file = desk.path("policies/a.cedar");
    let file = file.to_str().unwrap();
    assert_eq!(check(&[file]), 0);
    fs::rename(desk.path("policies/labels.yaml"), desk.path("elsewhere.yaml")).unwrap();
    assert_eq!(check(&[file]), 2);
    assert_eq!(check(&[file, desk.path("elsewhere.yaml").to_str().unwrap()]), 0);
    let config =
        desk.config("policies: {directory: policies, labels: elsewhere.yaml}\nagents: []\n");
    assert_eq!(check(&["--config", &config]), 0);
    let config = desk.config("policies: {directory: policies, lables: elsewhere.yaml}\n");
    assert_eq!(check(&["--config", &config]), 1);
}

/// Everybody reads contacts, but for what stands under these labels.
const SERVED: &str = "
@id(\"all\") permit (principal, action in Action::\"read\", resource);
@id(\"no-pii\") forbid (principal, action in Action::\"read\", resource in Label::\"pii\")
unless { principal in Role::\"administrator\" };
@id(\"no-call-data\") forbid (principal, action in Action::\"read\", resource in Label::\"call-data\")
unless { principal in Role::\"administrator\" };";

#[test]
fn what_the_file_and_the_org_put_under_a_label_is_decided_as_the_label_is() {
    let site = Site::new();
    fs::create_dir(site.path("labelled")).unwrap();
    fs::write(site.path("labelled/a.cedar"), SERVED).unwrap();
    fs::write(site.path("labelled/labels.yaml"), "call-data:\n  - \"*.*Phone\"\n").unwrap();
    let directory = site.path("labelled");
    let product = site.start_with(&Setup {
        arguments: &["--policies", directory.to_str().unwrap()],
        ..Setup::default()
    });
    for (field, policy) in [
        // The org's own classification, also through a formula.
        ("SSN__c", Some("no-pii")),
        ("Birthdate", Some("no-pii")),
        ("SSN_Last4__c", Some("no-pii")),
        // The file.
        ("MobilePhone", Some("no-call-data")),
        ("Phone", Some("no-call-data")),
        ("Email", None),
    ] {
        for soql in [
            format!("SELECT {field} FROM Contact LIMIT 1"),
            format!("SELECT Id FROM Contact ORDER BY {field} LIMIT 1"),
        ] {
            let answer = product.query(SUPPORT, &soql);
            match policy {
                Some(policy) => assert!(answer.text().contains(policy), "{soql}: {answer:?}"),
                None => assert!(answer.data()["totalSize"].is_u64(), "{soql}: {answer:?}"),
            }
            product.query(ADMIN, &soql).data();
        }
    }
}

#[test]
fn an_org_that_does_not_say_how_it_classifies_may_be_required_to() {
    let site = Site::new();
    // Everything but the label that only the org has.
    let plain = ["--policies", "missing"];
    let policies = site.path("plain");
    fs::create_dir(&policies).unwrap();
    fs::write(policies.join(POLICY.0), POLICY.1).unwrap();
    let schema = site.path("org.json");
    let mut file: Value = serde_json::from_slice(&fieldgate::demo_org::schema_json()).unwrap();
    file["classified"] = json!(false);
    fs::write(&schema, file.to_string()).unwrap();
    let arguments = [plain[0], policies.to_str().unwrap()];
    let start = |classification: &str| {
        let org =
            format!("  schema_file: {}\n  classification: {classification}\n", schema.display());
        site.try_start(&Setup { org: &org, arguments: &arguments, ..Setup::default() })
    };
    assert!(start("optional").is_ok());
    assert!(start("off").is_ok());
    let failed = start("required").err().expect("it started");
    assert!(failed.stderr.contains("does not say how the org classifies its fields"), "{failed:?}");
    let failed = start("maybe").err().expect("it started");
    assert!(failed.stderr.contains("optional, required, off"), "{failed:?}");
}

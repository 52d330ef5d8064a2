//! The org's own objects and fields: what an operation on them touches, and what becomes of it from
//! the agent to the org and back.

use fieldgate::demo_org::Fault;
use fieldgate::footprint::{self, Footprint};
use fieldgate::org::Schema;
use fieldgate::salesforce::Operation;
use fieldgate::seal::Binding;
use fieldgate::tools::{Seals, known_as};
use serde_json::{Value, json};

use crate::harness::{ADMIN, Answer, Product, SALES, SUPPORT, Setup, Site, line};

fn operation(tool: &str, arguments: &Value) -> Operation {
    let seals = Seals { sealer: None, binding: Binding { agent: "agent", server: "/mcp" }, now: 0 };
    known_as(tool).unwrap().operation(&arguments.to_string(), &seals).unwrap()
}

fn schema() -> Schema {
    Schema::from_json(&fieldgate::demo_org::schema_json()).unwrap()
}

/// What it touches, or why that can't be said.
fn touched(operation: Operation) -> Result<Vec<String>, String> {
    let resolved = footprint::resolve(operation, &schema()).map_err(|error| error.to_string())?;
    let Footprint { accesses, .. } = resolved.footprint();
    Ok(accesses.iter().map(|a| format!("{} {}", a.action.name(), a.target)).collect())
}

#[test]
fn a_new_object_or_field_is_a_change_of_what_it_is_in() {
    let date = json!({ "label": "Due", "type": "Date" });
    let lookup =
        json!({ "label": "L", "type": "Lookup", "referenceTo": "lead", "relationshipName": "Ls" });
    let object = json!({ "label": "I", "pluralLabel": "Is", "sharingModel": "Private" });
    for (tool, arguments, expected) in [
        (
            "createCustomObject",
            json!({ "name": "Invoice__c", "definition": object }),
            Ok(vec!["createMetadata the org"]),
        ),
        (
            "createCustomField",
            json!({ "object": "ACCOUNT", "name": "Due__c", "definition": date }),
            Ok(vec!["createMetadata Account"]),
        ),
        (
            "createCustomField",
            json!({ "object": "Account", "name": "Lead__c", "definition": lookup }),
            Ok(vec!["createMetadata Account", "describe Lead"]),
        ),
        (
            "createCustomField",
            json!({ "object": "Nope__c", "name": "Due__c", "definition": date }),
            Err("`Nope__c` is not an object of this org"),
        ),
        ("listCustomFields", json!({ "object": "account" }), Ok(vec!["readMetadata Account"])),
        (
            "getCustomField",
            json!({ "id": "00NDm0000000001MAA" }),
            Err("what `00NDm0000000001MAA` stands for must be looked up in the org first"),
        ),
    ] {
        let expected = expected
            .map(|accesses| accesses.into_iter().map(str::to_owned).collect::<Vec<_>>())
            .map_err(str::to_owned);
        assert_eq!(touched(operation(tool, &arguments)), expected, "{tool} {arguments}");
    }
}

#[test]
fn an_id_is_looked_up_as_a_question_about_the_org() {
    for (tool, good, wrong) in [
        ("getCustomField", "00NDm0000000001MAA", "01IDm000000000BMAQ"),
        ("deleteCustomField", "00NDm0000000001MAA", "003Dm0000000001IAA"),
        ("deleteCustomObject", "01IDm000000000BMAQ", "00NDm0000000001MAA"),
    ] {
        let lookup = |id: &str| operation(tool, &json!({ "id": id })).lookup().unwrap();
        assert_eq!(touched(lookup(good)).unwrap(), ["readMetadata the org"], "{tool}");
        let error = touched(lookup(wrong)).unwrap_err();
        assert!(error.starts_with("the id is not one of a custom "), "{tool}: {error}");
    }
}

fn found(rows: &str) -> Vec<u8> {
    format!(r#"{{"totalSize":1,"done":true,"records":[{{{rows}}}]}}"#).into_bytes()
}

#[test]
fn what_is_behind_an_id_is_judged_by_its_name() {
    let delete = |name: &str, table: &str, full: &str| {
        let id = "00NDm0000000001MAA";
        let rows = format!(
            r#""Id":"{id}","DeveloperName":"{name}","NamespacePrefix":null,"TableEnumOrId":"{table}","FullName":"{full}""#
        );
        let operation = operation("deleteCustomField", &json!({ "id": id }));
        touched(operation.with_lookup(&found(&rows)).unwrap())
    };
    let ssn = delete("ssn", "contact", "contact.ssn__c");
    assert_eq!(ssn, Ok(vec!["deleteMetadata Contact.SSN__c".to_owned()]));
    for (name, table, full) in [
        // Not in the schema, in an object that isn't, and no custom field.
        ("Hidden", "Contact", "Contact.Hidden__c"),
        ("Hidden", "01IDm000000000BMAQ", "Secret__c.Hidden__c"),
    ] {
        let error = delete(name, table, full).unwrap_err();
        assert_eq!(
            error,
            "the id stands for a custom field that this org's schema does not describe"
        );
    }
}

#[track_caller]
#[expect(clippy::needless_pass_by_value, reason = "so that a call says its arguments itself")]
fn done(product: &Product, tool: &str, arguments: Value) -> Value {
    let answer = product.call(ADMIN, tool, &arguments);
    assert!(!answer.refused(), "{tool} {arguments}: {answer:?}");
    answer.data()
}

fn invoice(product: &Product) -> String {
    let definition =
        json!({ "label": "Invoice", "pluralLabel": "Invoices", "sharingModel": "Private" });
    let made = done(
        product,
        "createCustomObject",
        json!({ "name": "Invoice__c", "definition": definition }),
    );
    assert_eq!(made["success"], true);
    made["id"].as_str().unwrap().to_owned()
}

fn field(product: &Product, object: &str, name: &str, definition: &Value) -> String {
    let arguments = json!({ "object": object, "name": name, "definition": definition });
    done(product, "createCustomField", arguments)["id"].as_str().unwrap().to_owned()
}

fn names(answer: &Value, list: &str) -> Vec<String> {
    let elements = answer[list].as_array().unwrap();
    elements.iter().map(|e| e["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn an_object_and_its_fields_live_from_their_making_to_their_end() {
    let site = Site::new();
    let product = site.start();
    let object = invoice(&product);
    let amount = json!({ "label": "Amount", "type": "Currency", "precision": 10, "scale": 2 });
    let amount = field(&product, "Invoice__c", "Amount__c", &amount);
    let account = json!({ "label": "Account", "type": "Lookup", "referenceTo": "Account",
        "relationshipName": "Invoices" });
    let account = field(&product, "invoice__c", "Account__c", &account);

    // At once: described, written, read, and walked from both sides.
    let described = done(&product, "describeObject", json!({ "object": "Invoice__c" }));
    let fields = names(&described, "fields");
    assert!(["Amount__c", "Account__c"].iter().all(|name| fields.contains(&(*name).to_owned())));
    let soql = "SELECT Id FROM Account LIMIT 1";
    let parent =
        done(&product, "executeQuery", json!({ "query": soql }))["records"][0]["Id"].clone();
    let values = json!({ "Amount__c": 12.5, "Account__c": parent });
    done(&product, "createRecord", json!({ "object": "Invoice__c", "fields": values }));
    for (soql, pointer) in [
        ("SELECT Amount__c, Account__r.Name FROM Invoice__c LIMIT 1", "/records/0/Amount__c"),
        (
            "SELECT (SELECT Amount__c FROM Invoices__r) FROM Account WHERE Id IN (SELECT Account__c FROM Invoice__c) LIMIT 1",
            "/records/0/Invoices__r/records/0/Amount__c",
        ),
    ] {
        let rows = done(&product, "executeQuery", json!({ "query": soql }));
        assert_eq!(rows.pointer(pointer), Some(&json!(12.5)), "{soql}: {rows}");
    }

    let listed = done(&product, "listCustomFields", json!({ "object": "Invoice__c" }));
    assert_eq!(
        listed,
        json!({ "customFields": [
            { "id": account, "object": "Invoice__c", "name": "Account__c" },
            { "id": amount, "object": "Invoice__c", "name": "Amount__c" },
        ]})
    );
    let changes = json!({ "label": "Total", "inlineHelpText": "With tax" });
    done(&product, "updateCustomField", json!({ "id": amount, "changes": changes }));
    let got = done(&product, "getCustomField", json!({ "id": amount }));
    assert_eq!(
        got,
        json!({ "id": amount, "object": "Invoice__c", "name": "Amount__c", "definition": {
            "label": "Total", "type": "Currency", "precision": 10, "scale": 2, "required": false,
            "unique": false, "externalId": false, "inlineHelpText": "With tax" } })
    );
    done(&product, "updateCustomObject", json!({ "id": object, "changes": { "label": "Bill" } }));
    let described = done(&product, "describeObject", json!({ "object": "Invoice__c" }));
    assert_eq!(described["label"], "Bill");

    done(&product, "deleteCustomField", json!({ "id": amount }));
    let gone = product.query(ADMIN, "SELECT Amount__c FROM Invoice__c LIMIT 1");
    assert_eq!(gone.code(), "unknown_name", "{gone:?}");
    done(&product, "deleteCustomObject", json!({ "id": object }));
    let gone = product.query(ADMIN, "SELECT Id FROM Invoice__c LIMIT 1");
    assert_eq!(gone.code(), "unknown_name", "{gone:?}");
    let children = "SELECT (SELECT Id FROM Invoices__r) FROM Account LIMIT 1";
    assert_eq!(product.query(ADMIN, children).code(), "unknown_name");
    for (tool, id) in [("deleteCustomField", &amount), ("deleteCustomObject", &object)] {
        let answer = product.call(ADMIN, tool, &json!({ "id": id }));
        assert_eq!(answer.code(), "unknown_name", "{answer:?}");
        assert!(answer.text().contains("no custom object or field with the id"), "{answer:?}");
    }
}

#[test]
fn nobody_else_learns_or_changes_anything() {
    let site = Site::new();
    let product = site.start();
    let fields = done(&product, "listCustomFields", json!({ "object": "Contact" }));
    let ssn = fields["customFields"].as_array().unwrap().iter().find(|f| f["name"] == "SSN__c");
    let id = ssn.unwrap()["id"].clone();
    let definition = json!({ "label": "Due", "type": "Date" });
    let object = json!({ "label": "I", "pluralLabel": "Is", "sharingModel": "Private" });
    site.org.forget_requests();
    for agent in [SUPPORT, SALES] {
        for (tool, arguments) in [
            ("createCustomObject", json!({ "name": "Invoice__c", "definition": object })),
            (
                "updateCustomObject",
                json!({ "id": "01IDm000000000BMAQ", "changes": { "label": "B" } }),
            ),
            ("deleteCustomObject", json!({ "id": "01IDm000000000BMAQ" })),
            ("listCustomFields", json!({ "object": "Contact" })),
            ("getCustomField", json!({ "id": id })),
            (
                "createCustomField",
                json!({ "object": "Contact", "name": "Due__c", "definition": definition }),
            ),
            ("updateCustomField", json!({ "id": id, "changes": { "label": "B" } })),
            ("deleteCustomField", json!({ "id": id })),
        ] {
            let answer = product.call(agent, tool, &arguments);
            assert_eq!(answer.code(), "policy_denied", "{tool}: {answer:?}");
            assert!(!answer.body.contains("SSN"), "{tool}: {answer:?}");
        }
    }
    assert_eq!(site.received(), []);
}

#[test]
fn in_production_nobody_may() {
    let site = Site::new();
    let yaml =
        site.yaml(&Setup::default()).replace("environment: sandbox", "environment: production");
    std::fs::write(site.path("production.yaml"), yaml).unwrap();
    let mut command = crate::harness::binary();
    command.args(["serve", "--config"]).arg(site.path("production.yaml"));
    let product = Product::spawn(command).unwrap();
    site.org.forget_requests();
    let answer = product.call(ADMIN, "listCustomFields", &json!({ "object": "Account" }));
    assert_eq!(answer.code(), "policy_denied", "{answer:?}");
    let answer = product.call(ADMIN, "deleteCustomField", &json!({ "id": "00NDm0000000001MAA" }));
    assert_eq!(answer.code(), "policy_denied", "{answer:?}");
    assert_eq!(site.received(), []);
}

/// Starts with these policies instead of the shipped ones.
fn start_with_policies(site: &Site, cedar: &str) -> Product {
    let policies = site.path("policies");
    std::fs::create_dir(&policies).unwrap();
    std::fs::write(policies.join("all.cedar"), cedar).unwrap();
    let shipped = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("policies");
    let yaml = site.yaml(&Setup::default());
    let yaml = yaml.replace(&shipped.display().to_string(), &policies.display().to_string());
    std::fs::write(site.path("own.yaml"), yaml).unwrap();
    let mut command = crate::harness::binary();
    command.args(["serve", "--config"]).arg(site.path("own.yaml"));
    let product = Product::spawn(command).unwrap();
    site.org.forget_requests();
    product
}

/// Support may do everything with metadata, except where SSN__c is concerned, and may not share.
const MAINTAINER: &str = r#"
@id("metadata")
permit (principal in Role::"support", action in Action::"metadata", resource);
@id("read")
permit (principal in Role::"support", action in Action::"read", resource);
@id("admin")
permit (principal in Role::"administrator", action in Action::"any", resource);
@id("not-the-ssn")
forbid (principal in Role::"support", action, resource == Field::"Contact.SSN__c");
"#;

fn custom_field(product: &Product, object: &str, name: &str) -> String {
    let fields = done(product, "listCustomFields", json!({ "object": object }));
    let found = fields["customFields"].as_array().unwrap().iter().find(|f| f["name"] == name);
    found.unwrap()["id"].as_str().unwrap().to_owned()
}

#[test]
fn a_forbidden_field_is_forbidden_by_its_id_too() {
    let site = Site::new();
    let product = start_with_policies(&site, MAINTAINER);
    let listed = product.call(SUPPORT, "listCustomFields", &json!({ "object": "Contact" }));
    assert_eq!(
        names(&listed.data(), "customFields"),
        ["ExternalKey__c", "Salary__c", "SSN_Last4__c"],
        "{listed:?}"
    );
    let (ssn, salary) = (
        custom_field(&product, "Contact", "SSN__c"),
        custom_field(&product, "Contact", "Salary__c"),
    );
    for (tool, id) in
        [("getCustomField", &ssn), ("updateCustomField", &ssn), ("deleteCustomField", &ssn)]
    {
        site.org.forget_requests();
        let mut arguments = json!({ "id": id });
        if tool == "updateCustomField" {
            arguments["changes"] = json!({ "label": "Free text" });
        }
        let answer = product.call(SUPPORT, tool, &arguments);
        assert_eq!(answer.code(), "policy_denied", "{tool}: {answer:?}");
        // Only the question which field it is has left.
        let sent: Vec<String> = site.received().iter().map(line).collect();
        assert_eq!(sent.len(), 1, "{tool}: {sent:?}");
        assert!(
            sent[0].starts_with("GET /services/data/v68.0/tooling/query?q=SELECT Id"),
            "{sent:?}"
        );
    }
    let shown = product.call(SUPPORT, "getCustomField", &json!({ "id": salary }));
    assert_eq!(shown.data()["definition"]["type"], "Currency", "{shown:?}");
    // A formula that names it is shown as one, without its text.
    let last4 = custom_field(&product, "Contact", "SSN_Last4__c");
    let shown = product.call(SUPPORT, "getCustomField", &json!({ "id": last4 }));
    assert_eq!(shown.data()["definition"]["calculated"], true, "{shown:?}");
    assert!(!shown.body.contains("SSN__c"), "{shown:?}");
    let changed = json!({ "id": last4, "changes": { "label": "L" } });
    let answer = product.call(SUPPORT, "updateCustomField", &changed);
    assert_eq!(answer.code(), "unknown_name", "{answer:?}");
    assert!(answer.text().contains("can't be carried over"), "{answer:?}");
}

#[test]
fn who_sees_an_objects_records_is_more_than_metadata() {
    let site = Site::new();
    let product = start_with_policies(&site, MAINTAINER);
    let id = invoice(&product);
    let share = json!({ "id": id, "changes": { "sharingModel": "ReadWrite" } });
    let answer = product.call(SUPPORT, "updateCustomObject", &share);
    assert_eq!(answer.code(), "policy_denied", "{answer:?}");
    assert!(answer.body.contains("changeAccess"), "{answer:?}");
    let label = json!({ "id": id, "changes": { "label": "Bill" } });
    assert!(!product.call(SUPPORT, "updateCustomObject", &label).refused());
    let sent = site.received();
    assert!(sent.iter().filter(|request| request.method == "PATCH").count() == 1, "{sent:?}");
    assert!(!product.call(ADMIN, "updateCustomObject", &share).refused());
}

#[test]
fn an_object_does_not_take_a_forbidden_field_with_it() {
    let site = Site::new();
    let product = start_with_policies(
        &site,
        &format!(
            "{MAINTAINER}\n@id(\"no-user-lookups\")\nforbid (principal in Role::\"support\", action == \
             Action::\"deleteMetadata\", resource) unless {{ resource is Object }};"
        ),
    );
    let id = invoice(&product);
    field(&product, "Invoice__c", "Due__c", &json!({ "label": "Due", "type": "Date" }));
    let answer = product.call(SUPPORT, "deleteCustomObject", &json!({ "id": id }));
    assert_eq!(answer.code(), "policy_denied", "{answer:?}");
    assert!(answer.text().contains("Invoice__c.Due__c"), "{answer:?}");
}

#[test]
fn a_lookup_that_lies_changes_nothing() {
    let site = Site::new();
    let product = site.start();
    let id = custom_field(&product, "Account", "Credit_Limit__c");
    let row = |id: &str, name: &str, table: &str, full: &str| {
        format!(
            r#"{{"Id":"{id}","DeveloperName":"{name}","NamespacePrefix":null,"TableEnumOrId":"{table}","FullName":"{full}"}}"#
        )
    };
    let own = row(&id, "Credit_Limit", "Account", "Account.Credit_Limit__c");
    let rows = |size: u32, rows: &[&str]| {
        format!(r#"{{"totalSize":{size},"done":true,"records":[{}]}}"#, rows.join(","))
    };
    let other = row("00NDm0000000002MAA", "Region", "Account", "Account.Region__c");
    for body in [
        rows(2, &[&own, &own]),
        rows(2, &[&own, &other]),
        rows(1, &[&other]),
        rows(1, &[&own, &own]),
        rows(1, &[&row(&id, "Credit_Limit", "Contact", "Account.Credit_Limit__c")]),
        rows(1, &[&row(&id, "Region", "Account", "Account.Credit_Limit__c")]),
        "[]".to_owned(),
        "<html>".to_owned(),
    ] {
        for tool in ["getCustomField", "deleteCustomField"] {
            site.org.forget_requests();
            let fault = Fault::Raw {
                status: 200,
                content_type: "application/json".to_owned(),
                body: body.clone(),
            };
            site.org.faults().next(1, fault);
            let answer = product.call(ADMIN, tool, &json!({ "id": id }));
            assert_eq!(answer.code(), "answer_not_understood", "{tool} {body}: {answer:?}");
            assert!(!answer.text().contains("may have been carried out"), "{answer:?}");
            assert_eq!(site.received().len(), 1, "{tool} {body}");
        }
    }
}

fn without_use(answer: &Answer) -> bool {
    assert!(!answer.refused(), "{answer:?}");
    answer.body.contains("Note: the change is made")
}

#[test]
fn a_change_that_cannot_be_used_yet_says_so() {
    let site = Site::new();
    std::fs::write(site.path("schema.json"), fieldgate::demo_org::schema_json()).unwrap();
    let setup = Setup { org: "  schema_file: schema.json\n", ..Setup::default() };
    let product = site.start_with(&setup);
    let definition = json!({ "label": "Due", "type": "Date" });
    let arguments = json!({ "object": "Account", "name": "Due__c", "definition": definition });
    let answer = product.call(ADMIN, "createCustomField", &arguments);
    assert!(without_use(&answer) && answer.body.contains("from a file"), "{answer:?}");
    let query = product.query(ADMIN, "SELECT Due__c FROM Account LIMIT 1");
    assert_eq!(query.code(), "unknown_name", "{query:?}");
}

#[test]
fn a_configured_choice_of_objects_is_kept() {
    let site = Site::new();
    let setup = Setup { org: "  objects: [Account, Contact, User]\n", ..Setup::default() };
    let shipped = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("policies");
    let policies = site.path("policies");
    std::fs::create_dir(&policies).unwrap();
    let all = "@id(\"all\")\npermit (principal, action in Action::\"any\", resource);";
    std::fs::write(policies.join("all.cedar"), all).unwrap();
    let yaml = site.yaml(&setup);
    let yaml = yaml.replace(&shipped.display().to_string(), &policies.display().to_string());
    std::fs::write(site.path("own.yaml"), yaml).unwrap();
    let mut command = crate::harness::binary();
    command.args(["serve", "--config"]).arg(site.path("own.yaml"));
    let product = Product::spawn(command).unwrap();
    let definition = json!({ "label": "I", "pluralLabel": "Is", "sharingModel": "Private" });
    let arguments = json!({ "name": "Invoice__c", "definition": definition });
    let answer = product.call(ADMIN, "createCustomObject", &arguments);
    assert!(without_use(&answer), "{answer:?}");
    assert_eq!(product.query(ADMIN, "SELECT Id FROM Invoice__c LIMIT 1").code(), "unknown_name");
}

#[test]
fn a_name_that_a_policy_spells_otherwise_is_not_used() {
    let site = Site::new();
    let product = start_with_policies(&site, MAINTAINER);
    for name in ["SSN_Last4__c", "SSN__c"] {
        let id = custom_field(&product, "Contact", name);
        done(&product, "deleteCustomField", json!({ "id": id }));
    }
    let arguments = json!({ "object": "Contact", "name": "ssn__c",
        "definition": { "label": "S", "type": "Text", "length": 11 } });
    let answer = product.call(SUPPORT, "createCustomField", &arguments);
    assert!(without_use(&answer) && answer.body.contains("another spelling"), "{answer:?}");
    let query = product.query(SUPPORT, "SELECT ssn__c FROM Contact LIMIT 1");
    assert!(query.refused(), "{query:?}");
}

//! Fields that may be seen only masked, through the real binary: what is shown of them, and that
//! nothing else tells their values.

use std::fs;

use fieldgate::demo_org::Fault;
use serde_json::{Value, json};

use crate::harness::{ADMIN, Answer, Product, SUPPORT, Setup, Site};

/// Support reads everything but these, which it sees masked; administrators read everything.
const POLICIES: &str = r#"
@id("support-reads") permit (principal in Role::"support", action in Action::"read", resource);
@id("admin-reads") permit (principal in Role::"administrator", action in Action::"read", resource);
@id("hidden") forbid (principal in Role::"support", action == Action::"select", resource)
when { resource in [
  Field::"Contact.SSN__c", Field::"Contact.Birthdate", Field::"Contact.Email", Field::"Contact.Phone",
  Field::"Contact.Salary__c", Field::"Contact.LastName", Field::"User.Email", Field::"Contact.Title"
] };
@id("masked") permit (principal in Role::"support", action == Action::"selectMasked", resource)
unless { resource == Field::"Contact.Title" };
"#;

const LABELS: &str = "calls: [Contact.Phone]\n";

const MASKS: &str = "masks:
  - {field: Contact.SSN__c, mask: last4}
  - {field: Contact.Birthdate, mask: year}
  - field: Contact.Email
    mask: domain
  - {label: calls, mask: hash}
  - {field: User.Email, mask: domain}
";

fn start(site: &Site, rest: &str) -> Product {
    let policies = site.path("policies");
    fs::create_dir_all(&policies).unwrap();
    fs::write(policies.join("all.cedar"), POLICIES).unwrap();
    fs::write(policies.join("labels.yaml"), LABELS).unwrap();
    let rest = format!("{MASKS}{rest}");
    let arguments = ["--policies", policies.to_str().unwrap()];
    site.start_with(&Setup { rest: &rest, arguments: &arguments, ..Setup::default() })
}

/// Whether a text has a social security number of the demo org, or more of one than its end.
fn tells_ssn(text: &str) -> bool {
    let pieces: Vec<&str> = text.split("-00-").collect();
    let digit = |c: char| c.is_ascii_digit();
    pieces.windows(2).any(|two| two[0].ends_with(digit) && two[1].starts_with(digit))
}

fn last4(value: &Value) -> Value {
    value
        .as_str()
        .map_or(Value::Null, |text| format!("****{}", text.rsplit('-').next().unwrap()).into())
}

fn notes(answer: &Answer) -> String {
    let content = answer.json["result"]["content"].as_array().unwrap();
    content.iter().skip(1).map(|block| block["text"].as_str().unwrap()).collect()
}

#[test]
fn each_mask_shows_its_part_and_null_stays_null() {
    let site = Site::new();
    let product = start(&site, "");
    let query = "SELECT Id, SSN__c, Birthdate, Email, Phone, Salary__c, Name, FirstName \
                 FROM Contact ORDER BY Id LIMIT 60";
    let whole = product.query(ADMIN, query).data();
    let answer = product.query(SUPPORT, query);
    let shown = answer.data();
    let rows = |data: &Value| data["records"].as_array().unwrap().clone();
    assert_eq!(rows(&whole).len(), 60);
    let mut hashes = std::collections::BTreeMap::new();
    for (whole, shown) in rows(&whole).iter().zip(rows(&shown)) {
        assert_eq!(whole["Id"], shown["Id"]);
        assert_eq!(whole["FirstName"], shown["FirstName"]);
        assert_eq!(shown["SSN__c"], last4(&whole["SSN__c"]));
        assert_eq!(
            shown["Birthdate"],
            whole["Birthdate"].as_str().unwrap().split('-').next().unwrap()
        );
        let (_, domain) = whole["Email"].as_str().unwrap().split_once('@').unwrap();
        assert_eq!(shown["Email"], format!("****@{domain}"));
        let salary = if whole["Salary__c"].is_null() { Value::Null } else { "[redacted]".into() };
        assert_eq!(shown["Salary__c"], salary);
        // A part of the name is hidden.
        assert_eq!(shown["Name"], "[redacted]");
        if let Some(phone) = whole["Phone"].as_str() {
            let hash = shown["Phone"].as_str().unwrap().to_owned();
            assert!(hash.starts_with("hash:") && hash.len() == 21 && !hash.contains(phone));
            assert_eq!(*hashes.entry(phone.to_owned()).or_insert_with(|| hash.clone()), hash);
        }
    }
    assert!(rows(&whole).iter().any(|row| row["SSN__c"].is_null()));
    assert!(!tells_ssn(&answer.body), "{}", answer.body);
    assert_eq!(answer.meta("fieldgate/masked")["SSN__c"], "last4");
    assert_eq!(answer.meta("fieldgate/masked")["Name"], "redacted");
    assert!(notes(&answer).contains("SSN__c (last4)"), "{}", notes(&answer));
    let journal = site.journal();
    let groups = |event: &Value| event["decision"]["accesses"].to_string();
    assert!(journal.iter().any(|event| event.to_string().contains("selectMasked")), "{}", {
        journal.iter().map(groups).collect::<String>()
    });
}

/// A contact and a case with one, and the masks of their social security numbers.
struct Known {
    id: String,
    account: String,
    masked: Value,
    case: String,
    of_case: Value,
}

impl Known {
    fn find(product: &Product) -> Self {
        let first = |query: &str| product.query(ADMIN, query).data()["records"][0].clone();
        let contact = first(
            "SELECT Id, SSN__c, AccountId FROM Contact WHERE SSN__c != null AND AccountId != null \
             LIMIT 1",
        );
        let case =
            first("SELECT Id, Contact.SSN__c FROM Case WHERE Contact.SSN__c != null LIMIT 1");
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        Self {
            id: text(&contact["Id"]),
            account: text(&contact["AccountId"]),
            masked: last4(&contact["SSN__c"]),
            case: text(&case["Id"]),
            of_case: last4(&case["Contact"]["SSN__c"]),
        }
    }
}

/// The answer has the mask at that place, and says so.
fn check(answer: &Answer, place: &str, expected: &Value) {
    let data = answer.data();
    assert_eq!(data.pointer(place), Some(expected), "{data}");
    assert!(!tells_ssn(&answer.body), "{}", answer.body);
    assert!(answer.meta("fieldgate/masked").is_object(), "{answer:?}");
}

#[test]
fn a_value_is_masked_at_every_level_of_a_query() {
    let site = Site::new();
    let product = start(&site, "");
    let Known { id, account, masked, case, of_case } = &Known::find(&product);
    let of_contact = format!("SELECT SSN__c FROM Contact WHERE Id = '{id}'");
    let parent = format!("SELECT c.Contact.SSN__c FROM Case c WHERE Id = '{case}'");
    let children = format!(
        "SELECT Id, (SELECT ssn__C FROM Contacts WHERE Id = '{id}') FROM Account \
         WHERE Id = '{account}'"
    );
    for (query, place, expected) in [
        (&of_contact, "/records/0/SSN__c", masked),
        (&parent, "/records/0/Contact/SSN__c", of_case),
        (&children, "/records/0/Contacts/records/0/SSN__c", masked),
    ] {
        check(&product.query(SUPPORT, query), place, expected);
        let all = product.call(SUPPORT, "executeQueryAll", &json!({ "query": query }));
        check(&all, place, expected);
    }
}

#[test]
fn a_value_is_masked_in_record_reads_and_parts() {
    let site = Site::new();
    let product = start(&site, "");
    let Known { id, masked, case, of_case, .. } = &Known::find(&product);
    let base = "/services/data/v68.0";
    let record = json!({ "object": "Contact", "id": id, "fields": ["Id", "SSN__c"] });
    let alone = json!({ "object": "Contact", "id": id, "fields": ["SSN__c"] });
    let parent = json!({ "object": "Case", "id": case, "fields": ["Contact.SSN__c"] });
    let several = json!({ "object": "Contact", "ids": [id], "fields": ["SSN__c"] });
    let related =
        json!({ "object": "Case", "id": case, "path": ["Contact"], "fields": ["SSN__c"] });
    let composite = json!({ "compositeRequest": [
        { "method": "GET", "referenceId": "a",
          "url": format!("{base}/sobjects/Contact/{id}?fields=Id,SSN__c") },
        { "method": "GET", "referenceId": "b",
          "url": format!("{base}/query?q=SELECT+Id+FROM+Contact+WHERE+Id='@{{a.Id}}'") }] });
    let batch = json!({ "batchRequests": [
        { "method": "GET", "url": format!("v68.0/sobjects/Contact/{id}?fields=SSN__c") }] });
    for (tool, arguments, place, expected) in [
        ("getRecord", record, "/SSN__c", masked),
        ("getRecord", alone, "/SSN__c", masked),
        ("getRecord", parent, "/Contact/SSN__c", of_case),
        ("getRecords", several, "/records/0/SSN__c", masked),
        ("getRelatedRecords", related, "/Contact/SSN__c", of_case),
        ("executeComposite", composite, "/compositeResponse/0/body/SSN__c", masked),
        ("executeBatch", batch, "/results/0/result/SSN__c", masked),
    ] {
        check(&product.call(SUPPORT, tool, &arguments), place, expected);
    }
}

#[test]
fn a_search_shows_masks_and_does_not_look_behind_them() {
    let site = Site::new();
    let product = start(&site, "");
    // A hit in a phone number would tell of it.
    let search = json!({ "search": "FIND {555*} IN PHONE FIELDS RETURNING Contact(Id)" });
    let answer = product.call(SUPPORT, "executeSearch", &search);
    assert_eq!(answer.code(), "policy_denied", "{answer:?}");
    let users = product.query(ADMIN, "SELECT LastName FROM User WHERE Email != null").data();
    let names = users["records"].as_array().unwrap().iter();
    let mut names = names.map(|user| user["LastName"].as_str().unwrap());
    let name = names.find(|name| name.chars().all(char::is_alphabetic)).unwrap();
    let search = format!("FIND {{{name}}} IN NAME FIELDS RETURNING User(Id, Email)");
    let answer = product.call(SUPPORT, "executeSearch", &json!({ "search": search }));
    let data = answer.data();
    let records = data["searchRecords"].as_array().unwrap();
    assert!(!records.is_empty(), "{data}");
    for record in records {
        let email = record["Email"].as_str().unwrap();
        assert!(email.starts_with("****@"), "{email}");
    }
}

#[test]
fn nothing_else_tells_a_masked_value() {
    let site = Site::new();
    let product = start(&site, "");
    let contact = product.query(ADMIN, "SELECT Id FROM Contact LIMIT 1").data();
    let contact = contact["records"][0]["Id"].clone();
    site.org.forget_requests();
    for query in [
        "SELECT SSN__c s FROM Contact LIMIT 1",
        "SELECT toLabel(SSN__c) FROM Contact LIMIT 1",
        "SELECT FORMAT(Birthdate) FROM Contact LIMIT 1",
        "SELECT convertCurrency(Salary__c) FROM Contact LIMIT 1",
        "SELECT MAX(SSN__c) FROM Contact",
        "SELECT COUNT(SSN__c) FROM Contact",
        "SELECT COUNT_DISTINCT(SSN__c) FROM Contact",
        "SELECT SSN__c FROM Contact GROUP BY SSN__c",
        "SELECT COUNT(Id) FROM Contact GROUP BY SSN__c",
        "SELECT FirstName FROM Contact GROUP BY FirstName HAVING MAX(SSN__c) > '5'",
        "SELECT CALENDAR_YEAR(Birthdate) FROM Contact GROUP BY CALENDAR_YEAR(Birthdate)",
        "SELECT SSN__c FROM Contact ORDER BY SSN__c LIMIT 1",
        "SELECT Id FROM Contact ORDER BY SSN__c LIMIT 1",
        "SELECT Id FROM Contact WHERE SSN__c LIKE '9%' LIMIT 1",
        "SELECT SSN__c FROM Contact WHERE SSN__c = '987-00-4321' LIMIT 1",
        "SELECT Id FROM Case WHERE Contact.SSN__c LIKE '9%' LIMIT 1",
        "SELECT Id FROM Account WHERE Id IN (SELECT AccountId FROM Contact WHERE SSN__c LIKE '9%')",
        // What is computed from it, alone and beside it.
        "SELECT SSN_Last4__c FROM Contact LIMIT 1",
        "SELECT SSN__c, SSN_Last4__c FROM Contact LIMIT 1",
        "SELECT Id FROM Contact WHERE SSN_Last4__c = '4321' LIMIT 1",
        "SELECT FIELDS(CUSTOM) FROM Contact LIMIT 1",
        "SELECT TYPEOF Who WHEN Contact THEN Email END FROM Task LIMIT 1",
        "SELECT TYPEOF Owner WHEN User THEN Email END, Owner.Email FROM Case LIMIT 1",
        // Neither to be seen nor masked.
        "SELECT SSN__c, Title FROM Contact LIMIT 1",
    ] {
        let answer = product.query(SUPPORT, query);
        assert_eq!(answer.code(), "policy_denied", "{query}: {answer:?}");
    }
    let base = "/services/data/v68.0";
    let get = |query: &str| {
        json!({ "method": "GET", "referenceId": "a",
        "url": format!("{base}/query?q={query}") })
    };
    for (tool, arguments) in [
        ("executeSearch", json!({ "search": "FIND {9*} IN ALL FIELDS RETURNING Contact(Id)" })),
        (
            "executeComposite",
            json!({ "compositeRequest": [
            { "method": "GET", "referenceId": "a",
              "url": format!("{base}/sobjects/Contact/{}?fields=Id,SSN__c",
                             contact.as_str().unwrap()) },
            { "method": "PATCH", "referenceId": "b", "body": { "Description": "@{a.SSN__c}" },
              "url": format!("{base}/sobjects/Contact/{}", contact.as_str().unwrap()) }] }),
        ),
        (
            "executeComposite",
            json!({ "compositeRequest": [
            get("SELECT+Id,SSN__c+FROM+Contact+ORDER+BY+SSN__c+LIMIT+1")] }),
        ),
    ] {
        let answer = product.call(SUPPORT, tool, &arguments);
        assert_eq!(answer.code(), "policy_denied", "{tool}: {answer:?}");
    }
    assert!(site.received().is_empty());
}

#[test]
fn what_can_be_shown_masked_is_not_dropped_and_the_rest_is() {
    let site = Site::new();
    let product = start(&site, "on_forbidden_select: drop\n");
    let answer =
        product.query(SUPPORT, "SELECT FIELDS(ALL) FROM Contact WHERE Department = 'IT' LIMIT 20");
    assert!(!tells_ssn(&answer.body));
    let row = &answer.data()["records"][0];
    assert_eq!(row["LastName"], "[redacted]");
    assert!(row.get("Title").is_none() && row.get("SSN_Last4__c").is_none(), "{row}");
    let dropped = answer.meta("fieldgate/dropped").to_string();
    assert!(dropped.contains("Title") && dropped.contains("SSN_Last4__c"), "{dropped}");
    assert!(!dropped.contains("SSN__c"), "{dropped}");
    assert_eq!(answer.meta("fieldgate/masked")["SSN__c"], "last4");

    let id = row["Id"].clone();
    let base = "/services/data/v68.0";
    let text = id.as_str().unwrap();
    for (tool, arguments, dropped) in [
        (
            "getRecord",
            json!({ "object": "Contact", "id": id, "fields": ["Id", "Title", "SSN__c"] }),
            json!(["Title"]),
        ),
        (
            "getRecords",
            json!({ "object": "Contact", "ids": [id], "fields": ["Title", "SSN__c"] }),
            json!(["Title"]),
        ),
        (
            "getRelatedRecords",
            json!({ "object": "Contact", "id": id, "path": ["ReportsTo"],
         "fields": ["Title", "SSN__c"] }),
            json!(["ReportsTo.Title"]),
        ),
        (
            "executeSearch",
            json!({ "search":
         "FIND {IT} IN NAME FIELDS RETURNING Account(Id, Name), User(Id, Email)" }),
            Value::Null,
        ),
        (
            "executeComposite",
            json!({ "compositeRequest": [
            { "method": "GET", "referenceId": "a",
              "url": format!("{base}/sobjects/Contact/{text}?fields=Id,Title,SSN__c") }] }),
            json!(["a: Title"]),
        ),
        ("listRecentlyViewed", json!({ "objects": ["Account", "Contact"] }), json!(["Contact"])),
    ] {
        let answer = product.call(SUPPORT, tool, &arguments);
        answer.data();
        assert_eq!(*answer.meta("fieldgate/dropped"), dropped, "{tool}: {answer:?}");
        assert!(!tells_ssn(&answer.body), "{}", answer.body);
    }
    for (tool, arguments) in [
        ("getRecord", json!({ "object": "Contact", "id": id, "fields": ["Title"] })),
        (
            "executeQuery",
            json!({ "query": "SELECT Id, Title FROM Contact ORDER BY Email LIMIT 1" }),
        ),
        ("updateRecord", json!({ "object": "Contact", "id": id, "fields": { "Title": "x" } })),
    ] {
        let answer = product.call(SUPPORT, tool, &arguments);
        assert_eq!(answer.code(), "policy_denied", "{tool}: {answer:?}");
    }
}

#[test]
fn an_org_that_lies_can_not_unmask() {
    let site = Site::new();
    let product = start(&site, "");
    let canary = "987-00-4321";
    for value in [
        json!({ "city": canary }),
        json!([canary]),
        json!(9_870_043_215_u64),
        json!({ "records": [{ "SSN__c": canary }], "totalSize": 1, "done": true }),
        json!(format!("{canary}\u{200b}\u{202e}x{canary}")),
        json!(canary.repeat(2000)),
        json!(true),
    ] {
        let row = json!({ "attributes": { "type": "Contact", "url": canary }, "SSN__c": value,
            "ssn__c": canary, "Salary__c": value, "Email": value, "Birthdate": value,
            "Phone": value, "SSN_Last4__c": canary });
        let body = json!({ "totalSize": 1, "done": true, "records": [row] }).to_string();
        let content_type = "application/json".to_owned();
        site.org.faults().next(1, Fault::Raw { status: 200, content_type, body });
        let query = "SELECT SSN__c, Salary__c, Email, Birthdate, Phone FROM Contact LIMIT 1";
        let answer = product.query(SUPPORT, query);
        assert!(!tells_ssn(&answer.body) && !answer.body.contains("98700"), "{}", answer.body);
    }
}

#[test]
fn masks_that_do_not_fit_the_org_keep_it_from_starting() {
    let site = Site::new();
    for (masks, says) in [
        ("  - {field: Contact.SSN_c, mask: last4}\n", ": `masks[0]`: `Contact` has no field"),
        ("  - {field: Contact.SSN_c, mask: last4}\n", "did you mean `SSN__c`?"),
        ("  - {field: Contcat.Name, mask: redacted}\n", "did you mean `Contact`?"),
        ("  - {field: Contact.Birthdate, mask: last4}\n", "`last4` can show nothing"),
        ("  - {field: Contact.Name, mask: last4}\n", "made of other fields"),
        ("  - {field: Contact, mask: last4}\n", "is not a field"),
        ("  - {field: Contact.SSN__c, mask: first4}\n", "is not one of redacted, last4"),
        ("  - {field: Contact.SSN__c}\n", "masks[0].mask"),
        (
            "  - {field: Contact.SSN__c, mask: last4}\n  - {field: contact.ssn__C, mask: hash}\n",
            "has a mask already, at masks[0]",
        ),
        ("  - {label: nothing, mask: hash}\n", "nothing stands under a label `nothing`"),
        ("  - {mask: hash}\n", "needs a `field` or a `label`"),
        ("  - {field: Contact.SSN__c, label: pii, mask: hash}\n", "write two masks"),
    ] {
        let rest = format!("masks:\n{masks}");
        let failed = site.try_start(&Setup { rest: &rest, ..Setup::default() }).err().unwrap();
        assert!(failed.stderr.contains(says), "{masks}: {}", failed.stderr);
    }
}

//! SOSL: the searches of `tests/sosl` as they are read, printed, resolved and refused, `sosl parse`
//! and `sosl explain`, and searches against the demo org.

use std::fmt::Write as _;
use std::path::Path;

use fieldgate::cli::lines::ParseOutcome;
use fieldgate::cli::sosl_parse::SoslParse;
use fieldgate::demo_org::{self, DemoOrg, DemoSettings};
use fieldgate::footprint::{self, Action, Resolved};
use fieldgate::org::Schema;
use fieldgate::salesforce::Operation;
use fieldgate::salesforce::rest::{self, ApiVersion, Method};
use fieldgate::{redact, soql, sosl};
use serde_json::{Value, json};

use crate::soql::{Case, cases, snapshot};

fn schema() -> Schema {
    Schema::from_json(&demo_org::schema_json()).unwrap()
}

fn resolve(text: &str, schema: &Schema) -> Resolved {
    let search = sosl::parse(text).unwrap_or_else(|error| panic!("{}", error.render(text)));
    footprint::resolve(Operation::Search(Box::new(search)), schema).unwrap()
}

/// One line an action and object.
fn touched(resolved: &Resolved) -> String {
    let mut lines: Vec<(String, Vec<String>)> = Vec::new();
    for access in &resolved.footprint().accesses {
        let object = access.target.object().map(ToString::to_string).unwrap_or_default();
        let start = format!("   {} {object}", access.action.name());
        let field = access.target.field().map(ToString::to_string);
        match lines.last_mut().filter(|(known, _)| *known == start) {
            Some((_, fields)) => fields.extend(field),
            None => lines.push((start, field.into_iter().collect())),
        }
    }
    let mut out = String::new();
    for (start, fields) in lines {
        writeln!(out, "{}", format!("{start}: {}", fields.join(" ")).trim_end()).unwrap();
    }
    writeln!(out, "   rows {}", resolved.footprint().rows.unwrap()).unwrap();
    out
}

fn check_accepted(name: &str) {
    let schema = schema();
    let mut out = String::new();
    for Case { title, text } in cases("sosl", &format!("accepted/{name}.sosl")) {
        let search = sosl::parse(&text).unwrap_or_else(|e| panic!("{title}: {}", e.render(&text)));
        let canonical = search.to_string();
        let again = sosl::parse(&canonical).unwrap();
        assert_eq!(again, search, "{title}");
        assert_eq!(again.to_string(), canonical, "{title}");
        writeln!(out, "# {title}\n{canonical}").unwrap();
        match footprint::resolve(Operation::Search(Box::new(search)), &schema) {
            Ok(resolved) => {
                let Operation::Search(sent) = resolved.operation() else { panic!("{title}") };
                let sent = sent.to_string();
                assert_eq!(sosl::parse(&sent).unwrap().to_string(), sent, "{title}");
                let again = resolve(&sent, &schema);
                let plain = |resolved: &Resolved| -> Vec<(Action, String)> {
                    let accesses = resolved.footprint().accesses.iter();
                    accesses.map(|access| (access.action, access.target.to_string())).collect()
                };
                assert_eq!(plain(&again), plain(&resolved), "{title}");
                if sent != canonical {
                    writeln!(out, "   sent as {sent}").unwrap();
                }
                out.push_str(&touched(&resolved));
            }
            Err(error) => {
                let span = error.span.expect("a place");
                writeln!(out, "   refused: {}", soql::render(&error, span, &text)).unwrap();
            }
        }
        out.push('\n');
    }
    snapshot("sosl", name, &out);
}

fn check_refused(name: &str) {
    let mut out = String::new();
    for Case { title, text } in cases("sosl", &format!("refused/{name}.sosl")) {
        let rendered = match sosl::parse(&text) {
            Err(error) => error.render(&text),
            Ok(search) => panic!("{title}: {text:?} was read as {search}"),
        };
        writeln!(out, "# {title}\n{rendered}\n").unwrap();
    }
    assert!(out.chars().all(|c| c == '\n' || !c.is_control()));
    snapshot("sosl", name, &out);
}

#[test]
fn terms_are_read_and_printed_with_their_escapes() {
    check_accepted("term");
}

#[test]
fn the_fields_that_are_looked_in_are_touched() {
    check_accepted("scope");
}

#[test]
fn what_is_returned_is_read_and_resolved() {
    check_accepted("returning");
}

#[test]
fn the_other_clauses_are_read_and_refused_with_their_reason() {
    check_accepted("clauses");
}

#[test]
fn mistakes_in_searches_are_refused_with_their_place_and_what_would_be_right() {
    check_refused("syntax");
}

#[test]
fn attacks_on_the_term_are_refused() {
    check_refused("attacks");
}

#[test]
fn sosl_parse_answers_each_line_of_json() {
    let input = [
        r#""find {a1 \\}} in name fields returning Account(tolabel(Type) t, Id where Name = 'x' order by Name), Contact""#,
        r#""FIND {a1""#,
        r#"{"search":"FIND {a1}"}"#,
        r#""FIND {a1}""#,
    ];
    let mut out = Vec::new();
    let outcome =
        SoslParse { json: true }.run(&mut input.join("\r\n").as_bytes(), &mut out).unwrap();
    assert_eq!(outcome, ParseOutcome::Refused);
    snapshot("sosl", "parse_json", &String::from_utf8(out).unwrap());
}

#[test]
fn sosl_parse_prints_canonical_text_or_the_error_with_its_place() {
    let mut out = Vec::new();
    let input = b"find {a1} returning account\nFIND {a-b}\n";
    let outcome = SoslParse { json: false }.run(&mut &input[..], &mut out).unwrap();
    assert_eq!(outcome, ParseOutcome::Refused);
    snapshot("sosl", "parse_text", &String::from_utf8(out).unwrap());
}

/// Searches from public code that lie beside the checkout on some machines.
#[test]
fn searches_of_public_code_that_are_said_to_be_valid_are_read() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/soql/sosl.jsonl");
    let Ok(lines) = std::fs::read_to_string(&file) else {
        eprintln!("skipped: there is no {}", file.display());
        return;
    };
    let (mut read, mut apex) = (0, 0);
    for line in lines.lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let text = case["query"].as_str().unwrap();
        match sosl::parse(text) {
            Ok(search) => {
                read += 1;
                assert_eq!(sosl::parse(&search.to_string()).unwrap(), search, "{text}");
            }
            Err(sosl::SoslError { kind: sosl::ErrorKind::ApexTerm, .. }) => {
                apex += 1;
                assert_eq!(case["dialect"], "apex", "{text}");
            }
            Err(error) => {
                let asserted = case["valid_asserted"].as_bool().unwrap_or_default();
                assert!(!asserted, "{}", error.render(text));
            }
        }
    }
    assert!(read >= 40 && apex <= 3, "{read} read, {apex} of Apex");
}

/// A demo org and a client of it.
struct Org {
    org: DemoOrg,
    client: reqwest::Client,
}

impl Org {
    async fn start() -> Self {
        // A second test in the same process finds the provider installed already.
        let _installed = rustls::crypto::ring::default_provider().install_default();
        let address = "127.0.0.1:0".parse().unwrap();
        let org = DemoOrg::bind(address, DemoSettings::default()).await.unwrap();
        Self { org, client: reqwest::Client::builder().no_proxy().build().unwrap() }
    }

    async fn send(&self, method: &str, path: &str, body: Option<&Value>) -> (u16, Value) {
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        let url = format!("{}/services/data/v68.0{path}", self.org.base_url());
        let request = self.client.request(method, url).bearer_auth(self.org.access_token());
        let request = match body {
            Some(body) => request.header("content-type", "application/json").body(body.to_string()),
            None => request,
        };
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        let bytes = response.bytes().await.unwrap();
        (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    }

    async fn search(&self, text: &str) -> (u16, Value) {
        let encoded: String = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
        self.send("GET", &format!("/search?q={encoded}"), None).await
    }

    /// The values of one key of all records that are found.
    async fn found(&self, text: &str, key: &str) -> Vec<String> {
        let (status, body) = self.search(text).await;
        assert_eq!(status, 200, "{text}: {body}");
        let records = body["searchRecords"].as_array().unwrap();
        records.iter().map(|record| record[key].as_str().unwrap_or("-").to_owned()).collect()
    }

    async fn create(&self, object: &str, fields: &Value) -> Option<String> {
        let (status, body) = self.send("POST", &format!("/sobjects/{object}/"), Some(fields)).await;
        (status == 201).then(|| body["id"].as_str().unwrap().to_owned())
    }
}

#[tokio::test]
async fn the_demo_org_finds_words_where_the_search_says() {
    let org = Org::start().await;
    for contact in [
        json!({"LastName": "Zzbright", "FirstName": "Ann", "Email": "ann@zzmail.example",
            "Title": "Head of Widgets", "Salary__c": 10}),
        json!({"LastName": "Zzbrown", "FirstName": "Bob", "Phone": "+49 731 555 0001",
            "Title": "Widgets", "Salary__c": 30}),
    ] {
        org.create("Contact", &contact).await.unwrap();
    }
    org.create("Account", &json!({"Name": "Zzbright & Sons", "Industry": "Energy"})).await.unwrap();
    for (term, rest, expected) in [
        ("zzbright", "IN NAME FIELDS RETURNING Contact(Name)", "Ann Zzbright"),
        ("zzbr*", "RETURNING Contact(Name ORDER BY Name)", "Ann Zzbright|Bob Zzbrown"),
        ("zzbr* AND NOT ann", "RETURNING Contact(Name)", "Bob Zzbrown"),
        ("zzbr?wn", "RETURNING Contact(Name)", "Bob Zzbrown"),
        (
            "ann OR bob zzbrown",
            "RETURNING Contact(Name WHERE Salary__c > 5 AND LastName LIKE 'Zz%' ORDER BY Name)",
            "Ann Zzbright|Bob Zzbrown",
        ),
        ("(ann OR bob) zzbrown", "RETURNING Contact(Name)", "Bob Zzbrown"),
        ("\"head of widgets\"", "RETURNING Contact(Name)", "Ann Zzbright"),
        ("\"head widgets\"", "RETURNING Contact(Name)", ""),
        ("ann\\@zzmail", "", "400"),
        ("ann@zzmail.example", "IN EMAIL FIELDS RETURNING Contact(Name)", "Ann Zzbright"),
        ("ann@zzmail.example", "IN PHONE FIELDS RETURNING Contact(Name)", ""),
        ("\\+49 731 555 0001", "IN PHONE FIELDS RETURNING Contact(Name)", "Bob Zzbrown"),
        ("\"zzbright \\& sons\"", "RETURNING Account(Name)", "Zzbright & Sons"),
        (
            "zzbr*",
            "RETURNING Account(Name), Contact(Name ORDER BY Salary__c DESC) LIMIT 2",
            "Zzbright & Sons|Bob Zzbrown",
        ),
        ("zzbr*", "RETURNING Contact(Name ORDER BY Name LIMIT 1 OFFSET 1)", "Bob Zzbrown"),
        ("zzbr*", "RETURNING Contact", "-|-"),
        ("zzbr*", "IN NAME FIELDS", "-|-|-"),
        ("z", "RETURNING Contact(Name)", "400"),
        ("zzbr*", "RETURNING Contact(Nope__c)", "400"),
        ("zzbr*", "RETURNING Contact(Name) WITH SNIPPET", "400"),
    ] {
        let text = format!("FIND {{{term}}} {rest}");
        if expected == "400" {
            let (status, body) = org.search(&text).await;
            assert_eq!(status, 400, "{text}: {body}");
            assert!(body[0]["errorCode"].is_string(), "{body}");
        } else {
            assert_eq!(org.found(&text, "Name").await.join("|"), expected, "{text}");
        }
    }
    let (_, body) = org.search("FIND {zzbright} RETURNING Account").await;
    let record = &body["searchRecords"][0];
    assert_eq!(record["attributes"]["type"], "Account");
    assert_eq!(record.as_object().unwrap().len(), 2, "{record}");
}

#[tokio::test]
async fn a_record_is_found_only_by_fields_that_the_footprint_says_are_searched() {
    let org = Org::start().await;
    let schema = schema();
    let mut hits = 0;
    for (object, required) in [
        ("Contact", json!({"LastName": "Plain"})),
        ("Account", json!({"Name": "Plain"})),
        ("Case", json!({})),
        ("Lead", json!({"LastName": "Plain", "Company": "Plain"})),
    ] {
        let described = schema.objects().find(|known| known.name.as_str() == object).unwrap();
        for (nth, field) in described.fields().enumerate() {
            let word = format!("qx{nth}q");
            let value =
                if field.kind == "email" { format!("{word}@a.example") } else { word.clone() };
            let mut fields = required.clone();
            fields[field.name.as_str()] = json!(value);
            if org.create(object, &fields).await.is_none() {
                continue;
            }
            for group in
                ["", "IN ALL FIELDS", "IN NAME FIELDS", "IN EMAIL FIELDS", "IN PHONE FIELDS"]
            {
                let text = format!("FIND {{{word}*}} {group} RETURNING {object}");
                let found = !org.found(&text, "Id").await.is_empty();
                let resolved = resolve(&text, &schema);
                let searched = resolved.footprint().accesses.iter().any(|access| {
                    access.action == Action::Search && access.target.field() == Some(&field.name)
                });
                assert!(searched || !found, "{object}.{} is searched by {text}", field.name);
                hits += usize::from(found);
            }
        }
    }
    assert!(hits > 60, "{hits}");
}

/// A schema of objects with fields of these names and types; `*` marks a name field.
fn small_schema(objects: &[(&str, &[(&str, &str)])]) -> Schema {
    let sobjects: Vec<Value> = objects
        .iter()
        .map(|(name, fields)| {
            let fields: Vec<Value> = fields
                .iter()
                .map(|(field, kind)| {
                    let (field, marked) = (field.trim_end_matches('*'), field.ends_with('*'));
                    json!({"name": field, "type": kind, "nameField": marked})
                })
                .collect();
            json!({"name": name, "fields": fields})
        })
        .collect();
    let file = json!({"apiVersion": "68.0", "sobjects": sobjects});
    Schema::from_json(file.to_string().as_bytes()).unwrap()
}

fn searched(text: &str, schema: &Schema) -> Vec<String> {
    let resolved = resolve(text, schema);
    let searched = resolved.footprint().accesses.iter().filter(|a| a.action == Action::Search);
    searched.map(|access| access.target.to_string()).collect()
}

#[test]
fn where_salesforce_ignores_the_group_every_text_field_of_every_object_is_searched() {
    const FIELDS: &[(&str, &str)] =
        &[("Id", "id"), ("Name*", "string"), ("Secret__c", "string"), ("Price__c", "currency")];
    for whole in
        ["Product2", "Solution", "Document", "ContentVersion", "Knowledge__kav", "FeedItem"]
    {
        let schema = small_schema(&[("Account", FIELDS), (whole, FIELDS)]);
        let alone = searched("FIND {a1} IN NAME FIELDS RETURNING Account", &schema);
        assert_eq!(alone, ["Account.Name"]);
        let text = format!("FIND {{a1}} IN NAME FIELDS RETURNING Account, {whole}");
        let both = searched(&text, &schema);
        assert!(both.contains(&"Account.Secret__c".to_owned()), "{both:?}");
        assert!(both.contains(&format!("{whole}.Secret__c")), "{both:?}");
        assert!(!both.contains(&format!("{whole}.Price__c")), "{both:?}");
    }
}

#[test]
fn without_a_marked_name_field_every_text_field_is_searched() {
    let fields: &[(&str, &str)] = &[("Id", "id"), ("A__c", "string"), ("B__c", "combobox")];
    let schema = small_schema(&[("X__c", fields)]);
    let all = searched("FIND {a1} IN NAME FIELDS RETURNING X__c", &schema);
    assert_eq!(all, ["X__c.A__c", "X__c.B__c", "X__c.Id"]);
    let marked: &[(&str, &str)] = &[("Id", "id"), ("A__c*", "string"), ("B__c", "string")];
    let schema = small_schema(&[("X__c", marked)]);
    assert_eq!(searched("FIND {a1} IN NAME FIELDS RETURNING X__c", &schema), ["X__c.A__c"]);
}

#[test]
fn a_type_that_is_not_known_to_be_left_out_is_searched() {
    for (kind, expected) in [
        ("string", true),
        ("email", true),
        ("phone", true),
        ("textarea", true),
        ("url", true),
        ("picklist", true),
        ("combobox", true),
        ("multipicklist", true),
        ("encryptedstring", true),
        ("id", true),
        ("reference", true),
        ("base64", true),
        ("anyType", true),
        ("newtype", true),
        ("", true),
        ("boolean", false),
        ("int", false),
        ("double", false),
        ("currency", false),
        ("percent", false),
        ("date", false),
        ("datetime", false),
        ("time", false),
        ("address", false),
        ("location", false),
    ] {
        let schema = small_schema(&[("X__c", &[("Id", "boolean"), ("A__c", kind)])]);
        let found = searched("FIND {a1} RETURNING X__c", &schema);
        assert_eq!(found.contains(&"X__c.A__c".to_owned()), expected, "{kind}: {found:?}");
    }
}

fn pruned(search: &str, body: &str) -> Option<redact::Pruned> {
    let resolved = resolve(search, &schema());
    let visible = |_: Action, _: &footprint::Target| false;
    redact::prune(resolved.operation(), resolved.footprint(), &visible, body.as_bytes()).ok()
}

#[test]
fn a_found_record_keeps_the_keys_of_its_own_object() {
    let text = "FIND {a1} IN EMAIL FIELDS RETURNING Account, \
        Contact(Name, Account.Name, toLabel(LeadSource) source, MailingAddress)";
    let body = json!({
        "searchRecords": [
            {"attributes": {"type": "Account", "url": "/x/001"}, "Id": "001", "Name": "leak"},
            {"attributes": {"type": "Contact", "url": "/x/003"}, "Id": "leak", "name": "Ann",
             "source": "Web", "SSN__c": "leak", "highlight.Name": "leak",
             "Account": {"attributes": {"type": "Account"}, "Name": "Acme", "Site": "leak"},
             "MailingAddress": {"city": "Ulm", "x": "leak"}, "snippet": {"text": "leak"}},
            {"attributes": {"type": "User"}, "Id": "leak", "Name": "leak"},
            {"attributes": {"type": "contact"}, "Account": null}
        ],
        "metadata": {"entityMetadata": ["leak"]}
    });
    let kept = pruned(text, &body.to_string()).unwrap();
    let shown: Value = serde_json::from_str(&kept.json).unwrap();
    let expected = json!({"searchRecords": [
        {"attributes": {"type": "Account"}, "Id": "001"},
        {"attributes": {"type": "Contact"}, "name": "Ann", "source": "Web",
         "Account": {"attributes": {"type": "Account"}, "Name": "Acme"},
         "MailingAddress": {"city": "Ulm"}},
        {"attributes": {"type": "Contact"}, "Account": null},
    ]});
    assert_eq!(shown, expected);
    assert!(!kept.json.contains("leak"));
    assert!(kept.dropped >= 7 && !kept.more, "{kept:?}");
    let empty = pruned(text, r#"{"searchRecords":[]}"#).unwrap();
    assert_eq!((empty.json.as_str(), empty.rows), (r#"{"searchRecords":[]}"#, 0));
}

#[test]
fn an_answer_of_another_form_shows_nothing() {
    for body in [
        "",
        "null",
        "[]",
        "{}",
        r#"{"searchRecords":null}"#,
        r#"{"searchRecords":{}}"#,
        r#"{"searchRecords":["001"]}"#,
        r#"{"searchRecords":[null]}"#,
        r#"{"searchRecords":[{}]}"#,
        r#"{"searchRecords":[{"Id":"x","attributes":{"type":"Account"}}]}"#,
        r#"{"searchRecords":[{"attributes":{}}]}"#,
        r#"{"searchRecords":[{"attributes":{"type":null}}]}"#,
        r#"{"searchRecords":[{"attributes":{"type":"Account"},"Id":{"a":[]}}],"searchRecords":[]}"#,
        r#"{"searchRecords":[{"attributes":{"type":"Account"},"Id":["x"]}]}"#,
        r#"{"searchRecords":[]} x"#,
        r#"[{"attributes":{"type":"Account"},"Id":"x"}]"#,
    ] {
        let kept = pruned("FIND {a1} IN EMAIL FIELDS RETURNING Account(Id)", body);
        assert!(kept.is_none(), "{body}: {kept:?}");
    }
    let twice = r#"{"searchRecords":[{"attributes":{"type":"Account"},"Id":"a","ID":"b","attributes":{"type":"X","y":1}}]}"#;
    let kept = pruned("FIND {a1} IN EMAIL FIELDS RETURNING Account(Id)", twice).unwrap();
    assert_eq!(kept.json, r#"{"searchRecords":[{"attributes":{"type":"Account"},"Id":"a"}]}"#);
}

#[test]
fn the_request_of_a_search_is_its_printed_text_percent_encoded() {
    let resolved = resolve("find {a1 \\& \"b c\"} in email fields returning lead", &schema());
    let version = ApiVersion::parse("68.0").unwrap();
    let request = rest::request(resolved.operation(), &version);
    assert_eq!(request.method, Method::Get);
    assert_eq!(
        request.path,
        "/services/data/v68.0/search?q=FIND%20%7Ba1%20%5C%26%20%22b%20c%22%7D%20IN%20EMAIL%20FIELDS\
         %20RETURNING%20Lead%28Id%29"
    );
}

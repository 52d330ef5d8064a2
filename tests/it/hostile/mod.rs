//! The hostile set, `tests/attacks/hostile`: calls that try to read or write what is forbidden,
//! through the real program, and their honest twins.
//!
//! An agent may do everything but with some fields and one object, which hold canaries, so that each
//! call would succeed but for its trick. After each, every byte that left the org and every byte that
//! reached the agent is searched for canaries in any encoding, and the forbidden cells must be as
//! they were.

mod canary;
mod org;
mod outcome;
mod table;
mod written;

use std::collections::BTreeMap;
use std::fs;

use fieldgate::demo_org::Fault;
use serde_json::Value;

use crate::bulk::{get, put};
use crate::harness::{ADMIN, Product, SALES, SUPPORT, Setup, Site, binary, run};
use org::Backdoor;
use outcome::{Outcome, access, of_answer, of_reply};
use table::{Asked, Call, Case, Table};
use written::saved;

/// Everything is permitted that isn't forbidden here.
const POLICIES: &str = r#"
@id("everything") permit (principal, action, resource);

@id("forbidden")
forbid (principal, action, resource)
when { resource in [
  Field::"Contact.SSN__c", Field::"Contact.Salary__c", Field::"Contact.MailingPostalCode",
  Field::"Opportunity.Margin__c", Field::"Account.Credit_Limit__c", Field::"User.Cost_Rate__c",
  Field::"Lead.FirstName", Field::"Lead.Credit_Score__c", Field::"Case.Internal_Notes__c"
] }
unless { principal in Role::"administrator" };

@id("forbidden-object")
forbid (principal, action, resource in Object::"Campaign")
unless { principal in Role::"administrator" };

@id("never-written")
forbid (principal, action in Action::"write", resource == Field::"Account.Rating");

@id("tasks-alone-go")
forbid (principal, action == Action::"delete", resource) unless { resource == Object::"Task" };

@id("no-privileges")
forbid (principal, action in Action::"privileged", resource);
"#;

/// The product before an org with canaries.
struct Front {
    site: Site,
    product: Product,
    names: BTreeMap<String, String>,
    cells: Vec<Value>,
    definitions: Vec<Value>,
}

impl Front {
    fn start(rest: &str) -> Self {
        let site = Site::new();
        Backdoor(&site.org).plant();
        fs::create_dir(site.path("policies")).unwrap();
        fs::write(site.path("policies/hostile.cedar"), POLICIES).unwrap();
        let shipped = concat!("policies: ", env!("CARGO_MANIFEST_DIR"), "/policies\n");
        let yaml = site.yaml(&Setup { rest, ..Setup::default() });
        assert!(yaml.contains(shipped), "{yaml}");
        fs::write(site.path("fieldgate.yaml"), yaml.replace(shipped, "policies: policies\n"))
            .unwrap();
        let mut command = binary();
        command.args(["serve", "--config"]).arg(site.path("fieldgate.yaml"));
        let product = Product::spawn(command).unwrap_or_else(|failed| panic!("{failed:?}"));
        let org = Backdoor(&site.org);
        let (names, cells, definitions) = (org.names(), org.cells(), org.definitions());
        Self { site, product, names, cells, definitions }
    }

    /// What is wrong with a case; empty if nothing is.
    fn attempt(&mut self, case: &Case<'_>) -> Vec<String> {
        let (mut wrong, mut reached) = (Vec::new(), false);
        let names = self.names.clone();
        self.site.org.keep_answers();
        for call in &case.calls {
            self.site.org.forget_requests();
            if let Some(answer) = call.answer {
                let body = saved(answer).unwrap_or_else(|| self.filled(answer));
                let content_type = "application/json".to_owned();
                self.site.org.faults().next(1, Fault::Raw { status: 200, content_type, body });
            }
            let outcome = self.call(call);
            reached |= !self.site.received().is_empty();
            wrong.extend(self.judge(call, &outcome));
            for found in canary::found(outcome.whole.as_bytes()) {
                wrong.push(format!("the agent was shown `{found}`: {}", outcome.whole));
            }
            for (name, pointer) in &call.taken {
                let value = outcome.data.pointer(pointer);
                let value = value.and_then(Value::as_str).map(str::to_owned);
                match value {
                    Some(value) => drop(self.names.insert((*name).to_owned(), value)),
                    None => wrong.push(format!("there is no {pointer} in {}", outcome.text)),
                }
            }
        }
        self.names = names;
        let left = self.site.org.kept_answers().expect("all answers");
        let found = canary::found(&left);
        if found.is_empty() == case.more_is_sent {
            let left = String::from_utf8_lossy(&left).into_owned();
            wrong.push(format!("what left the org holds {found:?}: {left:.4000}"));
        }
        // Nothing changes an org but requests.
        let now = reached.then(|| Backdoor(&self.site.org).cells());
        if let Some(now) = now.filter(|now| *now != self.cells) {
            let changed = now.iter().filter(|cell| !self.cells.contains(cell));
            wrong.push(format!("forbidden cells changed: {:?}", changed.collect::<Vec<_>>()));
            self.cells = now;
        }
        wrong
    }

    /// Whether it was permitted or refused, and why.
    fn judge(&self, call: &Call<'_>, outcome: &Outcome) -> Option<String> {
        let Outcome { code, text, .. } = outcome;
        let as_expected = match call.expected {
            Ok(shown) => code.is_empty() && text.contains(&self.filled(shown)),
            Err((expected, why)) if expected == "policy_denied" => {
                let denied: Vec<&str> = text.lines().collect();
                code == expected && why.split(", ").all(|access| denied.contains(&access))
            }
            Err((expected, why)) => code == expected && text.contains(why),
        };
        if !as_expected {
            return Some(format!("`{code}` {text:.1500}"));
        }
        let received = self.site.received();
        let planted = |bytes: &[u8]| String::from_utf8_lossy(bytes).contains("Planted");
        if let Some(sent) = received.iter().find(|r| !code.is_empty() && planted(&r.body)) {
            return Some(format!("it was refused, and yet sent: {sent:?}"));
        }
        // What must be known to refuse is asked for by itself.
        let lookup = |path: &str| path.contains("/tooling/") || path.ends_with("/describe");
        let sent = received.iter().find(|r| r.method != "GET" || !lookup(&r.path_and_query));
        let ours = ["policy_denied", "invalid_arguments", "unknown_name"];
        match sent {
            Some(sent) if ours.contains(&code.as_str()) => {
                Some(format!("it was refused, and this was sent: {sent:?}"))
            }
            Some(_) | None => None,
        }
    }

    fn call(&self, call: &Call<'_>) -> Outcome {
        let token = match call.agent {
            "eve" => SUPPORT,
            "mallory" => SALES,
            "admin" => ADMIN,
            other => panic!("`{other}` is no agent"),
        };
        match &call.asked {
            Asked::Tool("PUT", rest) => {
                let (path, file) = rest.split_once(' ').unwrap_or((rest, ""));
                let path = self.path(path);
                of_reply(&put(&self.product, token, &path, self.filled(file).as_bytes()))
            }
            Asked::Tool("GET", path) => of_reply(&get(&self.product, token, &self.path(path))),
            Asked::Tool("WAIT", job) => self.ended(token, job),
            Asked::Tool(tool, arguments) => self.tool(token, tool, &self.filled(arguments)),
            Asked::Parts(envelope, parts) => {
                let (tool, arguments) = self.envelope(envelope, parts);
                self.tool(token, tool, &arguments)
            }
        }
    }

    fn tool(&self, token: &str, tool: &str, arguments: &str) -> Outcome {
        let body = format!(
            "{{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\
             \"params\":{{\"name\":\"{tool}\",\"arguments\":{arguments}}}}}"
        );
        of_answer(&self.product.post(token, &body))
    }

    fn ended(&self, token: &str, job: &str) -> Outcome {
        let arguments = format!("{{\"id\":\"{}\"}}", self.filled(job));
        for _ in 0..20 {
            let outcome = self.tool(token, "getBulkJob", &arguments);
            let state = outcome.data["state"].as_str().unwrap_or_default();
            if !["Open", "UploadComplete", "InProgress"].contains(&state) {
                return outcome;
            }
        }
        panic!("the job does not end");
    }

    /// What is wrong with what `explain` says of a request that stands alone.
    fn explained(&self, case: &Case<'_>) -> Option<String> {
        let [Call { asked: Asked::Parts("alone", parts), expected, .. }] = case.calls.as_slice()
        else {
            return None;
        };
        let [part] = parts.as_slice() else { panic!("not one request: {}", case.what) };
        let request = self.request(part, "body");
        let (exit, said, error) = run(&["explain", "--json", "--rest", &request], "");
        let json: Value = serde_json::from_str(&said).unwrap_or_default();
        let as_expected = match expected {
            Ok(_) => exit == 0,
            Err((code, accesses)) if *code == "policy_denied" => {
                let found: Vec<String> =
                    json["accesses"].as_array().into_iter().flatten().map(access).collect();
                exit == 0 && accesses.split(", ").all(|access| found.iter().any(|f| f == access))
            }
            Err((_, why)) => {
                let message = json["error"]["message"].as_str().unwrap_or_default();
                exit == 2 && message.contains(why)
            }
        };
        (!as_expected).then(|| format!("explained with {exit}: {said}{error}"))
    }
}

/// Runs a table: every case, and each request that stands alone through `explain` as well.
fn attempt(table: &Table, rest: &str, least: usize) {
    let mut front = Front::start(rest);
    let cases = table.cases();
    let mut failed = Vec::new();
    for case in &cases {
        let mut wrong = front.attempt(case);
        wrong.extend(front.explained(case));
        failed.extend(wrong.into_iter().map(|wrong| format!("# {}\n  {wrong}", case.what)));
    }
    if Backdoor(&front.site.org).definitions() != front.definitions {
        failed.push("forbidden fields are defined in another way than before".to_owned());
    }
    front.product.terminate();
    front.product.wait();
    let journal = fs::read(front.site.path("journal.jsonl")).unwrap();
    for (place, bytes) in [("journal", journal), ("log", front.product.said().into_bytes())] {
        let found = canary::found(&bytes);
        if !found.is_empty() {
            failed.push(format!("the {place} holds {found:?}"));
        }
    }
    assert!(failed.is_empty(), "{}: {}\n\n{}", table.name, failed.len(), failed.join("\n\n"));
    let refused = |case: &&Case<'_>| case.calls.iter().any(|call| call.expected.is_err());
    let (refused, permitted): (Vec<_>, Vec<_>) = cases.iter().partition(refused);
    let (refused, permitted) = (refused.len(), permitted.len());
    assert!(refused >= least && permitted >= 3, "{refused} refused, {permitted} permitted");
}

#[test]
fn what_is_forbidden_is_there_to_be_found() {
    let front = Front::start("");
    for (object, fields) in [
        ("Contact", "SSN__c, SSN_Last4__c, Salary__c, MailingPostalCode"),
        ("Opportunity", "Margin__c"),
        ("Account", "Credit_Limit__c"),
        ("User", "Cost_Rate__c"),
        ("Lead", "FirstName"),
        ("Case", "Internal_Notes__c"),
        ("Campaign", "Name, Description, BudgetedCost"),
    ] {
        for field in fields.split(", ") {
            let soql = format!("SELECT {field} FROM {object} LIMIT 2");
            let answer = front.product.query(ADMIN, &soql);
            assert!(!canary::found(answer.body.as_bytes()).is_empty(), "{soql}: {answer:?}");
            assert_eq!(front.product.query(SUPPORT, &soql).code(), "policy_denied", "{soql}");
        }
    }
}

macro_rules! tables {
    ($($test:ident: $file:literal, $least:literal refused, $rest:literal;)*) => {$(
        #[test]
        fn $test() {
            let name = $file;
            let text = include_str!(concat!("../../attacks/hostile/", $file, ".txt"));
            attempt(&Table { name, text }, $rest, $least);
        }
    )*};
}

tables! {
    no_address_leads_elsewhere_than_it_seems: "paths", 50 refused, "";
    no_encoding_is_decoded_into_something_else: "encodings", 35 refused, "";
    no_body_writes_more_than_it_names: "bodies", 40 refused, "";
    no_reference_carries_a_value_that_was_not_read: "references", 40 refused, "";
    no_record_hides_another_in_it: "nested", 30 refused, "";
    no_query_reads_or_goes_by_what_is_forbidden: "queries", 60 refused, "";
    no_search_finds_by_what_is_forbidden: "searches", 18 refused, "";
    no_file_writes_other_columns_than_were_judged: "csv", 40 refused, "";
    no_token_opens_for_anyone_else: "cursors_and_jobs", 20 refused, "";
    no_report_shows_or_goes_by_what_is_forbidden: "reports", 30 refused, "";
    no_definition_opens_what_is_forbidden: "metadata", 20 refused, "";
    no_part_is_judged_less_than_the_whole: "envelopes", 20 refused, "";
    nothing_that_is_left_out_comes_back: "dropped", 9 refused, "on_forbidden_select: drop\n";
}

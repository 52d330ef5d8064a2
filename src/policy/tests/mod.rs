//! What the tests of policy share: a small org and the calls to ask about.

mod decisions;
mod denials;
mod kept;
mod labels;
mod loading;
mod mutations;
mod questions;
mod reloading;
mod rights;
mod shifts;
mod slices;
mod traps;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::bench::Bench;
use super::context::{Channel, Facts};
use super::decide::Judgement;
use super::{Agent, CallContext, Denial, Environment, Names, PolicySet};
use crate::footprint::{Access, Action, Footprint, Target};
use crate::org::Schema;
use crate::policy::decide::Offers;
use crate::salesforce::{FieldName, ObjectName, RecordId};

/// Objects with their fields; `=` before a formula, `=?` where the org hides it, `<` before the
/// compound field that a field is a part of.
const ORG: &str = "
Account Id Name Phone Industry Credit_Limit__c Total_Won_Amount__c=? Parent_Group__c
Campaign Id Name Status
Case Id CaseNumber Subject Status Internal_Notes__c
Contact Id FirstName<Name LastName<Name Name Email AccountId OwnerId SSN__c Salary__c SSN_Last4__c=RIGHT(SSN__c,4)
Group Id Name DeveloperName
Lead Id Name Company Credit_Score__c
Opportunity Id Name StageName Amount Margin__c Commission__c=Amount*Margin__c/100
Task Id Subject Status WhoId
Report Id Name FolderName
User Id Name FirstName LastName Title Email IsActive Username Cost_Rate__c
";

fn schema() -> Schema {
    schema_of(ORG)
}

fn schema_of(org: &str) -> Schema {
    let objects: Vec<String> = org
        .lines()
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            let object = words.next()?;
            let fields: Vec<String> = words.map(field).collect();
            Some(format!(r#"{{"name":"{object}","fields":[{}]}}"#, fields.join(",")))
        })
        .collect();
    let json = format!(r#"{{"apiVersion":"68.0","sobjects":[{}]}}"#, objects.join(","));
    Schema::from_json(json.as_bytes()).unwrap()
}

fn field(word: &str) -> String {
    if let Some(name) = word.strip_suffix("=?") {
        format!(r#"{{"name":"{name}","calculated":true}}"#)
    } else if let Some((name, formula)) = word.split_once('=') {
        format!(r#"{{"name":"{name}","calculated":true,"calculatedFormula":"{formula}"}}"#)
    } else if let Some((name, compound)) = word.split_once('<') {
        format!(r#"{{"name":"{name}","compoundFieldName":"{compound}"}}"#)
    } else {
        format!(r#"{{"name":"{word}","custom":{}}}"#, word.ends_with("__c"))
    }
}

fn agent(roles: &[&str]) -> Agent {
    Agent::new("tester", "fieldgate", "tester", roles.iter().copied())
}

static UTC: TimeZone = TimeZone::UTC;

fn call(now: &str) -> CallContext<'static> {
    CallContext {
        tool: "executeQuery",
        environment: Environment::Production,
        now: now.parse::<Timestamp>().unwrap(),
        zone: &UTC,
    }
}

/// A Friday morning.
fn friday() -> CallContext<'static> {
    call("2026-11-20T10:00:00Z")
}

fn facts() -> Facts {
    Facts { via: Channel::Record, rows: Some(1), query: None }
}

fn set(text: &str) -> PolicySet {
    PolicySet::from_texts([("test.cedar", text)], &Names::new(&schema())).unwrap()
}

fn problems(text: &str) -> String {
    PolicySet::from_texts([("test.cedar", text)], &Names::new(&schema())).unwrap_err().to_string()
}

fn target(text: &str) -> Target {
    match text.split_once('.') {
        None if text.is_empty() => Target::Org,
        None if text.starts_with("00O") => Target::Report(RecordId::parse(text).unwrap()),
        None => Target::Object(ObjectName::parse(text).unwrap()),
        Some((object, field)) => {
            Target::Field(ObjectName::parse(object).unwrap(), FieldName::parse(field).unwrap())
        }
    }
}

fn access(action: Action, target_text: &str) -> Access {
    Access {
        action,
        target: target(target_text),
        path: smol_str::SmolStr::default(),
        opaque: false,
    }
}

fn footprint(accesses: Vec<Access>) -> Footprint {
    Footprint { accesses, rows: Some(1), ..Footprint::default() }
}

fn judge(set: &PolicySet, roles: &[&str], accesses: Vec<Access>) -> Result<Judgement, Box<Denial>> {
    set.judge(&agent(roles), &schema(), &friday(), facts(), &footprint(accesses), Offers::Made)
}

/// A bench on which many questions are put.
fn bench<'a>(set: &'a PolicySet, schema: &'a Schema, agent: &Agent) -> Bench<'a> {
    Bench::new(set, agent, schema, &friday(), facts())
}

fn may(set: &PolicySet, roles: &[&str], action: Action, target_text: &str) -> bool {
    judge(set, roles, vec![access(action, target_text)]).is_ok()
}

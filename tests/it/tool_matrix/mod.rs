//! What each role may do with each tool, object and field of the demo org, in a file that people review.
//!
//! A test writes `tests/decisions/tools.txt` anew and compares. To accept a change, run it with
//! `FIELDGATE_BLESS=1` and review the diff. How each tool is called stands in `templates.txt`.

mod rows;
mod templates;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::thread;

use fieldgate::footprint::{self, Action, Footprint, Target};
use fieldgate::org::{Described, Schema};
use fieldgate::policy::{Agent, CallContext, Environment, Names, OnForbidden, PolicySet};
use fieldgate::salesforce::Operation;
use fieldgate::seal::Sealer;
use fieldgate::tools::CATALOG;
use jiff::tz::TimeZone;
use rows::{Rows, Said, grouped};
use templates::{About, Way, ways};

/// The demo org has no object of its own people, which some tools are about.
const INVOICE: &str = r#"{"name":"Invoice__c","custom":true,"keyPrefix":"a00","fields":[
    {"name":"Id","type":"id"},{"name":"Name","type":"string","nameField":true},
    {"name":"Total__c","type":"currency","custom":true}]}"#;

/// What stands above the rows.
const HEAD: &str = "\
# What each role may do with each tool, object and field of the demo org, as the shipped policies decide it in a developer
# org on a Friday morning. templates.txt says how each tool is called. Below the tools that are answered alike:
#
#   permitted, refused      the call, where it names no object
#   Account  all but X, Y   it is permitted for each field of the object but these, or the answer has all but these
#   Account  only X         for no other field
#   all, none               for every field of these objects, or for the object where no field is named; for none
#   masked X                X is among the permitted fields and comes back masked
#
# Every object is named for every tool; one that isn't can't be asked about with it, nor can the fields at the end.
";

static UTC: TimeZone = TimeZone::UTC;

fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/decisions").join(name)
}

fn schema() -> Schema {
    let demo = Schema::from_json(&fieldgate::demo_org::schema_json()).unwrap();
    let invoice = Described::from_json(INVOICE.as_bytes()).unwrap().object().unwrap();
    demo.with(vec![invoice], None).unwrap()
}

/// Who asks.
struct Court<'a> {
    set: &'a PolicySet,
    schema: &'a Schema,
    agent: Agent,
}

impl Court<'_> {
    /// Decides as the gate does: first on what must be looked up, then on the call; notes what is said
    /// of the call and of what is left out of its answer.
    fn ask(&self, way: &Way, about: About<'_>, steps: &[Operation], rows: &mut Rows) {
        let call = CallContext {
            tool: way.tool.name,
            environment: Environment::Developer,
            now: "2026-11-20T10:00:00Z".parse().unwrap(),
            zone: &UTC,
        };
        let mut last = None;
        for step in steps {
            let resolved = footprint::resolve(step.clone(), self.schema).unwrap();
            let deny = OnForbidden::Deny;
            last = self.set.grant(&self.agent, self.schema, &call, resolved, deny).ok();
            if last.is_none() {
                break;
            }
        }
        let asked = match (about.object, about.field) {
            (Some(object), Some(field)) => Target::Field(object.name.clone(), field.name.clone()),
            (Some(object), None) => Target::Object(object.name.clone()),
            (None, _) => Target::Org,
        };
        let Some(granted) = last else { return rows.note(&asked, Said::Refused) };
        let permitted = &granted.permitted;
        let footprint = permitted.resolved().footprint();
        rows.note(&asked, if is_masked(footprint) { Said::Masked } else { Said::Permitted });
        let own = |target: &Target| about.object.is_none_or(|o| target.object() == Some(&o.name));
        for access in footprint.pruned.iter().filter(|access| own(&access.target)) {
            let visible = permitted.visible(access.action, &access.target);
            let said = if visible { Said::Permitted } else { Said::Refused };
            rows.note(&access.target, said);
        }
    }
}

fn is_masked(footprint: &Footprint) -> bool {
    footprint.accesses.iter().any(|access| access.action == Action::SelectMasked)
        || footprint.parts.iter().any(|part| is_masked(&part.footprint))
}

/// Why the calls of one way can't be asked, and of what.
#[derive(Default)]
struct Unasked(BTreeMap<String, BTreeMap<String, Vec<String>>>);

impl Unasked {
    fn note(&mut self, about: About<'_>, reason: String) {
        let mut reason = reason;
        let field = about.field.map(|field| field.name.to_string());
        for (name, place) in
            [(&field, "FIELD"), (&about.object.map(|o| o.name.to_string()), "OBJECT")]
        {
            reason = name.as_ref().map_or(reason.clone(), |name| reason.replace(name, place));
        }
        let object = about.object.map_or_else(String::new, |object| object.name.to_string());
        self.0.entry(reason).or_default().entry(object).or_default().extend(field);
    }

    fn shown(&self, schema: &Schema) -> String {
        let mut text = String::new();
        for (reason, objects) in &self.0 {
            writeln!(text, "  - {reason}").unwrap();
            let mut alike: BTreeMap<String, Vec<&str>> = BTreeMap::new();
            for (object, fields) in objects {
                let all = schema.object_named(object).map_or(0, |object| object.fields().count());
                let whole = fields.is_empty() || fields.len() == all;
                let fields = if whole { "all".to_owned() } else { fields.join(", ") };
                alike.entry(fields).or_default().push(object);
            }
            for (fields, objects) in alike {
                writeln!(text, "    {}: {fields}", objects.join(", ")).unwrap();
            }
        }
        text
    }
}

/// A way to call a tool, with all that can be asked by it.
type Calls<'a> = (Way, Vec<(About<'a>, Vec<Operation>)>);

/// What each way asks, and what it can't ask.
fn calls<'a>(schema: &'a Schema, sealer: &'a Sealer) -> (Vec<Calls<'a>>, Vec<(String, String)>) {
    let (mut calls, mut not_asked) = (Vec::new(), Vec::new());
    for way in ways() {
        let (mut asked, mut unasked) = (Vec::new(), Unasked::default());
        for about in way.about(schema, sealer) {
            match way.operations(about) {
                Ok(steps) => asked.push((about, steps)),
                Err(reason) => unasked.note(about, reason),
            }
        }
        let unasked = unasked.shown(schema);
        assert!(!asked.is_empty(), "{} can't be asked of anything:\n{unasked}", way.name);
        if !unasked.is_empty() {
            not_asked.push((way.name.clone(), unasked));
        }
        calls.push((way, asked));
    }
    (calls, not_asked)
}

#[test]
fn every_tool_has_a_template() {
    let ways = ways();
    for tool in CATALOG {
        assert!(ways.iter().any(|way| way.tool.name == tool.name), "{} has none", tool.name);
    }
}

#[test]
fn what_each_role_may_do_with_each_tool_is_as_reviewed() {
    let (schema, sealer) = (schema(), Sealer::random().unwrap());
    let policies = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("policies");
    let set = PolicySet::load(policies, &Names::new(&schema)).unwrap();
    let (calls, not_asked) = calls(&schema, &sealer);
    let mut text = String::from(HEAD);
    let section = &|role: Option<String>| {
        let agent = Agent::new("tester", "fieldgate", "tester", role.clone());
        let court = Court { set: &set, schema: &schema, agent };
        let rows = grouped(calls.iter().map(|(way, asked)| {
            let mut rows = Rows::default();
            for (about, steps) in asked {
                court.ask(way, *about, steps, &mut rows);
            }
            (way.name.clone(), rows.shown())
        }));
        format!("\n## {}\n\n{rows}", role.as_deref().unwrap_or("(an agent without a role)"))
    };
    thread::scope(|scope| {
        let roles = set.roles().into_iter().map(Some).chain([None]);
        let sections: Vec<_> = roles.map(|role| scope.spawn(move || section(role))).collect();
        for section in sections {
            text.push_str(&section.join().unwrap());
        }
    });
    text.push_str("\n## What can't be asked, whoever asks\n\n");
    text.push_str(&grouped(not_asked));
    let path = file("tools.txt");
    if std::env::var_os("FIELDGATE_BLESS").is_some() {
        fs::write(&path, &text).unwrap();
    }
    let known = fs::read_to_string(&path).unwrap_or_default();
    let at = known.lines().zip(text.lines()).position(|(known, now)| known != now);
    let from = |text: &str| {
        text.lines().skip(at.unwrap_or_default()).take(8).collect::<Vec<_>>().join("\n")
    };
    let path = path.display();
    assert!(known == text, "{path} differs:\n{}\nwas\n{}", from(&text), from(&known));
}

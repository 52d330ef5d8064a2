//! The slice against the full set, and what adding a policy can do.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use cedar_policy::{
    AuthorizationError, Authorizer, Decision, Entities, Request, ValidationMode, Validator,
};
use proptest::prelude::*;

use super::*;
use crate::policy::circumstances::Circumstances;
use crate::policy::context::QueryFacts;
use crate::policy::model::{Known, Model};
use crate::policy::{LoadError, SCHEMA, Why};

const TARGETS: [&str; 12] = [
    "",
    "Contact",
    "Contact.Email",
    "Contact.SSN__c",
    "Contact.Salary__c",
    "Contact.Name",
    "Account",
    "Account.Name",
    "Account.Total_Won_Amount__c",
    "Account.Credit_Limit__c",
    "Task",
    "00O000000000001EAA",
];

/// One of each group and of each kind of resource.
const ACTIONS: [Action; 8] = [
    Action::Select,
    Action::Filter,
    Action::Describe,
    Action::Update,
    Action::Delete,
    Action::ListObjects,
    Action::RunReport,
    Action::UpdateMetadata,
];

const LABELS: &str = "
pii: [Contact.SSN__c, Lead]
money: ['*.*Amount*', Account, Contact.Salary__c]
";

const ROLES: [&str; 3] = ["a", "b", "c"];

/// Conditions on every attribute of the context, alone, together, and on it as a whole.
const OF_CONTEXT: [&str; 30] = [
    " when { context.hour == 10 }",
    " when { context.hour < 12 && context.via == Channel::\"soql\" }",
    " unless { context.weekday == Weekday::\"fri\" }",
    " when { context[\"weekday\"] in [Weekday::\"sat\", Weekday::\"sun\"] } unless { context.hour == 14 }",
    " when { if resource is Field then context.via == Channel::\"soql\" else true }",
    " when { [context.via].contains(Channel::\"bulk\") }",
    " unless { context.via is Channel && context.hour > 3 }",
    " when { {a: context.via, b: context.hour}.b == 3 }",
    " when { context.tool == Tool::\"executeQuery\" }",
    " unless { context.tool in [Tool::\"createRecord\", Tool::\"context\"] }",
    " when { context.environment == Environment::\"sandbox\" }",
    " when { resource is Org && context.environment == resource.environment }",
    " when { context has rows }",
    " unless { context has rows }",
    " when { context has rows && context.rows > 3 }",
    " unless { context has rows && context.rows <= 5 && context.hour == 3 }",
    " when { context has query && context.query.where }",
    " unless { context has query && context.query.deleted }",
    " when { context has query && context.query.aggregate && !context.query.where }",
    " when { context has query.limit && context.query.limit <= 10 }",
    " unless { context has query && context.query has limit && context.query.limit == 1 }",
    " when { context.now < datetime(\"2026-11-20T10:30:00Z\") }",
    " unless { context.now.toTime() > duration(\"12h\") && context.hour == 14 }",
    " when { {a: context}.a.hour == 10 }",
    " unless { {a: context}.a has rows }",
    " when { (if context has rows then context else context).via == Channel::\"soql\" }",
    " when { context == context && context.hour < 12 }",
    // Overflow when they are evaluated: always, at some hours, for some rows.
    " when { 9223372036854775807 + context.hour > 0 }",
    " when { 9223372036854775800 + context.hour > 0 }",
    " when { context has rows && 9223372036854775803 + context.rows > 0 }",
];

fn of_context() -> impl Strategy<Value = &'static str> {
    prop::sample::select(&OF_CONTEXT[..])
}

pub(super) fn policy() -> impl Strategy<Value = String> {
    let effect = prop_oneof![3 => Just("permit"), 2 => Just("forbid")];
    let principal = prop_oneof![
        Just("principal".to_owned()),
        Just("principal is Agent".to_owned()),
        Just("principal == Agent::\"tester\"".to_owned()),
        Just("principal == Agent::\"other\"".to_owned()),
        Just("principal in Team::\"sales\"".to_owned()),
        prop::sample::select(&ROLES[..]).prop_map(|r| format!("principal in Role::\"{r}\"")),
        prop::sample::select(&ROLES[..])
            .prop_map(|r| format!("principal is Agent in Role::\"{r}\"")),
    ];
    let action = prop::sample::select(vec![
        "action",
        "action in Action::\"any\"",
        "action in Action::\"read\"",
        "action in Action::\"write\"",
        "action == Action::\"select\"",
        "action in [Action::\"update\", Action::\"read\"]",
        "action in [Action::\"describe\", Action::\"filter\"]",
    ]);
    let resource = prop::sample::select(vec![
        "resource",
        "resource in Org::\"org\"",
        "resource in Object::\"Contact\"",
        "resource == Object::\"Contact\"",
        "resource in Object::\"Account\"",
        "resource == Field::\"Contact.SSN__c\"",
        "resource in Field::\"Contact.Email\"",
        "resource == Field::\"Account.Total_Won_Amount__c\"",
        "resource is Field",
        "resource is Field in Object::\"Contact\"",
        "resource is Report",
        "resource in Label::\"pii\"",
        "resource is Field in Label::\"money\"",
        "resource == Report::\"00O000000000001EAA\"",
    ]);
    let other = prop::sample::select(vec![
        "",
        "",
        "",
        " when { principal.subject like \"t*\" }",
        " when { resource in [Field::\"Contact.Email\", Field::\"Account.Name\"] }",
        " when { principal has team && principal in principal.team }",
        " when { principal in Role::\"a\" && context.hour < 12 }",
        " when { resource is Field && resource.custom }",
        " when { resource in Label::\"pii\" }",
        " unless { resource in [Label::\"money\", Object::\"Contact\"] }",
        " unless { resource is Object || (resource is Field && resource.custom) }",
        " when { resource is Org && resource.environment == Environment::\"production\" }",
        " when { resource == Field::\"Contact.Salary__c\" } unless { context has query }",
        // Overflows when it is evaluated on fields of the org's own people.
        " when { resource is Field && 9223372036854775807 + (if resource.custom then 1 else 0) > 0 }",
    ]);
    let condition = prop_oneof![3 => other, 2 => of_context()];
    (effect, principal, action, resource, condition).prop_map(
        |(effect, principal, action, resource, condition)| {
            // A forbid on the object itself would leave its fields open, and doesn't load.
            let resource = if effect == "forbid" {
                resource.replace("== Object", "in Object")
            } else {
                resource.to_owned()
            };
            format!("{effect} ({principal}, {action}, {resource}){condition};")
        },
    )
}

pub(super) fn labelled(policies: &str, schema: &Schema) -> Result<PolicySet, LoadError> {
    let texts = [("labels.yaml", LABELS), ("test.cedar", policies)];
    PolicySet::from_texts(texts, &Names::new(schema))
}

/// The policies that pass validation by themselves.
pub(super) fn valid(policies: &[String]) -> Vec<String> {
    static VALIDATOR: LazyLock<Validator> =
        LazyLock::new(|| Validator::new(Model::new(SCHEMA).unwrap().schema));
    policies
        .iter()
        .filter(|policy| {
            let policy: cedar_policy::PolicySet = policy.parse().unwrap();
            VALIDATOR.validate(&policy, ValidationMode::Strict).validation_passed_without_warnings()
        })
        .enumerate()
        .map(|(nth, policy)| format!("@id(\"p{nth}\") {policy}"))
        .collect()
}

fn roles() -> impl Strategy<Value = Vec<&'static str>> {
    prop::sample::subsequence(&ROLES[..], 0..=3)
}

/// Agents of few ids, roles and teams, so that many are alike.
fn agents() -> impl Strategy<Value = Vec<Agent>> {
    let id = prop::sample::select(vec!["tester", "other", "third", ""]);
    let agent = (id, roles(), any::<bool>()).prop_map(|(id, roles, in_team)| {
        let agent = Agent::new(id, "issuer", id, roles);
        if in_team { agent.with_team("sales") } else { agent }
    });
    prop::collection::vec(agent, 2..5)
}

/// The org with some of its fields, of which some are not custom that were, or the other way round.
fn orgs() -> impl Strategy<Value = Vec<Schema>> {
    let words: Vec<&str> = ORG.split_whitespace().collect();
    let changes = prop::collection::vec(
        prop_oneof![8 => Just(0), 1 => Just(1), 2 => Just(2), 1 => Just(3)],
        words.len(),
    );
    let org = changes.prop_map(|changes| {
        let mut changes = changes.into_iter();
        let objects = ORG.trim().lines().map(|line| {
            let mut words = line.split_whitespace();
            let object = words.next().unwrap();
            let fields: Vec<String> = words
                .filter_map(|word| match changes.next().unwrap() {
                    1 => None,
                    3 => Some(field(word).replace('}', r#","complianceGroup":"PII"}"#)),
                    2 => Some(
                        field(word)
                            .replace("true", "no")
                            .replace("false", "true")
                            .replace("no", "false"),
                    ),
                    _ => Some(field(word)),
                })
                .collect();
            format!(r#"{{"name":"{object}","fields":[{}]}}"#, fields.join(","))
        });
        let objects: Vec<String> = objects.collect();
        let json = format!(
            r#"{{"apiVersion":"68.0","classified":true,"sobjects":[{}]}}"#,
            objects.join(",")
        );
        Schema::from_json(json.as_bytes()).unwrap()
    });
    prop::collection::vec(org, 1..3)
}

/// The circumstances of a call: of few values, so that some are again those of another call.
fn circumstances() -> impl Strategy<Value = (CallContext<'static>, Facts)> {
    let tool = prop::sample::select(vec!["executeQuery", "createRecord", "context"]);
    let environment = prop::sample::select(vec![Environment::Production, Environment::Sandbox]);
    let now = prop::sample::select(vec![
        "2026-11-20T10:00:00Z",
        "2026-11-20T10:59:59Z",
        "2026-11-20T03:00:00Z",
        "2026-11-21T14:00:00Z",
        "2026-11-22T10:00:00Z",
        "2026-11-22T00:00:00Z",
    ]);
    let via = prop::sample::select(vec![Channel::Record, Channel::Soql, Channel::Bulk]);
    let bound = || prop::sample::select(vec![None, Some(0), Some(1), Some(5), Some(200)]);
    let query =
        (any::<[bool; 3]>(), bound()).prop_map(|([filtered, deleted, aggregate], limit)| {
            QueryFacts { filtered, deleted, limit, aggregate }
        });
    let query = prop::option::of(query);
    (tool, environment, now, via, bound(), query).prop_map(
        |(tool, environment, now, via, rows, query)| {
            let call = CallContext { tool, environment, ..call(now) };
            (call, Facts { via, rows, query })
        },
    )
}

/// The full set, asked by Cedar's own authorizer.
pub(super) struct Oracle<'a> {
    pub(super) set: &'a PolicySet,
    all: cedar_policy::PolicySet,
}

impl<'a> Oracle<'a> {
    pub(super) fn new(set: &'a PolicySet) -> Self {
        let all = set.policies.values().map(|scoped| scoped.policy.clone());
        let all = cedar_policy::PolicySet::from_policies(all).unwrap();
        Self { set, all }
    }

    /// What it says of each of the actions.
    pub(super) fn ask(
        &self,
        actions: &[Action],
        agent: &Agent,
        schema: &Schema,
        (call, facts): &(CallContext<'_>, Facts),
        target: &Target,
    ) -> Vec<Result<Vec<String>, Why>> {
        let model = &self.set.model;
        let Some(known) = Known::find(schema, target) else {
            return actions.iter().map(|_action| Err(Why::Unknown)).collect();
        };
        let entities = model.entities(agent, call.environment, [known]).unwrap();
        let context = model.context(Circumstances::new(call, *facts).all()).unwrap();
        actions
            .iter()
            .map(|action| {
                let request = Request::new(
                    model.principal(agent),
                    model.action(*action).unwrap().clone(),
                    model.resource(known),
                    context.clone(),
                    Some(&model.schema),
                );
                let request = request.map_err(|_invalid| Why::PolicyError(Vec::new()))?;
                self.answer(&request, &entities)
            })
            .collect()
    }

    fn answer(&self, request: &Request, entities: &Entities) -> Result<Vec<String>, Why> {
        let response = Authorizer::new().is_authorized(request, &self.all, entities);
        let mut errors: Vec<String> = response
            .diagnostics()
            .errors()
            .map(|AuthorizationError::PolicyEvaluationError(error)| error.policy_id().to_string())
            .collect();
        errors.sort();
        if !errors.is_empty() {
            return Err(Why::PolicyError(errors));
        }
        let reasons: BTreeSet<String> =
            response.diagnostics().reason().map(ToString::to_string).collect();
        let reasons: Vec<String> = reasons.into_iter().collect();
        match response.decision() {
            Decision::Allow => Ok(reasons),
            Decision::Deny if reasons.is_empty() => Err(Why::NotPermitted),
            Decision::Deny => Err(Why::ForbiddenBy(reasons)),
        }
    }
}

#[test]
fn every_random_condition_on_the_context_is_valid() {
    let policies =
        OF_CONTEXT.map(|condition| format!("permit (principal, action, resource){condition};"));
    for (condition, policy) in OF_CONTEXT.iter().zip(&policies) {
        assert_eq!(valid(std::slice::from_ref(policy)).len(), 1, "{condition}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]

    /// One set is asked for several agents, orgs and circumstances, so that it is also asked what it
    /// has kept, and for whom it has not.
    #[test]
    fn a_slice_decides_as_the_full_set_does(
        policies in prop::collection::vec(policy(), 1..12),
        agents in agents(),
        orgs in orgs(),
        circumstances in prop::collection::vec(circumstances(), 3),
    ) {
        let policies = valid(&policies);
        prop_assume!(!policies.is_empty());
        let set = labelled(&policies.join("\n"), &schema()).unwrap();
        let oracle = Oracle::new(&set);
        for (agent, now) in agents.iter().zip(circumstances.iter().cycle()) {
            for schema in &orgs {
                let mut bench = Bench::new(&set, agent, schema, &now.0, now.1);
                for target in TARGETS {
                    let full = oracle.ask(&ACTIONS, agent, schema, now, &self::target(target));
                    for (action, full) in ACTIONS.into_iter().zip(full) {
                        let asked = access(action, target);
                        let said = bench.ask(&asked).map(|ids| ids.to_vec());
                        prop_assert_eq!(said, full, "{:?} of {:?} at {:?}", asked, agent, now);
                    }
                }
            }
        }
    }

    /// One set is asked by one agent in circumstances that change from call to call and come again.
    #[test]
    fn what_is_kept_by_circumstances_is_what_the_full_set_says_in_them(
        policies in prop::collection::vec((policy(), of_context()), 1..6),
        circumstances in prop::collection::vec(circumstances(), 12),
    ) {
        let policies: Vec<String> = policies
            .into_iter()
            .map(|(policy, condition)| policy.replacen(';', &format!("{condition};"), 1))
            .collect();
        let mut policies = valid(&policies);
        policies.push("@id(\"all\") permit (principal, action, resource);".to_owned());
        let (schema, agent) = (schema(), agent(&["a"]));
        let set = labelled(&policies.join("\n"), &schema).unwrap();
        let oracle = Oracle::new(&set);
        const ASKED: [Action; 3] = [Action::Select, Action::Update, Action::ListObjects];
        // Backwards the second time: what was kept last is asked for first.
        for now in circumstances.iter().chain(circumstances.iter().rev()) {
            let mut bench = Bench::new(&set, &agent, &schema, &now.0, now.1);
            for target in ["", "Contact", "Contact.SSN__c", "Contact.Name", "Account.Name"] {
                let full = oracle.ask(&ASKED, &agent, &schema, now, &self::target(target));
                for (action, full) in ASKED.into_iter().zip(full) {
                    let asked = access(action, target);
                    let said = bench.ask(&asked).map(|ids| ids.to_vec());
                    prop_assert_eq!(said, full, "{:?} at {:?}", asked, now);
                }
            }
        }
    }

    #[test]
    fn a_forbid_that_is_added_never_turns_deny_into_allow(
        policies in prop::collection::vec(policy(), 1..8),
        forbid in policy(),
        roles in roles(),
    ) {
        let mut policies = valid(&policies);
        prop_assume!(!policies.is_empty());
        let schema = schema();
        let before = labelled(&policies.join("\n"), &schema).unwrap();
        let forbid = format!("@id(\"added\") {}", forbid.replacen("permit", "forbid", 1));
        policies.push(forbid);
        let Ok(after) = labelled(&policies.join("\n"), &schema) else {
            return Ok(());
        };
        let agent = agent(&roles);
        let mut bench_before = bench(&before, &schema, &agent);
        let mut bench_after = bench(&after, &schema, &agent);
        for target in TARGETS {
            for action in ACTIONS {
                let asked = access(action, target);
                let allowed = bench_after.ask(&asked).is_ok();
                prop_assert!(!allowed || bench_before.ask(&asked).is_ok(), "{:?}", asked);
                // And what is permitted is never of an action that seemed impossible.
                prop_assert!(!allowed || after.could_permit(&agent, action), "{:?}", asked);
            }
        }
    }
}

//! The slice against the full set, and what adding a policy can do.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use cedar_policy::{AuthorizationError, Authorizer, Decision, Request, ValidationMode, Validator};
use proptest::prelude::*;

use super::*;
use crate::policy::Why;
use crate::policy::model::{Known, Model};

const TARGETS: [&str; 9] = [
    "",
    "Contact",
    "Contact.Email",
    "Contact.SSN__c",
    "Contact.Name",
    "Account",
    "Account.Name",
    "Account.Total_Won_Amount__c",
    "Task",
];

const ROLES: [&str; 3] = ["a", "b", "c"];

fn policy() -> impl Strategy<Value = String> {
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
    ]);
    let condition = prop::sample::select(vec![
        "",
        "",
        "",
        " when { context.hour == 10 }",
        " unless { context.weekday == Weekday::\"fri\" }",
        " when { principal.subject like \"t*\" }",
        " when { resource in [Field::\"Contact.Name\", Field::\"Account.Name\"] }",
        // Overflows when it is evaluated.
        " when { 9223372036854775807 + context.hour > 0 }",
    ]);
    (effect, principal, action, resource, condition).prop_map(
        |(effect, principal, action, resource, condition)| {
            format!("{effect} ({principal}, {action}, {resource}){condition};")
        },
    )
}

/// The policies that pass validation by themselves.
fn valid(policies: &[String]) -> Vec<String> {
    static VALIDATOR: LazyLock<Validator> =
        LazyLock::new(|| Validator::new(Model::new().unwrap().schema));
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

/// The full set, asked by Cedar's own authorizer.
struct Oracle<'a> {
    set: &'a PolicySet,
    all: cedar_policy::PolicySet,
    agent: &'a Agent,
    schema: &'a Schema,
}

impl<'a> Oracle<'a> {
    fn new(set: &'a PolicySet, agent: &'a Agent, schema: &'a Schema) -> Self {
        let all = set.policies.values().map(|scoped| scoped.policy.clone());
        let all = cedar_policy::PolicySet::from_policies(all).unwrap();
        Self { set, all, agent, schema }
    }

    fn ask(&self, asked: &Access) -> Result<BTreeSet<String>, Why> {
        let model = &self.set.model;
        let known = Known::find(self.schema, &asked.target).ok_or(Why::Unknown)?;
        let not_asked = || Why::PolicyError(Vec::new());
        let context = model.context(&friday(), facts()).map_err(|_error| not_asked())?;
        let request = Request::new(
            model.principal(self.agent),
            model.action(asked.action).ok_or_else(not_asked)?.clone(),
            model.resource(known),
            context,
            Some(&model.schema),
        )
        .map_err(|_invalid| not_asked())?;
        let entities = model
            .entities(self.agent, Environment::Production, [known])
            .map_err(|_error| not_asked())?;
        let response = Authorizer::new().is_authorized(&request, &self.all, &entities);
        let errors: BTreeSet<String> = response
            .diagnostics()
            .errors()
            .map(|AuthorizationError::PolicyEvaluationError(error)| error.policy_id().to_string())
            .collect();
        if !errors.is_empty() {
            return Err(Why::PolicyError(errors.into_iter().collect()));
        }
        let reasons: BTreeSet<String> =
            response.diagnostics().reason().map(ToString::to_string).collect();
        match response.decision() {
            Decision::Allow => Ok(reasons),
            Decision::Deny if reasons.is_empty() => Err(Why::NotPermitted),
            Decision::Deny => Err(Why::ForbiddenBy(reasons.into_iter().collect())),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_slice_decides_as_the_full_set_does(
        policies in prop::collection::vec(policy(), 1..10),
        roles in roles(),
        in_team: bool,
    ) {
        let policies = valid(&policies);
        prop_assume!(!policies.is_empty());
        let set = set(&policies.join("\n"));
        let agent = agent(&roles);
        let agent = if in_team { agent.with_team("sales") } else { agent };
        let schema = schema();
        let oracle = Oracle::new(&set, &agent, &schema);
        let mut bench = bench(&set, &schema, &agent);
        for target in TARGETS {
            for action in Action::ALL {
                let asked = access(action, target);
                prop_assert_eq!(bench.ask(&asked), oracle.ask(&asked), "{:?}", asked);
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
        let before = set(&policies.join("\n"));
        let forbid = format!("@id(\"added\") {}", forbid.replacen("permit", "forbid", 1));
        policies.push(forbid);
        let Ok(after) = PolicySet::from_texts(
            [("a", policies.join("\n").as_str())],
            &Names::new(&schema()),
        ) else {
            return Ok(());
        };
        let schema = schema();
        let agent = agent(&roles);
        let mut bench_before = bench(&before, &schema, &agent);
        let mut bench_after = bench(&after, &schema, &agent);
        for target in TARGETS {
            for action in Action::ALL {
                let asked = access(action, target);
                let allowed = bench_after.ask(&asked).is_ok();
                prop_assert!(!allowed || bench_before.ask(&asked).is_ok(), "{:?}", asked);
                // And what is permitted is never of an action that seemed impossible.
                prop_assert!(!allowed || after.could_permit(&agent, action), "{:?}", asked);
            }
        }
    }
}

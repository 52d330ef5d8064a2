//! The slice against the full set, and what adding a policy can do.

use cedar_policy::{Authorizer, Decision, Request};
use proptest::prelude::*;

use super::*;
use crate::policy::Why;
use crate::policy::model::Known;

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

/// The policies that pass validation: by themselves, each is checked against every kind of request.
fn valid(policies: &[String]) -> Vec<String> {
    let names = schema();
    policies
        .iter()
        .enumerate()
        .map(|(nth, policy)| format!("@id(\"p{nth}\") {policy}"))
        .filter(|policy| {
            PolicySet::from_texts([("a", policy.as_str())], &Names::new(&names)).is_ok()
        })
        .collect()
}

fn roles() -> impl Strategy<Value = Vec<&'static str>> {
    prop::sample::subsequence(&ROLES[..], 0..=3)
}

/// The full set, asked by Cedar's own authorizer.
fn oracle(
    set: &PolicySet,
    agent: &Agent,
    call: &CallContext<'_>,
    asked: &Access,
) -> Result<Vec<String>, Why> {
    let schema = schema();
    let not_asked = || Why::PolicyError(Vec::new());
    let known = Known::find(&schema, &asked.target).unwrap();
    let all = set.policies.values().map(|scoped| scoped.policy.clone());
    let all = cedar_policy::PolicySet::from_policies(all).unwrap();
    let request = Request::new(
        set.model.principal(agent),
        set.model.action(asked.action).unwrap().clone(),
        set.model.resource(known),
        set.model.context(call, facts()).unwrap(),
        Some(&set.model.schema),
    )
    .map_err(|_| not_asked())?;
    let entities = set.model.entities(agent, call.environment, [known]).unwrap();
    let response = Authorizer::new().is_authorized(&request, &all, &entities);
    let mut errors: Vec<String> = response
        .diagnostics()
        .errors()
        .map(|error| {
            let cedar_policy::AuthorizationError::PolicyEvaluationError(error) = error;
            error.policy_id().to_string()
        })
        .collect();
    errors.sort();
    if !errors.is_empty() {
        return Err(Why::PolicyError(errors));
    }
    let mut reasons: Vec<String> =
        response.diagnostics().reason().map(ToString::to_string).collect();
    reasons.sort();
    match response.decision() {
        Decision::Allow => Ok(reasons),
        Decision::Deny if reasons.is_empty() => Err(Why::NotPermitted),
        Decision::Deny => Err(Why::ForbiddenBy(reasons)),
    }
}

fn decided(set: &PolicySet, agent: &Agent, asked: &Access) -> Result<Vec<String>, Why> {
    set.judge(agent, &schema(), &friday(), facts(), &footprint(vec![asked.clone()]))
        .map(|judgement| judgement.policies.into_iter().collect())
        .map_err(|denial| denial.refused()[0].why.clone())
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
        for target in TARGETS {
            for action in Action::ALL {
                let asked = access(action, target);
                let expected = oracle(&set, &agent, &friday(), &asked);
                prop_assert_eq!(decided(&set, &agent, &asked), expected, "{:?}", asked);
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
        let agent = agent(&roles);
        for target in TARGETS {
            for action in [Action::Select, Action::Update, Action::Delete, Action::ReadLimits] {
                let asked = access(action, target);
                let allowed = decided(&after, &agent, &asked).is_ok();
                prop_assert!(!allowed || decided(&before, &agent, &asked).is_ok(), "{:?}", asked);
                // And what is permitted is never of an action that seemed impossible.
                prop_assert!(!allowed || after.could_permit(&agent, action), "{:?}", asked);
            }
        }
    }
}

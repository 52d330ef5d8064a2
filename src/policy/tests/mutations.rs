//! Every shipped policy is missed by a shipped test: one fails where the policy is gone, and where its
//! effect is turned round.

use std::sync::Arc;

use cedar_policy::{Effect, Policy};
use jiff::tz::TimeZone;

use crate::org::Schema;
use crate::policy::scope::Scoped;
use crate::policy::testing::{self, Case, CaseResult};
use crate::policy::{Against, Environment, Names, PolicySet};
use crate::tools::NAMES;

const SHIPPED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/policies");

fn turned_round(policy: &Policy) -> Policy {
    let (is, other) = match policy.effect() {
        Effect::Permit => ("permit (", "forbid ("),
        Effect::Forbid => ("forbid (", "permit ("),
    };
    let text = policy.to_cedar().unwrap();
    assert_eq!(text.matches(is).count(), 1, "{text}");
    Policy::parse(Some(policy.id().clone()), text.replace(is, other)).unwrap()
}

/// The mutations of these policies, which are some of all, that no case notices. Mutants aren't
/// checked, so that it is the tests that notice them and not the lint.
fn survivors(all: &[Policy], policies: &[Policy], cases: &[Case]) -> Vec<String> {
    let schema = Schema::from_json(&crate::demo_org::schema_json()).unwrap();
    let names = Names { tools: Some(&NAMES), ..Names::new(&schema) };
    let model = PolicySet::load(SHIPPED, &names).unwrap().model;
    let now = "2026-11-20T10:00:00Z".parse().unwrap();
    let against = Against { names, environment: Environment::Developer, now, zone: &TimeZone::UTC };
    let scoped = |policy| Arc::new(Scoped::new(policy));
    let set = |policies: Vec<Policy>| {
        PolicySet::unchecked(Arc::clone(&model), policies.into_iter().map(scoped))
    };

    let whole = set(all.to_vec());
    let results = testing::run(&whole, &against, cases);
    let failed: Vec<&str> = results.iter().filter(|r| !r.passed()).map(|r| r.case.name()).collect();
    assert!(failed.is_empty(), "these fail as they are: {failed:?}");

    let mut survivors = Vec::new();
    for policy in policies {
        let id = policy.id().to_string();
        // Where it decides, it is missed first.
        let decides = |result: &&CaseResult<'_>| result.decided_by.contains(&id);
        let (first, rest): (Vec<_>, Vec<_>) = results.iter().partition(decides);
        let others = all.iter().filter(|other| other.id() != policy.id()).cloned();
        for (what, mutated) in [("gone", None), ("turned round", Some(turned_round(policy)))] {
            let mutant = set(others.clone().chain(mutated).collect());
            let mut cases = first.iter().chain(&rest).map(|result| result.case);
            if cases.all(|case| testing::run_one(&mutant, &against, case).passed()) {
                survivors.push(format!("{id} is {what}"));
            }
        }
    }
    survivors
}

fn shipped() -> (Vec<Policy>, Vec<Case>) {
    let schema = Schema::from_json(&crate::demo_org::schema_json()).unwrap();
    let set = PolicySet::load(SHIPPED, &Names::new(&schema)).unwrap();
    let policies = set.policies.values().map(|scoped| scoped.policy.clone()).collect();
    (policies, testing::cases_of(SHIPPED).unwrap())
}

#[test]
fn every_shipped_policy_is_missed_when_it_is_gone_or_turned_round() {
    let (policies, cases) = shipped();
    assert!(policies.len() > 40 && cases.len() > 100);
    let survivors = survivors(&policies, &policies, &cases);
    assert!(survivors.is_empty(), "no shipped test fails where\n  {}", survivors.join("\n  "));
}

#[test]
fn a_policy_that_no_test_looks_at_is_found() {
    let (mut all, cases) = shipped();
    let text = "permit (principal in Role::\"untested\", action, resource);";
    let untested = Policy::parse(Some("untested".parse().unwrap()), text).unwrap();
    all.push(untested.clone());
    let expected = ["untested is gone", "untested is turned round"];
    assert_eq!(survivors(&all, &[untested], &cases), expected);
}

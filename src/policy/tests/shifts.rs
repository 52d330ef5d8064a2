//! What a change of policies opens and closes, against deciding everything before and after.

use std::collections::BTreeSet;

use cedar_policy::ResourceConstraint;
use proptest::prelude::*;

use super::slices::{Oracle, labelled, policy, valid};
use super::*;
use crate::policy::model::Known;
use crate::policy::{Shift, Why};

/// The roles that random policies name, and none.
const ROLES: [Option<&str>; 4] = [Some("a"), Some("b"), Some("c"), None];

/// The agent that stands for a role.
fn of_role(role: Option<&str>) -> Agent {
    Agent::new("diff", "fieldgate", "diff", role)
}

/// All that can be asked about.
fn targets(schema: &Schema) -> Vec<(Target, bool)> {
    let mut all = vec![(Target::Org, false)];
    for object in schema.objects() {
        all.push((Target::Object(object.name.clone()), false));
        let field = |field: &crate::org::Field| {
            (Target::Field(object.name.clone(), field.name.clone()), field.is_opaque())
        };
        all.extend(object.fields().map(field));
    }
    all
}

/// All that the full set permits, asked of Cedar itself one by one.
fn permitted(set: &PolicySet, role: Option<&str>, schema: &Schema) -> BTreeSet<(Action, Target)> {
    let oracle = Oracle::new(set);
    let now = (friday(), Facts { via: Channel::Record, rows: None, query: None });
    let mut permitted = BTreeSet::new();
    for (target, opaque) in targets(schema) {
        let resource = set.model.resource(Known::find(schema, &target).unwrap());
        let names_it = |id: &String| {
            let constraint = set.policies[id].policy.resource_constraint();
            constraint == ResourceConstraint::Eq(resource.clone())
        };
        let said = oracle.ask(&Action::ALL, &of_role(role), schema, &now, &target);
        let open = |said: Result<Vec<String>, Why>| {
            said.is_ok_and(|ids| !opaque || ids.iter().any(names_it))
        };
        let said = said.into_iter().map(open);
        let mut open: BTreeSet<Action> = Action::ALL
            .into_iter()
            .zip(said)
            .filter_map(|(action, open)| open.then_some(action))
            .collect();
        // What is seen only masked chooses no rows.
        if open.contains(&Action::SelectMasked) && !open.contains(&Action::Select) {
            open.remove(&Action::Filter);
            open.remove(&Action::Search);
        }
        permitted.extend(open.into_iter().map(|action| (action, target.clone())));
    }
    permitted
}

/// The shifts of one role, by deciding everything before and after.
fn by_asking(
    before: &PolicySet,
    after: &PolicySet,
    role: Option<&str>,
    schema: &Schema,
) -> Vec<Shift> {
    let (was, is) = (permitted(before, role, schema), permitted(after, role, schema));
    let shift = |(action, target): &(Action, Target), opens| Shift {
        role: role.map(str::to_owned),
        action: *action,
        target: target.clone(),
        opens,
    };
    let opened = is.difference(&was).map(|open| shift(open, true));
    let mut shifts: Vec<Shift> =
        opened.chain(was.difference(&is).map(|closed| shift(closed, false))).collect();
    shifts.sort();
    shifts
}

/// Policies before a change and after it, and who is asked about.
fn changes() -> impl Strategy<Value = (Vec<String>, Vec<String>, Option<&'static str>)> {
    let kept = prop::collection::vec(any::<bool>(), 8);
    let policies = prop::collection::vec(policy(), 1..8);
    let (added, role) = (prop::collection::vec(policy(), 0..4), prop::sample::select(&ROLES[..]));
    (policies, kept, added, role).prop_map(|(before, kept, added, role)| {
        let kept = before.iter().zip(kept).filter(|(_, kept)| *kept).map(|(policy, _)| policy);
        let after = kept.chain(&added).cloned().collect();
        (before, after, role)
    })
}

fn agrees(
    schema: &Schema,
    (before, after, role): &(Vec<String>, Vec<String>, Option<&str>),
) -> Result<(), TestCaseError> {
    let (before, after) = (valid(before), valid(after));
    prop_assume!(!before.is_empty() && !after.is_empty());
    let set = |policies: &[String]| {
        labelled(&policies.join("\n"), schema)
            .map_err(|error| TestCaseError::fail(error.to_string()))
    };
    let (before, after) = (set(&before)?, set(&after)?);
    let named: Vec<String> = role.map(str::to_owned).into_iter().collect();
    let mut told = after.shifts(&before, &named, schema, &friday()).told;
    told.retain(|shift| shift.role.as_deref() == *role);
    prop_assert_eq!(told, by_asking(&before, &after, *role, schema));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_diff_is_what_deciding_everything_before_and_after_tells(change in changes()) {
        agrees(&schema(), &change)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_diff_on_the_demo_org_is_what_deciding_everything_tells(change in changes()) {
        let demo = Schema::from_json(&crate::demo_org::schema_json()).unwrap();
        agrees(&demo, &change)?;
    }
}

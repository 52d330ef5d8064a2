//! What policies say of the fields of one class.
//!
//! Most policies don't look at the circumstances of a call: what these say is settled, and kept. Most
//! others look at circumstances that recur, such as the hour or the channel: what they say is kept by
//! the values of those, and they are asked with nothing else. The rest look at the time or at the
//! context as a whole, and are asked anew for each call. Cedar asks every policy of a set and the
//! answers don't depend on each other, so the three parts make up the answer of the whole.

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use cedar_policy::{
    AuthorizationError, Authorizer, Context, Decision, Entities, EntityUid, PolicySet, Request,
    validate_scope_variables,
};

use super::Verdict;
use super::cache::Cache;
use super::classes::Common;
use crate::policy::Why;
use crate::policy::circumstances::{Attribute, Circumstance, Circumstances};
use crate::policy::model::{Model, Nature};
use crate::policy::scope::Scoped;

/// How many permits are named of those that nearly permit something.
const MOST_NEAR: usize = 10;

/// The bytes of a class and of each of its policies; what is added for each kind of policies that look
/// at circumstances, and for each of those.
const BYTES: usize = 1024;
const POLICY_BYTES: usize = 128;
const OPEN_BYTES: usize = 4 * 1024;
const OPEN_POLICY_BYTES: usize = 1024;

/// What the answers of a class that are kept by circumstances may take together: room for some twenty
/// of the usual kind. And the bytes of one without its key, and of each id in it.
const RECALLED_BYTES: usize = 8 * 1024;
const ANSWER_BYTES: usize = 256;
const ID_BYTES: usize = 48;

/// Fields that the policies of a slice can't tell apart, or one resource.
#[derive(Debug)]
pub(super) struct Class {
    /// The one that is asked about for all.
    pub(super) resource: EntityUid,
    /// What it is, for a field; what isn't one is among the slice's entities.
    nature: Option<Nature>,
    policies: Vec<Arc<Scoped>>,
    /// `None` in it where Cedar doesn't take the question.
    settled: OnceLock<Option<Settled>>,
}

/// What can be known before the circumstances are.
#[derive(Debug)]
struct Settled {
    /// What those policies say that don't look at them.
    outcome: Arc<Outcome>,
    open: Option<Box<Open>>,
}

/// The policies that look at circumstances.
#[derive(Debug)]
struct Open {
    entities: Entities,
    recurring: Option<Recurring>,
    anew: Option<PolicySet>,
}

/// Those that look only at circumstances that recur.
#[derive(Debug)]
struct Recurring {
    policies: PolicySet,
    /// At which.
    reads: Vec<Attribute>,
    /// What they say together with what is settled.
    recalled: Cache<Box<[Circumstance]>, Arc<Outcome>>,
}

impl Class {
    pub(super) fn new(
        policies: Vec<Arc<Scoped>>,
        resource: EntityUid,
        nature: Option<Nature>,
    ) -> Self {
        Self { resource, nature, policies, settled: OnceLock::new() }
    }

    pub(super) fn has_permit(&self) -> bool {
        self.policies.iter().any(|policy| policy.permits())
    }

    /// The ids of the permits that speak of it: the first few by name.
    pub(super) fn permits(&self) -> Vec<String> {
        let mut first = BTreeSet::new();
        for permit in self.policies.iter().filter(|policy| policy.permits()) {
            first.insert(permit.id());
            if first.len() > MOST_NEAR {
                first.pop_last();
            }
        }
        first.into_iter().map(str::to_owned).collect()
    }

    pub(super) fn bytes(&self) -> usize {
        let mut bytes = self.policies.len().saturating_mul(POLICY_BYTES).saturating_add(BYTES);
        let open = self.policies.iter().filter(|policy| policy.reads.any_context());
        let (recurring, anew): (Vec<_>, Vec<_>) = open.partition(|policy| policy.reads.recurs());
        for (kind, kept) in [(recurring, RECALLED_BYTES), (anew, 0)] {
            if !kind.is_empty() {
                bytes = bytes.saturating_add(OPEN_BYTES).saturating_add(kept);
            }
            let policies = kind.iter().map(|policy| policy.bytes.saturating_add(OPEN_POLICY_BYTES));
            bytes = policies.fold(bytes, usize::saturating_add);
        }
        bytes
    }

    pub(super) fn ask(
        &self,
        model: &Model,
        common: &Common,
        circumstances: &Circumstances<'_>,
    ) -> Verdict {
        let complete = |settled: &Option<Settled>| {
            let outcome = settled
                .as_ref()
                .and_then(|settled| self.complete(settled, model, common, circumstances));
            outcome.map_or_else(not_asked, |outcome| outcome.verdict())
        };
        if let Some(settled) = self.settled.get() {
            return complete(settled);
        }
        let settled = self.settle(model, common);
        let verdict = complete(&settled);
        // An error may be due to the caller's stack: the next one may have a better.
        if settled.as_ref().is_none_or(|settled| settled.outcome.errors.is_empty()) {
            // Another call may have been faster, to the same end.
            let _same = self.settled.set(settled);
        }
        verdict
    }

    /// What can be known before the circumstances are. `None` where Cedar doesn't take the question.
    fn settle(&self, model: &Model, common: &Common) -> Option<Settled> {
        let Common { principal, action, entities } = common;
        validate_scope_variables(principal, action, &self.resource, &model.schema).ok()?;
        let mut entities = entities.clone();
        if let Some(nature) = &self.nature {
            let field = nature.entity(self.resource.clone()).ok()?;
            entities = entities.add_entities([field], Some(&model.schema)).ok()?;
        }
        let (open, closed): (Vec<_>, Vec<_>) =
            self.policies.iter().partition(|policy| policy.reads.any_context());
        let outcome = self.evaluate(common, Context::empty(), &set(&closed)?, &entities)?;
        let open = if open.is_empty() { None } else { Some(Box::new(Open::new(open, entities)?)) };
        Some(Settled { outcome: Arc::new(outcome), open })
    }

    /// What all say in the circumstances.
    fn complete(
        &self,
        settled: &Settled,
        model: &Model,
        common: &Common,
        circumstances: &Circumstances<'_>,
    ) -> Option<Arc<Outcome>> {
        let mut outcome = Arc::clone(&settled.outcome);
        let Some(open) = &settled.open else { return Some(outcome) };
        if let Some(recurring) = &open.recurring {
            let key = circumstances.of(&recurring.reads);
            outcome = match recurring.recalled.get(&key) {
                Some(recalled) => recalled,
                None => {
                    // Nothing that isn't in the key can have a part in the answer.
                    let context = model.context(&key).ok()?;
                    let said =
                        self.evaluate(common, context, &recurring.policies, &open.entities)?;
                    recurring.keep(key, said.with(&outcome))
                }
            };
        }
        if let Some(anew) = &open.anew {
            let context = circumstances.context(model)?.clone();
            let said = self.evaluate(common, context, anew, &open.entities)?;
            outcome = Arc::new(said.with(&outcome));
        }
        Some(outcome)
    }

    fn evaluate(
        &self,
        common: &Common,
        context: Context,
        policies: &PolicySet,
        entities: &Entities,
    ) -> Option<Outcome> {
        let Common { principal, action, .. } = common;
        let (principal, resource) = (principal.clone(), self.resource.clone());
        // That it fits the schema was checked when the rest was settled, and of contexts with the model.
        let request = Request::new(principal, action.clone(), resource, context, None).ok()?;
        Some(Outcome::of(&request, policies, entities))
    }
}

impl Open {
    fn new(policies: Vec<&Arc<Scoped>>, entities: Entities) -> Option<Self> {
        let (recurring, anew): (Vec<_>, Vec<_>) =
            policies.into_iter().partition(|policy| policy.reads.recurs());
        let recurring = if recurring.is_empty() { None } else { Some(Recurring::new(&recurring)?) };
        let anew = if anew.is_empty() { None } else { Some(set(&anew)?) };
        Some(Self { entities, recurring, anew })
    }
}

impl Recurring {
    fn new(policies: &[&Arc<Scoped>]) -> Option<Self> {
        let reads: BTreeSet<Attribute> =
            policies.iter().flat_map(|policy| &policy.reads.context).copied().collect();
        Some(Self {
            policies: set(policies)?,
            reads: reads.into_iter().collect(),
            recalled: Cache::new(RECALLED_BYTES),
        })
    }

    /// Keeps what was said in some circumstances, but for errors, as with what is settled.
    fn keep(&self, key: Box<[Circumstance]>, said: Outcome) -> Arc<Outcome> {
        let said = Arc::new(said);
        if said.errors.is_empty() {
            let key_bytes = key.iter().map(Circumstance::bytes);
            let bytes = key_bytes.fold(said.bytes(), usize::saturating_add);
            self.recalled.insert(key, Arc::clone(&said), bytes);
        }
        said
    }
}

fn set(policies: &[&Arc<Scoped>]) -> Option<PolicySet> {
    PolicySet::from_policies(policies.iter().map(|policy| policy.policy.clone())).ok()
}

/// What could not be put to Cedar is refused.
fn not_asked() -> Verdict {
    Err(Why::PolicyError(Vec::new()))
}

/// What some policies say, each part sorted. Permits are told only where nothing forbids.
#[derive(Debug)]
struct Outcome {
    errors: Vec<String>,
    forbids: Vec<String>,
    permits: Arc<[String]>,
}

impl Outcome {
    fn of(request: &Request, policies: &PolicySet, entities: &Entities) -> Self {
        let response = Authorizer::new().is_authorized(request, policies, entities);
        let diagnostics = response.diagnostics();
        let errors =
            diagnostics.errors().map(|AuthorizationError::PolicyEvaluationError(error)| error);
        let errors = sorted(errors.map(|error| error.policy_id().to_string()));
        let reasons = sorted(diagnostics.reason().map(ToString::to_string));
        match response.decision() {
            Decision::Allow => Self { errors, forbids: Vec::new(), permits: reasons.into() },
            Decision::Deny => Self { errors, forbids: reasons, permits: Arc::default() },
        }
    }

    /// What these and others say together.
    fn with(self, other: &Self) -> Self {
        let both = |ours: &[String], others: &[String]| sorted(ours.iter().chain(others).cloned());
        let permits = if self.permits.is_empty() {
            Arc::clone(&other.permits)
        } else {
            both(&self.permits, &other.permits).into()
        };
        Self {
            errors: both(&self.errors, &other.errors),
            forbids: both(&self.forbids, &other.forbids),
            permits,
        }
    }

    /// A policy that errors denies: Cedar skips it, even a forbid. Then a forbid wins.
    fn verdict(&self) -> Verdict {
        if !self.errors.is_empty() {
            Err(Why::PolicyError(self.errors.clone()))
        } else if !self.forbids.is_empty() {
            Err(Why::ForbiddenBy(self.forbids.clone()))
        } else if self.permits.is_empty() {
            Err(Why::NotPermitted)
        } else {
            Ok(Arc::clone(&self.permits))
        }
    }

    fn bytes(&self) -> usize {
        let ids = self.errors.iter().chain(&self.forbids).chain(self.permits.iter());
        let bytes = ids.map(|id| id.len().saturating_add(ID_BYTES));
        bytes.fold(ANSWER_BYTES, usize::saturating_add)
    }
}

fn sorted(ids: impl Iterator<Item = String>) -> Vec<String> {
    let mut ids: Vec<String> = ids.collect();
    ids.sort();
    ids
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;
    use crate::footprint::Action;
    use crate::policy::context::{CallContext, Channel, Environment, Facts};
    use crate::policy::model::Known;
    use crate::policy::{Agent, SCHEMA};

    /// A class of the org, whose policies have these conditions.
    struct Asked {
        model: Model,
        common: Common,
        class: Class,
    }

    impl Asked {
        fn new(conditions: &[&str]) -> Self {
            let model = Model::new(SCHEMA).unwrap();
            let agent = Agent::new("tester", "issuer", "tester", ["r"]);
            let environment = Environment::Production;
            let common = Common {
                principal: model.principal(&agent),
                action: model.action(Action::ListObjects).unwrap().clone(),
                entities: model.entities(&agent, environment, [Known::Org]).unwrap(),
            };
            let policies = conditions.iter().enumerate().map(|(nth, condition)| {
                let text = format!("permit (principal, action, resource) {condition};");
                let id = cedar_policy::PolicyId::new(format!("p{nth}"));
                Arc::new(Scoped::new(cedar_policy::Policy::parse(Some(id), text).unwrap()))
            });
            let class = Class::new(policies.collect(), model.org(), None);
            Self { model, common, class }
        }

        fn ask(&self, tool: &str, rows: u32) -> Verdict {
            let (environment, zone) = (Environment::Production, &TimeZone::UTC);
            let now = jiff::Timestamp::UNIX_EPOCH;
            let call = CallContext { tool, environment, now, zone };
            let facts = Facts { via: Channel::Record, rows: Some(rows), query: None };
            self.class.ask(&self.model, &self.common, &Circumstances::new(&call, facts))
        }

        fn recalled(&self, key: &[Circumstance]) -> bool {
            let settled = self.class.settled.get().unwrap().as_ref().unwrap();
            let recurring = settled.open.as_ref().unwrap().recurring.as_ref().unwrap();
            recurring.recalled.get(&key.into()).is_some()
        }
    }

    #[test]
    fn answers_are_kept_by_what_is_read_and_nothing_else() {
        let asked = Asked::new(&[
            "",
            "when { context.hour == 0 }",
            "unless { context has rows && context.rows > 3 }",
            "when { context.now < datetime(\"2000-01-01\") }",
        ]);
        let all: Arc<[String]> = ["p0", "p1", "p2", "p3"].map(str::to_owned).into();
        for tool in ["one", "other"] {
            assert_eq!(asked.ask(tool, 3), Ok(Arc::clone(&all)));
        }
        assert!(asked.recalled(&[Circumstance::Hour(0), Circumstance::Rows(3)]));
        assert!(!asked.recalled(&[Circumstance::Hour(0), Circumstance::Rows(4)]));
        assert!(!asked.recalled(&[Circumstance::Hour(0)]));
    }

    #[test]
    fn what_errs_is_not_kept() {
        let asked = Asked::new(&["when { context.rows + 9223372036854775800 > 0 }"]);
        assert_eq!(asked.ask("any", 7).map(|ids| ids.len()), Ok(1));
        let erred = Err(Why::PolicyError(vec!["p0".to_owned()]));
        assert_eq!(asked.ask("any", 8), erred);
        assert_eq!(asked.ask("any", 8), erred);
        assert!(asked.recalled(&[Circumstance::Rows(7)]));
        assert!(!asked.recalled(&[Circumstance::Rows(8)]));
    }

    #[test]
    fn no_more_is_kept_than_a_class_is_said_to_take() {
        let most = u32::try_from(RECALLED_BYTES / ANSWER_BYTES).unwrap();
        let asked = Asked::new(&["when { context.rows > 100 && context.tool != Tool::\"x\" }"]);
        assert!(asked.class.bytes() > RECALLED_BYTES);
        for rows in 0..500 {
            assert_eq!(asked.ask("any", rows).is_ok(), rows > 100);
        }
        let key = |tool: &str, rows| [Circumstance::Tool(tool.into()), Circumstance::Rows(rows)];
        let kept: Vec<u32> = (0..500).filter(|rows| asked.recalled(&key("any", *rows))).collect();
        assert!(kept.contains(&499), "{kept:?}");
        assert!(kept.len() > 5 && u32::try_from(kept.len()).unwrap() < most, "{kept:?}");
        // Nor is a key of any length.
        let long = "x".repeat(RECALLED_BYTES);
        assert!(asked.ask(&long, 101).is_ok());
        assert!(!asked.recalled(&key(&long, 101)));
    }

    #[test]
    fn a_class_that_looks_at_nothing_that_recurs_keeps_nothing_by_it() {
        let bytes = |conditions: &[&str]| Asked::new(conditions).class.bytes();
        let (none, now) =
            (bytes(&[""]), bytes(&["when { context.now < datetime(\"2000-01-01\") }"]));
        assert!(none < now && now < RECALLED_BYTES, "{none} {now}");
    }
}

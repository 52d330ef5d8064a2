//! One case: a call by one agent, what is expected of it, and asking about it.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Deserialize;

use super::claim::{self, Claim, Verdict};
use super::result::{CaseResult, Failure};
use crate::footprint::{self, Action, Resolved, Target};
use crate::org::{Schema, nearest};
use crate::policy::decide::Offers;
use crate::policy::{
    Against, Agent, CallContext, Denial, Environment, Granted, OnForbidden, PolicySet, Ruling, Why,
};
use crate::salesforce::Operation;
use crate::tools::{Seals, Tool};

/// What is expected of a whole call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Expect {
    /// It is permitted, perhaps with fields masked.
    Allow,
    /// It is denied.
    Deny,
}

/// A call by an agent, with what is to become of it.
#[derive(Clone, Debug)]
pub struct Case {
    pub(super) file: String,
    pub(super) position: (usize, usize),
    pub(super) name: String,
    pub(super) agent: Agent,
    pub(super) now: Option<Timestamp>,
    pub(super) zone: Option<TimeZone>,
    pub(super) environment: Option<Environment>,
    pub(super) tool: &'static Tool,
    /// A JSON object.
    pub(super) arguments: String,
    /// What the org answers to what the call asks it first, each a JSON value.
    pub(super) answers: Vec<String>,
    pub(super) expect: Option<Expect>,
    pub(super) claims: Vec<Claim>,
    pub(super) because: Vec<String>,
}

/// What the policies say of a call.
struct Asked {
    rulings: Vec<Ruling>,
    /// On what would be seen masked.
    masked: Vec<Ruling>,
    granted: Result<Granted, Box<Denial>>,
    /// The call needs something of the org first, and this is about that.
    is_lookup: bool,
}

impl Case {
    /// The file that it is from.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// Line and column of its name there, both from 1.
    pub fn position(&self) -> (usize, usize) {
        self.position
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Who calls.
    pub fn agent(&self) -> &Agent {
        &self.agent
    }

    /// Which tool is called.
    pub fn tool(&self) -> &'static str {
        self.tool.name
    }

    /// What is expected of the whole call, if anything.
    pub fn expect(&self) -> Option<Expect> {
        self.expect
    }

    /// What of it a set must keep to be loaded: that something is denied. The rest may depend on
    /// the hour that it is loaded at.
    pub(super) fn guard(&self) -> Option<Self> {
        let denied = |claim: &&Claim| claim.verdict == Verdict::Deny;
        let claims: Vec<Claim> = self.claims.iter().filter(denied).cloned().collect();
        let expect = self.expect.filter(|expect| *expect == Expect::Deny);
        let guards = expect.is_some() || !claims.is_empty();
        guards.then(|| Self { expect, claims, because: Vec::new(), ..self.clone() })
    }

    pub(super) fn run(
        &self,
        set: &PolicySet,
        against: &Against<'_>,
        offers: Offers,
    ) -> CaseResult<'_> {
        match self.ask(set, against, offers) {
            Ok(asked) => self.hold(set, asked),
            Err(error) => {
                self.result(vec![Failure::of_call("understood", format!("not: {error}"))])
            }
        }
    }

    fn result(&self, failures: Vec<Failure>) -> CaseResult<'_> {
        CaseResult {
            case: self,
            failures,
            rulings: Vec::new(),
            decided_by: Vec::new(),
            denial: None,
        }
    }

    /// # Errors
    /// With what is wrong with the call.
    fn ask(&self, set: &PolicySet, against: &Against<'_>, offers: Offers) -> Result<Asked, String> {
        let ask = |operation, is_lookup| self.ask_of(set, against, operation, is_lookup, offers);
        let operation = self.tool.operation(&self.arguments, &Seals::none());
        let mut operation = operation.map_err(|error| error.to_string())?;
        // What is asked of the org first is decided on by itself, and a denial of it is one.
        for answer in &self.answers {
            let unasked = "`answers` has more than what the call asks the org first";
            let lookup = operation.lookup().ok_or(unasked)?;
            let asked = ask(lookup, false)?;
            if asked.granted.is_err() {
                return Ok(asked);
            }
            let unlike = "`answers` has something that Salesforce doesn't answer to that";
            operation = operation.with_lookup(answer.as_bytes()).ok_or(unlike)?;
        }
        match operation.lookup() {
            Some(lookup) => ask(lookup, true),
            None => ask(operation, false),
        }
    }

    fn ask_of(
        &self,
        set: &PolicySet,
        against: &Against<'_>,
        operation: Operation,
        is_lookup: bool,
        offers: Offers,
    ) -> Result<Asked, String> {
        let schema: &Schema = against.names.schema;
        let resolved = footprint::resolve(operation, schema);
        let resolved = resolved.map_err(|error| match error.suggestions(schema, &|_| true) {
            Some(near) => format!("{error}; did you mean `{near}`?"),
            None => error.to_string(),
        })?;
        let call = CallContext {
            tool: self.tool.name,
            environment: self.environment.unwrap_or(against.environment),
            now: self.now.unwrap_or(against.now),
            zone: self.zone.as_ref().unwrap_or(against.zone),
        };
        let rulings = set.rulings(&self.agent, schema, &call, &resolved);
        let masked = masked(&resolved, schema, &rulings);
        let masked = masked.map(|masked| set.rulings(&self.agent, schema, &call, &masked));
        let mut masked = masked.unwrap_or_default();
        masked.retain(|ruling| ruling.access.action == Action::SelectMasked);
        let on_forbidden = OnForbidden::Deny;
        let granted = set.grant_with(&self.agent, schema, &call, resolved, on_forbidden, offers);
        Ok(Asked { rulings, masked, granted, is_lookup })
    }

    /// Holds what was said against what is expected.
    fn hold(&self, set: &PolicySet, asked: Asked) -> CaseResult<'_> {
        let Asked { mut rulings, masked, granted, is_lookup } = asked;
        let mut failures = errors(&rulings);
        let (decided_by, denial) = match &granted {
            Ok(granted) => (granted.permitted.policy_ids().map(str::to_owned).collect(), None),
            Err(denial) => (owned(denial.policy_ids()), Some(denial.sentence())),
        };
        match (self.expect, &granted) {
            (Some(expect), Ok(_)) if is_lookup => {
                let expected = match expect {
                    Expect::Allow => "permitted",
                    Expect::Deny => "denied",
                };
                let got = "not known: it depends on what the org answers first, and to ask that is \
                           permitted";
                failures.push(Failure::of_call(
                    expected,
                    format!("{got} by {}", decided_by.join(", ")),
                ));
            }
            (Some(Expect::Deny), Ok(granted)) => {
                let footprint = granted.permitted.resolved().footprint();
                let mut masked =
                    footprint.accesses.iter().filter(|a| a.action == Action::SelectMasked);
                let masked = if masked.next().is_some() { ", with fields masked" } else { "" };
                let got = format!("permitted by {}{masked}", decided_by.join(", "));
                failures.push(Failure::of_call("denied", got));
            }
            (Some(Expect::Allow), Err(_)) => {
                let refused =
                    rulings.iter().filter(|ruling| ruling.said.is_err() && !ruling.pruned);
                let refused = refused.map(|r| format!("{}, {}", claim::name(r), r.verdict()));
                let refused: Vec<String> = refused.take(MOST_REFUSED).collect();
                failures
                    .push(Failure::of_call("permitted", format!("denied: {}", refused.join("; "))));
            }
            (Some(Expect::Allow), Ok(_)) | (Some(Expect::Deny), Err(_)) | (None, _) => {}
        }
        failures.extend(self.claims.iter().flat_map(|claim| claim.failures(&rulings, &masked)));
        failures.extend(self.because.iter().filter_map(|id| decides(set, id, &decided_by)));
        rulings.extend(masked);
        CaseResult { rulings, decided_by, denial, ..self.result(failures) }
    }
}

/// The most refused accesses that a failure names.
const MOST_REFUSED: usize = 10;

fn owned(ids: Vec<&str>) -> Vec<String> {
    ids.into_iter().map(str::to_owned).collect()
}

/// The operation with what is refused of it masked, where it can be.
fn masked(resolved: &Resolved, schema: &Schema, rulings: &[Ruling]) -> Option<Resolved> {
    let selects = rulings.iter().filter(|ruling| {
        ruling.said.is_err() && !ruling.pruned && ruling.access.action == Action::Select
    });
    let targets: BTreeSet<Target> = selects
        .map(|ruling| ruling.access.target.clone())
        .filter(|target| target.field().is_some())
        .collect();
    if targets.is_empty() { None } else { resolved.masked(schema, &targets) }
}

/// A policy that can't be evaluated refuses, but that is not what anybody means.
fn errors(rulings: &[Ruling]) -> Vec<Failure> {
    let failure = |ruling: &Ruling| match &ruling.said {
        Err(Why::PolicyError(ids)) => {
            let got = format!("refused for an error in {}", ids.join(", "));
            Some(Failure::new(claim::name(ruling), "evaluated", got))
        }
        Ok(_)
        | Err(Why::ForbiddenBy(_) | Why::NotPermitted | Why::Unknown | Why::Opaque | Why::Masked) => {
            None
        }
    };
    rulings.iter().filter_map(failure).collect()
}

fn decides(set: &PolicySet, id: &String, decided_by: &[String]) -> Option<Failure> {
    if decided_by.contains(id) {
        return None;
    }
    let got = if set.policy_ids().any(|known| known == id) {
        match decided_by {
            [] => "not: none does".to_owned(),
            [one] => format!("not: that is {one}"),
            several => format!("not: those are {}", several.join(", ")),
        }
    } else {
        match nearest(id, set.policy_ids()) {
            Some(near) => format!("not in the set; did you mean `{near}`?"),
            None => "not in the set".to_owned(),
        }
    };
    Some(Failure::new(format!("the policy `{id}`"), "one that decides", got))
}

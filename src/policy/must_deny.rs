//! Calls that a policy set must deny: cases in `*_test.yaml` files beside the policies.
//!
//! A set that permits one of them isn't loaded, at the start or later. A case that isn't understood
//! counts as one that fails: it would guard nothing.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use serde::Deserialize;
use serde_json::Value;

use super::problem::{LoadError, Problem};
use super::snapshot::Against;
use super::source::{File, LONGEST_FILE};
use super::{Agent, CallContext, PolicySet};
use crate::footprint;
use crate::org::Schema;
use crate::salesforce::Operation;
use crate::tools::{Seals, Tool, known_as};

/// A call that a policy set must deny.
#[derive(Debug)]
pub struct MustDeny {
    file: String,
    name: String,
    agent: Agent,
    tool: &'static Tool,
    arguments: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    agents: BTreeMap<String, WrittenAgent>,
    tests: Vec<WrittenCase>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenAgent {
    #[serde(default)]
    roles: Vec<String>,
    team: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenCase {
    name: String,
    #[serde(rename = "as")]
    agents: OneOrMany,
    call: BTreeMap<String, Value>,
    expect: Expect,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

#[derive(Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Expect {
    Allow,
    Deny,
}

/// The must-deny cases of a file; those that expect something else are left out.
pub(super) fn read(file: &File) -> Result<Vec<MustDeny>, LoadError> {
    let wrong = |message: String| LoadError::of(&file.shown, message);
    if u64::try_from(file.text.len()).unwrap_or(u64::MAX) > LONGEST_FILE {
        return Err(wrong(format!("longer than {LONGEST_FILE} bytes: split it")));
    }
    let written: Written = serde_saphyr::from_str(&file.text)
        .map_err(|error| wrong(format!("is not understood: {}", error.without_snippet())))?;
    let mut cases = Vec::new();
    for case in written.tests.into_iter().filter(|case| case.expect == Expect::Deny) {
        let wrong = |message: String| wrong(format!("`{}`: {message}", case.name));
        let mut calls = case.call.iter();
        let (Some((name, arguments)), None) = (calls.next(), calls.next()) else {
            return Err(wrong("`call` has one tool with its arguments".to_owned()));
        };
        let tool = known_as(name).ok_or_else(|| wrong(format!("there is no tool `{name}`")))?;
        let agents = match &case.agents {
            OneOrMany::One(agent) => std::slice::from_ref(agent),
            OneOrMany::Many(agents) => agents.as_slice(),
        };
        for id in agents {
            let known = written.agents.get(id);
            let known = known.ok_or_else(|| wrong(format!("`{id}` is not one of `agents`")))?;
            let mut agent = Agent::new(id, "test", id, known.roles.iter().map(String::as_str));
            if let Some(team) = &known.team {
                agent = agent.with_team(team);
            }
            cases.push(MustDeny {
                file: file.shown.clone(),
                name: case.name.clone(),
                agent,
                tool,
                arguments: arguments.to_string(),
            });
        }
    }
    Ok(cases)
}

/// Asks the set about each case; what it doesn't deny, and what isn't understood, is a problem.
pub fn must_deny(set: &PolicySet, against: &Against<'_>, cases: &[MustDeny]) -> Vec<Problem> {
    let problem = |case: &MustDeny| {
        let message = case.denied(set, against).err()?;
        let text = format!("`{}` as {}: {message}", case.name, case.agent.id());
        Some(Problem::of_file(&case.file, text))
    };
    cases.iter().filter_map(problem).collect()
}

impl MustDeny {
    fn denied(&self, set: &PolicySet, against: &Against<'_>) -> Result<(), String> {
        let operation = self
            .tool
            .operation(&self.arguments, &Seals::none())
            .map_err(|error| format!("the call is not understood: {error}"))?;
        match operation.lookup() {
            // What is asked of the org first is decided on by itself, and a denial of it is one.
            Some(lookup) => self.ask(set, against, lookup).map_err(|permitted| {
                format!("depends on what the org answers first, and that {permitted}")
            }),
            None => self.ask(set, against, operation),
        }
    }

    fn ask(
        &self,
        set: &PolicySet,
        against: &Against<'_>,
        operation: Operation,
    ) -> Result<(), String> {
        let schema: &Schema = against.names.schema;
        let resolved = footprint::resolve(operation, schema)
            .map_err(|error| format!("the call is not understood: {error}"))?;
        let call = CallContext {
            tool: self.tool.name,
            environment: against.environment,
            now: against.now,
            zone: &TimeZone::UTC,
        };
        match set.authorize(&self.agent, schema, &call, resolved) {
            Err(_denial) => Ok(()),
            Ok(permitted) => {
                let policies: Vec<&str> = permitted.policy_ids().collect();
                Err(format!("must be denied, and is permitted by {}", policies.join(", ")))
            }
        }
    }
}

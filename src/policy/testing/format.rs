//! A file of tests as it is written, and the cases that it stands for.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde_json::{Value, json};
use serde_saphyr::{Location, Spanned};

use super::case::{Case, Expect};
use super::claim::{Claim, Verdict};
use crate::org::nearest;
use crate::policy::names::shown;
use crate::policy::problem::{LoadError, Problem, position};
use crate::policy::source::File;
use crate::policy::yaml::{self, Pairs, span};
use crate::policy::{Agent, Environment, time_zone};
use crate::tools::{NAMES, Tool, known_as};

/// The most cases of one file.
const MOST_CASES: usize = 10_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    now: Option<Spanned<String>>,
    zone: Option<Spanned<String>>,
    environment: Option<Environment>,
    #[serde(default)]
    agents: Pairs<Option<WrittenAgent>>,
    tests: Vec<WrittenCase>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenAgent {
    #[serde(default)]
    roles: Vec<String>,
    team: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenCase {
    name: Spanned<String>,
    #[serde(rename = "as")]
    agents: Spanned<OneOrMany>,
    now: Option<Spanned<String>>,
    environment: Option<Environment>,
    call: Spanned<Pairs<Value>>,
    #[serde(default)]
    answers: Vec<Value>,
    expect: Option<Expect>,
    #[serde(default)]
    fields: Pairs<Verdict>,
    because: Option<OneOrMany>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl OneOrMany {
    fn as_slice(&self) -> &[String] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => many,
        }
    }
}

/// Reads a file, and notes what is wrong with it.
struct Reader<'f> {
    file: &'f File,
    agents: Vec<Agent>,
    now: Option<Timestamp>,
    zone: Option<TimeZone>,
    environment: Option<Environment>,
    problems: Vec<Problem>,
}

/// The cases of a file, or all that is wrong with it.
pub(super) fn cases(file: &File) -> Result<Vec<Case>, LoadError> {
    let written: Written = yaml::read(file)?;
    let agents = written.agents.0.into_iter();
    let mut reader = Reader {
        file,
        agents: agents.map(|(id, known)| agent(&id.value, &known.unwrap_or_default())).collect(),
        now: None,
        zone: None,
        environment: written.environment,
        problems: Vec::new(),
    };
    reader.now = written.now.as_ref().and_then(|now| reader.time(now));
    reader.zone = written.zone.as_ref().and_then(|zone| reader.zone(zone));
    let mut cases = Vec::new();
    for test in &written.tests {
        cases.extend(reader.cases(test));
        if cases.len() > MOST_CASES {
            let message = format!("more than {MOST_CASES} cases: split it");
            return Err(LoadError::of(&file.shown, message));
        }
    }
    if reader.problems.is_empty() { Ok(cases) } else { Err(LoadError::new(reader.problems)) }
}

fn agent(id: &str, written: &WrittenAgent) -> Agent {
    let agent = Agent::new(id, "test", id, written.roles.iter().map(String::as_str));
    match &written.team {
        Some(team) => agent.with_team(team),
        None => agent,
    }
}

impl Reader<'_> {
    fn wrong(&mut self, place: Location, value: &str, message: String, hint: Option<String>) {
        let span = span(&self.file.text, place, value);
        let problem = Problem::at(&self.file.shown, &self.file.text, span, message);
        self.problems.push(problem.with_hint(hint));
    }

    fn time(&mut self, written: &Spanned<String>) -> Option<Timestamp> {
        let time = written.value.parse().ok();
        if time.is_none() {
            let message = format!("`{}` is not a time", shown(&written.value));
            let hint = "write one such as 2026-11-20T10:00:00Z".to_owned();
            self.wrong(written.referenced, &written.value, message, Some(hint));
        }
        time
    }

    fn zone(&mut self, written: &Spanned<String>) -> Option<TimeZone> {
        let zone = time_zone(&written.value);
        let wrong = |hint| {
            let message = format!("`{}` is not a time zone", shown(&written.value));
            self.wrong(written.referenced, &written.value, message, Some(hint));
        };
        zone.map_err(wrong).ok()
    }

    /// One case for each agent.
    fn cases(&mut self, test: &WrittenCase) -> Vec<Case> {
        let agents = self.agents(&test.agents);
        let call = self.call(&test.call);
        let claims: Vec<Claim> =
            test.fields.0.iter().filter_map(|(key, verdict)| self.claim(key, *verdict)).collect();
        let now = test.now.as_ref().and_then(|now| self.time(now));
        if test.expect.is_none() && test.fields.0.is_empty() {
            let message = format!("`{}` expects nothing", shown(&test.name.value));
            let hint = "write `expect: allow`, `expect: deny` or `fields`".to_owned();
            self.wrong(test.name.referenced, &test.name.value, message, Some(hint));
        }
        let Some((tool, arguments)) = call else { return Vec::new() };
        let name = span(&self.file.text, test.name.referenced, &test.name.value);
        let case = |agent: Agent| Case {
            file: self.file.shown.clone(),
            position: position(&self.file.text, name.start),
            name: test.name.value.clone(),
            agent,
            now: now.or(self.now),
            zone: self.zone.clone(),
            environment: test.environment.or(self.environment),
            tool,
            arguments: arguments.clone(),
            answers: test.answers.iter().map(Value::to_string).collect(),
            expect: test.expect,
            claims: claims.clone(),
            because: test.because.iter().flat_map(OneOrMany::as_slice).cloned().collect(),
        };
        agents.into_iter().map(case).collect()
    }

    fn agents(&mut self, written: &Spanned<OneOrMany>) -> Vec<Agent> {
        let mut agents = Vec::new();
        for id in written.value.as_slice() {
            if let Some(agent) = self.agents.iter().find(|agent| agent.id() == id) {
                agents.push(agent.clone());
                continue;
            }
            let known: Vec<&str> = self.agents.iter().map(Agent::id).collect();
            let hint = match nearest(id, known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("write `agents: {{ {}: {{ roles: [] }} }}` above", shown(id)),
            };
            let message = format!("`{}` is not one of `agents`", shown(id));
            self.wrong(written.referenced, id, message, Some(hint));
        }
        if written.value.as_slice().is_empty() {
            let hint = Some("name one of `agents`".to_owned());
            self.wrong(written.referenced, "", "`as` names no agent".to_owned(), hint);
        }
        agents
    }

    /// The tool, and its arguments as JSON.
    fn call(&mut self, written: &Spanned<Pairs<Value>>) -> Option<(&'static Tool, String)> {
        let mut calls = written.value.0.iter();
        let (Some((name, arguments)), None) = (calls.next(), calls.next()) else {
            let message = "`call` has one tool with its arguments".to_owned();
            let hint = "write `call: { executeQuery: { query: \"SELECT …\" } }`".to_owned();
            self.wrong(written.referenced, "", message, Some(hint));
            return None;
        };
        let Some(tool) = known_as(&name.value) else {
            let near = nearest(&name.value, NAMES.iter().copied());
            let hint = near.map(|near| format!("did you mean `{near}`?"));
            let message = format!("there is no tool `{}`", shown(&name.value));
            self.wrong(name.referenced, &name.value, message, hint);
            return None;
        };
        let arguments = match arguments {
            Value::Null => json!({}),
            Value::String(text) => match only_argument(tool) {
                Some(argument) => json!({ argument: text }),
                None => {
                    let message = format!("`{}` takes its arguments by name", name.value);
                    self.wrong(name.referenced, &name.value, message, None);
                    return None;
                }
            },
            Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
                arguments.clone()
            }
        };
        Some((tool, arguments.to_string()))
    }

    fn claim(&mut self, key: &Spanned<String>, verdict: Verdict) -> Option<Claim> {
        match Claim::parse(&key.value, verdict) {
            Ok(claim) => Some(claim),
            Err((message, hint)) => {
                self.wrong(key.referenced, &key.value, message, hint);
                None
            }
        }
    }
}

/// The name of the argument, where a tool must have exactly one and that is a text.
fn only_argument(tool: &Tool) -> Option<String> {
    let schema: Value = serde_json::from_str(&tool.input_schema()).ok()?;
    let [name] = schema.get("required")?.as_array()?.as_slice() else { return None };
    let kind = schema.get("properties")?.get(name.as_str()?)?.get("type")?;
    (kind == "string").then(|| name.as_str().map(str::to_owned))?
}

//! The `policies` section, and what can be told of policies from a configuration without its secrets.

use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;

use super::node::{Node, Raw, line};
use super::section::{Problems, Section};
use super::{ConfigError, agent_name, parsed, text_of, value};
use crate::policy::{ShadowMode, ShadowSource, Source, Sources, time_zone};

/// Where the policies are and what they may name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyConfig {
    /// The directory of the policy files.
    pub directory: PathBuf,
    /// The file with the labels; `None` for `labels.yaml` beside the policies.
    pub labels: Option<PathBuf>,
    /// Roles that policies may name besides those of the agents.
    pub roles: Vec<String>,
    /// The directory of policies that are compared with those and decide nothing.
    pub shadow: Option<(PathBuf, ShadowMode)>,
    /// The zone that `context.hour` and `context.weekday` are told in.
    pub time_zone: TimeZone,
}

impl PolicyConfig {
    /// A directory and nothing else.
    pub fn of(directory: impl Into<PathBuf>) -> Self {
        Self {
            directory: directory.into(),
            labels: None,
            roles: Vec::new(),
            shadow: None,
            time_zone: TimeZone::UTC,
        }
    }

    /// The files that sets are made of. Policies that are added go by the labels of those that they
    /// are added to; a whole set has labels of its own, unless all are in one file.
    pub fn sources(&self) -> Sources {
        let source = |directory: &PathBuf, labels: Option<&PathBuf>| Source {
            paths: vec![directory.clone()],
            labels: labels.cloned(),
        };
        let shadow = |(directory, mode): &(PathBuf, ShadowMode)| {
            let labels = match mode {
                ShadowMode::Add => None,
                ShadowMode::Replace => self.labels.as_ref(),
            };
            ShadowSource { source: source(directory, labels), mode: *mode }
        };
        Sources {
            policies: source(&self.directory, self.labels.as_ref()),
            shadow: self.shadow.as_ref().map(shadow),
        }
    }
}

/// `policies: DIR`, or a section. `None` only where a problem was reported.
pub(super) fn read(root: &mut Section<'_>, base: &Path) -> Option<PolicyConfig> {
    let Some(node) = root.take("policies") else {
        root.problem_of("policies", root.line(), "is missing");
        return None;
    };
    let at = line(&node);
    if let Raw::Scalar(text) = &node.value {
        let directory = value::path(base, text).map_err(|message| {
            root.problem_of("policies", at, message);
        });
        return Some(PolicyConfig::of(directory.ok()?));
    }
    let mut section = root.as_section("policies", node);
    let directory = section.required("directory", |text| value::path(base, text));
    let labels = section.value("labels", |text| value::path(base, text));
    let roles = section.list("roles", agent_name);
    let time_zone = section.value("time_zone", |text| {
        time_zone(text).map_err(|hint| format!("`{}` is not a time zone; {hint}", value::cut(text)))
    });
    let shadow = section.section("shadow");
    let shadow = if shadow.is_empty() { None } else { read_shadow(shadow, base) };
    section.finish();
    let time_zone = time_zone.unwrap_or(TimeZone::UTC);
    Some(PolicyConfig { directory: directory?, labels, roles, shadow, time_zone })
}

fn read_shadow(mut section: Section<'_>, base: &Path) -> Option<(PathBuf, ShadowMode)> {
    let directory = section.required("directory", |text| value::path(base, text));
    let mode = section.value("mode", |text| match text {
        "add" => Ok(ShadowMode::Add),
        "replace" => Ok(ShadowMode::Replace),
        _ => Err(format!("`{}` is not a mode; write add or replace", value::cut(text))),
    });
    section.finish();
    Some((directory?, mode.unwrap_or_default()))
}

/// What the check of policies takes from a configuration. No secret is read, so that a pipeline needs
/// none; keys that have nothing to do with policies are left to `serve`.
#[derive(Clone, Debug)]
pub struct ForPolicies {
    /// Where the policies are.
    pub policies: PolicyConfig,
    /// Every role that an agent has, and those that policies may name besides; sorted.
    pub roles: Vec<String>,
    /// The file with the org's schema, where it is from one.
    pub schema_file: Option<PathBuf>,
}

impl ForPolicies {
    /// Reads a file.
    ///
    /// # Errors
    /// With everything that is wrong with those keys.
    pub fn load(file: &Path) -> Result<Self, ConfigError> {
        let (text, base) = text_of(file)?;
        let fail = |problems| ConfigError { file: file.to_owned(), problems };
        let root = parsed(&text).map_err(fail)?;
        let problems = Problems::default();
        let found = Self::read(root, base, &problems);
        let mut problems = problems.into_inner();
        problems.sort_by_key(|problem| problem.line);
        match found {
            Some(found) if problems.is_empty() => Ok(found),
            Some(_) | None => Err(fail(problems)),
        }
    }

    fn read(root: Node, base: &Path, problems: &Problems) -> Option<Self> {
        let mut root = Section::new(String::new(), root, problems);
        let policies = read(&mut root, base);
        let agents = root.sections("agents").into_iter();
        let mut roles: Vec<String> =
            agents.flat_map(|mut agent| agent.list("roles", agent_name)).collect();
        let schema_file = root.section("org").value("schema_file", |text| value::path(base, text));
        let policies = policies?;
        roles.extend(policies.roles.iter().cloned());
        roles.sort();
        roles.dedup();
        Some(Self { policies, roles, schema_file })
    }
}

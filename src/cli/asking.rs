//! Who asks, which policies, about which org: what commands need that decide without a server.

use std::io;
use std::path::{Path, PathBuf};

use clap::Args;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::org::{connect, org_schema};
use super::{schema_file, serve};
use crate::config::{AgentConfig, Config};
use crate::org::Schema;
use crate::policy::testing::{self, Case};
use crate::policy::{
    Against, Agent, CallContext, Environment, Names, OnForbidden, PolicySet, Source,
};
use crate::tools::NAMES;

/// Where policies, schema and agents are from.
#[derive(Debug, Args)]
pub struct Asking {
    #[command(flatten)]
    circumstances: Circumstances,
    /// The directory of the policies; by default that of the configuration, else `policies`.
    #[arg(long, value_name = "DIR")]
    policies: Option<PathBuf>,
}

/// About which org it is asked, and when.
#[derive(Debug, Args)]
pub struct Circumstances {
    /// The configuration, for its agents, policies, time zone, schema and kind of org.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// A file of describe results; by default the schema that the configuration says, else the demo
    /// org's.
    #[arg(long, value_name = "FILE")]
    org_schema: Option<PathBuf>,
    /// When it is asked, for policies that look at the time; by default now.
    #[arg(long, value_name = "TIME", value_parser = at)]
    at: Option<Timestamp>,
}

fn at(text: &str) -> Result<Timestamp, String> {
    text.parse().map_err(|_wrong| "write a time such as 2026-11-21T10:00:00Z".to_owned())
}

static UTC: TimeZone = TimeZone::UTC;

/// What was found.
pub(super) struct Court {
    pub(super) schema: Schema,
    config: Option<Config>,
    now: Timestamp,
}

/// An agent before its policies.
pub(super) struct Asker {
    pub(super) agent: Agent,
    pub(super) policies: PolicySet,
}

impl Circumstances {
    /// Those of a command that has a time of its own.
    pub(super) fn of(config: Option<PathBuf>, org_schema: Option<PathBuf>) -> Self {
        Self { config, org_schema, at: None }
    }

    /// Reads the configuration and the schema.
    ///
    /// # Errors
    /// When a file or the org can't be read.
    pub(super) fn court(&self) -> io::Result<Court> {
        self.court_of(false)
    }

    /// The same, with the demo org's schema whatever the configuration says.
    ///
    /// # Errors
    /// When a file or the org can't be read.
    pub(super) fn court_of(&self, demo: bool) -> io::Result<Court> {
        let config = self.config.as_deref().map(Config::load).transpose();
        let config = config.map_err(io::Error::other)?;
        let schema = match (&self.org_schema, &config) {
            (Some(file), _) => schema_file::read(Some(file))?,
            (None, Some(config)) if !demo => schema_of(config)?,
            (None, Some(_) | None) => schema_file::read(None)?,
        };
        let now = self.at.unwrap_or_else(Timestamp::now);
        Ok(Court { schema, config, now })
    }
}

impl Asking {
    /// Reads the configuration and the schema.
    ///
    /// # Errors
    /// When a file or the org can't be read.
    pub(super) fn court(&self) -> io::Result<Court> {
        self.circumstances.court()
    }

    /// The agent of that name, with the policies.
    ///
    /// # Errors
    /// When there is no such agent, or the policies can't be used.
    pub(super) fn asker(&self, court: &Court, name: &str) -> io::Result<Asker> {
        let agent = match &court.config {
            Some(config) => configured(&config.agents, name)?,
            None => unconfigured(name),
        };
        Ok(Asker { agent, policies: self.load(court)? })
    }

    fn load(&self, court: &Court) -> io::Result<PolicySet> {
        let given: Vec<PathBuf> = self.policies.iter().cloned().collect();
        court.set(&given)
    }
}

impl Court {
    /// The policies of a directory, checked as `serve` does.
    ///
    /// # Errors
    /// With all that is wrong with them.
    pub(super) fn policies(&self, directory: &Path) -> io::Result<PolicySet> {
        let source = self.source(vec![directory.to_owned()]);
        PolicySet::load(source, &self.names()).map_err(io::Error::other)
    }

    /// The policies of these paths; of the configuration or of `policies` where there are none, and
    /// else those that the demo starts with.
    ///
    /// # Errors
    /// With all that is wrong with them.
    pub(super) fn set(&self, given: &[PathBuf]) -> io::Result<PolicySet> {
        match self.paths(given) {
            Some(paths) => PolicySet::load(self.source(paths), &self.names()),
            None => PolicySet::from_texts(built_in(), &self.names()),
        }
        .map_err(io::Error::other)
    }

    /// The tests beside the policies that [`Self::set`] takes.
    ///
    /// # Errors
    /// With all that is wrong with them.
    pub(super) fn cases(&self, given: &[PathBuf]) -> io::Result<Vec<Case>> {
        match self.paths(given) {
            Some(paths) => testing::cases_of(self.source(paths)),
            None => testing::cases_in(built_in()),
        }
        .map_err(io::Error::other)
    }

    /// What tests are asked against, where they don't say otherwise.
    pub(super) fn against(&self) -> Against<'_> {
        let CallContext { environment, now, zone, .. } = self.call("");
        Against { names: self.names(), environment, now, zone }
    }

    fn names(&self) -> Names<'_> {
        Names { schema: &self.schema, tools: Some(&NAMES), roles: None }
    }

    fn source(&self, paths: Vec<PathBuf>) -> Source {
        let labels = self.config.as_ref().and_then(|config| config.policies.labels.clone());
        Source { paths, labels }
    }

    /// `None` where only the built-in policies are at hand.
    fn paths(&self, given: &[PathBuf]) -> Option<Vec<PathBuf>> {
        if !given.is_empty() {
            return Some(given.to_vec());
        }
        if let Some(config) = &self.config {
            return Some(vec![config.policies.directory.clone()]);
        }
        let here = PathBuf::from("policies");
        (here.is_dir() || !cfg!(feature = "demo-org")).then(|| vec![here])
    }

    /// The roles of the configuration's agents.
    pub(super) fn roles(&self) -> Vec<String> {
        let agents = self.config.iter().flat_map(|config| &config.agents);
        agents.flat_map(|agent| agent.agent.roles()).cloned().collect()
    }

    /// The agent of that name in the configuration.
    pub(super) fn agent(&self, name: &str) -> Option<Agent> {
        let mut agents = self.config.iter().flat_map(|config| &config.agents);
        agents.find(|known| known.agent.id() == name).map(|known| known.agent.clone())
    }

    /// What becomes of fields that may not be selected.
    pub(super) fn on_forbidden(&self) -> OnForbidden {
        self.config.as_ref().map(|config| config.on_forbidden).unwrap_or_default()
    }

    /// The circumstances of a call of the tool.
    pub(super) fn call<'a>(&'a self, tool: &'a str) -> CallContext<'a> {
        let environment = self.config.as_ref().map(|config| config.org.environment);
        let environment = environment.unwrap_or(Environment::Developer);
        CallContext { tool, environment, now: self.now, zone: self.zone().unwrap_or(&UTC) }
    }

    /// The zone that the configuration's policies go by.
    pub(super) fn zone(&self) -> Option<&TimeZone> {
        self.config.as_ref().map(|config| &config.policies.time_zone)
    }
}

/// The policies that the demo starts with, by their files' names, and their tests.
fn built_in() -> impl Iterator<Item = (&'static str, &'static str)> {
    #[cfg(feature = "demo-org")]
    let texts = serve::demo::STARTING_SET.iter().copied();
    #[cfg(not(feature = "demo-org"))]
    let texts = std::iter::empty();
    texts
}

fn configured(agents: &[AgentConfig], name: &str) -> io::Result<Agent> {
    let found = agents.iter().find(|known| known.agent.id() == name);
    found.map(|known| known.agent.clone()).ok_or_else(|| {
        let names: Vec<&str> = agents.iter().map(|known| known.agent.id()).collect();
        io::Error::other(format!(
            "`{name}` is not an agent of the configuration: {}",
            names.join(", ")
        ))
    })
}

/// An agent of the demo; any other name is an agent with the role of that name.
fn unconfigured(name: &str) -> Agent {
    #[cfg(feature = "demo-org")]
    if let Some((id, role)) = serve::demo::AGENTS.iter().find(|(id, _)| *id == name) {
        return Agent::new(*id, "demo", *id, [*role]);
    }
    Agent::new(name, "fieldgate", name, [name])
}

fn schema_of(config: &Config) -> io::Result<Schema> {
    crate::telemetry::install_crypto_provider();
    crate::telemetry::logging::init(config.telemetry.log.as_deref()).map_err(io::Error::other)?;
    serve::runtime()?.block_on(async {
        let upstream = connect(&config.org)?;
        org_schema(&config.org, &upstream).await
    })
}

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
use crate::policy::{Agent, CallContext, Environment, Names, OnForbidden, PolicySet, Source};
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
    /// The configuration, for its agents, policies, schema and kind of org.
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
    /// Reads the configuration and the schema.
    ///
    /// # Errors
    /// When a file or the org can't be read.
    pub(super) fn court(&self) -> io::Result<Court> {
        let config = self.config.as_deref().map(Config::load).transpose();
        let config = config.map_err(io::Error::other)?;
        let schema = match (&self.org_schema, &config) {
            (Some(file), _) => schema_file::read(Some(file))?,
            (None, Some(config)) => schema_of(config)?,
            (None, None) => schema_file::read(None)?,
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
        let configured = court.config.as_ref().map(|config| config.policies.directory.clone());
        let directory = match (&self.policies, configured) {
            (Some(given), _) => given.clone(),
            (None, Some(configured)) => configured,
            (None, None) => PathBuf::from("policies"),
        };
        #[cfg(feature = "demo-org")]
        if self.policies.is_none() && court.config.is_none() && !directory.is_dir() {
            let names = Names { schema: &court.schema, tools: Some(&NAMES), roles: None };
            let set = PolicySet::from_texts(serve::demo::STARTING_SET.iter().copied(), &names);
            return set.map_err(io::Error::other);
        }
        court.policies(&directory)
    }
}

impl Court {
    /// The policies of a directory, checked as `serve` does.
    ///
    /// # Errors
    /// With all that is wrong with them.
    pub(super) fn policies(&self, directory: &Path) -> io::Result<PolicySet> {
        let labels = self.config.as_ref().and_then(|config| config.policies.labels.clone());
        let names = Names { schema: &self.schema, tools: Some(&NAMES), roles: None };
        let source = Source { paths: vec![directory.to_owned()], labels };
        PolicySet::load(source, &names).map_err(io::Error::other)
    }

    /// The roles of the configuration's agents.
    pub(super) fn roles(&self) -> Vec<String> {
        let agents = self.config.iter().flat_map(|config| &config.agents);
        agents.flat_map(|agent| agent.agent.roles()).cloned().collect()
    }

    /// What becomes of fields that may not be selected.
    pub(super) fn on_forbidden(&self) -> OnForbidden {
        self.config.as_ref().map(|config| config.on_forbidden).unwrap_or_default()
    }

    /// The circumstances of a call of the tool.
    pub(super) fn call<'a>(&self, tool: &'a str) -> CallContext<'a> {
        let environment = self.config.as_ref().map(|config| config.org.environment);
        let environment = environment.unwrap_or(Environment::Developer);
        CallContext { tool, environment, now: self.now, zone: &UTC }
    }
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

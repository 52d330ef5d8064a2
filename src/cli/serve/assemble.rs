//! From a configuration to the parts of a running server, each opened and checked.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use sha2::{Digest as _, Sha256};

use crate::audit::{DigestKey, Journal, Start};
use crate::cli::org::{chain, connect, org_schema};
use crate::config::{Config, HttpConfig, SchemaSource, bind_masks};
use crate::identity::Agents;
use crate::limits::Limits;
use crate::org::Schema;
use crate::policy::{Names, Source, Store};
use crate::proxy::transport::TransportSettings;
use crate::proxy::{Follows, Gate, SchemaStore, Server};
use crate::redact::HashKey;
use crate::seal::{OneUse, Sealer};
use crate::telemetry::{Clock, OtlpSettings, Spans};
use crate::tools::CATALOG;

/// Where the policy set comes from.
#[derive(Debug)]
pub(super) enum PolicySource {
    /// `*.cedar` files with their labels.
    Files(Source),
    /// The starting set that is compiled in: file names and texts.
    #[cfg(feature = "demo-org")]
    BuiltIn(&'static [(&'static str, &'static str)]),
}

/// A server that is ready to be connected to.
pub(super) struct Assembled {
    pub(super) server: Server,
    pub(super) settings: TransportSettings,
    pub(super) facts: Facts,
}

/// What is told at start.
pub(super) struct Facts {
    pub(super) org: String,
    pub(super) policies: String,
    pub(super) journal: PathBuf,
    pub(super) journal_mode: &'static str,
    pub(super) anonymous: Option<String>,
}

pub(super) async fn assemble(
    config: Config,
    policies: &PolicySource,
    address: SocketAddr,
) -> io::Result<Assembled> {
    let clock = Clock::system();
    let org = config.org;
    let base = org.connection.base_url.clone();
    let upstream = connect(&org)?;
    let schema = org_schema(&org, &upstream).await?;
    let follows = match org.schema {
        SchemaSource::File(_) => Follows::Nothing,
        SchemaSource::Org(only) => Follows::Org(only),
    };
    let (store, policies) = load(policies, &schema)?;
    let set = store.current();
    let digest_key = match &config.digest_key {
        Some(file) => DigestKey::from_file(file),
        None => DigestKey::random(),
    };
    let digest_key = digest_key.map_err(|error| io::Error::other(chain(&error)))?;
    let hash_key = HashKey::new(digest_key.derived("masks"));
    let masks = bind_masks(&config.masks, &schema, &set.labels(&schema), hash_key);
    let masks = masks.map_err(io::Error::other)?;
    let journal = open_journal(&config.journal, set.hash(), &digest_key, &clock)?;
    let sealer = match config.seal_key {
        Some(key) => Sealer::new(key),
        None => Sealer::random().map_err(io::Error::other)?,
    };
    let spans = spans(config.telemetry.otlp_endpoint)?;
    let anonymous = config.anonymous;
    let is_anonymous = |id: &str| anonymous.as_deref() == Some(id);
    let nobody = config.agents.iter().map(|a| &a.agent).find(|a| is_anonymous(a.id())).cloned();
    let agents = config.agents.into_iter().filter_map(|a| Some((a.token?, a.agent)));
    let agents = Agents::new(agents, nobody);
    let facts = Facts {
        org: format!("{base} ({} objects, API {})", schema.objects().count(), org.version.as_str()),
        policies,
        journal: config.journal.path.clone(),
        journal_mode: config.journal.mode.as_str(),
        anonymous,
    };
    let time = clock.clone();
    let gate = Gate {
        policies: store,
        schema: SchemaStore::new(schema, follows),
        limits: Limits::new(&config.limits, move || time.monotonic()),
        journal,
        digest_key,
        sealer,
        upstream,
        spans,
        clock,
        environment: org.environment,
        max_rows: config.max_rows,
        max_answer_text: config.max_answer_text,
        bulk_rows: config.bulk_rows,
        one_use: OneUse::default(),
        public_url: config.http.public_url.clone().unwrap_or_else(|| reached_at(address)),
        on_forbidden: config.on_forbidden,
        masks,
    };
    let settings = transport(config.http);
    Ok(Assembled {
        server: Server::new(gate, agents, config.offer, config.throttle_status),
        settings,
        facts,
    })
}

/// Where a server that listens everywhere is sure to be reached.
fn reached_at(address: SocketAddr) -> String {
    let mut address = address;
    if address.ip().is_unspecified() {
        address.set_ip(std::net::Ipv4Addr::LOCALHOST.into());
    }
    format!("http://{address}")
}

fn spans(endpoint: Option<String>) -> io::Result<Spans> {
    let Some(endpoint) = endpoint else { return Ok(Spans::off()) };
    Spans::otlp(&OtlpSettings {
        endpoint,
        timeout: Duration::from_secs(5),
        service: "fieldgate".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    })
    .map_err(io::Error::other)
}

fn transport(http: HttpConfig) -> TransportSettings {
    let defaults = TransportSettings::default();
    let max_body = http.max_body.unwrap_or(defaults.max_body);
    TransportSettings {
        allowed_hosts: http.allowed_hosts,
        allowed_origins: http.allowed_origins,
        max_body,
        max_bodies: defaults.max_bodies.max(max_body),
        max_connections: http.max_connections.unwrap_or(defaults.max_connections),
        ..defaults
    }
}

fn load(source: &PolicySource, schema: &Schema) -> io::Result<(Store, String)> {
    let tools: Vec<&str> = CATALOG.iter().map(|tool| tool.name).collect();
    let names = Names { schema, tools: Some(&tools), roles: None };
    let (store, from) = match source {
        PolicySource::Files(source) => {
            let paths: Vec<_> =
                source.paths.iter().map(|path| path.display().to_string()).collect();
            (Store::load(source.clone(), &names), paths.join(", "))
        }
        #[cfg(feature = "demo-org")]
        PolicySource::BuiltIn(texts) => {
            let set = crate::policy::PolicySet::from_texts(texts.iter().copied(), &names);
            (set.map(Store::fixed), "built-in starting set".to_owned())
        }
    };
    let store = store.map_err(io::Error::other)?;
    let set = store.current();
    let (files, policies) = (set.files().len(), set.policy_ids().len());
    let hash: String = set.hash().chars().take(12).collect();
    Ok((store, format!("{from} ({files} files, {policies} policies, set {hash})")))
}

fn open_journal(
    settings: &crate::audit::JournalSettings,
    policy_set: &str,
    key: &DigestKey,
    clock: &Clock,
) -> io::Result<Journal> {
    let start = Start {
        version: env!("CARGO_PKG_VERSION"),
        policy_set,
        catalogue: &catalogue_hash(),
        digest_key: Some(key.id()),
    };
    let wall = clock.clone();
    Journal::open(settings, &start, move || wall.wall())
        .map_err(|error| io::Error::other(chain(&error)))
}

/// The hash of all that agents are shown of the catalogue, so that a change of it is on record.
fn catalogue_hash() -> String {
    let mut hash = Sha256::new();
    for tool in CATALOG {
        for part in [tool.name, tool.title, tool.description, &tool.input_schema()] {
            hash.update(part);
            hash.update([0]);
        }
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

//! From a configuration to the parts of a running server, each opened and checked.

use std::fmt::Write as _;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use sha2::{Digest as _, Sha256};

use crate::audit::{DigestKey, Journal, Start};
use crate::cli::org::{chain, connect, org_schema};
use crate::config::{AgentConfig, Config, HttpConfig, SchemaSource, bind_masks};
use crate::identity::Agents;
use crate::limits::Limits;
use crate::org::Schema;
use crate::policy::{Against, Agent, Environment, Names, Refusal, Sets, Sources, Store, Watch};
use crate::proxy::transport::TransportSettings;
use crate::proxy::{Follows, Gate, SchemaStore, Server, reload};
use crate::redact::HashKey;
use crate::seal::{OneUse, Sealer};
use crate::telemetry::{Clock, OtlpSettings, Spans};
use crate::tools::{CATALOG, NAMES};

/// Where the policy set comes from.
#[derive(Debug)]
pub(super) enum PolicySource {
    /// Files, which are followed.
    Files(Sources),
    /// The starting set that is compiled in: file names and texts.
    #[cfg(feature = "demo-org")]
    BuiltIn(&'static [(&'static str, &'static str)]),
}

/// A server that is ready to be connected to.
pub(super) struct Assembled {
    pub(super) server: Server,
    pub(super) settings: TransportSettings,
    pub(super) facts: Facts,
    /// What follows the policies, where they are in folders.
    pub(super) watch: Option<Watch>,
}

/// What is told at start.
pub(super) struct Facts {
    pub(super) org: String,
    pub(super) policies: String,
    pub(super) journal: PathBuf,
    pub(super) journal_mode: &'static str,
    /// The agent that a call without a token is.
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
    let zone = config.policies.time_zone;
    let Loaded { store, from: policies, watch } =
        load(policies, &schema, org.environment, &zone, &clock)?;
    let set = store.current();
    let digest_key = match &config.digest_key {
        Some(file) => DigestKey::from_file(file),
        None => DigestKey::random(),
    };
    let digest_key = digest_key.map_err(|error| io::Error::other(chain(&error)))?;
    let hash_key = HashKey::new(digest_key.derived("masks"));
    let masks = bind_masks(&config.masks, &schema, &set.labels(&schema), hash_key);
    let masks = masks.map_err(io::Error::other)?;
    let public_url = config.http.public_url.clone();
    let settings = transport(config.http);
    let journal = open_journal(&config.journal, set.hash(), &digest_key, &clock)?;
    let journal = journal.written_by_callers(settings.workers > 1);
    reload::tell_shadow(&journal, &store).await.map_err(io::Error::other)?;
    let sealer = match config.seal_key {
        Some(key) => Sealer::new(key),
        None => Sealer::random().map_err(io::Error::other)?,
    };
    let spans = spans(config.telemetry.otlp_endpoint)?;
    let anonymous = config.anonymous;
    let agents = agents(config.agents, anonymous.as_deref());
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
        zone,
        max_rows: config.max_rows,
        max_answer_text: config.max_answer_text,
        bulk_rows: config.bulk_rows,
        one_use: OneUse::default(),
        public_url: public_url.unwrap_or_else(|| reached_at(address)),
        on_forbidden: config.on_forbidden,
        masks,
    };
    Ok(Assembled {
        server: Server::new(gate, agents, config.offer, config.throttle_status),
        settings,
        facts,
        watch,
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

fn agents(configured: Vec<AgentConfig>, anonymous: Option<&str>) -> Agents {
    let is_anonymous = |agent: &&Agent| Some(agent.id()) == anonymous;
    let nobody = configured.iter().map(|a| &a.agent).find(is_anonymous).cloned();
    Agents::new(configured.into_iter().filter_map(|a| Some((a.token?, a.agent))), nobody)
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
        workers: http.workers.unwrap_or(defaults.workers),
        ..defaults
    }
}

/// Policies that were read, checked and found good.
struct Loaded {
    store: Store,
    from: String,
    watch: Option<Watch>,
}

/// A set that doesn't load, or permits what its tests say it must deny, is no start. A shadow set
/// that doesn't load is loud and no more: it decides nothing.
fn load(
    source: &PolicySource,
    schema: &Schema,
    environment: Environment,
    zone: &TimeZone,
    clock: &Clock,
) -> io::Result<Loaded> {
    let (watch, snapshot, from) = match source {
        PolicySource::Files(sources) => {
            let (watch, snapshot) = Watch::begin(sources.clone());
            let paths: Vec<_> =
                sources.policies.paths.iter().map(|path| path.display().to_string()).collect();
            (Some(watch), snapshot, paths.join(", "))
        }
        #[cfg(feature = "demo-org")]
        PolicySource::BuiltIn(texts) => {
            let snapshot = crate::policy::Snapshot::from_texts(texts.iter().copied());
            (None, snapshot, "built-in starting set".to_owned())
        }
    };
    let names = Names { schema, tools: Some(&NAMES), roles: None };
    let now = Timestamp::try_from(clock.wall()).unwrap_or(Timestamp::UNIX_EPOCH);
    let checked = snapshot.check(&Against { names, environment, now, zone });
    let set = checked.enforced.map_err(io::Error::other)?;
    let (files, policies) = (set.files().len(), set.policy_ids().len());
    let hash: String = set.hash().chars().take(12).collect();
    let mut from = format!("{from} ({files} files, {policies} policies, set {hash})");
    let (shadow, refused) = match checked.shadow {
        None => (None, None),
        Some(Ok(shadow)) => {
            let (policies, hash) = (shadow.policy_ids().len(), shadow.hash());
            let hash: String = hash.chars().take(12).collect();
            let _infallible = write!(from, ", shadow set {hash} ({policies} policies)");
            (Some(shadow), None)
        }
        Some(Err(error)) => {
            tracing::error!(%error, "the shadow policies are refused and not compared");
            from.push_str(", shadow set refused");
            (None, Some(Refusal { digest: snapshot.digest(), error, at: clock.wall() }))
        }
    };
    let store = Store::new(Sets { enforced: set, shadow }, refused, clock.wall());
    Ok(Loaded { store, from, watch })
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

//! Configuration: the YAML file as written, checked into the configuration as meant.
//!
//! Everything that can be wrong is found in one pass and reported together, each problem with its
//! key's path and line. Secrets stand in files of their own, never in the configuration. Files'
//! paths are relative to the configuration file.

mod masks;
mod node;
mod org;
mod policies;
mod section;
mod value;

pub use masks::{MaskError, MaskRule, bind as bind_masks};
pub use org::{OrgConfig, SchemaSource};
pub use policies::{ForPolicies, PolicyConfig};
pub use section::Problem;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretBox, SecretString};

use crate::audit::{JournalSettings, Mode};
use crate::limits::{LimitSettings, Rate};
use crate::policy::{Agent, OnForbidden};
use crate::tools::{self, Class, Dialect, Offer, Tag};
use node::{Node, line};
use section::{Problems, Section};

#[cfg(test)]
mod tests;

/// The configuration as meant.
#[derive(Debug)]
pub struct Config {
    /// Where agents connect.
    pub listen: SocketAddr,
    /// Where the policies are.
    pub policies: PolicyConfig,
    /// The audit journal.
    pub journal: JournalSettings,
    /// A file with the key of the journal's digests.
    pub digest_key: Option<PathBuf>,
    /// The key of the tokens that agents carry, which every replica has to share.
    pub seal_key: Option<SecretBox<[u8; 32]>>,
    /// The org.
    pub org: OrgConfig,
    /// Who may call.
    pub agents: Vec<AgentConfig>,
    /// The agent that a call without a token is.
    pub anonymous: Option<String>,
    /// The buckets.
    pub limits: LimitSettings,
    /// Answer a throttled call with HTTP 429 instead of a tool result.
    pub throttle_status: bool,
    /// The most rows that one answer may hold.
    pub max_rows: u32,
    /// The most bytes of an answer that an agent is shown.
    pub max_answer_text: usize,
    /// The most rows that a bulk job may write.
    pub bulk_rows: u32,
    /// What becomes of fields that are selected and may not be seen.
    pub on_forbidden: OnForbidden,
    /// How much is shown of what may be seen only masked.
    pub masks: Vec<MaskRule>,
    /// The edge.
    pub http: HttpConfig,
    /// The tools that agents are offered.
    pub offer: Offer,
    /// Logging and spans.
    pub telemetry: TelemetryConfig,
}

/// A caller.
#[derive(Debug)]
pub struct AgentConfig {
    /// Who it is.
    pub agent: Agent,
    /// The bearer token that proves it; `None` only for the anonymous agent.
    pub token: Option<SecretString>,
}

/// What the edge lets in.
#[derive(Debug, Default)]
pub struct HttpConfig {
    /// What agents reach us by, without a slash at the end, for example
    /// `https://fieldgate.example`; where it is missing, the address that we listen on.
    pub public_url: Option<String>,
    /// Hosts besides loopback at our port.
    pub allowed_hosts: Vec<String>,
    /// Origins besides loopback at our port.
    pub allowed_origins: Vec<String>,
    /// The largest body, in bytes.
    pub max_body: Option<usize>,
    /// Connections at once.
    pub max_connections: Option<usize>,
    /// The threads that connections are spread over.
    pub workers: Option<usize>,
}

/// Logging and spans.
#[derive(Debug, Default)]
pub struct TelemetryConfig {
    /// The level of Fieldgate's own log lines: error, warn, info, debug, trace or off.
    pub log: Option<String>,
    /// The collector's OTLP/HTTP endpoint.
    pub otlp_endpoint: Option<String>,
}

/// A configuration that can't be used, with everything that is wrong with it.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.report())]
pub struct ConfigError {
    /// The file.
    pub file: PathBuf,
    /// In the order of their lines; never empty.
    pub problems: Vec<Problem>,
}

impl ConfigError {
    fn report(&self) -> String {
        let lines: Vec<String> = self.problems.iter().map(|p| format!("  {p}")).collect();
        format!("{} cannot be used:\n{}", self.file.display(), lines.join("\n"))
    }
}

/// The largest configuration file.
const MOST_BYTES: u64 = 1024 * 1024;

impl Config {
    /// Reads a file.
    pub fn load(file: &Path) -> Result<Self, ConfigError> {
        let (text, base) = text_of(file)?;
        Self::read(&text, base).map_err(|problems| ConfigError { file: file.to_owned(), problems })
    }

    /// Reads the text of a file that lies in `base`.
    pub fn read(text: &str, base: &Path) -> Result<Self, Vec<Problem>> {
        let root = parsed(text)?;
        let problems = Problems::default();
        let config = read_root(Section::new(String::new(), root, &problems), base);
        let mut problems = problems.into_inner();
        problems.sort_by_key(|problem| problem.line);
        match config {
            Some(config) if problems.is_empty() => Ok(config),
            _ => Err(problems),
        }
    }
}

/// The text of a file, and the directory that its paths are relative to.
fn text_of(file: &Path) -> Result<(String, &Path), ConfigError> {
    let fail = |message: String| ConfigError {
        file: file.to_owned(),
        problems: vec![Problem { path: String::new(), line: 1, message }],
    };
    let size = std::fs::metadata(file).map_err(|e| fail(format!("cannot be read: {e}")))?;
    if size.len() > MOST_BYTES {
        return Err(fail(format!("is larger than {MOST_BYTES} bytes")));
    }
    let text = std::fs::read_to_string(file).map_err(|e| fail(format!("cannot be read: {e}")))?;
    Ok((text, file.parent().unwrap_or_else(|| Path::new("."))))
}

fn parsed(text: &str) -> Result<Node, Vec<Problem>> {
    serde_saphyr::from_str(text).map_err(|error| {
        let line = error.location().map_or(1, |location| location.line());
        let message = error.without_snippet().to_string();
        vec![Problem { path: String::new(), line, message }]
    })
}

/// `None` only where a problem was reported.
fn read_root(mut root: Section<'_>, base: &Path) -> Option<Config> {
    let listen = root.value("listen", |text| {
        text.parse().map_err(|_reason| {
            format!("`{}` is not an address; write 127.0.0.1:8484", value::cut(text))
        })
    });
    let policies = policies::read(&mut root, base);
    let (journal, digest_key) = read_journal(root.section("journal"), base);
    let org = org::read(root.section("org"), base);
    let seal_key = root.value("seal_key_file", |text| seal_key(&value::path(base, text)?));
    let mut tokenless = Vec::new();
    let agents: Vec<AgentConfig> = root
        .sections("agents")
        .into_iter()
        .filter_map(|section| read_agent(section, base, &mut tokenless))
        .collect();
    check_agents(&root, &agents);
    let anonymous = root.value("anonymous", |name| {
        let known = agents.iter().any(|agent| agent.agent.id() == name);
        known
            .then(|| name.to_owned())
            .ok_or_else(|| format!("`{}` is not one of the agents", value::cut(name)))
    });
    for id in tokenless.iter().filter(|id| anonymous.as_ref() != Some(id)) {
        root.problem(format!("the agent `{id}` needs a `token_file`"));
    }
    let listen = listen.unwrap_or(SocketAddr::from(([127, 0, 0, 1], 8484)));
    if anonymous.is_some() && !listen.ip().is_loopback() {
        root.problem("`anonymous` is for loopback addresses; every other caller needs a token");
    }
    let (limits, throttle_status) = read_limits(root.section("limits"));
    let max_rows = root.value("max_rows", |text| value::count(text, 50_000));
    let max_answer_text = root.value("max_answer_text", |text| value::bytes(text, 8));
    let on_forbidden = root.value("on_forbidden_select", |text| match text {
        "deny" => Ok(OnForbidden::Deny),
        "drop" => Ok(OnForbidden::Drop),
        _ => Err(format!("`{text}` is not what can be done; write deny or drop")),
    });
    let masks = masks::read(&mut root);
    let offer = read_offer(root.section("tools"));
    let bulk_rows = read_bulk(root.section("bulk"));
    let http = read_http(root.section("http"));
    let telemetry = read_telemetry(root.section("telemetry"));
    root.finish();
    Some(Config {
        listen,
        policies: policies?,
        journal: journal?,
        digest_key,
        seal_key,
        org: org?,
        agents,
        anonymous,
        limits: limits?,
        throttle_status,
        max_rows: max_rows.unwrap_or(DEFAULT_ROWS),
        max_answer_text: max_answer_text.unwrap_or(DEFAULT_ANSWER_TEXT),
        bulk_rows,
        on_forbidden: on_forbidden.unwrap_or_default(),
        masks,
        offer,
        http,
        telemetry,
    })
}

/// The most rows of an answer where nothing is configured.
pub const DEFAULT_ROWS: u32 = 2000;

/// The most bytes of an answer where nothing is configured: what a model can take in.
pub const DEFAULT_ANSWER_TEXT: usize = 256 * 1024;
/// The most rows of a bulk job where nothing is configured.
pub const DEFAULT_BULK_ROWS: u32 = 1_000_000;

fn read_bulk(mut section: Section<'_>) -> u32 {
    // Salesforce takes 150 million a day.
    let rows = section.value("max_rows", |text| value::count(text, 150_000_000));
    section.finish();
    rows.unwrap_or(DEFAULT_BULK_ROWS)
}

fn read_offer(mut section: Section<'_>) -> Offer {
    let everything = Offer::default();
    let dialect = section.value("dialect", |text| match text {
        "platform" => Ok(Dialect::Platform),
        "unified" => Ok(Dialect::Unified),
        _ => Err(format!("`{}` is not a dialect; write platform or unified", value::cut(text))),
    });
    let tags = section.list("tags", |text| {
        let names = Tag::ALL.map(Tag::name).join(", ");
        let known = Tag::ALL.into_iter().find(|tag| tag.name() == text);
        known.ok_or_else(|| format!("`{}` is not one of {names}", value::cut(text)))
    });
    let classes = section.list("classes", |text| {
        let names = Class::ALL.map(Class::name).join(", ");
        let known = Class::ALL.into_iter().find(|class| class.name() == text);
        known.ok_or_else(|| format!("`{}` is not one of {names}", value::cut(text)))
    });
    section.finish();
    Offer {
        dialect: dialect.unwrap_or_default(),
        tags: if tags.is_empty() { everything.tags } else { tags },
        classes: if classes.is_empty() { everything.classes } else { classes },
    }
}

fn read_journal(
    mut section: Section<'_>,
    base: &Path,
) -> (Option<JournalSettings>, Option<PathBuf>) {
    let file = section.required("file", |text| value::path(base, text));
    let mode = section.value("mode", |text| match text {
        "strict" => Ok(Mode::Strict),
        "durable" => Ok(Mode::Durable),
        _ => Err(format!("`{}` is not a mode; write strict or durable", value::cut(text))),
    });
    let deadline = section.value("deadline", value::duration);
    let key = section.value("digest_key_file", |text| value::path(base, text));
    section.finish();
    let settings = file.map(|file| {
        let defaults = JournalSettings::new(file);
        JournalSettings {
            mode: mode.unwrap_or(defaults.mode),
            deadline: deadline.unwrap_or(defaults.deadline),
            ..defaults
        }
    });
    (settings, key)
}

/// Exactly 32 bytes.
fn seal_key(file: &Path) -> Result<SecretBox<[u8; 32]>, String> {
    let bytes = value::file(file, 4096)?;
    let key = <[u8; 32]>::try_from(bytes.as_slice());
    key.map(|key| SecretBox::new(Box::new(key))).map_err(|_length| {
        let found = bytes.len();
        format!("holds {found} bytes; a key has 32: head -c 32 /dev/urandom > FILE")
    })
}

/// Adds the agent to `tokenless` where no token is given.
fn read_agent(
    mut section: Section<'_>,
    base: &Path,
    tokenless: &mut Vec<String>,
) -> Option<AgentConfig> {
    let id = section.required("id", agent_name);
    let roles = section.list("roles", agent_name);
    let team = section.value("team", agent_name);
    let mut given = false;
    let token = section.value("token_file", |text| {
        given = true;
        value::secret(base, text)
    });
    section.finish();
    let id = id?;
    if !given {
        tokenless.push(id.clone());
    }
    let mut agent = Agent::new(id.clone(), "static", id, roles);
    if let Some(team) = team {
        agent = agent.with_team(team);
    }
    Some(AgentConfig { agent, token })
}

fn agent_name(text: &str) -> Result<String, String> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.@/".contains(&b);
    if (1..=64).contains(&text.len()) && text.bytes().all(plain) {
        Ok(text.to_owned())
    } else {
        Err("expected 1 to 64 letters, digits or -_.@/".to_owned())
    }
}

/// The shortest token of an agent, in characters: what is shorter can be guessed.
const SHORTEST_TOKEN: usize = 16;

fn check_agents(root: &Section<'_>, agents: &[AgentConfig]) {
    if agents.is_empty() {
        root.problem("`agents` is missing or empty: nobody could call");
    }
    for (at, agent) in agents.iter().enumerate() {
        if agents.iter().take(at).any(|earlier| earlier.agent.id() == agent.agent.id()) {
            root.problem(format!("the agent `{}` is there twice", agent.agent.id()));
        }
        // One token for two would make every call the first one's.
        let token = agent.token.as_ref().map(|token| token.expose_secret());
        let same = |earlier: &&AgentConfig| {
            token.is_some() && earlier.token.as_ref().map(|token| token.expose_secret()) == token
        };
        if let Some(earlier) = agents.iter().take(at).find(same) {
            let (one, other) = (earlier.agent.id(), agent.agent.id());
            root.problem(format!("the agents `{one}` and `{other}` have the same token"));
        }
        if token.is_some_and(|token| token.len() < SHORTEST_TOKEN) {
            root.problem(format!(
                "the token of the agent `{}` is shorter than {SHORTEST_TOKEN} characters",
                agent.agent.id()
            ));
        }
    }
}

fn read_limits(mut section: Section<'_>) -> (Option<LimitSettings>, bool) {
    let agent = section.value("agent", value::rate).or_else(default_rate);
    let refuse_with = section.value("refuse_with", |text| match text {
        "result" => Ok(false),
        "status" => Ok(true),
        _ => Err(format!("`{}` is not a way to refuse; write result or status", value::cut(text))),
    });
    let mut by_tool = BTreeMap::new();
    let mut tools = section.section("tools");
    for (name, node) in tools.rest() {
        let known = tools::known_as(&name.value);
        if known.is_none() {
            let meant = crate::org::nearest(&name.value, tools::NAMES.iter().copied());
            let meant = meant.map(|m| format!("; did you mean `{m}`?")).unwrap_or_default();
            tools.problem_of(
                &value::cut(&name.value),
                line(&name),
                format!("is not a tool{meant}"),
            );
        }
        let parsed = match &node.value {
            node::Raw::Scalar(text) => value::rate(text),
            other @ (node::Raw::Null | node::Raw::Sequence(_) | node::Raw::Map(_)) => {
                Err(format!("expected a rate, found {}", other.kind()))
            }
        };
        match parsed {
            // Buckets are kept under one name, whatever the dialect.
            Ok(rate) => {
                by_tool.extend(known.map(|tool| (tool.name.to_owned(), rate)));
            }
            Err(message) => tools.problem_of(&name.value, line(&node), message),
        }
    }
    section.finish();
    (
        agent.map(|agent| LimitSettings { tools: by_tool, ..LimitSettings::new(agent) }),
        refuse_with.unwrap_or(false),
    )
}

/// Ten calls a second, sixty at once: far above what one agent does, far below what hurts an org.
pub fn default_rate() -> Option<Rate> {
    let n = NonZeroU32::new(10)?;
    Rate::per_second(n, NonZeroU32::new(60)?).ok()
}

fn read_http(mut section: Section<'_>) -> HttpConfig {
    let plain = |text: &str| {
        let graphic = !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic());
        graphic.then(|| text.to_owned()).ok_or_else(|| "is empty or has spaces".to_owned())
    };
    let http = HttpConfig {
        public_url: section.value("public_url", value::origin),
        allowed_hosts: section.list("allowed_hosts", plain),
        allowed_origins: section.list("allowed_origins", plain),
        max_body: section.value("max_body", |text| value::bytes(text, 64)),
        max_connections: section
            .value("max_connections", |text| value::count(text, 65_535))
            .and_then(|count| usize::try_from(count).ok()),
        workers: section
            .value("workers", |text| value::count(text, 256))
            .and_then(|count| usize::try_from(count).ok()),
    };
    section.finish();
    http
}

/// The words that `telemetry` takes as a level.
const LOG_LEVELS: [&str; 6] = ["error", "warn", "info", "debug", "trace", "off"];

fn read_telemetry(mut section: Section<'_>) -> TelemetryConfig {
    let telemetry = TelemetryConfig {
        log: section.value("log", |text| {
            let known = LOG_LEVELS.iter().any(|level| level.eq_ignore_ascii_case(text));
            known
                .then(|| text.to_owned())
                .ok_or_else(|| format!("expected one of {}", LOG_LEVELS.join(", ")))
        }),
        otlp_endpoint: section.value("otlp_endpoint", |text| {
            let http = text.starts_with("http://") || text.starts_with("https://");
            http.then(|| text.to_owned())
                .ok_or_else(|| "expected a URL, for example http://127.0.0.1:4318".to_owned())
        }),
    };
    section.finish();
    telemetry
}

/// Durations that several places need as a default.
pub(crate) const UPSTREAM_TIMEOUT: Duration = Duration::from_secs(30);

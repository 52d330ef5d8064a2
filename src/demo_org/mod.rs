//! The embedded demo org: an in-process Salesforce over real HTTP on loopback.
//!
//! It has ten objects with invented records, runs SOQL for real, checks what is written as
//! Salesforce does, counts its calls, and can be told to fail. Shapes and codes follow the REST API
//! Developer Guide; what it does not have it refuses with Salesforce's own words, and nothing is
//! answered from a script. It reads names on its own, without `footprint`.

mod answer;
mod bulk;
mod catalog;
mod composite;
mod compute;
mod definitions;
mod describe;
mod external;
mod faults;
mod json;
mod kept;
mod keyed;
mod pages;
mod query;
mod receive;
mod records;
mod related;
mod reports;
mod rest;
mod seed;
mod serve;
mod session;
mod store;
mod tooling;
mod usage;
mod value;
mod viewed;

use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub use faults::{Fault, Faults};

use json::{Json, object};
use serve::Shared;

/// The API version that the org answers by itself, for example in `nextRecordsUrl`.
pub const API_VERSION: &str = "68.0";
/// The client id of its connected app, unless the settings say otherwise.
pub const CLIENT_ID: &str = "demo-org-connected-app";

/// How a demo org is started.
#[derive(Clone)]
pub struct DemoSettings {
    /// The org's clock, which stands still: records lie around it, date literals count from it.
    pub now: Timestamp,
    /// Data calls that the org answers before it says `REQUEST_LIMIT_EXCEEDED`.
    pub daily_limit: u64,
    /// The connected app's client id.
    pub client_id: String,
    /// The connected app's secret; `None` for a random one.
    pub client_secret: Option<String>,
    /// What it calls itself in `instance_url`, without a slash at the end, where callers know it
    /// by another name than the address that it listens on.
    pub public_url: Option<String>,
}

impl Default for DemoSettings {
    /// Noon of 20 November 2026 in UTC, 15,000 calls as a Developer Edition has, a random secret.
    fn default() -> Self {
        Self {
            now: Timestamp::constant(1_795_176_000, 0),
            daily_limit: 15_000,
            client_id: CLIENT_ID.to_owned(),
            client_secret: None,
            public_url: None,
        }
    }
}

impl fmt::Debug for DemoSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("DemoSettings");
        shown.field("now", &self.now).field("daily_limit", &self.daily_limit);
        shown.field("client_id", &self.client_id).field("public_url", &self.public_url);
        shown.finish_non_exhaustive()
    }
}

/// A request that the org received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// The method as sent.
    pub method: String,
    /// The path and the query as sent, undecoded.
    pub path_and_query: String,
    /// The names of its headers, in lower case.
    pub header_names: Vec<String>,
    /// The value of `Authorization`.
    pub authorization: Option<String>,
    /// The first 4,096 bytes of its body.
    pub body: Vec<u8>,
}

/// A running demo org. It ends, with all its connections, when this is dropped.
pub struct DemoOrg {
    base_url: String,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

impl fmt::Debug for DemoOrg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DemoOrg").field("base_url", &self.base_url).finish_non_exhaustive()
    }
}

impl DemoOrg {
    /// Starts an org on a listener, inside a tokio runtime.
    ///
    /// # Errors
    ///
    /// If the listener has no address or the system gives no random bytes.
    pub fn start(listener: TcpListener, settings: DemoSettings) -> io::Result<Self> {
        let base_url = format!("http://{}", listener.local_addr()?);
        let org = org(settings, &base_url)?;
        let shared = Arc::new(Shared {
            org: Mutex::new(org),
            received: Mutex::new(VecDeque::new()),
            kept: Mutex::default(),
            faults: Faults::new(),
        });
        let task = tokio::spawn(serve::run(listener, Arc::clone(&shared)));
        Ok(Self { base_url, shared, task })
    }

    /// Binds an address, for example `127.0.0.1:0`, and starts an org there.
    ///
    /// # Errors
    ///
    /// If the address can't be bound, or as [`Self::start`].
    pub async fn bind(address: SocketAddr, settings: DemoSettings) -> io::Result<Self> {
        Self::start(TcpListener::bind(address).await?, settings)
    }

    /// Where it is, for example `http://127.0.0.1:40001`, without a slash at the end.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// The client id of its connected app.
    pub fn client_id(&self) -> String {
        self.shared.org().session.client_id.clone()
    }

    /// The secret of its connected app.
    pub fn client_secret(&self) -> String {
        self.shared.org().session.client_secret.clone()
    }

    /// The token that the token endpoint gives now.
    pub fn access_token(&self) -> String {
        self.shared.org().session.token.clone()
    }

    /// Makes the current token worth nothing; the token endpoint gives a new one.
    ///
    /// # Errors
    ///
    /// If the system gives no random bytes.
    pub fn expire_token(&self) -> io::Result<()> {
        let renewed = self.shared.org().session.renew();
        renewed.map_err(|error| io::Error::other(error.to_string()))
    }

    /// What it received, the oldest first; at most the last 10,000.
    pub fn requests(&self) -> Vec<Received> {
        self.shared.received().iter().cloned().collect()
    }

    /// Forgets what it received.
    pub fn forget_requests(&self) {
        self.shared.received().clear();
    }

    /// Keeps what it answers from now on, and forgets what it kept before.
    pub fn keep_answers(&self) {
        self.shared.kept().begin();
    }

    /// Every byte of the answers that it kept, a line end behind each status, each name and value
    /// of a header and each body; `None` where it was not told to keep them, or they were too many.
    pub fn kept_answers(&self) -> Option<Vec<u8>> {
        self.shared.kept().all()
    }

    /// Data calls that it has counted.
    pub fn calls_used(&self) -> u64 {
        self.shared.org().used
    }

    /// Its faults.
    pub fn faults(&self) -> &Faults {
        &self.shared.faults
    }
}

impl Drop for DemoOrg {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A new org, which nobody can reach yet.
fn org(settings: DemoSettings, base_url: &str) -> io::Result<rest::Org> {
    let session = session::Session::new(settings.client_id, settings.client_secret)
        .map_err(|error| io::Error::other(error.to_string()))?;
    let store = seed::store(settings.now);
    let user = rest::run_as(&store).ok_or_else(|| io::Error::other("the org has no user"))?;
    Ok(rest::Org {
        public_url: settings.public_url.unwrap_or_else(|| base_url.to_owned()),
        now: settings.now,
        session,
        store,
        pages: pages::Pages::default(),
        jobs: bulk::Jobs::default(),
        viewed: viewed::Viewed::default(),
        report_runs: 0,
        daily_limit: settings.daily_limit,
        used: 0,
        user,
    })
}

/// The org's schema in the form of an org-schema file:
/// `{"apiVersion":"68.0","classified":true,"sobjects":[describe, …]}`. Reads nothing.
pub fn schema_json() -> Vec<u8> {
    let catalog = catalog::Catalog::new();
    let describe = |object: &Arc<catalog::ObjectDef>| {
        definitions::classify(describe::object(&catalog, object, API_VERSION), object)
    };
    let sobjects: Vec<Json> = catalog.objects().map(describe).collect();
    object! { "apiVersion" => API_VERSION, "classified" => true, "sobjects" => sobjects }.to_bytes()
}

#[cfg(test)]
mod tests;

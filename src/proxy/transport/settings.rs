//! What a deployment may set.

use std::num::NonZeroUsize;
use std::thread::available_parallelism;
use std::time::Duration;

use crate::jsonrpc;

/// How long each wait on a peer may take.
#[derive(Debug, Clone, Copy)]
pub struct Timeouts {
    /// A head, from its first byte; and the first byte of a fresh connection.
    pub head: Duration,
    /// A whole body, from the end of its head.
    pub body: Duration,
    /// A whole file, either way; while it comes, each piece has as long as a body has.
    pub transfer: Duration,
    /// A connection between two requests.
    pub idle: Duration,
    /// A write that makes no progress.
    pub write: Duration,
    /// Reading, after the last answer, what the peer is still sending.
    pub linger: Duration,
    /// How much of that is read at most.
    pub linger_bytes: usize,
    /// A client's answer to a request that we sent it.
    pub client_answer: Duration,
    /// Calls under way when the process is told to end.
    pub drain: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            head: Duration::from_secs(5),
            body: Duration::from_secs(10),
            transfer: Duration::from_secs(3600),
            idle: Duration::from_secs(60),
            write: Duration::from_secs(30),
            linger: Duration::from_secs(1),
            linger_bytes: 16 * 1024 * 1024,
            client_answer: Duration::from_secs(60),
            drain: Duration::from_secs(25),
        }
    }
}

/// The fewest threads: with one alone, whatever stands still on it holds up all connections.
const LEAST: usize = 2;
/// The most, unless more are asked for. A sidecar shares its node, and each keeps connections to the
/// upstream of its own.
const MOST: usize = 4;

/// The transport's settings.
#[derive(Debug, Clone)]
pub struct TransportSettings {
    /// How long each wait may take.
    pub timeouts: Timeouts,
    /// The largest body, in bytes.
    pub max_body: usize,
    /// Bytes of bodies held at once, over all connections.
    pub max_bodies: usize,
    /// Files on their way at once, over all connections.
    pub max_transfers: usize,
    /// Connections at once.
    pub max_connections: usize,
    /// The threads that connections are spread over.
    pub workers: usize,
    /// The structure that one message may have.
    pub json: jsonrpc::Limits,
    /// Hosts accepted besides loopback at our port: `name` (any port) or `name:port`.
    pub allowed_hosts: Vec<String>,
    /// Origins accepted besides loopback at our port, compared exactly: `https://app.example`.
    pub allowed_origins: Vec<String>,
}

impl Default for TransportSettings {
    fn default() -> Self {
        Self {
            timeouts: Timeouts::default(),
            max_body: 1024 * 1024,
            max_bodies: 16 * 1024 * 1024,
            max_transfers: 16,
            max_connections: 512,
            workers: available_parallelism().map_or(1, NonZeroUsize::get).clamp(LEAST, MOST),
            json: jsonrpc::Limits::default(),
            allowed_hosts: Vec::new(),
            allowed_origins: Vec::new(),
        }
    }
}

//! What an event says. Every part is a name, a count, a code or a digest: there is nowhere to
//! put a field's value. Lists are of texts that cost little to make: an event lives for a moment.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use smol_str::SmolStr;

use super::digest::{Digest, hex};

/// The id of one call: on its events, its span and its answer. A UUID of version 7 (RFC 9562),
/// so that ids sort by time.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CallId(String);

impl CallId {
    /// A new id for a call that came at `now`.
    #[must_use]
    pub fn generate(now: SystemTime) -> Self {
        static FALLBACK: AtomicU64 = AtomicU64::new(1);
        let since = now.duration_since(UNIX_EPOCH).unwrap_or_default();
        let millis = u64::try_from(since.as_millis()).unwrap_or(u64::MAX);
        let mut random = [0_u8; 10];
        if getrandom::fill(&mut random).is_err() {
            // An id has to be unique, it need not be secret.
            let count = FALLBACK.fetch_add(1, Ordering::Relaxed).to_be_bytes();
            for (to, from) in random.iter_mut().skip(2).zip(count) {
                *to = from;
            }
        }
        let [.., t0, t1, t2, t3, t4, t5] = millis.to_be_bytes();
        let [r0, r1, r2, r3, r4, r5, r6, r7, r8, r9] = random;
        let version = r0 & 0x0f | 0x70;
        let variant = r2 & 0x3f | 0x80;
        let bytes = [t0, t1, t2, t3, t4, t5, version, r1, variant, r3, r4, r5, r6, r7, r8, r9];
        let mut id = String::with_capacity(36);
        for (i, digit) in hex(&bytes).chars().enumerate() {
            if matches!(i, 8 | 12 | 16 | 20) {
                id.push('-');
            }
            id.push(digit);
        }
        Self(id)
    }

    /// The 36 characters of the id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CallId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Who called what. Parts that are not known (yet) are `None`.
#[derive(Debug, Clone)]
pub struct Call {
    /// The call's id.
    pub id: CallId,
    /// The call that it was made for: what a call must look up first is a call of its own.
    pub made_for: Option<CallId>,
    /// The agent's name.
    pub agent: Option<String>,
    /// The MCP endpoint that was called.
    pub server: Option<String>,
    /// The tool's name as the catalogue spells it; what the caller wrote where there is no such.
    pub tool: Option<String>,
    /// The MCP revision that was spoken.
    pub revision: Option<String>,
    /// The W3C trace id, 32 hex digits.
    pub trace_id: Option<String>,
}

impl Call {
    /// A call of which nothing is known but that it came.
    #[must_use]
    pub fn new(id: CallId) -> Self {
        Self {
            id,
            made_for: None,
            agent: None,
            server: None,
            tool: None,
            revision: None,
            trace_id: None,
        }
    }
}

/// The accesses of one action on one object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessGroup {
    /// The action's name (`select`, `filter`, `create`, …).
    pub action: SmolStr,
    /// The object's name, or the org's where the access is on the org.
    pub object: SmolStr,
    /// The names of the fields; empty where the access is on the object itself.
    pub fields: Vec<SmolStr>,
}

/// What was asked of the policy set, and under which.
#[derive(Debug, Clone, Default)]
pub struct Decision {
    /// The operation's kind (`query`, `get_record`, …).
    pub operation: SmolStr,
    /// The objects that it touches.
    pub objects: Vec<SmolStr>,
    /// The footprint, grouped.
    pub accesses: Vec<AccessGroup>,
    /// The bound on rows.
    pub row_bound: Option<u64>,
    /// The ids of the policies that decided.
    pub policies: Vec<SmolStr>,
    /// The hash of the policy set that was asked.
    pub policy_set: String,
    /// The digest of the query's shape.
    pub shape: Option<Digest>,
    /// What was refused of a call that was let through, and left out or masked.
    pub refused: Vec<AccessGroup>,
    /// The fields among what was refused that may be seen masked.
    pub maskable: Vec<AccessGroup>,
    /// How many accesses were asked about alone, to leave out of the answer what isn't permitted.
    pub asked_alone: u64,
    /// What policies could ask about besides the accesses.
    pub circumstances: Option<Circumstances>,
    /// Keyed digests of values, each under the name of what was digested.
    pub digests: Vec<(&'static str, Digest)>,
    /// What another set would have decided, where it differs.
    pub shadow: Option<Shadow>,
}

/// What policies could ask about a call besides its accesses, so that it can be asked again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Circumstances {
    /// Who vouches for the agent.
    pub issuer: String,
    /// What the issuer calls it, where that is not its name.
    pub subject: Option<String>,
    /// Its roles.
    pub roles: Vec<SmolStr>,
    /// Its team.
    pub team: Option<String>,
    /// The kind of org.
    pub environment: &'static str,
    /// The zone of the hour and the weekday, where that is not UTC.
    pub time_zone: Option<String>,
    /// The way that the call went.
    pub via: &'static str,
    /// Of the call, or of each of its parts; equal ones once.
    pub asked: Vec<Asked>,
}

/// What policies could ask about an operation, or a part of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The bound on rows.
    pub rows: Option<u32>,
    /// What is so of a query, in words; `None` where there is no query.
    pub query: Option<Vec<SmolStr>>,
    /// The query's own bound on rows.
    pub limit: Option<u32>,
}

/// What a set that decides nothing says of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shadow {
    /// Its hash.
    pub policy_set: String,
    /// What it would have decided, in one word.
    pub verdict: &'static str,
    /// The roles of the agent, by which differences are told apart.
    pub roles: Vec<SmolStr>,
    /// The accesses that it decides in another way.
    pub differs: Vec<ShadowAccess>,
}

/// Accesses that a set which decides nothing would decide in another way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShadowAccess {
    /// What it would do, in one word.
    pub would: &'static str,
    /// The accesses.
    pub accesses: AccessGroup,
    /// The ids of the policies that refuse them, in the set that does.
    pub policies: Vec<SmolStr>,
}

/// A call that was permitted and let through: recorded before anything leaves.
#[derive(Debug, Clone)]
pub struct Admission {
    /// Who called what.
    pub call: Call,
    /// What was decided.
    pub decision: Decision,
}

/// How an admitted call ended: recorded before the answer.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// In one word.
    pub result: OutcomeResult,
    /// A stable reason code, where it did not go well.
    pub reason: Option<String>,
    /// The HTTP status that Salesforce answered with.
    pub upstream_status: Option<u16>,
    /// Salesforce's own id of the request.
    pub upstream_request_id: Option<String>,
    /// Rows returned or written.
    pub rows: Option<u64>,
    /// Bytes of the upstream's body.
    pub bytes: Option<u64>,
    /// How many fields were pruned from the answer.
    pub pruned_fields: Option<u64>,
    /// From admission to outcome, in microseconds.
    pub duration_us: Option<u64>,
}

impl Outcome {
    /// An outcome of which only the word is known.
    #[must_use]
    pub fn new(result: OutcomeResult) -> Self {
        Self {
            result,
            reason: None,
            upstream_status: None,
            upstream_request_id: None,
            rows: None,
            bytes: None,
            pruned_fields: None,
            duration_us: None,
        }
    }
}

/// An outcome in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutcomeResult {
    /// Salesforce did what was asked.
    Ok,
    /// Salesforce answered with an error, or its answer was refused.
    Fault,
    /// The request left and no whole answer came: it may have been carried out.
    Unknown,
    /// Nothing left for Salesforce: the call ended between its admission and the request.
    Abandoned,
}

impl OutcomeResult {
    /// The word as it stands in the journal.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Fault => "fault",
            Self::Unknown => "unknown",
            Self::Abandoned => "abandoned",
        }
    }
}

/// An event that stands alone. (An admission and its outcome are a pair: see
/// [`Journal::admit`](super::Journal::admit).)
#[derive(Debug, Clone)]
pub enum Event {
    /// The policy set refused the call.
    Denial {
        /// Who called what.
        call: Call,
        /// What was asked.
        decision: Decision,
        /// The accesses that were refused.
        denied: Vec<AccessGroup>,
        /// The ids of the permits that would have counted but for their conditions; they decided
        /// nothing.
        near_misses: Vec<SmolStr>,
        /// A stable reason code.
        reason: String,
    },
    /// A bucket was empty.
    Throttled {
        /// Who called what.
        call: Call,
        /// What was permitted, and not admitted.
        decision: Decision,
        /// The bucket's name.
        bucket: String,
        /// When to come back, in milliseconds; `None` where the call never fits.
        retry_after_ms: Option<u64>,
    },
    /// The call could not be understood: bad arguments, unknown names, no parse.
    Rejected {
        /// Who called what, as far as it was read.
        call: Call,
        /// A stable reason code.
        reason: String,
    },
    /// A new policy set takes effect.
    PolicySet {
        /// The hash of the set that decides from now on.
        policy_set: String,
        /// The hash of the set that decided before.
        before: String,
        /// How many policies it has.
        policies: u64,
        /// How many of them are new.
        added: u64,
        /// How many are gone.
        removed: u64,
        /// How many say something else under the same id.
        changed: u64,
    },
    /// Another set is compared with the one that decides.
    ShadowSet {
        /// The set's hash; `None` where nothing is compared any more.
        shadow_set: Option<String>,
    },
    /// A policy set was not loaded.
    PolicySetRefused {
        /// It would only have been compared.
        shadow: bool,
        /// The hash of the set that goes on to decide.
        policy_set: String,
        /// The digest of the folders that it was read from.
        refused: String,
        /// What is wrong with it, each with its place.
        problems: Vec<String>,
    },
}

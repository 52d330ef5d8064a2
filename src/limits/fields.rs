//! What a caller is told about its limits: the same numbers as headers and as JSON.
//!
//! Two spellings go out together: the trio `ratelimit-limit`, `-remaining`, `-reset`, which shows
//! the most constrained bucket, and the structured fields `RateLimit-Policy` and `RateLimit` of
//! draft-ietf-httpapi-ratelimit-headers-11, which list all. Times are seconds from now, always
//! rounded up; what is told never promises more than is granted.

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::{Map, Value};

/// The window of Salesforce's daily quota: the 24 hours that went before, at any time.
const DAY_S: u64 = 24 * 3600;
/// What the trio says where nobody knows when a quota comes back. An estimate.
const UNKNOWN_RESET_S: u64 = 3600;
/// The largest integer of a structured field (RFC 9651, section 3.3.1).
const SF_MAX: u64 = 999_999_999_999_999;

/// One limit and what is left of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LimitItem {
    /// Its name: `agent`, `tool:NAME`, `sf-daily`.
    pub policy: String,
    /// How many units there are when nothing was used.
    pub quota: u64,
    /// In how many seconds they come back when all were used.
    pub window_s: Option<u64>,
    /// How many units are left.
    pub remaining: u64,
    /// In how many seconds all are back, if nothing is used meanwhile; for the limit that refused a
    /// call, in how many seconds the same call would fit. `None` where nobody knows.
    pub reset_s: Option<u64>,
}

/// Salesforce's own quota of API calls, as its answers state it, among the limits: `sf-daily`.
///
/// The quota is counted over the 24 hours before, and other applications spend from it, so there
/// is no time at which it comes back.
#[must_use]
pub fn upstream_quota(used: u64, max: u64) -> LimitItem {
    LimitItem {
        policy: "sf-daily".to_owned(),
        quota: max,
        window_s: Some(DAY_S),
        remaining: max.saturating_sub(used),
        reset_s: None,
    }
}

/// The limits that hold for an answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RatelimitFields {
    /// Each limit, the agent's first.
    pub items: Vec<LimitItem>,
    /// In how many seconds a refused call would fit; `None` where none was refused, or it never will.
    pub retry_after_s: Option<u64>,
    /// The limit that refused the call.
    refused_by: Option<String>,
}

impl RatelimitFields {
    /// Fields of an answer that was not refused.
    #[must_use]
    pub fn new(items: Vec<LimitItem>) -> Self {
        Self { items, retry_after_s: None, refused_by: None }
    }

    /// Adds a limit that is known from elsewhere (see [`upstream_quota`]).
    pub fn push(&mut self, item: LimitItem) {
        self.items.push(item);
    }

    /// Marks the limit that refused the call.
    pub(super) fn refuse(&mut self, policy: &str, wait: Option<Duration>) {
        self.retry_after_s = wait.map(seconds_up);
        self.refused_by = Some(policy.to_owned());
        for item in &mut self.items {
            if item.policy == policy {
                item.reset_s = self.retry_after_s;
            } else if item.reset_s > self.retry_after_s {
                // `Retry-After` must not be earlier than any `t`, and `t` is optional.
                item.reset_s = None;
            }
        }
    }

    /// The limit that the trio shows: the one that refused, else the one with the least left.
    #[must_use]
    pub fn most_constrained(&self) -> Option<&LimitItem> {
        let refused = self.refused_by.as_ref();
        self.items.iter().find(|item| Some(&item.policy) == refused).or_else(|| {
            self.items.iter().min_by_key(|item| {
                // Of two with as little left, the one that takes longer.
                (item.remaining, u64::MAX.saturating_sub(item.reset_s.unwrap_or(UNKNOWN_RESET_S)))
            })
        })
    }

    /// The headers: names in lower case, values in ASCII.
    #[must_use]
    pub fn headers(&self) -> Vec<(&'static str, String)> {
        let mut headers = Vec::new();
        if let Some(item) = self.most_constrained() {
            let reset = item.reset_s.unwrap_or(UNKNOWN_RESET_S);
            headers.push(("ratelimit-limit", item.quota.to_string()));
            headers.push(("ratelimit-remaining", item.remaining.to_string()));
            headers.push(("ratelimit-reset", reset.to_string()));
            headers.push((
                "ratelimit-policy",
                self.list(|i| [("q", Some(i.quota)), ("w", i.window_s)]),
            ));
            headers
                .push(("ratelimit", self.list(|i| [("r", Some(i.remaining)), ("t", i.reset_s)])));
        }
        if let Some(seconds) = self.retry_after_s {
            headers.push(("retry-after", seconds.to_string()));
        }
        headers
    }

    /// The same for a result's `_meta`.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let limits = ("limits".to_owned(), self.items.iter().map(LimitItem::to_json).collect());
        let wait = self.retry_after_s.map(|s| ("retryAfterSeconds".to_owned(), s.into()));
        Value::Object([limits].into_iter().chain(wait).collect())
    }

    /// A list of RFC 9651: each limit's name with these parameters of it.
    fn list(&self, parameters: impl Fn(&LimitItem) -> [(&'static str, Option<u64>); 2]) -> String {
        let mut list = String::with_capacity(64);
        for item in &self.items {
            if !list.is_empty() {
                list.push_str(", ");
            }
            push_sf_string(&mut list, &item.policy);
            for (name, value) in parameters(item) {
                if let Some(value) = value {
                    let _infallible = write!(list, ";{name}={}", value.min(SF_MAX));
                }
            }
        }
        list
    }
}

impl LimitItem {
    fn to_json(&self) -> Value {
        let Self { policy, quota, window_s, remaining, reset_s } = self;
        let known = [("limit", *quota), ("remaining", *remaining)];
        let seconds = [("windowSeconds", *window_s), ("resetSeconds", *reset_s)];
        let seconds = seconds.into_iter().filter_map(|(key, seconds)| Some((key, seconds?)));
        let mut item = Map::with_capacity(5);
        item.insert("policy".to_owned(), Value::from(policy.as_str()));
        item.extend(known.into_iter().chain(seconds).map(|(key, n)| (key.to_owned(), n.into())));
        Value::Object(item)
    }
}

/// A string of RFC 9651, section 3.3.3: printable ASCII, quotes and backslashes escaped.
fn push_sf_string(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            ' '..='~' => out.push(c),
            _ => out.push('?'),
        }
    }
    out.push('"');
}

/// Whole seconds, never fewer than there are.
pub(super) fn seconds_up(time: Duration) -> u64 {
    time.as_secs().saturating_add(u64::from(time.subsec_nanos() > 0))
}

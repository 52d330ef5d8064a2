//! Token buckets by agent and by tool, and the ratelimit fields.
//!
//! A call is charged to two buckets at once: its agent's (`"agent"`) and its agent's for the tool
//! (`"tool:NAME"`, where one is set). Both are asked before either is charged, under one lock, so
//! a refused call costs nothing anywhere. The arithmetic is GCRA by `governor`; a bucket of `burst`
//! units that regains `rate` never admits more than `burst + rate · t` in any time `t`.
//!
//! [`Limits::admit`] is the only place where an [`Admitted`] is made, out of a [`Printed`] that it
//! takes by value, which is made only out of a [`Permitted`]:
//!
//! ```compile_fail,E0451
//! fn forge(printed: fieldgate::limits::Printed) -> fieldgate::limits::Admitted {
//!     fieldgate::limits::Admitted { printed }
//! }
//! ```
//! ```compile_fail,E0277
//! fn twice(admitted: &fieldgate::limits::Admitted) -> fieldgate::limits::Admitted {
//!     Clone::clone(admitted)
//! }
//! ```
//! ```
//! fn read(admitted: &fieldgate::limits::Admitted) -> &fieldgate::policy::Permitted {
//!     admitted.permitted()
//! }
//! ```
//!
//! Nothing waits here: a call that does not fit is refused with the time at which it would. What
//! Salesforce itself limits is only shown ([`upstream_quota`]); it is enforced by Salesforce.

mod bucket;
mod fields;
mod printed;
mod settings;

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

pub use fields::{LimitItem, RatelimitFields, upstream_quota};
pub use printed::Printed;
pub use settings::{LimitSettings, Rate, RateError};

use crate::policy::Permitted;
use crate::salesforce::rest::Request;
use bucket::{Bucket, Refusal, TimeSource};

/// A call that was permitted and charged: the only thing that may be sent upstream.
#[derive(Debug)]
#[must_use = "an admitted call has been charged for"]
pub struct Admitted {
    printed: Printed,
}

impl Admitted {
    /// What the policy set permitted.
    pub fn permitted(&self) -> &Permitted {
        self.printed.permitted()
    }

    /// What is sent for it.
    pub fn request(&self) -> &Request {
        self.printed.request()
    }
}

/// A call that does not fit a bucket. Nothing was charged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.sentence())]
pub struct Throttled {
    /// The bucket's name as in the ratelimit fields: `agent` or `tool:NAME`.
    pub bucket: String,
    /// Why it does not fit.
    pub cause: ThrottleCause,
    /// When the same call would fit, were there no other; `None` if it never will.
    pub retry_after: Option<Duration>,
    /// The fields of the answer; [`RatelimitFields::retry_after_s`] is set in them.
    pub fields: RatelimitFields,
}

/// Why a call does not fit a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ThrottleCause {
    /// Too little is left in it.
    Exhausted,
    /// The call costs more than the bucket ever holds.
    TooCostly {
        /// What the call costs.
        cost: u32,
        /// What the bucket holds when it is full.
        burst: u32,
    },
    /// So many agents are being counted that there is no room for another.
    TooManyAgents,
}

impl Throttled {
    fn sentence(&self) -> String {
        let wait = self.retry_after.map_or(0, fields::seconds_up);
        match self.cause {
            ThrottleCause::Exhausted => {
                format!("the bucket `{}` is exhausted; retry after {wait} s", self.bucket)
            }
            ThrottleCause::TooCostly { cost, burst } => format!(
                "the call costs {cost} units and the bucket `{}` holds {burst}; make it smaller",
                self.bucket
            ),
            ThrottleCause::TooManyAgents => {
                format!("too many agents are active; retry after {wait} s")
            }
        }
    }
}

/// The buckets of one server.
#[derive(Debug)]
pub struct Limits {
    buckets: Mutex<Buckets>,
    time: TimeSource,
}

#[derive(Debug)]
struct Buckets {
    agent: Bucket,
    tools: BTreeMap<String, Bucket>,
}

impl Limits {
    /// Buckets that are all full. `now` is a monotonic clock: the time since any fixed moment.
    #[must_use]
    pub fn new(
        settings: &LimitSettings,
        now: impl Fn() -> Duration + Send + Sync + 'static,
    ) -> Self {
        let cap = settings.max_agents.get();
        let agent = Bucket::new("agent".to_owned(), settings.agent, cap);
        let tools = settings.tools.iter();
        let tools = tools
            .map(|(tool, rate)| (tool.clone(), Bucket::new(format!("tool:{tool}"), *rate, cap)))
            .collect();
        let buckets = Mutex::new(Buckets { agent, tools });
        Self { buckets, time: TimeSource::new(now) }
    }

    /// Charges a permitted call with `cost` units to the buckets of its agent and tool.
    ///
    /// # Errors
    /// [`Throttled`] when it does not fit one of them; then neither is charged.
    pub fn admit(
        &self,
        printed: Printed,
        agent_key: &str,
        tool: &str,
        cost: NonZeroU32,
    ) -> Result<(Admitted, RatelimitFields), Throttled> {
        let fields = self.charge(agent_key, tool, cost)?;
        Ok((Admitted { printed }, fields))
    }

    /// What an agent has left, for an answer that costs nothing. Charges nothing.
    ///
    /// With a `tool`, that tool's bucket is shown as well.
    #[must_use]
    pub fn fields_for(&self, agent_key: &str, tool: Option<&str>) -> RatelimitFields {
        let buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        buckets.fields(agent_key, tool, self.time.now())
    }

    fn charge(
        &self,
        agent_key: &str,
        tool: &str,
        cost: NonZeroU32,
    ) -> Result<RatelimitFields, Throttled> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.time.now();
        // All are asked before one is charged. The longest wait is the one that is told: after
        // it every bucket would let the call through.
        let refused = buckets
            .of(tool)
            .filter_map(|bucket| {
                let refusal = bucket.ask(agent_key, cost, now)?;
                Some((bucket.name().to_owned(), refusal))
            })
            .max_by_key(|(_, refusal)| refusal.wait().unwrap_or(Duration::MAX));
        let Some((bucket, refusal)) = refused else {
            buckets.of(tool).for_each(|bucket| bucket.charge(agent_key, cost, now));
            return Ok(buckets.fields(agent_key, Some(tool), now));
        };
        let retry_after = refusal.wait();
        let mut fields = buckets.fields(agent_key, Some(tool), now);
        fields.refuse(&bucket, retry_after);
        let cause = match refusal {
            Refusal::Exhausted(_) => ThrottleCause::Exhausted,
            Refusal::TooCostly { burst } => ThrottleCause::TooCostly { cost: cost.get(), burst },
            Refusal::NoRoom => ThrottleCause::TooManyAgents,
        };
        Err(Throttled { bucket, cause, retry_after, fields })
    }
}

impl Buckets {
    fn of(&mut self, tool: &str) -> impl Iterator<Item = &mut Bucket> {
        std::iter::once(&mut self.agent).chain(self.tools.get_mut(tool))
    }

    fn fields(&self, agent_key: &str, tool: Option<&str>, now: Duration) -> RatelimitFields {
        let tool = tool.and_then(|tool| self.tools.get(tool));
        let buckets = std::iter::once(&self.agent).chain(tool);
        RatelimitFields::new(buckets.map(|bucket| bucket.item(agent_key, now)).collect())
    }
}

#[cfg(test)]
mod tests;

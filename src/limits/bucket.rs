//! One bucket for each agent, that can be asked without being charged.

use std::cell::Cell;
use std::collections::HashMap;
use std::fmt;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use governor::clock::Clock;
use governor::middleware::StateInformationMiddleware;
use governor::nanos::Nanos;
use governor::state::{NotKeyed, StateStore};
use governor::{Quota, RateLimiter};

use super::fields::{LimitItem, seconds_up};
use super::settings::Rate;

/// How often agents that have been idle are forgotten, at most.
const SWEEP: Duration = Duration::from_secs(1);
/// The latest time that is told apart; `governor` counts nanoseconds in 64 bits.
const LATEST: Duration = Duration::from_secs(100 * 366 * 24 * 3600);

/// A monotonic clock: the time since any fixed moment.
#[derive(Clone)]
pub(super) struct TimeSource(Arc<dyn Fn() -> Duration + Send + Sync>);

impl TimeSource {
    pub(super) fn new(now: impl Fn() -> Duration + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    pub(super) fn now(&self) -> Duration {
        (self.0)().min(LATEST)
    }
}

impl fmt::Debug for TimeSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TimeSource")
    }
}

/// The moment at which a call is judged: one for all questions about it.
#[derive(Debug, Default)]
struct Moment(Cell<Duration>);

impl Clock for Moment {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.0.get()
    }
}

/// The agent's state that is being judged: the time at which its bucket is full again.
#[derive(Debug, Default)]
struct Scratch(Cell<Option<Nanos>>);

impl StateStore for Scratch {
    type Key = NotKeyed;

    fn measure_and_replace<T, F, E>(&self, _key: &NotKeyed, judge: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let (answer, next) = judge(self.0.get())?;
        self.0.set(Some(next));
        Ok(answer)
    }
}

/// Why a bucket would not let a call through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    Exhausted(Duration),
    TooCostly { burst: u32 },
    NoRoom,
}

impl Refusal {
    /// How long until it would; `None` for never.
    pub(super) fn wait(self) -> Option<Duration> {
        match self {
            Self::Exhausted(wait) => Some(wait),
            Self::TooCostly { .. } => None,
            Self::NoRoom => Some(SWEEP),
        }
    }
}

/// The buckets of one name: `governor` does the arithmetic, one number an agent is kept here.
#[derive(Debug)]
pub(super) struct Bucket {
    name: String,
    rate: Rate,
    quota: Quota,
    full_at: HashMap<String, Nanos>,
    cap: usize,
    swept: Option<Duration>,
}

impl Bucket {
    pub(super) fn new(name: String, rate: Rate, cap: usize) -> Self {
        // `with_period` knows no zero, and `Rate` has none.
        let quota = Quota::with_period(rate.interval())
            .unwrap_or(Quota::per_hour(NonZeroU32::MIN))
            .allow_burst(rate.burst());
        Self { name, rate, quota, full_at: HashMap::new(), cap, swept: None }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Whether a call of `cost` would be let through. Forgets idle agents to make room.
    pub(super) fn ask(&mut self, agent: &str, cost: NonZeroU32, now: Duration) -> Option<Refusal> {
        if !self.full_at.contains_key(agent) && !self.has_room(now) {
            return Some(Refusal::NoRoom);
        }
        self.judge(agent, cost, now).err()
    }

    /// Charges a call that was asked about at the same moment.
    pub(super) fn charge(&mut self, agent: &str, cost: NonZeroU32, now: Duration) {
        if let Ok((_, full_at)) = self.judge(agent, cost, now) {
            self.full_at.insert(agent.to_owned(), full_at);
        }
    }

    /// What the agent has at the moment.
    pub(super) fn item(&self, agent: &str, now: Duration) -> LimitItem {
        // What is left is what one more unit would leave, and that unit.
        let remaining =
            self.judge(agent, NonZeroU32::MIN, now).map_or(0, |(left, _)| left.saturating_add(1));
        let full_at = self.full_at.get(agent).map_or(0, |at| at.as_u64());
        LimitItem {
            policy: self.name.clone(),
            quota: self.rate.burst().get().into(),
            window_s: Some(seconds_up(self.rate.window())),
            remaining: remaining.into(),
            reset_s: Some(seconds_up(Duration::from_nanos(full_at).saturating_sub(now))),
        }
    }

    /// How much the call would leave, and the agent's state after it.
    fn judge(&self, agent: &str, cost: NonZeroU32, now: Duration) -> Result<(u32, Nanos), Refusal> {
        let before = Scratch(Cell::new(self.full_at.get(agent).copied()));
        // Made at the moment zero, so that its times are those of the clock.
        let limiter: RateLimiter<_, _, _, StateInformationMiddleware> =
            RateLimiter::new(self.quota, before, Moment::default());
        limiter.clock().0.set(now);
        let left = match limiter.check_n(cost) {
            Ok(Ok(after)) => after.remaining_burst_capacity(),
            Ok(Err(not_until)) => return Err(Refusal::Exhausted(not_until.wait_time_from(now))),
            Err(_) => return Err(Refusal::TooCostly { burst: self.rate.burst().get() }),
        };
        let full_at = limiter.into_state_store().0.get().unwrap_or_default();
        Ok((left, full_at))
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.full_at.len()
    }

    fn has_room(&mut self, now: Duration) -> bool {
        if self.full_at.len() < self.cap {
            return true;
        }
        let due = self.swept.is_none_or(|swept| now.saturating_sub(swept) >= SWEEP);
        if due {
            self.swept = Some(now);
            let now = Nanos::from(now);
            self.full_at.retain(|_, full_at| *full_at > now);
        }
        self.full_at.len() < self.cap
    }
}

//! How large the buckets are.

use std::collections::BTreeMap;
use std::num::{NonZeroU32, NonZeroUsize};
use std::time::Duration;

/// The longest time in which a bucket may fill: beyond it a limit is a mistake, and the arithmetic
/// of nanoseconds gets near its end.
const LONGEST: Duration = Duration::from_secs(366 * 24 * 3600);

/// A bucket: how many units it holds, and how long one takes to come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    interval: Duration,
    burst: NonZeroU32,
}

/// A bucket that can't be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RateError {
    /// Filling it would take longer than anybody waits.
    #[error(
        "a burst of {burst} takes more than a year to come back at this rate; lower the burst or raise the rate"
    )]
    TooSlow {
        /// The burst that was asked for.
        burst: u32,
    },
}

impl Rate {
    /// `n` units a second, and at most `burst` at once.
    ///
    /// # Errors
    /// [`RateError::TooSlow`] when an empty bucket takes more than a year to fill.
    pub fn per_second(n: NonZeroU32, burst: NonZeroU32) -> Result<Self, RateError> {
        Self::new(1, n, burst)
    }

    /// `n` units a minute, and at most `burst` at once.
    ///
    /// # Errors
    /// [`RateError::TooSlow`] when an empty bucket takes more than a year to fill.
    pub fn per_minute(n: NonZeroU32, burst: NonZeroU32) -> Result<Self, RateError> {
        Self::new(60, n, burst)
    }

    /// `n` units an hour, and at most `burst` at once.
    ///
    /// # Errors
    /// [`RateError::TooSlow`] when an empty bucket takes more than a year to fill.
    pub fn per_hour(n: NonZeroU32, burst: NonZeroU32) -> Result<Self, RateError> {
        Self::new(3600, n, burst)
    }

    fn new(seconds: u64, n: NonZeroU32, burst: NonZeroU32) -> Result<Self, RateError> {
        // Rounded up, so that a rate is never exceeded, however long it runs.
        let nanos = seconds.saturating_mul(1_000_000_000).div_ceil(u64::from(n.get()));
        let interval = Duration::from_nanos(nanos);
        match interval.checked_mul(burst.get()) {
            Some(full) if full <= LONGEST => Ok(Self { interval, burst }),
            Some(_) | None => Err(RateError::TooSlow { burst: burst.get() }),
        }
    }

    /// How long one unit takes to come back; never zero.
    #[must_use]
    pub fn interval(self) -> Duration {
        self.interval
    }

    /// How many units a full bucket holds.
    #[must_use]
    pub fn burst(self) -> NonZeroU32 {
        self.burst
    }

    /// How long an empty bucket takes to fill.
    #[must_use]
    pub fn window(self) -> Duration {
        self.interval.saturating_mul(self.burst.get())
    }
}

/// The buckets of a server.
#[derive(Debug, Clone)]
pub struct LimitSettings {
    /// The bucket that each agent has for all its calls.
    pub agent: Rate,
    /// The bucket that each agent has for one tool, by the tool's name; a tool that isn't named
    /// is charged to the agent's bucket alone.
    pub tools: BTreeMap<String, Rate>,
    /// How many agents are counted at once; another is refused until one has been idle for as long as
    /// its buckets take to fill.
    pub max_agents: NonZeroUsize,
}

impl LimitSettings {
    /// One bucket an agent, none for tools, 10,000 agents.
    #[must_use]
    pub fn new(agent: Rate) -> Self {
        let max_agents = NonZeroUsize::new(10_000).unwrap_or(NonZeroUsize::MIN);
        Self { agent, tools: BTreeMap::new(), max_agents }
    }
}

//! The clock: every other module takes one, and none reads the time itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

/// The time of day, and a monotonic time since a fixed moment. Clones show the same time.
#[derive(Debug, Clone)]
pub struct Clock(Source);

#[derive(Debug, Clone)]
enum Source {
    System { origin: Instant },
    Manual { start: SystemTime, elapsed: Arc<AtomicU64> },
}

/// Moves a manual clock; see [`Clock::manual`].
#[derive(Debug, Clone)]
pub struct Hands(Arc<AtomicU64>);

impl Hands {
    /// Moves the clock on, its time of day and its monotonic time alike.
    pub fn advance(&self, by: Duration) {
        self.0.fetch_add(u64::try_from(by.as_nanos()).unwrap_or(u64::MAX), Ordering::AcqRel);
    }
}

impl Clock {
    /// The system's clocks.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the clock that others take")]
    pub fn system() -> Self {
        Self(Source::System { origin: Instant::now() })
    }

    /// A clock that stands at `start` until it is moved.
    #[must_use]
    pub fn manual(start: SystemTime) -> (Self, Hands) {
        let elapsed = Arc::new(AtomicU64::new(0));
        (Self(Source::Manual { start, elapsed: Arc::clone(&elapsed) }), Hands(elapsed))
    }

    /// The time of day. It may jump.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the clock that others take")]
    pub fn wall(&self) -> SystemTime {
        match &self.0 {
            Source::System { .. } => SystemTime::now(),
            Source::Manual { start, elapsed } => {
                start.checked_add(nanos(elapsed)).unwrap_or(*start)
            }
        }
    }

    /// The time since this clock was made. It never goes back.
    #[must_use]
    pub fn monotonic(&self) -> Duration {
        match &self.0 {
            Source::System { origin } => origin.elapsed(),
            Source::Manual { elapsed, .. } => nanos(elapsed),
        }
    }

    /// [`Clock::wall`] for modules that stand above this one.
    pub fn wall_source(&self) -> impl Fn() -> SystemTime + Send + Sync + 'static + use<> {
        let clock = self.clone();
        move || clock.wall()
    }

    /// [`Clock::monotonic`] for modules that stand above this one.
    pub fn monotonic_source(&self) -> impl Fn() -> Duration + Send + Sync + 'static + use<> {
        let clock = self.clone();
        move || clock.monotonic()
    }
}

fn nanos(elapsed: &AtomicU64) -> Duration {
    Duration::from_nanos(elapsed.load(Ordering::Acquire))
}

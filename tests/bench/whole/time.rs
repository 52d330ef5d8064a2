//! One clock for everything that is timed.

use std::sync::LazyLock;
use std::time::Duration;

use fieldgate::telemetry::Clock;

static CLOCK: LazyLock<Clock> = LazyLock::new(Clock::system);

/// The time since the benchmark began.
pub(crate) fn now() -> Duration {
    CLOCK.monotonic()
}

/// The longest wait for anything.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

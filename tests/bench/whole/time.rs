//! One clock for everything that is timed.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

#[expect(clippy::disallowed_methods, reason = "the benchmark's one clock")]
static BEGAN: LazyLock<Instant> = LazyLock::new(Instant::now);

/// The time since the benchmark began.
pub(crate) fn now() -> Duration {
    BEGAN.elapsed()
}

/// The longest wait for anything.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

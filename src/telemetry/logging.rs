//! Log lines for operators on stderr: text on a terminal, JSON elsewhere.

use std::io::{self, IsTerminal as _};

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::{SubscriberInitExt as _, TryInitError};
use tracing_subscriber::{Layer as _, fmt};

/// The variable that overrides the configured level.
pub const LEVEL_VARIABLE: &str = "FIELDGATE_LOG";

/// Why logging could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The level is none of the six words.
    #[error("unknown log level `{0}`; expected error, warn, info, debug, trace or off")]
    Level(String),
    /// Something else in the process took the log first.
    #[error("logging is set up already")]
    Taken(#[from] TryInitError),
}

/// Starts logging to stderr, at the level in `FIELDGATE_LOG`, else at `configured`, else at `info`.
///
/// The level is Fieldgate's own. Libraries never log below `warn`: their debug lines show headers
/// and bodies.
///
/// # Errors
/// When the level is unknown, or the process logs already.
pub fn init(configured: Option<&str>) -> Result<(), LogError> {
    #[expect(clippy::disallowed_methods, reason = "the one variable that telemetry reads")]
    let variable = std::env::var(LEVEL_VARIABLE).ok().filter(|level| !level.is_empty());
    let targets = targets(variable.as_deref().or(configured).unwrap_or("info"))?;
    let lines = fmt::layer().with_writer(io::stderr);
    let registry = tracing_subscriber::registry();
    if io::stderr().is_terminal() {
        registry.with(lines.with_target(false).with_filter(targets)).try_init()?;
    } else {
        let lines = lines.json().flatten_event(true).with_current_span(false).with_span_list(false);
        registry.with(lines.with_filter(targets)).try_init()?;
    }
    Ok(())
}

/// Which targets may log what.
pub(super) fn targets(level: &str) -> Result<Targets, LogError> {
    let own = match level.to_ascii_lowercase().as_str() {
        "error" => LevelFilter::ERROR,
        "warn" => LevelFilter::WARN,
        "info" => LevelFilter::INFO,
        "debug" => LevelFilter::DEBUG,
        "trace" => LevelFilter::TRACE,
        "off" => LevelFilter::OFF,
        _ => return Err(LogError::Level(level.chars().take(80).collect())),
    };
    let others = own.min(LevelFilter::WARN);
    Ok(Targets::new().with_default(others).with_target("fieldgate", own))
}

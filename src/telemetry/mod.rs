//! Tracing, metrics and the clock.

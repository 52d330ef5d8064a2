//! Tracing, metrics and the clock.
//!
//! Three things that watch and decide nothing: [`Clock`], the only place where the time is read;
//! [`logging`], what an operator reads on stderr; [`Spans`], one OpenTelemetry span a call for whoever
//! runs a collector. Spans may be lost (a full queue, a collector that is away) and the record of
//! what was decided is `audit`'s; no span or log line carries a field's value, a query or a credential.

mod attributes;
mod clock;
pub mod logging;
mod spans;
mod traceparent;

pub use clock::{Clock, Hands};
pub use spans::{
    CallEnd, CallSpan, CallStart, OtlpSettings, SpanCounts, SpanDecision, Spans, SpansError,
    UpstreamSpan, install_crypto_provider,
};
pub use traceparent::Traceparent;

#[cfg(test)]
mod tests;

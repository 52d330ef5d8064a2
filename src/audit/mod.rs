//! The audit journal: events, hash chain, writer.

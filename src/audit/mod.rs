//! The audit journal: events, hash chain, writer.
//!
//! The journal is the record of truth: an admission is on it before a request leaves for
//! Salesforce and an outcome before the agent is answered, or the call is refused. It is one
//! file of JSON lines, each at most [`LINE_CAP`] bytes, each bound to the one before:
//!
//! ```text
//! {"seq":7,"time":"2026-11-20T12:00:00.000Z","event":"denial",…,"prev":"<hash of seq 6>","hash":"<64 hex>"}
//! ```
//!
//! `hash` is the SHA-256 of the line's bytes up to, and without, the last `,"hash":"`; `prev` is
//! the `hash` of the line before (64 zeros in the first); `seq` counts from 0 without a gap; the
//! first event is a `genesis`. That is all that a verifier has to know:
//!
//! ```python
//! import hashlib, json, sys
//! prev, seq = "0" * 64, 0
//! for raw in open(sys.argv[1], "rb"):
//!     body, _, tail = raw.rpartition(b',"hash":"')
//!     line, head = json.loads(raw), hashlib.sha256(body).hexdigest()
//!     assert tail == head.encode() + b'"}\n', f"line {seq + 1} was altered"
//!     assert (line["seq"], line["prev"]) == (seq, prev), f"line {seq + 1} does not follow"
//!     prev, seq = head, seq + 1
//! print("ok:", seq, "events, head", prev)
//! ```
//!
//! Events of a call have its `id`. What must be known before a call can be decided on is looked up
//! by a call of its own, whose events bear the other's id as `for`.
//!
//! What the chain can't show: lines missing from the end (compare the head with one that was
//! kept elsewhere), and a rewrite of the whole file by somebody who owns it.
//!
//! Nothing here can hold a field's value, a credential or a query's literals: an event is made of
//! names, counts, codes and [`Digest`]s. What an event means to a policy or to MCP is for the
//! gate to say; where spans go is `telemetry`'s affair.

mod chain;
mod digest;
mod entry;
mod event;
mod journal;
mod line;
mod open;
mod storage;
mod text;
mod verify;
mod writer;

pub use digest::{Digest, DigestKey, KeyError};
pub use entry::Entry;
pub use event::{
    AccessGroup, Admission, Asked, Call, CallId, Circumstances, Decision, Event, Outcome,
    OutcomeResult, Shadow, ShadowAccess,
};
pub use journal::{Health, Journal, JournalError, JournalSettings, Mode, Receipt};
pub use line::LINE_CAP;
pub use open::{OpenError, Start};
pub use verify::{Break, Summary, VerifyError, verify};

#[cfg(test)]
mod tests;

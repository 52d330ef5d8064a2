//! Bulk jobs beyond the calls that make them: what an agent is told of its job, and the files that
//! it sends and fetches at addresses of their own.
//!
//! A file goes through the same gate as a call: its right to come is sealed, what it writes is
//! resolved and judged anew, it is charged, recorded, and only then does anything leave.

mod download;
mod problem;
mod told;
mod upload;

pub(super) use told::Told;

use super::call::{Record, outcome};
use super::gate::{Gate, unrecorded};
use super::rejection::Rejection;
use super::transport::TransferHead;
use crate::audit::{Admission, Entry, Event, Outcome, OutcomeResult};
use crate::policy::Agent;
use crate::redact::Pruned;
use crate::seal::{Binding, Payload, Purpose};
use http::{HeaderValue, StatusCode};
use problem::Problem;
use std::time::Duration;

/// Where files are sent.
pub(super) const UPLOADS: &str = "/bulk/upload/";
/// Where results are fetched.
pub(super) const RESULTS: &str = "/bulk/results/";

/// An admitted transfer that is in the journal.
struct Begun {
    entry: Entry,
    at: Duration,
}

/// How it ended, for the journal.
#[derive(Default)]
struct Ending {
    status: Option<u16>,
    rows: u64,
    bytes: u64,
    pruned: u64,
}

impl Gate {
    /// Opens a file's token for the agent that it was given to.
    fn opened(
        &self,
        purpose: Purpose,
        agent: &Agent,
        record: &Record,
        token: &str,
    ) -> Result<Payload, Problem> {
        let server = record.call.server.as_deref().unwrap_or_default();
        let binding = Binding { agent: agent.id(), server };
        self.sealer.open(purpose, &binding, self.now(), token).map_err(Problem::Token)
    }

    /// Uses the token up.
    fn used(&self, payload: &Payload) -> Result<(), Problem> {
        self.one_use.claim(payload.id, payload.expires_at, self.now()).map_err(Problem::Claim)
    }

    /// Records a transfer that nothing is sent for, before its caller hears of it.
    async fn refused(&self, record: &mut Record, problem: Problem) -> Problem {
        if let Problem::Rejection(rejection) = problem {
            return Problem::Rejection(self.refuse(record, rejection).await);
        }
        let code = problem.code();
        record.decided("rejected", Some(code), 0);
        let (call, reason) = (record.call.clone(), code.to_owned());
        match self.journal.append(&Event::Rejected { call, reason }).await {
            Ok(_) => problem,
            Err(error) => Problem::Rejection(unrecorded(&error)),
        }
    }

    /// Records the admission, before anything leaves.
    async fn begun(&self, record: &mut Record) -> Result<Begun, Problem> {
        record.decided("allow", None, 0);
        let decision = record.decision.take().unwrap_or_default();
        let admission = Admission { call: record.call.clone(), decision };
        let entry = self.journal.admit(&admission).await;
        let entry = entry.map_err(|error| Problem::Rejection(unrecorded(&error)))?;
        Ok(Begun { entry, at: self.clock.monotonic() })
    }

    /// Records the outcome, before the caller hears of it.
    async fn ended(
        &self,
        begun: Begun,
        result: Result<(), &Problem>,
        ending: &Ending,
    ) -> Result<(), Problem> {
        let took = self.clock.monotonic().saturating_sub(begun.at);
        let took_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let bytes = Some(ending.bytes);
        let outcome = match result {
            Ok(()) => {
                let (rows, dropped) = (ending.rows, ending.pruned);
                let pruned = Pruned { rows, dropped, ..Pruned::default() };
                outcome(Ok(&pruned), ending.status, bytes, took_us)
            }
            Err(Problem::Rejection(rejection)) => {
                outcome(Err(rejection), ending.status, bytes, took_us)
            }
            Err(problem) => Outcome {
                reason: Some(problem.code().to_owned()),
                rows: Some(ending.rows),
                bytes,
                duration_us: Some(took_us),
                ..Outcome::new(OutcomeResult::Fault)
            },
        };
        begun.entry.close(&outcome).await.map(drop).map_err(|error| {
            tracing::error!(%error, "a file was carried and its outcome is not recorded");
            Problem::Rejection(Rejection::OutcomeUnrecorded)
        })
    }
}

/// The head of a JSON answer.
fn json_head(status: StatusCode) -> TransferHead {
    let content_type = HeaderValue::from_static("application/json");
    TransferHead { status, content_type, headers: Vec::new() }
}

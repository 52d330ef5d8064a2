//! A file of records from an agent to Salesforce, in bounded memory.
//!
//! Its header is read and decided on, and its first row read, before Salesforce gets a byte. A later
//! row that is wrong breaks the file off, so that Salesforce never takes a part of it for the whole,
//! and the job is aborted.

use http::StatusCode;
use serde_json::json;

use super::problem::Problem;
use super::{Ending, json_head};
use crate::limits::Admitted;
use crate::policy::Agent;
use crate::proxy::call::Record;
use crate::proxy::carry::prune;
use crate::proxy::gate::Gate;
use crate::proxy::rejection::Rejection;
use crate::proxy::transport::{Transfer, TransferBody};
use crate::salesforce::Operation;
use crate::salesforce::bulk::{
    BulkOperation, Ingest, IngestFile, Job, MOST_FILE_BYTES, Upload, Work,
};
use crate::seal::{Binding, Purpose};
use crate::telemetry::CallEnd;
use crate::tools::Tool;
use crate::upstream::{FileSender, UpstreamError, file};

/// A file whose header was decided on, and that has a row.
struct Ready {
    job: Job,
    admitted: Admitted,
    reading: Reading,
}

/// A file as far as it was read.
struct Reading {
    /// `None` once the body has ended.
    file: Option<IngestFile>,
    /// What is to be sent of it.
    printed: Vec<u8>,
    rows: u64,
    /// Bytes of the body.
    taken: u64,
}

/// Why a file was not passed on to its end.
enum Broke {
    /// It is wrong.
    Problem(Problem),
    /// Salesforce has answered already.
    Gone,
}

impl Gate {
    /// Takes one file through the gate, and answers.
    pub(in crate::proxy) async fn upload(
        &self,
        agent: &Agent,
        tool: &Tool,
        mut record: Record,
        token: &str,
        transfer: Transfer,
    ) {
        let refused = checked(&transfer);
        let Transfer { mut body, reply, .. } = transfer;
        let ready = match refused {
            Some(problem) => Err(problem),
            None => Box::pin(self.ready(agent, tool, &mut record, token, &mut body)).await,
        };
        let result = match ready {
            Ok(ready) => Box::pin(self.sent(agent, &mut record, ready, body)).await,
            Err(problem) => Err(self.refused(&mut record, problem).await),
        };
        let error = result.as_ref().err().map(Problem::code);
        record.span.finish(&CallEnd { error_type: error, rpc_code: None });
        match result {
            Ok(told) => reply.whole(json_head(StatusCode::OK), told),
            Err(problem) => {
                let (head, told) = problem.answer();
                reply.whole(head, told);
            }
        }
    }

    /// Token → header → operation → permitted → admitted. Nothing leaves, and nothing is recorded.
    async fn ready(
        &self,
        agent: &Agent,
        tool: &Tool,
        record: &mut Record,
        token: &str,
        body: &mut TransferBody,
    ) -> Result<Ready, Problem> {
        let payload = self.opened(Purpose::Upload, agent, record, token)?;
        let invalid = || Problem::Token(crate::seal::SealError::Invalid(Purpose::Upload));
        let Upload { job, dialect, max_rows } =
            Upload::parse(&payload.bytes).ok_or_else(invalid)?;
        let Work::Ingest(ingest) = job.work.clone() else { return Err(invalid()) };
        // Declared in describe's spelling when the job was made.
        let standing = self.standing();
        let object = standing.schema.object(&ingest.object);
        let prefix = object.and_then(|object| object.key_prefix.clone());
        let file = IngestFile::new(&ingest, prefix.as_deref(), dialect, max_rows);
        let mut reading = Reading { file: Some(file), printed: Vec::new(), rows: 0, taken: 0 };
        while !reading.has_row() {
            reading.step(body).await?;
        }
        let (id, fields) = (job.id.clone(), &mut None);
        let operation = BulkOperation::Upload { job: id, ingest: Ingest::clone(&ingest), max_rows };
        let admitted =
            self.admit(agent, tool, &standing, Operation::Bulk(operation), record, fields);
        let (admitted, _) = admitted.map_err(Problem::Rejection)?;
        // A file that was wrong so far may be mended and sent again; this one leaves.
        self.used(&payload)?;
        Ok(Ready { job, admitted, reading })
    }

    /// Recorded → sent → recorded.
    async fn sent(
        &self,
        agent: &Agent,
        record: &mut Record,
        ready: Ready,
        mut body: TransferBody,
    ) -> Result<String, Problem> {
        let Ready { job, admitted, mut reading } = ready;
        let begun = self.begun(record).await?;
        let (host, port) = self.upstream.address();
        let span = record.span.upstream(admitted.request().method.name(), host, port);
        let (sender, outgoing) = file();
        let (passed, sent) = tokio::join!(
            reading.pass_on(&mut body, sender),
            self.upstream.send_file(admitted, outgoing),
        );
        let status = sent.as_ref().ok().map(|answer| answer.status);
        span.finish(status, sent.as_ref().err().map(UpstreamError::reason));
        let result = match (passed, sent) {
            // The job was aborted.
            (Err(Broke::Problem(problem)), _) => Err(problem),
            (Ok(()) | Err(Broke::Gone), Ok(answer)) => {
                prune(&answer, &self.masks, self.max_answer_text).map_err(Problem::Rejection)
            }
            (Ok(()) | Err(Broke::Gone), Err(error)) => {
                Err(Problem::Rejection(Rejection::Upstream { error, writes: true }))
            }
        };
        let (rows, bytes) = (reading.rows, reading.taken);
        let ending = Ending { status, rows, bytes, pruned: 0 };
        self.ended(begun, result.as_ref().map(drop), &ending).await?;
        let pruned = result?;
        let server = record.call.server.as_deref().unwrap_or_default();
        let id = self.sealed_job(&job, &Binding { agent: agent.id(), server });
        let state: serde_json::Value = serde_json::from_str(&pruned.json).unwrap_or_default();
        let state = state.get("state").cloned().unwrap_or_default();
        Ok(json!({ "id": id, "state": state, "rows": rows }).to_string())
    }
}

/// What can be refused before anything of the body is read.
fn checked(transfer: &Transfer) -> Option<Problem> {
    if transfer.query {
        return Some(Problem::Query);
    }
    if !transfer.content_type.as_deref().is_some_and(is_csv) {
        return Some(Problem::MediaType);
    }
    if transfer.encoded {
        return Some(Problem::Encoded);
    }
    transfer.length.filter(|length| *length > MOST_FILE_BYTES).map(|_| Problem::TooLarge)
}

/// `text/csv`, in UTF-8 if it says anything about that.
fn is_csv(content_type: &str) -> bool {
    let mut parts = content_type.split(';').map(str::trim);
    let csv = parts.next().is_some_and(|essence| essence.eq_ignore_ascii_case("text/csv"));
    csv && parts.all(|parameter| {
        parameter.split_once('=').is_some_and(|(name, value)| match name.trim() {
            name if name.eq_ignore_ascii_case("charset") => {
                value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
            }
            // RFC 4180: there is a header, and no other parameter.
            name => {
                name.eq_ignore_ascii_case("header") && value.trim().eq_ignore_ascii_case("present")
            }
        })
    })
}

impl Reading {
    /// A file without rows fails where it ends.
    fn has_row(&self) -> bool {
        self.rows > 0
    }

    /// Reads the next piece of the body.
    async fn step(&mut self, body: &mut TransferBody) -> Result<(), Problem> {
        let Some(file) = &mut self.file else { return Ok(()) };
        if let Some(chunk) = body.chunk().await.map_err(Problem::Body)? {
            let bytes = u64::try_from(chunk.len()).unwrap_or(u64::MAX);
            self.taken = self.taken.saturating_add(bytes);
            // Quotes that are not printed count too.
            if self.taken > MOST_FILE_BYTES.saturating_mul(2) {
                return Err(Problem::TooLarge);
            }
            file.feed(&chunk, &mut self.printed).map_err(Problem::File)?;
            self.rows = file.rows();
            return Ok(());
        }
        if let Some(file) = self.file.take() {
            self.rows = file.finish(&mut self.printed).map_err(Problem::File)?;
        }
        Ok(())
    }

    /// Reads the file to its end and passes on what is to be sent, as fast as Salesforce takes it.
    /// Where it fails, `to` is dropped without an end.
    async fn pass_on(&mut self, body: &mut TransferBody, to: FileSender) -> Result<(), Broke> {
        loop {
            if !self.printed.is_empty() {
                let piece = std::mem::take(&mut self.printed).into();
                to.send(piece).await.map_err(|_answered| Broke::Gone)?;
            }
            if self.file.is_none() {
                return to.finish().await.map_err(|_answered| Broke::Gone);
            }
            self.step(body).await.map_err(Broke::Problem)?;
        }
    }
}

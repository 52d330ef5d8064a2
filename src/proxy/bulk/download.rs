//! The results of a bulk job from Salesforce to an agent, pruned, in bounded memory.

use bytes::Bytes;
use http::header::CONTENT_DISPOSITION;
use http::{HeaderValue, StatusCode};

use super::Ending;
use super::problem::Problem;
use crate::csv::{Dialect, Printer};
use crate::limits::Admitted;
use crate::policy::Agent;
use crate::proxy::call::Record;
use crate::proxy::carry::prune;
use crate::proxy::gate::Gate;
use crate::proxy::rejection::Rejection;
use crate::proxy::transport::{Transfer, TransferHead, TransferReply, TransferSender};
use crate::redact::{Masks, Table, TableError};
use crate::salesforce::Operation;
use crate::salesforce::bulk::{BulkOperation, Download};
use crate::seal::{Purpose, SealError};
use crate::telemetry::CallEnd;
use crate::tools::Tool;
use crate::upstream::{Results, UpstreamError};

/// An answer on its way: nothing is said before the results' header was accepted.
struct Outgoing {
    reply: Option<TransferReply>,
    sender: Option<TransferSender>,
    bytes: u64,
}

impl Gate {
    /// Takes one fetching of results through the gate, and answers.
    pub(in crate::proxy) async fn download(
        &self,
        agent: &Agent,
        tool: &Tool,
        mut record: Record,
        token: &str,
        transfer: Transfer,
    ) {
        let Transfer { reply, query, .. } = transfer;
        let mut out = Outgoing { reply: Some(reply), sender: None, bytes: 0 };
        let permitted = match query {
            true => Err(Problem::Query),
            false => self.may_fetch(agent, tool, &mut record, token),
        };
        let result = match permitted {
            Ok(admitted) => Box::pin(self.fetched(&mut record, admitted, &mut out)).await,
            Err(problem) => Err(self.refused(&mut record, problem).await),
        };
        let error = result.as_ref().err().map(Problem::code);
        record.span.finish(&CallEnd { error_type: error, rpc_code: None });
        match result {
            Ok(()) => out.finish().await,
            // An answer that has begun breaks off, so that its reader can tell.
            Err(problem) => {
                if let Some(reply) = out.reply.take() {
                    let (head, told) = problem.answer();
                    reply.whole(head, told);
                }
            }
        }
    }

    /// Token → operation → permitted → admitted.
    fn may_fetch(
        &self,
        agent: &Agent,
        tool: &Tool,
        record: &mut Record,
        token: &str,
    ) -> Result<Admitted, Problem> {
        let payload = self.opened(Purpose::Download, agent, record, token)?;
        let invalid = Problem::Token(SealError::Invalid(Purpose::Download));
        let Download { job, which } = Download::parse(&payload.bytes).ok_or(invalid)?;
        let results = BulkOperation::results(job, which, None, None).map_err(Problem::Step)?;
        let standing = self.standing();
        let operation = Operation::Bulk(results);
        let admitted = self.admit(agent, tool, &standing, operation, record, &mut None);
        let (admitted, _) = admitted.map_err(Problem::Rejection)?;
        self.used(&payload)?;
        Ok(admitted)
    }

    /// Recorded → received and passed on → recorded.
    async fn fetched(
        &self,
        record: &mut Record,
        admitted: Admitted,
        out: &mut Outgoing,
    ) -> Result<(), Problem> {
        let begun = self.begun(record).await?;
        let (host, port) = self.upstream.address();
        let span = record.span.upstream(admitted.request().method.name(), host, port);
        let failed = |error| Problem::Rejection(Rejection::Upstream { error, writes: false });
        let mut ending = Ending::default();
        let received = self.upstream.receive(admitted).await;
        let status = match &received {
            Ok(Ok(_)) => Some(200),
            Ok(Err(answer)) => Some(answer.status),
            Err(_) => None,
        };
        ending.status = status;
        span.finish(status, received.as_ref().err().map(UpstreamError::reason));
        let result = match received {
            Err(error) => Err(failed(error)),
            Ok(Err(answer)) => match prune(&answer, &self.masks, self.max_answer_text) {
                Err(rejection) => Err(Problem::Rejection(rejection)),
                Ok(_) => Err(Problem::Results),
            },
            Ok(Ok(results)) => passed_on(results, &self.masks, out, &mut ending).await,
        };
        ending.bytes = out.bytes;
        self.ended(begun, result.as_ref().copied(), &ending).await?;
        result
    }
}

/// All pages, of which only the permitted columns go on.
async fn passed_on(
    mut results: Results<'_>,
    masks: &Masks,
    out: &mut Outgoing,
    ending: &mut Ending,
) -> Result<(), Problem> {
    let failed = |error| Problem::Rejection(Rejection::Upstream { error, writes: false });
    let mut table = {
        let permitted = results.admitted().permitted();
        let resolved = permitted.resolved();
        let visible = |action, target: &_| permitted.visible(action, target);
        let Operation::Bulk(operation) = resolved.operation() else {
            return Err(Problem::Results);
        };
        Table::of(operation, resolved.footprint(), &visible, &masks.under(permitted.labels()))
            .ok_or(Problem::Results)?
    };
    let mut printer = Printer::new(Dialect::default());
    let mut printed = Vec::new();
    loop {
        let chunk = results.chunk().await.map_err(failed)?;
        let mut print = |row: &[&str]| printer.print(row.iter().copied(), &mut printed);
        let read = match &chunk {
            Some(chunk) => table.feed(chunk, &mut print),
            None => table.end_page(&mut print),
        };
        read.map_err(|error| match error {
            TableError::Unlike | TableError::Sink(_) => Problem::Results,
        })?;
        ending.rows = table.rows();
        ending.pruned = table.dropped();
        if !printed.is_empty() {
            out.send(std::mem::take(&mut printed).into()).await?;
        }
        if chunk.is_none() && !results.next_page().await.map_err(failed)? {
            return Ok(());
        }
    }
}

impl Outgoing {
    async fn send(&mut self, piece: Bytes) -> Result<(), Problem> {
        self.begin();
        let bytes = u64::try_from(piece.len()).unwrap_or(u64::MAX);
        self.bytes = self.bytes.saturating_add(bytes);
        match &self.sender {
            Some(sender) if sender.send(piece).await => Ok(()),
            Some(_) | None => Err(Problem::ClientGone),
        }
    }

    fn begin(&mut self) {
        let Some(reply) = self.reply.take() else { return };
        let attachment = HeaderValue::from_static("attachment; filename=\"results.csv\"");
        self.sender = Some(reply.begin(TransferHead {
            status: StatusCode::OK,
            content_type: HeaderValue::from_static("text/csv; charset=utf-8"),
            headers: vec![(CONTENT_DISPOSITION, attachment)],
        }));
    }

    /// The end, said only when the outcome is recorded.
    async fn finish(mut self) {
        self.begin();
        if let Some(sender) = self.sender.take() {
            sender.finish().await;
        }
    }
}

//! What an agent is told of a bulk job besides Salesforce's answer: sealed tokens and addresses.

use jiff::Timestamp;
use serde_json::Value;

use super::{RESULTS, UPLOADS};
use crate::proxy::gate::Gate;
use crate::redact::Pruned;
use crate::salesforce::bulk::{
    BulkOperation, Download, Job, MOST_GRANT_BYTES, PageCursor, Rows, Upload, Work,
};
use crate::salesforce::{Operation, RecordId};
use crate::seal::{Binding, Purpose};
use crate::upstream::Answer;

/// How long an agent may name its job: Salesforce forgets jobs after seven days.
const JOB_SECONDS: u64 = 7 * 24 * 3600;

/// How long a file may be sent or fetched.
const FILE_SECONDS: u64 = 3600;

/// Members of the answer, and a sentence behind it.
#[derive(Debug)]
pub(in crate::proxy) struct Told {
    /// Names and values.
    pub(in crate::proxy) members: Vec<(&'static str, Value)>,
    /// What to do next.
    pub(in crate::proxy) note: Option<String>,
}

impl Gate {
    /// What is told of a job; `None` where the operation was about none.
    pub(in crate::proxy) fn told(
        &self,
        answer: &Answer,
        pruned: &Pruned,
        binding: &Binding<'_>,
    ) -> Option<Told> {
        let sent = answer.admitted.permitted().resolved().operation();
        let Operation::Bulk(operation) = sent else { return None };
        match operation {
            BulkOperation::CreateIngest { ingest, rows } => {
                let work = Work::Ingest(ingest.clone());
                Some(self.told_of_new(pruned, work, Some(rows), binding))
            }
            BulkOperation::CreateQuery(query) => {
                Some(self.told_of_new(pruned, Work::Query(query.clone()), None, binding))
            }
            BulkOperation::IngestResults { job, ingest, which, .. } => {
                let job = Job { id: job.clone(), work: Work::Ingest(ingest.clone()) };
                let download = Download { job, which: Some(*which) };
                Some(self.told_of_results(&download, answer, pruned, binding))
            }
            BulkOperation::QueryResults { job, query, .. } => {
                let job = Job { id: job.clone(), work: Work::Query(query.clone()) };
                let download = Download { job, which: None };
                Some(self.told_of_results(&download, answer, pruned, binding))
            }
            BulkOperation::Upload { .. }
            | BulkOperation::GetJob(_)
            | BulkOperation::AbortJob(_) => None,
        }
    }

    fn sealed(
        &self,
        purpose: Purpose,
        binding: &Binding<'_>,
        seconds: u64,
        payload: &[u8],
    ) -> Option<(String, u64)> {
        let expires = self.now().saturating_add(seconds);
        let sealed = self.sealer.seal(purpose, binding, expires, payload);
        let token = sealed.inspect_err(|error| tracing::error!(%error, "a token was not made"));
        token.ok().map(|token| (token, expires))
    }

    /// A job's name for its agent.
    pub(super) fn sealed_job(&self, job: &Job, binding: &Binding<'_>) -> Option<String> {
        self.sealed(Purpose::Job, binding, JOB_SECONDS, &job.print()).map(|(token, _)| token)
    }

    fn told_of_new(
        &self,
        pruned: &Pruned,
        work: Work,
        rows: Option<&Rows>,
        binding: &Binding<'_>,
    ) -> Told {
        let mut told = Told { members: Vec::new(), note: None };
        let Some(id) = pruned.job.clone() else { return told };
        let job = Job { id, work };
        let token = self.sealed_job(&job, binding);
        told.members.extend(token.map(|token| ("id", Value::from(token))));
        let Some(Rows::Later { dialect, max_rows }) = rows else { return told };
        let max_rows = max_rows.unwrap_or(self.bulk_rows);
        let upload = Upload { job, dialect: *dialect, max_rows }.print();
        if let Some((token, expires)) = self.sealed(Purpose::Upload, binding, FILE_SECONDS, &upload)
        {
            let url = format!("{}{UPLOADS}{token}", self.public_url);
            told.members.push(("uploadUrl", Value::from(url)));
            told.members.push(("expiresAt", Value::from(time(expires))));
            told.note = Some(
                "Note: send the file once with PUT to the `uploadUrl`, with your own bearer token, \
                 `Content-Type: text/csv`, UTF-8, not compressed, its header naming the same \
                 columns."
                    .to_owned(),
            );
        }
        told
    }

    fn told_of_results(
        &self,
        download: &Download,
        answer: &Answer,
        pruned: &Pruned,
        binding: &Binding<'_>,
    ) -> Told {
        let mut told = Told { members: Vec::new(), note: None };
        // A cursor leads behind the whole page, also behind what of it is not shown.
        let whole = pruned.cut == 0;
        if let Some(cursor) =
            self.results_cursor(&download.job.id, answer, binding).filter(|_| whole)
        {
            told.members.push(("nextCursor", Value::from(cursor)));
        }
        let payload = download.print();
        let fits = payload.len() <= MOST_GRANT_BYTES;
        let sealed = self.sealed(Purpose::Download, binding, FILE_SECONDS, &payload);
        if let Some((token, expires)) = sealed.filter(|_| fits) {
            let url = format!("{}{RESULTS}{token}", self.public_url);
            told.members.push(("downloadUrl", Value::from(url)));
            told.members.push(("expiresAt", Value::from(time(expires))));
        }
        if !whole {
            told.note = Some(
                "Note: the rows are longer than an answer may be here, so the last are left out: ask \
                 for fewer with `maxRecords`, or fetch all rows once as CSV with GET from the \
                 `downloadUrl`, with your own bearer token."
                    .to_owned(),
            );
        } else if pruned.more || answer.next_results.is_some() {
            told.note = Some(
                "Note: there are more rows. Pass the `nextCursor` where there is one, or fetch all \
                 rows once as CSV with GET from the `downloadUrl`, with your own bearer token."
                    .to_owned(),
            );
        }
        told
    }

    fn results_cursor(
        &self,
        job: &RecordId,
        answer: &Answer,
        binding: &Binding<'_>,
    ) -> Option<String> {
        let page = answer.next_results.clone()?;
        let payload = PageCursor { job: job.clone(), page }.print();
        self.sealed(Purpose::Cursor, binding, FILE_SECONDS, &payload).map(|(token, _)| token)
    }
}

/// For example `2026-11-21T12:00:00Z`.
fn time(seconds: u64) -> String {
    let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
    Timestamp::from_second(seconds).map(|time| time.to_string()).unwrap_or_default()
}

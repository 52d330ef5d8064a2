//! Bulk API 2.0: jobs that write the rows of a CSV file, and jobs that run a query.
//!
//! Nothing runs by itself: each look at a job that is under way takes it one state further. A
//! file is read as it arrives. Of its rows 50,000, or 16 MiB, are kept; those beyond are counted
//! and fail with the job, without a line in its results.
//!
//! Shapes: Bulk API 2.0 and Bulk API Developer Guide.

mod columns;
mod csv;
mod ingest;
mod multipart;
mod query;
mod upload;

use super::answer::{Answer, Refusal, cut};
use super::json::{Json, object};
use super::records::Writer;
use super::rest::{Org, Request, json_body, only};
use super::store::new_id;
use crate::salesforce::RecordId;
use ingest::{Ingest, Order, Results};
use query::QueryJob;
pub(super) use upload::Upload;

/// Most jobs that are kept; a new one takes the room of the oldest that is done.
const MOST_JOBS: usize = 200;
/// Most bytes of rows that are kept for all jobs.
const MOST_BYTES: usize = 64 << 20;
/// Most characters of the file in a multipart body.
const MOST_CONTENT: usize = 100_000;
/// Rows that count as one batch against the daily limit.
const BATCH: u64 = 10_000;

/// The states of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Open,
    UploadComplete,
    InProgress,
    JobComplete,
    Failed,
    Aborted,
}

impl State {
    fn name(self) -> &'static str {
        match self {
            Self::Open => "Open",
            Self::UploadComplete => "UploadComplete",
            Self::InProgress => "InProgress",
            Self::JobComplete => "JobComplete",
            Self::Failed => "Failed",
            Self::Aborted => "Aborted",
        }
    }

    /// Whether nothing will happen to the job any more.
    fn ended(self) -> bool {
        match self {
            Self::Open | Self::UploadComplete | Self::InProgress => false,
            Self::JobComplete | Self::Failed | Self::Aborted => true,
        }
    }
}

/// The jobs.
#[derive(Debug, Default)]
pub(super) struct Jobs {
    made: usize,
    ingest: Vec<Ingest>,
    query: Vec<QueryJob>,
    /// Batches of rows that were worked on.
    pub(super) batches: u64,
    /// Query jobs that were made.
    pub(super) queries: u64,
}

impl Jobs {
    fn new_id(&mut self) -> Result<RecordId, Refusal> {
        let id = new_id("750", self.made).ok_or_else(Refusal::not_found)?;
        self.made = self.made.saturating_add(1);
        Ok(id)
    }

    fn job(&mut self, id: &str) -> Result<&mut Ingest, Refusal> {
        let id = RecordId::parse(id).map_err(|_not_an_id| not_found())?;
        self.ingest.iter_mut().find(|job| job.id == id).ok_or_else(not_found)
    }

    /// Bytes that can still be kept of rows: what is not taken, nor promised to an upload.
    fn room(&self) -> usize {
        let taken = |job: &Ingest| match &job.spool {
            Some(spool) => spool.bytes(),
            None if job.uploading => upload::MOST_BYTES,
            None => 0,
        };
        MOST_BYTES.saturating_sub(self.ingest.iter().map(taken).sum())
    }

    fn add(&mut self, job: Ingest) -> Result<&mut Ingest, Refusal> {
        if self.ingest.len() >= MOST_JOBS {
            let oldest = self.ingest.iter().position(|job| job.state.ended());
            let message = "ExceededQuota : too many open jobs";
            self.ingest.remove(oldest.ok_or_else(|| Refusal::new(400, "EXCEEDEDQUOTA", message))?);
        }
        self.ingest.push(job);
        self.ingest.last_mut().ok_or_else(not_found)
    }
}

/// The job that a request uploads to, if it does that.
pub(super) fn upload_to(request: &Request) -> Option<&str> {
    let mut segments = request.path.strip_prefix("/services/data/")?.split('/');
    let (_version, rest) = (segments.next()?, segments.collect::<Vec<_>>());
    match rest.as_slice() {
        ["jobs", "ingest", id, "batches"] if request.method == "PUT" => Some(id),
        _elsewhere => None,
    }
}

impl Org {
    /// Answers what comes below `jobs`.
    pub(super) fn bulk(
        &mut self,
        request: &Request,
        version: &str,
        rest: &[&str],
    ) -> Result<Answer, Refusal> {
        match rest {
            ["query", rest @ ..] => self.bulk_query(request, version, rest),
            ["ingest"] => match request.method.as_str() {
                "GET" => {
                    let jobs = self.jobs.ingest.iter().map(|job| job.json(false)).collect();
                    Ok(Answer::ok(list(jobs)))
                }
                "POST" => self.make_ingest(request, version),
                method => Err(Refusal::method(method, "GET, POST")),
            },
            ["ingest", id] => self.ingest_job(request, id),
            ["ingest", id, "batches"] => {
                self.jobs.job(id)?;
                Err(Refusal::method(&request.method, "PUT"))
            }
            ["ingest", id, results] => {
                let which = match results.to_ascii_lowercase().as_str() {
                    "successfulresults" => Results::Successful,
                    "failedresults" => Results::Failed,
                    "unprocessedrecords" => Results::Unprocessed,
                    _other => return Err(Refusal::not_found()),
                };
                only(request, "GET")?;
                let job = self.jobs.job(id)?;
                if !job.state.ended() {
                    return Err(invalid_state("results are there when the job has ended"));
                }
                Ok(Answer::csv(job.results(which)))
            }
            _elsewhere => Err(Refusal::not_found()),
        }
    }

    fn make_ingest(&mut self, request: &Request, version: &str) -> Result<Answer, Refusal> {
        let kind = request.header("content-type").unwrap_or_default();
        let body = String::from_utf8_lossy(&request.body);
        let boundary = multipart::boundary(kind);
        let (order, content) = match boundary {
            None => {
                json_body(request)?;
                (body.as_ref(), None)
            }
            Some(boundary) => {
                let part = |name| {
                    let missing = || invalid(format!("InvalidJob : the part {name} is missing"));
                    multipart::part(&body, boundary, name).ok_or_else(missing)
                };
                (part("job")?, Some(part("content")?))
            }
        };
        if content.is_some_and(|content| content.chars().count() > MOST_CONTENT) {
            let message = format!("InvalidJob : content has more than {MOST_CONTENT} characters");
            return Err(invalid(message));
        }
        let order: Order = read(order.as_bytes())?;
        let id = self.jobs.new_id()?;
        let writer = Writer { user: &self.user, now: self.now };
        let job = Ingest::new(&self.store, order, id, version, writer)?;
        let room = self.jobs.room();
        let job = self.jobs.add(job)?;
        if let Some(content) = content {
            let mut upload = Upload::new(job.dialect, room);
            upload.feed(content.as_bytes());
            job.spool = Some(upload.end());
            job.state = State::UploadComplete;
        }
        Ok(Answer::ok(job.json(false)))
    }

    fn ingest_job(&mut self, request: &Request, id: &str) -> Result<Answer, Refusal> {
        let method = request.method();
        match method.as_str() {
            "GET" => {
                self.advance(id)?;
                Ok(Answer::ok(self.jobs.job(id)?.json(true)))
            }
            "PATCH" => {
                json_body(request)?;
                let change: Change = read(&request.body)?;
                let job = self.jobs.job(id)?;
                let next = match (change.state.as_str(), job.state) {
                    ("UploadComplete", State::Open) if !job.uploading => State::UploadComplete,
                    ("Aborted", state) if !state.ended() => State::Aborted,
                    (other, state) => {
                        let (from, to) = (state.name(), cut(other));
                        return Err(invalid_state(&format!("a job that is {from} can't be {to}")));
                    }
                };
                job.state = next;
                Ok(Answer::ok(job.json(false)))
            }
            "DELETE" => {
                let job = self.jobs.job(id)?;
                if matches!(job.state, State::Open | State::InProgress) {
                    return Err(invalid_state("a job that is open or under way can't be deleted"));
                }
                let id = job.id.clone();
                self.jobs.ingest.retain(|job| job.id != id);
                Ok(Answer::no_content())
            }
            method => Err(Refusal::method(method, "DELETE, GET, PATCH")),
        }
    }

    /// Takes a job one state further.
    fn advance(&mut self, id: &str) -> Result<(), Refusal> {
        let writer = Writer { user: &self.user, now: self.now };
        let job = self.jobs.job(id)?;
        match job.state {
            State::UploadComplete => job.state = State::InProgress,
            State::InProgress => {
                job.run(&mut self.store, writer);
                let batches = job.processed().div_ceil(BATCH);
                self.jobs.batches = self.jobs.batches.saturating_add(batches);
            }
            State::Open | State::JobComplete | State::Failed | State::Aborted => {}
        }
        Ok(())
    }

    /// Begins to take a file, where the request may upload one.
    pub(super) fn begin_upload(&mut self, request: &Request, id: &str) -> Result<Upload, Refusal> {
        self.admit(request)?;
        let kind = request.header("content-type").unwrap_or_default();
        if !kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("text/csv"))
        {
            let message = format!("Content-Type must be text/csv: {}", cut(kind));
            return Err(Refusal::new(415, "UNSUPPORTED_MEDIA_TYPE", message));
        }
        let room = self.jobs.room();
        let job = self.jobs.job(id)?;
        if job.state != State::Open || job.uploading || job.spool.is_some() {
            return Err(invalid_state("a file is uploaded once, while the job is open"));
        }
        job.uploading = true;
        Ok(Upload::new(job.dialect, room))
    }

    /// Ends what [`Self::begin_upload`] began; without a file, or if the job was aborted meanwhile,
    /// as if nothing had come.
    pub(super) fn end_upload(&mut self, id: &str, upload: Option<Upload>) {
        if let Ok(job) = self.jobs.job(id) {
            job.uploading = false;
            job.spool = upload.filter(|_| job.state == State::Open).map(Upload::end);
        }
    }
}

/// A change of a job's state.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    state: String,
}

fn read<'a, T: serde::Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, Refusal> {
    serde_json::from_slice(bytes).map_err(|error| {
        let reason: String = error.to_string().chars().take(300).collect();
        Refusal::new(400, "JSON_PARSER_ERROR", reason)
    })
}

fn list(jobs: Vec<Json>) -> Json {
    object! { "done" => true, "records" => jobs, "nextRecordsUrl" => Json::Null }
}

fn invalid(message: impl Into<String>) -> Refusal {
    Refusal::new(400, "INVALIDJOB", message)
}

fn invalid_state(message: &str) -> Refusal {
    Refusal::new(400, "INVALIDJOBSTATE", format!("InvalidJobState : {message}"))
}

fn not_found() -> Refusal {
    Refusal::not_found()
}

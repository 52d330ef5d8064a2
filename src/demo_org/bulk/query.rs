//! Query jobs: a query's rows as CSV, page by page.

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use jiff::Timestamp;
use serde::Deserialize;

use super::super::answer::{Answer, Refusal, cut};
use super::super::json::Json;
use super::super::query::{self, Context, Table};
use super::super::records::Writer;
use super::super::rest::{Org, Request, json_body, only};
use super::super::value::{Value, datetime};
use super::csv::{self, Dialect};
use super::ingest::{Delimiter, LineEnding, dialect};
use super::{Change, State, invalid, invalid_state, list, read};
use crate::salesforce::RecordId;

/// Most jobs that are kept; a new one takes the room of the oldest.
const MOST_JOBS: usize = 50;
/// Most bytes of results that are kept for all jobs.
const MOST_BYTES: usize = 64 << 20;
/// Rows of a page where nobody says how many.
const PAGE: usize = 50_000;

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
enum Operation {
    Query,
    QueryAll,
}

/// The body that makes a job.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Order {
    operation: Operation,
    query: String,
    content_type: Option<String>,
    #[serde(default)]
    line_ending: LineEnding,
    #[serde(default)]
    column_delimiter: Delimiter,
}

/// A job.
#[derive(Debug)]
pub(super) struct QueryJob {
    id: RecordId,
    state: State,
    object: String,
    order: Order,
    version: String,
    created: Timestamp,
    created_by: RecordId,
    header: String,
    /// Lines of CSV with their ends.
    rows: Vec<String>,
    bytes: usize,
    message: Option<&'static str>,
}

impl QueryJob {
    fn json(&self, counts: bool) -> Json {
        let time = datetime(self.created);
        let operation = match self.order.operation {
            Operation::Query => "query",
            Operation::QueryAll => "queryAll",
        };
        let mut members = vec![
            ("id", Json::from(self.id.as_str())),
            ("operation", Json::from(operation)),
            ("object", Json::from(self.object.as_str())),
            ("createdById", Json::from(self.created_by.as_str())),
            ("createdDate", Json::from(time.as_str())),
            ("systemModstamp", Json::from(time)),
            ("state", Json::from(self.state.name())),
            ("concurrencyMode", Json::from("Parallel")),
            ("contentType", Json::from("CSV")),
            ("apiVersion", self.version.parse().map_or(Json::Null, Json::Float)),
            ("lineEnding", Json::from(self.order.line_ending.name())),
            ("columnDelimiter", Json::from(self.order.column_delimiter.name())),
        ];
        if counts {
            members.extend([
                ("jobType", Json::from("V2Query")),
                ("numberRecordsProcessed", Json::from(self.rows.len())),
                ("retries", Json::Int(0)),
                ("totalProcessingTime", Json::Int(0)),
                ("isPkChunkingSupported", Json::Bool(true)),
            ]);
        }
        if let Some(message) = self.message {
            members.push(("errorMessage", Json::from(message)));
        }
        Json::Object(members.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
    }

    fn dialect(&self) -> Dialect {
        dialect(self.order.column_delimiter, self.order.line_ending)
    }

    /// Keeps the rows, where there is room for them.
    fn keep(&mut self, table: &Table, room: usize) {
        let dialect = self.dialect();
        let line = |cells: &mut dyn Iterator<Item = &str>| {
            let mut line = String::new();
            csv::write(&mut line, dialect, cells);
            line
        };
        self.header = line(&mut table.header.iter().map(String::as_str));
        for row in &table.rows {
            let cells: Vec<String> = row.iter().map(text).collect();
            let line = line(&mut cells.iter().map(String::as_str));
            self.bytes = self.bytes.saturating_add(line.len());
            if self.bytes > room {
                (self.rows, self.bytes) = (Vec::new(), 0);
                self.state = State::Failed;
                self.message = Some("ExceededQuota : the results are larger than the org keeps");
                return;
            }
            self.rows.push(line);
        }
        self.state = State::JobComplete;
    }

    /// A page of the results.
    fn page(&self, request: &Request) -> Result<Answer, Refusal> {
        let wrong = |name: &str| invalid(format!("InvalidJob : {name} is not one of this job"));
        let from = match request.parameter("locator").filter(|locator| !locator.is_empty()) {
            None => 0,
            Some(locator) => offset(&locator)
                .filter(|from| *from > 0 && *from < self.rows.len())
                .ok_or_else(|| wrong("locator"))?,
        };
        let most = match request.parameter("maxRecords") {
            None => PAGE,
            Some(text) => {
                text.parse().ok().filter(|n| *n > 0).ok_or_else(|| wrong("maxRecords"))?
            }
        };
        let page: Vec<&str> = self.rows.iter().skip(from).take(most).map(String::as_str).collect();
        let end = from.saturating_add(page.len());
        let next = (end < self.rows.len()).then(|| STANDARD_NO_PAD.encode(end.to_string()));
        let mut answer = Answer::csv(format!("{}{}", self.header, page.concat()));
        answer.headers = vec![
            ("sforce-locator", next.unwrap_or_else(|| "null".to_owned())),
            ("sforce-numberofrecords", page.len().to_string()),
        ];
        Ok(answer)
    }
}

fn offset(locator: &str) -> Option<usize> {
    let bytes = STANDARD_NO_PAD.decode(locator).ok()?;
    String::from_utf8(bytes).ok()?.parse().ok()
}

/// A value as a cell holds it.
fn text(value: &Value) -> String {
    match value.json() {
        Json::Null => String::new(),
        Json::Text(text) => text,
        other @ (Json::Bool(_)
        | Json::Int(_)
        | Json::Float(_)
        | Json::List(_)
        | Json::Object(_)) => String::from_utf8(other.to_bytes()).unwrap_or_default(),
    }
}

impl Org {
    /// Answers what comes below `jobs/query`.
    pub(super) fn bulk_query(
        &mut self,
        request: &Request,
        version: &str,
        rest: &[&str],
    ) -> Result<Answer, Refusal> {
        match (rest, request.method().as_str()) {
            ([], "GET") => {
                let jobs = self.jobs.query.iter().map(|job| job.json(false)).collect();
                Ok(Answer::ok(list(jobs)))
            }
            ([], "POST") => self.make_query(request, version),
            ([], method) => Err(Refusal::method(method, "GET, POST")),
            ([id], "GET") => {
                self.advance_query(id)?;
                Ok(Answer::ok(self.query_job(id)?.json(true)))
            }
            ([id], "PATCH") => {
                json_body(request)?;
                let change: Change = read(&request.body)?;
                let job = self.query_job(id)?;
                if change.state != "Aborted" || job.state.ended() {
                    let (from, to) = (job.state.name(), cut(&change.state));
                    return Err(invalid_state(&format!("a job that is {from} can't be {to}")));
                }
                job.state = State::Aborted;
                Ok(Answer::ok(job.json(false)))
            }
            ([id], "DELETE") => {
                let job = self.query_job(id)?;
                if !job.state.ended() {
                    return Err(invalid_state("a job that is under way can't be deleted"));
                }
                let id = job.id.clone();
                self.jobs.query.retain(|job| job.id != id);
                Ok(Answer::no_content())
            }
            ([_], method) => Err(Refusal::method(method, "DELETE, GET, PATCH")),
            ([id, "results"], _) => {
                only(request, "GET")?;
                let job = self.query_job(id)?;
                if job.state != State::JobComplete {
                    return Err(invalid_state("results are there when the job is complete"));
                }
                if job.version != version {
                    let message = format!("the job was made with version {}", job.version);
                    return Err(Refusal::new(409, "API_VERSION_MISMATCH", message));
                }
                job.page(request)
            }
            _elsewhere => Err(Refusal::not_found()),
        }
    }

    fn query_job(&mut self, id: &str) -> Result<&mut QueryJob, Refusal> {
        let id = RecordId::parse(id).map_err(|_not_an_id| Refusal::not_found())?;
        self.jobs.query.iter_mut().find(|job| job.id == id).ok_or_else(Refusal::not_found)
    }

    fn make_query(&mut self, request: &Request, version: &str) -> Result<Answer, Refusal> {
        json_body(request)?;
        let order: Order = read(&request.body)?;
        if order.content_type.as_deref().is_some_and(|kind| kind != "CSV") {
            return Err(invalid("InvalidJob : Unsupported content type"));
        }
        let found = self.run_table(&order, version)?;
        let Writer { user, now } = Writer { user: &self.user, now: self.now };
        let job = QueryJob {
            id: self.jobs.new_id()?,
            state: State::UploadComplete,
            object: found.object,
            order,
            version: version.to_owned(),
            created: now,
            created_by: user.clone(),
            header: String::new(),
            rows: Vec::new(),
            bytes: 0,
            message: None,
        };
        if self.jobs.query.len() >= MOST_JOBS {
            self.jobs.query.remove(0);
        }
        self.jobs.queries = self.jobs.queries.saturating_add(1);
        let shown = job.json(false);
        self.jobs.query.push(job);
        Ok(Answer::ok(shown))
    }

    fn run_table(&self, order: &Order, version: &str) -> Result<Table, Refusal> {
        let deleted = order.operation == Operation::QueryAll;
        let context = Context { store: &self.store, now: self.now, version, deleted };
        query::table(context, &order.query)
    }

    /// Takes a job one state further.
    fn advance_query(&mut self, id: &str) -> Result<(), Refusal> {
        let job = self.query_job(id)?;
        match job.state {
            State::UploadComplete => job.state = State::InProgress,
            State::InProgress => {
                let id = job.id.clone();
                let job = self.jobs.query.iter().find(|job| job.id == id);
                let job = job.ok_or_else(Refusal::not_found)?;
                let found = self.run_table(&job.order, &job.version);
                let taken: usize = self.jobs.query.iter().map(|job| job.bytes).sum();
                let job = self.query_job(id.as_str())?;
                match found {
                    Ok(table) => job.keep(&table, MOST_BYTES.saturating_sub(taken)),
                    // An object or a field went since the job was made.
                    Err(_refusal) => {
                        job.state = State::Failed;
                        job.message = Some("InvalidBatch : the query can't be run any more");
                    }
                }
            }
            State::Open | State::JobComplete | State::Failed | State::Aborted => {}
        }
        Ok(())
    }
}

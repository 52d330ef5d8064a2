//! Ingest jobs: what they are asked to do, their states, and the work itself.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value as Body;

use super::super::answer::Refusal;
use super::super::catalog::ObjectDef;
use super::super::external;
use super::super::json::Json;
use super::super::records::{self, Writer};
use super::super::store::Store;
use super::super::value::datetime;
use super::columns::{self, Row};
use super::csv::{self, Dialect};
use super::upload::Spool;
use super::{State, invalid};
use crate::salesforce::RecordId;

/// What a job does with its rows.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub(super) enum Operation {
    Insert,
    Update,
    Upsert,
    Delete,
    HardDelete,
}

impl Operation {
    fn name(self) -> &'static str {
        match self {
            Self::Insert => "insert",
            Self::Update => "update",
            Self::Upsert => "upsert",
            Self::Delete => "delete",
            Self::HardDelete => "hardDelete",
        }
    }
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(super) enum LineEnding {
    #[default]
    Lf,
    Crlf,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(super) enum Delimiter {
    #[default]
    Comma,
    Tab,
    Semicolon,
    Pipe,
    Caret,
    Backquote,
}

impl Delimiter {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Comma => "COMMA",
            Self::Tab => "TAB",
            Self::Semicolon => "SEMICOLON",
            Self::Pipe => "PIPE",
            Self::Caret => "CARET",
            Self::Backquote => "BACKQUOTE",
        }
    }
}

impl LineEnding {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Lf => "LF",
            Self::Crlf => "CRLF",
        }
    }
}

pub(super) fn dialect(delimiter: Delimiter, line_ending: LineEnding) -> Dialect {
    let delimiter = match delimiter {
        Delimiter::Comma => b',',
        Delimiter::Tab => b'\t',
        Delimiter::Semicolon => b';',
        Delimiter::Pipe => b'|',
        Delimiter::Caret => b'^',
        Delimiter::Backquote => b'`',
    };
    Dialect { delimiter, crlf: matches!(line_ending, LineEnding::Crlf) }
}

/// The body that makes a job.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Order {
    object: Option<String>,
    operation: Operation,
    external_id_field_name: Option<String>,
    content_type: Option<String>,
    #[serde(default)]
    line_ending: LineEnding,
    #[serde(default)]
    column_delimiter: Delimiter,
    #[serde(rename = "assignmentRuleId")]
    _assignment_rule: Option<String>,
}

/// A job.
#[derive(Debug)]
pub(super) struct Ingest {
    pub(super) id: RecordId,
    pub(super) state: State,
    pub(super) dialect: Dialect,
    pub(super) uploading: bool,
    pub(super) spool: Option<Spool>,
    object: String,
    order: Order,
    external_id: Option<String>,
    version: String,
    created: Timestamp,
    created_by: RecordId,
    results: Vec<Outcome>,
    message: Option<String>,
}

/// What became of a row: its record and whether it is new, or why it failed.
type Outcome = Result<(RecordId, bool), String>;

/// Which results are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Results {
    Successful,
    Failed,
    Unprocessed,
}

impl Ingest {
    /// A new job, where it can be done.
    pub(super) fn new(
        store: &Store,
        order: Order,
        id: RecordId,
        version: &str,
        writer: Writer<'_>,
    ) -> Result<Self, Refusal> {
        if order.content_type.as_deref().is_some_and(|kind| kind != "CSV") {
            return Err(invalid("InvalidJob : Unsupported content type"));
        }
        if order.operation == Operation::HardDelete {
            let message = "FeatureNotEnabled : hardDelete operation requires special user profile \
                           permission, please contact your system administrator";
            return Err(Refusal::new(400, "FEATURENOTENABLED", message));
        }
        let name = order.object.as_deref().unwrap_or_default();
        let object = store.catalog().object(name);
        let object = object.ok_or_else(|| {
            invalid(format!("InvalidJob : Unable to find object: {}", super::cut(name)))
        })?;
        let external_id = external_id(&order, object)?;
        Ok(Self {
            id,
            state: State::Open,
            dialect: dialect(order.column_delimiter, order.line_ending),
            uploading: false,
            spool: None,
            object: object.name.clone(),
            external_id,
            order,
            version: version.to_owned(),
            created: writer.now,
            created_by: writer.user.clone(),
            results: Vec::new(),
            message: None,
        })
    }

    /// As a list shows it; with its counts where it is looked at alone.
    pub(super) fn json(&self, counts: bool) -> Json {
        let time = datetime(self.created);
        let mut members = vec![
            ("id", Json::from(self.id.as_str())),
            ("operation", Json::from(self.order.operation.name())),
            ("object", Json::from(self.object.as_str())),
            ("createdById", Json::from(self.created_by.as_str())),
            ("createdDate", Json::from(time.as_str())),
            ("systemModstamp", Json::from(time)),
            ("state", Json::from(self.state.name())),
        ];
        if let Some(name) = &self.external_id {
            members.push(("externalIdFieldName", Json::from(name.as_str())));
        }
        let (version, id) = (&self.version, &self.id);
        members.extend([
            ("concurrencyMode", Json::from("Parallel")),
            ("contentType", Json::from("CSV")),
            ("apiVersion", version.parse().map_or(Json::Null, Json::Float)),
        ]);
        if self.state == State::Open {
            let url = format!("services/data/v{version}/jobs/ingest/{id}/batches");
            members.push(("contentUrl", Json::from(url)));
        }
        members.extend([
            ("lineEnding", Json::from(self.order.line_ending.name())),
            ("columnDelimiter", Json::from(self.order.column_delimiter.name())),
            ("jobType", Json::from("V2Ingest")),
        ]);
        if counts {
            let number = |n: u64| Json::Int(i64::try_from(n).unwrap_or(i64::MAX));
            members.extend([
                ("retries", Json::Int(0)),
                ("totalProcessingTime", Json::Int(0)),
                ("apiActiveProcessingTime", Json::Int(0)),
                ("apexProcessingTime", Json::Int(0)),
                ("numberRecordsProcessed", number(self.processed())),
                ("numberRecordsFailed", number(self.failed())),
            ]);
        }
        if let Some(message) = &self.message {
            members.push(("errorMessage", Json::from(message.as_str())));
        }
        Json::Object(members.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
    }

    /// Rows that were worked on, those that failed counted.
    pub(super) fn processed(&self) -> u64 {
        count(self.results.len()).saturating_add(self.left_out())
    }

    fn failed(&self) -> u64 {
        let failed = self.results.iter().filter(|outcome| outcome.is_err()).count();
        count(failed).saturating_add(self.left_out())
    }

    /// Rows beyond what the org takes fail once the job is done.
    fn left_out(&self) -> u64 {
        let done = self.state == State::JobComplete;
        self.spool.as_ref().filter(|_| done).map_or(0, |spool| spool.left_out)
    }

    /// Does the work.
    pub(super) fn run(&mut self, store: &mut Store, writer: Writer<'_>) {
        let Some(spool) = &self.spool else {
            self.state = State::JobComplete;
            return;
        };
        let names = csv::cells(spool.header(), self.dialect.delimiter);
        let object = store.catalog().object(&self.object).cloned();
        let read = match (&spool.fault, &object) {
            (Some(fault), _) => Err(fault.clone()),
            (None, None) => Err(format!("InvalidBatch : Unable to find object: {}", self.object)),
            (None, Some(object)) => {
                let read = columns::read(store.catalog(), object, &names);
                read.and_then(|columns| self.refuse_columns(&columns).map(|()| (object, columns)))
            }
        };
        let (object, columns) = match read {
            Ok(read) => read,
            Err(message) => {
                self.state = State::Failed;
                self.message = Some(message);
                return;
            }
        };
        for record in spool.rows() {
            let cells = csv::cells(record, self.dialect.delimiter);
            let done = columns::row(store, &columns, cells)
                .and_then(|row| self.write(store, object, row, writer));
            self.results.push(done.map_err(|refusal| error(&refusal)));
        }
        self.state = State::JobComplete;
    }

    fn refuse_columns(&self, columns: &[columns::Column]) -> Result<(), String> {
        let others = columns.iter().any(|column| !matches!(column, columns::Column::Id));
        if self.order.operation == Operation::Delete && others {
            return Err("InvalidBatch : The 'delete' batch must contain only ids".to_owned());
        }
        Ok(())
    }

    fn write(
        &self,
        store: &mut Store,
        object: &std::sync::Arc<ObjectDef>,
        row: Row,
        writer: Writer<'_>,
    ) -> Result<(RecordId, bool), Refusal> {
        let id = || {
            let missing = || missing("Id");
            records::record_id(object, row.id.as_deref().ok_or_else(missing)?)
        };
        match self.order.operation {
            Operation::Insert if row.id.is_some() => {
                let message = "cannot specify Id in an insert call";
                Err(Refusal::new(400, "INVALID_FIELD_FOR_INSERT_UPDATE", message)
                    .of_fields(&["Id"]))
            }
            Operation::Insert => {
                records::create(store, object, &row.fields, writer).map(|id| (id, true))
            }
            Operation::Update => {
                let id = id()?;
                records::update(store, object, &id, &row.fields, writer).map(|()| (id, false))
            }
            Operation::Delete | Operation::HardDelete => {
                let id = id()?;
                records::delete(store, object, &id, writer.now).map(|()| (id, false))
            }
            Operation::Upsert => {
                let name = self.external_id.as_deref().unwrap_or("Id");
                if name == "Id" {
                    return match &row.id {
                        Some(_) => {
                            let id = id()?;
                            let done = records::update(store, object, &id, &row.fields, writer);
                            done.map(|()| (id, false))
                        }
                        None => {
                            records::create(store, object, &row.fields, writer).map(|id| (id, true))
                        }
                    };
                }
                let key = row.fields.get(name).and_then(Body::as_str).map(str::to_owned);
                let key = key.ok_or_else(|| missing(name))?;
                external::upsert(store, object, name, &key, row.fields, writer)
            }
        }
    }

    /// Results as CSV.
    pub(super) fn results(&self, which: Results) -> String {
        let mut out = String::new();
        let Some(spool) = &self.spool else { return out };
        let lead: &[&str] = match which {
            Results::Successful => &["sf__Id", "sf__Created"],
            Results::Failed => &["sf__Id", "sf__Error"],
            Results::Unprocessed => &[],
        };
        let split = |record: &str| csv::cells(record, self.dialect.delimiter);
        let mut line = |lead: &[&str], record: &str| {
            let cells = split(record);
            let cells = cells.iter().map(String::as_str);
            csv::write(&mut out, self.dialect, lead.iter().copied().chain(cells));
        };
        line(lead, spool.header());
        for (place, record) in spool.rows().enumerate() {
            match (which, self.results.get(place)) {
                (Results::Successful, Some(Ok((id, created)))) => {
                    line(&[id.as_str(), if *created { "true" } else { "false" }], record);
                }
                (Results::Failed, Some(Err(error))) => line(&["", error], record),
                (Results::Unprocessed, None) => line(&[], record),
                (Results::Successful | Results::Failed | Results::Unprocessed, _) => {}
            }
        }
        out
    }
}

/// The field that an upsert finds records by.
fn external_id(order: &Order, object: &ObjectDef) -> Result<Option<String>, Refusal> {
    let name = order.external_id_field_name.as_deref().unwrap_or_default();
    if order.operation != Operation::Upsert {
        return Ok(None);
    }
    if name.is_empty() {
        let message = format!(
            "InvalidJob : External ID was blank for {}. An External ID must be specified for upsert.",
            object.name
        );
        return Err(invalid(message));
    }
    let known = object.field(name).map(|(_, field)| field);
    match known.filter(|field| field.external_id || field.name == "Id") {
        Some(field) => Ok(Some(field.name.clone())),
        None => {
            let message = format!(
                "InvalidJob : Field name provided, {} does not match an External ID for {}",
                super::cut(name),
                object.name
            );
            Err(invalid(message))
        }
    }
}

fn missing(name: &str) -> Refusal {
    let message = format!("{name} not specified");
    Refusal::new(400, "MISSING_ARGUMENT", message).of_fields(&[])
}

/// A refusal as a row of the failed results tells it.
fn error(refusal: &Refusal) -> String {
    let fields = refusal.fields.as_ref().map(|fields| fields.join(",")).unwrap_or_default();
    let space = if fields.is_empty() { "" } else { " " };
    format!("{}:{}:{fields}{space}--", refusal.code, refusal.message)
}

fn count(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}

//! From a request to its answer: paths, methods, and what each resource does.

use std::sync::Arc;

use hyper::HeaderMap;
use jiff::Timestamp;

use super::answer::{Answer, Refusal};
use super::bulk::Jobs;
use super::catalog::ObjectDef;
use super::json::{Json, object};
use super::pages::Pages;
use super::query::{self, Context, Row};
use super::records::{self, Writer};
use super::session::{Session, TokenRequest};
use super::store::{self, Store};
use super::viewed::Viewed;
use super::{API_VERSION, definitions, describe};
use crate::salesforce::RecordId;

/// The oldest version that Salesforce still answers.
const OLDEST_VERSION: u32 = 31;
/// The newest.
const NEWEST_VERSION: u32 = 68;

/// Everything that the org knows.
#[derive(Debug)]
pub(super) struct Org {
    pub(super) public_url: String,
    pub(super) now: Timestamp,
    pub(super) session: Session,
    pub(super) store: Store,
    pub(super) pages: Pages,
    pub(super) jobs: Jobs,
    pub(super) viewed: Viewed,
    /// Reports that were run.
    pub(super) report_runs: u64,
    pub(super) daily_limit: u64,
    pub(super) used: u64,
    pub(super) user: RecordId,
}

/// One request, read whole.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) method: String,
    /// The path without its query.
    pub(super) path: String,
    pub(super) query: String,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Request {
    /// A request that this one carries inside: with its headers and a path of segments.
    pub(super) fn inner(&self, method: &str, query: &str, body: Vec<u8>) -> Self {
        Self {
            method: method.to_owned(),
            path: self.path.clone(),
            query: query.to_owned(),
            headers: self.headers.clone(),
            body,
        }
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    pub(super) fn parameter(&self, name: &str) -> Option<String> {
        form(&self.query).into_iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// The method, or what `?_HttpMethod=` makes of a POST.
    pub(super) fn method(&self) -> String {
        if self.method == "POST" {
            self.parameter("_HttpMethod").unwrap_or_else(|| self.method.clone())
        } else {
            self.method.clone()
        }
    }

    /// Whether this asks for a token.
    pub(super) fn is_token(&self) -> bool {
        self.path == "/services/oauth2/token"
    }

    /// Whether this asks who the caller is.
    pub(super) fn is_user_info(&self) -> bool {
        self.path == "/services/oauth2/userinfo"
    }

    /// Whether this asks for data of a version, which counts against the limit.
    pub(super) fn is_data(&self) -> bool {
        self.path.strip_prefix("/services/data/").is_some_and(|rest| !rest.is_empty())
    }
}

impl Org {
    /// The value of `Sforce-Limit-Info`.
    pub(super) fn usage(&self) -> String {
        format!("api-usage={}/{}", self.used.min(self.daily_limit), self.daily_limit)
    }

    /// Answers a request.
    pub(super) fn answer(&mut self, request: &Request) -> Answer {
        let segments: Vec<&str> = request.path.split('/').filter(|s| !s.is_empty()).collect();
        let answer = match segments.as_slice() {
            ["services", "oauth2", "token"] => return self.token(request),
            ["services", "oauth2", "userinfo"] => self.user_info(request),
            ["services", "data"] => only(request, "GET").map(|()| Answer::ok(versions())),
            ["services", "data", version, rest @ ..] => self.data(request, version, rest),
            _elsewhere => Err(Refusal::not_found()),
        };
        answer.unwrap_or_else(Answer::from)
    }

    fn token(&self, request: &Request) -> Answer {
        if request.method != "POST" {
            return Refusal::method(&request.method, "POST").into();
        }
        let form = form(&String::from_utf8_lossy(&request.body));
        let authorization = request.header("authorization");
        let request = TokenRequest { authorization, form: &form };
        self.session.grant(&request, &self.public_url, self.user.as_str(), self.now)
    }

    /// Counts a call for data, and refuses one without the token or after the day's last.
    pub(super) fn admit(&mut self, request: &Request) -> Result<(), Refusal> {
        if !self.session.admits(request.header("authorization")) {
            return Err(session_invalid());
        }
        let segments = request.path.split('/').nth(3);
        known_version(segments.unwrap_or_default())?;
        self.count()
    }

    fn data(&mut self, request: &Request, version: &str, rest: &[&str]) -> Result<Answer, Refusal> {
        self.admit(request)?;
        self.resource(request, &known_version(version)?, rest)
    }

    /// Counts a call.
    pub(super) fn count(&mut self) -> Result<(), Refusal> {
        if self.used >= self.daily_limit {
            return Err(limit_exceeded());
        }
        self.used = self.used.saturating_add(1);
        Ok(())
    }

    /// Answers a request for the resource at `rest`, whether it came alone or inside another.
    pub(super) fn resource(
        &mut self,
        request: &Request,
        version: &str,
        rest: &[&str],
    ) -> Result<Answer, Refusal> {
        match rest {
            [] => only(request, "GET").map(|()| Answer::ok(resources(version))),
            ["limits"] => only(request, "GET").map(|()| Answer::ok(self.limits())),
            ["sobjects"] => {
                only(request, "GET")?;
                Ok(Answer::ok(describe::global(self.store.catalog(), version)))
            }
            ["sobjects", name, rest @ ..] => {
                let object = self.store.catalog().object(name).ok_or_else(Refusal::not_found)?;
                self.sobject(request, version, &Arc::clone(object), rest)
            }
            ["query"] => self.query(request, version, false),
            ["composite", rest @ ..] => self.composite(request, version, rest),
            ["recent"] => self.recent(request, version),
            ["search"] => self.search(request, version),
            ["analytics", rest @ ..] => self.analytics(request, version, rest),
            ["jobs", rest @ ..] => self.bulk(request, version, rest),
            ["tooling", rest @ ..] => self.tooling(request, version, rest),
            ["queryAll"] => self.query(request, version, true),
            ["query" | "queryAll", locator] => {
                only(request, "GET")?;
                self.pages.next(locator, version).map(Answer::ok)
            }
            _elsewhere => Err(Refusal::not_found()),
        }
    }

    pub(super) fn context<'a>(&'a self, version: &'a str) -> Context<'a> {
        Context { store: &self.store, now: self.now, version, deleted: false }
    }

    fn sobject(
        &mut self,
        request: &Request,
        version: &str,
        object: &Arc<ObjectDef>,
        rest: &[&str],
    ) -> Result<Answer, Refusal> {
        let method = request.method();
        match (rest, method.as_str()) {
            ([], "GET") => Ok(Answer::ok(object! {
                "objectDescribe" => Json::Object(describe::summary(object, version)),
                "recentItems" => Vec::new(),
            })),
            ([], "POST") => self.create(request, version, object),
            ([], method) => Err(Refusal::method(method, "GET, POST")),
            (["describe"], "GET") => {
                Ok(Answer::ok(describe::object(self.store.catalog(), object, version)))
            }
            (["describe"], method) => Err(Refusal::method(method, "GET")),
            ([id], "GET") => self.read(request, version, object, id),
            ([id], "PATCH") => {
                json_body(request)?;
                let id = records::record_id(object, id)?;
                let writer = Writer { user: &self.user, now: self.now };
                let fields = records::body(&request.body)?;
                records::update(&mut self.store, object, &id, &fields, writer)?;
                self.viewed.note(&id);
                Ok(Answer::no_content())
            }
            ([id], "DELETE") => {
                let id = records::record_id(object, id)?;
                records::delete(&mut self.store, object, &id, self.now)?;
                Ok(Answer::no_content())
            }
            ([_], method) => Err(Refusal::method(method, "DELETE, GET, PATCH")),
            ([field, value], _)
                if object.field(field).is_some() || RecordId::parse(field).is_err() =>
            {
                self.keyed(request, version, object, (field, &decode(value)))
            }
            (path, _) => self.related(request, version, object, path),
        }
    }

    fn create(
        &mut self,
        request: &Request,
        version: &str,
        object: &Arc<ObjectDef>,
    ) -> Result<Answer, Refusal> {
        json_body(request)?;
        let writer = Writer { user: &self.user, now: self.now };
        let fields = records::body(&request.body)?;
        let id = records::create(&mut self.store, object, &fields, writer)?;
        self.viewed.note(&id);
        let body = object! { "id" => id.as_str(), "success" => true, "errors" => Vec::new() };
        let location = format!("/services/data/v{version}/sobjects/{}/{id}", object.name);
        Ok(Answer { status: 201, headers: vec![("location", location)], ..Answer::ok(body) })
    }

    fn read(
        &mut self,
        request: &Request,
        version: &str,
        object: &Arc<ObjectDef>,
        id: &str,
    ) -> Result<Answer, Refusal> {
        let id = records::record_id(object, id)?;
        records::existing(&self.store, object, &id)?;
        let record = self.store.record(object, &id).ok_or_else(Refusal::not_found)?;
        let row = Row { object, record };
        let context = self.context(version);
        let list = request.parameter("fields").filter(|list| !list.trim().is_empty());
        let body = match list {
            Some(list) => query::fields(context, row, &list)?,
            None => query::all_fields(context, row),
        };
        self.viewed.note(&id);
        Ok(Answer::ok(body))
    }

    fn query(&mut self, request: &Request, version: &str, all: bool) -> Result<Answer, Refusal> {
        only(request, "GET")?;
        let text = request.parameter("q").unwrap_or_default();
        if text.trim().is_empty() {
            let message = "SOQL statements cannot be empty or null";
            return Err(Refusal::new(400, "MALFORMED_QUERY", message));
        }
        let context = Context { deleted: all, ..self.context(version) };
        let found = if definitions::are_asked_for(&text) {
            let store = definitions::records(self.store.catalog());
            query::run(Context { store: &store, ..context }, &text)?
        } else {
            query::run(context, &text)?
        };
        let batch = batch_size(request.header("sforce-query-options"));
        if found.grouped {
            if found.rows.len() > batch {
                let message = "AggregateResult does not support queryMore(), use LIMIT to restrict \
                               the results to a single batch";
                return Err(Refusal::new(400, "EXCEEDED_ID_LIMIT", message));
            }
            return Ok(Answer::ok(object! {
                "totalSize" => found.total, "done" => true, "records" => found.rows
            }));
        }
        Ok(Answer::ok(self.pages.first(found.rows, batch, version)))
    }

    fn search(&self, request: &Request, version: &str) -> Result<Answer, Refusal> {
        only(request, "GET")?;
        let text = request.parameter("q").unwrap_or_default();
        query::search(self.context(version), &text).map(Answer::ok)
    }
}

/// The user that the connected app runs as: the first one.
pub(super) fn run_as(store: &Store) -> Option<RecordId> {
    let users = store.catalog().object("User")?;
    store.records(users).first().map(|record| record.id.clone()).or_else(|| store::new_id("005", 0))
}

/// 401 as data resources say it.
pub(super) fn session_invalid() -> Refusal {
    Refusal::new(401, "INVALID_SESSION_ID", "Session expired or invalid")
}

/// 403 for an org that has used its day.
pub(super) fn limit_exceeded() -> Refusal {
    Refusal::new(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
}

/// Refuses a body that does not say that it is JSON.
pub(super) fn json_body(request: &Request) -> Result<(), Refusal> {
    let kind = request.header("content-type").unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    let kind = super::answer::cut(kind);
    let message = format!("Content-Type header specified in HTTP request is not supported: {kind}");
    Err(Refusal::new(415, "UNSUPPORTED_MEDIA_TYPE", message))
}

pub(super) fn only(request: &Request, allowed: &str) -> Result<(), Refusal> {
    if request.method == allowed { Ok(()) } else { Err(Refusal::method(&request.method, allowed)) }
}

/// `v68.0` or `latest` as `68.0`.
pub(super) fn known_version(text: &str) -> Result<String, Refusal> {
    if text == "latest" {
        return Ok(API_VERSION.to_owned());
    }
    let number = text.strip_prefix('v').and_then(|rest| rest.strip_suffix(".0"));
    match number.and_then(|number| number.parse::<u32>().ok()) {
        Some(number @ OLDEST_VERSION..=NEWEST_VERSION) => Ok(format!("{number}.0")),
        Some(1..OLDEST_VERSION) => {
            Err(Refusal::new(410, "UNSUPPORTED_API_VERSION", "API version retired"))
        }
        Some(_) | None => Err(Refusal::not_found()),
    }
}

/// The answer of `GET /services/data`: three releases a year, Winter named after the next year.
fn versions() -> Json {
    let version = |number: u32| {
        let base = number.checked_div(3).unwrap_or_default().saturating_add(4);
        let (season, year) = match number.checked_rem(3) {
            Some(0) => ("Spring", base),
            Some(1) => ("Summer", base),
            _two => ("Winter", base.saturating_add(1)),
        };
        object! {
            "label" => format!("{season} '{year:02}"),
            "url" => format!("/services/data/v{number}.0"),
            "version" => format!("{number}.0"),
        }
    };
    Json::List((OLDEST_VERSION..=NEWEST_VERSION).map(version).collect())
}

/// The answer of `GET /services/data/v68.0`: what this org really has.
fn resources(version: &str) -> Json {
    let url = |name: &str| format!("/services/data/v{version}/{name}");
    object! {
        "analytics" => url("analytics"),
        "composite" => url("composite"),
        "jobs" => url("jobs"),
        "limits" => url("limits"),
        "query" => url("query"),
        "queryAll" => url("queryAll"),
        "recent" => url("recent"),
        "search" => url("search"),
        "sobjects" => url("sobjects"),
        "tooling" => url("tooling"),
    }
}

/// `batchSize=200` to `batchSize=2000`.
pub(super) fn batch_size(header: Option<&str>) -> usize {
    let wanted = header.and_then(|value| {
        let mut options = value.split([',', ';']).filter_map(|option| option.split_once('='));
        options
            .find(|(name, _)| name.trim().eq_ignore_ascii_case("batchSize"))
            .and_then(|(_, size)| size.trim().parse::<usize>().ok())
    });
    wanted.unwrap_or(2_000).clamp(200, 2_000)
}

/// The members of a query or a form, decoded.
fn form(text: &str) -> Vec<(String, String)> {
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(key, value)| (decode(key), decode(value)))
        .collect()
}

fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        match (byte, after) {
            (b'+', _) => bytes.push(b' '),
            (b'%', [high, low, further @ ..]) => match (hex(*high), hex(*low)) {
                (Some(high), Some(low)) => {
                    bytes.push(high.wrapping_shl(4) | low);
                    rest = further;
                }
                (None, _) | (_, None) => bytes.push(*byte),
            },
            (byte, _) => bytes.push(*byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn hex(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

//! `POST composite`: subrequests that build on each other, and how a chain of them is run.

use super::super::answer::{Answer, Refusal, cut};
use super::super::json::{Json, object};
use super::super::rest::{Org, Request, known_version};
use super::references::References;
use super::subrequest::{self, Subrequest, strict};
use super::{Envelope, member};

/// Most subrequests of a composite request.
const MOST_SUBREQUESTS: usize = 25;
/// Most of them that are queries or collections.
const MOST_QUERIES: usize = 5;

/// How a chain is run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules {
    /// Whether all of it takes effect or nothing.
    pub(super) together: bool,
    /// Which calls may be in it, by method and what follows the version in the path.
    pub(super) allowed: fn(&str, &[&str]) -> bool,
}

/// What became of a chain.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) response: Json,
    /// Whether every subrequest worked.
    pub(super) worked: bool,
}

impl Org {
    /// Answers `POST composite`. The subrequests are always run in the order in which they came,
    /// which `collateSubrequests` allows either way.
    pub(super) fn chained(&mut self, request: &Request, version: &str) -> Result<Answer, Refusal> {
        let envelope = Envelope::of(request)?;
        let together = envelope.flag("allOrNone")?;
        let _any_order = envelope.flag("collateSubrequests")?;
        let list = envelope.list("compositeRequest", MOST_SUBREQUESTS)?;
        let subrequests = subrequest::read(list, version)?;
        let queries = subrequests.iter().filter(|subrequest| is_query(&subrequest.url)).count();
        if queries > MOST_QUERIES {
            let message =
                format!("Up to {MOST_QUERIES} subrequests can be queries or sObject Collections");
            return Err(Refusal::new(400, "LIMIT_EXCEEDED", message));
        }
        let rules = Rules { together, allowed };
        Ok(Answer::ok(self.chain(request, version, &subrequests, rules).response))
    }

    /// Runs subrequests one after the other.
    pub(super) fn chain(
        &mut self,
        request: &Request,
        version: &str,
        subrequests: &[Subrequest],
        rules: Rules,
    ) -> Outcome {
        let before = rules.together.then(|| self.store.clone());
        let mut answers: Vec<Answer> = Vec::with_capacity(subrequests.len());
        let mut failed = None;
        for (place, subrequest) in subrequests.iter().enumerate() {
            let done = subrequests.iter().zip(&answers);
            let answer = |id: &str| {
                let of_id = done.clone().find(|(subrequest, _)| subrequest.reference == id);
                of_id.filter(|(_, answer)| answer.status < 300)?.1.body.as_ref()
            };
            let mut references = References::new(&answer, strict(version));
            let filled = fill(subrequest, request, &mut references);
            let answer =
                filled.and_then(|(url, inner)| self.subrequest(&url, &inner, rules.allowed));
            let answer = answer.unwrap_or_else(Answer::from);
            if failed.is_none() && !worked(&answer) {
                failed = Some(place);
            }
            answers.push(answer);
            if rules.together && failed.is_some() {
                break;
            }
        }
        let rolled_back = failed.filter(|_| rules.together);
        if let Some(before) = before.filter(|_| failed.is_some()) {
            self.store = before;
        }
        let mut answers = answers.into_iter();
        let shown = subrequests.iter().enumerate().map(|(place, subrequest)| {
            let answer = answers.next().filter(|_| rolled_back.is_none_or(|at| at == place));
            shown(&subrequest.reference, answer.unwrap_or_else(|| halted().into()))
        });
        let response = object! { "compositeResponse" => shown.collect::<Vec<Json>>() };
        Outcome { response, worked: failed.is_none() }
    }

    /// Answers one subrequest at its url.
    fn subrequest(
        &mut self,
        url: &str,
        inner: &Request,
        allowed: fn(&str, &[&str]) -> bool,
    ) -> Result<Answer, Refusal> {
        let path = url.split('?').next().unwrap_or_default();
        let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
        match segments.as_slice() {
            ["services", "data", version, rest @ ..] => {
                let version = known_version(version)?;
                if !allowed(&inner.method, rest) {
                    return Err(unsupported(path));
                }
                self.resource(inner, &version, rest)
            }
            _elsewhere => Err(Refusal::not_found()),
        }
    }
}

/// Whether an answer says that all went well, for every record that it is about.
fn worked(answer: &Answer) -> bool {
    let failed = |item: &Json| member(item, "success") == Some(&Json::Bool(false));
    let records = match &answer.body {
        Some(Json::List(items)) => items.iter().any(failed),
        Some(_) | None => false,
    };
    answer.status < 300 && !records
}

/// The url of a subrequest and the request that it stands for.
fn fill(
    subrequest: &Subrequest,
    request: &Request,
    references: &mut References<'_>,
) -> Result<(String, Request), Refusal> {
    let url = references.url(&subrequest.url)?;
    let body = subrequest.body.as_ref().map(|body| references.body(body)).transpose()?;
    let body = body.map(|body| body.to_string().into_bytes()).unwrap_or_default();
    let query = url.split_once('?').map_or("", |(_, query)| query);
    let mut inner = request.inner(&subrequest.method, query, body);
    inner.headers.extend(subrequest.headers.clone());
    Ok((url, inner))
}

/// One subrequest's part of the response.
pub(super) fn shown(reference: &str, answer: Answer) -> Json {
    let headers = answer.headers.into_iter().map(|(name, value)| {
        let name = if name == "location" { "Location" } else { name };
        (name.to_owned(), Json::from(value))
    });
    object! {
        "body" => answer.body,
        "httpHeaders" => Json::Object(headers.collect()),
        "httpStatusCode" => u32::from(answer.status),
        "referenceId" => reference,
    }
}

/// What the others of a chain say that was rolled back.
pub(super) fn halted() -> Refusal {
    let message =
        "The transaction was rolled back since another operation in the same transaction failed.";
    Refusal::new(400, "PROCESSING_HALTED", message)
}

/// 400 for a resource that can't be inside another.
pub(super) fn unsupported(path: &str) -> Refusal {
    let message = format!("The resource is not supported in a subrequest: {}", cut(path));
    Refusal::new(400, "INVALID_INPUT", message)
}

fn is_query(url: &str) -> bool {
    let path = url.split('?').next().unwrap_or_default();
    let mut after_version = path.split('/').filter(|segment| !segment.is_empty()).skip(3);
    matches!(after_version.next(), Some("query" | "queryAll" | "composite"))
}

fn allowed(_method: &str, rest: &[&str]) -> bool {
    matches!(rest, ["sobjects" | "query" | "queryAll", ..] | ["composite", "sobjects", ..])
}

//! `POST composite/batch`: subrequests that have nothing to do with each other.

use serde_json::{Map, Value as Body};

use super::super::answer::{Answer, Refusal};
use super::super::json::object;
use super::super::rest::{Org, Request, known_version};
use super::chain::unsupported;
use super::{Envelope, malformed, members, text};

/// Most subrequests of a batch.
const MOST_SUBREQUESTS: usize = 25;
/// The oldest version that a subrequest may have.
const OLDEST_VERSION: u32 = 34;

struct Subrequest<'a> {
    method: &'a str,
    url: &'a str,
    input: Option<&'a Body>,
}

impl Org {
    /// Answers `POST composite/batch`. Each subrequest counts as a call; the batch itself counted
    /// for the first.
    pub(super) fn batch(&mut self, request: &Request, version: &str) -> Result<Answer, Refusal> {
        let envelope = Envelope::of(request)?;
        let halt_on_error = envelope.flag("haltOnError")?;
        let list = envelope.list("batchRequests", MOST_SUBREQUESTS)?;
        let subrequests =
            list.iter().map(|item| read(members(item)?)).collect::<Result<Vec<_>, _>>()?;
        let mut errors = false;
        let mut results = Vec::with_capacity(subrequests.len());
        for (place, subrequest) in subrequests.iter().enumerate() {
            let answer = if errors && halt_on_error {
                let message = "Batch processing halted because of an earlier subrequest";
                Err(Refusal::new(412, "BATCH_PROCESSING_HALTED", message))
            } else if place > 0 {
                self.count().and_then(|()| self.in_batch(request, version, subrequest))
            } else {
                self.in_batch(request, version, subrequest)
            };
            let answer = answer.unwrap_or_else(Answer::from);
            errors |= answer.status >= 400;
            results.push(object! {
                "statusCode" => u32::from(answer.status), "result" => answer.body,
            });
        }
        Ok(Answer::ok(object! { "hasErrors" => errors, "results" => results }))
    }

    fn in_batch(
        &mut self,
        request: &Request,
        version: &str,
        subrequest: &Subrequest<'_>,
    ) -> Result<Answer, Refusal> {
        let (path, query) = subrequest.url.split_once('?').unwrap_or((subrequest.url, ""));
        let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
        let Some((own, rest)) = segments.split_first() else {
            return Err(Refusal::not_found());
        };
        let own = known_version(own)?;
        if !(OLDEST_VERSION..=number(version)).contains(&number(&own)) {
            let message = format!("The version of a subrequest must be 34.0 to {version}: {own}");
            return Err(Refusal::new(400, "INVALID_INPUT", message));
        }
        if !allowed(rest) {
            return Err(unsupported(path));
        }
        let body = subrequest.input.map(|input| input.to_string().into_bytes());
        let inner = request.inner(subrequest.method, query, body.unwrap_or_default());
        self.resource(&inner, &own, rest)
    }
}

fn read(item: &Map<String, Body>) -> Result<Subrequest<'_>, Refusal> {
    let url = text(item, "url")?;
    if !url.starts_with('v') {
        return Err(malformed("The url of a subrequest must start with its version, as in v68.0/"));
    }
    let input = item.get("richInput").filter(|input| !input.is_null());
    Ok(Subrequest { method: text(item, "method")?, url, input })
}

fn number(version: &str) -> u32 {
    version.split('.').next().and_then(|number| number.parse().ok()).unwrap_or_default()
}

/// Of what Salesforce takes in a batch, the resources that this org has.
fn allowed(rest: &[&str]) -> bool {
    matches!(rest, ["sobjects" | "query" | "queryAll" | "search", ..] | ["limits"])
}

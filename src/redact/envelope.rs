//! The answer to an envelope: that of each part, pruned as if it had come alone.
//!
//! A part that failed is told by its codes, in our words: its own text can hold values.

use std::fmt::Write as _;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::{Masks, Pruned, RedactError, Visible, Window, prune_within};
use crate::footprint::{Footprint, PartFootprint};
use crate::salesforce::Fault;
use crate::salesforce::envelope::{Envelope, Part};
use crate::salesforce::rest::Request;

/// What came back for one part.
struct Answered<'a> {
    status: u16,
    body: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CompositeAnswer<'a> {
    #[serde(borrow)]
    composite_response: Vec<CompositePart<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CompositePart<'a> {
    #[serde(borrow)]
    body: Option<&'a RawValue>,
    http_status_code: u16,
    reference_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BatchAnswer<'a> {
    #[serde(borrow)]
    results: Vec<BatchPart<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BatchPart<'a> {
    status_code: u16,
    #[serde(borrow)]
    result: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct GraphAnswer<'a> {
    #[serde(borrow)]
    graphs: Vec<OneGraph<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OneGraph<'a> {
    graph_id: String,
    #[serde(borrow)]
    graph_response: CompositeAnswer<'a>,
    is_successful: bool,
}

pub(super) fn prune(
    envelope: &Envelope,
    footprint: &Footprint,
    visible: Visible<'_>,
    masks: &Masks,
    window: Window,
    body: &[u8],
) -> Result<Pruned, RedactError> {
    let mut out = Pruned::default();
    let mut footprints = footprint.parts.iter();
    match envelope {
        Envelope::Composite { parts, .. } => {
            let answer: CompositeAnswer<'_> = read(body)?;
            out.json.push('{');
            composite(&mut out, parts, &mut footprints, &answer, visible, masks, window)?;
        }
        Envelope::Batch { parts, .. } => {
            let answer: BatchAnswer<'_> = read(body)?;
            if answer.results.len() != parts.len() {
                return Err(RedactError);
            }
            out.json.push_str("{\"results\":[");
            for (part, answered) in parts.iter().zip(&answer.results) {
                separate(&mut out.json);
                let answered = Answered { status: answered.status_code, body: answered.result };
                let footprint = footprints.next().ok_or(RedactError)?;
                let _infallible =
                    write!(out.json, "{{\"statusCode\":{},\"result\":", answered.status);
                one(&mut out, part, footprint, &answered, visible, masks, window)?;
                out.json.push('}');
            }
            out.json.push(']');
        }
        Envelope::Graph { graphs } => {
            let answer: GraphAnswer<'_> = read(body)?;
            if answer.graphs.len() != graphs.len() {
                return Err(RedactError);
            }
            out.json.push_str("{\"graphs\":[");
            for graph in graphs {
                separate(&mut out.json);
                let answered = answer.graphs.iter().find(|answered| answered.graph_id == graph.id);
                let answered = answered.ok_or(RedactError)?;
                let id = Value::from(graph.id.as_str());
                let _infallible = write!(out.json, "{{\"graphId\":{id},\"graphResponse\":{{");
                let response = &answered.graph_response;
                composite(
                    &mut out,
                    &graph.parts,
                    &mut footprints,
                    response,
                    visible,
                    masks,
                    window,
                )?;
                let _infallible =
                    write!(out.json, "}},\"isSuccessful\":{}}}", answered.is_successful);
            }
            out.json.push(']');
        }
    }
    out.json.push('}');
    Ok(out)
}

fn read<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, RedactError> {
    serde_json::from_slice(body).map_err(|_not_understood| RedactError)
}

/// The parts of a composite, in the order in which they were asked for; Salesforce may answer in
/// another.
fn composite<'f>(
    out: &mut Pruned,
    parts: &[Part],
    footprints: &mut impl Iterator<Item = &'f PartFootprint>,
    answer: &CompositeAnswer<'_>,
    visible: Visible<'_>,
    masks: &Masks,
    window: Window,
) -> Result<(), RedactError> {
    if answer.composite_response.len() != parts.len() {
        return Err(RedactError);
    }
    out.json.push_str("\"compositeResponse\":[");
    for part in parts {
        separate(&mut out.json);
        let mut same =
            answer.composite_response.iter().filter(|a| a.reference_id == part.reference);
        let (Some(answered), None) = (same.next(), same.next()) else { return Err(RedactError) };
        let answered = Answered { status: answered.http_status_code, body: answered.body };
        let footprint = footprints.next().ok_or(RedactError)?;
        out.json.push_str("{\"body\":");
        one(out, part, footprint, &answered, visible, masks, window)?;
        let _infallible = write!(
            out.json,
            ",\"httpStatusCode\":{},\"referenceId\":\"{}\"}}",
            answered.status, part.reference
        );
    }
    out.json.push(']');
    Ok(())
}

/// The body of one part.
fn one(
    out: &mut Pruned,
    part: &Part,
    footprint: &PartFootprint,
    answered: &Answered<'_>,
    visible: Visible<'_>,
    masks: &Masks,
    window: Window,
) -> Result<(), RedactError> {
    let body = answered.body.map_or("", RawValue::get);
    if Request::succeeded(&part.operation, answered.status) {
        let body = if body == "null" { "" } else { body };
        // Parts share the length that an answer may have.
        let most_bytes = window.most_bytes.saturating_sub(out.json.len());
        let window = Window { skip: 0, most_bytes };
        let (operation, footprint) = (&part.operation, &footprint.footprint);
        let pruned = prune_within(operation, footprint, visible, masks, window, body.as_bytes())?;
        out.shown = out.shown.saturating_add(pruned.shown);
        out.cut = out.cut.saturating_add(pruned.cut);
        out.rows = out.rows.saturating_add(pruned.rows);
        out.dropped = out.dropped.saturating_add(pruned.dropped);
        out.more |= pruned.more;
        out.json.push_str(&pruned.json);
        return Ok(());
    }
    if (200..=299).contains(&answered.status) {
        return Err(RedactError);
    }
    let fault = Fault::read(answered.status, body.as_bytes());
    let code = fault.code.as_deref().unwrap_or("UNKNOWN_EXCEPTION");
    let _infallible = write!(
        out.json,
        "[{{\"errorCode\":{},\"message\":{}}}]",
        Value::from(code),
        Value::from(fault.advice())
    );
    Ok(())
}

fn separate(json: &mut String) {
    if !json.ends_with('[') {
        json.push(',');
    }
}

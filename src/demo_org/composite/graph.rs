//! `POST composite/graph`: chains, each of which takes effect whole or not at all.

use std::collections::BTreeSet;

use serde_json::Value as Body;

use super::super::answer::{Answer, Refusal, cut};
use super::super::json::{Json, object};
use super::super::rest::{Org, Request};
use super::chain::{Rules, halted};
use super::subrequest::{self, Subrequest};
use super::{Envelope, malformed, members, text};

/// Most graphs of a request.
const MOST_GRAPHS: usize = 75;
/// Most nodes of all its graphs.
const MOST_NODES: usize = 500;
/// Most graphs that may fail before the rest is not tried.
const MOST_FAILURES: usize = 14;

struct Graph {
    id: String,
    nodes: Vec<Subrequest>,
}

impl Org {
    /// Answers `POST composite/graph`.
    pub(super) fn graphs(&mut self, request: &Request, version: &str) -> Result<Answer, Refusal> {
        let envelope = Envelope::of(request)?;
        let graphs = read(envelope.list("graphs", MOST_GRAPHS)?, version)?;
        let mut failures = 0_usize;
        let mut shown = Vec::with_capacity(graphs.len());
        for Graph { id, nodes } in &graphs {
            let (response, worked) = if failures > MOST_FAILURES {
                (not_tried(nodes), false)
            } else {
                let rules = Rules { together: true, allowed };
                let outcome = self.chain(request, version, nodes, rules);
                (outcome.response, outcome.worked)
            };
            failures = failures.saturating_add(usize::from(!worked));
            shown.push(object! {
                "graphId" => id.as_str(), "graphResponse" => response, "isSuccessful" => worked,
            });
        }
        Ok(Answer::ok(object! { "graphs" => shown }))
    }
}

fn read(list: &[Body], version: &str) -> Result<Vec<Graph>, Refusal> {
    let mut seen = BTreeSet::new();
    let mut room = MOST_NODES;
    let mut graphs = Vec::with_capacity(list.len());
    for item in list {
        let item = members(item)?;
        let id = text(item, "graphId")?;
        if !graph_id(id) || !seen.insert(id) {
            let message = format!(
                "A graphId must be unique, begin with a letter or a number, have fewer than 40 \
                 characters, and no period: {}",
                cut(id)
            );
            return Err(malformed(message));
        }
        let nodes = Envelope(item.clone());
        let nodes = subrequest::read(nodes.list("compositeRequest", MOST_NODES)?, version)?;
        room = room.checked_sub(nodes.len()).ok_or_else(|| {
            let message = format!("A request may hold {MOST_NODES} nodes at most");
            Refusal::new(400, "LIMIT_EXCEEDED", message)
        })?;
        graphs.push(Graph { id: id.to_owned(), nodes });
    }
    Ok(graphs)
}

fn graph_id(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && !text.contains('.')
        && text.chars().count() < 40
}

/// The response of a graph that came after too many that failed.
fn not_tried(nodes: &[Subrequest]) -> Json {
    let shown = nodes.iter().map(|node| super::chain::shown(&node.reference, halted().into()));
    object! { "compositeResponse" => shown.collect::<Vec<Json>>() }
}

/// Single records, and an object's own resource to create one.
fn allowed(method: &str, rest: &[&str]) -> bool {
    match rest {
        ["sobjects", _object] => method == "POST",
        ["sobjects", _object, id] => *id != "describe",
        ["sobjects", _object, _field, _value] => true,
        _elsewhere => false,
    }
}

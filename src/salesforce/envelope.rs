//! Several operations in one request: composite, batch and graph.
//!
//! REST API Developer Guide, "Composite Resources". A part is an [`Operation`] like any other, never
//! an envelope again, and its address is printed from it.

use std::collections::{BTreeMap, BTreeSet};

use super::{Operation, is_reference_name};

/// The most parts of a composite or a batch.
const MOST_PARTS: usize = 25;

/// The most queries and collections of a composite, together.
const MOST_QUERIES: usize = 5;

/// The most graphs of a request, the most parts of all of them together, and how long a chain of
/// references may be.
const MOST_GRAPHS: usize = 75;
const MOST_NODES: usize = 500;
const DEEPEST: usize = 15;

/// One request with operations as parts.
#[derive(Clone, Debug, PartialEq)]
pub enum Envelope {
    /// `/composite`: parts that may refer to the answers of earlier ones.
    Composite {
        /// All parts are undone where one fails.
        all_or_none: bool,
        /// At most 25.
        parts: Vec<Part>,
    },
    /// `/composite/batch`: parts that know nothing of each other.
    Batch {
        /// Later parts are left out where one fails.
        halt_on_error: bool,
        /// At most 25; their references are `part1`, `part2`, …, which are never sent.
        parts: Vec<Part>,
    },
    /// `/composite/graph`: several composites, each all or nothing.
    Graph {
        /// At most 75, with 500 parts together.
        graphs: Vec<Graph>,
    },
}

/// One operation of an envelope.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// Its `referenceId`.
    pub reference: String,
    /// What it does.
    pub operation: Operation,
}

/// One composite of a graph request.
#[derive(Clone, Debug, PartialEq)]
pub struct Graph {
    /// Its `graphId`.
    pub id: String,
    /// Its parts, in order.
    pub parts: Vec<Part>,
}

/// An envelope that Salesforce would refuse, or that could be read in two ways.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// Nothing in it.
    #[error("there is no part: name at least one")]
    Empty,
    /// Too much in it.
    #[error("there are more than {most} {what}: send them in several calls")]
    TooMany {
        /// What is counted.
        what: &'static str,
        /// How many there may be.
        most: usize,
    },
    /// A name that can't be one.
    #[error(
        "`{0}` can't be a referenceId: write a letter or `_`, then letters, digits and `_`, at most 80"
    )]
    Reference(String),
    /// A graph's name that can't be one.
    #[error("`{0}` can't be a graphId: write letters, digits, `_` and `-`, at most 40")]
    GraphId(String),
    /// Two parts of one name.
    #[error(
        "`{0}` stands twice, perhaps in other case: give each part and graph a name of its own"
    )]
    Twice(String),
    /// References of references.
    #[error("part `{0}` ends a chain of more than {DEEPEST} references")]
    TooDeep(String),
}

impl Envelope {
    /// Whether it keeps Salesforce's limits, and names each part once.
    ///
    /// # Errors
    /// Names the first limit that it doesn't keep.
    pub fn check(&self) -> Result<(), EnvelopeError> {
        if self.parts().is_empty() {
            return Err(EnvelopeError::Empty);
        }
        match self {
            Self::Composite { parts, .. } => {
                at_most("parts", parts.len(), MOST_PARTS)?;
                let queries = parts.iter().filter(|part| is_query(&part.operation)).count();
                at_most("queries and collections in a composite", queries, MOST_QUERIES)?;
                names(parts)
            }
            Self::Batch { parts, .. } => at_most("parts", parts.len(), MOST_PARTS),
            Self::Graph { graphs } => {
                at_most("graphs", graphs.len(), MOST_GRAPHS)?;
                at_most("parts in all graphs", self.parts().len(), MOST_NODES)?;
                let mut known = BTreeSet::new();
                for Graph { id, parts } in graphs {
                    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
                    if !(1..=40).contains(&id.len()) || !id.bytes().all(plain) {
                        return Err(EnvelopeError::GraphId(shown(id)));
                    }
                    if !known.insert(id.to_ascii_lowercase()) {
                        return Err(EnvelopeError::Twice(id.clone()));
                    }
                    if parts.is_empty() {
                        return Err(EnvelopeError::Empty);
                    }
                    names(parts)?;
                    depth(parts)?;
                }
                Ok(())
            }
        }
    }

    /// Its name in audit records and spans.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Composite { .. } => "composite",
            Self::Batch { .. } => "batch",
            Self::Graph { .. } => "compositeGraph",
        }
    }

    /// All parts, in order.
    pub fn parts(&self) -> Vec<&Part> {
        match self {
            Self::Composite { parts, .. } | Self::Batch { parts, .. } => parts.iter().collect(),
            Self::Graph { graphs } => graphs.iter().flat_map(|graph| &graph.parts).collect(),
        }
    }

    /// All parts, in order, to be changed.
    pub fn parts_mut(&mut self) -> Vec<&mut Part> {
        match self {
            Self::Composite { parts, .. } | Self::Batch { parts, .. } => parts.iter_mut().collect(),
            Self::Graph { graphs } => {
                graphs.iter_mut().flat_map(|graph| &mut graph.parts).collect()
            }
        }
    }

    /// Whether a part can change anything in the org.
    pub fn writes(&self) -> bool {
        self.parts().iter().any(|part| part.operation.writes())
    }

    /// As much as its parts cost one by one, but no more than a bucket can be expected to hold.
    pub fn cost(&self) -> u32 {
        let parts = self.parts();
        let sum = parts.iter().fold(0u32, |sum, part| sum.saturating_add(part.operation.cost()));
        sum.clamp(1, 25)
    }
}

fn at_most(what: &'static str, count: usize, most: usize) -> Result<(), EnvelopeError> {
    if count > most { Err(EnvelopeError::TooMany { what, most }) } else { Ok(()) }
}

fn is_query(operation: &Operation) -> bool {
    // What is related is asked for by a query.
    matches!(operation, Operation::Query(_) | Operation::Records(_) | Operation::GetRelated { .. })
}

/// Salesforce tells names apart by their case; nobody needs that, and a reader may not.
fn names(parts: &[Part]) -> Result<(), EnvelopeError> {
    let mut known = BTreeSet::new();
    for Part { reference, .. } in parts {
        if !is_reference_name(reference) {
            return Err(EnvelopeError::Reference(shown(reference)));
        }
        if !known.insert(reference.to_ascii_lowercase()) {
            return Err(EnvelopeError::Twice(reference.clone()));
        }
    }
    Ok(())
}

/// How long the chains of references are. That each leads to an earlier part is checked elsewhere.
fn depth(parts: &[Part]) -> Result<(), EnvelopeError> {
    let mut depths: BTreeMap<&str, usize> = BTreeMap::new();
    for part in parts {
        let references = part.operation.references().unwrap_or_default();
        let before = references.iter().filter_map(|(_, reference)| depths.get(reference.part()));
        let own = before.max().map_or(1, |before| before.saturating_add(1));
        if own > DEEPEST {
            return Err(EnvelopeError::TooDeep(part.reference.clone()));
        }
        depths.insert(&part.reference, own);
    }
    Ok(())
}

fn shown(name: &str) -> String {
    name.chars().take(80).flat_map(char::escape_debug).collect()
}

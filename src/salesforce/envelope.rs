//! Several operations in one request: composite, batch and graph.
//!
//! REST API Developer Guide, "Composite Resources". A part is an [`Operation`] like any other, never
//! an envelope again, and its address is printed from it.

use super::Operation;

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

impl Envelope {
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

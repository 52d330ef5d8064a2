//! The footprint of an envelope: that of each of its parts, and all of them together.

use super::error::{FootprintError, Unresolved};
use super::path::Walk;
use super::{PartFootprint, Place, Walked};
use crate::salesforce::Operation;
use crate::salesforce::envelope::{Envelope, Graph, Part};

type Result<T> = std::result::Result<T, FootprintError>;

impl Walk<'_> {
    pub(super) fn envelope(&mut self, envelope: Envelope) -> Result<Walked> {
        let envelope = match envelope {
            Envelope::Composite { all_or_none, parts } => Envelope::Composite {
                all_or_none,
                parts: self.parts(parts, Place::AmongParts, None)?,
            },
            Envelope::Batch { halt_on_error, parts } => {
                Envelope::Batch { halt_on_error, parts: self.parts(parts, Place::Alone, None)? }
            }
            Envelope::Graph { graphs } => {
                let graphs = graphs.into_iter().map(|graph| {
                    let id = Some(graph.id.as_str());
                    let parts = self.parts(graph.parts, Place::AmongParts, id)?;
                    Ok(Graph { id: graph.id, parts })
                });
                Envelope::Graph { graphs: graphs.collect::<Result<_>>()? }
            }
        };
        let rows = self.rows_of_parts();
        Ok((Operation::Envelope(envelope), rows))
    }

    /// Parts in order, of the graph of that name.
    fn parts(&mut self, parts: Vec<Part>, place: Place, graph: Option<&str>) -> Result<Vec<Part>> {
        let mut resolved: Vec<Part> = Vec::with_capacity(parts.len());
        for Part { reference, operation } in parts {
            let called = match graph {
                Some(graph) => format!("{graph}.{reference}"),
                None => reference.clone(),
            };
            let within = |error: FootprintError| error.within(&called);
            if !can_be_a_part(&operation) {
                return Err(within(Unresolved::Nested.into()));
            }
            let mut walk = Walk::new(self.schema);
            let (operation, rows) = walk.operation(operation, place).map_err(within)?;
            if place == Place::AmongParts {
                walk.referred(&operation, &resolved).map_err(within)?;
            }
            let footprint = walk.finish(rows);
            self.absorb(&footprint);
            self.add_part(PartFootprint { reference: called, footprint });
            resolved.push(Part { reference, operation });
        }
        Ok(resolved)
    }
}

/// Whether an operation is one request below the data API that says all by itself.
fn can_be_a_part(operation: &Operation) -> bool {
    match operation {
        Operation::GetLimits
        | Operation::ListObjects
        | Operation::DescribeObject { .. }
        | Operation::Query(_)
        | Operation::Search(_)
        | Operation::GetRecord { .. }
        | Operation::GetRelated { .. }
        | Operation::CreateRecord { .. }
        | Operation::UpdateRecord { .. }
        | Operation::UpsertRecord { .. }
        | Operation::DeleteRecord { .. }
        | Operation::Records(_) => true,
        Operation::RecentlyViewed { .. }
        | Operation::CurrentUser
        | Operation::Envelope(_)
        | Operation::Bulk(_)
        | Operation::Report(_)
        | Operation::Metadata(_) => false,
    }
}

/// The rows of all parts together; `None` where one has no bound.
pub(super) fn rows(parts: &[PartFootprint]) -> Option<u32> {
    parts.iter().try_fold(0u32, |sum, part| Some(sum.saturating_add(part.footprint.rows?)))
}

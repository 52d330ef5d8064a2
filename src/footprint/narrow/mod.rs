//! What becomes of an operation of which a policy refuses fields: their values come back masked, or
//! they are left out. Only what comes back can be; what chooses, sorts or groups rows stays, and
//! the operation is refused.

mod field;
mod lists;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use super::path::Walk;
use super::{Access, Action, Footprint, Resolved, Target, resolve};
use crate::org::Schema;
use crate::salesforce::bulk::BulkOperation;
use crate::salesforce::report::{Definition, ReportMetadata, ReportOperation};
use crate::salesforce::{ObjectName, Operation};
use field::Field;
use lists::Leave;

/// The targets that a policy refuses to show.
type Targets = BTreeSet<Target>;

impl Resolved {
    /// The same operation with what may be seen only masked coming back so, where nothing else of
    /// it shows that. `None` where there is nothing to mask.
    ///
    /// What is left of the operation without the masked fields is resolved by itself, so that a
    /// target which comes back, or can be told, in any other way is still selected or filtered.
    pub fn masked(&self, schema: &Schema, targets: &Targets) -> Option<Self> {
        let mut rest = self.operation.clone();
        let maskable =
            |field: &Field<'_>| field.plain && field.masked(schema, targets, "").is_some();
        let taken = lists::take(&mut rest, schema, Leave::Nothing, &maskable);
        if taken.is_empty() {
            return None;
        }
        let rest = resolve(rest, schema).ok()?.footprint;
        let mut footprint = Footprint { rows: self.footprint.rows, ..rest };
        let parts = footprint.parts.iter_mut().zip(&self.footprint.parts);
        parts.for_each(|(part, own)| part.footprint.rows = own.footprint.rows);
        for taken in &taken {
            let field = taken.field();
            let masked = field.masked(schema, targets, &taken.name())?;
            let mut accesses = field.touches(schema)?;
            for access in accesses.iter_mut().filter(|a| masked.targets.contains(&a.target)) {
                access.action = Action::SelectMasked;
            }
            footprint.add(&accesses);
            let whole = match taken.part {
                Some(at) => {
                    let part = &mut footprint.parts.get_mut(at)?.footprint;
                    part.add(&accesses);
                    part
                }
                None => &mut footprint,
            };
            whole.masked.insert(&taken.lists, &taken.path.to_string(), masked);
        }
        let lost = lost(&self.footprint, &footprint, targets);
        (!lost).then(|| Self { operation: self.operation.clone(), footprint })
    }

    /// The operation without the fields that show what was refused, and those fields, where that
    /// leaves something to ask for. What can be shown `masked` of it stays.
    pub fn without(
        &self,
        schema: &Schema,
        refused: &Targets,
        masked: &Targets,
    ) -> Option<(Operation, Vec<String>)> {
        let mut operation = self.operation.clone();
        let shows = |accesses: &[Access]| accesses.iter().any(|a| refused.contains(&a.target));
        let names: Vec<String> = if let Operation::Report(ReportOperation::Run {
            definition: Definition::Read(report),
            ..
        }) = &mut operation
        {
            columns(report, &|report| column_shows(schema, report, &shows))
        } else if let Operation::RecentlyViewed { objects, .. } = &mut operation {
            of_objects(objects, &|object| refused.iter().any(|t| t.object() == Some(object)))
        } else if let Operation::Bulk(bulk) = &operation
            && !matches!(bulk, BulkOperation::CreateQuery(_))
        {
            // What the job's query selects is decided when it is made.
            return None;
        } else {
            let goes = |field: &Field<'_>| {
                let Some(touched) = field.touches(schema) else { return true };
                let stays = |target| masked.contains(target) || !refused.contains(target);
                let stays = field.plain
                    && touched.iter().all(|access| stays(&access.target))
                    && field.masked(schema, masked, "").is_some();
                shows(&touched) && !stays
            };
            let taken = lists::take(&mut operation, schema, Leave::One, &goes);
            taken.iter().map(|taken| taken.name_in(&self.footprint)).collect()
        };
        (!names.is_empty()).then_some((operation, names))
    }
}

/// Whether something that the operation touches would not be asked about.
fn lost(own: &Footprint, narrowed: &Footprint, targets: &Targets) -> bool {
    let kept = |access: &Access| {
        narrowed.accesses.iter().any(|other| {
            let masked = access.action == Action::Select
                && other.action == Action::SelectMasked
                && targets.contains(&access.target);
            other.target == access.target && (other.action == access.action || masked)
        })
    };
    let in_parts = own.parts.len() == narrowed.parts.len()
        && own
            .parts
            .iter()
            .zip(&narrowed.parts)
            .all(|(own, narrowed)| !lost(&own.footprint, &narrowed.footprint, targets));
    !(own.accesses.iter().all(kept) && in_parts)
}

/// Leaves columns out of the rows of a report. Of what it groups or computes nothing is left out.
fn columns(report: &mut ReportMetadata, goes: &dyn Fn(&ReportMetadata) -> bool) -> Vec<String> {
    let alone = |column: &_| ReportMetadata {
        details: vec![Clone::clone(column)],
        groupings_down: Vec::new(),
        groupings_across: Vec::new(),
        aggregates: Vec::new(),
        filters: Vec::new(),
        date_filter: None,
        sort_by: Vec::new(),
        ..report.clone()
    };
    let goes: Vec<bool> = report.details.iter().map(|column| goes(&alone(column))).collect();
    if goes.iter().all(|goes| *goes) {
        return Vec::new();
    }
    let mut goes = goes.into_iter();
    let gone = report.details.extract_if(.., |_| goes.next().unwrap_or_default());
    gone.map(|column| column.token).collect()
}

fn column_shows(
    schema: &Schema,
    report: &ReportMetadata,
    shows: &dyn Fn(&[Access]) -> bool,
) -> bool {
    let mut walk = Walk::new(schema);
    let traced = walk.report_columns(report);
    traced.is_err() || shows(&walk.finish(None).accesses)
}

/// Leaves objects out whose records may not be named.
fn of_objects(objects: &mut Vec<ObjectName>, goes: &dyn Fn(&ObjectName) -> bool) -> Vec<String> {
    if objects.iter().all(goes) {
        return Vec::new();
    }
    objects.extract_if(.., |object| goes(object)).map(|object| object.to_string()).collect()
}

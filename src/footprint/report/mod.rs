//! The footprint of reports: each column's field, and how the report gets to its object.

mod column;
#[cfg(test)]
mod tests;

use super::error::{FootprintError, Unresolved};
use super::path::Walk;
use super::{Action, Target, Walked};
use crate::org::Object;
use crate::salesforce::report::{Definition, ReportMetadata, ReportOperation, StandardFilter, Use};
use crate::salesforce::{FieldName, Operation, RecordId};
use column::Traced;

type Result<T> = std::result::Result<T, FootprintError>;

/// What the ids of reports start with.
const PREFIX: &str = "00O";

/// The filters that a report type brings, with the fields that they choose by.
const STANDARD_FILTERS: [(&str, &str, &str, &[&str]); 2] = [
    ("Opportunity", "open", "Opportunity", &["IsClosed", "IsWon"]),
    ("Opportunity", "probability", "Opportunity", &["Probability"]),
];

impl Use {
    fn actions(self) -> &'static [Action] {
        match self {
            Self::Detail => &[Action::Select],
            Self::Group | Self::Aggregate => &[Action::Select, Action::Filter],
            Self::Choose => &[Action::Filter],
        }
    }
}

impl Walk<'_> {
    pub(super) fn report(&mut self, operation: ReportOperation) -> Result<Walked> {
        self.run_report(operation.id())?;
        let rows = match &operation {
            ReportOperation::Describe { .. } => 1,
            ReportOperation::Run { definition: Definition::Unread, .. } => {
                return Err(Unresolved::ReportUnread.into());
            }
            ReportOperation::Run { definition: Definition::Refused(refusal), .. } => {
                return Err(Unresolved::Report(refusal.clone()).into());
            }
            ReportOperation::Run { definition: Definition::Read(metadata), limit, .. } => {
                self.report_columns(metadata)?;
                self.standard_filters(&metadata.report_type, &metadata.standard_filters)?;
                *limit
            }
        };
        Ok((Operation::Report(operation), Some(rows)))
    }

    fn run_report(&mut self, id: &RecordId) -> Result<()> {
        if id.key_prefix() != PREFIX {
            return Err(Unresolved::NotAReport.into());
        }
        self.touch(Action::RunReport, Target::Report(id.clone()), "");
        Ok(())
    }

    pub(super) fn report_columns(&mut self, metadata: &ReportMetadata) -> Result<()> {
        let columns = metadata.columns();
        let mut found = Vec::with_capacity(columns.len());
        for (used, column) in &columns {
            let traced = column::trace(self.schema, &metadata.report_type, column);
            let refused = || Unresolved::ReportColumn(super::error::shown(&column.token));
            found.push((used.actions(), column.token.as_str(), traced.ok_or_else(refused)?));
        }
        self.expect(found.len());
        let root = column::root(self.schema, &metadata.report_type);
        let mut objects: Vec<&Object> = root.into_iter().collect();
        for (_, _, traced) in &found {
            if !objects.iter().any(|known| known.name == traced.object.name) {
                objects.push(traced.object);
            }
        }
        for (actions, token, traced) in &found {
            self.report_column(actions, token, traced)?;
            if traced.steps.is_empty() && !traced.sure {
                self.links(actions, token, traced.object, &objects);
            }
        }
        Ok(())
    }

    /// A column of a lookup shows, and is compared with, the names of the records that it leads to;
    /// one of a name comes with the id of the record.
    fn report_column(
        &mut self,
        actions: &[Action],
        token: &str,
        traced: &Traced<'_>,
    ) -> Result<()> {
        for (object, lookup) in &traced.steps {
            self.each(actions, object, lookup, token);
        }
        let Traced { object, field, .. } = traced;
        self.each(actions, object, field, token);
        for target in &field.reference_to {
            let unknown = || Unresolved::Target { relationship: token.to_owned() };
            let target = self.schema.object(target).ok_or_else(unknown)?;
            if let Some(name) = target.name_field() {
                self.each(actions, target, name, token);
            }
        }
        if field.name_field && actions.contains(&Action::Select) {
            let id = FieldName::parse("Id").ok().and_then(|id| object.field(&id));
            self.each(&[Action::Select], object, id.ok_or(Unresolved::NotAReport)?, token);
        }
        Ok(())
    }

    /// Where the describe doesn't say by which lookup a report gets from one of its objects to
    /// another, it could be any. Users are led to, and lead nowhere.
    fn links(&mut self, actions: &[Action], token: &str, object: &Object, objects: &[&Object]) {
        let others = objects.iter().filter(|other| other.name != object.name);
        for (from, to) in others.flat_map(|other| [(*other, object), (object, *other)]) {
            if from.name.as_str() == "User" {
                continue;
            }
            for lookup in from.fields().filter(|field| field.reference_to.contains(&to.name)) {
                self.each(actions, from, lookup, token);
            }
        }
    }

    fn standard_filters(&mut self, report_type: &str, filters: &[StandardFilter]) -> Result<()> {
        for filter in filters.iter().filter(|filter| filter.value != "all") {
            let refused = || Unresolved::ReportColumn(super::error::shown(&filter.name));
            let known = STANDARD_FILTERS
                .iter()
                .find(|(of, name, _, _)| *of == report_type && *name == filter.name);
            let (_, _, object, fields) = known.ok_or_else(refused)?;
            let object = self.object(object)?;
            for field in *fields {
                let field = object.field_named(field).ok_or_else(refused)?;
                self.field(Action::Filter, &object, field, &filter.name);
            }
        }
        Ok(())
    }
}

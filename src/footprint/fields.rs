//! `FIELDS()`: written out, so that what is sent names every field that was judged.

use super::Action;
use super::error::{FootprintError, Unresolved};
use super::path::{Scope, Walk};
use crate::soql::ast::{FieldExpr, FieldSet, Path, SelectItem, Span};

/// The greatest `LIMIT` beside `FIELDS(ALL)` and `FIELDS(CUSTOM)`. SOQL and SOSL Reference,
/// "SELECT": Salesforce refuses them without one.
pub(super) const MOST_ROWS: u32 = 200;

impl Walk<'_> {
    /// The fields that `FIELDS()` stands for, in the order of their names, each touched.
    pub(super) fn field_set(
        &mut self,
        scope: &Scope,
        set: FieldSet,
        limit: Option<u32>,
        actions: &[Action],
        span: Span,
    ) -> Result<Vec<SelectItem>, FootprintError> {
        let unbounded = limit.is_none_or(|limit| limit > MOST_ROWS);
        match set {
            FieldSet::All | FieldSet::Custom if unbounded => {
                return Err(Unresolved::Unbounded { set: set.name() }.at(span));
            }
            FieldSet::All | FieldSet::Custom | FieldSet::Standard => {}
        }
        let object = &scope.object;
        let written = format!("FIELDS({})", set.name());
        let mut items = Vec::new();
        for field in object.fields() {
            let stands_for = match set {
                FieldSet::All => true,
                FieldSet::Standard => !field.custom,
                FieldSet::Custom => field.custom,
            };
            if !stands_for {
                continue;
            }
            self.each(actions, object, field, &written);
            let last = field.name.ident(span);
            let expr = FieldExpr::Path(Path { qualifiers: Vec::new(), last });
            items.push(SelectItem::Field { expr, alias: None });
        }
        if items.is_empty() {
            let object = object.name.clone();
            return Err(Unresolved::NoFields { object, set: set.name() }.at(span));
        }
        Ok(items)
    }
}

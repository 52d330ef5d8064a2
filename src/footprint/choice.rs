//! `TYPEOF`: what is selected of a record depends on its object.

use super::Action;
use super::error::{FootprintError, Unresolved, shown};
use super::path::{MOST_RELATIONSHIPS, Scope, Walk, parent, place, spelled, written};
use crate::salesforce::ObjectName;
use crate::soql::ast::{Branch, Path, Typeof};

type Result<T> = std::result::Result<T, FootprintError>;

impl Walk<'_> {
    /// Touches the lookup, every field after `THEN` on the object of its branch, and every field
    /// after `ELSE` on each object that the lookup can lead to (SOQL and SOSL Reference, "TYPEOF").
    pub(super) fn choice(
        &mut self,
        scope: &Scope,
        choice: &Typeof,
        actions: &[Action],
    ) -> Result<Typeof> {
        let path = &choice.relationship;
        let fail = |kind: Unresolved| kind.at(path.span());
        let written = written(path);
        let segments: Vec<_> = path.segments().cloned().collect();
        let steps = scope.relationships(&segments).map_err(fail)?;
        if steps.len() > MOST_RELATIONSHIPS {
            return Err(fail(Unresolved::TooDeep(written.into())));
        }
        let Some((last, before)) = steps.split_last() else {
            return Err(fail(Unresolved::Parent {
                place: scope.source.clone(),
                object: scope.object.name.clone(),
                relationship: written.into(),
            }));
        };
        if scope.is_ambiguous(&steps) {
            return Err(fail(Unresolved::Ambiguous(written.into())));
        }
        let mut object = &scope.object;
        let mut qualifiers = Vec::with_capacity(steps.len());
        for step in before {
            let lookup = parent(object, || place(scope, &qualifiers), step)
                .map_err(|kind| kind.at(step.span))?;
            if lookup.polymorphic {
                return Err(fail(Unresolved::Polymorphic { path: written.into() }));
            }
            qualifiers.push(spelled(lookup, step));
            self.each(actions, object, lookup, &written);
            object = self.target(lookup, step).map_err(fail)?;
        }
        let lookup = parent(object, || place(scope, &qualifiers), last)
            .map_err(|kind| kind.at(last.span))?;
        if !lookup.polymorphic {
            return Err(fail(Unresolved::OneTarget(written.into())));
        }
        let last = spelled(lookup, last);
        self.each(actions, object, lookup, &written);

        let mut branches = Vec::with_capacity(choice.branches.len());
        for branch in &choice.branches {
            branches.push(self.branch(branch, &lookup.reference_to, &written, actions)?);
        }
        let mut otherwise = Vec::with_capacity(choice.otherwise.len());
        for field in &choice.otherwise {
            let at = shown(format!("{written}.{field}"));
            if !field.qualifiers.is_empty() {
                return Err(Unresolved::Polymorphic { path: at }.at(field.span()));
            }
            let last = self
                .polymorphic(lookup, field, actions, &at)
                .map_err(|kind| kind.at(field.span()))?;
            otherwise.push(Path { qualifiers: Vec::new(), last });
        }
        Ok(Typeof {
            relationship: Path { qualifiers, last },
            branches,
            otherwise,
            span: choice.span,
        })
    }

    fn branch(
        &mut self,
        branch: &Branch,
        targets: &[ObjectName],
        relationship: &str,
        actions: &[Action],
    ) -> Result<Branch> {
        let fail = |kind: Unresolved| kind.at(branch.object.span);
        let object = self.object(branch.object.as_str()).map_err(fail)?;
        if !targets.contains(&object.name) {
            return Err(fail(Unresolved::NotATarget {
                relationship: relationship.to_owned(),
                object: shown(branch.object.as_str()),
            }));
        }
        let name = object.name.ident(branch.object.span);
        let scope = Scope::of(object);
        let fields = branch.fields.iter().map(|field| self.path(&scope, field, actions));
        Ok(Branch { object: name, fields: fields.collect::<Result<_>>()? })
    }
}

//! Instead of refusing a whole operation for fields that may not be selected: show them masked where
//! policies permit that, and leave the others out where a server is set to.

use std::collections::BTreeSet;

use super::context::CallContext;
use super::decide::Offers;
use super::{Agent, Denial, Permitted, PolicySet};
use crate::footprint::{Access, Action, Resolved, Target, resolve};
use crate::org;

/// What becomes of a field that is selected and may not be seen, not even masked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnForbidden {
    /// The call is refused.
    #[default]
    Deny,
    /// The field is left out.
    Drop,
}

/// A permitted operation, which may be less than what was asked for.
#[derive(Debug)]
pub struct Granted {
    /// The operation that is permitted.
    pub permitted: Permitted,
    /// The fields that it doesn't have any more.
    pub dropped: Vec<String>,
    /// What was refused of the operation as it was asked for, and is left out or masked.
    pub refused: Vec<Access>,
}

impl PolicySet {
    /// As [`Self::authorize`], but fields that may be seen only masked are, and those that may not
    /// be seen at all are left out or refuse the call. The narrower operation is asked about anew,
    /// every access of it; the denial is that of the operation as it was asked for.
    pub fn grant(
        &self,
        agent: &Agent,
        schema: &org::Schema,
        call: &CallContext<'_>,
        resolved: Resolved,
        on_forbidden: OnForbidden,
    ) -> Result<Granted, Box<Denial>> {
        self.grant_with(agent, schema, call, resolved, on_forbidden, Offers::Made)
    }

    /// As [`Self::grant`], with a denial that somebody reads or nobody does.
    pub(super) fn grant_with(
        &self,
        agent: &Agent,
        schema: &org::Schema,
        call: &CallContext<'_>,
        resolved: Resolved,
        on_forbidden: OnForbidden,
        offers: Offers,
    ) -> Result<Granted, Box<Denial>> {
        let denial = match self.judged(agent, schema, call, &resolved, offers) {
            Ok(judgement) => {
                let permitted = self.permit(schema, resolved, judgement);
                return Ok(Granted { permitted, dropped: Vec::new(), refused: Vec::new() });
            }
            Err(denial) => denial,
        };
        let narrower = denial.selects().and_then(|refused| {
            self.narrower(agent, schema, call, &resolved, &refused, on_forbidden)
        });
        let Some(Granted { permitted, dropped, .. }) = narrower else { return Err(denial) };
        let refused = denial.refused().iter().map(|refused| refused.access.clone()).collect();
        Ok(Granted { permitted, dropped, refused })
    }

    fn narrower(
        &self,
        agent: &Agent,
        schema: &org::Schema,
        call: &CallContext<'_>,
        resolved: &Resolved,
        refused: &BTreeSet<Target>,
        on_forbidden: OnForbidden,
    ) -> Option<Granted> {
        let mut maskable = BTreeSet::new();
        let masks = self.masks && self.could_permit(agent, Action::SelectMasked);
        let masked = if masks { resolved.masked(schema, refused) } else { None };
        if let Some(masked) = masked {
            match self.judged(agent, schema, call, &masked, Offers::Left) {
                Ok(judgement) => {
                    let permitted = self.permit(schema, masked, judgement);
                    return Some(Granted { permitted, dropped: Vec::new(), refused: Vec::new() });
                }
                Err(denial) => {
                    maskable.clone_from(refused);
                    for refused in denial.refused() {
                        if refused.access.action == Action::SelectMasked {
                            maskable.remove(&refused.access.target);
                        }
                    }
                }
            }
        }
        let (operation, dropped) = match on_forbidden {
            OnForbidden::Deny => return None,
            OnForbidden::Drop => resolved.without(schema, refused, &maskable)?,
        };
        let rest = resolve(operation, schema).ok()?;
        let rest = rest.masked(schema, &maskable).unwrap_or(rest);
        let judgement = self.judged(agent, schema, call, &rest, Offers::Left).ok()?;
        let permitted = self.permit(schema, rest, judgement);
        Some(Granted { permitted, dropped, refused: Vec::new() })
    }
}

impl Denial {
    /// The targets that were refused, where all that was refused is to select fields.
    fn selects(&self) -> Option<BTreeSet<Target>> {
        let selects = self.refused().iter().map(|refused| {
            let access = &refused.access;
            let field = access.target.field().is_some() && access.action == Action::Select;
            field.then(|| access.target.clone())
        });
        selects.collect()
    }
}

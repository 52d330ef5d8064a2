//! Which policies tests look at, and which not.

use std::collections::BTreeSet;

use super::result::CaseResult;
use crate::footprint::Target;
use crate::policy::PolicySet;

/// Which policies tests look at, and which not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coverage {
    /// How many policies the set has.
    pub policies: usize,
    /// The ids of those that decide on no access of any test, sorted.
    pub undecided: Vec<String>,
    /// The fields that policies name and no test asks about, sorted.
    pub unasked: Vec<String>,
}

impl Coverage {
    /// What was looked at in these results, which are the set's.
    pub fn of<'r>(set: &PolicySet, results: impl IntoIterator<Item = &'r CaseResult<'r>>) -> Self {
        let results: Vec<&CaseResult<'_>> = results.into_iter().collect();
        let rulings = || results.iter().flat_map(|result| &result.rulings);
        let decided: BTreeSet<&str> = rulings()
            .flat_map(|ruling| match &ruling.said {
                Ok(permits) => permits.as_slice(),
                Err(why) => why.policy_ids(),
            })
            .map(String::as_str)
            .collect();
        let asked: BTreeSet<String> = rulings()
            .filter(|ruling| matches!(ruling.access.target, Target::Field(..)))
            .map(|ruling| ruling.access.target.to_string())
            .collect();
        let ids = set.policy_ids();
        Self {
            policies: ids.len(),
            undecided: ids.filter(|id| !decided.contains(id)).map(str::to_owned).collect(),
            unasked: set.named_fields().into_iter().filter(|f| !asked.contains(f)).collect(),
        }
    }

    /// How many of a hundred policies decide on something, rounded down.
    pub fn percent(&self) -> usize {
        let decided = self.policies.saturating_sub(self.undecided.len());
        decided.saturating_mul(100).checked_div(self.policies).unwrap_or(0)
    }
}

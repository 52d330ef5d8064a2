//! A set that is asked beside the one that decides. What it says is compared and never followed:
//! whatever goes wrong in it, the call goes on as decided.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};

use super::context::CallContext;
use super::decide::{Judgement, Offers, Permitted};
use super::denial::{Denial, Refused};
use super::{Agent, PolicySet};
use crate::footprint::{Access, Action, Footprint, Resolved, Target};
use crate::org;

/// The most accesses that a shadow set is asked about for one call.
const MOST_ASKED: usize = 2_000;

/// What a shadow set says of an operation.
#[derive(Debug)]
pub struct Trial {
    policy_set: String,
    said: Said,
}

#[derive(Debug)]
enum Said {
    Judged(Result<Judgement, Box<Denial>>),
    Failed,
    NotAsked,
}

/// How a shadow set differs from what was decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// The hash of the shadow set.
    pub policy_set: String,
    /// What it would have decided.
    pub verdict: Verdict,
    /// Where it differs, in the order of actions and targets.
    pub differences: Vec<Difference>,
}

/// What a shadow set would have decided on a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// To let it through.
    Allow,
    /// To refuse it.
    Deny,
    /// It could not be asked.
    Failed,
    /// The call touches more than it is asked about.
    NotAsked,
}

impl Verdict {
    /// The word in audit records.
    pub fn name(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Deny => "deny",
            Self::Failed => "failed",
            Self::NotAsked => "not_asked",
        }
    }
}

/// One access that a shadow set decides in another way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What it would do.
    pub would: Would,
    /// What is asked.
    pub action: Action,
    /// Of what.
    pub target: Target,
    /// The policies that refuse it, in the set that does; none where no policy permits it.
    pub policies: Vec<String>,
}

/// What a shadow set would do with an access.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Would {
    /// Refuse what was permitted.
    Deny,
    /// Permit what was refused.
    Allow,
    /// Leave out of the answer what was shown.
    Hide,
    /// Show what was left out of the answer.
    Show,
}

impl Would {
    /// The word in audit records.
    pub fn name(self) -> &'static str {
        match self {
            Self::Deny => "deny",
            Self::Allow => "allow",
            Self::Hide => "hide",
            Self::Show => "show",
        }
    }
}

/// How many calls were compared since the start.
#[derive(Debug, Default)]
pub struct ShadowCounts {
    compared: AtomicU64,
    differed: AtomicU64,
    failed: AtomicU64,
}

impl ShadowCounts {
    /// Counts a call.
    pub fn count(&self, comparison: Option<&Comparison>) {
        self.compared.fetch_add(1, Ordering::Relaxed);
        match comparison.map(|comparison| comparison.verdict) {
            None => {}
            Some(Verdict::Allow | Verdict::Deny) => {
                self.differed.fetch_add(1, Ordering::Relaxed);
            }
            Some(Verdict::Failed | Verdict::NotAsked) => {
                self.failed.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// Calls that a shadow set was asked about, or was to be.
    pub fn compared(&self) -> u64 {
        self.compared.load(Ordering::Relaxed)
    }

    /// Those on which it differs.
    pub fn differed(&self) -> u64 {
        self.differed.load(Ordering::Relaxed)
    }

    /// Those on which it could not be asked.
    pub fn failed(&self) -> u64 {
        self.failed.load(Ordering::Relaxed)
    }
}

impl PolicySet {
    /// Asks this set about an operation that another one decides on.
    pub fn trial(
        &self,
        agent: &Agent,
        schema: &org::Schema,
        call: &CallContext<'_>,
        resolved: &Resolved,
    ) -> Trial {
        let said = if asked(resolved.footprint()) > MOST_ASKED {
            Said::NotAsked
        } else {
            let judge = || self.judged(agent, schema, call, resolved, Offers::Left);
            catch_unwind(AssertUnwindSafe(judge)).map_or(Said::Failed, Said::Judged)
        };
        Trial { policy_set: self.hash().to_owned(), said }
    }
}

/// How many questions an operation is.
fn asked(footprint: &Footprint) -> usize {
    let own = footprint.accesses.len().saturating_add(footprint.pruned.len());
    let parts = footprint.parts.iter().map(|part| asked(&part.footprint));
    parts.fold(own, usize::saturating_add)
}

impl Trial {
    /// How it differs from a permit of the same operation, or of what was left of it: what was `asked`
    /// and is masked or left out counts as refused, in both sets alike.
    pub fn beside_permit(self, asked: &Footprint, permitted: &Permitted) -> Option<Comparison> {
        let footprint = permitted.resolved().footprint();
        let kept: BTreeSet<(Action, Target)> = footprint.accesses.iter().map(key).collect();
        let left_out = || asked.accesses.iter().filter(|access| !kept.contains(&key(access)));
        let shown = |access: &Access| Difference::of(Would::Show, access, Vec::new());
        let differences = match &self.said {
            Said::Judged(Ok(judgement)) => {
                let would = |access: &&Access| {
                    let shown = permitted.visible(access.action, &access.target);
                    let would = judgement.visible(access.action, &access.target);
                    match (shown, would) {
                        (true, false) => Some(Would::Hide),
                        (false, true) => Some(Would::Show),
                        (true, true) | (false, false) => None,
                    }
                };
                let pruned = pruned(footprint).into_iter();
                let differs = |access| Some(Difference::of(would(&access)?, access, Vec::new()));
                left_out().map(shown).chain(pruned.filter_map(differs)).collect()
            }
            Said::Judged(Err(denial)) => {
                let theirs: BTreeSet<(Action, Target)> =
                    denial.refused().iter().map(|refused| key(&refused.access)).collect();
                let goes_on = |refused: &Refused| kept.contains(&key(&refused.access));
                let mut differences = refused(Would::Deny, denial, goes_on);
                differences.extend(left_out().filter(|a| !theirs.contains(&key(a))).map(shown));
                differences
            }
            Said::Failed | Said::NotAsked => Vec::new(),
        };
        self.comparison(differences, true)
    }

    /// How it differs from a denial of the same operation.
    pub fn beside_denial(self, denial: &Denial) -> Option<Comparison> {
        let differences = match &self.said {
            Said::Judged(Ok(_)) => refused(Would::Allow, denial, |_| true),
            Said::Judged(Err(own)) => {
                let in_none_of = |other: &Denial| {
                    let theirs: BTreeSet<(Action, Target)> =
                        other.refused().iter().map(|refused| key(&refused.access)).collect();
                    move |refused: &Refused| !theirs.contains(&key(&refused.access))
                };
                let mut differences = refused(Would::Deny, own, in_none_of(denial));
                differences.extend(refused(Would::Allow, denial, in_none_of(own)));
                differences
            }
            Said::Failed | Said::NotAsked => Vec::new(),
        };
        self.comparison(differences, false)
    }

    /// `None` where the two sets agree. To refuse only what was left out anyhow is to let a call through.
    fn comparison(self, mut differences: Vec<Difference>, permitted: bool) -> Option<Comparison> {
        let refuses = differences.iter().any(|difference| difference.would == Would::Deny);
        let verdict = match self.said {
            Said::Judged(Ok(_)) => Verdict::Allow,
            Said::Judged(Err(_)) if permitted && !refuses => Verdict::Allow,
            Said::Judged(Err(_)) => Verdict::Deny,
            Said::Failed => Verdict::Failed,
            Said::NotAsked => Verdict::NotAsked,
        };
        if differences.is_empty() && matches!(verdict, Verdict::Allow | Verdict::Deny) {
            return None;
        }
        differences.sort_by(|a, b| {
            let of = |d: &Difference| (d.would, d.action, d.target.clone());
            of(a).cmp(&of(b)).then_with(|| a.policies.cmp(&b.policies))
        });
        differences.dedup();
        Some(Comparison { policy_set: self.policy_set, verdict, differences })
    }
}

impl Difference {
    fn of(would: Would, access: &Access, policies: Vec<String>) -> Self {
        Self { would, action: access.action, target: access.target.clone(), policies }
    }
}

fn key(access: &Access) -> (Action, Target) {
    (access.action, access.target.clone())
}

fn refused(would: Would, denial: &Denial, counts: impl Fn(&Refused) -> bool) -> Vec<Difference> {
    let refused = denial.refused().iter().filter(|refused| counts(refused));
    refused
        .map(|refused| Difference::of(would, &refused.access, refused.why.policy_ids().to_vec()))
        .collect()
}

/// What may be left out of the answer, of all parts.
fn pruned(footprint: &Footprint) -> Vec<&Access> {
    let mut all: Vec<&Access> = footprint.pruned.iter().collect();
    for part in &footprint.parts {
        all.extend(pruned(&part.footprint));
    }
    all
}

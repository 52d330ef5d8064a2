//! What a case says of single accesses: `Contact.Name: allow`, `filter Contact.SSN__c: deny`.

use std::fmt;

use serde::Deserialize;

use super::result::Failure;
use crate::footprint::{Action, Target};
use crate::org::nearest;
use crate::policy::Ruling;
use crate::policy::names::shown;

/// The most accesses that a failure lists.
const MOST_LISTED: usize = 20;

/// What becomes of accesses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Verdict {
    /// Permitted.
    Allow,
    /// Refused, and not seen masked either.
    Deny,
    /// To select it is refused, to see it masked is permitted.
    Masked,
}

impl Verdict {
    fn word(self) -> &'static str {
        match self {
            Self::Allow => "permitted",
            Self::Deny => "denied",
            Self::Masked => "masked",
        }
    }
}

/// A verdict on the accesses of a call to one target, or on one action of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Claim {
    action: Option<Action>,
    /// A field, an object, a report's id, or `org`.
    target: String,
    pub(super) verdict: Verdict,
}

impl Claim {
    /// # Errors
    /// With what is wrong, and what would be right.
    pub(super) fn parse(key: &str, verdict: Verdict) -> Result<Self, (String, Option<String>)> {
        let mut words = key.split_whitespace();
        let (action, target) = match (words.next(), words.next(), words.next()) {
            (Some(target), None, _) => (None, target),
            (Some(action), Some(target), None) => (Some(action), target),
            (None | Some(_), _, _) => {
                let hint = "write Object.Field, Object, or one of them behind an action";
                let message = format!("`{}` names no access", shown(key));
                return Err((message, Some(hint.to_owned())));
            }
        };
        let action = action.map(action_of).transpose()?;
        if verdict == Verdict::Masked && action.is_some_and(|action| action != Action::Select) {
            let message = format!("`{}` can't be masked", shown(key));
            return Err((message, Some("only what is selected can".to_owned())));
        }
        Ok(Self { action, target: target.to_owned(), verdict })
    }

    fn is_about(&self, ruling: &Ruling) -> bool {
        let access = &ruling.access;
        let target = match &access.target {
            Target::Org => "org".to_owned(),
            Target::Report(id) => id.to_string(),
            Target::Object(_) | Target::Field(..) => access.target.to_string(),
        };
        // What is masked is what is selected; to filter on it is another question.
        let only = self.action.or((self.verdict == Verdict::Masked).then_some(Action::Select));
        target == self.target && only.is_none_or(|action| action == access.action)
    }

    /// What of it does not hold; `masked` are the rulings on what would be seen masked.
    pub(super) fn failures(&self, rulings: &[Ruling], masked: &[Ruling]) -> Vec<Failure> {
        let expected = self.verdict.word();
        let about: Vec<&Ruling> = rulings.iter().filter(|ruling| self.is_about(ruling)).collect();
        if about.is_empty() {
            let got = format!("no access of the call; those are {}", listed(rulings));
            return vec![Failure::new(self.to_string(), expected, got)];
        }
        let failure = |ruling: &&Ruling| {
            let mask = masked.iter().find(|mask| {
                mask.said.is_ok()
                    && mask.access.target == ruling.access.target
                    && mask.part == ruling.part
                    && ruling.access.action == Action::Select
            });
            let found = match (&ruling.said, mask) {
                (Ok(_), _) => Verdict::Allow,
                (Err(_), Some(_)) => Verdict::Masked,
                (Err(_), None) => Verdict::Deny,
            };
            let got = match mask {
                Some(mask) if found == Verdict::Masked => format!("masked: {}", mask.verdict()),
                Some(_) | None => ruling.verdict(),
            };
            (found != self.verdict).then(|| Failure::new(name(ruling), expected, got))
        };
        about.iter().filter_map(failure).collect()
    }
}

impl fmt::Display for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.action {
            Some(action) => write!(f, "{} {}", action.name(), self.target),
            None => f.write_str(&self.target),
        }
    }
}

fn action_of(word: &str) -> Result<Action, (String, Option<String>)> {
    let names = || Action::ALL.into_iter().map(Action::name);
    Action::named(word).ok_or_else(|| {
        let hint = match nearest(word, names()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("the actions are {}", names().collect::<Vec<_>>().join(", ")),
        };
        (format!("`{}` is not an action", shown(word)), Some(hint))
    })
}

/// `select Contact.Name`, with the part that asks for it.
pub(super) fn name(ruling: &Ruling) -> String {
    let (action, target) = (ruling.access.action.name(), &ruling.access.target);
    match &ruling.part {
        Some(part) => format!("{action} {target} (in part {part})"),
        None => format!("{action} {target}"),
    }
}

fn listed(rulings: &[Ruling]) -> String {
    let mut names: Vec<String> = rulings.iter().map(name).collect();
    let more = names.len().saturating_sub(MOST_LISTED);
    names.truncate(MOST_LISTED);
    if more > 0 {
        names.push(format!("{more} more"));
    }
    names.join(", ")
}

//! What would become of the decisions of a journal, counted.

use std::collections::BTreeMap;

use serde::Serialize;

/// The most kinds of change that are told apart; a journal with more was made for that.
const MOST_KINDS: usize = 10_000;

/// The most reasons why something could not be replayed: they name agents.
const MOST_REASONS: usize = 100;

/// What tells one kind of change from another. What opens comes first.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(super) struct Kind {
    #[serde(serialize_with = "word")]
    pub(super) change: Change,
    pub(super) agent: String,
    pub(super) tool: String,
    pub(super) action: String,
    /// `None` for the org itself.
    pub(super) object: Option<String>,
    /// None for the object itself.
    pub(super) fields: Vec<String>,
    /// The policies that permit it now, or that refuse it.
    pub(super) policies: Vec<String>,
}

/// What becomes of an access.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Change {
    /// It was refused, and would be permitted.
    Opens,
    /// It was permitted, and would be refused.
    Closes,
}

impl Change {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Opens => "opens",
            Self::Closes => "closes",
        }
    }
}

fn word<S: serde::Serializer>(change: &Change, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(change.name())
}

/// The calls that are alike in something.
#[derive(Serialize)]
pub(super) struct Calls {
    pub(super) count: u64,
    pub(super) first: String,
    pub(super) last: String,
    /// The id of one of them.
    pub(super) example: String,
}

/// What would become of the decisions of a journal.
#[derive(Default)]
pub(super) struct Tally {
    /// Decisions that were asked about again, at least in part.
    pub(super) decisions: u64,
    pub(super) changed: u64,
    pub(super) kinds: BTreeMap<Kind, Calls>,
    /// Changes of too many kinds.
    pub(super) untold: u64,
    /// What could not be asked about, and why.
    pub(super) not_replayed: BTreeMap<String, Calls>,
    /// Something opens, or what was refused could not be asked about.
    pub(super) may_open: bool,
    /// The journals whose last line was not written to its end.
    pub(super) torn: Vec<String>,
}

impl Tally {
    pub(super) fn change(&mut self, kind: Kind, time: &str, id: &str) {
        self.may_open |= kind.change == Change::Opens;
        if self.kinds.len() < MOST_KINDS || self.kinds.contains_key(&kind) {
            count(&mut self.kinds, kind, 1, time, id);
        } else {
            self.untold = self.untold.saturating_add(1);
        }
    }

    /// Notes what could not be asked about.
    pub(super) fn missed(&mut self, why: &str, how_many: u64, time: &str, id: &str) {
        if how_many == 0 {
            return;
        }
        let room = self.not_replayed.len() < MOST_REASONS || self.not_replayed.contains_key(why);
        let why = if room { why } else { "other reasons" };
        count(&mut self.not_replayed, why.to_owned(), how_many, time, id);
    }
}

fn count<K: Ord>(counts: &mut BTreeMap<K, Calls>, key: K, how_many: u64, time: &str, id: &str) {
    let calls = counts.entry(key).or_insert_with(|| Calls {
        count: 0,
        first: time.to_owned(),
        last: String::new(),
        example: id.to_owned(),
    });
    calls.count = calls.count.saturating_add(how_many);
    time.clone_into(&mut calls.last);
}

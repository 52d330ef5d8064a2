//! Where the questions of one call are put.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::circumstances::Circumstances;
use super::context::{CallContext, Facts};
use super::decide::Judgement;
use super::denial::Why;
use super::model::Known;
use super::slice::{Asker, Place, Slice, Verdict};
use super::{Agent, PolicySet};
use crate::footprint::{Access, Action, Target};
use crate::org;

/// What the questions of one call have in common, made once.
pub(super) struct Bench<'a> {
    set: &'a PolicySet,
    schema: &'a org::Schema,
    asker: Arc<Asker>,
    circumstances: Circumstances<'a>,
    hearings: Vec<Hearing>,
    /// Where in `hearings` one is.
    places: HashMap<(Action, Place), usize>,
    /// The hearing of the last question: most accesses of a call are of one object.
    last: usize,
}

/// What was asked of one action in one place.
struct Hearing {
    action: Action,
    place: Place,
    slice: Arc<Slice>,
    /// Of the place as a whole, then of each class of fields.
    verdicts: Vec<Option<Verdict>>,
    /// Which of them permitted what was noted.
    counted: Vec<bool>,
    /// The permits that speak of them, where that was asked.
    near: HashMap<Option<usize>, Vec<String>>,
    seen: Seen,
}

/// The permission of one access.
#[derive(Debug)]
pub(super) struct Permit {
    hearing: usize,
    /// Where in the hearing's verdicts it is from.
    at: usize,
    field: Option<usize>,
    policies: Arc<[String]>,
}

/// What was permitted of one action in one place.
#[derive(Debug, Default)]
pub(super) struct Seen {
    object: Option<Arc<org::Object>>,
    whole: bool,
    /// For each field of the object in its order; empty if none was permitted.
    fields: Vec<bool>,
}

impl<'a> Bench<'a> {
    pub(super) fn new(
        set: &'a PolicySet,
        agent: &Agent,
        schema: &'a org::Schema,
        call: &CallContext<'a>,
        facts: Facts,
    ) -> Self {
        Self {
            set,
            schema,
            asker: set.slices.asker(&set.model, agent, call.environment),
            circumstances: Circumstances::new(call, facts),
            hearings: Vec::new(),
            places: HashMap::new(),
            last: 0,
        }
    }

    /// The ids of the policies that permit the access, or why it is refused.
    pub(super) fn ask(&mut self, access: &Access) -> Verdict {
        self.put(access).map(|permit| permit.policies)
    }

    /// Refuses an access that tells more of a field than the agent may see of it, which is a mask:
    /// rows that are chosen by its value tell the value.
    pub(super) fn not_only_masked(&mut self, access: &Access) -> Result<(), Why> {
        let chooses = matches!(access.action, Action::Filter | Action::Search)
            && access.target.field().is_some();
        if !chooses || !self.set.masks {
            return Ok(());
        }
        let mut may = |action| self.put(&Access { action, ..access.clone() }).is_ok();
        if may(Action::SelectMasked) && !may(Action::Select) { Err(Why::Masked) } else { Ok(()) }
    }

    /// The ids of the permits whose scope matches an access that none permits, so that only their
    /// conditions don't: the first few by name.
    pub(super) fn near_misses(&mut self, access: &Access, why: &Why) -> Vec<String> {
        if *why != Why::NotPermitted {
            return Vec::new();
        }
        let hearing = self.hearing(access.action, &access.target).ok();
        let Some(hearing) = hearing.and_then(|at| self.hearings.get_mut(at)) else {
            return Vec::new();
        };
        let Ok(field) = hearing.field(&access.target) else { return Vec::new() };
        let class = field.and_then(|field| hearing.slice.class_of(field));
        let near = hearing.near.entry(class);
        near.or_insert_with(|| hearing.slice.permits(class)).clone()
    }

    /// Whether an access would be let through by itself: permitted, and telling no more than the agent
    /// may see.
    pub(super) fn lets_through(&mut self, access: &Access) -> bool {
        self.put(access).is_ok() && self.not_only_masked(access).is_ok()
    }

    /// As [`Self::ask`], as something that can be noted.
    pub(super) fn put(&mut self, access: &Access) -> Result<Permit, Why> {
        self.last = self.hearing(access.action, &access.target)?;
        let (set, circumstances) = (self.set, &self.circumstances);
        let not_asked = || Why::PolicyError(Vec::new());
        let hearing = self.hearings.get_mut(self.last).ok_or_else(not_asked)?;
        let field = hearing.field(&access.target)?;
        let class = field.and_then(|field| hearing.slice.class_of(field));
        if field.is_some() && class.is_none() {
            return Err(not_asked());
        }
        let at = class.map_or(0, |class| class.saturating_add(1));
        let asked = || hearing.slice.ask(&set.model, class, circumstances);
        let verdict = hearing.verdicts.get_mut(at).ok_or_else(not_asked)?.get_or_insert_with(asked);
        let policies = verdict.clone()?;
        if access.opaque && !names(set, &policies, &hearing.slice, class) {
            return Err(Why::Opaque);
        }
        Ok(Permit { hearing: self.last, at, field, policies })
    }

    /// Makes what was permitted a part of [`Self::permitted`].
    pub(super) fn note(&mut self, permit: &Permit) {
        let Some(hearing) = self.hearings.get_mut(permit.hearing) else { return };
        if let Some(counted) = hearing.counted.get_mut(permit.at) {
            *counted = true;
        }
        hearing.seen.insert(&hearing.slice, permit.field);
    }

    /// Whether some permit can speak of the action on the object at all.
    pub(super) fn has_permit(&mut self, action: Action, object: &org::Object) -> bool {
        let hearing = self.hearing(action, &Target::Object(object.name.clone()));
        let hearing = hearing.ok().and_then(|at| self.hearings.get(at));
        hearing.is_some_and(|hearing| hearing.slice.has_permit())
    }

    /// All that was noted as permitted, and by which policies.
    pub(super) fn permitted(self) -> Judgement {
        let counted = self.hearings.iter().flat_map(|hearing| {
            let counted = hearing.verdicts.iter().zip(&hearing.counted);
            counted.filter_map(|(verdict, counted)| {
                counted.then_some(verdict.as_ref()?.as_ref().ok()?)
            })
        });
        let policies: BTreeSet<&String> = counted.flat_map(|ids| ids.iter()).collect();
        let policies = policies.into_iter().cloned().collect();
        let seen = self.hearings.into_iter().map(|h| ((h.action, h.place), h.seen));
        Judgement { policies, visible: seen.collect() }
    }

    /// Where the hearing of an action on a target is; one is opened where there is none.
    fn hearing(&mut self, action: Action, target: &Target) -> Result<usize, Why> {
        if self.hearings.get(self.last).is_some_and(|last| last.is_of(action, target)) {
            return Ok(self.last);
        }
        let place = Place::of(target);
        if let Some(at) = self.places.get(&(action, place.clone())) {
            return Ok(*at);
        }
        // Cedar must not be asked about what the org doesn't have: a forbid on its object or its
        // labels would not fire.
        let known = Known::find(self.schema, target).ok_or(Why::Unknown)?;
        let slice = self
            .set
            .slices
            .find(&self.set.model, &self.asker, action, place.clone(), known)
            .ok_or(Why::PolicyError(Vec::new()))?;
        let at = self.hearings.len();
        let classes = slice.classes().saturating_add(1);
        self.places.insert((action, place.clone()), at);
        self.hearings.push(Hearing {
            action,
            place,
            slice,
            verdicts: vec![None; classes],
            counted: vec![false; classes],
            near: HashMap::new(),
            seen: Seen::default(),
        });
        Ok(at)
    }
}

/// Whether one of the policies names exactly the resource.
fn names(set: &PolicySet, policies: &[String], slice: &Slice, class: Option<usize>) -> bool {
    let Some(resource) = slice.resource(class) else { return false };
    let mut policies = policies.iter().filter_map(|id| set.policies.get(id));
    policies.any(|policy| policy.names_itself(resource))
}

impl Hearing {
    fn is_of(&self, action: Action, target: &Target) -> bool {
        self.action == action
            && match (&self.place, target) {
                (Place::Object(ours), Target::Object(object) | Target::Field(object, _)) => {
                    ours == object
                }
                (place, target) => *place == Place::of(target),
            }
    }

    /// The place of a target that is a field.
    fn field(&self, target: &Target) -> Result<Option<usize>, Why> {
        let Some(field) = target.field() else { return Ok(None) };
        let place = self.slice.object().and_then(|object| object.place_of(field));
        place.map(Some).ok_or(Why::Unknown)
    }
}

impl Seen {
    fn insert(&mut self, slice: &Slice, field: Option<usize>) {
        let Some(field) = field else {
            self.whole = true;
            return;
        };
        if self.fields.is_empty() {
            self.object = slice.object().cloned();
            self.fields = vec![false; slice.fields()];
        }
        if let Some(seen) = self.fields.get_mut(field) {
            *seen = true;
        }
    }

    /// Whether the target, which is of this place, is among them.
    pub(super) fn contains(&self, target: &Target) -> bool {
        let Some(field) = target.field() else { return self.whole };
        let place = self.object.as_ref().and_then(|object| object.place_of(field));
        place.and_then(|place| self.fields.get(place)).is_some_and(|seen| *seen)
    }

    /// Adds what was permitted of the same place for another part of a call.
    pub(super) fn add(&mut self, other: Self) {
        self.whole |= other.whole;
        if self.fields.is_empty() {
            self.object = other.object;
            self.fields = other.fields;
        } else {
            for (seen, other) in self.fields.iter_mut().zip(other.fields) {
                *seen |= other;
            }
        }
    }
}

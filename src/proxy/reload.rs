//! Policies read anew while calls run.
//!
//! The folders are looked at several times a second, and at once when somebody says so. A new set
//! is checked off the calls' path, recorded, and put in force whole; a bad one changes nothing, and
//! the journal, the log and [`ReloadState`](crate::policy::ReloadState) say so.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{mpsc, watch};
use tokio::task::spawn_blocking;
use tokio::time::{MissedTickBehavior, interval};

use super::gate::Gate;
use super::server::Server;
use crate::audit::{Event, Journal, JournalError};
use crate::org::Schema;
use crate::policy::{
    Against, Checked, LoadError, Names, PolicySet, Refusal, Sets, Snapshot, Store, Watch,
};
use crate::tools::NAMES;

/// How often the folders are looked at.
const EVERY: Duration = Duration::from_millis(250);

/// Follows the folders until it is told to stop. What comes through `now` has it look at once.
pub async fn follow(
    server: Arc<Server>,
    mut watch: Watch,
    mut now: mpsc::Receiver<()>,
    mut stop: watch::Receiver<bool>,
) {
    let gate = server.gate();
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut checked_with = gate.schema.current();
    let mut waits = false;
    loop {
        let asked = tokio::select! {
            _ = ticks.tick() => false,
            Some(()) = now.recv() => true,
            _ = stop.changed() => return,
        };
        // A policy may name what the org has only now.
        let schema = gate.schema.current();
        let state = gate.policies.state();
        let waiting = state.refused.is_some() || state.shadow_refused.is_some();
        if waiting && !Arc::ptr_eq(&schema, &checked_with) {
            watch.again();
        }
        let looked = spawn_blocking(move || {
            let snapshot = if asked { watch.look_now() } else { watch.look() };
            (watch, snapshot)
        });
        let Ok((same, snapshot)) = looked.await else {
            tracing::error!("policies are not followed any more: they can't be looked at");
            return;
        };
        watch = same;
        let Some(snapshot) = snapshot else { continue };
        match gate.load(snapshot).await {
            Ok(schema) => {
                checked_with = schema;
                waits = false;
            }
            Err(error) => {
                if !waits {
                    tracing::error!(%error, "new policies wait until the journal can be written");
                }
                waits = true;
                watch.again();
            }
        }
    }
}

/// Records which shadow set a server starts with, or why it has none.
pub async fn tell_shadow(journal: &Journal, store: &Store) -> Result<(), JournalError> {
    let sets = store.sets();
    if let Some(shadow) = &sets.shadow {
        let shadow_set = Some(shadow.hash().to_owned());
        journal.append(&Event::ShadowSet { shadow_set }).await?;
    }
    if let Some(refusal) = &store.state().shadow_refused {
        journal.append(&refused(refusal, &sets.enforced, true)).await?;
    }
    Ok(())
}

impl Gate {
    /// Checks what was read and puts it in force, or notes what is wrong with it; the schema that
    /// it was checked against. A set that can't be recorded doesn't take effect.
    async fn load(&self, snapshot: Snapshot) -> Result<Arc<Schema>, JournalError> {
        let _turn = self.schema.turn().await;
        let schema = self.schema.current();
        let digest = snapshot.digest();
        let Checked { enforced, shadow } = self.checked(snapshot, &schema).await;
        let before = self.policies.sets();
        let refused = |error| Refusal { digest: digest.clone(), error, at: self.clock.wall() };
        let enforced = match enforced {
            // What was made for the set that is in force is of use for the same one.
            Ok(set) if set.hash() == before.enforced.hash() => Arc::clone(&before.enforced),
            Ok(set) => set,
            Err(error) => {
                self.refuse_set(refused(error), &before.enforced).await?;
                return Ok(schema);
            }
        };
        let (shadow, problem) = match shadow {
            None => (None, None),
            Some(Ok(set)) => {
                let same = before.shadow.clone().filter(|known| known.hash() == set.hash());
                (Some(same.unwrap_or(set)), None)
            }
            // The last good one was made to be compared with the set that is in force.
            Some(Err(error)) if enforced.hash() == before.enforced.hash() => {
                (before.shadow.clone(), Some(refused(error)))
            }
            Some(Err(error)) => (None, Some(refused(error))),
        };
        self.record(&before, &enforced, shadow.as_deref(), problem.as_ref()).await?;
        let state = self.policies.state();
        let sets = Sets { enforced, shadow };
        let told = match (&state.shadow_refused, &problem) {
            (Some(known), Some(problem)) => known.repeats(problem),
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        };
        if sets.are(&before) && state.refused.is_none() && told {
            return Ok(schema);
        }
        let (policy_set, changed) = (sets.enforced.hash(), !sets.are(&before));
        tracing::info!(policy_set, changed, "the policies in their files are in force");
        self.policies.put(sets, problem, self.clock.wall());
        Ok(schema)
    }

    /// Everything that takes long, on a thread that no call needs.
    async fn checked(&self, snapshot: Snapshot, schema: &Arc<Schema>) -> Checked {
        let (schema, environment) = (Arc::clone(schema), self.environment);
        let zone = self.zone.clone();
        let now = Timestamp::try_from(self.clock.wall()).unwrap_or(Timestamp::UNIX_EPOCH);
        let check = move || {
            let names = Names { schema: &schema, tools: Some(&NAMES), roles: None };
            snapshot.check(&Against { names, environment, now, zone: &zone })
        };
        spawn_blocking(check).await.unwrap_or_else(|_panic| Checked {
            enforced: Err(LoadError::of("policies", "the check failed")),
            shadow: None,
        })
    }

    async fn refuse_set(&self, refusal: Refusal, in_force: &PolicySet) -> Result<(), JournalError> {
        let state = self.policies.state();
        if state.refused.as_ref().is_some_and(|known| known.repeats(&refusal)) {
            return Ok(());
        }
        self.journal.append_aside(&refused(&refusal, in_force, false)).await?;
        let (policy_set, error) = (in_force.hash(), &refusal.error);
        tracing::error!(policy_set, %error, "new policies are refused; the last good set decides");
        self.policies.refuse(refusal);
        Ok(())
    }

    /// What changes is in the journal before it takes effect.
    async fn record(
        &self,
        before: &Sets,
        enforced: &PolicySet,
        shadow: Option<&PolicySet>,
        problem: Option<&Refusal>,
    ) -> Result<(), JournalError> {
        let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        if enforced.hash() != before.enforced.hash() {
            let changes = enforced.changes(&before.enforced);
            let event = Event::PolicySet {
                policy_set: enforced.hash().to_owned(),
                before: before.enforced.hash().to_owned(),
                policies: count(enforced.policy_ids().len()),
                added: count(changes.added),
                removed: count(changes.removed),
                changed: count(changes.changed),
            };
            self.journal.append_aside(&event).await?;
        }
        let known = before.shadow.as_ref().map(|shadow| shadow.hash());
        if shadow.map(PolicySet::hash) != known {
            let shadow_set = shadow.map(|shadow| shadow.hash().to_owned());
            self.journal.append_aside(&Event::ShadowSet { shadow_set }).await?;
        }
        let state = self.policies.state();
        let told = |problem: &Refusal| {
            state.shadow_refused.as_ref().is_some_and(|known| known.repeats(problem))
        };
        if let Some(problem) = problem.filter(|problem| !told(problem)) {
            let error = &problem.error;
            tracing::error!(%error, "the shadow policies are refused and not compared");
            self.journal.append_aside(&refused(problem, enforced, true)).await?;
        }
        Ok(())
    }
}

fn refused(refusal: &Refusal, in_force: &PolicySet, shadow: bool) -> Event {
    Event::PolicySetRefused {
        shadow,
        policy_set: in_force.hash().to_owned(),
        refused: refusal.digest.clone(),
        problems: refusal.error.problems().iter().map(ToString::to_string).collect(),
    }
}

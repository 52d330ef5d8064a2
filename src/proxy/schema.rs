//! The org's schema while calls change it.
//!
//! A call takes the schema once and uses it to its end. Whoever changes an object has its describe
//! read anew, which is Fieldgate's own traffic, before the answer goes out.

use std::sync::Arc;

use arc_swap::ArcSwap;
use tokio::sync::{Mutex, MutexGuard};

use crate::footprint::Target;
use crate::org::Schema;
use crate::policy::Store;
use crate::salesforce::metadata::{MetadataOperation, Sought};
use crate::salesforce::{ObjectName, Operation};
use crate::upstream::{Classification, Upstream};

/// Whether the schema follows what calls change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Follows {
    /// It is from a file.
    Nothing,
    /// It was read from the org: only these objects, or all where the list is empty.
    Org(Vec<ObjectName>),
}

/// The schema that calls are resolved against now.
#[derive(Debug)]
pub struct SchemaStore {
    current: ArcSwap<Schema>,
    follows: Follows,
    /// One refresh at a time: of two describes of an object, the later one stays.
    refreshing: Mutex<()>,
    /// Held by whoever checks a schema against policies, or policies against the schema, until the
    /// checked one is in force.
    turn: Mutex<()>,
}

/// What became of the schema after a change that was carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refreshed {
    /// The change can be used from the next call on.
    Yes,
    /// The schema is from a file.
    FromFile,
    /// The configuration names the objects to read, and this is none of them.
    NotListed,
    /// A policy names what was made in another spelling, and would not speak of it.
    Misspelt,
    /// The describes could not be read.
    Failed,
}

impl Refreshed {
    /// What the caller is told, where the change can't be used yet.
    pub(super) fn note(self) -> Option<&'static str> {
        match self {
            Self::Yes => None,
            Self::FromFile => Some(
                "Note: the change is made. Fieldgate's org schema is from a file, so that queries \
                 and records don't know of the change before an operator reads the file anew.",
            ),
            Self::NotListed => Some(
                "Note: the change is made. Fieldgate is configured to use certain objects alone, \
                 and this is none of them, so that it can't be used here.",
            ),
            Self::Misspelt => Some(
                "Note: the change is made. A policy names this in another spelling, so that it \
                 can't be used here before an operator has looked at the policies.",
            ),
            Self::Failed => Some(
                "Note: the change is made, but the org's schema could not be read anew, so that \
                 queries and records don't know of the change before Fieldgate is started again.",
            ),
        }
    }
}

impl SchemaStore {
    /// The first schema, and what it follows.
    pub fn new(schema: Schema, follows: Follows) -> Self {
        Self {
            current: ArcSwap::from_pointee(schema),
            follows,
            refreshing: Mutex::new(()),
            turn: Mutex::new(()),
        }
    }

    /// The schema for one call, from its first step to its last.
    pub fn current(&self) -> Arc<Schema> {
        self.current.load_full()
    }

    /// While this is held, neither the schema nor the policies change.
    pub(super) async fn turn(&self) -> MutexGuard<'_, ()> {
        self.turn.lock().await
    }

    /// Reads what an operation changed anew; `None` for one that changes no object or field.
    pub(super) async fn refresh(
        &self,
        operation: &Operation,
        upstream: &Upstream,
        policies: &Store,
    ) -> Option<Refreshed> {
        let schema = self.current();
        let Changed { object, gone, others } = changed(operation, &schema)?;
        let Follows::Org(only) = &self.follows else { return Some(Refreshed::FromFile) };
        if !only.is_empty() && !only.contains(&object) {
            return Some(Refreshed::NotListed);
        }
        let _one = self.refreshing.lock().await;
        let mut anew = others;
        anew.retain(|name| *name != object && schema.object(name).is_some());
        if !gone {
            anew.push(object.clone());
        }
        let mut described = Vec::with_capacity(anew.len());
        // Without its classification an object would lose labels that policies go by.
        let classification = Classification::as_before(schema.classified());
        for name in anew {
            match upstream.describe(&name, classification).await {
                Ok(object) => described.push(object),
                Err(error) => {
                    tracing::warn!(%error, object = %name, "the org's schema was not read anew");
                    return Some(Refreshed::Failed);
                }
            }
        }
        let _turn = self.turn().await;
        let set = policies.current();
        if let Some(object) = described.iter().find(|object| set.spells_otherwise(object)) {
            tracing::error!(object = %object.name, "a policy names it in another spelling");
            return Some(Refreshed::Misspelt);
        }
        match self.current().with(described, gone.then_some(&object)) {
            Ok(next) => {
                self.current.store(Arc::new(next));
                Some(Refreshed::Yes)
            }
            Err(error) => {
                tracing::warn!(%error, "the org's schema was not read anew");
                Some(Refreshed::Failed)
            }
        }
    }
}

/// The object that an operation changed, and those whose describes tell of it.
struct Changed {
    object: ObjectName,
    gone: bool,
    others: Vec<ObjectName>,
}

fn changed(operation: &Operation, schema: &Schema) -> Option<Changed> {
    let Operation::Metadata(operation) = operation else { return None };
    let leads_to = |target: &Target| {
        let (object, field) = (target.object()?, target.field()?);
        Some(schema.object(object)?.field(field)?.reference_to.clone())
    };
    match operation {
        MetadataOperation::CreateObject { name, .. } => {
            Some(Changed { object: name.object()?, gone: false, others: Vec::new() })
        }
        MetadataOperation::UpdateObject { object: Sought::Found(object), .. } => {
            Some(Changed { object: object.clone(), gone: false, others: Vec::new() })
        }
        MetadataOperation::DeleteObject { object: Sought::Found(object), .. } => {
            Some(Changed { object: object.clone(), gone: true, others: related(object, schema) })
        }
        MetadataOperation::CreateField { object, definition, .. } => Some(Changed {
            object: object.clone(),
            gone: false,
            others: definition.leads_to().cloned().into_iter().collect(),
        }),
        MetadataOperation::UpdateField { field: Sought::Found(field), .. }
        | MetadataOperation::DeleteField { field: Sought::Found(field), .. } => {
            let target = Target::Field(field.object.clone(), field.field.clone());
            let others = leads_to(&target).unwrap_or_default();
            Some(Changed { object: field.object.clone(), gone: false, others })
        }
        MetadataOperation::FindObject(_)
        | MetadataOperation::FindField { .. }
        | MetadataOperation::OpenObject { .. }
        | MetadataOperation::OpenField { .. }
        | MetadataOperation::UpdateObject { .. }
        | MetadataOperation::DeleteObject { .. }
        | MetadataOperation::ListFields { .. }
        | MetadataOperation::GetField { .. }
        | MetadataOperation::UpdateField { .. }
        | MetadataOperation::DeleteField { .. } => None,
    }
}

/// The custom parents and children of an object, and those standard ones that it was made to lead to.
fn related(object: &ObjectName, schema: &Schema) -> Vec<ObjectName> {
    let points = |other: &crate::org::Object, to: &ObjectName| {
        other.fields().any(|field| field.custom && field.reference_to.contains(to))
    };
    let Some(own) = schema.object(object) else { return Vec::new() };
    schema
        .objects()
        .filter(|other| points(other, object) || points(own, &other.name))
        .map(|other| other.name.clone())
        .collect()
}
